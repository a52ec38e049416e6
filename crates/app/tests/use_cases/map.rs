//! What does the map say of records at a version? A tile shows the records of the version it is asked at,
//! whatever was edited since; a doubtful account stands at its suggested place, outside of every sum and for
//! nobody who may not see it; and the table sorts by what only the records hold.

use crate::agree::tiles_of;
use crate::mvt::{self, Feature};
use crate::receipts::named;
use crate::support::{World, run};
use geocrm_app::accounts::{AccountChange, NewAccount};
use geocrm_app::answer::{Record, RecordsAsked};
use geocrm_app::error::AppError;
use geocrm_app::selection::Selection;
use geocrm_app::tiles::TileAsked;
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES};
use geocrm_domain::{Account, OrderBy, PlaceState, TileId, VisibleScope};

async fn features(
    world: &World,
    scope: &VisibleScope,
    tile: TileId,
    asked: &TileAsked,
) -> Vec<Feature> {
    let drawn = world.app.tile(scope, "accounts", tile, asked).await;
    mvt::decode(&drawn.expect("a tile").bytes)
}

fn of<'a>(features: &'a [Feature], account: &Account) -> Option<&'a Feature> {
    let id = account.id.to_string();
    features.iter().find(|f| f.text("id") == Some(&id))
}

async fn accounts(world: &World) -> Vec<Account> {
    let all = world.db.store.accounts(&VisibleScope::everything()).await;
    let all = all.expect("accounts");
    all.into_iter().map(|record| record.account).collect()
}

/// An account at a loaded address with an addition that is not there.
pub async fn doubtful(world: &World, address: i64, territory: Option<String>) -> Account {
    let row = world.db.store.addresses_by_ids(&[address]).await;
    let mut address = row.expect("an address")[0].row.address.clone();
    let number = address.house_number.expect("a number");
    address.house_number = Some(format!("{number}-99"));
    let new = NewAccount {
        address,
        territory,
        ..named("Twijfelgeval")
    };
    let created = world.app.create_account(&world.admin, new).await;
    let account = created.expect("created").account;
    assert_eq!(account.place_state, PlaceState::Doubtful, "{account:?}");
    account
}

#[test]
fn a_tile_shows_the_records_of_its_version() {
    run(async {
        let world = World::demo().await;
        let (app, admin) = (&world.app, &world.admin);
        let account = accounts(&world).await;
        let account = account
            .iter()
            .find(|a| a.place_state == PlaceState::Matched)
            .expect("a placed one");
        let place = account.place.expect("a place");
        let tile = place.quadkey().tile(16);
        let before = app.data_version();
        let rename = AccountChange {
            name: Some("Hernoemd".to_owned()),
            ..AccountChange::default()
        };
        let edited = app
            .change_account(admin, account.id, account.version, rename)
            .await
            .expect("renamed")
            .account;
        let renamed = app.data_version();
        app.delete_account(admin, edited.id, edited.version)
            .await
            .expect("deleted");

        let name_at = async |at: Option<String>| {
            let asked = TileAsked {
                at,
                ..TileAsked::default()
            };
            let features = features(&world, &admin.scope, tile, &asked).await;
            let found = of(&features, account).and_then(|f| f.text("name"));
            found.map(str::to_owned)
        };
        assert_eq!(name_at(Some(before)).await, Some(account.name.clone()));
        assert_eq!(name_at(Some(renamed)).await, Some("Hernoemd".to_owned()));
        assert_eq!(name_at(None).await, None);
        let gone = TileAsked {
            at: Some("0".to_owned()),
            ..TileAsked::default()
        };
        let refused = app.tile(&admin.scope, "accounts", tile, &gone).await;
        assert!(matches!(refused, Err(AppError::Gone { .. })), "{refused:?}");
    });
}

#[test]
fn a_doubtful_account_is_drawn_beside_the_sums_for_who_may_see_it() {
    run(async {
        let world = World::demo().await;
        let territories = world.db.store.territories().await.expect("territories");
        let (own, other) = (territories[0].code.clone(), territories[1].code.clone());
        let mut made = Vec::new();
        for territory in [&own, &other] {
            made.push(doubtful(&world, 17, Some(territory.clone())).await);
        }
        let place = made[0].place.expect("a suggestion");
        let rita = world.representative(&own).await;
        let all = TileAsked::default();
        for zoom in [0, 8, 13, 16] {
            let tile = place.quadkey().tile(zoom);
            let seen = features(&world, &rita.scope, tile, &all).await;
            let marked = of(&seen, &made[0]);
            if zoom >= 13 {
                let marked = marked.expect("the own one is drawn");
                assert_eq!(marked.text("name"), Some(made[0].name.as_str()));
            }
            assert!(of(&seen, &made[1]).is_none(), "another's at zoom {zoom}");
            let nobody = features(&world, &VisibleScope::nothing(), tile, &all).await;
            assert!(nobody.is_empty(), "{nobody:?}");
            // In no cluster: these hold the accounts with a confirmed place and no other.
            let everybody = features(&world, &world.admin.scope, tile, &all).await;
            let confirmed = accounts(&world).await;
            let confirmed = confirmed.iter().filter(|a| {
                a.place_state.is_confirmed()
                    && a.place.is_some_and(|at| at.quadkey().tile(zoom) == tile)
            });
            let counted: i64 = everybody
                .iter()
                .filter(|f| f.text("place_state") != Some("doubtful"))
                .map(|f| f.int("count").unwrap_or(1))
                .sum();
            assert_eq!(counted, confirmed.count() as i64, "zoom {zoom}");
        }
        // Obeys the filter, and the bounds of the tile.
        let tile = place.quadkey().tile(14);
        let asked = |filter: &str| TileAsked {
            filter: Some(filter.to_owned()),
            ..TileAsked::default()
        };
        let prospects = asked("status = 'prospect'");
        assert!(
            of(
                &features(&world, &rita.scope, tile, &prospects).await,
                &made[0]
            )
            .is_none()
        );
        let customers = asked("status = 'customer'");
        assert!(
            of(
                &features(&world, &rita.scope, tile, &customers).await,
                &made[0]
            )
            .is_some()
        );
        for beside in tiles_of(&[place], 14) {
            let drawn = of(&features(&world, &rita.scope, beside, &all).await, &made[0]).is_some();
            assert_eq!(drawn, beside == tile);
        }
    });
}

async fn names(world: &World, scope: &VisibleScope, by: &str, descending: bool) -> Vec<Account> {
    let mut asked = RecordsAsked {
        selection: Selection::default(),
        order: vec![OrderBy {
            name: by.to_owned(),
            descending,
        }],
        limit: 37,
        after: None,
    };
    let mut out = Vec::new();
    loop {
        let page = world.app.records(scope, &ACCOUNTS, &asked).await;
        let page = page.expect("a page");
        out.extend(page.rows.into_iter().map(|record| match record {
            Record::Account(view) => view.account,
            other @ Record::Row { .. } => panic!("{other:?}"),
        }));
        let Some(next) = page.next else {
            assert_eq!(out.len() as u64, page.total);
            return out;
        };
        asked.after = Some(next);
    }
}

#[test]
fn the_table_sorts_by_name_and_by_the_last_change() {
    run(async {
        let world = World::demo().await;
        let (app, admin) = (&world.app, &world.admin);
        for name in ["Ėxtra", "extra", "'t Hoekje", "Zz", "zZ"] {
            let created = app.create_account(admin, named(name)).await;
            created.expect("created");
        }
        for scope in [
            admin.scope.clone(),
            VisibleScope::territories([world.db.store.territories().await.expect("some")[0]
                .code
                .clone()]),
        ] {
            let all = accounts(&world).await;
            let mut expected: Vec<&Account> = all
                .iter()
                .filter(|a| scope.sees(a.territory.as_deref(), a.owner))
                .collect();
            assert!(expected.len() > 37, "more than a page");
            for descending in [false, true] {
                let turn = |by: std::cmp::Ordering| if descending { by.reverse() } else { by };
                expected.sort_by(|a, b| {
                    let name = |a: &Account| geocrm_geocode::fold(&a.name);
                    turn(name(a).cmp(&name(b))).then(a.id.cmp(&b.id))
                });
                let sorted = names(&world, &scope, "name", descending).await;
                assert!(sorted.iter().eq(expected.iter().copied()));
                expected
                    .sort_by(|a, b| turn(a.updated_at.cmp(&b.updated_at)).then(a.id.cmp(&b.id)));
                let sorted = names(&world, &scope, "updated_at", descending).await;
                assert!(sorted.iter().eq(expected.iter().copied()));
            }
        }
        let order = |names: &[&str]| RecordsAsked {
            selection: Selection::default(),
            order: names
                .iter()
                .map(|name| OrderBy {
                    name: (*name).to_owned(),
                    descending: false,
                })
                .collect(),
            limit: 10,
            after: None,
        };
        let both = app
            .records(&admin.scope, &ACCOUNTS, &order(&["status", "name"]))
            .await;
        assert!(matches!(both, Err(AppError::Invalid { .. })), "{both:?}");
        let other = app
            .records(&admin.scope, &ADDRESSES, &order(&["name"]))
            .await;
        assert!(other.is_err(), "an address has no name");
    });
}
