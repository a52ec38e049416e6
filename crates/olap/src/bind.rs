//! What does a filter mean for these columns? Names are looked up and values turned into codes once;
//! negation is pushed down to the leaves, where SQL's three-valued logic is a matter of leaving null out of
//! both a predicate's set and its opposite's.

use crate::area::rows_within;
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::level::Derive;
use crate::rows::RowSet;
use crate::set::{CodeSet, Test};
use crate::text::{folded, like};
use geocrm_domain::catalogue::ColumnType;
use geocrm_domain::filter::PLACE;
use geocrm_domain::scope::{AggregateScope, RecordScope};
use geocrm_domain::{Compare, Filter, MultiPolygon, Value, VisibleScope, limits};

/// A filter without names.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    All,
    None,
    Codes { column: usize, test: Test },
    Rows(RowSet),
    And(Vec<Node>),
    Or(Vec<Node>),
}

/// A filter on its way to a [`Node`]: sets not made ready yet, so that they can still be joined.
enum Draft {
    All,
    None,
    Codes { column: usize, set: CodeSet },
    Rows(RowSet),
    And(Vec<Draft>),
    Or(Vec<Draft>),
}

/// What a question selects: the rows to look at, and the test they must pass.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) rows: RowSet,
    pub(crate) node: Node,
}

/// Which part of a scope narrows a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Records,
    Sums,
}

/// A named property bound to its column.
pub(crate) struct Property<'a> {
    pub(crate) column: usize,
    pub(crate) derive: &'a Derive,
    pub(crate) meaning: Meaning,
    pub(crate) top: u64,
    pub(crate) kind: ColumnType,
}

impl CubeData {
    pub(crate) fn plan(
        &self,
        scope: &VisibleScope,
        asked: Asked,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
    ) -> Result<Plan, OlapError> {
        let mut parts = vec![self.scope_draft(scope, asked)];
        if let Some(filter) = filter {
            at_most(
                "nodes of a filter",
                filter.node_count(),
                limits::FILTER_NODES,
            )?;
            parts.push(self.draft(filter, true)?);
        }
        if let Some(area) = geometry {
            parts.push(Draft::Rows(self.rows_in(area)?));
        }
        let mut rows = self.present().clone();
        let mut rest = Vec::new();
        match Self::simplify_and(parts) {
            Draft::And(parts) => {
                for part in parts {
                    match part {
                        Draft::Rows(part) => rows = rows.intersection(&part),
                        part => rest.push(part),
                    }
                }
            }
            Draft::Rows(part) => rows = rows.intersection(&part),
            Draft::None => rows = RowSet::default(),
            part => rest.push(part),
        }
        let node = self.ready(Self::simplify_and(rest));
        Ok(Plan { rows, node })
    }

    fn scope_draft(&self, scope: &VisibleScope, asked: Asked) -> Draft {
        if asked == Asked::Sums {
            match scope.aggregates() {
                AggregateScope::All => return Draft::All,
                AggregateScope::None => return Draft::None,
                AggregateScope::Protected(_) => return self.without_persons(),
                AggregateScope::SameAsRecords => {}
            }
        }
        let (name, values) = match scope.records() {
            RecordScope::None => return Draft::None,
            RecordScope::All => return Draft::All,
            _ if !self.cube().scoped => return Draft::All,
            RecordScope::Territories(codes) => ("territory", codes.clone()),
            RecordScope::Own(user) => ("owner", vec![user.to_string()]),
        };
        let values: Vec<Value> = values.into_iter().map(Value::text).collect();
        // A scoped cube without the column would be a fault of the catalogue: nothing is seen then.
        self.property(name).map_or(Draft::None, |property| {
            self.codes(&property, &in_set(&property, &values, true))
        })
    }

    /// Persons are added as protected cells, see [`crate::protect`].
    fn without_persons(&self) -> Draft {
        let Some(persons) = self.cube().persons else {
            return Draft::All;
        };
        self.property(persons.column).map_or(Draft::None, |column| {
            let set = in_set(&column, &[Value::text(persons.value)], true);
            self.codes(&column, &set.complement(0, column.top))
        })
    }

    /// The rows placed inside an area or on its edge.
    pub(crate) fn rows_in(&self, area: &MultiPolygon) -> Result<RowSet, OlapError> {
        at_most(
            "vertices of a polygon",
            area.vertex_count(),
            limits::POLYGON_VERTICES,
        )?;
        rows_within(area, self.places())
    }

    /// Looks a name up among dimensions and plain columns.
    pub(crate) fn property(&self, name: &str) -> Result<Property<'_>, OlapError> {
        let cube = self.cube();
        let unknown = || {
            let dimensions = cube.dimensions.iter().map(|d| d.name);
            let columns = cube.columns.iter().map(|c| c.name);
            let mut known: Vec<&str> = dimensions.chain(columns).collect();
            known.retain(|name| cube.property_type(name).is_some());
            known.sort_unstable();
            known.dedup();
            OlapError::UnknownProperty {
                cube: cube.name,
                name: name.to_owned(),
                known: known.join(", "),
            }
        };
        let kind = cube.property_type(name).ok_or_else(unknown)?;
        if let Some(level) = self.level(name) {
            let column = &self.columns()[level.column];
            return Ok(Property {
                column: level.column,
                derive: &level.derive,
                meaning: level.meaning(column),
                top: level.top(column),
                kind,
            });
        }
        let index = cube.columns.iter().position(|c| c.name == name);
        let index = index.ok_or_else(unknown)?;
        let column = &self.columns()[index];
        Ok(Property {
            column: index,
            derive: &Derive::Same,
            meaning: column.meaning.clone(),
            top: column.top,
            kind,
        })
    }

    /// The rows for which the filter is true (`positive`) or false (else).
    fn draft(&self, filter: &Filter, positive: bool) -> Result<Draft, OlapError> {
        let leaf = |name: &str, set: &dyn Fn(&Property<'_>) -> Result<CodeSet, OlapError>| {
            let property = self.property(name)?;
            let set = set(&property)?;
            Ok(self.codes(&property, &set))
        };
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                let parts = parts.iter().map(|part| self.draft(part, positive));
                let parts: Vec<Draft> = parts.collect::<Result<_, _>>()?;
                Ok(if matches!(filter, Filter::And(_)) == positive {
                    Self::simplify_and(parts)
                } else {
                    self.simplify_or(parts)
                })
            }
            Filter::Not(inner) => self.draft(inner, !positive),
            Filter::Compare {
                property,
                op,
                value,
            } => leaf(property, &|p| {
                compare(
                    p,
                    property,
                    if positive { *op } else { opposite(*op) },
                    value,
                )
            }),
            Filter::Between {
                property,
                low,
                high,
            } => leaf(property, &|p| {
                if positive {
                    let from = compare(p, property, Compare::GreaterOrEqual, low)?;
                    Ok(from.intersection(&compare(p, property, Compare::LessOrEqual, high)?))
                } else {
                    let below = compare(p, property, Compare::Less, low)?;
                    Ok(below.union(&compare(p, property, Compare::Greater, high)?))
                }
            }),
            Filter::In { property, values } => leaf(property, &|p| {
                at_most("members of an IN list", values.len(), limits::IN_LIST)?;
                for value in values {
                    typed(p, property, value)?;
                }
                Ok(in_set(p, values, positive))
            }),
            Filter::Like {
                property,
                pattern,
                fold_case,
            } => leaf(property, &|p| {
                like(p, property, pattern, *fold_case, positive)
            }),
            Filter::IsNull { property } if property == PLACE => Ok(Draft::Rows(if positive {
                RowSet::range(self.placed(), self.len())
            } else {
                RowSet::range(0, self.placed())
            })),
            Filter::IsNull { property } => leaf(property, &|p| {
                Ok(if positive {
                    CodeSet::run(0, 0)
                } else {
                    CodeSet::run(1, p.top)
                })
            }),
            Filter::Folded {
                property,
                op,
                value,
            } => leaf(property, &|p| {
                let op = if positive { *op } else { opposite(*op) };
                folded(p, property, op, value)
            }),
            Filter::Within(area) => Ok(self.placed_rows(self.rows_in(area)?, positive)),
            Filter::Near {
                around,
                low_m,
                high_m,
            } => Ok(self.placed_rows(self.rows_near(around, *low_m, *high_m)?, positive)),
        }
    }

    /// The rows, or the other rows that have a place.
    fn placed_rows(&self, rows: RowSet, positive: bool) -> Draft {
        Draft::Rows(if positive {
            rows
        } else {
            rows.complement(self.placed())
        })
    }

    /// A set over a property's codes as a set over its column's.
    fn codes(&self, property: &Property<'_>, set: &CodeSet) -> Draft {
        let top = self.columns()[property.column].top;
        let set = property.derive.pull_back(set, top);
        if set.is_empty() {
            Draft::None
        } else if set.is_all(top) {
            Draft::All
        } else {
            Draft::Codes {
                column: property.column,
                set,
            }
        }
    }

    fn simplify_and(parts: Vec<Draft>) -> Draft {
        let mut out: Vec<Draft> = Vec::new();
        let mut waiting = parts;
        waiting.reverse();
        while let Some(part) = waiting.pop() {
            match part {
                Draft::All => {}
                Draft::None => return Draft::None,
                Draft::And(parts) => waiting.extend(parts.into_iter().rev()),
                Draft::Rows(rows) if rows.is_empty() => return Draft::None,
                Draft::Codes { column, set } => {
                    let same = out.iter_mut().find_map(|draft| match draft {
                        Draft::Codes { column: c, set } if *c == column => Some(set),
                        _ => None,
                    });
                    match same {
                        Some(other) => {
                            *other = other.intersection(&set);
                            if other.is_empty() {
                                return Draft::None;
                            }
                        }
                        None => out.push(Draft::Codes { column, set }),
                    }
                }
                part => out.push(part),
            }
        }
        match out.len() {
            0 => Draft::All,
            1 => out.remove(0),
            _ => Draft::And(out),
        }
    }

    fn simplify_or(&self, parts: Vec<Draft>) -> Draft {
        let mut out: Vec<Draft> = Vec::new();
        let mut waiting = parts;
        waiting.reverse();
        while let Some(part) = waiting.pop() {
            match part {
                Draft::None => {}
                Draft::All => return Draft::All,
                Draft::Or(parts) => waiting.extend(parts.into_iter().rev()),
                Draft::Codes { column, set } => {
                    let same = out.iter_mut().find_map(|draft| match draft {
                        Draft::Codes { column: c, set } if *c == column => Some(set),
                        _ => None,
                    });
                    match same {
                        Some(other) => {
                            *other = other.union(&set);
                            if other.is_all(self.columns()[column].top) {
                                return Draft::All;
                            }
                        }
                        None => out.push(Draft::Codes { column, set }),
                    }
                }
                part => out.push(part),
            }
        }
        match out.len() {
            0 => Draft::None,
            1 => out.remove(0),
            _ => Draft::Or(out),
        }
    }

    fn ready(&self, draft: Draft) -> Node {
        match draft {
            Draft::All => Node::All,
            Draft::None => Node::None,
            Draft::Codes { column, set } => Node::Codes {
                column,
                test: Test::new(set, self.columns()[column].top),
            },
            Draft::Rows(rows) => Node::Rows(rows),
            Draft::And(parts) => Node::And(parts.into_iter().map(|p| self.ready(p)).collect()),
            Draft::Or(parts) => Node::Or(parts.into_iter().map(|p| self.ready(p)).collect()),
        }
    }
}

pub(crate) fn at_most(what: &'static str, given: usize, limit: usize) -> Result<(), OlapError> {
    if given <= limit {
        Ok(())
    } else {
        Err(OlapError::TooMany { what, given, limit })
    }
}

pub(crate) fn kind_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text | ColumnType::H3 => "text",
        ColumnType::Int | ColumnType::Leaf(_) => "whole numbers",
        ColumnType::Date => "dates",
    }
}

/// Refuses a value of another type than the property's; null goes with every type.
fn typed(property: &Property<'_>, name: &str, value: &Value) -> Result<(), OlapError> {
    let fits = matches!(
        (property.kind, value),
        (_, Value::Null)
            | (ColumnType::Text | ColumnType::H3, Value::Text(_))
            | (ColumnType::Int | ColumnType::Leaf(_), Value::Int(_))
            | (ColumnType::Date, Value::Date(_))
    );
    if fits {
        Ok(())
    } else {
        Err(OlapError::ValueType {
            property: name.to_owned(),
            expected: kind_name(property.kind),
            given: value.to_string(),
        })
    }
}

fn opposite(op: Compare) -> Compare {
    match op {
        Compare::Equal => Compare::NotEqual,
        Compare::NotEqual => Compare::Equal,
        Compare::Less => Compare::GreaterOrEqual,
        Compare::LessOrEqual => Compare::Greater,
        Compare::Greater => Compare::LessOrEqual,
        Compare::GreaterOrEqual => Compare::Less,
    }
}

fn compare(
    property: &Property<'_>,
    name: &str,
    op: Compare,
    value: &Value,
) -> Result<CodeSet, OlapError> {
    typed(property, name, value)?;
    let Some((before, through)) = property.meaning.rank(property.top, value) else {
        return Ok(CodeSet::default());
    };
    let top = property.top;
    let run = CodeSet::run;
    Ok(match op {
        Compare::Equal => run(before + 1, through),
        Compare::NotEqual => run(before + 1, through).complement(1, top),
        Compare::Less => run(1, before),
        Compare::LessOrEqual => run(1, through),
        Compare::Greater => through
            .checked_add(1)
            .map_or_else(CodeSet::default, |c| run(c, top)),
        Compare::GreaterOrEqual => before
            .checked_add(1)
            .map_or_else(CodeSet::default, |c| run(c, top)),
    })
}

/// The codes for which membership is true, or false. A null in the list makes it unknown for all others; no
/// value at all, not even null, is in an empty list.
fn in_set(property: &Property<'_>, values: &[Value], positive: bool) -> CodeSet {
    if values.is_empty() {
        return if positive {
            CodeSet::default()
        } else {
            CodeSet::run(0, property.top)
        };
    }
    let mut runs: Vec<(u64, u64)> = values
        .iter()
        .filter_map(|value| property.meaning.rank(property.top, value))
        .filter(|(before, through)| before < through)
        .map(|(before, through)| (before + 1, through))
        .collect();
    runs.sort_unstable();
    let set = CodeSet::from_runs(runs);
    if positive {
        set
    } else if values.iter().any(Value::is_null) {
        CodeSet::default()
    } else {
        set.complement(1, property.top)
    }
}
