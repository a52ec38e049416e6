//! Shapes between the domain's whole 1e-7 degrees and the WKB that PostGIS reads and writes. Dividing by
//! 1e7 and rounding back is exact over the whole globe, so a shape comes back as it went in.

use geo_types::{Coord, Geometry as Geo, LineString as GeoLine, Polygon as GeoPolygon};
use geocrm_domain::{LineString, LngLat, MultiPolygon, Polygon, Ring};
use geozero::wkb::Wkb;
use geozero::{CoordDimensions, ToGeo, ToWkb};

const SRID: i32 = 4326;

fn closed(ring: &[LngLat], coord: impl Fn(LngLat) -> Coord) -> GeoLine {
    let mut coords: Vec<Coord> = ring.iter().map(|p| coord(*p)).collect();
    coords.extend(coords.first().copied());
    GeoLine(coords)
}

fn polygon(polygon: &Polygon, coord: impl Fn(LngLat) -> Coord + Copy) -> GeoPolygon {
    let holes = polygon.holes.iter().map(|h| closed(h, coord)).collect();
    GeoPolygon::new(closed(&polygon.exterior, coord), holes)
}

/// EWKB in EPSG:4326.
pub(crate) fn area_to_ewkb(area: &MultiPolygon) -> Result<Vec<u8>, geozero::error::GeozeroError> {
    let parts = area.0.iter().map(|p| polygon(p, LngLat::to_geo_coord));
    Geo::MultiPolygon(parts.collect()).to_ewkb(CoordDimensions::xy(), Some(SRID))
}

/// EWKB in EPSG:4326.
pub(crate) fn line_to_ewkb(line: &[LngLat]) -> Result<Vec<u8>, geozero::error::GeozeroError> {
    let coords = line.iter().map(|p| p.to_geo_coord()).collect();
    Geo::LineString(GeoLine(coords)).to_ewkb(CoordDimensions::xy(), Some(SRID))
}

/// WKB without a reference system over the integer coordinates themselves, which doubles hold exactly.
pub(crate) fn polygon_to_e7_wkb(p: &Polygon) -> Result<Vec<u8>, geozero::error::GeozeroError> {
    let e7 = |p: LngLat| Coord {
        x: f64::from(p.lng_e7),
        y: f64::from(p.lat_e7),
    };
    Geo::Polygon(polygon(p, e7)).to_wkb(CoordDimensions::xy())
}

fn e7(coord: Coord) -> LngLat {
    LngLat::from_e7(
        (coord.x * 1e7).round() as i32,
        (coord.y * 1e7).round() as i32,
    )
}

fn ring(line: &GeoLine) -> Ring {
    let open = line.0.len().saturating_sub(1);
    line.0[..open].iter().map(|c| e7(*c)).collect()
}

/// Reads the answer of `ST_AsBinary`; a polygon counts as a multipolygon of one.
pub(crate) fn area_from_wkb(wkb: Vec<u8>) -> Result<MultiPolygon, sqlx::Error> {
    let geo = Wkb(wkb)
        .to_geo()
        .map_err(|e| sqlx::Error::Decode(e.into()))?;
    let read = |p: &GeoPolygon| Polygon {
        exterior: ring(p.exterior()),
        holes: p.interiors().iter().map(ring).collect(),
    };
    match geo {
        Geo::MultiPolygon(parts) => Ok(MultiPolygon(parts.iter().map(read).collect())),
        Geo::Polygon(one) => Ok(MultiPolygon(vec![read(&one)])),
        _ => Err(sqlx::Error::Decode("not an area".into())),
    }
}

/// Reads the answer of `ST_AsBinary`.
pub(crate) fn line_from_wkb(wkb: Vec<u8>) -> Result<LineString, sqlx::Error> {
    match Wkb(wkb)
        .to_geo()
        .map_err(|e| sqlx::Error::Decode(e.into()))?
    {
        Geo::LineString(line) => Ok(line.0.iter().map(|c| e7(*c)).collect()),
        _ => Err(sqlx::Error::Decode("not a line".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_with_a_hole_comes_back_unchanged() {
        let p = LngLat::from_e7;
        let area = MultiPolygon(vec![Polygon {
            exterior: vec![
                p(-1_799_999_999, -899_999_999),
                p(1_799_999_999, 1),
                p(7, 899_999_999),
            ],
            holes: vec![vec![p(1, 2), p(48_999_999, 3), p(4, 523_700_001)]],
        }]);
        let wkb = area_to_ewkb(&area).expect("it encodes");
        // The reference system sits between the type and the parts; the reader without it is PostGIS's ST_AsBinary.
        let plain: Vec<u8> = [&wkb[..1], &[6, 0, 0, 0], &wkb[9..]].concat();
        assert_eq!(i32::from_le_bytes([wkb[5], wkb[6], wkb[7], wkb[8]]), 4326);
        assert_eq!(area_from_wkb(plain).expect("it decodes"), area);
    }
}
