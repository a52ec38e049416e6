//! A pivot in SQL: cells, rows, columns and the whole are four questions of their own, so that no total is ever
//! made from cells. Who is among the top, and in which order the rows come, is SQL's order too.

use super::defined::{Grouping, Kept};
use super::{Bound, Sql, at_most};
use crate::error::CUBE_QUERY;
use crate::{Doing, ReadView, Result, Store, StoreError};
use futures::TryStreamExt;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::pivot::{Figures, Line};
use geocrm_domain::{
    CubeQuery, Header, PersonsTold, Pivot, PivotQuery, Value, VisibleScope, limits,
};
use sqlx::Row;
use std::collections::HashMap;

impl Store {
    /// A table of rows × columns by SQL, at one instant.
    pub async fn pivot_cube(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &PivotQuery,
    ) -> Result<Pivot> {
        self.read_view().await?.pivot_cube(scope, cube, asked).await
    }
}

impl ReadView {
    /// A table of rows × columns by SQL at the instant of this view.
    pub async fn pivot_cube(
        &mut self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &PivotQuery,
    ) -> Result<Pivot> {
        asked.check_tops()?;
        let down = asked.query.dimensions.len();
        let question = CubeQuery {
            order: asked.query.order.clone(),
            ..asked.cells()
        };
        let bound = Bound::new(scope, cube, &question)?;
        let dimensions = question.dimensions.len();
        let mut kept = Vec::new();
        for top in &asked.top {
            kept.push(self.top(&bound, top).await?);
        }
        let grouping = |by: std::ops::Range<usize>| Grouping {
            by: by.collect(),
            kept: &kept,
        };
        let mut rows = self.lines(&bound, &grouping(0..down)).await?;
        if asked.within {
            let mut ranks: HashMap<Vec<Header>, usize> = HashMap::new();
            for depth in 1..=down {
                let level = self.lines(&bound, &grouping(0..depth)).await?;
                ranks.extend(
                    level
                        .into_iter()
                        .enumerate()
                        .map(|(i, line)| (line.keys, i)),
                );
            }
            let rank = |keys: &[Header]| -> Vec<Option<usize>> {
                let prefixes = (1..=keys.len()).map(|depth| &keys[..depth]);
                prefixes.map(|prefix| ranks.get(prefix).copied()).collect()
            };
            rows.sort_by_key(|line| rank(&line.keys));
        }
        let groups = rows.len();
        rows.truncate(asked.query.limit.unwrap_or(usize::MAX));
        let across = CubeQuery {
            order: Vec::new(),
            ..question.clone()
        };
        let bound_across = Bound::new(scope, cube, &across)?;
        let columns = self
            .lines(&bound_across, &grouping(down..dimensions))
            .await?;
        at_most("columns of a pivot", columns.len(), limits::PIVOT_COLUMNS)?;
        let size = rows.len().saturating_mul(columns.len());
        at_most("cells of a pivot", size, limits::PIVOT_CELLS)?;
        let cells = self.lines(&bound_across, &grouping(0..dimensions)).await?;
        let cells: HashMap<Vec<Header>, Figures> = cells
            .into_iter()
            .map(|line| (line.keys, line.total))
            .collect();
        let cell = |row: &Line, column: &Line| {
            cells
                .get(&[row.keys.as_slice(), &column.keys].concat())
                .cloned()
        };
        let of_row = |row: &Line| columns.iter().map(|column| cell(row, column)).collect();
        let whole = self.lines(&bound_across, &grouping(0..0)).await?;
        let mut totals = bound.totals()?;
        let totals = totals
            .build()
            .fetch_one(&mut *self.tx)
            .await
            .doing(CUBE_QUERY)?;
        let count = |name| -> Result<u64> {
            let count: i64 = totals.try_get(name).doing(CUBE_QUERY)?;
            Ok(count as u64)
        };
        Ok(Pivot {
            cells: rows.iter().map(of_row).collect(),
            rows,
            columns,
            total: whole.into_iter().flat_map(|line| line.total).collect(),
            matched: count("matched")?,
            without_place: count("without_place")?,
            groups,
            persons: PersonsTold::Exact,
        })
    }

    /// The members that a top keeps.
    async fn top(&mut self, bound: &Bound<'_>, top: &geocrm_domain::Top) -> Result<Kept> {
        let unknown = |name: &str, known: &[String]| StoreError::UnknownOrder {
            name: name.to_owned(),
            known: known.to_vec(),
        };
        let query = bound.query;
        let at = |names: &[String], name: &str| {
            let at = names.iter().position(|n| n == name);
            at.ok_or_else(|| unknown(name, names))
        };
        let dimension = at(&query.dimensions, &top.dimension)?;
        let measure = at(&query.measures, &top.by)?;
        let grouping = Grouping {
            by: vec![dimension],
            kept: &[],
        };
        let terms = [(super::figure::order_sql(measure), true)];
        let sql = bound.grouped_with_defined(&grouping, &terms)?;
        let lines = self.fetch(bound, &grouping, sql).await?;
        let members = lines
            .into_iter()
            .take(top.count)
            .map(|mut line| match line.keys.pop() {
                Some(Header::Member(member)) => member,
                _ => Value::Null,
            });
        Ok(Kept {
            dimension,
            members: members.collect(),
        })
    }

    /// The groups in the order of the question, the others of a top last.
    async fn lines(&mut self, bound: &Bound<'_>, grouping: &Grouping<'_>) -> Result<Vec<Line>> {
        let others = grouping.by.iter().map(|i| (format!("o{i}"), false));
        let terms: Vec<_> = others.chain(bound.order_terms(grouping)).collect();
        let sql = bound.grouped_with_defined(grouping, &terms)?;
        self.fetch(bound, grouping, sql).await
    }

    async fn fetch(
        &mut self,
        bound: &Bound<'_>,
        grouping: &Grouping<'_>,
        mut sql: Sql,
    ) -> Result<Vec<Line>> {
        let mut found = sql.build().fetch(&mut *self.tx);
        let mut lines = Vec::new();
        while let Some(row) = found.try_next().await.doing(CUBE_QUERY)? {
            let mut keys = Vec::with_capacity(grouping.by.len());
            for i in &grouping.by {
                let other: bool = row.try_get(format!("o{i}").as_str()).doing(CUBE_QUERY)?;
                let member = bound.member(&row, *i, &format!("d{i}")).doing(CUBE_QUERY)?;
                keys.push(if other {
                    Header::Other
                } else {
                    Header::Member(member)
                });
            }
            let total = bound.read_defined(&row, grouping).doing(CUBE_QUERY)?;
            lines.push(Line { keys, total });
        }
        Ok(lines)
    }
}
