//! What the black-box tests share: the built binary in a folder of its own, and a client that speaks to it as a
//! browser does. Nothing here knows the inside of the program.

pub mod tiles;

use serde_json::Value;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Instant;
use tempfile::TempDir;

/// The binary under test: `GEOCRM_BIN`, or the one built beside the tests.
pub fn binary() -> PathBuf {
    let path = std::env::var_os("GEOCRM_BIN").map_or_else(
        || {
            let test = std::env::current_exe().expect("the test's own path");
            let folder = test.parent().and_then(Path::parent).expect("deps/..");
            folder.join("geocrm")
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "{} is missing: cargo build --workspace --bins",
        path.display()
    );
    path
}

/// A data folder that is gone afterwards, and with it any database still running in it.
pub struct Home {
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl Home {
    /// As root the database runs as another user, who must be able to get to the folder.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("geocrm-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir()
            .expect("a folder");
        Self {
            path: folder.path().to_owned(),
            _folder: Some(folder),
        }
    }

    /// A folder that stays, so that what is loaded once can be used again.
    pub fn at(path: PathBuf) -> Self {
        fs::create_dir_all(&path).expect("a folder");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("our own folder");
        Self {
            path,
            _folder: None,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .env("GEOCRM_HOME", self.path())
            .env_remove("DATABASE_URL")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// The program with this text on its standard input, run to its end.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    /// Standard output of a run that must end well.
    pub fn say(&self, arguments: &[&str]) -> String {
        good(arguments, &self.run(arguments))
    }

    /// What the private database answers to the statements of its owner: a line a row.
    pub fn ask(&self, sql: &str) -> String {
        let arguments = "-X -A -t -q -v ON_ERROR_STOP=1 -U geocrm_owner -d geocrm -h";
        let output = Command::new("psql")
            .args(arguments.split(' '))
            .arg(self.path().join("database/run"))
            .args(["-c", sql])
            .output()
            .expect("psql comes with PostgreSQL");
        good(&[sql], &output)
    }

    /// Process ids of the databases that run in the folder.
    pub fn databases(&self) -> Vec<String> {
        [self.path().join("database/pg/postmaster.pid")]
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok())
            .filter_map(|text| text.lines().next().map(str::to_owned))
            .collect()
    }
}

/// Standard output of a run that must have ended well.
pub fn good(arguments: &[&str], output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?}: {}: {error}",
        output.status
    );
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Standard error of a run that must have ended with this code.
pub fn bad(arguments: &[&str], output: &Output, code: i32) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    error
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for id in self.databases() {
            let _ = Command::new("kill").args(["-QUIT", &id]).status();
        }
    }
}

/// A serving program. Dropping it asks it to stop and waits.
pub struct Server {
    child: Child,
    pub address: String,
    /// Of the one-time link, on the first start.
    pub setup_token: Option<String>,
    log: PathBuf,
}

impl Server {
    /// Starts `geocrm ARGUMENTS --port 0` and waits until it says where it serves.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        let log = home.path().join("server.log");
        let mut child = home
            .command(arguments)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let mut address = None;
        let mut said = String::new();
        for line in &mut lines {
            if let Some(found) = line.strip_prefix("GeoCRM serves ") {
                address = Some(found.to_owned());
            }
            let token = line.split_once("/setup#token=").map(|(_, token)| token);
            if let (Some(address), true) =
                (&address, token.is_some() || line.starts_with("Sign in at "))
            {
                let server = Self {
                    child,
                    address: address.clone(),
                    setup_token: token.map(str::to_owned),
                    log,
                };
                thread::spawn(move || lines.for_each(drop));
                return server;
            }
            said.push_str(&line);
            said.push('\n');
        }
        let status = child.wait();
        let errors = fs::read_to_string(&log).unwrap_or_default();
        panic!("the server ended before it served: {status:?}\n{said}{errors}");
    }

    /// What went to standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop; it must do so well and without a warning in its log.
    pub fn stop(mut self) {
        self.ask_to_stop();
        let status = self.child.wait().expect("it ends");
        let log = self.log();
        assert!(status.success(), "{status}: {log}");
        assert!(
            !log.contains("WARN") && !log.contains("ERROR"),
            "the log holds a warning:\n{log}"
        );
    }

    fn ask_to_stop(&self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.ask_to_stop();
            let _ = self.child.wait();
        }
    }
}

/// A browser session, signed in or not.
pub struct Client {
    agent: ureq::Agent,
    address: String,
    cookie: Option<String>,
}

/// An answer with its body as bytes.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    pub etag: Option<String>,
    pub content_type: String,
    /// Every header, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Reply {
    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// The body as it was before the transfer made it smaller.
    pub fn unpacked(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let body = self.body.as_slice();
        match self.header("content-encoding") {
            None => Ok(out.write(body).expect("memory")),
            Some("gzip") => flate2::read::GzDecoder::new(body).read_to_end(&mut out),
            Some("br") => brotli::Decompressor::new(body, 4096).read_to_end(&mut out),
            Some(other) => panic!("a body packed as {other}"),
        }
        .expect("a whole body");
        out
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body, when the status is the one that was expected.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        self
    }
}

impl Client {
    pub fn new(server: &Server) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        Self {
            agent: config.into(),
            address: server.address.clone(),
            cookie: None,
        }
    }

    /// Uses the one-time link; from then on the client is its administrator.
    pub fn set_up(&mut self, token: &str) {
        let body = serde_json::json!({
            "token": token,
            "name": "Ada",
            "email": "ada@example.org",
            "password": "correct horse battery",
        });
        let _ = self.post("/api/v1/setup", &body).expect(201);
    }

    /// Signs in as the administrator that [`Client::set_up`] made.
    #[must_use]
    pub fn sign_in_again(&mut self) -> Reply {
        self.sign_in("ada@example.org", "correct horse battery")
    }

    pub fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        let body = serde_json::json!({ "email": email, "password": password });
        self.post("/api/v1/session", &body)
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[], Some(body))
    }

    /// A change based on a version of the record.
    pub fn change(&mut self, method: &str, path: &str, etag: &str, body: Option<&Value>) -> Reply {
        self.send(method, path, &[("if-match", etag)], body)
    }

    /// Any request with a JSON body; the session's cookie and the headers of a same-origin fetch go with it.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let answered = self.try_send(method, path, headers, body);
        answered.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same to a server that may be gone.
    pub fn try_send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, ureq::Error> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let mut headers = headers.to_vec();
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        self.try_send_text(method, path, &headers, text)
    }

    /// Any request whatsoever. A `sec-fetch-site` among the headers replaces our own; an empty one leaves it out.
    pub fn send_text(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        text: String,
    ) -> Reply {
        let answered = self.try_send_text(method, path, headers, text);
        answered.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_send_text(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        text: String,
    ) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        if !headers.iter().any(|(name, _)| *name == "sec-fetch-site") {
            request = request.header("sec-fetch-site", "same-origin");
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(text).expect("a request");
        let mut answer = self.agent.run(request)?;
        let header = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        if let Some(cookie) = header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let (etag, content_type) = (header("etag"), header("content-type"));
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let status = answer.status().as_u16();
        let body = answer
            .body_mut()
            .with_config()
            .limit(256 * 1024 * 1024)
            .read_to_vec()?;
        Ok(Reply {
            status,
            body,
            etag,
            content_type: content_type.unwrap_or_default(),
            headers,
        })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }
}

/// A part of a test, given what the parts share.
pub type Step<T> = fn(&mut T);

/// Runs every step even when an earlier one fails, says how long each took, and fails with the names of those
/// that did: tests that share a server live in one test function.
pub fn all<T>(shared: &mut T, steps: &[(&str, Step<T>)]) {
    let mut failed = Vec::new();
    for (name, step) in steps {
        let started = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| step(shared))).is_err() {
            failed.push(*name);
        }
        eprintln!("{name}: {} ms", started.elapsed().as_millis());
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}
