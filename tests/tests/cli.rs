//! The command line as people use it: every command that needs no browser, what it refuses, and what a power cut
//! in the middle of an import leaves behind.

use geocrm_tests::{Client, Home, Server, all, bad, good};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// A home with the small demo region. A server keeps its database running for the commands.
struct Demo {
    home: Home,
    server: Option<Server>,
}

impl Demo {
    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.file(name);
        fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    /// What a cube's CSV export says.
    fn exported(&self, cube: &str) -> String {
        let path = self.file("state.csv");
        let _ = self
            .home
            .say(&["export", cube, "-o", &path.display().to_string()]);
        fs::read_to_string(path).expect("a file")
    }

    /// Street, number, postcode and city of some addresses of the region.
    fn addresses(&self, count: usize) -> Vec<[String; 4]> {
        let text = self.exported("addresses");
        let mut lines = text.lines();
        let headers: Vec<&str> = lines.next().expect("headers").split(',').collect();
        let columns = ["Street", "House number", "Postcode", "City"].map(|name| {
            let at = headers.iter().position(|header| *header == name);
            at.unwrap_or_else(|| panic!("{name} among {headers:?}"))
        });
        lines
            .filter(|line| !line.contains('"'))
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                columns.map(|at| cells[at].to_owned())
            })
            .filter(|cells| cells.iter().all(|cell| !cell.is_empty()))
            .take(count)
            .collect()
    }
}

#[test]
fn commands_do_what_they_say() {
    let home = Home::new();
    let said = home.say(&["demo", "--size", "2000", "--seed", "7", "--no-serve"]);
    assert!(said.contains("2000 addresses"), "{said}");
    let again = home.say(&["demo", "--size", "2000", "--seed", "7", "--no-serve"]);
    assert!(!again.contains("2000 addresses"), "loaded twice: {again}");
    let server = Some(Server::start(&home, &["serve"]));
    let mut demo = Demo { home, server };
    all(
        &mut demo,
        &[
            ("load", loading_says_what_is_wrong),
            ("import", an_import_is_exact_and_taken_back_exactly),
            ("geocode", places_are_found_with_named_faults),
            ("export", all_four_formats_are_written),
            ("cube", a_cube_leaves_once_and_whole),
            ("doctor", the_doctor_finds_every_cube_well),
            ("user", users_are_added_and_listed),
            ("two servers", a_second_server_shares_the_home),
            ("power cut", a_power_cut_leaves_all_or_nothing),
        ],
    );
}

#[test]
fn help_names_every_command() {
    let home = Home::new();
    let help = home.say(&["--help"]);
    for command in [
        "serve", "demo", "load", "import", "geocode", "export", "cube", "doctor", "user", "openapi",
    ] {
        assert!(
            help.lines()
                .any(|line| line.trim_start().starts_with(command)),
            "{command}: {help}"
        );
        assert!(home.say(&[command, "--help"]).contains("Usage"));
    }
    assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 0);
}

/// A data folder made by a version that is not installed stands for programs that are missing altogether.
#[test]
fn missing_programs_are_named_with_the_line_that_installs_them() {
    let home = Home::new();
    let data = home.path().join("database/pg");
    fs::create_dir_all(&data).expect("a folder");
    fs::write(data.join("PG_VERSION"), "99\n").expect("a file");
    let before = tree(home.path());
    for command in ["serve", "doctor"] {
        let output = home.command(&[command]).env("PATH", "").output();
        let error = bad(&[command], &output.expect("it runs"), 1);
        let line = "install it with: apt-get install postgresql postgresql-99-postgis-3\n";
        assert!(error.ends_with(line), "{error}");
        assert_eq!(tree(home.path()), before);
    }
}

/// Paths below a folder with the bytes of every file.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.push((path.clone(), Vec::new()));
            found.extend(tree(&path));
        } else {
            let bytes = fs::read(&path).expect("a file");
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

fn loading_says_what_is_wrong(demo: &mut Demo) {
    let before = demo.exported("addresses");
    let empty = demo.file("empty");
    fs::create_dir_all(&empty).expect("a folder");
    let empty = empty.display().to_string();
    for (arguments, words) in [
        (
            &["load", "--data", "/no/such/folder"][..],
            &["/no/such/folder"][..],
        ),
        (&["load", "--data", &empty], &["empty", "recipes"]),
        (
            &["load", "--data", &empty, "--recipe", "/no/such.toml"],
            &["/no/such.toml"],
        ),
    ] {
        let error = bad(arguments, &demo.home.run(arguments), 1);
        for word in words {
            assert!(error.contains(word), "{arguments:?}: {error}");
        }
    }
    assert!(before == demo.exported("addresses"));
}

fn an_import_is_exact_and_taken_back_exactly(demo: &mut Demo) {
    let [a, b, ..] = &demo.addresses(2)[..] else {
        panic!("the region has addresses");
    };
    let row = |key: &str, name: &str, at: &[String; 4], rest: &str| {
        format!(
            "{key};{name};{};{};{};{};{rest}",
            at[0], at[1], at[2], at[3]
        )
    };
    let file = |revenue: &str, rows: &[String]| {
        let head =
            "Klantnummer;Naam;Straat;Huisnummer;Postcode;Plaats;Soort;Status;Omzet;Klant sinds";
        let mut lines = vec![head.to_owned()];
        lines.push(row(
            "K1",
            "Café Zürich",
            a,
            &format!("bedrijf;klant;{revenue};12-03-2019"),
        ));
        lines.extend_from_slice(rows);
        encoding_rs::WINDOWS_1252
            .encode(&lines.join("\r\n"))
            .0
            .into_owned()
    };
    let before = demo.exported("accounts");
    let rows = [
        row("K2", "Huis De Ruïne", b, "particulier;prospect;99,50;"),
        row("K3", "", b, "bedrijf;klant;;"),
    ];
    let path = demo.write("klanten.csv", &file("1.234,56", &rows));
    let rejects = demo.file("rejects.csv").display().to_string();

    let said = demo.home.say(&["import", &path, "--dry-run"]);
    let verdict = "3 rows: 2 new, 0 updated, 0 unchanged, 1 rejected";
    assert!(said.contains(verdict), "{said}");
    assert!(said.contains("row 4, Naam: a name is needed"), "{said}");
    assert!(
        before == demo.exported("accounts"),
        "a dry run writes nothing"
    );

    let said = demo.home.say(&["import", &path, "--rejects", &rejects]);
    assert!(said.contains(verdict), "{said}");
    let first = import_id(&said);
    let rejected = fs::read_to_string(&rejects).expect("a file");
    assert_eq!(
        rejected,
        "file,row,column,value,reason\nklanten.csv,row 4,Naam,,a name is needed\n"
    );
    let imported = demo.exported("accounts");
    let cafe = imported.lines().find(|line| line.contains("Café Zürich"));
    let cafe = cafe.expect("the encoding is understood");
    assert!(
        cafe.contains(",1234.56,EUR,2019-03-12,") && cafe.contains(",matched,"),
        "{cafe}"
    );
    assert!(imported.contains("Huis De Ruïne"));
    assert_eq!(imported.lines().count(), before.lines().count() + 2);

    let said = demo.home.say(&["import", &path]);
    let nothing = "3 rows: 0 new, 0 updated, 2 unchanged, 1 rejected";
    assert!(said.contains(nothing), "{said}");
    assert!(!said.contains("--undo"), "nothing to take back: {said}");
    assert!(imported == demo.exported("accounts"));

    // The second import changes what the first made; taking it back leads to the first, not to nothing.
    let _ = demo.home.say(&["import", "--undo", &first]);
    assert!(before == demo.exported("accounts"), "restores exactly");
    let _ = demo.home.say(&["import", &path]);
    let imported = demo.exported("accounts");
    let path = demo.write("klanten.csv", &file("2.000,00", &rows));
    let said = demo.home.say(&["import", &path]);
    assert!(said.contains("0 new, 1 updated, 1 unchanged"), "{said}");
    let second = import_id(&said);
    assert!(demo.exported("accounts").contains(",2000.00,EUR,"));
    let _ = demo.home.say(&["import", "--undo", &second]);
    assert!(imported == demo.exported("accounts"), "restores exactly");
    let twice = ["import", "--undo", &second];
    let _ = bad(&twice, &demo.home.run(&twice), 1);
    assert!(
        imported == demo.exported("accounts"),
        "taken back once only"
    );
}

fn import_id(said: &str) -> String {
    let (_, id) = said.split_once("--undo ").expect("the id of the import");
    id.trim().to_owned()
}

fn places_are_found_with_named_faults(demo: &mut Demo) {
    let [[street, number, postcode, city], ..] = &demo.addresses(1)[..] else {
        panic!("the region has addresses");
    };
    let text = format!(
        "ref,street,number,postcode,city\n1,{street},{number},{postcode},{city}\n2,{street},{number},,{city}\n\
         3,Nergensstraat,999,9999ZZ,Nergenshuizen\n4,\"a \"\"quoted\"\" street\",1,,\n"
    );
    let path = demo.write("places.csv", text.as_bytes());
    let output = demo.home.run(&["geocode", &path]);
    let said = good(&["geocode"], &output);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0],
        "ref,street,number,postcode,city,state,score,faults,found,lng,lat"
    );
    assert_eq!(lines.len(), 5);
    let first = format!("1,{street},{number},{postcode},{city},matched,1.000,,");
    assert!(lines[1].starts_with(&first), "{}", lines[1]);
    assert!(lines[2].contains("postcode_missing"), "{}", lines[2]);
    assert!(lines[3].contains(",failed,") && lines[3].ends_with(",,,"));
    for line in &lines[2..] {
        let faults = line.contains("_missing") || line.contains("_found");
        assert!(faults || line.contains("matched"), "no named fault: {line}");
    }
    let counted = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(counted.contains("4 rows: "), "{counted}");

    let out = demo.file("found.csv").display().to_string();
    let _ = demo.home.say(&["geocode", &path, "-o", &out]);
    assert_eq!(fs::read_to_string(&out).expect("a file"), said);
    let wrong = demo.write("wrong.csv", b"a,b\n1,2\n");
    let arguments = ["geocode", &wrong];
    let error = bad(&arguments, &demo.home.run(&arguments), 1);
    assert!(error.contains("wrong.csv has the columns a, b"), "{error}");
}

fn all_four_formats_are_written(demo: &mut Demo) {
    let accounts = demo.exported("accounts").lines().count() - 1;
    for (format, magic) in [
        ("csv", &b"Id,Name"[..]),
        ("xlsx", b"PK\x03\x04"),
        ("geojson", b"{"),
        ("gpkg", b"SQLite format 3\0"),
    ] {
        let path = demo.file("out").with_extension(format);
        let out = path.display().to_string();
        let arguments = ["export", "accounts", "--format", format, "-o", &out];
        let said = demo.home.say(&arguments);
        let bytes = fs::read(&path).expect("a file");
        assert!(bytes.starts_with(magic), "{format}");
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let wanted = format!(
            "{accounts} rows, {} bytes, sha-256 {sha256} in {out}\n",
            bytes.len()
        );
        assert_eq!(said, wanted);
        assert_eq!(demo.home.say(&arguments), wanted, "the same bytes again");
        if format == "geojson" {
            let collection: Value = serde_json::from_slice(&bytes).expect("JSON");
            let features = collection["features"].as_array().expect("features");
            assert_eq!(features.len(), accounts);
        }
    }
    for (arguments, word) in [
        (&["export", "people"][..], "accounts"),
        (&["export", "accounts", "--format", "pdf"], "gpkg"),
        (&["export", "accounts", "--filter", "nosuch = 1"], "nosuch"),
        (&["export", "accounts", "--area", "/no/area"], "/no/area"),
    ] {
        let error = bad(arguments, &demo.home.run(arguments), 1);
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
}

fn a_cube_leaves_once_and_whole(demo: &mut Demo) {
    let out = demo.file("cube").display().to_string();
    let arguments = ["cube", "export", "addresses", "--out", &out];
    let said = demo.home.say(&arguments);
    assert!(said.starts_with("2000 rows at data version "), "{said}");
    let folder = tree(Path::new(&out));
    let manifest = fs::read(Path::new(&out).join("_cube.json")).expect("a manifest");
    let digest = Sha256::digest(&manifest);
    let digest = digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    assert!(said.contains(&digest), "{said}");
    let error = bad(&arguments, &demo.home.run(&arguments), 1);
    assert!(error.contains(&out), "{error}");
    assert!(folder == tree(Path::new(&out)), "the folder has changed");
    for (arguments, word) in [
        (
            ["cube", "export", "houses", "--out", "x"].as_slice(),
            "addresses",
        ),
        (
            &[
                "cube",
                "export",
                "roads",
                "--out",
                "x",
                "--user",
                "nobody@example.org",
            ],
            "nobody@example.org",
        ),
    ] {
        let error = bad(arguments, &demo.home.run(arguments), 1);
        assert!(error.contains(word), "{error}");
    }
}

fn the_doctor_finds_every_cube_well(demo: &mut Demo) {
    let said = demo.home.say(&["doctor"]);
    for cube in ["accounts", "addresses", "roads", "regions", "flows"] {
        let start = format!("cube {cube}: ");
        let line = said.lines().find(|line| line.starts_with(&start));
        assert!(
            line.is_some_and(|l| l.ends_with("equals SQL")),
            "{cube}: {said}"
        );
    }
    assert!(said.contains("audit log: ") && said.contains(", whole"));
    let names = said.lines().filter(|line| line.starts_with("dataset "));
    assert!(names.count() >= 2, "{said}");
}

fn users_are_added_and_listed(demo: &mut Demo) {
    let add = |email: &str, territory: &str, password: &str| {
        let arguments = [
            "user",
            "add",
            "--name",
            "Vera Bos",
            "--email",
            email,
            "--territory",
            territory,
        ];
        demo.home.run_with(&arguments, password)
    };
    let before = demo.home.say(&["user", "list"]);
    let _ = bad(&["short"], &add("vera@example.org", "T01", "short\n"), 1);
    let error = add("vera@example.org", "T99", "long enough it is\n");
    let error = bad(&["territory"], &error, 1);
    assert!(error.contains("T99") && error.contains("T01"), "{error}");
    assert_eq!(before, demo.home.say(&["user", "list"]));
    let made = add("vera@example.org", "T01", "long enough it is\n");
    assert!(good(&["add"], &made).starts_with("added vera@example.org ("));
    let list = demo.home.say(&["user", "list"]);
    assert!(
        list.contains("representative  vera@example.org  Vera Bos  T01\n"),
        "{list}"
    );
    let twice = add("vera@example.org", "T01", "long enough it is\n");
    let error = bad(&["twice"], &twice, 1);
    assert!(error.contains("vera@example.org"), "{error}");
    assert_eq!(list, demo.home.say(&["user", "list"]));

    let mut client = Client::new(demo.server.as_ref().expect("it serves"));
    let session = client.sign_in("vera@example.org", "long enough it is");
    let user = session.expect(200).json()["user"].clone();
    assert_eq!(user["role"], "representative");
    assert_eq!(user["territories"], json!(["T01"]));
}

fn a_second_server_shares_the_home(demo: &mut Demo) {
    demo.server.take().expect("it serves").stop();
    assert!(demo.home.databases().is_empty(), "the last one stops it");
    let health = |server: &Server| Client::new(server).get("/health").status;
    let list = demo.home.say(&["user", "list"]);
    let first = Server::start(&demo.home, &["serve"]);
    let database = demo.home.databases();
    let second = Server::start(&demo.home, &["serve"]);
    assert_eq!(demo.home.databases(), database, "it is adopted");
    assert_eq!((health(&first), health(&second)), (200, 200));
    first.stop();
    assert_eq!(demo.home.databases(), database, "the second still uses it");
    assert_eq!(health(&second), 200);
    assert_eq!(list, demo.home.say(&["user", "list"]));
    second.stop();
    assert!(demo.home.databases().is_empty(), "the last one stops it");
    assert_eq!(list, demo.home.say(&["user", "list"]));
}

fn a_power_cut_leaves_all_or_nothing(demo: &mut Demo) {
    const ROWS: usize = 1_500;
    let addresses = demo.addresses(ROWS);
    assert_eq!(addresses.len(), ROWS);
    let before = demo.exported("accounts");
    let count = |text: &str| text.lines().count();
    for after_ms in [60, 250, 500] {
        let file: String =
            std::iter::once("id,name,street,number,postcode,city\n".to_owned())
                .chain(addresses.iter().enumerate().map(|(i, at)| {
                    format!("C{i},Cut {i},{},{},{},{}\n", at[0], at[1], at[2], at[3])
                }))
                .collect();
        let path = demo.write("cut.csv", file.as_bytes());
        let server = Server::start(&demo.home, &["serve"]);
        let mut import = demo
            .home
            .command(&["import", &path])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        // Only chooses the moment of the cut; what must hold holds at every moment.
        thread::sleep(Duration::from_millis(after_ms));
        for id in demo.home.databases() {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
        }
        import.kill().expect("it can be ended");
        import.wait().expect("it ends");
        server.kill();

        let server = Server::start(&demo.home, &["serve"]);
        server.stop();
        let after = demo.exported("accounts");
        let made = count(&after) - count(&before);
        eprintln!("cut after {after_ms} ms: {made} rows");
        assert!(
            made == 0 || made == ROWS,
            "after {after_ms} ms: {made} rows"
        );
        let said = demo.home.say(&["doctor"]);
        assert!(
            !said.contains("DIFFERS") && !said.contains("BROKEN"),
            "{said}"
        );
        if made == ROWS {
            break;
        }
        // Nothing of it is in the way of the same file.
        let said = demo.home.say(&["import", &path]);
        let _ = demo.home.say(&["import", "--undo", &import_id(&said)]);
        assert!(before == demo.exported("accounts"), "after {after_ms} ms");
    }
}
