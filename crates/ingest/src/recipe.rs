//! What a dataset is and how its columns map to our terms. A recipe is a TOML file in `datasets/`;
//! those are part of the binary, so that a loaded version can always say by which rule it came about.

use crate::crs::Crs;
use crate::error::{IngestError, RecipeFault};
use geocrm_domain::record::IndicatorDef;
use geocrm_domain::region::RegionLevel;
use serde::Deserialize;
use std::collections::BTreeMap;

include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Lower-case name of the dataset: `osm_amsterdam_centrum`.
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    /// The line the map shows.
    pub attribution: String,
    pub vintage: String,
    /// Relative to the data folder.
    pub file: String,
    pub format: Format,
    /// `EPSG:28992`; absent where the file itself has to say it or has no coordinates.
    #[serde(default)]
    pub crs: Option<Crs>,
    pub kind: Kind,
    /// Smaller ones load first; regions come before the figures about them.
    pub order: i32,
    /// Where counts differ from others', and why; columns left out, and why.
    #[serde(default)]
    pub notes: String,
    #[serde(default)]
    pub csv: Csv,
    /// Layer of a `GeoPackage` or sheet of an XLSX; the first one when absent.
    #[serde(default)]
    pub layer: Option<String>,
    #[serde(default)]
    pub osm: Option<OsmOptions>,
    #[serde(default)]
    pub regions: Option<RegionMapping>,
    #[serde(default)]
    pub indicators: Option<IndicatorMapping>,
    #[serde(default)]
    pub postcodes: Option<PostcodeMapping>,
    #[serde(default)]
    pub flows: Option<FlowMapping>,
    #[serde(default)]
    pub business_parks: Option<ParkMapping>,
    #[serde(default)]
    pub addresses: Option<AddressMapping>,
    #[serde(default)]
    pub accounts: Option<Mapping>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    OsmPbf,
    Geojson,
    Geopackage,
    Shapefile,
    Flatgeobuf,
    Csv,
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Osm,
    Regions,
    Indicators,
    Postcodes,
    Flows,
    BusinessParks,
    Addresses,
    Accounts,
}

/// How a delimited file is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Csv {
    /// One character; guessed from the header when absent.
    pub delimiter: Option<char>,
    /// `,` or `.`
    pub decimal: char,
    /// Texts that stand for a withheld or unknown figure, compared after trimming.
    pub missing: Vec<String>,
}

impl Default for Csv {
    fn default() -> Self {
        Self {
            delimiter: None,
            decimal: '.',
            missing: vec![String::new()],
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OsmOptions {
    /// ISO 3166-1 alpha-2 of addresses that do not say their country.
    pub country: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionMapping {
    /// Level of every row, as our code; or `level_field` with `levels`.
    #[serde(default)]
    pub level: Option<String>,
    #[serde(default)]
    pub level_field: Option<String>,
    /// The source's word for a level → ours.
    #[serde(default)]
    pub levels: BTreeMap<String, String>,
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    /// Prefix put before the parent's code.
    #[serde(default)]
    pub parent_prefix: String,
    /// CSV column with the shape as (E)WKT.
    #[serde(default)]
    pub geometry: Option<String>,
    /// Wider regions the source does not publish, made by joining narrower ones.
    #[serde(default)]
    pub dissolve: Vec<Dissolve>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dissolve {
    /// Level to make, and the level of the file's rows it is made from.
    pub level: String,
    pub from: String,
    /// Field of the rows that holds the wider region's code, or one fixed code.
    #[serde(default)]
    pub code_field: Option<String>,
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub code_prefix: String,
    #[serde(default)]
    pub name_field: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub parent_field: Option<String>,
    #[serde(default)]
    pub parent_prefix: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorMapping {
    /// Column with the region's code.
    pub code: String,
    pub year: i32,
    /// Prefix of a code → our level.
    pub levels: BTreeMap<String, String>,
    /// The source's code → the region's code, where they differ.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// Columns that are known and left out; the notes say why.
    #[serde(default)]
    pub ignored: Vec<String>,
    #[serde(rename = "column")]
    pub columns: Vec<IndicatorColumn>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorColumn {
    pub column: String,
    pub indicator: String,
    pub en: String,
    pub nl: String,
    pub unit: String,
    #[serde(default)]
    pub additive: bool,
    /// The published figure counts in this many units: 1000 for thousands.
    #[serde(default = "one")]
    pub scale: i64,
}

fn one() -> i64 {
    1
}

impl IndicatorColumn {
    pub fn definition(&self) -> IndicatorDef {
        IndicatorDef {
            indicator: self.indicator.clone(),
            title_en: self.en.clone(),
            title_nl: self.nl.clone(),
            unit: self.unit.clone(),
            additive: self.additive,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostcodeMapping {
    pub postcode: String,
    pub households: String,
    pub inhabitants: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowMapping {
    pub level: String,
    pub origin: String,
    pub destination: String,
    pub mode: String,
    pub persons: String,
    pub year: i32,
    /// The source's word for a mode → ours; others stay as they are.
    #[serde(default)]
    pub modes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParkMapping {
    pub key: String,
    pub name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressMapping {
    pub key: String,
    pub street: String,
    pub house_number: String,
    #[serde(default)]
    pub postcode: Option<String>,
    #[serde(default)]
    pub city: Option<String>,
    pub country: String,
    /// Columns with the position; absent where the file has shapes.
    #[serde(default)]
    pub lng: Option<String>,
    #[serde(default)]
    pub lat: Option<String>,
}

/// Which column of an account file holds what. A part that is `None` is not in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    pub external_key: Option<String>,
    /// Put before every key, so that two lists that both count from C00001 do not meet.
    pub key_prefix: String,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub status: Option<String>,
    pub category: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub street: Option<String>,
    pub house_number: Option<String>,
    pub house_letter: Option<String>,
    pub addition: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub lng: Option<String>,
    pub lat: Option<String>,
    /// Columns that win over `lng` and `lat` where they are filled.
    pub preferred_lng: Option<String>,
    pub preferred_lat: Option<String>,
    pub territory: Option<String>,
    pub owner_email: Option<String>,
    pub revenue: Option<String>,
    pub customer_since_on: Option<String>,
    pub last_contact_on: Option<String>,
}

/// Every recipe of `datasets/`, in the order they are to be loaded.
pub fn recipes() -> Vec<Recipe> {
    let mut all: Vec<Recipe> = EMBEDDED
        .iter()
        .filter_map(|(_, text)| Recipe::parse(text).ok())
        .collect();
    all.sort_by(|a, b| (a.order, &a.code).cmp(&(b.order, &b.code)));
    all
}

impl Recipe {
    /// Reads one recipe and checks what its grammar cannot say.
    pub fn parse(text: &str) -> Result<Self, IngestError> {
        let recipe: Self = toml::from_str(text).map_err(|e| IngestError::Recipe {
            recipe: "?".to_owned(),
            reason: RecipeFault::Toml(e),
        })?;
        recipe.check().map_err(|reason| IngestError::Recipe {
            recipe: recipe.code.clone(),
            reason,
        })?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), RecipeFault> {
        let field = |field, value: &str, expected| RecipeFault::Field {
            field,
            value: value.to_owned(),
            expected,
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.code.is_empty() || !self.code.chars().all(plain) {
            return Err(field(
                "code",
                &self.code,
                "lower-case letters, digits and _",
            ));
        }
        let outside = self.file.starts_with('/') || self.file.split(['/', '\\']).any(|p| p == "..");
        if self.file.is_empty() || outside {
            return Err(field("file", &self.file, "a path inside the data folder"));
        }
        let (kind, table, present) = match self.kind {
            Kind::Osm => ("osm", "osm", self.osm.is_some()),
            Kind::Regions => ("regions", "regions", self.regions.is_some()),
            Kind::Indicators => ("indicators", "indicators", self.indicators.is_some()),
            Kind::Postcodes => ("postcodes", "postcodes", self.postcodes.is_some()),
            Kind::Flows => ("flows", "flows", self.flows.is_some()),
            Kind::BusinessParks => {
                let present = self.business_parks.is_some();
                ("business_parks", "business_parks", present)
            }
            Kind::Addresses => ("addresses", "addresses", self.addresses.is_some()),
            Kind::Accounts => ("accounts", "accounts", self.accounts.is_some()),
        };
        if !present {
            return Err(RecipeFault::MissingTable { kind, table });
        }
        let level = |name: &str| {
            RegionLevel::parse(name)
                .map(|_| ())
                .ok_or_else(|| field("level", name, "one of our region levels"))
        };
        if let Some(regions) = &self.regions {
            regions.level.iter().try_for_each(|l| level(l))?;
            regions.levels.values().try_for_each(|l| level(l))?;
            regions
                .dissolve
                .iter()
                .try_for_each(|d| level(&d.level).and_then(|()| level(&d.from)))?;
            if regions.level.is_none() && regions.level_field.is_none() {
                return Err(field("regions", "", "level or level_field is needed"));
            }
        }
        if let Some(indicators) = &self.indicators {
            indicators.levels.values().try_for_each(|l| level(l))?;
        }
        if let Some(flows) = &self.flows {
            level(&flows.level)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_recipe_of_the_folder_parses_and_codes_are_unique() {
        let mut codes = BTreeSet::new();
        for (name, text) in EMBEDDED {
            let recipe = Recipe::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(format!("{}.toml", recipe.code), *name);
            assert!(codes.insert(recipe.code));
        }
        assert_eq!(recipes().len(), EMBEDDED.len());
    }

    #[test]
    fn one_indicator_has_one_meaning_in_all_recipes() {
        let mut seen: BTreeMap<String, IndicatorDef> = BTreeMap::new();
        for recipe in recipes() {
            for column in recipe.indicators.iter().flat_map(|i| &i.columns) {
                let definition = column.definition();
                let first = seen
                    .entry(column.indicator.clone())
                    .or_insert_with(|| definition.clone());
                assert_eq!(*first, definition, "{}", recipe.code);
            }
        }
    }

    #[test]
    fn a_recipe_error_says_what_is_wrong() {
        let text = "code='x'\ntitle='t'\nsource='s'\nlicence='l'\nattribution='a'\nvintage='v'\nfile='../../etc/passwd'\nformat='csv'\nkind='flows'\norder=1";
        let message = Recipe::parse(text).expect_err("a path outside").to_string();
        assert!(message.contains("inside the data folder"), "{message}");
        let inside = text.replace("../../etc/passwd", "flows.csv");
        let message = Recipe::parse(&inside).expect_err("no table").to_string();
        assert!(message.contains("[flows]"), "{message}");
        let typo = inside.replace("licence", "license");
        let message = Recipe::parse(&typo).expect_err("a typo").to_string();
        assert!(message.contains("license"), "{message}");
    }
}
