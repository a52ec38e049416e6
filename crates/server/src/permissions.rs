//! Who may call which route: the one table that drives the gate, the manual and the tests. A route that
//! has no row here answers 404 to everybody, and a test compares the table with the router's own list.

use axum::http::Method;

/// What a caller must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody who reaches the server.
    Public,
    /// Anybody signed in; what they see is narrowed by their scope.
    SignedIn,
    /// Those who see records one by one; whoever sees sums only changes nothing.
    KeepsRecords,
    Administrator,
}

pub struct Row {
    pub method: Method,
    pub path: &'static str,
    pub who: Who,
}

const fn row(method: Method, path: &'static str, who: Who) -> Row {
    Row { method, path, who }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

pub const TABLE: &[Row] = &[
    row(GET, "/health", Who::Public),
    row(GET, "/api/v1/openapi.json", Who::Public),
    row(GET, "/api/v1/session", Who::Public),
    row(POST, "/api/v1/session", Who::Public),
    row(POST, "/api/v1/setup", Who::Public),
    row(DELETE, "/api/v1/session", Who::SignedIn),
    row(PATCH, "/api/v1/session", Who::SignedIn),
    row(GET, "/api/v1/catalogue", Who::SignedIn),
    row(GET, "/api/v1/datasets", Who::SignedIn),
    row(POST, "/api/v1/filters", Who::SignedIn),
    row(GET, "/api/v1/filters/{hash}", Who::SignedIn),
    row(POST, "/api/v1/cubes/{cube}/query", Who::SignedIn),
    row(POST, "/api/v1/cubes/{cube}/batch", Who::SignedIn),
    row(POST, "/api/v1/cubes/{cube}/pivot", Who::SignedIn),
    row(POST, "/api/v1/apportion", Who::SignedIn),
    row(POST, "/api/v1/cubes/{cube}/records", Who::SignedIn),
    row(POST, "/api/v1/accounts", Who::KeepsRecords),
    row(GET, "/api/v1/accounts/{id}", Who::SignedIn),
    row(PATCH, "/api/v1/accounts/{id}", Who::KeepsRecords),
    row(DELETE, "/api/v1/accounts/{id}", Who::KeepsRecords),
    row(POST, "/api/v1/accounts/{id}/restore", Who::KeepsRecords),
    row(PUT, "/api/v1/accounts/{id}/place", Who::KeepsRecords),
    row(POST, "/api/v1/accounts/{id}/geocode", Who::KeepsRecords),
    row(GET, "/api/v1/accounts/{id}/history", Who::SignedIn),
    row(POST, "/api/v1/geocode", Who::SignedIn),
    row(POST, "/api/v1/geocode/batch", Who::SignedIn),
    row(GET, "/api/v1/geocode/suggest", Who::SignedIn),
    row(GET, "/api/v1/geocode/reverse", Who::SignedIn),
    row(GET, "/api/v1/search", Who::SignedIn),
    row(GET, "/api/v1/regions/{level}", Who::SignedIn),
    row(GET, "/api/v1/regions/{level}/{code}", Who::SignedIn),
    row(GET, "/api/v1/surroundings", Who::SignedIn),
    row(GET, "/api/v1/addresses/{id}", Who::SignedIn),
    row(GET, "/api/v1/buildings/{id}", Who::SignedIn),
    row(GET, "/api/v1/roads/{id}", Who::SignedIn),
    row(POST, "/api/v1/exports", Who::SignedIn),
    row(GET, "/api/v1/exports/{id}", Who::SignedIn),
    row(GET, "/api/v1/exports/{id}/file", Who::SignedIn),
    row(POST, "/api/v1/exports/{id}/rerun", Who::SignedIn),
    row(GET, "/api/v1/events", Who::SignedIn),
    row(GET, "/tiles/{layer}", Who::SignedIn),
    row(GET, "/tiles/{layer}/{z}/{x}/{tile}", Who::SignedIn),
];

/// Who may call this route; `None` when the table does not know it.
pub fn who(method: &Method, path: &str) -> Option<Who> {
    let method = if method == Method::HEAD { &GET } else { method };
    TABLE
        .iter()
        .find(|row| row.method == *method && row.path == path)
        .map(|row| row.who)
}
