//! One file of a cube: which columns has it, how are they encoded, and how does a batch become a row group?
//! Every batch is one row group; quadkeys also carry least and greatest values per page, so that a reader can
//! leave out most of a group.

use super::{CubeLayer, geo};
use crate::ExportError;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ColumnType, KeyType};
use geocrm_domain::{BBox, LngLat};
use parquet::basic::{Compression, Encoding};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type,
};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

/// Rows of a page, the least a reader can leave out.
const PAGE_ROWS: usize = 8_192;

pub(super) struct CubeFile<'a> {
    layer: CubeLayer<'a>,
    writer: SerializedFileWriter<File>,
    bbox: Option<BBox>,
    rows: u64,
}

/// The cube's own columns come after the key, the place and its two further forms.
fn schema(layer: CubeLayer<'_>) -> String {
    let id = match layer.cube.key {
        KeyType::Uuid => "fixed_len_byte_array(16) id (UUID)",
        KeyType::Int => "int64 id",
    };
    let mut text = format!(
        "message cube {{ required {id}; optional int64 quadkey (INTEGER(64,false)); \
         optional int32 lng_e7; optional int32 lat_e7; optional binary geometry; \
         optional group bbox {{ required float xmin; required float ymin; \
         required float xmax; required float ymax; }} "
    );
    for (name, kind) in layer.columns {
        let (kind, meaning) = match kind {
            ColumnType::Int => ("int64", ""),
            ColumnType::Date => ("int32", " (DATE)"),
            ColumnType::Text | ColumnType::Leaf(_) => ("binary", " (STRING)"),
            ColumnType::H3 => ("int64", " (INTEGER(64,false))"),
        };
        // Writing to a text cannot fail.
        let _ = write!(text, "optional {kind} {name}{meaning}; ");
    }
    text + "}"
}

fn properties(layer: CubeLayer<'_>) -> WriterProperties {
    let column = ColumnPath::from;
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("geocrm version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(column("quadkey"), EnabledStatistics::Page)
        .set_column_statistics_enabled(column("geometry"), EnabledStatistics::None)
        .set_column_dictionary_enabled(column("geometry"), false);
    // Neighbours in quadkey order differ little.
    for near in ["quadkey", "lng_e7", "lat_e7"] {
        properties = properties
            .set_column_dictionary_enabled(column(near), false)
            .set_column_encoding(column(near), Encoding::DELTA_BINARY_PACKED);
    }
    for side in ["xmin", "ymin", "xmax", "ymax"] {
        let side = ColumnPath::new(vec!["bbox".to_owned(), side.to_owned()]);
        properties = properties
            .set_column_dictionary_enabled(side.clone(), false)
            .set_column_encoding(side, Encoding::BYTE_STREAM_SPLIT);
    }
    let note = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    properties
        .set_key_value_metadata(Some(vec![
            note("geocrm:cube", layer.cube.name),
            note("geocrm:data_version", layer.data_version),
        ]))
        .set_sorting_columns(Some(vec![SortingColumn {
            column_idx: 1,
            descending: false,
            nulls_first: false,
        }]))
        .build()
}

impl<'a> CubeFile<'a> {
    pub(super) fn create(layer: CubeLayer<'a>, file: File) -> Result<Self, ExportError> {
        let schema = Arc::new(parse_message_type(&schema(layer))?);
        let properties = Arc::new(properties(layer));
        Ok(Self {
            layer,
            writer: SerializedFileWriter::new(file, schema, properties)?,
            bbox: None,
            rows: 0,
        })
    }

    /// Writes a batch as a row group; an empty one is passed over.
    pub(super) fn write(&mut self, batch: &CubeBatch) -> Result<(), ExportError> {
        self.check(batch)?;
        if batch.is_empty() {
            return Ok(());
        }
        let box_here = BBox::around(batch.places.iter().flatten().copied());
        self.bbox = match (self.bbox, box_here) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (a, b) => a.or(b),
        };
        self.rows += batch.len() as u64;
        let mut group = self.writer.next_row_group()?;
        write_keys(&mut group, &batch.keys)?;
        write_places(&mut group, &batch.places)?;
        for data in &batch.columns {
            write_column(&mut group, data)?;
        }
        group.close()?;
        Ok(())
    }

    /// Number of rows written.
    pub(super) fn finish(mut self) -> Result<u64, ExportError> {
        let note = KeyValue::new(geo::KEY.to_owned(), geo::note(self.bbox));
        self.writer.append_key_value_metadata(note);
        self.writer.close()?;
        Ok(self.rows)
    }

    fn check(&self, batch: &CubeBatch) -> Result<(), ExportError> {
        let rows = batch.len();
        let fits = |kind: ColumnType, data: &ColumnData| match (kind, data) {
            (ColumnType::Int | ColumnType::H3, ColumnData::Int(values)) => values.len() == rows,
            (ColumnType::Date, ColumnData::Date(days)) => days.len() == rows,
            (ColumnType::Text | ColumnType::Leaf(_), ColumnData::Text { dictionary, codes }) => {
                let known = |code: &u32| *code == NULL_CODE || (*code as usize) < dictionary.len();
                codes.len() == rows && codes.iter().all(known)
            }
            _ => false,
        };
        let keys_fit = batch.keys.len() == rows
            && match batch.keys {
                Keys::Int(_) => self.layer.cube.key == KeyType::Int,
                Keys::Uuid(_) => self.layer.cube.key == KeyType::Uuid,
            };
        let wrong = if !keys_fit {
            Some("id")
        } else if batch.columns.len() != self.layer.columns.len() {
            Some("the number of columns")
        } else {
            let mut pairs = self.layer.columns.iter().zip(&batch.columns);
            pairs
                .find(|((_, kind), data)| !fits(*kind, data))
                .map(|((name, _), _)| *name)
        };
        wrong.map_or(Ok(()), |column| {
            Err(ExportError::CubeBatch {
                column: column.to_owned(),
            })
        })
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, File>;

/// Writes the next column of the schema: its values without the nulls, and where the nulls are.
fn put<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    present: Option<&[i16]>,
) -> Result<(), ExportError> {
    let mut column = group.next_column()?.ok_or_else(|| ExportError::CubeBatch {
        column: "a column more than the schema has".to_owned(),
    })?;
    column.typed::<T>().write_batch(values, present, None)?;
    Ok(column.close()?)
}

fn put_optional<T: DataType>(
    group: &mut Group<'_>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ExportError> {
    let (mut kept, mut present) = (Vec::new(), Vec::new());
    for value in values {
        present.push(i16::from(value.is_some()));
        kept.extend(value);
    }
    put::<T>(group, &kept, Some(&present))
}

fn write_keys(group: &mut Group<'_>, keys: &Keys) -> Result<(), ExportError> {
    match keys {
        Keys::Int(keys) => put::<Int64Type>(group, keys, None),
        Keys::Uuid(keys) => {
            let bytes = |key: &uuid::Uuid| {
                FixedLenByteArray::from(ByteArray::from(key.as_bytes().to_vec()))
            };
            let keys: Vec<_> = keys.iter().map(bytes).collect();
            put::<FixedLenByteArrayType>(group, &keys, None)
        }
    }
}

fn write_places(group: &mut Group<'_>, places: &[Option<LngLat>]) -> Result<(), ExportError> {
    let each = || places.iter().copied();
    let sides: [fn(LngLat) -> f32; 4] = [
        |at| geo::float_below(at.lng()),
        |at| geo::float_below(at.lat()),
        |at| geo::float_above(at.lng()),
        |at| geo::float_above(at.lat()),
    ];
    put_optional::<Int64Type>(group, each().map(|at| Some(at?.quadkey().0 as i64)))?;
    put_optional::<Int32Type>(group, each().map(|at| Some(at?.lng_e7)))?;
    put_optional::<Int32Type>(group, each().map(|at| Some(at?.lat_e7)))?;
    put_optional::<ByteArrayType>(group, each().map(|at| Some(ByteArray::from(geo::wkb(at?)))))?;
    for side in sides {
        put_optional::<FloatType>(group, each().map(|at| at.map(side)))?;
    }
    Ok(())
}

fn write_column(group: &mut Group<'_>, data: &ColumnData) -> Result<(), ExportError> {
    match data {
        ColumnData::Int(values) => {
            let values = values.iter().map(|v| (*v != NULL_INT).then_some(*v));
            put_optional::<Int64Type>(group, values)
        }
        ColumnData::Date(days) => {
            let days = days.iter().map(|d| (*d != NULL_DATE).then_some(*d));
            put_optional::<Int32Type>(group, days)
        }
        ColumnData::Text { dictionary, codes } => {
            let texts: Vec<ByteArray> = dictionary
                .iter()
                .map(|text| ByteArray::from(text.as_str()))
                .collect();
            // A null's code lies beyond every dictionary.
            let texts = codes.iter().map(|code| texts.get(*code as usize).cloned());
            put_optional::<ByteArrayType>(group, texts)
        }
    }
}
