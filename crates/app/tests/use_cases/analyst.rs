//! What does an analyst see? Sums of everything, households only as rounded figures of fixed groups, the same after a
//! restart; and of single records nothing on any way.

use crate::differential::Asker;
use crate::mvt;
use crate::support::{PASSWORD, World, ask, clock, count_query, run};
use geocrm_app::App;
use geocrm_app::answer::RecordsAsked;
use geocrm_app::exports::{ExportAsked, Format};
use geocrm_app::selection::Selection;
use geocrm_app::session::{Role, SignedIn};
use geocrm_app::surroundings::circle;
use geocrm_app::tiles::TileAsked;
use geocrm_domain::catalogue::ACCOUNTS;
use geocrm_domain::{
    Answer, Compare, CubeQuery, Filter, Number, PersonsTold, TileId, Value, VisibleScope,
};
use geocrm_store::Store;
use std::net::{IpAddr, Ipv4Addr};

pub async fn analyst(app: &App) -> SignedIn {
    let password = Some(PASSWORD.to_owned());
    app.add_user(
        "Anna",
        "anna@example.org",
        Role::Analyst,
        Vec::new(),
        password,
    )
    .await
    .expect("a new user");
    sign_in(app).await
}

async fn sign_in(app: &App) -> SignedIn {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let session = app
        .sign_in("anna@example.org", PASSWORD.to_owned(), here)
        .await;
    session.expect("a session").0
}

fn kind(value: &str) -> Filter {
    Filter::Compare {
        property: "kind".to_owned(),
        op: Compare::Equal,
        value: Value::text(value),
    }
}

fn by(filter: Option<Filter>, dimension: &str) -> CubeQuery {
    count_query(CubeQuery {
        filter,
        dimensions: vec![dimension.to_owned()],
        ..CubeQuery::default()
    })
}

fn counts(answer: &Answer) -> Vec<(Value, i64)> {
    let count = |value: Option<Number>| match value {
        Some(Number::Int(count)) => count,
        other => panic!("{other:?}"),
    };
    let rows = answer.rows.iter();
    rows.map(|row| (row.keys[0].clone(), count(row.values[0])))
        .collect()
}

#[test]
fn an_analyst_sees_sums_with_protected_households() {
    run(async {
        let world = World::demo().await;
        let scope = analyst(&world.app).await.scope;
        let everything = VisibleScope::everything();
        for dimension in [
            "municipality",
            "neighbourhood",
            "h3_7",
            "status",
            "housing_type",
        ] {
            let organisations = by(Some(kind("organisation")), dimension);
            let told = world.ask(&scope, &ACCOUNTS, &organisations).await;
            assert_eq!(
                told,
                world.ask_sql(&everything, &ACCOUNTS, &organisations).await
            );

            let households = by(Some(kind("household")), dimension);
            let told = world.ask(&scope, &ACCOUNTS, &households).await;
            assert_eq!(told.persons, PersonsTold::Rounded);
            let truth = counts(&world.ask_sql(&everything, &ACCOUNTS, &households).await);
            for (key, count) in counts(&told) {
                let (_, true_count) = truth.iter().find(|(k, _)| *k == key).expect("a true group");
                assert!(
                    count >= 5 && *true_count >= 5,
                    "{key:?}: {count} for {true_count}"
                );
                assert!(
                    (count - true_count).abs() <= 4,
                    "{key:?}: {count} for {true_count}"
                );
            }
            let large = truth.iter().filter(|(_, count)| *count > 8).count();
            assert!(told.rows.len() >= large, "{dimension}");
            // The database gives such a reader no household at all.
            let sql = world.ask_sql(&scope, &ACCOUNTS, &households).await;
            assert_eq!(sql.matched, 0);
        }
        // Around a place hexagons reach too far: organisations only, said so.
        let middle = Asker::of(&world).await.addresses().places()[0];
        for radius_m in [250.0, 5_000.0] {
            let told = world.app.surroundings(&scope, middle, radius_m).await;
            let told = told.expect("surroundings");
            assert!(matches!(told.persons, PersonsTold::LeftOut(_)), "{told:?}");
            let within = count_query(CubeQuery {
                filter: Some(kind("organisation")),
                geometry: Some(circle(middle, radius_m)),
                ..CubeQuery::default()
            });
            let truth = world.ask_sql(&everything, &ACCOUNTS, &within).await;
            assert_eq!(told.accounts, truth.matched);
            assert!(told.nearest_accounts.is_empty());
        }
        let fine = by(None, "postcode");
        let told = world.ask(&scope, &ACCOUNTS, &fine).await;
        assert!(matches!(told.persons, PersonsTold::LeftOut(_)), "{told:?}");
        let sql = world.ask_sql(&scope, &ACCOUNTS, &fine).await;
        assert_eq!(told.rows, sql.rows);
    });
}

#[test]
fn the_noise_stays_after_a_restart() {
    run(async {
        let world = World::demo().await;
        let scope = analyst(&world.app).await.scope;
        let question = by(Some(kind("household")), "district");
        let before = world.ask(&scope, &ACCOUNTS, &question).await;
        assert!(!before.rows.is_empty());
        world.app.close().await.expect("it closes");
        let store = Store::connect(&world.db.app_url).await.expect("connected");
        let app = App::over(store, world.home.path().to_owned(), clock(3)).await;
        let app = app.expect("an installation");
        let scope = sign_in(&app).await.scope;
        assert_eq!(ask(&app, &scope, &ACCOUNTS, &question).await, before);
    });
}

#[test]
fn an_analyst_sees_no_record() {
    run(async {
        let world = World::demo().await;
        let anna = analyst(&world.app).await;
        let everything = VisibleScope::everything();
        let accounts = world
            .db
            .store
            .accounts(&everything)
            .await
            .expect("accounts");
        let asked = RecordsAsked {
            selection: Selection::default(),
            order: Vec::new(),
            limit: 100,
            after: None,
        };
        let page = world
            .app
            .records(&anna.scope, &ACCOUNTS, &asked)
            .await
            .expect("a page");
        assert_eq!((page.total, page.rows.len()), (0, 0));
        for record in accounts.iter().take(20) {
            let account = &record.account;
            assert!(world.app.account(&anna, account.id).await.is_err());
            let hits = world
                .app
                .search(&anna.scope, &account.name, None)
                .await
                .expect("hits");
            let hits = format!("{hits:?}");
            assert!(!hits.contains(&account.id.to_string()), "{hits}");
        }
        let top = TileId::new(0, 0, 0).expect("a tile");
        let points = world
            .app
            .tile(&anna.scope, "accounts", top, &TileAsked::default())
            .await;
        assert!(mvt::decode(&points.expect("a tile").bytes).is_empty());
        let asked = TileAsked {
            resolution: Some(6),
            ..TileAsked::default()
        };
        let hexagons = world.app.tile(&anna.scope, "hexagons", top, &asked).await;
        assert!(!mvt::decode(&hexagons.expect("a tile").bytes).is_empty());
        let file = ExportAsked {
            selection: Selection::default(),
            order: Vec::new(),
            format: Format::Csv,
            locale: "en".to_owned(),
        };
        let receipt = world
            .app
            .export(&anna, &ACCOUNTS, file)
            .await
            .expect("an empty file");
        assert_eq!(receipt.rows, 0);
    });
}
