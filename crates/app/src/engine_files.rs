//! The engine's cubes in files, so that a restart is ready in seconds and then catches up. A list names the files
//! and the snapshot of the database they stand for; it is put in place last, so that a crash at any moment leaves
//! the former list with its files or the new one with all of them. What cannot be read is built anew.

use crate::App;
use crate::engine::Snapshot;
use crate::error::AppError;
use geocrm_domain::catalogue::CUBES;
use geocrm_domain::region::RegionTree;
use geocrm_olap::{CubeData, LiveCube};
use serde_json::{Value as Json, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

const LIST: &str = "engine.json";
/// Locked by whoever writes, so that two servers over one home do not mix their files.
const LOCK: &str = "lock";
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Cubes in the order of the catalogue, and the snapshot of the database they stand for.
type Read = (Vec<Arc<LiveCube>>, geocrm_store::Snapshot);

/// What was written last.
#[derive(Debug, Default)]
struct Saved {
    version: Option<String>,
    seen: Option<geocrm_store::Snapshot>,
    at: Option<Instant>,
    /// In the order of the catalogue.
    cubes: Vec<(Arc<LiveCube>, String)>,
}

#[derive(Debug)]
pub(crate) struct EngineFiles {
    folder: PathBuf,
    saved: Mutex<Saved>,
    /// Held while files are written.
    saving: tokio::sync::Mutex<()>,
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl EngineFiles {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            saved: Mutex::new(Saved::default()),
            saving: tokio::sync::Mutex::new(()),
        }
    }

    /// The cubes of the last time and the snapshot they stand for; `None` when there are none that can be read.
    pub(crate) fn read(&self, tree: &RegionTree) -> Option<Read> {
        match self.read_list(tree) {
            Ok(read) => Some(read),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::info!(%error, "the engine's files cannot be used; reading the database instead");
                None
            }
        }
    }

    fn read_list(&self, tree: &RegionTree) -> io::Result<Read> {
        let list: Json = serde_json::from_slice(&fs::read(self.folder.join(LIST))?)?;
        let text = |at: &Json| at.as_str().map(str::to_owned);
        let seen = &list["seen"];
        let seen = text(&seen["snapshot"])
            .zip(seen["data_version"].as_i64())
            .zip(text(&seen["database"]))
            .map(|((snapshot, version), database)| {
                geocrm_store::Snapshot::new(snapshot, version, database)
            })
            .ok_or_else(|| invalid("the list does not say what it stands for"))?;
        let mut saved = Vec::with_capacity(CUBES.len());
        for cube in CUBES {
            let name = text(&list["cubes"][cube.name])
                .filter(|name| {
                    Path::new(name)
                        .file_name()
                        .is_some_and(|n| n == name.as_str())
                })
                .ok_or_else(|| invalid("the list does not name a file for every cube"))?;
            let mut file = File::open(self.folder.join(&name))?;
            let bytes = file.metadata()?.len();
            let data = CubeData::read(cube, tree, &mut file, bytes)
                .map_err(|e| invalid(&format!("{name}: {e}")))?;
            saved.push((Arc::new(LiveCube::from(data)), name));
        }
        let version = seen.data_version().to_string();
        let cubes = saved.iter().map(|(cube, _)| Arc::clone(cube)).collect();
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Saved {
            version: Some(version),
            seen: Some(seen.clone()),
            at: Some(Instant::now()),
            cubes: saved,
        };
        Ok((cubes, seen))
    }

    /// Whether the files are of another version and old enough.
    fn is_due(&self, version: &str, after: Duration) -> bool {
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        saved.version.as_deref() != Some(version) && saved.at.is_none_or(|at| at.elapsed() >= after)
    }

    /// Writes the cubes that are not in a file already, then the list, then forgets the files it does not name.
    fn write(
        &self,
        snapshot: &Snapshot,
        seen: &geocrm_store::Snapshot,
        run: &str,
    ) -> Result<(), AppError> {
        let io = |source| AppError::Io {
            context: format!("writing the engine's files in {}", self.folder.display()),
            source,
        };
        fs::create_dir_all(&self.folder).map_err(io)?;
        let lock = File::create(self.folder.join(LOCK)).map_err(io)?;
        if lock.try_lock().is_err() {
            // Another server over this home is writing the same.
            return Ok(());
        }
        let known = {
            let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
            saved.cubes.clone()
        };
        let mut cubes = Vec::with_capacity(CUBES.len());
        let mut names = serde_json::Map::new();
        for cube in CUBES {
            let live = snapshot.cube(cube);
            let same = known
                .iter()
                .find(|(known, name)| Arc::ptr_eq(known, live) && self.folder.join(name).is_file());
            let name = if let Some((_, name)) = same {
                name.clone()
            } else {
                let name = format!("{}-{run}.cube", cube.name);
                let data = live.settled()?;
                self.put(&name, |out| {
                    data.write(out).map_err(|e| invalid(&e.to_string()))
                })
                .map_err(io)?;
                name
            };
            names.insert(cube.name.to_owned(), name.clone().into());
            cubes.push((Arc::clone(live), name));
        }
        let list = json!({
            "seen": {
                "snapshot": seen.as_text(), "data_version": seen.data_version(), "database": seen.database(),
            },
            "cubes": names,
        });
        self.put(LIST, |out| out.write_all(list.to_string().as_bytes()))
            .map_err(io)?;
        for entry in fs::read_dir(&self.folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            if name != LIST && name != LOCK && !cubes.iter().any(|(_, kept)| name == kept.as_str())
            {
                fs::remove_file(self.folder.join(name)).map_err(io)?;
            }
        }
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Saved {
            version: Some(snapshot.version.clone()),
            seen: Some(seen.clone()),
            at: Some(Instant::now()),
            cubes,
        };
        Ok(())
    }

    /// A file that is there whole under its name, or not at all.
    fn put(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let unfinished = self.folder.join(format!("{name}.unfinished"));
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
        write(&mut out)?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        fs::rename(unfinished, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }
}

impl App {
    /// Writes the engine's files, if they are of another version than the engine.
    pub(crate) async fn save_engine(&self) -> Result<(), AppError> {
        let _saving = self.files.saving.lock().await;
        let (snapshot, seen) = {
            let following = self.following.lock().await;
            (self.engine.newest(), following.seen().clone())
        };
        let before = {
            let saved = self.files.saved.lock();
            let saved = saved.unwrap_or_else(PoisonError::into_inner);
            if saved.version.as_deref() == Some(snapshot.version.as_str()) {
                return Ok(());
            }
            saved.seen.clone()
        };
        let files = Arc::clone(&self.files);
        let run = self.clock.new_id().simple().to_string();
        tokio::task::spawn_blocking(move || files.write(&snapshot, &seen, &run))
            .await
            .map_err(|e| AppError::internal("writing the engine's files", e))??;
        if let (true, Some(before)) = (self.owns_server().await, before) {
            // Whoever starts from the files needs nothing older than they are, and whoever else follows this private
            // database has long seen what the files before them held.
            self.store.prune_outbox(&before).await?;
        }
        Ok(())
    }
}

/// Keeps the files near the engine until the app is gone: after a start at once, then as often as is asked while people
/// edit.
pub(crate) async fn keep_files(app: Weak<App>, every: Duration) {
    loop {
        tokio::time::sleep(LOOK_EVERY.min(every)).await;
        let Some(app) = app.upgrade().filter(|app| !app.is_closed()) else {
            return;
        };
        if app.files.is_due(&app.data_version(), every)
            && let Err(error) = app.save_engine().await
        {
            tracing::error!(%error, "cannot write the engine's files; trying again");
        }
    }
}
