//! How do batches of rows become a cube? Each batch is checked and its texts are numbered as it arrives;
//! at the end rows are put in quadkey order and every column gets its dictionary and its least width.

use crate::area::on_globe;
use crate::codes::Codes;
use crate::column::{Column, Meaning};
use crate::cube::{CubeData, KeyColumn};
use crate::dictionary::{Dictionary, Member, Texts};
use crate::error::OlapError;
use crate::hash::IntMap;
use crate::level::{Former, Level};
use crate::positions::Positions;
use geocrm_domain::LngLat;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ColumnType, Cube, KeyType, Source, leaf_column};
use geocrm_domain::region::RegionTree;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A column on its way in. Dictionary columns hold the order of arrival plus one, 0 for null.
#[derive(Debug)]
pub(crate) enum Stage {
    Int(Ints),
    Text {
        index: HashMap<Box<str>, u32>,
        codes: Vec<u32>,
    },
    /// Dates, leaves and cells, by their number.
    Whole {
        kind: ColumnType,
        index: IntMap<i64, u32>,
        codes: Vec<u32>,
    },
}

/// Integers with [`NULL_INT`], at half width while they fit.
#[derive(Debug)]
pub(crate) enum Ints {
    Short(Vec<i32>),
    Long(Vec<i64>),
}

impl Ints {
    fn extend(&mut self, values: &[i64]) {
        if let Self::Short(short) = self {
            let fits =
                |v: &i64| *v == NULL_INT || (i64::from(i32::MIN) < *v && *v <= i64::from(i32::MAX));
            if values.iter().all(fits) {
                let narrow = |v: &i64| if *v == NULL_INT { i32::MIN } else { *v as i32 };
                short.extend(values.iter().map(narrow));
                return;
            }
            let long = (0..short.len())
                .map(|row| Self::widen(short[row]))
                .collect();
            *self = Self::Long(long);
        }
        if let Self::Long(long) = self {
            long.extend_from_slice(values);
        }
    }

    fn widen(value: i32) -> i64 {
        if value == i32::MIN {
            NULL_INT
        } else {
            value.into()
        }
    }

    pub(crate) fn get(&self, row: usize) -> i64 {
        match self {
            Self::Short(values) => Self::widen(values[row]),
            Self::Long(values) => values[row],
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(values) => values.len(),
            Self::Long(values) => values.len(),
        }
    }

    /// Least and greatest value.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        (0..self.len())
            .map(|row| self.get(row))
            .filter(|v| *v != NULL_INT)
            .fold(None, |bounds, v| {
                let (low, high) = bounds.unwrap_or((v, v));
                Some((low.min(v), high.max(v)))
            })
    }
}

impl Stage {
    fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Int => Self::Int(Ints::Short(Vec::new())),
            ColumnType::Text => Self::Text {
                index: HashMap::new(),
                codes: Vec::new(),
            },
            kind => Self::Whole {
                kind,
                index: IntMap::default(),
                codes: Vec::new(),
            },
        }
    }

    fn push(&mut self, data: &ColumnData) -> Result<(), &'static str> {
        match (self, data) {
            (Self::Int(ints), ColumnData::Int(values)) => ints.extend(values),
            (
                Self::Text { index, codes },
                ColumnData::Text {
                    dictionary,
                    codes: given,
                },
            ) => {
                if given
                    .iter()
                    .any(|c| *c != NULL_CODE && *c as usize >= dictionary.len())
                {
                    return Err("has a code beyond its dictionary");
                }
                // Only texts that a row uses are taken over.
                let mut known = vec![0; dictionary.len()];
                for code in given {
                    if *code == NULL_CODE {
                        codes.push(0);
                        continue;
                    }
                    let known = &mut known[*code as usize];
                    if *known == 0 {
                        let text = dictionary[*code as usize].as_str();
                        *known = if let Some(code) = index.get(text) {
                            *code
                        } else {
                            let code = index.len() as u32 + 1;
                            index.insert(text.into(), code);
                            code
                        };
                    }
                    codes.push(*known);
                }
            }
            (
                Self::Whole {
                    kind: ColumnType::Date,
                    index,
                    codes,
                },
                ColumnData::Date(days),
            ) => {
                for day in days {
                    codes.push(number(
                        index,
                        (*day != NULL_DATE).then_some(i64::from(*day)),
                    ));
                }
            }
            (
                Self::Whole {
                    kind: ColumnType::Leaf(_) | ColumnType::H3,
                    index,
                    codes,
                },
                ColumnData::Int(values),
            ) => {
                for value in values {
                    codes.push(number(index, (*value != NULL_INT).then_some(*value)));
                }
            }
            _ => return Err("is of another type than the catalogue says"),
        }
        Ok(())
    }

    /// An empty dictionary of this column's kind; `None` for integers.
    pub(crate) fn empty_dictionary(&self) -> Option<Dictionary> {
        Some(match self {
            Self::Int(_) => return None,
            Self::Text { .. } => Dictionary::Text(Texts::default()),
            Self::Whole { kind, .. } => match kind {
                ColumnType::H3 => Dictionary::Cell(Vec::new()),
                ColumnType::Date => Dictionary::Date(Vec::new()),
                _ => Dictionary::Leaf(Vec::new()),
            },
        })
    }

    /// The distinct values with the codes they arrived under.
    pub(crate) fn members(&self) -> Vec<(Member, u32)> {
        match self {
            Self::Int(_) => Vec::new(),
            Self::Text { index, .. } => index
                .iter()
                .map(|(text, code)| (Member::Text(text.clone()), *code))
                .collect(),
            Self::Whole { kind, index, .. } => index
                .iter()
                .map(|(value, code)| {
                    let member = match kind {
                        ColumnType::H3 => Member::Cell(*value as u64),
                        ColumnType::Date => Member::Date(*value as i32),
                        _ => Member::Leaf(*value),
                    };
                    (member, *code)
                })
                .collect(),
        }
    }

    /// Final code of every code given on arrival.
    pub(crate) fn ranks(&self, dictionary: &Dictionary) -> Vec<u32> {
        let members = self.members();
        let mut ranks = vec![0; members.len() + 1];
        for (member, code) in members {
            ranks[code as usize] = dictionary.code_of(&member) as u32;
        }
        ranks
    }

    /// Codes of arrival; empty for integers.
    pub(crate) fn arrived(&self) -> &[u32] {
        match self {
            Self::Int(_) => &[],
            Self::Text { codes, .. } | Self::Whole { codes, .. } => codes,
        }
    }

    fn finish(self, order: &[u32]) -> Column {
        if let Self::Int(ints) = &self {
            let (low, high) = ints.bounds().unwrap_or((0, -1));
            let top = high.wrapping_sub(low).wrapping_add(1) as u64;
            let codes = order
                .iter()
                .map(|row| int_code(ints.get(*row as usize), low));
            return Column::new(
                Codes::collect(top, codes),
                top,
                Meaning::Offset { base: low },
            );
        }
        let empty = self
            .empty_dictionary()
            .unwrap_or(Dictionary::Leaf(Vec::new()));
        let members = self
            .members()
            .into_iter()
            .map(|(member, _)| member)
            .collect();
        let dictionary = empty.merge(members).dictionary;
        let ranks = self.ranks(&dictionary);
        let arrived = self.arrived();
        let codes = order
            .iter()
            .map(|row| ranks[arrived[*row as usize] as usize].into());
        let top = dictionary.len() as u64;
        let codes = Codes::collect(top, codes);
        Column::new(codes, top, Meaning::Dictionary(Arc::new(dictionary)))
    }
}

/// Code of an integer over a base; 0 for null.
pub(crate) fn int_code(value: i64, base: i64) -> u64 {
    if value == NULL_INT {
        0
    } else {
        (value.wrapping_sub(base) as u64).wrapping_add(1)
    }
}

fn number(index: &mut IntMap<i64, u32>, value: Option<i64>) -> u32 {
    let Some(value) = value else { return 0 };
    let next = index.len() as u32 + 1;
    *index.entry(value).or_insert(next)
}

/// Checked rows in the order they arrived.
#[derive(Debug)]
pub(crate) struct Staging {
    cube: &'static Cube,
    pub(crate) keys: Keys,
    pub(crate) places: Vec<Option<LngLat>>,
    pub(crate) columns: Vec<Stage>,
}

impl Staging {
    pub(crate) fn new(cube: &'static Cube) -> Self {
        Self {
            cube,
            keys: match cube.key {
                KeyType::Int => Keys::Int(Vec::new()),
                KeyType::Uuid => Keys::Uuid(Vec::new()),
            },
            places: Vec::new(),
            columns: cube.columns.iter().map(|c| Stage::new(c.kind)).collect(),
        }
    }

    pub(crate) fn push(&mut self, batch: &CubeBatch) -> Result<(), OlapError> {
        let cube = self.cube;
        let rows = batch.len();
        if batch.columns.len() != cube.columns.len() {
            return Err(OlapError::BatchShape {
                cube: cube.name,
                given: batch.columns.len(),
                expected: cube.columns.len(),
            });
        }
        if self.places.len() + rows >= u32::MAX as usize {
            return Err(OlapError::TooManyRows { cube: cube.name });
        }
        let outside = |place: &Option<LngLat>| place.is_some_and(|place| !on_globe(place));
        if let Some(row) = batch.places.iter().position(outside) {
            return Err(OlapError::BatchPlace {
                cube: cube.name,
                row,
            });
        }
        let same_kind = matches!(
            (&self.keys, &batch.keys),
            (Keys::Int(_), Keys::Int(_)) | (Keys::Uuid(_), Keys::Uuid(_))
        );
        if !same_kind || batch.keys.len() != rows {
            return Err(OlapError::BatchKeys { cube: cube.name });
        }
        for ((stage, column), data) in self
            .columns
            .iter_mut()
            .zip(cube.columns)
            .zip(&batch.columns)
        {
            let len = match data {
                ColumnData::Int(values) => values.len(),
                ColumnData::Date(values) => values.len(),
                ColumnData::Text { codes, .. } => codes.len(),
            };
            let pushed = if len == rows {
                stage.push(data)
            } else {
                Err("has another number of rows than the batch")
            };
            pushed.map_err(|problem| OlapError::BatchColumn {
                cube: cube.name,
                column: column.name,
                problem,
            })?;
        }
        match (&mut self.keys, &batch.keys) {
            (Keys::Int(keys), Keys::Int(more)) => keys.extend_from_slice(more),
            (Keys::Uuid(keys), Keys::Uuid(more)) => keys.extend_from_slice(more),
            _ => {}
        }
        self.places.extend_from_slice(&batch.places);
        Ok(())
    }

    pub(crate) fn compare_keys(&self, a: u32, b: u32) -> std::cmp::Ordering {
        match &self.keys {
            Keys::Int(keys) => keys[a as usize].cmp(&keys[b as usize]),
            Keys::Uuid(keys) => keys[a as usize].cmp(&keys[b as usize]),
        }
    }

    /// Rows with their quadkeys, in the order of the finished cube; then how many of them have a place.
    pub(crate) fn ordered(&self, rows: Vec<u32>) -> (Vec<(u64, u32)>, usize) {
        let place = |row: u32| self.places[row as usize];
        let (placed, unplaced): (Vec<u32>, Vec<u32>) =
            rows.into_par_iter().partition(|row| place(*row).is_some());
        let quadkey = |row: u32| place(row).map_or(0, |p| p.quadkey().0);
        let mut order: Vec<(u64, u32)> = placed
            .into_par_iter()
            .map(|row| (quadkey(row), row))
            .collect();
        order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.compare_keys(a.1, b.1)));
        let count = order.len();
        let mut rest = unplaced;
        rest.par_sort_unstable_by(|a, b| self.compare_keys(*a, *b));
        order.extend(rest.into_iter().map(|row| (0, row)));
        (order, count)
    }
}

/// Collects the rows of a cube and makes a snapshot of them.
#[derive(Debug)]
pub struct CubeBuilder {
    cube: &'static Cube,
    regions: Arc<RegionTree>,
    staging: Staging,
}

impl CubeBuilder {
    /// The tree must know every leaf that rows will name; an unknown leaf is in no region.
    pub fn new(cube: &'static Cube, regions: &RegionTree) -> Self {
        Self::sharing(cube, &Arc::new(regions.clone()))
    }

    /// As [`CubeBuilder::new`], with the tree of another cube.
    pub(crate) fn sharing(cube: &'static Cube, regions: &Arc<RegionTree>) -> Self {
        Self {
            cube,
            regions: Arc::clone(regions),
            staging: Staging::new(cube),
        }
    }

    /// Takes over the rows of a batch. A key must come once only. After an error the builder is spoilt.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the batch is freed here, as soon as its rows are taken over"
    )]
    pub fn push(&mut self, batch: CubeBatch) -> Result<(), OlapError> {
        self.staging.push(&batch)
    }

    pub fn finish(self) -> CubeData {
        let Self {
            cube,
            regions,
            staging,
        } = self;
        let (order, placed) = staging.ordered((0..staging.places.len() as u32).collect());
        let quadkeys = order[..placed]
            .iter()
            .map(|(quadkey, _)| *quadkey)
            .collect();
        let order: Vec<u32> = order.into_iter().map(|(_, row)| row).collect();
        let Staging {
            keys,
            places,
            columns,
            ..
        } = staging;
        let part = |part: fn(LngLat) -> i32| {
            let rows = order[..placed].par_iter();
            rows.map(|row| places[*row as usize].map_or(0, part))
                .collect()
        };
        let positions = Positions::new(quadkeys, part(|p| p.lng_e7), part(|p| p.lat_e7));
        drop(places);
        let keys = match keys {
            Keys::Int(keys) => {
                let keys: Vec<i64> = order.iter().map(|row| keys[*row as usize]).collect();
                KeyColumn::from_ints(&keys)
            }
            Keys::Uuid(keys) => {
                KeyColumn::Uuid(order.iter().map(|row| keys[*row as usize]).collect())
            }
        };
        let columns: Vec<Column> = columns
            .into_par_iter()
            .map(|stage| stage.finish(&order))
            .collect();
        let levels = levels(cube, &columns, &regions, |_| None);
        CubeData::assemble(cube, regions, keys, positions, columns, levels)
    }
}

/// Binds every dimension of the cube; `before` gives a dimension's former level and where codes moved.
pub(crate) fn levels<'a>(
    cube: &'static Cube,
    columns: &[Column],
    regions: &RegionTree,
    before: impl Fn(usize) -> Option<Former<'a>> + Sync,
) -> Vec<Level> {
    cube.dimensions
        .par_iter()
        .enumerate()
        .map(|(at, dimension)| {
            let base = match dimension.source {
                Source::Own => dimension.name,
                Source::Derived(column, _) => column,
                Source::Region(level) => leaf_column(level.hierarchy()),
            };
            // A test of the catalogue holds every dimension to a column of its cube.
            let index = cube
                .columns
                .iter()
                .position(|c| c.name == base)
                .unwrap_or(0);
            Level::new(dimension, index, &columns[index], regions, before(at))
        })
        .collect()
}
