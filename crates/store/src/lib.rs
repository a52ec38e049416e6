//! The only crate that speaks SQL: rows in, domain values out. It runs the private PostGIS server, keeps the
//! schema, loads datasets, edits accounts, answers cube queries in SQL (the engine's oracle) and tells
//! followers what changed.
//!
//! Queries are static strings bound at run time, and everything dynamic goes through `QueryBuilder` with names
//! taken from the static catalogue only. sqlx's checked macros are not used: they need either a live database
//! or committed query files at every build, for every contributor; here each statement is instead run by a
//! test against a real server.

mod account_cards;
mod account_write;
mod accounts;
mod audit;
mod copy;
mod cube_query;
mod cube_stream;
mod dataset_write;
mod datasets;
mod error;
mod exports;
mod filters;
mod geometry;
mod idempotency;
mod imports;
mod leaves;
mod objects;
mod outbox;
pub mod private_server;
mod read_view;
mod records;
mod region_merge;
mod regions;
mod row;
mod scope;
mod server_files;
mod sessions;
mod store;
pub mod testing;
mod users;
mod version_time;

pub use account_write::AccountField;
pub use accounts::{AccountRecord, Actor, HistoryChange, HistoryEntry};
pub use audit::AuditBreak;
pub use dataset_write::{DatasetMeta, DatasetWriter};
pub use error::{Doing, StoreError};
pub use exports::ExportReceipt;
pub use filters::StoredFilter;
pub use idempotency::{Idempotent, StoredAnswer};
pub use imports::{Import, ImportMeta};
pub use leaves::LeafTable;
pub use objects::{GeocoderAddress, Loaded};
pub use outbox::{Changes, DatasetChange, OutboxListener, Snapshot};
pub use private_server::{PrivateServer, Purpose, ServerError};
pub use read_view::ReadView;
pub use records::{FigureRecord, FlowRecord};
pub use regions::{IndicatorFigure, IndicatorLevel, IndicatorSummary, RegionFlow, RegionMeta};
pub use sessions::{SessionLimits, TokenHash};
pub use store::Store;
pub use users::{NewUser, Role, Territory, User};

/// Result of every question to the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
