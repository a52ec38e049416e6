//! A published figure of regions, apportioned to any area by the dwellings inside it.

use crate::Served;
use crate::extract::{Body, Viewer};
use crate::problem::{ApiError, ApiResult, Problem};
use axum::Json;
use axum::extract::State;
use geocrm_app::apportion::{ApportionAsked, Apportioned, Method};
use geocrm_domain::region::RegionLevel;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApportionBody {
    /// Level whose published figures are used.
    pub level: String,
    pub indicator: String,
    /// The newest when left out.
    pub year: Option<i32>,
    /// `GeoJSON` Polygon or `MultiPolygon`, or a set of them.
    pub geometry: Json_,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ApportionedBody {
    pub data_version: String,
    pub indicator: String,
    pub unit: String,
    pub level: String,
    pub year: i32,
    /// `dwelling_share` (an amount: each region's figure times the part of its dwellings inside) or
    /// `dwelling_weighted_mean` (a level: the mean weighted by the dwellings inside).
    pub method: String,
    /// Null where no region with a figure has dwellings inside.
    pub value: Option<f64>,
    /// Inside the area.
    pub dwellings: i64,
    /// Part of these in regions with a figure, 0 to 1.
    pub coverage: Option<f64>,
    /// Part of the covered dwellings in regions that are wholly inside, 0 to 1: for the rest the figure is estimated.
    pub exact: Option<f64>,
    /// With dwellings inside.
    pub regions: usize,
    /// Of these, suppressed or not published.
    pub without_figure: usize,
}

impl From<Apportioned> for ApportionedBody {
    fn from(of: Apportioned) -> Self {
        Self {
            data_version: of.data_version,
            indicator: of.indicator,
            unit: of.unit,
            level: of.level.code().to_owned(),
            year: of.year,
            method: match of.method {
                Method::DwellingShare => "dwelling_share",
                Method::DwellingWeightedMean => "dwelling_weighted_mean",
            }
            .to_owned(),
            value: of.value,
            dwellings: of.dwellings,
            coverage: of.coverage,
            exact: of.exact,
            regions: of.regions,
            without_figure: of.without_figure,
        }
    }
}

/// A published figure for any area.
#[utoipa::path(post, path = "/api/v1/apportion", tag = "cubes", request_body = ApportionBody,
    responses((status = 200, body = ApportionedBody), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn apportion(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Body(body): Body<ApportionBody>,
) -> ApiResult<Json<ApportionedBody>> {
    let level = RegionLevel::ALL.iter().find(|l| l.code() == body.level);
    let level = level.ok_or_else(|| {
        let known: Vec<&str> = RegionLevel::ALL.iter().map(|l| l.code()).collect();
        let given = &body.level;
        ApiError::bad_request(format!(
            "there is no level {given}; there are {}",
            known.join(", ")
        ))
    })?;
    let asked = ApportionAsked {
        level: *level,
        indicator: body.indicator,
        year: body.year,
        area: geocrm_app::area::parse(&body.geometry)?,
    };
    let answer = served.app.apportion(&viewer.scope, &asked).await?;
    Ok(Json(answer.into()))
}
