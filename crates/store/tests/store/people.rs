//! Users, sessions, the first administrator, and the small stores: filters, receipts, kept answers.

use crate::sample::*;
use chrono::Duration;
use geocrm_domain::scope::CellKey;
use geocrm_domain::{UserId, VisibleScope};
use geocrm_store::testing::TestDatabase;
use geocrm_store::*;

fn administrator(n: u128) -> NewUser {
    NewUser {
        id: UserId(uuid(n)),
        email: format!("Admin{n}@Example.org"),
        name: "Admin".to_owned(),
        role: Role::Administrator,
        password_hash: Some("$argon2id$…".to_owned()),
        locale: "en".to_owned(),
        territories: vec![],
    }
}

#[tokio::test]
async fn set_up_works_once_with_its_token() {
    let db = TestDatabase::new().await.expect("a test database");
    let store = &db.store;
    assert!(store.setup_open().await.expect("it says"));
    store
        .put_setup_token(TokenHash::of("first"), noon(1))
        .await
        .expect("it is kept");
    store
        .put_setup_token(TokenHash::of("second"), noon(1))
        .await
        .expect("it is kept");
    for wrong in ["first", "guess"] {
        let error = store
            .create_first_administrator(TokenHash::of(wrong), administrator(1), noon(1))
            .await
            .expect_err("wrong");
        assert!(matches!(error, StoreError::SetupToken), "{error}");
    }
    assert!(store.users().await.expect("they read").is_empty());
    let made = store
        .create_first_administrator(TokenHash::of("second"), administrator(1), noon(1))
        .await
        .expect("it is made");
    assert_eq!(
        (made.role, made.scope(CellKey([3; 16]))),
        (Role::Administrator, VisibleScope::everything())
    );
    assert!(!store.setup_open().await.expect("it says"));
    store
        .put_setup_token(TokenHash::of("third"), noon(1))
        .await
        .expect("it is kept");
    let error = store
        .create_first_administrator(TokenHash::of("third"), administrator(2), noon(1))
        .await
        .expect_err("closed");
    assert!(matches!(error, StoreError::SetupClosed), "{error}");
}

#[tokio::test]
async fn users_are_found_and_see_their_territories_only() {
    let db = loaded().await;
    let store = &db.store;
    let id = make_user(store, 5, Role::Representative, &["T2", "T1", "T1"]).await;
    let user = store
        .user_by_email("USER5@example.ORG")
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!((user.id, user.locale.as_str()), (id, "nl"));
    assert_eq!(
        user.scope(CellKey([3; 16])),
        VisibleScope::territories(["T1".to_owned(), "T2".to_owned()])
    );
    let territories = store.territories().await.expect("they read");
    assert!(territories.iter().all(|t| t.user == Some(id)));
    store.set_territories(id, &[]).await.expect("it is set");
    assert_eq!(
        store
            .user(id)
            .await
            .expect("it reads")
            .map(|u| u.scope(CellKey([3; 16]))),
        Some(VisibleScope::nothing())
    );

    let again = NewUser {
        email: "USER5@EXAMPLE.ORG".to_owned(),
        ..administrator(6)
    };
    let error = store.create_user(again, noon(1)).await.expect_err("taken");
    assert_eq!(error.constraint(), Some("users_email_unique"));
    assert!(store.set_locale(id, "fr").await.is_err());
    store.set_locale(id, "en").await.expect("it is set");

    assert_eq!(
        store.sign_in_failed(id, noon(2)).await.expect("it counts"),
        1
    );
    assert_eq!(
        store.sign_in_failed(id, noon(2)).await.expect("it counts"),
        2
    );
    store.sign_in_succeeded(id).await.expect("it is noted");
    store
        .set_password(id, "$argon2id$new")
        .await
        .expect("it is set");
    let user = store
        .user(id)
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!(
        (user.failed_sign_ins, user.password_hash.as_deref()),
        (0, Some("$argon2id$new"))
    );
}

#[tokio::test]
async fn a_session_ends_by_idleness_age_sign_out_and_disabling() {
    let db = TestDatabase::new().await.expect("a test database");
    let store = &db.store;
    let id = make_user(store, 5, Role::Representative, &[]).await;
    let (token, limits, start) = (TokenHash::of("cookie"), SessionLimits::default(), noon(3));
    store
        .create_session(token, id, start, limits)
        .await
        .expect("it is made");
    let alive = async |minutes: i64| {
        let now = start + Duration::minutes(minutes);
        store
            .session_user(token, now, limits)
            .await
            .expect("it reads")
            .is_some()
    };
    assert!(alive(29).await);
    assert!(alive(58).await, "a use keeps it alive");
    assert!(!alive(89).await, "half an hour without a use ends it");
    for minutes in (58..=719).step_by(20) {
        assert!(alive(minutes).await, "minute {minutes}");
    }
    assert!(!alive(721).await, "twelve hours end it");
    assert!(
        store
            .session_user(TokenHash::of("other"), start, limits)
            .await
            .expect("it reads")
            .is_none()
    );
    store.delete_session(token).await.expect("it ends");
    assert!(!alive(1).await);

    store
        .create_session(token, id, start, limits)
        .await
        .expect("it is made");
    store
        .set_disabled(id, Some(start))
        .await
        .expect("it is set");
    assert!(!alive(1).await);
    assert_eq!(
        store
            .user(id)
            .await
            .expect("it reads")
            .map(|u| u.scope(CellKey([3; 16]))),
        Some(VisibleScope::nothing())
    );
    store.set_disabled(id, None).await.expect("it is set");
    store
        .create_session(token, id, start, limits)
        .await
        .expect("it is made");
    let swept = store
        .sweep_sessions(start + Duration::hours(13), limits)
        .await
        .expect("they go");
    assert_eq!(swept, 1);
}

#[tokio::test]
async fn filters_receipts_and_answers_are_kept() {
    let db = TestDatabase::new().await.expect("a test database");
    let store = &db.store;
    let filter = StoredFilter {
        hash: "9f".repeat(16),
        cube: "accounts".to_owned(),
        cql2: "{\"op\":\"=\"}".to_owned(),
        geometry: None,
    };
    store
        .put_filter(&filter, noon(1))
        .await
        .expect("it is kept");
    store
        .put_filter(&filter, noon(2))
        .await
        .expect("twice is once");
    assert_eq!(
        store.filter(&filter.hash).await.expect("it reads"),
        Some(filter)
    );
    assert_eq!(store.filter("nothing").await.expect("it reads"), None);

    let receipt = ExportReceipt {
        id: uuid(8),
        user: None,
        cube: "accounts".to_owned(),
        format: "csv".to_owned(),
        file_name: "accounts.csv".to_owned(),
        rows: 2,
        bytes: 100,
        sha256: "ab".repeat(32),
        data_version: 17,
        query: "{}".to_owned(),
        row_digests: Some(vec![0, 255]),
        created_at: noon(4),
    };
    store.put_export(&receipt).await.expect("it is kept");
    assert_eq!(
        store.export(uuid(8)).await.expect("it reads"),
        Some(receipt)
    );
    assert_eq!(store.export(uuid(9)).await.expect("it reads"), None);

    let (user, answer) = (
        UserId(uuid(1)),
        StoredAnswer {
            status: 201,
            body: "{}".to_owned(),
        },
    );
    assert_eq!(
        store
            .idempotent(user, "k", [1; 32])
            .await
            .expect("it reads"),
        Idempotent::New
    );
    store
        .put_idempotent(user, "k", [1; 32], &answer, noon(1))
        .await
        .expect("it is kept");
    assert_eq!(
        store
            .idempotent(user, "k", [1; 32])
            .await
            .expect("it reads"),
        Idempotent::Answered(answer)
    );
    assert_eq!(
        store
            .idempotent(user, "k", [2; 32])
            .await
            .expect("it reads"),
        Idempotent::OtherRequest
    );
    assert_eq!(store.sweep_idempotent(noon(2)).await.expect("they go"), 1);

    let (server, postgis) = store.versions().await.expect("they say");
    assert!(!server.is_empty() && postgis.starts_with('3'));
    assert!(store.size_bytes().await.expect("it says") > 1_000_000);
}
