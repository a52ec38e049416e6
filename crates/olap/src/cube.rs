//! One immutable snapshot of a cube: its rows in quadkey order, the columns beside them, and what is
//! told about them as a whole. Every question is a method in the module that answers it.

use crate::area::Places;
use crate::codes::Codes;
use crate::column::Column;
use crate::error::OlapError;
use crate::level::Level;
use crate::positions::Positions;
use crate::rows::RowSet;
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::region::RegionTree;
use geocrm_domain::{Answer, CubeQuery, LngLat, Quadkey, Value, VisibleScope};
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Key of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Int(i64),
    Uuid(Uuid),
}

#[derive(Debug, Clone)]
pub(crate) enum KeyColumn {
    Int { base: i64, codes: Codes },
    Uuid(Vec<Uuid>),
}

impl KeyColumn {
    pub(crate) fn from_ints(keys: &[i64]) -> Self {
        let base = keys.iter().copied().min().unwrap_or(0);
        let code = |key: i64| key.wrapping_sub(base) as u64;
        let top = keys.iter().map(|key| code(*key)).max().unwrap_or(0);
        Self::Int {
            base,
            codes: Codes::collect(top, keys.iter().map(|key| code(*key))),
        }
    }

    pub(crate) fn get(&self, row: usize) -> Key {
        match self {
            Self::Int { base, codes } => Key::Int(base.wrapping_add(codes.get(row) as i64)),
            Self::Uuid(keys) => Key::Uuid(keys[row]),
        }
    }

    /// Orders rows as their keys are ordered, without decoding them.
    pub(crate) fn compare(&self, a: usize, b: usize) -> std::cmp::Ordering {
        match self {
            Self::Int { codes, .. } => codes.get(a).cmp(&codes.get(b)),
            Self::Uuid(keys) => keys[a].cmp(&keys[b]),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Int { codes, .. } => codes.len(),
            Self::Uuid(keys) => keys.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Int { codes, .. } => codes.bytes(),
            Self::Uuid(keys) => size_of_val(keys.as_slice()),
        }
    }
}

/// Bytes of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnBytes {
    pub name: &'static str,
    pub bytes: usize,
}

/// What a cube takes in memory, column by column: keys, places, stored columns with their dictionaries
/// and block figures, then the look-up tables of dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryReport {
    pub columns: Vec<ColumnBytes>,
    pub rows: usize,
}

impl MemoryReport {
    pub fn total_bytes(&self) -> usize {
        self.columns.iter().map(|c| c.bytes).sum()
    }

    /// 0 for an empty cube.
    pub fn bytes_per_row(&self) -> f64 {
        if self.rows == 0 {
            return 0.0;
        }
        self.total_bytes() as f64 / self.rows as f64
    }
}

/// What the snapshots of one table share. Placed rows come first, in quadkey order, then by key; rows
/// without a place follow by key.
#[derive(Debug)]
struct Table {
    cube: &'static Cube,
    regions: Arc<RegionTree>,
    keys: KeyColumn,
    positions: Positions,
    columns: Vec<Column>,
    levels: Vec<Level>,
    /// Rows in the order of their keys; made when a record is first looked up by its key.
    by_key: OnceLock<Vec<u32>>,
}

/// An immutable snapshot of a cube: a table and which of its rows are still there. Copies share the table.
#[derive(Debug, Clone)]
pub struct CubeData {
    table: Arc<Table>,
    present: RowSet,
}

impl CubeData {
    pub(crate) fn assemble(
        cube: &'static Cube,
        regions: Arc<RegionTree>,
        keys: KeyColumn,
        positions: Positions,
        columns: Vec<Column>,
        levels: Vec<Level>,
    ) -> Self {
        let present = RowSet::range(0, keys.len());
        let table = Table {
            cube,
            regions,
            keys,
            positions,
            columns,
            levels,
            by_key: OnceLock::new(),
        };
        Self {
            table: Arc::new(table),
            present,
        }
    }

    pub fn cube(&self) -> &'static Cube {
        self.table.cube
    }

    /// Rows of the table, those that are gone included: row numbers are below it.
    pub fn len(&self) -> usize {
        self.table.keys.len()
    }

    /// The rows that are still there.
    pub(crate) fn present(&self) -> &RowSet {
        &self.present
    }

    /// Number of rows that are gone.
    pub(crate) fn gone(&self) -> usize {
        self.len() - self.present.len() as usize
    }

    /// Row of a record that is still there.
    pub(crate) fn row_of(&self, key: Key) -> Option<usize> {
        let table = &self.table;
        let by_key = table.by_key.get_or_init(|| {
            let mut rows: Vec<u32> = (0..self.len() as u32).collect();
            rows.par_sort_unstable_by(|a, b| table.keys.compare(*a as usize, *b as usize));
            rows
        });
        let at = by_key.partition_point(|row| table.keys.get(*row as usize) < key);
        let row = *by_key.get(at)? as usize;
        (table.keys.get(row) == key && self.present.contains(row)).then_some(row)
    }

    /// The same table with some rows gone, too; `rows` rise.
    pub(crate) fn without_rows(&self, rows: &[usize]) -> Self {
        let mut gone = RowSet::default();
        for row in rows {
            gone.push(*row, row + 1);
        }
        Self {
            table: Arc::clone(&self.table),
            present: self.present.intersection(&gone.complement(self.len())),
        }
    }

    /// No row is there.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Number of rows that have a place; they are rows `0..placed()`.
    pub fn placed(&self) -> usize {
        self.table.positions.quadkeys.len()
    }

    /// Key of a row.
    pub fn key(&self, row: usize) -> Key {
        self.table.keys.get(row)
    }

    /// Keys of rows, in their order.
    pub fn keys_of(&self, rows: impl ExactSizeIterator<Item = usize>) -> Keys {
        match &self.table.keys {
            KeyColumn::Int { base, codes } => Keys::Int(
                rows.map(|row| base.wrapping_add(codes.get(row) as i64))
                    .collect(),
            ),
            KeyColumn::Uuid(keys) => Keys::Uuid(rows.map(|row| keys[row]).collect()),
        }
    }

    pub fn place(&self, row: usize) -> Option<LngLat> {
        let lng = self.table.positions.lng_e7.get(row)?;
        Some(LngLat::from_e7(*lng, self.table.positions.lat_e7[row]))
    }

    pub fn quadkey(&self, row: usize) -> Option<Quadkey> {
        self.table.positions.quadkeys.get(row).copied().map(Quadkey)
    }

    /// Value of a dimension or plain column in a row.
    pub fn value(&self, row: usize, property: &str) -> Result<Value, OlapError> {
        let property = self.property(property)?;
        let code = self.table.columns[property.column].codes.get(row);
        Ok(property.meaning.value(property.derive.code(code)))
    }

    /// The members of a dimension in their order with the number of visible records, null included.
    pub fn dimension_members(
        &self,
        scope: &VisibleScope,
        dimension: &str,
    ) -> Result<Vec<(Value, u64)>, OlapError> {
        let query = CubeQuery {
            dimensions: vec![dimension.to_owned()],
            ..CubeQuery::default()
        };
        let (Answer { rows, .. }, counts) = self.query_with_counts(scope, &query)?;
        Ok(rows
            .into_iter()
            .zip(counts)
            .filter_map(|(mut row, count)| Some((row.keys.pop()?, count)))
            .collect())
    }

    pub fn memory_bytes(&self) -> MemoryReport {
        let entry = |name, bytes| ColumnBytes { name, bytes };
        let mut columns = vec![
            entry("id", self.table.keys.bytes()),
            entry("quadkey", self.table.positions.quadkey_bytes()),
            entry("lng_e7", self.table.positions.longitude_bytes()),
            entry("lat_e7", 4 * self.placed()),
            entry("by_key", 4 * self.table.by_key.get().map_or(0, Vec::len)),
        ];
        let stored = self.table.cube.columns.iter().zip(&self.table.columns);
        columns.extend(stored.map(|(column, data)| entry(column.name, data.bytes())));
        let levels = self.table.cube.dimensions.iter().zip(&self.table.levels);
        columns.extend(
            levels
                .map(|(dimension, level)| entry(dimension.name, level.bytes()))
                .filter(|entry| entry.bytes > 0),
        );
        MemoryReport {
            columns,
            rows: self.len(),
        }
    }

    pub(crate) fn regions(&self) -> &Arc<RegionTree> {
        &self.table.regions
    }

    pub(crate) fn key_column(&self) -> &KeyColumn {
        &self.table.keys
    }

    pub(crate) fn positions(&self) -> &Positions {
        &self.table.positions
    }

    pub(crate) fn places(&self) -> Places<'_> {
        self.table.positions.places()
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.table.columns
    }

    pub(crate) fn levels(&self) -> &[Level] {
        &self.table.levels
    }

    pub(crate) fn level(&self, dimension: &str) -> Option<&Level> {
        let index = self
            .cube()
            .dimensions
            .iter()
            .position(|d| d.name == dimension)?;
        self.table.levels.get(index)
    }
}
