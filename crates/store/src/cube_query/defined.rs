//! How are figures that a question defines said in SQL? The groups come first, with their aggregates as whole
//! numbers; shares and running sums are windows over them, earlier periods are the groups joined with themselves.
//! Every figure is a numerator and a denominator, so that nothing is rounded before the two are read.

use super::condition::push_within;
use super::figure::{Aggregates, Figure, order_sql};
use super::{Bound, Sql, property_expression};
use crate::Result;
use geocrm_domain::catalogue::ColumnType;
use geocrm_domain::expression::time_dimension;
use geocrm_domain::time::Grain;
use geocrm_domain::{Expression, Number, Step, Value};
use sqlx::Row;
use sqlx::postgres::PgRow;

fn decoding(fault: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(fault))
}

/// The members of a dimension that keep their name; all others become one group.
pub(super) struct Kept {
    pub(super) dimension: usize,
    pub(super) members: Vec<Value>,
}

/// Which dimensions of the question the groups are by, and which of their members are put together.
pub(super) struct Grouping<'a> {
    pub(super) by: Vec<usize>,
    pub(super) kept: &'a [Kept],
}

impl Grouping<'_> {
    /// Key columns of one alias: of each dimension the member, and whether it stands for the others.
    pub(super) fn keys(&self, of: &str) -> Vec<String> {
        self.by
            .iter()
            .flat_map(|i| [format!("{of}.d{i}"), format!("{of}.o{i}")])
            .collect()
    }
}

impl Bound<'_> {
    /// The groups with every measure as `t<i>o` over `t<i>u`, in the order that `terms` say and then by their keys.
    pub(super) fn grouped_with_defined(
        &self,
        grouping: &Grouping<'_>,
        terms: &[(String, bool)],
    ) -> Result<Sql> {
        let mut aggregates = Aggregates::default();
        let figures = self.figures(grouping, &mut aggregates);
        let mut sql = Sql::new("WITH base AS MATERIALIZED (SELECT count(*) AS one");
        for i in &grouping.by {
            self.push_key(&mut sql, *i, grouping.kept);
        }
        for (i, aggregate) in aggregates.0.iter().enumerate() {
            sql.push(format!(", ({aggregate})::numeric AS a{i}"));
        }
        self.push_from(&mut sql)?;
        if let Some(area) = &self.query.geometry {
            sql.push(" AND ");
            push_within(&mut sql, area)?;
        }
        for at in 0..2 * grouping.by.len() {
            sql.push(if at == 0 { " GROUP BY " } else { ", " })
                .push(at + 2);
        }
        sql.push(")");
        self.push_dwellings(&mut sql, grouping)?;
        sql.push(" SELECT one");
        for i in &grouping.by {
            sql.push(format!(", d{i}, o{i}"));
        }
        for i in 0..figures.len() {
            sql.push(format!(", m{i}o::text AS t{i}o, m{i}u::text AS t{i}u"));
        }
        sql.push(" FROM (SELECT b.one");
        for key in grouping.keys("b") {
            sql.push(", ").push(key);
        }
        for (i, Figure { over, under, .. }) in figures.iter().enumerate() {
            // A denominator of zero makes no figure.
            sql.push(format!(
                ", ({over}) AS m{i}o, nullif(({under}), 0) AS m{i}u"
            ));
        }
        sql.push(" FROM base b");
        for (alias, step) in [("p", Step::Period), ("y", Step::Year)] {
            self.push_earlier(&mut sql, grouping, alias, step);
        }
        sql.push(") figures");
        let keys = grouping.by.iter().map(|i| (format!("d{i}"), false));
        let terms: Vec<(String, bool)> = terms.iter().cloned().chain(keys).collect();
        for (i, (term, descending)) in terms.iter().enumerate() {
            sql.push(if i == 0 { " ORDER BY " } else { ", " })
                .push(term);
            sql.push(if *descending {
                " DESC NULLS LAST"
            } else {
                " ASC NULLS FIRST"
            });
        }
        Ok(sql)
    }

    /// All dimensions, no member put with others.
    pub(super) fn all_groups(&self) -> Grouping<'static> {
        Grouping {
            by: (0..self.dimensions.len()).collect(),
            kept: &[],
        }
    }

    /// What the query orders by.
    pub(super) fn order_terms(&self, grouping: &Grouping<'_>) -> Vec<(String, bool)> {
        let term = |order: &geocrm_domain::OrderBy| {
            let dimension = self
                .dimensions
                .iter()
                .position(|(d, _)| d.name == order.name);
            let measure = self.query.measures.iter().position(|m| *m == order.name);
            let term = match dimension {
                Some(i) => grouping.by.contains(&i).then(|| format!("d{i}")),
                None => measure.map(order_sql),
            };
            Some((term?, order.descending))
        };
        self.query.order.iter().filter_map(term).collect()
    }

    fn figures(&self, grouping: &Grouping<'_>, aggregates: &mut Aggregates) -> Vec<Figure> {
        let names = self.query.measures.iter();
        let expressions: Vec<Expression> = names.map(|n| self.query.expression(n)).collect();
        expressions
            .iter()
            .map(|expression| self.figure(expression, "b", grouping, aggregates))
            .collect()
    }

    /// `d<i>`, null for the others, and `o<i>`, whether it stands for them.
    pub(super) fn push_key(&self, sql: &mut Sql, i: usize, kept: &[Kept]) {
        let (dimension, kind) = self.dimensions[i];
        let key = property_expression(dimension.name, kind);
        let Some(Kept { members, .. }) = kept.iter().find(|k| k.dimension == i) else {
            sql.push(format!(", {key} AS d{i}, false AS o{i}"));
            return;
        };
        let push_other = |sql: &mut Sql| {
            let null = !members.contains(&Value::Null);
            sql.push(format!(
                "(CASE WHEN {key} IS NULL THEN {null} ELSE NOT {key} = ANY("
            ));
            match kind {
                ColumnType::Int => {
                    let members = members.iter().filter_map(Value::as_int);
                    sql.push_bind(members.collect::<Vec<i64>>());
                }
                ColumnType::Date => {
                    let day = |member: &Value| match member {
                        Value::Date(day) => Some(*day),
                        _ => None,
                    };
                    let members = members.iter().filter_map(day);
                    sql.push_bind(members.collect::<Vec<chrono::NaiveDate>>());
                }
                _ => {
                    let members = members.iter().filter_map(Value::as_text);
                    sql.push_bind(members.map(str::to_owned).collect::<Vec<String>>());
                }
            }
            sql.push(") END)");
        };
        sql.push(", CASE WHEN NOT ");
        push_other(sql);
        sql.push(format!(" THEN {key} END AS d{i}, "));
        push_other(sql);
        sql.push(format!(" AS o{i}"));
    }

    /// Position and grain of the time that the groups are by.
    pub(super) fn time_of(&self, grouping: &Grouping<'_>) -> Option<(usize, Grain)> {
        let time = time_dimension(self.cube, self.query)?;
        let grain = self.cube.grain(self.dimensions[time].0.name)?;
        grouping.by.contains(&time).then_some((time, grain))
    }

    /// Joins each group with the one that differs only in its time.
    fn push_earlier(&self, sql: &mut Sql, grouping: &Grouping<'_>, alias: &str, step: Step) {
        let Some((time, grain)) = self.time_of(grouping) else {
            return;
        };
        let before = earlier_sql(grain, step, &format!("b.d{time}"));
        sql.push(format!(
            " LEFT JOIN base {alias} ON {alias}.d{time} = {before}"
        ));
        for i in grouping.by.iter().filter(|i| **i != time) {
            sql.push(format!(
                " AND {alias}.d{i} IS NOT DISTINCT FROM b.d{i} AND {alias}.o{i} = b.o{i}"
            ));
        }
    }

    /// Every figure of a row of [`Bound::grouped_with_defined`].
    pub(super) fn read_defined(
        &self,
        row: &PgRow,
        grouping: &Grouping<'_>,
    ) -> Result<Vec<Option<Number>>, sqlx::Error> {
        let figures = self.figures(grouping, &mut Aggregates::default());
        let part = |name: String| -> Result<Option<i128>, sqlx::Error> {
            let text: Option<String> = row.try_get(name.as_str())?;
            text.map(|number| number.parse().map_err(decoding))
                .transpose()
        };
        figures
            .iter()
            .enumerate()
            .map(|(i, figure)| {
                let pair = part(format!("t{i}o"))?.zip(part(format!("t{i}u"))?);
                match pair {
                    Some((over, under)) => figure.kind.number(over, under).map_err(decoding),
                    None => Ok(None),
                }
            })
            .collect()
    }
}

/// The member of the period before, from that of a group.
fn earlier_sql(grain: Grain, step: Step, of: &str) -> String {
    let quarter = format!("make_date(left({of}, 4)::int, right({of}, 1)::int * 3 - 2, 1)");
    match (grain, step) {
        (Grain::Day, Step::Period) => format!("{of} - 1"),
        (Grain::Day, Step::Year) => format!("({of} - interval '1 year')::date"),
        (Grain::Week, Step::Period) => {
            format!("to_char(to_date({of}, 'IYYY-\"W\"IW') - 7, 'IYYY-\"W\"IW')")
        }
        (Grain::Month, Step::Period) => {
            format!("to_char(to_date({of}, 'YYYY-MM') - interval '1 month', 'YYYY-MM')")
        }
        (Grain::Quarter, Step::Period) => {
            format!("to_char({quarter} - interval '3 months', 'YYYY-\"Q\"Q')")
        }
        (Grain::Week | Grain::Month | Grain::Quarter, Step::Year) => {
            format!("(left({of}, 4)::int - 1)::text || substr({of}, 5)")
        }
        (Grain::Year, _) => format!("({of}::int - 1)::text"),
    }
}
