//! Which bytes does a map tile hold? Tile maths, the layer catalogue and the Mapbox Vector Tile 2.1
//! encoding of shapes, account points, hexagons and flows. The crate is handed slices and value
//! vectors; it reads no file, asks no database and speaks no HTTP.
//!
//! Everything is quantised on one global grid per zoom (4096 steps a tile), so neighbouring tiles and
//! neighbouring regions agree on every vertex.

mod accounts;
mod cache;
mod catalogue;
mod clip;
mod detail;
mod error;
mod flows;
mod grid;
mod hexagons;
mod mvt;
mod polygon;
mod simplify;
mod sources;
mod table;
mod tile_set;

pub use accounts::{AccountCluster, AccountPoint, encode_accounts};
pub use catalogue::{
    CacheRule, GeometryKind, LayerDef, MvtLayerDef, PropertyDef, PropertyType, Simplify, TileJson,
    VectorLayer, layer, layers, regions_layer_id, tilejson,
};
pub use detail::{area_min_zoom, place_min_zoom, place_rank, road_min_zoom};
pub use error::TileError;
pub use flows::{FlowLine, FlowTable};
pub use hexagons::{
    HexCell, HexagonTiles, cells_bbox, cells_touching_tile, default_resolution, encode_hexagons,
};
pub use mvt::Property;
pub use sources::{
    AreaShape, BuildingShape, ParkShape, PlacePoint, RegionShape, RoadShape, base_tiles,
    building_tiles, business_park_tiles, region_tiles, road_tiles,
};
pub use table::{ShapeTable, ShapeTableBuilder};
pub use tile_set::{GeometryTile, TileSet};

/// Steps along one side of a tile.
pub const EXTENT: u32 = 4096;
