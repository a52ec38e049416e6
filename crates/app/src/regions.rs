//! Regions as people look at them: the list of a level, one with its shape, path and published figures.

use crate::App;
use crate::atlas::Atlas;
use crate::error::AppError;
use geocrm_domain::record::IndicatorDef;
use geocrm_domain::region::{Region, RegionLevel};
use geocrm_domain::{BBox, LngLat, MultiPolygon};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionRef {
    pub level: RegionLevel,
    pub code: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RegionView {
    pub level: RegionLevel,
    pub code: String,
    pub name: String,
    pub parent: Option<RegionRef>,
    pub label_point: LngLat,
    pub bbox: BBox,
    pub area_m2: f64,
}

/// A published figure with its meaning and the region it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub def: IndicatorDef,
    pub year: i32,
    pub level: RegionLevel,
    pub code: String,
    /// In ten-thousandths of the unit.
    pub value_e4: Option<i64>,
    pub suppressed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RegionDetail {
    pub view: RegionView,
    pub geometry: MultiPolygon,
    /// Widest first, the region itself last.
    pub path: Vec<RegionRef>,
    /// Widest level below that has regions inside this one.
    pub children_level: Option<RegionLevel>,
    /// By indicator, newest year first.
    pub figures: Vec<Figure>,
}

impl App {
    /// Regions of a level by name, all or those inside the region of a code.
    pub fn regions(
        &self,
        level: RegionLevel,
        inside: Option<&str>,
    ) -> Result<Vec<RegionView>, AppError> {
        let atlas = self.atlas();
        if let Some(code) = inside
            && !atlas.regions.iter().any(|region| region.code == code)
        {
            return Err(AppError::not_found("region", code));
        }
        let is_inside = |region: &&Region| match inside {
            None => true,
            Some(code) => region
                .parent
                .is_some_and(|p| atlas.path(p).iter().any(|above| above.code == code)),
        };
        let mut views: Vec<RegionView> = atlas
            .regions
            .iter()
            .filter(|region| region.level == level)
            .filter(is_inside)
            .map(|region| atlas.region_view(region))
            .collect();
        views.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code)));
        Ok(views)
    }

    pub async fn region(&self, level: RegionLevel, code: &str) -> Result<RegionDetail, AppError> {
        let atlas = self.atlas();
        let region = atlas
            .region(level, code)
            .ok_or_else(|| AppError::not_found("region", code))?;
        let inside = |other: &&Region| {
            other
                .parent
                .is_some_and(|p| atlas.path(p).iter().any(|r| r.id == region.id))
        };
        let children_level = atlas.regions.iter().filter(inside).map(|r| r.level).min();
        let path = atlas
            .path(region.id)
            .into_iter()
            .map(Atlas::region_ref)
            .collect();
        Ok(RegionDetail {
            view: atlas.region_view(region),
            geometry: region.geometry.clone(),
            path,
            children_level,
            figures: self.figures(level, code).await?,
        })
    }

    /// Published figures of one region.
    pub async fn figures(&self, level: RegionLevel, code: &str) -> Result<Vec<Figure>, AppError> {
        let figures = self.store.region_indicators(level, code).await?;
        Ok(figures
            .into_iter()
            .map(|figure| Figure {
                def: figure.def,
                year: figure.year,
                level,
                code: code.to_owned(),
                value_e4: figure.value_e4,
                suppressed: figure.suppressed,
            })
            .collect())
    }

    /// Regions whose name holds the text, those that begin with it first, then the wider ones.
    pub fn search_regions(&self, text: &str, limit: usize) -> Vec<RegionView> {
        let atlas = self.atlas();
        let wanted = text.to_lowercase();
        let mut hits: Vec<(bool, RegionLevel, &Region)> = atlas
            .regions
            .iter()
            .filter_map(|region| {
                let name = region.name.to_lowercase();
                let found = name.contains(&wanted) || region.code.eq_ignore_ascii_case(text);
                found.then(|| (!name.starts_with(&wanted), region.level, region))
            })
            .collect();
        hits.sort_by(|a, b| (a.0, a.1, &a.2.name).cmp(&(b.0, b.1, &b.2.name)));
        hits.into_iter()
            .take(limit)
            .map(|(.., region)| atlas.region_view(region))
            .collect()
    }
}
