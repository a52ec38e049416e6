//! How does a cube follow edits without being built anew? An edit takes its records out of the large base, which
//! costs a range of row numbers each, and puts them into a small cube of what is recent. Every question goes
//! to both and the parts are joined. When the recent part has grown, it is merged into a new base beside the
//! one that answers; edits that come meanwhile are put on top of the new base when it is ready.

mod answer;
mod rows;
mod select;
mod tile;

pub use select::LiveSelection;

use crate::build::CubeBuilder;
use crate::cube::{CubeData, Key, MemoryReport};
use crate::error::OlapError;
use crate::hash::IntSet;
use geocrm_domain::batch::{CubeBatch, Keys};
use geocrm_domain::catalogue::Cube;
use geocrm_domain::region::RegionTree;
use geocrm_domain::{LngLat, Value, VisibleScope};
use std::sync::Arc;

/// An eighth of the base, but no more rows than this, may be recent or gone before a merge pays: answering through
/// both parts then costs as much as a few blocks of the base.
const MERGE_FROM: usize = 4_096;
/// A cube of a few hundred rows is not merged at every edit.
const MERGE_FROM_LEAST: usize = 64;
/// An edit of more rows than this, or of more than a quarter of the cube, is merged at once: the caller waits for it,
/// answers do not.
const AT_ONCE: usize = 65_536;

/// Records that went and records that came or changed; what comes wins over what went.
#[derive(Debug)]
struct Edit {
    removed: Keys,
    upserts: CubeBatch,
}

/// An immutable snapshot of a cube that edits can be put on. Copies share everything large.
#[derive(Debug, Clone)]
pub struct LiveCube {
    base: CubeData,
    recent: CubeData,
    /// Edits since a merge was begun; `None` when none is under way.
    since: Option<Vec<Arc<Edit>>>,
}

/// A new base on its way; see [`LiveCube::begin_merge`].
#[derive(Debug)]
pub struct Merge {
    base: CubeData,
    recent: CubeData,
}

impl Merge {
    /// The new base: the work that nobody waits for.
    pub fn run(self) -> Result<CubeData, OlapError> {
        self.base.apply(&no_keys(&self.base), self.recent.batch())
    }
}

fn no_keys(data: &CubeData) -> Keys {
    data.keys_of(std::iter::empty::<usize>().collect::<Vec<_>>().into_iter())
}

/// One record of a live cube.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    data: &'a CubeData,
    row: usize,
}

impl Found<'_> {
    /// `None` without a confirmed place.
    pub fn place(&self) -> Option<LngLat> {
        self.data.place(self.row)
    }

    /// Value of a dimension or plain column.
    pub fn value(&self, property: &str) -> Result<Value, OlapError> {
        self.data.value(self.row, property)
    }
}

impl From<CubeData> for LiveCube {
    fn from(base: CubeData) -> Self {
        let recent = CubeBuilder::sharing(base.cube(), base.regions()).finish();
        Self {
            base,
            recent,
            since: None,
        }
    }
}

impl LiveCube {
    pub fn cube(&self) -> &'static Cube {
        self.base.cube()
    }

    pub(crate) fn regions(&self) -> &Arc<RegionTree> {
        self.base.regions()
    }

    /// The snapshots whose records together are the cube's.
    pub(crate) fn parts(&self) -> [&CubeData; 2] {
        [&self.base, &self.recent]
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.base.present().len() as usize + self.recent.present().len() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.base.is_empty() && self.recent.is_empty()
    }

    /// The snapshot after some records went and others came or changed. A record in both is there
    /// afterwards; keys that are not there are ignored; of a key that comes twice the last row counts.
    /// Answers are those of a cube built afresh.
    pub fn apply(&self, removed: Keys, upserts: CubeBatch) -> Result<Self, OlapError> {
        let rows = removed.len() + upserts.len();
        if rows > AT_ONCE.min(self.base.len() / 4).max(MERGE_FROM) {
            let whole = self.base.apply(&no_keys(&self.base), self.recent.batch())?;
            return Ok(whole.apply(&removed, upserts)?.into());
        }
        let edit = Edit { removed, upserts };
        let mut next = self.with(&edit)?;
        next.since.clone_from(&self.since);
        if let Some(since) = &mut next.since {
            since.push(Arc::new(edit));
        }
        Ok(next)
    }

    fn with(&self, edit: &Edit) -> Result<Self, OlapError> {
        let keys = [&edit.removed, &edit.upserts.keys];
        let keys: IntSet<Key> = keys.into_iter().flat_map(keys_in).collect();
        let mut gone: Vec<usize> = keys.iter().filter_map(|k| self.base.row_of(*k)).collect();
        gone.sort_unstable();
        Ok(Self {
            base: self.base.without_rows(&gone),
            recent: self.recent.apply(&edit.removed, edit.upserts.clone())?,
            since: None,
        })
    }

    /// The record of a key.
    pub fn find(&self, key: Key) -> Option<Found<'_>> {
        [&self.recent, &self.base].into_iter().find_map(|data| {
            Some(Found {
                row: data.row_of(key)?,
                data,
            })
        })
    }

    /// Whether the recent part has grown so far that it should be merged, and no merge is under way.
    pub fn wants_merge(&self) -> bool {
        let enough = (self.base.len() / 8).clamp(MERGE_FROM_LEAST, MERGE_FROM);
        self.since.is_none() && self.recent.len() + self.base.gone() >= enough
    }

    /// The same snapshot, which from now on remembers its edits, and the merge to run beside it.
    pub fn begin_merge(&self) -> (Self, Merge) {
        let merge = Merge {
            base: self.base.clone(),
            recent: self.recent.clone(),
        };
        let mut next = self.clone();
        next.since = Some(Vec::new());
        (next, merge)
    }

    /// The same records over the base that the merge made, with the edits since it was begun on top. A cube
    /// that was replaced meanwhile has no such edits and stays as it is.
    pub fn end_merge(&self, merged: CubeData) -> Result<Self, OlapError> {
        let Some(since) = &self.since else {
            return Ok(self.clone());
        };
        let mut next = Self::from(merged);
        for edit in since {
            next = next.with(edit)?;
        }
        Ok(next)
    }

    /// One table of all records, the recent ones merged in.
    pub fn settled(&self) -> Result<CubeData, OlapError> {
        if self.recent.is_empty() && self.base.gone() == 0 {
            return Ok(self.base.clone());
        }
        self.begin_merge().1.run()
    }

    /// The same snapshot without the merge that was begun.
    #[must_use]
    pub fn forget_merge(&self) -> Self {
        Self {
            since: None,
            ..self.clone()
        }
    }

    /// The members of a dimension in their order with the number of visible records, null included.
    pub fn dimension_members(
        &self,
        scope: &VisibleScope,
        dimension: &str,
    ) -> Result<Vec<(Value, u64)>, OlapError> {
        let mut members = self.base.dimension_members(scope, dimension)?;
        for (value, count) in self.recent.dimension_members(scope, dimension)? {
            match members.binary_search_by(|(member, _)| member.cmp(&value)) {
                Ok(at) => members[at].1 += count,
                Err(at) => members.insert(at, (value, count)),
            }
        }
        Ok(members)
    }

    /// What both parts take in memory, column by column.
    pub fn memory_bytes(&self) -> MemoryReport {
        let mut report = self.base.memory_bytes();
        let recent = self.recent.memory_bytes();
        for (column, more) in report.columns.iter_mut().zip(&recent.columns) {
            column.bytes += more.bytes;
        }
        report.rows = self.len();
        report
    }
}

fn keys_in(keys: &Keys) -> Vec<Key> {
    match keys {
        Keys::Int(keys) => keys.iter().copied().map(Key::Int).collect(),
        Keys::Uuid(keys) => keys.iter().copied().map(Key::Uuid).collect(),
    }
}
