//! The rows of a snapshot as a batch, so that what is recent can be merged into a base.

use crate::column::{Column, Meaning};
use crate::cube::CubeData;
use crate::dictionary::{Dictionary, Member};
use geocrm_domain::batch::{ColumnData, CubeBatch, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::ColumnType;

impl CubeData {
    /// Every row that is there, with its key, its place and the values of its columns.
    pub(crate) fn batch(&self) -> CubeBatch {
        let ranges = self.present().ranges().iter();
        let rows: Vec<usize> = ranges
            .flat_map(|(start, end)| *start as usize..*end as usize)
            .collect();
        let kinds = self.cube().columns.iter().map(|c| c.kind);
        let columns = kinds.zip(self.columns());
        CubeBatch {
            keys: self.keys_of(rows.iter().copied()),
            places: rows.iter().map(|row| self.place(*row)).collect(),
            columns: columns.map(|(kind, c)| column(kind, c, &rows)).collect(),
        }
    }
}

fn column(kind: ColumnType, column: &Column, rows: &[usize]) -> ColumnData {
    let codes = rows.iter().map(|row| column.codes.get(*row));
    match &column.meaning {
        Meaning::Offset { base } => ColumnData::Int(
            codes
                .map(|code| match code {
                    0 => NULL_INT,
                    code => base.wrapping_add((code - 1) as i64),
                })
                .collect(),
        ),
        Meaning::Dictionary(dictionary) => match kind {
            ColumnType::Date => ColumnData::Date(
                codes
                    .map(|code| match member(dictionary, code) {
                        Some(Member::Date(days)) => days,
                        _ => NULL_DATE,
                    })
                    .collect(),
            ),
            ColumnType::Text => ColumnData::Text {
                dictionary: (1..=dictionary.len() as u64)
                    .map(|code| match member(dictionary, code) {
                        Some(Member::Text(text)) => text.into(),
                        _ => String::new(),
                    })
                    .collect(),
                codes: codes
                    .map(|code| match code {
                        0 => NULL_CODE,
                        code => (code - 1) as u32,
                    })
                    .collect(),
            },
            _ => ColumnData::Int(
                codes
                    .map(|code| match member(dictionary, code) {
                        Some(Member::Leaf(id)) => id,
                        Some(Member::Cell(cell)) => cell as i64,
                        _ => NULL_INT,
                    })
                    .collect(),
            ),
        },
    }
}

fn member(dictionary: &Dictionary, code: u64) -> Option<Member> {
    let index = code.checked_sub(1)?;
    Some(dictionary.member(index as usize))
}
