//! Does an open stream of events end, or go on with what may be seen now, when a right is taken away? Each time within
//! five seconds, while a stream of somebody else goes on; and does a stop end the streams instead of waiting for them?

use geocrm_tests::{Client, Home, Server, good};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// TRUST: a right that was taken away is gone everywhere after this long.
const AT_MOST: Duration = Duration::from_secs(5);

struct Stream(BufReader<TcpStream>);

#[derive(Debug, PartialEq)]
enum Heard {
    Changed(Value),
    End,
    Nothing,
}

impl Stream {
    fn open(client: &Client) -> Self {
        let host = client.address().trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("it listens");
        let cookie = client.cookie().expect("signed in");
        let request = format!(
            "GET /api/v1/events HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut stream = Self(BufReader::new(stream));
        let started = Instant::now();
        while !stream.line(AT_MOST).expect("a line").contains("hello") {
            assert!(started.elapsed() < AT_MOST);
        }
        stream
    }

    /// `None` when nothing came for so long.
    fn line(&mut self, within: Duration) -> Option<String> {
        let within = within.max(Duration::from_millis(1));
        let socket = self.0.get_ref();
        socket.set_read_timeout(Some(within)).expect("a timeout");
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(_) => Some(line),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The next `changed`, or the end of the stream.
    fn next(&mut self, within: Duration) -> Heard {
        let started = Instant::now();
        while let Some(line) = self.line(within.saturating_sub(started.elapsed())) {
            if line.is_empty() || line == "0\r\n" {
                return Heard::End;
            }
            if let Some(data) = line.strip_prefix("data: {") {
                return Heard::Changed(serde_json::from_str(&format!("{{{data}")).expect("JSON"));
            }
        }
        Heard::Nothing
    }
}

/// Changes a customer of a territory; the data version afterwards.
fn edit(admin: &mut Client, territory: &str) {
    let asked = json!({"limit": 1, "filter": format!("territory = '{territory}'")});
    let page = admin.post("/api/v1/cubes/accounts/records", &asked);
    let id = page.expect(200).json()["rows"][0]["id"].clone();
    let path = format!("/api/v1/accounts/{}", id.as_str().expect("an account"));
    let etag = admin.get(&path).expect(200).etag.expect("a version");
    let body = json!({"note": format!("{etag} in {territory}")});
    let _ = admin.change("PATCH", &path, &etag, Some(&body)).expect(200);
}

fn data_version(client: &mut Client) -> Value {
    client.get("/api/v1/session").expect(200).json()["data_version"].clone()
}

#[test]
fn a_stream_of_events_follows_the_rights_of_who_listens() {
    let home = Home::new();
    home.say(&["demo", "--size", "1000", "--no-serve"]);
    let server = Server::start(&home, &["serve"]);
    let mut admin = Client::new(&server);
    admin.set_up(server.setup_token.as_deref().expect("a token"));
    let add = "user add --name Rita --email rita@example.org --territory T01";
    let add: Vec<&str> = add.split(' ').collect();
    good(&add, &home.run_with(&add, "correct horse battery\n"));
    let sign_in = || {
        let mut rita = Client::new(&server);
        let _ = rita
            .sign_in("rita@example.org", "correct horse battery")
            .expect(200);
        rita
    };
    let mut others = Stream::open(&admin);

    // Another territory: the stream goes on with it.
    let mut rita = sign_in();
    let mut stream = Stream::open(&rita);
    edit(&mut admin, "T02");
    edit(&mut admin, "T01");
    let version = data_version(&mut admin);
    let Heard::Changed(heard) = stream.next(AT_MOST) else {
        panic!("an own record changed");
    };
    assert_eq!(
        heard["data_version"], version,
        "and nothing was told before"
    );
    home.ask("UPDATE user_territories SET territory = 'T02' WHERE user_id = (SELECT id FROM users WHERE name = 'Rita')");
    let Heard::Changed(heard) = stream.next(AT_MOST) else {
        panic!("what may be seen has changed");
    };
    assert!(heard["quads"].is_null(), "anywhere: {heard}");
    edit(&mut admin, "T01");
    edit(&mut admin, "T02");
    let version = data_version(&mut admin);
    let Heard::Changed(heard) = stream.next(AT_MOST) else {
        panic!("a record that is now its own changed");
    };
    assert_eq!(
        heard["data_version"], version,
        "and nothing of T01 was told"
    );

    // Signing out elsewhere ends it; the stream of another session goes on.
    let mut second = sign_in();
    let mut beside = Stream::open(&second);
    let _ = rita
        .send("DELETE", "/api/v1/session", &[], None)
        .expect(204);
    assert_eq!(stream.next(AT_MOST), Heard::End);
    edit(&mut admin, "T02");
    assert!(matches!(beside.next(AT_MOST), Heard::Changed(_)));

    // Nothing but listening keeps no session alive, and a session that has ended ends it.
    home.ask("UPDATE sessions SET last_seen_at = last_seen_at - interval '31 minutes' WHERE user_id = (SELECT id FROM users WHERE name = 'Rita')");
    assert_eq!(beside.next(AT_MOST), Heard::End);
    assert_eq!(second.get("/api/v1/catalogue").status, 401);

    // A user who is shut out.
    let rita = sign_in();
    let mut stream = Stream::open(&rita);
    home.ask("UPDATE users SET disabled_at = now() WHERE name = 'Rita'");
    assert_eq!(stream.next(AT_MOST), Heard::End);

    // Who lost nothing has heard everything.
    let mut heard = 0;
    let last = data_version(&mut admin);
    loop {
        match others.next(AT_MOST) {
            Heard::Changed(change) if change["data_version"] == last => break,
            Heard::Changed(_) => heard += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, 4);
    let stopping = Instant::now();
    server.stop();
    assert!(stopping.elapsed() < AT_MOST, "{:?}", stopping.elapsed());
    assert_eq!(others.next(AT_MOST), Heard::End);
}
