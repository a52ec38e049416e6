//! `GeoJSON` (RFC 7946), one feature to a line so that two files can be compared by line. Decimals are written
//! digit by digit from whole numbers; the origin of the rows stands in foreign members of the collection.

use crate::cell::{Typed, date, fixed, typed_row};
use crate::{ExportError, Kind, Layer, Meta, Row};
use chrono::SecondsFormat;
use std::io::{BufWriter, Write};

pub fn write(
    out: impl Write,
    layer: Layer<'_>,
    rows: impl Iterator<Item = Row>,
    meta: &Meta,
) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let members = [
        ("name", layer.name),
        ("title", &meta.title),
        ("query", &meta.query_text),
        ("data_version", &meta.data_version),
        (
            "version_time",
            &meta
                .version_time
                .to_rfc3339_opts(SecondsFormat::AutoSi, true),
        ),
        ("created_by", &meta.created_by),
    ];
    write!(out, "{{\"type\":\"FeatureCollection\"")?;
    for (name, value) in members {
        write!(out, ",\"{name}\":{}", quoted(value))?;
    }
    write!(out, ",\"features\":[")?;
    let names: Vec<String> = layer
        .columns
        .iter()
        .map(|column| quoted(&column.name))
        .collect();
    let id_column = layer
        .columns
        .iter()
        .position(|column| column.kind == Kind::Id);
    let mut count = 0;
    for row in rows {
        count += 1;
        let cells = typed_row(&row, layer, count)?;
        out.write_all(if count == 1 { b"\n" } else { b",\n" })?;
        write!(out, "{{\"type\":\"Feature\"")?;
        if let Some(id) = id_column.map(|index| &cells[index])
            && !matches!(id, Typed::Empty)
        {
            write!(out, ",\"id\":{}", json_of(id))?;
        }
        match row.place {
            Some(place) => write!(
                out,
                ",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{},{}]}}",
                fixed(place.lng_e7.into(), 7, '.'),
                fixed(place.lat_e7.into(), 7, '.')
            )?,
            None => write!(out, ",\"geometry\":null")?,
        }
        write!(out, ",\"properties\":{{")?;
        for (index, (name, cell)) in names.iter().zip(&cells).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}{name}:{}", json_of(cell))?;
        }
        write!(out, "}}}}")?;
    }
    writeln!(out, "\n]}}")?;
    out.flush()?;
    Ok(count)
}

/// Keys are strings, because JavaScript rounds numbers above 2^53.
fn json_of(cell: &Typed<'_>) -> String {
    match *cell {
        Typed::Empty => "null".to_owned(),
        Typed::Text(text) | Typed::TextId(text) => quoted(text),
        Typed::Int(int) => int.to_string(),
        Typed::IntId(int) => format!("\"{int}\""),
        Typed::Decimal { unscaled, scale } => fixed(unscaled, scale, '.'),
        Typed::Date(day) => format!("\"{}\"", date(day)),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
