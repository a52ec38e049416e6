//! What moves between regions and who works where: commuting between municipalities by a gravity
//! model, and twelve representatives whose territories are connected and of about equal weight.

use super::frame::{Dice, Part, Pt};
use super::groups::{coarser, grow};
use super::indicators::{Profile, YEARS};
use super::names::person;
use super::plan::Plan;
use super::regions::{Regions, municipality_code};
use geocrm_domain::record::{FlowRow, TerritoryRow};
use geocrm_domain::region::RegionLevel;
use std::collections::{BTreeMap, BTreeSet};

const MODES: [&str; 5] = ["car", "train", "bicycle", "bus", "walk"];
/// Smaller flows are left out, as in published tables.
const SMALLEST_FLOW: f64 = 5.0;
const REPRESENTATIVES: usize = 12;

/// Commuters from every municipality to every other and within it.
pub(super) fn flows(plan: &Plan, regions: &Regions, profiles: &[Profile]) -> Vec<FlowRow> {
    let n = plan.municipalities.len();
    let mut people = vec![0.0; n];
    for (hood, profile) in regions.neighbourhoods.iter().zip(profiles) {
        people[plan.cells[hood.cell].municipality] += profile.population;
    }
    let at: Vec<Pt> = plan
        .municipalities
        .iter()
        .map(|m| plan.cells[m.cells[0]].centre)
        .collect();
    let mut out = Vec::new();
    for from in 0..n {
        let pull = |to: usize| {
            let km = if from == to {
                plan.cells[plan.municipalities[to].cells[0]].free_m / 1e3 + 2.0
            } else {
                at[from].distance(at[to]) / 1e3
            };
            (people[to].powf(1.05) * (-km / 17.0).exp() / (km + 3.0), km)
        };
        let sum: f64 = (0..n).map(|to| pull(to).0).sum();
        for to in 0..n {
            let (force, km) = pull(to);
            let commuters = people[from] * 0.42 * force / sum.max(1e-9);
            // What remains attractive of each mode at this distance.
            let big = (people[from].min(people[to]) / 40_000.0).min(1.5);
            let appeal = [
                1.0 - (-km / 5.0).exp() * 0.6,
                big * (1.0 - (-km / 18.0).exp()) * 0.6,
                1.5 * (-km / 5.5).exp(),
                0.16 * (-(km - 8.0).powi(2) / 160.0).exp(),
                0.7 * (-km / 1.6).exp(),
            ];
            let all: f64 = appeal.iter().sum();
            for (mode, share) in MODES.iter().zip(appeal) {
                let persons = commuters * share / all;
                if persons >= SMALLEST_FLOW {
                    out.push(FlowRow {
                        level: RegionLevel::Municipality,
                        origin_code: municipality_code(from),
                        destination_code: municipality_code(to),
                        mode: (*mode).to_owned(),
                        year: YEARS[1],
                        persons_e3: (persons * 1e3).round() as i64,
                    });
                }
            }
        }
    }
    out
}

/// Twelve territories of whole municipalities, districts or neighbourhoods, whichever is the widest level
/// that has enough members; and the territory of every neighbourhood.
pub(super) fn territories(plan: &Plan, regions: &Regions) -> (Vec<TerritoryRow>, Vec<usize>) {
    let hoods = &regions.neighbourhoods;
    let weights: Vec<f64> = hoods.iter().map(|n| n.addresses as f64).collect();
    let beside = touching(regions);
    let code_at = |i: usize, level: RegionLevel| -> &str {
        hoods[i]
            .above
            .iter()
            .find(|(l, _)| *l == level)
            .map_or(hoods[i].code.as_str(), |(_, code)| code.as_str())
    };
    let mut chosen = RegionLevel::Neighbourhood;
    for level in [RegionLevel::Municipality, RegionLevel::District] {
        let codes: BTreeSet<&str> = (0..hoods.len()).map(|i| code_at(i, level)).collect();
        if codes.len() >= REPRESENTATIVES * 2 {
            chosen = level;
            break;
        }
    }
    let codes: Vec<&str> = (0..hoods.len())
        .map(|i| code_at(i, chosen))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let unit_of: Vec<usize> = (0..hoods.len())
        .map(|i| codes.binary_search(&code_at(i, chosen)).unwrap_or(0))
        .collect();
    let (wide, sums) = coarser(&beside, &weights, codes.len(), |i| unit_of[i]);
    let groups = grow(&wide, &sums, REPRESENTATIVES);
    let mut territory_of_unit = vec![0; codes.len()];
    for (t, units) in groups.iter().enumerate() {
        for u in units {
            territory_of_unit[*u] = t;
        }
    }
    let mut dice = Dice::new(plan.seed, Part::Territories, 0);
    let rows = groups
        .iter()
        .enumerate()
        .map(|(t, units)| {
            let mut main: BTreeMap<usize, usize> = BTreeMap::new();
            for (i, hood) in hoods.iter().enumerate() {
                if territory_of_unit[unit_of[i]] == t {
                    *main.entry(hood.cell).or_default() += hood.addresses;
                }
            }
            let cell = main
                .iter()
                .max_by_key(|(c, sum)| (**sum, usize::MAX - **c))
                .map_or(0, |(c, _)| *c);
            let mut region_codes: Vec<(RegionLevel, String)> = units
                .iter()
                .map(|u| (chosen, codes[*u].to_owned()))
                .collect();
            region_codes.sort();
            TerritoryRow {
                code: code(t),
                name: format!("Rayon {} {}", t + 1, plan.cells[cell].name),
                region_codes,
                representative: Some((email(t), person(&mut dice))),
            }
        })
        .collect();
    (
        rows,
        unit_of.iter().map(|u| territory_of_unit[*u]).collect(),
    )
}

pub(super) fn code(territory: usize) -> String {
    format!("T{:02}", territory + 1)
}

pub(super) fn email(territory: usize) -> String {
    format!("rep{:02}@example.org", territory + 1)
}

/// Which neighbourhoods share a border.
fn touching(regions: &Regions) -> Vec<BTreeSet<usize>> {
    let mut edges = BTreeMap::new();
    let mut beside = vec![BTreeSet::new(); regions.neighbourhoods.len()];
    for (i, hood) in regions.neighbourhoods.iter().enumerate() {
        for ring in hood.shape.0.iter().flat_map(geocrm_domain::Polygon::rings) {
            for k in 0..ring.len() {
                let (a, b) = (ring[k], ring[(k + 1) % ring.len()]);
                if let Some(other) = edges.insert((a.min(b), a.max(b)), i) {
                    beside[i].insert(other);
                    beside[other].insert(i);
                }
            }
        }
    }
    beside
}
