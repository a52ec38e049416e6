//! Account files as people keep them: any delimiter, either encoding, Dutch or English headers. What
//! the file does not say is left out; nothing is invented, and a row without a name is refused.

mod headers;
mod row;
#[cfg(test)]
mod tests;
mod words;

use crate::error::IngestError;
use crate::recipe::{Csv, Mapping};
use crate::regions::RowFault;
use crate::table::{self, Table};
use geocrm_domain::dataset::Rejection;
use geocrm_domain::record::AccountRow;
use headers::guess_mapping;
use row::{Columns, account};
use std::collections::HashSet;
use std::path::Path;

/// Rows of one account file.
pub const ACCOUNT_ROWS: usize = 5_000_000;

/// Reads an account file (CSV or XLSX); without a mapping the headers are guessed.
pub fn read(
    path: &Path,
    mapping: Option<Mapping>,
) -> Result<(Vec<AccountRow>, Vec<Rejection>), IngestError> {
    let table = table::read(path, &Csv::default(), None)?;
    let decimal = if decimal_comma(&table, mapping.as_ref()) {
        ','
    } else {
        '.'
    };
    from_table(path, &table, mapping, decimal)
}

/// The mapping that [`read`] would use for this file, for people to confirm.
pub fn guess(path: &Path) -> Result<Mapping, IngestError> {
    Ok(guess_mapping(
        &table::read(path, &Csv::default(), None)?.columns,
    ))
}

/// Whether revenues are written `1.234,56`: decided by the last mark that is followed by one or two digits.
fn decimal_comma(table: &Table, mapping: Option<&Mapping>) -> bool {
    let guessed = guess_mapping(&table.columns);
    let Some(column) = mapping
        .unwrap_or(&guessed)
        .revenue
        .as_deref()
        .and_then(|name| table.find(name))
    else {
        return false;
    };
    let votes: i64 = table
        .rows
        .iter()
        .map(|row| {
            let text = row
                .cell(column)
                .trim_end_matches(|c: char| !c.is_ascii_digit());
            match text.rfind([',', '.']) {
                Some(at) if text.len() - at <= 3 => {
                    if text[at..].starts_with(',') {
                        1
                    } else {
                        -1
                    }
                }
                Some(at) if text.len() - at == 4 => {
                    if text[at..].starts_with('.') {
                        1
                    } else {
                        -1
                    }
                }
                _ => 0,
            }
        })
        .sum();
    votes > 0
}

pub(crate) fn from_table(
    path: &Path,
    table: &Table,
    mapping: Option<Mapping>,
    decimal: char,
) -> Result<(Vec<AccountRow>, Vec<Rejection>), IngestError> {
    let mapping = mapping.unwrap_or_else(|| guess_mapping(&table.columns));
    let columns = Columns::find(path, table, &mapping)?;
    if table.rows.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    if table.rows.len() > ACCOUNT_ROWS {
        return Err(IngestError::TooLarge {
            path: path.to_owned(),
            bytes: table.rows.len() as u64,
            limit: ACCOUNT_ROWS as u64,
        });
    }
    let mut accounts = Vec::with_capacity(table.rows.len());
    let mut rejections = Vec::new();
    let mut keys = HashSet::new();
    for row in &table.rows {
        let element = format!("row {}", row.number);
        match account(row, table, &columns, &mapping, decimal) {
            Ok(account) if !keys.insert(account.external_key.clone()) => {
                let field = mapping
                    .external_key
                    .as_deref()
                    .unwrap_or("name and address");
                let reason = "the file has this record twice; the first row counts";
                let fault = RowFault::new(field, &account.external_key, reason);
                rejections.push(fault.at(&table.name, &element));
            }
            Ok(account) => accounts.push(account),
            Err(fault) => rejections.push(fault.at(&table.name, &element)),
        }
    }
    Ok((accounts, rejections))
}
