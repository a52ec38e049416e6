//! What is in an exported cube's folder, and which of its files must a question read? The manifest that
//! `geocrm cube export` writes says both, so no folder is listed and no footer is opened to choose files.

use crate::cover::{Cover, Quad};
use anyhow::{Context, bail};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The manifest's format this program reads.
const FORMAT: u64 = 1;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int,
    Date,
    Text,
    /// H3 cell as its 64-bit index.
    Cell,
}

/// What records are grouped by.
#[derive(Debug, Clone)]
pub struct Dimension {
    pub name: String,
    pub column: String,
    pub kind: Kind,
    /// The dimension is the parent of the column's cell at this resolution.
    pub h3_resolution: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Count,
    Sum,
    Min,
    Max,
    Mean,
}

#[derive(Debug, Clone)]
pub struct Measure {
    pub name: String,
    pub aggregate: Aggregate,
    /// Empty for a count of records.
    pub column: String,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Part {
    /// `None` for the records without a place.
    pub quad: Option<Quad>,
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    pub cube: String,
    pub data_version: String,
    pub columns: Vec<(String, Kind)>,
    pub dimensions: Vec<Dimension>,
    pub measures: Vec<Measure>,
    pub parts: Vec<Part>,
}

impl Folder {
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("opening {}", root.display()))?;
        let path = root.join("_cube.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        let json: Json = serde_json::from_str(&text)
            .with_context(|| format!("{} is not JSON", path.display()))?;
        if json["format"].as_u64() != Some(FORMAT) {
            bail!(
                "{} is of format {}, not {FORMAT}",
                path.display(),
                json["format"]
            );
        }
        let list = |key: &str| json[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let columns = list("columns").iter().map(column);
        let columns: Vec<(String, Kind)> = columns.collect::<Result<_, _>>()?;
        let dimensions = list("dimensions")
            .iter()
            .map(|json| dimension(json, &columns));
        Ok(Self {
            root,
            cube: text_of(&json, "cube")?,
            data_version: text_of(&json, "data_version")?,
            dimensions: dimensions.collect::<Result<_, _>>()?,
            // What only the one figure of a group may answer is not asked of a cluster.
            measures: list("measures")
                .iter()
                .filter(|json| json["aggregate"] != "single")
                .map(measure)
                .collect::<Result<_, _>>()?,
            parts: list("parts").iter().map(part).collect::<Result<_, _>>()?,
            columns,
        })
    }

    pub fn dimension(&self, name: &str) -> anyhow::Result<&Dimension> {
        let found = self
            .dimensions
            .iter()
            .find(|dimension| dimension.name == name);
        found.with_context(|| format!("{} has no dimension {name}", self.cube))
    }

    pub fn measure(&self, name: &str) -> anyhow::Result<&Measure> {
        let found = self.measures.iter().find(|measure| measure.name == name);
        found.with_context(|| format!("{} has no measure {name}", self.cube))
    }

    /// What a filter may name: dimensions, and columns that are none.
    pub fn properties(&self) -> Vec<Dimension> {
        let plain = self.columns.iter().map(|(name, kind)| Dimension {
            name: name.clone(),
            column: name.clone(),
            kind: *kind,
            h3_resolution: None,
        });
        let named = |name: &str| {
            self.dimensions
                .iter()
                .any(|dimension| dimension.name == name)
        };
        let further = plain.filter(|column| !named(&column.name));
        self.dimensions.iter().cloned().chain(further).collect()
    }

    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// The columns a question can be about; the shapes are left in the files.
    pub fn schema(&self) -> SchemaRef {
        let mut fields = vec![
            Field::new("quadkey", DataType::UInt64, true),
            Field::new("lng_e7", DataType::Int32, true),
            Field::new("lat_e7", DataType::Int32, true),
        ];
        fields.extend(self.columns.iter().map(|(name, kind)| {
            let kind = match kind {
                Kind::Int => DataType::Int64,
                Kind::Date => DataType::Date32,
                Kind::Text => DataType::Utf8View,
                Kind::Cell => DataType::UInt64,
            };
            Field::new(name, kind, true)
        }));
        Arc::new(Schema::new(fields))
    }

    /// The files that can hold a record of every cover: all without one, those without a place included.
    pub fn chosen(&self, covers: &[Cover]) -> Vec<&Part> {
        let holds = |part: &&Part| {
            let keys = part.quad.map(Quad::quadkeys);
            covers
                .iter()
                .all(|cover| keys.is_some_and(|(first, last)| cover.meets(first, last)))
        };
        self.parts.iter().filter(holds).collect()
    }

    /// The records without a place.
    pub fn unplaced(&self) -> Vec<&Part> {
        self.parts
            .iter()
            .filter(|part| part.quad.is_none())
            .collect()
    }

    /// A table over some of the files.
    pub fn table(&self, parts: &[&Part]) -> anyhow::Result<Arc<ListingTable>> {
        let urls = parts
            .iter()
            .map(|part| {
                let path = self.root.join(&part.path);
                ListingTableUrl::parse(path.to_str().context("a path that is not UTF-8")?)
                    .map_err(anyhow::Error::from)
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let options =
            ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(self.schema());
        Ok(Arc::new(ListingTable::try_new(config)?))
    }
}

fn text_of(json: &Json, key: &str) -> anyhow::Result<String> {
    let text = json[key]
        .as_str()
        .with_context(|| format!("the manifest misses {key}"));
    Ok(text?.to_owned())
}

fn column(json: &Json) -> anyhow::Result<(String, Kind)> {
    let kind = match json["kind"].as_str() {
        Some("int") => Kind::Int,
        Some("date") => Kind::Date,
        Some("text") => Kind::Text,
        Some("h3") => Kind::Cell,
        other => bail!("a column is of the unknown kind {other:?}"),
    };
    Ok((text_of(json, "name")?, kind))
}

fn dimension(json: &Json, columns: &[(String, Kind)]) -> anyhow::Result<Dimension> {
    let column = text_of(json, "column")?;
    let found = columns.iter().find(|(name, _)| *name == column);
    let (_, kind) = found.with_context(|| format!("there is no column {column}"))?;
    Ok(Dimension {
        name: text_of(json, "name")?,
        h3_resolution: json["h3_resolution"]
            .as_u64()
            .map(|resolution| resolution as u8),
        kind: *kind,
        column,
    })
}

fn measure(json: &Json) -> anyhow::Result<Measure> {
    let aggregate = match json["aggregate"].as_str() {
        Some("count") => Aggregate::Count,
        Some("sum") => Aggregate::Sum,
        Some("min") => Aggregate::Min,
        Some("max") => Aggregate::Max,
        Some("mean") => Aggregate::Mean,
        other => bail!("a measure is an unknown aggregate, {other:?}"),
    };
    Ok(Measure {
        name: text_of(json, "name")?,
        column: text_of(json, "column")?,
        aggregate,
    })
}

fn part(json: &Json) -> anyhow::Result<Part> {
    let number = |key: &str| {
        let number = json[key].as_u64();
        number.with_context(|| format!("a part without {key}"))
    };
    Ok(Part {
        quad: json["quad"].as_str().map(Quad::from_digits).transpose()?,
        path: text_of(json, "path")?,
        rows: number("rows")?,
        bytes: number("bytes")?,
    })
}
