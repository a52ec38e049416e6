//! CSV as RFC 4180 writes it (CRLF, quotes where needed), in the dress a spreadsheet of the reader's country
//! expects. The file holds nothing but a header and the rows; where they come from says the receipt.

use crate::cell::{Typed, date, fixed, typed_row};
use crate::guard::guarded;
use crate::{ExportError, Layer, Locale, Row};
use std::borrow::Cow;
use std::io::{BufWriter, Write};

pub fn write(
    out: impl Write,
    layer: Layer<'_>,
    rows: impl Iterator<Item = Row>,
    locale: Locale,
) -> Result<u64, ExportError> {
    let (delimiter, point) = match locale {
        Locale::English => (b',', '.'),
        Locale::Dutch => (b';', ','),
    };
    let mut out = BufWriter::new(out);
    if locale == Locale::Dutch {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut csv = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    for column in layer.columns {
        csv.write_field(guarded(&column.title).as_bytes())?;
    }
    if layer.placed {
        csv.write_field("lng")?;
        csv.write_field("lat")?;
    }
    csv.write_record(None::<&[u8]>)?;
    let mut count = 0;
    for row in rows {
        count += 1;
        for cell in typed_row(&row, layer, count)? {
            csv.write_field(text_of(&cell, point).as_bytes())?;
        }
        if layer.placed {
            let degrees =
                |e7: Option<i32>| e7.map_or(String::new(), |e7| fixed(e7.into(), 7, point));
            csv.write_field(degrees(row.place.map(|place| place.lng_e7)))?;
            csv.write_field(degrees(row.place.map(|place| place.lat_e7)))?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()?;
    Ok(count)
}

fn text_of<'a>(cell: &Typed<'a>, point: char) -> Cow<'a, str> {
    match *cell {
        Typed::Empty => Cow::Borrowed(""),
        Typed::Text(text) | Typed::TextId(text) => guarded(text),
        Typed::Int(int) | Typed::IntId(int) => Cow::Owned(int.to_string()),
        Typed::Decimal { unscaled, scale } => Cow::Owned(fixed(unscaled, scale, point)),
        Typed::Date(day) => Cow::Owned(date(day)),
    }
}
