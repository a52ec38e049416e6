//! People moving between regions, drawn as bent lines from origin to destination; the two directions of a
//! pair bend to different sides. Which flows are drawn at a zoom is decided for the whole map at once: a
//! decision per tile would let lines end at tile edges.

use crate::catalogue::layer;
use crate::clip::clip_line;
use crate::error::TileError;
use crate::grid::{Grid, World, pixel_units, world_box};
use crate::mvt::{GeometryType, LayerBuffer, Pen, Property};
use geocrm_domain::{LngLat, TileId};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::HashMap;

/// Flows drawn from one cell of the size of a 512-pixel tile, at each zoom.
const PER_CELL: u32 = 24;
/// First zoom of a flow that is never drawn.
const NEVER: u8 = u8::MAX;
/// Shorter lines, in pixels, cannot be told apart from their end points.
const SHORTEST_PX: f64 = 12.0;
/// Share of the length by which the middle stands off the straight line.
const BEND: f64 = 0.12;
/// Straight pieces of a bent line.
const PIECES: usize = 24;

/// A flow between the label points of two regions.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowLine {
    pub origin: String,
    pub destination: String,
    pub origin_point: LngLat,
    pub destination_point: LngLat,
    /// Estimated persons.
    pub persons: f64,
}

/// The flows of one selection, widest last so that they lie on top.
#[derive(Debug)]
pub struct FlowTable {
    flows: Vec<(FlowLine, u8)>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>,
}

impl FlowTable {
    /// Flows within one region have no line and are left out; so are those without persons.
    pub fn new(flows: impl IntoIterator<Item = FlowLine>) -> Result<Self, TileError> {
        let def = layer("flows")?;
        let mut flows: Vec<FlowLine> = flows
            .into_iter()
            .filter(|f| f.origin_point != f.destination_point && f.persons > 0.0)
            .collect();
        flows.sort_by(|a, b| {
            let pair = |f: &FlowLine| (f.origin.clone(), f.destination.clone());
            b.persons
                .total_cmp(&a.persons)
                .then_with(|| pair(a).cmp(&pair(b)))
        });
        let mut flows = with_first_zoom(flows, def.min_zoom..=def.max_zoom);
        flows.reverse();
        let tree = RTree::bulk_load(
            flows
                .iter()
                .enumerate()
                .map(|(row, (flow, _))| {
                    let line = bent(flow);
                    let corner = |pick: fn(f64, f64) -> f64, start: f64| {
                        line.iter()
                            .fold([start; 2], |at, p| [pick(at[0], p[0]), pick(at[1], p[1])])
                    };
                    GeomWithData::new(
                        Rectangle::from_corners(
                            corner(f64::min, f64::INFINITY),
                            corner(f64::max, f64::NEG_INFINITY),
                        ),
                        row as u32,
                    )
                })
                .collect(),
        );
        Ok(Self { flows, tree })
    }

    /// Number of flows with a line.
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// The tile of the layer `flows`; empty when none crosses it.
    pub fn tile(&self, tile: TileId) -> Result<Vec<u8>, TileError> {
        let layer = layer("flows")?;
        let def = &layer.mvt[0];
        let mut out = Vec::new();
        if tile.z < layer.min_zoom {
            return Ok(out);
        }
        let mut buffer =
            LayerBuffer::new(&def.name, def.properties.iter().map(|p| p.name.as_str()));
        let (grid, window) = (Grid::of(tile), Grid::window(def.buffer));
        let (low, high) = world_box(tile, def.buffer);
        let mut rows: Vec<u32> = self
            .tree
            .locate_in_envelope_intersecting(&AABB::from_corners(low, high))
            .map(|entry| entry.data)
            .collect();
        rows.sort_unstable();
        for row in rows {
            let (flow, first_zoom) = &self.flows[row as usize];
            if *first_zoom > tile.z {
                continue;
            }
            let line: Vec<_> = bent(flow)
                .iter()
                .map(|p| grid.round(p[0] as i64, p[1] as i64))
                .collect();
            let pieces = clip_line(&line, window);
            buffer.add(
                GeometryType::Line,
                |out| {
                    let mut pen = Pen::new(out);
                    for piece in &pieces {
                        pen.line(piece.iter().map(|p| [p[0] as i32, p[1] as i32]));
                    }
                },
                [
                    Property::Text(&flow.origin),
                    Property::Text(&flow.destination),
                    Property::Double(flow.persons),
                ],
            );
        }
        buffer.write(&mut out);
        Ok(out)
    }
}

/// Gives each flow, widest first, the first zoom at which it is long enough and among the widest of the
/// cell of its origin or of its destination; the last zoom draws short ones too. What is drawn at a zoom
/// is drawn at every later one.
fn with_first_zoom(
    flows: Vec<FlowLine>,
    zooms: std::ops::RangeInclusive<u8>,
) -> Vec<(FlowLine, u8)> {
    let last = *zooms.end();
    let mut first_zooms = vec![NEVER; flows.len()];
    for zoom in zooms {
        let mut used: HashMap<TileId, u32> = HashMap::new();
        for (at, flow) in flows.iter().enumerate() {
            let ends = [flow.origin_point, flow.destination_point].map(|p| p.quadkey().tile(zoom));
            if first_zooms[at] == NEVER {
                let long_enough =
                    zoom == last || length_units(flow) >= SHORTEST_PX * pixel_units(zoom);
                let room = ends
                    .iter()
                    .any(|cell| used.get(cell).copied().unwrap_or(0) < PER_CELL);
                if !(long_enough && room) {
                    continue;
                }
                first_zooms[at] = zoom;
            }
            for cell in ends {
                *used.entry(cell).or_default() += 1;
            }
        }
    }
    flows.into_iter().zip(first_zooms).collect()
}

fn length_units(flow: &FlowLine) -> f64 {
    let [a, b] = [flow.origin_point, flow.destination_point].map(World::of);
    (f64::from(a.x) - f64::from(b.x)).hypot(f64::from(a.y) - f64::from(b.y))
}

/// A quadratic curve in world units, bent to the right of the way.
fn bent(flow: &FlowLine) -> Vec<[f64; 2]> {
    let [a, b] = [flow.origin_point, flow.destination_point].map(|p| {
        let at = World::of(p);
        [f64::from(at.x), f64::from(at.y)]
    });
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    // The curve passes at half the control point's distance.
    let control = [
        f64::midpoint(a[0], b[0]) - dy * 2.0 * BEND,
        f64::midpoint(a[1], b[1]) + dx * 2.0 * BEND,
    ];
    (0..=PIECES)
        .map(|i| {
            let t = i as f64 / PIECES as f64;
            let at = |axis: usize| {
                (1.0 - t) * (1.0 - t) * a[axis]
                    + 2.0 * (1.0 - t) * t * control[axis]
                    + t * t * b[axis]
            };
            [at(0), at(1)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(origin: &str, to: (f64, f64), persons: f64) -> FlowLine {
        FlowLine {
            origin: origin.to_owned(),
            destination: "B".to_owned(),
            origin_point: LngLat::from_degrees(4.9, 52.37).expect("a position"),
            destination_point: LngLat::from_degrees(to.0, to.1).expect("a position"),
            persons,
        }
    }

    #[test]
    fn a_line_goes_on_in_the_next_tile() {
        let table = FlowTable::new([flow("A", (6.1, 52.5), 100.0)]).expect("a table");
        let curve = bent(&table.flows[0].0);
        let tiles: std::collections::BTreeSet<TileId> = curve
            .iter()
            .map(|p| {
                let shift = 32 - 9;
                TileId {
                    z: 9,
                    x: p[0] as u32 >> shift,
                    y: p[1] as u32 >> shift,
                }
            })
            .collect();
        assert!(tiles.len() > 1);
        for tile in tiles {
            assert!(!table.tile(tile).expect("a tile").is_empty(), "{tile:?}");
        }
    }

    #[test]
    fn the_widest_flows_come_first_and_stay() {
        let flows: Vec<FlowLine> = (0..200)
            .map(|i| {
                flow(
                    &format!("A{i:03}"),
                    (6.1, 52.01 + f64::from(i) / 1e5),
                    f64::from(i),
                )
            })
            .collect();
        let table = FlowTable::new(flows).expect("a table");
        assert_eq!(table.len(), 199, "no line for nobody");
        let first: Vec<u8> = table.flows.iter().map(|(_, zoom)| *zoom).collect();
        assert!(first.is_sorted_by(|a, b| a >= b), "{first:?}");
        assert!(first.last() < first.first());
    }

    #[test]
    fn both_directions_are_apart() {
        let there = flow("A", (6.1, 52.37), 1.0);
        let back = FlowLine {
            origin_point: there.destination_point,
            destination_point: there.origin_point,
            ..there.clone()
        };
        let (there, back) = (bent(&there)[PIECES / 2], bent(&back)[PIECES / 2]);
        assert!((there[1] - back[1]).abs() > 1_000.0);
    }
}
