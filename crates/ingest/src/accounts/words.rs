//! What do the words in such files mean? Dates, statuses, kinds, countries and postcodes, as they are written
//! in Dutch and English; a word that is not known is nothing, never a guess.

use chrono::NaiveDate;
use geocrm_domain::account::{AccountKind, AccountStatus};

/// `2026-11-23`, `23-11-2026`, `23/11/2026`, `23.11.2026`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(day, format).ok())
        .filter(|date| *date >= NaiveDate::from_ymd_opt(1800, 1, 1).unwrap_or(NaiveDate::MIN))
}

pub(super) fn status(word: &str) -> Option<AccountStatus> {
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

pub(super) fn kind(word: &str) -> Option<AccountKind> {
    Some(match word.to_lowercase().as_str() {
        "organisation" | "organization" | "organisatie" | "bedrijf" | "company" | "business"
        | "zakelijk" | "b2b" => AccountKind::Organisation,
        "household" | "huishouden" | "particulier" | "consumer" | "private" | "prive" | "privé"
        | "person" | "persoon" | "b2c" => AccountKind::Household,
        _ => return None,
    })
}

pub(super) fn country_code(word: &str) -> Option<String> {
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
