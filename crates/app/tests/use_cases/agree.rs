//! Do map, chart, table and file say the same? One random selection is put to each of them at one version: the
//! ids drawn in all tiles, the count of the chart, the ids of the table's pages and those of the written file.

use crate::differential::Asker;
use crate::edits::Editor;
use crate::map::doubtful;
use crate::mvt;
use crate::random;
use crate::support::{World, count_query, run, seed};
use geocrm_app::answer::{Asked, Record, RecordsAsked};
use geocrm_app::cql2;
use geocrm_app::exports::{ExportAsked, Format};
use geocrm_app::geojson::area_json;
use geocrm_app::selection::{Selection, SelectionRequest};
use geocrm_app::session::SignedIn;
use geocrm_app::tiles::TileAsked;
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES, CUBES, Cube};
use geocrm_domain::{CubeQuery, LngLat, Number, PlaceState, TileId, VisibleScope};
use rand::Rng;
use rand::seq::IndexedRandom;
use std::collections::{BTreeMap, BTreeSet};

/// Tiles of a zoom that hold one of the places, with the tiles around them.
pub fn tiles_of(places: &[LngLat], zoom: u8) -> BTreeSet<TileId> {
    let mut tiles = BTreeSet::new();
    for place in places {
        let tile = place.quadkey().tile(zoom);
        for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
            let (x, y) = (tile.x.checked_add_signed(dx), tile.y.checked_add_signed(dy));
            tiles.extend(x.zip(y).and_then(|(x, y)| TileId::new(zoom, x, y)));
        }
    }
    tiles
}

struct Table {
    total: u64,
    ids: BTreeSet<String>,
    placed: BTreeSet<String>,
    /// Doubtful accounts with a suggested place.
    doubtful: BTreeSet<String>,
}

/// Every page of the table.
async fn table(
    world: &World,
    scope: &VisibleScope,
    cube: &'static Cube,
    selection: &Selection,
) -> Table {
    let mut asked = RecordsAsked {
        selection: selection.clone(),
        order: Vec::new(),
        limit: 170,
        after: None,
    };
    let (mut ids, mut placed, mut doubtful) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut rows = 0;
    loop {
        let page = world
            .app
            .records(scope, cube, &asked)
            .await
            .expect("a page");
        assert_eq!(page.data_version, world.app.data_version());
        rows += page.rows.len() as u64;
        for record in page.rows {
            let (id, place) = match record {
                Record::Account(view) => {
                    let (id, state) = (view.account.id.to_string(), view.account.place_state);
                    if state == PlaceState::Doubtful && view.account.place.is_some() {
                        doubtful.insert(id.clone());
                    }
                    (id, view.account.place.filter(|_| state.is_confirmed()))
                }
                Record::Row { id, place, .. } => (id.to_string(), place),
            };
            assert!(ids.insert(id.clone()), "{id} is on two pages");
            if place.is_some() {
                placed.insert(id);
            }
        }
        let Some(next) = page.next else {
            assert_eq!(rows, page.total);
            return Table {
                total: page.total,
                ids,
                placed,
                doubtful,
            };
        };
        asked.after = Some(next);
    }
}

/// Ids drawn in the tiles, and those of the doubtful among them; a point that is drawn twice, or outside its
/// tile, fails.
async fn map(
    world: &World,
    scope: &VisibleScope,
    hash: &str,
    tiles: &BTreeSet<TileId>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let asked = TileAsked {
        stored_filter: Some(hash.to_owned()),
        ..TileAsked::default()
    };
    let (mut ids, mut doubtful) = (BTreeSet::new(), BTreeSet::new());
    for tile in tiles {
        let drawn = world
            .app
            .tile(scope, "accounts", *tile, &asked)
            .await
            .expect("a tile");
        assert_eq!(drawn.data_version, world.app.data_version());
        for feature in mvt::decode(&drawn.bytes) {
            assert!(
                feature.start.iter().all(|v| (0..4096).contains(v)),
                "{feature:?} lies outside {tile:?}"
            );
            let id = feature.text("id").unwrap_or_else(|| panic!("{feature:?}"));
            let drawn = match feature.text("place_state") {
                Some("doubtful") => &mut doubtful,
                _ => &mut ids,
            };
            assert!(drawn.insert(id.to_owned()), "{id} is in two tiles");
        }
    }
    (ids, doubtful)
}

/// The ids in a written file, by readers that share nothing with the writers.
fn ids_in(world: &World, format: Format, bytes: &[u8]) -> Vec<String> {
    let name = format!("out.{}", format.extension());
    let path = world.home.path().join(&name);
    std::fs::write(&path, bytes).expect("written");
    match format {
        Format::Csv | Format::Xlsx => {
            let csv = geocrm_ingest::recipe::Csv::default();
            let table = geocrm_ingest::table::read(&path, &csv, None).expect("a table");
            table
                .rows
                .iter()
                .map(|row| row.cell(0).to_owned())
                .collect()
        }
        Format::GeoJson => {
            let json: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
            let features = json["features"].as_array().expect("features");
            let text = |id: &serde_json::Value| id.as_str().map_or(id.to_string(), str::to_owned);
            features
                .iter()
                .map(|f| text(&f["properties"]["id"]))
                .collect()
        }
        Format::GeoPackage => {
            let recipe = geocrm_ingest::Recipe::parse(&format!(
                "code='t'\ntitle='t'\nsource='s'\nlicence='l'\nattribution='a'\nvintage='v'\nfile='{name}'\n\
                 format='geopackage'\nkind='business_parks'\norder=1\n[business_parks]\nkey='id'\nname='name'\n"
            ));
            let recipe = recipe.expect("a recipe");
            let (features, _) = geocrm_ingest::features::read(&recipe, &path).expect("features");
            features
                .iter()
                .map(|f| f.text("id").expect("an id").to_owned())
                .collect()
        }
    }
}

async fn export(
    world: &World,
    who: &SignedIn,
    cube: &'static Cube,
    selection: &Selection,
    format: Format,
) -> (u64, Vec<String>) {
    let asked = ExportAsked {
        selection: selection.clone(),
        order: Vec::new(),
        format,
        locale: "en".to_owned(),
    };
    let receipt = world.app.export(who, cube, asked).await.expect("a file");
    assert_eq!(receipt.data_version, world.app.data_version());
    if receipt.rows == 0 {
        return (0, Vec::new());
    }
    let (_, bytes) = world
        .app
        .export_file(who, receipt.id)
        .await
        .expect("the file");
    assert_eq!(receipt.bytes, bytes.len() as u64);
    (receipt.rows, ids_in(world, format, &bytes))
}

/// A random selection by the hash of its stored filter, as a page sends it.
async fn selected(world: &World, asker: &Asker, rng: &mut impl Rng) -> (String, Selection) {
    let vocabulary = asker.accounts();
    let filter = rng.random_ratio(4, 5).then(|| vocabulary.filter(rng, 2));
    let area = rng.random_ratio(1, 2).then(|| vocabulary.area(rng));
    let stored = world
        .app
        .store_filter(
            &ACCOUNTS,
            filter.as_ref().map(cql2::to_json).as_ref(),
            area.as_ref().map(area_json).as_ref(),
        )
        .await
        .expect("a stored filter");
    let request = SelectionRequest {
        stored: Some(stored.hash.clone()),
        ..SelectionRequest::default()
    };
    let selection = world
        .app
        .select(&ACCOUNTS, &request)
        .await
        .expect("a selection");
    // What came through text and store asks what was meant.
    let meant = Selection {
        filter,
        geometry: area,
    };
    let everything = VisibleScope::everything();
    let asked = |selection: &Selection| {
        count_query(CubeQuery {
            filter: selection.filter.clone(),
            geometry: selection.geometry.clone(),
            ..CubeQuery::default()
        })
    };
    assert_eq!(
        world.ask(&everything, &ACCOUNTS, &asked(&selection)).await,
        world.ask(&everything, &ACCOUNTS, &asked(&meant)).await,
        "{meant:#?}"
    );
    (stored.hash, selection)
}

async fn account_places(world: &World) -> Vec<LngLat> {
    let accounts = world
        .db
        .store
        .accounts(&VisibleScope::everything())
        .await
        .expect("accounts");
    accounts
        .iter()
        .filter_map(|record| record.account.place)
        .collect()
}

/// Puts random selections of accounts to map, chart, table and file.
async fn agree(world: &World, seed: u64, count: usize) {
    let asker = Asker::of(world).await;
    let places = account_places(world).await;
    let zooms: Vec<BTreeSet<TileId>> = (13..=14).map(|zoom| tiles_of(&places, zoom)).collect();
    let mut rng = random::rng(seed);
    let (mut some, mut drawn, mut marked) = (0, 0, 0);
    for case in 0..count {
        let scope = asker.scope(&mut rng);
        let mut who = world.admin.clone();
        who.scope = scope.clone();
        let (hash, selection) = selected(world, &asker, &mut rng).await;
        let context = format!("case {case}: {scope:?}\n{selection:#?}");

        let query = count_query(CubeQuery {
            filter: selection.filter.clone(),
            geometry: selection.geometry.clone(),
            ..CubeQuery::default()
        });
        let asked = Asked {
            query,
            at: Some(world.app.data_version()),
        };
        let answered = world.app.answer(&scope, &ACCOUNTS, &[asked]).await;
        let (_, answers) = answered.expect("an answer");
        let chart = &answers[0];

        let table = table(world, &scope, &ACCOUNTS, &selection).await;
        assert_eq!(table.total, chart.matched, "{context}");
        let counted = chart.rows.first().and_then(|row| row.values[0]);
        assert_eq!(
            counted.unwrap_or(Number::Int(0)),
            Number::Int(table.total as i64)
        );
        let off_map = if selection.geometry.is_some() {
            0
        } else {
            chart.without_place
        };
        assert_eq!(
            table.placed.len() as u64 + off_map,
            chart.matched,
            "{context}"
        );

        let tiles = zooms.choose(&mut rng).expect("a zoom");
        let (on_map, suggested) = map(world, &scope, &hash, tiles).await;
        assert_eq!(on_map, table.placed, "{context}");
        assert_eq!(suggested, table.doubtful, "{context}");
        marked += suggested.len();

        let formats = [Format::ALL[case % 4], Format::Csv];
        for format in &formats[usize::from(case % 4 == 0)..] {
            let (rows, ids) = export(world, &who, &ACCOUNTS, &selection, *format).await;
            assert_eq!(
                (rows, ids.len() as u64),
                (table.total, table.total),
                "{context}"
            );
            assert_eq!(
                ids.into_iter().collect::<BTreeSet<_>>(),
                table.ids,
                "{format:?} {context}"
            );
        }
        some += usize::from(table.total > 0);
        drawn += on_map.len();
    }
    println!(
        "soak: {count} selections of seed {seed} on map, chart, table and file, {some} of records, {drawn} points, {marked} doubtful"
    );
    assert!(
        some * 3 > count && drawn > 1_000 && marked > 20,
        "{some} selections, {drawn} points, {marked} doubtful"
    );
}

#[test]
fn map_chart_table_and_file_hold_the_same_records() {
    run(async {
        let world = World::demo().await;
        for address in (1..400).step_by(20) {
            doubtful(&world, address, None).await;
        }
        agree(&world, seed(7), 100).await;
    });
}

#[test]
fn after_a_thousand_edits_they_still_do() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let mut editor = Editor::of(&world, seed(9)).await;
        for _ in 0..1_000 {
            editor.edit(&world, &asker).await;
        }
        editor.check_variety(1_000);
        agree(&world, seed(10), 100).await;
    });
}

#[test]
fn every_cube_has_as_many_rows_in_its_file_as_in_its_table() {
    run(async {
        let world = World::demo().await;
        let everything = VisibleScope::everything();
        for cube in CUBES {
            let all = world
                .ask(&everything, cube, &count_query(CubeQuery::default()))
                .await;
            let table = table(&world, &everything, cube, &Selection::default()).await;
            assert_eq!(table.total, all.matched, "{}", cube.name);
            assert!(table.total > 0, "{} is empty", cube.name);
            for format in [Format::Csv, Format::GeoPackage] {
                let (rows, ids) =
                    export(&world, &world.admin, cube, &Selection::default(), format).await;
                assert_eq!(rows, all.matched, "{}", cube.name);
                assert_eq!(
                    ids.into_iter().collect::<BTreeSet<_>>(),
                    table.ids,
                    "{}",
                    cube.name
                );
            }
        }
    });
}

/// Totals of the hexagons in all tiles: each cell once, however many tiles cut it.
async fn hexagons(
    world: &World,
    scope: &VisibleScope,
    tiles: &BTreeSet<TileId>,
    asked: &TileAsked,
) -> (BTreeMap<String, i64>, usize) {
    let mut cells: BTreeMap<String, i64> = BTreeMap::new();
    let mut cut = BTreeSet::new();
    for tile in tiles {
        let drawn = world
            .app
            .tile(scope, "hexagons", *tile, asked)
            .await
            .expect("a tile");
        for feature in mvt::decode(&drawn.bytes) {
            let cell = feature.text("id").expect("a cell").to_owned();
            let count = feature.int("count").expect("a count");
            assert_eq!(feature.int("value"), Some(count), "{feature:?}");
            if let Some(before) = cells.insert(cell.clone(), count) {
                assert_eq!(before, count, "{cell} has another total in {tile:?}");
                cut.insert(cell);
            }
        }
    }
    (cells, cut.len())
}

#[test]
fn hexagons_add_up_to_the_whole() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let places = account_places(&world).await;
        let mut rng = random::rng(seed(8));
        let (mut total, mut cuts) = (0, 0);
        for case in 0..64 {
            let resolution = rng.random_range(5..=10);
            let zoom = [10, 11, 12, 13, 13, 14][usize::from(resolution) - 5];
            let scope = asker.scope(&mut rng);
            let (hash, selection) = selected(&world, &asker, &mut rng).await;
            let query = count_query(CubeQuery {
                filter: selection.filter,
                geometry: selection.geometry.clone(),
                ..CubeQuery::default()
            });
            let answer = world.ask(&scope, &ACCOUNTS, &query).await;
            let off_map = if selection.geometry.is_some() {
                0
            } else {
                answer.without_place
            };
            let asked = TileAsked {
                stored_filter: Some(hash),
                resolution: Some(resolution),
                ..TileAsked::default()
            };
            let (cells, cut) = hexagons(&world, &scope, &tiles_of(&places, zoom), &asked).await;
            let placed = (answer.matched - off_map) as i64;
            assert_eq!(
                cells.values().sum::<i64>(),
                placed,
                "case {case}, resolution {resolution}"
            );
            total += placed;
            cuts += cut;
        }
        assert!(
            total > 1_000 && cuts > 25,
            "{total} records, {cuts} cut hexagons"
        );

        // The same over another cube.
        let asked = TileAsked {
            cube: Some("addresses".to_owned()),
            resolution: Some(8),
            ..TileAsked::default()
        };
        let addresses = asker.addresses();
        let everything = VisibleScope::everything();
        let (cells, _) = hexagons(
            &world,
            &everything,
            &tiles_of(addresses.places(), 11),
            &asked,
        )
        .await;
        let all = world
            .ask(&everything, &ADDRESSES, &count_query(CubeQuery::default()))
            .await;
        assert_eq!(cells.values().sum::<i64>(), all.matched as i64);
    });
}
