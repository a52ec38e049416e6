//! `GeoCRM`'s own PostGIS: the system's PostgreSQL programs on a folder of ours, reachable through a unix socket
//! only. Starting adopts a server that runs there already and recovers one that crashed; the last user of the
//! folder stops it.

mod database;
mod folders;
mod process;

use crate::server_files::{Programs, RunAs, is_root, postgres_user};
use crate::{Store, StoreError};
use folders::{Folders, check_passable, file_error, first_existing, lock_file, make_folder};
use process::{postmaster_pid, run};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Child;

/// What the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Keeps what it was given through any crash.
    Live,
    /// Fast and forgetful: a crash of the machine loses the data.
    Tests,
}

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("{what} is not installed; install it with: {command}")]
    MissingPrograms { what: &'static str, command: String },
    #[error("PostgreSQL does not run as root, and there is no user named postgres to run it under")]
    NoPostgresUser,
    #[error("the user postgres may not pass through {}; choose a data folder elsewhere or allow it with: chmod o+x {0}", folder.display())]
    FolderClosed { folder: PathBuf },
    #[error("the path of the socket has {bytes} bytes, at most 107 are possible: {}; choose a shorter data folder", path.display())]
    PathTooLong { path: PathBuf, bytes: usize },
    #[error("{}: {doing} failed", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{program} failed: {output}")]
    Program {
        program: &'static str,
        output: String,
    },
    #[error("PostgreSQL did not start; the end of {}: {tail}", log.display())]
    DidNotStart { log: PathBuf, tail: String },
    #[error("processes of an earlier server still work on {}", .0.display())]
    Orphans(PathBuf),
    #[error("{} holds something that is no data folder of GeoCRM", .0.display())]
    ForeignFolder(PathBuf),
}

const PORT: u16 = 5432;
const DATABASE: &str = "geocrm";

/// A running private server. Dropping it leaves the server running for whoever comes next; [`PrivateServer::stop`]
/// stops it.
#[derive(Debug)]
pub struct PrivateServer {
    folders: Folders,
    programs: Programs,
    run_as: Option<RunAs>,
    child: Option<Child>,
    /// Shared lock that says the server is in use.
    users: File,
}

impl PrivateServer {
    /// Starts, adopts or recovers the server of this folder and brings its schema up to date. Blocking parts take
    /// a few seconds the first time.
    pub async fn start(root: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let server = Self::start_process(root, purpose)?;
        server.prepare().await?;
        Store::migrate(&server.owner_url()).await?;
        Ok(server)
    }

    /// As [`PrivateServer::start`], without database and schema.
    pub(crate) fn start_process(root: &Path, purpose: Purpose) -> Result<Self, ServerError> {
        let folders = Folders::of(root)?;
        let programs = Programs::find(folders.major())?;
        let run_as = if is_root() {
            Some(postgres_user()?)
        } else {
            None
        };
        let existed = folders.root.exists();
        if !existed {
            let parent = first_existing(&folders.root);
            check_passable(&parent.join("below"), run_as)?;
        }
        make_folder(&folders.root, None)?;
        check_passable(&folders.data, run_as)?;
        let starting = lock_file(&folders.root.join("start.lock"))?;
        starting
            .lock()
            .map_err(file_error("locking", &folders.root))?;
        let users = lock_file(&folders.root.join("users.lock"))?;
        users
            .lock_shared()
            .map_err(file_error("locking", &folders.root))?;
        let mut server = Self {
            folders,
            programs,
            run_as,
            child: None,
            users,
        };
        if server.folders.major().is_none() {
            server.initialise()?;
        }
        make_folder(&server.folders.socket, run_as)?;
        if !server.is_running() {
            server.launch(purpose)?;
        }
        Ok(server)
    }

    /// Whether this process started the server (else it was running already).
    pub fn started_here(&self) -> bool {
        self.child.is_some()
    }

    /// Process id of the server.
    pub fn pid(&self) -> Option<u32> {
        postmaster_pid(&self.folders.data)
    }

    /// For migrations and nothing else.
    pub fn owner_url(&self) -> String {
        self.url("geocrm_owner", DATABASE)
    }

    /// For everything else.
    pub fn app_url(&self) -> String {
        self.url("geocrm_app", DATABASE)
    }

    pub(crate) fn url(&self, role: &str, database: &str) -> String {
        let escaped = |byte: &u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(*byte).to_string()
            }
            other => format!("%{other:02X}"),
        };
        let socket: String = self
            .folders
            .socket
            .as_os_str()
            .as_bytes()
            .iter()
            .map(escaped)
            .collect();
        format!("postgres://{role}@localhost:{PORT}/{database}?host={socket}")
    }

    /// Stops the server unless another process uses it too; `true` when it was stopped.
    pub fn stop(mut self) -> Result<bool, ServerError> {
        let starting = lock_file(&self.folders.root.join("start.lock"))?;
        starting
            .lock()
            .map_err(file_error("locking", &self.folders.root))?;
        self.users
            .unlock()
            .map_err(file_error("unlocking", &self.folders.root))?;
        if self.users.try_lock().is_err() {
            return Ok(false);
        }
        if self.is_running() {
            let mut command = self.command("pg_ctl");
            command
                .arg("-D")
                .arg(&self.folders.data)
                .args(["-m", "fast", "-w", "-t", "120", "stop"]);
            run("pg_ctl", &mut command)?;
        }
        if let Some(child) = &mut self.child {
            child
                .wait()
                .map_err(file_error("waiting for the server", &self.folders.data))?;
        }
        Ok(true)
    }
}
