//! The receipt of an export: enough to run the query again at the same version and to see that the bytes are
//! the same. Its text is canonical, so that its own hash can be kept in an audit log.

use crate::{Format, Layer, Locale, Meta, Written};
use chrono::SecondsFormat;
use sha2::{Digest, Sha256};
use std::fmt::Write;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub format: Format,
    pub layer: String,
    pub columns: Vec<String>,
    pub meta: Meta,
    pub written: Written,
}

impl Receipt {
    pub fn new(format: Format, layer: Layer<'_>, meta: Meta, written: Written) -> Self {
        Self {
            format,
            layer: layer.name.to_owned(),
            columns: layer
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            meta,
            written,
        }
    }

    /// One `name: value` to a line in a fixed order, text in JSON's quotes, line feed at the end of each.
    pub fn canonical_text(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let time = self
            .meta
            .version_time
            .to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let locale = match self.meta.locale {
            Locale::English => "en",
            Locale::Dutch => "nl",
        };
        let lines = [
            ("receipt", "1".to_owned()),
            ("title", quoted(&self.meta.title)),
            ("query", quoted(&self.meta.query_text)),
            ("data_version", quoted(&self.meta.data_version)),
            ("version_time", time),
            ("created_by", quoted(&self.meta.created_by)),
            ("format", self.format.extension().to_owned()),
            ("locale", locale.to_owned()),
            ("layer", quoted(&self.layer)),
            (
                "columns",
                serde_json::Value::from(self.columns.clone()).to_string(),
            ),
            ("rows", self.written.rows.to_string()),
            ("bytes", self.written.bytes.to_string()),
            ("sha256", self.written.sha256.clone()),
        ];
        lines.iter().fold(String::new(), |mut text, (name, value)| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}: {value}");
            text
        })
    }

    /// SHA-256 of the canonical text, 64 lower-case hexadecimal digits.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.canonical_text()))
    }
}
