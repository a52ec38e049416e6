//! Files of what is selected, each with a receipt that can be run again.

use crate::Served;
use crate::extract::{Body, Viewer};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::routes::cubes::{Order, find_cube};
use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use geocrm_app::error::AppError;
use geocrm_app::exports::{ExportAsked, ExportReceipt, Format};
use geocrm_app::selection::SelectionRequest;
use geocrm_domain::OrderBy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportBody {
    pub cube: String,
    /// `csv`, `xlsx`, `geojson` or `gpkg`.
    pub format: String,
    pub filter: Option<Value>,
    pub f: Option<String>,
    pub geometry: Option<Value>,
    pub bbox: Option<[f64; 4]>,
    #[serde(default)]
    pub order: Vec<Order>,
    /// Separators and headers of a CSV file: `en` or `nl`.
    pub locale: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    pub cube: String,
    pub format: String,
    /// The query in words: filter as CQL2 text, area, order.
    pub query: String,
    pub data_version: String,
    pub rows: u64,
    pub sha256: String,
    pub created_at: DateTime<Utc>,
    pub user: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ExportAnswer {
    pub id: String,
    pub file_name: String,
    pub format: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub data_version: String,
    pub url: String,
    pub receipt: Receipt,
}

impl From<ExportReceipt> for ExportAnswer {
    fn from(receipt: ExportReceipt) -> Self {
        Self {
            id: receipt.id.to_string(),
            file_name: receipt.file_name,
            format: receipt.format.extension().to_owned(),
            rows: receipt.rows,
            bytes: receipt.bytes,
            sha256: receipt.sha256.clone(),
            data_version: receipt.data_version.clone(),
            url: format!("/api/v1/exports/{}/file", receipt.id),
            receipt: Receipt {
                cube: receipt.cube,
                format: receipt.format.extension().to_owned(),
                query: receipt.query_text,
                data_version: receipt.data_version,
                rows: receipt.rows,
                sha256: receipt.sha256,
                created_at: receipt.created_at,
                user: receipt.user_name,
            },
        }
    }
}

fn parse_id(text: &str) -> ApiResult<Uuid> {
    Uuid::parse_str(text).map_err(|_| AppError::not_found("export", text).into())
}

/// Writes what is selected to a file.
#[utoipa::path(post, path = "/api/v1/exports", tag = "exports", request_body = ExportBody,
    responses((status = 201, body = ExportAnswer), (status = 400, body = Problem)))]
pub async fn create(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Body(body): Body<ExportBody>,
) -> ApiResult<(StatusCode, Json<ExportAnswer>)> {
    let cube = find_cube(&body.cube)?;
    let format = Format::parse(&body.format).ok_or_else(|| {
        ApiError::from(AppError::field(
            "format",
            Some(&body.format),
            "take csv, xlsx, geojson or gpkg",
        ))
    })?;
    let request = SelectionRequest {
        filter: body.filter,
        stored: body.f,
        geometry: body.geometry,
        bbox: body.bbox,
    };
    let asked = ExportAsked {
        selection: served.app.select(cube, &request).await?,
        order: body.order.into_iter().map(OrderBy::from).collect(),
        format,
        locale: body.locale.unwrap_or_else(|| viewer.user.locale.clone()),
    };
    let receipt = served.app.export(&viewer, cube, asked).await?;
    Ok((StatusCode::CREATED, Json(receipt.into())))
}

/// The receipt of an export.
#[utoipa::path(get, path = "/api/v1/exports/{id}", tag = "exports", params(("id" = String, Path)),
    responses((status = 200, body = ExportAnswer), (status = 404, body = Problem)))]
pub async fn show(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<ExportAnswer>> {
    Ok(Json(
        served
            .app
            .export_receipt(&viewer, parse_id(&id)?)
            .await?
            .into(),
    ))
}

/// The file itself.
#[utoipa::path(get, path = "/api/v1/exports/{id}/file", tag = "exports", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
pub async fn file(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let (receipt, bytes) = served.app.export_file(&viewer, parse_id(&id)?).await?;
    let mut response = HttpBody::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(receipt.format.media_type()),
    );
    let disposition = format!("attachment; filename=\"{}\"", receipt.file_name);
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Rerun {
    pub sha256: String,
    pub same: bool,
}

/// Writes the export again: the same bytes, or 409 with what changed since.
#[utoipa::path(post, path = "/api/v1/exports/{id}/rerun", tag = "exports", params(("id" = String, Path)),
    responses((status = 200, body = Rerun), (status = 409, body = Problem)))]
pub async fn rerun(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<Rerun>> {
    let sha256 = served.app.rerun_export(&viewer, parse_id(&id)?).await?;
    Ok(Json(Rerun { sha256, same: true }))
}
