//! Delimited text and workbooks as plain rows of text. Everything untidy about them ends here: byte
//! order mark, encoding, delimiter, padding, quotes, decimal comma; what follows sees trimmed text.

use crate::error::IngestError;
use crate::recipe::Csv;
use calamine::{DataRef, Reader, Xlsx};
use std::io::{Cursor, Read};
use std::path::Path;

/// Bytes of one delimited file.
pub const CSV_BYTES: u64 = 1 << 30;
/// Bytes of one workbook, as it lies on disk and unpacked.
pub const XLSX_BYTES: u64 = 128 << 20;
pub const XLSX_UNPACKED_BYTES: u64 = 512 << 20;
/// Cells of one workbook sheet.
pub const CELLS: usize = 50_000_000;
/// Columns of one table.
pub const COLUMNS: usize = 4_096;

/// Rows of text under named columns.
#[derive(Debug)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// Name for rejections: the file, or file/sheet.
    pub name: String,
}

#[derive(Debug)]
pub struct Row {
    /// Line of the file or row of the sheet, counted from 1.
    pub number: u64,
    pub cells: Vec<String>,
}

impl Table {
    /// Position of a column by its exact name after trimming.
    pub fn column(&self, path: &Path, name: &str) -> Result<usize, IngestError> {
        self.find(name).ok_or_else(|| IngestError::MissingColumn {
            path: path.to_owned(),
            column: name.to_owned(),
            found: self.columns.join(", "),
        })
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }
}

impl Row {
    /// Trimmed text of a cell; empty where the row is too short.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |c| c.trim())
    }
}

/// Reads a file by its extension: `.xlsx` as a workbook, everything else as delimited text.
pub fn read(path: &Path, csv: &Csv, sheet: Option<&str>) -> Result<Table, IngestError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    if extension.eq_ignore_ascii_case("xlsx") {
        read_xlsx(path, sheet)
    } else {
        read_csv(path, csv)
    }
}

/// The whole file, unless it is empty or larger than `limit`.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, IngestError> {
    let io = |source| IngestError::Io {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(io)?;
    let bytes = file.metadata().map_err(io)?.len();
    if bytes > limit {
        return Err(IngestError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit,
        });
    }
    let mut data = Vec::with_capacity(bytes as usize);
    file.take(limit).read_to_end(&mut data).map_err(io)?;
    if data.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(data)
}

/// UTF-8 with or without mark, else Windows-1252; control characters mean that it is not text.
fn decode(path: &Path, data: Vec<u8>) -> Result<String, IngestError> {
    let control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1A);
    if let Some(offset) = data.iter().position(control) {
        return Err(IngestError::Binary {
            path: path.to_owned(),
            offset,
        });
    }
    let text = match String::from_utf8(data) {
        Ok(text) => text,
        Err(error) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(error.as_bytes())
            .0
            .into_owned(),
    };
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

fn read_csv(path: &Path, options: &Csv) -> Result<Table, IngestError> {
    let text = decode(path, read_bounded(path, CSV_BYTES)?)?;
    if text.trim().is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    let delimiter = match options.delimiter {
        Some(c) => u8::try_from(c).unwrap_or(b','),
        None => guess_delimiter(&text),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let malformed = |place: String, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "delimited text",
        place,
        reason,
    };
    let mut record = csv::StringRecord::new();
    let mut lines = Lines::default();
    let mut columns: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|e| malformed(format!("after row {}", rows.len() + 1), e.to_string()))?;
        if !more {
            break;
        }
        let start = record.position().map_or(0, |p| p.byte() as usize);
        let number = lines.at(&text, start);
        if record.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        match &columns {
            None if cells.len() > COLUMNS => {
                return Err(malformed(
                    "the header".to_owned(),
                    format!("{} columns, at most {COLUMNS} are read", cells.len()),
                ));
            }
            None => columns = Some(cells.iter().map(|c| c.trim().to_owned()).collect()),
            Some(columns) if cells.len() > columns.len() + 1 => {
                let found = format!("{} cells under {} columns", cells.len(), columns.len());
                return Err(malformed(format!("row {number}"), found));
            }
            Some(_) => rows.push(Row { number, cells }),
        }
    }
    Ok(Table {
        columns: columns.unwrap_or_default(),
        rows,
        name: file_name(path),
    })
}

/// Line of a byte, counted on from the last one asked; the reader's own count is one short after CR LF.
#[derive(Default)]
struct Lines {
    byte: usize,
    ends: u64,
}

impl Lines {
    fn at(&mut self, text: &str, byte: usize) -> u64 {
        let bytes = text.as_bytes();
        let mut byte = byte.min(bytes.len());
        while matches!(bytes.get(byte), Some(b'\r' | b'\n')) {
            byte += 1;
        }
        let between = bytes.get(self.byte..byte).unwrap_or_default();
        self.ends += between.split(|b| *b == b'\n').skip(1).count() as u64;
        self.byte = byte;
        self.ends + 1
    }
}

/// The delimiter that splits the first line into most parts, outside quotes.
fn guess_delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or("");
    let count = |wanted: char| {
        let mut quoted = false;
        line.chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted && *c == wanted
            })
            .count()
    };
    [';', '\t', ',', '|']
        .into_iter()
        .max_by_key(|c| (count(*c), *c == ','))
        .and_then(|c| u8::try_from(c).ok())
        .unwrap_or(b',')
}

pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    )
}

/// Only through the streaming cell reader: a sheet's claimed size is never allocated.
fn read_xlsx(path: &Path, sheet: Option<&str>) -> Result<Table, IngestError> {
    let data = read_bounded(path, XLSX_BYTES)?;
    let malformed = |place: &str, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "XLSX",
        place: place.to_owned(),
        reason,
    };
    check_zip(path, &data)?;
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(data)).map_err(|e| malformed("workbook", e.to_string()))?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(wanted) => names.iter().find(|n| *n == wanted).cloned(),
        None => names.first().cloned(),
    }
    .ok_or_else(|| {
        malformed(
            "workbook",
            format!("no sheet {}", sheet.unwrap_or("at all")),
        )
    })?;
    let mut cells = book
        .worksheet_cells_reader(&name)
        .map_err(|e| malformed(&name, e.to_string()))?;
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut header_row = None;
    let mut count = 0;
    while let Some(cell) = cells
        .next_cell()
        .map_err(|e| malformed(&name, e.to_string()))?
    {
        let (row, column) = cell.get_position();
        let column = column as usize;
        count += 1;
        if count > CELLS || column >= COLUMNS {
            let reason = format!("at most {COLUMNS} columns and {CELLS} cells are read");
            return Err(malformed(&format!("{name}, row {}", row + 1), reason));
        }
        let text = cell_text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let header = *header_row.get_or_insert(row);
        let target = if row == header {
            &mut columns
        } else {
            let number = u64::from(row) + 1;
            if rows.last().is_none_or(|r| r.number != number) {
                rows.push(Row {
                    number,
                    cells: Vec::new(),
                });
            }
            match rows.last_mut() {
                Some(last) => &mut last.cells,
                None => continue,
            }
        };
        if target.len() <= column {
            target.resize(column + 1, String::new());
        }
        target[column] = text;
    }
    if columns.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    let columns = columns.iter().map(|c| c.trim().to_owned()).collect();
    Ok(Table {
        columns,
        rows,
        name: format!("{}/{name}", file_name(path)),
    })
}

/// Unpacks every entry once into nothing, so that a small file cannot unfold into a huge one later.
fn check_zip(path: &Path, data: &[u8]) -> Result<(), IngestError> {
    let malformed = |reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "XLSX",
        place: "zip directory".to_owned(),
        reason,
    };
    let mut archive =
        zip::ZipArchive::new(Cursor::new(data)).map_err(|e| malformed(e.to_string()))?;
    let mut left = XLSX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive
            .by_index(index)
            .map_err(|e| malformed(e.to_string()))?;
        let read = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink())
            .map_err(|e| malformed(e.to_string()))?;
        left = left
            .checked_sub(read)
            .ok_or_else(|| IngestError::TooLarge {
                path: path.to_owned(),
                bytes: XLSX_UNPACKED_BYTES + 1,
                limit: XLSX_UNPACKED_BYTES,
            })?;
    }
    Ok(())
}

fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(v) => v.to_string(),
        DataRef::Float(v) => v.to_string(),
        DataRef::SharedString(v) => (*v).to_owned(),
        DataRef::Bool(v) => v.to_string(),
        DataRef::DateTime(v) if v.is_datetime() => {
            let (year, month, day, ..) = v.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(v) => v.as_f64().to_string(),
        DataRef::String(v) | DataRef::DateTimeIso(v) | DataRef::DurationIso(v) => v.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Exact decimal in `10^-places` units; spaces (also no-break ones) and thousands marks may group the
/// digits, more decimals than `places` round half away from zero. `None` when it is not a number.
pub fn decimal(text: &str, decimal_mark: char, places: u32) -> Option<i64> {
    let group = if decimal_mark == ',' { '.' } else { ',' };
    let text = text.trim();
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match text.split_once(decimal_mark) {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    if (whole.is_empty() && fraction.is_empty()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut units: i64 = 0;
    for c in whole.chars() {
        match c {
            '0'..='9' => {
                units = units
                    .checked_mul(10)?
                    .checked_add(i64::from(c as u32 - u32::from(b'0')))?;
            }
            ' ' | '\u{a0}' | '\u{202f}' | '\'' => {}
            c if c == group => {}
            _ => return None,
        }
    }
    let mut digits = fraction.bytes();
    for _ in 0..places {
        let digit = digits.next().map_or(0, |b| i64::from(b - b'0'));
        units = units.checked_mul(10)?.checked_add(digit)?;
    }
    if digits.next().is_some_and(|b| b >= b'5') {
        units = units.checked_add(1)?;
    }
    Some(if negative { -units } else { units })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8], csv: &Csv) -> Result<Table, IngestError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, bytes).expect("written");
        read(&path, csv, None)
    }

    #[test]
    fn mark_semicolons_padding_and_quotes() {
        let csv = Csv::default();
        let text = "\u{feff}\"Code\";\"Naam\";\"Waarde\"\r\n\"GM0363    \";\"Zuid; West\";46,5\r\n";
        let table = table(text.as_bytes(), &csv).expect("a table");
        assert_eq!(table.columns, ["Code", "Naam", "Waarde"]);
        assert_eq!(table.rows[0].cell(0), "GM0363");
        assert_eq!(table.rows[0].cell(1), "Zuid; West");
        assert_eq!(table.rows[0].number, 2);
    }

    #[test]
    fn windows_1252_is_noticed() {
        let table =
            table(b"naam\tplaats\nCaf\xe9 d'Or\tM\xfcnchen\n", &Csv::default()).expect("a table");
        assert_eq!(table.rows[0].cell(0), "Café d'Or");
        assert_eq!(table.rows[0].cell(1), "München");
    }

    #[test]
    fn noise_and_emptiness_are_named() {
        let noise: Vec<u8> = (0..2_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert!(matches!(
            table(&noise, &Csv::default()),
            Err(IngestError::Binary { .. })
        ));
        assert!(matches!(
            table(b"", &Csv::default()),
            Err(IngestError::Empty { .. })
        ));
        assert!(matches!(
            table(b" \n\n", &Csv::default()),
            Err(IngestError::Empty { .. })
        ));
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("46,5", ',', 4), Some(465_000));
        assert_eq!(decimal("1.234,56", ',', 2), Some(123_456));
        assert_eq!(decimal("1 234", ',', 2), Some(123_400));
        assert_eq!(decimal("-0.005", '.', 2), Some(-1));
        assert_eq!(decimal("382.564", '.', 3), Some(382_564));
        assert_eq!(decimal("12abc", '.', 2), None);
        assert_eq!(decimal("", '.', 2), None);
        assert_eq!(decimal("99999999999999999999", '.', 2), None);
    }
}
