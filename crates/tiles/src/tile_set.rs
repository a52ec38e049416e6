//! All shapes of one layer of the catalogue and the tiles made of them. Cutting and encoding geometry is
//! the dear part and the same for every filter, so it is kept per tile; a choropleth tile is that
//! geometry with one more property per region.

use crate::cache::TileCache;
use crate::catalogue::LayerDef;
use crate::mvt::{ExtraColumn, LayerBuffer};
use crate::table::ShapeTable;
use geocrm_domain::{BBox, TileId};
use rayon::prelude::*;
use std::sync::Arc;

/// Encoded geometry kept per layer.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Encoded features of one tile, with the key of each, waiting for values.
#[derive(Debug)]
pub struct GeometryTile {
    layers: Vec<(LayerBuffer, Vec<Box<str>>)>,
}

impl GeometryTile {
    fn byte_size(&self) -> usize {
        self.layers
            .iter()
            .map(|(layer, keys)| {
                layer.byte_size() + keys.iter().map(|k| k.len() + 16).sum::<usize>()
            })
            .sum()
    }

    /// Nothing of the layer lies in the tile.
    pub fn is_empty(&self) -> bool {
        self.layers.iter().all(|(layer, _)| layer.is_empty())
    }

    /// The tile as MVT bytes, not compressed; empty when nothing lies in it.
    pub fn to_mvt(&self) -> Vec<u8> {
        let mut tile = Vec::new();
        for (layer, _) in &self.layers {
            layer.write(&mut tile);
        }
        tile
    }

    /// The same with the property `value` on every feature for whose key (its first property, the region
    /// code) `values` knows a finite number.
    pub fn encode_with_values(&self, values: &dyn Fn(&str) -> Option<f64>) -> Vec<u8> {
        let mut tile = Vec::new();
        for (layer, keys) in &self.layers {
            let value = |at: usize| keys.get(at).and_then(|key| values(key));
            layer.write_with(
                &mut tile,
                Some(ExtraColumn {
                    name: "value",
                    value: &value,
                }),
            );
        }
        tile
    }
}

/// The shapes of one layer of the catalogue.
#[derive(Debug)]
pub struct TileSet {
    layer: &'static LayerDef,
    tables: Vec<ShapeTable>,
    cache: TileCache<GeometryTile>,
}

impl TileSet {
    /// `tables` in drawing order.
    pub fn new(layer: &'static LayerDef, tables: Vec<ShapeTable>) -> Self {
        Self {
            layer,
            tables,
            cache: TileCache::new(CACHE_BYTES, GeometryTile::byte_size),
        }
    }

    pub fn layer(&self) -> &'static LayerDef {
        self.layer
    }

    pub fn tables(&self) -> &[ShapeTable] {
        &self.tables
    }

    /// The box around all shapes, for the `TileJSON`.
    pub fn bounds(&self) -> Option<BBox> {
        self.tables
            .iter()
            .filter_map(ShapeTable::bounds)
            .reduce(BBox::union)
    }

    /// Bytes of all tables, the cache of tiles apart.
    pub fn byte_size(&self) -> usize {
        self.tables.iter().map(ShapeTable::byte_size).sum()
    }

    /// The tile's encoded geometry, from the cache where it is there. Empty outside the layer's zooms.
    pub fn geometry(&self, tile: TileId) -> Arc<GeometryTile> {
        if tile.z < self.layer.min_zoom || tile.z > self.layer.max_zoom {
            return Arc::new(GeometryTile { layers: Vec::new() });
        }
        self.cache.get_or_make(tile, || GeometryTile {
            layers: self
                .tables
                .par_iter()
                .map(|table| {
                    let (layer, rows) = table.encode(tile);
                    let keys = rows.iter().map(|row| table.key(*row).into()).collect();
                    (layer, keys)
                })
                .collect(),
        })
    }

    /// The tile as MVT bytes, not compressed; empty when nothing lies in it.
    pub fn tile(&self, tile: TileId) -> Vec<u8> {
        self.geometry(tile).to_mvt()
    }

    /// The choropleth tile: see [`GeometryTile::encode_with_values`].
    pub fn tile_with_values(&self, tile: TileId, values: &dyn Fn(&str) -> Option<f64>) -> Vec<u8> {
        self.geometry(tile).encode_with_values(values)
    }
}
