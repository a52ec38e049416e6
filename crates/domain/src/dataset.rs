//! Where loaded data comes from and what became of it.

use chrono::{DateTime, Utc};

/// A loaded version of a dataset, as the map's attribution and `geocrm doctor` show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Name of its recipe: `osm_amsterdam_centrum`.
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    /// What period or date the figures speak of: `2024`, `2021-10-28`.
    pub vintage: String,
    /// Rows stored, by kind: (`addresses`, 7907).
    pub row_counts: Vec<(String, i64)>,
    pub rejected: i64,
    pub loaded_at: DateTime<Utc>,
}

/// One row that was not taken, with where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// `buurten.geojson`, or a sheet or layer in it after a slash.
    pub file: String,
    /// `row 17`, `way 4711`, `feature 3`.
    pub element: String,
    /// Column or tag, where one is to blame.
    pub field: Option<String>,
    pub value: Option<String>,
    /// What was expected, in words for people.
    pub reason: String,
}
