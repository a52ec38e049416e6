//! What fills a building block, by the fabric of its neighbourhood: which style of houses, a park, a
//! school or a church, a bent dead end with its court; and what those buildings are used for.

use super::frame::{Dice, Pt, area, inset, middle, rounded, shape};
use super::lots::{Kind, Lot, Style, closed, nearest, reserve_m, rows};
use super::streets::{Face, Line};
use super::styles::style;
use super::town::Fabric;
use geocrm_domain::geometry::MultiPolygon;
use geocrm_domain::place::{AreaKind, BuildingForm, BuildingUse, HousingType};
use geocrm_domain::road::RoadClass;

/// What a block became, besides its houses.
#[derive(Default)]
pub(super) struct Filled {
    pub lots: Vec<Lot>,
    pub areas: Vec<(AreaKind, Option<String>, MultiPolygon)>,
}

/// How the block came to be what it is.
pub(super) struct Site<'a> {
    pub fabric: Fabric,
    pub quarter: usize,
    pub town_addresses: usize,
    /// Church and market of the town stand here.
    pub heart: bool,
    pub town: &'a str,
}

/// Fills a block. New streets inside it (dead ends) are added to `lines`.
pub(super) fn fill(
    face: &Face,
    site: &Site,
    lines: &mut Vec<Line>,
    groups: &mut u32,
    dice: &mut Dice,
) -> Filled {
    let mut out = Filled::default();
    let size = area(&face.ring);
    let roomy = size > 1_600.0;
    let park = match site.fabric {
        Fabric::Business | Fabric::Country => 0.02,
        Fabric::Centre => 0.03,
        Fabric::Slabs => 0.1,
        _ => 0.055,
    };
    if site.heart && roomy {
        church(face, site, lines, *groups, dice, &mut out);
    } else if roomy && dice.chance(park) {
        green(face, lines, dice, &mut out);
    } else if size > 3_000.0 && site.fabric != Fabric::Business && dice.chance(0.022) {
        school(face, lines, *groups, dice, &mut out);
    } else {
        out.lots = houses(face, site, lines, *groups, dice);
    }
    *groups = groups.wrapping_add(1_000);
    for lot in &mut out.lots {
        lot.quarter = site.quarter;
    }
    out
}

fn houses(
    face: &Face,
    site: &Site,
    lines: &mut Vec<Line>,
    group: u32,
    dice: &mut Dice,
) -> Vec<Lot> {
    let style = style(site.fabric, dice);
    let mut lots = Vec::new();
    if site.fabric == Fabric::Cauliflower && area(&face.ring) > 9_000.0 {
        lots = court(face, style, lines, group, dice);
    }
    if lots.is_empty()
        && (site.fabric == Fabric::Centre || (site.fabric == Fabric::Prewar && dice.chance(0.55)))
    {
        lots = closed(face, lines, style, group, dice).unwrap_or_default();
    }
    if lots.is_empty() {
        let setback = |i| reserve_m(face, i, lines) + style.front_m;
        lots = rows(face, setback, style, None, None, group, dice);
    }
    for lot in &mut lots {
        occupy(lot, style.kind, site, lines, dice);
    }
    lots
}

/// Rows around the block, and behind them a court of homes around a bent street that ends there.
fn court(
    face: &Face,
    style: Style,
    lines: &mut Vec<Line>,
    group: u32,
    dice: &mut Dice,
) -> Vec<Lot> {
    let behind = style.depth_m + 9.0;
    let core = inset(&face.ring, |i| {
        reserve_m(face, i, lines) + style.front_m + behind
    });
    let Some(core) = core.filter(|c| area(c) > 1_300.0) else {
        return Vec::new();
    };
    let Some(loop_ring) = inset(&core, |_| style.depth_m + 5.5).filter(|r| area(r) > 60.0) else {
        return Vec::new();
    };
    let bend = rounded(&loop_ring, 2);
    let n = face.ring.len();
    let edge = (0..n)
        .max_by(|a, b| {
            let length = |i: usize| face.ring[i].distance(face.ring[(i + 1) % n]);
            length(*a).total_cmp(&length(*b))
        })
        .unwrap_or(0);
    let (a, b) = (face.ring[edge], face.ring[(edge + 1) % n]);
    let inward = a.to(b).unit().left();
    let centre = middle(&loop_ring);
    let mid = a
        .to(b)
        .unit()
        .dot(a.to(centre))
        .clamp(12.0, a.distance(b) - 12.0);
    let gate = a.plus(a.to(b).unit(), mid);
    let start = (0..bend.len())
        .min_by(|x, y| {
            let off =
                |i: usize| gate.distance(bend[i]) + gate.to(bend[i]).cross(inward).abs() * 3.0;
            off(*x).total_cmp(&off(*y))
        })
        .unwrap_or(0);
    let court = lines.len();
    lines[face.lines[edge]].on.push(gate);
    let mut path = vec![gate];
    path.extend((0..=bend.len()).map(|k| bend[(start + k) % bend.len()]));
    let setback =
        |i: usize| reserve_m(face, i, lines) + style.front_m + f64::from(i as u32 % 2) * 1.5;
    let mut lots = rows(face, setback, style, Some((edge, mid)), None, group, dice);
    let inner = Face {
        ring: core.clone(),
        lines: face.lines.clone(),
    };
    let entry = Some((
        edge,
        core[edge]
            .to(core[(edge + 1) % n])
            .unit()
            .dot(core[edge].to(gate)),
    ));
    let tight = Style {
        garden_m: 0.0,
        row: (2, 5),
        ..style
    };
    lots.extend(rows(
        &inner,
        |_| 0.5,
        tight,
        entry,
        Some(court),
        group + 500,
        dice,
    ));
    lines.push(Line::bent(path, RoadClass::Residential));
    lots
}

/// Use, units and housing type of a building.
fn occupy(lot: &mut Lot, kind: Kind, site: &Site, lines: &[Line], dice: &mut Dice) {
    let busy = lines[lot.line].class.is_main();
    let width = lot.front.0.distance(lot.front.1);
    match kind {
        Kind::House => {
            if site.fabric == Fabric::Village && busy && dice.chance(0.1) {
                lot.building_use = BuildingUse::Retail;
            }
            if lot.housing == Some(HousingType::Detached) {
                lot.storeys = dice.whole(1, 2);
            }
        }
        Kind::Old => {
            let centre = site.fabric == Fabric::Centre;
            lot.shops = usize::from(dice.chance(match (centre, busy) {
                (true, true) => 0.6,
                (true, false) => 0.16,
                (false, true) => 0.22,
                (false, false) => 0.025,
            }));
            let split = if site.town_addresses > 15_000 {
                0.5
            } else {
                0.22
            };
            let homes = if dice.chance(split) {
                dice.whole(2, lot.storeys.max(2))
            } else {
                1
            };
            lot.units = homes as usize + lot.shops;
            if centre && dice.chance(0.05) {
                lot.units = dice.whole(1, 3) as usize;
                lot.shops = lot.units;
                lot.building_use = if dice.chance(0.15) {
                    BuildingUse::Hotel
                } else {
                    BuildingUse::Office
                };
            }
            if lot.units - lot.shops >= 2 {
                lot.housing = Some(HousingType::Apartment);
            } else if lot.housing.is_none() {
                lot.housing = Some(HousingType::Terraced);
            }
        }
        Kind::Flat => {
            let per_floor = (width
                / if lot.storeys > 8 && width < 30.0 {
                    5.0
                } else {
                    7.6
                })
            .floor()
            .max(2.0);
            lot.units = per_floor as usize * lot.storeys as usize;
            lot.housing = Some(HousingType::Apartment);
            if lot.storeys >= 8 && f64::from(lot.storeys) * 3.0 > width.max(24.0) {
                lot.form = BuildingForm::Tower;
            }
            if site.fabric == Fabric::Slabs && busy && dice.chance(0.15) {
                lot.shops = (per_floor as usize).min(6);
            }
        }
        Kind::Work => {
            lot.building_use = match (lot.storeys, dice.whole(0, 9)) {
                (2.., 0..=6) => BuildingUse::Office,
                (_, 0) => BuildingUse::Retail,
                _ => BuildingUse::Industrial,
            };
            let most = if lot.building_use == BuildingUse::Office {
                lot.storeys + 1
            } else {
                3
            };
            lot.units = dice.whole(1, most.max(1)) as usize;
            lot.shops = lot.units;
        }
    }
    if lot.building_use != BuildingUse::Dwelling {
        lot.housing = None;
        lot.shops = lot.units;
    }
}

/// A park with a pond, or a playing field.
fn green(face: &Face, lines: &[Line], dice: &mut Dice, out: &mut Filled) {
    let Some(lawn) = inset(&face.ring, |i| reserve_m(face, i, lines)) else {
        return;
    };
    let centre = middle(&lawn);
    let reach = lawn
        .iter()
        .map(|p| p.distance(centre))
        .fold(f64::INFINITY, f64::min);
    out.areas.push((AreaKind::Park, None, shape(&lawn)));
    if reach > 18.0 && dice.chance(0.6) {
        let pond: Vec<Pt> = (0..9)
            .map(|k| Pt::polar(f64::from(k) * 0.698, reach * dice.between(0.3, 0.5)))
            .map(|p| centre.plus(p, 1.0))
            .collect();
        out.areas
            .push((AreaKind::Water, None, shape(&rounded(&pond, 1))));
    }
}

fn special(
    face: &Face,
    ring: Vec<Pt>,
    building_use: BuildingUse,
    name: String,
    group: u32,
    year: i32,
    storeys: i32,
) -> Lot {
    let (a, b) = (ring[0], ring[1]);
    let indoors = a.to(b).unit().left();
    let front = (a.plus(indoors, 1.6), b.plus(indoors, 1.6));
    let near = nearest(face, front.0.mix(front.1, 0.5));
    Lot {
        ring,
        front,
        line: near,
        near,
        group,
        quarter: 0,
        housing: None,
        form: BuildingForm::FreeStanding,
        building_use,
        year,
        storeys,
        units: 1,
        shops: 1,
        name: Some(name),
    }
}

/// Points around `centre` given as (along, inward) metres.
fn placed(centre: Pt, along: Pt, points: &[(f64, f64)]) -> Vec<Pt> {
    points
        .iter()
        .map(|(x, y)| centre.plus(along, *x).plus(along.left(), *y))
        .collect()
}

fn church(face: &Face, site: &Site, lines: &[Line], group: u32, dice: &mut Dice, out: &mut Filled) {
    let Some(square) = inset(&face.ring, |i| reserve_m(face, i, lines)) else {
        return;
    };
    let centre = middle(&square);
    let along = face.ring[0].to(face.ring[1]).unit();
    let reach = (0..square.len())
        .map(|i| super::frame::segment_distance(centre, square[i], square[(i + 1) % square.len()]))
        .fold(f64::INFINITY, f64::min);
    let s = (reach / 24.0).clamp(0.3, 1.6);
    let cross: Vec<(f64, f64)> = [
        (-20.0, -5.0),
        (2.0, -5.0),
        (2.0, -11.0),
        (9.0, -11.0),
        (9.0, -5.0),
        (16.0, -5.0),
        (19.0, 0.0),
        (16.0, 5.0),
        (9.0, 5.0),
        (9.0, 11.0),
        (2.0, 11.0),
        (2.0, 5.0),
        (-20.0, 5.0),
    ]
    .iter()
    .map(|(x, y)| (x * s, y * s))
    .collect();
    let year = dice.whole(1380, 1650);
    let name = format!(
        "{} {}",
        dice.pick(&[
            "Grote Kerk",
            "Sint-Janskerk",
            "Oude Kerk",
            "Nicolaaskerk",
            "Dorpskerk"
        ]),
        site.town
    );
    let ring = placed(centre, along, &cross);
    out.lots.push(special(
        face,
        ring,
        BuildingUse::Public,
        name,
        group,
        year,
        4,
    ));
    out.areas.push((
        AreaKind::Pedestrian,
        Some("Kerkplein".to_owned()),
        shape(&square),
    ));
}

const SCHOOLS: &[&str] = &[
    "De Regenboog",
    "De Zonnebloem",
    "Het Kompas",
    "De Springplank",
    "De Vuurtoren",
    "Het Zeepaardje",
    "De Klimop",
    "De Wegwijzer",
];

fn school(face: &Face, lines: &[Line], group: u32, dice: &mut Dice, out: &mut Filled) {
    let Some(yard) = inset(&face.ring, |i| reserve_m(face, i, lines) + 4.0) else {
        return;
    };
    let centre = middle(&yard);
    let along = face.ring[0].to(face.ring[1]).unit();
    let reach = (0..yard.len())
        .map(|i| super::frame::segment_distance(centre, yard[i], yard[(i + 1) % yard.len()]))
        .fold(f64::INFINITY, f64::min);
    let s = (reach / 24.0).clamp(0.3, 1.4);
    let hall: Vec<(f64, f64)> = [
        (-22.0, -9.0),
        (22.0, -9.0),
        (22.0, 2.0),
        (-8.0, 2.0),
        (-8.0, 9.0),
        (-22.0, 9.0),
    ]
    .iter()
    .map(|(x, y)| (x * s, y * s))
    .collect();
    let name = format!(
        "{} {}",
        dice.pick(&[
            "Basisschool",
            "Basisschool",
            "College",
            "Buurthuis",
            "Zorgcentrum"
        ]),
        dice.pick(SCHOOLS)
    );
    let ring = placed(centre, along, &hall);
    let year = dice.whole(1955, 2018);
    out.lots.push(special(
        face,
        ring,
        BuildingUse::Public,
        name,
        group,
        year,
        2,
    ));
    out.areas.push((AreaKind::Grass, None, shape(&yard)));
}
