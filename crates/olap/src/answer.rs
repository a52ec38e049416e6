//! From question to answer: names bound, rows scanned, groups put in the order asked for, and only the
//! rows that are shown turned into values.

use crate::bind::{Asked, Plan, at_most};
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::finish::compare_numbers;
use crate::group::{Groups, group, total};
use crate::lanes::Lanes;
use crate::level::Level;
use crate::question::{OrderKey, order_keys};
use crate::rows::RowSet;
use geocrm_domain::{Answer, AnswerRow, CubeQuery, Number, PersonsTold, VisibleScope, limits};

impl CubeData {
    /// Answers a question exactly as the same question in SQL would be answered.
    ///
    /// Without dimensions there is exactly one row. `order` sorts nulls first upwards and last downwards;
    /// ties and the default follow the dimensions upwards. The aggregate part of the scope narrows it.
    pub fn query(&self, scope: &VisibleScope, query: &CubeQuery) -> Result<Answer, OlapError> {
        if query.bands.is_some() {
            return self.partial(scope, query)?.finish();
        }
        if query.defined.is_empty() {
            return Ok(self.query_with_counts(scope, query)?.0);
        }
        self.query_defined(scope, query)
    }

    /// Records that pass filter and scope but have no place; `plan` is the question's own.
    pub(crate) fn count_without_place(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
        mut plan: Plan,
    ) -> Result<u64, OlapError> {
        if self.placed() == self.len() {
            return Ok(0);
        }
        if query.geometry.is_some() {
            plan = self.plan(scope, Asked::Sums, query.filter.as_ref(), None)?;
        }
        plan.rows = plan
            .rows
            .intersection(&RowSet::range(self.placed(), self.len()));
        Ok(total(self, &plan, &Lanes::new(self, &[])?).cell(0)[0])
    }

    /// The answer and the number of records of each of its rows.
    pub(crate) fn query_with_counts(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<(Answer, Vec<u64>), OlapError> {
        at_most(
            "dimensions of a query",
            query.dimensions.len(),
            limits::QUERY_DIMENSIONS,
        )?;
        query
            .check_figures(self.cube())
            .map_err(OlapError::Expression)?;
        let levels = query
            .dimensions
            .iter()
            .map(|name| self.dimension_level(name))
            .collect::<Result<Vec<_>, _>>()?;
        let lanes = Lanes::new(self, &query.measures)?;
        let order = order_keys(query)?;
        let filter = query.filter.as_ref();
        let plan = self.plan(scope, Asked::Sums, filter, query.geometry.as_ref())?;
        let groups = if levels.is_empty() {
            total(self, &plan, &lanes)
        } else {
            group(self, &plan, &levels, &lanes)?
        };
        let matched = (0..groups.len()).map(|g| groups.cell(g)[0]).sum();
        let without_place = self.count_without_place(scope, query, plan)?;
        let shown = self.ordered(&groups, &lanes, &order, query.limit)?;
        at_most("groups of an answer", shown.len(), limits::ANSWER_GROUPS)?;
        let meanings: Vec<Meaning> = levels
            .iter()
            .map(|level| level.meaning(&self.columns()[level.column]))
            .collect();
        let mut rows = Vec::with_capacity(shown.len());
        for group in &shown {
            let group = *group as usize;
            // Filled in place: tens of thousands of rows are not moved about.
            rows.push(AnswerRow::default());
            let Some(AnswerRow { keys, values }) = rows.last_mut() else {
                continue;
            };
            for (meaning, code) in meanings.iter().zip(groups.codes(group)) {
                keys.push(meaning.value(*code));
            }
            for measure in 0..lanes.measures() {
                values.push(lanes.number(self, measure, groups.cell(group))?);
            }
        }
        let counts = shown.iter().map(|g| groups.cell(*g as usize)[0]).collect();
        let answer = Answer {
            rows,
            matched,
            without_place,
            groups: groups.len(),
            persons: PersonsTold::Exact,
        };
        Ok((answer, counts))
    }

    pub(crate) fn dimension_level(&self, name: &str) -> Result<&Level, OlapError> {
        self.level(name).ok_or_else(|| OlapError::UnknownDimension {
            cube: self.cube().name,
            name: name.to_owned(),
            known: self
                .cube()
                .dimensions
                .iter()
                .map(|d| d.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// Numbers of the groups to show, in order. Groups come sorted by their dimensions, so their number
    /// breaks ties.
    fn ordered(
        &self,
        groups: &Groups,
        lanes: &Lanes,
        order: &[(OrderKey, bool)],
        limit: Option<usize>,
    ) -> Result<Vec<u32>, OlapError> {
        let mut shown: Vec<u32> = (0..groups.len() as u32).collect();
        let limit = limit.unwrap_or(usize::MAX);
        if order.is_empty() {
            shown.truncate(limit);
            return Ok(shown);
        }
        let mut figures: Vec<Vec<Option<Number>>> = Vec::new();
        for (key, _) in order {
            let OrderKey::Measure(measure) = key else {
                figures.push(Vec::new());
                continue;
            };
            let numbers = (0..groups.len()).map(|g| lanes.number(self, *measure, groups.cell(g)));
            figures.push(numbers.collect::<Result<_, _>>()?);
        }
        let compare = |a: &u32, b: &u32| {
            let (a, b) = (*a as usize, *b as usize);
            for ((key, descending), figures) in order.iter().zip(&figures) {
                let by = match key {
                    OrderKey::Dimension(d) => groups.codes(a)[*d].cmp(&groups.codes(b)[*d]),
                    OrderKey::Measure(_) => compare_numbers(figures[a], figures[b]),
                };
                let by = if *descending { by.reverse() } else { by };
                if by.is_ne() {
                    return by;
                }
            }
            a.cmp(&b)
        };
        if limit > 0 && limit < shown.len() {
            shown.select_nth_unstable_by(limit - 1, compare);
        }
        shown.truncate(limit);
        shown.sort_unstable_by(compare);
        Ok(shown)
    }
}
