//! Editing accounts: versions, scope, history, and the audit log that only grows.

use crate::sample::*;
use geocrm_domain::{AccountId, AccountStatus, PlaceState, UserId, VisibleScope};
use geocrm_store::{Role, StoreError};
use sqlx::PgPool;

fn all() -> VisibleScope {
    VisibleScope::everything()
}

fn only(territory: &str) -> VisibleScope {
    VisibleScope::territories([territory.to_owned()])
}

#[tokio::test]
async fn an_account_is_created_changed_moved_deleted_and_restored() {
    let db = loaded().await;
    let store = &db.store;
    let user = make_user(store, 50, Role::Administrator, &[]).await;
    let by = |day| geocrm_store::Actor {
        user: Some(user),
        at: noon(day),
    };
    let wanted = account(1);
    let made = store
        .create_account(
            &all(),
            by(2),
            wanted.account.clone(),
            wanted.setting.clone(),
        )
        .await
        .expect("it is made");
    let mut expected = wanted.clone();
    expected.account.created_at = noon(2);
    expected.account.updated_at = noon(2);
    assert_eq!(made, expected);
    let id = made.account.id;
    assert_eq!(
        store.account(&all(), id).await.expect("it reads"),
        Some(expected)
    );

    let mut change = made.account.clone();
    change.status = AccountStatus::Former;
    change.note = None;
    let changed = store
        .update_account(&all(), by(3), 1, change.clone(), made.setting.clone())
        .await
        .expect("it changes")
        .expect("it is there");
    assert_eq!(
        (changed.account.version, changed.account.updated_at),
        (2, noon(3))
    );

    // The same again from a stale copy is a conflict that shows the present record.
    let error = store
        .update_account(&all(), by(4), 1, change.clone(), made.setting.clone())
        .await
        .expect_err("stale");
    let StoreError::Conflict(current) = error else {
        panic!("{error}")
    };
    assert_eq!(*current, changed);
    // The same contents at the right version change nothing.
    let same = store
        .update_account(&all(), by(4), 2, change.clone(), made.setting.clone())
        .await
        .expect("it runs")
        .expect("it is there");
    assert_eq!(same.account.version, 2);

    change.place = Some(at(7_000, 7_000));
    change.place_state = PlaceState::Pinned;
    let moved = store
        .move_account(&all(), by(5), 2, change, made.setting.clone())
        .await
        .expect("it moves")
        .expect("it is there");
    assert_eq!(
        (moved.account.version, moved.account.place),
        (3, Some(at(7_000, 7_000)))
    );

    let gone = store
        .delete_account(&all(), by(6), id, 3)
        .await
        .expect("it deletes")
        .expect("it was there");
    assert_eq!(gone.account.deleted_at, Some(noon(6)));
    assert_eq!(store.accounts(&all()).await.expect("they read"), []);
    assert!(
        store
            .accounts_by_ids(&all(), &[id])
            .await
            .expect("they read")
            .is_empty()
    );
    assert!(
        store.account(&all(), id).await.expect("it reads").is_some(),
        "a deleted account can be shown"
    );
    assert_eq!(
        store
            .delete_account(&all(), by(6), id, 4)
            .await
            .expect("it runs"),
        None
    );
    assert_eq!(
        store
            .update_account(&all(), by(6), 4, gone.account.clone(), gone.setting.clone())
            .await
            .expect("it runs"),
        None
    );
    let back = store
        .restore_account(&all(), by(7), id)
        .await
        .expect("it restores")
        .expect("it was deleted");
    assert_eq!((back.account.version, back.account.deleted_at), (5, None));
    assert_eq!(
        store
            .restore_account(&all(), by(7), id)
            .await
            .expect("it runs"),
        None
    );

    let history = store
        .account_history(&all(), id)
        .await
        .expect("it reads")
        .expect("it is there");
    let actions: Vec<_> = history
        .iter()
        .map(|e| (e.action.as_str(), e.at, e.user))
        .collect();
    let want = [
        ("restore", 7),
        ("delete", 6),
        ("move", 5),
        ("update", 3),
        ("create", 2),
    ];
    assert_eq!(
        actions,
        want.map(|(action, day)| (action, noon(day), Some(user)))
    );
    let update: Vec<_> = history[3]
        .changes
        .iter()
        .map(|c| (c.field.as_str(), c.old.as_deref(), c.new.as_deref()))
        .collect();
    assert_eq!(
        update,
        [
            ("status", Some("customer"), Some("former")),
            ("note", Some("line one\nline two"), None)
        ]
    );
}

#[tokio::test]
async fn every_read_and_write_stays_in_the_scope() {
    let db = loaded().await;
    let store = &db.store;
    let owner = make_user(store, 51, Role::Representative, &["T2"]).await;
    let mut west = account(1);
    west.account.name = "Zoek mij".to_owned();
    let west = create(store, west).await;
    let mut owned = account(2);
    owned.account.territory = None;
    owned.account.owner = Some(owner);
    let owned = create(store, owned).await;
    let (a, b) = (west.account.id, owned.account.id);
    let keys = ["key-1".to_owned()];
    for (scope, sees) in [
        (all(), vec![a, b]),
        (only("T1"), vec![a]),
        (only("T2"), vec![]),
        (VisibleScope::own(owner), vec![b]),
        (VisibleScope::own(UserId(uuid(9))), vec![]),
        (VisibleScope::nothing(), vec![]),
    ] {
        let ids = |records: Vec<geocrm_store::AccountRecord>| {
            records
                .iter()
                .map(|r| r.account.id)
                .collect::<Vec<AccountId>>()
        };
        assert_eq!(ids(store.accounts(&scope).await.expect("they read")), sees);
        let mut asked = ids(store
            .accounts_by_ids(&scope, &[b, a])
            .await
            .expect("they read"));
        asked.reverse();
        assert_eq!(asked, sees);
        let found = ids(store
            .search_accounts(&scope, "zoek m", 10)
            .await
            .expect("it searches"));
        assert_eq!(found.contains(&a), sees.contains(&a));
        assert!(
            store
                .accounts_by_external_keys(&scope, "file", &keys)
                .await
                .expect("they read")
                .is_empty()
        );
        for id in [a, b] {
            let seen = sees.contains(&id);
            assert_eq!(
                store.account(&scope, id).await.expect("it reads").is_some(),
                seen
            );
            assert_eq!(
                store
                    .account_history(&scope, id)
                    .await
                    .expect("it reads")
                    .is_some(),
                seen
            );
            if !seen {
                let record = if id == a { &west } else { &owned };
                let mut account = record.account.clone();
                account.name = "taken over".to_owned();
                account.territory = Some("T2".to_owned());
                let update = store
                    .update_account(&scope, actor(3), 1, account.clone(), record.setting.clone())
                    .await;
                assert_eq!(update.expect("it runs"), None);
                assert_eq!(
                    store
                        .move_account(&scope, actor(3), 1, account, record.setting.clone())
                        .await
                        .expect("it runs"),
                    None
                );
                assert_eq!(
                    store
                        .delete_account(&scope, actor(3), id, 1)
                        .await
                        .expect("it runs"),
                    None
                );
                assert_eq!(
                    store
                        .restore_account(&scope, actor(3), id)
                        .await
                        .expect("it runs"),
                    None
                );
            }
        }
    }
    // Nothing was written by any of it.
    assert_eq!(
        store.accounts(&all()).await.expect("they read"),
        [west.clone(), owned]
    );

    let outside = store
        .create_account(
            &only("T2"),
            actor(3),
            account(3).account,
            account(3).setting,
        )
        .await;
    assert!(matches!(outside, Err(StoreError::OutsideScope)));
    let mut away = west.account.clone();
    away.territory = Some("T2".to_owned());
    let outside = store
        .update_account(&only("T1"), actor(3), 1, away, west.setting.clone())
        .await;
    assert!(matches!(outside, Err(StoreError::OutsideScope)));
}

#[tokio::test]
async fn search_takes_wildcards_literally() {
    let db = loaded().await;
    create(&db.store, account(1)).await;
    for text in ["%", "_", "\\", "' OR true --"] {
        assert!(
            db.store
                .search_accounts(&all(), text, 10)
                .await
                .expect("it searches")
                .is_empty(),
            "{text}"
        );
    }
    assert_eq!(
        db.store
            .search_accounts(&all(), "CAFÉ", 10)
            .await
            .expect("it searches")
            .len(),
        1
    );
}

#[tokio::test]
async fn broken_rules_are_named() {
    let db = loaded().await;
    let store = &db.store;
    let mut nameless = account(1);
    nameless.account.name = String::new();
    let error = store
        .create_account(&all(), actor(2), nameless.account, nameless.setting)
        .await
        .expect_err("no name");
    assert_eq!(error.constraint(), Some("accounts_name_present"));
    let mut unowned = account(1);
    unowned.account.owner = Some(UserId(uuid(404)));
    let error = store
        .create_account(&all(), actor(2), unowned.account, unowned.setting)
        .await
        .expect_err("no owner");
    assert_eq!(error.constraint(), Some("accounts_owner_fkey"));
    assert!(error.to_string().contains("owner is not a user"), "{error}");
    let mut nowhere = account(1);
    nowhere.account.place = None;
    let error = store
        .create_account(&all(), actor(2), nowhere.account, nowhere.setting)
        .await
        .expect_err("no place");
    assert_eq!(error.constraint(), Some("accounts_confirmed_has_place"));
    assert_eq!(store.verify_audit().await.expect("it verifies"), (0, None));
}

#[tokio::test]
async fn the_audit_log_only_grows_and_shows_a_broken_link() {
    let db = loaded().await;
    let store = &db.store;
    for n in 1..=5 {
        create(store, account(n)).await;
    }
    store
        .audit(actor(3), "sign_in", "user", "x")
        .await
        .expect("it is written");
    assert_eq!(store.verify_audit().await.expect("it verifies"), (6, None));

    let app = PgPool::connect(&db.app_url)
        .await
        .expect("the application connects");
    for statement in [
        "UPDATE audit_log SET action = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    ] {
        assert!(
            sqlx::query(statement).execute(&app).await.is_err(),
            "{statement}"
        );
    }
    let owner = PgPool::connect(&db.owner_url)
        .await
        .expect("the owner connects");
    for statement in [
        "UPDATE audit_log SET action = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ] {
        let error = sqlx::query(statement)
            .execute(&owner)
            .await
            .expect_err("the trigger refuses");
        assert!(error.to_string().contains("only grow"), "{error}");
    }
    assert_eq!(store.verify_audit().await.expect("it verifies"), (6, None));

    // Whoever owns the database can switch the guard off, and is found out.
    sqlx::raw_sql("ALTER TABLE audit_log DISABLE TRIGGER USER; UPDATE audit_log SET subject_id = 'other' WHERE seq = 3")
        .execute(&owner)
        .await
        .expect("the owner may");
    let (_, broken) = store.verify_audit().await.expect("it verifies");
    assert_eq!(broken.map(|b| (b.seq, b.missing_before)), Some((3, false)));
    sqlx::raw_sql("DELETE FROM audit_log WHERE seq = 3")
        .execute(&owner)
        .await
        .expect("the owner may");
    let (_, broken) = store.verify_audit().await.expect("it verifies");
    assert_eq!(broken.map(|b| (b.seq, b.missing_before)), Some((4, true)));
}

#[tokio::test]
async fn concurrent_edits_of_one_record_lose_nothing() {
    let db = loaded().await;
    let store = &db.store;
    let record = create(store, account(1)).await;
    let edits = (0..8).map(|n| {
        let (store, record) = (store.clone(), record.clone());
        tokio::spawn(async move {
            let mut account = record.account.clone();
            account.name = format!("writer {n}");
            store
                .update_account(&all(), actor(3), 1, account, record.setting.clone())
                .await
        })
    });
    let mut won = 0;
    for edit in futures::future::join_all(edits).await {
        match edit.expect("no panic") {
            Ok(Some(_)) => won += 1,
            Err(StoreError::Conflict(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(store.verify_audit().await.expect("it verifies"), (2, None));
}
