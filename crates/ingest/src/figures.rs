//! Figures about regions and postcodes, and flows between regions. A withheld figure is a row without
//! a value: publishers suppress small numbers, and a zero in their place would be a lie on the map.

use crate::Context;
use crate::error::IngestError;
use crate::recipe::{Csv, IndicatorColumn, Recipe};
use crate::regions::{RowFault, missing};
use crate::table::{self, Row, Table};
use geocrm_domain::dataset::Rejection;
use geocrm_domain::record::{Bundle, FlowRow, IndicatorRow, PostcodeRow};
use geocrm_domain::region::RegionLevel;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

type Outcome = Result<(Bundle, Vec<Rejection>), IngestError>;

pub fn indicators(recipe: &Recipe, path: &Path, context: &Context) -> Outcome {
    let Some(mapping) = &recipe.indicators else {
        return Err(missing(recipe, "indicators"));
    };
    let table = table::read(path, &recipe.csv, recipe.layer.as_deref())?;
    let code = table.column(path, &mapping.code)?;
    let columns = mapping
        .columns
        .iter()
        .map(|c| Ok((table.column(path, &c.column)?, c)))
        .collect::<Result<Vec<_>, IngestError>>()?;
    let mut bundle = Bundle {
        indicator_defs: mapping
            .columns
            .iter()
            .map(IndicatorColumn::definition)
            .collect(),
        ..Bundle::default()
    };
    let mut rejections = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &table.rows {
        let source_code = row.cell(code);
        let region_code = mapping
            .aliases
            .get(source_code)
            .map_or(source_code, String::as_str);
        let level = match level_of(source_code, &mapping.levels) {
            Ok(level) if !context.knows(level, region_code) => {
                let reason = format!("no {} with this code is loaded", level.code());
                Err(RowFault::new(&mapping.code, source_code, reason))
            }
            Ok(level) if !seen.insert((level, region_code.to_owned())) => {
                let reason = "the file has this code twice; the first row counts";
                Err(RowFault::new(&mapping.code, source_code, reason))
            }
            other => other,
        };
        let level = match level {
            Ok(level) => level,
            Err(fault) => {
                rejections.push(fault.at(&table.name, &element(row)));
                continue;
            }
        };
        for (at, column) in &columns {
            match figure(row.cell(*at), column.scale, &recipe.csv) {
                Ok(value_e4) => bundle.indicators.push(IndicatorRow {
                    level,
                    region_code: region_code.to_owned(),
                    indicator: column.indicator.clone(),
                    year: mapping.year,
                    value_e4,
                    suppressed: value_e4.is_none(),
                }),
                Err(reason) => {
                    let fault = RowFault::new(&column.column, row.cell(*at), reason);
                    rejections.push(fault.at(&table.name, &element(row)));
                }
            }
        }
    }
    not_empty(path, &table)?;
    Ok((bundle, rejections))
}

/// The level by the code's longest known prefix.
fn level_of(code: &str, levels: &BTreeMap<String, String>) -> Result<RegionLevel, RowFault> {
    levels
        .iter()
        .filter(|(prefix, _)| code.starts_with(prefix.as_str()))
        .max_by_key(|(prefix, _)| prefix.len())
        .and_then(|(_, level)| RegionLevel::parse(level))
        .ok_or_else(|| {
            let known: Vec<&str> = levels.keys().map(String::as_str).collect();
            let reason = format!(
                "regions are loaded for codes beginning {}",
                known.join(", ")
            );
            RowFault::new("code", code, reason)
        })
}

/// `None` for a withheld figure.
fn figure(text: &str, scale: i64, csv: &Csv) -> Result<Option<i64>, &'static str> {
    if csv.missing.iter().any(|m| m == text) {
        return Ok(None);
    }
    table::decimal(text, csv.decimal, 4)
        .and_then(|value| value.checked_mul(scale))
        .map(Some)
        .ok_or("is neither a number nor one of the recipe's marks for a missing figure")
}

pub fn postcodes(recipe: &Recipe, path: &Path) -> Outcome {
    let Some(mapping) = &recipe.postcodes else {
        return Err(missing(recipe, "postcodes"));
    };
    let table = table::read(path, &recipe.csv, recipe.layer.as_deref())?;
    let code = table.column(path, &mapping.postcode)?;
    let households = (
        &mapping.households,
        table.column(path, &mapping.households)?,
    );
    let inhabitants = (
        &mapping.inhabitants,
        table.column(path, &mapping.inhabitants)?,
    );
    let mut bundle = Bundle::default();
    let mut rejections = Vec::new();
    let mut seen = HashSet::new();
    for row in &table.rows {
        let take = || -> Result<PostcodeRow, RowFault> {
            let postcode = geocrm_domain::address::normal_postcode(row.cell(code));
            if postcode.is_empty() {
                return Err(RowFault::new(&mapping.postcode, "", "is empty"));
            }
            let count = |(name, at): (&String, usize)| {
                let text = row.cell(at);
                let wrong = |reason: &str| RowFault::new(name, text, reason);
                match figure(text, 1, &recipe.csv).map_err(wrong)? {
                    None => Ok(None),
                    Some(value) => i32::try_from(value / 10_000)
                        .ok()
                        .filter(|v| *v >= 0 && value % 10_000 == 0)
                        .map(Some)
                        .ok_or_else(|| wrong("is not a count")),
                }
            };
            let (households, inhabitants) = (count(households)?, count(inhabitants)?);
            Ok(PostcodeRow {
                postcode,
                households,
                inhabitants,
                suppressed: households.is_none() || inhabitants.is_none(),
            })
        };
        match take() {
            Ok(found) if !seen.insert(found.postcode.clone()) => {
                let reason = "the file has this postcode twice; the first row counts";
                let fault = RowFault::new(&mapping.postcode, &found.postcode, reason);
                rejections.push(fault.at(&table.name, &element(row)));
            }
            Ok(found) => bundle.postcodes.push(found),
            Err(fault) => rejections.push(fault.at(&table.name, &element(row))),
        }
    }
    not_empty(path, &table)?;
    Ok((bundle, rejections))
}

pub fn flows(recipe: &Recipe, path: &Path, context: &Context) -> Outcome {
    let Some(mapping) = &recipe.flows else {
        return Err(missing(recipe, "flows"));
    };
    let Some(level) = RegionLevel::parse(&mapping.level) else {
        return Err(missing(recipe, "flows"));
    };
    let table = table::read(path, &recipe.csv, recipe.layer.as_deref())?;
    let origin = table.column(path, &mapping.origin)?;
    let destination = table.column(path, &mapping.destination)?;
    let mode = table.column(path, &mapping.mode)?;
    let persons = table.column(path, &mapping.persons)?;
    let mut bundle = Bundle::default();
    let mut rejections = Vec::new();
    let mut seen: HashSet<(&str, &str, &str)> = HashSet::new();
    for row in &table.rows {
        let take = || -> Result<FlowRow, RowFault> {
            let region = |name: &str, at: usize| {
                let code = row.cell(at);
                if context.knows(level, code) {
                    Ok(code.to_owned())
                } else {
                    let reason = format!("no {} with this code is loaded", level.code());
                    Err(RowFault::new(name, code, reason))
                }
            };
            let text = row.cell(persons);
            let persons_e3 = table::decimal(text, recipe.csv.decimal, 3)
                .filter(|v| *v >= 0)
                .ok_or_else(|| {
                    RowFault::new(&mapping.persons, text, "is not a number of persons")
                })?;
            let word = row.cell(mode);
            if word.is_empty() {
                return Err(RowFault::new(&mapping.mode, "", "is empty"));
            }
            Ok(FlowRow {
                level,
                origin_code: region(&mapping.origin, origin)?,
                destination_code: region(&mapping.destination, destination)?,
                mode: mapping
                    .modes
                    .get(word)
                    .cloned()
                    .unwrap_or_else(|| word.to_owned()),
                year: mapping.year,
                persons_e3,
            })
        };
        match take() {
            Ok(_) if !seen.insert((row.cell(origin), row.cell(destination), row.cell(mode))) => {
                let reason = "the file has this flow twice; the first row counts";
                let fault = RowFault::new(&mapping.origin, row.cell(origin), reason);
                rejections.push(fault.at(&table.name, &element(row)));
            }
            Ok(flow) => bundle.flows.push(flow),
            Err(fault) => rejections.push(fault.at(&table.name, &element(row))),
        }
    }
    not_empty(path, &table)?;
    Ok((bundle, rejections))
}

fn element(row: &Row) -> String {
    format!("row {}", row.number)
}

/// A header without rows is as good as an empty file.
fn not_empty(path: &Path, table: &Table) -> Result<(), IngestError> {
    if table.rows.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(())
}
