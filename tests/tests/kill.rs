//! Ends the server as a power cut would while people edit, its files are written and recent edits are merged, again and
//! again. What starts afterwards begins from whatever files are there and must answer as SQL does; nothing that was
//! acknowledged may be lost.

#![expect(
    clippy::print_stdout,
    reason = "a harness says what it ran and what it counted"
)]

use geocrm_tests::{Client, Home, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const EDITORS: u64 = 3;

/// A small generator of our own, so that the moments repeat.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % below
    }
}

const KILLS: u64 = 4;

/// Which run of `make soak` this is: every one kills at other moments.
fn soak_run() -> u64 {
    let run = std::env::var("GEOCRM_SOAK_RUN").ok();
    run.map_or(0, |run| run.parse().expect("GEOCRM_SOAK_RUN is a number"))
}

fn records(client: &mut Client) -> Vec<Value> {
    let asked = json!({"limit": 200, "order": [{"by": "id"}]});
    let page = client
        .post("/api/v1/cubes/accounts/records", &asked)
        .expect(200)
        .json();
    page["rows"].as_array().expect("rows").clone()
}

/// Edits accounts of its own until the server is gone; returns what was acknowledged, by account.
fn edit(mut client: Client, ids: &[String], stop: &AtomicBool) -> BTreeMap<String, i64> {
    let mut acknowledged = BTreeMap::new();
    let mut revenue = 0;
    'editing: loop {
        for id in ids {
            if stop.load(Ordering::Relaxed) {
                break 'editing;
            }
            let path = format!("/api/v1/accounts/{id}");
            let Ok(seen) = client.try_send("GET", &path, &[], None) else {
                break 'editing;
            };
            let etag = seen.header("etag").expect("a version").to_owned();
            revenue += 1_000;
            let body = json!({"revenue_cents": revenue});
            let headers = [("if-match", etag.as_str())];
            let Ok(saved) = client.try_send("PATCH", &path, &headers, Some(&body)) else {
                break 'editing;
            };
            if saved.status == 200 {
                acknowledged.insert(id.clone(), revenue);
            }
        }
    }
    acknowledged
}

#[test]
fn a_killed_server_begins_again_with_everything_that_was_acknowledged() {
    let home = Home::new();
    home.say(&["demo", "--size", "1000", "--no-serve"]);
    let mut moments = Moments(5 + soak_run());
    let mut known = false;
    let (mut edits, mut unfinished) = (0, 0);
    for round in 0..KILLS {
        let server = Server::start(&home, &["serve", "--save-every-ms", "20"]);
        let mut client = Client::new(&server);
        if known {
            let _ = client.sign_in_again().expect(200);
        } else {
            client.set_up(server.setup_token.as_deref().expect("a token"));
            known = true;
        }
        let ids: Vec<String> = records(&mut client)
            .iter()
            .filter_map(|row| row["id"].as_str().map(str::to_owned))
            .collect();
        assert!(ids.len() > 10, "{} accounts", ids.len());
        let stop = Arc::new(AtomicBool::new(false));
        let said = Arc::new(Mutex::new(BTreeMap::new()));
        let editors: Vec<_> = (0..EDITORS)
            .map(|editor| {
                let ids: Vec<String> = ids
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at as u64 % EDITORS == editor)
                    .map(|(_, id)| id.clone())
                    .collect();
                let (stop, said) = (Arc::clone(&stop), Arc::clone(&said));
                let mut client = Client::new(&server);
                let _ = client.sign_in_again().expect(200);
                thread::spawn(move || {
                    let acknowledged = edit(client, &ids, &stop);
                    said.lock().expect("the editors").extend(acknowledged);
                })
            })
            .collect();
        // Only chooses the moment; what must hold holds at every moment.
        thread::sleep(Duration::from_millis(150 + moments.next(900)));
        server.kill();
        stop.store(true, Ordering::Relaxed);
        for editor in editors {
            editor.join().expect("an editor");
        }
        let folder = home.path().join("engine");
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names: Vec<String> = files
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .collect();
        assert!(!names.is_empty(), "no files in {}", folder.display());
        unfinished += usize::from(names.iter().any(|name| name.ends_with(".unfinished")));

        let report = home.say(&["doctor"]);
        assert_eq!(report.matches("equals SQL").count(), 5, "{report}");
        let server = Server::start(&home, &["serve"]);
        let mut client = Client::new(&server);
        let _ = client.sign_in_again().expect(200);
        for (id, revenue) in said.lock().expect("the editors").iter() {
            let account = client
                .get(&format!("/api/v1/accounts/{id}"))
                .expect(200)
                .json();
            let now = account["revenue_cents"].as_i64();
            assert!(
                now >= Some(*revenue),
                "round {round}: {id} has {now:?}, {revenue} was acknowledged"
            );
            edits += 1;
        }
        server.stop();
    }
    println!(
        "soak: {KILLS} kills of the server, {edits} acknowledged records read again, {unfinished} kills amid a file"
    );
    assert!(edits > 0);
}
