//! What can go wrong in the store, in words that name the operation and the subject. A broken rule of the
//! database arrives here as the name of its constraint and leaves as a sentence for people.

use crate::accounts::AccountRecord;
use crate::private_server::ServerError;
use geocrm_domain::{AccountId, ImportId};
use sqlx::postgres::PgDatabaseError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{doing}: the database failed")]
    Database {
        doing: &'static str,
        #[source]
        source: sqlx::Error,
    },
    /// A rule of the schema was broken by the data handed in.
    #[error("{doing}: {}{}: {detail}", rule_text(.constraint), at_element(.element.as_ref()))]
    Rule {
        doing: &'static str,
        /// Name of the constraint, for tests and for mapping to fields.
        constraint: String,
        /// Source key of the offending row, where the database told which it was.
        element: Option<String>,
        detail: String,
    },
    #[error("the schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("region {level} {code} already belongs to dataset {dataset}")]
    RegionOfOtherDataset {
        level: String,
        code: String,
        dataset: String,
    },
    #[error("region {level} {code}: its parent {parent_code} is itself or lies below it")]
    RegionCycle {
        level: String,
        code: String,
        parent_code: String,
    },
    #[error("figures use the indicator {indicator}, which no dataset defines")]
    UndefinedIndicator { indicator: String },
    #[error("indicator {indicator} is in {unit} here and in {other_unit} in dataset {dataset}")]
    IndicatorUnits {
        indicator: String,
        unit: String,
        other_unit: String,
        dataset: String,
    },
    #[error("cube {cube} has no {what} named {name:?}; known: {}", known.join(", "))]
    UnknownName {
        cube: &'static str,
        /// `property` or `dimension`.
        what: &'static str,
        name: String,
        known: Vec<&'static str>,
    },
    #[error("there is nothing named {name:?} to order by; known: {}", known.join(", "))]
    UnknownOrder { name: String, known: Vec<String> },
    #[error(transparent)]
    Expression(#[from] geocrm_domain::expression::ExpressionError),
    #[error("{property} holds {expected}; it cannot be compared with {given}")]
    TypeMismatch {
        property: String,
        expected: &'static str,
        given: &'static str,
    },
    #[error("{what}: {given} is more than the limit of {limit}")]
    TooMany {
        what: &'static str,
        given: usize,
        limit: usize,
    },
    #[error("a sum is too large for a 64-bit number")]
    SumTooLarge,
    /// Somebody else changed the record; here is what it is now.
    #[error("the record was changed meanwhile; it is at version {}", .0.account.version)]
    Conflict(Box<AccountRecord>),
    #[error("the record would leave what you may see")]
    OutsideScope,
    #[error("record {0} is not there")]
    UnknownAccount(AccountId),
    #[error("import {0} is not there")]
    UnknownImport(ImportId),
    #[error("import {0} was undone before")]
    AlreadyUndone(ImportId),
    /// Undoing would lose later edits of these records (the first hundred).
    #[error("{} of its records were edited after the import", accounts.len())]
    EditedSinceImport { accounts: Vec<AccountId> },
    #[error("set-up is closed: there is an administrator already")]
    SetupClosed,
    #[error("the set-up link is not valid")]
    SetupToken,
    #[error("the database is not ready for GeoCRM: {0}")]
    Unsuitable(String),
    #[error("the data version is not one of this database")]
    BadSnapshot,
}

/// Names the operation that a database error happened in.
pub trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::of(doing, source))
    }
}

impl StoreError {
    /// Constraint violations become [`StoreError::Rule`], everything else [`StoreError::Database`].
    pub(crate) fn of(doing: &'static str, source: sqlx::Error) -> Self {
        let Some(error) = source
            .as_database_error()
            .and_then(|e| e.try_downcast_ref::<PgDatabaseError>())
        else {
            return Self::Database { doing, source };
        };
        match (error.constraint(), error.code()) {
            (Some(constraint), _) => Self::Rule {
                doing,
                constraint: constraint.to_owned(),
                element: None,
                detail: error.detail().unwrap_or(error.message()).to_owned(),
            },
            // numeric_value_out_of_range
            (None, "22003") if doing == CUBE_QUERY => Self::SumTooLarge,
            _ => Self::Database { doing, source },
        }
    }

    /// Name of the broken constraint, if that is what this is.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Rule { constraint, .. } => Some(constraint),
            _ => None,
        }
    }
}

pub(crate) const CUBE_QUERY: &str = "answering a cube query";

fn at_element(element: Option<&String>) -> String {
    element.map_or_else(String::new, |key| format!(" (element {key})"))
}

/// The rule behind a constraint's name.
fn rule_text(constraint: &str) -> &'static str {
    match constraint {
        "addresses_source_key_unique"
        | "buildings_source_key_unique"
        | "roads_source_key_unique"
        | "areas_source_key_unique"
        | "place_labels_source_key_unique" => "the same element occurs twice in the dataset",
        "regions_level_code_unique" | "regions_in_level_code_unique" => {
            "the same region code occurs twice at one level"
        }
        "indicators_figure_unique" => {
            "there is already a figure for this region, indicator and year"
        }
        "indicators_suppressed_without_value" => "a suppressed figure cannot have a value",
        "indicator_defs_unique" => "the same indicator is defined twice",
        "postcodes_unique" => "the same postcode occurs twice",
        "flows_unique" => "there is already a flow for this origin, destination, mode and year",
        "territories_code_unique" => "the same territory code occurs twice",
        "territory_regions_region_unique" => "a region lies in two territories",
        "addresses_place_on_globe" | "accounts_place_on_globe" => {
            "a position lies outside ±180 / ±90 degrees"
        }
        "roads_condition_is_an_index" => "a road condition lies outside 0 to 100",
        "roads_length_not_negative" => "a road has a negative length",
        "addresses_dwellings_not_negative" | "buildings_dwellings_not_negative" => {
            "a number of dwellings is negative"
        }
        "users_email_unique" => "there is already a user with this e-mail address",
        "users_email_present" => "the e-mail address is missing",
        "accounts_name_present" => "the name is missing",
        "accounts_owner_fkey" => "the owner is not a user",
        "accounts_source_key_unique" => "the same external key occurs twice",
        "accounts_currency_code" => "the currency is not three capital letters",
        "accounts_confirmed_has_place" => "a confirmed position needs a place",
        "accounts_customer_since_on_range" | "accounts_last_contact_on_range" => {
            "a date lies outside the years 1000 to 9999"
        }
        "audit_log_append_only" => "the audit log can only grow",
        _ => "a rule of the database was broken",
    }
}
