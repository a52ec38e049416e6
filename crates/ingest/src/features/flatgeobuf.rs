//! `FlatGeobuf`. Its index and feature lengths are claims, so they are held against the file's size
//! before anything is reserved for them.

use super::{Feature, Raw};
use crate::error::IngestError;
use crate::table;
use flatgeobuf::{FallibleStreamingIterator, FeatureProperties, FgbReader};
use geozero::ToGeo;
use std::io::Cursor;
use std::path::Path;

pub(super) fn read(path: &Path) -> Result<Raw, IngestError> {
    let data = table::read_bounded(path, super::VECTOR_BYTES)?;
    let malformed = |place: String, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "FlatGeobuf",
        place,
        reason,
    };
    let length = data.len() as u64;
    let reader = FgbReader::open(Cursor::new(data.as_slice()))
        .map_err(|e| malformed("header".to_owned(), e.to_string()))?;
    let header = reader.header();
    let (claimed, node_size) = (header.features_count(), header.index_node_size());
    if claimed > length / 8 || node_size == 1 {
        return Err(malformed(
            "header".to_owned(),
            format!("claims {claimed} features in {length} bytes"),
        ));
    }
    let crs = header.crs().and_then(|crs| match crs.code() {
        0 => crs.wkt().map(str::to_owned),
        code => Some(format!("{}:{code}", crs.org().unwrap_or("EPSG"))),
    });
    let mut rows = reader
        .select_all_seq()
        .map_err(|e| malformed("index".to_owned(), e.to_string()))?;
    check_lengths(path, &data, header_end(&data, claimed, node_size))?;
    let mut features: Vec<Feature> = Vec::new();
    loop {
        let element = format!("feature {}", features.len() + 1);
        let next = rows
            .next()
            .map_err(|e| malformed(element.clone(), e.to_string()))?;
        let Some(row) = next else { break };
        let properties = row
            .properties()
            .map_err(|e| malformed(element.clone(), e.to_string()))?;
        features.push(Feature {
            element,
            geometry: row.to_geo().map_err(|e| e.to_string()),
            properties: properties.into_iter().collect(),
        });
    }
    if claimed > 0 && features.len() as u64 != claimed {
        return Err(IngestError::Truncated {
            path: path.to_owned(),
            place: format!("feature {} of {claimed}", features.len() + 1),
        });
    }
    Ok(Raw {
        features,
        crs,
        implied: None,
    })
}

/// Where the features begin: magic, header with its length, index of a packed R-tree.
fn header_end(data: &[u8], features: u64, node_size: u16) -> usize {
    let header = data
        .get(8..12)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u32::from_le_bytes) as usize;
    let mut index = 0;
    if node_size > 1 && features > 0 {
        let mut level = features;
        let mut nodes = level;
        loop {
            level = level.div_ceil(u64::from(node_size));
            nodes += level;
            if level == 1 {
                break;
            }
        }
        index = nodes as usize * 40;
    }
    12 + header + index
}

fn check_lengths(path: &Path, data: &[u8], from: usize) -> Result<(), IngestError> {
    let mut at = from;
    let mut number = 1u64;
    while at < data.len() {
        let length = data
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .map(|b| u32::from_le_bytes(b) as usize);
        match length {
            Some(length) if length <= data.len() - at - 4 => at += 4 + length,
            _ => {
                return Err(IngestError::Truncated {
                    path: path.to_owned(),
                    place: format!("feature {number}"),
                });
            }
        }
        number += 1;
    }
    Ok(())
}
