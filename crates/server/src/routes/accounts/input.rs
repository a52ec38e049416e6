//! What may be sent to make or change an account? Unknown fields are refused, and "absent" is kept apart from
//! "null", which clears a field.

use super::Position;
use crate::problem::ApiResult;
use chrono::NaiveDate;
use geocrm_app::accounts::{AccountChange, NewAccount};
use geocrm_app::error::AppError;
use geocrm_domain::address::normal_postcode;
use geocrm_domain::{AccountKind, AccountStatus, PostalAddress, UserId};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

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
            postcode: clean(input.postcode).map(|postcode| normal_postcode(&postcode)),
            city: clean(input.city),
            country: clean(input.country),
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
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
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

impl CreateAccount {
    pub(super) fn parse(self) -> ApiResult<NewAccount> {
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
    pub(super) fn parse(self) -> ApiResult<AccountChange> {
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
