//! Random questions over what is loaded: literals are members that occur, or nearly; areas are stars with
//! holes, boxes through records and unions that overlap. The same seed asks the same questions.

use crate::support::{World, count_query};
use futures::TryStreamExt;
use geocrm_domain::batch::{ColumnData, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ColumnType, Cube, PUBLISHED_FOR};
use geocrm_domain::{
    BBox, Compare, CubeQuery, Filter, Geometry, LngLat, MultiPolygon, OrderBy, Polygon, UserId,
    Value, VisibleScope,
};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Members kept of each property.
const MEMBERS: usize = 300;

/// What can be asked about in one cube.
pub struct Vocabulary {
    pub cube: &'static Cube,
    /// Filterable properties with members that occur.
    properties: Vec<(&'static str, ColumnType, Vec<Value>)>,
    places: Vec<LngLat>,
    extent: BBox,
}

impl Vocabulary {
    pub async fn of(world: &World, cube: &'static Cube) -> Self {
        let mut members: BTreeMap<&'static str, BTreeSet<Value>> = BTreeMap::new();
        let mut places = Vec::new();
        let mut view = world.db.store.read_view().await.expect("a view");
        let mut batches = std::pin::pin!(view.stream_cube(cube).await.expect("a stream"));
        while let Some(batch) = batches.try_next().await.expect("a batch") {
            places.extend(batch.places.iter().flatten());
            for (column, data) in cube.columns.iter().zip(&batch.columns) {
                members
                    .entry(column.name)
                    .or_default()
                    .extend(distinct(data));
            }
        }
        for dimension in cube.dimensions {
            let by = CubeQuery {
                dimensions: vec![dimension.name.to_owned()],
                ..count_query(CubeQuery::default())
            };
            let everything = VisibleScope::everything();
            let answer = world.ask(&everything, cube, &by).await;
            let keys = answer.rows.into_iter().map(|mut row| row.keys.remove(0));
            members.insert(dimension.name, keys.filter(|k| !k.is_null()).collect());
        }
        let property = |(name, values): (&'static str, BTreeSet<Value>)| {
            let step = values.len().div_ceil(MEMBERS).max(1);
            let members = values.into_iter().step_by(step).collect();
            Some((name, cube.property_type(name)?, members))
        };
        Self {
            cube,
            properties: members.into_iter().filter_map(property).collect(),
            extent: BBox::around(places.iter().copied()).expect("something has a place"),
            places,
        }
    }

    pub fn places(&self) -> &[LngLat] {
        &self.places
    }

    pub fn place(&self, rng: &mut impl Rng) -> LngLat {
        *self.places.choose(rng).expect("a place")
    }

    /// Anywhere in the box around the records.
    pub fn anywhere(&self, rng: &mut impl Rng) -> LngLat {
        let BBox { min, max } = self.extent;
        LngLat::from_e7(
            rng.random_range(min.lng_e7..=max.lng_e7),
            rng.random_range(min.lat_e7..=max.lat_e7),
        )
    }

    /// A measure of how wide everything lies, in 1e-7 degrees.
    fn width(&self) -> f64 {
        f64::from(self.extent.max.lat_e7 - self.extent.min.lat_e7).max(1_000.0)
    }

    fn value(rng: &mut impl Rng, kind: ColumnType, members: &[Value]) -> Value {
        if rng.random_ratio(1, 25) {
            return Value::Null;
        }
        let member = members.choose(rng);
        let near = rng.random_ratio(1, 4);
        match (kind, member) {
            (ColumnType::Int, Some(Value::Int(int))) => {
                Value::Int(int + if near { rng.random_range(-2..=2) } else { 0 })
            }
            (ColumnType::Int, _) => Value::Int(rng.random_range(-5..3_000)),
            (ColumnType::Date, Some(Value::Date(date))) => {
                let days = if near { rng.random_range(-40..=40) } else { 0 };
                Value::Date(*date + chrono::Duration::days(days))
            }
            (ColumnType::Date, _) => {
                Value::Date(chrono::NaiveDate::from_ymd_opt(2026, 2, 28).expect("a day"))
            }
            (_, Some(Value::Text(text))) if near => Value::text(format!("{text}a")),
            (_, Some(text @ Value::Text(_))) => text.clone(),
            _ => Value::text("nothing of the kind"),
        }
    }

    fn pattern(rng: &mut impl Rng, members: &[Value]) -> String {
        let text = members.choose(rng).and_then(Value::as_text);
        let chars: Vec<char> = text.unwrap_or("e'é%_\\").chars().collect();
        let from = rng.random_range(0..=chars.len() / 2);
        let to = rng.random_range(from..=chars.len());
        let mut pattern = String::from(["", "%", "_"][rng.random_range(0..3)]);
        for c in &chars[from..to] {
            match rng.random_range(0..12) {
                0 => pattern.push('_'),
                1 => pattern.push('%'),
                2 => pattern.extend(c.to_uppercase()),
                3 => pattern.extend(['\\', *c]),
                _ => pattern.push(*c),
            }
        }
        pattern + ["", "%", "%", "_%"][rng.random_range(0..4)]
    }

    fn near(&self, rng: &mut impl Rng) -> Filter {
        let mut around = Vec::new();
        for _ in 0..rng.random_range(1..4) {
            around.push(match rng.random_range(0..4) {
                0 | 1 => Geometry::Point(self.anywhere(rng)),
                2 => Geometry::Line((0..3).map(|_| self.anywhere(rng)).collect()),
                _ => Geometry::Area(self.area(rng)),
            });
        }
        let low_m = rng.random_range(0..3) * 700;
        let high_m = low_m + rng.random_range(0..4_000);
        Filter::Near {
            around,
            low_m,
            high_m: rng.random::<bool>().then_some(high_m),
        }
    }

    fn condition(&self, rng: &mut impl Rng) -> Filter {
        if rng.random_ratio(1, 8) {
            return Filter::Within(self.area(rng));
        }
        if rng.random_ratio(1, 16) {
            return self.near(rng);
        }
        let (name, kind, members) = self.properties.choose(rng).expect("a property");
        let (property, kind) = ((*name).to_owned(), *kind);
        let value = |rng: &mut _| Self::value(rng, kind, members);
        let is_text = !matches!(kind, ColumnType::Int | ColumnType::Date);
        match rng.random_range(0..10) {
            0..4 => Filter::Compare {
                property,
                op: *[
                    Compare::Equal,
                    Compare::NotEqual,
                    Compare::Less,
                    Compare::LessOrEqual,
                    Compare::Greater,
                    Compare::GreaterOrEqual,
                ]
                .choose(rng)
                .expect("an operator"),
                value: value(rng),
            },
            4..6 => Filter::Between {
                property,
                low: value(rng),
                high: value(rng),
            },
            6 if rng.random_ratio(1, 3) => Filter::IsNull {
                property: geocrm_domain::filter::PLACE.to_owned(),
            },
            6 => Filter::IsNull { property },
            7 if is_text && kind == ColumnType::Text => Filter::Folded {
                property,
                op: *[
                    Compare::Equal,
                    Compare::NotEqual,
                    Compare::Less,
                    Compare::GreaterOrEqual,
                ]
                .choose(rng)
                .expect("an operator"),
                value: value(rng).to_string().to_uppercase(),
            },
            7 | 8 if is_text => Filter::Like {
                property,
                pattern: Self::pattern(rng, members),
                fold_case: rng.random(),
            },
            _ => Filter::In {
                property,
                values: (0..rng.random_range(0..5)).map(|_| value(rng)).collect(),
            },
        }
    }

    pub fn filter(&self, rng: &mut impl Rng, depth: usize) -> Filter {
        let parts = |rng: &mut _| -> Vec<Filter> {
            let parts = Rng::random_range(rng, 0..4);
            (0..parts).map(|_| self.filter(rng, depth - 1)).collect()
        };
        match rng.random_range(0..6) {
            0 if depth > 0 => Filter::And(parts(rng)),
            1 if depth > 0 => Filter::Or(parts(rng)),
            2 if depth > 0 => Filter::Not(Box::new(self.filter(rng, depth - 1))),
            _ => self.condition(rng),
        }
    }

    /// A ring that cannot cross itself: corners by angle around a centre.
    fn star(rng: &mut impl Rng, centre: LngLat, radius: std::ops::Range<f64>) -> Vec<LngLat> {
        let corners = rng.random_range(3..24);
        let turn = rng.random_range(0.0..1.0);
        let mut ring: Vec<LngLat> = (0..corners)
            .map(|i| {
                let angle = (f64::from(i) + turn) / f64::from(corners) * std::f64::consts::TAU;
                let r = rng.random_range(radius.clone());
                LngLat::from_e7(
                    centre.lng_e7 + (r * angle.cos()) as i32,
                    centre.lat_e7 + (r * angle.sin()) as i32,
                )
            })
            .collect();
        ring.dedup();
        ring
    }

    fn polygon(&self, rng: &mut impl Rng) -> Polygon {
        if rng.random_ratio(1, 5) {
            // Records lie on its corners and edges.
            let (a, b) = (self.place(rng), self.place(rng));
            let bbox = BBox { min: a, max: a }.extended(b);
            if bbox.min.lng_e7 < bbox.max.lng_e7 && bbox.min.lat_e7 < bbox.max.lat_e7 {
                return MultiPolygon::from_bbox(bbox).0.remove(0);
            }
        }
        let centre = if rng.random() {
            self.place(rng)
        } else {
            self.anywhere(rng)
        };
        let radius = self.width() * rng.random_range(0.01..0.6) + 100.0;
        // An edge between two corners of the exterior passes the centre at a fifth of the radius or more.
        let holes = if rng.random_ratio(1, 2) {
            vec![Self::star(rng, centre, radius * 0.05..radius * 0.15)]
        } else {
            Vec::new()
        };
        Polygon {
            exterior: Self::star(rng, centre, radius * 0.4..radius),
            holes,
        }
    }

    pub fn area(&self, rng: &mut impl Rng) -> MultiPolygon {
        let parts = if rng.random_ratio(1, 4) { 2 } else { 1 };
        MultiPolygon((0..parts).map(|_| self.polygon(rng)).collect())
    }

    fn names(rng: &mut impl Rng, of: Vec<&'static str>, most: usize) -> Vec<String> {
        let mut names = of;
        names.shuffle(rng);
        names.truncate(rng.random_range(0..=most));
        names.into_iter().map(str::to_owned).collect()
    }

    pub fn query(&self, rng: &mut impl Rng) -> CubeQuery {
        let all = self.cube.measures.iter().map(|m| m.name).collect();
        let mut measures = Self::names(rng, all, 4);
        let all = self.cube.dimensions.iter().map(|d| d.name).collect();
        let mut dimensions = Self::names(rng, all, 3);
        if measures.iter().any(|m| m == "value_e4") {
            if rng.random() {
                dimensions.retain(|d| !PUBLISHED_FOR.contains(&d.as_str()));
                dimensions.truncate(2);
                dimensions.extend(PUBLISHED_FOR.map(str::to_owned));
            } else {
                measures.retain(|m| m != "value_e4");
            }
        }
        let mut query = CubeQuery {
            measures,
            defined: Vec::new(),
            bands: None,
            dimensions,
            filter: rng.random_ratio(3, 4).then(|| self.filter(rng, 3)),
            geometry: rng.random_ratio(1, 3).then(|| self.area(rng)),
            order: Vec::new(),
            limit: rng.random_ratio(1, 4).then(|| rng.random_range(0..20)),
        };
        let named: Vec<&String> = query.measures.iter().chain(&query.dimensions).collect();
        let chosen = named
            .choose_multiple(rng, 2)
            .copied()
            .cloned()
            .collect::<Vec<_>>();
        let orders = rng.random_range(0..3);
        query.order = chosen
            .into_iter()
            .take(orders)
            .map(|name| OrderBy {
                name,
                descending: rng.random(),
            })
            .collect();
        query
    }
}

fn distinct(data: &ColumnData) -> BTreeSet<Value> {
    match data {
        ColumnData::Int(ints) => {
            let present: BTreeSet<i64> = ints.iter().copied().filter(|i| *i != NULL_INT).collect();
            present.into_iter().map(Value::Int).collect()
        }
        ColumnData::Date(days) => {
            let present: BTreeSet<i32> = days.iter().copied().filter(|d| *d != NULL_DATE).collect();
            let date = |days| chrono::NaiveDate::from_epoch_days(days).map(Value::Date);
            present.into_iter().filter_map(date).collect()
        }
        ColumnData::Text { dictionary, codes } => {
            let present: BTreeSet<u32> =
                codes.iter().copied().filter(|c| *c != NULL_CODE).collect();
            let text = |code: u32| Value::text(dictionary[code as usize].as_str());
            present.into_iter().map(text).collect()
        }
    }
}

/// Who asks: everybody, some territories (one of them unknown at times), one's own records, nobody.
pub fn scope(rng: &mut impl Rng, territories: &[String], users: &[UserId]) -> VisibleScope {
    match rng.random_range(0..6) {
        0..3 => VisibleScope::everything(),
        3 => {
            let some = rng.random_range(1..=3);
            let codes = territories.choose_multiple(rng, some).cloned();
            VisibleScope::territories(codes.chain(["nowhere".to_owned()]))
        }
        4 => VisibleScope::own(*users.choose(rng).expect("a user")),
        _ => VisibleScope::nothing(),
    }
}
