//! The plan of one town: a convex outline as large as its addresses need, cut into neighbourhoods, and
//! each neighbourhood given the fabric of the years in which a Dutch town grew that far out.

use super::frame::{Dice, Part, Pt, area, middle};
use super::names::{Flavour, quarter};
use super::plan::{Cell, TOWN_PER_KM2};
use super::streets::{Face, Line, cut, extents};
use super::words::THEMES;
use geocrm_domain::geometry::Ring;
use geocrm_domain::road::RoadClass;
use std::collections::BTreeSet;

/// How a neighbourhood is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fabric {
    /// Closed blocks on crooked streets, before 1900.
    Centre,
    /// Long rows and closed blocks, 1900 to 1944.
    Prewar,
    /// Rows of the fifties and sixties.
    Postwar,
    /// Flats in green, 1955 to 1976.
    Slabs,
    /// Homes around bent dead ends, 1970 to 1986.
    Cauliflower,
    /// New streets of the last thirty years.
    Vinex,
    /// Detached houses in large gardens.
    Villas,
    Village,
    Business,
    /// Outside the towns.
    Country,
}

impl Fabric {
    /// Addresses per hectare when fully built, as the block filler turns out.
    pub fn per_ha(self) -> f64 {
        match self {
            Self::Centre => 108.0,
            Self::Prewar => 84.0,
            Self::Postwar => 34.0,
            Self::Slabs => 68.0,
            Self::Cauliflower => 38.0,
            Self::Vinex => 34.5,
            Self::Villas => 6.2,
            Self::Village => 17.0,
            Self::Business => 4.1,
            Self::Country => 0.1,
        }
    }

    /// Size a neighbourhood of it should have, in hectares.
    fn size_ha(self) -> f64 {
        match self {
            Self::Business => 28.0,
            Self::Villas => 45.0,
            other => 800.0 / other.per_ha(),
        }
    }

    pub fn typical_year(self) -> i32 {
        match self {
            Self::Centre => 1780,
            Self::Prewar => 1926,
            Self::Postwar => 1960,
            Self::Slabs => 1967,
            Self::Cauliflower => 1978,
            Self::Vinex => 2007,
            Self::Villas => 1965,
            Self::Village => 1955,
            Self::Business => 1990,
            Self::Country => 1930,
        }
    }
}

/// A neighbourhood inside a town.
#[derive(Debug, Clone)]
pub(super) struct Quarter {
    pub face: Face,
    /// Border with every point where other neighbourhoods' borders meet it.
    pub ring: Ring,
    pub fabric: Fabric,
    pub flavour: Flavour,
    pub name: String,
    pub target: usize,
    pub district: usize,
    pub borough: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Town {
    pub quarters: Vec<Quarter>,
    /// Streets on the borders of neighbourhoods; those of the outline come first.
    pub lines: Vec<Line>,
    pub outline: Vec<Pt>,
}

struct Growth<'a> {
    centre: Pt,
    radius_m: f64,
    addresses: usize,
    lines: Vec<Line>,
    leaves: Vec<(Face, usize, usize)>,
    districts: usize,
    boroughs: usize,
    dice: &'a mut Dice,
}

impl Town {
    pub fn new(seed: u64, number: usize, cell: &Cell) -> Self {
        let addresses = cell.town_addresses;
        let mut radius_m = (addresses as f64 / TOWN_PER_KM2 * 1e6 / 2.9).sqrt();
        let mut town = None;
        for _ in 0..4 {
            radius_m = radius_m.clamp(70.0, cell.free_m * 0.86);
            let mut dice = Dice::new(seed, Part::Town, number as u64);
            let grown = grow_town(cell.centre, radius_m, addresses, &mut dice);
            let capacity: f64 = grown
                .quarters
                .iter()
                .map(|q| area(&q.face.ring) / 1e4 * q.fabric.per_ha())
                .sum();
            radius_m *= (addresses as f64 * 1.03 / capacity).sqrt().clamp(0.6, 1.6);
            town = Some((grown, capacity));
        }
        let (mut town, capacity) = town.unwrap_or_else(|| {
            let mut dice = Dice::new(seed, Part::Town, number as u64);
            (grow_town(cell.centre, radius_m, addresses, &mut dice), 1.0)
        });
        // Shares of the exact number, the last taking what rounding left.
        let mut left = addresses;
        let last = town.quarters.len() - 1;
        for (i, quarter) in town.quarters.iter_mut().enumerate() {
            let share = area(&quarter.face.ring) / 1e4 * quarter.fabric.per_ha() / capacity;
            let target = if i == last {
                left
            } else {
                (addresses as f64 * share) as usize
            };
            quarter.target = target.min(left);
            left -= quarter.target;
        }
        town
    }
}

fn grow_town(centre: Pt, radius_m: f64, addresses: usize, dice: &mut Dice) -> Town {
    let corners = 10 + (addresses as f64).log10() as usize * 2;
    let turn = dice.between(0.0, std::f64::consts::TAU);
    let stretch = dice.between(0.68, 1.0);
    let outline: Vec<Pt> = (0..corners)
        .map(|i| {
            let step = std::f64::consts::TAU / corners as f64;
            let p = Pt::polar((i as f64 + dice.between(-0.42, 0.42)) * step, radius_m);
            centre.plus(Pt::new(p.x, p.y * stretch).turned(turn), 1.0)
        })
        .collect();
    let class = if addresses > 3_000 {
        RoadClass::Tertiary
    } else {
        RoadClass::Residential
    };
    let lines: Vec<Line> = (0..corners)
        .map(|i| Line::straight(outline[i], outline[(i + 1) % corners], class))
        .collect();
    let face = Face {
        ring: outline.clone(),
        lines: (0..corners).collect(),
    };
    let mut growth = Growth {
        centre,
        radius_m,
        addresses,
        lines,
        leaves: Vec::new(),
        districts: 0,
        boroughs: 0,
        dice,
    };
    growth.split(face, 0, None, None);
    let Growth { lines, leaves, .. } = growth;
    let points: Vec<Vec<Pt>> = lines.iter().map(Line::points).collect();
    let mut quarters: Vec<Quarter> = leaves
        .into_iter()
        .map(|(face, district, borough)| {
            let near = middle(&face.ring).distance(centre) / radius_m;
            let fabric = fabric_at(near, addresses, Some(dice));
            Quarter {
                ring: border(&face, &points),
                face,
                fabric,
                flavour: Flavour::Rural,
                name: String::new(),
                target: 0,
                district,
                borough,
            }
        })
        .collect();
    ensure_business(&mut quarters, centre, addresses);
    let mut names = BTreeSet::new();
    for q in &mut quarters {
        q.flavour = match q.fabric {
            Fabric::Centre => Flavour::Old,
            Fabric::Prewar => Flavour::Royal,
            Fabric::Business => Flavour::Work,
            Fabric::Village | Fabric::Country => Flavour::Rural,
            _ => Flavour::Theme(dice.index(THEMES.len())),
        };
        q.name = match q.fabric {
            Fabric::Village => "Dorp".to_owned(),
            _ => unused(&mut names, q.flavour, dice),
        };
    }
    Town {
        quarters,
        lines,
        outline,
    }
}

/// A name that no other neighbourhood of the town has, as far as names go round.
fn unused(taken: &mut BTreeSet<String>, flavour: Flavour, dice: &mut Dice) -> String {
    for _ in 0..12 {
        let name = quarter(flavour, dice);
        if taken.insert(name.clone()) {
            return name;
        }
    }
    let name = format!("{} {}", quarter(flavour, dice), taken.len());
    taken.insert(name.clone());
    name
}

/// A town of some size has a business park at its edge.
fn ensure_business(quarters: &mut [Quarter], centre: Pt, addresses: usize) {
    let has = quarters.iter().any(|q| q.fabric == Fabric::Business);
    if has || addresses < 2_500 || quarters.len() < 4 {
        return;
    }
    let farthest = quarters.iter_mut().max_by(|a, b| {
        let far = |q: &Quarter| middle(&q.face.ring).distance(centre);
        far(a).total_cmp(&far(b))
    });
    if let Some(quarter) = farthest {
        quarter.fabric = Fabric::Business;
    }
}

/// Border of a face with the points where streets meet it.
fn border(face: &Face, points: &[Vec<Pt>]) -> Ring {
    let n = face.ring.len();
    let mut ring = Ring::new();
    for i in 0..n {
        let (a, b) = (face.ring[i], face.ring[(i + 1) % n]);
        let d = a.to(b);
        let length2 = d.dot(d);
        let mut between: Vec<(f64, Pt)> = points[face.lines[i]]
            .iter()
            .map(|p| (a.to(*p).dot(d) / length2, *p))
            .filter(|(t, p)| *t > 0.0 && *t < 1.0 && *p != a && *p != b)
            .collect();
        between.sort_by(|x, y| x.0.total_cmp(&y.0));
        ring.push(a.place());
        ring.extend(between.into_iter().map(|(_, p)| p.place()));
    }
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// Fabric at a share of the radius; without dice the usual one, which fixes the size of neighbourhoods.
fn fabric_at(near: f64, addresses: usize, dice: Option<&mut Dice>) -> Fabric {
    let mix: &[(Fabric, f64)] = match (addresses, near) {
        (..1_500, _) => &[
            (Fabric::Village, 0.7),
            (Fabric::Vinex, 0.12),
            (Fabric::Postwar, 0.1),
            (Fabric::Villas, 0.08),
        ],
        (..6_000, n) if n < 0.3 => &[(Fabric::Village, 0.5), (Fabric::Centre, 0.5)],
        (..6_000, n) if n < 0.65 => &[
            (Fabric::Postwar, 0.6),
            (Fabric::Prewar, 0.25),
            (Fabric::Villas, 0.15),
        ],
        (..6_000, _) => &[
            (Fabric::Cauliflower, 0.35),
            (Fabric::Vinex, 0.4),
            (Fabric::Villas, 0.1),
            (Fabric::Business, 0.15),
        ],
        (_, n) if n < 0.2 => &[(Fabric::Centre, 1.0)],
        (_, n) if n < 0.42 => &[
            (Fabric::Prewar, 0.88),
            (Fabric::Villas, 0.07),
            (Fabric::Slabs, 0.05),
        ],
        (_, n) if n < 0.64 => &[
            (Fabric::Postwar, 0.5),
            (Fabric::Slabs, 0.35),
            (Fabric::Villas, 0.1),
            (Fabric::Business, 0.05),
        ],
        (_, n) if n < 0.8 => &[
            (Fabric::Cauliflower, 0.7),
            (Fabric::Slabs, 0.1),
            (Fabric::Villas, 0.08),
            (Fabric::Business, 0.12),
        ],
        _ => &[
            (Fabric::Vinex, 0.58),
            (Fabric::Business, 0.25),
            (Fabric::Villas, 0.07),
            (Fabric::Cauliflower, 0.1),
        ],
    };
    dice.map_or(mix[0].0, |dice| dice.weighted(mix))
}

impl Growth<'_> {
    /// Cuts until a piece has the size of one neighbourhood, numbering boroughs and districts on the way
    /// down so that they are connected.
    fn split(&mut self, face: Face, depth: u32, borough: Option<usize>, district: Option<usize>) {
        let centre = middle(&face.ring);
        let near = centre.distance(self.centre) / self.radius_m;
        let size = area(&face.ring) / 1e4 / fabric_at(near, self.addresses, None).size_ha();
        let borough = borough.or_else(|| {
            (size <= 22.0 || depth >= 3).then(|| {
                self.boroughs += 1;
                self.boroughs - 1
            })
        });
        let district = district.or_else(|| {
            (size <= 10.5 && borough.is_some()).then(|| {
                self.districts += 1;
                self.districts - 1
            })
        });
        if size > 1.45 || (borough.is_none() && size > 1.0) {
            let (axis, [along, across]) = extents(&face);
            let (measure, direction, span) = if along.1 >= across.1 {
                (axis, axis.left(), along)
            } else {
                (axis.left(), axis, across)
            };
            let wobble = self.dice.between(-0.08, 0.08);
            let share = 0.5 + wobble;
            // The first cuts go through the middle of the town: its main streets.
            let through = if depth < 2 { self.centre } else { centre };
            let at = if depth < 2 {
                through.plus(measure, wobble * self.radius_m * 0.4)
            } else {
                through.plus(measure, span.0 + span.1 * share - measure.dot(through))
            };
            let direction = direction.turned(self.dice.normal() * 0.09);
            let class = match depth {
                0 | 1 if self.addresses > 4_000 => RoadClass::Secondary,
                _ => RoadClass::Tertiary,
            };
            let snap = self.radius_m.min(400.0) * 0.05;
            if let Some((left, right)) = cut(&face, at, direction, snap, class, &mut self.lines) {
                self.split(left, depth + 1, borough, district);
                self.split(right, depth + 1, borough, district);
                return;
            }
        }
        let borough = borough.unwrap_or(0);
        let district = district.unwrap_or(0);
        self.leaves.push((face, district, borough));
    }
}
