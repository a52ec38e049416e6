//! Which addresses are nearest to a position? Addresses stand in quadkey order, so a tile is a slice: the
//! three by three tiles around the position are read, of larger and larger tiles until enough are near.

use crate::Geocoder;
use crate::answer::Nearby;
use geocrm_domain::spatial::EARTH_RADIUS_M;
use geocrm_domain::{LngLat, TileId};

/// Addresses farther away than this are not answered, in metres.
pub const REVERSE_REACH_M: f64 = 5_000.0;
/// Zoom of the first, smallest tiles: about 150 m in central Europe.
const FIRST_ZOOM: u8 = 17;
const LAST_ZOOM: u8 = 6;

impl Geocoder {
    /// The nearest addresses within [`REVERSE_REACH_M`], nearest first, at most `limit`.
    pub fn reverse(&self, at: LngLat, limit: usize) -> Vec<Nearby> {
        let width_m = |zoom: u8| {
            std::f64::consts::TAU * EARTH_RADIUS_M * at.lat().to_radians().cos()
                / f64::from(1u32 << zoom)
        };
        let mut found: Vec<(f64, u32)> = Vec::new();
        for zoom in (LAST_ZOOM..=FIRST_ZOOM).rev() {
            found = self.around(at.quadkey().tile(zoom));
            for near in &mut found {
                near.0 = at.haversine_m(self.place(near.1));
            }
            found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            found.dedup_by_key(|near| self.id(near.1));
            // Whatever lies outside the nine tiles is at least a tile's width away; a little less, as the
            // width shrinks towards the pole.
            let sure_m = width_m(zoom) * 0.98;
            let enough = found
                .get(limit.saturating_sub(1))
                .is_some_and(|f| f.0 <= sure_m);
            if enough || sure_m >= REVERSE_REACH_M {
                break;
            }
        }
        found.retain(|near| near.0 <= REVERSE_REACH_M);
        found.truncate(limit);
        let nearby = |(distance_m, entry): (f64, u32)| Nearby {
            id: self.id(entry),
            address: self.address(entry),
            place: self.place(entry),
            distance_m,
        };
        found.into_iter().map(nearby).collect()
    }

    /// Entries of the tile and its eight neighbours.
    fn around(&self, tile: TileId) -> Vec<(f64, u32)> {
        let mut found = Vec::new();
        let last = (1u32 << tile.z) - 1;
        for y in tile.y.saturating_sub(1)..=(tile.y + 1).min(last) {
            for dx in [last, 0, 1] {
                // The world is round: the column west of the first is the last.
                let x = (tile.x.wrapping_add(dx)) & last;
                let Some(tile) = TileId::new(tile.z, x, y) else {
                    continue;
                };
                let (from, to) = tile.quadkey_range();
                let key = |entry: u32| self.place(entry).quadkey();
                let first = self.by_quadkey.partition_point(|&e| key(e) < from);
                let end = self.by_quadkey.partition_point(|&e| key(e) <= to);
                found.extend(self.by_quadkey[first..end].iter().map(|&e| (0.0, e)));
            }
        }
        found
    }
}
