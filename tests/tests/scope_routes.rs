//! What a representative of one territory can learn of the others: nothing, on any route of the OpenAPI document.
//! Each route is asked with other people's ids, names and filters; no answer may hold a byte of another's record,
//! every sum equals the administrator's over the one territory, and nothing of the others changes.

use geocrm_tests::{Client, Home, Server, good};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;

const OWN: &str = "territory = 'T01'";
const OTHERS: &str = "territory <> 'T01'";

/// One request of the representative.
struct Asked {
    /// `GET /api/v1/accounts/{id}`, as the document has it.
    route: &'static str,
    path: String,
    body: Option<Value>,
    /// Its status, where only one is right.
    status: Option<u16>,
}

fn asked(
    route: &'static str,
    path: impl Into<String>,
    body: Option<Value>,
    status: Option<u16>,
) -> Asked {
    let path = path.into();
    Asked {
        route,
        path,
        body,
        status,
    }
}

/// What the administrator knows and the representative must not.
struct World {
    own: Vec<Value>,
    foreign: Vec<Value>,
    deleted: Value,
    secrets: BTreeSet<String>,
    filter: String,
    export: String,
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn records(client: &mut Client, filter: &str) -> Vec<Value> {
    let mut body = json!({"limit": 1000});
    if !filter.is_empty() {
        body["filter"] = filter.into();
    }
    let reply = client.post("/api/v1/cubes/accounts/records", &body);
    let page = reply.expect(200).json();
    assert!(page["next"].is_null(), "all on one page");
    page["rows"].as_array().expect("rows").clone()
}

fn create(client: &mut Client, name: &str, territory: &str, at: &Value) -> Value {
    let body = json!({"name": name, "kind": "organisation", "territory": territory, "place": at,
        "email": format!("{}@secret.example", name.replace(' ', ".")), "note": format!("note of {name}"),
        "address": {"street": "Kade", "house_number": "1"}});
    client.post("/api/v1/accounts", &body).expect(201).json()
}

impl World {
    fn build(admin: &mut Client) -> Self {
        let place = |rows: &[Value]| {
            let placed = rows.iter().find(|row| row["place"].is_object());
            placed.expect("a place")["place"].clone()
        };
        // Records that stand out, beside the demo's own, in the midst of the representative's.
        let near = place(&records(admin, OWN));
        let far = place(&records(admin, OTHERS));
        for (name, at) in [
            ("Zzquill Foreign One", &near),
            ("Zzquill Foreign Two", &far),
        ] {
            let _ = create(admin, name, "T02", at);
        }
        let deleted = create(admin, "Zzquill Foreign Gone", "T02", &near);
        let path = format!("/api/v1/accounts/{}", text(&deleted["id"]));
        let _ = admin.change("DELETE", &path, "\"1\"", None).expect(200);
        let (own, foreign) = (records(admin, OWN), records(admin, OTHERS));
        assert!(own.len() > 20 && foreign.len() > 20);
        let filter = json!({"cube": "accounts", "filter": OTHERS});
        let filter = admin.post("/api/v1/filters", &filter).expect(201).json();
        let export = json!({"cube": "accounts", "format": "csv"});
        let export = admin.post("/api/v1/exports", &export).expect(201).json();

        let shown = serde_json::to_string(&own).expect("JSON");
        let mut secrets = BTreeSet::new();
        for account in foreign.iter().chain([&deleted]) {
            for field in ["id", "name", "email", "phone", "note"] {
                let value = account[field].as_str().unwrap_or_default();
                // Two families may have the same name.
                if !value.is_empty() && !shown.contains(value) {
                    secrets.insert(value.to_owned());
                }
            }
        }
        assert!(secrets.len() > 2 * foreign.len(), "enough to look for");
        secrets.insert("ada@example.org".to_owned());
        Self {
            own,
            foreign,
            deleted,
            secrets,
            filter: text(&filter["hash"]),
            export: text(&export["id"]),
        }
    }

    /// Every request, at least one for each route.
    fn cases(&self) -> Vec<Asked> {
        let mut cases = Vec::new();
        self.ask_for_accounts(&mut cases);
        self.ask_for_sums(&mut cases);
        self.ask_for_places(&mut cases);
        self.ask_for_tiles(&mut cases);
        let me = json!({"locale": "nl"});
        for case in [
            asked("GET /api/v1/session", "/api/v1/session", None, Some(200)),
            asked(
                "PATCH /api/v1/session",
                "/api/v1/session",
                Some(me),
                Some(200),
            ),
            asked(
                "POST /api/v1/setup",
                "/api/v1/setup",
                Some(
                    json!({"token": "x", "name": "E", "email": "e@example.org", "password": "long enough it is"}),
                ),
                Some(403),
            ),
            asked(
                "POST /api/v1/session",
                "/api/v1/session",
                Some(json!({"email": "ada@example.org", "password": "not the password"})),
                Some(401),
            ),
            asked(
                "GET /api/v1/catalogue",
                "/api/v1/catalogue",
                None,
                Some(200),
            ),
            asked("GET /api/v1/datasets", "/api/v1/datasets", None, Some(200)),
        ] {
            cases.push(case);
        }
        cases
    }

    fn ask_for_accounts(&self, cases: &mut Vec<Asked>) {
        let nobody = json!({"id": "00000000-0000-7000-8000-000000000000", "version": 1});
        let picked = self
            .foreign
            .iter()
            .step_by(9)
            .chain([&self.deleted, &nobody]);
        let position = json!({"lng": 3.2, "lat": 54.0});
        for account in picked {
            let path = format!("/api/v1/accounts/{}", text(&account["id"]));
            let below = |name: &str| format!("{path}/{name}");
            let taken = json!({"name": "Taken", "territory": "T01"});
            cases.extend([
                asked("GET /api/v1/accounts/{id}", &path, None, Some(404)),
                asked("PATCH /api/v1/accounts/{id}", &path, Some(taken), Some(404)),
                asked("DELETE /api/v1/accounts/{id}", &path, None, Some(404)),
                asked(
                    "POST /api/v1/accounts/{id}/restore",
                    below("restore"),
                    None,
                    Some(404),
                ),
                asked(
                    "PUT /api/v1/accounts/{id}/place",
                    below("place"),
                    Some(position.clone()),
                    Some(404),
                ),
                asked(
                    "POST /api/v1/accounts/{id}/geocode",
                    below("geocode"),
                    None,
                    Some(404),
                ),
                asked(
                    "GET /api/v1/accounts/{id}/history",
                    below("history"),
                    None,
                    Some(404),
                ),
            ]);
        }
        let new = |territory: &str| json!({"name": "Mine", "kind": "organisation", "territory": territory, "place": position});
        let route = "POST /api/v1/accounts";
        cases.push(asked(route, "/api/v1/accounts", Some(new("T02")), None));
        cases.push(asked(route, "/api/v1/accounts", Some(new("NOPE")), None));
        // Giving an own record away is refused too.
        let own = format!("/api/v1/accounts/{}", text(&self.own[0]["id"]));
        let away = json!({"territory": "T02"});
        cases.push(asked("PATCH /api/v1/accounts/{id}", own, Some(away), None));
    }

    fn ask_for_sums(&self, cases: &mut Vec<Asked>) {
        for filter in [json!(OTHERS), json!("revenue_cents >= 0"), json!(null)] {
            let body = json!({"measures": ["count", "revenue_cents"], "dimensions": ["territory"], "filter": filter});
            let stored =
                json!({"measures": ["count"], "dimensions": ["owner", "city"], "f": self.filter});
            let batch = json!({"queries": [body.clone(), stored.clone()]});
            let pivot = json!({
                "rows": ["territory"], "columns": ["city"], "filter": filter,
                "measures": ["revenue_cents", {"name": "owners", "distinct": "owner"}],
                "top": [{"dimension": "city", "by": "revenue_cents", "count": 3}],
            });
            let list = json!({"filter": filter, "limit": 1000, "order": [{"by": "revenue_cents"}]});
            for (route, path, body) in [
                (
                    "POST /api/v1/cubes/{cube}/query",
                    "/api/v1/cubes/accounts/query",
                    body,
                ),
                (
                    "POST /api/v1/cubes/{cube}/query",
                    "/api/v1/cubes/accounts/query",
                    stored,
                ),
                (
                    "POST /api/v1/cubes/{cube}/batch",
                    "/api/v1/cubes/accounts/batch",
                    batch,
                ),
                (
                    "POST /api/v1/cubes/{cube}/pivot",
                    "/api/v1/cubes/accounts/pivot",
                    pivot,
                ),
                (
                    "POST /api/v1/cubes/{cube}/records",
                    "/api/v1/cubes/accounts/records",
                    list,
                ),
            ] {
                cases.push(asked(route, path, Some(body), Some(200)));
            }
        }
        let world = json!({"outside": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}});
        let body = json!({"level": "municipality", "indicator": "nosuch", "geometry": world});
        let route = "POST /api/v1/apportion";
        cases.push(asked(route, "/api/v1/apportion", Some(body), Some(404)));
        let sql = json!({"measures": ["count"]});
        let path = "/api/v1/cubes/accounts/query?engine=sql";
        cases.push(asked(
            "POST /api/v1/cubes/{cube}/query",
            path,
            Some(sql),
            Some(403),
        ));
        let record = json!({"after": text(&self.foreign[0]["id"])});
        let path = "/api/v1/cubes/accounts/records";
        cases.push(asked(
            "POST /api/v1/cubes/{cube}/records",
            path,
            Some(record),
            None,
        ));
        let filter = json!({"cube": "accounts", "filter": OTHERS});
        cases.push(asked(
            "POST /api/v1/filters",
            "/api/v1/filters",
            Some(filter),
            Some(201),
        ));
        let path = format!("/api/v1/filters/{}", self.filter);
        cases.push(asked("GET /api/v1/filters/{hash}", path, None, Some(200)));
        for format in ["csv", "geojson", "gpkg", "xlsx"] {
            for filter in [json!(null), json!(OTHERS)] {
                let order = json!({"cube": "accounts", "format": format, "filter": filter});
                cases.push(asked(
                    "POST /api/v1/exports",
                    "/api/v1/exports",
                    Some(order),
                    Some(201),
                ));
            }
        }
        let path = format!("/api/v1/exports/{}", self.export);
        cases.push(asked("GET /api/v1/exports/{id}", &path, None, Some(404)));
        cases.push(asked(
            "GET /api/v1/exports/{id}/file",
            format!("{path}/file"),
            None,
            Some(404),
        ));
        let path = format!("{path}/rerun");
        cases.push(asked(
            "POST /api/v1/exports/{id}/rerun",
            path,
            Some(json!({})),
            Some(404),
        ));
    }

    fn ask_for_places(&self, cases: &mut Vec<Asked>) {
        for words in [
            "Zzquill",
            "Foreign",
            "Zzquill Foreign O",
            "secret.example",
            "account1",
        ] {
            let q = words.replace(' ', "%20");
            cases.push(asked(
                "GET /api/v1/search",
                format!("/api/v1/search?q={q}"),
                None,
                Some(200),
            ));
            let path = format!("/api/v1/geocode/suggest?q={q}");
            cases.push(asked("GET /api/v1/geocode/suggest", path, None, Some(200)));
            let body = json!({"text": words});
            cases.push(asked(
                "POST /api/v1/geocode",
                "/api/v1/geocode",
                Some(body.clone()),
                Some(200),
            ));
            let batch = json!({"rows": [body]});
            cases.push(asked(
                "POST /api/v1/geocode/batch",
                "/api/v1/geocode/batch",
                Some(batch),
                Some(200),
            ));
        }
        for account in self.foreign.iter().step_by(11) {
            if let (Some(lng), Some(lat)) = (
                account["place"]["lng"].as_f64(),
                account["place"]["lat"].as_f64(),
            ) {
                let at = format!("lng={lng}&lat={lat}");
                let path = format!("/api/v1/surroundings?{at}&radius_m=1000");
                cases.push(asked("GET /api/v1/surroundings", path, None, Some(200)));
                let path = format!("/api/v1/geocode/reverse?{at}&limit=5");
                cases.push(asked("GET /api/v1/geocode/reverse", path, None, Some(200)));
            }
            let id = text(&account["id"]);
            for (route, kind) in [
                ("GET /api/v1/addresses/{id}", "addresses"),
                ("GET /api/v1/buildings/{id}", "buildings"),
                ("GET /api/v1/roads/{id}", "roads"),
            ] {
                cases.push(asked(
                    route,
                    format!("/api/v1/{kind}/{id}"),
                    None,
                    Some(404),
                ));
                cases.push(asked(route, format!("/api/v1/{kind}/1"), None, None));
            }
        }
        for level in ["municipality", "neighbourhood"] {
            let path = format!("/api/v1/regions/{level}");
            cases.push(asked("GET /api/v1/regions/{level}", &path, None, Some(200)));
            let regions: BTreeSet<String> = self
                .foreign
                .iter()
                .filter_map(|account| Some(account["regions"][level]["code"].as_str()?.to_owned()))
                .collect();
            for code in regions.iter().take(4) {
                let path = format!("{path}/{code}");
                cases.push(asked(
                    "GET /api/v1/regions/{level}/{code}",
                    path,
                    None,
                    Some(200),
                ));
            }
        }
    }

    fn ask_for_tiles(&self, cases: &mut Vec<Asked>) {
        let tile = "GET /tiles/{layer}/{z}/{x}/{tile}";
        let json = "GET /tiles/{layer}";
        for layer in [
            "accounts",
            "hexagons",
            "base",
            "regions_municipality",
            "flows",
        ] {
            cases.push(asked(json, format!("/tiles/{layer}.json"), None, Some(200)));
        }
        let places = self
            .foreign
            .iter()
            .filter(|account| account["place"].is_object());
        let mut seen = BTreeSet::new();
        for account in places.step_by(4) {
            for zoom in [0, 7, 12, 14, 16] {
                let at = tile_of(&account["place"], zoom);
                for layer in [
                    "accounts?",
                    "accounts?filter=territory%20%3C%3E%20'T01'",
                    "hexagons?cube=accounts&measure=count",
                    "hexagons?cube=accounts&measure=revenue_cents",
                    "regions_municipality?cube=accounts&measure=count",
                    "buildings?",
                    "base?",
                ] {
                    let (name, query) = layer.split_once('?').expect("a query");
                    let path = format!("/tiles/{name}/{at}.mvt?{query}");
                    if seen.insert(path.clone()) {
                        cases.push(asked(tile, path, None, None));
                    }
                }
            }
        }
    }
}

/// `z/x/y` of the tile that holds a place.
fn tile_of(place: &Value, zoom: i32) -> String {
    let side = 2f64.powi(zoom);
    let [lng, lat] = ["lng", "lat"].map(|name| place[name].as_f64().expect("degrees"));
    let y = (lat.to_radians().tan().asinh() / std::f64::consts::PI).mul_add(-0.5, 0.5);
    let (x, y) = ((lng / 360.0 + 0.5) * side, y * side);
    format!("{zoom}/{}/{}", x as u32, y as u32)
}

#[test]
fn a_representative_learns_nothing_of_other_territories() {
    let home = Home::new();
    let server = Server::start(&home, &["demo", "--size", "2000", "--seed", "7"]);
    let mut admin = Client::new(&server);
    admin.set_up(server.setup_token.as_deref().expect("a one-time link"));
    let add = [
        "user",
        "add",
        "--name",
        "Vera Bos",
        "--email",
        "vera@example.org",
        "--territory",
        "T01",
    ];
    let _ = good(&add, &home.run_with(&add, "long enough it is\n"));
    let mut rep = Client::new(&server);
    let _ = rep
        .sign_in("vera@example.org", "long enough it is")
        .expect(200);

    let world = World::build(&mut admin);
    let before = state(&mut admin, &home, &world);
    let mut faults = Vec::new();
    let mut routes = BTreeSet::new();
    for case in world.cases() {
        ask(&mut rep, &world, &case, &mut faults);
        routes.insert(case.route.to_owned());
    }
    sums_are_those_of_the_territory(&mut admin, &mut rep, &world, &mut faults);
    let after = state(&mut admin, &home, &world);
    for (what, was) in &before {
        if after.get(what) != Some(was) {
            faults.push(format!("{what} is no longer what it was"));
        }
    }
    assert_eq!(before.len(), after.len(), "nothing was added to the others");

    events_name_no_record(&mut admin, &rep, &world, &mut faults);
    routes.insert("GET /api/v1/events".to_owned());
    // Last, since it ends the session.
    let case = asked("DELETE /api/v1/session", "/api/v1/session", None, Some(204));
    ask(&mut rep, &world, &case, &mut faults);
    routes.insert(case.route.to_owned());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    whoever_sees_more_is_caught(&mut admin, &world);

    let document = admin.get("/api/v1/openapi.json").expect(200).json();
    let mut known = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("an item").keys() {
            known.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    assert_eq!(
        routes, known,
        "every route of the document is asked, and no other"
    );
    server.stop();
}

/// The others' records with their histories, and the users, as the administrator sees them.
fn state(admin: &mut Client, home: &Home, world: &World) -> BTreeMap<String, Value> {
    let mut state = BTreeMap::new();
    for account in records(admin, OTHERS) {
        let id = text(&account["id"]);
        state.insert(format!("account {id}"), account);
    }
    let picked = world.foreign.iter().step_by(9).chain([&world.deleted]);
    for account in picked {
        let path = format!("/api/v1/accounts/{}/history", text(&account["id"]));
        let history = admin.get(&path);
        assert!(history.status == 200 || history.status == 404, "{path}");
        state.insert(path, history.json());
    }
    state.insert("users".to_owned(), home.say(&["user", "list"]).into());
    state.insert("own[0]".to_owned(), world.own[0]["territory"].clone());
    state
}

/// Sends a request and looks for every secret in the answer.
fn ask(rep: &mut Client, world: &World, case: &Asked, faults: &mut Vec<String>) {
    let (method, _) = case.route.split_once(' ').expect("a method");
    let sent = case.body.as_ref().map(Value::to_string).unwrap_or_default();
    for encoding in ["identity", "gzip", "br"] {
        // Writes are sent once.
        if encoding != "identity" && method != "GET" {
            break;
        }
        let headers = [("if-match", "\"1\""), ("accept-encoding", encoding)];
        let reply = rep.send(method, &case.path, &headers, case.body.as_ref());
        let what = format!("{method} {} {sent}: {}", case.path, reply.status);
        let mut body = reply.unpacked();
        if case.status.is_some_and(|status| status != reply.status) || reply.status >= 500 {
            let said = String::from_utf8_lossy(&body);
            faults.push(format!("{what}, not {:?}: {said}", case.status));
        }
        let mut headers = String::new();
        for (name, value) in &reply.headers {
            let _ = writeln!(headers, "{name}: {value}");
        }
        if case.route == "POST /api/v1/exports" && reply.status == 201 {
            let made: Value = serde_json::from_slice(&body).expect("JSON");
            let file = rep.get(made["url"].as_str().expect("a link")).expect(200);
            body.extend(readable(&file.body));
        }
        // Every secret is text, so that a tile's other bytes may become anything.
        let body = String::from_utf8_lossy(&body);
        for secret in &world.secrets {
            // What the representative sent may come back.
            if case.path.contains(secret) || sent.contains(secret) {
                continue;
            }
            if body.contains(secret.as_str()) || headers.contains(secret.as_str()) {
                faults.push(format!("{what} tells {secret:?}"));
            }
        }
    }
}

/// The same requests of somebody who may see the others must be found to tell of them.
fn whoever_sees_more_is_caught(admin: &mut Client, world: &World) {
    for route in [
        "GET /api/v1/accounts/{id}",
        "POST /api/v1/cubes/{cube}/records",
        "GET /api/v1/search",
        "GET /api/v1/surroundings",
        "GET /tiles/{layer}/{z}/{x}/{tile}",
        "POST /api/v1/exports",
    ] {
        let mut faults = Vec::new();
        for case in world.cases().iter().filter(|case| case.route == route) {
            ask(admin, world, case, &mut faults);
        }
        let told = faults.iter().filter(|fault| fault.contains(" tells "));
        assert!(told.count() > 0, "{route} would go unnoticed");
    }
}

/// A file with what is packed inside it: XLSX is a ZIP archive.
fn readable(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    if let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) {
        for at in 0..archive.len() {
            let mut part = archive.by_index(at).expect("a part");
            part.read_to_end(&mut out).expect("a whole part");
        }
    }
    out
}

/// Whatever sums the representative asks for, they are the administrator's over the one territory.
fn sums_are_those_of_the_territory(
    admin: &mut Client,
    rep: &mut Client,
    world: &World,
    faults: &mut Vec<String>,
) {
    for query in [
        json!({"measures": ["count", "revenue_cents"]}),
        json!({"measures": ["count"], "dimensions": ["territory"]}),
        json!({"measures": ["count"], "dimensions": ["status", "city"]}),
        json!({"measures": ["count"], "dimensions": ["h3_8"]}),
        json!({"measures": [{"name": "part", "share": {"of": "count"}}, {"name": "owners", "distinct": "owner"}],
            "dimensions": ["city"]}),
    ] {
        let mut narrowed = query.clone();
        narrowed["filter"] = OWN.into();
        let path = "/api/v1/cubes/accounts/query";
        let (theirs, ours) = (rep.post(path, &query), admin.post(path, &narrowed));
        if theirs.expect(200).json() != ours.expect(200).json() {
            faults.push(format!("other sums than those of the territory: {query}"));
        }
        narrowed["filter"] = OTHERS.into();
        let none = rep.post(path, &narrowed).expect(200).json();
        if none["matched"] != 0 || none["without_place"] != 0 {
            faults.push(format!("sums over the others: {none}"));
        }
    }
    let own = "territory%20%3D%20'T01'";
    let mut filled = 0;
    for case in world.cases() {
        let is_tile = case.path.starts_with("/tiles/") && case.path.contains(".mvt");
        let narrows = ["/accounts/", "/hexagons/", "cube=accounts"];
        if !is_tile
            || case.path.contains("filter=")
            || !narrows.iter().any(|n| case.path.contains(n))
        {
            continue;
        }
        let theirs = rep.get(&case.path);
        let ours = admin.get(&format!("{}&filter={own}", case.path));
        filled += usize::from(theirs.status == 200);
        if (theirs.status, &theirs.body) != (ours.status, &ours.body) {
            faults.push(format!("{} is not the territory's", case.path));
        }
    }
    assert!(filled > 5, "tiles with something in them: {filled}");
}

/// An event says where something of one's own changed, never what, and nothing of the records of others: of an edit of
/// another's record and one of an own only the second is heard.
fn events_name_no_record(
    admin: &mut Client,
    rep: &Client,
    world: &World,
    faults: &mut Vec<String>,
) {
    let host = rep.address().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("it listens");
    let cookie = rep.cookie().expect("signed in");
    let request =
        format!("GET /api/v1/events HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut heard = String::new();
    let mut until = |word: &str, heard: &mut String| {
        for line in lines.by_ref() {
            let found = line.contains(word);
            heard.push_str(&line);
            heard.push('\n');
            if found {
                return;
            }
        }
        panic!("no {word} in {heard}");
    };
    until("hello", &mut heard);

    let edit = |client: &mut Client, account: &Value, note: &str| {
        let path = format!("/api/v1/accounts/{}", text(&account["id"]));
        let etag = client.get(&path).expect(200).etag.expect("a version");
        let mut body = Map::new();
        body.insert("note".to_owned(), note.into());
        let _ = client
            .change("PATCH", &path, &etag, Some(&Value::Object(body)))
            .expect(200);
    };
    edit(admin, &world.foreign[1], "changed for the event");
    edit(admin, &world.own[1], "an own record");
    let now = admin.get("/api/v1/session").expect(200).json();
    until("data: {", &mut heard);
    for line in heard
        .lines()
        .filter_map(|line| line.strip_prefix("data: {"))
    {
        let event: Value = serde_json::from_str(&format!("{{{line}")).expect("JSON");
        let members: Vec<&String> = event.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["data_version", "kinds", "quads"], "{event}");
        assert_eq!(event["data_version"], now["data_version"], "{event}");
    }
    for secret in &world.secrets {
        if heard.contains(secret.as_str()) {
            faults.push(format!("the events tell {secret:?}"));
        }
    }
}
