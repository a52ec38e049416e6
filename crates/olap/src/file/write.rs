//! Writing a cube: the head, keys, places, then every column with its dictionary.

use super::section::Writer;
use super::{FileError, MAGIC, declaration};
use crate::codes::{Codes, each_width};
use crate::column::{Column, Meaning};
use crate::cube::{CubeData, KeyColumn};
use crate::dictionary::Dictionary;
use std::io::Write;

impl CubeData {
    /// Writes every row. A cube from which rows are gone must be merged first; see
    /// [`LiveCube::settled`](crate::LiveCube::settled).
    pub fn write(&self, out: &mut impl Write) -> Result<(), FileError> {
        if self.gone() > 0 {
            return Err(FileError::Inconsistent { section: "rows" });
        }
        let mut out = Writer::new(out);
        out.raw(MAGIC)?;
        out.numbers(declaration(self.cube()).as_bytes())?;
        out.numbers(&[self.len() as u64, self.placed() as u64])?;
        match self.key_column() {
            KeyColumn::Int { base, codes } => {
                out.numbers(&[*base])?;
                write_codes(&mut out, codes)?;
            }
            KeyColumn::Uuid(keys) => {
                let halves: Vec<u64> = keys
                    .iter()
                    .flat_map(|key| {
                        let (high, low) = key.as_u64_pair();
                        [high, low]
                    })
                    .collect();
                out.numbers(&halves)?;
            }
        }
        let positions = self.positions();
        out.numbers(&positions.quadkeys)?;
        out.numbers(&positions.lng_e7)?;
        out.numbers(&positions.lat_e7)?;
        for column in self.columns() {
            write_column(&mut out, column)?;
        }
        Ok(())
    }
}

fn write_codes<W: Write>(out: &mut Writer<'_, W>, codes: &Codes) -> Result<(), FileError> {
    let width: u8 = match codes {
        Codes::U8(_) => 1,
        Codes::U16(_) => 2,
        Codes::U32(_) => 4,
        Codes::U64(_) => 8,
    };
    out.numbers(&[width])?;
    each_width!(codes, codes => out.numbers(codes))
}

fn write_column<W: Write>(out: &mut Writer<'_, W>, column: &Column) -> Result<(), FileError> {
    out.numbers(&[column.top])?;
    match &column.meaning {
        Meaning::Offset { base } => out.numbers(&[*base])?,
        Meaning::Dictionary(dictionary) => match &**dictionary {
            Dictionary::Text(texts) => {
                let (bytes, ends) = texts.parts();
                out.numbers(bytes.as_bytes())?;
                out.numbers(ends)?;
            }
            Dictionary::Date(days) => out.numbers(days)?,
            Dictionary::Leaf(ids) => out.numbers(ids)?,
            Dictionary::Cell(cells) => out.numbers(cells)?,
        },
    }
    write_codes(out, &column.codes)
}
