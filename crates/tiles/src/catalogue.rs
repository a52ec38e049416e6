//! Which layers there are. The catalogue is a TOML file per layer in the top-level folder `tiles/`,
//! compiled in; encoder, `TileJSON` and documentation read the same declaration, so a property cannot be
//! in a tile and missing from its description.

use crate::error::TileError;
use geocrm_domain::BBox;
use geocrm_domain::region::RegionLevel;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a tile may be kept by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheRule {
    /// No record in it and its version in the URL: `public, max-age=31536000, immutable`.
    Immutable,
    /// Records of the asker's own scope: `private, no-store`.
    PrivateNoStore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeometryKind {
    Point,
    Line,
    Polygon,
}

impl GeometryKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Line => "line",
            Self::Polygon => "polygon",
        }
    }
}

/// How vertices are dropped at small scales. At a layer's last zoom all are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Simplify {
    #[default]
    None,
    /// Every shape by itself.
    Each,
    /// Borders that shapes share lose the same vertices on both sides and never cross.
    Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyType {
    String,
    Int,
    Double,
    Bool,
}

impl PropertyType {
    /// As `TileJSON` 3.0.0 names it.
    pub const fn tilejson(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Int | Self::Double => "Number",
            Self::Bool => "Boolean",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyDef {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: PropertyType,
    /// `m2`, `EUR_cents`, `persons`, …; empty where there is none.
    #[serde(default)]
    pub unit: String,
    pub description: String,
}

/// One layer inside the tile.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MvtLayerDef {
    pub name: String,
    pub description: String,
    pub geometry: GeometryKind,
    #[serde(default)]
    pub simplify: Simplify,
    pub min_zoom: u8,
    /// Steps (of 4096) drawn past the tile's edge; 0 for points, so that each is in one tile only.
    #[serde(default)]
    pub buffer: u32,
    /// Shapes smaller than so many pixels (of a 512-pixel tile) are left out.
    #[serde(default)]
    pub drop_below_px: f32,
    pub properties: Vec<PropertyDef>,
}

/// One tile layer: the `{layer}` of `/tiles/{layer}/{z}/{x}/{y}.mvt`.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerDef {
    pub id: String,
    pub title_en: String,
    pub title_nl: String,
    pub min_zoom: u8,
    /// Beyond it the browser enlarges this zoom's tiles.
    pub max_zoom: u8,
    /// What the layer is made of.
    pub source: String,
    /// Shown where the loaded datasets name nobody.
    pub attribution: String,
    pub cache: CacheRule,
    /// Query parameters that change the tile.
    pub parameters: Vec<String>,
    /// Set for the layers `regions_{level}`.
    pub region_level: Option<RegionLevel>,
    pub mvt: Vec<MvtLayerDef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerFile {
    id: String,
    title_en: String,
    title_nl: String,
    min_zoom: u8,
    max_zoom: u8,
    source: String,
    attribution: String,
    cache: CacheRule,
    #[serde(default)]
    parameters: Vec<String>,
    mvt: Vec<MvtLayerDef>,
    /// For a file that stands for one layer per region level: names of the level.
    #[serde(default)]
    levels: BTreeMap<String, LevelTitles>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelTitles {
    en: String,
    nl: String,
    min_zoom: u8,
}

const FILES: [&str; 8] = [
    include_str!("../../../tiles/base.toml"),
    include_str!("../../../tiles/regions.toml"),
    include_str!("../../../tiles/buildings.toml"),
    include_str!("../../../tiles/roads.toml"),
    include_str!("../../../tiles/business_parks.toml"),
    include_str!("../../../tiles/flows.toml"),
    include_str!("../../../tiles/accounts.toml"),
    include_str!("../../../tiles/hexagons.toml"),
];

static LAYERS: LazyLock<Vec<LayerDef>> = LazyLock::new(|| {
    FILES
        .iter()
        .flat_map(|text| {
            let file: LayerFile =
                toml::from_str(text).expect("the catalogue is compiled in and read by the tests");
            layers_of(&file)
        })
        .collect()
});

fn layers_of(file: &LayerFile) -> Vec<LayerDef> {
    if file.levels.is_empty() {
        return vec![layer_of(file, None)];
    }
    RegionLevel::ALL
        .iter()
        .filter(|level| file.levels.contains_key(level.code()))
        .map(|level| layer_of(file, Some(*level)))
        .collect()
}

fn layer_of(file: &LayerFile, level: Option<RegionLevel>) -> LayerDef {
    let code = level.map_or("", RegionLevel::code);
    let titles = file.levels.get(code);
    let fill = |template: &str, name: &str| template.replace("{level}", name);
    let min_zoom = titles.map_or(file.min_zoom, |t| t.min_zoom);
    let mut mvt = file.mvt.clone();
    for layer in &mut mvt {
        layer.min_zoom = layer.min_zoom.max(min_zoom);
    }
    LayerDef {
        id: fill(&file.id, code),
        title_en: fill(&file.title_en, titles.map_or("", |t| &t.en)),
        title_nl: fill(&file.title_nl, titles.map_or("", |t| &t.nl)),
        min_zoom,
        max_zoom: file.max_zoom,
        source: file.source.clone(),
        attribution: file.attribution.clone(),
        cache: file.cache,
        parameters: file.parameters.clone(),
        region_level: level,
        mvt,
    }
}

/// Every layer of the catalogue.
pub fn layers() -> &'static [LayerDef] {
    &LAYERS
}

/// The layer of this id.
pub fn layer(id: &str) -> Result<&'static LayerDef, TileError> {
    layers()
        .iter()
        .find(|layer| layer.id == id)
        .ok_or_else(|| TileError::UnknownLayer {
            layer: id.to_owned(),
        })
}

/// `regions_neighbourhood` for the level of neighbourhoods.
pub fn regions_layer_id(level: RegionLevel) -> String {
    format!("regions_{}", level.code())
}

/// `TileJSON` 3.0.0 as plain values.
#[derive(Debug, Clone, PartialEq)]
pub struct TileJson {
    pub tilejson: &'static str,
    pub name: String,
    /// URL templates with `{z}`, `{x}`, `{y}`.
    pub tiles: Vec<String>,
    pub minzoom: u8,
    pub maxzoom: u8,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    pub attribution: String,
    pub vector_layers: Vec<VectorLayer>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct VectorLayer {
    pub id: String,
    pub description: String,
    pub minzoom: u8,
    pub maxzoom: u8,
    /// Name and `TileJSON` type of each property, as the catalogue orders them.
    pub fields: Vec<(String, &'static str)>,
}

/// Describes a layer. `base_url` has no slash at its end and may be empty; `version` stands in the URL so
/// that unchanging tiles can be kept for ever; without `attribution` the catalogue's own is given.
pub fn tilejson(
    layer: &LayerDef,
    base_url: &str,
    bounds: Option<BBox>,
    attribution: Option<&str>,
    version: &str,
) -> TileJson {
    let id = &layer.id;
    TileJson {
        tilejson: "3.0.0",
        name: layer.title_en.clone(),
        tiles: vec![format!(
            "{base_url}/tiles/{id}/{{z}}/{{x}}/{{y}}.mvt?v={version}"
        )],
        minzoom: layer.min_zoom,
        maxzoom: layer.max_zoom,
        bounds: bounds.map_or([-180.0, -85.05, 180.0, 85.05], |b| {
            [b.min.lng(), b.min.lat(), b.max.lng(), b.max.lat()]
        }),
        attribution: attribution.unwrap_or(&layer.attribution).to_owned(),
        vector_layers: layer
            .mvt
            .iter()
            .map(|mvt| VectorLayer {
                id: mvt.name.clone(),
                description: mvt.description.clone(),
                minzoom: mvt.min_zoom,
                maxzoom: layer.max_zoom,
                fields: mvt
                    .properties
                    .iter()
                    .map(|p| (p.name.clone(), p.kind.tilejson()))
                    .collect(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_file_reads_and_says_enough() {
        let mut ids = HashSet::new();
        for layer in layers() {
            assert!(ids.insert(&layer.id), "{} twice", layer.id);
            assert!(layer.min_zoom <= layer.max_zoom && layer.max_zoom <= 20);
            assert!(!layer.title_en.is_empty() && !layer.title_nl.is_empty());
            assert!(!layer.title_en.contains('{') && !layer.id.contains('{'));
            for mvt in &layer.mvt {
                assert!(mvt.min_zoom >= layer.min_zoom && mvt.min_zoom <= layer.max_zoom);
                assert!(!mvt.properties.is_empty(), "{} {}", layer.id, mvt.name);
                assert!(
                    mvt.geometry != GeometryKind::Point || mvt.buffer == 0,
                    "points of {} would be drawn twice",
                    mvt.name
                );
            }
        }
    }

    #[test]
    fn every_region_level_has_its_layer() {
        for level in RegionLevel::ALL {
            let layer = layer(&regions_layer_id(*level)).expect("a layer");
            assert_eq!(layer.region_level, Some(*level));
            assert_eq!(
                layer.mvt[0].properties[0].name, "code",
                "the join key is first"
            );
        }
        assert!(matches!(
            layer("nothing"),
            Err(TileError::UnknownLayer { .. })
        ));
    }

    #[test]
    fn tilejson_names_url_version_and_fields() {
        let json = tilejson(
            layer("business_parks").expect("a layer"),
            "",
            None,
            Some("someone"),
            "7",
        );
        assert_eq!(json.tiles, ["/tiles/business_parks/{z}/{x}/{y}.mvt?v=7"]);
        assert_eq!(json.attribution, "someone");
        assert_eq!(json.vector_layers[0].fields[0], ("id".to_owned(), "Number"));
    }
}
