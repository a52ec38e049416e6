//! What does `GeoParquet` 1.1 ask of a file of points? Well-known binary for the place, a box beside it that a
//! reader prunes by, and a note in the footer that says so. Degrees come from whole 1e-7 degrees by one division,
//! so they are the nearest doubles; the box is of 32-bit floats rounded outwards, so it always covers the point.

use geocrm_domain::{BBox, LngLat};
use serde_json::json;

/// Key of the note in the footer.
pub(super) const KEY: &str = "geo";

/// Point in little-endian well-known binary (OGC 06-103r4, 8.2): 21 bytes.
pub(super) fn wkb(place: LngLat) -> Vec<u8> {
    let mut out = Vec::with_capacity(21);
    out.push(1);
    out.extend(1u32.to_le_bytes());
    out.extend(place.lng().to_le_bytes());
    out.extend(place.lat().to_le_bytes());
    out
}

/// The greatest float that is not above.
pub(super) fn float_below(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) > value {
        near.next_down()
    } else {
        near
    }
}

/// The least float that is not below.
pub(super) fn float_above(value: f64) -> f32 {
    -float_below(-value)
}

/// `GeoParquet` 1.1 file metadata; without a reference system it is longitude and latitude on WGS 84.
pub(super) fn note(bbox: Option<BBox>) -> String {
    let side = |name: &str| json!(["bbox", name]);
    let mut column = json!({
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "covering": {"bbox": {
            "xmin": side("xmin"), "ymin": side("ymin"), "xmax": side("xmax"), "ymax": side("ymax"),
        }},
    });
    if let Some(BBox { min, max }) = bbox {
        column["bbox"] = json!([min.lng(), min.lat(), max.lng(), max.lat()]);
    }
    json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_of_floats_covers_its_point() {
        for e7 in (-1_800_000_000..=1_800_000_000).step_by(77_777_777) {
            let lng = LngLat::from_e7(e7, 0).lng();
            let (low, high) = (float_below(lng), float_above(lng));
            assert!(f64::from(low) <= lng && lng <= f64::from(high), "{lng}");
            assert!(high <= low.next_up(), "{lng}: no wider than need be");
        }
    }
}
