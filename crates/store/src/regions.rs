//! Regions with their shapes, their tree, and what is published about them.

use crate::geometry::area_from_wkb;
use crate::row;
use crate::{Doing, Loaded, Result, Store};
use geocrm_domain::LngLat;
use geocrm_domain::record::{FlowRow, IndicatorDef};
use geocrm_domain::region::{Region, RegionId, RegionLevel, RegionTree};
use sqlx::Row;
use sqlx::postgres::PgRow;

/// A region without its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionMeta {
    pub id: RegionId,
    pub level: RegionLevel,
    pub code: String,
    pub name: String,
    pub parent: Option<RegionId>,
    pub label_point: LngLat,
    pub area_m2: f64,
    /// Code of its dataset.
    pub dataset: String,
}

/// One published figure of a region.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorFigure {
    pub def: IndicatorDef,
    pub year: i32,
    /// In ten-thousandths of the unit.
    pub value_e4: Option<i64>,
    pub suppressed: bool,
    pub dataset: String,
}

/// How many figures of an indicator there are at a level in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorLevel {
    pub level: RegionLevel,
    pub year: i32,
    pub figures: i64,
    pub suppressed: i64,
}

/// An indicator with the levels and years it is published for.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorSummary {
    pub def: IndicatorDef,
    /// By level (widest first) and year.
    pub levels: Vec<IndicatorLevel>,
    /// Codes of the datasets that define it.
    pub datasets: Vec<String>,
}

/// A flow with the names of its ends, where their regions are loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionFlow {
    pub flow: FlowRow,
    pub origin_name: Option<String>,
    pub destination_name: Option<String>,
}

type Parsed<T> = std::result::Result<T, sqlx::Error>;

fn region_meta(row: &PgRow) -> Parsed<RegionMeta> {
    Ok(RegionMeta {
        id: RegionId(row.try_get("id")?),
        level: row::level(row, "level")?,
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        parent: row.try_get::<Option<i32>, _>("parent_id")?.map(RegionId),
        label_point: row::place(row)?,
        area_m2: row.try_get("area_m2")?,
        dataset: row.try_get("dataset")?,
    })
}

fn region(row: &PgRow) -> Parsed<Region> {
    Ok(Region {
        id: RegionId(row.try_get("id")?),
        level: row::level(row, "level")?,
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        parent: row.try_get::<Option<i32>, _>("parent_id")?.map(RegionId),
        label_point: row::place(row)?,
        area_m2: row.try_get("area_m2")?,
        geometry: area_from_wkb(row.try_get("shape")?)?,
    })
}

fn indicator_def(row: &PgRow) -> Parsed<IndicatorDef> {
    Ok(IndicatorDef {
        indicator: row.try_get("indicator")?,
        title_en: row.try_get("title_en")?,
        title_nl: row.try_get("title_nl")?,
        unit: row.try_get("unit")?,
        additive: row.try_get("additive")?,
    })
}

pub(crate) fn flow(row: &PgRow) -> Parsed<RegionFlow> {
    Ok(RegionFlow {
        flow: FlowRow {
            level: row::level(row, "level")?,
            origin_code: row.try_get("origin_code")?,
            destination_code: row.try_get("destination_code")?,
            mode: row.try_get("mode")?,
            year: row.try_get("year")?,
            persons_e3: row.try_get("persons_e3")?,
        },
        origin_name: row.try_get("origin_name")?,
        destination_name: row.try_get("destination_name")?,
    })
}

impl Store {
    /// Every region with its shape, by hierarchy, depth and code.
    pub async fn regions(&self) -> Result<Vec<Region>> {
        sqlx::query(
            "SELECT id, level, code, name, parent_id, lng_e7, lat_e7, area_m2, ST_AsBinary(shape) AS shape
             FROM regions ORDER BY hierarchy, depth, code",
        )
        .try_map(|row| region(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading the regions")
    }

    /// Every region without its shape, by hierarchy, depth and code.
    pub async fn region_metas(&self) -> Result<Vec<RegionMeta>> {
        sqlx::query(
            "SELECT r.id, r.level, r.code, r.name, r.parent_id, r.lng_e7, r.lat_e7, r.area_m2, d.code AS dataset
             FROM regions r JOIN datasets d ON d.id = r.dataset_id ORDER BY r.hierarchy, r.depth, r.code",
        )
        .try_map(|row| region_meta(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading the regions")
    }

    pub async fn region(&self, level: RegionLevel, code: &str) -> Result<Option<Region>> {
        sqlx::query(
            "SELECT id, level, code, name, parent_id, lng_e7, lat_e7, area_m2, ST_AsBinary(shape) AS shape
             FROM regions WHERE level = $1 AND code = $2",
        )
        .bind(level.code())
        .bind(code)
        .try_map(|row| region(&row))
        .fetch_optional(&self.pool)
        .await
        .doing("reading a region")
    }

    /// Ids, codes, parents and areas of all regions, for roll-ups and densities.
    pub async fn region_tree(&self) -> Result<RegionTree> {
        let mut areas = Vec::new();
        let regions = sqlx::query("SELECT id, level, code, parent_id, area_m2 FROM regions")
            .try_map(|row: PgRow| {
                let id = RegionId(row.try_get("id")?);
                areas.push((id, row.try_get("area_m2")?));
                Ok((
                    id,
                    row::level(&row, "level")?,
                    row.try_get::<String, _>("code")?,
                    row.try_get::<Option<i32>, _>("parent_id")?.map(RegionId),
                ))
            })
            .fetch_all(&self.pool)
            .await
            .doing("reading the region tree")?;
        Ok(RegionTree::new(regions).with_areas(areas))
    }

    /// Published figures of one region, by indicator and year, newest first.
    pub async fn region_indicators(
        &self,
        level: RegionLevel,
        code: &str,
    ) -> Result<Vec<IndicatorFigure>> {
        sqlx::query(
            "SELECT DISTINCT ON (i.indicator, i.year) i.indicator, f.title_en, f.title_nl, f.unit, f.additive,
                    i.year, i.value_e4, i.suppressed, d.code AS dataset
             FROM indicators i
             JOIN datasets d ON d.id = i.dataset_id
             JOIN indicator_defs f ON f.indicator = i.indicator
             WHERE i.level = $1 AND i.region_code = $2
             ORDER BY i.indicator, i.year DESC, f.dataset_id = i.dataset_id DESC, f.dataset_id",
        )
        .bind(level.code())
        .bind(code)
        .try_map(|row: PgRow| {
            Ok(IndicatorFigure {
                def: indicator_def(&row)?,
                year: row.try_get("year")?,
                value_e4: row.try_get("value_e4")?,
                suppressed: row.try_get("suppressed")?,
                dataset: row.try_get("dataset")?,
            })
        })
        .fetch_all(&self.pool)
        .await
        .doing("reading the figures of a region")
    }

    /// Every indicator with the levels and years it has figures for, by name.
    pub async fn indicator_catalogue(&self) -> Result<Vec<IndicatorSummary>> {
        let doing = "reading the indicators";
        let mut summaries: Vec<IndicatorSummary> = sqlx::query(
            "SELECT DISTINCT ON (f.indicator) f.indicator, f.title_en, f.title_nl, f.unit, f.additive,
                    array_agg(d.code) OVER (PARTITION BY f.indicator ORDER BY d.code
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS datasets
             FROM indicator_defs f JOIN datasets d ON d.id = f.dataset_id
             ORDER BY f.indicator, d.loaded_at DESC, d.code",
        )
        .try_map(|row: PgRow| {
            Ok(IndicatorSummary {
                def: indicator_def(&row)?,
                levels: Vec::new(),
                datasets: row.try_get("datasets")?,
            })
        })
        .fetch_all(&self.pool)
        .await
        .doing(doing)?;
        let counts: Vec<(String, IndicatorLevel)> = sqlx::query(
            "SELECT indicator, level, year, count(*) AS figures, count(*) FILTER (WHERE suppressed) AS suppressed
             FROM indicators GROUP BY indicator, level, year",
        )
        .try_map(|row: PgRow| {
            let at = IndicatorLevel {
                level: row::level(&row, "level")?,
                year: row.try_get("year")?,
                figures: row.try_get("figures")?,
                suppressed: row.try_get("suppressed")?,
            };
            Ok((row.try_get("indicator")?, at))
        })
        .fetch_all(&self.pool)
        .await
        .doing(doing)?;
        for (indicator, at) in counts {
            if let Ok(i) = summaries.binary_search_by(|s| s.def.indicator.cmp(&indicator)) {
                summaries[i].levels.push(at);
            }
        }
        for summary in &mut summaries {
            summary.levels.sort_by_key(|at| (at.level, at.year));
        }
        Ok(summaries)
    }

    /// Flows that begin or end in a region, the largest first.
    pub async fn region_flows(&self, level: RegionLevel, code: &str) -> Result<Vec<RegionFlow>> {
        sqlx::query(
            "SELECT f.level, f.origin_code, f.destination_code, f.mode, f.year, f.persons_e3,
                    o.name AS origin_name, t.name AS destination_name
             FROM flows f
             LEFT JOIN regions o ON o.level = f.level AND o.code = f.origin_code
             LEFT JOIN regions t ON t.level = f.level AND t.code = f.destination_code
             WHERE f.level = $1 AND (f.origin_code = $2 OR f.destination_code = $2)
             ORDER BY f.persons_e3 DESC, f.origin_code, f.destination_code, f.mode, f.year",
        )
        .bind(level.code())
        .bind(code)
        .try_map(|row| flow(&row))
        .fetch_all(&self.pool)
        .await
        .doing("reading the flows of a region")
    }

    /// Every flow, for the flow layer.
    pub fn stream_flows(&self) -> impl futures::Stream<Item = Result<Loaded<FlowRow>>> + Send + '_ {
        use futures::StreamExt;
        sqlx::query(
            "SELECT f.id, f.level, f.origin_code, f.destination_code, f.mode, f.year, f.persons_e3, d.code AS dataset,
                    NULL::text AS origin_name, NULL::text AS destination_name
             FROM flows f JOIN datasets d ON d.id = f.dataset_id ORDER BY f.id",
        )
        .fetch(&self.pool)
        .map(|row| {
            let parse = |row: PgRow| {
                Ok(Loaded {
                    id: row.try_get("id")?,
                    dataset: row.try_get("dataset")?,
                    row: flow(&row)?.flow,
                })
            };
            row.and_then(parse).doing("reading flows")
        })
    }
}
