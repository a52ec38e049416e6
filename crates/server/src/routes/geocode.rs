//! Addresses to places and back, suggestions while typing, and the search box.

use crate::Served;
use crate::extract::{Body, Params, Viewer};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::routes::accounts::{AddressBody, Position};
use axum::Json;
use axum::extract::State;
use geocrm_app::geocoding::{Match, Query, SearchHit, Suggestion};
use geocrm_domain::{BBox, LngLat, PostalAddress, limits};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Free text, or the parts of an address.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GeocodeBody {
    pub text: Option<String>,
    pub street: Option<String>,
    pub house_number: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
}

impl From<GeocodeBody> for Query {
    fn from(body: GeocodeBody) -> Self {
        Self {
            text: body.text,
            address: PostalAddress {
                street: body.street,
                house_number: body.house_number,
                postcode: body.postcode,
                city: body.city,
                country: body.country,
            },
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GeocodeBatch {
    pub rows: Vec<GeocodeBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateBody {
    pub address_id: String,
    pub address: AddressBody,
    pub lng: f64,
    pub lat: f64,
    pub score: f64,
    pub faults: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MatchBody {
    /// `matched`, `doubtful` or `failed`.
    pub state: String,
    /// 0 to 1.
    pub score: f64,
    pub faults: Vec<String>,
    /// Best first.
    pub candidates: Vec<CandidateBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MatchBatch {
    pub results: Vec<MatchBody>,
}

impl From<Match> for MatchBody {
    fn from(found: Match) -> Self {
        Self {
            state: found.state.code().to_owned(),
            score: found.score,
            faults: found.faults.iter().map(|f| f.code().to_owned()).collect(),
            candidates: found
                .candidates
                .into_iter()
                .map(|c| CandidateBody {
                    address_id: c.id.0.to_string(),
                    address: AddressBody::from(&c.address),
                    lng: c.place.lng(),
                    lat: c.place.lat(),
                    score: c.score,
                    faults: c.faults.iter().map(|f| f.code().to_owned()).collect(),
                })
                .collect(),
        }
    }
}

/// Finds the place of one address.
#[utoipa::path(post, path = "/api/v1/geocode", tag = "geocode", request_body = GeocodeBody,
    responses((status = 200, body = MatchBody), (status = 400, body = Problem)))]
pub async fn geocode(
    State(served): State<Served>,
    _viewer: Viewer,
    Body(body): Body<GeocodeBody>,
) -> ApiResult<Json<MatchBody>> {
    let mut found = served.app.geocode(vec![body.into()]).await?;
    match found.pop() {
        Some(one) => Ok(Json(one.into())),
        None => Err(ApiError::bad_request("send an address")),
    }
}

/// Finds the places of many addresses; the same function as for one.
#[utoipa::path(post, path = "/api/v1/geocode/batch", tag = "geocode", request_body = GeocodeBatch,
    responses((status = 200, body = MatchBatch), (status = 400, body = Problem)))]
pub async fn geocode_batch(
    State(served): State<Served>,
    _viewer: Viewer,
    Body(body): Body<GeocodeBatch>,
) -> ApiResult<Json<MatchBatch>> {
    if body.rows.len() > limits::GEOCODE_BATCH {
        return Err(ApiError::bad_request(format!(
            "{} rows were sent; at most {} are taken at a time",
            body.rows.len(),
            limits::GEOCODE_BATCH
        )));
    }
    let found = served
        .app
        .geocode(body.rows.into_iter().map(Query::from).collect())
        .await?;
    Ok(Json(MatchBatch {
        results: found.into_iter().map(MatchBody::from).collect(),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SuggestParams {
    pub q: String,
    /// Prefer what is near.
    pub lng: Option<f64>,
    pub lat: Option<f64>,
    pub limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionBody {
    /// `address`, `street`, `place` or `postcode`.
    pub kind: String,
    pub text: String,
    pub detail: String,
    pub lng: f64,
    pub lat: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_id: Option<String>,
    /// West, south, east, north.
    pub bbox: [f64; 4],
}

pub fn bbox_json(bbox: BBox) -> [f64; 4] {
    [
        bbox.min.lng(),
        bbox.min.lat(),
        bbox.max.lng(),
        bbox.max.lat(),
    ]
}

impl From<Suggestion> for SuggestionBody {
    fn from(suggestion: Suggestion) -> Self {
        Self {
            kind: suggestion.kind.code().to_owned(),
            text: suggestion.text,
            detail: suggestion.detail,
            lng: suggestion.place.lng(),
            lat: suggestion.place.lat(),
            address_id: suggestion.id.map(|id| id.0.to_string()),
            bbox: bbox_json(suggestion.bbox),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    pub suggestions: Vec<SuggestionBody>,
}

fn near(lng: Option<f64>, lat: Option<f64>) -> Option<LngLat> {
    LngLat::from_degrees(lng?, lat?)
}

fn at_most(limit: Option<usize>, default: usize) -> ApiResult<usize> {
    match limit.unwrap_or(default) {
        asked @ 1..=50 => Ok(asked),
        _ => Err(ApiError::bad_request("limit must be 1 to 50")),
    }
}

/// Completes an address while it is typed.
#[utoipa::path(get, path = "/api/v1/geocode/suggest", tag = "geocode", params(SuggestParams),
    responses((status = 200, body = Suggestions)))]
pub async fn suggest(
    State(served): State<Served>,
    _viewer: Viewer,
    Params(params): Params<SuggestParams>,
) -> ApiResult<Json<Suggestions>> {
    let limit = at_most(params.limit, 8)?;
    let found = served
        .app
        .suggest(&params.q, near(params.lng, params.lat), limit)
        .await?;
    Ok(Json(Suggestions {
        suggestions: found.into_iter().map(SuggestionBody::from).collect(),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReverseParams {
    pub lng: f64,
    pub lat: f64,
    pub limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NearAddress {
    pub address_id: String,
    pub address: AddressBody,
    pub lng: f64,
    pub lat: f64,
    /// Haversine metres.
    pub distance_m: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NearAddresses {
    pub candidates: Vec<NearAddress>,
}

/// The addresses nearest to a place.
#[utoipa::path(get, path = "/api/v1/geocode/reverse", tag = "geocode", params(ReverseParams),
    responses((status = 200, body = NearAddresses)))]
pub async fn reverse(
    State(served): State<Served>,
    _viewer: Viewer,
    Params(params): Params<ReverseParams>,
) -> ApiResult<Json<NearAddresses>> {
    let at = Position {
        lng: params.lng,
        lat: params.lat,
    }
    .parse()?;
    let found = served.app.reverse(at, at_most(params.limit, 1)?).await?;
    let candidates = found
        .into_iter()
        .map(|near| NearAddress {
            address_id: near.id.0.to_string(),
            address: AddressBody::from(&near.address),
            lng: near.place.lng(),
            lat: near.place.lat(),
            distance_m: near.distance_m,
        })
        .collect();
    Ok(Json(NearAddresses { candidates }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchParams {
    pub q: String,
    pub lng: Option<f64>,
    pub lat: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountHit {
    pub id: String,
    pub name: String,
    pub address: String,
    pub status: String,
    pub lng: Option<f64>,
    pub lat: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RegionHit {
    pub level: String,
    pub code: String,
    pub name: String,
    pub lng: f64,
    pub lat: f64,
    pub bbox: [f64; 4],
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    pub accounts: Vec<AccountHit>,
    pub addresses: Vec<SuggestionBody>,
    pub regions: Vec<RegionHit>,
}

/// Accounts, addresses and regions for the search box.
#[utoipa::path(get, path = "/api/v1/search", tag = "geocode", params(SearchParams),
    responses((status = 200, body = SearchResult)))]
pub async fn search(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Params(params): Params<SearchParams>,
) -> ApiResult<Json<SearchResult>> {
    let found = served
        .app
        .search(&viewer.scope, &params.q, near(params.lng, params.lat))
        .await?;
    let mut result = SearchResult {
        accounts: Vec::new(),
        addresses: Vec::new(),
        regions: Vec::new(),
    };
    for hit in found {
        match hit {
            SearchHit::Account(account) => result.accounts.push(AccountHit {
                id: account.id.to_string(),
                name: account.name,
                address: account.address.one_line(),
                status: account.status.code().to_owned(),
                lng: account.place.map(LngLat::lng),
                lat: account.place.map(LngLat::lat),
            }),
            SearchHit::Address(suggestion) => result.addresses.push(suggestion.into()),
            SearchHit::Region(region) => result.regions.push(RegionHit {
                level: region.level.code().to_owned(),
                code: region.code,
                name: region.name,
                lng: region.label_point.lng(),
                lat: region.label_point.lat(),
                bbox: bbox_json(region.bbox),
            }),
        }
    }
    Ok(Json(result))
}
