//! What does an expression mean for a cube? Names are looked up in the catalogue here, literals are brought
//! to the property's type, and what we do not answer is refused by name, so that nothing user-given travels
//! further as text.

use super::{Cql2Error, GEOMETRY_PROPERTY};
use crate::geojson::{parse_area, parse_shapes};
use cql2::Expr;
use geocrm_domain::catalogue::{ColumnType, Cube};
use geocrm_domain::{BBox, Compare, Filter, Geometry, LngLat, MultiPolygon, Value, limits};

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
            ("isNull", [place]) if is_place(place) => Ok(Filter::IsNull {
                property: GEOMETRY_PROPERTY.to_owned(),
            }),
            ("isNull", [property]) => Ok(Filter::IsNull {
                property: self.property(property)?.0,
            }),
            ("between", [property, low, high]) if is_fraction(low) || is_fraction(high) => {
                let from = self.compare(Compare::GreaterOrEqual, property, low)?;
                let to = self.compare(Compare::LessOrEqual, property, high)?;
                Ok(Filter::And(vec![from, to]))
            }
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
            ("near", [place, around, low]) => near(place, around, low, None),
            ("near", [place, around, low, high]) => near(place, around, low, Some(high)),
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
            (_, Expr::Property { .. }) | (Expr::Literal(_), Expr::Operation { .. }) => {
                (mirrored(op), right, left)
            }
            _ => (op, left, right),
        };
        let ((left, left_folded), (right, right_folded)) = (unfold(left), unfold(right));
        if left_folded || right_folded {
            return self.compare_folded(op, left, right);
        }
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

    /// Either side in `casei` compares both in lower case.
    fn compare_folded(&self, op: Compare, left: &Expr, right: &Expr) -> Result<Filter, Cql2Error> {
        let (op, left, right) = match (left, right) {
            (Expr::Literal(_), Expr::Property { .. }) => (mirrored(op), right, left),
            _ => (op, left, right),
        };
        let (property, kind) = self.property(left)?;
        match (kind, right) {
            (ColumnType::Text, Expr::Literal(value)) => Ok(Filter::Folded {
                property,
                op,
                value: value.clone(),
            }),
            (_, other) => Err(wrong_type(&property, other, "text")),
        }
    }

    fn in_list(&self, property: &Expr, list: &Expr) -> Result<Filter, Cql2Error> {
        let Expr::Array(items) = list else {
            return Err(Cql2Error::Unsupported(describe(list)));
        };
        if items.len() > limits::IN_LIST {
            return Err(Cql2Error::LongList(items.len()));
        }
        let (property, folded) = unfold(property);
        if folded || items.iter().any(|item| unfold(item).1) {
            let items = items
                .iter()
                .map(|item| self.compare_folded(Compare::Equal, property, unfold(item).0));
            return Ok(Filter::Or(items.collect::<Result<_, _>>()?));
        }
        if items.iter().any(|item| is_fraction(item)) {
            let items = items
                .iter()
                .map(|item| self.compare(Compare::Equal, property, item));
            return Ok(Filter::Or(items.collect::<Result<_, _>>()?));
        }
        let (property, kind) = self.property(property)?;
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

fn is_place(expr: &Expr) -> bool {
    matches!(expr, Expr::Property { property } if property == GEOMETRY_PROPERTY)
}

fn is_fraction(expr: &Expr) -> bool {
    matches!(expr, Expr::Float(number) if number.fract() != 0.0)
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
            Ok(Filter::Within(match parse_shapes(&json)?.as_slice() {
                [Geometry::Point(point)] => MultiPolygon::from_bbox(BBox {
                    min: *point,
                    max: *point,
                }),
                _ => parse_area(&json)?,
            }))
        }
        (Expr::Property { property }, Expr::BBox { bbox }) if property == GEOMETRY_PROPERTY => {
            Ok(Filter::Within(MultiPolygon::from_bbox(corners(bbox)?)))
        }
        (Expr::BBox { .. } | Expr::Geometry(_), Expr::Property { .. }) => within(area, place),
        (Expr::Property { property }, Expr::Geometry(_)) => Err(Cql2Error::Unsupported(format!(
            "{property} in a spatial predicate (the place of a record is called {GEOMETRY_PROPERTY})"
        ))),
        (_, other) => Err(Cql2Error::Unsupported(describe(other))),
    }
}

/// West, south, east and north of a box; with six numbers the heights are passed over.
fn corners(bbox: &[Box<Expr>]) -> Result<BBox, Cql2Error> {
    let numbers: Vec<f64> = bbox
        .iter()
        .filter_map(|part| match part.as_ref() {
            Expr::Float(number) => Some(*number),
            _ => None,
        })
        .collect();
    let corners = match numbers[..] {
        [west, south, east, north] | [west, south, _, east, north, _] => {
            LngLat::from_degrees(west, south).zip(LngLat::from_degrees(east, north))
        }
        _ => None,
    };
    let ordered =
        |(min, max): &(LngLat, LngLat)| min.lng_e7 <= max.lng_e7 && min.lat_e7 <= max.lat_e7;
    match corners.filter(ordered) {
        Some((min, max)) => Ok(BBox { min, max }),
        None => Err(Cql2Error::Unsupported(
            "a bbox other than west, south, east, north in degrees".to_owned(),
        )),
    }
}

/// `near(geometry, shape, from, to)` in whole metres.
fn near(place: &Expr, around: &Expr, low: &Expr, high: Option<&Expr>) -> Result<Filter, Cql2Error> {
    let metres = |expr: &Expr| match expr {
        Expr::Float(m) if m.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(m) => {
            Ok(*m as u32)
        }
        other => Err(wrong_type("near", other, "whole metres")),
    };
    match (place, around) {
        (Expr::Property { property }, Expr::Geometry(shape)) if property == GEOMETRY_PROPERTY => {
            let json = serde_json::to_value(shape).map_err(|e| Cql2Error::Syntax(e.to_string()))?;
            Ok(Filter::Near {
                around: parse_shapes(&json)?,
                low_m: metres(low)?,
                high_m: high.map(metres).transpose()?,
            })
        }
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
        (ColumnType::Text, Expr::Literal(text)) => Ok(Value::text(text.clone())),
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
