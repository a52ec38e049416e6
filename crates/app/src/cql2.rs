//! CQL2 (OGC 21-065r2) at the door: text or JSON in, our [`Filter`] out, and back to canonical JSON and
//! text. Names are looked up in the cube's catalogue here, literals are brought to the property's type,
//! and what we do not answer is refused by name, so that nothing user-given travels further as text.

use crate::geojson::{GeoJsonError, area_json, parse_area};
use cql2::Expr;
use geocrm_domain::catalogue::{ColumnType, Cube};
use geocrm_domain::{Compare, Filter, Value, limits};
use serde_json::{Value as Json, json};

/// Longest filter text and deepest nesting that is parsed at all.
const TEXT_BYTES: usize = 256 * 1024;
const NESTING: usize = 64;
/// Name of the record's place in spatial predicates.
const GEOMETRY_PROPERTY: &str = "geometry";

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
        "`{0}` is not supported in a filter; use =, <>, <, <=, >, >=, between, in, like, casei, is null, and, or, not, s_intersects or s_within"
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

struct Binder {
    cube: &'static Cube,
}

impl Binder {
    fn filter(&self, expr: &Expr) -> Result<Filter, Cql2Error> {
        let (op, args) = match expr {
            Expr::Operation { op, args } => (op.as_str(), args),
            Expr::Bool(true) => return Ok(Filter::And(Vec::new())),
            Expr::Bool(false) => return Ok(Filter::Or(Vec::new())),
            other => return Err(Cql2Error::Unsupported(describe(other))),
        };
        match (op, args.as_slice()) {
            ("and", parts) => Ok(Filter::And(self.filters(parts)?)),
            ("or", parts) => Ok(Filter::Or(self.filters(parts)?)),
            ("not", [inner]) => Ok(Filter::Not(Box::new(self.filter(inner)?))),
            ("isNull", [property]) => Ok(Filter::IsNull {
                property: self.property(property)?.0,
            }),
            ("between", [property, low, high]) => {
                let (property, kind) = self.property(property)?;
                let (low, high) = (
                    literal(&property, kind, low)?,
                    literal(&property, kind, high)?,
                );
                Ok(Filter::Between {
                    property,
                    low,
                    high,
                })
            }
            ("in", [property, list]) => self.in_list(property, list),
            ("like", [property, pattern]) => self.like(property, pattern),
            ("s_intersects" | "s_within", [place, area]) => within(place, area),
            ("s_disjoint", [place, area]) => Ok(Filter::Not(Box::new(within(place, area)?))),
            (op, [left, right]) => match comparison(op) {
                Some(op) => self.compare(op, left, right),
                None => Err(Cql2Error::Unsupported(op.to_owned())),
            },
            (op, _) => Err(Cql2Error::Unsupported(op.to_owned())),
        }
    }

    fn filters(&self, parts: &[Box<Expr>]) -> Result<Vec<Filter>, Cql2Error> {
        parts.iter().map(|part| self.filter(part)).collect()
    }

    fn property(&self, expr: &Expr) -> Result<(String, ColumnType), Cql2Error> {
        let Expr::Property { property } = expr else {
            return Err(Cql2Error::Unsupported(format!(
                "{} where a property is expected",
                describe(expr)
            )));
        };
        match self.cube.property_type(property) {
            Some(kind) => Ok((property.clone(), kind)),
            None => Err(Cql2Error::UnknownProperty {
                name: property.clone(),
                cube: self.cube.name,
                known: known_properties(self.cube),
            }),
        }
    }

    fn compare(&self, op: Compare, left: &Expr, right: &Expr) -> Result<Filter, Cql2Error> {
        let (op, left, right) = match (left, right) {
            (Expr::Property { .. }, _) => (op, left, right),
            (_, Expr::Property { .. }) => (mirrored(op), right, left),
            _ => (op, left, right),
        };
        let (property, kind) = self.property(left)?;
        if kind == ColumnType::Int
            && let Expr::Float(number) = right
            && number.fract() != 0.0
        {
            return Ok(fractional(property, op, *number));
        }
        let value = literal(&property, kind, right)?;
        Ok(Filter::Compare {
            property,
            op,
            value,
        })
    }

    fn in_list(&self, property: &Expr, list: &Expr) -> Result<Filter, Cql2Error> {
        let (property, kind) = self.property(property)?;
        let Expr::Array(items) = list else {
            return Err(Cql2Error::Unsupported(describe(list)));
        };
        if items.len() > limits::IN_LIST {
            return Err(Cql2Error::LongList(items.len()));
        }
        let values = items
            .iter()
            .map(|item| literal(&property, kind, item))
            .collect::<Result<_, _>>()?;
        Ok(Filter::In { property, values })
    }

    fn like(&self, property: &Expr, pattern: &Expr) -> Result<Filter, Cql2Error> {
        let (property, folded) = unfold(property);
        let (pattern, pattern_folded) = unfold(pattern);
        let (property, kind) = self.property(property)?;
        match (kind, pattern) {
            (ColumnType::Text, Expr::Literal(pattern)) => Ok(Filter::Like {
                property,
                pattern: pattern.clone(),
                fold_case: folded || pattern_folded,
            }),
            (_, other) => Err(wrong_type(&property, other, "text")),
        }
    }
}

/// `casei(x)` → (x, true).
fn unfold(expr: &Expr) -> (&Expr, bool) {
    match expr {
        Expr::Operation { op, args } if op == "casei" && args.len() == 1 => (&args[0], true),
        other => (other, false),
    }
}

/// Comparing whole numbers with a fraction: `x < 2.5` is `x <= 2`, `x = 2.5` never holds (but stays unknown for null).
fn fractional(property: String, op: Compare, number: f64) -> Filter {
    let (low, high) = (
        Value::Int(number.floor() as i64),
        Value::Int(number.ceil() as i64),
    );
    let compare = |op, value| Filter::Compare {
        property: property.clone(),
        op,
        value,
    };
    match op {
        Compare::Less | Compare::LessOrEqual => compare(Compare::LessOrEqual, low),
        Compare::Greater | Compare::GreaterOrEqual => compare(Compare::GreaterOrEqual, high),
        Compare::Equal => Filter::And(vec![
            compare(Compare::LessOrEqual, low),
            compare(Compare::GreaterOrEqual, high),
        ]),
        Compare::NotEqual => Filter::Or(vec![
            compare(Compare::LessOrEqual, low),
            compare(Compare::GreaterOrEqual, high),
        ]),
    }
}

fn known_properties(cube: &Cube) -> String {
    let mut names: Vec<&str> = cube
        .dimensions
        .iter()
        .map(|d| d.name)
        .chain(cube.columns.iter().map(|c| c.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| cube.property_type(name).is_some());
    names.join(", ")
}

fn comparison(op: &str) -> Option<Compare> {
    Some(match op {
        "=" => Compare::Equal,
        "<>" => Compare::NotEqual,
        "<" => Compare::Less,
        "<=" => Compare::LessOrEqual,
        ">" => Compare::Greater,
        ">=" => Compare::GreaterOrEqual,
        _ => return None,
    })
}

fn comparison_text(op: Compare) -> &'static str {
    match op {
        Compare::Equal => "=",
        Compare::NotEqual => "<>",
        Compare::Less => "<",
        Compare::LessOrEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterOrEqual => ">=",
    }
}

fn mirrored(op: Compare) -> Compare {
    match op {
        Compare::Less => Compare::Greater,
        Compare::LessOrEqual => Compare::GreaterOrEqual,
        Compare::Greater => Compare::Less,
        Compare::GreaterOrEqual => Compare::LessOrEqual,
        same => same,
    }
}

fn within(place: &Expr, area: &Expr) -> Result<Filter, Cql2Error> {
    match (place, area) {
        (Expr::Property { property }, Expr::Geometry(geometry))
            if property == GEOMETRY_PROPERTY =>
        {
            let json =
                serde_json::to_value(geometry).map_err(|e| Cql2Error::Syntax(e.to_string()))?;
            Ok(Filter::Within(parse_area(&json)?))
        }
        (Expr::Geometry(_), Expr::Property { .. }) => within(area, place),
        (Expr::Property { property }, Expr::Geometry(_)) => Err(Cql2Error::Unsupported(format!(
            "{property} in a spatial predicate (the place of a record is called {GEOMETRY_PROPERTY})"
        ))),
        (_, other) => Err(Cql2Error::Unsupported(describe(other))),
    }
}

fn literal(property: &str, kind: ColumnType, expr: &Expr) -> Result<Value, Cql2Error> {
    match (kind, expr) {
        (_, Expr::Null) => Ok(Value::Null),
        (ColumnType::Int, Expr::Float(number))
            if number.fract() == 0.0 && number.abs() < 9.0e15 =>
        {
            Ok(Value::Int(*number as i64))
        }
        (ColumnType::Text, Expr::Literal(text)) => Ok(Value::Text(text.clone())),
        (ColumnType::Date, Expr::Literal(text)) => date(property, text),
        (ColumnType::Date, Expr::Date { date: inner }) => match inner.as_ref() {
            Expr::Literal(text) => date(property, text),
            other => Err(wrong_type(property, other, "a date (YYYY-MM-DD)")),
        },
        (ColumnType::Int, other) => Err(wrong_type(property, other, "whole numbers")),
        (ColumnType::Date, other) => Err(wrong_type(property, other, "dates")),
        (_, other) => Err(wrong_type(property, other, "text")),
    }
}

fn date(property: &str, text: &str) -> Result<Value, Cql2Error> {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map(Value::Date)
        .map_err(|_| Cql2Error::WrongType {
            property: property.to_owned(),
            value: format!("'{text}'"),
            expected: "dates (YYYY-MM-DD)",
        })
}

fn wrong_type(property: &str, expr: &Expr, expected: &'static str) -> Cql2Error {
    Cql2Error::WrongType {
        property: property.to_owned(),
        value: describe(expr),
        expected,
    }
}

fn describe(expr: &Expr) -> String {
    match expr {
        Expr::Operation { op, .. } => op.clone(),
        Expr::Property { property } => property.clone(),
        Expr::Float(number) => number.to_string(),
        Expr::Literal(text) => format!("'{text}'"),
        Expr::Bool(truth) => truth.to_string(),
        Expr::Array(_) => "a list".to_owned(),
        Expr::Geometry(_) => "a geometry".to_owned(),
        Expr::BBox { .. } => "bbox".to_owned(),
        Expr::Interval { .. } => "interval".to_owned(),
        Expr::Timestamp { .. } => "timestamp".to_owned(),
        Expr::Date { .. } => "date".to_owned(),
        Expr::Null => "null".to_owned(),
    }
}

/// Canonical CQL2 JSON of a filter.
pub fn to_json(filter: &Filter) -> Json {
    let op = |op: &str, args: Vec<Json>| json!({"op": op, "args": args});
    let property = |name: &str| json!({"property": name});
    match filter {
        Filter::And(parts) if parts.is_empty() => Json::Bool(true),
        Filter::Or(parts) if parts.is_empty() => Json::Bool(false),
        Filter::And(parts) | Filter::Or(parts) if parts.len() == 1 => to_json(&parts[0]),
        Filter::And(parts) => op("and", parts.iter().map(to_json).collect()),
        Filter::Or(parts) => op("or", parts.iter().map(to_json).collect()),
        Filter::Not(inner) => op("not", vec![to_json(inner)]),
        Filter::Compare {
            property: name,
            op: comparison,
            value,
        } => op(
            comparison_text(*comparison),
            vec![property(name), value_json(value)],
        ),
        Filter::Between {
            property: name,
            low,
            high,
        } => op(
            "between",
            vec![property(name), value_json(low), value_json(high)],
        ),
        Filter::In {
            property: name,
            values,
        } => op(
            "in",
            vec![
                property(name),
                Json::Array(values.iter().map(value_json).collect()),
            ],
        ),
        Filter::Like {
            property: name,
            pattern,
            fold_case: false,
        } => op("like", vec![property(name), json!(pattern)]),
        Filter::Like {
            property: name,
            pattern,
            fold_case: true,
        } => op(
            "like",
            vec![
                op("casei", vec![property(name)]),
                op("casei", vec![json!(pattern)]),
            ],
        ),
        Filter::IsNull { property: name } => op("isNull", vec![property(name)]),
        Filter::Within(area) => op(
            "s_intersects",
            vec![property(GEOMETRY_PROPERTY), area_json(area)],
        ),
    }
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(int) => json!(int),
        Value::Text(text) => json!(text),
        Value::Date(date) => json!({"date": date.to_string()}),
    }
}

/// CQL2 text of a filter, for people and receipts.
pub fn to_text(filter: &Filter) -> String {
    let expr: Result<Expr, _> = serde_json::from_value(to_json(filter));
    expr.ok()
        .and_then(|e| e.to_text().ok())
        .unwrap_or_else(|| to_json(filter).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geocrm_domain::catalogue::ACCOUNTS;

    fn parsed(text: &str) -> Result<Filter, Cql2Error> {
        parse_text(&ACCOUNTS, text)
    }

    #[test]
    fn text_and_json_give_the_same_filter_and_back() {
        for text in [
            "status = 'customer' AND building_year < 1945",
            "category IN ('Horeca', 'Retail') OR revenue_cents BETWEEN 100 AND 200",
            "NOT (city LIKE 'Am%')",
            "casei(city) LIKE casei('am%')",
            "last_contact_on >= DATE('2026-01-01')",
            "owner IS NULL",
            "s_intersects(geometry, POLYGON((4 52, 5 52, 5 53, 4 52)))",
        ] {
            let filter = parsed(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(
                parse_json(&ACCOUNTS, &to_json(&filter)).as_ref(),
                Ok(&filter),
                "{text}"
            );
            assert_eq!(
                parsed(&to_text(&filter)).as_ref(),
                Ok(&filter),
                "{text} → {}",
                to_text(&filter)
            );
        }
    }

    #[test]
    fn a_number_on_the_left_is_turned_around() {
        assert_eq!(
            parsed("1945 > building_year"),
            parsed("building_year < 1945")
        );
    }

    #[test]
    fn faults_are_named() {
        assert!(matches!(
            parsed("colour = 'red'"),
            Err(Cql2Error::UnknownProperty { .. })
        ));
        assert!(matches!(
            parsed("building_year = 'old'"),
            Err(Cql2Error::WrongType { .. })
        ));
        assert!(matches!(
            parsed("last_contact_on > '2026-13-01'"),
            Err(Cql2Error::WrongType { .. })
        ));
        assert!(matches!(parsed("status = "), Err(Cql2Error::Syntax(_))));
        assert!(matches!(
            parsed("building_year + 1 = 2"),
            Err(Cql2Error::Unsupported(_))
        ));
        assert!(matches!(
            parsed("region_id = 7"),
            Err(Cql2Error::UnknownProperty { .. })
        ));
        assert_eq!(parsed(&"(".repeat(100)), Err(Cql2Error::TooLarge));
    }

    #[test]
    fn comparing_with_a_fraction_keeps_whole_numbers_exact() {
        assert_eq!(
            parsed("building_year < 1944.5"),
            parsed("building_year <= 1944")
        );
        assert_eq!(
            parsed("building_year >= 1944.5"),
            parsed("building_year >= 1945")
        );
    }
}
