//! From rows to groups with mergeable figures. Counts, sums and extremes are one group-by; the members of a dimension
//! and the frequencies of a column are each one more, with that dimension or column as the last digit, whose
//! groups then fold into lists.

use crate::bind::Plan;
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::figure::{Figure, Need};
use crate::group::{Groups, group, total};
use crate::lanes::Lanes;
use crate::level::Level;
use crate::question::Question;
use crate::table::Table;
use geocrm_domain::catalogue::Aggregate;
use geocrm_domain::query::DISTANCE_BAND;

impl CubeData {
    /// The groups of the rows that pass, by codes of this snapshot.
    pub(crate) fn gather(&self, plan: &Plan, question: &Question) -> Result<Table<u64>, OlapError> {
        let levels = self.question_levels(question)?;
        let lanes = Lanes::of(self, question.needs.iter().map(lane))?;
        let groups = if levels.is_empty() {
            total(self, plan, &lanes)
        } else {
            group(self, plan, &levels, &lanes)?
        };
        let lists = question.needs.iter().map(|need| match need {
            Need::Members(index) => {
                let level = &self.levels()[*index];
                let listed = self.listed(plan, &levels, level, &groups)?;
                Ok(Some(listed.into_iter().map(members).collect()))
            }
            Need::Values(column) => {
                let base = self.columns()[*column].base();
                let listed = self.listed(plan, &levels, &Level::plain(*column), &groups)?;
                let values = listed.into_iter().map(|list| values(base, list));
                Ok(Some(values.collect::<Vec<Figure<u64>>>()))
            }
            _ => Ok(None),
        });
        let mut lists: Vec<Option<Vec<Figure<u64>>>> = lists.collect::<Result<_, OlapError>>()?;
        let mut out = Table::new(levels.len(), question.needs.len());
        for at in 0..groups.len() {
            let cell = groups.cell(at);
            let figures = question.needs.iter().zip(&mut lists).enumerate();
            let figures = figures.map(|(i, (need, list))| match (need, list) {
                (_, Some(list)) => std::mem::replace(&mut list[at], Figure::Count(0)),
                (Need::Sum(_), None) => {
                    let (sum, values) = lanes.sum(self, i, cell);
                    Figure::Sum { sum, values }
                }
                (Need::Least(_), None) => Figure::Least(lanes.extreme(self, i, cell)),
                (Need::Greatest(_), None) => Figure::Greatest(lanes.extreme(self, i, cell)),
                _ => Figure::Count(cell[0]),
            });
            out.push(
                groups.codes(at).iter().copied(),
                figures.collect::<Vec<_>>(),
            );
        }
        Ok(out)
    }

    /// The dimensions that rows have; a distance is not among them.
    pub(crate) fn question_levels(&self, question: &Question) -> Result<Vec<&Level>, OlapError> {
        let stored = |name: &&String| *name != DISTANCE_BAND;
        let levels = question.dimensions.iter().filter(stored);
        levels.map(|name| self.dimension_level(name)).collect()
    }

    pub(crate) fn meanings(&self, levels: &[&Level]) -> Vec<(Meaning, u64)> {
        let of = |level: &&Level| {
            let column = &self.columns()[level.column];
            (level.meaning(column), level.top(column))
        };
        levels.iter().map(of).collect()
    }

    /// For each group its codes of one more level with the number of records, null left out.
    fn listed(
        &self,
        plan: &Plan,
        levels: &[&Level],
        last: &Level,
        groups: &Groups,
    ) -> Result<Vec<Vec<(u64, u64)>>, OlapError> {
        let mut by: Vec<&Level> = levels.to_vec();
        by.push(last);
        let finer = group(self, plan, &by, &Lanes::new(self, &[])?)?;
        let mut out = vec![Vec::new(); groups.len()];
        // Both are sorted by the same digits.
        let mut at = 0;
        for fine in 0..finer.len() {
            let (code, keys) = match finer.codes(fine).split_last() {
                Some((0, _)) | None => continue,
                Some(parts) => parts,
            };
            while groups.codes(at) != keys {
                at += 1;
            }
            out[at].push((*code, finer.cell(fine)[0]));
        }
        Ok(out)
    }
}

/// What the lanes gather for a need; the count stands in for what they cannot.
fn lane(need: &Need) -> (Aggregate, usize) {
    match need {
        Need::Count | Need::Members(_) | Need::Values(_) => (Aggregate::Count, 0),
        Need::Sum(column) => (Aggregate::Sum, *column),
        Need::Least(column) => (Aggregate::Min, *column),
        Need::Greatest(column) => (Aggregate::Max, *column),
    }
}

fn members(list: Vec<(u64, u64)>) -> Figure<u64> {
    Figure::Members(list.into_iter().map(|(code, _)| code).collect())
}

fn values<M>(base: i64, list: Vec<(u64, u64)>) -> Figure<M> {
    let value = |code: u64| base.wrapping_add(code.wrapping_sub(1) as i64);
    Figure::Values(list.into_iter().map(|(code, n)| (value(code), n)).collect())
}
