//! How far is a place from some shapes, in SQL? The formulas of `domain::geometry` once more: haversine to points, a local
//! plane through the place's latitude to the segments of lines and rings, nothing inside an area.

use super::Sql;
use super::condition::push_within;
use crate::Result;
use geocrm_domain::spatial::EARTH_RADIUS_M;
use geocrm_domain::{Geometry, LngLat};

/// True, false, or unknown without a place.
pub(super) fn push_near(
    sql: &mut Sql,
    around: &[Geometry],
    low_m: u32,
    high_m: Option<u32>,
) -> Result<()> {
    sql.push("(CASE WHEN lng_e7 IS NULL THEN NULL::boolean ELSE (SELECT coalesce(min(m), 'Infinity') >= ")
        .push_bind(f64::from(low_m));
    if let Some(high_m) = high_m {
        sql.push(" AND coalesce(min(m), 'Infinity') < ")
            .push_bind(f64::from(high_m));
    }
    sql.push(" FROM (SELECT 0::float8 AS m WHERE false");
    for area in around.iter().filter_map(Geometry::as_area) {
        sql.push(" UNION ALL SELECT 0::float8 WHERE ");
        push_within(sql, area)?;
    }
    let mut points = Vec::new();
    let mut segments = Vec::new();
    for shape in around {
        match shape {
            Geometry::Point(point) => points.push(*point),
            Geometry::Line(line) => match line[..] {
                [only] => points.push(only),
                _ => segments.extend(line.windows(2).map(|ends| (ends[0], ends[1]))),
            },
            Geometry::Area(area) => {
                let rings = area.0.iter().flat_map(geocrm_domain::Polygon::rings);
                segments.extend(rings.flat_map(|ring| {
                    let next = ring.iter().cycle().skip(1);
                    ring.iter().copied().zip(next.copied())
                }));
            }
        }
    }
    push_points(sql, &points);
    push_segments(sql, &segments);
    sql.push(") distances) END)");
    Ok(())
}

fn push_points(sql: &mut Sql, points: &[LngLat]) {
    sql.push(" UNION ALL SELECT 2 * ")
        .push_bind(EARTH_RADIUS_M)
        .push(
            " * asin(least(sqrt(sin(radians(lat - lat_e7 / 1e7::float8) / 2) ^ 2 \
             + cos(radians(lat_e7 / 1e7::float8)) * cos(radians(lat)) * sin(radians(lng - lng_e7 / 1e7::float8) / 2) ^ 2), 1)) \
             FROM unnest(",
        )
        .push_bind(points.iter().map(|p| p.lng()).collect::<Vec<f64>>())
        .push("::float8[], ")
        .push_bind(points.iter().map(|p| p.lat()).collect::<Vec<f64>>())
        .push("::float8[]) AS point(lng, lat)");
}

fn push_segments(sql: &mut Sql, segments: &[(LngLat, LngLat)]) {
    let metre_per_degree = EARTH_RADIUS_M.to_radians();
    sql.push(
        " UNION ALL SELECT sqrt((ax + t * dx) ^ 2 + (ay + t * dy) ^ 2) FROM (SELECT ax, ay, dx, dy, \
         CASE WHEN dx * dx + dy * dy = 0 THEN 0 \
         ELSE least(greatest(-(ax * dx + ay * dy) / (dx * dx + dy * dy), 0), 1) END AS t FROM (\
         SELECT ax, ay, bx - ax AS dx, by - ay AS dy FROM (SELECT (a_lng - lng_e7 / 1e7::float8) * east AS ax, \
         (a_lat - lat_e7 / 1e7::float8) * north AS ay, (b_lng - lng_e7 / 1e7::float8) * east AS bx, \
         (b_lat - lat_e7 / 1e7::float8) * north AS by FROM (SELECT a_lng, a_lat, b_lng, b_lat, north, \
         north * cos(radians(lat_e7 / 1e7::float8)) AS east FROM (SELECT ",
    )
    .push_bind(metre_per_degree)
    .push("::float8 AS north) metre, unnest(");
    let part = |of: fn(&(LngLat, LngLat)) -> f64| segments.iter().map(of).collect::<Vec<f64>>();
    sql.push_bind(part(|s| s.0.lng())).push("::float8[], ");
    sql.push_bind(part(|s| s.0.lat())).push("::float8[], ");
    sql.push_bind(part(|s| s.1.lng())).push("::float8[], ");
    sql.push_bind(part(|s| s.1.lat()))
        .push("::float8[]) AS segment(a_lng, a_lat, b_lng, b_lat)) scaled) ends) steps) nearest");
}
