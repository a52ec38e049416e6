//! Reading a cube. What the checksums cannot tell, that the sections fit each other, is checked before anything
//! is built on it.

use super::section::Reader;
use super::{FileError, MAGIC, declaration};
use crate::build::levels;
use crate::codes::Codes;
use crate::column::{Column, Meaning};
use crate::cube::{CubeData, KeyColumn};
use crate::dictionary::{Dictionary, Texts};
use crate::positions::Positions;
use geocrm_domain::catalogue::{ColumnType, Cube, KeyType};
use geocrm_domain::region::RegionTree;
use rayon::prelude::*;
use std::io::Read;
use std::sync::Arc;
use uuid::Uuid;

/// A column as it was read, before its block figures are worked out.
struct Raw {
    codes: Codes,
    top: u64,
    meaning: Meaning,
}

impl CubeData {
    /// Reads what [`CubeData::write`] wrote, `bytes` long. The tree must know the regions that the rows name.
    pub fn read(
        cube: &'static Cube,
        regions: &RegionTree,
        input: &mut impl Read,
        bytes: u64,
    ) -> Result<Self, FileError> {
        let mut input = Reader::new(input, bytes);
        if input.raw::<8>()? != *MAGIC {
            return Err(FileError::NotACube);
        }
        let (found, wanted) = (input.text("head")?, declaration(cube));
        if found != wanted {
            return Err(FileError::OtherDeclaration { found, wanted });
        }
        let counts: Vec<u64> = input.exactly("rows", 2)?;
        let (rows, placed) = (counts[0] as usize, counts[1] as usize);
        if placed > rows || rows > u32::MAX as usize {
            return Err(FileError::Inconsistent { section: "rows" });
        }
        let keys = read_keys(&mut input, cube.key, rows)?;
        let quadkeys: Vec<u64> = input.exactly("quadkeys", placed)?;
        if !quadkeys.is_sorted() {
            return Err(FileError::Inconsistent {
                section: "quadkeys",
            });
        }
        let lng_e7 = input.exactly("longitudes", placed)?;
        let lat_e7 = input.exactly("latitudes", placed)?;
        let mut raw = Vec::with_capacity(cube.columns.len());
        for column in cube.columns {
            raw.push(read_column(&mut input, column.name, column.kind, rows)?);
        }
        if !input.at_end() {
            return Err(FileError::Inconsistent { section: "end" });
        }
        let (positions, columns) = rayon::join(
            || Positions::new(quadkeys, lng_e7, lat_e7),
            || {
                raw.into_par_iter()
                    .map(|raw| Column::new(raw.codes, raw.top, raw.meaning))
                    .collect::<Vec<_>>()
            },
        );
        let past = |column: &Column| column.zones.iter().any(|zone| zone.high > column.top);
        if let Some(at) = columns.iter().position(past) {
            return Err(FileError::Inconsistent {
                section: cube.columns[at].name,
            });
        }
        let levels = levels(cube, &columns, regions, |_| None);
        let regions = Arc::new(regions.clone());
        Ok(Self::assemble(
            cube, regions, keys, positions, columns, levels,
        ))
    }
}

fn read_keys<R: Read>(
    input: &mut Reader<'_, R>,
    kind: KeyType,
    rows: usize,
) -> Result<KeyColumn, FileError> {
    Ok(match kind {
        KeyType::Int => KeyColumn::Int {
            base: input.exactly::<i64>("keys", 1)?[0],
            codes: read_codes(input, "keys", rows)?,
        },
        KeyType::Uuid => {
            let halves: Vec<u64> = input.exactly("keys", 2 * rows)?;
            let (pairs, _) = halves.as_chunks::<2>();
            KeyColumn::Uuid(
                pairs
                    .iter()
                    .map(|[high, low]| Uuid::from_u64_pair(*high, *low))
                    .collect(),
            )
        }
    })
}

fn read_codes<R: Read>(
    input: &mut Reader<'_, R>,
    section: &'static str,
    rows: usize,
) -> Result<Codes, FileError> {
    Ok(match input.exactly::<u8>(section, 1)?[0] {
        1 => Codes::U8(input.exactly(section, rows)?),
        2 => Codes::U16(input.exactly(section, rows)?),
        4 => Codes::U32(input.exactly(section, rows)?),
        8 => Codes::U64(input.exactly(section, rows)?),
        _ => return Err(FileError::Inconsistent { section }),
    })
}

fn read_column<R: Read>(
    input: &mut Reader<'_, R>,
    name: &'static str,
    kind: ColumnType,
    rows: usize,
) -> Result<Raw, FileError> {
    let top = input.exactly::<u64>(name, 1)?[0];
    let meaning = match kind {
        ColumnType::Int => Meaning::Offset {
            base: input.exactly::<i64>(name, 1)?[0],
        },
        kind => {
            let dictionary = match kind {
                ColumnType::Date => Dictionary::Date(input.numbers(name)?),
                ColumnType::H3 => Dictionary::Cell(input.numbers(name)?),
                ColumnType::Leaf(_) => Dictionary::Leaf(input.numbers(name)?),
                ColumnType::Text | ColumnType::Int => {
                    let bytes = input.text(name)?;
                    let texts = Texts::from_parts(bytes, input.numbers(name)?);
                    Dictionary::Text(texts.ok_or(FileError::Inconsistent { section: name })?)
                }
            };
            if dictionary.len() as u64 != top {
                return Err(FileError::Inconsistent { section: name });
            }
            Meaning::Dictionary(Arc::new(dictionary))
        }
    };
    Ok(Raw {
        codes: read_codes(input, name, rows)?,
        top,
        meaning,
    })
}
