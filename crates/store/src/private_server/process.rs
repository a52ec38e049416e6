//! How is the server started, and when does it run? Its pid file may be stale and its pid another's, so that only
//! a process that works in the data folder counts; a start that replays a long log is waited for.

use super::folders::{file_error, make_folder};
use super::{PORT, PrivateServer, Purpose, ServerError};
use crate::server_files::memory_mb;
use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A start that replays a long log is waited for; one that does not move is given up.
const START_TIMEOUT: Duration = Duration::from_mins(10);
const ORPHANS_TIMEOUT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

impl PrivateServer {
    pub(super) fn command(&self, program: &str) -> Command {
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
    pub(super) fn initialise(&self) -> Result<(), ServerError> {
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
    pub(super) fn is_running(&self) -> bool {
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

    pub(super) fn launch(&mut self, purpose: Purpose) -> Result<(), ServerError> {
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
}

pub(super) fn run(program: &'static str, command: &mut Command) -> Result<(), ServerError> {
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

pub(super) fn postmaster_pid(data: &Path) -> Option<u32> {
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
