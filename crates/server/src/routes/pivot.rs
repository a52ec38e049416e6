//! A table of rows × columns with totals that are figures of their own.

use crate::Served;
use crate::extract::{Body, Viewer};
use crate::problem::{ApiResult, Problem};
use crate::routes::cubes::{Order, Persons, Query, bind, find_cube, number_json, value_json};
use crate::routes::figures::{BandsAsked, MeasureAsked};
use axum::Json;
use axum::extract::{Path, State};
use geocrm_app::answer::Asked;
use geocrm_domain::pivot::{Figures, Line};
use geocrm_domain::{Header, PivotQuery, Top};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json_, json};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PivotAsked {
    /// Dimensions that go down.
    #[serde(default)]
    pub rows: Vec<String>,
    /// Dimensions that go across.
    #[serde(default)]
    pub columns: Vec<String>,
    pub measures: Vec<MeasureAsked>,
    /// CQL2 text or JSON.
    pub filter: Option<Json_>,
    /// Hash of a stored filter.
    pub f: Option<String>,
    /// `GeoJSON` Polygon or `MultiPolygon`, or a set: `{"union": [a, b]}`, `intersection`, `difference`, `{"outside": a}`,
    /// `{"near": {"around": shape, "from_m": 0, "to_m": 500}}`.
    pub geometry: Option<Json_>,
    /// What the dimension `distance_band` measures.
    pub bands: Option<BandsAsked>,
    /// West, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
    /// Members that keep their name; all others become one group.
    #[serde(default)]
    pub top: Vec<TopAsked>,
    /// Of the rows, by row dimensions or by the totals of measures.
    #[serde(default)]
    pub order: Vec<Order>,
    /// Orders each row dimension within the one before it.
    #[serde(default)]
    pub within: bool,
    /// Of the rows.
    pub limit: Option<usize>,
    /// A data version of the last 60 s.
    pub at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopAsked {
    pub dimension: String,
    /// The measure whose largest figures count.
    pub by: String,
    pub count: usize,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PivotLine {
    /// One per dimension: text, whole number, date, null, or `{"other": true}` for all that are not among the top.
    pub keys: Vec<Json_>,
    /// One per measure.
    pub total: Vec<Json_>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PivotAnswer {
    pub cube: String,
    pub data_version: String,
    pub measures: Vec<String>,
    pub rows: Vec<PivotLine>,
    pub columns: Vec<PivotLine>,
    /// By row, then by column: one figure per measure, or null where no record is.
    pub cells: Vec<Vec<Option<Vec<Json_>>>>,
    /// Over all rows, also those past the limit.
    pub total: Vec<Json_>,
    pub matched: u64,
    pub without_place: u64,
    /// Rows before the limit.
    pub groups: usize,
    pub persons: Persons,
}

fn line_json(line: Line) -> PivotLine {
    let key = |header| match header {
        Header::Member(value) => value_json(value),
        Header::Other => json!({"other": true}),
    };
    PivotLine {
        keys: line.keys.into_iter().map(key).collect(),
        total: figures_json(line.total),
    }
}

fn figures_json(figures: Figures) -> Vec<Json_> {
    figures.into_iter().map(number_json).collect()
}

/// Rows by columns, with totals.
#[utoipa::path(post, path = "/api/v1/cubes/{cube}/pivot", tag = "cubes",
    params(("cube" = String, Path)), request_body = PivotAsked,
    responses((status = 200, body = PivotAnswer), (status = 400, body = Problem), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn pivot(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(cube): Path<String>,
    Body(asked): Body<PivotAsked>,
) -> ApiResult<Json<PivotAnswer>> {
    let cube = find_cube(&cube)?;
    let cells = Query {
        measures: asked.measures,
        dimensions: asked.rows,
        bands: asked.bands,
        filter: asked.filter,
        f: asked.f,
        geometry: asked.geometry,
        bbox: asked.bbox,
        order: asked.order,
        limit: asked.limit,
        at: asked.at,
    };
    let Asked { query, at } = bind(&served, cube, cells).await?;
    let top = |top: TopAsked| Top {
        dimension: top.dimension,
        by: top.by,
        count: top.count,
    };
    let question = PivotQuery {
        query,
        columns: asked.columns,
        top: asked.top.into_iter().map(top).collect(),
        within: asked.within,
    };
    let pivot = served
        .app
        .pivot(&viewer.scope, cube, &question, at.as_deref());
    let (data_version, pivot) = pivot.await?;
    let row_json = |row: Vec<Option<Figures>>| {
        let cells = row.into_iter().map(|cell| cell.map(figures_json));
        cells.collect()
    };
    Ok(Json(PivotAnswer {
        cube: cube.name.to_owned(),
        data_version,
        measures: question.query.measures,
        rows: pivot.rows.into_iter().map(line_json).collect(),
        columns: pivot.columns.into_iter().map(line_json).collect(),
        cells: pivot.cells.into_iter().map(row_json).collect(),
        total: figures_json(pivot.total),
        matched: pivot.matched,
        without_place: pivot.without_place,
        groups: pivot.groups,
        persons: pivot.persons.into(),
    }))
}
