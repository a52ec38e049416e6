//! What is a place, and what is an area? Whole 1e-7 degrees with straight edges between them, the edge inside and
//! orientation exact, as GeoCRM documents it. Written here once more and not taken over, so that an agreement of
//! both is not one program's mistake.

use anyhow::{Context, bail, ensure};
use serde_json::Value as Json;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LngLat {
    pub lng_e7: i32,
    pub lat_e7: i32,
}

/// A box; its corners belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub min: LngLat,
    pub max: LngLat,
}

/// Vertices without the repeated last one, three or more.
pub type Ring = Vec<LngLat>;

/// The exterior first, then holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polygon(pub Vec<Ring>);

/// One polygon or more; a place in any of them is in the area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area(pub Vec<Polygon>);

/// Where a place lies with respect to a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Inside,
    Edge,
    Outside,
}

impl LngLat {
    pub const fn new(lng_e7: i32, lat_e7: i32) -> Self {
        Self { lng_e7, lat_e7 }
    }

    /// `None` outside ±180 and ±90 degrees.
    pub fn from_degrees(lng: f64, lat: f64) -> Option<Self> {
        let inside = lng.abs() <= 180.0 && lat.abs() <= 90.0;
        let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
        inside.then(|| Self::new(e7(lng), e7(lat)))
    }

    pub fn lng(self) -> f64 {
        f64::from(self.lng_e7) / 1e7
    }

    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }
}

impl Bounds {
    /// `None` around nothing.
    pub fn around(places: &[LngLat]) -> Option<Self> {
        let first = *places.first()?;
        let start = Self {
            min: first,
            max: first,
        };
        Some(places.iter().fold(start, |bounds, at| Self {
            min: LngLat::new(
                bounds.min.lng_e7.min(at.lng_e7),
                bounds.min.lat_e7.min(at.lat_e7),
            ),
            max: LngLat::new(
                bounds.max.lng_e7.max(at.lng_e7),
                bounds.max.lat_e7.max(at.lat_e7),
            ),
        }))
    }

    pub fn contains(&self, at: LngLat) -> bool {
        (self.min.lng_e7..=self.max.lng_e7).contains(&at.lng_e7)
            && (self.min.lat_e7..=self.max.lat_e7).contains(&at.lat_e7)
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.min.lng_e7 <= other.max.lng_e7
            && other.min.lng_e7 <= self.max.lng_e7
            && self.min.lat_e7 <= other.max.lat_e7
            && other.min.lat_e7 <= self.max.lat_e7
    }

    /// North-west, north-east, south-east and south-west.
    pub fn corners(&self) -> [LngLat; 4] {
        [
            LngLat::new(self.min.lng_e7, self.max.lat_e7),
            self.max,
            LngLat::new(self.max.lng_e7, self.min.lat_e7),
            self.min,
        ]
    }

    pub fn area(&self) -> Area {
        Area(vec![Polygon(vec![self.corners().to_vec()])])
    }
}

/// Twice the signed area of the triangle: positive when `p` is left of the way from `a` to `b`.
pub fn orientation(a: LngLat, b: LngLat, p: LngLat) -> i128 {
    let minus = |v: i32, w: i32| i128::from(v) - i128::from(w);
    minus(b.lng_e7, a.lng_e7) * minus(p.lat_e7, a.lat_e7)
        - minus(b.lat_e7, a.lat_e7) * minus(p.lng_e7, a.lng_e7)
}

/// What one edge says of a place: that it lies on it, or whether a ray from it to the west crosses the edge.
pub fn meets_edge(a: LngLat, b: LngLat, p: LngLat) -> Option<bool> {
    let turn = orientation(a, b, p);
    let on_line = turn == 0;
    if on_line && Bounds::around(&[a, b]).is_some_and(|bounds| bounds.contains(p)) {
        return None;
    }
    let spans = (a.lat_e7 > p.lat_e7) != (b.lat_e7 > p.lat_e7);
    // Upwards the place must be right of the edge, downwards left of it.
    Some(spans && (turn < 0) == (a.lat_e7 < b.lat_e7))
}

impl Area {
    /// Area of a GeoJSON `Polygon` or `MultiPolygon`, seven decimals kept.
    pub fn from_json(json: &Json) -> anyhow::Result<Self> {
        let shape = json["coordinates"]
            .as_array()
            .context("an area has coordinates")?;
        let polygons = match json["type"].as_str() {
            Some("Polygon") => vec![polygon(shape)?],
            Some("MultiPolygon") => shape
                .iter()
                .map(|rings| polygon(rings.as_array().context("a polygon is a list of rings")?))
                .collect::<Result<_, _>>()?,
            other => bail!("an area is a Polygon or a MultiPolygon, not {other:?}"),
        };
        ensure!(!polygons.is_empty(), "an area has a polygon");
        Ok(Self(polygons))
    }

    /// For the way to the nodes: little-endian 32-bit numbers, every list behind its length.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut push = |number: i32| out.extend(number.to_le_bytes());
        push(self.0.len() as i32);
        for Polygon(rings) in &self.0 {
            push(rings.len() as i32);
            for ring in rings {
                push(ring.len() as i32);
                for vertex in ring {
                    push(vertex.lng_e7);
                    push(vertex.lat_e7);
                }
            }
        }
        out
    }

    /// What [`Self::to_bytes`] wrote; `None` when it is something else.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let polygons = (0..number(bytes)?)
            .map(|_| {
                let rings = (0..number(bytes)?).map(|_| {
                    (0..number(bytes)?)
                        .map(|_| Some(LngLat::new(number(bytes)?, number(bytes)?)))
                        .collect::<Option<Ring>>()
                });
                Some(Polygon(rings.collect::<Option<_>>()?))
            })
            .collect::<Option<_>>()?;
        bytes.is_empty().then_some(Self(polygons))
    }
}

fn number(bytes: &mut &[u8]) -> Option<i32> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(i32::from_le_bytes(*head))
}

fn polygon(rings: &[Json]) -> anyhow::Result<Polygon> {
    ensure!(!rings.is_empty(), "a polygon has an exterior");
    Ok(Polygon(rings.iter().map(ring).collect::<Result<_, _>>()?))
}

fn ring(json: &Json) -> anyhow::Result<Ring> {
    let positions = json.as_array().context("a ring is a list of positions")?;
    let position = |at: &Json| LngLat::from_degrees(at[0].as_f64()?, at[1].as_f64()?);
    let mut ring = positions
        .iter()
        .map(position)
        .collect::<Option<Ring>>()
        .context("a position is a longitude and a latitude")?;
    ensure!(ring.first() == ring.last(), "a ring ends where it begins");
    ring.pop();
    ring.dedup();
    ensure!(
        ring.len() >= 3,
        "a ring has three different positions or more"
    );
    Ok(ring)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_give_back_the_area_and_nothing_else() {
        let hole = json!([[4.1, 52.1], [4.2, 52.1], [4.2, 52.2], [4.1, 52.1]]);
        let json =
            json!({"type": "Polygon", "coordinates": [[[4, 52], [5, 52], [5, 53], [4, 52]], hole]});
        let area = Area::from_json(&json).expect("an area");
        let bytes = area.to_bytes();
        assert_eq!(Area::from_bytes(&bytes), Some(area));
        assert_eq!(Area::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Area::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn shapes_that_are_no_areas_are_refused() {
        for bad in [
            json!({"type": "Point", "coordinates": [4, 52]}),
            json!({"type": "Polygon", "coordinates": []}),
            json!({"type": "Polygon", "coordinates": [[[4, 52], [5, 52], [5, 53]]]}),
            json!({"type": "Polygon", "coordinates": [[[4, 52], [4, 52], [5, 53], [4, 52]]]}),
            json!({"type": "Polygon", "coordinates": [[[4, 52], [5, 52], [5, 93], [4, 52]]]}),
        ] {
            assert!(Area::from_json(&bad).is_err(), "{bad}");
        }
    }
}
