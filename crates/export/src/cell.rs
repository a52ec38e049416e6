//! From a cell and its column's kind to something writable. Decimals and money are put together from whole
//! numbers, so that no float stands between the database and the file.

use crate::{Cell, Column, ExportError, Kind, Layer, Row};
use chrono::NaiveDate;

/// A cell that fits its column.
pub enum Typed<'a> {
    Empty,
    Text(&'a str),
    Int(i64),
    /// A number of ten-to-the-minus-`scale` parts.
    Decimal {
        unscaled: i64,
        scale: u8,
    },
    Date(NaiveDate),
    IntId(i64),
    TextId(&'a str),
}

/// The cell as its column wants it; `row` (from one) is for the error only.
pub fn typed<'a>(cell: &'a Cell, column: &Column, row: u64) -> Result<Typed<'a>, ExportError> {
    Ok(match (column.kind, cell) {
        (_, Cell::Null) => Typed::Empty,
        (Kind::Text, Cell::Text(text)) => Typed::Text(text),
        (Kind::Id, Cell::Text(text)) => Typed::TextId(text),
        (Kind::Id, Cell::Int(int)) => Typed::IntId(*int),
        (Kind::Int, Cell::Int(int)) => Typed::Int(*int),
        (Kind::Decimal(scale), Cell::Int(unscaled)) => Typed::Decimal {
            unscaled: *unscaled,
            scale,
        },
        (Kind::Money, Cell::Int(unscaled)) => Typed::Decimal {
            unscaled: *unscaled,
            scale: 2,
        },
        (Kind::Date, Cell::Date(date)) => Typed::Date(*date),
        (kind, cell) => {
            return Err(ExportError::CellKind {
                row,
                column: column.name.clone(),
                kind,
                found: match cell {
                    Cell::Null => "null",
                    Cell::Int(_) => "number",
                    Cell::Date(_) => "date",
                    Cell::Text(_) => "text",
                },
            });
        }
    })
}

/// The row's cells, one per column.
pub fn typed_row<'a>(
    row: &'a Row,
    layer: Layer<'_>,
    number: u64,
) -> Result<Vec<Typed<'a>>, ExportError> {
    if row.values.len() != layer.columns.len() {
        return Err(ExportError::Width {
            row: number,
            found: row.values.len(),
            expected: layer.columns.len(),
        });
    }
    row.values
        .iter()
        .zip(layer.columns)
        .map(|(cell, column)| typed(cell, column, number))
        .collect()
}

/// `unscaled` / 10^`scale` with exactly `scale` decimals: (−5, 2, '.') is `-0.05`.
pub fn fixed(unscaled: i64, scale: u8, point: char) -> String {
    if scale == 0 {
        return unscaled.to_string();
    }
    let unit = 10u64.pow(u32::from(scale.min(18)));
    let size = unscaled.unsigned_abs();
    let sign = if unscaled < 0 { "-" } else { "" };
    let width = usize::from(scale.min(18));
    format!("{sign}{}{point}{:0width$}", size / unit, size % unit)
}

/// The nearest double, for formats that know only doubles.
pub fn float(unscaled: i64, scale: u8) -> f64 {
    // Division by an exact power of ten (10^18 < 2^63, exact up to 10^22) rounds once.
    unscaled as f64 / 10f64.powi(i32::from(scale))
}

/// A calendar day as RFC 3339 writes it.
pub fn date(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_at_the_ends_of_the_range() {
        assert_eq!(fixed(-5, 2, '.'), "-0.05");
        assert_eq!(fixed(100, 2, ','), "1,00");
        assert_eq!(fixed(0, 4, '.'), "0.0000");
        assert_eq!(fixed(i64::MIN, 2, '.'), "-92233720368547758.08");
        assert_eq!(fixed(i64::MAX, 18, '.'), "9.223372036854775807");
        assert_eq!(fixed(-7, 0, '.'), "-7");
    }

    #[test]
    fn a_date_in_a_number_column_is_refused_with_its_place() {
        let column = Column::new("revenue", "Revenue", Kind::Money);
        let error = typed(&Cell::text("12"), &column, 7)
            .err()
            .expect("text is no money");
        assert_eq!(
            error.to_string(),
            "row 7, column \"revenue\": a text cannot go into a column of kind Money"
        );
    }
}
