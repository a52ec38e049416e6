//! Do the loaders count in the real files what others have counted there? The expected numbers are
//! those of the data folder's own `VALIDATION.txt`. Needs `GEOCRM_DATA`; run by `make test-real`.

use geocrm_domain::place::{AreaKind, BuildingForm, Confidence, HousingType};
use geocrm_domain::record::{AddressRow, Bundle, RegionRow};
use geocrm_domain::region::{Region, RegionId, RegionLevel, RegionTree};
use geocrm_ingest::{Context, IngestError, Loaded, Recipe, RegionIndex, derive, recipes, shape};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn data() -> PathBuf {
    let folder = std::env::var("GEOCRM_DATA").expect("GEOCRM_DATA must name the data folder");
    PathBuf::from(folder)
}

fn recipe(code: &str) -> Recipe {
    recipes()
        .into_iter()
        .find(|r| r.code == code)
        .unwrap_or_else(|| panic!("no recipe {code}"))
}

fn load(code: &str, context: &Context) -> Loaded {
    geocrm_ingest::read(&recipe(code), &data(), context).unwrap_or_else(|e| panic!("{code}: {e}"))
}

fn loaded(code: &str) -> Loaded {
    load(code, &Context::default())
}

/// Every region of the pack, with what is known of codes.
fn regions() -> (Vec<RegionRow>, Context) {
    let mut rows = Vec::new();
    let mut context = Context::default();
    for recipe in recipes().iter().filter(|r| r.regions.is_some()) {
        let loaded = load(&recipe.code, &context);
        assert_eq!(loaded.rejections, [], "{}", recipe.code);
        context.add_rows(&loaded.bundle.regions);
        rows.extend(loaded.bundle.regions);
    }
    (rows, context)
}

fn numbered(rows: &[RegionRow]) -> Vec<Region> {
    let ids: BTreeMap<(&str, &str), i32> = rows
        .iter()
        .zip(1..)
        .map(|(r, id)| ((r.level.hierarchy().code(), r.code.as_str()), id))
        .collect();
    rows.iter()
        .zip(1..)
        .map(|(row, id)| Region {
            id: RegionId(id),
            level: row.level,
            code: row.code.clone(),
            name: row.name.clone(),
            parent: row
                .parent_code
                .as_deref()
                .and_then(|p| ids.get(&(row.level.hierarchy().code(), p)))
                .map(|id| RegionId(*id)),
            label_point: shape::interior_point(&row.geometry).expect("a shape"),
            area_m2: row.geometry.area_m2(),
            geometry: row.geometry.clone(),
        })
        .collect()
}

fn with_postcode(addresses: &[AddressRow]) -> usize {
    addresses
        .iter()
        .filter(|a| a.address.postcode.is_some())
        .count()
}

fn areas(bundle: &Bundle, kind: AreaKind) -> usize {
    bundle.areas.iter().filter(|a| a.kind == kind).count()
}

#[test]
fn real_amsterdam_counts() {
    let Loaded {
        bundle, rejections, ..
    } = loaded("osm_amsterdam_centrum");
    assert_eq!(bundle.addresses.len(), 7_907);
    assert_eq!(with_postcode(&bundle.addresses), 7_840);
    assert_eq!(bundle.roads.len(), 782);
    let roads = |f: fn(&geocrm_domain::record::RoadRow) -> bool| {
        bundle.roads.iter().filter(|r| f(r)).count()
    };
    assert_eq!(roads(|r| r.surface.is_some()), 574);
    assert_eq!(roads(|r| r.smoothness.is_some()), 253);
    assert_eq!(roads(|r| r.maxspeed_kmh.is_some()), 268);
    assert_eq!(roads(|r| r.name.is_some()), 545);
    assert_eq!(bundle.buildings.len(), 2_077);
    let dated = bundle
        .buildings
        .iter()
        .filter(|b| b.building_year.is_some())
        .count();
    assert_eq!(dated, 1_991);
    assert_eq!(rejections, []);
    let canal = bundle.areas.iter().find(|a| a.source_key == "r8730108");
    assert!(
        canal.is_some_and(|a| a.kind == AreaKind::Water),
        "its far islands may be missing"
    );
}

#[test]
fn real_liechtenstein_counts() {
    let Loaded {
        bundle, rejections, ..
    } = loaded("osm_liechtenstein");
    assert_eq!(rejections, []);
    assert_eq!(bundle.addresses.len(), 3_497);
    assert_eq!(with_postcode(&bundle.addresses), 2_404);
    assert_eq!(bundle.roads.len(), 6_984);
    assert_eq!(bundle.buildings.len(), 15_834);
    assert_eq!(areas(&bundle, AreaKind::Industrial), 70);
    assert_eq!(areas(&bundle, AreaKind::Commercial), 32);
    assert_eq!(areas(&bundle, AreaKind::Retail), 19);
    assert!(areas(&bundle, AreaKind::Water) > 20);
    assert!(areas(&bundle, AreaKind::Forest) > 323);
    assert!(bundle.places.len() > 11);
}

#[test]
fn real_zeeland_and_munich_counts() {
    let zeeland = loaded("osm_zeeland_nb").bundle;
    assert_eq!(zeeland.addresses.len(), 2_509);
    assert_eq!(with_postcode(&zeeland.addresses), 2_475);
    assert_eq!((zeeland.roads.len(), zeeland.buildings.len()), (570, 4_412));
    assert_eq!(areas(&zeeland, AreaKind::Industrial), 1);
    let dated = zeeland
        .buildings
        .iter()
        .filter(|b| b.building_year.is_some())
        .count();
    assert_eq!(dated, 4_411);
    let Loaded {
        bundle: munich,
        rejections,
        ..
    } = loaded("osm_muenchen_altstadt");
    assert_eq!(rejections, []);
    assert_eq!(munich.addresses.len(), 3_265);
    assert_eq!(with_postcode(&munich.addresses), 2_719);
    assert_eq!((munich.roads.len(), munich.buildings.len()), (2_959, 2_425));
}

#[test]
fn real_addresses_are_those_of_another_extraction() {
    for (code, file) in [
        ("osm_amsterdam_centrum", "amsterdam-centrum"),
        ("osm_liechtenstein", "liechtenstein-2021"),
        ("osm_zeeland_nb", "zeeland-nb"),
        ("osm_muenchen_altstadt", "muenchen-altstadt"),
    ] {
        let text = format!(
            "code='check'\ntitle='t'\nsource='s'\nlicence='l'\nattribution='a'\nvintage='v'\n\
             file='addresses/{file}.csv'\nformat='csv'\ncrs='EPSG:4326'\nkind='addresses'\norder=1\n\
             [addresses]\nkey='osm_id'\nstreet='street'\nhouse_number='housenumber'\n\
             postcode='postcode'\ncity='city'\ncountry='NL'\nlng='lon'\nlat='lat'\n"
        );
        let recipe = Recipe::parse(&text).expect("a recipe");
        let check = geocrm_ingest::read(&recipe, &data(), &Context::default()).expect("readable");
        assert_eq!(check.rejections, []);
        let key = |a: &AddressRow| (a.source_key.clone(), a.address.house_number.clone());
        let theirs: BTreeSet<_> = check.bundle.addresses.iter().map(key).collect();
        let ours: BTreeSet<_> = loaded(code).bundle.addresses.iter().map(key).collect();
        assert_eq!(ours, theirs, "{code}");
    }
}

#[test]
fn real_region_counts_and_parents() {
    let (rows, context) = regions();
    let count = |level: RegionLevel| rows.iter().filter(|r| r.level == level).count();
    assert_eq!(count(RegionLevel::Neighbourhood), 518);
    assert_eq!(count(RegionLevel::District), 110);
    assert_eq!(count(RegionLevel::Borough), 9);
    assert_eq!(count(RegionLevel::Municipality), 345 + 11);
    assert_eq!(count(RegionLevel::Province), 12 + 2);
    assert_eq!(count(RegionLevel::Country), 2);
    assert_eq!(count(RegionLevel::Municipality2016), 390);
    assert_eq!(count(RegionLevel::Nuts3), 40);
    assert_eq!(count(RegionLevel::Nuts2), 12);
    assert_eq!(count(RegionLevel::Neighbourhood2015), 439);
    for row in &rows {
        if let Some(parent) = &row.parent_code {
            let known = RegionLevel::ALL
                .iter()
                .filter(|l| l.hierarchy() == row.level.hierarchy() && l.depth() < row.level.depth())
                .any(|l| context.knows(*l, parent));
            assert!(known, "{} has no parent {parent}", row.code);
        }
    }
    // A joined country is as large as its provinces, on the plane of the coordinates.
    let area = |level: RegionLevel, code: &str| -> i128 {
        rows.iter()
            .filter(|r| r.level == level && r.code.starts_with(code))
            .flat_map(|r| &r.geometry.0)
            .map(|p| {
                let holes: i128 = p.holes.iter().map(|h| shape::twice_area(h).abs()).sum();
                shape::twice_area(&p.exterior).abs() - holes
            })
            .sum()
    };
    for (wide, narrow) in [
        ((RegionLevel::Country, "NL"), (RegionLevel::Province, "PV")),
        (
            (RegionLevel::Nuts2, ""),
            (RegionLevel::Municipality2016, ""),
        ),
        (
            (RegionLevel::Nuts3, ""),
            (RegionLevel::Municipality2016, ""),
        ),
    ] {
        let ratio = area(wide.0, wide.1) as f64 / area(narrow.0, narrow.1) as f64;
        assert!((ratio - 1.0).abs() < 1e-6, "{wide:?}: {ratio}");
    }
}

#[test]
fn real_figures_join_their_regions() {
    let (_, context) = regions();
    let codes = |loaded: &Loaded| -> BTreeSet<(RegionLevel, String)> {
        let rows = loaded.bundle.indicators.iter();
        rows.map(|i| (i.level, i.region_code.clone())).collect()
    };
    let k2024 = load("kwb_amsterdam_2024", &context);
    assert_eq!(k2024.rejections, []);
    assert_eq!(codes(&k2024).len(), 1 + 110 + 517);
    let population = |level: RegionLevel| -> i64 {
        let rows = k2024.bundle.indicators.iter();
        rows.filter(|i| i.level == level && i.indicator == "population")
            .filter_map(|i| i.value_e4)
            .sum::<i64>()
            / 10_000
    };
    assert_eq!(population(RegionLevel::Neighbourhood), 931_300);
    assert_eq!(population(RegionLevel::District), 931_290);
    assert_eq!(population(RegionLevel::Municipality), 931_298);
    assert!(k2024.bundle.indicators.iter().any(|i| i.suppressed));
    assert!(
        k2024
            .bundle
            .indicators
            .iter()
            .all(|i| i.suppressed == i.value_e4.is_none())
    );

    let income = load("kwb_amsterdam_2023_income", &context);
    assert_eq!(income.rejections, []);
    let city = income
        .bundle
        .indicators
        .iter()
        .find(|i| i.region_code == "GM0363" && i.indicator == "income_per_recipient_eur");
    assert_eq!(city.and_then(|i| i.value_e4), Some(465_000_000));

    assert_eq!(load("proximity_amsterdam_2024", &context).rejections, []);

    let k2019 = load("kwb_amsterdam_2019", &context);
    let levels: BTreeMap<&str, usize> =
        codes(&k2019)
            .iter()
            .fold(BTreeMap::new(), |mut map, (level, _)| {
                *map.entry(level.code()).or_default() += 1;
                map
            });
    assert_eq!(levels.get("neighbourhood_2015"), Some(&439));
    assert_eq!(levels.get("municipality_2016"), Some(&1));
    assert_eq!(levels.get("country"), Some(&1));
    assert_eq!(
        k2019.rejections.len(),
        580 - 441,
        "99 districts and 40 changed neighbourhoods"
    );

    let k2021 = load("kwb_nl_2021", &context);
    assert_eq!(codes(&k2021).len(), 342);
    assert_eq!(k2021.rejections.len(), 10);
    assert!(
        k2021
            .rejections
            .iter()
            .all(|r| r.reason.contains("municipality"))
    );
}

#[test]
fn real_flows_postcodes_parks_and_businesses() {
    let (_, context) = regions();
    let flows = load("flows_commuting_nl", &context);
    assert_eq!(flows.rejections, []);
    assert_eq!(flows.bundle.flows.len(), 151_056);
    assert_eq!(flows.bundle.flows[0].persons_e3, 382_564);
    assert_eq!(
        load("flows_commuting_nl", &Context::default())
            .rejections
            .len(),
        151_056
    );

    let postcodes = loaded("postcodes_amsterdam_2020").bundle.postcodes;
    assert_eq!(postcodes.len(), 19_635);
    assert_eq!(
        postcodes.iter().filter(|p| p.suppressed).count(),
        1_636 + 433
    );
    assert_eq!(
        postcodes.iter().filter(|p| p.inhabitants.is_none()).count(),
        1_636
    );

    assert_eq!(
        loaded("business_parks_rijssen_holten").bundle.areas.len(),
        22
    );

    let amsterdam = loaded("business_amsterdam");
    assert_eq!(
        (amsterdam.bundle.accounts.len(), amsterdam.rejections.len()),
        (950, 0)
    );
    assert_eq!(loaded("business_muenchen").bundle.accounts.len(), 1_916);
    assert!(
        amsterdam
            .bundle
            .accounts
            .iter()
            .all(|a| a.revenue_cents.is_none() && a.place.is_some())
    );
}

#[test]
fn real_every_address_has_its_regions() {
    let (rows, _) = regions();
    let regions = numbered(&rows);
    let tree = RegionTree::new(
        regions
            .iter()
            .map(|r| (r.id, r.level, r.code.clone(), r.parent)),
    );
    let index = RegionIndex::new(&regions);
    let mut bundle = loaded("osm_amsterdam_centrum").bundle;
    let parks = loaded("osm_liechtenstein").bundle.areas;
    derive::enrich(&mut bundle, &index, &parks);
    let mut found: BTreeMap<RegionLevel, BTreeSet<String>> = BTreeMap::new();
    let mut of_2015 = 0;
    for address in &bundle.addresses {
        let leaves = address.setting.leaves;
        let leaf = leaves.admin.expect("every address lies in a neighbourhood");
        for level in [
            RegionLevel::Neighbourhood,
            RegionLevel::District,
            RegionLevel::Borough,
        ] {
            let code = tree.code_at(leaf, level).expect("every level above");
            found.entry(level).or_default().insert(code.to_owned());
        }
        assert_eq!(tree.code_at(leaf, RegionLevel::Province), Some("PV27"));
        assert_eq!(tree.code_at(leaf, RegionLevel::Country), Some("NL"));
        let of_2016 = leaves.admin_2016.expect("a municipality of 2016");
        assert_eq!(
            tree.code_at(of_2016, RegionLevel::Municipality2016),
            Some("GM0363")
        );
        assert_eq!(tree.code_at(of_2016, RegionLevel::Nuts2), Some("NL32"));
        of_2015 += usize::from(leaves.admin_2015.is_some());
        // The definition itself, without the index.
        let brute = regions
            .iter()
            .filter(|r| r.level == RegionLevel::Neighbourhood && r.geometry.contains(address.place))
            .min_by_key(|r| &r.code)
            .map(|r| r.id);
        assert_eq!(leaves.admin, brute);
        assert_eq!(
            address.setting.park_distance_m, None,
            "Liechtenstein is not near"
        );
    }
    assert_eq!(found[&RegionLevel::Neighbourhood].len(), 16);
    assert_eq!(found[&RegionLevel::District].len(), 5);
    assert_eq!(found[&RegionLevel::Borough].len(), 1);
    assert_eq!(of_2015, 6_970);

    let in_building = bundle
        .addresses
        .iter()
        .filter(|a| a.building_key.is_some())
        .count();
    assert!(in_building > 7_500);
    let flats = bundle
        .addresses
        .iter()
        .filter(|a| a.setting.housing_type == Some((HousingType::Apartment, Confidence::Stated)));
    assert!(flats.count() > 4_000);
    let paved = bundle
        .addresses
        .iter()
        .filter(|a| a.setting.road_condition.is_some());
    assert!(paved.count() > 7_000);
    let houseboats = bundle
        .buildings
        .iter()
        .filter(|b| {
            b.housing_type
                .is_some_and(|(t, _)| t == HousingType::Houseboat)
        })
        .count();
    assert_eq!(houseboats, 70);
    let closed = bundle
        .buildings
        .iter()
        .filter(|b| b.form.is_some_and(|(f, _)| f == BuildingForm::ClosedBlock))
        .count();
    assert!(
        closed > 500,
        "the canal belt is closed blocks, found {closed}"
    );
}

#[test]
fn real_liechtenstein_surroundings() {
    let (rows, _) = regions();
    let regions = numbered(&rows);
    let index = RegionIndex::new(&regions);
    let mut bundle = loaded("osm_liechtenstein").bundle;
    derive::enrich(&mut bundle, &index, &[]);
    let inside = bundle
        .addresses
        .iter()
        .filter(|a| a.setting.leaves.admin.is_some())
        .count();
    assert_eq!(
        inside, 3_477,
        "20 addresses of the extract lie across the border"
    );
    assert!(
        bundle
            .addresses
            .iter()
            .all(|a| a.setting.park_distance_m.is_some())
    );
    let of_form = |form: BuildingForm| {
        let buildings = bundle.buildings.iter();
        buildings
            .filter(|b| b.form.is_some_and(|(f, _)| f == form))
            .count()
    };
    // A country of detached houses: the forms follow.
    assert!(of_form(BuildingForm::FreeStanding) > 10 * of_form(BuildingForm::Pair));
    assert!(of_form(BuildingForm::Pair) > 500);
    assert!(of_form(BuildingForm::Row) > 300);
}

#[test]
fn real_rd_new_source_equals_the_converted_file() {
    let text = "code='rd'\ntitle='t'\nsource='s'\nlicence='l'\nattribution='a'\nvintage='v'\n\
        file='raw/amsterdam_buurten_2015_2022_bron.csv'\nformat='csv'\nkind='regions'\norder=1\n\
        [regions]\nlevel='neighbourhood_2015'\ncode='BUURTCODE_CBS_2015'\nname='BUURTNAAM_2015'\n\
        geometry='geometrie'\n";
    let recipe = Recipe::parse(text).expect("a recipe");
    let rd = geocrm_ingest::read(&recipe, &data(), &Context::default()).expect("readable");
    let converted = loaded("regions_amsterdam_2015").bundle.regions;
    let mut compared = 0;
    for row in &converted {
        let Some(other) = rd.bundle.regions.iter().find(|r| r.code == row.code) else {
            continue;
        };
        let (a, b) = (
            shape::interior_point(&row.geometry),
            shape::interior_point(&other.geometry),
        );
        let off = a.zip(b).map_or(f64::INFINITY, |(a, b)| a.haversine_m(b));
        assert!(off < 1.0, "{}: {off} m", row.code);
        compared += 1;
    }
    assert!(compared > 430, "{compared}");
    let wrong = text.replace("kind='regions'", "crs='EPSG:4326'\nkind='regions'");
    let wrong = Recipe::parse(&wrong).expect("a recipe");
    let error =
        geocrm_ingest::read(&wrong, &data(), &Context::default()).expect_err("another system");
    assert!(matches!(error, IngestError::CrsMismatch { .. }), "{error}");
}
