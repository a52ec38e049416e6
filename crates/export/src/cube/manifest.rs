//! What is in the folder? One JSON file names the cube and its version, says which dimensions and measures follow
//! from which columns, and lists every other file with its quad, rows and digest: a reader needs neither our code
//! nor a look at a footer to know what it can ask and which files to read.

use super::CubeLayer;
use geocrm_domain::catalogue::{Aggregate, CATALOGUE_VERSION, ColumnType, H3_FINEST, Source};
use geocrm_domain::levels::Rule;
use serde_json::json;

/// Readers of `Parquet` folders pass over names that begin with an underscore.
pub(super) const NAME: &str = "_cube.json";

/// Grows when a reader of before would misread the folder.
const FORMAT: u32 = 1;

pub(super) struct PartEntry {
    /// `None` for the rows without a place.
    pub(super) quad: Option<String>,
    pub(super) path: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

pub(super) fn manifest_json(layer: CubeLayer<'_>, parts: &[PartEntry]) -> String {
    let cube = layer.cube;
    let columns = layer.columns.iter().map(|(name, kind)| {
        let kind = match kind {
            ColumnType::Int => "int",
            ColumnType::Date => "date",
            ColumnType::Text | ColumnType::Leaf(_) => "text",
            ColumnType::H3 => "h3",
        };
        json!({"name": name, "kind": kind})
    });
    let dimensions = cube.dimensions.iter().map(|dimension| {
        let parent = match dimension.source {
            Source::Derived(_, Rule::H3Parent(resolution)) => Some(resolution),
            _ => None,
        };
        let finest = cube
            .dimensions
            .iter()
            .find(|other| matches!(other.source, Source::Derived(_, Rule::H3Parent(H3_FINEST))));
        let column = parent.and(finest).unwrap_or(dimension).name;
        json!({"name": dimension.name, "column": column, "h3_resolution": parent})
    });
    let measures = cube.measures.iter().map(|measure| {
        let aggregate = match measure.aggregate {
            Aggregate::Count => "count",
            Aggregate::Sum => "sum",
            Aggregate::Min => "min",
            Aggregate::Max => "max",
            Aggregate::Mean => "mean",
            Aggregate::Single => "single",
        };
        json!({"name": measure.name, "aggregate": aggregate, "column": measure.column, "unit": measure.unit})
    });
    let entries = parts.iter().map(|part| {
        json!({
            "quad": part.quad, "path": part.path, "rows": part.rows, "bytes": part.bytes,
            "sha256": part.sha256,
        })
    });
    let manifest = json!({
        "format": FORMAT,
        "cube": cube.name,
        "catalogue_version": CATALOGUE_VERSION,
        "data_version": layer.data_version,
        "columns": columns.collect::<Vec<_>>(),
        "dimensions": dimensions.collect::<Vec<_>>(),
        "measures": measures.collect::<Vec<_>>(),
        "rows": parts.iter().map(|part| part.rows).sum::<u64>(),
        "parts": entries.collect::<Vec<_>>(),
    });
    format!("{manifest:#}\n")
}
