//! The built binary from the first start to a recovered crash: one small demo region, one administrator, and the
//! same number in query, list and file.

use geocrm_tests::{Client, Home, Server};
use serde_json::{Value, json};

const DEMO: [&str; 5] = ["demo", "--size", "2000", "--seed", "7"];

fn count(client: &mut Client, cube: &str, body: &Value) -> i64 {
    let reply = client.post(&format!("/api/v1/cubes/{cube}/query"), body);
    let answer = reply.expect(200).json();
    answer["rows"][0]["values"][0].as_i64().expect("a count")
}

#[test]
fn from_first_start_to_recovered_crash() {
    let home = Home::new();
    let server = Server::start(&home, &DEMO);
    let token = server.setup_token.clone().expect("a one-time link");

    // Before anybody has signed in nothing is told, and a wrong link opens nothing.
    let mut client = Client::new(&server);
    for path in [
        "/api/v1/catalogue",
        "/api/v1/datasets",
        "/api/v1/search?q=a",
        "/tiles/accounts.json",
        "/tiles/accounts/0/0/0.mvt",
    ] {
        let reply = client.get(path).expect(401);
        assert_eq!(reply.content_type, "application/problem+json", "{path}");
    }
    let wrong = json!({"token": "x", "name": "E", "email": "e@example.org", "password": "long enough it is"});
    let _ = client.post("/api/v1/setup", &wrong).expect(403);
    client.set_up(&token);
    let again = json!({"token": token, "name": "E", "email": "e@example.org", "password": "long enough it is"});
    let _ = client.post("/api/v1/setup", &again).expect(403);
    let session = client.get("/api/v1/session").expect(200).json();
    assert_eq!(session["user"]["role"], "administrator");

    the_same_number_everywhere(&mut client);
    let before = count(&mut client, "accounts", &json!({"measures": ["count"]}));

    server.kill();
    let server = Server::start(&home, &DEMO);
    assert_eq!(server.setup_token, None, "set-up is closed for good");
    let mut client = Client::new(&server);
    let _ = client
        .sign_in("ada@example.org", "not the password")
        .expect(401);
    let _ = client
        .sign_in("nobody@example.org", "not the password")
        .expect(401);
    let _ = client
        .sign_in("ada@example.org", "correct horse battery")
        .expect(200);
    let after = count(&mut client, "accounts", &json!({"measures": ["count"]}));
    assert_eq!(before, after, "a crash loses nothing");
    server.stop();
}

fn the_same_number_everywhere(client: &mut Client) {
    let filter = "status = 'customer'";
    let query = json!({"measures": ["count"], "filter": filter});
    let counted = count(client, "accounts", &query);
    assert!(counted > 0);
    let sql = client
        .post("/api/v1/cubes/accounts/query?engine=sql", &query)
        .expect(200)
        .json();
    assert_eq!(sql["rows"][0]["values"][0], counted);
    let page = json!({"filter": filter, "limit": 1});
    let listed = client
        .post("/api/v1/cubes/accounts/records", &page)
        .expect(200)
        .json();
    assert_eq!(listed["total"], counted);
    for format in ["csv", "xlsx", "geojson", "gpkg"] {
        let order = json!({"cube": "accounts", "format": format, "filter": filter});
        let made = client.post("/api/v1/exports", &order).expect(201).json();
        assert_eq!(made["rows"], counted, "{format}");
        let url = made["url"].as_str().expect("a link");
        let file = client.get(url).expect(200).body;
        assert_eq!(made["bytes"], file.len(), "{format}");
        if format == "geojson" {
            let collection: Value = serde_json::from_slice(&file).expect("GeoJSON");
            let features = collection["features"].as_array().expect("features");
            assert_eq!(features.len() as i64, counted);
        }
        let id = made["id"].as_str().expect("an id");
        let rerun = client
            .post(&format!("/api/v1/exports/{id}/rerun"), &json!({}))
            .expect(200)
            .json();
        assert_eq!(rerun["same"], true, "{format}");
        assert_eq!(rerun["sha256"], made["sha256"], "{format}");
    }
}

#[test]
fn wrong_arguments_are_explained_and_change_nothing() {
    let home = Home::new();
    for (arguments, word) in [
        (&["demo", "--size", "5"][..], "--size"),
        (&["serve", "--port", "x"][..], "--port"),
        (&["fly"][..], "fly"),
    ] {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(word), "{arguments:?}: {text}");
    }
    // Plain HTTP beyond the machine itself is refused before anything is made.
    let output = home.run(&["serve", "--listen", "0.0.0.0", "--port", "0"]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("--tls-cert") && text.contains("--behind-proxy"),
        "{text}"
    );
    let left = std::fs::read_dir(home.path()).expect("a folder").count();
    assert_eq!(left, 0);
}
