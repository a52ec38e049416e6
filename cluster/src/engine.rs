//! What does GeoCRM's own engine answer? Either a running `geocrm` through its API, which shows that folder and
//! program agree, or a program that holds the engine alone and answers a line of JSON with a line of JSON, for data
//! that no database holds.

use anyhow::{Context, bail, ensure};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// Most bytes of one answer.
const ANSWER_BYTES: u64 = 1 << 30;

pub enum Engine {
    Api {
        agent: ureq::Agent,
        url: String,
        cookie: String,
    },
    Program {
        child: Child,
        questions: ChildStdin,
        answers: BufReader<ChildStdout>,
    },
}

/// An answer, and how long the engine took for it.
pub struct Answered {
    pub answer: Json,
    pub took_ms: f64,
}

impl Engine {
    /// Signs in to the program at `url`.
    pub fn at(url: &str, email: &str, password: &str) -> anyhow::Result<Self> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = url.trim_end_matches('/').to_owned();
        let body = json!({"email": email, "password": password});
        let (_, cookie) = post(&agent, &format!("{url}/api/v1/session"), "", &body)?;
        ensure!(!cookie.is_empty(), "signing in gave no session");
        Ok(Self::Api { agent, url, cookie })
    }

    /// Starts a program that says `ready` and then answers.
    pub fn program(command: &str) -> anyhow::Result<Self> {
        let mut words = command.split_whitespace();
        let mut child = Command::new(words.next().context("an empty command")?)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {command}"))?;
        let questions = child.stdin.take().context("its input")?;
        let mut answers = BufReader::new(child.stdout.take().context("its output")?);
        let mut line = String::new();
        while line.trim() != "ready" {
            line.clear();
            ensure!(answers.read_line(&mut line)? > 0, "{command} ended");
        }
        Ok(Self::Program {
            child,
            questions,
            answers,
        })
    }

    /// Rows, `matched`, `without_place` and `groups`.
    pub fn answer(&mut self, cube: &str, asked: &Json) -> anyhow::Result<Answered> {
        let start = Instant::now();
        let mut reply = match self {
            Self::Api { agent, url, cookie } => {
                let url = format!("{url}/api/v1/cubes/{cube}/query");
                post(agent, &url, cookie, asked)?.0
            }
            Self::Program {
                questions, answers, ..
            } => {
                writeln!(questions, "{asked}")?;
                let mut line = String::new();
                ensure!(answers.read_line(&mut line)? > 0, "the engine ended");
                serde_json::from_str(&line)?
            }
        };
        if let Some(error) = reply["error"].as_str() {
            bail!("the engine refuses {asked}: {error}");
        }
        // With its way through the wire or the pipe, as the others are asked.
        let took_ms = start.elapsed().as_secs_f64() * 1e3;
        let mut part = |name: &str| reply[name].take();
        let answer = json!({
            "rows": part("rows"),
            "matched": part("matched"),
            "without_place": part("without_place"),
            "groups": part("groups"),
        });
        Ok(Answered { answer, took_ms })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Self::Program { child, .. } = self {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The JSON of an answer, and the cookie that came with it.
fn post(
    agent: &ureq::Agent,
    url: &str,
    cookie: &str,
    body: &Json,
) -> anyhow::Result<(Json, String)> {
    let mut reply = agent
        .post(url)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .header("cookie", cookie)
        .send(body.to_string())
        .with_context(|| format!("asking {url}"))?;
    let status = reply.status();
    let cookie = reply
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok());
    let cookie = cookie
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    let cookie = cookie.to_owned();
    let text = reply
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES)
        .read_to_string()?;
    if !status.is_success() {
        bail!("{url} answers {status}: {text}");
    }
    Ok((serde_json::from_str(&text).unwrap_or(Json::Null), cookie))
}
