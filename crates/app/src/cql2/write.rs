//! How is a filter written? As canonical JSON, the same for the same filter, and as text for people; both are
//! read back to the filter they came from.

use super::GEOMETRY_PROPERTY;
use crate::geojson::{area_json, geometry_json};
use cql2::Expr;
use geocrm_domain::{Compare, Filter, Geometry, MultiPolygon, Value};
use serde_json::{Value as Json, json};

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
        Filter::Folded {
            property: name,
            op: comparison,
            value,
        } => op(
            comparison_text(*comparison),
            vec![
                op("casei", vec![property(name)]),
                op("casei", vec![json!(value)]),
            ],
        ),
        Filter::Near {
            around,
            low_m,
            high_m,
        } => {
            let mut args = vec![
                property(GEOMETRY_PROPERTY),
                shapes_json(around),
                json!(low_m),
            ];
            args.extend(high_m.map(|high_m| json!(high_m)));
            op("near", args)
        }
        Filter::Within(area) if area.0.len() == 1 && is_point(area) => op(
            "s_intersects",
            vec![
                property(GEOMETRY_PROPERTY),
                geometry_json(&Geometry::Point(area.0[0].exterior[0])),
            ],
        ),
        Filter::Within(area) => op(
            "s_intersects",
            vec![property(GEOMETRY_PROPERTY), area_json(area)],
        ),
    }
}

/// The area that a point is read as.
fn is_point(area: &MultiPolygon) -> bool {
    area.bbox().is_some_and(|bbox| bbox.min == bbox.max)
}

/// One shape as itself, several as a collection.
fn shapes_json(shapes: &[Geometry]) -> Json {
    match shapes {
        [one] => geometry_json(one),
        many => {
            let shapes: Vec<Json> = many.iter().map(geometry_json).collect();
            json!({"type": "GeometryCollection", "geometries": shapes})
        }
    }
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

fn value_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(int) => json!(int),
        Value::Text(text) => json!(text.as_str()),
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
