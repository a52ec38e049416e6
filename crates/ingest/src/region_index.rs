//! In which regions does a point lie? Exact as `domain::geometry` defines containment, and fast
//! enough for tens of millions of points: a grid says for each cell which few regions can hold a point
//! of it, and a region's edges are kept in bands of latitude, so that a test looks at a handful.

use geocrm_domain::geometry::{MultiPolygon, Side, on_segment, orientation};
use geocrm_domain::record::Leaves;
use geocrm_domain::region::{Hierarchy, Region, RegionId};
use geocrm_domain::spatial::{BBox, LngLat};
use rayon::prelude::*;

/// Largest number of grid cells; a quarter of a megabyte to a few megabytes of offsets.
const CELLS: usize = 1 << 20;

/// Finds the finest region of each hierarchy; of two at the same depth the smaller code wins.
#[derive(Debug)]
pub struct RegionIndex {
    /// In the order of preference: per hierarchy deepest first, then by code.
    regions: Vec<Indexed>,
    grid: Option<Grid>,
}

#[derive(Debug)]
struct Indexed {
    id: RegionId,
    hierarchy: Hierarchy,
    polygons: Vec<Vec<BandedRing>>,
    bbox: BBox,
}

/// A ring whose edges are listed per band of latitude they touch.
#[derive(Debug)]
struct BandedRing {
    bottom: i64,
    height: i64,
    bands: Vec<Vec<(LngLat, LngLat)>>,
}

/// Candidates per cell in one array: `regions[starts[c]..starts[c + 1]]`, most preferred first.
#[derive(Debug)]
struct Grid {
    bbox: BBox,
    columns: i64,
    rows: i64,
    starts: Vec<u32>,
    candidates: Vec<Candidate>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    rank: u32,
    /// The whole cell lies inside, no test is needed.
    whole: bool,
}

impl RegionIndex {
    pub fn new(regions: &[Region]) -> Self {
        let mut order: Vec<&Region> = regions.iter().collect();
        order.sort_by_key(|r| {
            let depth = std::cmp::Reverse(r.level.depth());
            (r.level.hierarchy(), depth, r.code.clone())
        });
        let regions: Vec<Indexed> = order.into_par_iter().filter_map(Indexed::new).collect();
        let grid = Grid::new(&regions);
        Self { regions, grid }
    }

    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// The finest region of each hierarchy that holds the point; the boundary counts as inside.
    pub fn leaves(&self, p: LngLat) -> Leaves {
        let mut leaves = Leaves::default();
        let Some(grid) = &self.grid else {
            return leaves;
        };
        for candidate in grid.candidates(p) {
            let region = &self.regions[candidate.rank as usize];
            let slot = match region.hierarchy {
                Hierarchy::Admin => &mut leaves.admin,
                Hierarchy::Admin2016 => &mut leaves.admin_2016,
                Hierarchy::Admin2015 => &mut leaves.admin_2015,
            };
            if slot.is_none() && (candidate.whole || region.contains(p)) {
                *slot = Some(region.id);
            }
        }
        leaves
    }
}

impl Indexed {
    fn new(region: &Region) -> Option<Self> {
        let banded = |area: &MultiPolygon| {
            area.0
                .iter()
                .map(|polygon| polygon.rings().filter_map(|r| BandedRing::new(r)).collect())
                .collect()
        };
        Some(Self {
            id: region.id,
            hierarchy: region.level.hierarchy(),
            bbox: region.geometry.bbox()?,
            polygons: banded(&region.geometry),
        })
    }

    fn contains(&self, p: LngLat) -> bool {
        self.bbox.contains(p)
            && self.polygons.iter().any(|rings| {
                let Some((exterior, holes)) = rings.split_first() else {
                    return false;
                };
                match exterior.side(p) {
                    Side::Outside => false,
                    Side::Boundary => true,
                    Side::Inside => holes.iter().all(|hole| hole.side(p) != Side::Inside),
                }
            })
    }

    fn edges(&self) -> impl Iterator<Item = (LngLat, LngLat)> + '_ {
        let rings = self.polygons.iter().flatten();
        rings.flat_map(|ring| ring.bands.iter().flatten().copied())
    }
}

impl BandedRing {
    fn new(ring: &[LngLat]) -> Option<Self> {
        let bbox = BBox::around(ring.iter().copied())?;
        let bottom = i64::from(bbox.min.lat_e7);
        let span = i64::from(bbox.max.lat_e7) - bottom + 1;
        let count = (ring.len() as i64 / 4).clamp(1, span.min(4_096));
        let height = (span + count - 1) / count;
        let mut bands = vec![Vec::new(); count as usize];
        for i in 0..ring.len() {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            let (low, high) = (a.lat_e7.min(b.lat_e7), a.lat_e7.max(b.lat_e7));
            let band = |lat: i32| ((i64::from(lat) - bottom) / height) as usize;
            for edges in &mut bands[band(low)..=band(high)] {
                edges.push((a, b));
            }
        }
        Some(Self {
            bottom,
            height,
            bands,
        })
    }

    /// As `domain::geometry::side_of_ring`, over the edges that can matter at this latitude.
    fn side(&self, p: LngLat) -> Side {
        let band = (i64::from(p.lat_e7) - self.bottom).div_euclid(self.height);
        let Some(edges) = usize::try_from(band).ok().and_then(|b| self.bands.get(b)) else {
            return Side::Outside;
        };
        let mut inside = false;
        for &(a, b) in edges {
            if on_segment(a, b, p) {
                return Side::Boundary;
            }
            if (a.lat_e7 > p.lat_e7) != (b.lat_e7 > p.lat_e7) {
                let (low, high) = if a.lat_e7 < b.lat_e7 { (a, b) } else { (b, a) };
                if orientation(low, high, p) > 0 {
                    inside = !inside;
                }
            }
        }
        if inside { Side::Inside } else { Side::Outside }
    }
}

impl Grid {
    fn new(regions: &[Indexed]) -> Option<Self> {
        let bbox = regions.iter().map(|r| r.bbox).reduce(BBox::union)?;
        let width = i64::from(bbox.max.lng_e7) - i64::from(bbox.min.lng_e7) + 1;
        let height = i64::from(bbox.max.lat_e7) - i64::from(bbox.min.lat_e7) + 1;
        let wanted = (regions.len() * 256).clamp(1_024, CELLS) as f64;
        let side = (width as f64 * height as f64 / wanted).sqrt().max(1.0);
        let columns = ((width as f64 / side) as i64).clamp(1, 8_192);
        let rows = ((height as f64 / side) as i64).clamp(1, 8_192);
        let mut grid = Self {
            bbox,
            columns,
            rows,
            starts: Vec::new(),
            candidates: Vec::new(),
        };
        let mut found: Vec<(u32, u32, bool)> = regions
            .par_iter()
            .enumerate()
            .flat_map_iter(|(rank, region)| grid.cells_of(rank as u32, region))
            .collect();
        found.par_sort_unstable();
        let cells = (columns * rows) as usize;
        grid.starts = Vec::with_capacity(cells + 1);
        let mut at = 0;
        for cell in 0..cells as u32 {
            grid.starts.push(grid.candidates.len() as u32);
            let mut settled = [false; 3];
            while let Some(&(of, rank, whole)) = found.get(at).filter(|(of, ..)| *of == cell) {
                debug_assert_eq!(of, cell);
                at += 1;
                // A region that holds the whole cell ends the search in its hierarchy.
                let settled = &mut settled[regions[rank as usize].hierarchy as usize];
                if !*settled {
                    grid.candidates.push(Candidate { rank, whole });
                    *settled = whole;
                }
            }
        }
        grid.starts.push(grid.candidates.len() as u32);
        Some(grid)
    }

    fn column(&self, lng_e7: i32) -> i64 {
        let width = i64::from(self.bbox.max.lng_e7) - i64::from(self.bbox.min.lng_e7) + 1;
        (i64::from(lng_e7) - i64::from(self.bbox.min.lng_e7)) * self.columns / width
    }

    fn row(&self, lat_e7: i32) -> i64 {
        let height = i64::from(self.bbox.max.lat_e7) - i64::from(self.bbox.min.lat_e7) + 1;
        (i64::from(lat_e7) - i64::from(self.bbox.min.lat_e7)) * self.rows / height
    }

    /// Smallest longitude of a column; the inverse of [`Self::column`].
    fn left(&self, column: i64) -> i64 {
        let width = i64::from(self.bbox.max.lng_e7) - i64::from(self.bbox.min.lng_e7) + 1;
        i64::from(self.bbox.min.lng_e7) + (column * width + self.columns - 1) / self.columns
    }

    fn bottom(&self, row: i64) -> i64 {
        let height = i64::from(self.bbox.max.lat_e7) - i64::from(self.bbox.min.lat_e7) + 1;
        i64::from(self.bbox.min.lat_e7) + (row * height + self.rows - 1) / self.rows
    }

    fn candidates(&self, p: LngLat) -> &[Candidate] {
        if !self.bbox.contains(p) {
            return &[];
        }
        let cell = (self.row(p.lat_e7) * self.columns + self.column(p.lng_e7)) as usize;
        let range = self.starts[cell] as usize..self.starts[cell + 1] as usize;
        &self.candidates[range]
    }

    /// Cells a region has a part in: those an edge runs through, tested later point by point, and
    /// the runs between them, which lie wholly inside or wholly outside.
    fn cells_of(&self, rank: u32, region: &Indexed) -> Vec<(u32, u32, bool)> {
        let (left, right) = (
            self.column(region.bbox.min.lng_e7),
            self.column(region.bbox.max.lng_e7),
        );
        let (low, high) = (
            self.row(region.bbox.min.lat_e7),
            self.row(region.bbox.max.lat_e7),
        );
        let width = (right - left + 1) as usize;
        let mut edge = vec![false; width * (high - low + 1) as usize];
        for (a, b) in region.edges() {
            self.mark(a, b, |column, row| {
                edge[(row - low) as usize * width + (column - left) as usize] = true;
            });
        }
        let mut cells = Vec::new();
        for row in low..=high {
            let mut inside = None;
            for column in left..=right {
                let cell = (row * self.columns + column) as u32;
                if edge[(row - low) as usize * width + (column - left) as usize] {
                    inside = None;
                    cells.push((cell, rank, false));
                    continue;
                }
                let inside = *inside.get_or_insert_with(|| {
                    let corner = LngLat::from_e7(self.left(column) as i32, self.bottom(row) as i32);
                    region.contains(corner)
                });
                if inside {
                    cells.push((cell, rank, true));
                }
            }
        }
        cells
    }

    /// Every cell the closed segment touches, and perhaps a neighbour more: for each row the columns
    /// between where the segment enters and leaves it, widened by one on both sides.
    fn mark(&self, a: LngLat, b: LngLat, mut set: impl FnMut(i64, i64)) {
        let (low, high) = if a.lat_e7 <= b.lat_e7 { (a, b) } else { (b, a) };
        let (first, last) = (self.row(low.lat_e7), self.row(high.lat_e7));
        let bounds = (
            self.column(a.lng_e7.min(b.lng_e7)),
            self.column(a.lng_e7.max(b.lng_e7)),
        );
        let rise = i64::from(high.lat_e7) - i64::from(low.lat_e7);
        let run = i64::from(high.lng_e7) - i64::from(low.lng_e7);
        let at = |lat: i64| -> i64 {
            let lat = lat.clamp(i64::from(low.lat_e7), i64::from(high.lat_e7));
            let step = (i128::from(lat - i64::from(low.lat_e7)) * i128::from(run))
                .checked_div(i128::from(rise))
                .unwrap_or(0);
            self.column((i64::from(low.lng_e7) + step as i64) as i32)
        };
        for row in first..=last {
            let (from, to) = if rise == 0 {
                bounds
            } else {
                let (u, v) = (at(self.bottom(row) - 1), at(self.bottom(row + 1)));
                let (u, v) = (u.min(v) - 1, u.max(v) + 1);
                (u.clamp(bounds.0, bounds.1), v.clamp(bounds.0, bounds.1))
            };
            for column in from..=to {
                set(column, row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geocrm_domain::geometry::Polygon;
    use geocrm_domain::region::RegionLevel;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn region(id: i32, level: RegionLevel, ring: Vec<LngLat>, holes: Vec<Vec<LngLat>>) -> Region {
        let geometry = MultiPolygon(vec![Polygon {
            exterior: ring,
            holes,
        }]);
        Region {
            id: RegionId(id),
            level,
            code: format!("{:04}", 9_999 - id),
            name: String::new(),
            parent: None,
            label_point: LngLat::from_e7(0, 0),
            area_m2: 0.0,
            geometry,
        }
    }

    fn star(rng: &mut ChaCha8Rng, x: f64, y: f64, size: f64, vertices: u32) -> Vec<LngLat> {
        (0..vertices)
            .map(|i| {
                let angle = f64::from(i) / f64::from(vertices) * std::f64::consts::TAU;
                let r = size * rng.random_range(0.3..1.0);
                LngLat::from_e7((x + r * angle.cos()) as i32, (y + r * angle.sin()) as i32)
            })
            .collect()
    }

    fn brute_force(regions: &[Region], p: LngLat) -> Leaves {
        let best = |hierarchy| {
            regions
                .iter()
                .filter(|r| r.level.hierarchy() == hierarchy && r.geometry.contains(p))
                .min_by_key(|r| (std::cmp::Reverse(r.level.depth()), r.code.clone()))
                .map(|r| r.id)
        };
        Leaves {
            admin: best(Hierarchy::Admin),
            admin_2016: best(Hierarchy::Admin2016),
            admin_2015: best(Hierarchy::Admin2015),
        }
    }

    #[test]
    fn equals_the_definition_on_vertices_edges_and_random_points() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let levels = [
            RegionLevel::Province,
            RegionLevel::Municipality,
            RegionLevel::Neighbourhood,
            RegionLevel::Neighbourhood,
            RegionLevel::Municipality2016,
            RegionLevel::Neighbourhood2015,
        ];
        let regions: Vec<Region> = (0..60)
            .map(|id| {
                let level = levels[id as usize % levels.len()];
                let size = 4_000_000.0 / (1.0 + level.depth() as f64);
                let (x, y) = (rng.random_range(0.0..1e7), rng.random_range(5.2e8..5.3e8));
                let vertices = rng.random_range(3..200);
                let hole = star(&mut rng, x, y, size * 0.2, 12);
                region(id, level, star(&mut rng, x, y, size, vertices), vec![hole])
            })
            .collect();
        let index = RegionIndex::new(&regions);
        let mut points: Vec<LngLat> = regions
            .iter()
            .flat_map(|r| r.geometry.0[0].exterior.windows(2))
            .flat_map(|w| {
                [
                    w[0],
                    BBox::around(w.iter().copied()).map_or(w[0], |b| b.center()),
                ]
            })
            .collect();
        points.extend((0..4_000).map(|_| {
            LngLat::from_e7(
                rng.random_range(-4_000_000..14_000_000),
                rng.random_range(516_000_000..534_000_000),
            )
        }));
        let mut found = 0;
        for p in points {
            let expected = brute_force(&regions, p);
            assert_eq!(index.leaves(p), expected, "{p:?}");
            found += usize::from(expected != Leaves::default());
        }
        assert!(found > 2_000, "the test must meet regions, met {found}");
    }

    #[test]
    fn no_regions_no_leaves() {
        let index = RegionIndex::new(&[]);
        assert!(index.is_empty());
        assert_eq!(index.leaves(LngLat::from_e7(0, 0)), Leaves::default());
    }
}
