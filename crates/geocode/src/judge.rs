//! How well does one indexed address answer the query? Each part that differs costs a factor of the score
//! and leaves a named fault; whether the answer may be used unseen is decided by rule, not by the score:
//! same door, a street that is certain enough, and a place that something confirms.

use crate::Geocoder;
use crate::answer::{Fault, Faults};
use crate::index::NONE;
use crate::names::distance_within;
use crate::number::NumberFit;
use crate::query::Ask;
use crate::text::names_one_street;

/// How the street of a candidate was reached; better ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StreetFit {
    Exact,
    /// So many letters away.
    Misspelt(u8),
    Abbreviated,
    /// The query has no street.
    Missing,
    /// Postcode and number fit, the street does not.
    Differs,
}

/// A candidate with its judgement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub entry: u32,
    pub unit: u32,
    pub score: f64,
    pub faults: Faults,
    pub number: NumberFit,
    /// May be answered as matched, if nothing else fits as well.
    pub certain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PostcodeFit {
    Exact,
    Incomplete,
    Missing,
    RecordMissing,
    /// One digit or letter changed, or two swapped.
    OneTypo,
    /// Dutch: the same four digits.
    SameArea,
    Differs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CityFit {
    Exact,
    Misspelt,
    Missing,
    RecordMissing,
    Differs,
}

pub(crate) fn judge(
    geocoder: &Geocoder,
    ask: &Ask,
    entry: u32,
    unit: u32,
    street: StreetFit,
    number: NumberFit,
) -> Scored {
    let postcode = postcode_fit(geocoder, ask, entry);
    let city = city_fit(geocoder, ask, unit);
    let country = geocoder.country(unit);
    let other_country = !country.is_empty()
        && !ask.country.is_empty()
        && !country.eq_ignore_ascii_case(&ask.country);
    let mut faults = Faults::default();
    let mut score = cost(&mut faults, street_cost(street))
        * cost(&mut faults, number_cost(number))
        * cost(&mut faults, postcode_cost(postcode))
        * cost(&mut faults, city_cost(city, postcode));
    if other_country {
        faults.add(Fault::CountryDiffers);
        score *= 0.6;
    }
    // Among additions the query lacks, the ground floor is the likeliest.
    if number == NumberFit::AdditionMissing && geocoder.number(entry).addition == "h" {
        score += 0.002;
    }
    if number == NumberFit::RangePartial && is_across(geocoder, ask, entry) {
        score *= 0.85;
    }
    let confirmed = is_confirmed(ask, postcode, city, street, &mut faults);
    Scored {
        entry,
        unit,
        score,
        faults,
        number,
        certain: number == NumberFit::Exact
            && confirmed
            && !other_country
            && is_certain(ask, street, postcode, city),
    }
}

/// Whether the record's range runs along one side of the street and the wanted number lies on the other.
fn is_across(geocoder: &Geocoder, ask: &Ask, entry: u32) -> bool {
    let record = geocoder.number(entry);
    let odd = |n: u32| n % 2 == 1;
    record.to.is_some_and(|to| {
        let wanted = ask.number.as_ref().map_or(record.number, |n| n.number);
        odd(to) == odd(record.number) && odd(wanted) != odd(to)
    })
}

fn cost(faults: &mut Faults, (factor, fault): (f64, Option<Fault>)) -> f64 {
    if let Some(fault) = fault {
        faults.add(fault);
    }
    factor
}

fn street_cost(fit: StreetFit) -> (f64, Option<Fault>) {
    match fit {
        StreetFit::Exact => (1.0, None),
        StreetFit::Misspelt(1) => (0.93, Some(Fault::StreetMisspelt)),
        StreetFit::Misspelt(2) => (0.82, Some(Fault::StreetMisspelt)),
        StreetFit::Misspelt(_) => (0.7, Some(Fault::StreetMisspelt)),
        StreetFit::Abbreviated => (0.88, Some(Fault::StreetAbbreviated)),
        StreetFit::Missing => (0.9, Some(Fault::StreetMissing)),
        StreetFit::Differs => (0.45, Some(Fault::StreetDiffers)),
    }
}

fn number_cost(fit: NumberFit) -> (f64, Option<Fault>) {
    match fit {
        NumberFit::Exact => (1.0, None),
        NumberFit::RangePartial => (0.71, Some(Fault::RangePartial)),
        NumberFit::AdditionMissing => (0.72, Some(Fault::AdditionMissing)),
        NumberFit::AdditionUnknown => (0.72, Some(Fault::AdditionUnknown)),
        NumberFit::AdditionDiffers => (0.5, Some(Fault::AdditionDiffers)),
        NumberFit::Separator => (0.55, Some(Fault::NumberSeparator)),
        NumberFit::Missing => (0.4, Some(Fault::NumberMissing)),
        NumberFit::Neighbour => (0.25, Some(Fault::NumberNotFound)),
    }
}

fn postcode_cost(fit: PostcodeFit) -> (f64, Option<Fault>) {
    match fit {
        PostcodeFit::Exact => (1.0, None),
        PostcodeFit::Incomplete => (0.98, Some(Fault::PostcodeIncomplete)),
        PostcodeFit::RecordMissing => (0.97, None),
        PostcodeFit::Missing => (0.96, Some(Fault::PostcodeMissing)),
        PostcodeFit::OneTypo => (0.86, Some(Fault::PostcodeDiffers)),
        PostcodeFit::SameArea => (0.75, Some(Fault::PostcodeDiffers)),
        PostcodeFit::Differs => (0.55, Some(Fault::PostcodeDiffers)),
    }
}

fn city_cost(fit: CityFit, postcode: PostcodeFit) -> (f64, Option<Fault>) {
    match fit {
        CityFit::Exact => (1.0, None),
        CityFit::Misspelt => (0.985, Some(Fault::CityMisspelt)),
        CityFit::RecordMissing => (0.98, None),
        CityFit::Missing => (0.98, Some(Fault::CityMissing)),
        CityFit::Differs if postcode == PostcodeFit::Exact => (0.88, Some(Fault::CityDiffers)),
        CityFit::Differs => (0.6, Some(Fault::CityDiffers)),
    }
}

fn postcode_fit(geocoder: &Geocoder, ask: &Ask, entry: u32) -> PostcodeFit {
    if ask.postcode.is_empty() {
        return PostcodeFit::Missing;
    }
    let id = geocoder.postcode_id(entry);
    if ask.postcodes.contains(&id) {
        return PostcodeFit::Exact;
    }
    let record = geocoder.postcode_key(entry);
    let wanted = ask.postcode.as_str();
    if record.is_empty() {
        PostcodeFit::RecordMissing
    } else if wanted.len() >= 3 && record.starts_with(wanted)
        || record.len() >= 4 && wanted.starts_with(record)
    {
        PostcodeFit::Incomplete
    } else if distance_within(wanted, record, 1).is_some() {
        PostcodeFit::OneTypo
    } else if is_same_area(wanted, record) {
        PostcodeFit::SameArea
    } else {
        PostcodeFit::Differs
    }
}

/// Dutch: the same four digits; or only four digits were given, and one of them is wrong.
fn is_same_area(wanted: &str, record: &str) -> bool {
    let area = record.get(..4).unwrap_or_default();
    names_one_street(wanted) && names_one_street(record) && wanted.starts_with(area)
        || wanted.len() == 4 && distance_within(wanted, area, 1).is_some()
}

fn city_fit(geocoder: &Geocoder, ask: &Ask, unit: u32) -> CityFit {
    let city = geocoder.units[unit as usize].city;
    if ask.city.is_empty() {
        CityFit::Missing
    } else if ask.cities.binary_search(&city).is_ok() {
        if ask.city_misspelt {
            CityFit::Misspelt
        } else {
            CityFit::Exact
        }
    } else if city == NONE {
        CityFit::RecordMissing
    } else {
        CityFit::Differs
    }
}

/// Whether postcode or place say that this street is in the right part of the world.
fn is_confirmed(
    ask: &Ask,
    postcode: PostcodeFit,
    city: CityFit,
    street: StreetFit,
    faults: &mut Faults,
) -> bool {
    let in_city = matches!(city, CityFit::Exact | CityFit::Misspelt);
    match postcode {
        // A Dutch postcode names one street, so that street and postcode outweigh another place name.
        PostcodeFit::Exact => {
            city != CityFit::Differs
                || names_one_street(&ask.postcode) && street == StreetFit::Exact
        }
        PostcodeFit::Incomplete => city != CityFit::Differs,
        PostcodeFit::Missing | PostcodeFit::RecordMissing => {
            if city == CityFit::RecordMissing
                || city == CityFit::Missing && !ask.postcode.is_empty()
            {
                faults.add(Fault::RecordIncomplete);
            }
            in_city
        }
        PostcodeFit::OneTypo => in_city && street == StreetFit::Exact,
        PostcodeFit::SameArea | PostcodeFit::Differs => false,
    }
}

/// Whether the street was recognised beyond reasonable doubt.
fn is_certain(ask: &Ask, street: StreetFit, postcode: PostcodeFit, city: CityFit) -> bool {
    let length = ask.streets.first().map_or(0, String::len);
    let one_street = names_one_street(&ask.postcode) && postcode == PostcodeFit::Exact;
    match street {
        StreetFit::Exact => true,
        StreetFit::Misspelt(1) => {
            postcode == PostcodeFit::Exact && length >= 5
                || length >= 8 && matches!(city, CityFit::Exact | CityFit::Misspelt)
        }
        StreetFit::Misspelt(2) => one_street && length >= 8,
        StreetFit::Abbreviated | StreetFit::Missing => one_street,
        StreetFit::Misspelt(_) | StreetFit::Differs => false,
    }
}
