//! From buildings to rows: house numbers odd on the left and even on the right of their street,
//! postcodes of about twenty doors on one side of one street, and every derived column filled with what
//! the rules of the domain would find.

use super::build::Built;
use super::frame::{Pt, middle, segment_distance, shape};
use super::lots::Lot;
use super::streets::Line;
use geocrm_domain::PostalAddress;
use geocrm_domain::geometry::{MultiPolygon, Polygon, distance_to_area_m};
use geocrm_domain::place::{BuildingUse, Confidence, HousingType};
use geocrm_domain::record::{AddressRow, AreaRow, BuildingRow, Bundle, Leaves, Setting};
use geocrm_domain::spatial::{BBox, LngLat};
use std::collections::BTreeMap;

/// Doors that share a postcode.
const DOORS: usize = 20;
/// Beyond this a business park is not near, in metres.
const PARK_REACH_M: f64 = 25_000.0;

/// Numbers given so far, over the whole region.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub addresses: usize,
    pub buildings: usize,
    pub roads: usize,
    pub areas: usize,
    /// Four-digit postcodes given out.
    pub postcodes: usize,
}

/// A door's place in its street.
#[derive(Debug, Clone, Default)]
struct Door {
    /// First house number.
    number: u32,
    postcode: String,
    /// Whether homes count on (`12`, `14`, …) or share a number (`12A`).
    counts_on: bool,
}

pub(super) struct Parks(pub Vec<(AreaRow, BBox)>);

impl Parks {
    /// The parks that can be nearest to a point of the box.
    fn near(&self, bbox: BBox) -> Vec<&MultiPolygon> {
        let middle = bbox.center();
        let half = middle
            .haversine_m(bbox.min)
            .max(middle.haversine_m(bbox.max));
        let span = |park: &BBox| {
            let clamp = |v: i32, low: i32, high: i32| v.clamp(low, high);
            let nearest = LngLat::from_e7(
                clamp(middle.lng_e7, park.min.lng_e7, park.max.lng_e7),
                clamp(middle.lat_e7, park.min.lat_e7, park.max.lat_e7),
            );
            (
                middle.haversine_m(nearest),
                middle
                    .haversine_m(park.min)
                    .max(middle.haversine_m(park.max)),
            )
        };
        let spans: Vec<(f64, f64)> = self.0.iter().map(|(_, b)| span(b)).collect();
        let sure = spans
            .iter()
            .map(|(_, far)| far + half)
            .fold(f64::INFINITY, f64::min);
        let limit = sure.min(PARK_REACH_M) + half * 2.0 + 200.0;
        self.0
            .iter()
            .zip(&spans)
            .filter(|(_, (near, _))| *near <= limit)
            .map(|((row, _), _)| &row.geometry)
            .collect()
    }
}

fn park_distance(at: LngLat, parks: &[&MultiPolygon]) -> Option<i32> {
    parks
        .iter()
        .map(|park| distance_to_area_m(at, park))
        .min_by(f64::total_cmp)
        .filter(|m| *m <= PARK_REACH_M)
        .map(|m| m.round() as i32)
}

/// Whether a point lies left of a street.
fn left_of(line: &Line, p: Pt) -> bool {
    let ends = [line.from, line.to];
    let path = if line.path.is_empty() {
        &ends[..]
    } else {
        &line.path[..]
    };
    path.windows(2)
        .min_by(|a, b| segment_distance(p, a[0], a[1]).total_cmp(&segment_distance(p, b[0], b[1])))
        .is_none_or(|pair| pair[0].to(pair[1]).cross(pair[0].to(p)) > 0.0)
}

/// House numbers and postcodes of every building with a door.
fn doors(built: &Built, quarters: usize, counters: &mut Counters) -> Vec<Door> {
    let mut order: Vec<(usize, bool, i64, usize)> = built
        .lots
        .iter()
        .enumerate()
        .filter(|(_, lot)| lot.units > 0)
        .map(|(i, lot)| {
            let line = &built.lines[lot.line];
            let front = lot.front.0.mix(lot.front.1, 0.5);
            (
                lot.line,
                left_of(line, front),
                (line.along_m(front) * 100.0) as i64,
                i,
            )
        })
        .collect();
    order.sort_unstable();
    let base = 1_011 + counters.postcodes;
    counters.postcodes += 1 + quarters / 6;
    let area_of = |lot: &Lot| {
        base + if lot.quarter == usize::MAX {
            0
        } else {
            lot.quarter / 6
        }
    };
    let mut doors = vec![Door::default(); built.lots.len()];
    let mut letters: BTreeMap<usize, usize> = BTreeMap::new();
    let mut before = None;
    let mut next = 0;
    let mut open: Option<(usize, String, usize)> = None;
    for (line, left, _, i) in order {
        if before != Some((line, left)) {
            before = Some((line, left));
            next = if left { 1 } else { 2 };
            open = None;
        }
        let lot = &built.lots[i];
        let area = area_of(lot);
        if open
            .as_ref()
            .is_none_or(|(a, _, count)| *a != area || *count >= DOORS)
        {
            let used = letters.entry(area).or_default();
            open = Some((area, postcode(area, *used), 0));
            *used += 1;
        }
        if let Some((_, code, count)) = open.as_mut() {
            let counts_on = lot.units > 4 || (line.is_multiple_of(3) && lot.units > 1);
            doors[i] = Door {
                number: next,
                postcode: code.clone(),
                counts_on,
            };
            *count += lot.units;
            next += if counts_on { 2 * lot.units as u32 } else { 2 };
            // Now and then a number was never built, or went with a demolished house.
            if (i * 7 + line).is_multiple_of(41) {
                next += 2;
            }
        }
    }
    doors
}

/// `1234AB`; the pairs that are not given out (SA, SD, SS) are skipped.
fn postcode(area: usize, number: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEGHJKLMNPRSTVWXZ";
    let n = LETTERS.len();
    let skipped = [b"SA", b"SD", b"SS"];
    let pairs: usize = n * n;
    let pair = |k: usize| [LETTERS[k / n % n], LETTERS[k % n]];
    let k = (0..pairs)
        .filter(|k| !skipped.iter().any(|s| **s == pair(*k)))
        .nth(number % (pairs - 3))
        .unwrap_or(0);
    let [a, b] = pair(k);
    format!(
        "{:04}{}{}",
        1_000 + (area - 1_000) % 9_000,
        char::from(a),
        char::from(b)
    )
}

/// What one cell is called and counts on.
pub(super) struct Place<'a> {
    pub city: &'a str,
    pub quarters: usize,
}

/// Hands the rows over in order, a neighbourhood at a time, to `take`
/// with the number of its quarter.
pub(super) fn emit(
    built: &Built,
    place: &Place,
    parks: &Parks,
    counters: &mut Counters,
    take: &mut dyn FnMut(Bundle, Option<usize>),
) {
    let doors = doors(built, place.quarters, counters);
    let mut by_quarter: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, lot) in built.lots.iter().enumerate() {
        by_quarter.entry(lot.quarter).or_default().push(i);
    }
    let mut first = Bundle::default();
    for line in &built.lines {
        line.rows(&format!("r{}", counters.roads), &mut first.roads);
        counters.roads += 1;
    }
    for (kind, name, geometry) in &built.areas {
        first.areas.push(AreaRow {
            source_key: format!("a{}", counters.areas),
            kind: *kind,
            name: name.clone(),
            area_m2: geometry.area_m2().round() as i64,
            geometry: geometry.clone(),
        });
        counters.areas += 1;
    }
    let mut bundle = Some(first);
    for (quarter, lots) in by_quarter {
        let mut rows = bundle.take().unwrap_or_default();
        let points = lots.iter().map(|i| built.lots[*i].ring[0].place());
        let near = BBox::around(points)
            .map(|bbox| parks.near(bbox))
            .unwrap_or_default();
        for i in lots {
            let key = format!("w{}", counters.buildings);
            counters.buildings += 1;
            lot_rows(
                &built.lots[i],
                &doors[i],
                built,
                place.city,
                &key,
                &near,
                counters,
                &mut rows,
            );
        }
        take(rows, (quarter != usize::MAX).then_some(quarter));
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "a building and its doors need all of their surroundings"
)]
fn lot_rows(
    lot: &Lot,
    door: &Door,
    built: &Built,
    city: &str,
    key: &str,
    parks: &[&MultiPolygon],
    counters: &mut Counters,
    out: &mut Bundle,
) {
    let geometry = shape(&lot.ring);
    let footprint_m2 = geometry.area_m2().round() as i32;
    let homes = if lot.building_use == BuildingUse::Dwelling {
        lot.units.saturating_sub(lot.shops)
    } else {
        0
    };
    let known = |kind| (kind, Confidence::Derived);
    let line = &built.lines[lot.line];
    let condition = built.lines[lot.near]
        .condition()
        .map(|(index, _)| i32::from(index));
    for unit in 0..lot.units {
        let share = (unit as f64 + 0.5) / lot.units as f64;
        let door_at = lot.front.0.mix(
            lot.front.1,
            if lot.units == 1 {
                0.5
            } else {
                0.08 + share * 0.84
            },
        );
        let at = indoors(door_at, &lot.ring, &geometry);
        let shop = unit < lot.shops;
        let building_use = match (lot.building_use, shop) {
            (BuildingUse::Dwelling, true) => BuildingUse::Retail,
            (other, _) => other,
        };
        let house_number = match (door.counts_on, unit) {
            (true, _) => (door.number + 2 * unit as u32).to_string(),
            (false, 0) => door.number.to_string(),
            (false, _) if lot.line.is_multiple_of(4) => format!("{}-{}", door.number, unit),
            (false, _) => format!(
                "{}{}",
                door.number,
                char::from(b'A' + ((unit - 1) % 26) as u8)
            ),
        };
        let dwelling = building_use == BuildingUse::Dwelling;
        out.addresses.push(AddressRow {
            source_key: format!("n{}", counters.addresses),
            address: PostalAddress {
                street: Some(line.name.clone()),
                house_number: Some(house_number),
                postcode: Some(door.postcode.clone()),
                city: Some(city.to_owned()),
                country: Some("NL".to_owned()),
            },
            place: at,
            building_key: Some(key.to_owned()),
            dwellings: i32::from(dwelling),
            setting: Setting {
                housing_type: lot.housing.filter(|_| dwelling).map(known_housing(homes)),
                building_form: Some(known(lot.form)),
                building_use: Some((building_use, Confidence::Stated)),
                building_year: Some(lot.year),
                storeys: Some(lot.storeys),
                footprint_m2: Some(footprint_m2),
                park_distance_m: park_distance(at, parks),
                road_condition: condition,
                leaves: Leaves::default(),
            },
        });
        counters.addresses += 1;
    }
    out.buildings.push(BuildingRow {
        source_key: key.to_owned(),
        geometry,
        name: lot.name.clone(),
        housing_type: lot.housing.filter(|_| homes > 0).map(known_housing(homes)),
        form: Some(known(lot.form)),
        building_use: Some((lot.building_use, Confidence::Stated)),
        building_year: Some(lot.year),
        storeys: Some(lot.storeys),
        footprint_m2,
        dwellings: homes as i32,
        leaves: Leaves::default(),
    });
}

/// The point itself where it lies in the building, else the first inside it on the way to its middle
/// (the walls of a corner house are askew).
fn indoors(p: Pt, ring: &[Pt], shape: &MultiPolygon) -> LngLat {
    let centre = middle(ring);
    [0.0, 0.15, 0.3, 0.5, 0.75, 1.0]
        .into_iter()
        .map(|share| p.mix(centre, share).place())
        .find(|at| shape.contains(*at))
        .unwrap_or_else(|| p.place())
}

/// Two homes or more under one roof are apartments, whatever the house looks like.
fn known_housing(homes: usize) -> impl Fn(HousingType) -> (HousingType, Confidence) {
    move |kind| {
        (
            if homes >= 2 {
                HousingType::Apartment
            } else {
                kind
            },
            Confidence::Derived,
        )
    }
}

/// The land's outline cut out of a wide frame: the sea.
pub(super) fn sea(land: &MultiPolygon) -> Option<AreaRow> {
    let bbox = land.bbox()?;
    let (wide, high) = (
        bbox.max.lng_e7 - bbox.min.lng_e7,
        bbox.max.lat_e7 - bbox.min.lat_e7,
    );
    let at = |x: i32, y: i32| LngLat::from_e7(x, y);
    let (w, e) = (
        bbox.min.lng_e7 - wide * 2 / 5,
        bbox.max.lng_e7 + wide * 2 / 5,
    );
    let (s, n) = (
        bbox.min.lat_e7 - high * 2 / 5,
        bbox.max.lat_e7 + high * 2 / 5,
    );
    let geometry = MultiPolygon(vec![Polygon {
        exterior: vec![at(w, s), at(e, s), at(e, n), at(w, n)],
        holes: land
            .0
            .iter()
            .map(|p| p.exterior.iter().rev().copied().collect())
            .collect(),
    }]);
    Some(AreaRow {
        source_key: "sea".to_owned(),
        kind: geocrm_domain::place::AreaKind::Water,
        name: Some("Doggerzee".to_owned()),
        area_m2: geometry.area_m2().round() as i64,
        geometry,
    })
}
