//! Positions. Longitude and latitude are whole 1e-7 degrees, so that equality, ordering and the
//! point-in-polygon test are exact; the quadkey is computed once per record and *defines* which tile
//! a record belongs to. The only place that may build an `h3o::LatLng` or a `geo_types::Point`.

use std::f64::consts::PI;

/// Mean Earth radius of the haversine formula, in metres (IUGG R1).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Latitude where Web Mercator's square ends.
pub const MAX_MERCATOR_LAT: f64 = 85.051_128_779_806_59;

/// A WGS 84 position in units of 1e-7 degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LngLat {
    pub lng_e7: i32,
    pub lat_e7: i32,
}

impl LngLat {
    pub const fn from_e7(lng_e7: i32, lat_e7: i32) -> Self {
        Self { lng_e7, lat_e7 }
    }

    /// `None` when a part is not finite or outside ±180 / ±90 degrees.
    pub fn from_degrees(lng: f64, lat: f64) -> Option<Self> {
        let inside = lng.is_finite() && lat.is_finite() && lng.abs() <= 180.0 && lat.abs() <= 90.0;
        inside.then(|| Self {
            lng_e7: (lng * 1e7).round() as i32,
            lat_e7: (lat * 1e7).round() as i32,
        })
    }

    pub fn lng(self) -> f64 {
        f64::from(self.lng_e7) / 1e7
    }

    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Great-circle distance in metres by the haversine formula on the mean sphere.
    pub fn haversine_m(self, other: Self) -> f64 {
        let (a, b) = (self.lat().to_radians(), other.lat().to_radians());
        let half_lat = ((b - a) / 2.0).sin();
        let half_lng = ((other.lng() - self.lng()).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + a.cos() * b.cos() * half_lng * half_lng;
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    /// Web-Mercator position scaled to the unit square, x east, y south.
    pub fn mercator(self) -> (f64, f64) {
        let lat = self
            .lat()
            .clamp(-MAX_MERCATOR_LAT, MAX_MERCATOR_LAT)
            .to_radians();
        let x = self.lng() / 360.0 + 0.5;
        let y = 0.5 - lat.tan().asinh() / (2.0 * PI);
        (x, y.clamp(0.0, 1.0))
    }

    pub fn quadkey(self) -> Quadkey {
        let (x, y) = self.mercator();
        let cell = |v: f64| (v * 4_294_967_296.0).clamp(0.0, 4_294_967_295.0) as u32;
        Quadkey::from_cell(cell(x), cell(y))
    }

    /// H3 cell at a resolution of 0 to 15 as its 64-bit index.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the order of the arguments is checked"
    )]
    pub fn h3_cell(self, resolution: u8) -> u64 {
        let resolution =
            h3o::Resolution::try_from(resolution.min(15)).unwrap_or(h3o::Resolution::Fifteen);
        h3o::LatLng::new(self.lat(), self.lng()).map_or(0, |at| u64::from(at.to_cell(resolution)))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the order of the arguments is checked"
    )]
    pub fn to_geo_point(self) -> geo_types::Point<f64> {
        geo_types::Point::new(self.lng(), self.lat())
    }

    pub fn to_geo_coord(self) -> geo_types::Coord<f64> {
        geo_types::Coord {
            x: self.lng(),
            y: self.lat(),
        }
    }
}

/// A box in 1e-7 degrees; both corners belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BBox {
    pub min: LngLat,
    pub max: LngLat,
}

impl BBox {
    /// `None` for an empty sequence.
    pub fn around(points: impl IntoIterator<Item = LngLat>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        Some(points.fold(
            Self {
                min: first,
                max: first,
            },
            Self::extended,
        ))
    }

    #[must_use]
    pub fn extended(self, point: LngLat) -> Self {
        Self {
            min: LngLat::from_e7(
                self.min.lng_e7.min(point.lng_e7),
                self.min.lat_e7.min(point.lat_e7),
            ),
            max: LngLat::from_e7(
                self.max.lng_e7.max(point.lng_e7),
                self.max.lat_e7.max(point.lat_e7),
            ),
        }
    }

    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.extended(other.min).extended(other.max)
    }

    pub fn contains(&self, point: LngLat) -> bool {
        (self.min.lng_e7..=self.max.lng_e7).contains(&point.lng_e7)
            && (self.min.lat_e7..=self.max.lat_e7).contains(&point.lat_e7)
    }

    pub fn intersects(&self, other: &Self) -> bool {
        self.min.lng_e7 <= other.max.lng_e7
            && self.max.lng_e7 >= other.min.lng_e7
            && self.min.lat_e7 <= other.max.lat_e7
            && self.max.lat_e7 >= other.min.lat_e7
    }

    pub fn center(&self) -> LngLat {
        let mid = |a: i32, b: i32| i32::midpoint(a, b);
        LngLat::from_e7(
            mid(self.min.lng_e7, self.max.lng_e7),
            mid(self.min.lat_e7, self.max.lat_e7),
        )
    }

    /// The box that reaches at least `distance_m` metres past this point on every side.
    pub fn around_point(center: LngLat, distance_m: f64) -> Self {
        let lat = (distance_m / EARTH_RADIUS_M).to_degrees() * 1.000_1 + 1e-7;
        let widest = (center.lat().abs() + lat).min(89.9).to_radians();
        let lng = lat / widest.cos();
        let e7 = |v: f64, limit: f64| (v.clamp(-limit, limit) * 1e7) as i32;
        Self {
            min: LngLat::from_e7(e7(center.lng() - lng, 180.0), e7(center.lat() - lat, 90.0)),
            max: LngLat::from_e7(e7(center.lng() + lng, 180.0), e7(center.lat() + lat, 90.0)),
        }
    }
}

/// Morton code of a Web-Mercator cell: 32 bits of x interleaved with 32 bits of y, x in the even bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quadkey(pub u64);

impl Quadkey {
    pub fn from_cell(x: u32, y: u32) -> Self {
        Self(spread(x) | (spread(y) << 1))
    }

    /// The cell's x and y at 32 bits each.
    pub fn cell(self) -> (u32, u32) {
        (squash(self.0), squash(self.0 >> 1))
    }

    /// The tile of zoom `z` (0 to 32) that holds this cell.
    pub fn tile(self, z: u8) -> TileId {
        let (x, y) = self.cell();
        let shift = 32 - u32::from(z.min(32));
        let cut = |v: u32| if shift == 32 { 0 } else { v >> shift };
        TileId {
            z,
            x: cut(x),
            y: cut(y),
        }
    }

    /// The cell's north-west corner, for covers and tests.
    pub fn to_lng_lat(self) -> LngLat {
        let (x, y) = self.cell();
        mercator_to_lng_lat(
            f64::from(x) / 4_294_967_296.0,
            f64::from(y) / 4_294_967_296.0,
        )
    }
}

/// Position of a point of the Web-Mercator unit square.
pub fn mercator_to_lng_lat(x: f64, y: f64) -> LngLat {
    let lng = (x - 0.5) * 360.0;
    let lat = ((0.5 - y) * 2.0 * PI).sinh().atan().to_degrees();
    LngLat {
        lng_e7: (lng * 1e7).round() as i32,
        lat_e7: (lat * 1e7).round() as i32,
    }
}

fn spread(v: u32) -> u64 {
    let mut v = u64::from(v);
    v = (v | (v << 16)) & 0x0000_FFFF_0000_FFFF;
    v = (v | (v << 8)) & 0x00FF_00FF_00FF_00FF;
    v = (v | (v << 4)) & 0x0F0F_0F0F_0F0F_0F0F;
    v = (v | (v << 2)) & 0x3333_3333_3333_3333;
    (v | (v << 1)) & 0x5555_5555_5555_5555
}

fn squash(v: u64) -> u32 {
    let mut v = v & 0x5555_5555_5555_5555;
    v = (v | (v >> 1)) & 0x3333_3333_3333_3333;
    v = (v | (v >> 2)) & 0x0F0F_0F0F_0F0F_0F0F;
    v = (v | (v >> 4)) & 0x00FF_00FF_00FF_00FF;
    v = (v | (v >> 8)) & 0x0000_FFFF_0000_FFFF;
    (v | (v >> 16)) as u32
}

/// A tile of the Web-Mercator pyramid; y counts from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    pub z: u8,
    pub x: u32,
    pub y: u32,
}

impl TileId {
    /// `None` unless `z` ≤ 24 and x, y lie inside the zoom's grid.
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        (z <= 24 && x < (1 << z) && y < (1 << z)).then_some(Self { z, x, y })
    }

    /// First and last quadkey (both inside) of the tile: one contiguous slice of any table in quadkey order.
    pub fn quadkey_range(self) -> (Quadkey, Quadkey) {
        let shift = 32 - u32::from(self.z);
        let low = |v: u32| if shift == 32 { 0 } else { v << shift };
        let first = Quadkey::from_cell(low(self.x), low(self.y)).0;
        let last = if self.z == 0 {
            u64::MAX
        } else {
            first | ((1u64 << (2 * shift)) - 1)
        };
        (Quadkey(first), Quadkey(last))
    }

    /// The tile's box, widened by `buffer` (a share of the tile's width, 0 for none), for index look-ups.
    pub fn bbox(self, buffer: f64) -> BBox {
        let n = f64::from(1u32 << self.z);
        let at =
            |x: f64, y: f64| mercator_to_lng_lat((x / n).clamp(0.0, 1.0), (y / n).clamp(0.0, 1.0));
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        let north_west = at(x - buffer, y - buffer);
        let south_east = at(x + 1.0 + buffer, y + 1.0 + buffer);
        BBox {
            min: LngLat::from_e7(north_west.lng_e7, south_east.lat_e7),
            max: LngLat::from_e7(south_east.lng_e7, north_west.lat_e7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_holds_exactly_the_quadkeys_of_its_range() {
        let at = LngLat::from_degrees(4.9, 52.37).expect("a valid position");
        for z in 0..=24 {
            let tile = at.quadkey().tile(z);
            let (first, last) = tile.quadkey_range();
            assert!(first <= at.quadkey() && at.quadkey() <= last, "zoom {z}");
            assert_eq!(first.tile(z), tile);
            assert_eq!(last.tile(z), tile);
        }
    }

    #[test]
    fn morton_code_round_trips() {
        for (x, y) in [
            (0, 0),
            (u32::MAX, 0),
            (0, u32::MAX),
            (0x1234_5678, 0x9ABC_DEF0),
        ] {
            assert_eq!(Quadkey::from_cell(x, y).cell(), (x, y));
        }
    }

    #[test]
    fn latitude_and_longitude_are_not_swapped_for_h3() {
        let amsterdam = LngLat::from_degrees(4.9, 52.37).expect("a valid position");
        assert_eq!(format!("{:x}", amsterdam.h3_cell(5)), "85196953fffffff");
    }

    #[test]
    fn degrees_outside_the_globe_are_refused() {
        assert_eq!(LngLat::from_degrees(181.0, 0.0), None);
        assert_eq!(LngLat::from_degrees(f64::NAN, 0.0), None);
    }
}
