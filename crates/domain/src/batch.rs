//! Rows of a cube on their way from the store to the engine: column-wise, a few ten thousand at a time,
//! text as codes into a dictionary of the batch's own.

use crate::catalogue::Cube;
use crate::spatial::LngLat;
use uuid::Uuid;

/// Stands for null in [`ColumnData::Int`].
pub const NULL_INT: i64 = i64::MIN;
/// Stands for null in [`ColumnData::Date`].
pub const NULL_DATE: i32 = i32::MIN;
/// Stands for null in the codes of [`ColumnData::Text`].
pub const NULL_CODE: u32 = u32::MAX;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    Int(Vec<i64>),
    Uuid(Vec<Uuid>),
}

impl Keys {
    pub fn len(&self) -> usize {
        match self {
            Self::Int(keys) => keys.len(),
            Self::Uuid(keys) => keys.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One column of a batch; leaves and H3 cells are `Int` (region id, 64-bit cell index).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnData {
    Int(Vec<i64>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    Text {
        dictionary: Vec<String>,
        codes: Vec<u32>,
    },
}

/// Every vector has one entry per row; `columns` follows the order of [`Cube::columns`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CubeBatch {
    pub keys: Keys,
    /// `None` for a record without a confirmed place.
    pub places: Vec<Option<LngLat>>,
    pub columns: Vec<ColumnData>,
}

impl CubeBatch {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Column by its name in the catalogue.
    pub fn column(&self, cube: &Cube, name: &str) -> Option<&ColumnData> {
        self.columns
            .get(cube.columns.iter().position(|c| c.name == name)?)
    }
}
