//! Which questions find a difference? Random ones over what the folder holds: every dimension and measure, filters
//! of every operator whose values occur or nearly do, areas whose edges run through records, all as the JSON the
//! API takes. The same seed asks the same questions of the same folder.

use crate::folder::{Dimension, Folder, Kind};
use crate::functions::parent;
use crate::geometry::LngLat;
use anyhow::ensure;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Int32Type, Int64Type, UInt64Type};
use datafusion::prelude::SessionContext;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Records looked at for values, of each of some files.
const SAMPLE_ROWS: usize = 1_500;
const SAMPLE_FILES: usize = 12;

pub struct Questions {
    measures: Vec<String>,
    dimensions: Vec<String>,
    rng: ChaCha8Rng,
    /// What a filter may name, with values that occur, as the API writes them.
    properties: Vec<(Dimension, Vec<Json>)>,
    places: Vec<LngLat>,
}

impl Questions {
    pub async fn new(folder: &Folder, context: &SessionContext, seed: u64) -> anyhow::Result<Self> {
        let mut batches = Vec::new();
        let step = folder.parts.len().div_ceil(SAMPLE_FILES).max(1);
        for part in folder.parts.iter().step_by(step) {
            let table = context.read_table(folder.table(&[part])?)?;
            batches.extend(table.limit(0, Some(SAMPLE_ROWS))?.collect().await?);
        }
        let mut properties = Vec::new();
        for property in folder.properties() {
            let values: BTreeSet<String> = batches
                .iter()
                .flat_map(|batch| occurring(&property, batch))
                .collect();
            let values = values.iter().map(|text| serde_json::from_str(text));
            properties.push((property, values.collect::<Result<_, _>>()?));
        }
        let places: Vec<LngLat> = batches.iter().flat_map(places).collect();
        ensure!(!places.is_empty(), "no record of the folder has a place");
        Ok(Self {
            measures: folder.measures.iter().map(|m| m.name.clone()).collect(),
            dimensions: folder.dimensions.iter().map(|d| d.name.clone()).collect(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            properties,
            places,
        })
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.random_ratio(1, n)
    }

    fn place(&mut self) -> LngLat {
        let any = self.rng.random_range(0..self.places.len());
        self.places[any]
    }

    /// Some of the names, in any order.
    fn some(&mut self, mut names: Vec<String>, least: usize, most: usize) -> Vec<String> {
        names.shuffle(&mut self.rng);
        names.truncate(self.rng.random_range(least..=most));
        names
    }

    /// The next question.
    pub fn next(&mut self) -> Json {
        let (measures, dimensions) = (self.measures.clone(), self.dimensions.clone());
        let measures = self.some(measures, 1, 4);
        let dimensions = self.some(dimensions, 0, 2);
        let mut asked = json!({"measures": measures, "dimensions": dimensions});
        if !self.one_in(4) {
            asked["filter"] = self.filter(2);
        }
        if self.one_in(2) {
            asked["geometry"] = self.area();
        } else if self.one_in(4) {
            let (a, b) = (self.place(), self.place());
            asked["bbox"] = json!([
                a.lng().min(b.lng()),
                a.lat().min(b.lat()),
                a.lng().max(b.lng()),
                a.lat().max(b.lat()),
            ]);
        }
        let by = self.some(measures.into_iter().chain(dimensions).collect(), 0, 2);
        let order = by.into_iter();
        let order = order.map(|by| json!({"by": by, "descending": self.rng.random::<bool>()}));
        asked["order"] = order.collect();
        if self.one_in(3) {
            asked["limit"] = json!(self.rng.random_range(0..30));
        }
        asked
    }

    fn filter(&mut self, depth: usize) -> Json {
        let op = match self.rng.random_range(0..6) {
            0 if depth > 0 => "and",
            1 if depth > 0 => "or",
            2 if depth > 0 => return operation("not", vec![self.filter(depth - 1)]),
            _ => return self.condition(),
        };
        let parts = self.rng.random_range(2..4);
        operation(op, (0..parts).map(|_| self.filter(depth - 1)).collect())
    }

    fn condition(&mut self) -> Json {
        if self.one_in(8) {
            let area = self.area();
            return operation("s_intersects", vec![json!({"property": "geometry"}), area]);
        }
        let any = self.rng.random_range(0..self.properties.len());
        let kind = self.properties[any].0.kind;
        let property = json!({"property": self.properties[any].0.name});
        match self.rng.random_range(0..10) {
            0..4 => {
                let op = ["=", "<>", "<", "<=", ">", ">="].choose(&mut self.rng);
                operation(op.unwrap_or(&"="), vec![property, self.value(any)])
            }
            4..6 => operation("between", vec![property, self.value(any), self.value(any)]),
            6 => operation("isNull", vec![property]),
            7 | 8 if matches!(kind, Kind::Text | Kind::Cell) => {
                let pattern = json!(self.pattern(any));
                let folded = |json| operation("casei", vec![json]);
                let sides = if self.one_in(2) {
                    vec![folded(property), folded(pattern)]
                } else {
                    vec![property, pattern]
                };
                operation("like", sides)
            }
            _ => {
                let members = self.rng.random_range(0..5);
                let members: Vec<Json> = (0..members).map(|_| self.value(any)).collect();
                operation("in", vec![property, json!(members)])
            }
        }
    }

    /// A value of a property that occurs, or nearly, or none.
    fn value(&mut self, property: usize) -> Json {
        if self.one_in(25) {
            return Json::Null;
        }
        let (property, values) = &self.properties[property];
        let near = self.rng.random_ratio(1, 4);
        match (property.kind, values.choose(&mut self.rng)) {
            (Kind::Int, value) => {
                let by = if near {
                    self.rng.random_range(-2..=2)
                } else {
                    0
                };
                json!(value.and_then(Json::as_i64).unwrap_or(0) + by)
            }
            (Kind::Date, value) => {
                json!({"date": value.and_then(Json::as_str).unwrap_or("2026-02-28")})
            }
            (_, Some(value)) if near => json!(format!("{}a", value.as_str().unwrap_or(""))),
            (_, Some(value)) => value.clone(),
            (_, None) => json!("nothing of the kind"),
        }
    }

    fn pattern(&mut self, property: usize) -> String {
        let value = self.properties[property].1.choose(&mut self.rng);
        let chars: Vec<char> = value
            .and_then(Json::as_str)
            .unwrap_or("e'é%_\\")
            .chars()
            .collect();
        let from = self.rng.random_range(0..=chars.len() / 2);
        let to = self.rng.random_range(from..=chars.len());
        let mut pattern = String::from(["", "%", "_"][self.rng.random_range(0..3)]);
        for c in &chars[from..to] {
            match self.rng.random_range(0..12) {
                0 => pattern.push('_'),
                1 => pattern.push('%'),
                2 => pattern.extend(c.to_uppercase()),
                3 => pattern.extend(['\\', *c]),
                _ => pattern.push(*c),
            }
        }
        pattern + ["", "%", "%", "_%"][self.rng.random_range(0..4)]
    }

    /// A star around a record, at times with a hole or a box between two records beside it.
    fn area(&mut self) -> Json {
        let (centre, other) = (self.place(), self.place());
        let radius = 10f64.powf(self.rng.random_range(-2.5..0.3));
        let exterior = self.star(centre, 0.4 * radius..radius);
        // An edge between two corners of the exterior passes the centre at a fifth of the radius or more.
        let hole = self.star(centre, 0.05 * radius..0.15 * radius);
        let star = if self.one_in(2) {
            vec![exterior, hole]
        } else {
            vec![exterior]
        };
        let (west, east) = (centre.lng().min(other.lng()), centre.lng().max(other.lng()));
        let (south, north) = (centre.lat().min(other.lat()), centre.lat().max(other.lat()));
        if west < east && south < north && self.one_in(3) {
            // Records lie on its corners and edges.
            let ring = json!([
                [west, south],
                [east, south],
                [east, north],
                [west, north],
                [west, south]
            ]);
            return if self.one_in(2) {
                json!({"type": "Polygon", "coordinates": [ring]})
            } else {
                json!({"type": "MultiPolygon", "coordinates": [[ring], star]})
            };
        }
        json!({"type": "Polygon", "coordinates": star})
    }

    fn star(&mut self, centre: LngLat, radius: std::ops::Range<f64>) -> Json {
        let corners = self.rng.random_range(5..24);
        let turn = self.rng.random_range(0.0..1.0);
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
        let mut ring: Vec<Json> = (0..corners)
            .map(|i| {
                let angle = (f64::from(i) + turn) / f64::from(corners) * std::f64::consts::TAU;
                let r = self.rng.random_range(radius.clone());
                json!([
                    rounded(centre.lng() + r * angle.cos()),
                    rounded(centre.lat() + r * angle.sin())
                ])
            })
            .collect();
        ring.push(ring[0].clone());
        json!(ring)
    }
}

fn operation(op: &str, args: Vec<Json>) -> Json {
    json!({"op": op, "args": args})
}

fn places(batch: &RecordBatch) -> Vec<LngLat> {
    let column = |name| {
        batch
            .column_by_name(name)
            .map(AsArray::as_primitive::<Int32Type>)
    };
    let (Some(lng_e7), Some(lat_e7)) = (column("lng_e7"), column("lat_e7")) else {
        return Vec::new();
    };
    let pairs = lng_e7.iter().zip(lat_e7);
    pairs
        .filter_map(|(lng_e7, lat_e7)| Some(LngLat::new(lng_e7?, lat_e7?)))
        .collect()
}

/// Values of a property in a batch, as JSON text.
fn occurring(property: &Dimension, batch: &RecordBatch) -> BTreeSet<String> {
    let Some(column) = batch.column_by_name(&property.column) else {
        return BTreeSet::new();
    };
    match property.kind {
        Kind::Int => {
            let ints = column.as_primitive::<Int64Type>().iter().flatten();
            ints.map(|int| int.to_string()).collect()
        }
        Kind::Date => {
            let days = column.as_primitive::<Date32Type>().iter().flatten();
            days.filter_map(chrono::NaiveDate::from_epoch_days)
                .map(|date| json!(date.to_string()).to_string())
                .collect()
        }
        Kind::Text => {
            let texts = column.as_string_view().iter().flatten();
            texts.map(|text| json!(text).to_string()).collect()
        }
        Kind::Cell => {
            let cells = column.as_primitive::<UInt64Type>().iter().flatten();
            let shown = |cell| match property.h3_resolution {
                Some(resolution) => parent(cell, resolution),
                None => Some(cell),
            };
            cells
                .filter_map(|cell| Some(json!(format!("{:x}", shown(cell)?)).to_string()))
                .collect()
        }
    }
}
