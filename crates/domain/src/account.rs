//! A customer or prospect record.

use crate::address::PostalAddress;
use crate::ids::{AccountId, AddressId, UserId};
use crate::place::coded;
use crate::spatial::LngLat;
use chrono::{DateTime, NaiveDate, Utc};

coded!(
    /// Whether the record is a household or an organisation; households are person data.
    AccountKind {
        Household = "household",
        Organisation = "organisation",
    }
);

coded!(
    /// Where the record stands in the customer process.
    AccountStatus {
        Prospect = "prospect",
        Customer = "customer",
        Former = "former",
    }
);

coded!(
    /// How the record's position came about. Only `Matched` and `Pinned` positions enter spatial sums.
    PlaceState {
        Matched = "matched",
        Doubtful = "doubtful",
        Failed = "failed",
        /// Set by hand.
        Pinned = "pinned",
    }
);

impl PlaceState {
    pub fn is_confirmed(self) -> bool {
        matches!(self, Self::Matched | Self::Pinned)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub id: AccountId,
    /// Grows by one with every change; the `ETag` of the record.
    pub version: i64,
    pub name: String,
    pub kind: AccountKind,
    pub status: AccountStatus,
    /// What the organisation does, in the source's own words (`amenity=cafe`, `Horeca`).
    pub category: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub address: PostalAddress,
    pub place: Option<LngLat>,
    pub place_state: PlaceState,
    /// The loaded address the position came from.
    pub address_id: Option<AddressId>,
    pub territory: Option<String>,
    pub owner: Option<UserId>,
    pub revenue_cents: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// The key of the record in the file or system it came from.
    pub external_key: Option<String>,
    pub customer_since_on: Option<NaiveDate>,
    pub last_contact_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What a map point and the order of a table need of an account, beside its sums.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountCard {
    pub id: AccountId,
    pub name: String,
    pub kind: AccountKind,
    pub status: AccountStatus,
    /// Also the suggestion for a doubtful one, where a reviewer should look.
    pub place: Option<LngLat>,
    pub place_state: PlaceState,
    pub revenue_cents: Option<i64>,
    pub updated_at: DateTime<Utc>,
}
