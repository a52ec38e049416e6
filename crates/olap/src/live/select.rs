//! Records one by one from both parts of a live cube. A page is cut from the base's order and the recent
//! part's, which is small, without sorting the whole: only the rows that can be on the page are compared.

use super::LiveCube;
use crate::cube::{CubeData, Key};
use crate::error::OlapError;
use crate::select::Selection;
use geocrm_domain::batch::Keys;
use geocrm_domain::{BBox, Filter, LngLat, MultiPolygon, OrderBy, Value, VisibleScope};
use std::cmp::Ordering;

/// The records that a filter, an area and a scope leave, over one snapshot.
#[derive(Debug, Clone)]
pub struct LiveSelection<'a> {
    cube: &'a LiveCube,
    base: Selection<'a>,
    recent: Selection<'a>,
}

impl LiveCube {
    /// The records that pass the filter, lie in the area and may be seen one by one.
    pub fn select(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
    ) -> Result<LiveSelection<'_>, OlapError> {
        Ok(LiveSelection {
            cube: self,
            base: self.base.select(scope, filter, geometry)?,
            recent: self.recent.select(scope, filter, geometry)?,
        })
    }
}

/// A row with what it is ordered by.
struct Ranked {
    values: Vec<Value>,
    key: Key,
}

impl LiveSelection<'_> {
    pub fn len(&self) -> usize {
        self.base.len() + self.recent.len()
    }

    pub fn is_empty(&self) -> bool {
        self.base.is_empty() && self.recent.is_empty()
    }

    /// Number of records without a place.
    pub fn without_place(&self) -> usize {
        self.base.without_place() + self.recent.without_place()
    }

    /// Box around the places; `None` without one.
    pub fn bbox(&self) -> Option<BBox> {
        let boxes = [self.base.bbox(), self.recent.bbox()];
        boxes.into_iter().flatten().reduce(BBox::union)
    }

    /// Keys of all records, in no order that means anything.
    pub fn all_keys(&self) -> Vec<Key> {
        let (base, recent) = (&self.cube.base, &self.cube.recent);
        let keys = self.base.rows().map(|row| base.key(row));
        keys.chain(self.recent.rows().map(|row| recent.key(row)))
            .collect()
    }

    /// Keys of the records nearest to a place, as the crow flies; ties by key upwards. Those without a place are far.
    pub fn nearest(&self, to: LngLat, count: usize) -> Keys {
        let (base, recent) = (&self.cube.base, &self.cube.recent);
        let of = |data: &'_ CubeData, row: usize| {
            let place = data.place(row)?;
            Some((place.haversine_m(to), data.key(row)))
        };
        let mut all: Vec<(f64, Key)> = self
            .base
            .rows()
            .filter_map(|row| of(base, row))
            .chain(self.recent.rows().filter_map(|row| of(recent, row)))
            .collect();
        let nearer =
            |a: &(f64, Key), b: &(f64, Key)| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1));
        if all.len() > count {
            all.select_nth_unstable_by(count, nearer);
            all.truncate(count);
        }
        all.sort_unstable_by(nearer);
        self.keys_of(all.into_iter().map(|(_, key)| key))
    }

    /// Of one cube, whose keys are of one type.
    fn keys_of(&self, keys: impl Iterator<Item = Key>) -> Keys {
        let mut all = self.cube.base.keys_of(std::iter::empty());
        for key in keys {
            match (&mut all, key) {
                (Keys::Int(keys), Key::Int(key)) => keys.push(key),
                (Keys::Uuid(keys), Key::Uuid(key)) => keys.push(key),
                _ => {}
            }
        }
        all
    }

    /// Keys of one page; see [`Selection::keys`].
    pub fn keys(&self, order: &[OrderBy], offset: usize, limit: usize) -> Result<Keys, OlapError> {
        if self.recent.is_empty() {
            return self.base.keys(order, offset, limit);
        }
        let recent = self.recent.page(order, 0, usize::MAX)?;
        // A row of the base is at most so many rows further down than in the base alone.
        let from = offset.saturating_sub(recent.len());
        let base = self
            .base
            .page(order, from, limit.saturating_add(recent.len()))?;
        let mut base = ranked(&self.cube.base, order, &base)?;
        let mut recent = ranked(&self.cube.recent, order, &recent)?;
        let mut merged = Vec::with_capacity(base.len() + recent.len());
        base.reverse();
        recent.reverse();
        while let (Some(a), Some(b)) = (base.last(), recent.last()) {
            let part = if compare(order, a, b).is_le() {
                &mut base
            } else {
                &mut recent
            };
            merged.extend(part.pop().map(|row| row.key));
        }
        merged.extend(base.into_iter().rev().map(|row| row.key));
        merged.extend(recent.into_iter().rev().map(|row| row.key));
        let page = merged.into_iter().skip(offset - from).take(limit);
        Ok(self.keys_of(page))
    }
}

fn ranked(data: &CubeData, order: &[OrderBy], rows: &[u32]) -> Result<Vec<Ranked>, OlapError> {
    let value = |row: usize, by: &OrderBy| {
        if by.name == "id" {
            Ok(Value::Null)
        } else {
            data.value(row, &by.name)
        }
    };
    rows.iter()
        .map(|row| {
            let row = *row as usize;
            let values = order.iter().map(|by| value(row, by));
            Ok(Ranked {
                values: values.collect::<Result<_, _>>()?,
                key: data.key(row),
            })
        })
        .collect()
}

fn compare(order: &[OrderBy], a: &Ranked, b: &Ranked) -> Ordering {
    for (by, (x, y)) in order.iter().zip(a.values.iter().zip(&b.values)) {
        let compared = if by.name == "id" {
            a.key.cmp(&b.key)
        } else {
            x.cmp(y)
        };
        if compared.is_ne() {
            return if by.descending {
                compared.reverse()
            } else {
                compared
            };
        }
    }
    a.key.cmp(&b.key)
}
