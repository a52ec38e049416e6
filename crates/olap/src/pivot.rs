//! From a partial answer to a table of rows × columns. Cells, row totals, column totals and the whole are four roll-ups
//! of the same mergeable figures; the small members of a top are renamed to one group before that.

use crate::bind::at_most;
use crate::cube::CubeData;
use crate::dwellings::Dwellings;
use crate::error::OlapError;
use crate::figure::Figure;
use crate::finish::{Finish, Members, compare_numbers};
use crate::partial::Partial;
use crate::question::OrderKey;
use crate::table::Table;
use geocrm_domain::pivot::{Figures, Line};
use geocrm_domain::{Header, Number, OrderBy, Pivot, PivotQuery, Top, Value, VisibleScope, limits};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The groups under the names they have in the table.
struct Headers {
    groups: Table<Header, Value>,
    dwellings: Option<Dwellings<Header, Value>>,
}

impl CubeData {
    /// A table of rows × columns.
    pub fn pivot(&self, scope: &VisibleScope, asked: &PivotQuery) -> Result<Pivot, OlapError> {
        self.partial(scope, &asked.cells())?.pivot(asked)
    }
}

impl Partial {
    /// Arranges the answer to [`PivotQuery::cells`] as the pivot asks.
    pub fn pivot(&self, asked: &PivotQuery) -> Result<Pivot, OlapError> {
        asked.check_tops().map_err(OlapError::Expression)?;
        let down = asked.query.dimensions.len();
        let dimensions = self.question.dimensions.len();
        if asked.cells().dimensions != self.question.dimensions {
            return Err(OlapError::OtherQuestion);
        }
        let order = self.row_order(&asked.query.order, down)?;
        let table = self.named(&asked.top)?;
        let all: Vec<usize> = (0..dimensions).collect();
        let mut whole = self.rolled_figures(&table, &[])?;
        let mut rows = self.rolled_figures(&table, &all[..down])?;
        let mut columns = self.rolled_figures(&table, &all[down..])?;
        columns.sort_by(|a, b| compare_lines(a, b, &[]));
        let cells = self.figures(&table.groups, table.dwellings.clone(), &all)?;
        at_most("columns of a pivot", columns.len(), limits::PIVOT_COLUMNS)?;
        let groups = rows.len();
        if asked.within {
            self.order_within(&table, &mut rows, &order, &all[..down])?;
        } else {
            rows.sort_by(|a, b| compare_lines(a, b, &order));
        }
        rows.truncate(asked.query.limit.unwrap_or(usize::MAX));
        let size = rows.len().saturating_mul(columns.len());
        at_most("cells of a pivot", size, limits::PIVOT_CELLS)?;
        let cell = |row: &Line, column: &Line| {
            let keys = [row.keys.as_slice(), &column.keys].concat();
            let found = cells.binary_search_by(|line| line.keys.cmp(&keys)).ok()?;
            Some(cells[found].total.clone())
        };
        let of_row = |row: &Line| columns.iter().map(|column| cell(row, column)).collect();
        Ok(Pivot {
            cells: rows.iter().map(of_row).collect(),
            rows,
            columns,
            total: whole.remove(0).total,
            matched: self.matched,
            without_place: self.without_place,
            groups,
            persons: self.persons.clone(),
        })
    }

    /// The groups with the small members of every top put together.
    fn named(&self, tops: &[Top]) -> Result<Headers, OlapError> {
        let kept = tops.iter().map(|top| self.top(top));
        let kept: Vec<(usize, BTreeSet<Value>)> = kept.collect::<Result<_, _>>()?;
        let header = |dimension: usize, member: &Value| {
            let other = kept
                .iter()
                .any(|(of, members)| *of == dimension && !members.contains(member));
            if other {
                Header::Other
            } else {
                Header::Member(member.clone())
            }
        };
        let table = &self.table;
        let groups = table.renamed(self.question.dimensions.len(), |group| {
            let keys = table.keys(group).iter().enumerate();
            keys.map(|(dimension, member)| header(dimension, member))
                .collect()
        });
        let dwellings = self.dwellings.as_ref().map(|d| d.renamed(header));
        Ok(Headers { groups, dwellings })
    }

    /// The dimension of a top and the members it keeps.
    fn top(&self, top: &Top) -> Result<(usize, BTreeSet<Value>), OlapError> {
        let find = |names: &[String], name: &str| {
            let at = names.iter().position(|n| n == name);
            at.ok_or_else(|| OlapError::UnknownOrder {
                name: name.to_owned(),
                known: names.join(", "),
            })
        };
        let dimension = find(&self.question.dimensions, &top.dimension)?;
        let measure = find(&self.question.measures, &top.by)?;
        let kept = [dimension];
        let table = self.table.rolled(&kept);
        let figures = self.rolled(&table, &kept).column(measure)?;
        let mut members: Vec<usize> = (0..table.len()).collect();
        // The sort is stable and the members come upwards.
        members.sort_by(|a, b| compare_numbers(figures[*b], figures[*a]));
        members.truncate(top.count);
        let kept = members.iter().map(|group| table.keys(*group)[0].clone());
        Ok((dimension, kept.collect()))
    }

    /// Keys and figures of the groups by some of the dimensions; by none there is always one.
    fn rolled_figures(&self, table: &Headers, kept: &[usize]) -> Result<Vec<Line>, OlapError> {
        let mut groups = table.groups.rolled(kept);
        if kept.is_empty() && groups.len() == 0 {
            groups.push([], self.question.needs.iter().map(Figure::of_nothing));
        }
        let dwellings = table.dwellings.as_ref().map(|d| d.rolled(kept));
        self.figures(&groups, dwellings, kept)
    }

    /// Keys and figures of every group of a table over some of the dimensions.
    fn figures(
        &self,
        table: &Table<Header, Value>,
        dwellings: Option<Dwellings<Header, Value>>,
        kept: &[usize],
    ) -> Result<Vec<Line>, OlapError> {
        let finish = Finish {
            question: &self.question,
            table,
            members: &Named,
            regions: &self.regions,
            dwellings,
            kept,
        };
        let measures = 0..self.question.measures.len();
        let columns: Vec<Vec<Option<Number>>> = measures
            .map(|measure| finish.column(measure))
            .collect::<Result<_, _>>()?;
        let line = |group: usize| Line {
            keys: table.keys(group).to_vec(),
            total: columns.iter().map(|column| column[group]).collect(),
        };
        Ok((0..table.len()).map(line).collect())
    }

    fn row_order(
        &self,
        order: &[OrderBy],
        down: usize,
    ) -> Result<Vec<(OrderKey, bool)>, OlapError> {
        let rows = &self.question.dimensions[..down];
        let find = |by: &OrderBy| {
            let at = |names: &[String]| names.iter().position(|name| *name == by.name);
            let key = at(rows).map(OrderKey::Dimension);
            let key = key.or_else(|| at(&self.question.measures).map(OrderKey::Measure));
            let key = key.ok_or_else(|| OlapError::UnknownOrder {
                name: by.name.clone(),
                known: [rows, &self.question.measures].concat().join(", "),
            })?;
            Ok((key, by.descending))
        };
        order.iter().map(find).collect()
    }

    /// Puts the members of each level in the order of their own figures, those of the next within them.
    fn order_within(
        &self,
        table: &Headers,
        rows: &mut [Line],
        order: &[(OrderKey, bool)],
        down: &[usize],
    ) -> Result<(), OlapError> {
        let mut levels = Vec::with_capacity(down.len());
        for depth in 1..=down.len() {
            levels.push(self.rolled_figures(table, &down[..depth])?);
        }
        let none = Line {
            keys: Vec::new(),
            total: Vec::new(),
        };
        let at = |keys: &[Header], depth: usize| {
            let level = &levels[depth];
            let found = level.binary_search_by(|line| line.keys.as_slice().cmp(&keys[..=depth]));
            found.map_or(&none, |found| &level[found])
        };
        rows.sort_by(|a, b| {
            let depth = a.keys.iter().zip(&b.keys).position(|(a, b)| a != b);
            depth.map_or(Ordering::Equal, |depth| {
                compare_lines(at(&a.keys, depth), at(&b.keys, depth), order)
            })
        });
        Ok(())
    }
}

/// The group of all others comes last, whatever it is ordered by.
fn compare_lines(a: &Line, b: &Line, order: &[(OrderKey, bool)]) -> Ordering {
    let others = |line: &Line| {
        line.keys
            .iter()
            .map(|k| *k == Header::Other)
            .collect::<Vec<_>>()
    };
    let last = others(a).cmp(&others(b));
    if last.is_ne() {
        return last;
    }
    for (key, descending) in order {
        let by = match key {
            OrderKey::Dimension(d) => a.keys.get(*d).cmp(&b.keys.get(*d)),
            OrderKey::Measure(m) => compare_numbers(figure(&a.total, *m), figure(&b.total, *m)),
        };
        let by = if *descending { by.reverse() } else { by };
        if by.is_ne() {
            return by;
        }
    }
    a.keys.cmp(&b.keys)
}

fn figure(figures: &Figures, measure: usize) -> Option<Number> {
    figures.get(measure).copied().flatten()
}

/// Keys of a pivot. Others have no time and no region of their own.
struct Named;

impl Members for Named {
    type Member = Header;
    type Listed = Value;

    fn value(&self, _: usize, member: &Header) -> Value {
        match member {
            Header::Member(value) => value.clone(),
            Header::Other => Value::Null,
        }
    }

    fn is_null(&self, _: usize, member: &Header) -> bool {
        matches!(member, Header::Member(Value::Null))
    }

    fn member(&self, _: usize, value: Value) -> Option<Header> {
        Some(Header::Member(value))
    }
}
