//! What can go wrong in a use case, sorted by whose move it is. The server turns the kind into a status
//! code; the command line prints the text.

use crate::cql2::Cql2Error;
use crate::geojson::GeoJsonError;
use geocrm_domain::Account;
use geocrm_olap::OlapError;
use geocrm_store::StoreError;

/// One field of the caller's input that is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    pub field: String,
    pub value: Option<String>,
    pub reason: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The input is wrong; the text says what, where and what to do.
    #[error("{detail}")]
    Invalid {
        detail: String,
        faults: Vec<FieldFault>,
    },
    /// There is no such thing, or it lies outside the caller's scope: the answer is the same.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    #[error("sign in first")]
    SignedOut,
    #[error("e-mail address or password is not right")]
    WrongPassword,
    #[error("too many attempts; try again in {seconds} s")]
    TooManyAttempts { seconds: u64 },
    #[error("{0}")]
    Forbidden(String),
    /// Somebody else changed the record since the caller read it.
    #[error("the account was changed by somebody else since you opened it")]
    Conflict { current: Box<Account> },
    /// The thing is not what it was: a receipt's data has changed.
    #[error("{detail}")]
    Changed {
        detail: String,
        added: u64,
        gone: u64,
        changed: u64,
    },
    #[error("version {asked} is no longer kept; the answers of the last 60 s are")]
    Gone { asked: String },
    #[error("{0}")]
    Unavailable(String),
    #[error("the database: {0}")]
    Store(StoreError),
    #[error("{context}: {source}")]
    Io {
        context: String,
        source: std::io::Error,
    },
    #[error("{context}: {detail}")]
    Internal {
        context: &'static str,
        detail: String,
    },
}

impl AppError {
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::Invalid {
            detail: detail.into(),
            faults: Vec::new(),
        }
    }

    /// A fault of one named field.
    pub fn field(field: &str, value: Option<&str>, reason: impl Into<String>) -> Self {
        /// Longer values are named by their beginning.
        const SHOWN_CHARS: usize = 60;
        let reason = reason.into();
        let shown = value.map(|v| v.chars().take(SHOWN_CHARS).collect::<String>());
        Self::Invalid {
            detail: match shown {
                Some(value) => format!("{field} {value:?}: {reason}"),
                None => format!("{field}: {reason}"),
            },
            faults: vec![FieldFault {
                field: field.to_owned(),
                value: value.map(str::to_owned),
                reason,
            }],
        }
    }

    pub fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    pub fn internal(context: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Internal {
            context,
            detail: error.to_string(),
        }
    }
}

impl From<Cql2Error> for AppError {
    fn from(error: Cql2Error) -> Self {
        Self::field("filter", None, error.to_string())
    }
}

impl From<GeoJsonError> for AppError {
    fn from(error: GeoJsonError) -> Self {
        Self::field("geometry", None, error.to_string())
    }
}

impl From<OlapError> for AppError {
    fn from(error: OlapError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<geocrm_store::ServerError> for AppError {
    fn from(error: geocrm_store::ServerError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(current) => Self::Conflict {
                current: Box::new(current.account),
            },
            StoreError::OutsideScope | StoreError::SetupClosed | StoreError::SetupToken => {
                Self::Forbidden(error.to_string())
            }
            StoreError::UnknownAccount(id) => Self::not_found("account", id),
            StoreError::UnknownImport(id) => Self::not_found("import", id),
            StoreError::Rule { .. }
            | StoreError::RegionOfOtherDataset { .. }
            | StoreError::RegionCycle { .. }
            | StoreError::UndefinedIndicator { .. }
            | StoreError::IndicatorUnits { .. }
            | StoreError::UnknownName { .. }
            | StoreError::UnknownOrder { .. }
            | StoreError::Expression(_)
            | StoreError::TypeMismatch { .. }
            | StoreError::TooMany { .. }
            | StoreError::SumTooLarge
            | StoreError::AlreadyUndone(_)
            | StoreError::EditedSinceImport { .. } => Self::invalid(error.to_string()),
            StoreError::Database { .. }
            | StoreError::Migration(_)
            | StoreError::Server(_)
            | StoreError::Unsuitable(_)
            | StoreError::BadSnapshot => Self::Store(error),
        }
    }
}
