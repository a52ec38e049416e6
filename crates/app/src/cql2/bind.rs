//! What does an expression mean for a cube? Names are looked up in the catalogue here, literals are brought
//! to the property's type, and what we do not answer is refused by name, so that nothing user-given travels
//! further as text.

use super::{Cql2Error, GEOMETRY_PROPERTY};
use crate::geojson::parse_area;
use cql2::Expr;
use geocrm_domain::catalogue::{ColumnType, Cube};
use geocrm_domain::{Compare, Filter, Value, limits};

pub(super) struct Binder {
    pub(super) cube: &'static Cube,
}

impl Binder {
    pub(super) fn filter(&self, expr: &Expr) -> Result<Filter, Cql2Error> {
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
            return Ok(fractional(&property, op, *number));
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
fn fractional(property: &str, op: Compare, number: f64) -> Filter {
    let (low, high) = (
        Value::Int(number.floor() as i64),
        Value::Int(number.ceil() as i64),
    );
    let compare = |op, value| Filter::Compare {
        property: property.to_owned(),
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
