//! A made-up Dutch-like land for the demo, the tests and the benchmarks: any size from a village to ten
//! million addresses, the same to the last bit for the same seed and size. It yields the same records as a
//! loader of real data, piece by piece, so that the largest fits in memory: first everything about
//! regions, then one bundle of geometry after the other, accounts last.

mod accounts;
mod blocks;
mod build;
mod country;
mod emit;
mod fields;
mod frame;
mod groups;
mod indicators;
mod lattice;
mod lots;
mod mosaic;
mod names;
mod plan;
mod regions;
mod society;
mod streets;
mod styles;
mod town;
mod words;

use chrono::NaiveDate;
use geocrm_domain::geometry::{MultiPolygon, Polygon};
use geocrm_domain::place::AreaKind;
use geocrm_domain::record::{AreaRow, Bundle, PlaceRow};

/// Smallest and largest region that can be generated, in addresses.
pub const ADDRESSES: std::ops::RangeInclusive<usize> = 1_000..=10_000_000;
/// No bundle holds more addresses or accounts than this.
pub const CHUNK_ADDRESSES: usize = 200_000;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSpec {
    pub seed: u64,
    /// Exact number of addresses.
    pub addresses: usize,
    /// Number of accounts, at most one an address; one of forty addresses has one when none is given.
    pub accounts: Option<usize>,
}

/// How the demo describes itself as a dataset; counts and instants are the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoMeta {
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub vintage: String,
}

impl DemoSpec {
    pub fn meta(&self, today: NaiveDate) -> DemoMeta {
        let accounts = self
            .accounts
            .map_or_else(String::new, |n| format!("{n} accounts, "));
        DemoMeta {
            code: "demo".to_owned(),
            title: format!(
                "Demo region Doggerland ({} addresses, {accounts}seed {})",
                self.addresses, self.seed
            ),
            source: "generated".to_owned(),
            licence: "CC0-1.0".to_owned(),
            attribution: "Doggerland, an invented region".to_owned(),
            vintage: today.format("%Y-%m-%d").to_string(),
        }
    }
}

/// What is being generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Regions,
    Geometry,
    Accounts,
}

/// How far a run is; `done` and `total` count addresses, or accounts in the last stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub done: usize,
    pub total: usize,
}

/// Why a region was not generated; `E` is the error of whoever takes the bundles.
#[derive(Debug, thiserror::Error)]
pub enum DemoError<E: std::error::Error + 'static> {
    #[error("a demo region has {} to {} addresses, not {asked}", ADDRESSES.start(), ADDRESSES.end())]
    Size { asked: usize },
    #[error("a piece of the demo region could not be taken")]
    Sink(#[source] E),
}

/// Generates the region and hands it over in pieces: the bundle of regions, indicators, flows, business
/// parks and territories; then addresses with their buildings, roads, areas and places, each bundle of at
/// most [`CHUNK_ADDRESSES`] addresses and whole groups of touching houses; then accounts.
pub fn generate<E: std::error::Error + 'static>(
    spec: &DemoSpec,
    today: NaiveDate,
    sink: &mut dyn FnMut(Bundle) -> Result<(), E>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DemoError<E>> {
    if !ADDRESSES.contains(&spec.addresses) {
        return Err(DemoError::Size {
            asked: spec.addresses,
        });
    }
    let total = spec.addresses;
    progress(Progress {
        stage: Stage::Regions,
        done: 0,
        total,
    });
    let land = Land::new(spec);
    let parks = land.business_parks();
    sink(land.region_bundle(&parks)).map_err(DemoError::Sink)?;
    let mut picker = accounts::Picker::new(spec);
    let mut counters = emit::Counters {
        areas: parks.0.len(),
        ..emit::Counters::default()
    };
    let (mut carry, mut waiting) = (0, Bundle::default());
    for (cell, town) in land.towns.iter().enumerate() {
        let built = build::build(&land.plan, cell, town, &mut carry);
        for bundle in land.rows(cell, &built, &parks, &mut counters, &mut picker) {
            if waiting.addresses.len() + bundle.addresses.len() > FULL_ADDRESSES {
                sink(std::mem::take(&mut waiting)).map_err(DemoError::Sink)?;
            }
            append(&mut waiting, bundle);
        }
        progress(Progress {
            stage: Stage::Geometry,
            done: counters.addresses,
            total,
        });
    }
    sink(waiting).map_err(DemoError::Sink)?;
    let (total, mut done) = (picker.len(), 0);
    for accounts in picker.chunks(spec.seed, today, 25_000) {
        done += accounts.len();
        sink(Bundle {
            accounts,
            ..Bundle::default()
        })
        .map_err(DemoError::Sink)?;
        progress(Progress {
            stage: Stage::Accounts,
            done,
            total,
        });
    }
    Ok(())
}

/// A bundle is handed over before it would grow beyond this; one neighbourhood is never larger than what
/// then remains of [`CHUNK_ADDRESSES`].
const FULL_ADDRESSES: usize = 60_000;

fn append(to: &mut Bundle, mut more: Bundle) {
    to.addresses.append(&mut more.addresses);
    to.buildings.append(&mut more.buildings);
    to.roads.append(&mut more.roads);
    to.areas.append(&mut more.areas);
    to.places.append(&mut more.places);
}

/// Everything that is known before the first house is built.
struct Land {
    plan: plan::Plan,
    towns: Vec<town::Town>,
    regions: regions::Regions,
    profiles: Vec<indicators::Profile>,
    territories: Vec<geocrm_domain::record::TerritoryRow>,
    /// Territory of every neighbourhood.
    territory_of: Vec<usize>,
}

impl Land {
    fn new(spec: &DemoSpec) -> Self {
        let plan = plan::Plan::new(spec.seed, spec.addresses);
        let towns: Vec<town::Town> = plan
            .cells
            .iter()
            .enumerate()
            .map(|(i, cell)| town::Town::new(spec.seed, i, cell))
            .collect();
        let regions = regions::Regions::new(&plan, &towns);
        let profiles = indicators::profiles(spec.seed, &regions);
        let (territories, territory_of) = society::territories(&plan, &regions);
        Self {
            plan,
            towns,
            regions,
            profiles,
            territories,
            territory_of,
        }
    }

    fn region_bundle(&self, parks: &emit::Parks) -> Bundle {
        let country = &self.regions.rows[0].geometry;
        let mut areas: Vec<AreaRow> = emit::sea(country).into_iter().collect();
        areas.extend(self.river());
        areas.extend(parks.0.iter().map(|(row, _)| row.clone()));
        Bundle {
            areas,
            regions: self.regions.rows.clone(),
            indicator_defs: indicators::defs(),
            indicators: indicators::rows(&self.regions, &self.profiles),
            flows: society::flows(&self.plan, &self.regions, &self.profiles),
            territories: self.territories.clone(),
            ..Bundle::default()
        }
    }

    /// The river in pieces, each short enough to be one simple ring.
    fn river(&self) -> Vec<AreaRow> {
        let line = &self.plan.river;
        (0..line.len().saturating_sub(1))
            .step_by(8)
            .map(|from| {
                let piece = &line[from..(from + 9).min(line.len())];
                let geometry = frame::shape(&country::ribbon(piece, self.plan.river_m));
                AreaRow {
                    source_key: format!("river{from}"),
                    kind: AreaKind::Water,
                    name: Some("De Dogger".to_owned()),
                    area_m2: geometry.area_m2().round() as i64,
                    geometry,
                }
            })
            .collect()
    }

    fn business_parks(&self) -> emit::Parks {
        let mut out = Vec::new();
        for (cell, town) in self.towns.iter().enumerate() {
            for quarter in town
                .quarters
                .iter()
                .filter(|q| q.fabric == town::Fabric::Business)
            {
                let geometry = MultiPolygon(vec![Polygon {
                    exterior: quarter.ring.clone(),
                    holes: Vec::new(),
                }]);
                let Some(bbox) = geometry.bbox() else {
                    continue;
                };
                let row = AreaRow {
                    source_key: format!("park{}", out.len()),
                    kind: AreaKind::BusinessPark,
                    name: Some(format!("{} ({})", quarter.name, self.plan.cells[cell].name)),
                    area_m2: geometry.area_m2().round() as i64,
                    geometry,
                };
                out.push((row, bbox));
            }
        }
        emit::Parks(out)
    }

    /// Rows of one cell by neighbourhood, and what of them becomes an account.
    fn rows(
        &self,
        cell: usize,
        built: &build::Built,
        parks: &emit::Parks,
        counters: &mut emit::Counters,
        picker: &mut accounts::Picker,
    ) -> Vec<Bundle> {
        let own = &self.plan.cells[cell];
        let place = emit::Place {
            city: &own.name,
            quarters: self.towns[cell].quarters.len(),
        };
        let mut out = Vec::new();
        emit::emit(built, &place, parks, counters, &mut |bundle, quarter| {
            let hood = self
                .regions
                .find
                .get(&(cell, quarter))
                .copied()
                .unwrap_or(0);
            for row in &bundle.addresses {
                picker.see(row, self.territory_of[hood], self.profiles[hood].income_eur);
            }
            out.push(bundle);
        });
        if let Some(first) = out.first_mut() {
            first.places = self.places(cell);
        }
        out
    }

    /// The town's own name, and in larger ones the names of neighbourhoods.
    fn places(&self, cell: usize) -> Vec<PlaceRow> {
        let own = &self.plan.cells[cell];
        let kind = match own.town_addresses {
            40_000.. => "city",
            5_000.. => "town",
            400.. => "village",
            _ => "hamlet",
        };
        let mut out = vec![PlaceRow {
            source_key: format!("p{cell}"),
            name: own.name.clone(),
            kind: kind.to_owned(),
            place: own.centre.place(),
            population: Some((own.addresses() as f64 * 2.1) as i64),
        }];
        let town = &self.towns[cell];
        for (q, quarter) in town
            .quarters
            .iter()
            .enumerate()
            .filter(|_| town.quarters.len() >= 4)
        {
            out.push(PlaceRow {
                source_key: format!("p{cell}.{q}"),
                name: quarter.name.clone(),
                kind: "neighbourhood".to_owned(),
                place: frame::middle(&quarter.face.ring).place(),
                population: Some((quarter.target as f64 * 2.1) as i64),
            });
        }
        out
    }
}

#[cfg(test)]
mod tests;
