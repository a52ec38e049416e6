//! Customer and prospect records: read, create, change field by field, move the pin, find the place
//! again, delete and restore. Every change names the version it is based on.

mod body;
mod input;

pub use body::{AccountBody, AddressBody, FieldChange, History, HistoryEntry, Named, Position};
pub use input::{ChangeAccount, CreateAccount};

use crate::Served;
use crate::extract::{Body, Viewer, if_match};
use crate::problem::{ApiError, ApiResult, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use geocrm_app::accounts::AccountView;
use geocrm_app::error::AppError;
use geocrm_domain::{Account, AccountId};
use serde_json::{Value, json};

/// A malformed id is the id of nothing.
fn parse_id(text: &str) -> ApiResult<AccountId> {
    text.parse()
        .map_err(|_| AppError::not_found("account", text).into())
}

fn answer(status: StatusCode, view: AccountView) -> Response {
    let tag = format!("\"{}\"", view.account.version);
    let mut response = (status, Json(AccountBody::from(view))).into_response();
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// A conflict answers with the record as it is and where it differs from what was sent.
fn conflict(error: AppError, sent: &Value) -> ApiError {
    let AppError::Conflict { current } = error else {
        return error.into();
    };
    let current: Account = *current;
    let view = AccountView {
        account: current.clone(),
        owner_name: None,
        regions: Vec::new(),
    };
    let theirs = serde_json::to_value(AccountBody::from(view)).unwrap_or_default();
    let differences: Vec<Value> = sent
        .as_object()
        .into_iter()
        .flatten()
        .map(|(field, yours)| (field, yours, theirs.get(field).cloned().unwrap_or_default()))
        .filter(|(_, yours, theirs)| *yours != theirs)
        .map(|(field, yours, theirs)| json!({"field": field, "yours": yours, "theirs": theirs}))
        .collect();
    ApiError::from(AppError::Conflict {
        current: Box::new(current),
    })
    .with("current", theirs)
    .with("differences", Value::Array(differences))
}

/// One account.
#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody), (status = 404, body = Problem)))]
pub async fn show(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    Ok(answer(
        StatusCode::OK,
        served.app.account(&viewer, parse_id(&id)?).await?,
    ))
}

/// A new account; without a place it is found from the address.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = CreateAccount,
    responses((status = 201, body = AccountBody), (status = 400, body = Problem)))]
pub async fn create(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Body(body): Body<CreateAccount>,
) -> ApiResult<Response> {
    Ok(answer(
        StatusCode::CREATED,
        served.app.create_account(&viewer, body.parse()?).await?,
    ))
}

/// Changes the fields that are sent.
#[utoipa::path(patch, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    request_body = ChangeAccount,
    responses((status = 200, body = AccountBody), (status = 412, body = Problem), (status = 428, body = Problem)))]
pub async fn change(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(sent): Body<Value>,
) -> ApiResult<Response> {
    let version = if_match(&headers)?;
    let change: ChangeAccount =
        serde_json::from_value(sent.clone()).map_err(|e| ApiError::bad_request(e.to_string()))?;
    let result = served
        .app
        .change_account(&viewer, parse_id(&id)?, version, change.parse()?)
        .await;
    result
        .map(|view| answer(StatusCode::OK, view))
        .map_err(|error| conflict(error, &sent))
}

/// Moves the pin; the place then stays where it was put.
#[utoipa::path(put, path = "/api/v1/accounts/{id}/place", tag = "accounts", params(("id" = String, Path)),
    request_body = Position,
    responses((status = 200, body = AccountBody), (status = 412, body = Problem), (status = 428, body = Problem)))]
pub async fn move_place(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(position): Body<Position>,
) -> ApiResult<Response> {
    let (version, sent) = (if_match(&headers)?, json!({"place": position}));
    let result = served
        .app
        .move_account(&viewer, parse_id(&id)?, version, position.parse()?)
        .await;
    result
        .map(|view| answer(StatusCode::OK, view))
        .map_err(|error| conflict(error, &sent))
}

/// Finds the place from the address again.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/geocode", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody), (status = 412, body = Problem), (status = 428, body = Problem)))]
pub async fn geocode(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let result = served
        .app
        .geocode_account(&viewer, parse_id(&id)?, if_match(&headers)?)
        .await;
    result
        .map(|view| answer(StatusCode::OK, view))
        .map_err(|error| conflict(error, &Value::Null))
}

/// Deletes the account; it can be restored.
#[utoipa::path(delete, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody), (status = 412, body = Problem), (status = 428, body = Problem)))]
pub async fn delete(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let result = served
        .app
        .delete_account(&viewer, parse_id(&id)?, if_match(&headers)?)
        .await;
    result
        .map(|view| answer(StatusCode::OK, view))
        .map_err(|error| conflict(error, &Value::Null))
}

/// Brings a deleted account back.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/restore", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountBody), (status = 404, body = Problem)))]
pub async fn restore(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    Ok(answer(
        StatusCode::OK,
        served.app.restore_account(&viewer, parse_id(&id)?).await?,
    ))
}

/// Who changed what and when, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/history", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = History), (status = 404, body = Problem)))]
pub async fn history(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<History>> {
    let entries = served.app.account_history(&viewer, parse_id(&id)?).await?;
    let entries = entries
        .into_iter()
        .map(|entry| HistoryEntry {
            at: entry.at,
            user: entry.user.map(|(id, name)| Named {
                id: id.to_string(),
                name,
            }),
            action: entry.action,
            changes: entry
                .changes
                .into_iter()
                .map(|c| FieldChange {
                    field: c.field,
                    old: c.old,
                    new: c.new,
                })
                .collect(),
        })
        .collect();
    Ok(Json(History { entries }))
}
