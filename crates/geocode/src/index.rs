//! How are ten million addresses held? Every text once; addresses as columns in the order street, place,
//! number, so that one street of one place (a *unit*) is a slice and a house number in it is two binary
//! searches; lists of units per postcode and per place. About 30 bytes an address.

use crate::AddressRecord;
use crate::names::Names;
use crate::number::{HouseNumber, NumberView};
use crate::strings::{Interner, Strings};
use crate::suggest::Prefixes;
use crate::text::{city_keys, postcode_key, street_keys};
use geocrm_domain::{AddressId, BBox, LngLat, PostalAddress};
use std::ops::Range;

/// Absent text in a column; the empty text has number 0 in every table.
pub(crate) const NONE: u32 = 0;

/// One street of one place: a slice of the address columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    pub street: u32,
    pub city: u32,
    pub country: u32,
    pub start: u32,
}

/// A house number as written, parsed; in order of the number.
#[derive(Debug, Clone, Copy)]
struct Form {
    number: u32,
    /// 0 when it is no range.
    to: u32,
    addition: u32,
    raw: u32,
}

/// All loaded addresses. Build it once, share it behind an `Arc`; every method takes `&self`.
#[derive(Debug)]
pub struct Geocoder {
    pub(crate) streets: Strings,
    pub(crate) cities: Strings,
    countries: Strings,
    /// As written, in order of their keys.
    pub(crate) postcodes: Strings,
    pub(crate) postcode_keys: Strings,
    numbers: Strings,
    additions: Strings,
    forms: Vec<Form>,
    pub(crate) units: Vec<Unit>,
    /// First unit of each street, and one past the last.
    pub(crate) street_units: Vec<u32>,
    pub(crate) street_names: Names,
    pub(crate) city_names: Names,
    /// First key of each street and the letters in it, for comparing many.
    pub(crate) street_keys: Strings,
    pub(crate) street_letters: Vec<u32>,
    pub(crate) postcode_units: Lists,
    pub(crate) city_units: Lists,
    pub(crate) street_starts: Prefixes,
    pub(crate) city_starts: Prefixes,
    /// Box, number of addresses and middle of each place.
    pub(crate) places: Vec<Option<(BBox, u32, LngLat)>>,
    form: Vec<u32>,
    postcode: Vec<u32>,
    place: Vec<LngLat>,
    id: Vec<i64>,
    /// Addresses in order of their quadkey.
    pub(crate) by_quadkey: Vec<u32>,
    records: usize,
}

/// A list of unit numbers, ascending, for each key.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// From (key, item) pairs sorted and without repetition.
    fn build(keys: usize, pairs: &[(u32, u32)]) -> Self {
        let mut starts = vec![0u32; keys + 1];
        for (key, _) in pairs {
            starts[*key as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Self {
            starts,
            items: pairs.iter().map(|(_, item)| *item).collect(),
        }
    }

    /// Items of a range of keys: one slice, ascending within each key.
    pub fn of(&self, keys: Range<u32>) -> &[u32] {
        if keys.is_empty() {
            return &[];
        }
        let (from, to) = (
            self.starts[keys.start as usize],
            self.starts[keys.end as usize],
        );
        &self.items[from as usize..to as usize]
    }

    fn memory_bytes(&self) -> usize {
        (self.starts.capacity() + self.items.capacity()) * 4
    }
}

struct Row {
    street: u32,
    city: u32,
    country: u32,
    number: u32,
    postcode: u32,
    place: LngLat,
    id: i64,
}

fn frozen(texts: &[Box<str>]) -> Strings {
    let mut out = Strings::default();
    for text in texts {
        out.push(text);
    }
    out
}

impl Geocoder {
    /// Indexes every record. A record without a house number is found by [`Geocoder::reverse`] and counted
    /// in [`Geocoder::suggest`], but never answered as a position of a query. Up to 4 billion records.
    pub fn build(records: impl IntoIterator<Item = AddressRecord>) -> Self {
        let mut tables: [Interner; 5] = Default::default();
        for table in &mut tables {
            table.id("");
        }
        let [streets, cities, countries, numbers, postcodes] = &mut tables;
        let mut rows: Vec<Row> = records
            .into_iter()
            .map(|record| {
                let id = |table: &mut Interner, part: &Option<String>| {
                    part.as_deref()
                        .map(str::trim)
                        .map_or(NONE, |part| table.id(part))
                };
                Row {
                    street: id(streets, &record.address.street),
                    city: id(cities, &record.address.city),
                    country: id(countries, &record.address.country),
                    number: id(numbers, &record.address.house_number),
                    postcode: id(postcodes, &record.address.postcode),
                    place: record.place,
                    id: record.id.0,
                }
            })
            .collect();
        let records = rows.len();
        let [streets, cities, countries, numbers, postcodes] = tables;
        let (streets, street_place) = streets.sorted_by(str::to_owned);
        let (cities, city_place) = cities.sorted_by(str::to_owned);
        let (countries, country_place) = countries.sorted_by(str::to_owned);
        let (postcodes, postcode_place) = postcodes.sorted_by(postcode_key);
        let (numbers, number_place) = numbers.sorted_by(str::to_owned);
        for row in &mut rows {
            row.street = street_place[row.street as usize];
            row.city = city_place[row.city as usize];
            row.country = country_place[row.country as usize];
            row.postcode = postcode_place[row.postcode as usize];
            row.number = number_place[row.number as usize];
        }
        let (forms, forms_of, additions) = number_forms(&numbers);
        let mut columns: Vec<(u32, u32, u32, u32, u32, i64, LngLat)> = Vec::with_capacity(records);
        for row in rows {
            for &form in forms_of.of(row.number..row.number + 1) {
                let (street, city, country) = (row.street, row.city, row.country);
                columns.push((street, city, country, form, row.postcode, row.id, row.place));
            }
        }
        columns.sort_unstable();
        let mut units: Vec<Unit> = Vec::new();
        for (i, &(street, city, country, ..)) in columns.iter().enumerate() {
            let last = units.last().map(|u| (u.street, u.city, u.country));
            if last != Some((street, city, country)) {
                units.push(Unit {
                    street,
                    city,
                    country,
                    start: i as u32,
                });
            }
        }
        units.shrink_to_fit();
        let mut street_units = vec![0u32; streets.len() + 1];
        let mut by_city: Vec<(u32, u32)> = Vec::with_capacity(units.len());
        let mut by_postcode: Vec<(u32, u32)> = Vec::new();
        for (i, unit) in units.iter().enumerate() {
            street_units[unit.street as usize + 1] += 1;
            by_city.push((unit.city, i as u32));
            let end = units
                .get(i + 1)
                .map_or(columns.len(), |next| next.start as usize);
            let first = by_postcode.len();
            for column in &columns[unit.start as usize..end] {
                if by_postcode.len() == first || by_postcode.last() != Some(&(column.4, i as u32)) {
                    by_postcode.push((column.4, i as u32));
                }
            }
        }
        for i in 1..street_units.len() {
            street_units[i] += street_units[i - 1];
        }
        by_city.sort_unstable();
        by_postcode.sort_unstable();
        by_postcode.dedup();
        let mut quadkeys: Vec<(u64, u32)> = columns
            .iter()
            .enumerate()
            .map(|(i, column)| (column.6.quadkey().0, i as u32))
            .collect();
        quadkeys.sort_unstable();
        let named = |texts: &[Box<str>], keys: fn(&str) -> Vec<String>| {
            let pairs = texts
                .iter()
                .enumerate()
                .flat_map(|(i, text)| keys(text).into_iter().map(move |key| (key, i as u32)));
            Names::build(pairs.collect())
        };
        let postcode_texts: Vec<Box<str>> =
            postcodes.iter().map(|p| postcode_key(p).into()).collect();
        let mut first_keys = Strings::default();
        for street in &streets {
            let keys = street_keys(street);
            first_keys.push(keys.first().map_or("", String::as_str));
        }
        let mut geocoder = Self {
            street_letters: first_keys.iter().map(crate::search::letters_of).collect(),
            street_keys: first_keys,
            street_names: named(&streets, street_keys),
            city_names: named(&cities, city_keys),
            postcode_units: Lists::build(postcodes.len(), &by_postcode),
            city_units: Lists::build(cities.len(), &by_city),
            streets: frozen(&streets),
            cities: frozen(&cities),
            countries: frozen(&countries),
            postcodes: frozen(&postcodes),
            postcode_keys: frozen(&postcode_texts),
            numbers: frozen(&numbers),
            additions,
            forms,
            units,
            street_units,
            street_starts: Prefixes::default(),
            city_starts: Prefixes::default(),
            places: Vec::new(),
            form: columns.iter().map(|c| c.3).collect(),
            postcode: columns.iter().map(|c| c.4).collect(),
            place: columns.iter().map(|c| c.6).collect(),
            id: columns.iter().map(|c| c.5).collect(),
            by_quadkey: quadkeys.into_iter().map(|(_, i)| i).collect(),
            records,
        };
        geocoder.street_starts = Prefixes::build(&geocoder.streets);
        geocoder.city_starts = Prefixes::build(&geocoder.cities);
        geocoder.places = geocoder.places_of_cities();
        geocoder
    }

    /// Number of indexed records.
    pub fn len(&self) -> usize {
        self.records
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Bytes held by the index, counted from the capacity of its columns.
    pub fn memory_bytes(&self) -> usize {
        let texts = [
            &self.streets,
            &self.cities,
            &self.countries,
            &self.postcodes,
            &self.postcode_keys,
            &self.numbers,
            &self.additions,
            &self.street_keys,
        ];
        texts.iter().map(|t| t.memory_bytes()).sum::<usize>()
            + self.forms.capacity() * size_of::<Form>()
            + self.units.capacity() * size_of::<Unit>()
            + (self.street_units.capacity() + self.street_letters.capacity()) * 4
            + self.street_names.memory_bytes()
            + self.city_names.memory_bytes()
            + self.postcode_units.memory_bytes()
            + self.city_units.memory_bytes()
            + self.street_starts.memory_bytes()
            + self.city_starts.memory_bytes()
            + self.places.capacity() * size_of::<Option<(BBox, u32, LngLat)>>()
            + (self.form.capacity() + self.postcode.capacity() + self.by_quadkey.capacity()) * 4
            + self.place.capacity() * size_of::<LngLat>()
            + self.id.capacity() * 8
    }

    pub(crate) fn entries(&self, unit: u32) -> Range<u32> {
        let end = self
            .units
            .get(unit as usize + 1)
            .map_or(self.form.len() as u32, |next| next.start);
        self.units[unit as usize].start..end
    }

    /// The entries of a unit whose number lies in `numbers`, in order of the number.
    pub(crate) fn entries_numbered(&self, unit: u32, numbers: Range<u32>) -> Range<u32> {
        let form_at = |number: u32| self.forms.partition_point(|f| f.number < number) as u32;
        self.entries_of_forms(unit, form_at(numbers.start)..form_at(numbers.end))
    }

    /// Numbers of the forms with this house number, for [`Geocoder::entries_of_forms`].
    pub(crate) fn forms_numbered(&self, number: u32) -> Range<u32> {
        let from = self.forms.partition_point(|f| f.number < number);
        let to = self.forms.partition_point(|f| f.number <= number);
        from as u32..to as u32
    }

    pub(crate) fn entries_of_forms(&self, unit: u32, forms: Range<u32>) -> Range<u32> {
        let all = self.entries(unit);
        let slice = &self.form[all.start as usize..all.end as usize];
        let from = slice.partition_point(|&f| f < forms.start) as u32;
        let to = slice.partition_point(|&f| f < forms.end) as u32;
        all.start + from..all.start + to
    }

    pub(crate) fn unit_of(&self, entry: u32) -> u32 {
        self.units.partition_point(|u| u.start <= entry) as u32 - 1
    }

    pub(crate) fn number(&self, entry: u32) -> NumberView<'_> {
        let form = self.forms[self.form[entry as usize] as usize];
        NumberView {
            number: form.number,
            addition: self.additions.get(form.addition),
            to: (form.to > 0).then_some(form.to),
        }
    }

    pub(crate) fn number_text(&self, entry: u32) -> &str {
        let form = self.forms[self.form[entry as usize] as usize];
        self.numbers.get(form.raw)
    }

    pub(crate) fn postcode_key(&self, entry: u32) -> &str {
        self.postcode_keys.get(self.postcode[entry as usize])
    }

    pub(crate) fn postcode_id(&self, entry: u32) -> u32 {
        self.postcode[entry as usize]
    }

    pub(crate) fn place(&self, entry: u32) -> LngLat {
        self.place[entry as usize]
    }

    pub(crate) fn id(&self, entry: u32) -> AddressId {
        AddressId(self.id[entry as usize])
    }

    pub(crate) fn country(&self, unit: u32) -> &str {
        self.countries.get(self.units[unit as usize].country)
    }

    pub(crate) fn address(&self, entry: u32) -> PostalAddress {
        let unit = self.units[self.unit_of(entry) as usize];
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        PostalAddress {
            street: some(self.streets.get(unit.street)),
            house_number: some(self.number_text(entry)),
            postcode: some(self.postcodes.get(self.postcode[entry as usize])),
            city: some(self.cities.get(unit.city)),
            country: some(self.countries.get(unit.country)),
        }
    }

    pub(crate) fn units_of_street(&self, street: u32) -> Range<u32> {
        self.street_units[street as usize]..self.street_units[street as usize + 1]
    }

    /// Postcodes whose key starts with `prefix`.
    pub(crate) fn postcodes_from(&self, prefix: &str) -> Range<u32> {
        prefix_range(self.postcode_keys.len() as u32, prefix, |i| {
            self.postcode_keys.get(i)
        })
    }

    pub(crate) fn bbox(&self, entries: Range<u32>) -> Option<BBox> {
        BBox::around(entries.map(|e| self.place(e)))
    }
}

/// The range of sorted texts that start with `prefix`.
pub(crate) fn prefix_range<'a>(
    count: u32,
    prefix: &str,
    text: impl Fn(u32) -> &'a str,
) -> Range<u32> {
    let point = |before: &dyn Fn(&str) -> bool| {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = u32::midpoint(low, high);
            if before(text(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    };
    let from = point(&|t| t < prefix);
    let to = point(&|t| t < prefix || t.starts_with(prefix));
    from..to
}

/// The parsed forms in order of number, the forms of each text (several for a list such as `24;26`), and
/// the table of additions.
fn number_forms(numbers: &[Box<str>]) -> (Vec<Form>, Lists, Strings) {
    let mut parsed: Vec<(HouseNumber, u32)> = Vec::with_capacity(numbers.len());
    for (raw, text) in numbers.iter().enumerate() {
        let mut list = HouseNumber::parse_list(text);
        if list.is_empty() {
            list.push(HouseNumber::default());
        }
        parsed.extend(list.into_iter().map(|number| (number, raw as u32)));
    }
    parsed.sort_unstable_by(|(a, raw_a), (b, raw_b)| {
        (a.number, &a.addition, raw_a).cmp(&(b.number, &b.addition, raw_b))
    });
    let mut interner = Interner::default();
    let mut additions = Strings::default();
    let mut forms = Vec::with_capacity(parsed.len());
    let mut pairs = Vec::with_capacity(parsed.len());
    for (i, (number, raw)) in parsed.iter().enumerate() {
        let addition = interner.id(&number.addition);
        if addition as usize == additions.len() {
            additions.push(&number.addition);
        }
        forms.push(Form {
            number: number.number,
            to: number.to.unwrap_or(0),
            addition,
            raw: *raw,
        });
        pairs.push((*raw, i as u32));
    }
    pairs.sort_unstable();
    (forms, Lists::build(numbers.len(), &pairs), additions)
}
