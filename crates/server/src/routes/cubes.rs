//! The one query language over the cubes: sums by dimensions, several at once at one data version, the
//! records behind them, and filters stored under their hash.

use crate::Served;
use crate::extract::{Body, Params, Viewer};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::routes::figures::{BandsAsked, MeasureAsked, put_measures};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use geocrm_app::answer::{Asked, RecordsAsked};
use geocrm_app::selection::SelectionRequest;
use geocrm_domain::catalogue::{self, Cube};
use geocrm_domain::{Answer, CubeQuery, Number, OrderBy, PersonsTold, Value, limits};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json_, json};
use utoipa::{IntoParams, ToSchema};

/// Order of an answer or a table.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// A dimension, measure or property.
    pub by: String,
    #[serde(default)]
    pub descending: bool,
}

impl From<Order> for OrderBy {
    fn from(order: Order) -> Self {
        Self {
            name: order.by,
            descending: order.descending,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub measures: Vec<MeasureAsked>,
    #[serde(default)]
    pub dimensions: Vec<String>,
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
    #[serde(default)]
    pub order: Vec<Order>,
    pub limit: Option<usize>,
    /// A data version of the last 60 s.
    pub at: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub queries: Vec<Query>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Row {
    /// One per dimension: text, whole number, date or null.
    pub keys: Vec<Json_>,
    /// One per measure: whole number, fraction, or null where there is no value.
    pub values: Vec<Json_>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QueryAnswer {
    pub cube: String,
    pub data_version: String,
    pub dimensions: Vec<String>,
    pub measures: Vec<String>,
    pub rows: Vec<Row>,
    /// Records that pass filter, area and scope.
    pub matched: u64,
    /// Records that pass filter and scope but have no place.
    pub without_place: u64,
    /// Groups before the limit.
    pub groups: usize,
    pub persons: Persons,
}

/// How households are in an answer, for readers who may not see them one by one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Persons {
    /// `exact`; `rounded` when they are in it as figures of fixed groups, small ones left out, so that parts need not
    /// add up to the whole; `left_out` when the question would single them out.
    pub told: String,
    /// Why they are left out, and how to ask instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl From<PersonsTold> for Persons {
    fn from(persons: PersonsTold) -> Self {
        let (told, why) = match persons {
            PersonsTold::Exact => ("exact", None),
            PersonsTold::Rounded => ("rounded", None),
            PersonsTold::LeftOut(why) => ("left_out", Some(why)),
        };
        let told = told.to_owned();
        Self { told, why }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    pub data_version: String,
    pub answers: Vec<QueryAnswer>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Records {
    pub filter: Option<Json_>,
    pub f: Option<String>,
    pub geometry: Option<Json_>,
    pub bbox: Option<[f64; 4]>,
    #[serde(default)]
    pub order: Vec<Order>,
    /// At most 1,000; 100 when left out.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecordsPage {
    pub data_version: String,
    pub total: u64,
    /// Objects of the cube's kind.
    pub rows: Vec<Json_>,
    pub next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EngineParam {
    /// `sql` answers by the database instead of the engine, to compare them (administrators).
    pub engine: Option<String>,
}

pub fn find_cube(name: &str) -> ApiResult<&'static Cube> {
    catalogue::cube(name).ok_or_else(|| {
        let known: Vec<_> = catalogue::CUBES.iter().map(|c| c.name).collect();
        ApiError::not_found(format!(
            "there is no cube {name}; there are {}",
            known.join(", ")
        ))
    })
}

/// The question in the words of the domain, every name in it known.
pub(super) async fn bind(served: &Served, cube: &'static Cube, query: Query) -> ApiResult<Asked> {
    let request = SelectionRequest {
        filter: query.filter,
        stored: query.f,
        geometry: query.geometry,
        bbox: query.bbox,
    };
    let selection = served.app.select(cube, &request).await?;
    let mut question = CubeQuery {
        dimensions: query.dimensions,
        filter: selection.filter,
        geometry: selection.geometry,
        order: query.order.into_iter().map(OrderBy::from).collect(),
        limit: query.limit,
        ..CubeQuery::default()
    };
    question.bands = query.bands.map(BandsAsked::bands).transpose()?;
    put_measures(&mut question, query.measures);
    Ok(Asked {
        query: question,
        at: query.at,
    })
}

pub fn value_json(value: Value) -> Json_ {
    match value {
        Value::Null => Json_::Null,
        Value::Int(int) => json!(int),
        Value::Date(date) => json!(date.to_string()),
        Value::Text(text) => json!(text.as_str()),
    }
}

pub fn number_json(number: Option<Number>) -> Json_ {
    match number {
        None => Json_::Null,
        Some(Number::Int(int)) => json!(int),
        Some(number) => json!(number.to_f64()),
    }
}

fn answer_json(cube: &Cube, asked: &CubeQuery, answer: Answer, data_version: &str) -> QueryAnswer {
    QueryAnswer {
        cube: cube.name.to_owned(),
        data_version: data_version.to_owned(),
        dimensions: asked.dimensions.clone(),
        measures: asked.measures.clone(),
        rows: answer
            .rows
            .into_iter()
            .map(|row| Row {
                keys: row.keys.into_iter().map(value_json).collect(),
                values: row.values.into_iter().map(number_json).collect(),
            })
            .collect(),
        matched: answer.matched,
        without_place: answer.without_place,
        groups: answer.groups,
        persons: answer.persons.into(),
    }
}

/// Sums of one cube by any dimensions.
#[utoipa::path(post, path = "/api/v1/cubes/{cube}/query", tag = "cubes",
    params(("cube" = String, Path), EngineParam), request_body = Query,
    responses((status = 200, body = QueryAnswer), (status = 400, body = Problem), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn query(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(cube): Path<String>,
    Params(param): Params<EngineParam>,
    Body(query): Body<Query>,
) -> ApiResult<Json<QueryAnswer>> {
    let cube = find_cube(&cube)?;
    let asked = bind(&served, cube, query).await?;
    let (version, answer) = match param.engine.as_deref() {
        None | Some("olap") => {
            let (version, mut answers) = served
                .app
                .answer(&viewer.scope, cube, std::slice::from_ref(&asked))
                .await?;
            (version, answers.remove(0))
        }
        Some("sql") => served.app.answer_by_sql(&viewer, cube, &asked).await?,
        Some(other) => {
            return Err(ApiError::bad_request(format!(
                "there is no engine {other}; take olap or sql"
            )));
        }
    };
    Ok(Json(answer_json(cube, &asked.query, answer, &version)))
}

/// Several queries of one cube, all answered at the same data version.
#[utoipa::path(post, path = "/api/v1/cubes/{cube}/batch", tag = "cubes",
    params(("cube" = String, Path)), request_body = Batch,
    responses((status = 200, body = BatchAnswer), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn batch(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(cube): Path<String>,
    Body(batch): Body<Batch>,
) -> ApiResult<Json<BatchAnswer>> {
    const MOST: usize = 64;
    let cube = find_cube(&cube)?;
    if batch.queries.is_empty() || batch.queries.len() > MOST {
        return Err(ApiError::bad_request(format!(
            "send 1 to {MOST} queries in one batch"
        )));
    }
    let mut asked = Vec::with_capacity(batch.queries.len());
    for query in batch.queries {
        asked.push(bind(&served, cube, query).await?);
    }
    let (data_version, answers) = served.app.answer(&viewer.scope, cube, &asked).await?;
    let answers = asked
        .iter()
        .zip(answers)
        .map(|(a, answer)| answer_json(cube, &a.query, answer, &data_version))
        .collect();
    Ok(Json(BatchAnswer {
        data_version,
        answers,
    }))
}

/// The records behind a sum, page by page.
#[utoipa::path(post, path = "/api/v1/cubes/{cube}/records", tag = "cubes",
    params(("cube" = String, Path)), request_body = Records,
    responses((status = 200, body = RecordsPage), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn records(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(cube): Path<String>,
    Body(records): Body<Records>,
) -> ApiResult<Json<RecordsPage>> {
    let cube = find_cube(&cube)?;
    let request = SelectionRequest {
        filter: records.filter,
        stored: records.f,
        geometry: records.geometry,
        bbox: records.bbox,
    };
    let limit = records.limit.unwrap_or(100);
    if limit == 0 || limit > limits::PAGE_ROWS {
        return Err(ApiError::bad_request(format!(
            "limit must be 1 to {}",
            limits::PAGE_ROWS
        )));
    }
    let asked = RecordsAsked {
        selection: served.app.select(cube, &request).await?,
        order: records.order.into_iter().map(OrderBy::from).collect(),
        limit,
        after: records.after,
    };
    let page = served.app.records(&viewer.scope, cube, &asked).await?;
    Ok(Json(RecordsPage {
        data_version: page.data_version,
        total: page.total,
        rows: page
            .rows
            .into_iter()
            .map(super::records::row_json)
            .collect(),
        next: page.next,
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterBody {
    pub cube: String,
    /// CQL2 text or JSON.
    pub filter: Option<Json_>,
    /// `GeoJSON` Polygon or `MultiPolygon`, or a set: `{"union": [a, b]}`, `intersection`, `difference`, `{"outside": a}`,
    /// `{"near": {"around": shape, "from_m": 0, "to_m": 500}}`.
    pub geometry: Option<Json_>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StoredFilter {
    pub hash: String,
    pub cube: String,
    /// Canonical CQL2 JSON.
    pub cql2: Option<Json_>,
    /// The same as text.
    pub text: String,
    pub geometry: Option<Json_>,
}

impl From<geocrm_app::filters::StoredFilter> for StoredFilter {
    fn from(stored: geocrm_app::filters::StoredFilter) -> Self {
        Self {
            hash: stored.hash,
            cube: stored.cube,
            cql2: stored.cql2,
            text: stored.text,
            geometry: stored.geometry,
        }
    }
}

/// Stores a filter with its area under the hash of its canonical form.
#[utoipa::path(post, path = "/api/v1/filters", tag = "cubes", request_body = FilterBody,
    responses((status = 201, body = StoredFilter), (status = 400, body = Problem)))]
pub async fn store_filter(
    State(served): State<Served>,
    _viewer: Viewer,
    Body(body): Body<FilterBody>,
) -> ApiResult<(StatusCode, Json<StoredFilter>)> {
    let cube = find_cube(&body.cube)?;
    let stored = served
        .app
        .store_filter(cube, body.filter.as_ref(), body.geometry.as_ref())
        .await?;
    Ok((StatusCode::CREATED, Json(stored.into())))
}

/// A stored filter by its hash.
#[utoipa::path(get, path = "/api/v1/filters/{hash}", tag = "cubes", params(("hash" = String, Path)),
    responses((status = 200, body = StoredFilter), (status = 404, body = Problem)))]
pub async fn show_filter(
    State(served): State<Served>,
    _viewer: Viewer,
    Path(hash): Path<String>,
) -> ApiResult<Json<StoredFilter>> {
    Ok(Json(served.app.stored_filter(&hash).await?.into()))
}
