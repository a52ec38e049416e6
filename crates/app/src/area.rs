//! What area does a request mean? GeoJSON, or a set made of it: union, intersection, difference, outside, a band of
//! distance. A set becomes conditions on the place of a record and no geometry is ever cut, so that it is exact:
//! the edge of what is taken away is taken away too, and a record without a place is in no set.

use crate::error::AppError;
use crate::geojson::{parse_area, parse_shapes};
use geocrm_domain::{Filter, MultiPolygon};
use serde_json::{Map, Value as Json};

/// An area as it was drawn, or a set of areas as a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Area {
    Drawn(MultiPolygon),
    Set(Filter),
}

impl Area {
    fn filter(self) -> Filter {
        match self {
            Self::Drawn(area) => Filter::Within(area),
            Self::Set(filter) => filter,
        }
    }
}

const KNOWN: &str = "a GeoJSON Polygon or MultiPolygon, or an object with one of union, intersection, difference (lists of \
                     areas), outside (an area) or near ({around, from_m, to_m})";
/// Sets within sets.
const NESTING: usize = 16;

pub fn parse(json: &Json) -> Result<Area, AppError> {
    parse_nested(json, 0)
}

fn parse_nested(json: &Json, depth: usize) -> Result<Area, AppError> {
    let fault = |reason: &str| AppError::field("geometry", None, reason);
    if depth > NESTING {
        return Err(fault("the sets are nested too deeply"));
    }
    let members = json.as_object().ok_or_else(|| fault(KNOWN))?;
    if members.contains_key("type") {
        return Ok(Area::Drawn(parse_area(json)?));
    }
    let (op, operand) = match members.iter().next() {
        Some(only) if members.len() == 1 => only,
        _ => return Err(fault(KNOWN)),
    };
    let parts = || -> Result<Vec<Filter>, AppError> {
        let list = operand.as_array().filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| fault(KNOWN))?;
        let parts = list.iter().map(|part| parse_nested(part, depth + 1));
        parts.map(|part| part.map(Area::filter)).collect()
    };
    let not = |filter| Filter::Not(Box::new(filter));
    Ok(Area::Set(match op.as_str() {
        "union" => Filter::Or(parts()?),
        "intersection" => Filter::And(parts()?),
        "difference" => {
            let mut parts = parts()?.into_iter();
            let first = parts.next().ok_or_else(|| fault(KNOWN))?;
            Filter::And(std::iter::once(first).chain(parts.map(not)).collect())
        }
        "outside" => not(parse_nested(operand, depth + 1)?.filter()),
        "near" => near(operand.as_object().ok_or_else(|| fault(KNOWN))?)?,
        _ => return Err(fault(KNOWN)),
    }))
}

fn near(members: &Map<String, Json>) -> Result<Filter, AppError> {
    let fault = |field: &str| {
        AppError::field(
            field,
            None,
            "near takes `around` (GeoJSON points, lines or areas), `from_m` and `to_m` in whole metres",
        )
    };
    if let Some(other) = members
        .keys()
        .find(|name| !["around", "from_m", "to_m"].contains(&name.as_str()))
    {
        return Err(fault(other));
    }
    let metres = |name: &str| match members.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(number) => {
            let metres = number.as_u64().and_then(|m| u32::try_from(m).ok());
            metres.map(Some).ok_or_else(|| fault(name))
        }
    };
    let around = members.get("around").ok_or_else(|| fault("around"))?;
    Ok(Filter::Near {
        around: parse_shapes(around)?,
        low_m: metres("from_m")?.unwrap_or(0),
        high_m: metres("to_m")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geocrm_domain::LngLat;
    use serde_json::json;

    fn square(from: i32, to: i32) -> Json {
        json!({"type": "Polygon", "coordinates": [[[from, from], [to, from], [to, to], [from, to], [from, from]]]})
    }

    /// Whether a place is in the set, by the definition of each operation.
    fn holds(filter: &Filter, at: LngLat) -> bool {
        match filter {
            Filter::And(parts) => parts.iter().all(|part| holds(part, at)),
            Filter::Or(parts) => parts.iter().any(|part| holds(part, at)),
            Filter::Not(part) => !holds(part, at),
            Filter::Within(area) => area.contains(at),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sets_hold_what_their_names_say() {
        let (a, b) = (square(0, 2), square(1, 3));
        let at = |v: f64| LngLat::from_degrees(v, v).expect("a place");
        let inside = |json: Json| {
            let filter = parse(&json).expect("a set").filter();
            [0.5, 1.5, 2.5, 4.0].map(|v| holds(&filter, at(v)))
        };
        assert_eq!(inside(json!({"union": [a, b]})), [true, true, true, false]);
        assert_eq!(
            inside(json!({"intersection": [a, b]})),
            [false, true, false, false]
        );
        assert_eq!(
            inside(json!({"difference": [a, b]})),
            [true, false, false, false]
        );
        assert_eq!(inside(json!({"outside": a})), [false, false, true, true]);
        let both = json!({"difference": [{"union": [a, b]}, {"intersection": [a, b]}]});
        assert_eq!(inside(both), [true, false, true, false]);
    }

    #[test]
    fn what_is_no_set_is_named() {
        for fault in [
            json!({"union": []}),
            json!({"xor": [square(0, 1)]}),
            json!({"union": [square(0, 1)], "outside": square(0, 1)}),
            json!({"near": {"around": {"type": "Point", "coordinates": [5, 52]}, "to_km": 3}}),
            json!({"near": {"from_m": 3}}),
            json!([1]),
        ] {
            assert!(parse(&fault).is_err(), "{fault}");
        }
    }
}
