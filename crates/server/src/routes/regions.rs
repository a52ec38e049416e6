//! Regions with their figures, what surrounds a place, and single addresses, buildings and roads with
//! how sure each derived column is.

use crate::Served;
use crate::extract::{Params, Viewer};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::routes::accounts::{AddressBody, Position};
use crate::routes::cubes::Persons;
use crate::routes::geocode::{NearAddress, bbox_json};
use axum::Json;
use axum::extract::{Path, State};
use geocrm_app::geojson::{area_json, geometry_json};
use geocrm_app::objects::{DerivedCode, ObjectView};
use geocrm_app::regions::{Figure, RegionDetail, RegionRef, RegionView};
use geocrm_app::surroundings::Surroundings;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::road::ConditionClass;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegionRefBody {
    pub level: String,
    pub code: String,
    pub name: String,
}

impl From<RegionRef> for RegionRefBody {
    fn from(region: RegionRef) -> Self {
        Self {
            level: region.level.code().to_owned(),
            code: region.code,
            name: region.name,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RegionBody {
    pub level: String,
    pub code: String,
    pub name: String,
    pub parent: Option<RegionRefBody>,
    pub lng: f64,
    pub lat: f64,
    pub bbox: [f64; 4],
    pub area_m2: f64,
}

impl From<RegionView> for RegionBody {
    fn from(view: RegionView) -> Self {
        Self {
            level: view.level.code().to_owned(),
            code: view.code,
            name: view.name,
            parent: view.parent.map(RegionRefBody::from),
            lng: view.label_point.lng(),
            lat: view.label_point.lat(),
            bbox: bbox_json(view.bbox),
            area_m2: view.area_m2.round(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FigureBody {
    pub indicator: String,
    pub title_en: String,
    pub title_nl: String,
    pub unit: String,
    pub year: i32,
    pub level: String,
    pub code: String,
    /// Null where the publisher withheld it or gave none.
    pub value: Option<f64>,
    pub suppressed: bool,
}

impl From<Figure> for FigureBody {
    fn from(figure: Figure) -> Self {
        Self {
            indicator: figure.def.indicator,
            title_en: figure.def.title_en,
            title_nl: figure.def.title_nl,
            unit: figure.def.unit,
            year: figure.year,
            level: figure.level.code().to_owned(),
            code: figure.code,
            value: figure.value_e4.map(|v| v as f64 / 1e4),
            suppressed: figure.suppressed,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RegionDetailBody {
    #[serde(flatten)]
    pub region: RegionBody,
    /// GeoJSON.
    pub geometry: Value,
    /// Widest first, this region last.
    pub path: Vec<RegionRefBody>,
    /// Next level that has regions inside this one.
    pub children_level: Option<String>,
    pub indicators: Vec<FigureBody>,
}

impl From<RegionDetail> for RegionDetailBody {
    fn from(detail: RegionDetail) -> Self {
        Self {
            region: detail.view.into(),
            geometry: area_json(&detail.geometry),
            path: detail.path.into_iter().map(RegionRefBody::from).collect(),
            children_level: detail.children_level.map(|l| l.code().to_owned()),
            indicators: detail.figures.into_iter().map(FigureBody::from).collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Regions {
    pub regions: Vec<RegionBody>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RegionParams {
    /// Only regions inside the region of this code, of any wider level.
    pub parent_code: Option<String>,
}

fn parse_level(text: &str) -> ApiResult<RegionLevel> {
    RegionLevel::parse(text).ok_or_else(|| {
        let known: Vec<_> = RegionLevel::ALL.iter().map(|l| l.code()).collect();
        ApiError::not_found(format!(
            "there is no region level {text}; there are {}",
            known.join(", ")
        ))
    })
}

/// Regions of one level, by name.
#[utoipa::path(get, path = "/api/v1/regions/{level}", tag = "regions", params(("level" = String, Path), RegionParams),
    responses((status = 200, body = Regions), (status = 404, body = Problem)))]
pub async fn list(
    State(served): State<Served>,
    _viewer: Viewer,
    Path(level): Path<String>,
    Params(params): Params<RegionParams>,
) -> ApiResult<Json<Regions>> {
    let regions = served
        .app
        .regions(parse_level(&level)?, params.parent_code.as_deref())?;
    Ok(Json(Regions {
        regions: regions.into_iter().map(RegionBody::from).collect(),
    }))
}

/// One region with its shape and figures.
#[utoipa::path(get, path = "/api/v1/regions/{level}/{code}", tag = "regions",
    params(("level" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = RegionDetailBody), (status = 404, body = Problem)))]
pub async fn show(
    State(served): State<Served>,
    _viewer: Viewer,
    Path((level, code)): Path<(String, String)>,
) -> ApiResult<Json<RegionDetailBody>> {
    Ok(Json(
        served.app.region(parse_level(&level)?, &code).await?.into(),
    ))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SurroundingsParams {
    pub lng: f64,
    pub lat: f64,
    /// 10 to 5,000; 250 when left out.
    pub radius_m: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CodeCount {
    pub code: String,
    pub count: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ParkBody {
    pub name: Option<String>,
    /// Haversine metres to its edge, 0 inside.
    pub distance_m: f64,
    pub band: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoadNearBody {
    pub id: String,
    pub name: Option<String>,
    pub class: String,
    pub condition: Option<u8>,
    pub condition_class: Option<String>,
    pub distance_m: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WayBody {
    /// Network metres along drivable roads.
    pub length_m: f64,
    /// Length-weighted over the part whose condition is known.
    pub condition_mean: Option<f64>,
    pub worst_condition: Option<u8>,
    pub main_road: Option<String>,
    pub metric: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WithinBody {
    pub radius_m: f64,
    pub addresses: u64,
    pub dwellings: u64,
    pub housing_types: Vec<CodeCount>,
    pub building_forms: Vec<CodeCount>,
    pub building_uses: Vec<CodeCount>,
    pub building_ages: Vec<CodeCount>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FlowBody {
    /// `out`, `in` or `within` the region.
    pub direction: String,
    pub mode: String,
    pub persons: f64,
    pub region: RegionRefBody,
    pub year: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NearAccount {
    pub id: String,
    pub name: String,
    pub status: String,
    pub distance_m: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountsNear {
    pub radius_m: f64,
    pub count: u64,
    pub customers: u64,
    /// How households are in the two counts.
    pub persons: Persons,
    pub nearest: Vec<NearAccount>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SurroundingsBody {
    pub at: Position,
    pub regions: Vec<RegionRefBody>,
    pub address: Option<NearAddress>,
    pub business_park: Option<ParkBody>,
    pub road: Option<RoadNearBody>,
    pub way_to_main_road: Option<WayBody>,
    pub within: WithinBody,
    pub figures: Vec<FigureBody>,
    pub flows: Vec<FlowBody>,
    pub accounts: AccountsNear,
}

fn counts(pairs: Vec<(String, u64)>) -> Vec<CodeCount> {
    pairs
        .into_iter()
        .map(|(code, count)| CodeCount { code, count })
        .collect()
}

impl From<Surroundings> for SurroundingsBody {
    fn from(s: Surroundings) -> Self {
        Self {
            at: s.at.into(),
            regions: s.regions.into_iter().map(RegionRefBody::from).collect(),
            address: s.address.map(|near| NearAddress {
                address_id: near.id.0.to_string(),
                address: AddressBody::from(&near.address),
                lng: near.place.lng(),
                lat: near.place.lat(),
                distance_m: near.distance_m,
            }),
            business_park: s.business_park.map(|p| ParkBody {
                name: p.name,
                distance_m: p.distance_m,
                band: p.band,
            }),
            road: s.road.map(|r| RoadNearBody {
                id: r.id.to_string(),
                name: r.name,
                class: r.class.code().to_owned(),
                condition: r.condition,
                condition_class: r
                    .condition
                    .map(|c| ConditionClass::of(i64::from(c)).code().to_owned()),
                distance_m: r.distance_m,
            }),
            way_to_main_road: s.way.map(|w| WayBody {
                length_m: w.length_m,
                condition_mean: w.condition_mean,
                worst_condition: w.worst_condition,
                main_road: w.main_road,
                metric: "network".to_owned(),
            }),
            within: WithinBody {
                radius_m: s.radius_m,
                addresses: s.addresses,
                dwellings: s.dwellings,
                housing_types: counts(s.housing_types),
                building_forms: counts(s.building_forms),
                building_uses: counts(s.building_uses),
                building_ages: counts(s.building_ages),
            },
            figures: s.figures.into_iter().map(FigureBody::from).collect(),
            flows: s
                .flows
                .into_iter()
                .map(|f| FlowBody {
                    direction: f.direction.to_owned(),
                    mode: f.mode,
                    persons: f.persons_e3 as f64 / 1e3,
                    region: f.region.into(),
                    year: f.year,
                })
                .collect(),
            accounts: AccountsNear {
                radius_m: s.radius_m,
                count: s.accounts,
                customers: s.customers,
                persons: s.persons.into(),
                nearest: s
                    .nearest_accounts
                    .into_iter()
                    .map(|a| NearAccount {
                        id: a.id.to_string(),
                        name: a.name,
                        status: a.status.code().to_owned(),
                        distance_m: a.distance_m,
                    })
                    .collect(),
            },
        }
    }
}

/// What surrounds a place.
#[utoipa::path(get, path = "/api/v1/surroundings", tag = "regions", params(SurroundingsParams),
    responses((status = 200, body = SurroundingsBody), (status = 400, body = Problem)))]
pub async fn surroundings(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Params(params): Params<SurroundingsParams>,
) -> ApiResult<Json<SurroundingsBody>> {
    let at = Position {
        lng: params.lng,
        lat: params.lat,
    }
    .parse()?;
    let radius_m = params.radius_m.unwrap_or(250.0);
    if !(10.0..=5_000.0).contains(&radius_m) {
        return Err(ApiError::bad_request("radius_m must be 10 to 5,000"));
    }
    Ok(Json(
        served
            .app
            .surroundings(&viewer.scope, at, radius_m)
            .await?
            .into(),
    ))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DerivedBody {
    pub code: String,
    /// `stated`, `derived` or `assumed`.
    pub confidence: String,
}

impl From<DerivedCode> for DerivedBody {
    fn from(derived: DerivedCode) -> Self {
        Self {
            code: derived.code,
            confidence: derived.confidence,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectBody {
    pub id: String,
    /// `address`, `building` or `road`.
    pub kind: String,
    pub name: Option<String>,
    /// Plain columns.
    pub properties: BTreeMap<String, Value>,
    /// Derived columns with how sure they are.
    pub derived: BTreeMap<String, DerivedBody>,
    /// GeoJSON.
    pub geometry: Value,
    /// Addresses of a building.
    pub addresses: Vec<AddressBody>,
    pub dataset: String,
}

impl From<ObjectView> for ObjectBody {
    fn from(object: ObjectView) -> Self {
        Self {
            id: object.id.to_string(),
            kind: object.kind.to_owned(),
            name: object.name,
            properties: object
                .properties
                .into_iter()
                .map(|(name, value)| (name.to_owned(), super::cubes::value_json(value)))
                .collect(),
            derived: object
                .derived
                .into_iter()
                .map(|(name, d)| (name.to_owned(), d.into()))
                .collect(),
            geometry: geometry_json(&object.geometry),
            addresses: object.addresses.iter().map(AddressBody::from).collect(),
            dataset: object.dataset,
        }
    }
}

fn parse_id(what: &'static str, text: &str) -> ApiResult<i64> {
    text.parse()
        .map_err(|_| ApiError::not_found(format!("there is no {what} {text}")))
}

/// One address.
#[utoipa::path(get, path = "/api/v1/addresses/{id}", tag = "regions", params(("id" = String, Path)),
    responses((status = 200, body = ObjectBody), (status = 404, body = Problem)))]
pub async fn address(
    State(served): State<Served>,
    _viewer: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<ObjectBody>> {
    Ok(Json(
        served.app.address(parse_id("address", &id)?).await?.into(),
    ))
}

/// One building with its addresses.
#[utoipa::path(get, path = "/api/v1/buildings/{id}", tag = "regions", params(("id" = String, Path)),
    responses((status = 200, body = ObjectBody), (status = 404, body = Problem)))]
pub async fn building(
    State(served): State<Served>,
    _viewer: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<ObjectBody>> {
    Ok(Json(
        served
            .app
            .building(parse_id("building", &id)?)
            .await?
            .into(),
    ))
}

/// One road.
#[utoipa::path(get, path = "/api/v1/roads/{id}", tag = "regions", params(("id" = String, Path)),
    responses((status = 200, body = ObjectBody), (status = 404, body = Problem)))]
pub async fn road(
    State(served): State<Served>,
    _viewer: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<ObjectBody>> {
    Ok(Json(served.app.road(parse_id("road", &id)?).await?.into()))
}
