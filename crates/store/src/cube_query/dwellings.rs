//! The dwellings of the addresses beside accounts, for densities per dwelling: a question of its own to the addresses,
//! by the dimensions and under the conditions that they have, too.

use super::condition::push_within;
use super::defined::{Grouping, Kept};
use super::{Bound, Sql};
use crate::Result;
use geocrm_domain::catalogue::ADDRESSES;
use geocrm_domain::filter::PLACE;
use geocrm_domain::query::DISTANCE_BAND;
use geocrm_domain::{CubeQuery, Filter};

impl Bound<'_> {
    /// `, dwellings AS (…)` with a row for each group of addresses, where a figure divides by them.
    pub(super) fn push_dwellings(&self, sql: &mut Sql, grouping: &Grouping<'_>) -> Result<()> {
        let mut names = self.query.measures.iter();
        let asked = names.any(|name| self.query.expression(name).asks_dwellings());
        if self.cube.name == ADDRESSES.name || !asked {
            return Ok(());
        }
        let known = |part: &&Filter| {
            let of_addresses = |name| name == PLACE || ADDRESSES.property_type(name).is_some();
            part.properties().into_iter().all(of_addresses)
        };
        let conditions = self.query.filter.iter().flat_map(Filter::conditions);
        let query = CubeQuery {
            dimensions: self
                .address_dimensions()
                .map(|i| self.query.dimensions[i].clone())
                .collect(),
            bands: self.query.bands.clone(),
            filter: Some(Filter::And(conditions.filter(known).cloned().collect())),
            geometry: self.query.geometry.clone(),
            ..CubeQuery::default()
        };
        let addresses = Bound::new(self.scope, &ADDRESSES, &query)?;
        let kept = grouping.kept.iter().filter_map(|kept| {
            Some(Kept {
                dimension: self
                    .address_dimensions()
                    .position(|i| i == kept.dimension)?,
                members: kept.members.clone(),
            })
        });
        let kept: Vec<Kept> = kept.collect();
        sql.push(", dwellings AS MATERIALIZED (SELECT sum(dwellings)::numeric AS dwellings");
        let mut keys = 0;
        for (at, _) in self.shared(grouping) {
            addresses.push_key(sql, at, &kept);
            keys += 2;
        }
        addresses.push_from(sql)?;
        if let Some(area) = &query.geometry {
            sql.push(" AND ");
            push_within(sql, area)?;
        }
        for at in 0..keys {
            sql.push(if at == 0 { " GROUP BY " } else { ", " })
                .push(at + 2);
        }
        sql.push(")");
        Ok(())
    }

    /// The dwellings beside a group.
    pub(super) fn dwellings_sql(&self, of: &str, grouping: &Grouping<'_>) -> String {
        let same = self.shared(grouping).map(|(at, i)| {
            // Null is no place: records without one and addresses outside all regions do not belong together.
            format!(" AND (w.d{at} = {of}.d{i} OR w.o{at} AND {of}.o{i})")
        });
        let same: String = same.collect();
        format!("(SELECT w.dwellings FROM dwellings w WHERE true{same})")
    }

    /// Positions of the dimensions that addresses have.
    fn address_dimensions(&self) -> impl Iterator<Item = usize> {
        let has = |name: &str| name == DISTANCE_BAND || ADDRESSES.dimension(name).is_some();
        (0..self.dimensions.len()).filter(move |i| has(self.dimensions[*i].0.name))
    }

    /// Those of them that the groups are by: the position among the addresses' dimensions and the own one.
    fn shared(&self, grouping: &Grouping<'_>) -> impl Iterator<Item = (usize, usize)> {
        self.address_dimensions()
            .enumerate()
            .filter(|(_, i)| grouping.by.contains(i))
    }
}
