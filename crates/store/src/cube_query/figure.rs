//! What is one defined figure in SQL? A numerator and a denominator over the columns of the grouped rows: `b` is
//! the group itself, `p` and `y` are the groups of the period and the year before.

use super::Bound;
use super::defined::Grouping;
use super::measure::aggregate_sql;
use geocrm_domain::catalogue::{ADDRESSES, Aggregate};
use geocrm_domain::expression::region_dimension;
use geocrm_domain::region::whole_m2;
use geocrm_domain::{Expression, Number, Step};
use std::num::TryFromIntError;

/// How a figure is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    /// A mean: sum and count stay as they are.
    Mean,
    Fraction,
}

impl Kind {
    /// Refuses a sum that is too large, as the engine does.
    pub(super) fn number(self, over: i128, under: i128) -> Result<Option<Number>, TryFromIntError> {
        Ok(match self {
            Self::Whole => Some(Number::Int(i64::try_from(over)?)),
            Self::Mean => Some(Number::Ratio {
                sum: i64::try_from(over)?,
                count: i64::try_from(under)?,
            }),
            Self::Fraction => Number::fraction(over, under),
        })
    }
}

pub(super) struct Figure {
    pub(super) over: String,
    pub(super) under: String,
    pub(super) kind: Kind,
}

impl Figure {
    fn whole(over: String) -> Self {
        Self {
            over,
            under: "1::numeric".to_owned(),
            kind: Kind::Whole,
        }
    }

    fn fraction(over: String, under: String) -> Self {
        Self {
            over,
            under,
            kind: Kind::Fraction,
        }
    }

    fn none() -> Self {
        Self::fraction("NULL::numeric".to_owned(), "1::numeric".to_owned())
    }

    /// Numerator of this less the other over the product of both denominators.
    fn less(&self, other: &Self) -> String {
        format!(
            "({} * {} - {} * {})",
            self.over, other.under, other.over, self.under
        )
    }
}

/// Aggregates of the groups, each once, as columns `a0`, `a1`, …
#[derive(Default)]
pub(super) struct Aggregates(pub(super) Vec<String>);

impl Aggregates {
    fn column(&mut self, sql: String, of: &str) -> String {
        let known = self.0.iter().position(|a| *a == sql);
        let at = known.unwrap_or_else(|| {
            self.0.push(sql);
            self.0.len() - 1
        });
        format!("{of}.a{at}")
    }
}

/// An order by a measure, exact to sixty decimals, which no two different figures share.
pub(super) fn order_sql(measure: usize) -> String {
    format!("div(m{measure}o * 1e60, m{measure}u)")
}

const fn alias(step: Step) -> &'static str {
    match step {
        Step::Period => "p",
        Step::Year => "y",
    }
}

impl Bound<'_> {
    pub(super) fn figure(
        &self,
        expression: &Expression,
        of: &str,
        grouping: &Grouping<'_>,
        aggregates: &mut Aggregates,
    ) -> Figure {
        let by_time = self.time_of(grouping);
        match expression {
            // `check_figures` has refused what is not known.
            Expression::Measure(name) => self.cube.measure(name).map_or_else(Figure::none, |m| {
                aggregate(m.aggregate, m.column, of, aggregates)
            }),
            Expression::Column {
                aggregate: which,
                column,
            } => aggregate(*which, self.column_name(column), of, aggregates),
            Expression::Distinct { dimension } => {
                let name = self.cube.dimension(dimension).map_or("", |d| d.name);
                Figure::whole(aggregates.column(format!("count(DISTINCT \"{name}\")"), of))
            }
            Expression::Quantile { column, permille } => {
                let sql = quantile_sql(self.column_name(column), *permille);
                Figure::whole(aggregates.column(sql, of))
            }
            Expression::Share { of: part, within } => {
                if (0..*within).any(|i| !grouping.by.contains(&i)) {
                    return Figure::none();
                }
                let part = self.figure(part, of, grouping, aggregates).over;
                let by: Vec<String> = (0..*within)
                    .map(|i| format!("{of}.d{i}, {of}.o{i}"))
                    .collect();
                let by = if by.is_empty() {
                    String::new()
                } else {
                    format!("PARTITION BY {}", by.join(", "))
                };
                Figure::fraction(part.clone(), format!("sum({part}) OVER ({by})"))
            }
            Expression::Ratio { of: part, per } => {
                let part = self.figure(part, of, grouping, aggregates).over;
                Figure::fraction(part, self.figure(per, of, grouping, aggregates).over)
            }
            Expression::PerKm2 { of: part } => {
                let part = self.figure(part, of, grouping, aggregates).over;
                Figure::fraction(format!("{part} * 1000000"), self.area_sql(of, grouping))
            }
            Expression::PerDwelling { of: part } if self.cube.name != ADDRESSES.name => {
                let part = self.figure(part, of, grouping, aggregates).over;
                Figure::fraction(part, self.dwellings_sql(of, grouping))
            }
            Expression::PerDwelling { of: part } => {
                let part = self.figure(part, of, grouping, aggregates).over;
                let dwellings = aggregate_sql(Aggregate::Sum, "dwellings");
                Figure::fraction(part, aggregates.column(dwellings, of))
            }
            Expression::Earlier { .. }
            | Expression::Change { .. }
            | Expression::Growth { .. }
            | Expression::Cumulative { .. }
                if by_time.is_none() =>
            {
                Figure::none()
            }
            Expression::Earlier { of: now, step } => {
                self.figure(now, alias(*step), grouping, aggregates)
            }
            Expression::Change { of: now, step } => {
                let before = self.figure(now, alias(*step), grouping, aggregates);
                let now = self.figure(now, of, grouping, aggregates);
                Figure {
                    over: now.less(&before),
                    under: format!("{} * {}", now.under, before.under),
                    kind: match now.kind {
                        Kind::Whole => Kind::Whole,
                        Kind::Mean | Kind::Fraction => Kind::Fraction,
                    },
                }
            }
            Expression::Growth { of: now, step } => {
                let before = self.figure(now, alias(*step), grouping, aggregates);
                let now = self.figure(now, of, grouping, aggregates);
                // From a figure over nothing there is no growth.
                let under = format!(
                    "CASE WHEN {} <> 0 THEN {} * {} END",
                    before.under, now.under, before.over
                );
                Figure::fraction(now.less(&before), under)
            }
            Expression::Cumulative { of: part } => {
                let part = self.figure(part, of, grouping, aggregates).over;
                let time = by_time.map_or(0, |(time, _)| time);
                let others = grouping.by.iter().filter(|i| **i != time);
                let by: Vec<String> = others.map(|i| format!(", {of}.d{i}, {of}.o{i}")).collect();
                let by = by.concat();
                Figure::whole(format!(
                    "CASE WHEN {of}.d{time} IS NOT NULL THEN sum({part}) OVER (PARTITION BY {of}.d{time} IS NULL{by} \
                     ORDER BY {of}.d{time}) END"
                ))
            }
        }
    }

    /// The catalogue's own name of a column.
    fn column_name(&self, name: &str) -> &'static str {
        self.cube.column(name).map_or("", |column| column.name)
    }

    /// Square metres that a density is about.
    fn area_sql(&self, of: &str, grouping: &Grouping<'_>) -> String {
        let none = "NULL::numeric".to_owned();
        let Some(i) = region_dimension(self.cube, self.query) else {
            let area = self.query.geometry.as_ref();
            return area.map_or(none, |area| {
                format!("{}::numeric", whole_m2(area.covered_m2()))
            });
        };
        match self.cube.region_level(self.dimensions[i].0.name) {
            Some(level) if grouping.by.contains(&i) => format!(
                "(SELECT greatest(floor(r.area_m2 + 0.5), 1)::numeric FROM regions r \
                 WHERE r.level = '{}' AND r.code = {of}.d{i})",
                level.code()
            ),
            _ => none,
        }
    }
}

fn aggregate(which: Aggregate, column: &str, of: &str, aggregates: &mut Aggregates) -> Figure {
    let over = aggregates.column(aggregate_sql(which, column), of);
    match which {
        Aggregate::Mean => Figure {
            over,
            under: aggregates.column(format!("count(\"{column}\")"), of),
            kind: Kind::Mean,
        },
        _ => Figure::whole(over),
    }
}

/// Not `percentile_disc` itself, whose fraction is a float: 0.07 of a hundred values is the eighth there.
fn quantile_sql(column: &str, permille: u16) -> String {
    format!(
        "(array_agg(\"{column}\"::bigint ORDER BY \"{column}\") FILTER (WHERE \"{column}\" IS NOT NULL))\
         [greatest(1, (count(\"{column}\") * {permille} + 999) / 1000)]"
    )
}
