//! What can be asked: cubes with their dimensions and measures, region levels, indicators, datasets with
//! their sources, territories and owners. The web names everything by this document.

use crate::Served;
use crate::extract::Viewer;
use crate::problem::ApiResult;
use crate::routes::accounts::Named;
use crate::routes::geocode::bbox_json;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use geocrm_app::catalogue::CatalogueView;
use geocrm_app::cql2::CONFORMANCE;
use geocrm_domain::catalogue::{
    Aggregate, CATALOGUE_VERSION, CUBES, ColumnType, Cube, Dimension, KeyType, Labels, Measure,
    Nature, Source,
};
use geocrm_domain::dataset::Dataset;
use geocrm_domain::dwellings::tells_dwellings;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::time::Grain;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct LabelsBody {
    pub en: String,
    pub nl: String,
}

impl From<Labels> for LabelsBody {
    fn from(labels: Labels) -> Self {
        Self {
            en: labels.en.to_owned(),
            nl: labels.nl.to_owned(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DimensionBody {
    pub name: String,
    pub labels: LabelsBody,
    /// `text`, `int` or `date`.
    pub r#type: String,
    /// `own`, `derived`, `region` or `h3`.
    pub kind: String,
    /// Column a derived dimension follows from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// `day`, `week`, `month`, `quarter` or `year` of a dimension of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grain: Option<String>,
    /// Least number of households in a figure told by this dimension to a reader of sums who may not see the
    /// households themselves; left out where they are not told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persons_least: Option<u64>,
    /// Whether figures per dwelling can be told by it.
    pub per_dwelling: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureBody {
    pub name: String,
    pub labels: LabelsBody,
    /// `count`, `sum`, `min`, `max` or `mean`.
    pub aggregate: String,
    pub unit: String,
    /// Whether the figures of the parts add up to the figure of the whole.
    pub additive: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PropertyBody {
    pub name: String,
    pub r#type: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CubeBody {
    pub name: String,
    pub labels: LabelsBody,
    /// `uuid` or `int`.
    pub key: String,
    pub dimensions: Vec<DimensionBody>,
    pub measures: Vec<MeasureBody>,
    /// What a filter may name.
    pub properties: Vec<PropertyBody>,
    /// Columns that figures can be made of.
    pub columns: Vec<ColumnBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnBody {
    pub name: String,
    /// `amount` (adds up), `level` (does not) or `published` (stands as it was given).
    pub nature: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RegionLevelBody {
    pub level: String,
    pub hierarchy: String,
    pub labels: LabelsBody,
    pub count: u64,
    /// 0 for the widest level of its hierarchy.
    pub depth: usize,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct IndicatorLevel {
    pub level: String,
    pub year: i32,
    pub figures: u64,
    /// Figures the publisher withheld.
    pub suppressed: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct IndicatorBody {
    pub indicator: String,
    pub title_en: String,
    pub title_nl: String,
    pub unit: String,
    pub additive: bool,
    /// Code of the dataset that defines it.
    pub dataset: String,
    pub levels: Vec<IndicatorLevel>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DatasetBody {
    pub code: String,
    pub title: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub vintage: String,
    pub row_counts: BTreeMap<String, i64>,
    pub rejected: i64,
    pub loaded_at: DateTime<Utc>,
}

impl From<Dataset> for DatasetBody {
    fn from(dataset: Dataset) -> Self {
        Self {
            code: dataset.code,
            title: dataset.title,
            source: dataset.source,
            licence: dataset.licence,
            attribution: dataset.attribution,
            vintage: dataset.vintage,
            row_counts: dataset.row_counts.into_iter().collect(),
            rejected: dataset.rejected,
            loaded_at: dataset.loaded_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TerritoryBody {
    pub code: String,
    pub name: String,
    pub representative: Option<Named>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StartView {
    pub lng: f64,
    pub lat: f64,
    pub zoom: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    pub version: u32,
    pub data_version: String,
    /// Conformance classes of CQL2 (OGC 21-065r2) that filters meet.
    pub cql2_conformance: Vec<String>,
    pub cubes: Vec<CubeBody>,
    pub region_levels: Vec<RegionLevelBody>,
    pub indicators: Vec<IndicatorBody>,
    pub datasets: Vec<DatasetBody>,
    /// West, south, east, north of everything loaded.
    pub extent: Option<[f64; 4]>,
    pub start: StartView,
    pub territories: Vec<TerritoryBody>,
    /// Who may own accounts.
    pub users: Vec<Named>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Datasets {
    pub datasets: Vec<DatasetBody>,
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int | ColumnType::Leaf(_) => "int",
        ColumnType::Date => "date",
        ColumnType::Text | ColumnType::H3 => "text",
    }
}

fn dimension_body(cube: &Cube, dimension: &Dimension) -> DimensionBody {
    let (kind, base) = match dimension.source {
        Source::Own => ("own", None),
        Source::Derived("h3", _) => ("h3", None),
        Source::Derived(base, _) => ("derived", Some(base.to_owned())),
        Source::Region(_) => ("region", None),
    };
    DimensionBody {
        name: dimension.name.to_owned(),
        labels: dimension.labels.into(),
        r#type: cube
            .property_type(dimension.name)
            .map_or("text", type_name)
            .to_owned(),
        kind: kind.to_owned(),
        base,
        grain: cube.grain(dimension.name).map(|grain| {
            match grain {
                Grain::Day => "day",
                Grain::Week => "week",
                Grain::Month => "month",
                Grain::Quarter => "quarter",
                Grain::Year => "year",
            }
            .to_owned()
        }),
        persons_least: dimension.persons_least(),
        per_dwelling: tells_dwellings(cube, dimension.name),
    }
}

fn measure_body(measure: &Measure) -> MeasureBody {
    let aggregate = match measure.aggregate {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Mean => "mean",
        Aggregate::Single => "single",
    };
    MeasureBody {
        name: measure.name.to_owned(),
        labels: measure.labels.into(),
        aggregate: aggregate.to_owned(),
        unit: measure.unit.to_owned(),
        additive: measure.additive,
    }
}

fn cube_body(cube: &Cube) -> CubeBody {
    let mut names: Vec<&str> = cube
        .dimensions
        .iter()
        .map(|d| d.name)
        .chain(cube.columns.iter().map(|c| c.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let property = |name: &&str| {
        let kind = cube.property_type(name)?;
        Some(PropertyBody {
            name: (*name).to_owned(),
            r#type: type_name(kind).to_owned(),
        })
    };
    CubeBody {
        name: cube.name.to_owned(),
        labels: cube.labels.into(),
        key: match cube.key {
            KeyType::Uuid => "uuid",
            KeyType::Int => "int",
        }
        .to_owned(),
        dimensions: cube
            .dimensions
            .iter()
            .map(|d| dimension_body(cube, d))
            .collect(),
        measures: cube.measures.iter().map(measure_body).collect(),
        properties: names.iter().filter_map(property).collect(),
        columns: cube
            .columns
            .iter()
            .filter(|column| column.kind == ColumnType::Int)
            .map(|column| ColumnBody {
                name: column.name.to_owned(),
                nature: match column.nature {
                    Nature::Amount => "amount",
                    Nature::Level => "level",
                    Nature::Published => "published",
                }
                .to_owned(),
            })
            .collect(),
    }
}

/// The name of a level is the name of its dimension.
fn level_labels(level: RegionLevel) -> LabelsBody {
    CUBES
        .iter()
        .find_map(|cube| cube.dimension(level.code()))
        .map_or_else(
            || LabelsBody {
                en: level.code().to_owned(),
                nl: level.code().to_owned(),
            },
            |d| d.labels.into(),
        )
}

fn body(view: CatalogueView) -> Catalogue {
    Catalogue {
        version: CATALOGUE_VERSION,
        data_version: view.data_version,
        cql2_conformance: CONFORMANCE
            .iter()
            .map(|class| (*class).to_owned())
            .collect(),
        cubes: CUBES.iter().map(|cube| cube_body(cube)).collect(),
        region_levels: view
            .region_levels
            .into_iter()
            .map(|(level, count)| RegionLevelBody {
                level: level.code().to_owned(),
                hierarchy: level.hierarchy().code().to_owned(),
                labels: level_labels(level),
                count,
                depth: level.depth(),
            })
            .collect(),
        indicators: view
            .indicators
            .into_iter()
            .map(|info| IndicatorBody {
                indicator: info.def.indicator,
                title_en: info.def.title_en,
                title_nl: info.def.title_nl,
                unit: info.def.unit,
                additive: info.def.additive,
                dataset: info.dataset,
                levels: info
                    .levels
                    .into_iter()
                    .map(|l| IndicatorLevel {
                        level: l.level.code().to_owned(),
                        year: l.year,
                        figures: l.figures,
                        suppressed: l.suppressed,
                    })
                    .collect(),
            })
            .collect(),
        datasets: view.datasets.into_iter().map(DatasetBody::from).collect(),
        extent: view.extent.map(bbox_json),
        start: StartView {
            lng: view.start.lng(),
            lat: view.start.lat(),
            zoom: view.start_zoom,
        },
        territories: view
            .territories
            .into_iter()
            .map(|t| TerritoryBody {
                code: t.code,
                name: t.name,
                representative: t.representative.map(|(id, name)| Named {
                    id: id.to_string(),
                    name,
                }),
            })
            .collect(),
        users: view
            .users
            .into_iter()
            .map(|(id, name)| Named {
                id: id.to_string(),
                name,
            })
            .collect(),
    }
}

/// Everything that can be asked.
#[utoipa::path(get, path = "/api/v1/catalogue", tag = "catalogue", responses((status = 200, body = Catalogue)))]
pub async fn show(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
) -> ApiResult<Json<Catalogue>> {
    Ok(Json(body(served.app.catalogue(&viewer).await?)))
}

/// Loaded datasets with source, licence, vintage and counts.
#[utoipa::path(get, path = "/api/v1/datasets", tag = "catalogue", responses((status = 200, body = Datasets)))]
pub async fn datasets(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
) -> ApiResult<Json<Datasets>> {
    let view = served.app.catalogue(&viewer).await?;
    Ok(Json(Datasets {
        datasets: view.datasets.into_iter().map(DatasetBody::from).collect(),
    }))
}
