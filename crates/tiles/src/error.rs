//! What can go wrong before a tile is encoded. Encoding itself cannot fail: a shape that vanishes at a
//! zoom is left out of the tile.

use crate::catalogue::PropertyType;

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TileError {
    #[error("the layer catalogue has no layer `{layer}`")]
    UnknownLayer { layer: String },
    #[error("layer `{layer}` has no MVT layer `{mvt}`")]
    UnknownMvtLayer { layer: String, mvt: String },
    #[error("a feature of `{mvt}` has {found} properties, the catalogue lists {expected}")]
    PropertyCount {
        mvt: String,
        expected: usize,
        found: usize,
    },
    #[error("property `{property}` of `{mvt}` is declared as {expected:?}, another type was given")]
    PropertyType {
        mvt: String,
        property: String,
        expected: PropertyType,
    },
    #[error("a feature of `{mvt}` has another geometry than the catalogue's {expected}")]
    GeometryKind { mvt: String, expected: &'static str },
    #[error("`{mvt}` would hold more than 4,294,967,295 vertices")]
    TooManyVertices { mvt: String },
    #[error("H3 resolution {resolution} does not exist (0 to 15)")]
    Resolution { resolution: u8 },
    #[error("H3 cannot cover the box of tile {z}/{x}/{y}")]
    Covering { z: u8, x: u32, y: u32 },
    #[error(
        "about {estimate} hexagons of resolution {resolution} touch tile {z}/{x}/{y}, at most {limit} are drawn: ask for a coarser resolution"
    )]
    TooManyCells {
        z: u8,
        x: u32,
        y: u32,
        resolution: u8,
        estimate: u64,
        limit: u64,
    },
}
