//! How does an account look in an answer, and its history? Field names and codes are those of the API.

use crate::problem::{ApiError, ApiResult};
use chrono::{DateTime, NaiveDate, Utc};
use geocrm_app::accounts::AccountView;
use geocrm_domain::{LngLat, PostalAddress};
use serde::{Deserialize, Serialize};
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
