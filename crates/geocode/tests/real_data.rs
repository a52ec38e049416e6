//! How good is the geocoder on real addresses with listed errors? The index holds every OSM address of the
//! four areas together; the queries are the dirty business lists, of which the rows that carry their own
//! address are scored, and a spoilt copy of the addresses of Liechtenstein. Prints what it measures.

#![expect(
    clippy::print_stdout,
    reason = "the measured shares are part of the result"
)]

use geocrm_domain::{AddressId, LngLat, PostalAddress};
use geocrm_geocode::{AddressRecord, Candidate, Geocoder, Match, Query, State};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// A candidate this near the true point is right, in metres.
const RIGHT_WITHIN_M: f64 = 25.0;

type Rows = Vec<HashMap<String, String>>;

fn rows(path: &str) -> Rows {
    let root = std::env::var("GEOCRM_DATA")
        .expect("GEOCRM_DATA must name the folder with the real data; run `make test-real DATA=…`");
    let path = PathBuf::from(root).join(path);
    let mut reader = csv::Reader::from_path(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    reader
        .deserialize()
        .map(|row| row.expect("a row of the list"))
        .collect()
}

fn address(row: &HashMap<String, String>) -> PostalAddress {
    let part = |name: &str| row.get(name).filter(|p| !p.trim().is_empty()).cloned();
    PostalAddress {
        street: part("street"),
        house_number: part("housenumber"),
        postcode: part("postcode"),
        city: part("city"),
        country: part("country"),
    }
}

fn place(row: &HashMap<String, String>) -> LngLat {
    let degrees = |name: &str| row[name].parse().expect("degrees");
    LngLat::from_degrees(degrees("lon"), degrees("lat")).expect("a valid position")
}

fn records(file: &str) -> Vec<AddressRecord> {
    let record = |row: &HashMap<String, String>| AddressRecord {
        id: AddressId(0),
        address: address(row),
        place: place(row),
    };
    rows(file).iter().map(record).collect()
}

fn index() -> Geocoder {
    let files = [
        "amsterdam-centrum",
        "liechtenstein-2021",
        "muenchen-altstadt",
        "zeeland-nb",
    ];
    let all = files
        .iter()
        .flat_map(|file| records(&format!("addresses/{file}.csv")));
    let numbered = all.enumerate().map(|(i, mut record)| {
        record.id = AddressId(i as i64 + 1);
        record
    });
    let geocoder = Geocoder::build(numbered);
    println!(
        "index: {} addresses, {} bytes",
        geocoder.len(),
        geocoder.memory_bytes()
    );
    geocoder
}

/// One query with its truth.
struct Case {
    name: String,
    errors: String,
    query: Query,
    clean: PostalAddress,
    place: LngLat,
}

/// Lower case, no diacritics, letters and digits only: the scorer's own rule, not the geocoder's.
fn plain(part: Option<&String>) -> String {
    let folded = deunicode::deunicode(part.map_or("", String::as_str)).to_lowercase();
    folded.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The number with its separators unified, so that `9-1` is not `91` but `12-H` is `12h`.
fn plain_number(number: Option<&String>) -> String {
    let number = number.map_or("", String::as_str).to_lowercase();
    let mut out = String::new();
    let mut gap = false;
    for c in number.chars() {
        if c.is_ascii_alphanumeric() {
            let digits_meet = c.is_ascii_digit() && out.ends_with(|d: char| d.is_ascii_digit());
            if gap && digits_meet {
                out.push('-');
            }
            if gap && c == '0' {
                continue;
            }
            out.push(c);
            gap = false;
        } else {
            gap = true;
        }
    }
    match out.strip_suffix("hs") {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => format!("{head}h"),
        _ => out,
    }
}

fn is_right(case: &Case, candidate: &Candidate) -> bool {
    let same_text = plain(candidate.address.street.as_ref()) == plain(case.clean.street.as_ref())
        && plain_number(candidate.address.house_number.as_ref())
            == plain_number(case.clean.house_number.as_ref());
    same_text || candidate.place.haversine_m(case.place) <= RIGHT_WITHIN_M
}

#[derive(Debug, Default)]
struct Score {
    rows: usize,
    right: usize,
    matched: usize,
    matched_right: usize,
    doubtful: usize,
    doubtful_among_three: usize,
    failed: usize,
}

fn share(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

fn score(title: &str, cases: &[Case], answers: &[Match]) -> Score {
    let mut score = Score::default();
    let mut by_error: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (case, answer) in cases.iter().zip(answers) {
        let right = answer.candidates.first().is_some_and(|c| is_right(case, c));
        let among_three = answer.candidates.iter().take(3).any(|c| is_right(case, c));
        score.rows += 1;
        score.right += usize::from(right);
        match answer.state {
            State::Matched => {
                score.matched += 1;
                score.matched_right += usize::from(right);
            }
            State::Doubtful => {
                score.doubtful += 1;
                score.doubtful_among_three += usize::from(among_three);
            }
            State::Failed => score.failed += 1,
        }
        for error in case.errors.split(';') {
            let counts = by_error.entry(error).or_default();
            counts.0 += 1;
            counts.1 += usize::from(right);
            counts.2 += usize::from(answer.state == State::Matched);
        }
        assert!(
            answer.state == State::Matched || !answer.faults.is_empty(),
            "{}: {:?} without a fault",
            case.name,
            answer.state
        );
        if !right || answer.state == State::Failed {
            let codes: Vec<&str> = answer.faults.iter().map(|f| f.code()).collect();
            let first = answer.candidates.first();
            println!(
                "  {} {} [{}] asked {:?} {:?}\n      truth {:?}\n      first {:?} ({}; among three: {among_three})",
                if right { "right" } else { "WRONG" },
                answer.state.code(),
                codes.join(" "),
                case.query.address.one_line(),
                case.errors,
                case.clean.one_line(),
                first.map(|c| c.address.one_line()),
                first.map_or(String::new(), |c| format!(
                    "{:.0} m",
                    c.place.haversine_m(case.place)
                )),
            );
        }
    }
    println!("{title}: error, rows, right %, matched %");
    for (error, (rows, right, matched)) in by_error {
        let error = if error.is_empty() { "(none)" } else { error };
        println!(
            "  {error:24} {rows:5} {:6.1} {:6.1}",
            share(right, rows),
            share(matched, rows)
        );
    }
    println!(
        "{title}: {} rows; right {:.2} %; matched {:.1} %, of them right {:.2} %; doubtful {:.1} %, of them among three {:.2} %; failed {:.1} %",
        score.rows,
        share(score.right, score.rows),
        share(score.matched, score.rows),
        share(score.matched_right, score.matched),
        share(score.doubtful, score.rows),
        share(score.doubtful_among_three, score.doubtful),
        share(score.failed, score.rows),
    );
    score
}

fn check(title: &str, score: &Score) {
    let right = share(score.right, score.rows);
    assert!(right >= 95.0, "{title}: right {right:.2} %");
    let matched = share(score.matched_right, score.matched);
    assert!(
        matched >= 99.5,
        "{title}: of the matched right {matched:.2} %"
    );
    let doubtful = share(score.doubtful_among_three, score.doubtful);
    assert!(
        doubtful >= 95.0,
        "{title}: of the doubtful among three {doubtful:.2} %"
    );
}

fn business_cases(city: &str) -> Vec<Case> {
    let by = |rows: Rows, key: &str| -> HashMap<String, HashMap<String, String>> {
        rows.into_iter()
            .map(|row| (row[key].clone(), row))
            .collect()
    };
    let clean = by(rows(&format!("business/{city}_clean.csv")), "clean_id");
    let dirty = by(rows(&format!("business/{city}_dirty.csv")), "record_id");
    rows(&format!("business/{city}_truth.csv"))
        .iter()
        .filter(|truth| truth["addr_source"] == "own_tags")
        .map(|truth| Case {
            name: truth["record_id"].clone(),
            errors: truth["errors"].clone(),
            query: Query::from(address(&dirty[&truth["record_id"]])),
            clean: address(&clean[&truth["clean_id"]]),
            place: place(truth),
        })
        .collect()
}

fn run(title: &str, geocoder: &Geocoder, cases: &[Case]) -> Score {
    let queries: Vec<Query> = cases.iter().map(|case| case.query.clone()).collect();
    let answers = geocoder.geocode_batch(&queries);
    score(title, cases, &answers)
}

#[test]
fn real_amsterdam_list_is_found() {
    let score = run("Amsterdam", &index(), &business_cases("amsterdam"));
    check("Amsterdam", &score);
}

#[test]
fn real_muenchen_list_is_found() {
    let score = run("München", &index(), &business_cases("muenchen"));
    check("München", &score);
}

/// The negative control: answers given to other rows must not pass.
#[test]
fn real_scorer_sees_wrong_answers() {
    let cases = business_cases("amsterdam");
    let queries: Vec<Query> = cases.iter().map(|case| case.query.clone()).collect();
    let mut answers = index().geocode_batch(&queries);
    answers.rotate_left(1);
    let right = cases.iter().zip(&answers).filter(|(case, answer)| {
        let first = answer.candidates.first();
        first.is_some_and(|c| is_right(case, c))
    });
    assert!(share(right.count(), cases.len()) < 10.0);
}

/// One typing error inside a word.
fn typo(text: &str, rng: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 4 {
        return text.to_owned();
    }
    let at = rng.random_range(1..letters.len() - 1);
    match rng.random_range(0..3) {
        0 => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

#[test]
fn real_liechtenstein_is_found_and_reported() {
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_122);
    let mut cases = Vec::new();
    for (i, record) in records("addresses/liechtenstein-2021.csv")
        .iter()
        .enumerate()
    {
        let mut query = record.address.clone();
        let mut errors: Vec<&str> = Vec::new();
        let spoil = rng.random_range(0..100);
        if let Some(street) = &mut query.street {
            if spoil < 14 {
                *street = typo(street, &mut rng);
                errors.push("street_typo");
            } else if spoil < 30 {
                *street = street.replace("strasse", "str.").replace("Strasse", "Str.");
                errors.push("street_abbrev");
            } else if spoil < 36 {
                *street = street.to_uppercase();
                errors.push("street_case");
            } else if spoil < 44 {
                *street = deunicode::deunicode(street);
                errors.push("diacritics_removed");
            } else if spoil < 49
                && let Some(number) = query.house_number.take()
            {
                *street = format!("{street} {number}");
                errors.push("number_in_street");
            }
        }
        if query.postcode.is_none() {
            errors.push("no_postcode_in_source");
        } else if rng.random_range(0..100) < 12 {
            query.postcode = None;
            errors.push("postcode_missing");
        }
        if query.city.is_none() {
            errors.push("no_city_in_source");
        } else if rng.random_range(0..100) < 6 {
            query.city = None;
            errors.push("city_missing");
        }
        cases.push(Case {
            name: format!("row {}", i + 1),
            errors: errors.join(";"),
            query: query.into(),
            clean: record.address.clone(),
            place: record.place,
        });
    }
    let geocoder = index();
    let located =
        |case: &Case| case.query.address.postcode.is_some() || case.query.address.city.is_some();
    let named = |case: &Case| case.clean.street.is_some();
    let without = cases
        .iter()
        .filter(|c| c.query.address.postcode.is_none())
        .count();
    println!(
        "Liechtenstein: {without} of {} without postcode",
        cases.len()
    );
    let (with, bare): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|c| located(c) && named(c));
    let score = run("Liechtenstein, with postcode or place", &geocoder, &with);
    assert!(share(score.matched_right, score.matched) >= 99.5);
    // Without postcode and place, or without a street, several addresses may fit.
    let score = run("Liechtenstein, without", &geocoder, &bare);
    assert_eq!(score.matched, score.matched_right);
}

#[test]
fn real_wrong_number_is_never_matched() {
    let geocoder = index();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let all: Vec<AddressRecord> = ["amsterdam-centrum", "muenchen-altstadt", "zeeland-nb"]
        .iter()
        .flat_map(|file| records(&format!("addresses/{file}.csv")))
        .collect();
    let doors: std::collections::HashSet<(String, String)> = all
        .iter()
        .map(|r| {
            (
                plain(r.address.street.as_ref()),
                plain_number(r.address.house_number.as_ref()),
            )
        })
        .collect();
    let mut asked = 0;
    for record in &all {
        let Some(number) = &record.address.house_number else {
            continue;
        };
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        let wrong = match rng.random_range(0..3) {
            0 => format!("{digits}{}", rng.random_range('a'..='z')),
            1 => format!("{digits}-{}", rng.random_range(1..30)),
            _ => format!("{}", rng.random_range(1..400)),
        };
        let door = (
            plain(record.address.street.as_ref()),
            plain_number(Some(&wrong)),
        );
        if doors.contains(&door) {
            continue;
        }
        let mut query = record.address.clone();
        query.house_number = Some(wrong);
        asked += 1;
        let answer = geocoder.geocode(&query.clone().into());
        assert_ne!(
            answer.state,
            State::Matched,
            "{query:?} {:?}",
            answer.candidates.first()
        );
    }
    println!("{asked} wrong numbers asked, none matched");
}

#[test]
fn real_reverse_and_suggestions_work() {
    let geocoder = index();
    for record in records("addresses/zeeland-nb.csv").iter().step_by(50) {
        let near = geocoder.reverse(record.place, 1);
        assert_eq!(near.first().map(|n| n.distance_m), Some(0.0), "{record:?}");
        let line = record.address.one_line();
        let typed = line.split(',').next().unwrap_or_default();
        let found = geocoder.suggest(typed, Some(record.place), 8);
        let hit = found
            .iter()
            .any(|s| s.place.haversine_m(record.place) < 50.0);
        assert!(hit, "{typed}: {found:?}");
    }
}

#[test]
fn real_absent_addresses_are_rarely_taken_for_others() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut dropped = std::collections::HashSet::new();
    let door = |a: &PostalAddress| {
        (
            plain(a.street.as_ref()),
            plain_number(a.house_number.as_ref()),
        )
    };
    let files = ["amsterdam-centrum", "muenchen-altstadt", "zeeland-nb"];
    let all: Vec<AddressRecord> = files
        .iter()
        .flat_map(|file| records(&format!("addresses/{file}.csv")))
        .collect();
    for record in &all {
        if rng.random_ratio(1, 8) {
            dropped.insert(door(&record.address));
        }
    }
    let kept = all.iter().filter(|r| !dropped.contains(&door(&r.address)));
    let geocoder = Geocoder::build(kept.cloned());
    let (mut absent, mut wrong) = (0, 0);
    for case in ["amsterdam", "muenchen"]
        .into_iter()
        .flat_map(business_cases)
    {
        if !dropped.contains(&door(&case.clean)) {
            continue;
        }
        absent += 1;
        let answer = geocoder.geocode(&case.query);
        let first = answer.candidates.first();
        if answer.state == State::Matched && !first.is_some_and(|c| is_right(&case, c)) {
            wrong += 1;
            println!(
                "  WRONG matched asked {:?} truth {:?} got {:?}",
                case.query.address.one_line(),
                case.clean.one_line(),
                first.map(|c| c.address.one_line())
            );
        }
    }
    println!("{absent} absent doors asked, {wrong} matched with another door");
    assert!(wrong * 100 <= absent, "{wrong} of {absent}");
}
