//! Account files as people keep them: any delimiter, either encoding, Dutch or English headers. What
//! the file does not say is left out; nothing is invented, and a row without a name is refused.

use crate::error::IngestError;
use crate::recipe::{Csv, Mapping};
use crate::regions::RowFault;
use crate::table::{self, Row, Table};
use chrono::NaiveDate;
use geocrm_domain::account::{AccountKind, AccountStatus};
use geocrm_domain::address::PostalAddress;
use geocrm_domain::dataset::Rejection;
use geocrm_domain::record::AccountRow;
use geocrm_domain::spatial::LngLat;
use std::collections::HashSet;
use std::path::Path;

/// Rows of one account file.
pub const ACCOUNT_ROWS: usize = 5_000_000;
/// Characters of one text field.
const TEXT_CHARS: usize = 4_000;

/// Reads an account file (CSV or XLSX); without a mapping the headers are guessed.
pub fn read(
    path: &Path,
    mapping: Option<Mapping>,
) -> Result<(Vec<AccountRow>, Vec<Rejection>), IngestError> {
    let table = table::read(path, &Csv::default(), None)?;
    let decimal = if decimal_comma(&table, mapping.as_ref()) {
        ','
    } else {
        '.'
    };
    from_table(path, &table, mapping, decimal)
}

/// The mapping that [`read`] would use for this file, for people to confirm.
pub fn guess(path: &Path) -> Result<Mapping, IngestError> {
    Ok(guess_mapping(
        &table::read(path, &Csv::default(), None)?.columns,
    ))
}

/// Whether revenues are written `1.234,56`: decided by the last mark that is followed by one or two digits.
fn decimal_comma(table: &Table, mapping: Option<&Mapping>) -> bool {
    let guessed = guess_mapping(&table.columns);
    let Some(column) = mapping
        .unwrap_or(&guessed)
        .revenue
        .as_deref()
        .and_then(|name| table.find(name))
    else {
        return false;
    };
    let votes: i64 = table
        .rows
        .iter()
        .map(|row| {
            let text = row
                .cell(column)
                .trim_end_matches(|c: char| !c.is_ascii_digit());
            match text.rfind([',', '.']) {
                Some(at) if text.len() - at <= 3 => {
                    if text[at..].starts_with(',') {
                        1
                    } else {
                        -1
                    }
                }
                Some(at) if text.len() - at == 4 => {
                    if text[at..].starts_with('.') {
                        1
                    } else {
                        -1
                    }
                }
                _ => 0,
            }
        })
        .sum();
    votes > 0
}

pub(crate) fn from_table(
    path: &Path,
    table: &Table,
    mapping: Option<Mapping>,
    decimal: char,
) -> Result<(Vec<AccountRow>, Vec<Rejection>), IngestError> {
    let mapping = mapping.unwrap_or_else(|| guess_mapping(&table.columns));
    let columns = Columns::find(path, table, &mapping)?;
    if table.rows.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    if table.rows.len() > ACCOUNT_ROWS {
        return Err(IngestError::TooLarge {
            path: path.to_owned(),
            bytes: table.rows.len() as u64,
            limit: ACCOUNT_ROWS as u64,
        });
    }
    let mut accounts = Vec::with_capacity(table.rows.len());
    let mut rejections = Vec::new();
    let mut keys = HashSet::new();
    for row in &table.rows {
        let element = format!("row {}", row.number);
        match account(row, table, &columns, &mapping, decimal) {
            Ok(account) if !keys.insert(account.external_key.clone()) => {
                let field = mapping
                    .external_key
                    .as_deref()
                    .unwrap_or("name and address");
                let reason = "the file has this record twice; the first row counts";
                let fault = RowFault::new(field, &account.external_key, reason);
                rejections.push(fault.at(&table.name, &element));
            }
            Ok(account) => accounts.push(account),
            Err(fault) => rejections.push(fault.at(&table.name, &element)),
        }
    }
    Ok((accounts, rejections))
}

macro_rules! columns {
    ($($field:ident),+ $(,)?) => {
        /// Position of every mapped column.
        #[derive(Default)]
        struct Columns { $($field: Option<usize>),+ }

        impl Columns {
            fn find(path: &Path, table: &Table, mapping: &Mapping) -> Result<Self, IngestError> {
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

fn account(
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

/// `2026-11-23`, `23-11-2026`, `23/11/2026`, `23.11.2026`.
fn date(text: &str) -> Option<NaiveDate> {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(day, format).ok())
        .filter(|date| *date >= NaiveDate::from_ymd_opt(1800, 1, 1).unwrap_or(NaiveDate::MIN))
}

fn status(word: &str) -> Option<AccountStatus> {
    Some(match word.to_lowercase().as_str() {
        "prospect" | "lead" | "suspect" | "nee" | "no" | "n" | "false" | "0" => {
            AccountStatus::Prospect
        }
        "klant" | "customer" | "client" | "ja" | "yes" | "j" | "y" | "true" | "1" | "kunde"
        | "actief" | "active" => AccountStatus::Customer,
        "former" | "oud" | "oud-klant" | "oudklant" | "ex" | "ex-klant" | "vervallen"
        | "inactief" | "inactive" | "former customer" => AccountStatus::Former,
        _ => return None,
    })
}

fn kind(word: &str) -> Option<AccountKind> {
    Some(match word.to_lowercase().as_str() {
        "organisation" | "organization" | "organisatie" | "bedrijf" | "company" | "business"
        | "zakelijk" | "b2b" => AccountKind::Organisation,
        "household" | "huishouden" | "particulier" | "consumer" | "private" | "prive" | "privé"
        | "person" | "persoon" | "b2c" => AccountKind::Household,
        _ => return None,
    })
}

fn country_code(word: &str) -> Option<String> {
    let upper = word.trim().to_uppercase();
    if upper.len() == 2 && upper.bytes().all(|b| b.is_ascii_uppercase()) {
        return Some(upper);
    }
    let code = match upper.as_str() {
        "NEDERLAND" | "NETHERLANDS" | "THE NETHERLANDS" | "HOLLAND" | "NLD" => "NL",
        "DUITSLAND" | "GERMANY" | "DEUTSCHLAND" | "DEU" => "DE",
        "BELGIE" | "BELGIË" | "BELGIUM" | "BEL" => "BE",
        "LIECHTENSTEIN" | "LIE" => "LI",
        "ZWITSERLAND" | "SWITZERLAND" | "SCHWEIZ" | "CHE" => "CH",
        "OOSTENRIJK" | "AUSTRIA" | "ÖSTERREICH" | "AUT" => "AT",
        _ => return None,
    };
    Some(code.to_owned())
}

/// Capitals without spaces for a Dutch postcode (`1012 lg` → `1012LG`); others only trimmed.
pub fn normal_postcode(text: &str) -> String {
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_uppercase();
    let bytes = compact.as_bytes();
    let dutch = bytes.len() == 6
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_uppercase);
    if dutch {
        compact
    } else {
        text.trim().to_owned()
    }
}

/// Headers in Dutch and English (and a few German ones), by exact word, best first.
fn guess_mapping(columns: &[String]) -> Mapping {
    let normal = |text: &str| -> String {
        text.to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect()
    };
    let names: Vec<String> = columns.iter().map(|c| normal(c)).collect();
    let pick = |words: &[&str]| {
        words
            .iter()
            .find_map(|word| names.iter().position(|n| n == word))
            .map(|at| columns[at].clone())
    };
    Mapping {
        external_key: pick(&[
            "externalkey",
            "cleanid",
            "recordid",
            "klantnummer",
            "klantnr",
            "relatienummer",
            "relatienr",
            "debiteurnummer",
            "debiteurnr",
            "accountid",
            "customerid",
            "customernumber",
            "nummer",
            "id",
            "key",
        ]),
        key_prefix: String::new(),
        name: pick(&[
            "naam",
            "name",
            "bedrijfsnaam",
            "companyname",
            "company",
            "bedrijf",
            "accountname",
            "organisatie",
            "organisation",
            "organization",
            "relatie",
            "klantnaam",
            "firma",
        ]),
        kind: pick(&["soort", "kind", "relatietype", "type", "klantsoort"]),
        status: pick(&[
            "status",
            "klantstatus",
            "klant",
            "customer",
            "isklant",
            "prospect",
        ]),
        category: pick(&[
            "categorie",
            "category",
            "branche",
            "sector",
            "industry",
            "sbi",
        ]),
        email: pick(&["email", "emailadres", "emailaddress", "mail"]),
        phone: pick(&[
            "telefoon",
            "telefoonnummer",
            "phone",
            "phonenumber",
            "tel",
            "mobiel",
        ]),
        note: pick(&[
            "notitie",
            "opmerking",
            "opmerkingen",
            "note",
            "notes",
            "remarks",
            "memo",
        ]),
        street: pick(&[
            "straat",
            "street",
            "straatnaam",
            "streetname",
            "adres",
            "address",
            "address1",
            "adresregel1",
            "bezoekadres",
            "strasse",
            "straße",
        ]),
        house_number: pick(&[
            "huisnummer",
            "housenumber",
            "huisnr",
            "nr",
            "number",
            "housenr",
            "hausnummer",
        ]),
        house_letter: pick(&["huisletter", "letter", "houseletter"]),
        addition: pick(&[
            "toevoeging",
            "addition",
            "huisnummertoevoeging",
            "toev",
            "housenumberaddition",
            "suffix",
        ]),
        postcode: pick(&[
            "postcode",
            "postalcode",
            "zip",
            "zipcode",
            "pc",
            "pc6",
            "plz",
        ]),
        city: pick(&[
            "plaats",
            "city",
            "woonplaats",
            "stad",
            "town",
            "plaatsnaam",
            "ort",
            "vestigingsplaats",
        ]),
        country: pick(&["land", "country", "landcode", "countrycode"]),
        lng: pick(&["lng", "lon", "longitude", "lengtegraad", "x"]),
        lat: pick(&["lat", "latitude", "breedtegraad", "y"]),
        preferred_lng: None,
        preferred_lat: None,
        territory: pick(&["rayon", "territory", "gebied", "regio", "region"]),
        owner_email: pick(&[
            "accountmanageremail",
            "owneremail",
            "eigenaar",
            "owner",
            "vertegenwoordiger",
            "accountmanager",
            "salesrep",
        ]),
        revenue: pick(&[
            "omzet",
            "revenue",
            "jaaromzet",
            "turnover",
            "annualrevenue",
            "sales",
            "umsatz",
        ]),
        customer_since_on: pick(&[
            "klantsinds",
            "customersince",
            "startdatum",
            "customersinceon",
        ]),
        last_contact_on: pick(&[
            "laatstecontact",
            "lastcontact",
            "laatstcontact",
            "lastcontacton",
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(name: &str, bytes: &[u8]) -> (Vec<AccountRow>, Vec<Rejection>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        read(&path, None).expect("readable")
    }

    #[test]
    fn dutch_headers_decimal_comma_and_windows_1252() {
        let csv = b"Klantnr;Naam;Straat;Huisnummer;Toevoeging;Postcode;Plaats;Omzet;Klant;Klant sinds\r\n\
            17;Caf\xe9 de Zon;Damrak;12;H;1012 lg;Amsterdam;1.234,56;ja;01-03-2019\r\n\
            18;Bakker;Nes;3;;1012KC;Amsterdam;500;nee;\r\n";
        let (rows, rejections) = from("klanten.csv", csv);
        assert_eq!(rejections, []);
        assert_eq!(rows[0].name, "Café de Zon");
        assert_eq!(rows[0].address.house_number.as_deref(), Some("12-H"));
        assert_eq!(rows[0].address.postcode.as_deref(), Some("1012LG"));
        assert_eq!(rows[0].revenue_cents, Some(123_456));
        assert_eq!(rows[0].status, AccountStatus::Customer);
        assert_eq!(
            rows[0].customer_since_on,
            NaiveDate::from_ymd_opt(2019, 3, 1)
        );
        assert_eq!(rows[1].revenue_cents, Some(50_000));
        assert_eq!(rows[1].status, AccountStatus::Prospect);
    }

    #[test]
    fn a_bad_row_says_where_and_the_others_stay() {
        let csv = "name,revenue,lon,lat\nA,100,4.9,52.3\n,1,4.9,52.3\nB,much,4.9,52.3\nC,1,0,0\nA,100,4.9,52.3\n";
        let (rows, rejections) = from("a.csv", csv.as_bytes());
        assert_eq!(rows.len(), 1);
        let told: Vec<_> = rejections
            .iter()
            .map(|r| (r.element.as_str(), r.field.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            told,
            [
                ("row 3", "name"),
                ("row 4", "revenue"),
                ("row 5", "lon"),
                ("row 6", "name and address")
            ]
        );
    }

    #[test]
    fn nothing_is_invented() {
        let (rows, _) = from("a.csv", b"name\nAlpha\n");
        assert_eq!(rows[0].revenue_cents, None);
        assert_eq!(rows[0].place, None);
        assert_eq!(rows[0].address, PostalAddress::default());
        assert_eq!(rows[0].status, AccountStatus::Prospect);
    }

    #[test]
    fn workbooks_are_read_cell_by_cell() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (column, title) in ["Bedrijfsnaam", "Huisnummer", "Omzet"].iter().enumerate() {
            sheet.write(0, column as u16, *title).expect("written");
        }
        sheet.write(1, 0, "Gamma").expect("written");
        sheet.write(1, 1, 12).expect("written");
        sheet.write(1, 2, 1234.5).expect("written");
        // A far cell would make a dense range of 17 thousand million cells.
        sheet.write(1_048_000, 0, "Far").expect("written");
        let bytes = book.save_to_buffer().expect("a workbook");
        let (rows, _) = from("a.xlsx", &bytes);
        assert_eq!(rows[0].address.house_number.as_deref(), Some("12"));
        assert_eq!(rows[0].revenue_cents, Some(123_450));
        assert_eq!(rows[1].name, "Far");
    }
}
