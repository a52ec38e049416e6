//! How fast is the geocoder on a million addresses? Generates a country of towns with Dutch streets and
//! postcodes by seed, asks each kind of query on one core, the mix in batch on all, and completes and
//! reverses; prints one table. `BENCH_ADDRESSES` sets the size, `BENCH_SEED` the seed.

#![expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]

use geocrm_domain::{AddressId, LngLat, PostalAddress};
use geocrm_geocode::{AddressRecord, Geocoder, Query, State};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

const ROUNDS: usize = 5;
const QUERIES: usize = 20_000;
/// Addresses of one town and of one street, on average.
const TOWN: usize = 4_000;
const STREET: usize = 24;

const SYLLABLES: &[&str] = &[
    "al", "ber", "dam", "eik", "veld", "hof", "gra", "hei", "ijs", "jan", "kers", "lin", "mo",
    "noord", "oos", "pop", "rie", "schaap", "ten", "uit", "vaar", "wil", "zand", "bos", "duin",
    "ker", "mark", "nas", "oran", "peter", "rijn", "sluis", "tuin", "vliet", "wei", "zee",
];
const KINDS: &[&str] = &[
    "straat", "straat", "straat", "weg", "laan", "plein", "hof", "gracht", "kade", "steeg", "dijk",
    "pad",
];
/// Names that nearly every town has.
const COMMON: &[&str] = &[
    "Kerkstraat",
    "Dorpsstraat",
    "Molenweg",
    "Schoolstraat",
    "Stationsweg",
    "Nieuwstraat",
    "Julianalaan",
    "Wilhelminastraat",
    "Beatrixstraat",
    "Hoofdstraat",
    "Burgemeester Jansenlaan",
    "Sint Jansstraat",
];
const ADDITIONS: &[&str] = &["", "", "", "", "", "", "A", "B", "-H", "-1", "-2", " bis"];

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn name(rng: &mut ChaCha8Rng, kind: &str) -> String {
    let stem: String = (0..rng.random_range(2..=3))
        .map(|_| *SYLLABLES.choose(rng).unwrap_or(&"a"))
        .collect();
    capital(&format!("{stem}{kind}"))
}

fn addresses(count: usize, rng: &mut ChaCha8Rng) -> Vec<AddressRecord> {
    let mut out = Vec::with_capacity(count);
    let mut postcode = 0usize;
    while out.len() < count {
        let ending = ["dam", "burg", "dorp", "stad", ""][rng.random_range(0..5)];
        let city = name(rng, ending);
        let at = (rng.random_range(3.4..7.1), rng.random_range(50.8..53.4));
        let wanted = rng.random_range(TOWN / 4..TOWN * 2).min(count - out.len());
        let mut made = 0;
        while made < wanted {
            let street = if rng.random_ratio(1, 12) {
                (*COMMON.choose(rng).unwrap_or(&"Kerkstraat")).to_owned()
            } else {
                let kind = KINDS.choose(rng).unwrap_or(&"weg");
                name(rng, kind)
            };
            let doors = rng.random_range(4..STREET * 2).min(wanted - made);
            let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
            let digits = 1000 + postcode / 676 % 9000;
            let code = format!("{digits}{}{}", letter(postcode / 26), letter(postcode));
            postcode += 1;
            let (lng, lat) = (
                at.0 + rng.random_range(-0.03..0.03),
                at.1 + rng.random_range(-0.02..0.02),
            );
            for door in 0..doors {
                let addition = ADDITIONS.choose(rng).unwrap_or(&"");
                let step = door as f64 * 0.000_1;
                let Some(place) = LngLat::from_degrees(lng + step, lat) else {
                    continue;
                };
                out.push(AddressRecord {
                    id: AddressId(out.len() as i64),
                    address: PostalAddress {
                        street: Some(street.clone()),
                        house_number: Some(format!("{}{addition}", door * 2 + 1)),
                        postcode: Some(code.clone()),
                        city: Some(city.clone()),
                        country: Some("NL".to_owned()),
                    },
                    place,
                });
            }
            made += doors;
        }
    }
    out
}

fn typo(text: &str, rng: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = rng.random_range(1..letters.len().max(3) - 1);
    match rng.random_range(0..3) {
        0 if at + 1 < letters.len() => letters.swap(at, at + 1),
        1 if at < letters.len() => {
            letters.remove(at);
        }
        _ => letters.insert(at.min(letters.len()), 'e'),
    }
    letters.into_iter().collect()
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    WithPostcode,
    NoPostcode,
    Typo,
    Addition,
    Absent,
}

fn query(kind: Kind, record: &AddressRecord, rng: &mut ChaCha8Rng) -> Query {
    let mut address = record.address.clone();
    match kind {
        Kind::WithPostcode => {}
        Kind::NoPostcode => address.postcode = None,
        Kind::Typo => {
            address.street = address.street.map(|street| typo(&street, rng));
            if rng.random_ratio(1, 2) {
                address.postcode = None;
            }
        }
        Kind::Addition => {
            address.house_number = address.house_number.map(|number| format!("{number}-k7"));
        }
        Kind::Absent => {
            address.street = Some(name(rng, "singel"));
            address.postcode = None;
        }
    }
    Query::from(address)
}

fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (
        values[values.len() / 2],
        values[0],
        values[values.len() - 1],
    )
}

/// Prints queries a second: median, minimum and maximum over the rounds, after one round not counted.
fn measure(title: &str, count: usize, mut run: impl FnMut() -> usize) {
    run();
    let mut rates = Vec::new();
    let mut found = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        found = run();
        rates.push(count as f64 / start.elapsed().as_secs_f64());
    }
    let (middle, least, most) = median(rates);
    println!(
        "{title:34} {middle:>10.0} {least:>10.0} {most:>10.0} {:>9.1} {:>7.1}",
        1e6 / middle,
        100.0 * found as f64 / count as f64
    );
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|t| t.replace('_', "").parse().ok())
        .unwrap_or(default)
}

fn main() {
    let count = setting("BENCH_ADDRESSES", 1_000_000) as usize;
    let seed = setting("BENCH_SEED", 20_261_122);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let records = addresses(count, &mut rng);
    let sample: Vec<AddressRecord> = (0..QUERIES)
        .filter_map(|_| records.choose(&mut rng).cloned())
        .collect();
    let start = Instant::now();
    let geocoder = Geocoder::build(records);
    println!(
        "geocoder: seed {seed}, {count} addresses, built in {:.1} s, {:.1} bytes an address, {QUERIES} queries, {ROUNDS} rounds",
        start.elapsed().as_secs_f64(),
        geocoder.memory_bytes() as f64 / count as f64
    );
    println!(
        "{:34} {:>10} {:>10} {:>10} {:>9} {:>7}",
        "", "a second", "least", "most", "µs each", "hit %"
    );
    let matched = |queries: &[Query]| {
        let answers = queries.iter().map(|q| geocoder.geocode(q));
        answers.filter(|a| a.state == State::Matched).count()
    };
    let kinds = [
        (Kind::WithPostcode, "one core: with postcode", 40),
        (Kind::NoPostcode, "one core: without postcode", 20),
        (Kind::Typo, "one core: typo in the street", 20),
        (Kind::Addition, "one core: wrong addition", 10),
        (Kind::Absent, "one core: absent street", 10),
    ];
    let mut mix = Vec::with_capacity(QUERIES);
    for (kind, title, share) in kinds {
        let queries: Vec<Query> = sample.iter().map(|r| query(kind, r, &mut rng)).collect();
        measure(title, QUERIES, || matched(&queries));
        mix.extend(queries.into_iter().take(QUERIES * share / 100));
    }
    let lines: Vec<Query> = sample
        .iter()
        .map(|record| Query {
            text: Some(record.address.one_line()),
            ..Query::default()
        })
        .collect();
    measure("one core: line of text", QUERIES, || matched(&lines));
    let nowhere: Vec<Query> = sample
        .iter()
        .take(2_000)
        .map(|record| {
            let mut query = query(Kind::Absent, record, &mut rng);
            query.address.city = None;
            query
        })
        .collect();
    measure("one core: absent, no place either", nowhere.len(), || {
        matched(&nowhere)
    });
    measure("one core: mix 40/20/20/10/10", mix.len(), || matched(&mix));
    measure("all cores: mix in batch", mix.len(), || {
        let answers = geocoder.geocode_batch(&mix);
        answers.iter().filter(|a| a.state == State::Matched).count()
    });
    let typed: Vec<(String, LngLat)> = sample
        .iter()
        .take(2_000)
        .map(|record| {
            let line = record.address.one_line();
            let len = rng.random_range(2..=line.len().min(20));
            let text: String = line.chars().take(len).collect();
            let text = if rng.random_ratio(1, 4) {
                typo(&text, &mut rng)
            } else {
                text
            };
            (text, record.place)
        })
        .collect();
    let suggest = |text: &str, at| !geocoder.suggest(text, Some(at), 8).is_empty();
    measure("one core: suggest while typing", typed.len(), || {
        typed.iter().filter(|(text, at)| suggest(text, *at)).count()
    });
    let slowest = typed.iter().map(|(text, at)| {
        let start = Instant::now();
        suggest(text, *at);
        (start.elapsed().as_secs_f64() * 1e3, text)
    });
    if let Some((slowest_ms, text)) = slowest.max_by(|a, b| a.0.total_cmp(&b.0)) {
        println!(
            "{:34} {slowest_ms:.2} ms for {text:?}",
            "slowest suggestion"
        );
    }
    measure("one core: reverse, nearest of all", sample.len(), || {
        let near = sample.iter().map(|r| geocoder.reverse(r.place, 1));
        near.filter(|n| !n.is_empty()).count()
    });
}
