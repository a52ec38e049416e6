//! Reads a dataset or account file by its recipe and yields records of the domain, or for every row
//! that was not taken a rejection that says where and why. Nothing here writes: a file is read whole
//! before anything of it may be stored, so a broken one changes nothing.
//!
//! `recipes()` are the datasets, [`read`] loads one, [`derive::enrich`] adds what follows from shapes
//! and neighbours, [`accounts::read`] reads an account file.

pub mod accounts;
pub mod crs;
pub mod demo;
pub mod derive;
pub mod error;
pub mod features;
mod figures;
pub mod osm;
pub mod recipe;
pub mod region_index;
mod regions;
pub mod shape;
mod sites;
pub mod table;

pub use error::IngestError;
pub use recipe::{Format, Kind, Mapping, Recipe, recipes};
pub use region_index::RegionIndex;

use geocrm_domain::dataset::Rejection;
use geocrm_domain::record::{Bundle, RegionRow};
use geocrm_domain::region::{Region, RegionLevel};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a loader has to know of earlier loads: the regions that figures may speak of.
#[derive(Debug, Clone, Default)]
pub struct Context {
    codes: BTreeMap<RegionLevel, BTreeSet<String>>,
}

impl Context {
    pub fn from_regions<'a>(regions: impl IntoIterator<Item = &'a Region>) -> Self {
        let mut context = Self::default();
        for region in regions {
            context.insert(region.level, &region.code);
        }
        context
    }

    /// Makes the regions of a bundle known that is about to be stored.
    pub fn add_rows<'a>(&mut self, rows: impl IntoIterator<Item = &'a RegionRow>) {
        for row in rows {
            self.insert(row.level, &row.code);
        }
    }

    fn insert(&mut self, level: RegionLevel, code: &str) {
        self.codes.entry(level).or_default().insert(code.to_owned());
    }

    pub fn knows(&self, level: RegionLevel, code: &str) -> bool {
        self.codes
            .get(&level)
            .is_some_and(|codes| codes.contains(code))
    }
}

/// What a loaded version says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub vintage: String,
    pub notes: String,
    pub file: String,
    pub bytes: u64,
    /// Rows by kind.
    pub row_counts: Vec<(String, i64)>,
}

#[derive(Debug)]
pub struct Loaded {
    pub bundle: Bundle,
    pub rejections: Vec<Rejection>,
    pub meta: Meta,
}

/// Reads the recipe's file under `data_dir`. Rows that cannot be taken are rejections; an error means
/// that nothing of the file may be stored. Derived columns are left to [`derive::enrich`].
pub fn read(recipe: &Recipe, data_dir: &Path, context: &Context) -> Result<Loaded, IngestError> {
    let path = data_dir.join(&recipe.file);
    let bytes = std::fs::metadata(&path)
        .map_err(|source| IngestError::Io {
            path: path.clone(),
            source,
        })?
        .len();
    let (bundle, rejections) = match recipe.kind {
        Kind::Osm => osm::read(recipe, &path)?,
        Kind::Regions => regions::read(recipe, &path)?,
        Kind::Indicators => figures::indicators(recipe, &path, context)?,
        Kind::Postcodes => figures::postcodes(recipe, &path)?,
        Kind::Flows => figures::flows(recipe, &path, context)?,
        Kind::BusinessParks => sites::business_parks(recipe, &path)?,
        Kind::Addresses => sites::addresses(recipe, &path)?,
        Kind::Accounts => {
            let mapping = recipe.accounts.clone();
            let table = table::read(&path, &recipe.csv, recipe.layer.as_deref())?;
            let (accounts, rejections) =
                accounts::from_table(&path, &table, mapping, recipe.csv.decimal)?;
            let bundle = Bundle {
                accounts,
                ..Bundle::default()
            };
            (bundle, rejections)
        }
    };
    tracing::info!(dataset = recipe.code, rejected = rejections.len(), "read");
    Ok(Loaded {
        meta: Meta {
            code: recipe.code.clone(),
            title: recipe.title.clone(),
            source: recipe.source.clone(),
            licence: recipe.licence.clone(),
            attribution: recipe.attribution.clone(),
            vintage: recipe.vintage.clone(),
            notes: recipe.notes.trim().to_owned(),
            file: recipe.file.clone(),
            bytes,
            row_counts: bundle.row_counts(),
        },
        bundle,
        rejections,
    })
}
