//! Which indexed addresses may be the one asked for? The narrowest scope first (street in its postcode or
//! place), wider ones only while no address with the wanted number has turned up: other spellings, other
//! places, the postcode alone, and at the end the neighbours, which are shown but never taken.

use crate::Geocoder;
use crate::index::NONE;
use crate::judge::{Scored, StreetFit, judge};
use crate::names::{distance_within, most_typos};
use crate::number::NumberFit;
use crate::query::Ask;
use crate::text::{fold, is_shortened, names_one_street};
use std::ops::Range;

/// Places of one street name that are searched without a hint where.
const UNITS_WITHOUT_HINT: usize = 2_000;
/// Up to this many places of one street name all are searched, hint or not.
const UNITS_ALWAYS: usize = 48;
/// House numbers one range may span and still be found from its middle.
const RANGE_REACH: u32 = 60;
/// Score from which nothing wider is searched.
const GOOD: f64 = 0.8;
/// Score of another addition of the wanted number in exactly the wanted street, confirmed by postcode or
/// place: from here on other streets are not searched either.
const SETTLED: f64 = 0.68;
/// Neighbouring numbers shown when the wanted one is not there.
const NEIGHBOURS: usize = 3;

pub(crate) struct Search<'a> {
    geocoder: &'a Geocoder,
    ask: &'a Ask,
    forms: Range<u32>,
    pub found: Vec<Scored>,
    best: f64,
    settled: bool,
    /// Streets tried, with how they fit.
    streets: Vec<(u32, StreetFit)>,
}

impl<'a> Search<'a> {
    pub fn run(geocoder: &'a Geocoder, ask: &'a Ask) -> Vec<Scored> {
        let number = ask.number.as_ref().map_or(0, |n| n.number);
        let mut search = Self {
            geocoder,
            ask,
            forms: geocoder.forms_numbered(number),
            found: Vec::new(),
            best: 0.0,
            settled: false,
            streets: Vec::new(),
        };
        if ask.streets.is_empty() {
            search.without_street();
        } else {
            search.exact_streets();
            if search.is_open() {
                search.misspelt_streets();
            }
            if search.is_open() && names_one_street(&ask.postcode) {
                search.postcode_alone(StreetFit::Differs);
            }
        }
        let number_found =
            |s: &Scored| !matches!(s.number, NumberFit::Missing | NumberFit::Separator);
        if ask.number.is_some() && !search.found.iter().any(number_found) {
            search.lost_separators_and_neighbours();
        }
        search.found
    }

    /// Whether something better may still turn up.
    fn is_open(&self) -> bool {
        self.best < GOOD && !self.settled
    }

    fn keep(&mut self, entry: u32, unit: u32, street: StreetFit, number: NumberFit) {
        let scored = judge(self.geocoder, self.ask, entry, unit, street, number);
        if number == NumberFit::Exact {
            self.best = self.best.max(scored.score);
        }
        self.settled |= street == StreetFit::Exact && scored.score >= SETTLED;
        self.found.push(scored);
    }

    fn exact_streets(&mut self) {
        let mut ids: Vec<u32> = Vec::new();
        for key in &self.ask.streets {
            ids.extend(self.geocoder.street_names.exact(key));
        }
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            self.street(id, StreetFit::Exact);
        }
    }

    fn misspelt_streets(&mut self) {
        let mut near: Vec<(u32, StreetFit)> = Vec::new();
        let mut typos = Vec::new();
        for key in &self.ask.streets {
            self.geocoder.street_names.near(key, &mut typos);
        }
        near.extend(
            typos
                .into_iter()
                .map(|(id, d)| (id, StreetFit::Misspelt(d as u8))),
        );
        self.try_streets(near);
        if self.is_open() {
            let near = self.similar_streets_of_the_area();
            self.try_streets(near);
        }
    }

    fn try_streets(&mut self, mut streets: Vec<(u32, StreetFit)>) {
        streets.sort_unstable();
        streets.dedup_by_key(|s| s.0);
        for (id, fit) in streets {
            if !self.streets.iter().any(|tried| tried.0 == id) {
                self.street(id, fit);
            }
        }
    }

    /// Streets of the postcode's area and of the place, or of the whole index when neither is known, that
    /// are a few letters away or a longer form of the name.
    fn similar_streets_of_the_area(&self) -> Vec<(u32, StreetFit)> {
        let g = self.geocoder;
        let mut ids: Vec<u32> = Vec::new();
        let area = self
            .ask
            .postcode
            .get(..4)
            .filter(|_| self.ask.postcode.len() == 6);
        let prefix = area.unwrap_or(&self.ask.postcode);
        if prefix.len() >= 4 {
            let units = g.postcode_units.of(g.postcodes_from(prefix));
            ids.extend(units.iter().map(|&u| g.units[u as usize].street));
        }
        for &city in &self.ask.cities {
            let units = g.city_units.of(city..city + 1);
            ids.extend(units.iter().map(|&u| g.units[u as usize].street));
        }
        let everywhere = ids.is_empty();
        if everywhere {
            ids.extend(0..g.streets.len() as u32);
        } else {
            ids.sort_unstable();
            ids.dedup();
        }
        let mut similar = Vec::new();
        for key in &self.ask.streets {
            let most = most_typos(key.len()).min(if everywhere { 2 } else { 3 });
            let letters = letters_of(key);
            for &id in &ids {
                let (name, other) = (g.street_keys.get(id), g.street_letters[id as usize]);
                if (letters ^ other).count_ones() as usize <= 2 * most
                    && name.len().abs_diff(key.len()) <= most
                    && let Some(distance) = distance_within(key, name, most)
                {
                    similar.push((id, StreetFit::Misspelt(distance as u8)));
                } else if !everywhere
                    && letters & !other == 0
                    && key.len() < name.len()
                    && key.as_bytes().last_chunk::<5>() == name.as_bytes().last_chunk::<5>()
                    && is_shortened(&self.ask.street_words, &fold(g.streets.get(id)))
                {
                    similar.push((id, StreetFit::Abbreviated));
                }
            }
        }
        similar
    }

    fn street(&mut self, street: u32, fit: StreetFit) {
        self.streets.push((street, fit));
        for unit in self.units(street) {
            self.unit(unit, fit);
        }
    }

    /// The places of a street name worth searching: all when they are few, else those the postcode or the
    /// place points at.
    fn units(&self, street: u32) -> Vec<u32> {
        let g = self.geocoder;
        let all = g.units_of_street(street);
        if all.len() <= UNITS_ALWAYS {
            return all.collect();
        }
        let mut units: Vec<u32> = Vec::new();
        for postcode in self.ask.postcodes.clone() {
            let list = g.postcode_units.of(postcode..postcode + 1);
            let from = list.partition_point(|&u| u < all.start);
            units.extend(list[from..].iter().take_while(|&&u| u < all.end));
        }
        let slice = &g.units[all.start as usize..all.end as usize];
        for &city in self.ask.cities.iter().chain(&[NONE]) {
            let from = slice.partition_point(|u| u.city < city);
            let same = slice[from..].iter().take_while(|u| u.city == city).count();
            units.extend(all.start + from as u32..all.start + (from + same) as u32);
        }
        units.sort_unstable();
        units.dedup();
        if units.is_empty() || self.ask.cities.is_empty() && self.ask.postcodes.is_empty() {
            return all.take(UNITS_WITHOUT_HINT).collect();
        }
        units
    }

    fn unit(&mut self, unit: u32, fit: StreetFit) {
        let g = self.geocoder;
        let Some(number) = &self.ask.number else {
            for entry in g.entries(unit).take(crate::CANDIDATES) {
                self.keep(entry, unit, fit, NumberFit::Missing);
            }
            return;
        };
        let mut exact = false;
        for entry in g.entries_of_forms(unit, self.forms.clone()) {
            if let Some(mut number_fit) = number.fit(&g.number(entry)) {
                if let Some(list) = &self.ask.number_list
                    && g.number_text(entry).replace(' ', "") != *list
                {
                    number_fit = NumberFit::RangePartial;
                }
                exact |= number_fit == NumberFit::Exact;
                self.keep(entry, unit, fit, number_fit);
            }
        }
        if exact {
            return;
        }
        let first = number.number.saturating_sub(RANGE_REACH);
        let last = number.to.unwrap_or(number.number);
        for entry in g.entries_numbered(unit, first..last + 1) {
            let record = g.number(entry);
            if record.number != number.number
                && let Some(number_fit) = number.fit(&record)
            {
                self.keep(entry, unit, fit, number_fit);
            }
        }
    }

    fn without_street(&mut self) {
        if self.ask.postcode.is_empty() {
            for &city in &self.ask.cities {
                let units = self.geocoder.city_units.of(city..city + 1);
                let unnamed = units
                    .iter()
                    .take_while(|&&u| self.geocoder.units[u as usize].street == NONE);
                for &unit in unnamed {
                    self.unit(unit, StreetFit::Missing);
                }
            }
        } else {
            self.postcode_alone(StreetFit::Missing);
        }
    }

    fn postcode_alone(&mut self, fit: StreetFit) {
        let g = self.geocoder;
        for postcode in self.ask.postcodes.clone() {
            for &unit in g.postcode_units.of(postcode..postcode + 1) {
                if self.ask.number.is_none() {
                    let entries = g.entries(unit).filter(|&e| g.postcode_id(e) == postcode);
                    for entry in entries.take(crate::CANDIDATES) {
                        self.keep(entry, unit, fit, NumberFit::Missing);
                    }
                    continue;
                }
                if self
                    .streets
                    .iter()
                    .any(|s| s.0 == g.units[unit as usize].street)
                {
                    continue;
                }
                let before = self.found.len();
                self.unit(unit, fit);
                let mut kept = before;
                for i in before..self.found.len() {
                    if g.postcode_id(self.found[i].entry) == postcode {
                        self.found.swap(kept, i);
                        kept += 1;
                    }
                }
                self.found.truncate(kept);
            }
        }
    }

    /// Last resort on the streets that fit: numbers equal but for the separator, and the nearest numbers.
    fn lost_separators_and_neighbours(&mut self) {
        let g = self.geocoder;
        let Some(number) = &self.ask.number else {
            return;
        };
        let glued = number.glued();
        let mut streets = std::mem::take(&mut self.streets);
        streets.sort_unstable_by_key(|s| s.1);
        for &(street, fit) in streets.iter().take(8) {
            for unit in self.units(street).into_iter().take(UNITS_ALWAYS) {
                let mut near: Vec<(u32, u32)> = Vec::new();
                for entry in g.entries(unit) {
                    let record = g.number(entry);
                    if is_glued(&record, &glued) {
                        self.keep(entry, unit, fit, NumberFit::Separator);
                    } else if record.number > 0 {
                        let apart = record.number.abs_diff(number.number);
                        let other_side = u32::from(apart % 2 == 1) * 2;
                        near.push((apart + other_side, entry));
                    }
                }
                if near.len() > NEIGHBOURS {
                    near.select_nth_unstable(NEIGHBOURS);
                    near.truncate(NEIGHBOURS);
                }
                for (apart, entry) in near {
                    self.keep(entry, unit, fit, NumberFit::Neighbour);
                    if let Some(kept) = self.found.last_mut() {
                        kept.score *= 1.0 - f64::from(apart.min(500)) / 1_000.0;
                    }
                }
            }
        }
    }
}

/// Whether the record's number and addition, written together, are `glued`.
fn is_glued(record: &crate::number::NumberView<'_>, glued: &str) -> bool {
    if record.addition.is_empty() || glued.len() <= record.addition.len() {
        return false;
    }
    glued
        .strip_suffix(record.addition)
        .is_some_and(|head| head.parse() == Ok(record.number))
}

/// Which letters and digits a key holds, one bit each (digits share bits).
pub(crate) fn letters_of(key: &str) -> u32 {
    key.bytes().fold(0, |set, byte| match byte {
        b'a'..=b'z' => set | 1 << (byte - b'a'),
        _ => set | 1 << (26 + byte % 6),
    })
}
