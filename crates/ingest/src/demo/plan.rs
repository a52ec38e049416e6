//! The plan of the land before a stone is laid: which cells of the honeycomb form one settlement's
//! country, how many addresses each gets (by Zipf's law), which belong to one municipality and province,
//! where roads cross from one to the next, and where the river runs.

use super::frame::{Dice, Part, Pt};
use super::groups::{coarser, grow};
use super::lattice::{Corner, Hex, Lattice, disc, neighbour};
use super::names::Namer;
use geocrm_domain::road::RoadClass;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Addresses per square kilometre of land over the whole region.
const LAND_PER_KM2: f64 = 250.0;
/// Addresses per square kilometre of built-up land.
pub(super) const TOWN_PER_KM2: f64 = 3_100.0;
/// Share of addresses outside the built-up outlines.
const RURAL_SHARE: f64 = 0.05;

const PROVINCES: &[&str] = &[
    "Doggerland",
    "Westbank",
    "Oostbank",
    "Zilverzee",
    "Kwelderland",
    "Noorderdiep",
    "Haringgronden",
    "Zuiderbank",
    "Schelpenland",
    "Barndegat",
    "Middelrif",
    "Witte Wad",
];

/// Where a road goes from one cell to the next.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    pub to: usize,
    pub at: Pt,
    /// Where a motorway would cross the same border.
    pub motorway_at: Pt,
    pub class: RoadClass,
    pub motorway: bool,
    /// Whether the border is the river here.
    pub bridge: bool,
}

/// One settlement with the country around it.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub hexes: Vec<Hex>,
    pub centre: Pt,
    /// Outline, counter-clockwise.
    pub ring: Vec<Pt>,
    /// Radius free of border around the centre, in metres.
    pub free_m: f64,
    pub name: String,
    pub town_addresses: usize,
    pub rural_addresses: usize,
    pub municipality: usize,
    pub crossings: Vec<Crossing>,
}

impl Cell {
    pub fn addresses(&self) -> usize {
        self.town_addresses + self.rural_addresses
    }
}

#[derive(Debug)]
pub(super) struct Municipality {
    pub name: String,
    pub cells: Vec<usize>,
    pub province: usize,
}

pub(super) struct Plan {
    pub seed: u64,
    pub cells: Vec<Cell>,
    pub municipalities: Vec<Municipality>,
    pub provinces: Vec<String>,
    /// The river from coast to coast; empty where the land is too small for one.
    pub river: Vec<Pt>,
    pub river_m: f64,
}

fn built_capacity(radius_m: f64) -> f64 {
    radius_m * radius_m * 2.5 / 1e6 * TOWN_PER_KM2
}

impl Plan {
    pub fn new(seed: u64, addresses: usize) -> Self {
        let hexes = (addresses / 5_500)
            .max(7 + addresses / 4_000)
            .min(40 + addresses / 5_500);
        let km2 = (addresses as f64 / LAND_PER_KM2 / hexes as f64).max(1.1);
        let pitch_m = (km2 * 1e6 / 0.866).sqrt();
        let lattice = Lattice::new(seed, hexes, pitch_m);
        let mut dice = Dice::new(seed, Part::Settlements, 0);
        let groups = settle(&lattice, addresses, &mut dice);
        let mut namer = Namer::new();
        let mut names = Dice::new(seed, Part::Names, 0);
        let owner: BTreeMap<Hex, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(i, g)| g.iter().map(move |h| (*h, i)))
            .collect();
        let mut cells: Vec<Cell> = groups
            .into_iter()
            .map(|hexes| {
                let ring = lattice.outline(&hexes);
                let middle = lattice.centre(hexes[0]);
                let nearest = ring
                    .iter()
                    .map(|p| p.distance(middle))
                    .fold(f64::INFINITY, f64::min);
                // Nobody founds a town exactly in the middle of its land.
                let centre = middle.plus(
                    Pt::polar(dice.between(0.0, std::f64::consts::TAU), 1.0),
                    nearest * dice.between(0.0, 0.16),
                );
                let free_m = ring
                    .iter()
                    .map(|p| p.distance(centre))
                    .fold(f64::INFINITY, f64::min);
                Cell {
                    hexes,
                    centre,
                    ring,
                    free_m,
                    name: namer.town(&mut names),
                    town_addresses: 0,
                    rural_addresses: 0,
                    municipality: 0,
                    crossings: Vec::new(),
                }
            })
            .collect();
        share_out(&mut cells, addresses);
        let (river, river_edges) = river(&lattice, &owner, &mut dice);
        connect(&lattice, &owner, &river_edges, &mut cells);
        motorways(&mut cells);
        let beside: Vec<BTreeSet<usize>> = cells
            .iter()
            .map(|c| c.crossings.iter().map(|x| x.to).collect())
            .collect();
        let weights: Vec<f64> = cells.iter().map(|c| c.addresses() as f64).collect();
        let count = (addresses / 20_000).clamp(2, (cells.len() / 2).max(1));
        let groups = grow(&beside, &weights, count);
        let mut municipalities: Vec<Municipality> = groups
            .into_iter()
            .map(|members| {
                let main = members
                    .iter()
                    .copied()
                    .max_by_key(|c| cells[*c].town_addresses);
                Municipality {
                    name: main.map(|c| cells[c].name.clone()).unwrap_or_default(),
                    cells: members,
                    province: 0,
                }
            })
            .collect();
        for (i, municipality) in municipalities.iter().enumerate() {
            for &c in &municipality.cells {
                cells[c].municipality = i;
            }
        }
        let (wide, weights) = coarser(&beside, &weights, municipalities.len(), |c| {
            cells[c].municipality
        });
        let count = (addresses / 900_000).clamp(1, 12);
        let provinces = grow(&wide, &weights, count);
        for (p, members) in provinces.iter().enumerate() {
            for &m in members {
                municipalities[m].province = p;
            }
        }
        Self {
            seed,
            cells,
            municipalities,
            provinces: (0..provinces.len())
                .map(|p| PROVINCES[p % PROVINCES.len()].to_owned())
                .collect(),
            river,
            river_m: (pitch_m * 0.014).clamp(18.0, 75.0),
        }
    }

    /// Cell of the largest town.
    pub fn capital(&self) -> usize {
        (0..self.cells.len())
            .max_by_key(|c| (self.cells[*c].town_addresses, usize::MAX - c))
            .unwrap_or(0)
    }
}

/// Groups of hexes, one per settlement, the largest first: a town too large for one hex takes the
/// rings around it too.
fn settle(lattice: &Lattice, addresses: usize, dice: &mut Dice) -> Vec<Vec<Hex>> {
    let count = (lattice.order.len() as f64 * 0.7).max(3.0);
    let harmonic: f64 = (1..=count as usize).map(|k| (k as f64).powf(-0.85)).sum();
    let largest = addresses as f64 * (1.0 - RURAL_SHARE) / harmonic;
    let mut free: BTreeSet<Hex> = lattice.order.iter().copied().collect();
    let mut groups: Vec<Vec<Hex>> = Vec::new();
    let reach =
        [0.36, 0.92, 1.75, 2.5].map(|share: f64| built_capacity(share * lattice.pitch_m * 0.86));
    for k in 1.. {
        let wanted = largest * (k as f64).powf(-0.85);
        let rings = reach.iter().position(|cap| *cap >= wanted).unwrap_or(3) as i32;
        if rings == 0 {
            break;
        }
        let fits: Vec<Hex> = lattice
            .order
            .iter()
            .copied()
            .filter(|h| disc(*h, rings).iter().all(|x| free.contains(x)))
            .collect();
        let nearest = (fits.len() / if k == 1 { 6 } else { 1 }).max(1);
        if fits.is_empty() {
            break;
        }
        let middle = fits[dice.index(nearest.min(fits.len()))];
        let mut group = disc(middle, rings);
        group.retain(|h| *h != middle);
        group.insert(0, middle);
        for hex in &group {
            free.remove(hex);
        }
        groups.push(group);
    }
    let mut rest: Vec<Hex> = free.into_iter().collect();
    dice.shuffle(&mut rest);
    groups.extend(rest.into_iter().map(|h| vec![h]));
    groups
}

/// Gives every cell its addresses by Zipf's law, within what its free radius can hold; exact in sum.
fn share_out(cells: &mut [Cell], addresses: usize) {
    let n = cells.len();
    let rural = ((addresses as f64 * RURAL_SHARE) as usize).max(n.min(addresses / 4));
    let area: f64 = cells.iter().map(|c| c.hexes.len() as f64).sum();
    let caps: Vec<f64> = cells
        .iter()
        .map(|c| built_capacity(c.free_m * 0.84))
        .collect();
    let mut sizes: Vec<f64> = (0..n).map(|k| ((k + 1) as f64).powf(-0.85)).collect();
    let town_total = (addresses - rural) as f64;
    let sum: f64 = sizes.iter().sum();
    for s in &mut sizes {
        *s *= town_total / sum;
    }
    for _ in 0..8 {
        let over: f64 = sizes.iter().zip(&caps).map(|(s, c)| (s - c).max(0.0)).sum();
        let room: f64 = sizes.iter().zip(&caps).map(|(s, c)| (c - s).max(0.0)).sum();
        if over < 1.0 || room < 1.0 {
            break;
        }
        let share = (over / room).min(1.0);
        for (s, c) in sizes.iter_mut().zip(&caps) {
            *s = if *s > *c { *c } else { *s + (*c - *s) * share };
        }
    }
    let sum: f64 = sizes.iter().sum();
    let mut given = 0;
    for (cell, size) in cells.iter_mut().zip(&sizes) {
        cell.rural_addresses = (rural as f64 * cell.hexes.len() as f64 / area) as usize;
        cell.town_addresses = ((size * town_total / sum) as usize).max(1);
        given += cell.addresses();
    }
    // What rounding left over or overdrew goes to the largest town.
    if let Some(first) = cells.iter_mut().max_by_key(|c| c.town_addresses) {
        first.town_addresses = (first.town_addresses + addresses).saturating_sub(given);
    }
}

/// Where a way came from: the corner before, and the border walked as a cell's side.
type Step = (Corner, Hex, usize);

/// A way along borders between cells from coast to coast, and the borders it follows.
fn river(
    lattice: &Lattice,
    owner: &BTreeMap<Hex, usize>,
    dice: &mut Dice,
) -> (Vec<Pt>, BTreeSet<(Corner, Corner)>) {
    let mut ways: BTreeMap<Corner, Vec<(Corner, Hex, usize, f64)>> = BTreeMap::new();
    let mut coast: BTreeSet<Corner> = BTreeSet::new();
    for &hex in &lattice.order {
        for k in 0..6 {
            let (from, to) = (Lattice::corner(hex, k + 5), Lattice::corner(hex, k));
            match owner.get(&neighbour(hex, k)) {
                None => coast.extend([from, to]),
                Some(other) if *other != owner[&hex] => {
                    let cost = dice.between(1.0, 3.0);
                    ways.entry(from).or_default().push((to, hex, k, cost));
                }
                Some(_) => {}
            }
        }
    }
    let x = |c: &Corner| (lattice.corner_point(*c).x * 100.0) as i64;
    let inland = |c: &&Corner| ways.contains_key(*c);
    let (Some(source), Some(mouth)) = (
        coast.iter().filter(inland).max_by_key(|c| x(c)).copied(),
        coast.iter().filter(inland).min_by_key(|c| x(c)).copied(),
    ) else {
        return (Vec::new(), BTreeSet::new());
    };
    let mut best: BTreeMap<Corner, (i64, Option<Step>)> = BTreeMap::new();
    best.insert(source, (0, None));
    let mut queue = BinaryHeap::from([std::cmp::Reverse((0_i64, source))]);
    while let Some(std::cmp::Reverse((cost, at))) = queue.pop() {
        for &(to, hex, k, step) in ways.get(&at).into_iter().flatten() {
            let next = cost + (step * 1_000.0) as i64;
            if best.get(&to).is_none_or(|(known, _)| next < *known) {
                best.insert(to, (next, Some((at, hex, k))));
                queue.push(std::cmp::Reverse((next, to)));
            }
        }
    }
    let (mut line, mut edges) = (Vec::new(), BTreeSet::new());
    let mut at = mouth;
    while let Some((_, Some((from, hex, k)))) = best.get(&at) {
        let mut part = lattice.edge(*hex, *k);
        part.reverse();
        line.extend_from_slice(&part[..part.len() - 1]);
        edges.insert((at.min(*from), at.max(*from)));
        at = *from;
    }
    if !line.is_empty() {
        line.push(lattice.corner_point(source));
    }
    (line, edges)
}

/// Gives every pair of neighbouring cells one place where their roads meet.
fn connect(
    lattice: &Lattice,
    owner: &BTreeMap<Hex, usize>,
    river: &BTreeSet<(Corner, Corner)>,
    cells: &mut [Cell],
) {
    let mut best: BTreeMap<(usize, usize), (i64, Pt, Pt, bool)> = BTreeMap::new();
    for (&hex, &own) in owner {
        for k in 0..6 {
            let Some(&other) = owner.get(&neighbour(hex, k)) else {
                continue;
            };
            if own >= other {
                continue;
            }
            let line = lattice.edge(hex, k);
            let at = line[line.len() / 2];
            let cost = (at.distance(cells[own].centre) + at.distance(cells[other].centre)) * 100.0;
            let (a, b) = (Lattice::corner(hex, k + 5), Lattice::corner(hex, k));
            let found = (
                cost as i64,
                at,
                line[line.len() / 4],
                river.contains(&(a.min(b), a.max(b))),
            );
            best.entry((own, other))
                .and_modify(|known| {
                    if found.0 < known.0 {
                        *known = found;
                    }
                })
                .or_insert(found);
        }
    }
    for ((a, b), (_, at, motorway_at, bridge)) in best {
        let smaller = cells[a].town_addresses.min(cells[b].town_addresses);
        let class = match smaller {
            8_000.. => RoadClass::Primary,
            1_500.. => RoadClass::Secondary,
            _ => RoadClass::Tertiary,
        };
        for (own, to) in [(a, b), (b, a)] {
            cells[own].crossings.push(Crossing {
                to,
                at,
                motorway_at,
                class,
                motorway: false,
                bridge,
            });
        }
    }
    for cell in cells {
        let centre = cell.centre;
        cell.crossings
            .sort_by(|a, b| centre.to(a.at).angle().total_cmp(&centre.to(b.at).angle()));
    }
}

/// Marks the crossings of the shortest ways from the largest town to the next few.
fn motorways(cells: &mut [Cell]) {
    let wanted = (cells.len() / 9).min(60);
    let mut best: Vec<(f64, usize)> = vec![(f64::INFINITY, 0); cells.len()];
    best[0] = (0.0, 0);
    let mut queue = BTreeSet::from([(0_i64, 0_usize)]);
    while let Some((_, at)) = queue.pop_first() {
        for crossing in cells[at].crossings.clone() {
            let way = cells[at].centre.distance(crossing.at)
                + crossing.at.distance(cells[crossing.to].centre);
            // A way that is a motorway already costs less than a new one.
            let next = best[at].0 + way;
            if next < best[crossing.to].0 {
                best[crossing.to] = (next, at);
                queue.insert((next as i64, crossing.to));
            }
        }
    }
    for goal in 1..=wanted.min(cells.len().saturating_sub(1)) {
        let mut at = goal;
        while at != 0 && best[at].0.is_finite() {
            let from = best[at].1;
            for (own, other) in [(at, from), (from, at)] {
                for crossing in cells[own].crossings.iter_mut().filter(|c| c.to == other) {
                    crossing.motorway = true;
                }
            }
            at = from;
        }
    }
}
