//! The dwellings of the addresses beside the records of a question: groups by those of its dimensions that are about
//! addresses, rolled up and renamed with it.

use crate::error::OlapError;
use crate::figure::Figure;
use crate::live::LiveCube;
use crate::partial::Partial;
use crate::question::Formula;
use crate::table::Table;
use geocrm_domain::catalogue::ADDRESSES;
use geocrm_domain::{Answer, CubeQuery, Pivot, PivotQuery, Value, VisibleScope, limits};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dwellings<K, M = K> {
    table: Table<K, M>,
    /// Which dimension of the question each key is of, rising.
    dimensions: Vec<usize>,
    /// Which figure they are.
    need: usize,
}

impl<K: Ord + Clone, M: Ord + Clone> Dwellings<K, M> {
    /// By those of some dimensions that are about addresses.
    pub(crate) fn rolled(&self, kept: &[usize]) -> Self {
        let keys = self.dimensions.iter().enumerate();
        let keys = keys.filter(|(_, dimension)| kept.contains(dimension));
        let (keys, dimensions): (Vec<usize>, Vec<usize>) = keys.unzip();
        Self {
            table: self.table.rolled(&keys),
            dimensions,
            need: self.need,
        }
    }

    /// Under other names of the members.
    pub(crate) fn renamed<N: Ord + Clone>(&self, name: impl Fn(usize, &K) -> N) -> Dwellings<N, M> {
        let renamed = |group: usize| {
            let keys = self.dimensions.iter().zip(self.table.keys(group));
            keys.map(|(dimension, key)| name(*dimension, key)).collect()
        };
        Dwellings {
            table: self.table.renamed(self.dimensions.len(), renamed),
            dimensions: self.dimensions.clone(),
            need: self.need,
        }
    }

    /// Those beside a group of records whose keys are of the dimensions `kept`; `None` without an address, and where a
    /// key is null: records without a place and addresses outside every region have nothing to do with each other.
    pub(crate) fn of_group(
        &self,
        kept: &[usize],
        keys: &[K],
        is_null: impl Fn(usize, &K) -> bool,
    ) -> Option<i128> {
        let key = |dimension: &usize| {
            let at = kept.iter().position(|kept| kept == dimension)?;
            (!is_null(*dimension, &keys[at])).then(|| keys[at].clone())
        };
        let keys = self
            .dimensions
            .iter()
            .map(key)
            .collect::<Option<Vec<_>>>()?;
        match self.table.figure(self.table.find(&keys)?, self.need) {
            Figure::Sum { sum, values: 1.. } => Some(*sum),
            _ => None,
        }
    }
}

impl LiveCube {
    /// As [`LiveCube::query`], also for densities per dwelling of records that have none themselves.
    pub fn query_beside(
        &self,
        addresses: &Self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<Answer, OlapError> {
        match self.partial_beside(addresses, scope, query)? {
            Some(partial) => partial.finish(),
            None => self.query(scope, query),
        }
    }

    /// As [`LiveCube::pivot`], also for densities per dwelling of records that have none themselves.
    pub fn pivot_beside(
        &self,
        addresses: &Self,
        scope: &VisibleScope,
        asked: &PivotQuery,
    ) -> Result<Pivot, OlapError> {
        match self.partial_beside(addresses, scope, &asked.cells())? {
            Some(partial) => partial.pivot(asked),
            None => self.pivot(scope, asked),
        }
    }

    /// `None` where no figure needs the addresses.
    fn partial_beside(
        &self,
        addresses: &Self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<Option<Partial>, OlapError> {
        let asked = query.dwellings(self.cube());
        let Some(asked) = asked.map_err(OlapError::Expression)? else {
            return Ok(None);
        };
        let partial = self.partial(scope, query)?;
        let dwellings = addresses.partial_of(scope, &asked, limits::DWELLING_GROUPS)?;
        partial.beside(dwellings).map(Some)
    }
}

impl Partial {
    /// With what the addresses say to [`CubeQuery::dwellings`].
    fn beside(mut self, addresses: Self) -> Result<Self, OlapError> {
        let dimensions = self.question.of_addresses.clone().unwrap_or_default();
        let names = dimensions.iter().map(|at| &self.question.dimensions[*at]);
        let of_addresses = &addresses.question;
        let [Formula::Sum(need)] = of_addresses.formulas[..] else {
            return Err(OlapError::OtherQuestion);
        };
        if of_addresses.cube.name != ADDRESSES.name || !names.eq(&of_addresses.dimensions) {
            return Err(OlapError::OtherQuestion);
        }
        self.dwellings = Some(Dwellings {
            table: addresses.table,
            dimensions,
            need,
        });
        Ok(self)
    }

    pub(crate) fn dwellings_by(&self, kept: &[usize]) -> Option<Dwellings<Value>> {
        self.dwellings.as_ref().map(|d| d.rolled(kept))
    }
}
