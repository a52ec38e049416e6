//! An answer before its figures are computed: every group with its keys as values and its mergeable figures, so
//! that the parts of a cube that lie in several snapshots with dictionaries of their own (a base and the edits
//! since) are answered one by one and joined before anything is divided, ordered or cut.

use crate::bind::{Asked, Plan, at_most};
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::dwellings::Dwellings;
use crate::error::OlapError;
use crate::figure::{Figure, Need};
use crate::finish::{Finish, Members};
use crate::question::Question;
use crate::rows::RowSet;
use crate::table::Table;
use geocrm_domain::query::DISTANCE_BAND;
use geocrm_domain::region::RegionTree;
use geocrm_domain::{
    Answer, AnswerRow, Bands, CubeQuery, PersonsTold, Value, VisibleScope, limits,
};
use std::sync::Arc;

/// What one snapshot, or several, can say to a question. Partials of the same question can be merged in any order;
/// records must not be in more than one of the snapshots.
#[derive(Debug, Clone)]
pub struct Partial {
    pub(crate) question: Arc<Question>,
    pub(crate) regions: Arc<RegionTree>,
    pub(crate) table: Table<Value>,
    pub(crate) matched: u64,
    pub(crate) without_place: u64,
    pub(crate) persons: PersonsTold,
    /// Of the addresses beside the records, by all dimensions that are about addresses.
    pub(crate) dwellings: Option<Dwellings<Value>>,
}

impl CubeData {
    /// What this snapshot can say to a question, order and limit not yet applied.
    pub fn partial(&self, scope: &VisibleScope, query: &CubeQuery) -> Result<Partial, OlapError> {
        self.partial_of(scope, query, usize::MAX)
    }

    /// The same of at most so many groups.
    pub(crate) fn partial_of(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
        most: usize,
    ) -> Result<Partial, OlapError> {
        let question = Arc::new(Question::new(self.cube(), query)?);
        let plan = self.plan(
            scope,
            Asked::Sums,
            query.filter.as_ref(),
            query.geometry.as_ref(),
        )?;
        let table = match &query.bands {
            None => self.gather_values(&plan, &question, None, most)?,
            Some(bands) => self.gather_bands(&plan, &question, bands, most)?,
        };
        Ok(Partial {
            regions: Arc::clone(self.regions()),
            matched: matched(&table),
            table,
            question,
            without_place: self.count_without_place(scope, query, plan)?,
            persons: PersonsTold::Exact,
            dwellings: None,
        })
    }

    /// The groups of each band of distance and of the records without a place, side by side.
    fn gather_bands(
        &self,
        plan: &Plan,
        question: &Question,
        bands: &Bands,
        most: usize,
    ) -> Result<Table<Value>, OlapError> {
        let names = &question.dimensions;
        let at = names.iter().position(|name| name == DISTANCE_BAND);
        let mut parts = vec![(Value::Null, RowSet::range(self.placed(), self.len()))];
        for (low_m, high_m) in bands.bounds_m() {
            let rows = self.rows_near(&bands.around, low_m, high_m)?;
            parts.push((Value::Int(low_m.into()), rows));
        }
        let mut out = Table::new(names.len(), question.needs.len());
        for (band, rows) in parts {
            let plan = Plan {
                rows: plan.rows.intersection(&rows),
                node: plan.node.clone(),
            };
            if !plan.rows.is_empty() {
                let key = Some((at.unwrap_or(0), &band));
                out = out.merged(self.gather_values(&plan, question, key, most)?);
            }
        }
        Ok(out)
    }

    /// Groups by values, with one more key at a position.
    fn gather_values(
        &self,
        plan: &Plan,
        question: &Question,
        key: Option<(usize, &Value)>,
        most: usize,
    ) -> Result<Table<Value>, OlapError> {
        let table = self.gather(plan, question)?;
        at_most("groups of addresses beside the records", table.len(), most)?;
        let levels = self.question_levels(question)?;
        let codes = Codes(self.meanings(&levels));
        let listed = Listed::new(self, question);
        let mut values = Table::new(question.dimensions.len(), question.needs.len());
        for group in 0..table.len() {
            // Without other dimensions there is a group even of nothing.
            let empty = matches!(table.figure(group, 0), Figure::Count(0));
            if key.is_some() && empty {
                continue;
            }
            let keys = table.keys(group).iter().enumerate();
            let mut keys: Vec<Value> = keys.map(|(d, code)| codes.value(d, code)).collect();
            if let Some((at, key)) = key {
                keys.insert(at, key.clone());
            }
            let figures = table.figures(group).iter().zip(&listed.0);
            let figures = figures.map(|(figure, of)| with_values(figure, of.as_ref()));
            values.push(keys, figures.collect::<Vec<_>>());
        }
        Ok(values)
    }

    /// Groups by codes and the number of records without a place.
    pub(crate) fn gathered(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
        question: &Question,
    ) -> Result<(Table<u64>, u64), OlapError> {
        let plan = self.plan(
            scope,
            Asked::Sums,
            query.filter.as_ref(),
            query.geometry.as_ref(),
        )?;
        let table = self.gather(&plan, question)?;
        Ok((table, self.count_without_place(scope, query, plan)?))
    }

    /// The answer to a question with defined figures, by the codes of this snapshot alone.
    pub(crate) fn query_defined(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<Answer, OlapError> {
        let question = Question::new(self.cube(), query)?;
        let (table, without_place) = self.gathered(scope, query, &question)?;
        let levels = self.question_levels(&question)?;
        let members = Codes(self.meanings(&levels));
        let kept: Vec<usize> = (0..levels.len()).collect();
        let finish = Finish {
            question: &question,
            table: &table,
            members: &members,
            regions: self.regions(),
            dwellings: None,
            kept: &kept,
        };
        finish.answer(matched(&table), without_place)
    }
}

impl Partial {
    /// Joins what another snapshot of the cube can say to the same question.
    pub fn merge(self, other: Self) -> Result<Self, OlapError> {
        if self.question != other.question {
            return Err(OlapError::OtherQuestion);
        }
        Ok(Self {
            table: self.table.merged(other.table),
            matched: self.matched + other.matched,
            without_place: self.without_place + other.without_place,
            // Both were asked by the same reader; only the part that adds the persons says otherwise.
            persons: match self.persons {
                PersonsTold::Exact => other.persons,
                told => told,
            },
            ..self
        })
    }

    /// The answer, in the order and to the limit the question asks for.
    pub fn finish(&self) -> Result<Answer, OlapError> {
        let kept: Vec<usize> = (0..self.question.dimensions.len()).collect();
        let answer = self
            .rolled(&self.table, &kept)
            .answer(self.matched, self.without_place)?;
        Ok(Answer {
            persons: self.persons.clone(),
            ..answer
        })
    }

    pub(crate) fn rolled<'a>(
        &'a self,
        table: &'a Table<Value>,
        kept: &'a [usize],
    ) -> Finish<'a, Values> {
        Finish {
            question: &self.question,
            table,
            members: &Values,
            regions: &self.regions,
            dwellings: self.dwellings_by(kept),
            kept,
        }
    }
}

impl<T: Members> Finish<'_, T> {
    fn answer(&self, matched: u64, without_place: u64) -> Result<Answer, OlapError> {
        let question = self.question;
        let columns = (0..question.measures.len()).map(|measure| self.column(measure));
        let columns: Vec<_> = columns.collect::<Result<_, _>>()?;
        let limit = question.limit.unwrap_or(usize::MAX);
        let shown = self.ordered(&question.order, &columns, limit);
        at_most("groups of an answer", shown.len(), limits::ANSWER_GROUPS)?;
        let rows = shown.into_iter().map(|group| {
            let keys = self.table.keys(group).iter().enumerate();
            AnswerRow {
                keys: keys
                    .map(|(d, member)| self.members.value(d, member))
                    .collect(),
                values: columns.iter().map(|column| column[group]).collect(),
            }
        });
        Ok(Answer {
            rows: rows.collect(),
            matched,
            without_place,
            groups: self.table.len(),
            persons: PersonsTold::Exact,
        })
    }
}

pub(crate) fn matched<M: Ord + Clone>(table: &Table<M>) -> u64 {
    let counts = (0..table.len()).map(|group| match table.figure(group, 0) {
        Figure::Count(count) => *count,
        _ => 0,
    });
    counts.sum()
}

/// Keys that are values already.
pub(crate) struct Values;

impl Members for Values {
    type Member = Value;
    type Listed = Value;

    fn value(&self, _: usize, member: &Value) -> Value {
        member.clone()
    }

    fn member(&self, _: usize, value: Value) -> Option<Value> {
        Some(value)
    }
}

/// Codes of one snapshot, with the largest code of each dimension.
struct Codes(Vec<(Meaning, u64)>);

impl Members for Codes {
    type Member = u64;
    type Listed = u64;

    fn value(&self, dimension: usize, code: &u64) -> Value {
        self.0[dimension].0.value(*code)
    }

    fn member(&self, dimension: usize, value: Value) -> Option<u64> {
        let (meaning, top) = &self.0[dimension];
        let (before, through) = meaning.rank(*top, &value)?;
        (before < through).then_some(through)
    }
}

/// The meaning of the members that a need lists.
struct Listed(Vec<Option<Meaning>>);

impl Listed {
    fn new(data: &CubeData, question: &Question) -> Self {
        let of = |need: &Need| match need {
            Need::Members(index) => {
                let level = &data.levels()[*index];
                Some(level.meaning(&data.columns()[level.column]))
            }
            _ => None,
        };
        Self(question.needs.iter().map(of).collect())
    }
}

fn with_values(figure: &Figure<u64>, meaning: Option<&Meaning>) -> Figure<Value> {
    match figure {
        Figure::Count(count) => Figure::Count(*count),
        Figure::Sum { sum, values } => Figure::Sum {
            sum: *sum,
            values: *values,
        },
        Figure::Least(least) => Figure::Least(*least),
        Figure::Greatest(greatest) => Figure::Greatest(*greatest),
        Figure::Members(codes) => {
            let value = |code: &u64| meaning.map(|meaning| meaning.value(*code));
            Figure::Members(codes.iter().filter_map(value).collect())
        }
        Figure::Values(values) => Figure::Values(values.clone()),
    }
}
