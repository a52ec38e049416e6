//! The oracle: the same questions answered row by row with plain loops over values, sharing nothing with
//! the engine but the types of question and answer.

use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{Aggregate, ColumnType, Cube, Source, leaf_column};
use geocrm_domain::filter::{PLACE, like_matches};
use geocrm_domain::region::{RegionId, RegionTree};
use geocrm_domain::scope::AggregateScope;
use geocrm_domain::{
    Answer, AnswerRow, CubeQuery, Filter, LngLat, Number, OrderBy, UserId, Value, VisibleScope,
};
use geocrm_olap::Key;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// A deliberate fault, to show that the comparison would notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Takes what is unknown for true under a negation, as two-valued logic would.
    TwoValued,
    /// Takes the boundary of an area for outside.
    OpenAreas,
    /// Counts a null as zero in a mean.
    NullIsZero,
}

#[derive(Debug, Clone)]
pub struct Record {
    pub key: Key,
    pub place: Option<LngLat>,
    /// By name: every dimension and every plain column.
    properties: HashMap<&'static str, Value>,
}

#[derive(Debug, Clone)]
pub struct Plain {
    pub cube: &'static Cube,
    pub records: BTreeMap<Key, Record>,
    pub fault: Fault,
}

impl Plain {
    pub fn new(cube: &'static Cube) -> Self {
        Self {
            cube,
            records: BTreeMap::new(),
            fault: Fault::None,
        }
    }

    pub fn upsert(&mut self, batch: &CubeBatch, tree: &RegionTree) {
        for row in 0..batch.len() {
            let record = self.record(batch, tree, row);
            self.records.insert(record.key, record);
        }
    }

    pub fn remove(&mut self, keys: &Keys) {
        for row in 0..keys.len() {
            self.records.remove(&key_at(keys, row));
        }
    }

    fn record(&self, batch: &CubeBatch, tree: &RegionTree, row: usize) -> Record {
        let raw = |name: &str| {
            let kind = self.cube.column(name).expect("a column").kind;
            match batch.column(self.cube, name).expect("a column") {
                ColumnData::Int(v) if v[row] == NULL_INT => Value::Null,
                ColumnData::Int(v) if kind == ColumnType::H3 => {
                    Value::text(format!("{:x}", v[row]))
                }
                ColumnData::Int(v) => Value::Int(v[row]),
                ColumnData::Date(v) if v[row] == NULL_DATE => Value::Null,
                ColumnData::Date(v) => Value::Date(
                    chrono::NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date")
                        + chrono::TimeDelta::days(v[row].into()),
                ),
                ColumnData::Text { codes, .. } if codes[row] == NULL_CODE => Value::Null,
                ColumnData::Text { dictionary, codes } => {
                    Value::text(dictionary[codes[row] as usize].as_str())
                }
            }
        };
        let mut properties: HashMap<&'static str, Value> = self
            .cube
            .columns
            .iter()
            .map(|c| (c.name, raw(c.name)))
            .collect();
        for dimension in self.cube.dimensions {
            let value = match dimension.source {
                Source::Own => raw(dimension.name),
                Source::Derived(column, rule) => rule.apply(&raw(column)),
                Source::Region(level) => raw(leaf_column(level.hierarchy()))
                    .as_int()
                    .and_then(|leaf| tree.code_at(RegionId(leaf as i32), level))
                    .map_or(Value::Null, Value::text),
            };
            properties.insert(dimension.name, value);
        }
        Record {
            key: key_at(&batch.keys, row),
            place: batch.places[row],
            properties,
        }
    }

    fn truth(&self, filter: &Filter, record: &Record) -> Option<bool> {
        let value = |name: &str| &record.properties[name];
        match filter {
            Filter::And(parts) => all(parts.iter().map(|part| self.truth(part, record))),
            Filter::Or(parts) => {
                let not = |part| self.truth(part, record).map(|t| !t);
                all(parts.iter().map(not)).map(|t| !t)
            }
            Filter::Not(inner) => match self.truth(inner, record) {
                None if self.fault == Fault::TwoValued => Some(true),
                truth => truth.map(|t| !t),
            },
            Filter::Compare {
                property,
                op,
                value: with,
            } => both(value(property), with, |a, b| op.holds(a, b)),
            Filter::Between {
                property,
                low,
                high,
            } => and(
                both(value(property), low, |a, b| a >= b),
                both(value(property), high, |a, b| a <= b),
            ),
            Filter::In { property, values } => {
                let not = |one| both(value(property), one, |a, b| a != b);
                all(values.iter().map(not)).map(|t| !t)
            }
            Filter::Like {
                property,
                pattern,
                fold_case,
            } => value(property)
                .as_text()
                .map(|text| like_matches(pattern, text, *fold_case)),
            Filter::IsNull { property } if property == PLACE => Some(record.place.is_none()),
            Filter::IsNull { property } => Some(value(property).is_null()),
            Filter::Folded {
                property,
                op,
                value: with,
            } => value(property).as_text().map(|text| {
                let fold = |text: &str| Value::text(text.to_lowercase());
                op.holds(&fold(text), &fold(with))
            }),
            Filter::Near {
                around,
                low_m,
                high_m,
            } => record.place.map(|place| {
                let distance = geocrm_domain::geometry::distance_m(place, around);
                distance >= f64::from(*low_m)
                    && high_m.is_none_or(|high| distance < f64::from(high))
            }),
            Filter::Within(area) => record.place.map(|place| self.inside(area, place)),
        }
    }

    fn inside(&self, area: &geocrm_domain::MultiPolygon, place: LngLat) -> bool {
        use geocrm_domain::geometry::{Side, side_of_ring};
        if self.fault == Fault::OpenAreas {
            let strictly = |ring: &geocrm_domain::Ring| side_of_ring(ring, place) == Side::Inside;
            return area
                .0
                .iter()
                .any(|p| strictly(&p.exterior) && !p.holes.iter().any(strictly));
        }
        area.contains(place)
    }

    fn sees(&self, scope: &VisibleScope, record: &Record) -> bool {
        if !self.cube.scoped {
            return *scope.records() != geocrm_domain::scope::RecordScope::None;
        }
        let owner = record.properties["owner"]
            .as_text()
            .map(|text| text.parse::<UserId>().expect("owners are user ids"));
        scope.sees(record.properties["territory"].as_text(), owner)
    }

    /// Keys of the visible records that pass, in the order asked.
    pub fn select(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&geocrm_domain::MultiPolygon>,
        order: &[OrderBy],
    ) -> Vec<Key> {
        let mut rows: Vec<&Record> = self
            .records
            .values()
            .filter(|r| self.sees(scope, r))
            .filter(|r| filter.is_none_or(|f| self.truth(f, r) == Some(true)))
            .filter(|r| geometry.is_none_or(|g| r.place.is_some_and(|p| self.inside(g, p))))
            .collect();
        rows.sort_by(|a, b| {
            for by in order {
                let ordering = if by.name == "id" {
                    a.key.cmp(&b.key)
                } else {
                    a.properties[by.name.as_str()].cmp(&b.properties[by.name.as_str()])
                };
                let ordering = if by.descending {
                    ordering.reverse()
                } else {
                    ordering
                };
                if ordering.is_ne() {
                    return ordering;
                }
            }
            a.key.cmp(&b.key)
        });
        rows.into_iter().map(|r| r.key).collect()
    }

    pub fn query(&self, scope: &VisibleScope, query: &CubeQuery) -> Answer {
        let visible = scope.aggregates() != AggregateScope::None;
        let passing: Vec<&Record> = self
            .records
            .values()
            .filter(|r| visible && self.sees(scope, r))
            .filter(|r| {
                let truth = query.filter.as_ref().map(|f| self.truth(f, r));
                truth.is_none_or(|t| t == Some(true))
            })
            .collect();
        let without_place = passing.iter().filter(|r| r.place.is_none()).count() as u64;
        let mut groups: BTreeMap<Vec<Value>, Vec<&Record>> = BTreeMap::new();
        if query.dimensions.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        let mut matched = 0;
        for record in passing {
            let inside = query
                .geometry
                .as_ref()
                .is_none_or(|area| record.place.is_some_and(|p| self.inside(area, p)));
            if inside {
                matched += 1;
                let key = query
                    .dimensions
                    .iter()
                    .map(|d| record.properties[d.as_str()].clone());
                groups.entry(key.collect()).or_default().push(record);
            }
        }
        let mut rows: Vec<AnswerRow> = groups
            .into_iter()
            .map(|(keys, records): (Vec<Value>, _)| AnswerRow {
                keys: keys.into(),
                values: query
                    .measures
                    .iter()
                    .map(|m| self.measure(m, &records))
                    .collect(),
            })
            .collect();
        let groups = rows.len();
        rows.sort_by(|a, b| order(query, a, b));
        rows.truncate(query.limit.unwrap_or(usize::MAX));
        Answer {
            rows,
            matched,
            without_place,
            groups,
            persons: geocrm_domain::PersonsTold::Exact,
        }
    }

    fn measure(&self, name: &str, records: &[&Record]) -> Option<Number> {
        let measure = self.cube.measure(name).expect("a measure");
        if measure.aggregate == Aggregate::Count {
            return Some(Number::Int(records.len() as i64));
        }
        let values: Vec<i64> = records
            .iter()
            .filter_map(|r| r.properties[measure.column].as_int())
            .collect();
        let sum = || {
            let sum: i128 = values.iter().map(|v| i128::from(*v)).sum();
            i64::try_from(sum).expect("sums of the test data fit")
        };
        match measure.aggregate {
            _ if values.is_empty() => None,
            Aggregate::Count => None,
            Aggregate::Single => (values.len() == 1).then(|| Number::Int(values[0])),
            Aggregate::Sum => Some(Number::Int(sum())),
            Aggregate::Min => values.iter().min().copied().map(Number::Int),
            Aggregate::Max => values.iter().max().copied().map(Number::Int),
            Aggregate::Mean => Some(Number::Ratio {
                sum: sum(),
                count: if self.fault == Fault::NullIsZero {
                    records.len() as i64
                } else {
                    values.len() as i64
                },
            }),
        }
    }
}

fn order(query: &CubeQuery, a: &AnswerRow, b: &AnswerRow) -> Ordering {
    for by in &query.order {
        let ordering = if let Some(d) = query.dimensions.iter().position(|d| *d == by.name) {
            a.keys[d].cmp(&b.keys[d])
        } else {
            let m = query
                .measures
                .iter()
                .position(|m| *m == by.name)
                .expect("a measure");
            compare(a.values[m], b.values[m])
        };
        let ordering = if by.descending {
            ordering.reverse()
        } else {
            ordering
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    a.keys.cmp(&b.keys)
}

fn compare(a: Option<Number>, b: Option<Number>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let ((a, n), (b, m)) = (a.parts(), b.parts());
            (a * m).cmp(&(b * n))
        }
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<Option<bool>> = truths.collect();
    if truths.contains(&Some(false)) {
        return Some(false);
    }
    (!truths.contains(&None)).then_some(true)
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn both(a: &Value, b: &Value, test: impl Fn(&Value, &Value) -> bool) -> Option<bool> {
    (!a.is_null() && !b.is_null()).then(|| test(a, b))
}

pub fn key_at(keys: &Keys, row: usize) -> Key {
    match keys {
        Keys::Int(keys) => Key::Int(keys[row]),
        Keys::Uuid(keys) => Key::Uuid(keys[row]),
    }
}
