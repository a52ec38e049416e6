//! Customer and prospect records: read, create, change field by field, move the pin, find the place
//! again, delete and restore. Every change names the version it is based on.

use crate::Served;
use crate::extract::{Body, Viewer, if_match};
use crate::problem::{ApiError, ApiResult, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use geocrm_app::accounts::{AccountChange, AccountView, NewAccount};
use geocrm_app::error::AppError;
use geocrm_domain::{
    Account, AccountId, AccountKind, AccountStatus, LngLat, PostalAddress, UserId,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddressBody {
    pub street: Option<String>,
    pub house_number: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub one_line: String,
}

impl From<&PostalAddress> for AddressBody {
    fn from(address: &PostalAddress) -> Self {
        Self {
            street: address.street.clone(),
            house_number: address.house_number.clone(),
            postcode: address.postcode.clone(),
            city: address.city.clone(),
            country: address.country.clone(),
            one_line: address.one_line(),
        }
    }
}

/// An address as sent; `one_line` is ignored, so that what was read may be sent back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressInput {
    pub street: Option<String>,
    pub house_number: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    #[serde(default, rename = "one_line")]
    _one_line: Option<String>,
}

impl From<AddressInput> for PostalAddress {
    fn from(input: AddressInput) -> Self {
        let clean =
            |part: Option<String>| part.map(|p| p.trim().to_owned()).filter(|p| !p.is_empty());
        Self {
            street: clean(input.street),
            house_number: clean(input.house_number),
            postcode: clean(input.postcode),
            city: clean(input.city),
            country: clean(input.country),
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub lng: f64,
    pub lat: f64,
}

impl From<LngLat> for Position {
    fn from(at: LngLat) -> Self {
        Self {
            lng: at.lng(),
            lat: at.lat(),
        }
    }
}

impl Position {
    pub fn parse(self) -> ApiResult<LngLat> {
        LngLat::from_degrees(self.lng, self.lat).ok_or_else(|| {
            ApiError::bad_request(format!(
                "{}, {} is not a longitude in ±180 and latitude in ±90",
                self.lng, self.lat
            ))
        })
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegionName {
    pub code: String,
    pub name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    pub id: String,
    pub version: i64,
    pub name: String,
    pub kind: String,
    pub status: String,
    pub category: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub address: AddressBody,
    pub place: Option<Position>,
    pub place_state: String,
    pub territory: Option<String>,
    pub owner: Option<Named>,
    pub revenue_cents: Option<i64>,
    pub currency: String,
    pub customer_since_on: Option<NaiveDate>,
    pub last_contact_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    /// Regions the account lies in, by level.
    pub regions: BTreeMap<String, RegionName>,
}

impl From<AccountView> for AccountBody {
    fn from(view: AccountView) -> Self {
        let AccountView {
            account,
            owner_name,
            regions,
        } = view;
        let owner = account.owner.map(|id| Named {
            id: id.to_string(),
            name: owner_name.unwrap_or_default(),
        });
        Self {
            id: account.id.to_string(),
            version: account.version,
            name: account.name,
            kind: account.kind.code().to_owned(),
            status: account.status.code().to_owned(),
            category: account.category,
            email: account.email,
            phone: account.phone,
            note: account.note,
            address: AddressBody::from(&account.address),
            place: account.place.map(Position::from),
            place_state: account.place_state.code().to_owned(),
            territory: account.territory,
            owner,
            revenue_cents: account.revenue_cents,
            currency: account.currency,
            customer_since_on: account.customer_since_on,
            last_contact_on: account.last_contact_on,
            created_at: account.created_at,
            updated_at: account.updated_at,
            deleted_at: account.deleted_at,
            regions: regions
                .into_iter()
                .map(|(level, code, name)| (level.code().to_owned(), RegionName { code, name }))
                .collect(),
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    pub name: String,
    pub kind: String,
    pub status: Option<String>,
    pub category: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    #[serde(default)]
    pub address: AddressInput,
    /// Left out: found from the address.
    pub place: Option<Position>,
    pub territory: Option<String>,
    pub owner_id: Option<String>,
    pub revenue_cents: Option<i64>,
    pub customer_since_on: Option<NaiveDate>,
    pub last_contact_on: Option<NaiveDate>,
}

/// Absent keeps the field, null clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeAccount {
    pub name: Option<String>,
    pub kind: Option<String>,
    pub status: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub category: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub note: Option<Option<String>>,
    pub address: Option<AddressInput>,
    #[serde(default, deserialize_with = "present")]
    pub territory: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub owner_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub revenue_cents: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    pub customer_since_on: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "present")]
    pub last_contact_on: Option<Option<NaiveDate>>,
}

/// Keeps "null" apart from "absent".
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

fn parse_kind(text: &str) -> ApiResult<AccountKind> {
    AccountKind::parse(text)
        .ok_or_else(|| AppError::field("kind", Some(text), "take household or organisation").into())
}

fn parse_status(text: &str) -> ApiResult<AccountStatus> {
    AccountStatus::parse(text).ok_or_else(|| {
        AppError::field("status", Some(text), "take prospect, customer or former").into()
    })
}

fn parse_owner(text: &str) -> ApiResult<UserId> {
    text.parse()
        .map_err(|_| AppError::field("owner_id", Some(text), "this is not the id of a user").into())
}

/// A malformed id is the id of nothing.
fn parse_id(text: &str) -> ApiResult<AccountId> {
    text.parse()
        .map_err(|_| AppError::not_found("account", text).into())
}

impl CreateAccount {
    fn parse(self) -> ApiResult<NewAccount> {
        Ok(NewAccount {
            kind: parse_kind(&self.kind)?,
            status: self
                .status
                .as_deref()
                .map_or(Ok(AccountStatus::Prospect), parse_status)?,
            name: self.name,
            category: self.category,
            email: self.email,
            phone: self.phone,
            note: self.note,
            address: self.address.into(),
            place: self.place.map(Position::parse).transpose()?,
            territory: self.territory,
            owner: self.owner_id.as_deref().map(parse_owner).transpose()?,
            revenue_cents: self.revenue_cents,
            customer_since_on: self.customer_since_on,
            last_contact_on: self.last_contact_on,
        })
    }
}

impl ChangeAccount {
    fn parse(self) -> ApiResult<AccountChange> {
        Ok(AccountChange {
            name: self.name,
            kind: self.kind.as_deref().map(parse_kind).transpose()?,
            status: self.status.as_deref().map(parse_status).transpose()?,
            category: self.category,
            email: self.email,
            phone: self.phone,
            note: self.note,
            address: self.address.map(PostalAddress::from),
            territory: self.territory,
            owner: match self.owner_id {
                None => None,
                Some(None) => Some(None),
                Some(Some(id)) => Some(Some(parse_owner(&id)?)),
            },
            revenue_cents: self.revenue_cents,
            customer_since_on: self.customer_since_on,
            last_contact_on: self.last_contact_on,
        })
    }
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

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub user: Option<Named>,
    pub action: String,
    pub changes: Vec<FieldChange>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    pub entries: Vec<HistoryEntry>,
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
