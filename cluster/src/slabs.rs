//! Is a place in an area? The edges of every ring lie in slabs of latitude, so that a place is compared with the
//! few edges beside it. Nodes put an area into slabs for every batch of rows they test.

use crate::geometry::{Area, Bounds, LngLat, Polygon, Side, meets_edge};

/// Most slabs of one ring.
const MOST_SLABS: usize = 4_096;

struct Ring {
    bounds: Bounds,
    /// Edges by slab, each slab from its start in `edges`.
    starts: Vec<u32>,
    edges: Vec<(LngLat, LngLat)>,
}

impl Ring {
    /// `None` without vertices.
    fn new(vertices: &[LngLat]) -> Option<Self> {
        let bounds = Bounds::around(vertices)?;
        let slabs = (vertices.len() / 2).clamp(1, MOST_SLABS);
        let mut by_slab: Vec<Vec<(LngLat, LngLat)>> = vec![Vec::new(); slabs];
        let before = vertices.iter().cycle().skip(vertices.len() - 1);
        for (a, b) in before.zip(vertices) {
            let low = slab(&bounds, slabs, a.lat_e7.min(b.lat_e7));
            let high = slab(&bounds, slabs, a.lat_e7.max(b.lat_e7));
            for edges in &mut by_slab[low..=high] {
                edges.push((*a, *b));
            }
        }
        let mut starts = vec![0];
        let mut edges = Vec::new();
        for slab in by_slab {
            edges.extend(slab);
            starts.push(edges.len() as u32);
        }
        Some(Self {
            bounds,
            starts,
            edges,
        })
    }

    fn side(&self, p: LngLat) -> Side {
        if !self.bounds.contains(p) {
            return Side::Outside;
        }
        let slab = slab(&self.bounds, self.starts.len() - 1, p.lat_e7);
        let edges = self.starts[slab] as usize..self.starts[slab + 1] as usize;
        let mut inside = false;
        for &(a, b) in &self.edges[edges] {
            match meets_edge(a, b, p) {
                None => return Side::Edge,
                Some(crosses) => inside ^= crosses,
            }
        }
        if inside { Side::Inside } else { Side::Outside }
    }
}

/// Slab of a latitude inside the bounds; rising with it.
fn slab(bounds: &Bounds, slabs: usize, lat_e7: i32) -> usize {
    let height = i64::from(bounds.max.lat_e7) - i64::from(bounds.min.lat_e7) + 1;
    let above = i64::from(lat_e7) - i64::from(bounds.min.lat_e7);
    (above * slabs as i64 / height) as usize
}

/// An area ready to be asked.
pub struct Slabs(Vec<Vec<Ring>>);

impl Slabs {
    /// `None` for an area with an empty ring.
    pub fn new(area: &Area) -> Option<Self> {
        let polygon = |Polygon(rings): &Polygon| rings.iter().map(|ring| Ring::new(ring)).collect();
        area.0.iter().map(polygon).collect::<Option<_>>().map(Self)
    }

    /// A place on an edge counts when `edge_inside`.
    pub fn contains(&self, p: LngLat, edge_inside: bool) -> bool {
        self.0.iter().any(|rings| {
            let Some((exterior, holes)) = rings.split_first() else {
                return false;
            };
            match exterior.side(p) {
                Side::Outside => false,
                Side::Edge => edge_inside,
                Side::Inside => holes.iter().all(|hole| match hole.side(p) {
                    Side::Inside => false,
                    Side::Edge => edge_inside,
                    Side::Outside => true,
                }),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Every edge of every ring, without slabs; on few different coordinates every special case comes up.
    fn plain(area: &Area, p: LngLat) -> bool {
        area.0.iter().any(|Polygon(rings)| {
            let sides: Vec<Side> = rings.iter().map(|ring| plain_side(ring, p)).collect();
            sides[0] == Side::Edge
                || (sides[0] == Side::Inside && sides[1..].iter().all(|side| *side != Side::Inside))
        })
    }

    /// Crossings of a ray to the east a little above the place, counted in exact fractions.
    fn plain_side(ring: &[LngLat], p: LngLat) -> Side {
        let mut crossings = 0;
        for i in 0..ring.len() {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            let [ax, ay, bx, by, px, py] =
                [a.lng_e7, a.lat_e7, b.lng_e7, b.lat_e7, p.lng_e7, p.lat_e7].map(i128::from);
            let on_line = (bx - ax) * (py - ay) == (by - ay) * (px - ax);
            if on_line
                && (ax.min(bx)..=ax.max(bx)).contains(&px)
                && (ay.min(by)..=ay.max(by)).contains(&py)
            {
                return Side::Edge;
            }
            // The edge holds half the latitudes: its lower end, not its upper.
            let (lx, ly, ux, uy) = if ay < by {
                (ax, ay, bx, by)
            } else {
                (bx, by, ax, ay)
            };
            if ly <= py && py < uy {
                // Longitude of the edge at py, minus px, times the height.
                let east = lx * (uy - ly) + (ux - lx) * (py - ly) - px * (uy - ly);
                crossings += i32::from(east > 0);
            }
        }
        if crossings % 2 == 1 {
            Side::Inside
        } else {
            Side::Outside
        }
    }

    #[test]
    fn slabs_decide_as_a_plain_count_of_crossings_does() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut on_edges = 0;
        for round in 0..400 {
            let width = [3, 8, 40, 900_000_000][round % 4];
            let mut ring = |most| -> Vec<LngLat> {
                let vertices = rng.random_range(3..most);
                let mut coordinate = || rng.random_range(-width..=width);
                (0..vertices)
                    .map(|_| LngLat::new(coordinate(), coordinate()))
                    .collect()
            };
            let area = Area(vec![
                Polygon(vec![ring(40), ring(6)]),
                Polygon(vec![ring(5)]),
            ]);
            let slabs = Slabs::new(&area).expect("rings with vertices");
            for _ in 0..200 {
                let mut coordinate = || rng.random_range(-width - 1..=width + 1);
                let p = LngLat::new(coordinate(), coordinate());
                assert_eq!(slabs.contains(p, true), plain(&area, p), "{p:?} {area:?}");
                on_edges += u32::from(slabs.contains(p, true) != slabs.contains(p, false));
            }
        }
        assert!(on_edges > 1_000, "{on_edges} places on an edge");
    }
}
