//! What does one row say of an account? A cell that cannot be read refuses its row, with the name of its column.

use super::words::{country_code, date, kind, status};
use crate::error::IngestError;
use crate::recipe::Mapping;
use crate::regions::RowFault;
use crate::table::{self, Row, Table};
use geocrm_domain::account::{AccountKind, AccountStatus};
use geocrm_domain::address::PostalAddress;
use geocrm_domain::address::normal_postcode;
use geocrm_domain::record::AccountRow;
use geocrm_domain::spatial::LngLat;
use std::path::Path;

/// Characters of one text field.
const TEXT_CHARS: usize = 4_000;

macro_rules! columns {
    ($($field:ident),+ $(,)?) => {
        /// Position of every mapped column.
        #[derive(Default)]
        pub(super) struct Columns { $($field: Option<usize>),+ }

        impl Columns {
            pub(super) fn find(path: &Path, table: &Table, mapping: &Mapping) -> Result<Self, IngestError> {
                let at = |name: &Option<String>| {
                    name.as_deref().map(|n| table.column(path, n)).transpose()
                };
                Ok(Self { $($field: at(&mapping.$field)?),+ })
            }
        }
    };
}
columns!(
    external_key,
    name,
    kind,
    status,
    category,
    email,
    phone,
    note,
    street,
    house_number,
    house_letter,
    addition,
    postcode,
    city,
    country,
    lng,
    lat,
    preferred_lng,
    preferred_lat,
    territory,
    owner_email,
    revenue,
    customer_since_on,
    last_contact_on,
);

pub(super) fn account(
    row: &Row,
    table: &Table,
    columns: &Columns,
    mapping: &Mapping,
    decimal: char,
) -> Result<AccountRow, RowFault> {
    let text = |column: Option<usize>| -> Option<String> {
        let cell = column.map_or("", |c| row.cell(c));
        (!cell.is_empty()).then(|| cell.to_owned())
    };
    let fault = |column: Option<usize>, value: &str, reason: &str| {
        let name = column
            .and_then(|c| table.columns.get(c))
            .map_or("", String::as_str);
        RowFault::new(name, value, reason)
    };
    if let Some(long) = row
        .cells
        .iter()
        .position(|c| c.chars().count() > TEXT_CHARS)
    {
        let reason = format!("is longer than {TEXT_CHARS} characters");
        return Err(fault(Some(long), row.cell(long), &reason));
    }
    let Some(name) = text(columns.name) else {
        let field = mapping.name.as_deref().unwrap_or("name");
        return Err(RowFault::new(field, "", "a name is needed"));
    };
    let address = PostalAddress {
        street: text(columns.street).map(|s| s.split_whitespace().collect::<Vec<_>>().join(" ")),
        house_number: house_number(
            text(columns.house_number),
            text(columns.house_letter),
            text(columns.addition),
        ),
        postcode: text(columns.postcode).map(|p| normal_postcode(&p)),
        city: text(columns.city),
        country: text(columns.country).and_then(|c| country_code(&c)),
    };
    let external_key = match text(columns.external_key) {
        Some(key) => format!("{}{key}", mapping.key_prefix),
        None => format!("{}{}", mapping.key_prefix, own_key(&name, &address)),
    };
    let place = position(row, columns.preferred_lng, columns.preferred_lat)
        .or_else(|| position(row, columns.lng, columns.lat))
        .transpose()
        .map_err(|value| {
            fault(
                columns.lng,
                &value,
                "is not a position in degrees, longitude and latitude",
            )
        })?;
    let dated = |column: Option<usize>| match text(column) {
        None => Ok(None),
        Some(value) => date(&value).map(Some).ok_or_else(|| {
            fault(
                column,
                &value,
                "is not a date like 2026-11-23 or 23-11-2026",
            )
        }),
    };
    let revenue_cents = match text(columns.revenue) {
        None => None,
        Some(value) => {
            let digits = value.replace(['€', '$', '£'], "").replace("EUR", "");
            let number = digits.trim().trim_end_matches(",-").trim_end_matches(".-");
            let cents = table::decimal(number, decimal, 2);
            Some(cents.ok_or_else(|| fault(columns.revenue, &value, "is not an amount"))?)
        }
    };
    let status = match text(columns.status) {
        None => AccountStatus::Prospect,
        Some(word) => status(&word).ok_or_else(|| {
            fault(
                columns.status,
                &word,
                "is not prospect, customer (klant) or former",
            )
        })?,
    };
    let kind = match text(columns.kind) {
        None => AccountKind::Organisation,
        Some(word) => kind(&word).ok_or_else(|| {
            fault(
                columns.kind,
                &word,
                "is not organisation (bedrijf) or household (particulier)",
            )
        })?,
    };
    Ok(AccountRow {
        external_key,
        name,
        kind,
        status,
        category: text(columns.category),
        email: text(columns.email),
        phone: text(columns.phone),
        note: text(columns.note),
        address,
        place,
        territory: text(columns.territory),
        owner_email: text(columns.owner_email),
        revenue_cents,
        customer_since_on: dated(columns.customer_since_on)?,
        last_contact_on: dated(columns.last_contact_on)?,
    })
}

/// A record without a key of its own is known by its name and address, so that the same file read
/// twice is the same records.
fn own_key(name: &str, address: &PostalAddress) -> String {
    let part = |p: &Option<String>| p.clone().unwrap_or_default();
    let postcode = part(&address.postcode);
    let whole = format!(
        "{name}|{postcode}|{}|{}|{}",
        part(&address.house_number),
        part(&address.street),
        part(&address.city)
    );
    whole.to_lowercase()
}

fn house_number(
    number: Option<String>,
    letter: Option<String>,
    addition: Option<String>,
) -> Option<String> {
    let mut whole = number?;
    // Workbooks hold numbers as floats.
    if let Some(integer) = whole.strip_suffix(".0") {
        whole = integer.to_owned();
    }
    whole.push_str(&letter.unwrap_or_default());
    if let Some(addition) = addition {
        if !addition.starts_with('-') {
            whole.push('-');
        }
        whole.push_str(&addition);
    }
    Some(whole)
}

/// `None` when a part is missing; `Err` with the text when it is there and makes no position.
fn position(row: &Row, lng: Option<usize>, lat: Option<usize>) -> Option<Result<LngLat, String>> {
    let (lng, lat) = (row.cell(lng?), row.cell(lat?));
    if lng.is_empty() || lat.is_empty() {
        return None;
    }
    let number = |text: &str| text.replace(',', ".").parse::<f64>().ok();
    let place = number(lng)
        .zip(number(lat))
        .and_then(|(lng, lat)| LngLat::from_degrees(lng, lat))
        .filter(|p| p.lng_e7 != 0 || p.lat_e7 != 0);
    Some(place.ok_or_else(|| format!("{lng}, {lat}")))
}
