//! What surrounds a place: the nearest business park, the road in front and the way to the next main
//! road, what is built within a radius, the figures and flows of its regions, and the accounts near. The
//! sums come from the engine with a circle as area, so they are the numbers the map shows.

use crate::App;
use crate::atlas::Atlas;
use crate::engine::Snapshot;
use crate::error::AppError;
use crate::geocoding::Nearby;
use crate::ground::Ground;
use crate::regions::{Figure, RegionRef};
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES, Cube};
use geocrm_domain::levels::Rule;
use geocrm_domain::region::{Hierarchy, RegionLevel};
use geocrm_domain::road::RoadClass;
use geocrm_domain::scope::AggregateScope;
use geocrm_domain::{
    AccountId, AccountStatus, Answer, Compare, CubeQuery, Filter, LngLat, MultiPolygon, Number,
    PersonsTold, Polygon, Value, VisibleScope,
};
use geocrm_roads::{Reach, Which};
use std::sync::Arc;

/// How far in front of the door a road may be, in metres.
const ROAD_REACH_M: f64 = 100.0;
/// Corners of the polygon that stands for a circle; at 250 m it is off by less than 0.1 m.
const CIRCLE_CORNERS: u32 = 128;
const NEAREST_ACCOUNTS: usize = 10;
const FLOWS: usize = 12;
/// Indicators shown with the surroundings, each from the finest region that publishes it.
const FIGURES: &[&str] = &[
    "population",
    "households",
    "income_per_inhabitant_eur",
    "property_value_eur",
    "owner_occupied_pct",
    "population_density_per_km2",
];

#[derive(Debug, Clone)]
pub struct ParkNear {
    pub name: Option<String>,
    /// Haversine metres to its edge, 0 inside.
    pub distance_m: f64,
    pub band: String,
}

#[derive(Debug, Clone)]
pub struct RoadNear {
    pub id: i64,
    pub name: Option<String>,
    pub class: RoadClass,
    pub condition: Option<u8>,
    pub distance_m: f64,
}

/// The way along drivable roads to the next main road.
#[derive(Debug, Clone)]
pub struct Way {
    /// Network metres.
    pub length_m: f64,
    pub condition_mean: Option<f64>,
    pub worst_condition: Option<u8>,
    pub main_road: Option<String>,
}

#[derive(Debug, Clone)]
pub struct FlowNear {
    /// `out`, `in` or `within`.
    pub direction: &'static str,
    pub mode: String,
    pub persons_e3: i64,
    pub region: RegionRef,
    pub year: i32,
}

#[derive(Debug, Clone)]
pub struct AccountNear {
    pub id: AccountId,
    pub name: String,
    pub status: AccountStatus,
    pub distance_m: f64,
}

#[derive(Debug, Clone)]
pub struct Surroundings {
    pub at: LngLat,
    pub radius_m: f64,
    pub regions: Vec<RegionRef>,
    pub address: Option<Nearby>,
    pub business_park: Option<ParkNear>,
    pub road: Option<RoadNear>,
    pub way: Option<Way>,
    pub addresses: u64,
    pub dwellings: u64,
    pub housing_types: Vec<(String, u64)>,
    pub building_forms: Vec<(String, u64)>,
    pub building_uses: Vec<(String, u64)>,
    pub building_ages: Vec<(String, u64)>,
    pub figures: Vec<Figure>,
    pub flows: Vec<FlowNear>,
    pub accounts: u64,
    pub customers: u64,
    /// How households are in the two.
    pub persons: PersonsTold,
    pub nearest_accounts: Vec<AccountNear>,
}

const PERSONS_TOO_NEAR: &str = "households are left out around a place, since they are told by regions and hexagons that \
                                reach beyond the circle";

/// For readers who are told of persons only as cells: the accounts that are none.
fn without_persons(scope: &VisibleScope) -> Option<Filter> {
    let persons = ACCOUNTS.persons?;
    match scope.aggregates() {
        AggregateScope::Protected(_) => Some(Filter::Compare {
            property: persons.column.to_owned(),
            op: Compare::NotEqual,
            value: Value::text(persons.value),
        }),
        _ => None,
    }
}

/// A polygon that stands for the circle around a place.
pub fn circle(center: LngLat, radius_m: f64) -> MultiPolygon {
    let lat_step = (radius_m / geocrm_domain::spatial::EARTH_RADIUS_M).to_degrees();
    let lng_step = lat_step / center.lat().to_radians().cos().max(1e-6);
    let corner = |i: u32| {
        let angle = f64::from(i) / f64::from(CIRCLE_CORNERS) * std::f64::consts::TAU;
        let e7 = |degrees: f64, limit: f64| (degrees.clamp(-limit, limit) * 1e7).round() as i32;
        LngLat::from_e7(
            e7(center.lng() + lng_step * angle.cos(), 180.0),
            e7(center.lat() + lat_step * angle.sin(), 90.0),
        )
    };
    MultiPolygon(vec![Polygon {
        exterior: (0..CIRCLE_CORNERS).map(corner).collect(),
        holes: Vec::new(),
    }])
}

fn ask(
    snapshot: &Snapshot,
    scope: &VisibleScope,
    cube: &'static Cube,
    measures: &[&str],
    dimension: Option<&str>,
    filter: Option<Filter>,
    area: &MultiPolygon,
) -> Result<Answer, AppError> {
    let query = CubeQuery {
        measures: measures.iter().map(|m| (*m).to_owned()).collect(),
        dimensions: dimension.iter().map(|d| (*d).to_owned()).collect(),
        filter,
        geometry: Some(area.clone()),
        ..CubeQuery::default()
    };
    Ok(snapshot.query(scope, cube, &query)?)
}

fn int_of(answer: &Answer, measure: usize) -> u64 {
    match answer.rows.first().and_then(|row| row.values[measure]) {
        Some(Number::Int(int)) => int.unsigned_abs(),
        _ => 0,
    }
}

/// Known members with their counts, most frequent first.
fn members(answer: Answer) -> Vec<(String, u64)> {
    let mut members: Vec<(String, u64)> = answer
        .rows
        .into_iter()
        .filter_map(
            |row| match (row.keys.into_iter().next(), row.values.first()) {
                (Some(Value::Text(code)), Some(Some(Number::Int(count)))) => {
                    Some((code.into(), count.unsigned_abs()))
                }
                _ => None,
            },
        )
        .collect();
    members.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    members
}

/// What the engine counts around a place.
struct Counted {
    addresses: u64,
    dwellings: u64,
    housing_types: Vec<(String, u64)>,
    building_forms: Vec<(String, u64)>,
    building_uses: Vec<(String, u64)>,
    building_ages: Vec<(String, u64)>,
    accounts: u64,
    customers: u64,
    persons: PersonsTold,
    nearest: Vec<AccountId>,
}

fn counted(
    snapshot: &Snapshot,
    scope: &VisibleScope,
    at: LngLat,
    radius_m: f64,
) -> Result<Counted, AppError> {
    let area = circle(at, radius_m);
    let addresses = |measures: &[&str], dimension| {
        ask(
            snapshot, scope, &ADDRESSES, measures, dimension, None, &area,
        )
    };
    let built = |dimension| addresses(&["count"], Some(dimension)).map(members);
    let totals = addresses(&["count", "dwellings"], None)?;
    let others = without_persons(scope);
    let persons = match others {
        Some(_) => PersonsTold::LeftOut(PERSONS_TOO_NEAR.to_owned()),
        None => PersonsTold::Exact,
    };
    let measures = &["count", "customers"];
    let accounts = ask(snapshot, scope, &ACCOUNTS, measures, None, others, &area)?;
    let selection = snapshot.cube(&ACCOUNTS).select(scope, None, Some(&area))?;
    Ok(Counted {
        addresses: int_of(&totals, 0),
        dwellings: int_of(&totals, 1),
        housing_types: built("housing_type")?,
        building_forms: built("building_form")?,
        building_uses: built("building_use")?,
        building_ages: built("building_age_class")?,
        accounts: int_of(&accounts, 0),
        customers: int_of(&accounts, 1),
        persons,
        nearest: account_ids(selection.nearest(at, NEAREST_ACCOUNTS)),
    })
}

impl App {
    pub async fn surroundings(
        &self,
        scope: &VisibleScope,
        at: LngLat,
        radius_m: f64,
    ) -> Result<Surroundings, AppError> {
        let atlas = self.atlas();
        let snapshot = self.engine.newest();
        let counted = {
            let (snapshot, scope) = (Arc::clone(&snapshot), scope.clone());
            tokio::task::spawn_blocking(move || counted(&snapshot, &scope, at, radius_m))
                .await
                .map_err(|e| AppError::internal("counting around a place", e))??
        };
        let ground = self.ground().await?;
        let found = atlas.regions_at(at);
        let path: Vec<RegionRef> = found.into_iter().map(Atlas::region_ref).collect();
        Ok(Surroundings {
            at,
            radius_m,
            address: ground.geocoder.reverse(at, 1).into_iter().next(),
            business_park: ground.nearest_park(at).map(|(park, distance_m)| ParkNear {
                name: park.name.clone(),
                distance_m,
                band: Rule::DistanceBand
                    .apply(&Value::Int(distance_m.round() as i64))
                    .to_string(),
            }),
            road: road_in_front(&ground, at),
            way: way_to_main_road(&ground, at),
            addresses: counted.addresses,
            dwellings: counted.dwellings,
            housing_types: counted.housing_types,
            building_forms: counted.building_forms,
            building_uses: counted.building_uses,
            building_ages: counted.building_ages,
            figures: self.figures_around(&path).await?,
            flows: self.flows_around(&path).await?,
            accounts: counted.accounts,
            customers: counted.customers,
            persons: counted.persons,
            nearest_accounts: self.nearest_accounts(scope, at, &counted.nearest).await?,
            regions: path,
        })
    }

    /// The newest figure of each indicator, from the finest region that has one.
    async fn figures_around(&self, path: &[RegionRef]) -> Result<Vec<Figure>, AppError> {
        let mut chosen: Vec<Figure> = Vec::new();
        for region in today_first(path) {
            for figure in self.figures(region.level, &region.code).await? {
                let wanted =
                    FIGURES.contains(&figure.def.indicator.as_str()) && figure.value_e4.is_some();
                if wanted
                    && !chosen
                        .iter()
                        .any(|c| c.def.indicator == figure.def.indicator)
                {
                    chosen.push(figure);
                }
            }
        }
        chosen.sort_by_key(|figure| {
            FIGURES
                .iter()
                .position(|name| *name == figure.def.indicator)
        });
        Ok(chosen)
    }

    /// The largest flows of the finest region that has any.
    async fn flows_around(&self, path: &[RegionRef]) -> Result<Vec<FlowNear>, AppError> {
        let atlas = self.atlas();
        for region in today_first(path) {
            let flows = self.store.region_flows(region.level, &region.code).await?;
            if flows.is_empty() {
                continue;
            }
            let near = |flow: geocrm_store::RegionFlow| {
                let row = flow.flow;
                let leaves = row.origin_code == region.code;
                let arrives = row.destination_code == region.code;
                let direction = match (leaves, arrives) {
                    (true, true) => "within",
                    (true, false) => "out",
                    _ => "in",
                };
                let code = if leaves {
                    row.destination_code
                } else {
                    row.origin_code
                };
                let level: RegionLevel = row.level;
                let name = atlas
                    .region(level, &code)
                    .map_or_else(|| code.clone(), |r| r.name.clone());
                let region = RegionRef { level, code, name };
                FlowNear {
                    direction,
                    mode: row.mode,
                    persons_e3: row.persons_e3,
                    region,
                    year: row.year,
                }
            };
            return Ok(flows.into_iter().take(FLOWS).map(near).collect());
        }
        Ok(Vec::new())
    }

    async fn nearest_accounts(
        &self,
        scope: &VisibleScope,
        at: LngLat,
        ids: &[AccountId],
    ) -> Result<Vec<AccountNear>, AppError> {
        let accounts = self.store.accounts_by_ids(scope, ids).await?;
        let mut near: Vec<AccountNear> = accounts
            .into_iter()
            .filter_map(|record| {
                let account = record.account;
                Some(AccountNear {
                    distance_m: account.place?.haversine_m(at),
                    id: account.id,
                    name: account.name,
                    status: account.status,
                })
            })
            .collect();
        near.sort_by(|a, b| {
            a.distance_m
                .total_cmp(&b.distance_m)
                .then_with(|| a.id.cmp(&b.id))
        });
        Ok(near)
    }
}

/// The finest region first, those of former years after those of today.
fn today_first(path: &[RegionRef]) -> impl Iterator<Item = &RegionRef> {
    let is_today = |region: &&RegionRef| region.level.hierarchy() == Hierarchy::Admin;
    let today = path.iter().rev().filter(is_today);
    let former = path.iter().rev().filter(move |region| !is_today(region));
    today.chain(former)
}

/// Keys of the accounts cube as ids.
pub fn account_ids(keys: geocrm_domain::batch::Keys) -> Vec<AccountId> {
    match keys {
        geocrm_domain::batch::Keys::Uuid(keys) => keys.into_iter().map(AccountId).collect(),
        geocrm_domain::batch::Keys::Int(_) => Vec::new(),
    }
}

fn road_in_front(ground: &Ground, at: LngLat) -> Option<RoadNear> {
    let near = ground
        .roads
        .nearest_road(at, ROAD_REACH_M, Which::Drivable)?;
    let road = ground.road(near.road_id)?;
    Some(RoadNear {
        id: near.road_id,
        name: road.name.clone(),
        class: road.class,
        condition: road.condition,
        distance_m: near.distance_m,
    })
}

fn way_to_main_road(ground: &Ground, at: LngLat) -> Option<Way> {
    let way = ground.roads.way_to_main_road(at, Reach::default())?;
    Some(Way {
        length_m: way.length_m,
        condition_mean: way.condition_mean,
        worst_condition: way.worst_condition,
        main_road: way.main_road_name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_has_its_radius_in_every_direction() {
        let center = LngLat::from_degrees(4.9, 52.37).expect("a position");
        let circle = circle(center, 250.0);
        for corner in &circle.0[0].exterior {
            assert!((corner.haversine_m(center) - 250.0).abs() < 0.2);
        }
    }
}
