//! Vector tiles and their TileJSON. Geometry without records carries its version in the URL and may be
//! kept for ever; what holds records is private and never stored.

use crate::Served;
use crate::extract::{Params, Viewer};
use crate::problem::{ApiError, ApiResult, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use geocrm_app::tiles::{Keep, TileAsked};
use geocrm_domain::TileId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Of one tile.
pub const PATH: &str = "/tiles/{layer}/{z}/{x}/{tile}";

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TileParams {
    /// Version of the geometry, from the TileJSON.
    pub v: Option<String>,
    /// Hash of a stored filter.
    pub f: Option<String>,
    /// Short CQL2 text.
    pub filter: Option<String>,
    pub cube: Option<String>,
    pub measure: Option<String>,
    /// H3 resolution of a hexagon layer; follows the zoom when left out.
    pub resolution: Option<u8>,
    /// Travel mode of the flow layer.
    pub mode: Option<String>,
    /// Only flows that touch this region.
    pub code: Option<String>,
    /// Data version of records and sums, from an answer of the last minute; the newest when left out.
    pub at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VectorLayer {
    pub id: String,
    pub fields: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TileJson {
    pub tilejson: String,
    pub name: String,
    pub tiles: Vec<String>,
    pub minzoom: u8,
    pub maxzoom: u8,
    pub bounds: Option<[f64; 4]>,
    pub attribution: String,
    pub vector_layers: Vec<VectorLayer>,
}

/// Describes a layer; the path is the layer's name with `.json`.
#[utoipa::path(get, path = "/tiles/{layer}", tag = "tiles", params(("layer" = String, Path)),
    responses((status = 200, body = TileJson), (status = 404, body = Problem)))]
pub async fn tilejson(
    State(served): State<Served>,
    _viewer: Viewer,
    Path(layer): Path<String>,
) -> ApiResult<Json<TileJson>> {
    let name = layer
        .strip_suffix(".json")
        .ok_or_else(|| no_layer(&layer))?;
    let described = served.app.tile_layer(name).ok_or_else(|| no_layer(name))?;
    Ok(Json(TileJson {
        tilejson: "3.0.0".to_owned(),
        name: described.title,
        tiles: vec![format!(
            "/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?v={}",
            described.version
        )],
        minzoom: described.min_zoom,
        maxzoom: described.max_zoom,
        bounds: described.bounds.map(super::geocode::bbox_json),
        attribution: described.attribution,
        vector_layers: described
            .layers
            .into_iter()
            .map(|(id, fields)| VectorLayer {
                id,
                fields: fields.into_iter().collect(),
            })
            .collect(),
    }))
}

fn no_layer(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no tile layer {name}"))
}

/// `Cache-Control: no-cache`, as a browser sends when the page is reloaded by force.
fn wants_it_anew(headers: &HeaderMap) -> bool {
    headers
        .get(header::CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|part| part.trim() == "no-cache"))
}

/// One tile, `{y}.mvt`: 204 when it is empty.
#[utoipa::path(get, path = "/tiles/{layer}/{z}/{x}/{tile}", tag = "tiles",
    params(("layer" = String, Path), ("z" = u8, Path), ("x" = u32, Path), ("tile" = String, Path), TileParams),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile"), (status = 204), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn tile(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path((layer, z, x, y)): Path<(String, String, String, String)>,
    Params(params): Params<TileParams>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let outside = || ApiError::not_found(format!("there is no tile {z}/{x}/{y}"));
    let number = y.strip_suffix(".mvt").ok_or_else(outside)?;
    let id = match (z.parse(), x.parse(), number.parse()) {
        (Ok(z), Ok(x), Ok(y)) => TileId::new(z, x, y).ok_or_else(outside)?,
        _ => return Err(outside()),
    };
    let asked = TileAsked {
        stored_filter: params.f,
        filter: params.filter,
        cube: params.cube,
        measure: params.measure,
        resolution: params.resolution,
        mode: params.mode,
        code: params.code,
        version: params.v,
        at: params.at,
        anew: wants_it_anew(&headers),
    };
    let tile = served.app.tile(&viewer.scope, &layer, id, &asked).await?;
    let mut response = if tile.bytes.is_empty() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Body::from(tile.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.mapbox-vector-tile"),
    );
    let keep = match tile.keep {
        Keep::Forever => "private, max-age=31536000, immutable",
        Keep::Never => "private, no-store",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(value) = HeaderValue::from_str(&tile.data_version) {
        headers.insert("x-data-version", value);
    }
    Ok(response)
}
