//! H3 cells as hexagons. A cell carries its whole total in every tile it touches, so what a hexagon says
//! does not change where the map is cut; for that the caller asks the engine for the cells a tile touches,
//! not for the records inside the tile.

use crate::cache::TileCache;
use crate::catalogue::layer;
use crate::error::TileError;
use crate::grid::{Grid, Window, degree_box};
use crate::mvt::{GeometryType, LayerBuffer, Pen, Property};
use crate::polygon::{Area, AreaCutter};
use geocrm_domain::{BBox, LngLat, TileId};
use h3o::geom::{ContainmentMode, TilerBuilder};
use h3o::{CellIndex, Resolution};

/// Hexagons one tile may hold.
const TILE_CELLS: u64 = 50_000;
/// Outlines kept for each resolution.
const CACHE_BYTES: usize = 8 * 1024 * 1024;
/// Units of the whole world's width.
const WORLD: i64 = 1 << 32;

/// A hexagon's figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HexCell {
    /// 64-bit H3 index.
    pub cell: u64,
    pub value: Option<f64>,
    /// Records behind the value.
    pub count: u64,
}

/// The resolution whose hexagons are 20 to 60 pixels wide at 52° of latitude, as far as resolutions 4 to 10
/// (those the engine keeps) allow: a resolution is √7 times finer than the one before, a zoom twice.
pub const fn default_resolution(zoom: u8) -> u8 {
    match zoom {
        ..=5 => 4,
        6 | 7 => 5,
        8 => 6,
        9 | 10 => 7,
        11 => 8,
        12 => 9,
        13.. => 10,
    }
}

/// The tile of the layer `hexagons`. Cells that do not touch the tile or are no H3 index are left out.
pub fn encode_hexagons(tile: TileId, cells: &[HexCell]) -> Result<Vec<u8>, TileError> {
    let mut buffer = hexagon_buffer()?;
    let mut cutter = HexCutter::new(tile)?;
    for hexagon in cells {
        let areas = cutter.cut(hexagon.cell);
        add_hexagon(&mut buffer, *hexagon, |out| draw(out, &areas));
    }
    let mut out = Vec::new();
    buffer.write(&mut out);
    Ok(out)
}

/// The outlines of a tile's cells, cut once and kept, whatever the figures.
#[derive(Debug)]
struct Outlines {
    cells: Vec<u64>,
    geometry: Vec<u8>,
    /// Where each cell's bytes end.
    ends: Vec<u32>,
}

impl Outlines {
    fn byte_size(&self) -> usize {
        self.geometry.len() + self.cells.len() * 12
    }
}

/// Draws hexagon tiles for one selection after another, keeping the outlines of the cells per tile.
#[derive(Debug)]
pub struct HexagonTiles {
    /// One cache per resolution.
    outlines: [TileCache<Outlines>; 16],
}

impl Default for HexagonTiles {
    fn default() -> Self {
        Self::new()
    }
}

impl HexagonTiles {
    pub fn new() -> Self {
        let cache = |_| TileCache::new(CACHE_BYTES, Outlines::byte_size);
        Self {
            outlines: std::array::from_fn(cache),
        }
    }

    /// The tile of the layer `hexagons` from all cells that have figures, rising. Work follows the cells of the tile
    /// or the cells given, whichever are fewer.
    pub fn tile(
        &self,
        tile: TileId,
        resolution: u8,
        figures: &[HexCell],
    ) -> Result<Vec<u8>, TileError> {
        let cache = self
            .outlines
            .get(usize::from(resolution))
            .ok_or(TileError::Resolution { resolution })?;
        let h3 =
            Resolution::try_from(resolution).map_err(|_| TileError::Resolution { resolution })?;
        let estimate = estimate_cells(degree_box(tile, layer("hexagons")?.mvt[0].buffer), h3);
        if estimate > TILE_CELLS || estimate > 4 * figures.len() as u64 {
            return encode_hexagons(tile, figures);
        }
        let outlines = match cache.get(tile) {
            Some(outlines) => outlines,
            None => cache.keep(tile, outlines_of(tile, resolution)?),
        };
        let mut buffer = hexagon_buffer()?;
        let mut start = 0;
        for (cell, end) in outlines.cells.iter().zip(&outlines.ends) {
            let outline = &outlines.geometry[start..*end as usize];
            start = *end as usize;
            if let Ok(at) = figures.binary_search_by_key(cell, |hexagon| hexagon.cell) {
                add_hexagon(&mut buffer, figures[at], |out| {
                    out.extend_from_slice(outline);
                });
            }
        }
        let mut out = Vec::new();
        buffer.write(&mut out);
        Ok(out)
    }
}

fn outlines_of(tile: TileId, resolution: u8) -> Result<Outlines, TileError> {
    let mut cutter = HexCutter::new(tile)?;
    let cells = cells_touching_tile(tile, resolution)?;
    let mut geometry = Vec::new();
    let ends = cells
        .iter()
        .map(|cell| {
            draw(&mut geometry, &cutter.cut(*cell));
            geometry.len() as u32
        })
        .collect();
    Ok(Outlines {
        cells,
        geometry,
        ends,
    })
}

fn hexagon_buffer() -> Result<LayerBuffer, TileError> {
    let def = &layer("hexagons")?.mvt[0];
    let keys = def.properties.iter().map(|p| p.name.as_str());
    Ok(LayerBuffer::new(&def.name, keys).with_unique_first())
}

fn add_hexagon(buffer: &mut LayerBuffer, hexagon: HexCell, write: impl FnOnce(&mut Vec<u8>)) {
    buffer.add(
        GeometryType::Polygon,
        write,
        [
            Property::Text(&format!("{:x}", hexagon.cell)),
            hexagon.value.map_or(Property::Null, Property::Double),
            Property::Int(hexagon.count as i64),
        ],
    );
}

fn draw(out: &mut Vec<u8>, areas: &[Area]) {
    let mut pen = Pen::new(out);
    for area in areas {
        pen.area(area);
    }
}

/// Cuts cells to one tile.
struct HexCutter {
    grid: Grid,
    window: Window,
    cutter: AreaCutter,
}

impl HexCutter {
    fn new(tile: TileId) -> Result<Self, TileError> {
        let window = Grid::window(layer("hexagons")?.mvt[0].buffer);
        Ok(Self {
            grid: Grid::of(tile),
            window,
            cutter: AreaCutter::new(window),
        })
    }

    /// Empty for a cell elsewhere and for a number that is no H3 index.
    fn cut(&mut self, cell: u64) -> Vec<Area> {
        let Ok(cell) = CellIndex::try_from(cell) else {
            return Vec::new();
        };
        let ring = boundary(cell);
        // A cell on the date line shows at both ends of the map.
        for turn in [0, WORLD, -WORLD] {
            let steps = ring.iter().map(|p| self.grid.round(p[0] + turn, p[1]));
            let touches = (0..2).all(|axis| {
                let mut at = steps.clone().map(|p| p[axis]);
                at.any(|v| v <= self.window.max[axis])
                    && steps.clone().any(|p| p[axis] >= self.window.min[axis])
            });
            if touches {
                self.cutter.add_ring(steps);
            }
        }
        self.cutter.finish()
    }
}

/// The cell's corners in world units, clockwise on the screen, unrolled across the date line.
fn boundary(cell: CellIndex) -> Vec<[i64; 2]> {
    let corners: Vec<(f64, f64)> = cell
        .boundary()
        .iter()
        .map(|corner| {
            let at =
                LngLat::from_degrees(corner.lng(), corner.lat()).unwrap_or(LngLat::from_e7(0, 0));
            at.mercator()
        })
        .collect();
    let Some(&(west, _)) = corners.first() else {
        return Vec::new();
    };
    let mut ring: Vec<[i64; 2]> = corners
        .into_iter()
        .map(|(x, y)| {
            let x = x - (x - west).round();
            let units = |v: f64| (v * WORLD as f64).round() as i64;
            [units(x), units(y)]
        })
        .collect();
    // H3 walks counter-clockwise in longitude and latitude, which is counter-clockwise on the screen too.
    ring.reverse();
    ring
}

/// Every cell of the resolution that touches the tile or its buffer.
pub fn cells_touching_tile(tile: TileId, resolution: u8) -> Result<Vec<u64>, TileError> {
    let def = &layer("hexagons")?.mvt[0];
    let h3 = Resolution::try_from(resolution).map_err(|_| TileError::Resolution { resolution })?;
    let bbox = degree_box(tile, def.buffer);
    let estimate = estimate_cells(bbox, h3);
    if estimate > TILE_CELLS {
        return Err(TileError::TooManyCells {
            z: tile.z,
            x: tile.x,
            y: tile.y,
            resolution,
            estimate,
            limit: TILE_CELLS,
        });
    }
    let mut cells: Vec<u64> = Vec::new();
    for strip in strips(bbox) {
        let mut tiler = TilerBuilder::new(h3)
            .containment_mode(ContainmentMode::Covers)
            .build();
        tiler
            .add(rectangle(strip))
            .map_err(|_| TileError::Covering {
                z: tile.z,
                x: tile.x,
                y: tile.y,
            })?;
        cells.extend(tiler.into_coverage().map(u64::from));
    }
    cells.sort_unstable();
    cells.dedup();
    Ok(cells)
}

/// The box around cells, wide enough to hold every record that is rolled up into them: H3 children stick
/// out of their parent by less than a third of its width.
pub fn cells_bbox(cells: &[u64]) -> Option<BBox> {
    let boxes = cells
        .iter()
        .filter_map(|cell| CellIndex::try_from(*cell).ok())
        .filter_map(|cell| {
            let corners: Vec<LngLat> = cell
                .boundary()
                .iter()
                .filter_map(|c| LngLat::from_degrees(c.lng(), c.lat()))
                .collect();
            let bbox = BBox::around(corners)?;
            let width = i64::from(bbox.max.lng_e7) - i64::from(bbox.min.lng_e7);
            // A cell across the date line spans the whole world's longitudes.
            if width > 1_800_000_000 {
                return Some(widened(BBox {
                    min: LngLat::from_e7(-1_800_000_000, bbox.min.lat_e7),
                    max: LngLat::from_e7(1_800_000_000, bbox.max.lat_e7),
                }));
            }
            Some(widened(bbox))
        });
    boxes.reduce(BBox::union)
}

fn widened(bbox: BBox) -> BBox {
    let (dx, dy) = (
        (i64::from(bbox.max.lng_e7) - i64::from(bbox.min.lng_e7)) / 3,
        (i64::from(bbox.max.lat_e7) - i64::from(bbox.min.lat_e7)) / 3,
    );
    let lng = |v: i64| v.clamp(-1_800_000_000, 1_800_000_000) as i32;
    let lat = |v: i64| v.clamp(-900_000_000, 900_000_000) as i32;
    BBox {
        min: LngLat::from_e7(
            lng(i64::from(bbox.min.lng_e7) - dx),
            lat(i64::from(bbox.min.lat_e7) - dy),
        ),
        max: LngLat::from_e7(
            lng(i64::from(bbox.max.lng_e7) + dx),
            lat(i64::from(bbox.max.lat_e7) + dy),
        ),
    }
}

/// Area of the box over the mean area of a cell, on the sphere, with a margin for those cut by the edge.
fn estimate_cells(bbox: BBox, resolution: Resolution) -> u64 {
    let radius_km = geocrm_domain::spatial::EARTH_RADIUS_M / 1_000.0;
    let lng = (bbox.max.lng() - bbox.min.lng()).to_radians();
    let lat = bbox.max.lat().to_radians().sin() - bbox.min.lat().to_radians().sin();
    let cells = radius_km * radius_km * lng * lat / resolution.area_km2();
    (cells * 1.2) as u64 + 1
}

/// Pieces of at most 60 degrees of longitude: wider polygons are taken for ones across the date line.
fn strips(bbox: BBox) -> Vec<BBox> {
    let width = i64::from(bbox.max.lng_e7) - i64::from(bbox.min.lng_e7);
    let count = (width / 600_000_001) + 1;
    (0..count)
        .map(|i| {
            let at = |i: i64| (i64::from(bbox.min.lng_e7) + width * i / count) as i32;
            BBox {
                min: LngLat::from_e7(at(i), bbox.min.lat_e7),
                max: LngLat::from_e7(at(i + 1), bbox.max.lat_e7),
            }
        })
        .collect()
}

fn rectangle(bbox: BBox) -> geo_types::Polygon<f64> {
    geo_types::Rect::new(bbox.min.to_geo_coord(), bbox.max.to_geo_coord()).to_polygon()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amsterdam() -> LngLat {
        LngLat::from_degrees(4.9, 52.37).expect("a valid position")
    }

    #[test]
    fn default_hexagons_are_neither_dots_nor_slabs() {
        for zoom in 5..=14 {
            let resolution = Resolution::try_from(default_resolution(zoom)).expect("a resolution");
            let width_m = resolution.edge_length_km() * 1_000.0 * 3f64.sqrt();
            let px = width_m / (48_188.0 / 2f64.powi(i32::from(zoom)));
            assert!((20.0..=60.0).contains(&px), "zoom {zoom}: {px} px");
        }
    }

    #[test]
    fn the_covering_holds_every_cell_that_touches_the_tile_and_no_other() {
        for z in [0, 1, 3, 5, 9, 12, 14] {
            let tile = amsterdam().quadkey().tile(z);
            let resolution = match z {
                0..=3 => 2,
                z => default_resolution(z),
            };
            let cells = cells_touching_tile(tile, resolution).expect("cells");
            let bbox = tile.bbox(0.0);
            for step in 0..=40 {
                for other in 0..=40 {
                    let mix = |a: i32, b: i32, share: i32| {
                        (i64::from(a) + (i64::from(b) - i64::from(a)) * i64::from(share) / 40)
                            as i32
                    };
                    let at = LngLat::from_e7(
                        mix(bbox.min.lng_e7, bbox.max.lng_e7, step),
                        mix(bbox.min.lat_e7, bbox.max.lat_e7, other),
                    );
                    assert!(
                        cells.binary_search(&at.h3_cell(resolution)).is_ok(),
                        "zoom {z}: {at:?}"
                    );
                }
            }
            if z > 3 {
                let hexagons: Vec<HexCell> = cells
                    .iter()
                    .map(|cell| HexCell {
                        cell: *cell,
                        value: Some(1.0),
                        count: 1,
                    })
                    .collect();
                let bytes = encode_hexagons(tile, &hexagons).expect("a tile");
                let reader = fast_mvt::MvtReaderRef::new(&bytes).expect("a tile");
                let drawn = reader.layers().next().expect("a layer").features().count();
                assert!(drawn * 10 >= cells.len() * 9, "{drawn} of {}", cells.len());
            }
        }
    }

    #[test]
    fn kept_outlines_give_the_bytes_of_fresh_ones() {
        let tiles = HexagonTiles::new();
        for z in [0, 4, 9, 12] {
            let tile = amsterdam().quadkey().tile(z);
            let resolution = default_resolution(z);
            let mut figures: Vec<HexCell> =
                cells_touching_tile(amsterdam().quadkey().tile(z.max(3)), resolution)
                    .expect("cells")
                    .into_iter()
                    .filter(|cell| cell % 3 != 0)
                    .map(|cell| HexCell {
                        cell,
                        value: Some((cell % 100) as f64),
                        count: cell % 7,
                    })
                    .collect();
            figures.sort_by_key(|hexagon| hexagon.cell);
            let fresh = encode_hexagons(tile, &figures).expect("a tile");
            assert!(!fresh.is_empty());
            for _ in 0..2 {
                let kept = tiles.tile(tile, resolution, &figures).expect("a tile");
                assert!(kept == fresh, "zoom {z}");
            }
        }
    }

    #[test]
    fn too_fine_a_resolution_is_refused() {
        let tile = amsterdam().quadkey().tile(4);
        assert!(matches!(
            cells_touching_tile(tile, 10),
            Err(TileError::TooManyCells { .. })
        ));
        assert_eq!(
            cells_touching_tile(tile, 16),
            Err(TileError::Resolution { resolution: 16 })
        );
    }

    #[test]
    fn the_box_holds_every_finest_child() {
        for resolution in 4..10 {
            let parent = CellIndex::try_from(amsterdam().h3_cell(resolution)).expect("a cell");
            let bbox = cells_bbox(&[u64::from(parent)]).expect("a box");
            let finest = Resolution::try_from(resolution + 3).unwrap_or(Resolution::Twelve);
            for child in parent.children(finest) {
                for corner in child.boundary().iter() {
                    let at = LngLat::from_degrees(corner.lng(), corner.lat()).expect("a position");
                    assert!(bbox.contains(at), "resolution {resolution}");
                }
            }
        }
    }
}
