//! The cubes in memory and their versions. A snapshot never changes; following the outbox puts a new one
//! in its place, and the ones of the last minute are kept so that map, chart, table and file can be
//! asked at one and the same version.

use crate::cards::Cards;
use crate::error::AppError;
use geocrm_domain::catalogue::{ADDRESSES, CUBES, Cube};
use geocrm_domain::{Answer, CubeQuery, Pivot, PivotQuery, VisibleScope};
use geocrm_olap::{LiveCube, OlapError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long an answered version may be asked for again.
const KEPT: Duration = Duration::from_mins(1);

/// All cubes at one data version.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What the API calls `data_version`.
    pub version: String,
    cubes: Vec<Arc<LiveCube>>,
    /// What the map shows of each account.
    pub cards: Cards,
}

impl Snapshot {
    /// `cubes` in the order of the catalogue.
    pub fn new(version: String, cubes: Vec<Arc<LiveCube>>, cards: Cards) -> Self {
        Self {
            version,
            cubes,
            cards,
        }
    }

    pub fn cube(&self, cube: &'static Cube) -> &Arc<LiveCube> {
        let at = CUBES.iter().position(|c| c.name == cube.name).unwrap_or(0);
        &self.cubes[at]
    }

    /// Answers a question to a cube, with what the addresses have to say to it.
    pub fn query(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        query: &CubeQuery,
    ) -> Result<Answer, OlapError> {
        self.cube(cube)
            .query_beside(self.cube(&ADDRESSES), scope, query)
    }

    /// A table of rows × columns, with what the addresses have to say to it.
    pub fn pivot(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &PivotQuery,
    ) -> Result<Pivot, OlapError> {
        self.cube(cube)
            .pivot_beside(self.cube(&ADDRESSES), scope, asked)
    }

    /// The same cubes with one replaced.
    pub fn with_cube(&self, cube: &'static Cube, data: LiveCube) -> Self {
        let mut next = self.clone();
        if let Some(at) = CUBES.iter().position(|c| c.name == cube.name) {
            next.cubes[at] = Arc::new(data);
        }
        next
    }
}

/// The newest snapshot and its recent predecessors.
#[derive(Debug)]
pub struct Engine {
    newest: RwLock<Arc<Snapshot>>,
    recent: Mutex<VecDeque<(Instant, Arc<Snapshot>)>>,
}

impl Engine {
    pub fn new(first: Snapshot) -> Self {
        Self {
            newest: RwLock::new(Arc::new(first)),
            recent: Mutex::new(VecDeque::new()),
        }
    }

    pub fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.newest.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a snapshot in place of the newest.
    pub fn replace(&self, next: Snapshot) {
        let next = Arc::new(next);
        let before = {
            let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *newest, next)
        };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back((Instant::now(), before));
        while recent
            .front()
            .is_some_and(|(replaced, _)| replaced.elapsed() > KEPT)
        {
            recent.pop_front();
        }
    }

    /// Puts the same records in another shape in place of the newest: no answer changes.
    pub fn reshape(&self, next: Snapshot) {
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }

    /// The snapshot of a version, the newest without one; `Gone` when it is no longer kept.
    pub fn at(&self, version: Option<&str>) -> Result<Arc<Snapshot>, AppError> {
        let newest = self.newest();
        let Some(version) = version else {
            return Ok(newest);
        };
        if newest.version == version {
            return Ok(newest);
        }
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent
            .iter()
            .rev()
            .find(|(replaced, snapshot)| snapshot.version == version && replaced.elapsed() <= KEPT)
            .map(|(_, snapshot)| Arc::clone(snapshot))
            .ok_or_else(|| AppError::Gone {
                asked: version.to_owned(),
            })
    }
}
