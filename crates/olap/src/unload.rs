//! How does a snapshot leave the engine again? Column-wise and in the order the rows have, the same form the
//! rows came in by, and cut into quads of the map that hold about as many rows each: a country's capital takes
//! many small quads, its sea one large one.

use crate::bind::Property;
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::dictionary::{Dictionary, Member};
use crate::error::OlapError;
use crate::hash::IntMap;
use geocrm_domain::batch::{ColumnData, CubeBatch, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ColumnType, Cube, H3_FINEST, Source};
use geocrm_domain::levels::Rule;
use geocrm_domain::{Quadkey, TileId, Value};
use std::ops::Range;

/// Everything of a snapshot that has a name: plain columns and dimensions. Of the hexagons only the finest, as
/// its 64-bit index, since the others follow from it.
pub struct Unload<'a> {
    data: &'a CubeData,
    columns: Vec<(&'static str, ColumnType)>,
    properties: Vec<Property<'a>>,
}

fn columns(cube: &Cube) -> Vec<(&'static str, ColumnType)> {
    let plain = cube.columns.iter().map(|column| column.name);
    let further = cube.dimensions.iter().map(|dimension| dimension.name);
    let further = further.filter(|name| cube.column(name).is_none());
    plain
        .chain(further)
        .filter_map(|name| {
            let source = cube.dimension(name).map(|dimension| dimension.source);
            let kind = match source {
                Some(Source::Derived(_, Rule::H3Parent(H3_FINEST))) => ColumnType::H3,
                Some(Source::Derived(_, Rule::H3Parent(_))) => return None,
                _ => cube.property_type(name)?,
            };
            Some((name, kind))
        })
        .collect()
}

impl CubeData {
    pub fn unload(&self) -> Result<Unload<'_>, OlapError> {
        let columns = columns(self.cube());
        let properties = columns.iter().map(|(name, _)| self.property(name));
        Ok(Unload {
            data: self,
            properties: properties.collect::<Result<_, _>>()?,
            columns,
        })
    }
}

impl Unload<'_> {
    /// Names and types, in the order of a batch's columns.
    pub fn columns(&self) -> &[(&'static str, ColumnType)] {
        &self.columns
    }

    /// Rows by their number, as [`crate::Selection::rows`] gives them.
    pub fn batch(&self, rows: &[u32]) -> CubeBatch {
        let places = rows.iter().map(|row| self.data.place(*row as usize));
        CubeBatch {
            keys: self.data.keys_of(rows.iter().map(|row| *row as usize)),
            places: places.collect(),
            columns: self
                .properties
                .iter()
                .map(|property| self.column(rows, property))
                .collect(),
        }
    }

    fn column(&self, rows: &[u32], property: &Property<'_>) -> ColumnData {
        let column = &self.data.columns()[property.column];
        let codes = rows
            .iter()
            .map(|row| property.derive.code(column.codes.get(*row as usize)));
        let dictionary = match &property.meaning {
            Meaning::Offset { .. } => {
                let int = |code| property.meaning.value(code).as_int().unwrap_or(NULL_INT);
                return ColumnData::Int(codes.map(int).collect());
            }
            Meaning::Dictionary(dictionary) => dictionary.as_ref(),
        };
        let member = |code: u64| Some(dictionary.member((code as usize).checked_sub(1)?));
        match dictionary {
            Dictionary::Date(_) => {
                let day = |code| match member(code) {
                    Some(Member::Date(day)) => day,
                    _ => NULL_DATE,
                };
                ColumnData::Date(codes.map(day).collect())
            }
            Dictionary::Cell(_) => {
                let cell = |code| match member(code) {
                    Some(Member::Cell(cell)) => cell as i64,
                    _ => NULL_INT,
                };
                ColumnData::Int(codes.map(cell).collect())
            }
            Dictionary::Text(_) | Dictionary::Leaf(_) => texts(dictionary, codes),
        }
    }

    /// The quads that hold `rows` (placed ones, rising), in order, each with its part of them: the widest that
    /// hold at most `most` rows, or those of zoom `deepest`.
    pub fn quads(&self, rows: &[u32], most: usize, deepest: u8) -> Vec<(TileId, Range<usize>)> {
        let key = |row: u32| self.data.quadkey(row as usize).unwrap_or(Quadkey(u64::MAX));
        let mut out = Vec::new();
        // The next quad is the last of the pile, so that they come in the order of quadkeys.
        let mut pile = vec![(TileId { z: 0, x: 0, y: 0 }, 0..rows.len())];
        while let Some((tile, range)) = pile.pop() {
            if range.is_empty() {
                continue;
            }
            if range.len() <= most || tile.z >= deepest {
                out.push((tile, range));
                continue;
            }
            for child in [3, 2, 1, 0] {
                let child = TileId {
                    z: tile.z + 1,
                    x: 2 * tile.x + (child & 1),
                    y: 2 * tile.y + (child >> 1),
                };
                let (first, last) = child.quadkey_range();
                let inside = &rows[range.clone()];
                let start = inside.partition_point(|row| key(*row) < first);
                let end = inside.partition_point(|row| key(*row) <= last);
                pile.push((child, range.start + start..range.start + end));
            }
        }
        out
    }
}

/// Texts with a dictionary of the batch's own, in order of appearance.
fn texts(dictionary: &Dictionary, codes: impl Iterator<Item = u64>) -> ColumnData {
    let mut own = Vec::new();
    let mut known: IntMap<u64, u32> = IntMap::default();
    let codes = codes
        .map(|code| {
            if code == 0 {
                return NULL_CODE;
            }
            *known.entry(code).or_insert_with(|| {
                own.push(match dictionary.value(code) {
                    Value::Text(text) => text.to_string(),
                    other => other.to_string(),
                });
                own.len() as u32 - 1
            })
        })
        .collect();
    ColumnData::Text {
        dictionary: own,
        codes,
    }
}
