//! GeoJSON at the door: parsed into integer shapes with every fault named, and written back out.
//! RFC 7946 order (longitude first), straight edges, seven decimals.

use geocrm_domain::{Geometry, LngLat, MultiPolygon, Polygon, Ring, limits};
use geojson::{GeoJson, Value as Shape};
use serde_json::{Value as Json, json};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeoJsonError {
    #[error("this is not GeoJSON: {0}")]
    NotGeoJson(String),
    #[error("a Polygon or MultiPolygon is needed here, not a {0}")]
    NotAnArea(String),
    #[error(
        "ring {ring} of polygon {polygon} has {vertices} different vertices; three or more are needed"
    )]
    ShortRing {
        polygon: usize,
        ring: usize,
        vertices: usize,
    },
    #[error("ring {ring} of polygon {polygon} is not closed: its first and last position differ")]
    OpenRing { polygon: usize, ring: usize },
    #[error(
        "position {position} of ring {ring} of polygon {polygon} is not a longitude in ±180 and latitude in ±90"
    )]
    OutOfRange {
        polygon: usize,
        ring: usize,
        position: usize,
    },
    #[error(
        "the area has {vertices} vertices; at most {} are taken",
        limits::POLYGON_VERTICES
    )]
    TooManyVertices { vertices: usize },
    #[error("a position is not a longitude in ±180 and latitude in ±90")]
    PointOutOfRange,
    #[error("the area is empty")]
    Empty,
}

/// Area of a `GeoJSON` Polygon, `MultiPolygon`, Feature or `FeatureCollection` of them.
pub fn parse_area(json: &Json) -> Result<MultiPolygon, GeoJsonError> {
    let parsed = GeoJson::from_json_value(json.clone())
        .map_err(|e| GeoJsonError::NotGeoJson(e.to_string()))?;
    let mut polygons = Vec::new();
    match parsed {
        GeoJson::Geometry(geometry) => collect(geometry.value, &mut polygons)?,
        GeoJson::Feature(feature) => collect_feature(feature, &mut polygons)?,
        GeoJson::FeatureCollection(collection) => {
            for feature in collection.features {
                collect_feature(feature, &mut polygons)?;
            }
        }
    }
    let area = MultiPolygon(polygons);
    if area.0.is_empty() {
        return Err(GeoJsonError::Empty);
    }
    let vertices = area.vertex_count();
    if vertices > limits::POLYGON_VERTICES {
        return Err(GeoJsonError::TooManyVertices { vertices });
    }
    Ok(area)
}

/// Points, lines and areas of a `GeoJSON` geometry, collections taken apart.
pub fn parse_shapes(json: &Json) -> Result<Vec<Geometry>, GeoJsonError> {
    let geometry = geojson::Geometry::from_json_value(json.clone())
        .map_err(|e| GeoJsonError::NotGeoJson(e.to_string()))?;
    let mut shapes = Vec::new();
    collect_shapes(geometry.value, &mut shapes)?;
    if shapes.is_empty() {
        return Err(GeoJsonError::Empty);
    }
    Ok(shapes)
}

fn collect_shapes(shape: Shape, out: &mut Vec<Geometry>) -> Result<(), GeoJsonError> {
    let line = |positions: &[Vec<f64>]| {
        let line = positions.iter().map(|position| point(position));
        let line = line.collect::<Result<Vec<LngLat>, _>>()?;
        if line.len() < 2 {
            return Err(GeoJsonError::Empty);
        }
        Ok(Geometry::Line(line))
    };
    match shape {
        Shape::Point(position) => out.push(Geometry::Point(point(&position)?)),
        Shape::MultiPoint(positions) => {
            for position in &positions {
                out.push(Geometry::Point(point(position)?));
            }
        }
        Shape::LineString(positions) => out.push(line(&positions)?),
        Shape::MultiLineString(lines) => {
            for positions in &lines {
                out.push(line(positions)?);
            }
        }
        Shape::GeometryCollection(parts) => {
            for part in parts {
                collect_shapes(part.value, out)?;
            }
        }
        area => {
            let mut polygons = Vec::new();
            collect(area, &mut polygons)?;
            out.push(Geometry::Area(MultiPolygon(polygons)));
        }
    }
    Ok(())
}

fn point(position: &[f64]) -> Result<LngLat, GeoJsonError> {
    let point = match position {
        [lng, lat, ..] => LngLat::from_degrees(*lng, *lat),
        _ => None,
    };
    point.ok_or(GeoJsonError::PointOutOfRange)
}

fn collect_feature(feature: geojson::Feature, out: &mut Vec<Polygon>) -> Result<(), GeoJsonError> {
    let geometry = feature.geometry.ok_or(GeoJsonError::Empty)?;
    collect(geometry.value, out)
}

fn collect(shape: Shape, out: &mut Vec<Polygon>) -> Result<(), GeoJsonError> {
    match shape {
        Shape::Polygon(rings) => out.push(polygon(&rings, out.len() + 1)?),
        Shape::MultiPolygon(polygons) => {
            for rings in &polygons {
                out.push(polygon(rings, out.len() + 1)?);
            }
        }
        other => return Err(GeoJsonError::NotAnArea(other.type_name().to_owned())),
    }
    Ok(())
}

fn polygon(rings: &[Vec<Vec<f64>>], number: usize) -> Result<Polygon, GeoJsonError> {
    let mut parsed = rings
        .iter()
        .enumerate()
        .map(|(index, positions)| ring(positions, number, index + 1));
    let exterior = parsed.next().ok_or(GeoJsonError::Empty)??;
    Ok(Polygon {
        exterior,
        holes: parsed.collect::<Result<_, _>>()?,
    })
}

fn ring(positions: &[Vec<f64>], polygon: usize, ring: usize) -> Result<Ring, GeoJsonError> {
    let mut vertices = Ring::with_capacity(positions.len());
    for (index, position) in positions.iter().enumerate() {
        let vertex = match position.as_slice() {
            [lng, lat, ..] => LngLat::from_degrees(*lng, *lat),
            _ => None,
        };
        vertices.push(vertex.ok_or(GeoJsonError::OutOfRange {
            polygon,
            ring,
            position: index + 1,
        })?);
    }
    if vertices.len() > 1 && vertices.first() != vertices.last() {
        return Err(GeoJsonError::OpenRing { polygon, ring });
    }
    vertices.pop();
    vertices.dedup();
    if vertices.len() < 3 {
        return Err(GeoJsonError::ShortRing {
            polygon,
            ring,
            vertices: vertices.len(),
        });
    }
    Ok(vertices)
}

fn position(p: LngLat) -> Json {
    json!([p.lng(), p.lat()])
}

fn closed(ring: &Ring) -> Json {
    ring.iter()
        .chain(ring.first())
        .map(|p| position(*p))
        .collect()
}

fn rings(polygon: &Polygon) -> Json {
    polygon.rings().map(closed).collect()
}

/// GeoJSON geometry object; an area of one polygon is a Polygon.
pub fn geometry_json(geometry: &Geometry) -> Json {
    match geometry {
        Geometry::Point(p) => json!({"type": "Point", "coordinates": position(*p)}),
        Geometry::Line(line) => {
            json!({"type": "LineString", "coordinates": line.iter().map(|p| position(*p)).collect::<Json>()})
        }
        Geometry::Area(area) => area_json(area),
    }
}

/// `GeoJSON` Polygon or `MultiPolygon`.
pub fn area_json(area: &MultiPolygon) -> Json {
    match area.0.as_slice() {
        [only] => json!({"type": "Polygon", "coordinates": rings(only)}),
        many => {
            json!({"type": "MultiPolygon", "coordinates": many.iter().map(rings).collect::<Json>()})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_survives_the_round_trip() {
        let json = json!({"type": "Polygon", "coordinates": [
            [[4.0, 52.0], [5.0, 52.0], [5.0, 53.0], [4.0, 53.0], [4.0, 52.0]],
            [[4.2, 52.2], [4.8, 52.2], [4.8, 52.8], [4.2, 52.2]]]});
        let area = parse_area(&json).expect("valid");
        assert_eq!(area_json(&area), json);
    }

    #[test]
    fn every_fault_says_where() {
        let bad =
            |coordinates: Json| parse_area(&json!({"type": "Polygon", "coordinates": coordinates}));
        assert_eq!(
            bad(json!([[[4.0, 52.0], [5.0, 52.0], [5.0, 53.0]]])),
            Err(GeoJsonError::OpenRing {
                polygon: 1,
                ring: 1
            })
        );
        assert_eq!(
            bad(json!([[
                [4.0, 52.0],
                [5.0, 520.0],
                [5.0, 53.0],
                [4.0, 52.0]
            ]])),
            Err(GeoJsonError::OutOfRange {
                polygon: 1,
                ring: 1,
                position: 2
            })
        );
        assert_eq!(
            bad(json!([[[4.0, 52.0], [5.0, 52.0], [4.0, 52.0]]])),
            Err(GeoJsonError::ShortRing {
                polygon: 1,
                ring: 1,
                vertices: 2
            })
        );
        assert_eq!(
            parse_area(&json!({"type": "Point", "coordinates": [4.0, 52.0]})),
            Err(GeoJsonError::NotAnArea("Point".to_owned()))
        );
    }
}
