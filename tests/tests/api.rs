//! The HTTP interface as its document promises it: every kind of refusal as problem details that say what to do,
//! filters under one hash, versions on every change, pages that lose nothing, headers on every answer.

use geocrm_domain::limits;
use geocrm_tests::{Client, Home, Reply, Server, all, good};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

const ACCOUNTS: &str = "/api/v1/cubes/accounts";

struct Api {
    client: Client,
    home: Home,
    server: Option<Server>,
}

impl Api {
    fn stranger(&self) -> Client {
        Client::new(self.server.as_ref().expect("it serves"))
    }

    fn count(&mut self, body: &Value) -> i64 {
        let reply = self.client.post(&format!("{ACCOUNTS}/query"), body);
        reply.expect(200).json()["matched"]
            .as_i64()
            .expect("a count")
    }

    fn some_account(&mut self) -> (String, Reply) {
        let page = self
            .client
            .post(&format!("{ACCOUNTS}/records"), &json!({"limit": 1}));
        let page = page.expect(200).json();
        let path = format!(
            "/api/v1/accounts/{}",
            page["rows"][0]["id"].as_str().expect("an id")
        );
        let account = self.client.get(&path).expect(200);
        (path, account)
    }
}

#[test]
fn the_interface_keeps_its_promises() {
    let home = Home::new();
    let server = Server::start(&home, &["demo", "--size", "2000", "--seed", "7"]);
    let mut client = Client::new(&server);
    client.set_up(server.setup_token.as_deref().expect("a one-time link"));
    let mut api = Api {
        client,
        home,
        server: Some(server),
    };
    all(
        &mut api,
        &[
            ("problems", every_refusal_is_a_problem),
            ("unknown members", unknown_members_are_refused),
            ("filters", a_filter_has_one_hash),
            (
                "figures",
                figures_and_tables_are_answered_or_refused_with_a_reason,
            ),
            ("batch", a_batch_is_its_queries),
            ("versions", a_change_needs_the_version_it_is_based_on),
            ("pages", pages_give_every_record_once),
            ("headers", every_answer_is_guarded),
            ("packing", answers_are_packed_as_asked),
            ("analyst", an_analyst_asks_for_sums_and_changes_nothing),
            ("document", the_document_is_the_committed_one),
        ],
    );
    api.server.take().expect("it serves").stop();
}

/// What protects households is shown by the engine's own tests; here is what the answers say of it.
fn an_analyst_asks_for_sums_and_changes_nothing(api: &mut Api) {
    let add = [
        "user",
        "add",
        "--name",
        "Anna Vos",
        "--email",
        "anna@example.org",
        "--role",
        "analyst",
    ];
    let _ = good(&add, &api.home.run_with(&add, "long enough it is\n"));
    let mut anna = api.stranger();
    let signed_in = anna.sign_in("anna@example.org", "long enough it is");
    assert_eq!(signed_in.expect(200).json()["user"]["role"], "analyst");
    let told = |client: &mut Client, dimensions: &[&str]| {
        let body = json!({"measures": ["count"], "dimensions": dimensions});
        client
            .post(&format!("{ACCOUNTS}/query"), &body)
            .expect(200)
            .json()
    };
    let exact = told(&mut api.client, &["status"]);
    assert_eq!(exact["persons"], json!({"told": "exact"}));
    let rounded = told(&mut anna, &["status"]);
    assert_eq!(rounded["persons"], json!({"told": "rounded"}));
    assert_ne!(rounded["matched"], 0);
    let fine = told(&mut anna, &["postcode"]);
    assert_eq!(fine["persons"]["told"], "left_out");
    let why = fine["persons"]["why"].as_str().expect("a reason");
    assert!(
        why.contains("postcode") && why.contains("housing_type"),
        "{why}"
    );
    assert!(fine["matched"].as_i64() < rounded["matched"].as_i64());
    let body = json!({"rows": ["municipality"], "columns": ["status"], "measures": ["count"]});
    let pivot = anna
        .post(&format!("{ACCOUNTS}/pivot"), &body)
        .expect(200)
        .json();
    assert_eq!(pivot["persons"]["told"], "rounded");
    let records = anna.post(&format!("{ACCOUNTS}/records"), &json!({"limit": 10}));
    assert_eq!(records.expect(200).json()["total"], 0);
    let (path, account) = api.some_account();
    let _ = anna.get(&path).expect(404);
    let etag = account.header("etag").expect("a version");
    let change = json!({"name": "Taken"});
    let reply = anna.send("PATCH", &path, &[("if-match", etag)], Some(&change));
    problem("a change by an analyst", &reply, 403, "forbidden");
    let reply = anna.post("/api/v1/accounts", &json!({"name": "New"}));
    problem("a new account by an analyst", &reply, 403, "forbidden");
}

/// Checks the members every problem has.
fn problem(what: &str, reply: &Reply, status: u16, kind: &str) -> Value {
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, status, "{what}: {text}");
    assert_eq!(
        reply.content_type, "application/problem+json",
        "{what}: {text}"
    );
    let body = reply.json();
    assert_eq!(body["status"], status, "{what}: {text}");
    assert_eq!(body["type"], format!("/problems/{kind}"), "{what}: {text}");
    for member in ["title", "detail"] {
        let said = body[member].as_str().unwrap_or_default();
        assert!(!said.is_empty(), "{what}: no {member}: {text}");
    }
    body
}

fn figures_and_tables_are_answered_or_refused_with_a_reason(api: &mut Api) {
    let (query, table) = (format!("{ACCOUNTS}/query"), format!("{ACCOUNTS}/pivot"));
    let part = json!({"name": "part", "share": {"of": "count"}});
    let body = json!({"measures": ["count", part], "dimensions": ["status"]});
    let answer = api.client.post(&query, &body).expect(200).json();
    let rows = answer["rows"].as_array().expect("rows");
    let total: f64 = rows
        .iter()
        .filter_map(|row| row["values"][1].as_f64())
        .sum();
    assert!((total - 1.0).abs() < 1e-12, "{answer}");

    let body = json!({
        "rows": ["city"], "columns": ["status"],
        "measures": ["count", {"name": "cities", "distinct": "city"}],
        "top": [{"dimension": "city", "by": "count", "count": 2}],
        "order": [{"by": "count", "descending": true}],
    });
    let pivot = api.client.post(&table, &body).expect(200).json();
    let rows = pivot["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3, "{pivot}");
    assert_eq!(rows[2]["keys"], json!([{"other": true}]));
    let sum: i64 = rows.iter().filter_map(|row| row["total"][0].as_i64()).sum();
    assert_eq!(Some(sum), pivot["total"][0].as_i64());
    assert_eq!(pivot["total"][0], pivot["matched"]);

    let near =
        json!({"near": {"around": {"type": "Point", "coordinates": [5, 52]}, "to_m": 40_000_000}});
    let everywhere = api.count(&json!({"measures": ["count"], "geometry": near}));
    let nowhere = json!({"difference": [near, near]});
    assert_eq!(
        api.count(&json!({"measures": ["count"], "geometry": nowhere})),
        0
    );
    assert!(everywhere > 0);
    let bands = json!({
        "measures": ["count"], "dimensions": ["distance_band"],
        "bands": {"around": {"type": "Point", "coordinates": [5, 52]}, "edges_m": [1_000, 100_000]},
    });
    let banded = api.client.post(&query, &bands).expect(200).json();
    let placed = banded["rows"].as_array().expect("rows").iter();
    let placed = placed.filter(|row| !row["keys"][0].is_null());
    let placed: i64 = placed.filter_map(|row| row["values"][0].as_i64()).sum();
    assert_eq!(placed, everywhere, "{banded}");

    for (reason, measure) in [
        (
            "means of groups",
            json!({"name": "x", "share": {"of": "revenue_mean_cents"}}),
        ),
        ("its mean", json!({"name": "x", "sum": "building_year"})),
        ("needs an area", json!({"name": "x", "per_km2": "count"})),
        (
            "dimension of time",
            json!({"name": "x", "growth": {"of": "count", "step": "year"}}),
        ),
    ] {
        let reply = api.client.post(&query, &json!({"measures": [measure]}));
        let said = problem(reason, &reply, 400, "invalid");
        assert!(
            said["detail"]
                .as_str()
                .is_some_and(|text| text.contains(reason)),
            "{said}"
        );
    }
    let catalogue = api.client.get("/api/v1/catalogue").expect(200).json();
    let classes = catalogue["cql2_conformance"].as_array().expect("classes");
    assert!(
        classes
            .iter()
            .any(|class| class.as_str().is_some_and(|c| c.ends_with("/basic-cql2")))
    );
}

fn every_refusal_is_a_problem(api: &mut Api) {
    let query = format!("{ACCOUNTS}/query");
    for (field, body) in [
        (
            "filter",
            json!({"measures": ["count"], "filter": "nosuch = 1"}),
        ),
        (
            "filter",
            json!({"measures": ["count"], "filter": "status ="}),
        ),
        (
            "geometry",
            json!({"measures": ["count"], "geometry": {"type": "Point", "coordinates": [5, 52]}}),
        ),
        (
            "bbox",
            json!({"measures": ["count"], "bbox": [6, 52, 5, 53]}),
        ),
    ] {
        let reply = api.client.post(&query, &body);
        let said = problem(field, &reply, 400, "invalid");
        assert_eq!(said["errors"][0]["field"], field, "{said}");
        assert!(said["errors"][0]["reason"].is_string(), "{said}");
    }
    for body in [
        json!({"measures": ["nosuch"]}),
        json!({"measures": ["count"], "dimensions": ["nosuch"]}),
        json!({"measures": "count"}),
        json!([]),
    ] {
        let _ = problem("query", &api.client.post(&query, &body), 400, "invalid");
    }
    let reply = api.client.send_text(
        "POST",
        &query,
        &[("content-type", "application/json")],
        "{".to_owned(),
    );
    let _ = problem("half a body", &reply, 400, "invalid");

    let mut stranger = api.stranger();
    let _ = problem(
        "stranger",
        &stranger.get("/api/v1/catalogue"),
        401,
        "signed-out",
    );
    let wrong = stranger.sign_in("ada@example.org", "not the password");
    let _ = problem("password", &wrong, 401, "wrong-password");

    let before = api.count(&json!({"measures": ["count"]}));
    let new = json!({"name": "Elsewhere", "kind": "organisation"});
    let json = ("content-type", "application/json");
    for headers in [
        &[json, ("sec-fetch-site", "cross-site")][..],
        &[json, ("sec-fetch-site", "same-site")],
        &[json, ("sec-fetch-site", "")],
        &[
            json,
            ("sec-fetch-site", ""),
            ("origin", "http://evil.example"),
        ],
    ] {
        let reply = api
            .client
            .send_text("POST", "/api/v1/accounts", headers, new.to_string());
        let _ = problem("cross-site", &reply, 403, "forbidden");
    }
    assert_eq!(api.count(&json!({"measures": ["count"]})), before);

    for path in [
        "/api/v1/accounts/00000000-0000-7000-8000-000000000000",
        "/api/v1/accounts/not-an-id",
        "/api/v1/filters/0123456789abcdef0123456789abcdef",
        "/api/v1/regions/nowhere",
        "/api/v1/regions/municipality/NOWHERE",
        "/api/v1/addresses/999999999999",
        "/api/v1/exports/00000000-0000-7000-8000-000000000000",
        "/api/v1/nosuch",
        "/tiles/nosuch.json",
        "/tiles/nosuch/0/0/0.mvt",
        "/tiles/accounts/1/5/5.mvt",
        "/tiles/accounts/x/0/0.mvt",
    ] {
        let _ = problem(path, &api.client.get(path), 404, "not-found");
    }
    let reply = api.client.post(
        "/api/v1/cubes/nosuch/query",
        &json!({"measures": ["count"]}),
    );
    let _ = problem("cube", &reply, 404, "not-found");

    let body = json!({"measures": ["count"], "at": "1"});
    let _ = problem("at", &api.client.post(&query, &body), 410, "gone");

    // One byte more than is taken.
    let frame = json!({"measures": ["count"], "filter": ""});
    let rest = limits::BODY_BYTES + 1 - frame.to_string().len();
    let long = json!({"measures": ["count"], "filter": "x".repeat(rest)});
    let _ = problem("long", &api.client.post(&query, &long), 413, "too-large");
    let reply = api.client.send_text(
        "POST",
        &query,
        &[("content-type", "text/plain")],
        json!({"measures": ["count"]}).to_string(),
    );
    let _ = problem("text/plain", &reply, 415, "media-type");
    // The server is still well after all that.
    assert_eq!(api.count(&json!({"measures": ["count"]})), before);
}

fn unknown_members_are_refused(api: &mut Api) {
    let (path, account) = api.some_account();
    let etag = account.etag.clone().expect("a version");
    let slipped = ("owner", json!("somebody"));
    for (route, body) in [
        (
            "/api/v1/cubes/accounts/query",
            json!({"measures": ["count"]}),
        ),
        (
            "/api/v1/cubes/accounts/batch",
            json!({"queries": [{"measures": ["count"]}]}),
        ),
        ("/api/v1/cubes/accounts/records", json!({"limit": 1})),
        (
            "/api/v1/filters",
            json!({"cube": "accounts", "filter": "status = 'customer'"}),
        ),
        (
            "/api/v1/exports",
            json!({"cube": "accounts", "format": "csv"}),
        ),
        ("/api/v1/geocode", json!({"text": "Kade 1"})),
        (
            "/api/v1/accounts",
            json!({"name": "New", "kind": "organisation"}),
        ),
        (
            "/api/v1/session",
            json!({"email": "a@example.org", "password": "x"}),
        ),
    ] {
        let mut body = body;
        body[slipped.0] = slipped.1.clone();
        let reply = api.client.post(route, &body);
        let said = problem(route, &reply, 400, "invalid");
        assert!(
            said["detail"].to_string().contains(slipped.0),
            "{route}: {said}"
        );
    }
    for slipped in [
        "version",
        "id",
        "created_at",
        "deleted_at",
        "place_state",
        "owner",
    ] {
        let body = json!({"name": "Slipped", slipped: "1"});
        let reply = api.client.change("PATCH", &path, &etag, Some(&body));
        let said = problem(slipped, &reply, 400, "invalid");
        assert!(said["detail"].to_string().contains(slipped), "{said}");
    }
    let reply = api.client.get("/tiles/accounts/0/0/0.mvt?sql=1");
    let _ = problem("tile", &reply, 400, "invalid");
    assert_eq!(
        api.client.get(&path).json(),
        account.json(),
        "nothing has changed"
    );
}

fn a_filter_has_one_hash(api: &mut Api) {
    let mut store = |cube: &str, filter: Value| {
        let body = json!({"cube": cube, "filter": filter});
        api.client.post("/api/v1/filters", &body).expect(201).json()
    };
    let text = store(
        "accounts",
        json!("status = 'customer' AND building_year < 1945"),
    );
    let spaced = store(
        "accounts",
        json!("  status='customer'   and building_year<1945 "),
    );
    let tree = json!({"op": "and", "args": [
        {"op": "=", "args": [{"property": "status"}, "customer"]},
        {"op": "<", "args": [{"property": "building_year"}, 1945]},
    ]});
    let tree = store("accounts", tree);
    let other = store("accounts", json!("status = 'customer'"));
    let roads = store("roads", json!("condition < 40"));
    let hash = text["hash"].as_str().expect("a hash").to_owned();
    assert_eq!(hash.len(), 32);
    assert_eq!((&text, &text), (&spaced, &tree));
    assert_ne!(text["hash"], other["hash"]);
    let back = store("accounts", text["cql2"].clone());
    assert_eq!(back, text, "the canonical form is its own");
    let back = store("accounts", text["text"].clone());
    assert_eq!(back, text);
    let path = format!("/api/v1/filters/{hash}");
    assert_eq!(api.client.get(&path).expect(200).json(), text);

    let inline =
        json!({"measures": ["count"], "filter": "status = 'customer' AND building_year < 1945"});
    let inline = api.count(&inline);
    let stored = api.count(&json!({"measures": ["count"], "f": hash}));
    assert_eq!(inline, stored);
    let customers = api.count(&json!({"measures": ["count"], "f": other["hash"]}));
    assert!(stored < customers && customers > 0);

    // Of another cube: only where every property is there too.
    let body = json!({"measures": ["count"], "f": roads["hash"]});
    let reply = api.client.post(&format!("{ACCOUNTS}/query"), &body);
    let said = problem("another cube", &reply, 400, "invalid");
    assert!(said["detail"].to_string().contains("condition"), "{said}");
    let year = json!({"cube": "addresses", "filter": "building_year < 1945"});
    let year = api.client.post("/api/v1/filters", &year).expect(201).json();
    let by_hash = api.count(&json!({"measures": ["count"], "f": year["hash"]}));
    let by_text = api.count(&json!({"measures": ["count"], "filter": "building_year < 1945"}));
    assert_eq!(by_hash, by_text);
}

fn a_batch_is_its_queries(api: &mut Api) {
    let queries = [
        json!({"measures": ["count"]}),
        json!({"measures": ["count", "revenue_cents"], "dimensions": ["status"]}),
        json!({"measures": ["count"], "dimensions": ["municipality", "kind"], "filter": "status <> 'former'"}),
        json!({"measures": ["count"], "dimensions": ["h3_7"],
               "order": [{"by": "count", "descending": true}], "limit": 5}),
        json!({"measures": ["count"], "filter": "revenue_cents > 100000"}),
    ];
    let batch = api
        .client
        .post(&format!("{ACCOUNTS}/batch"), &json!({"queries": queries}))
        .expect(200)
        .json();
    for (query, together) in queries
        .iter()
        .zip(batch["answers"].as_array().expect("answers"))
    {
        let reply = api.client.post(&format!("{ACCOUNTS}/query"), query);
        let alone = reply.expect(200).json();
        assert_eq!(&alone, together);
        assert_eq!(alone["data_version"], batch["data_version"]);
        let path = format!("{ACCOUNTS}/query?engine=sql");
        let sql = api.client.post(&path, query).expect(200).json();
        assert_eq!(alone["rows"], sql["rows"], "{query}");
        let mut at = query.clone();
        at["at"] = batch["data_version"].clone();
        let reply = api.client.post(&format!("{ACCOUNTS}/query"), &at);
        assert_eq!(&reply.expect(200).json(), together);
    }
    for queries in [vec![], vec![queries[0].clone(); 65]] {
        let body = json!({"queries": queries});
        let reply = api.client.post(&format!("{ACCOUNTS}/batch"), &body);
        let _ = problem("batch", &reply, 400, "invalid");
    }
}

fn a_change_needs_the_version_it_is_based_on(api: &mut Api) {
    let address = json!({"street": "Nowhere", "house_number": "1"});
    let new = json!({"name": "Versioned", "kind": "organisation", "address": address,
        "place": {"lng": 3.2, "lat": 54.0}, "territory": "T01"});
    let made = api.client.post("/api/v1/accounts", &new).expect(201);
    let etag = made.etag.clone().expect("a version");
    let path = format!(
        "/api/v1/accounts/{}",
        made.json()["id"].as_str().expect("an id")
    );
    assert_eq!(api.client.get(&path).etag, Some(etag.clone()));
    let place = format!("{path}/place");
    let geocode = format!("{path}/geocode");

    let position = json!({"lng": 3.21, "lat": 54.01});
    let renamed = json!({"name": "Renamed"});
    let unbased = [
        ("PATCH", &path, Some(&renamed)),
        ("PUT", &place, Some(&position)),
        ("POST", &geocode, None),
        ("DELETE", &path, None),
    ];
    for (method, path, body) in unbased {
        let reply = api.client.send(method, path, &[], body);
        let _ = problem(method, &reply, 428, "if-match");
        let reply = api.client.change(method, path, "\"x\"", body);
        let _ = problem(method, &reply, 400, "invalid");
    }
    assert_eq!(api.client.get(&path).json(), made.json());

    let changed = api
        .client
        .change("PATCH", &path, &etag, Some(&renamed))
        .expect(200);
    assert_ne!(changed.etag.as_deref(), Some(etag.as_str()));
    let mine = json!({"name": "Mine", "note": "n"});
    for (method, path, body) in [
        ("PATCH", &path, Some(&mine)),
        ("PUT", &place, Some(&position)),
        ("POST", &geocode, None),
        ("DELETE", &path, None),
    ] {
        let reply = api.client.change(method, path, &etag, body);
        let said = problem(method, &reply, 412, "conflict");
        assert_eq!(said["current"]["name"], "Renamed", "{said}");
        if method == "PATCH" {
            let name = json!({"field": "name", "yours": "Mine", "theirs": "Renamed"});
            let differences = said["differences"].as_array().expect("differences");
            assert!(differences.contains(&name), "{said}");
        }
    }
    assert_eq!(api.client.get(&path).json(), changed.json());

    let etag = changed.etag.expect("a version");
    let moved = api
        .client
        .change("PUT", &place, &etag, Some(&position))
        .expect(200);
    assert_eq!(moved.json()["place"], position);
    assert_eq!(moved.json()["place_state"], "pinned");
    let etag = moved.etag.expect("a version");
    let total = api.count(&json!({"measures": ["count"]}));
    let gone = api.client.change("DELETE", &path, &etag, None).expect(200);
    assert!(gone.json()["deleted_at"].is_string());
    assert_eq!(api.count(&json!({"measures": ["count"]})), total - 1);
    let _ = api
        .client
        .post(&format!("{path}/restore"), &json!({}))
        .expect(200);
    assert_eq!(api.count(&json!({"measures": ["count"]})), total);
    let history = api
        .client
        .get(&format!("{path}/history"))
        .expect(200)
        .json();
    let actions: Vec<&str> = history["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["action"].as_str().expect("an action"))
        .collect();
    assert_eq!(actions, ["restore", "delete", "move", "update", "create"]);
}

fn pages_give_every_record_once(api: &mut Api) {
    for (cube, order) in [
        ("accounts", json!([])),
        (
            "accounts",
            json!([{"by": "revenue_cents", "descending": true}]),
        ),
        (
            "accounts",
            json!([{"by": "status"}, {"by": "city", "descending": true}]),
        ),
        ("addresses", json!([{"by": "building_year"}])),
        ("roads", json!([{"by": "condition"}])),
        ("regions", json!([])),
        ("flows", json!([])),
    ] {
        let path = format!("/api/v1/cubes/{cube}/records");
        let limit = if cube == "addresses" { 317 } else { 37 };
        let mut body = json!({"order": order, "limit": limit});
        let mut seen = HashSet::new();
        let mut total = 0;
        loop {
            let page = api.client.post(&path, &body).expect(200).json();
            total = page["total"].as_u64().expect("a total").max(total);
            let rows = page["rows"].as_array().expect("rows");
            assert!(rows.len() <= limit);
            for row in rows {
                assert!(
                    seen.insert(row["id"].to_string()),
                    "{cube} {order}: twice {row}"
                );
            }
            if page["next"].is_null() {
                break;
            }
            assert_eq!(rows.len(), limit, "only the last page is short");
            body["after"] = page["next"].clone();
        }
        assert_eq!(seen.len() as u64, total, "{cube} {order}");
        assert!(total > 0, "{cube}");
    }
    for body in [
        json!({"limit": 0}),
        json!({"limit": 1001}),
        json!({"after": "x"}),
    ] {
        let reply = api.client.post(&format!("{ACCOUNTS}/records"), &body);
        let _ = problem("page", &reply, 400, "invalid");
    }
}

fn every_answer_is_guarded(api: &mut Api) {
    let mut stranger = api.stranger();
    for (path, status) in [
        ("/", 200),
        ("/map", 200),
        ("/health", 200),
        ("/nosuch.js", 404),
        ("/api/v1/session", 200),
        ("/api/v1/catalogue", 401),
        ("/api/v1/nosuch", 404),
        ("/tiles/accounts/0/0/0.mvt", 401),
    ] {
        let reply = stranger.get(path).expect(status);
        guarded(path, &reply);
    }
    for path in [
        "/api/v1/catalogue",
        "/api/v1/openapi.json",
        "/tiles/accounts.json",
        "/tiles/accounts/8/130/82.mvt",
        "/tiles/regions_municipality/8/130/82.mvt",
        "/api/v1/accounts/none",
    ] {
        let reply = api.client.get(path);
        guarded(path, &reply);
        if path.starts_with("/api") || path.contains("accounts/") {
            let kept = reply.header("cache-control").expect("a rule");
            assert!(kept.contains("no-store"), "{path}: {kept}");
        }
    }
    let signed_in = stranger.sign_in("ada@example.org", "correct horse battery");
    let cookie = signed_in.header("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let _ = stranger
        .send("DELETE", "/api/v1/session", &[], None)
        .expect(204);
    let _ = stranger.get("/api/v1/catalogue").expect(401);
}

fn guarded(path: &str, reply: &Reply) {
    let header = |name: &str| {
        reply
            .header(name)
            .unwrap_or_else(|| panic!("{path}: no {name}"))
    };
    let policy = header("content-security-policy");
    for part in [
        "script-src 'self';",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    let _ = header("cache-control");
}

fn answers_are_packed_as_asked(api: &mut Api) {
    let catalogue = api.client.get("/api/v1/catalogue").expect(200).json();
    let start = &catalogue["start"];
    let (x, y) = tile_of(&start["lng"], &start["lat"], 12);
    for path in [
        "/api/v1/catalogue".to_owned(),
        "/api/v1/openapi.json".to_owned(),
        format!("/tiles/base/12/{x}/{y}.mvt"),
        format!("/tiles/accounts/12/{x}/{y}.mvt"),
        format!("/tiles/hexagons/12/{x}/{y}.mvt?cube=addresses&measure=count"),
    ] {
        let plain = api.client.get(&path).expect(200);
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        for encoding in ["gzip", "br"] {
            let headers = [("accept-encoding", encoding)];
            let packed = api.client.send("GET", &path, &headers, None).expect(200);
            assert_eq!(packed.header("content-encoding"), Some(encoding), "{path}");
            assert_eq!(packed.header("vary"), Some("accept-encoding"), "{path}");
            assert!(packed.body.len() < plain.body.len(), "{path}: {encoding}");
            assert!(packed.unpacked() == plain.body, "{path}: {encoding}");
        }
    }
}

/// Tile of a place given in degrees.
fn tile_of(lng: &Value, lat: &Value, zoom: i32) -> (u32, u32) {
    let side = 2f64.powi(zoom);
    let (lng, lat) = (
        lng.as_f64().expect("degrees"),
        lat.as_f64().expect("degrees"),
    );
    let y = (lat.to_radians().tan().asinh() / std::f64::consts::PI).mul_add(-0.5, 0.5);
    (((lng / 360.0 + 0.5) * side) as u32, (y * side) as u32)
}

fn the_document_is_the_committed_one(api: &mut Api) {
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/openapi.json");
    let committed = std::fs::read_to_string(snapshot).expect("the snapshot");
    let said = api.home.say(&["openapi"]);
    assert!(
        said == committed,
        "the interface has changed: run `make gen`"
    );
    let served = api.client.get("/api/v1/openapi.json").expect(200).json();
    let committed: Value = serde_json::from_str(&committed).expect("JSON");
    assert_eq!(served, committed);
}
