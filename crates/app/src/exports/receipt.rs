//! What is kept of a written file? Its question in canonical JSON, to be asked again, and a digest of every row,
//! by which two answers are compared without keeping either.

use super::produce::Stamp;
use super::{ExportAsked, Format};
use crate::cql2;
use crate::error::AppError;
use crate::geojson::area_json;
use crate::selection::Selection;
use chrono::SecondsFormat;
use geocrm_domain::catalogue::{self, Cube};
use geocrm_domain::{LngLat, OrderBy, Value};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Key of a row and the digest of what was written of it: 16 bytes each.
pub(super) type RowDigest = [u8; 32];

pub(super) fn digest_of(values: &[Value], place: Option<LngLat>) -> RowDigest {
    let short = |text: String| {
        <[u8; 16]>::try_from(&Sha256::digest(text.as_bytes())[..16]).unwrap_or_default()
    };
    let mut digest = RowDigest::default();
    digest[..16].copy_from_slice(&short(format!("{:?}", values.first())));
    digest[16..].copy_from_slice(&short(format!("{values:?} {place:?}")));
    digest
}

/// The question in canonical JSON with the time of its version: what a receipt is re-run by.
pub(super) fn query_json(cube: &Cube, asked: &ExportAsked, stamp: &Stamp) -> Json {
    json!({
        "cube": cube.name,
        "filter": asked.selection.filter.as_ref().map(cql2::to_json),
        "geometry": asked.selection.geometry.as_ref().map(area_json),
        "order": asked.order.iter().map(|o| json!({"by": o.name, "descending": o.descending})).collect::<Json>(),
        "format": asked.format.extension(),
        "locale": asked.locale,
        "version_time": stamp.version_time.to_rfc3339_opts(SecondsFormat::Micros, true),
    })
}

/// What the file of a receipt says of its data.
pub(super) fn stamp_of(receipt: &geocrm_store::ExportReceipt) -> Result<Stamp, AppError> {
    let broken = |e: &dyn std::fmt::Display| AppError::internal("a stored receipt", e);
    let json: Json = serde_json::from_str(&receipt.query).map_err(|e| broken(&e))?;
    let time = json["version_time"].as_str().unwrap_or_default();
    Ok(Stamp {
        data_version: receipt.data_version.to_string(),
        version_time: time.parse().map_err(|e| broken(&e))?,
    })
}

pub(super) fn parse_query(text: &str) -> Result<(&'static Cube, ExportAsked), AppError> {
    let broken = |what: &str| AppError::internal("a stored receipt", what.to_owned());
    let json: Json =
        serde_json::from_str(text).map_err(|e| AppError::internal("a stored receipt", e))?;
    let cube = json["cube"]
        .as_str()
        .and_then(catalogue::cube)
        .ok_or_else(|| broken("names no cube"))?;
    let present = |part: &str| Some(&json[part]).filter(|v| !v.is_null());
    let order = json["order"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|o| {
            Some(OrderBy {
                name: o["by"].as_str()?.to_owned(),
                descending: o["descending"].as_bool()?,
            })
        });
    Ok((
        cube,
        ExportAsked {
            selection: Selection {
                filter: present("filter")
                    .map(|f| cql2::parse_json(cube, f))
                    .transpose()?,
                geometry: present("geometry")
                    .map(crate::geojson::parse_area)
                    .transpose()?,
            },
            order: order.collect(),
            format: json["format"]
                .as_str()
                .and_then(Format::parse)
                .ok_or_else(|| broken("names no format"))?,
            locale: json["locale"].as_str().unwrap_or("en").to_owned(),
        },
    ))
}

/// The same in words.
pub(super) fn query_text(cube: &Cube, asked: &ExportAsked) -> String {
    let filter = asked
        .selection
        .filter
        .as_ref()
        .map_or_else(|| "all".to_owned(), cql2::to_text);
    let area = asked
        .selection
        .geometry
        .as_ref()
        .map(|area| format!(" within an area of {} corners", area.vertex_count()))
        .unwrap_or_default();
    format!("{}: {filter}{area}", cube.name)
}

/// Rows added, gone and changed between two files.
pub(super) fn compare(before: &[u8], after: &[RowDigest]) -> (u64, u64, u64) {
    let (rows, _) = before.as_chunks::<32>();
    let mut old: HashMap<&[u8], &[u8]> = rows.iter().map(|row| row.split_at(16)).collect();
    let (mut added, mut changed) = (0, 0);
    for row in after {
        let (key, content) = row.split_at(16);
        match old.remove(key) {
            None => added += 1,
            Some(same) if same == content => {}
            Some(_) => changed += 1,
        }
    }
    (added, old.len() as u64, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_counted_by_key() {
        let row = |key: i64, name: &str| digest_of(&[Value::Int(key), Value::text(name)], None);
        let before = [row(1, "a"), row(2, "b"), row(3, "c")].concat();
        assert_eq!(
            compare(
                &before,
                &[row(1, "a"), row(2, "x"), row(4, "d"), row(5, "e")]
            ),
            (2, 1, 1)
        );
        assert_eq!(
            compare(&before, &[row(3, "c"), row(2, "b"), row(1, "a")]),
            (0, 0, 0)
        );
    }
}
