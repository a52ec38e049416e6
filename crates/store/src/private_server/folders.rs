//! Where are the server's files, and who may use them? One folder holds data, socket, log and the locks by which
//! several processes agree on who starts and who stops.

use super::{PORT, ServerError};
use crate::server_files::{RunAs, closed_parent};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Longest socket path of the operating system.
const SOCKET_PATH_BYTES: usize = 107;

#[derive(Debug, Clone)]
pub(super) struct Folders {
    pub(super) root: PathBuf,
    pub(super) data: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) log: PathBuf,
}

impl Folders {
    pub(super) fn of(root: &Path) -> Result<Self, ServerError> {
        let root = std::path::absolute(root).map_err(file_error("finding the folder", root))?;
        let folders = Self {
            data: root.join("pg"),
            socket: root.join("run"),
            log: root.join("postgres.log"),
            root,
        };
        let path = folders.socket.join(format!(".s.PGSQL.{PORT}"));
        let bytes = path.as_os_str().as_bytes().len();
        if bytes > SOCKET_PATH_BYTES {
            return Err(ServerError::PathTooLong { path, bytes });
        }
        Ok(folders)
    }

    /// Version that made the data folder, if there is one.
    pub(super) fn major(&self) -> Option<u32> {
        fs::read_to_string(self.data.join("PG_VERSION"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }
}

pub(super) fn file_error(
    doing: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> ServerError {
    let path = path.to_owned();
    move |source| ServerError::File {
        doing,
        path,
        source,
    }
}

pub(super) fn first_existing(path: &Path) -> PathBuf {
    path.ancestors()
        .find(|p| p.exists())
        .unwrap_or(path)
        .to_owned()
}

pub(super) fn check_passable(path: &Path, run_as: Option<RunAs>) -> Result<(), ServerError> {
    match run_as.and_then(|user| closed_parent(path, user)) {
        None => Ok(()),
        Some(folder) => Err(ServerError::FolderClosed { folder }),
    }
}

/// Makes a folder with its parents; one that is handed to the server's user is closed to everybody else.
pub(super) fn make_folder(path: &Path, owner: Option<RunAs>) -> Result<(), ServerError> {
    fs::create_dir_all(path).map_err(file_error("making the folder", path))?;
    if path
        .file_name()
        .is_some_and(|name| name == "run" || name == "pg.making")
    {
        fs::set_permissions(path, Permissions::from_mode(0o700))
            .map_err(file_error("closing the folder", path))?;
    }
    if let Some(user) = owner {
        chown(path, Some(user.uid), Some(user.gid))
            .map_err(file_error("handing over the folder", path))?;
    }
    Ok(())
}

pub(super) fn lock_file(path: &Path) -> Result<File, ServerError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(file_error("opening", path))
}
