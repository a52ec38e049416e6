//! What does a representative of one territory see? Every entry point is asked, with everything that could name
//! a record of another territory: guessed ids, words that only occur there, areas that hold it, the file and the
//! receipt of somebody else. Nothing of it may come back, and nothing of it may have changed in the database.

use crate::agree::tiles_of;
use crate::cube_folder;
use crate::differential::Asker;
use crate::mvt;
use crate::random;
use crate::receipts::named;
use crate::support::{World, count_query, run};
use geocrm_app::accounts::{AccountChange, NewAccount};
use geocrm_app::answer::{Asked, RecordsAsked};
use geocrm_app::error::AppError;
use geocrm_app::exports::{ExportAsked, Format};
use geocrm_app::geocoding::SearchHit;
use geocrm_app::selection::{Selection, SelectionRequest};
use geocrm_app::session::SignedIn;
use geocrm_app::tiles::TileAsked;
use geocrm_domain::catalogue::{ACCOUNTS, CUBES};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{
    Account, AccountId, CubeQuery, LngLat, MultiPolygon, Number, PostalAddress, TileId, Value,
    VisibleScope,
};
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Words of records in another territory that stand nowhere else.
const SECRETS: [&str; 5] = [
    "Verholen",
    "Geheimzaak",
    "onzicht",
    "Duisterlaan",
    "fluister",
];

/// Two territories, a representative of the first, and what must stay hidden from them.
struct Stage {
    world: World,
    own: String,
    other: String,
    rita: SignedIn,
    visible: BTreeSet<AccountId>,
    hidden: Vec<Account>,
    /// Where a hidden record stands, among visible ones.
    near: LngLat,
}

async fn accounts(world: &World) -> Vec<Account> {
    let all = world.db.store.accounts(&VisibleScope::everything()).await;
    all.expect("accounts")
        .into_iter()
        .map(|r| r.account)
        .collect()
}

impl Stage {
    async fn set() -> Self {
        let world = World::demo().await;
        let all = accounts(&world).await;
        let territories = world.db.store.territories().await.expect("territories");
        let size = |code: &str| {
            all.iter()
                .filter(|a| a.territory.as_deref() == Some(code))
                .count()
        };
        let mut codes: Vec<String> = territories.into_iter().map(|t| t.code).collect();
        codes.sort_by_key(|code| std::cmp::Reverse(size(code)));
        let (own, other) = (codes[0].clone(), codes[1].clone());
        assert!(size(&own) > 10 && size(&other) > 5, "{codes:?}");
        let near = all
            .iter()
            .filter(|a| a.territory.as_ref() == Some(&own) && a.place_state.is_confirmed())
            .find_map(|a| a.place)
            .expect("a place in the territory");
        for n in 0..3 {
            let new = NewAccount {
                category: Some("Geheimzaak".to_owned()),
                email: Some("onzicht@example.org".to_owned()),
                note: Some("fluister".to_owned()),
                address: PostalAddress {
                    street: Some("Duisterlaan".to_owned()),
                    ..PostalAddress::default()
                },
                place: Some(near),
                territory: Some(other.clone()),
                ..named(&format!("Verholen {n}"))
            };
            world
                .app
                .create_account(&world.admin, new)
                .await
                .expect("created");
        }
        let rita = world.representative(&own).await;
        let is_own = |a: &&Account| a.territory.as_ref() == Some(&own);
        let all = accounts(&world).await;
        let visible = all.iter().filter(is_own).map(|a| a.id).collect();
        let hidden = all.iter().filter(|a| !is_own(a)).cloned().collect();
        Self {
            world,
            own,
            other,
            rita,
            visible,
            hidden,
            near,
        }
    }

    /// Neither an id nor a word of a hidden record.
    fn is_clean(&self, what: &str, answer: &impl Debug) {
        self.is_clean_text(what, &format!("{answer:?}"));
    }

    fn is_clean_text(&self, what: &str, text: &str) {
        let lower = text.to_lowercase();
        for secret in SECRETS {
            assert!(
                !lower.contains(&secret.to_lowercase()),
                "{what} holds {secret}"
            );
        }
        for account in &self.hidden {
            assert!(
                !lower.contains(&account.id.to_string()),
                "{what} holds {}",
                account.id
            );
        }
    }

    fn is_clean_bytes(&self, what: &str, bytes: &[u8]) {
        self.is_clean_text(what, &String::from_utf8_lossy(bytes));
        for account in &self.hidden {
            let id = account.id.0.as_bytes();
            assert!(
                !bytes.windows(16).any(|w| w == id),
                "{what} holds {}",
                account.id
            );
        }
    }

    async fn records(&self, selection: Selection) -> BTreeSet<AccountId> {
        let asked = RecordsAsked {
            selection,
            order: Vec::new(),
            limit: 1_000,
            after: None,
        };
        let page = self
            .world
            .app
            .records(&self.rita.scope, &ACCOUNTS, &asked)
            .await;
        let page = page.expect("a page");
        self.is_clean("records", &page);
        let ids = page.rows.into_iter().map(|record| match record {
            geocrm_app::answer::Record::Account(view) => view.account.id,
            other @ geocrm_app::answer::Record::Row { .. } => panic!("{other:?}"),
        });
        ids.collect()
    }
}

fn around(at: LngLat) -> MultiPolygon {
    geocrm_app::surroundings::circle(at, 500.0)
}

#[test]
fn sums_and_lists_hold_the_own_territory_only() {
    run(async {
        let stage = Stage::set().await;
        let (app, scope) = (&stage.world.app, &stage.rita.scope);
        let catalogue = app.catalogue(&stage.rita).await.expect("a catalogue");
        assert_eq!(catalogue.territories.len(), 1);
        assert_eq!(catalogue.territories[0].code, stage.own);
        assert_eq!(catalogue.users.len(), 1);
        stage.is_clean("catalogue", &catalogue);

        assert_eq!(stage.records(Selection::default()).await, stage.visible);
        let here = Selection {
            filter: None,
            geometry: Some(around(stage.near)),
        };
        let here = stage.records(here).await;
        assert!(!here.is_empty() && here.is_subset(&stage.visible));

        for dimension in ACCOUNTS.dimensions {
            let query = count_query(CubeQuery {
                dimensions: vec![dimension.name.to_owned()],
                ..CubeQuery::default()
            });
            let answer = stage.world.ask(scope, &ACCOUNTS, &query).await;
            assert_eq!(answer.matched, stage.visible.len() as u64);
            let counted = answer
                .rows
                .iter()
                .filter_map(|row| row.values[0])
                .map(|n| match n {
                    Number::Int(int) => int,
                    other => panic!("{other:?}"),
                });
            assert_eq!(
                counted.sum::<i64>(),
                stage.visible.len() as i64,
                "{}",
                dimension.name
            );
            stage.is_clean(dimension.name, &answer);
            if dimension.name == "territory" {
                let keys: Vec<_> = answer.rows.iter().map(|row| &row.keys[0]).collect();
                assert_eq!(keys, [&Value::text(stage.own.as_str())]);
            }
        }
        // A filter that names what is hidden finds as little as one that names what is not there.
        for text in [
            "category = 'Geheimzaak'".to_owned(),
            format!("territory = '{}'", stage.other),
            format!("territory <> '{}'", stage.own),
            "territory is null".to_owned(),
        ] {
            let request = SelectionRequest {
                filter: Some(text.clone().into()),
                ..SelectionRequest::default()
            };
            let selection = app.select(&ACCOUNTS, &request).await.expect("a selection");
            assert_eq!(stage.records(selection).await.len(), 0, "{text}");
        }
        // Random questions, all cubes: what comes back is what SQL gives inside the scope, and clean.
        let asker = Asker::of(&stage.world).await;
        let mut rng = random::rng(11);
        for _ in 0..100 {
            let (_, cube, query) = asker.question(&mut rng);
            let answer = stage.world.ask(scope, cube, &query).await;
            stage.is_clean(cube.name, &answer);
            assert_eq!(answer, stage.world.ask_sql(scope, cube, &query).await);
        }
        assert_eq!(CUBES.iter().filter(|cube| cube.scoped).count(), 1);
        let by_sql = Asked {
            query: count_query(CubeQuery::default()),
            at: None,
        };
        let refused = app.answer_by_sql(&stage.rita, &ACCOUNTS, &by_sql).await;
        assert!(
            matches!(refused, Err(AppError::Forbidden(_))),
            "{refused:?}"
        );
    });
}

#[test]
fn the_map_and_the_search_show_the_own_territory_only() {
    run(async {
        let stage = Stage::set().await;
        let (app, scope) = (&stage.world.app, &stage.rita.scope);
        let all = accounts(&stage.world).await;
        let confirmed = |a: &&Account| a.place_state.is_confirmed();
        let own: Vec<&Account> = all
            .iter()
            .filter(|a| stage.visible.contains(&a.id))
            .collect();
        let own_placed = own.iter().copied().filter(confirmed).count() as i64;
        let places: Vec<LngLat> = all.iter().filter_map(|a| a.place).collect();
        for zoom in [0, 7, 10, 12, 14, 18] {
            let tiles = match zoom {
                18 => tiles_of(&[stage.near], zoom),
                _ => tiles_of(&places, zoom),
            };
            let mut drawn = 0;
            for tile in &tiles {
                let bytes = app
                    .tile(scope, "accounts", *tile, &TileAsked::default())
                    .await;
                let bytes = bytes.expect("a tile").bytes;
                stage.is_clean_bytes("an account tile", &bytes);
                for feature in mvt::decode(&bytes) {
                    drawn += feature.int("count").unwrap_or(1);
                }
            }
            assert!(
                zoom == 18 || drawn == own_placed,
                "zoom {zoom}: {drawn} of {own_placed}"
            );
        }
        let top = TileId::new(0, 0, 0).expect("a tile");
        let hexagons = TileAsked {
            resolution: Some(4),
            ..TileAsked::default()
        };
        let hexagons = app
            .tile(scope, "hexagons", top, &hexagons)
            .await
            .expect("a tile");
        let sum: i64 = mvt::decode(&hexagons.bytes)
            .iter()
            .filter_map(|f| f.int("count"))
            .sum();
        assert_eq!(sum, own_placed);
        let mut coloured = 0;
        for tile in tiles_of(&places, 9) {
            let asked = TileAsked {
                measure: Some("count".to_owned()),
                ..TileAsked::default()
            };
            let municipalities = app.tile(scope, "regions_municipality", tile, &asked).await;
            for feature in mvt::decode(&municipalities.expect("a tile").bytes) {
                let value = feature.int("value").unwrap_or_default();
                assert!(value <= own_placed, "{feature:?}");
                coloured += usize::from(value > 0);
            }
        }
        assert!(coloured > 0, "no region has a count");

        for text in SECRETS {
            for hit in app
                .search(scope, text, Some(stage.near))
                .await
                .expect("hits")
            {
                assert!(!matches!(hit, SearchHit::Account(_)), "{hit:?}");
            }
            stage.is_clean(
                "suggestions",
                &app.suggest(text, Some(stage.near), 20).await.expect("some"),
            );
            let seen = app
                .search(&stage.world.admin.scope, text, None)
                .await
                .expect("hits");
            let found = seen.iter().any(|hit| matches!(hit, SearchHit::Account(_)));
            assert!(
                found || text == "fluister",
                "the administrator finds {text}"
            );
        }
        for account in stage.hidden.iter().take(20) {
            let hits = app.search(scope, &account.name, None).await.expect("hits");
            stage.is_clean("search", &hits);
        }
        let around = app
            .surroundings(scope, stage.near, 2_000.0)
            .await
            .expect("surroundings");
        stage.is_clean("surroundings", &around);
        let near = own
            .iter()
            .copied()
            .filter(confirmed)
            .filter_map(|a| a.place);
        let near =
            near.filter(|p| geocrm_app::surroundings::circle(stage.near, 2_000.0).contains(*p));
        assert_eq!(around.accounts, near.count() as u64);
        let region = app
            .regions(RegionLevel::Municipality, None)
            .expect("regions")
            .remove(0);
        let region = app
            .region(RegionLevel::Municipality, &region.code)
            .await
            .expect("a region");
        stage.is_clean("a region", &region);
        let addresses = app.reverse(stage.near, 5).await;
        stage.is_clean("reverse", &addresses.expect("addresses"));

        // Told that something changed, never what, and nothing of the records of others.
        let mut changes = app.changes();
        let admin = &stage.world.admin;
        app.create_account(admin, named("Verholen 3"))
            .await
            .expect("created");
        let change = changes.try_recv().expect("news");
        assert!(change.visible_to(&admin.scope).is_some());
        assert_eq!(change.visible_to(scope), None);
        let mine = own.first().expect("an account of its own");
        let change = AccountChange {
            note: Some(Some("Gezien".to_owned())),
            ..AccountChange::default()
        };
        app.change_account(admin, mine.id, mine.version, change)
            .await
            .expect("changed");
        let change = changes.try_recv().expect("news");
        let heard = change.visible_to(scope).expect("its own record changed");
        stage.is_clean("news", &heard);
        assert_eq!(change.visible_to(&VisibleScope::nothing()), None);
    });
}

#[test]
fn a_guessed_id_is_an_id_that_never_was() {
    run(async {
        let stage = Stage::set().await;
        let (app, rita) = (&stage.world.app, &stage.rita);
        let victim = stage.hidden.last().expect("a hidden record").clone();
        let nobody = AccountId(uuid::Uuid::from_u128(4_711));
        let admin = &stage.world.admin;
        let gone = &stage.hidden[0];
        app.delete_account(admin, gone.id, gone.version)
            .await
            .expect("deleted");
        let before = stage.world.db.fingerprint().await.expect("a fingerprint");
        for (id, version) in [
            (victim.id, victim.version),
            (victim.id, victim.version + 7),
            (gone.id, gone.version + 1),
        ] {
            let rename = AccountChange {
                name: Some("Gekaapt".to_owned()),
                territory: Some(Some(stage.own.clone())),
                ..AccountChange::default()
            };
            let told = async |id: AccountId| {
                let mut errors: Vec<AppError> = vec![
                    app.account(rita, id).await.expect_err("hidden"),
                    app.change_account(rita, id, version, rename.clone())
                        .await
                        .expect_err("hidden"),
                    app.move_account(rita, id, version, stage.near)
                        .await
                        .expect_err("hidden"),
                    app.geocode_account(rita, id, version)
                        .await
                        .expect_err("hidden"),
                    app.delete_account(rita, id, version)
                        .await
                        .expect_err("hidden"),
                    app.restore_account(rita, id).await.expect_err("hidden"),
                ];
                errors.push(app.account_history(rita, id).await.expect_err("hidden"));
                let texts = errors.into_iter().map(|error| {
                    assert!(matches!(error, AppError::NotFound { .. }), "{error:?}");
                    error.to_string().replace(&id.to_string(), "ID")
                });
                texts.collect::<Vec<_>>()
            };
            assert_eq!(told(id).await, told(nobody).await);
        }
        assert_eq!(
            stage.world.db.fingerprint().await.expect("a fingerprint"),
            before
        );
    });
}

#[test]
fn files_and_receipts_belong_to_whoever_asked() {
    run(async {
        let stage = Stage::set().await;
        let (app, rita) = (&stage.world.app, &stage.rita);
        let asked = |format, geometry| ExportAsked {
            selection: Selection {
                filter: None,
                geometry,
            },
            order: Vec::new(),
            format,
            locale: "nl".to_owned(),
        };
        for format in Format::ALL {
            for geometry in [None, Some(around(stage.near))] {
                let receipt = app
                    .export(rita, &ACCOUNTS, asked(format, geometry.clone()))
                    .await;
                let receipt = receipt.expect("a file");
                let (_, bytes) = app.export_file(rita, receipt.id).await.expect("the file");
                stage.is_clean_bytes("a file", &bytes);
                stage.is_clean("a receipt", &receipt);
                if geometry.is_none() {
                    assert_eq!(receipt.rows, stage.visible.len() as u64);
                }
            }
        }
        let secret = app
            .export(&stage.world.admin, &ACCOUNTS, asked(Format::Csv, None))
            .await;
        let secret = secret.expect("a file");
        assert!(secret.rows > stage.visible.len() as u64);
        let nothing = uuid::Uuid::from_u128(4_711);
        for id in [secret.id, nothing] {
            let errors = [
                app.export_receipt(rita, id).await.expect_err("hidden"),
                app.export_file(rita, id).await.expect_err("hidden"),
                app.rerun_export(rita, id).await.expect_err("hidden"),
            ];
            for error in errors {
                assert!(matches!(error, AppError::NotFound { .. }), "{error:?}");
            }
        }
    });
}

/// Writes that would push a record over the border are refused and leave it as it was; once somebody who may
/// has done it, the record is gone for the representative.
#[test]
fn a_record_that_leaves_the_territory_is_gone() {
    run(async {
        let stage = Stage::set().await;
        let (world, app, rita) = (&stage.world, &stage.world.app, &stage.rita);
        let own: Vec<Account> = accounts(world).await;
        let own: Vec<&Account> = own
            .iter()
            .filter(|a| stage.visible.contains(&a.id))
            .collect();
        let before = world.db.fingerprint().await.expect("a fingerprint");
        let account = own[0];
        let to = |territory: Option<&str>| AccountChange {
            territory: Some(territory.map(str::to_owned)),
            ..AccountChange::default()
        };
        for territory in [Some(stage.other.as_str()), None, Some("nowhere")] {
            let refused = app
                .change_account(rita, account.id, account.version, to(territory))
                .await;
            let error = refused.expect_err("it stays");
            assert!(
                matches!(error, AppError::Forbidden(_) | AppError::Invalid { .. }),
                "{error:?}"
            );
            stage.is_clean("a refusal", &error);
        }
        let owner = AccountChange {
            owner: Some(Some(world.admin.user.id)),
            ..AccountChange::default()
        };
        let refused = app
            .change_account(rita, account.id, account.version, owner)
            .await;
        assert!(
            matches!(refused, Err(AppError::Invalid { .. })),
            "{refused:?}"
        );
        for new in [
            NewAccount {
                territory: Some(stage.other.clone()),
                ..named("Over de grens")
            },
            // Nowhere in particular: in no territory.
            NewAccount {
                place: Some(LngLat::from_e7(-1_700_000_000, -800_000_000)),
                ..named("Op de oceaan")
            },
        ] {
            let refused = app.create_account(rita, new).await.expect_err("not here");
            assert!(matches!(refused, AppError::Forbidden(_)), "{refused:?}");
        }
        assert_eq!(world.db.fingerprint().await.expect("a fingerprint"), before);

        // What a representative may do.
        let created = app.create_account(
            rita,
            NewAccount {
                territory: Some(stage.own.clone()),
                place: Some(stage.near),
                ..named("Van mij")
            },
        );
        let created = created.await.expect("created").account;
        let moved = app
            .move_account(rita, created.id, created.version, stage.near)
            .await;
        let moved = moved.expect("moved").account;
        app.delete_account(rita, moved.id, moved.version)
            .await
            .expect("deleted");
        assert_eq!(stage.records(Selection::default()).await, stage.visible);

        // Moved out and deleted by somebody who may.
        let (out, deleted) = (own[0], own[1]);
        let admin = &world.admin;
        app.change_account(admin, out.id, out.version, to(Some(&stage.other)))
            .await
            .expect("out");
        app.delete_account(admin, deleted.id, deleted.version)
            .await
            .expect("deleted");
        let left = stage.records(Selection::default()).await;
        let mut expected = stage.visible.clone();
        expected.remove(&out.id);
        expected.remove(&deleted.id);
        assert_eq!(left, expected);
        let hidden = app.account(rita, out.id).await;
        assert!(
            matches!(hidden, Err(AppError::NotFound { .. })),
            "{hidden:?}"
        );
        let history = app.account_history(rita, out.id).await;
        assert!(
            matches!(history, Err(AppError::NotFound { .. })),
            "{history:?}"
        );
        let places: Vec<LngLat> = own.iter().filter_map(|a| a.place).collect();
        for tile in tiles_of(&places, 14) {
            let tile = app
                .tile(&rita.scope, "accounts", tile, &TileAsked::default())
                .await;
            let text = String::from_utf8_lossy(&tile.expect("a tile").bytes).into_owned();
            for id in [out.id, deleted.id] {
                assert!(!text.contains(&id.to_string()), "{id} is still drawn");
            }
        }
        let all = ExportAsked {
            selection: Selection::default(),
            order: Vec::new(),
            format: Format::Csv,
            locale: "en".to_owned(),
        };
        let file = app.export(rita, &ACCOUNTS, all).await.expect("a file");
        assert_eq!(file.rows, expected.len() as u64);
    });
}

#[test]
fn a_cube_for_another_engine_holds_only_what_its_user_sees() {
    run(async {
        let stage = Stage::set().await;
        let email = &stage.rita.user.email;
        let scope = stage.world.app.scope_of(email).await.expect("a user");
        let out = stage.world.home.path().join("accounts");
        let written = stage.world.app.export_cube(&scope, &ACCOUNTS, &out).await;
        let rows = written.expect("a folder").1.rows;
        assert_eq!(rows, stage.visible.len() as u64);
        let text = format!("{:?}", cube_folder::read(&out));
        stage.is_clean_text("the folder", &text);
        for part in cube_folder::read(&out) {
            for row in part.1 {
                let id = match cube_folder::field(&row, "id") {
                    parquet::record::Field::Bytes(bytes) => uuid::Uuid::from_slice(bytes.data()),
                    other => panic!("{other:?}"),
                };
                assert!(stage.visible.contains(&AccountId(id.expect("16 bytes"))));
            }
        }
        let nobody = stage.world.app.scope_of("nobody@example.org").await;
        assert!(matches!(nobody, Err(AppError::NotFound { .. })));
    });
}
