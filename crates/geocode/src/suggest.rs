//! What may become of the letters typed so far? Every word of every street and place name is in one sorted
//! list, so that a beginning is a slice of it; with a house number after a street the doors themselves are
//! offered; when nothing starts so, one typo is forgiven.

use crate::Geocoder;
use crate::answer::{Suggestion, SuggestionKind};
use crate::index::prefix_range;
use crate::names::distance_within;
use crate::number::HouseNumber;
use crate::strings::Strings;
use crate::text::{fold, postcode_key, search_words};
use geocrm_domain::{BBox, LngLat};
use std::collections::HashMap;

/// Names looked at for one question; a beginning of one letter has far more.
const MOST_NAMES: usize = 4_000;
/// Places of one street name looked at.
const MOST_UNITS: usize = 600;
/// Doors of one street looked at.
const MOST_DOORS: usize = 2_000;

/// Where a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Street(u32),
    City(u32),
}

/// The sorted beginnings of all words of all names.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    texts: Strings,
    owners: Vec<Owner>,
    /// (name, byte where a word starts), in order of the text from there.
    starts: Vec<(u32, u16)>,
    /// Box, number of addresses and a position in the middle of each place.
    places: Vec<Option<(BBox, u32, LngLat)>>,
}

impl Prefixes {
    pub fn build(geocoder: &Geocoder) -> Self {
        let mut prefixes = Self::default();
        let streets = geocoder.streets.iter().enumerate();
        let cities = geocoder.cities.iter().enumerate();
        let owned = streets
            .map(|(i, name)| (Owner::Street(i as u32), name))
            .chain(cities.map(|(i, name)| (Owner::City(i as u32), name)));
        for (owner, name) in owned {
            for words in search_words(name) {
                let text = prefixes.texts.push(&words);
                prefixes.owners.push(owner);
                prefixes.starts.push((text, 0));
                let spaces = words.match_indices(' ');
                let inner =
                    spaces.map(|(at, _)| (text, (at + 1).min(usize::from(u16::MAX)) as u16));
                prefixes.starts.extend(inner);
            }
        }
        let texts = &prefixes.texts;
        prefixes
            .starts
            .sort_unstable_by(|a, b| tail(texts, *a).cmp(tail(texts, *b)).then(a.cmp(b)));
        prefixes.starts.shrink_to_fit();
        prefixes.places = (0..geocoder.cities.len() as u32)
            .map(|city| {
                let units = geocoder.city_units.of(city..city + 1);
                let entries = || units.iter().flat_map(|&u| geocoder.entries(u));
                let bbox = BBox::around(entries().map(|e| geocoder.place(e)))?;
                let middle = units
                    .iter()
                    .map(|&u| middle_of(geocoder, u))
                    .min_by_key(|p| apart_e7(*p, bbox.center()))?;
                Some((bbox, entries().count() as u32, middle))
            })
            .collect();
        prefixes
    }

    pub fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes()
            + self.owners.capacity() * size_of::<Owner>()
            + self.starts.capacity() * size_of::<(u32, u16)>()
            + self.places.capacity() * size_of::<Option<(BBox, u32, LngLat)>>()
    }

    /// Names with a word that starts so, each with 2 for the whole name, 1 for its beginning, 0 for a later word.
    fn starting(&self, prefix: &str) -> HashMap<Owner, u8> {
        let range = prefix_range(self.starts.len() as u32, prefix, |i| {
            tail(&self.texts, self.starts[i as usize])
        });
        let mut found = HashMap::new();
        for i in range.take(MOST_NAMES) {
            let start = self.starts[i as usize];
            let rank = match (start.1, tail(&self.texts, start).len() == prefix.len()) {
                (0, true) => 2,
                (0, false) => 1,
                _ => 0,
            };
            let best = found.entry(self.owners[start.0 as usize]).or_insert(0);
            *best = rank.max(*best);
        }
        found
    }

    /// Names with a word that nearly starts so: one typo, two from nine letters on, the first letter right
    /// or the first two swapped.
    fn nearly_starting(&self, prefix: &str) -> HashMap<Owner, u8> {
        let mut found = HashMap::new();
        if prefix.len() < 3 || !prefix.is_ascii() {
            return found;
        }
        let most = if prefix.len() >= 9 { 2 } else { 1 };
        for first in [&prefix[..1], &prefix[1..2]] {
            let range = prefix_range(self.starts.len() as u32, first, |i| {
                tail(&self.texts, self.starts[i as usize])
            });
            for start in &self.starts[range.start as usize..range.end as usize] {
                let text = tail(&self.texts, *start);
                let near = (prefix.len() - 1..=prefix.len() + 1)
                    .filter_map(|len| text.get(..len))
                    .any(|text| distance_within(prefix, text, most).is_some());
                if near && found.len() < MOST_NAMES {
                    found.insert(self.owners[start.0 as usize], u8::from(start.1 == 0));
                }
            }
        }
        found
    }

    fn names(&self, words: &str) -> HashMap<Owner, u8> {
        let mut found = HashMap::new();
        for spelling in search_words(words) {
            found.extend(self.starting(&spelling));
        }
        found.extend(self.starting(words));
        if found.is_empty() {
            found = self.nearly_starting(words);
        }
        found
    }
}

fn tail(texts: &Strings, (text, at): (u32, u16)) -> &str {
    texts.get(text).get(usize::from(at)..).unwrap_or("")
}

fn middle_of(geocoder: &Geocoder, unit: u32) -> LngLat {
    let entries = geocoder.entries(unit);
    geocoder.place(u32::midpoint(entries.start, entries.end - 1))
}

fn apart_e7(a: LngLat, b: LngLat) -> i64 {
    i64::from(a.lng_e7.abs_diff(b.lng_e7)) + i64::from(a.lat_e7.abs_diff(b.lat_e7))
}

/// A suggestion with what orders it: better ones have more weight.
struct Weighed {
    weight: f64,
    suggestion: Suggestion,
}

/// What was typed, taken apart at the first number that is not at its start.
struct Typed {
    name: String,
    number: Option<String>,
    /// Beginning of a place name after the number.
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
                number: Some(words[i..=i + short].join(" ")),
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

impl Geocoder {
    /// Completes what was typed, best first, at most `limit`; nearer ones first when `near` is given.
    pub fn suggest(&self, text: &str, near: Option<LngLat>, limit: usize) -> Vec<Suggestion> {
        let typed = taken_apart(text);
        let mut found: Vec<Weighed> = Vec::new();
        if typed.name.starts_with(|c: char| c.is_ascii_digit()) {
            self.suggest_postcodes(text, near, &mut found);
        }
        let mut names = self.suggest.names(&typed.name);
        let mut city = typed.city.clone();
        if names.is_empty() || typed.number.is_none() && !names.keys().any(is_street) {
            // `damrak amst`: the last word may begin a place.
            if let Some((street, place)) = typed.name.rsplit_once(' ') {
                let streets = self.suggest.names(street);
                if streets.keys().any(is_street) && city.is_empty() {
                    names.extend(streets);
                    place.clone_into(&mut city);
                }
            }
        }
        for (owner, rank) in names {
            match owner {
                Owner::City(id) => {
                    if typed.number.is_none() && typed.city.is_empty() {
                        self.suggest_city(id, rank, near, &mut found);
                    }
                }
                Owner::Street(id) => {
                    let number = typed.number.as_deref();
                    self.suggest_street(id, rank, number, &city, near, &mut found);
                }
            }
        }
        found.sort_by(|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| a.suggestion.text.cmp(&b.suggestion.text))
                .then_with(|| a.suggestion.detail.cmp(&b.suggestion.detail))
        });
        let mut seen: Vec<(String, String)> = Vec::new();
        let mut answer = Vec::new();
        for Weighed { suggestion, .. } in found {
            let line = (suggestion.text.clone(), suggestion.detail.clone());
            if answer.len() < limit && !seen.contains(&line) {
                seen.push(line);
                answer.push(self.completed(suggestion));
            }
        }
        answer
    }

    /// Streets get their box only once they are among the few that are shown.
    fn completed(&self, mut suggestion: Suggestion) -> Suggestion {
        if suggestion.kind == SuggestionKind::Street
            && let Ok(unit) = u32::try_from(suggestion.id.take().map_or(-1, |id| id.0))
            && let Some(bbox) = self.bbox(self.entries(unit))
        {
            suggestion.bbox = bbox;
        }
        suggestion
    }

    fn suggest_city(&self, id: u32, rank: u8, near: Option<LngLat>, found: &mut Vec<Weighed>) {
        let Some((bbox, count, place)) = self.suggest.places[id as usize] else {
            return;
        };
        if self.cities.get(id).is_empty() {
            return;
        }
        found.push(Weighed {
            weight: weight(rank, count, place, near) + 1.5,
            suggestion: Suggestion {
                kind: SuggestionKind::Place,
                text: self.cities.get(id).to_owned(),
                detail: String::new(),
                place,
                id: None,
                bbox,
            },
        });
    }

    fn suggest_street(
        &self,
        id: u32,
        rank: u8,
        number: Option<&str>,
        city: &str,
        near: Option<LngLat>,
        found: &mut Vec<Weighed>,
    ) {
        if self.streets.get(id).is_empty() {
            return;
        }
        for unit in self.units_of_street(id).take(MOST_UNITS) {
            let city_name = self.cities.get(self.units[unit as usize].city);
            if !city.is_empty() && !fold(city_name).starts_with(city) {
                continue;
            }
            let entries = self.entries(unit);
            let place = middle_of(self, unit);
            let base = weight(rank, entries.len() as u32, place, near);
            if let Some(number) = number {
                self.suggest_doors(unit, number, base, found);
            } else {
                found.push(Weighed {
                    weight: base,
                    suggestion: Suggestion {
                        kind: SuggestionKind::Street,
                        text: self.streets.get(id).to_owned(),
                        detail: city_name.to_owned(),
                        place,
                        // Carries the unit to `completed`, which takes it away.
                        id: Some(geocrm_domain::AddressId(i64::from(unit))),
                        bbox: BBox {
                            min: place,
                            max: place,
                        },
                    },
                });
            }
        }
    }

    fn suggest_doors(&self, unit: u32, number: &str, base: f64, found: &mut Vec<Weighed>) {
        let Some(wanted) = HouseNumber::parse(number) else {
            return;
        };
        let digits = wanted.number.to_string();
        for entry in self.entries(unit).take(MOST_DOORS) {
            let record = self.number(entry);
            let rank = if record.number == wanted.number {
                match record.addition.strip_prefix(wanted.addition.as_str()) {
                    Some("") => 6.0,
                    Some(_) => 4.0,
                    None => continue,
                }
            } else if wanted.addition.is_empty() && record.number.to_string().starts_with(&digits) {
                2.0 - f64::from(record.number.ilog10())
            } else {
                continue;
            };
            let address = self.address(entry);
            let place = self.place(entry);
            let part = |p: Option<String>| p.unwrap_or_default();
            let detail = format!("{} {}", part(address.postcode), part(address.city));
            found.push(Weighed {
                weight: base + rank,
                suggestion: Suggestion {
                    kind: SuggestionKind::Address,
                    text: format!("{} {}", part(address.street), part(address.house_number)),
                    detail: detail.trim().to_owned(),
                    place,
                    id: Some(self.id(entry)),
                    bbox: BBox {
                        min: place,
                        max: place,
                    },
                },
            });
        }
    }

    fn suggest_postcodes(&self, text: &str, near: Option<LngLat>, found: &mut Vec<Weighed>) {
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
        for postcode in self.postcodes_from(&key).take(50) {
            let units = self.postcode_units.of(postcode..postcode + 1);
            if let Some(number) = rest.first() {
                let first = found.len();
                for &unit in units {
                    self.suggest_doors(unit, number, 0.0, found);
                }
                let raw = self.postcodes.get(postcode);
                let here = |w: &Weighed| w.suggestion.detail.starts_with(raw);
                let kept: Vec<Weighed> = found.drain(first..).filter(here).collect();
                found.extend(kept);
                continue;
            }
            let entries: Vec<u32> = units
                .iter()
                .flat_map(|&u| self.entries(u))
                .filter(|&e| self.postcode_id(e) == postcode)
                .take(MOST_DOORS)
                .collect();
            let Some(bbox) = BBox::around(entries.iter().map(|&e| self.place(e))) else {
                continue;
            };
            let places = entries.iter().map(|&e| self.place(e));
            let Some(place) = places.min_by_key(|p| apart_e7(*p, bbox.center())) else {
                continue;
            };
            let city = units
                .first()
                .map_or(crate::index::NONE, |&u| self.units[u as usize].city);
            found.push(Weighed {
                weight: weight(1, entries.len() as u32, place, near),
                suggestion: Suggestion {
                    kind: SuggestionKind::Postcode,
                    text: self.postcodes.get(postcode).to_owned(),
                    detail: self.cities.get(city).to_owned(),
                    place,
                    id: None,
                    bbox,
                },
            });
        }
    }
}

fn is_street(owner: &Owner) -> bool {
    matches!(owner, Owner::Street(_))
}

fn weight(rank: u8, count: u32, place: LngLat, near: Option<LngLat>) -> f64 {
    let far = near.map_or(0.0, |near| (1.0 + near.haversine_m(place) / 1_000.0).ln());
    f64::from(rank) * 1.5 + f64::from(count.max(1)).ln() * 0.4 - far
}
