//! Well-known binary of points and polygons. Own code, because a length in such bytes is a claim: the
//! ready-made readers reserve memory for it before they look whether the bytes are there.

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};

struct Bytes<'a> {
    rest: &'a [u8],
    little: bool,
}

/// Reads ISO or extended WKB of a point, polygon or multipolygon; further dimensions are dropped.
pub fn parse(wkb: &[u8]) -> Result<Geometry<f64>, String> {
    let mut bytes = Bytes {
        rest: wkb,
        little: true,
    };
    let (kind, dimensions) = bytes.header()?;
    match kind {
        1 => Ok(Geometry::Point(bytes.coord(dimensions)?.into())),
        3 => Ok(Geometry::Polygon(bytes.polygon(dimensions)?)),
        6 => {
            let count = bytes.count(9)?;
            let mut polygons = Vec::with_capacity(count);
            for _ in 0..count {
                let (kind, dimensions) = bytes.header()?;
                if kind != 3 {
                    return Err(format!("a part of type {kind} in a set of polygons"));
                }
                polygons.push(bytes.polygon(dimensions)?);
            }
            Ok(Geometry::MultiPolygon(MultiPolygon(polygons)))
        }
        other => Err(format!(
            "geometry type {other} is neither a point nor an area"
        )),
    }
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or("the shape's bytes end too early")?;
        self.rest = rest;
        Ok(*head)
    }

    fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take::<4>()?;
        Ok(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn f64(&mut self) -> Result<f64, String> {
        let bytes = self.take::<8>()?;
        Ok(if self.little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    /// A count of things of at least `least` bytes each; refused when they cannot be there.
    fn count(&mut self, least: usize) -> Result<usize, String> {
        let count = self.u32()? as usize;
        if count > self.rest.len() / least {
            return Err(format!("claims {count} parts in {} bytes", self.rest.len()));
        }
        Ok(count)
    }

    /// Type without dimension flags, and how many numbers a vertex has.
    fn header(&mut self) -> Result<(u32, usize), String> {
        self.little = self.take::<1>()?[0] == 1;
        let raw = self.u32()?;
        if raw & 0x2000_0000 != 0 {
            self.u32()?;
        }
        let iso = (raw & 0x0FFF_FFFF) / 1_000;
        let z = raw & 0x8000_0000 != 0 || matches!(iso, 1 | 3);
        let m = raw & 0x4000_0000 != 0 || matches!(iso, 2 | 3);
        let dimensions = 2 + usize::from(z) + usize::from(m);
        Ok(((raw & 0x0FFF_FFFF) % 1_000, dimensions))
    }

    fn coord(&mut self, dimensions: usize) -> Result<Coord<f64>, String> {
        let coord = Coord {
            x: self.f64()?,
            y: self.f64()?,
        };
        for _ in 2..dimensions {
            self.f64()?;
        }
        Ok(coord)
    }

    fn polygon(&mut self, dimensions: usize) -> Result<Polygon<f64>, String> {
        let rings = self.count(4)?;
        let mut out = Vec::with_capacity(rings);
        for _ in 0..rings {
            let vertices = self.count(8 * dimensions)?;
            let line: Result<Vec<_>, String> =
                (0..vertices).map(|_| self.coord(dimensions)).collect();
            out.push(LineString(line?));
        }
        let mut rings = out.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geozero::{CoordDimensions, ToWkb};
    use proptest::prelude::*;

    fn square() -> Geometry<f64> {
        let ring = [(4.0, 52.0), (5.0, 52.0), (5.0, 53.0), (4.0, 52.0)];
        Geometry::MultiPolygon(MultiPolygon(vec![Polygon::new(
            ring.to_vec().into(),
            Vec::new(),
        )]))
    }

    #[test]
    fn reads_what_another_writer_wrote() {
        let wkb = square().to_wkb(CoordDimensions::xy()).expect("written");
        assert_eq!(parse(&wkb), Ok(square()));
    }

    #[test]
    fn a_claim_of_four_thousand_million_vertices_reserves_nothing() {
        let mut wkb = vec![1, 3, 0, 0, 0, 1, 0, 0, 0];
        wkb.extend(u32::MAX.to_le_bytes());
        assert!(parse(&wkb).is_err_and(|e| e.contains("claims 4294967295")));
    }

    proptest! {
        #[test]
        fn broken_bytes_never_panic(at in 0usize..120, value: u8, cut in 0usize..120) {
            let mut wkb = square().to_wkb(CoordDimensions::xy()).expect("written");
            let at = at % wkb.len();
            wkb[at] = value;
            wkb.truncate(wkb.len().saturating_sub(cut % 60));
            let _ = parse(&wkb);
        }
    }
}
