//! The geocoder on the addresses that `tools/peers/addresses.py` gives to it and to Addok: loads them, says `ready`
//! and answers stretches of the questions, so that both can be asked in turns and their answers be compared.
//! `line FIRST COUNT` asks the text of each question on one core, `parts FIRST COUNT` its fields, `batch FIRST
//! COUNT` all texts at once on all cores.

use geocrm_domain::{AddressId, LngLat, PostalAddress};
use geocrm_geocode::{AddressRecord, Geocoder, Match, Query, State};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

struct Question {
    line: Query,
    parts: Query,
}

fn main() -> Fallible<()> {
    let folder = std::env::args().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("give the folder of the addresses")?;
    let started = Instant::now();
    let geocoder = Geocoder::build(rows(&folder.join("addresses.tsv"), record)?);
    let loaded = started.elapsed().as_secs_f64();
    let questions = rows(&folder.join("questions.tsv"), question)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{{\"ready\": \"geocrm\", \"version\": \"{}\", \"load_s\": {loaded:.3}, \"bytes\": {}}}",
        env!("CARGO_PKG_VERSION"),
        geocoder.memory_bytes()
    )?;
    for asked in std::io::stdin().lock().lines() {
        let asked = asked?;
        let [way, first, count] = asked.split(' ').collect::<Vec<_>>()[..] else {
            return Err(format!("{asked} is no question").into());
        };
        let (first, count) = (first.parse::<usize>()?, count.parse::<usize>()?);
        let part = questions
            .get(first..first + count)
            .ok_or("there are not so many questions")?;
        let before = cpu_ms();
        let (times, matches) = answer(&geocoder, way, part)?;
        let cpu = cpu_ms() - before;
        let join = |values: Vec<String>| values.join(", ");
        writeln!(
            out,
            "{{\"cpu_ms\": {cpu:.3}, \"wall_ms\": [{}], \"ids\": [{}], \"sure\": [{}]}}",
            join(times.iter().map(|ms| format!("{ms:.4}")).collect()),
            join(matches.iter().map(|m| first_id(m).to_string()).collect()),
            join(
                matches
                    .iter()
                    .map(|m| (m.state == State::Matched).to_string())
                    .collect()
            ),
        )?;
    }
    Ok(())
}

/// The time of each question, or of all at once in batch, and the answers.
fn answer(
    geocoder: &Geocoder,
    way: &str,
    questions: &[Question],
) -> Fallible<(Vec<f64>, Vec<Match>)> {
    let ms = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
    let query = |question: &Question| match way {
        "parts" => question.parts.clone(),
        _ => question.line.clone(),
    };
    let queries: Vec<Query> = questions.iter().map(query).collect();
    match way {
        "batch" => {
            let started = Instant::now();
            let matches = geocoder.geocode_batch(&queries);
            Ok((vec![ms(started)], matches))
        }
        "line" | "parts" => Ok(queries
            .iter()
            .map(|query| {
                let started = Instant::now();
                let found = geocoder.geocode(query);
                (ms(started), found)
            })
            .unzip()),
        other => Err(format!("{other} is no way to ask").into()),
    }
}

/// CPU time of all threads of the process in milliseconds, up to this moment.
fn cpu_ms() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 * 1e3 + spent.tv_nsec as f64 / 1e6
}

/// Of the first candidate; -1 where there is none.
fn first_id(found: &Match) -> i64 {
    found
        .candidates
        .first()
        .map_or(-1, |candidate| candidate.id.0)
}

fn rows<T>(path: &Path, parse: fn(&[&str]) -> Option<T>) -> Fallible<Vec<T>> {
    let file = std::fs::File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut out = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line?;
        let fields: Vec<&str> = line.split('\t').collect();
        out.push(parse(&fields).ok_or_else(|| format!("{}: {line}", path.display()))?);
    }
    Ok(out)
}

fn record(fields: &[&str]) -> Option<AddressRecord> {
    let [id, street, number, postcode, city, lng, lat] = *fields else {
        return None;
    };
    Some(AddressRecord {
        id: AddressId(id.parse().ok()?),
        address: address(street, number, postcode, city),
        place: LngLat::from_e7(lng.parse().ok()?, lat.parse().ok()?),
    })
}

fn question(fields: &[&str]) -> Option<Question> {
    let [_, line, street, number, postcode, city, _] = *fields else {
        return None;
    };
    Some(Question {
        line: Query {
            text: Some(line.to_owned()),
            ..Query::default()
        },
        parts: Query::from(address(street, number, postcode, city)),
    })
}

fn address(street: &str, number: &str, postcode: &str, city: &str) -> PostalAddress {
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    PostalAddress {
        street: part(street),
        house_number: part(number),
        postcode: part(postcode),
        city: part(city),
        country: Some("NL".to_owned()),
    }
}
