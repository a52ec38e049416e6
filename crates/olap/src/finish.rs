//! From groups with mergeable figures to the answer: figures are computed, some of them from other groups (shares,
//! earlier periods, running sums), then the groups are put in order and cut. Exact throughout: what is
//! not whole stays a fraction.

use crate::dwellings::Dwellings;
use crate::error::OlapError;
use crate::figure::{Figure, quantile};
use crate::question::{Formula, OrderKey, Question};
use crate::table::Table;
use geocrm_domain::region::RegionTree;
use geocrm_domain::{Number, Step, Value};
use std::cmp::Ordering;

/// What the members in the keys of a table stand for.
pub(crate) trait Members {
    type Member: Ord + Clone;
    /// What lists of members hold.
    type Listed: Ord + Clone;
    fn value(&self, dimension: usize, member: &Self::Member) -> Value;
    fn is_null(&self, dimension: usize, member: &Self::Member) -> bool {
        self.value(dimension, member).is_null()
    }
    /// The member of a value, if there is one.
    fn member(&self, dimension: usize, value: Value) -> Option<Self::Member>;
}

/// A table with what is needed to compute its figures. Its keys are those of some of the question's dimensions.
pub(crate) struct Finish<'a, T: Members> {
    pub(crate) question: &'a Question,
    pub(crate) table: &'a Table<T::Member, T::Listed>,
    pub(crate) members: &'a T,
    pub(crate) regions: &'a RegionTree,
    /// By those of the kept dimensions that are about addresses.
    pub(crate) dwellings: Option<Dwellings<T::Member, T::Listed>>,
    /// Which dimension each key is of, rising.
    pub(crate) kept: &'a [usize],
}

type Column = Vec<Option<Number>>;

/// A figure does not fit its integers.
struct TooLarge;

impl<T: Members> Finish<'_, T> {
    /// The figures of a measure, one per group; `None` where there is no value or nothing to compare with.
    pub(crate) fn column(&self, measure: usize) -> Result<Column, OlapError> {
        if self.question.of_addresses.is_some() && self.dwellings.is_none() {
            let cube = self.question.cube.name;
            return Err(OlapError::NoDwellings { cube });
        }
        self.figures(&self.question.formulas[measure])
            .map_err(|TooLarge| OlapError::Overflow {
                measure: self.question.measures[measure].clone(),
            })
    }

    /// Numbers of the groups to show, in order: nulls first upwards and last downwards, ties by the keys upwards.
    pub(crate) fn ordered(
        &self,
        order: &[(OrderKey, bool)],
        columns: &[Column],
        limit: usize,
    ) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.table.len()).collect();
        let compare = |a: &usize, b: &usize| {
            for (key, descending) in order {
                let by = match key {
                    OrderKey::Dimension(dimension) => {
                        let key = self.kept.iter().position(|d| d == dimension);
                        key.map_or(Ordering::Equal, |key| {
                            self.table.keys(*a)[key].cmp(&self.table.keys(*b)[key])
                        })
                    }
                    OrderKey::Measure(measure) => {
                        compare_numbers(columns[*measure][*a], columns[*measure][*b])
                    }
                };
                let by = if *descending { by.reverse() } else { by };
                if by.is_ne() {
                    return by;
                }
            }
            a.cmp(b)
        };
        if !order.is_empty() {
            if limit > 0 && limit < shown.len() {
                shown.select_nth_unstable_by(limit - 1, compare);
                shown.truncate(limit);
            }
            shown.sort_unstable_by(compare);
        }
        shown.truncate(limit);
        shown
    }

    fn figures(&self, formula: &Formula) -> Result<Column, TooLarge> {
        match formula {
            Formula::Share(of, within) => Ok(self.shares(&self.figures(of)?, *within)),
            Formula::Ratio(of, per) => {
                let pairs = self.figures(of)?.into_iter().zip(self.figures(per)?);
                pairs.map(|(of, per)| both(of, per, divided)).collect()
            }
            Formula::PerKm2(of) => {
                let figures = self.figures(of)?.into_iter().enumerate();
                let per_km2 = |(group, figure)| both(figure, self.area_km2(group), divided);
                figures.map(per_km2).collect()
            }
            Formula::PerDwelling(of) => {
                let figures = self.figures(of)?.into_iter().enumerate();
                let per_dwelling = |(group, figure)| {
                    let dwellings = self.dwellings.as_ref();
                    let keys = self.table.keys(group);
                    let null = |dimension, member: &_| self.members.is_null(dimension, member);
                    let dwellings = dwellings.and_then(|d| d.of_group(self.kept, keys, null));
                    both(figure, dwellings.map(whole).transpose()?, divided)
                };
                figures.map(per_dwelling).collect()
            }
            Formula::Earlier(of, step) => Ok(self.earlier(*step, &self.figures(of)?)),
            Formula::Change(of, step) => {
                let now = self.figures(of)?;
                let before = self.earlier(*step, &now);
                let pairs = now.into_iter().zip(before);
                pairs.map(|(now, before)| both(now, before, less)).collect()
            }
            Formula::Growth(of, step) => {
                let now = self.figures(of)?;
                let before = self.earlier(*step, &now);
                let pairs = now.into_iter().zip(before);
                let growth = |(now, before)| both(both(now, before, less)?, before, divided);
                pairs.map(growth).collect()
            }
            Formula::Cumulative(of) => self.running(&self.figures(of)?),
            Formula::Count(need)
            | Formula::Sum(need)
            | Formula::Mean(need)
            | Formula::Single(need)
            | Formula::Extreme(need)
            | Formula::Distinct(need)
            | Formula::Quantile(need, _) => (0..self.table.len())
                .map(|group| local(formula, self.table.figure(group, *need)))
                .collect(),
        }
    }

    /// Parts of the sum over the groups that agree in the first `within` dimensions; none where one of these is
    /// rolled up. The groups lie in the order of their keys, so those that agree lie side by side.
    fn shares(&self, figures: &[Option<Number>], within: usize) -> Column {
        if (0..within).any(|dimension| self.kept.get(dimension) != Some(&dimension)) {
            return vec![None; figures.len()];
        }
        let groups: Vec<usize> = (0..figures.len()).collect();
        let mut out = Vec::with_capacity(figures.len());
        let prefix = |group: usize| &self.table.keys(group)[..within];
        for part in groups.chunk_by(|a, b| prefix(*a) == prefix(*b)) {
            let whole: i128 = part
                .iter()
                .filter_map(|group| figures[*group])
                .map(|n| n.parts().0)
                .sum();
            out.extend(part.iter().map(|group| {
                let (over, _) = figures[*group]?.parts();
                Number::fraction(over, whole)
            }));
        }
        out
    }

    /// Position of the time among the keys.
    fn time_key(&self) -> Option<(usize, geocrm_domain::time::Grain)> {
        let (dimension, grain) = self.question.time?;
        Some((self.kept.iter().position(|d| *d == dimension)?, grain))
    }

    fn earlier(&self, step: Step, figures: &[Option<Number>]) -> Column {
        let Some((key, grain)) = self.time_key() else {
            return vec![None; figures.len()];
        };
        let dimension = self.kept[key];
        let of = |group: usize| {
            let mut keys = self.table.keys(group).to_vec();
            let period = self.members.value(dimension, &keys[key]);
            keys[key] = self
                .members
                .member(dimension, grain.earlier(&period, step)?)?;
            figures[self.table.find(&keys)?]
        };
        (0..figures.len()).map(of).collect()
    }

    /// Sums up to each period over the groups that agree in all else; none for records without a time.
    fn running(&self, figures: &[Option<Number>]) -> Result<Column, TooLarge> {
        let mut out = vec![None; figures.len()];
        let Some((key, _)) = self.time_key() else {
            return Ok(out);
        };
        let others = |group: usize| {
            let keys = self.table.keys(group).iter().enumerate();
            keys.filter(move |(at, _)| *at != key)
                .map(|(_, member)| member)
        };
        let mut groups: Vec<usize> = (0..figures.len()).collect();
        let time = |group: usize| &self.table.keys(group)[key];
        groups.sort_by(|a, b| {
            others(*a)
                .cmp(others(*b))
                .then_with(|| time(*a).cmp(time(*b)))
        });
        for same in groups.chunk_by(|a, b| others(*a).eq(others(*b))) {
            let mut sum: Option<i128> = None;
            for group in same {
                if self.members.value(self.kept[key], time(*group)).is_null() {
                    continue;
                }
                if let Some(figure) = figures[*group] {
                    sum = Some(sum.unwrap_or(0) + figure.parts().0);
                }
                out[*group] = sum.map(whole).transpose()?;
            }
        }
        Ok(out)
    }

    /// Square kilometres that a density of a group is about.
    fn area_km2(&self, group: usize) -> Option<Number> {
        let m2 = match self.question.region {
            None => self.question.area_m2?,
            Some((dimension, level)) => {
                let key = self.kept.iter().position(|d| *d == dimension)?;
                let member = self.members.value(dimension, &self.table.keys(group)[key]);
                self.regions.area_m2(level, member.as_text()?)?
            }
        };
        Number::fraction(m2, 1_000_000)
    }
}

/// A figure of one group alone.
fn local<M>(formula: &Formula, figure: &Figure<M>) -> Result<Option<Number>, TooLarge> {
    Ok(match (figure, formula) {
        (Figure::Count(count), _) => Some(whole(i128::from(*count))?),
        (Figure::Sum { values: 0, .. }, _)
        | (Figure::Sum { values: 2.., .. }, Formula::Single(_)) => None,
        (Figure::Sum { sum, values }, Formula::Mean(_)) => Some(Number::Ratio {
            sum: i64::try_from(*sum).map_err(|_| TooLarge)?,
            count: i64::try_from(*values).map_err(|_| TooLarge)?,
        }),
        (Figure::Sum { sum, .. }, _) => Some(whole(*sum)?),
        (Figure::Least(extreme) | Figure::Greatest(extreme), _) => extreme.map(Number::Int),
        (Figure::Members(members), _) => Some(whole(members.len() as i128)?),
        (Figure::Values(values), Formula::Quantile(_, permille)) => quantile(values, *permille),
        (Figure::Values(_), _) => None,
    })
}

fn whole(value: i128) -> Result<Number, TooLarge> {
    i64::try_from(value).map(Number::Int).map_err(|_| TooLarge)
}

/// Nothing where either is nothing.
fn both(
    a: Option<Number>,
    b: Option<Number>,
    figure: fn(Number, Number) -> Result<Option<Number>, TooLarge>,
) -> Result<Option<Number>, TooLarge> {
    a.zip(b).map_or(Ok(None), |(a, b)| figure(a, b))
}

/// Null first, then by size.
pub(crate) fn compare_numbers(a: Option<Number>, b: Option<Number>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.compare(b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn times(a: i128, b: i128) -> Result<i128, TooLarge> {
    a.checked_mul(b).ok_or(TooLarge)
}

fn divided(of: Number, per: Number) -> Result<Option<Number>, TooLarge> {
    let ((a, b), (c, d)) = (of.parts(), per.parts());
    Ok(Number::fraction(times(a, d)?, times(b, c)?))
}

fn less(now: Number, before: Number) -> Result<Option<Number>, TooLarge> {
    if let (Number::Int(now), Number::Int(before)) = (now, before) {
        let change = now.checked_sub(before).ok_or(TooLarge)?;
        return Ok(Some(Number::Int(change)));
    }
    let ((a, of_a), (b, of_b)) = (now.parts(), before.parts());
    let over = times(a, of_b)?.checked_sub(times(b, of_a)?);
    let over = over.ok_or(TooLarge)?;
    Ok(Number::fraction(over, times(of_a, of_b)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_ordered_exactly() {
        let mean = |sum, count| Some(Number::Ratio { sum, count });
        assert_eq!(compare_numbers(mean(1, 3), mean(2, 6)), Ordering::Equal);
        assert_eq!(compare_numbers(mean(-1, 3), mean(-1, 2)), Ordering::Greater);
        assert_eq!(compare_numbers(None, mean(-1, 2)), Ordering::Less);
    }
}
