//! Filters kept under the hash of their canonical form, so that a page's address, a tile and an export can
//! carry a long filter with its area in 32 characters. A hash grants nothing: scope is checked at use.

use crate::App;
use crate::area::{self, Area};
use crate::cql2;
use crate::error::AppError;
use crate::geojson;
use geocrm_domain::Filter;
use geocrm_domain::catalogue::{self, Cube};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, PartialEq)]
pub struct StoredFilter {
    /// 32 hexadecimal digits.
    pub hash: String,
    pub cube: String,
    /// Canonical CQL2 JSON.
    pub cql2: Option<Json>,
    /// The same as CQL2 text; empty without a filter.
    pub text: String,
    /// GeoJSON.
    pub geometry: Option<Json>,
}

impl StoredFilter {
    fn parse(row: geocrm_store::StoredFilter) -> Result<Self, AppError> {
        let json = |text: &str| {
            serde_json::from_str(text).map_err(|e| AppError::internal("a stored filter", e))
        };
        let geocrm_store::StoredFilter {
            hash,
            cube,
            cql2,
            geometry,
        } = row;
        let cql2: Option<Json> = Some(json(&cql2)?).filter(|filter: &Json| !filter.is_null());
        let text = match (catalogue::cube(&cube), &cql2) {
            (Some(known), Some(filter)) => cql2::to_text(&cql2::parse_json(known, filter)?),
            _ => String::new(),
        };
        Ok(Self {
            hash,
            cube,
            cql2,
            text,
            geometry: geometry.as_deref().map(json).transpose()?,
        })
    }
}

impl App {
    /// Checks, brings to canonical form and stores; the same filter has the same hash.
    pub async fn store_filter(
        &self,
        cube: &'static Cube,
        filter: Option<&Json>,
        geometry: Option<&Json>,
    ) -> Result<StoredFilter, AppError> {
        let filter = filter
            .filter(|f| !f.is_null())
            .map(|f| cql2::parse_json(cube, f))
            .transpose()?;
        let drawn = geometry.filter(|g| !g.is_null()).map(area::parse);
        let (filter, area) = match drawn.transpose()? {
            None => (filter, None),
            Some(Area::Drawn(area)) => (filter, Some(area)),
            // A set is a condition, and is kept as one.
            Some(Area::Set(set)) => (Filter::and(filter, Some(set)), None),
        };
        let stored = StoredFilter {
            hash: String::new(),
            cube: cube.name.to_owned(),
            text: filter.as_ref().map(cql2::to_text).unwrap_or_default(),
            cql2: filter.as_ref().map(cql2::to_json),
            geometry: area.as_ref().map(geojson::area_json),
        };
        let canonical =
            json!({"cube": stored.cube, "cql2": stored.cql2, "geometry": stored.geometry})
                .to_string();
        let hash = hex::encode(&Sha256::digest(canonical.as_bytes())[..16]);
        let stored = StoredFilter { hash, ..stored };
        let text = |json: &Option<Json>| json.as_ref().map(Json::to_string);
        let row = geocrm_store::StoredFilter {
            hash: stored.hash.clone(),
            cube: stored.cube.clone(),
            cql2: text(&stored.cql2).unwrap_or_else(|| Json::Null.to_string()),
            geometry: text(&stored.geometry),
        };
        self.store.put_filter(&row, self.clock.now()).await?;
        self.filters.insert(stored.hash.clone(), stored.clone());
        Ok(stored)
    }

    pub async fn stored_filter(&self, hash: &str) -> Result<StoredFilter, AppError> {
        if let Some(stored) = self.filters.get(hash) {
            return Ok(stored);
        }
        let unknown = || AppError::not_found("stored filter", hash);
        if hash.len() != 32 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let row = self.store.filter(hash).await?.ok_or_else(unknown)?;
        let stored = StoredFilter::parse(row)?;
        self.filters.insert(stored.hash.clone(), stored.clone());
        Ok(stored)
    }
}
