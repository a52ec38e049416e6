//! XLSX workbooks, written row by row (the sheet lies in a scratch file, not in memory). Text is always stored
//! as text and never as a formula; where it looks like one it also carries the quote prefix, so that editing the
//! cell does not turn it into one. A second sheet says where the rows come from.

use crate::cell::{Typed, float, typed_row};
use crate::guard::is_dangerous;
use crate::{Column, ExportError, Kind, Layer, Locale, Meta, Row};
use chrono::{Datelike, NaiveDate, SecondsFormat};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Rows of a sheet below its header.
const MAX_ROWS: u64 = 1_048_575;
const MAX_COLUMNS: usize = 16_384;
/// UTF-16 units of one cell.
const MAX_CELL: usize = 32_767;
/// Doubles hold every whole number up to here.
const MAX_EXACT: u64 = 1 << 53;

struct Formats {
    quoted: Format,
    date: Format,
    integer: Format,
    degrees: Format,
    decimals: Vec<Format>,
}

pub fn write(
    out: impl Write + Send,
    scratch_folder: &Path,
    layer: Layer<'_>,
    rows: impl Iterator<Item = Row>,
    meta: &Meta,
) -> Result<u64, ExportError> {
    if layer.columns.len() + 2 > MAX_COLUMNS {
        return Err(ExportError::TooManyColumns {
            limit: MAX_COLUMNS - 2,
        });
    }
    let mut workbook = Workbook::new();
    workbook.set_tempdir(scratch_folder)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(&meta.title)
            .set_author(&meta.created_by)
            .set_comment(format!(
                "{} | data version {}",
                meta.query_text, meta.data_version
            ))
            .set_creation_datetime(&meta.version_time),
    );
    let formats = Formats::of(layer.columns);
    let origin_name = match meta.locale {
        Locale::English => "Origin",
        Locale::Dutch => "Herkomst",
    };
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(sheet_name(layer.name, origin_name))?;
    let count = write_rows(sheet, &formats, layer, rows)?;
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(origin_name)?;
    write_origin(sheet, &formats, meta, count)?;
    let mut out = BufWriter::new(out);
    workbook.save_to_writer(&mut out)?;
    out.flush()?;
    Ok(count)
}

fn write_rows(
    sheet: &mut Worksheet,
    formats: &Formats,
    layer: Layer<'_>,
    rows: impl Iterator<Item = Row>,
) -> Result<u64, ExportError> {
    let header = Format::new().set_bold();
    let places: &[&str] = if layer.placed { &["lng", "lat"] } else { &[] };
    let titles = layer.columns.iter().map(|column| column.title.as_str());
    sheet.set_freeze_panes(1, 0)?;
    for (index, title) in titles.chain(places.iter().copied()).enumerate() {
        let width = (title.chars().count() + 2).clamp(12, 40);
        sheet.set_column_width(index as u16, width as f64)?;
        sheet.write_string_with_format(0, index as u16, title, &header)?;
    }
    let mut count = 0;
    for row in rows {
        if count == MAX_ROWS {
            return Err(ExportError::TooManyRows { limit: MAX_ROWS });
        }
        count += 1;
        for (index, cell) in typed_row(&row, layer, count)?.iter().enumerate() {
            write_cell(sheet, formats, count, index, cell, &layer.columns[index])?;
        }
        if let (true, Some(place)) = (layer.placed, row.place) {
            for (offset, degrees) in [place.lng(), place.lat()].into_iter().enumerate() {
                let at = (layer.columns.len() + offset) as u16;
                sheet.write_number_with_format(count as u32, at, degrees, &formats.degrees)?;
            }
        }
    }
    Ok(count)
}

fn write_cell(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u64,
    index: usize,
    cell: &Typed<'_>,
    column: &Column,
) -> Result<(), ExportError> {
    let at = (row as u32, index as u16);
    match *cell {
        Typed::Empty => {}
        Typed::Text(text) | Typed::TextId(text) => {
            let length = text.encode_utf16().count();
            if length > MAX_CELL {
                return Err(ExportError::CellTooLong {
                    row,
                    column: column.name.clone(),
                    length,
                    limit: MAX_CELL,
                });
            }
            write_text(sheet, formats, at, text)?;
        }
        Typed::IntId(int) => {
            sheet.write_string(at.0, at.1, int.to_string())?;
        }
        Typed::Int(int) if int.unsigned_abs() > MAX_EXACT => {
            sheet.write_string(at.0, at.1, int.to_string())?;
        }
        Typed::Int(int) => {
            sheet.write_number_with_format(at.0, at.1, int as f64, &formats.integer)?;
        }
        Typed::Decimal { unscaled, scale } => {
            let number = float(unscaled, scale);
            let format = &formats.decimals[index];
            sheet.write_number_with_format(at.0, at.1, number, format)?;
        }
        Typed::Date(date) => {
            let day = excel_day(date).ok_or_else(|| ExportError::Date {
                row,
                column: column.name.clone(),
                date,
            })?;
            sheet.write_datetime_with_format(at.0, at.1, day, &formats.date)?;
        }
    }
    Ok(())
}

fn write_text(
    sheet: &mut Worksheet,
    formats: &Formats,
    at: (u32, u16),
    text: &str,
) -> Result<(), ExportError> {
    if is_dangerous(text) {
        sheet.write_string_with_format(at.0, at.1, text, &formats.quoted)?;
    } else {
        sheet.write_string(at.0, at.1, text)?;
    }
    Ok(())
}

/// A workbook's calendar starts in 1900.
fn excel_day(date: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year())
        .ok()
        .filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8).ok()
}

fn write_origin(
    sheet: &mut Worksheet,
    formats: &Formats,
    meta: &Meta,
    rows: u64,
) -> Result<(), ExportError> {
    let names = match meta.locale {
        Locale::English => [
            "Title",
            "Query",
            "Data version",
            "Version of",
            "Made by",
            "Rows",
        ],
        Locale::Dutch => [
            "Titel",
            "Vraag",
            "Gegevensversie",
            "Versie van",
            "Gemaakt door",
            "Rijen",
        ],
    };
    let time = meta
        .version_time
        .to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let values = [
        &meta.title,
        &meta.query_text,
        &meta.data_version,
        &time,
        &meta.created_by,
    ];
    sheet.set_column_width(0, 18)?;
    sheet.set_column_width(1, 80)?;
    for (line, (name, value)) in (0u32..).zip(names.iter().zip(values)) {
        sheet.write_string(line, 0, *name)?;
        // A query may hold a long polygon; the receipt has it in full.
        let shown: String = value.chars().take(MAX_CELL / 2).collect();
        write_text(sheet, formats, (line, 1), &shown)?;
    }
    sheet.write_string(5, 0, names[5])?;
    sheet.write_number(5, 1, rows as f64)?;
    Ok(())
}

/// At most 31 characters, none of `[ ] : * ? / \`, no apostrophe at an end, not the other sheet's name.
fn sheet_name(name: &str, taken: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| {
            let refused = c.is_control() || "[]:*?/\\'".contains(c);
            if refused { '_' } else { c }
        })
        .collect();
    let mut short = String::new();
    for c in clean.chars() {
        if short.encode_utf16().count() + c.len_utf16() > 31 {
            break;
        }
        short.push(c);
    }
    let reserved = short.is_empty()
        || short.eq_ignore_ascii_case("history")
        || short.to_lowercase() == taken.to_lowercase();
    if reserved { "Data".to_owned() } else { short }
}

impl Formats {
    fn of(columns: &[Column]) -> Self {
        let decimals = |scale: u8| {
            let pattern = match scale {
                0 => "0".to_owned(),
                scale => format!("0.{}", "0".repeat(scale.into())),
            };
            Format::new().set_num_format(pattern)
        };
        Self {
            quoted: Format::new().set_quote_prefix(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            integer: Format::new().set_num_format("0"),
            degrees: decimals(7),
            decimals: columns
                .iter()
                .map(|column| match column.kind {
                    Kind::Decimal(scale) => decimals(scale),
                    Kind::Money => Format::new().set_num_format("#,##0.00"),
                    _ => Format::new(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_made_allowed() {
        assert_eq!(sheet_name("a/b:c", "Origin"), "a_b_c");
        assert_eq!(sheet_name("'x'", "Origin"), "_x_");
        assert_eq!(sheet_name("ORIGIN", "Origin"), "Data");
        assert_eq!(sheet_name("", "Origin"), "Data");
        assert_eq!(sheet_name(&"é".repeat(40), "Origin").chars().count(), 31);
    }

    #[test]
    fn days_outside_a_workbooks_calendar_are_known() {
        let day = |y| NaiveDate::from_ymd_opt(y, 1, 1).expect("a date");
        assert!(excel_day(day(1900)).is_some());
        assert!(excel_day(day(1899)).is_none());
        assert!(excel_day(day(-1)).is_none());
    }
}
