//! Is the made-up land a good one? The same for the same seed, consistent with itself down to shared walls and
//! borders, and with the mix of homes, ages and roads of a Dutch region.

use super::{CHUNK_ADDRESSES, DemoError, DemoSpec, generate};
use chrono::NaiveDate;
use geocrm_domain::geometry::{MultiPolygon, Polygon, Side, orientation, side_of_ring};
use geocrm_domain::place::{AreaKind, BuildingUse, HousingType};
use geocrm_domain::record::Bundle;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::spatial::LngLat;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::hash::{Hash, Hasher};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date")
}

fn pieces(addresses: usize, seed: u64) -> Vec<Bundle> {
    let mut out = Vec::new();
    let mut keep = |bundle: Bundle| -> Result<(), Infallible> {
        out.push(bundle);
        Ok(())
    };
    generate(
        &DemoSpec {
            seed,
            addresses,
            accounts: None,
        },
        today(),
        &mut keep,
        &mut |_| {},
    )
    .expect("a size in range");
    out
}

fn whole(addresses: usize, seed: u64) -> Bundle {
    let mut all = Bundle::default();
    for mut piece in pieces(addresses, seed) {
        all.addresses.append(&mut piece.addresses);
        all.buildings.append(&mut piece.buildings);
        all.roads.append(&mut piece.roads);
        all.areas.append(&mut piece.areas);
        all.places.append(&mut piece.places);
        all.regions.append(&mut piece.regions);
        all.indicators.append(&mut piece.indicators);
        all.flows.append(&mut piece.flows);
        all.accounts.append(&mut piece.accounts);
        all.territories.append(&mut piece.territories);
    }
    all
}

fn fingerprint(bundle: &Bundle) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{bundle:?}").hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_same_seed_gives_the_same_region_and_another_seed_another() {
    let first = fingerprint(&whole(1_500, 7));
    assert_eq!(first, fingerprint(&whole(1_500, 7)));
    assert_ne!(first, fingerprint(&whole(1_500, 8)));
}

#[test]
fn a_size_out_of_range_is_refused_by_name() {
    let spec = DemoSpec {
        seed: 1,
        addresses: 999,
        accounts: None,
    };
    let mut sink = |_: Bundle| -> Result<(), Infallible> { Ok(()) };
    let error = generate(&spec, today(), &mut sink, &mut |_| {}).expect_err("too small");
    assert!(matches!(error, DemoError::Size { asked: 999 }));
    assert!(error.to_string().contains("1000"), "{error}");
}

#[test]
fn the_number_of_addresses_is_exact_and_keys_are_unique() {
    for (addresses, seed) in [
        (1_000, 1),
        (1_000, 2),
        (1_001, 3),
        (3_333, 4),
        (20_000, 5),
        (20_000, 6),
    ] {
        let all = whole(addresses, seed);
        assert_eq!(all.addresses.len(), addresses, "seed {seed}");
        let keys: HashSet<&str> = all
            .addresses
            .iter()
            .map(|a| a.source_key.as_str())
            .collect();
        assert_eq!(keys.len(), addresses);
        let doors: HashSet<_> = all
            .addresses
            .iter()
            .map(|a| (&a.address.postcode, &a.address.house_number))
            .collect();
        assert!(
            doors.len() * 1_000 >= addresses * 995,
            "{} of {addresses} doors are distinct",
            doors.len()
        );
        let wanted = (addresses / 40).max(200);
        assert_eq!(all.accounts.len(), wanted);
        let placeless = all.accounts.iter().filter(|a| a.place.is_none()).count();
        assert!(
            placeless > 0 && placeless * 12 < wanted,
            "{placeless} of {wanted} without a place"
        );
        assert_eq!(all.territories.len(), 12);
    }
}

#[test]
fn as_many_accounts_as_asked_for_and_no_address_has_two() {
    for (wanted, kept) in [(0, 0), (700, 700), (1_500, 1_500), (9_000, 1_500)] {
        let spec = DemoSpec {
            seed: 3,
            addresses: 1_500,
            accounts: Some(wanted),
        };
        let mut found = 0;
        let mut sink = |bundle: Bundle| -> Result<(), Infallible> {
            found += bundle.accounts.len();
            Ok(())
        };
        generate(&spec, today(), &mut sink, &mut |_| {}).expect("a size in range");
        assert_eq!(found, kept);
    }
}

#[test]
fn pieces_come_in_order_and_stay_small() {
    let pieces = pieces(150_000, 11);
    assert!(pieces[0].addresses.is_empty() && !pieces[0].regions.is_empty());
    assert!(pieces.iter().skip(1).all(|p| p.regions.is_empty()));
    assert!(pieces.iter().all(|p| p.addresses.len() <= CHUNK_ADDRESSES));
    let built = pieces
        .iter()
        .position(|p| !p.accounts.is_empty())
        .expect("accounts");
    assert!(
        pieces[built..]
            .iter()
            .all(|p| p.addresses.is_empty() && p.buildings.is_empty())
    );
    for piece in &pieces {
        let keys: HashSet<&str> = piece
            .buildings
            .iter()
            .map(|b| b.source_key.as_str())
            .collect();
        let at_home = |key: &Option<String>| key.as_deref().is_some_and(|k| keys.contains(k));
        assert!(piece.addresses.iter().all(|a| at_home(&a.building_key)));
    }
}

fn shapes(all: &Bundle, level: RegionLevel) -> BTreeMap<&str, &MultiPolygon> {
    all.regions
        .iter()
        .filter(|r| r.level == level)
        .map(|r| (r.code.as_str(), &r.geometry))
        .collect()
}

#[test]
fn regions_nest_without_gaps_and_every_address_lies_in_exactly_one() {
    for (addresses, seed) in [(1_000, 1), (20_000, 2)] {
        let all = whole(addresses, seed);
        let hoods = shapes(&all, RegionLevel::Neighbourhood);
        assert!(hoods.len() >= 12, "{} neighbourhoods", hoods.len());
        let land: f64 = hoods.values().map(|s| s.area_m2()).sum();
        for level in [
            RegionLevel::Country,
            RegionLevel::Province,
            RegionLevel::Municipality,
            RegionLevel::District,
        ] {
            let area: f64 = shapes(&all, level).values().map(|s| s.area_m2()).sum();
            // Each area is measured on a plane of its own latitude.
            assert!(
                (area / land - 1.0).abs() < 2e-3,
                "{level:?}: {area} of {land}"
            );
        }
        let boxes: Vec<_> = hoods
            .iter()
            .map(|(code, shape)| (*code, *shape, shape.bbox().expect("a box")))
            .collect();
        let parents: HashMap<&str, &str> = all
            .regions
            .iter()
            .filter_map(|r| Some((r.code.as_str(), r.parent_code.as_deref()?)))
            .collect();
        let by_code: HashMap<&str, &MultiPolygon> = all
            .regions
            .iter()
            .map(|r| (r.code.as_str(), &r.geometry))
            .collect();
        for row in all.addresses.iter().step_by(addresses / 1_000) {
            let home: Vec<&str> = boxes
                .iter()
                .filter(|(_, shape, bbox)| bbox.contains(row.place) && shape.contains(row.place))
                .map(|(code, ..)| *code)
                .collect();
            assert_eq!(home.len(), 1, "{} lies in {home:?}", row.source_key);
            let mut at = home[0];
            let mut steps = 0;
            while let Some(parent) = parents.get(at) {
                assert!(
                    by_code[parent].contains(row.place),
                    "{parent} does not hold its part {at}"
                );
                at = parent;
                steps += 1;
            }
            assert!(at == super::regions::COUNTRY && steps >= 4);
        }
    }
}

/// Whether two segments cross, not counting common ends.
fn cross(a: LngLat, b: LngLat, c: LngLat, d: LngLat) -> bool {
    let sign = |v: i128| v.signum();
    sign(orientation(a, b, c)) * sign(orientation(a, b, d)) < 0
        && sign(orientation(c, d, a)) * sign(orientation(c, d, b)) < 0
}

#[test]
fn rings_are_simple_and_lie_in_the_land() {
    let all = whole(6_000, 3);
    let country = shapes(&all, RegionLevel::Country)
        .into_values()
        .next()
        .expect("a country");
    let simple = |shape: &MultiPolygon, what: &str| {
        for ring in shape.0.iter().flat_map(Polygon::rings) {
            let n = ring.len();
            assert!(n >= 3, "{what} has a ring of {n}");
            assert_eq!(
                ring.iter().collect::<HashSet<_>>().len(),
                n,
                "{what} visits a point twice"
            );
            for i in 0..n {
                for j in i + 2..n {
                    let edges = (ring[i], ring[(i + 1) % n], ring[j], ring[(j + 1) % n]);
                    assert!(
                        !cross(edges.0, edges.1, edges.2, edges.3),
                        "{what} crosses itself"
                    );
                }
            }
        }
    };
    for r in all
        .regions
        .iter()
        .filter(|r| r.level != RegionLevel::Country)
    {
        simple(&r.geometry, &r.code);
    }
    for b in &all.buildings {
        simple(&b.geometry, &b.source_key);
        let first = b.geometry.0[0].exterior[0];
        assert!(
            country.contains(first),
            "{} stands in the sea",
            b.source_key
        );
    }
    for a in all.areas.iter().filter(|a| a.source_key != "sea") {
        simple(&a.geometry, &a.source_key);
    }
    let standing: HashMap<&str, &MultiPolygon> = all
        .buildings
        .iter()
        .map(|b| (b.source_key.as_str(), &b.geometry))
        .collect();
    for a in &all.addresses {
        let key = a.building_key.as_deref().expect("a building");
        assert!(
            standing[key].contains(a.place),
            "{} is not in {key}",
            a.source_key
        );
    }
}

#[test]
fn terraced_houses_share_walls_and_no_two_buildings_overlap() {
    let all = whole(4_000, 9);
    let mut at: HashMap<LngLat, BTreeSet<usize>> = HashMap::new();
    for (i, b) in all.buildings.iter().enumerate() {
        for p in &b.geometry.0[0].exterior {
            at.entry(*p).or_default().insert(i);
        }
    }
    for (i, b) in all.buildings.iter().enumerate() {
        if b.housing_type
            .is_some_and(|(h, _)| h == HousingType::Terraced)
        {
            let mut beside: BTreeMap<usize, usize> = BTreeMap::new();
            for p in &b.geometry.0[0].exterior {
                at[p]
                    .iter()
                    .filter(|o| **o != i)
                    .for_each(|o| *beside.entry(*o).or_default() += 1);
            }
            let walls = beside.values().filter(|n| **n >= 2).count();
            assert!(walls >= 1, "{} shares {walls} walls", b.source_key);
        }
    }
    // No corner of a building lies strictly inside another one.
    let boxes: Vec<_> = all
        .buildings
        .iter()
        .map(|b| b.geometry.bbox().expect("a box"))
        .collect();
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by_key(|i| boxes[*i].min.lng_e7);
    for (k, &i) in order.iter().enumerate() {
        for &j in order[k + 1..]
            .iter()
            .take_while(|j| boxes[**j].min.lng_e7 < boxes[i].max.lng_e7)
        {
            if !boxes[i].intersects(&boxes[j]) {
                continue;
            }
            for (a, b) in [(i, j), (j, i)] {
                let ring = &all.buildings[b].geometry.0[0].exterior;
                let into = all.buildings[a].geometry.0[0]
                    .exterior
                    .iter()
                    .filter(|p| side_of_ring(ring, **p) == Side::Inside)
                    .count();
                let deep = all.buildings[a].geometry.0[0]
                    .exterior
                    .iter()
                    .filter(|p| side_of_ring(ring, **p) == Side::Inside)
                    .any(|p| geocrm_domain::geometry::distance_to_line_m(*p, ring) > 0.1);
                assert!(
                    !deep,
                    "{} stands {into} corners deep in {}",
                    all.buildings[a].source_key, all.buildings[b].source_key
                );
            }
        }
    }
}

/// Representative of a set of joined points.
fn find(root: &mut [usize], mut i: usize) -> usize {
    while root[i] != i {
        root[i] = root[root[i]];
        i = root[i];
    }
    i
}

#[test]
fn every_road_can_be_reached_from_every_other() {
    let all = whole(20_000, 4);
    let mut number: HashMap<LngLat, usize> = HashMap::new();
    let mut root: Vec<usize> = Vec::new();
    for road in &all.roads {
        let mut before = None;
        for p in &road.geometry {
            let n = *number.entry(*p).or_insert_with(|| {
                root.push(root.len());
                root.len() - 1
            });
            if let Some(b) = before {
                let (x, y) = (find(&mut root, b), find(&mut root, n));
                root[x] = y;
            }
            before = Some(n);
        }
        assert!(
            road.name.as_deref().is_some_and(|n| !n.is_empty()),
            "{} has no name",
            road.source_key
        );
        assert!(road.length_cm > 0 && road.geometry.len() >= 2);
    }
    let first = find(&mut root, 0);
    let apart = (0..root.len())
        .filter(|i| find(&mut root, *i) != first)
        .count();
    assert_eq!(
        apart,
        0,
        "{apart} of {} points cannot be reached",
        number.len()
    );
}

#[test]
fn the_mix_of_homes_ages_and_roads_is_that_of_a_dutch_region() {
    let all = whole(60_000, 5);
    let homes: Vec<_> = all.addresses.iter().filter(|a| a.dwellings > 0).collect();
    let share = |wanted: HousingType| {
        let found = homes
            .iter()
            .filter(|a| a.setting.housing_type.is_some_and(|(h, _)| h == wanted))
            .count();
        found as f64 / homes.len() as f64
    };
    assert!(homes.len() as f64 > all.addresses.len() as f64 * 0.85);
    assert!(
        (0.2..0.6).contains(&share(HousingType::Apartment)),
        "apartments {}",
        share(HousingType::Apartment)
    );
    assert!(
        (0.15..0.5).contains(&share(HousingType::Terraced)),
        "terraced {}",
        share(HousingType::Terraced)
    );
    assert!(
        (0.04..0.3).contains(&share(HousingType::Detached)),
        "detached {}",
        share(HousingType::Detached)
    );
    let years: Vec<i32> = homes
        .iter()
        .filter_map(|a| a.setting.building_year)
        .collect();
    let built = |from: i32, to: i32| {
        years.iter().filter(|y| (from..to).contains(*y)).count() as f64 / years.len() as f64
    };
    assert!(built(1945, 2000) > 0.35 && built(1500, 1900) > 0.02 && built(2000, 2030) > 0.05);
    let surveyed =
        all.roads.iter().filter(|r| r.condition.is_some()).count() as f64 / all.roads.len() as f64;
    assert!(
        (0.7..0.999).contains(&surveyed),
        "condition known of {surveyed}"
    );
    assert!(all.areas.iter().any(|a| a.kind == AreaKind::BusinessPark));
    assert!(
        all.addresses
            .iter()
            .all(|a| a.setting.park_distance_m.is_some())
    );
    assert!(all.addresses.iter().any(|a| {
        a.setting
            .building_use
            .is_some_and(|(u, _)| u == BuildingUse::Industrial)
    }));
}

#[test]
fn figures_go_together_and_some_are_withheld() {
    let all = whole(60_000, 5);
    let figure = |name: &str| -> BTreeMap<&str, i64> {
        all.indicators
            .iter()
            .filter(|r| {
                r.level == RegionLevel::Neighbourhood && r.year == 2024 && r.indicator == name
            })
            .filter_map(|r| Some((r.region_code.as_str(), r.value_e4?)))
            .collect()
    };
    let (income, owned) = (
        figure("income_per_inhabitant_eur"),
        figure("owner_occupied_pct"),
    );
    let pairs: Vec<(f64, f64)> = income
        .iter()
        .filter_map(|(code, i)| Some((*i as f64, *owned.get(code)? as f64)))
        .collect();
    let n = pairs.len() as f64;
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(&|p| p.0), mean(&|p| p.1));
    let r = mean(&|p| (p.0 - mx) * (p.1 - my))
        / (mean(&|p| (p.0 - mx).powi(2)) * mean(&|p| (p.1 - my).powi(2))).sqrt();
    assert!(r > 0.4, "income and ownership correlate by {r}");
    let mut figures = all.indicators.iter();
    assert!(figures.all(|r| r.suppressed == r.value_e4.is_none()));
    assert!(all.indicators.iter().any(|r| r.suppressed));
    let municipalities = shapes(&all, RegionLevel::Municipality);
    assert!(!all.flows.is_empty());
    assert!(
        all.flows
            .iter()
            .all(|f| municipalities.contains_key(f.origin_code.as_str())
                && municipalities.contains_key(f.destination_code.as_str()))
    );
}
