//! `GeoCRM`'s own PostGIS: the system's PostgreSQL programs on a folder of ours, reachable through a unix socket
//! only. Starting adopts a server that runs there already and recovers one that crashed; the last user of the
//! folder stops it.

use crate::server_files::{Programs, RunAs, closed_parent, is_root, memory_mb, postgres_user};
use crate::{Doing, Store, StoreError};
use sqlx::{Connection, Executor, PgConnection};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

/// Longest socket path of the operating system.
const SOCKET_PATH_BYTES: usize = 107;
const PORT: u16 = 5432;
const DATABASE: &str = "geocrm";
/// A start that replays a long log is waited for; one that does not move is given up.
const START_TIMEOUT: Duration = Duration::from_mins(10);
const ORPHANS_TIMEOUT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

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

#[derive(Debug, Clone)]
struct Folders {
    root: PathBuf,
    data: PathBuf,
    socket: PathBuf,
    log: PathBuf,
}

impl Folders {
    fn of(root: &Path) -> Result<Self, ServerError> {
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
    fn major(&self) -> Option<u32> {
        fs::read_to_string(self.data.join("PG_VERSION"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }
}

fn file_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServerError {
    let path = path.to_owned();
    move |source| ServerError::File {
        doing,
        path,
        source,
    }
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

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.bin.join(program));
        command
            .env_clear()
            .env("PATH", &self.programs.bin)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir("/")
            .stdin(Stdio::null());
        if let Some(user) = self.run_as {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// Makes the data folder beside its place and moves it there whole: an interrupted first start leaves none.
    fn initialise(&self) -> Result<(), ServerError> {
        let folders = &self.folders;
        if folders.data.exists() {
            return Err(ServerError::ForeignFolder(folders.data.clone()));
        }
        let making = folders.root.join("pg.making");
        if making.exists() {
            fs::remove_dir_all(&making).map_err(file_error("clearing", &making))?;
        }
        make_folder(&making, self.run_as)?;
        let mut command = self.command("initdb");
        command.arg("-D").arg(&making).args([
            "-U",
            "geocrm_owner",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        ]);
        run("initdb", &mut command)?;
        fs::rename(&making, &folders.data).map_err(file_error("moving into place", &folders.data))
    }

    /// Whether a live postmaster works on this data folder. Its pid file may be stale and its pid another's.
    fn is_running(&self) -> bool {
        let Some(pid) = postmaster_pid(&self.folders.data) else {
            return false;
        };
        let Ok(own) = fs::canonicalize(&self.folders.data) else {
            return false;
        };
        // A postmaster's working directory is its data folder.
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == own)
            && fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
                stat.rsplit(") ")
                    .next()
                    .is_some_and(|s| !s.starts_with('Z'))
            })
    }

    fn launch(&mut self, purpose: Purpose) -> Result<(), ServerError> {
        let begun = Instant::now();
        // Processes of a killed server need a moment to notice that it is gone.
        while has_processes(&self.folders.data) {
            if begun.elapsed() > ORPHANS_TIMEOUT {
                return Err(ServerError::Orphans(self.folders.data.clone()));
            }
            std::thread::sleep(POLL);
        }
        // Nobody works here now; a lock left behind may carry a number that was given to a stranger, and
        // PostgreSQL would refuse to start.
        let socket_lock = self.folders.socket.join(format!(".s.PGSQL.{PORT}.lock"));
        for lock in [self.folders.data.join("postmaster.pid"), socket_lock] {
            if first_number(&lock).is_some_and(is_alive) {
                fs::remove_file(&lock).map_err(file_error("removing", &lock))?;
            }
        }
        let log_from = fs::metadata(&self.folders.log).map_or(0, |m| m.len());
        let mut child = self.spawn(purpose)?;
        if !self.wait_until_ready(&mut child, begun)? {
            return Err(ServerError::DidNotStart {
                log: self.folders.log.clone(),
                tail: self.log_tail(log_from),
            });
        }
        self.child = Some(child);
        Ok(())
    }

    fn spawn(&self, purpose: Purpose) -> Result<Child, ServerError> {
        let log = &self.folders.log;
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(file_error("opening", log))?;
        let errors = output.try_clone().map_err(file_error("opening", log))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.folders.data);
        let socket = self.folders.socket.as_os_str();
        command.arg("-c").arg({
            let mut setting = std::ffi::OsString::from("unix_socket_directories=");
            setting.push(socket);
            setting
        });
        for setting in settings(purpose, memory_mb()) {
            command.arg("-c").arg(setting);
        }
        command.stdout(output).stderr(errors);
        // Its own process group: ^C reaches us first, and we stop it in order.
        command.process_group(0);
        command
            .spawn()
            .map_err(file_error("starting", &self.programs.bin.join("postgres")))
    }

    /// `false` when the process ended.
    fn wait_until_ready(&self, child: &mut Child, begun: Instant) -> Result<bool, ServerError> {
        let pid_file = self.folders.data.join("postmaster.pid");
        loop {
            let ended = child
                .try_wait()
                .map_err(file_error("watching the server", &self.folders.data))?;
            if ended.is_some() {
                return Ok(false);
            }
            let text = fs::read_to_string(&pid_file).unwrap_or_default();
            let mut lines = text.lines();
            let ours = lines.next().and_then(|l| l.trim().parse().ok()) == Some(child.id());
            if ours && lines.nth(6).is_some_and(|status| status.trim() == "ready") {
                return Ok(true);
            }
            if begun.elapsed() > START_TIMEOUT {
                let killed = child.kill().and_then(|()| child.wait());
                killed.map_err(file_error("ending the server", &self.folders.data))?;
                return Ok(false);
            }
            std::thread::sleep(POLL);
        }
    }

    fn log_tail(&self, from: u64) -> String {
        let text = fs::read(&self.folders.log).unwrap_or_default();
        let new = text.get(from as usize..).unwrap_or_default();
        let text = String::from_utf8_lossy(new);
        let lines: Vec<&str> = text.lines().rev().take(6).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }

    /// Makes the role and the database; both may be there.
    async fn prepare(&self) -> Result<(), StoreError> {
        let doing = "preparing the database";
        let url = self.url("geocrm_owner", "postgres");
        let mut owner = PgConnection::connect(&url).await.doing(doing)?;
        let role: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geocrm_app')")
                .fetch_one(&mut owner)
                .await
                .doing(doing)?;
        if !role {
            tolerate_existing(owner.execute("CREATE ROLE geocrm_app LOGIN").await).doing(doing)?;
        }
        let database: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'geocrm')")
                .fetch_one(&mut owner)
                .await
                .doing(doing)?;
        if !database {
            tolerate_existing(owner.execute("CREATE DATABASE geocrm").await).doing(doing)?;
        }
        owner.close().await.doing(doing)
    }
}

/// Two starts may both find it missing.
fn tolerate_existing<T>(made: Result<T, sqlx::Error>) -> Result<(), sqlx::Error> {
    const DUPLICATE_OBJECT: &str = "42710";
    const DUPLICATE_DATABASE: &str = "42P04";
    const UNIQUE_VIOLATION: &str = "23505";
    match made {
        Ok(_) => Ok(()),
        Err(error) => {
            let code = error
                .as_database_error()
                .and_then(|e| e.code().map(std::borrow::Cow::into_owned));
            match code.as_deref() {
                Some(DUPLICATE_OBJECT | DUPLICATE_DATABASE | UNIQUE_VIOLATION) => Ok(()),
                _ => Err(error),
            }
        }
    }
}

/// Settings of the server by the memory of the machine.
fn settings(purpose: Purpose, memory_mb: u64) -> Vec<String> {
    let mut all: Vec<String> = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
        "jit=off",
        "random_page_cost=1.1",
        "checkpoint_timeout=15min",
        "max_wal_size=4GB",
        "log_min_messages=warning",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push(format!("port={PORT}"));
    let (shared, connections) = match purpose {
        Purpose::Live => ((memory_mb / 8).clamp(128, 4_096), 100),
        Purpose::Tests => (96, 300),
    };
    all.push(format!("shared_buffers={shared}MB"));
    all.push(format!("max_connections={connections}"));
    all.push(format!(
        "effective_cache_size={}MB",
        (memory_mb / 2).max(256)
    ));
    all.push(format!(
        "maintenance_work_mem={}MB",
        (memory_mb / 32).clamp(64, 1_024)
    ));
    all.push(format!("work_mem={}MB", (memory_mb / 256).clamp(16, 128)));
    match purpose {
        Purpose::Live => all.push("wal_compression=on".to_owned()),
        Purpose::Tests => all.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ]
            .map(str::to_owned),
        ),
    }
    all
}

fn run(program: &'static str, command: &mut Command) -> Result<(), ServerError> {
    let output = command.output().map_err(|e| ServerError::Program {
        program,
        output: e.to_string(),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    Err(ServerError::Program {
        program,
        output: String::from_utf8_lossy(&said).trim().to_owned(),
    })
}

fn first_existing(path: &Path) -> PathBuf {
    path.ancestors()
        .find(|p| p.exists())
        .unwrap_or(path)
        .to_owned()
}

fn check_passable(path: &Path, run_as: Option<RunAs>) -> Result<(), ServerError> {
    match run_as.and_then(|user| closed_parent(path, user)) {
        None => Ok(()),
        Some(folder) => Err(ServerError::FolderClosed { folder }),
    }
}

/// Makes a folder with its parents; one that is handed to the server's user is closed to everybody else.
fn make_folder(path: &Path, owner: Option<RunAs>) -> Result<(), ServerError> {
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

fn lock_file(path: &Path) -> Result<File, ServerError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(file_error("opening", path))
}

fn postmaster_pid(data: &Path) -> Option<u32> {
    first_number(&data.join("postmaster.pid"))
}

/// The process id in the first line of a lock file.
fn first_number(path: &Path) -> Option<u32> {
    fs::read_to_string(path)
        .ok()?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()
}

fn is_alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether any process of a server works on this data folder: all of them have it as working directory.
fn has_processes(data: &Path) -> bool {
    let Ok(own) = fs::canonicalize(data) else {
        return false;
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .into_iter()
        .any(|p| fs::read_link(p.path().join("cwd")).is_ok_and(|cwd| cwd == own))
}
