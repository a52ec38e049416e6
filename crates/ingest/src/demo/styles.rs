//! How the years built: size of blocks, depth and width of houses, rows, gaps and gardens of every
//! fabric. The figures are those of ordinary Dutch streets of their time, measured in metres.

use super::frame::Dice;
use super::lots::{Kind, Style};
use super::streets::Grain;
use super::town::Fabric;

/// How finely land of this fabric is cut into blocks.
pub(super) const fn grain(fabric: Fabric) -> Grain {
    let (length_m, depth_m, crooked) = match fabric {
        Fabric::Centre => (88.0, 56.0, 0.13),
        Fabric::Prewar => (135.0, 62.0, 0.03),
        Fabric::Postwar => (145.0, 64.0, 0.02),
        Fabric::Slabs => (190.0, 120.0, 0.02),
        Fabric::Cauliflower => (165.0, 130.0, 0.12),
        Fabric::Vinex => (120.0, 60.0, 0.025),
        Fabric::Villas => (160.0, 88.0, 0.09),
        Fabric::Village | Fabric::Country => (150.0, 78.0, 0.1),
        Fabric::Business => (240.0, 150.0, 0.02),
    };
    Grain {
        length_m,
        depth_m,
        crooked,
    }
}

/// Draws what the next block's houses are like.
pub(super) fn style(fabric: Fabric, dice: &mut Dice) -> Style {
    let make = |front_m, depth_m, width_m, row, gap_m, garden_m, years, storeys, kind| Style {
        front_m,
        depth_m,
        width_m,
        row,
        gap_m,
        garden_m,
        years,
        storeys,
        kind,
    };
    let detached = |years| {
        make(
            6.0,
            10.5,
            (9.0, 13.0),
            (1, 1),
            (5.0, 9.0),
            12.0,
            years,
            (1, 2),
            Kind::House,
        )
    };
    let pairs = |years| {
        make(
            4.5,
            9.5,
            (6.2, 7.5),
            (2, 2),
            (4.5, 7.0),
            10.0,
            years,
            (2, 2),
            Kind::House,
        )
    };
    match fabric {
        Fabric::Centre => make(
            0.0,
            10.5,
            (5.2, 7.6),
            (4, 9),
            (0.5, 3.0),
            2.0,
            (1590, 1899),
            (2, 4),
            Kind::Old,
        ),
        Fabric::Prewar => make(
            if dice.chance(0.5) { 0.0 } else { 2.0 },
            9.5,
            (5.0, 6.2),
            (8, 22),
            (2.5, 5.0),
            8.0,
            (1902, 1943),
            (2, 4),
            Kind::Old,
        ),
        Fabric::Postwar => make(
            4.0,
            8.6,
            (5.6, 6.6),
            (6, 10),
            (4.0, 9.0),
            10.0,
            (1947, 1972),
            (2, 2),
            Kind::House,
        ),
        Fabric::Slabs => match dice.whole(0, 9) {
            0..=4 => make(
                8.0,
                11.0,
                (42.0, 68.0),
                (1, 1),
                (14.0, 24.0),
                16.0,
                (1955, 1974),
                (4, 5),
                Kind::Flat,
            ),
            5..=6 => make(
                10.0,
                13.0,
                (60.0, 85.0),
                (1, 1),
                (24.0, 40.0),
                22.0,
                (1962, 1976),
                (9, 11),
                Kind::Flat,
            ),
            7 => make(
                12.0,
                22.0,
                (20.0, 24.0),
                (1, 1),
                (26.0, 44.0),
                24.0,
                (1962, 2012),
                (9, 16),
                Kind::Flat,
            ),
            _ => make(
                4.0,
                8.6,
                (5.6, 6.6),
                (6, 11),
                (5.0, 9.0),
                10.0,
                (1955, 1972),
                (2, 2),
                Kind::House,
            ),
        },
        Fabric::Cauliflower => make(
            3.5,
            9.0,
            (5.4, 6.4),
            (3, 7),
            (3.0, 7.0),
            9.0,
            (1970, 1988),
            (2, 2),
            Kind::House,
        ),
        Fabric::Vinex => match dice.whole(0, 9) {
            0..=5 => make(
                2.5,
                9.8,
                (5.2, 6.2),
                (5, 9),
                (3.0, 6.0),
                9.0,
                (1995, 2023),
                (2, 3),
                Kind::House,
            ),
            6..=7 => pairs((1995, 2023)),
            8 => detached((1996, 2023)),
            _ => make(
                3.0,
                14.0,
                (24.0, 36.0),
                (1, 1),
                (8.0, 14.0),
                10.0,
                (1998, 2024),
                (4, 6),
                Kind::Flat,
            ),
        },
        Fabric::Villas => make(
            9.0,
            12.0,
            (11.0, 17.0),
            (1, 1),
            (8.0, 17.0),
            18.0,
            (1908, 2015),
            (2, 2),
            Kind::House,
        ),
        Fabric::Village | Fabric::Country => match dice.whole(0, 9) {
            0..=3 => detached((1860, 2018)),
            4..=6 => pairs((1920, 2010)),
            _ => make(
                3.5,
                9.0,
                (5.4, 6.4),
                (3, 6),
                (4.0, 8.0),
                10.0,
                (1948, 2012),
                (2, 2),
                Kind::House,
            ),
        },
        Fabric::Business => match dice.whole(0, 3) {
            0 => make(
                10.0,
                22.0,
                (24.0, 50.0),
                (1, 1),
                (12.0, 24.0),
                12.0,
                (1978, 2021),
                (2, 6),
                Kind::Work,
            ),
            1 => make(
                9.0,
                34.0,
                (22.0, 40.0),
                (1, 1),
                (7.0, 14.0),
                8.0,
                (1965, 2015),
                (1, 2),
                Kind::Work,
            ),
            _ => make(
                12.0,
                46.0,
                (48.0, 95.0),
                (1, 1),
                (10.0, 20.0),
                8.0,
                (1970, 2023),
                (1, 1),
                Kind::Work,
            ),
        },
    }
}
