//! In what order does the table of accounts stand when it is sorted by what the cube does not hold: the
//! name, or the instant of the last change? Both come from the cards of the same snapshot, so that pages of
//! one version never overlap; everything else is sorted by the engine itself.

use crate::cards::{Card, Cards};
use crate::error::AppError;
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::{ACCOUNTS, Cube};
use geocrm_domain::{AccountId, OrderBy};
use geocrm_geocode::fold;
use geocrm_olap::{Key, LiveSelection};
use rayon::prelude::*;
use std::cmp::Ordering;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Name,
    UpdatedAt,
}

/// An order by a column of the cards.
#[derive(Debug, Clone, Copy)]
pub struct CardOrder {
    by: By,
    descending: bool,
}

/// What most comparisons are decided by, with the account it belongs to.
#[derive(Debug, Clone, Copy)]
struct Row {
    start: u128,
    id: Uuid,
}

impl CardOrder {
    /// `None` where the engine can sort by itself; an order by a card's column stands alone.
    pub fn of(cube: &Cube, order: &[OrderBy]) -> Result<Option<Self>, AppError> {
        let column = |by: &OrderBy| match by.name.as_str() {
            _ if cube.name != ACCOUNTS.name => None,
            "name" => Some(By::Name),
            "updated_at" => Some(By::UpdatedAt),
            _ => None,
        };
        let Some((at, by)) = order.iter().find_map(|order| Some((order, column(order)?))) else {
            return Ok(None);
        };
        if order.len() > 1 {
            return Err(AppError::field(
                "order",
                Some(&at.name),
                "sort by this column alone",
            ));
        }
        Ok(Some(Self {
            by,
            descending: at.descending,
        }))
    }

    /// Ids of one page; what is equal stands in the order of the ids.
    pub fn page(
        self,
        selection: &LiveSelection<'_>,
        cards: &Cards,
        offset: usize,
        limit: usize,
    ) -> Keys {
        let mut rows: Vec<Row> = selection
            .all_keys()
            .into_par_iter()
            .filter_map(|key| match key {
                Key::Uuid(id) => Some(Row {
                    start: self.start(&cards.get(AccountId(id))?),
                    id,
                }),
                Key::Int(_) => None,
            })
            .collect();
        let compare = |a: &Row, b: &Row| self.compare(cards, a, b);
        let end = offset.saturating_add(limit).min(rows.len());
        if offset >= end {
            return Keys::Uuid(Vec::new());
        }
        if end < rows.len() {
            rows.select_nth_unstable_by(end - 1, compare);
            rows.truncate(end);
        }
        if offset > 0 {
            rows.select_nth_unstable_by(offset, compare);
            rows.drain(..offset);
        }
        rows.par_sort_unstable_by(compare);
        Keys::Uuid(rows.into_iter().map(|row| row.id).collect())
    }

    fn start(self, card: &Card<'_>) -> u128 {
        match self.by {
            By::Name => {
                let mut start = [0; 16];
                let name = fold(card.name);
                let length = name.len().min(start.len());
                start[..length].copy_from_slice(&name.as_bytes()[..length]);
                u128::from_be_bytes(start)
            }
            By::UpdatedAt => card.updated_at.timestamp_micros().unsigned_abs().into(),
        }
    }

    fn compare(self, cards: &Cards, a: &Row, b: &Row) -> Ordering {
        let by = a.start.cmp(&b.start).then_with(|| {
            if self.by != By::Name {
                return Ordering::Equal;
            }
            let name = |row: &Row| cards.get(AccountId(row.id)).map(|card| fold(card.name));
            name(a).cmp(&name(b))
        });
        let by = if self.descending { by.reverse() } else { by };
        by.then_with(|| a.id.cmp(&b.id))
    }
}
