//! CQL2 (OGC 21-065r2) at the door: text or JSON in, our [`Filter`] out, and back to canonical JSON and
//! text. Here it is read and bounded before a recursive parser sees it; `bind` gives it its meaning.

mod bind;
#[cfg(test)]
mod tests;
mod write;

pub use write::{to_json, to_text};

use crate::geojson::GeoJsonError;
use bind::Binder;
use cql2::Expr;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{Filter, limits};
use serde_json::Value as Json;

/// Longest filter text and deepest nesting that is parsed at all.
const TEXT_BYTES: usize = 256 * 1024;
const NESTING: usize = 64;
/// Name of the record's place in spatial predicates.
const GEOMETRY_PROPERTY: &str = geocrm_domain::filter::PLACE;

/// Conformance classes of OGC 21-065r2 that filters meet. Beyond these, `near(geometry, shape, from, to)` is the
/// one function of our own.
pub const CONFORMANCE: [&str; 6] = [
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
];

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Cql2Error {
    #[error("the filter is not CQL2: {0}")]
    Syntax(String),
    #[error(
        "the filter is longer than {TEXT_BYTES} bytes, nested deeper than {NESTING} levels or has more than {} parts",
        limits::FILTER_NODES
    )]
    TooLarge,
    #[error("`{name}` is not a property of {cube}; known are: {known}")]
    UnknownProperty {
        name: String,
        cube: &'static str,
        known: String,
    },
    #[error("`{property}` is compared with {value}, but it holds {expected}")]
    WrongType {
        property: String,
        value: String,
        expected: &'static str,
    },
    #[error(
        "`{0}` is not supported in a filter; use =, <>, <, <=, >, >=, between, in, like, casei, is null, and, or, not, s_intersects, s_within, s_disjoint or near"
    )]
    Unsupported(String),
    #[error("an `in` list has {0} members; at most {max} are taken", max = limits::IN_LIST)]
    LongList(usize),
    #[error("the area of the filter: {0}")]
    Geometry(#[from] GeoJsonError),
}

/// Filter of a CQL2 text.
pub fn parse_text(cube: &'static Cube, text: &str) -> Result<Filter, Cql2Error> {
    guard_text(text)?;
    let expr =
        cql2::parse_text(text).map_err(|e| Cql2Error::Syntax(first_lines(&e.to_string())))?;
    bind(cube, &expr)
}

/// Filter of a CQL2 JSON value; a JSON string is read as CQL2 text.
pub fn parse_json(cube: &'static Cube, json: &Json) -> Result<Filter, Cql2Error> {
    if let Json::String(text) = json {
        return parse_text(cube, text);
    }
    guard_json(json, 0)?;
    let expr: Expr =
        serde_json::from_value(json.clone()).map_err(|e| Cql2Error::Syntax(e.to_string()))?;
    bind(cube, &expr)
}

fn bind(cube: &'static Cube, expr: &Expr) -> Result<Filter, Cql2Error> {
    let filter = Binder { cube }.filter(expr)?;
    if filter.node_count() > limits::FILTER_NODES {
        return Err(Cql2Error::TooLarge);
    }
    Ok(filter)
}

fn first_lines(message: &str) -> String {
    message
        .lines()
        .take(5)
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(400)
        .collect()
}

/// The parser recurses, so nesting is bounded before it starts.
fn guard_text(text: &str) -> Result<(), Cql2Error> {
    let mut depth = 0usize;
    let mut deepest = 0;
    let mut nots = 0;
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    for word in text.split_whitespace() {
        nots += usize::from(word.eq_ignore_ascii_case("not") || word.starts_with('-'));
    }
    if text.len() > TEXT_BYTES || deepest > NESTING || nots > limits::FILTER_NODES {
        return Err(Cql2Error::TooLarge);
    }
    Ok(())
}

fn guard_json(json: &Json, depth: usize) -> Result<(), Cql2Error> {
    if depth > NESTING {
        return Err(Cql2Error::TooLarge);
    }
    match json {
        Json::Array(items) => items
            .iter()
            .try_for_each(|item| guard_json(item, depth + 1)),
        Json::Object(map) => map
            .values()
            .try_for_each(|item| guard_json(item, depth + 1)),
        _ => Ok(()),
    }
}
