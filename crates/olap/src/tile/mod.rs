//! What does a map tile hold? A tile is a slice of rows by quadkey, so its points, its clusters and its
//! hexagons are read without searching. Membership is by quadkey exactly: tiles of one zoom part the rows.

mod clusters;

pub use clusters::Cluster;

use crate::bind::{Asked, Plan};
use crate::column::Meaning;
use crate::cube::{CubeData, Key};
use crate::error::OlapError;
use crate::group::group;
use crate::lanes::Lanes;
use crate::level::Derive;
use crate::rows::RowSet;
use crate::scan::{Picked, Scratch};
use clusters::Gather;
use geocrm_domain::catalogue::Source;
use geocrm_domain::levels::Rule;
use geocrm_domain::{
    AnswerRow, BBox, CubeQuery, Filter, LngLat, MultiPolygon, Quadkey, TileId, Value, VisibleScope,
};
use std::ops::Range;

/// Grid cells a side that clusters may be asked for.
const MAX_SIDE: u32 = 1_024;
/// Average edge lengths within which every record of a hexagon lies from any point of it: a hexagon is at
/// most 2 × 1.3 average edges wide, and records assigned through finer cells overhang it by less than half.
const REACH_EDGES: f64 = 4.0;

/// A property read for every point of a tile.
struct Bound<'a> {
    column: usize,
    derive: &'a Derive,
    meaning: Meaning,
}

/// The points of a tile, in quadkey order.
pub struct TilePoints<'a> {
    data: &'a CubeData,
    tile: TileId,
    rows: RowSet,
    properties: Vec<Bound<'a>>,
}

/// One point of a tile.
#[derive(Clone, Copy)]
pub struct TilePoint<'a> {
    points: &'a TilePoints<'a>,
    row: usize,
}

impl<'a> TilePoints<'a> {
    pub fn len(&self) -> usize {
        self.rows.len() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn iter(&'a self) -> impl Iterator<Item = TilePoint<'a>> {
        let rows = self.rows.ranges().iter();
        rows.flat_map(|&(start, end)| start as usize..end as usize)
            .map(|row| TilePoint { points: self, row })
    }

    /// Value of a code that [`TilePoint::code`] gave for the same property.
    pub fn value_of(&self, property: usize, code: u64) -> Value {
        self.properties[property].meaning.value(code)
    }
}

impl TilePoint<'_> {
    pub fn row(&self) -> usize {
        self.row
    }

    pub fn key(&self) -> Key {
        self.points.data.key(self.row)
    }

    pub fn place(&self) -> LngLat {
        let positions = self.points.data.positions();
        LngLat::from_e7(positions.lng_e7[self.row], positions.lat_e7[self.row])
    }

    /// Position on the tile's grid of `extent` units a side, from the quadkey: 0 to `extent - 1` inside the
    /// tile, outside of that in its buffer.
    pub fn position(&self, extent: u32) -> (i32, i32) {
        let tile = self.points.tile;
        let (x, y) = Quadkey(self.points.data.positions().quadkeys[self.row]).cell();
        let shift = 32 - u32::from(tile.z);
        let on_grid = |cell: u32, tile: u32| {
            let from = i64::from(cell) - (i64::from(tile) << shift);
            ((i128::from(from) * i128::from(extent)) >> shift) as i32
        };
        (on_grid(x, tile.x), on_grid(y, tile.y))
    }

    /// Code of the property at this position of the list asked for; equal codes mean equal values.
    pub fn code(&self, property: usize) -> u64 {
        let bound = &self.points.properties[property];
        let column = &self.points.data.columns()[bound.column];
        bound.derive.code(column.codes.get(self.row))
    }

    pub fn value(&self, property: usize) -> Value {
        self.points.value_of(property, self.code(property))
    }
}

impl CubeData {
    /// The placed rows of a tile, widened on every side by `buffer`, a share of its width.
    fn tile_rows(&self, tile: TileId, buffer: f64) -> RowSet {
        let shift = 32 - u32::from(tile.z.min(32));
        let size = 1i64 << shift;
        let extra = (size as f64 * buffer.clamp(0.0, 4.0)) as i64;
        let sides = |at: u32| {
            let from = i64::from(at) * size - extra;
            let to = (i64::from(at) + 1) * size - 1 + extra;
            (from.clamp(0, LAST_CELL), to.clamp(0, LAST_CELL))
        };
        let mut out = RowSet::default();
        if extra == 0 {
            let rows = self.quad_rows(tile);
            out.push(rows.start, rows.end);
        } else {
            let window = Window {
                x: sides(tile.x),
                y: sides(tile.y),
            };
            self.window_rows(&window, 0, 32, 0..self.placed(), &mut out);
        }
        out
    }

    fn quad_rows(&self, tile: TileId) -> Range<usize> {
        let (first, last) = tile.quadkey_range();
        let quadkeys = self.positions().search();
        let start = quadkeys.first_from(first.0, 0..self.placed());
        let end = last.0.checked_add(1).map_or(self.placed(), |after| {
            quadkeys.first_from(after, start..self.placed())
        });
        start..end
    }

    /// Rows whose cell lies in a window of cells, by walking down the quads.
    fn window_rows(
        &self,
        window: &Window,
        prefix: u64,
        shift: u32,
        rows: Range<usize>,
        out: &mut RowSet,
    ) {
        const DIRECT_ROWS: usize = 32;
        if rows.is_empty() {
            return;
        }
        let (x, y) = Quadkey(prefix).cell();
        let side = |at: u32| (i64::from(at) << shift, ((i64::from(at) + 1) << shift) - 1);
        let (x, y) = (side(x), side(y));
        if x.1 < window.x.0 || x.0 > window.x.1 || y.1 < window.y.0 || y.0 > window.y.1 {
            return;
        }
        if window.x.0 <= x.0 && x.1 <= window.x.1 && window.y.0 <= y.0 && y.1 <= window.y.1 {
            out.push(rows.start, rows.end);
            return;
        }
        let quadkeys = &self.positions().quadkeys;
        if rows.len() <= DIRECT_ROWS {
            for row in rows {
                let (x, y) = Quadkey(quadkeys[row]).cell();
                let (x, y) = (i64::from(x), i64::from(y));
                if (window.x.0..=window.x.1).contains(&x) && (window.y.0..=window.y.1).contains(&y)
                {
                    out.push(row, row + 1);
                }
            }
            return;
        }
        let mut start = rows.start;
        for part in 0..4 {
            let child = (prefix << 2) | part;
            let end = if part == 3 {
                rows.end
            } else {
                let next = (child + 1) << (2 * (shift - 1));
                self.positions().search().first_from(next, start..rows.end)
            };
            self.window_rows(window, child, shift - 1, start..end, out);
            start = end;
        }
    }

    fn tile_plan(
        &self,
        scope: &VisibleScope,
        asked: Asked,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
        rows: &RowSet,
    ) -> Result<Plan, OlapError> {
        let mut plan = self.plan(scope, asked, filter, geometry)?;
        plan.rows = plan.rows.intersection(rows);
        Ok(plan)
    }

    /// The records of a tile that may be seen one by one, with the named dimensions or plain columns.
    /// `buffer` is a share of the tile's width; a record belongs to it, too, by its quadkey.
    pub fn tile_points(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
        tile: TileId,
        buffer: f64,
        properties: &[&str],
    ) -> Result<TilePoints<'_>, OlapError> {
        let bound = |name: &&str| {
            let property = self.property(name)?;
            Ok(Bound {
                column: property.column,
                derive: property.derive,
                meaning: property.meaning,
            })
        };
        let properties = properties.iter().map(bound).collect::<Result<_, _>>()?;
        let in_tile = self.tile_rows(tile, buffer);
        let plan = self.tile_plan(scope, Asked::Records, filter, geometry, &in_tile)?;
        let mut rows = RowSet::default();
        let mut scratch = Scratch::new();
        for piece in plan.pieces(self) {
            plan.pick(self, piece, &mut scratch, |picked| match picked {
                Picked::Run(run) => rows.push(run.start, run.end),
                Picked::List { start, offsets } => {
                    for offset in offsets {
                        let row = start + usize::from(*offset);
                        rows.push(row, row + 1);
                    }
                }
            });
        }
        Ok(TilePoints {
            data: self,
            tile,
            rows,
            properties,
        })
    }

    /// The records of a tile (without buffer) that may be seen one by one, gathered by the cells of a grid
    /// of `side` × `side`, `side` a power of two up to 1024; in quadkey order of the cells. The sums over
    /// all tiles of a zoom are those of the whole.
    pub fn tile_clusters(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
        tile: TileId,
        side: u32,
        measures: &[String],
    ) -> Result<Vec<Cluster>, OlapError> {
        if !side.is_power_of_two() || side > MAX_SIDE {
            return Err(OlapError::GridSide { given: side });
        }
        let lanes = Lanes::new(self, measures)?;
        let rows = self.quad_rows(tile);
        let in_tile = RowSet::range(rows.start, rows.end);
        let plan = self.tile_plan(scope, Asked::Records, filter, geometry, &in_tile)?;
        let level = side.trailing_zeros().min(32 - u32::from(tile.z));
        let shift = 2 * (32 - u32::from(tile.z) - level);
        let mut gather = Gather {
            data: self,
            lanes: &lanes,
            shift,
            mask: (1 << level) - 1,
            open: None,
            done: Vec::new(),
        };
        let mut scratch = Scratch::new();
        let mut failed = None;
        for piece in plan.pieces(self) {
            plan.pick(self, piece, &mut scratch, |picked| {
                if let Err(error) = gather.add(&picked) {
                    failed = Some(error);
                }
            });
        }
        gather.close()?;
        failed.map_or(Ok(gather.done), Err)
    }

    /// Hexagons that may touch a box, each with its **whole** total, whatever part of it the box holds:
    /// rows of `dimension` (one of the H3 dimensions) with the measures, filter and geometry of the query;
    /// its dimensions, order and limit are ignored. A few hexagons beside the box come along.
    ///
    /// Only the rows near the box are read. For many tiles of one zoom it is cheaper to ask `query` for the
    /// dimension once per filter and scope and to keep the answer.
    pub fn hexagons(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
        dimension: &str,
        bbox: BBox,
    ) -> Result<Vec<AnswerRow>, OlapError> {
        let level = self.dimension_level(dimension)?;
        let declared = self.cube().dimension(dimension).map(|d| d.source);
        let Some(Source::Derived(_, Rule::H3Parent(resolution))) = declared else {
            let hexagonal = |d: &&geocrm_domain::catalogue::Dimension| {
                matches!(d.source, Source::Derived(_, Rule::H3Parent(_)))
            };
            let known = self
                .cube()
                .dimensions
                .iter()
                .filter(hexagonal)
                .map(|d| d.name);
            return Err(OlapError::UnknownDimension {
                cube: self.cube().name,
                name: dimension.to_owned(),
                known: known.collect::<Vec<_>>().join(", "),
            });
        };
        let lanes = Lanes::new(self, &query.measures)?;
        let reach_m = h3o::Resolution::try_from(resolution)
            .map_or(0.0, |resolution| REACH_EDGES * resolution.edge_length_m());
        let near =
            |times: f64| self.rows_in(&MultiPolygon::from_bbox(widened(bbox, times * reach_m)));
        let filter = query.filter.as_ref();
        let mut plan = self.tile_plan(
            scope,
            Asked::Sums,
            filter,
            query.geometry.as_ref(),
            &near(2.0)?,
        )?;
        let groups = group(self, &plan, &[level], &lanes)?;
        plan.rows = plan.rows.intersection(&near(1.0)?);
        let touching = group(self, &plan, &[level], &Lanes::new(self, &[])?)?;
        let meaning = level.meaning(&self.columns()[level.column]);
        let mut rows = Vec::with_capacity(touching.len());
        let mut at = 0;
        for index in 0..touching.len() {
            let code = touching.codes(index)[0];
            while groups.codes(at)[0] < code {
                at += 1;
            }
            let values = (0..lanes.measures()).map(|m| lanes.number(self, m, groups.cell(at)));
            rows.push(AnswerRow {
                keys: std::iter::once(meaning.value(code)).collect(),
                values: values.collect::<Result<_, _>>()?,
            });
        }
        Ok(rows)
    }
}

const LAST_CELL: i64 = u32::MAX as i64;

/// Cells from and to, both inside.
struct Window {
    x: (i64, i64),
    y: (i64, i64),
}

/// A box that reaches `by_m` metres further on every side.
fn widened(bbox: BBox, by_m: f64) -> BBox {
    [bbox.min, bbox.max]
        .map(|corner| BBox::around_point(corner, by_m))
        .into_iter()
        .fold(bbox, BBox::union)
}
