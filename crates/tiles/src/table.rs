//! The shapes of one MVT layer: vertices in world units with the zoom each is drawn from, properties in
//! typed columns, and an R-tree of boxes. Built once when data is loaded, then only read.

use crate::catalogue::{GeometryKind, LayerDef, MvtLayerDef, PropertyType, Simplify};
use crate::clip::clip_line;
use crate::error::TileError;
use crate::grid::{Grid, Step, World, pixel_units, world_box};
use crate::mvt::{GeometryType, LayerBuffer, Pen, Property};
use crate::polygon::AreaCutter;
use crate::simplify::{Care, LAST_ZOOM_ONLY, Part, vertex_zooms};
use geocrm_domain::{BBox, Geometry, LngLat, TileId};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::HashMap;

/// Index of an absent text.
const NO_TEXT: u32 = u32::MAX;

#[derive(Debug)]
enum Column {
    /// Index into the table's texts.
    Text(Vec<u32>),
    Int(Vec<Option<i64>>),
    Double(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
}

#[derive(Debug, Clone, Copy)]
struct Feature {
    first_part: u32,
    end_part: u32,
    min_zoom: u8,
    /// Larger side of the box in world units.
    size: u32,
}

/// The shapes of one MVT layer of the catalogue.
#[derive(Debug)]
pub struct ShapeTable {
    def: &'static MvtLayerDef,
    last_zoom: u8,
    vertices: Vec<World>,
    zooms: Vec<u8>,
    parts: Vec<Part>,
    features: Vec<Feature>,
    columns: Vec<Column>,
    texts: Vec<Box<str>>,
    bounds: Option<BBox>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>,
}

/// Takes features one by one, in the order they are drawn.
#[derive(Debug)]
pub struct ShapeTableBuilder {
    table: ShapeTable,
    codes: HashMap<Box<str>, u32>,
    boxes: Vec<GeomWithData<Rectangle<[f64; 2]>, u32>>,
}

impl ShapeTableBuilder {
    /// For the MVT layer `mvt` of a layer of the catalogue.
    pub fn new(layer: &'static LayerDef, mvt: &str) -> Result<Self, TileError> {
        let def =
            layer
                .mvt
                .iter()
                .find(|m| m.name == mvt)
                .ok_or_else(|| TileError::UnknownMvtLayer {
                    layer: layer.id.clone(),
                    mvt: mvt.to_owned(),
                })?;
        let columns = def.properties.iter().map(|p| match p.kind {
            PropertyType::String => Column::Text(Vec::new()),
            PropertyType::Int => Column::Int(Vec::new()),
            PropertyType::Double => Column::Double(Vec::new()),
            PropertyType::Bool => Column::Bool(Vec::new()),
        });
        Ok(Self {
            table: ShapeTable {
                def,
                last_zoom: layer.max_zoom,
                vertices: Vec::new(),
                zooms: Vec::new(),
                parts: Vec::new(),
                features: Vec::new(),
                columns: columns.collect(),
                texts: Vec::new(),
                bounds: None,
                tree: RTree::new(),
            },
            codes: HashMap::new(),
            boxes: Vec::new(),
        })
    }

    /// Adds a feature drawn from `min_zoom` on, with the properties the catalogue lists, in that order.
    /// A geometry without a vertex is left out.
    pub fn push(
        &mut self,
        geometry: &Geometry,
        min_zoom: u8,
        properties: &[Property<'_>],
    ) -> Result<(), TileError> {
        self.check(geometry, properties)?;
        let Some(bbox) = geometry.bbox() else {
            return Ok(());
        };
        let first_part = self.table.parts.len() as u32;
        match geometry {
            Geometry::Point(at) => self.push_part(std::iter::once(*at), false)?,
            Geometry::Line(line) => self.push_part(line.iter().copied(), false)?,
            Geometry::Area(area) => {
                for polygon in &area.0 {
                    self.push_ring(&polygon.exterior, true)?;
                    for hole in &polygon.holes {
                        self.push_ring(hole, false)?;
                    }
                }
            }
        }
        self.push_properties(properties);
        // North has the smaller y.
        let (low, high) = (
            World::of(LngLat::from_e7(bbox.min.lng_e7, bbox.max.lat_e7)),
            World::of(LngLat::from_e7(bbox.max.lng_e7, bbox.min.lat_e7)),
        );
        let corner = |at: World| [f64::from(at.x), f64::from(at.y)];
        self.boxes.push(GeomWithData::new(
            Rectangle::from_corners(corner(low), corner(high)),
            self.table.features.len() as u32,
        ));
        self.table.features.push(Feature {
            first_part,
            end_part: self.table.parts.len() as u32,
            min_zoom,
            size: (high.x - low.x).max(high.y - low.y),
        });
        self.table.bounds = Some(self.table.bounds.map_or(bbox, |b| b.union(bbox)));
        Ok(())
    }

    fn check(&self, geometry: &Geometry, properties: &[Property<'_>]) -> Result<(), TileError> {
        let def = self.table.def;
        let mvt = || def.name.clone();
        let fits = matches!(
            (geometry, def.geometry),
            (Geometry::Point(_), GeometryKind::Point)
                | (Geometry::Line(_), GeometryKind::Line)
                | (Geometry::Area(_), GeometryKind::Polygon)
        );
        if !fits {
            return Err(TileError::GeometryKind {
                mvt: mvt(),
                expected: def.geometry.name(),
            });
        }
        if properties.len() != def.properties.len() {
            return Err(TileError::PropertyCount {
                mvt: mvt(),
                expected: def.properties.len(),
                found: properties.len(),
            });
        }
        for (property, declared) in properties.iter().zip(&def.properties) {
            let fits = matches!(
                (property, declared.kind),
                (Property::Null, _)
                    | (Property::Text(_), PropertyType::String)
                    | (Property::Int(_), PropertyType::Int)
                    | (Property::Double(_), PropertyType::Double)
                    | (Property::Bool(_), PropertyType::Bool)
            );
            if !fits {
                return Err(TileError::PropertyType {
                    mvt: mvt(),
                    property: declared.name.clone(),
                    expected: declared.kind,
                });
            }
        }
        Ok(())
    }

    fn push_properties(&mut self, properties: &[Property<'_>]) {
        for (column, property) in self.table.columns.iter_mut().zip(properties) {
            match (column, property) {
                (Column::Text(texts), Property::Text(text)) => {
                    let code = if let Some(&code) = self.codes.get(*text) {
                        code
                    } else {
                        let code = self.table.texts.len() as u32;
                        self.table.texts.push((*text).into());
                        self.codes.insert((*text).into(), code);
                        code
                    };
                    texts.push(code);
                }
                (Column::Text(texts), _) => texts.push(NO_TEXT),
                (Column::Int(ints), Property::Int(int)) => ints.push(Some(*int)),
                (Column::Int(ints), _) => ints.push(None),
                (Column::Double(doubles), Property::Double(double)) => doubles.push(Some(*double)),
                (Column::Double(doubles), _) => doubles.push(None),
                (Column::Bool(bools), Property::Bool(bool)) => bools.push(Some(*bool)),
                (Column::Bool(bools), _) => bools.push(None),
            }
        }
    }

    /// Wound so that exteriors have positive area with y down, holes negative.
    fn push_ring(&mut self, ring: &[LngLat], exterior: bool) -> Result<(), TileError> {
        let start = self.table.vertices.len();
        self.push_part(ring.iter().copied(), true)?;
        let ring = &mut self.table.vertices[start..];
        let twice: i128 = (0..ring.len())
            .map(|i| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                i128::from(a.x) * i128::from(b.y) - i128::from(b.x) * i128::from(a.y)
            })
            .sum();
        if (twice > 0) != exterior {
            ring.reverse();
        }
        Ok(())
    }

    fn push_part(
        &mut self,
        points: impl Iterator<Item = LngLat>,
        closed: bool,
    ) -> Result<(), TileError> {
        let too_many = || TileError::TooManyVertices {
            mvt: self.table.def.name.clone(),
        };
        let start = u32::try_from(self.table.vertices.len()).map_err(|_| too_many())?;
        self.table.vertices.extend(points.map(World::of));
        let end = u32::try_from(self.table.vertices.len()).map_err(|_| too_many())?;
        if end > start {
            self.table.parts.push(Part { start, end, closed });
        }
        Ok(())
    }

    /// Works out the zoom of every vertex and the index.
    pub fn finish(self) -> ShapeTable {
        let mut table = self.table;
        table.zooms = match table.def.simplify {
            Simplify::None => Vec::new(),
            Simplify::Shared => vertex_zooms(
                &table.vertices,
                &table.parts,
                Care::Planar,
                table.def.min_zoom,
            ),
            Simplify::Each => table.zooms_each(),
        };
        table.tree = RTree::bulk_load(self.boxes);
        table.vertices.shrink_to_fit();
        table.parts.shrink_to_fit();
        table
    }
}

impl ShapeTable {
    pub fn def(&self) -> &'static MvtLayerDef {
        self.def
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// The box around all features.
    pub fn bounds(&self) -> Option<BBox> {
        self.bounds
    }

    /// Bytes of vertices, parts, features and properties.
    pub fn byte_size(&self) -> usize {
        let columns = self.columns.iter().map(|column| match column {
            Column::Text(c) => c.len() * size_of::<u32>(),
            Column::Int(c) => c.len() * size_of::<Option<i64>>(),
            Column::Double(c) => c.len() * size_of::<Option<f64>>(),
            Column::Bool(c) => c.len(),
        });
        self.vertices.len() * size_of::<World>()
            + self.zooms.len()
            + self.parts.len() * size_of::<Part>()
            + self.features.len()
                * (size_of::<Feature>() + size_of::<GeomWithData<Rectangle<[f64; 2]>, u32>>())
            + columns.sum::<usize>()
            + self.texts.iter().map(|t| t.len() + 16).sum::<usize>()
    }

    fn zooms_each(&self) -> Vec<u8> {
        let of_feature = |feature: &Feature| {
            let parts = self.parts_of(feature);
            let Some((first, last)) = parts.first().zip(parts.last()) else {
                return Vec::new();
            };
            let own: Vec<Part> = parts
                .iter()
                .map(|part| Part {
                    start: part.start - first.start,
                    end: part.end - first.start,
                    closed: part.closed,
                })
                .collect();
            let vertices = &self.vertices[first.start as usize..last.end as usize];
            vertex_zooms(vertices, &own, Care::None, feature.min_zoom)
        };
        self.features.par_iter().flat_map_iter(of_feature).collect()
    }

    fn parts_of(&self, feature: &Feature) -> &[Part] {
        &self.parts[feature.first_part as usize..feature.end_part as usize]
    }

    /// Rows whose box touches the tile with its buffer and that are drawn at its zoom, in drawing order.
    fn rows_in(&self, tile: TileId) -> Vec<u32> {
        if tile.z < self.def.min_zoom {
            return Vec::new();
        }
        let (low, high) = world_box(tile, self.def.buffer);
        let smallest = f64::from(self.def.drop_below_px) * pixel_units(tile.z);
        let mut rows: Vec<u32> = self
            .tree
            .locate_in_envelope_intersecting(&AABB::from_corners(low, high))
            .map(|entry| entry.data)
            .filter(|row| {
                let feature = &self.features[*row as usize];
                feature.min_zoom <= tile.z && f64::from(feature.size) >= smallest
            })
            .collect();
        rows.sort_unstable();
        rows
    }

    /// The layer's features in a tile and the row of each.
    pub(crate) fn encode(&self, tile: TileId) -> (LayerBuffer, Vec<u32>) {
        let names = self.def.properties.iter().map(|p| p.name.as_str());
        let mut layer = LayerBuffer::new(&self.def.name, names);
        let grid = Grid::of(tile);
        let mut cutter = AreaCutter::new(Grid::window(self.def.buffer));
        let mut drawn = Vec::new();
        for row in self.rows_in(tile) {
            let feature = &self.features[row as usize];
            let before = layer.len();
            let properties = self.columns.iter().map(|c| self.property(c, row as usize));
            match self.def.geometry {
                GeometryKind::Point => {
                    let point = self.point_of(feature, grid);
                    layer.add(
                        GeometryType::Point,
                        |out| {
                            if let Some(at) = point {
                                Pen::new(out).point(at);
                            }
                        },
                        properties,
                    );
                }
                GeometryKind::Line => {
                    let pieces = self.pieces_of(feature, grid, tile.z);
                    layer.add(
                        GeometryType::Line,
                        |out| {
                            let mut pen = Pen::new(out);
                            for piece in &pieces {
                                pen.line(piece.iter().map(|p| [p[0] as i32, p[1] as i32]));
                            }
                        },
                        properties,
                    );
                }
                GeometryKind::Polygon => {
                    for part in self.parts_of(feature) {
                        cutter.add_ring(self.steps(part, grid, tile.z));
                    }
                    let areas = cutter.finish();
                    layer.add(
                        GeometryType::Polygon,
                        |out| {
                            let mut pen = Pen::new(out);
                            for area in &areas {
                                pen.area(area);
                            }
                        },
                        properties,
                    );
                }
            }
            if layer.len() > before {
                drawn.push(row);
            }
        }
        layer.seal();
        (layer, drawn)
    }

    fn steps(&self, part: &Part, grid: Grid, zoom: u8) -> impl Iterator<Item = Step> {
        // The browser enlarges the last zoom's tiles, so these carry every vertex.
        let keep = if zoom >= self.last_zoom {
            LAST_ZOOM_ONLY
        } else {
            zoom
        };
        let range = part.start as usize..part.end as usize;
        let zooms = self.zooms.get(range.clone());
        self.vertices[range]
            .iter()
            .enumerate()
            .filter(move |(i, _)| zooms.is_none_or(|z| z[*i] <= keep))
            .map(move |(_, at)| grid.round(i64::from(at.x), i64::from(at.y)))
    }

    /// A point belongs to one tile only, or with a buffer to those it touches.
    fn point_of(&self, feature: &Feature, grid: Grid) -> Option<[i32; 2]> {
        let part = self.parts_of(feature).first()?;
        let at = grid.floor(self.vertices[part.start as usize]);
        let reach = i64::from(self.def.buffer);
        let inside = at
            .iter()
            .all(|v| (-reach..i64::from(crate::EXTENT) + reach).contains(v));
        inside.then_some([at[0] as i32, at[1] as i32])
    }

    fn pieces_of(&self, feature: &Feature, grid: Grid, zoom: u8) -> Vec<Vec<Step>> {
        let window = Grid::window(self.def.buffer);
        self.parts_of(feature)
            .iter()
            .flat_map(|part| {
                let mut line: Vec<Step> = self.steps(part, grid, zoom).collect();
                line.dedup();
                clip_line(&line, window)
            })
            .collect()
    }

    fn property<'t>(&'t self, column: &Column, row: usize) -> Property<'t> {
        match column {
            Column::Text(codes) => self
                .texts
                .get(codes[row] as usize)
                .map_or(Property::Null, |text| Property::Text(text)),
            Column::Int(ints) => ints[row].map_or(Property::Null, Property::Int),
            Column::Double(doubles) => doubles[row].map_or(Property::Null, Property::Double),
            Column::Bool(bools) => bools[row].map_or(Property::Null, Property::Bool),
        }
    }

    /// The first property of a row, by which values are joined; empty when it is no text.
    pub(crate) fn key(&self, row: u32) -> &str {
        match self.columns.first() {
            Some(Column::Text(codes)) => self
                .texts
                .get(codes[row as usize] as usize)
                .map_or("", |text| text),
            _ => "",
        }
    }
}
