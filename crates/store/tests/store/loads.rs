//! Loading: every kind of row comes back as it went in, a broken load changes nothing, a repeated one replaces.

use crate::sample::*;
use futures::{StreamExt, TryStreamExt};
use geocrm_domain::record::*;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{AddressId, LngLat, VisibleScope};
use geocrm_store::testing::TestDatabase;
use geocrm_store::{DatasetWriter, LeafTable, StoreError};
use sqlx::PgPool;

/// Row counts of every table and a hash over the regions, to compare before and after.
async fn fingerprint(db: &TestDatabase) -> Vec<(String, i64)> {
    let pool = PgPool::connect(&db.owner_url)
        .await
        .expect("the owner connects");
    sqlx::query_as(
        "SELECT relname::text, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', relname),
                false, true, '')))[1]::text::bigint
         FROM pg_stat_user_tables WHERE relname NOT LIKE 'spatial%'
         UNION ALL SELECT 'regions hash', hashtext(string_agg(r::text, ',' ORDER BY id))::bigint FROM regions r
         UNION ALL SELECT 'datasets hash', hashtext(string_agg(d::text, ',' ORDER BY id))::bigint FROM datasets d
         ORDER BY 1",
    )
    .fetch_all(&pool)
    .await
    .expect("tables can be counted")
}

#[tokio::test]
async fn every_kind_of_row_comes_back_as_it_went_in() {
    let db = loaded().await;
    let store = &db.store;
    let wanted = addresses(store).await.addresses;
    let read: Vec<_> = store
        .stream_addresses()
        .try_collect()
        .await
        .expect("addresses read");
    assert_eq!(
        read.iter().map(|l| &l.row).collect::<Vec<_>>(),
        wanted.iter().collect::<Vec<_>>()
    );
    assert_eq!(read[0].dataset, "addresses");
    let geocoder: Vec<_> = store
        .stream_geocoder_addresses()
        .try_collect()
        .await
        .expect("they read");
    assert_eq!(geocoder[3].address, wanted[3].address);
    assert_eq!(
        (geocoder[3].place, geocoder[3].id.0),
        (wanted[3].place, read[3].id)
    );

    let wanted = objects(store).await;
    let buildings: Vec<_> = store
        .stream_buildings()
        .try_collect()
        .await
        .expect("buildings read");
    assert_eq!(buildings[0].row, wanted.buildings[0]);
    let roads: Vec<_> = store
        .stream_roads()
        .map(|r| r.map(|r| r.row))
        .try_collect()
        .await
        .expect("roads read");
    assert_eq!(roads, wanted.roads);
    let areas: Vec<_> = store
        .stream_areas()
        .map(|r| r.map(|r| r.row))
        .try_collect()
        .await
        .expect("areas read");
    assert_eq!(areas, wanted.areas);
    let places: Vec<_> = store
        .stream_place_labels()
        .map(|r| r.map(|r| r.row))
        .try_collect()
        .await
        .expect("places read");
    assert_eq!(places, wanted.places);

    let regions = store.regions().await.expect("regions read");
    for row in super::sample::regions().regions {
        let region = regions
            .iter()
            .find(|r| r.code == row.code)
            .expect("it is there");
        assert_eq!(
            (region.level, &region.name, &region.geometry),
            (row.level, &row.name, &row.geometry)
        );
        assert!(
            region.geometry.contains(region.label_point),
            "the label stands inside"
        );
        assert!((region.area_m2 - row.geometry.area_m2()).abs() < 1e-6);
    }
    let flows: Vec<_> = store
        .stream_flows()
        .map(|r| r.map(|r| r.row))
        .try_collect()
        .await
        .expect("flows read");
    assert_eq!(flows, statistics().flows);
    let postcode = store.postcode("1012LG").await.expect("it reads");
    assert_eq!(postcode, Some(statistics().postcodes[0].clone()));
    assert_eq!(store.postcode("9999ZZ").await.expect("it reads"), None);
}

#[tokio::test]
async fn objects_are_found_one_by_one() {
    let db = loaded().await;
    let store = &db.store;
    let mut bundle = addresses(store).await;
    // A building is found by its key within the dataset.
    bundle.buildings = objects(store).await.buildings;
    store
        .replace_dataset(meta("addresses"), &bundle, 0)
        .await
        .expect("addresses load again");
    let all: Vec<_> = store
        .stream_addresses()
        .try_collect()
        .await
        .expect("addresses read");
    let (first, last) = (all[0].id, all[11].id);
    assert_eq!(
        store
            .address(AddressId(first))
            .await
            .expect("it reads")
            .as_ref(),
        Some(&all[0])
    );
    assert_eq!(store.address(AddressId(-1)).await.expect("it reads"), None);
    let some = store
        .addresses_by_ids(&[last, -5, first])
        .await
        .expect("they read");
    assert_eq!(some.iter().map(|a| a.id).collect::<Vec<_>>(), [last, first]);

    let building = store
        .building_of_address(AddressId(first))
        .await
        .expect("it reads")
        .expect("it stands in one");
    assert_eq!(
        store
            .building(building.id)
            .await
            .expect("it reads")
            .as_ref(),
        Some(&building)
    );
    assert_eq!(
        store
            .building_of_address(AddressId(last))
            .await
            .expect("it reads"),
        None
    );
    let doors = store
        .addresses_of_building(building.id)
        .await
        .expect("they read");
    assert_eq!(
        doors.iter().map(|d| d.id).collect::<Vec<_>>(),
        all[..3].iter().map(|d| d.id).collect::<Vec<_>>()
    );

    let roads: Vec<_> = store
        .stream_roads()
        .try_collect()
        .await
        .expect("roads read");
    assert_eq!(
        store.road(roads[1].id).await.expect("it reads").as_ref(),
        Some(&roads[1])
    );
    let some = store
        .roads_by_ids(&[roads[2].id, roads[0].id])
        .await
        .expect("they read");
    assert_eq!(some, [roads[2].clone(), roads[0].clone()]);
}

#[tokio::test]
async fn regions_know_their_parents_figures_and_flows() {
    let db = loaded().await;
    let store = &db.store;
    let tree = store.region_tree().await.expect("the tree reads");
    let west = leaf(store, RegionLevel::Neighbourhood, "BU1").await;
    assert_eq!(tree.code_at(west, RegionLevel::Municipality), Some("GM1"));
    assert_eq!(tree.code_at(west, RegionLevel::Province), None);
    let metas = store.region_metas().await.expect("they read");
    assert_eq!(
        metas.iter().map(|m| m.code.as_str()).collect::<Vec<_>>(),
        ["GM1", "BU1", "BU2", "0363"]
    );
    assert_eq!(metas[1].parent, Some(metas[0].id));

    let figures = store
        .region_indicators(RegionLevel::Neighbourhood, "BU1")
        .await
        .expect("they read");
    let seen: Vec<_> = figures
        .iter()
        .map(|f| (f.year, f.value_e4, f.def.unit.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (2024, Some(10_100_000), "persons"),
            (2023, Some(10_050_000), "persons")
        ]
    );
    let catalogue = store.indicator_catalogue().await.expect("it reads");
    assert_eq!(catalogue.len(), 1);
    assert_eq!(catalogue[0].datasets, ["statistics"]);
    let counts: Vec<_> = catalogue[0]
        .levels
        .iter()
        .map(|l| (l.year, l.figures, l.suppressed))
        .collect();
    assert_eq!(counts, [(2023, 1, 0), (2024, 3, 1)]);

    let flows = store
        .region_flows(RegionLevel::Municipality2016, "0363")
        .await
        .expect("they read");
    let seen: Vec<_> = flows
        .iter()
        .map(|f| (f.flow.persons_e3, f.destination_name.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            (5_500, Some("Name of 0363")),
            (700, None),
            (1, Some("Name of 0363"))
        ]
    );

    let territories = store.territories().await.expect("they read");
    assert_eq!(
        territories[0].regions,
        [(RegionLevel::Neighbourhood, "BU1".to_owned())]
    );
    assert_eq!(
        territories[0].representative.as_ref().map(|r| r.0.as_str()),
        Some("west@example.org")
    );
    assert_eq!(
        (territories[1].code.as_str(), territories[1].user),
        ("T2", None)
    );
}

#[tokio::test]
async fn datasets_tell_what_they_brought() {
    let db = loaded().await;
    let datasets = db.store.datasets().await.expect("they read");
    let addresses = datasets
        .iter()
        .find(|d| d.code == "addresses")
        .expect("it is there");
    assert_eq!(addresses.row_counts, [("addresses".to_owned(), 12)]);
    assert_eq!((addresses.rejected, addresses.loaded_at), (2, noon(1)));
    let objects = datasets
        .iter()
        .find(|d| d.code == "objects")
        .expect("it is there");
    assert!(
        objects
            .row_counts
            .contains(&("business_parks".to_owned(), 1))
    );
}

#[tokio::test]
async fn loading_again_replaces_and_keeps_region_ids() {
    let db = loaded().await;
    let store = &db.store;
    let before = store.region_metas().await.expect("they read");
    let mut rows = addresses(store).await.addresses;
    let mut next = regions();
    next.regions[0].name = "Renamed".to_owned();
    // BU2 vanishes, BU3 is new.
    next.regions[1].code = "BU3".to_owned();
    store
        .replace_dataset(meta("regions"), &next, 0)
        .await
        .expect("regions load again");
    let after = store.region_metas().await.expect("they read");
    let id = |metas: &[geocrm_store::RegionMeta], code: &str| {
        metas.iter().find(|m| m.code == code).map(|m| m.id)
    };
    for code in ["GM1", "BU1", "0363"] {
        assert_eq!(id(&before, code), id(&after, code), "{code} keeps its id");
    }
    assert_eq!(id(&after, "BU2"), None);
    assert_eq!(
        after
            .iter()
            .find(|m| m.code == "BU1")
            .map(|m| m.name.as_str()),
        Some("Renamed")
    );
    let gone = id(&before, "BU2");
    let stored: Vec<_> = store
        .stream_addresses()
        .try_collect()
        .await
        .expect("addresses read");
    assert!(
        stored.iter().all(|a| a.row.setting.leaves.admin != gone),
        "no record points to a region that is gone"
    );

    rows.truncate(5);
    let bundle = Bundle {
        addresses: rows,
        ..Bundle::default()
    };
    store
        .replace_dataset(meta("addresses"), &bundle, 0)
        .await
        .expect("addresses load again");
    assert_eq!(store.stream_addresses().count().await, 5);
}

#[tokio::test]
async fn an_account_finds_its_address_again_after_a_reload() {
    let db = loaded().await;
    let store = &db.store;
    let all: Vec<_> = store
        .stream_addresses()
        .try_collect()
        .await
        .expect("addresses read");
    for (n, address) in [(1, &all[0]), (2, &all[11])] {
        let mut record = account(n);
        record.account.address_id = Some(AddressId(address.id));
        create(store, record).await;
    }
    let mut bundle = addresses(store).await;
    bundle.addresses.pop();
    store
        .replace_dataset(meta("addresses"), &bundle, 0)
        .await
        .expect("addresses load again");
    let accounts = store
        .accounts(&VisibleScope::everything())
        .await
        .expect("they read");
    let linked = accounts[0].account.address_id.expect("the first is linked");
    assert_ne!(linked.0, all[0].id);
    let address = store
        .address(linked)
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!(address.row.source_key, "n0");
    assert_eq!(accounts[1].account.address_id, None, "its address is gone");
}

#[tokio::test]
async fn a_broken_load_changes_nothing_and_names_the_element() {
    let db = loaded().await;
    let store = &db.store;
    let before = fingerprint(&db).await;

    let mut twice = addresses(store).await;
    twice.addresses.push(twice.addresses[4].clone());
    let error = store
        .replace_dataset(meta("addresses"), &twice, 0)
        .await
        .expect_err("a duplicate");
    assert_eq!(error.constraint(), Some("addresses_source_key_unique"));
    assert!(error.to_string().contains("n4"), "{error}");

    let mut outside = addresses(store).await;
    outside.addresses[7].place = LngLat::from_e7(1_800_000_001, 0);
    let error = store
        .replace_dataset(meta("addresses"), &outside, 0)
        .await
        .expect_err("off the globe");
    assert!(error.to_string().contains("element n7"), "{error}");

    let mut dirty = addresses(store).await;
    dirty.addresses[6].address.city = Some("nul \0 byte".to_owned());
    let error = store
        .replace_dataset(meta("addresses"), &dirty, 0)
        .await
        .expect_err("a NUL");
    assert!(error.to_string().contains("element n6"), "{error}");

    let mut twice = regions();
    twice.regions.push(twice.regions[0].clone());
    let error = store
        .replace_dataset(meta("regions"), &twice, 0)
        .await
        .expect_err("a duplicate code");
    assert!(error.to_string().contains("neighbourhood BU1"), "{error}");

    let error = store
        .replace_dataset(meta("others"), &regions(), 0)
        .await
        .expect_err("codes of another dataset");
    assert!(
        matches!(&error, StoreError::RegionOfOtherDataset { dataset, .. } if dataset == "regions"),
        "{error}"
    );

    let mut own_parent = regions();
    own_parent.regions[2].parent_code = Some("BU1".to_owned());
    let error = store
        .replace_dataset(meta("regions"), &own_parent, 0)
        .await
        .expect_err("a cycle");
    assert!(matches!(error, StoreError::RegionCycle { .. }), "{error}");

    let mut undefined = statistics();
    undefined.indicator_defs.clear();
    let error = store
        .replace_dataset(meta("statistics"), &undefined, 0)
        .await
        .expect_err("no definition");
    assert!(
        matches!(error, StoreError::UndefinedIndicator { .. }),
        "{error}"
    );

    let mut twice = statistics();
    twice.indicators.push(twice.indicators[0].clone());
    let error = store
        .replace_dataset(meta("statistics"), &twice, 0)
        .await
        .expect_err("a figure twice");
    assert_eq!(error.constraint(), Some("indicators_figure_unique"));

    assert_eq!(fingerprint(&db).await, before);
}

#[tokio::test]
async fn portions_are_one_load_and_a_dropped_one_leaves_no_trace() {
    let db = loaded().await;
    let store = &db.store;
    let before = fingerprint(&db).await;
    let rows = addresses(store).await.addresses;
    let portion = |rows: &[AddressRow]| Bundle {
        addresses: rows.to_vec(),
        ..Bundle::default()
    };
    let mut writer = DatasetWriter::begin(store, meta("addresses"))
        .await
        .expect("it begins");
    writer.write(&portion(&rows[..3])).await.expect("it writes");
    assert_eq!(
        store.stream_addresses().count().await,
        12,
        "others see the previous version"
    );
    drop(writer);
    assert_eq!(fingerprint(&db).await, before);

    let mut writer = DatasetWriter::begin(store, meta("addresses"))
        .await
        .expect("it begins");
    writer.write(&portion(&rows[..3])).await.expect("it writes");
    writer.write(&portion(&rows[3..])).await.expect("it writes");
    let dataset = writer.finish().await.expect("it finishes");
    assert_eq!(dataset.row_counts, [("addresses".to_owned(), 12)]);
    let read: Vec<_> = store
        .stream_addresses()
        .map(|r| r.map(|r| r.row))
        .try_collect()
        .await
        .expect("they read");
    assert_eq!(read, rows);
}

#[tokio::test]
async fn records_get_their_regions_when_regions_come_later() {
    let db = loaded().await;
    let store = &db.store;
    create(store, account(1)).await;
    let east = leaf(store, RegionLevel::Neighbourhood, "BU2").await;
    let assign = |place: LngLat| Leaves {
        admin: (place.lng_e7 >= at(8_000, 0).lng_e7).then_some(east),
        ..Leaves::default()
    };
    let mut changed = Vec::new();
    for table in LeafTable::ALL {
        changed.push(
            store
                .reassign_leaves(table, assign)
                .await
                .expect("it assigns"),
        );
    }
    // Every address loses its municipality of 2016 but the last, which gains a region; the account had none.
    assert_eq!(changed, [12, 1, 3, 0]);
    let rows: Vec<_> = store
        .stream_addresses()
        .try_collect()
        .await
        .expect("they read");
    assert!(
        rows.iter()
            .all(|a| a.row.setting.leaves == assign(a.row.place))
    );
    assert_eq!(
        store
            .reassign_leaves(LeafTable::Addresses, assign)
            .await
            .expect("it assigns"),
        0
    );
}
