//! Where a position falls on the grid of a tile. The world is a square of 2³² units (9 mm at the
//! equator), the same cells the quadkey is made of; a zoom's grid is that square shifted right, so the
//! rounding of a vertex depends on the zoom alone and never on the tile it is drawn in.

use crate::EXTENT;
use geocrm_domain::{BBox, LngLat, TileId};

/// Zoom at which one grid step is one world unit (2²⁰ tiles of 2¹² steps).
const UNIT_ZOOM: i32 = 20;

/// A Web-Mercator position in world units, x east, y south.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct World {
    pub x: u32,
    pub y: u32,
}

impl World {
    pub fn of(at: LngLat) -> Self {
        let (x, y) = at.quadkey().cell();
        Self { x, y }
    }
}

/// A vertex in steps of a tile's grid, counted from the tile's north-west corner.
pub(crate) type Step = [i64; 2];

/// A closed box of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub min: Step,
    pub max: Step,
}

impl Window {
    pub fn contains(&self, p: Step) -> bool {
        (0..2).all(|axis| self.min[axis] <= p[axis] && p[axis] <= self.max[axis])
    }
}

/// The grid of one tile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    shift: i32,
    origin: Step,
}

impl Grid {
    pub fn of(tile: TileId) -> Self {
        let origin = |v: u32| i64::from(v) * i64::from(EXTENT);
        Self {
            shift: UNIT_ZOOM - i32::from(tile.z),
            origin: [origin(tile.x), origin(tile.y)],
        }
    }

    /// The nearest step, for lines and areas.
    pub fn round(&self, x: i64, y: i64) -> Step {
        let step = |w: i64| {
            if self.shift > 0 {
                (w + (1 << (self.shift - 1))) >> self.shift
            } else {
                w << -self.shift
            }
        };
        [step(x) - self.origin[0], step(y) - self.origin[1]]
    }

    /// The step that holds the point: 0 to 4095 exactly for the points whose quadkey lies in the tile.
    pub fn floor(&self, at: World) -> Step {
        let step = |w: u32| {
            let w = i64::from(w);
            if self.shift > 0 {
                w >> self.shift
            } else {
                w << -self.shift
            }
        };
        [step(at.x) - self.origin[0], step(at.y) - self.origin[1]]
    }

    /// The tile and `buffer` steps around it.
    pub fn window(buffer: u32) -> Window {
        let (low, high) = (-i64::from(buffer), i64::from(EXTENT + buffer));
        Window {
            min: [low, low],
            max: [high, high],
        }
    }
}

/// The tile and `buffer` steps around it in world units, for index look-ups: minimum and maximum corner.
pub(crate) fn world_box(tile: TileId, buffer: u32) -> ([f64; 2], [f64; 2]) {
    let side = 2f64.powi(32 - i32::from(tile.z));
    let margin = side * f64::from(buffer) / f64::from(EXTENT);
    let (x, y) = (f64::from(tile.x) * side, f64::from(tile.y) * side);
    (
        [x - margin, y - margin],
        [x + side + margin, y + side + margin],
    )
}

/// Side of a 512-pixel tile's pixel at a zoom, in world units.
pub(crate) fn pixel_units(zoom: u8) -> f64 {
    2f64.powi(23 - i32::from(zoom))
}

/// The tile's box widened by `buffer` steps, in degrees.
pub(crate) fn degree_box(tile: TileId, buffer: u32) -> BBox {
    tile.bbox(f64::from(buffer) / f64::from(EXTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_lies_in_exactly_the_tile_its_quadkey_names() {
        let at = LngLat::from_degrees(4.9, 52.37).expect("a valid position");
        for z in 0..=24 {
            let tile = at.quadkey().tile(z);
            let step = Grid::of(tile).floor(World::of(at));
            assert!(
                step.iter().all(|v| (0..4096).contains(v)),
                "zoom {z}: {step:?}"
            );
        }
    }

    #[test]
    fn neighbouring_tiles_agree_on_the_rounding_of_a_vertex() {
        let at = World::of(LngLat::from_degrees(4.9, 52.37).expect("a valid position"));
        for z in 1..=22 {
            let left = TileId { z, x: 0, y: 0 };
            let right = TileId { z, x: 1, y: 0 };
            let a = Grid::of(left).round(i64::from(at.x), i64::from(at.y));
            let b = Grid::of(right).round(i64::from(at.x), i64::from(at.y));
            assert_eq!(a[0] - 4096, b[0], "zoom {z}");
        }
    }
}
