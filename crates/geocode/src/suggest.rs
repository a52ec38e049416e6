//! What may become of the letters typed so far? Every word of every street and place name is in a sorted
//! list, so that a beginning is a slice of it; with a house number after a street the doors themselves are
//! offered; when nothing starts so, one typo is forgiven. Hits are weighed first and written out last.

use crate::Geocoder;
use crate::answer::{Suggestion, SuggestionKind};
use crate::index::{NONE, Unit, prefix_range};
use crate::names::distance_within;
use crate::number::HouseNumber;
use crate::search::letters_of;
use crate::strings::Strings;
use crate::text::{fold, postcode_key, search_words};
use geocrm_domain::{BBox, LngLat};
use std::collections::HashMap;

/// Names looked at for one question; a beginning of one letter has far more.
const MOST_NAMES: usize = 2_000;
/// Word starts compared letter by letter when nothing begins as typed.
const MOST_COMPARED: usize = 40_000;
/// Streets in places, doors and postcodes weighed for one question.
const MOST_HITS: usize = 4_000;
/// Addresses of one postcode read for its box.
const MOST_IN_POSTCODE: usize = 2_000;

/// The sorted beginnings of all words of some names.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    texts: Strings,
    /// Number of the street or place of each text.
    owners: Vec<u32>,
    /// (text, byte where a word starts), in order of the text from there.
    starts: Vec<(u32, u16)>,
}

impl Prefixes {
    pub fn build(names: &Strings) -> Self {
        let mut prefixes = Self::default();
        for (owner, name) in names.iter().enumerate() {
            for words in search_words(name) {
                let text = prefixes.texts.push(&words);
                prefixes.owners.push(owner as u32);
                prefixes.starts.push((text, 0));
                let spaces = words.match_indices(' ').map(|(at, _)| at + 1);
                let inner = spaces.filter_map(|at| u16::try_from(at).ok());
                prefixes.starts.extend(inner.map(|at| (text, at)));
            }
        }
        let texts = &prefixes.texts;
        prefixes
            .starts
            .sort_unstable_by(|a, b| tail(texts, *a).cmp(tail(texts, *b)).then(a.cmp(b)));
        prefixes.starts.shrink_to_fit();
        prefixes
    }

    pub fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes()
            + self.owners.capacity() * 4
            + self.starts.capacity() * size_of::<(u32, u16)>()
    }

    fn slice(&self, prefix: &str) -> &[(u32, u16)] {
        let range = prefix_range(self.starts.len() as u32, prefix, |i| {
            tail(&self.texts, self.starts[i as usize])
        });
        &self.starts[range.start as usize..range.end as usize]
    }

    /// Names with a word that starts so, each with 2 for the whole name, 1 for its beginning, 0 for a later word.
    fn starting(&self, prefix: &str, found: &mut HashMap<u32, u8>) {
        for start in self.slice(prefix).iter().take(MOST_NAMES) {
            let rank = match (start.1, tail(&self.texts, *start).len() == prefix.len()) {
                (0, true) => 2,
                (0, false) => 1,
                _ => 0,
            };
            let best = found.entry(self.owners[start.0 as usize]).or_insert(0);
            *best = rank.max(*best);
        }
    }

    /// Names with a word that nearly starts so: first those with the first three letters right and one typo
    /// after them, two from nine letters on; else those with one typo whose first letter is right or
    /// swapped with the second.
    fn nearly_starting(&self, prefix: &str, found: &mut HashMap<u32, u8>) {
        if prefix.len() < 3 || !prefix.is_ascii() {
            return;
        }
        if prefix.len() > 4 {
            let most = if prefix.len() >= 9 { 2 } else { 1 };
            self.compare(self.slice(&prefix[..3]), prefix, most, found);
        }
        if found.is_empty() {
            self.compare(self.slice(&prefix[..1]), prefix, 1, found);
            self.compare(self.slice(&prefix[1..2]), prefix, 1, found);
        }
    }

    fn compare(
        &self,
        starts: &[(u32, u16)],
        prefix: &str,
        most: usize,
        found: &mut HashMap<u32, u8>,
    ) {
        let letters = letters_of(prefix);
        for start in starts.iter().take(MOST_COMPARED) {
            let text = tail(&self.texts, *start);
            let same_length = text.get(..prefix.len() + 1).unwrap_or(text);
            // A letter that is not there at all is a typo of its own.
            if (letters & !letters_of(same_length)).count_ones() as usize > most {
                continue;
            }
            let near = (prefix.len() - 1..=prefix.len() + 1)
                .filter_map(|len| text.get(..len))
                .any(|text| distance_within(prefix, text, most).is_some());
            if near && found.len() < MOST_NAMES {
                found.insert(self.owners[start.0 as usize], u8::from(start.1 == 0));
            }
        }
    }

    /// Names for what was typed, exactly.
    fn names(&self, words: &str) -> HashMap<u32, u8> {
        let mut found = HashMap::new();
        if !words.is_empty() {
            self.starting(words, &mut found);
            for spelling in search_words(words) {
                if spelling != words {
                    self.starting(&spelling, &mut found);
                }
            }
        }
        found
    }
}

fn tail(texts: &Strings, (text, at): (u32, u16)) -> &str {
    texts.get(text).get(usize::from(at)..).unwrap_or("")
}

/// What was typed, taken apart at the first number that is not at its start.
struct Typed {
    name: String,
    number: Option<HouseNumber>,
    /// Beginning of a place name after the number or a comma.
    city: String,
}

fn taken_apart(text: &str) -> Typed {
    let (head, after_comma) = text.split_once(',').unwrap_or((text, ""));
    let words: Vec<&str> = head.split_whitespace().collect();
    let number = words.iter().enumerate().skip(1).find(|(_, word)| {
        word.starts_with(|c: char| c.is_ascii_digit()) && HouseNumber::parse(word).is_some()
    });
    match number {
        Some((i, _)) => {
            let rest = &words[i + 1..];
            let short = rest.iter().take_while(|word| word.len() <= 2).count();
            Typed {
                name: fold(&words[..i].join(" ")),
                number: HouseNumber::parse(&words[i..=i + short].join(" ")),
                city: fold(&format!("{} {after_comma}", rest[short..].join(" "))),
            }
        }
        None => Typed {
            name: fold(head),
            number: None,
            city: fold(after_comma),
        },
    }
}

/// Something to suggest, not yet written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hit {
    City(u32),
    /// A street in a place.
    Unit(u32),
    /// An entry.
    Door(u32),
    Postcode(u32),
}

/// Hits with their weights; the heaviest are shown.
struct Hits {
    near: Option<LngLat>,
    list: Vec<(f64, Hit)>,
}

impl Hits {
    fn weight(&self, rank: u8, count: u32, place: LngLat) -> f64 {
        let far = |near: LngLat| (1.0 + near.haversine_m(place) / 1_000.0).ln();
        f64::from(rank) * 1.5 + f64::from(count.max(1)).ln() * 0.4 - self.near.map_or(0.0, far)
    }

    fn push(&mut self, weight: f64, hit: Hit) {
        self.list.push((weight, hit));
    }

    fn is_full(&self) -> bool {
        self.list.len() >= MOST_HITS
    }
}

impl Geocoder {
    /// Completes what was typed, best first, at most `limit`; nearer ones first when `near` is given.
    pub fn suggest(&self, text: &str, near: Option<LngLat>, limit: usize) -> Vec<Suggestion> {
        let typed = taken_apart(text);
        let mut hits = Hits {
            near,
            list: Vec::new(),
        };
        if typed.name.starts_with(|c: char| c.is_ascii_digit()) {
            self.weigh_postcodes(text, &mut hits);
        }
        self.weigh_names(&typed, &mut hits);
        hits.list
            .sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut answer: Vec<Suggestion> = Vec::new();
        for (_, hit) in hits.list {
            if answer.len() == limit {
                break;
            }
            let Some(suggestion) = self.written(hit) else {
                continue;
            };
            let is_new =
                |s: &Suggestion| s.text != suggestion.text || s.detail != suggestion.detail;
            if answer.iter().all(is_new) {
                answer.push(suggestion);
            }
        }
        answer
    }

    fn weigh_names(&self, typed: &Typed, hits: &mut Hits) {
        let mut streets = self.street_starts.names(&typed.name);
        let mut cities = self.city_starts.names(&typed.name);
        let mut in_city = typed.city.as_str();
        if streets.is_empty()
            && typed.number.is_none()
            && in_city.is_empty()
            && let Some((street, city)) = typed.name.rsplit_once(' ')
        {
            // `damrak amst`: the last word may begin a place.
            streets = self.street_starts.names(street);
            in_city = city;
        }
        if streets.is_empty() && cities.is_empty() {
            in_city = typed.city.as_str();
            self.street_starts
                .nearly_starting(&typed.name, &mut streets);
            self.city_starts.nearly_starting(&typed.name, &mut cities);
        }
        if typed.number.is_none() && typed.city.is_empty() {
            for (city, rank) in cities {
                if let Some((_, count, place)) = self.places[city as usize] {
                    hits.push(hits.weight(rank, count, place) + 1.5, Hit::City(city));
                }
            }
        }
        let wanted_cities = (!in_city.is_empty()).then(|| self.city_starts.names(in_city));
        // Best first and always in the same order, as there may be more than are weighed.
        let mut streets: Vec<(u32, u8)> = streets.into_iter().collect();
        streets.sort_unstable_by_key(|&(street, rank)| (u8::MAX - rank, street));
        for (street, rank) in streets {
            for unit in self.units_of_street(street) {
                let city = self.units[unit as usize].city;
                if wanted_cities
                    .as_ref()
                    .is_some_and(|wanted| !wanted.contains_key(&city))
                {
                    continue;
                }
                if hits.is_full() {
                    return;
                }
                let count = self.entries(unit).len() as u32;
                let weight = hits.weight(rank, count, self.middle_of(unit));
                match &typed.number {
                    Some(number) => self.weigh_doors(unit, number, weight, hits),
                    None => hits.push(weight, Hit::Unit(unit)),
                }
            }
        }
    }

    /// Doors with the number, then with its additions, then with numbers that go on from its digits.
    fn weigh_doors(&self, unit: u32, number: &HouseNumber, weight: f64, hits: &mut Hits) {
        let wanted = number.number;
        for entry in self.entries_numbered(unit, wanted..wanted.saturating_add(1)) {
            match self
                .number(entry)
                .addition
                .strip_prefix(number.addition.as_str())
            {
                Some("") => hits.push(weight + 6.0, Hit::Door(entry)),
                Some(_) => hits.push(weight + 4.0, Hit::Door(entry)),
                None => {}
            }
        }
        if !number.addition.is_empty() || wanted == 0 {
            return;
        }
        for (factor, cost) in [(10, 1.0), (100, 2.0), (1_000, 3.0)] {
            let from = wanted.saturating_mul(factor);
            for entry in self.entries_numbered(unit, from..from.saturating_add(factor)) {
                hits.push(weight + 2.0 - cost, Hit::Door(entry));
            }
        }
    }

    fn weigh_postcodes(&self, text: &str, hits: &mut Hits) {
        let words: Vec<&str> = text.split_whitespace().collect();
        // The postcode may be written in two words, and a house number may follow.
        let (key, rest) = match words.as_slice() {
            [a, b, rest @ ..] if b.len() <= 2 && b.bytes().all(|c| c.is_ascii_alphabetic()) => {
                (postcode_key(&format!("{a}{b}")), rest)
            }
            [a, rest @ ..] => (postcode_key(a), rest),
            [] => return,
        };
        if key.is_empty() {
            return;
        }
        let number = rest.first().and_then(|number| HouseNumber::parse(number));
        for postcode in self.postcodes_from(&key).take(50) {
            let units = self.postcode_units.of(postcode..postcode + 1);
            let Some(&first) = units.first() else {
                continue;
            };
            if let Some(number) = &number {
                let kept = hits.list.len();
                for &unit in units {
                    self.weigh_doors(unit, number, 0.0, hits);
                }
                let here =
                    |hit: Hit| matches!(hit, Hit::Door(e) if self.postcode_id(e) == postcode);
                let doors = hits.list.split_off(kept);
                hits.list
                    .extend(doors.into_iter().filter(|(_, hit)| here(*hit)));
            } else {
                let weight = hits.weight(1, units.len() as u32, self.middle_of(first));
                hits.push(weight, Hit::Postcode(postcode));
            }
        }
    }

    fn middle_of(&self, unit: u32) -> LngLat {
        let entries = self.entries(unit);
        self.place(u32::midpoint(entries.start, entries.end - 1))
    }

    /// Box, number of addresses and a position in the middle of each place, by its number; `None` for no name.
    pub(crate) fn places_of_cities(&self) -> Vec<Option<(BBox, u32, LngLat)>> {
        let of_city = |city: u32| {
            let units = self.city_units.of(city..city + 1);
            let entries = || units.iter().flat_map(|&u| self.entries(u));
            let bbox = BBox::around(entries().map(|e| self.place(e)))?;
            let middles = units.iter().map(|&u| self.middle_of(u));
            let middle = middles.min_by_key(|p| apart_e7(*p, bbox.center()))?;
            (city != NONE).then(|| (bbox, entries().count() as u32, middle))
        };
        (0..self.cities.len() as u32).map(of_city).collect()
    }

    fn written(&self, hit: Hit) -> Option<Suggestion> {
        match hit {
            Hit::City(city) => {
                let (bbox, _, place) = self.places[city as usize]?;
                Some(Suggestion {
                    kind: SuggestionKind::Place,
                    text: self.cities.get(city).to_owned(),
                    detail: String::new(),
                    place,
                    id: None,
                    bbox,
                })
            }
            Hit::Unit(unit) => {
                let Unit { street, city, .. } = self.units[unit as usize];
                Some(Suggestion {
                    kind: SuggestionKind::Street,
                    text: self.streets.get(street).to_owned(),
                    detail: self.cities.get(city).to_owned(),
                    place: self.middle_of(unit),
                    id: None,
                    bbox: self.bbox(self.entries(unit))?,
                })
            }
            Hit::Door(entry) => {
                let address = self.address(entry);
                let both = |a: Option<String>, b: Option<String>| {
                    let text = format!("{} {}", a.unwrap_or_default(), b.unwrap_or_default());
                    text.trim().to_owned()
                };
                let place = self.place(entry);
                Some(Suggestion {
                    kind: SuggestionKind::Address,
                    text: both(address.street, address.house_number),
                    detail: both(address.postcode, address.city),
                    place,
                    id: Some(self.id(entry)),
                    bbox: BBox {
                        min: place,
                        max: place,
                    },
                })
            }
            Hit::Postcode(postcode) => {
                let units = self.postcode_units.of(postcode..postcode + 1);
                let entries = || {
                    let all = units.iter().flat_map(|&u| self.entries(u));
                    all.filter(|&e| self.postcode_id(e) == postcode)
                        .take(MOST_IN_POSTCODE)
                        .map(|e| self.place(e))
                };
                let bbox = BBox::around(entries())?;
                let city = self.units[*units.first()? as usize].city;
                Some(Suggestion {
                    kind: SuggestionKind::Postcode,
                    text: self.postcodes.get(postcode).to_owned(),
                    detail: self.cities.get(city).to_owned(),
                    place: entries().min_by_key(|p| apart_e7(*p, bbox.center()))?,
                    id: None,
                    bbox,
                })
            }
        }
    }
}

fn apart_e7(a: LngLat, b: LngLat) -> i64 {
    i64::from(a.lng_e7.abs_diff(b.lng_e7)) + i64::from(a.lat_e7.abs_diff(b.lat_e7))
}
