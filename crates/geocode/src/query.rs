//! What is being asked? A line of free text or the fields of a form become the parts to look up; a number
//! that stands in the street field is found there, with the help of the street names the index knows.

use crate::Geocoder;
use crate::answer::{Fault, Faults};
use crate::number::HouseNumber;
use crate::text::{city_keys, fold, postcode_key, street_keys};
use geocrm_domain::PostalAddress;
use std::ops::Range;

/// A question to [`Geocoder::geocode`]. Parts of `address` win over what `text` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// One line: `Damrak 12-H, 1012 LG Amsterdam`.
    pub text: Option<String>,
    pub address: PostalAddress,
}

impl From<PostalAddress> for Query {
    fn from(address: PostalAddress) -> Self {
        Self {
            text: None,
            address,
        }
    }
}

/// The parts of a query as the search uses them.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    /// Keys of the street, own spelling first; empty when no street was given.
    pub streets: Vec<String>,
    /// The street folded, with its words apart.
    pub street_words: String,
    pub number: Option<HouseNumber>,
    /// Several numbers in one, such as `24;26`, without spaces; `number` is the first of them.
    pub number_list: Option<String>,
    pub postcode: String,
    /// Postcodes of the index equal to the one asked for.
    pub postcodes: Range<u32>,
    pub city: String,
    pub cities: Vec<u32>,
    pub city_misspelt: bool,
    pub country: String,
    pub faults: Faults,
}

fn given(part: Option<&String>) -> Option<&str> {
    part.map(|p| p.trim()).filter(|p| !p.is_empty())
}

impl Ask {
    pub fn new(geocoder: &Geocoder, query: &Query) -> Self {
        let mut ask = Self::default();
        let line = given(query.text.as_ref()).map(|text| parse_line(geocoder, text));
        let line = line.unwrap_or_default();
        let part = |own: &Option<String>, of_line: &Option<String>| {
            given(own.as_ref())
                .or(given(of_line.as_ref()))
                .map(str::to_owned)
        };
        let mut street = part(&query.address.street, &line.street);
        let mut number = part(&query.address.house_number, &line.house_number);
        let mut postcode = part(&query.address.postcode, &line.postcode);
        let mut city = part(&query.address.city, &line.city);
        if let Some(text) = &street
            && text.contains(|c: char| c.is_ascii_digit())
            && !knows_street(geocoder, text)
            && let Some(split) = split_number(geocoder, text)
            && (number.is_none()
                || number.as_deref().and_then(HouseNumber::parse)
                    == HouseNumber::parse(&split.number))
        {
            if number.is_none() {
                city = city.or(split.rest);
            }
            number = number.or(Some(split.number));
            street = split.street;
            ask.faults.add(Fault::NumberInStreetField);
        }
        if let Some(text) = &city
            && postcode.is_none()
            && let Some((first, rest)) = text.split_once(' ')
            && first.contains(|c: char| c.is_ascii_digit())
        {
            postcode = Some(first.to_owned());
            city = Some(rest.to_owned());
        }
        ask.streets = street.as_deref().map(street_keys).unwrap_or_default();
        ask.street_words = street.as_deref().map(fold).unwrap_or_default();
        if let Some(text) = &number {
            let list = HouseNumber::parse_list(text);
            ask.number_list = (list.len() > 1).then(|| text.replace(' ', ""));
            ask.number = list.into_iter().next();
        }
        ask.postcode = postcode.as_deref().map(postcode_key).unwrap_or_default();
        if !ask.postcode.is_empty() {
            let from = geocoder.postcodes_from(&ask.postcode);
            let len = ask.postcode.len();
            let equal = from
                .clone()
                .take_while(|&p| geocoder.postcode_keys.get(p).len() == len)
                .count();
            ask.postcodes = from.start..from.start + equal as u32;
        }
        if let Some(city) = city {
            let keys = city_keys(&city);
            for key in &keys {
                ask.cities.extend(geocoder.city_names.exact(key));
            }
            if ask.cities.is_empty() {
                let mut near = Vec::new();
                for key in &keys {
                    geocoder.city_names.near(key, &mut near);
                }
                let least = near.iter().map(|n| n.1).min();
                near.retain(|n| Some(n.1) == least);
                ask.cities.extend(near.into_iter().map(|n| n.0));
                ask.city_misspelt = !ask.cities.is_empty();
            }
            ask.cities.sort_unstable();
            ask.cities.dedup();
            ask.city = keys.into_iter().next().unwrap_or_default();
        }
        ask.country = query
            .address
            .country
            .as_deref()
            .unwrap_or_default()
            .trim()
            .to_ascii_uppercase();
        ask.name_missing_parts();
        ask
    }

    fn name_missing_parts(&mut self) {
        let parts = [
            (self.streets.is_empty(), Fault::StreetMissing),
            (self.number.is_none(), Fault::NumberMissing),
            (self.postcode.is_empty(), Fault::PostcodeMissing),
            (self.city.is_empty(), Fault::CityMissing),
        ];
        if parts.iter().all(|(missing, _)| *missing) {
            self.faults.add(Fault::Empty);
            return;
        }
        for (missing, fault) in parts {
            if missing {
                self.faults.add(fault);
            }
        }
    }
}

fn knows_street(geocoder: &Geocoder, name: &str) -> bool {
    street_keys(name)
        .iter()
        .any(|key| geocoder.street_names.has(key))
}

#[derive(Debug, PartialEq)]
struct Split {
    street: Option<String>,
    number: String,
    /// What follows the number: a place, in a line of text.
    rest: Option<String>,
}

/// Finds the house number in a text such as `Damrak 12 hs Amsterdam` or `12 Damrak`. The longest beginning
/// that is a known street wins (`Plein 1944 12`), then the number nothing follows, then the first one.
fn split_number(geocoder: &Geocoder, text: &str) -> Option<Split> {
    let words: Vec<&str> = text
        .split([' ', ',', '\t'])
        .filter(|w| !w.is_empty())
        .collect();
    let splits: Vec<(usize, usize)> = (0..words.len())
        .filter(|&i| words[i].starts_with(|c: char| c.is_ascii_digit()) && !is_ordinal(words[i]))
        .map(|i| (i, i + 1 + additions(&words[i + 1..])))
        .collect();
    let known = splits
        .iter()
        .rev()
        .find(|(i, _)| *i > 0 && knows_street(geocoder, &words[..*i].join(" ")));
    let last = || splits.iter().find(|(i, end)| *i > 0 && *end == words.len());
    let inner = || splits.iter().find(|(i, _)| *i > 0);
    let &(i, end) = known.or_else(last).or_else(inner).or(splits.first())?;
    let join = |words: &[&str]| (!words.is_empty()).then(|| words.join(" "));
    let number = words[i..end].join(" ");
    Some(if i == 0 {
        Split {
            street: join(&words[end..]),
            number,
            rest: None,
        }
    } else {
        Split {
            street: join(&words[..i]),
            number,
            rest: join(&words[end..]),
        }
    })
}

/// `1e`, `2de`, `17.`: a count in a name, not a house number.
fn is_ordinal(word: &str) -> bool {
    let tail = word.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(tail, "e" | "de" | "ste" | ".")
}

/// How many words belong to the number before them.
fn additions(words: &[&str]) -> usize {
    let is_addition = |word: &&&str| {
        let lower = word.to_ascii_lowercase();
        let plain = lower.trim_start_matches(['-', '/', '–']);
        plain.len() < lower.len()
            || plain.len() == 1
            || plain.len() <= 4 && plain.bytes().all(|b| b.is_ascii_digit())
            || matches!(
                plain,
                "hs" | "huis" | "bis" | "bg" | "ii" | "iii" | "iv" | "hoog" | "boven" | "t/m"
            )
    };
    words.iter().take_while(is_addition).count()
}

/// Takes a line apart: postcode by its shape, number and street by [`split_number`], the rest is the place.
fn parse_line(geocoder: &Geocoder, text: &str) -> PostalAddress {
    let mut address = PostalAddress::default();
    let words: Vec<(&str, usize)> = text
        .split(',')
        .enumerate()
        .flat_map(|(segment, part)| part.split_whitespace().map(move |word| (word, segment)))
        .collect();
    let mut segments: Vec<String> = Vec::new();
    let mut push = |words: &[(&str, usize)]| {
        for part in words.chunk_by(|a, b| a.1 == b.1) {
            let part: Vec<&str> = part.iter().map(|w| w.0).collect();
            segments.push(part.join(" "));
        }
    };
    if let Some((at, taken, postcode)) = find_postcode(geocoder, &words) {
        address.postcode = Some(postcode);
        push(&words[..at]);
        push(&words[at + taken..]);
    } else {
        push(&words);
    }
    for segment in segments {
        let has_digit = segment.contains(|c: char| c.is_ascii_digit());
        if address.house_number.is_none()
            && has_digit
            && !knows_street(geocoder, &segment)
            && let Some(split) = split_number(geocoder, &segment)
        {
            address.street = address.street.or(split.street);
            address.house_number = Some(split.number);
            address.city = address.city.or(split.rest);
        } else if address.street.is_none()
            && (address.city.is_some()
                || address.house_number.is_none() && !is_only_a_city(geocoder, &segment))
        {
            address.street = Some(segment);
        } else if address.city.is_none() {
            address.city = Some(segment);
        }
    }
    address
}

fn is_only_a_city(geocoder: &Geocoder, text: &str) -> bool {
    let known = |key: &String| geocoder.city_names.has(key);
    city_keys(text).iter().any(known) && !knows_street(geocoder, text)
}

/// Position, number of words and text of the postcode in a line.
fn find_postcode(geocoder: &Geocoder, words: &[(&str, usize)]) -> Option<(usize, usize, String)> {
    let digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let letters = |word: &str| word.len() == 2 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let is_known = |key: &str| !geocoder.postcodes_from(key).is_empty();
    let numbers = words
        .iter()
        .filter(|w| w.0.starts_with(|c: char| c.is_ascii_digit()))
        .count();
    for (i, (word, _)) in words.iter().enumerate().rev() {
        let key = postcode_key(word);
        let has_prefix = key.len() < word.len() && word.contains('-') && digits(&key);
        if crate::text::names_one_street(&key) || digits(&key) && key.len() == 5 {
            return Some((i, 1, key));
        }
        if key.len() != 4 || !digits(&key) {
            continue;
        }
        if let Some((next, _)) = words.get(i + 1)
            && letters(next)
        {
            let full = format!("{key}{}", next.to_ascii_uppercase());
            if is_known(&full) || i == 0 || numbers > 1 && !is_addition_word(next) {
                return Some((i, 2, full));
            }
        }
        if has_prefix || numbers > 1 && i > 0 && is_known(&key) {
            return Some((i, 1, key));
        }
    }
    None
}

fn is_addition_word(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "hs" | "bg" | "ii" | "iv"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::amsterdam;

    fn line(text: &str) -> [String; 4] {
        let a = parse_line(&amsterdam(), text);
        [a.street, a.house_number, a.postcode, a.city].map(Option::unwrap_or_default)
    }

    #[test]
    fn lines_are_taken_apart() {
        for (text, parts) in [
            (
                "Damrak 12-H, 1012 LG Amsterdam",
                ["Damrak", "12-H", "1012LG", "Amsterdam"],
            ),
            (
                "Damrak 12 hs Amsterdam",
                ["Damrak", "12 hs", "", "Amsterdam"],
            ),
            ("1012lg 12", ["", "12", "1012LG", ""]),
            ("1012 LG 12 hs", ["", "12 hs", "1012LG", ""]),
            ("12 Damrak, Amsterdam", ["Damrak", "12", "", "Amsterdam"]),
            (
                "Marienplatz 8, 80331 München",
                ["Marienplatz", "8", "80331", "München"],
            ),
            (
                "Marienplatz 8, D-80331 München",
                ["Marienplatz", "8", "80331", "München"],
            ),
            ("Damrak, Amsterdam", ["Damrak", "", "", "Amsterdam"]),
            ("Amsterdam", ["", "", "", "Amsterdam"]),
            (
                "Plein 1944 12, Nijmegen",
                ["Plein 1944", "12", "", "Nijmegen"],
            ),
            ("Plein 1944", ["Plein 1944", "", "", ""]),
            (
                "1e Helmersstraat 8 bis",
                ["1e Helmersstraat", "8 bis", "", ""],
            ),
            (
                "Damrak 12, Amsterdam, 1012LG",
                ["Damrak", "12", "1012LG", "Amsterdam"],
            ),
        ] {
            assert_eq!(line(text), parts, "{text}");
        }
    }

    #[test]
    fn noise_is_taken_apart_without_harm() {
        for text in [
            "",
            ",,,",
            "12",
            "1012",
            "(",
            "ß 1 1 1 1",
            "9999999999999 x",
            "- -",
        ] {
            let _ = line(text);
        }
    }
}
