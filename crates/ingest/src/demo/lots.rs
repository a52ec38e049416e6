//! Houses along a street: a closed block around its yard, or rows along the sides of a block. A row's
//! houses take their corners from one list, so that neighbours share their wall to the last bit; no
//! house crosses another row, its garden or a street.

use super::frame::{Dice, Pt, inset, segment_distance};
use super::streets::{Face, Line};
use geocrm_domain::place::{BuildingForm, BuildingUse, HousingType};

/// A building to be: where it stands, what it is, and how many addresses it has.
#[derive(Debug, Clone)]
pub(super) struct Lot {
    pub ring: Vec<Pt>,
    /// Front wall from left to right, moved a little indoors; the doors stand along it.
    pub front: (Pt, Pt),
    pub line: usize,
    /// Line nearest to the door.
    pub near: usize,
    /// Houses of one row or block, built together or not at all.
    pub group: u32,
    pub quarter: usize,
    pub housing: Option<HousingType>,
    pub form: BuildingForm,
    pub building_use: BuildingUse,
    pub year: i32,
    pub storeys: i32,
    /// Addresses; none for a shed or a barn.
    pub units: usize,
    /// Of these, shops or offices on the ground floor.
    pub shops: usize,
    pub name: Option<String>,
}

/// What the houses of a row are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Front garden, in metres behind the pavement.
    pub front_m: f64,
    pub depth_m: f64,
    pub width_m: (f64, f64),
    /// Houses in a row.
    pub row: (i32, i32),
    /// Free space between rows.
    pub gap_m: (f64, f64),
    /// Free space behind a row.
    pub garden_m: f64,
    pub years: (i32, i32),
    pub storeys: (i32, i32),
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One dwelling a house.
    House,
    /// One, now and then two or three dwellings in a house, and shops on busy streets.
    Old,
    /// Flats on one stair or gallery.
    Flat,
    /// Halls and offices.
    Work,
}

impl Style {
    fn house(&self, dice: &mut Dice) -> (i32, i32) {
        let year = dice.whole(self.years.0, self.years.1);
        (year, dice.whole(self.storeys.0, self.storeys.1))
    }
}

/// The line whose street is nearest to `p`, of a face's own.
pub(super) fn nearest(face: &Face, p: Pt) -> usize {
    let n = face.ring.len();
    (0..n)
        .min_by(|a, b| {
            let far = |i: usize| segment_distance(p, face.ring[i], face.ring[(i + 1) % n]);
            far(*a).total_cmp(&far(*b))
        })
        .map_or(0, |i| face.lines[i])
}

/// Metres from a street's middle to the pavement's inner edge, on the side of this face.
pub(super) fn reserve_m(face: &Face, edge: usize, lines: &[Line]) -> f64 {
    let line = &lines[face.lines[edge]];
    let n = face.ring.len();
    let along = face.ring[edge].to(face.ring[(edge + 1) % n]);
    // A counter-clockwise face lies to the left of its edges.
    let water = line.canal && line.from.to(line.to).dot(along) > 0.0;
    if water {
        CANAL_FAR_M + 5.0
    } else {
        line.half_m()
    }
}

/// Canal water lies from here to there left of its street's middle.
pub(super) const CANAL_NEAR_M: f64 = 5.5;
pub(super) const CANAL_FAR_M: f64 = 18.0;

/// A closed block around a yard; `None` where the face is too small for a yard.
pub(super) fn closed(
    face: &Face,
    lines: &[Line],
    style: Style,
    group: u32,
    dice: &mut Dice,
) -> Option<Vec<Lot>> {
    let n = face.ring.len();
    let outer = inset(&face.ring, |i| reserve_m(face, i, lines) + style.front_m)?;
    let inner = inset(&outer, |_| style.depth_m)?;
    let yard = inset(&inner, |_| 2.5)?;
    if super::frame::area(&yard) < 60.0 {
        return None;
    }
    let mut lots = Vec::new();
    for i in 0..n {
        let (a, b) = (outer[i], outer[(i + 1) % n]);
        let (c, d) = (inner[i], inner[(i + 1) % n]);
        let length = a.distance(b);
        let count = (length / dice.between(style.width_m.0, style.width_m.1))
            .round()
            .max(1.0) as usize;
        let cuts: Vec<f64> = (0..=count)
            .map(|k| {
                let free = if k == 0 || k == count {
                    0.0
                } else {
                    dice.between(-0.18, 0.18)
                };
                (k as f64 + free) / count as f64
            })
            .collect();
        for k in 0..count {
            let front = (a.mix(b, cuts[k]), a.mix(b, cuts[k + 1]));
            let back = (c.mix(d, cuts[k]), c.mix(d, cuts[k + 1]));
            let mut ring = vec![front.0, front.1, back.1, back.0];
            // Some houses have a wing into the yard.
            let width = back.0.distance(back.1);
            if dice.chance(0.3) && width > 4.0 && k > 0 && k + 1 < count {
                let inward = back.0.to(back.1).unit().left();
                let reach = dice.between(1.2, 2.3);
                let share = back.0.mix(back.1, dice.between(0.4, 0.6));
                ring = vec![
                    front.0,
                    front.1,
                    back.1,
                    share,
                    share.plus(inward, reach),
                    back.0.plus(inward, reach),
                    back.0,
                ];
            }
            let indoors = a.to(b).unit().left();
            let door = (front.0.plus(indoors, 1.6), front.1.plus(indoors, 1.6));
            let (year, storeys) = style.house(dice);
            lots.push(Lot {
                ring,
                near: nearest(face, door.0.mix(door.1, 0.5)),
                front: door,
                line: face.lines[i],
                group,
                quarter: 0,
                housing: None,
                form: BuildingForm::ClosedBlock,
                building_use: BuildingUse::Dwelling,
                year,
                storeys,
                units: 1,
                shops: 0,
                name: None,
            });
        }
    }
    Some(lots)
}

/// A stretch kept free along one edge: (edge, metres from its start).
pub(super) type Entry = (usize, f64);

/// Rows along the sides of a face, the longest side first. With a `court`, the houses face the
/// middle of the face and have their address on that line.
pub(super) fn rows(
    face: &Face,
    setback_m: impl Fn(usize) -> f64,
    style: Style,
    entry: Option<Entry>,
    court: Option<usize>,
    first_group: u32,
    dice: &mut Dice,
) -> Vec<Lot> {
    let n = face.ring.len();
    let edge = |i: usize| (face.ring[i], face.ring[(i + 1) % n]);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| {
        let length = |i: usize| edge(i).0.distance(edge(i).1);
        length(*b).total_cmp(&length(*a))
    });
    let mut taken: Vec<bool> = vec![false; n];
    let mut lots = Vec::new();
    let mut group = first_group;
    for &i in &order {
        let (a, b) = edge(i);
        let along = a.to(b).unit();
        let inward = along.left();
        let near = setback_m(i);
        let far = near + style.depth_m;
        let (mut low, mut high) = (0.0_f64, a.distance(b));
        for j in (0..n).filter(|j| *j != i) {
            let (c, d) = edge(j);
            let normal = c.to(d).unit().left();
            let keep = setback_m(j)
                + if taken[j] {
                    style.depth_m + style.garden_m.min(9.0)
                } else {
                    0.0
                };
            // The garden behind must fit too, against the opposite side.
            let slope = normal.dot(along);
            for depth in [near, far + style.garden_m * 0.5] {
                let clear = normal.dot(c.to(a.plus(inward, depth))) - keep;
                if slope.abs() < 1e-6 {
                    if clear < 0.0 {
                        high = -1.0;
                    }
                } else if slope > 0.0 {
                    low = low.max(-clear / slope);
                } else {
                    high = high.min(clear / -slope);
                }
            }
        }
        if high - low < style.width_m.0 {
            continue;
        }
        taken[i] = true;
        let mut at = low
            + dice
                .between(0.0, 2.0)
                .min((high - low - style.width_m.0).max(0.0));
        while at + style.width_m.0 <= high {
            let width = dice
                .between(style.width_m.0, style.width_m.1)
                .min(high - at);
            let wanted = dice.whole(style.row.0, style.row.1).max(1);
            let mut count = wanted.min(((high - at) / width) as i32).max(1);
            if let Some((_, middle)) = entry.filter(|(e, _)| *e == i)
                && at < middle + 5.0
                && at + width * f64::from(count) > middle - 5.0
            {
                count = ((middle - 5.0 - at) / width).floor().max(0.0) as i32;
                if count == 0 {
                    at = middle + 5.0;
                    continue;
                }
            }
            let shift = if style.row.1 > 1 {
                0.0
            } else {
                dice.between(0.0, 1.5)
            };
            let corners: Vec<(Pt, Pt)> = (0..=count)
                .map(|k| {
                    let base = a.plus(along, at + width * f64::from(k));
                    (
                        base.plus(inward, near + shift),
                        base.plus(inward, far + shift),
                    )
                })
                .collect();
            for k in 0..count as usize {
                let ((f0, r0), (f1, r1)) = (corners[k], corners[k + 1]);
                let (ring, wall) = outline(style, count, [f0, f1, r1, r0], inward, dice);
                let (year, storeys) = style.house(dice);
                // A court's houses turn their back to the edge.
                let front = match court {
                    Some(_) => (r1.plus(inward, -1.6), r0.plus(inward, -1.6)),
                    None => (wall.0.plus(inward, 1.6), wall.1.plus(inward, 1.6)),
                };
                let middle = front.0.mix(front.1, 0.5);
                lots.push(Lot {
                    ring,
                    front,
                    line: court.unwrap_or(face.lines[i]),
                    near: court.unwrap_or_else(|| nearest(face, middle)),
                    group,
                    quarter: 0,
                    housing: Some(match count {
                        1 => HousingType::Detached,
                        2 => HousingType::SemiDetached,
                        _ if k == 0 || k + 1 == count as usize => HousingType::Corner,
                        _ => HousingType::Terraced,
                    }),
                    form: match count {
                        1 => BuildingForm::FreeStanding,
                        2 => BuildingForm::Pair,
                        _ => BuildingForm::Row,
                    },
                    building_use: BuildingUse::Dwelling,
                    year,
                    storeys,
                    units: 1,
                    shops: 0,
                    name: None,
                });
            }
            // A row is built in one year.
            let first = lots.len() - count as usize;
            let (year, storeys) = (lots[first].year, lots[first].storeys);
            for lot in &mut lots[first..] {
                lot.year = year;
                lot.storeys = storeys;
            }
            at += width * f64::from(count) + dice.between(style.gap_m.0, style.gap_m.1);
            group += 1;
        }
    }
    lots
}

/// A rectangle, or for single houses and halls now and then an L; with the wall nearest to the street.
fn outline(
    style: Style,
    count: i32,
    [f0, f1, r1, r0]: [Pt; 4],
    inward: Pt,
    dice: &mut Dice,
) -> (Vec<Pt>, (Pt, Pt)) {
    if count > 1 || style.kind == Kind::Flat || !dice.chance(0.45) {
        return (vec![f0, f1, r1, r0], (f0, f1));
    }
    let share = dice.between(0.45, 0.65);
    let step = inward.dot(f0.to(r0)) * dice.between(0.25, 0.45);
    let corner = f0.mix(f1, share);
    if dice.chance(0.5) {
        (
            vec![
                f0,
                corner,
                corner.plus(inward, step),
                f1.plus(inward, step),
                r1,
                r0,
            ],
            (f0, corner),
        )
    } else {
        (
            vec![
                f0.plus(inward, step),
                corner.plus(inward, step),
                corner,
                f1,
                r1,
                r0,
            ],
            (corner, f1),
        )
    }
}
