//! Records one by one: which pass, in what order, and what is in them. Unlike sums these are narrowed by
//! the record part of the scope.

use crate::bind::{Asked, Property};
use crate::codes::Codes;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::level::Derive;
use crate::rows::RowSet;
use crate::scan::{CHEAP, Picked, each_piece};
use geocrm_domain::batch::Keys;
use geocrm_domain::{BBox, Filter, LngLat, MultiPolygon, OrderBy, VisibleScope};
use std::cmp::Ordering;

/// The records that a filter, an area and a scope leave, over one snapshot.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    data: &'a CubeData,
    rows: RowSet,
}

/// What the records are sorted by.
enum SortKey<'a> {
    Key,
    Codes(&'a Codes, &'a Derive),
}

impl SortKey<'_> {
    fn code(&self, row: u32) -> u64 {
        match self {
            Self::Key => 0,
            Self::Codes(codes, derive) => derive.code(codes.get(row as usize)),
        }
    }
}

impl CubeData {
    /// The records that pass the filter, lie in the area and may be seen one by one.
    pub fn select(
        &self,
        scope: &VisibleScope,
        filter: Option<&Filter>,
        geometry: Option<&MultiPolygon>,
    ) -> Result<Selection<'_>, OlapError> {
        let plan = self.plan(scope, Asked::Records, filter, geometry)?;
        let parts = each_piece(
            &plan.pieces(self),
            CHEAP,
            Vec::new,
            |out, scratch, piece| {
                let mut found = RowSet::default();
                plan.pick(self, piece, scratch, |picked| match picked {
                    Picked::Run(rows) => found.push(rows.start, rows.end),
                    Picked::List { start, offsets } => {
                        for offset in offsets {
                            let row = start + usize::from(*offset);
                            found.push(row, row + 1);
                        }
                    }
                });
                out.push((piece.start, found));
            },
        );
        let mut parts: Vec<(usize, RowSet)> = parts.into_iter().flatten().collect();
        parts.sort_unstable_by_key(|(start, _)| *start);
        let mut rows = RowSet::default();
        for (_, part) in &parts {
            rows.extend(part.ranges());
        }
        Ok(Selection { data: self, rows })
    }
}

impl<'a> Selection<'a> {
    pub fn len(&self) -> usize {
        self.rows.len() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Row numbers of the snapshot, rising: quadkey order, then the records without a place.
    pub fn rows(&self) -> impl Iterator<Item = usize> + 'a {
        let ranges = self.rows.ranges().to_vec();
        ranges
            .into_iter()
            .flat_map(|(start, end)| start as usize..end as usize)
    }

    /// Number of records without a place.
    pub fn without_place(&self) -> usize {
        let unplaced = RowSet::range(self.data.placed(), self.data.len());
        self.rows.intersection(&unplaced).len() as usize
    }

    /// Box around the places; `None` without one.
    pub fn bbox(&self) -> Option<BBox> {
        let places: Vec<LngLat> = self.rows().map_while(|row| self.data.place(row)).collect();
        BBox::around(places)
    }

    /// Keys of one page. Orders by any dimension or plain column, or by `id`: nulls first upwards, last
    /// downwards; ties by key upwards.
    pub fn keys(&self, order: &[OrderBy], offset: usize, limit: usize) -> Result<Keys, OlapError> {
        let rows = self.page(order, offset, limit)?;
        Ok(self.data.keys_of(rows.into_iter().map(|row| row as usize)))
    }

    /// Row numbers of one page, in the order [`Selection::keys`] gives.
    pub fn page(
        &self,
        order: &[OrderBy],
        offset: usize,
        limit: usize,
    ) -> Result<Vec<u32>, OlapError> {
        let data = self.data;
        let mut sort = Vec::new();
        for by in order {
            let key = if by.name == "id" {
                SortKey::Key
            } else {
                let Property { column, derive, .. } = data.property(&by.name)?;
                SortKey::Codes(&data.columns()[column].codes, derive)
            };
            sort.push((key, by.descending));
        }
        let turn = |by: Ordering, descending: bool| if descending { by.reverse() } else { by };
        // The first key decides most comparisons, so it is read once per row.
        let first = sort.first();
        let mut rows: Vec<(u64, u32)> = self
            .rows()
            .map(|row| {
                let code = first.map_or(0, |(key, _)| key.code(row as u32));
                let descending = first.is_some_and(|(_, descending)| *descending);
                (if descending { !code } else { code }, row as u32)
            })
            .collect();
        let by_key = |a: u32, b: u32| data.key_column().compare(a as usize, b as usize);
        let compare = |a: &(u64, u32), b: &(u64, u32)| {
            a.0.cmp(&b.0).then_with(|| {
                for (key, descending) in &sort {
                    let by = match key {
                        SortKey::Key => by_key(a.1, b.1),
                        key @ SortKey::Codes(..) => key.code(a.1).cmp(&key.code(b.1)),
                    };
                    if by.is_ne() {
                        return turn(by, *descending);
                    }
                }
                by_key(a.1, b.1)
            })
        };
        let end = offset.saturating_add(limit).min(rows.len());
        if offset >= end {
            return Ok(Vec::new());
        }
        if end < rows.len() {
            rows.select_nth_unstable_by(end - 1, compare);
            rows.truncate(end);
        }
        if offset > 0 {
            rows.select_nth_unstable_by(offset, compare);
            rows.drain(..offset);
        }
        rows.sort_unstable_by(compare);
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}
