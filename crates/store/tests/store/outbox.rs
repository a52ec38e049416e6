//! A follower misses nothing and applies nothing twice, whatever the order of commits. Two simpler ways of
//! following are shown to fail on the same case.

use crate::sample::*;
use geocrm_domain::VisibleScope;
use geocrm_store::StoreError;
use sqlx::PgPool;
use std::time::Duration;

#[tokio::test]
async fn a_long_transaction_that_commits_late_is_not_missed() {
    let db = loaded().await;
    let store = &db.store;
    let pool = PgPool::connect(&db.app_url)
        .await
        .expect("the application connects");
    let notice = "INSERT INTO outbox (kind, id) VALUES ('account', $1) RETURNING seq";
    // Takes its sequence and transaction number first and commits last.
    let mut slow = pool.begin().await.expect("it begins");
    let slow_seq: i64 = sqlx::query_scalar(notice)
        .bind(uuid(1).to_string())
        .fetch_one(&mut *slow)
        .await
        .expect("it writes");
    let fast = create(store, account(2)).await.account.id;

    let (_, start) = store.changes_since(None).await.expect("they read");
    let middle = create(store, account(3)).await.account.id;
    let last_seq: i64 = sqlx::query_scalar("SELECT max(seq) FROM outbox")
        .fetch_one(&pool)
        .await
        .expect("it reads");
    let (changes, seen) = store.changes_since(Some(&start)).await.expect("they read");
    assert_eq!(
        changes.accounts,
        [middle],
        "what was seen at the start ({fast}) does not come again"
    );
    assert_eq!(seen.data_version(), start.data_version() + 1);

    slow.commit().await.expect("it commits");
    let (changes, after) = store.changes_since(Some(&seen)).await.expect("they read");
    assert_eq!(
        changes.accounts.iter().map(|a| a.0).collect::<Vec<_>>(),
        [uuid(1)]
    );
    assert_eq!(after.data_version(), seen.data_version() + 1);
    // Negative controls: following by number, or by transaction number, never sees it.
    assert!(slow_seq < last_seq);
    let by_xid: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM outbox WHERE id = $1 AND xid > (SELECT xid FROM outbox WHERE seq = $2)",
    )
    .bind(uuid(1).to_string())
    .bind(last_seq)
    .fetch_one(&pool)
    .await
    .expect("it reads");
    assert_eq!(by_xid, 0);

    let (changes, again) = store.changes_since(Some(&after)).await.expect("they read");
    assert!(changes.is_empty());
    assert_eq!(again.data_version(), after.data_version());
}

#[tokio::test]
async fn what_changed_and_what_it_became_are_read_at_one_instant() {
    let db = loaded().await;
    let store = &db.store;
    let (_, start) = store.changes_since(None).await.expect("they read");
    let record = create(store, account(1)).await;
    let mut view = store.read_view().await.expect("a view");
    let mut renamed = record.account.clone();
    renamed.category = Some("later".to_owned());
    store
        .update_account(
            &VisibleScope::everything(),
            actor(4),
            1,
            renamed,
            record.setting.clone(),
        )
        .await
        .expect("it changes");
    let changes = view.changes_since(Some(&start)).await.expect("they read");
    assert_eq!(changes.accounts, [record.account.id]);
    let keys = geocrm_domain::batch::Keys::Uuid(vec![uuid(1)]);
    let batch = view
        .cube_rows(&geocrm_domain::catalogue::ACCOUNTS, &keys)
        .await
        .expect("they read");
    let text = format!("{:?}", batch.columns);
    assert!(
        text.contains("amenity=cafe") && !text.contains("later"),
        "{text}"
    );
    let version = view.data_version();
    drop(view);
    assert_eq!(store.data_version().await.expect("it reads"), version + 1);
}

#[tokio::test]
async fn datasets_and_leaves_are_announced_with_what_they_touch() {
    let db = loaded().await;
    let store = &db.store;
    let (_, start) = store.changes_since(None).await.expect("they read");
    store
        .replace_dataset(meta("statistics"), &statistics(), 0)
        .await
        .expect("it loads");
    store
        .replace_dataset(meta("regions"), &regions(), 0)
        .await
        .expect("it loads");
    store
        .reassign_leaves(geocrm_store::LeafTable::Roads, |_| {
            geocrm_domain::record::Leaves::default()
        })
        .await
        .expect("it assigns");
    let (changes, _) = store.changes_since(Some(&start)).await.expect("they read");
    let seen: Vec<_> = changes
        .datasets
        .iter()
        .map(|d| (d.code.as_str(), d.cubes.join(" "), d.regions))
        .collect();
    assert_eq!(
        seen,
        [
            ("statistics", "flows regions".to_owned(), false),
            (
                "regions",
                "accounts addresses flows regions roads".to_owned(),
                true
            ),
        ]
    );
    assert_eq!(changes.leaves, ["roads"]);
}

#[tokio::test]
async fn pruning_keeps_the_version_and_what_nobody_has_seen() {
    let db = loaded().await;
    let store = &db.store;
    let version = store.data_version().await.expect("it reads");
    let (_, seen) = store.changes_since(None).await.expect("they read");
    create(store, account(1)).await;
    let pruned = store.prune_outbox(&seen).await.expect("it prunes");
    // Other databases of the server may hold the horizon back.
    assert!(pruned as i64 <= version, "only what was seen is forgotten");
    assert_eq!(store.data_version().await.expect("it reads"), version + 1);
    let (changes, _) = store.changes_since(Some(&seen)).await.expect("they read");
    assert_eq!(changes.accounts.len(), 1);
}

#[tokio::test]
async fn a_snapshot_of_another_database_is_refused() {
    let db = loaded().await;
    let other = loaded().await;
    let (_, seen) = other.store.changes_since(None).await.expect("they read");
    let error = db
        .store
        .changes_since(Some(&seen))
        .await
        .expect_err("another database");
    assert!(matches!(error, StoreError::BadSnapshot), "{error}");
}

#[tokio::test]
async fn a_listener_wakes_up_on_a_write_and_after_its_time() {
    let db = loaded().await;
    let store = &db.store;
    let mut listener = store.listen().await.expect("it listens");
    // Without a write it comes back by itself.
    listener
        .wait(Duration::from_millis(5))
        .await
        .expect("it waits");
    create(store, account(1)).await;
    let woken = tokio::time::timeout(
        Duration::from_secs(20),
        listener.wait(Duration::from_hours(1)),
    )
    .await;
    woken.expect("the notice arrives").expect("it waits");
}
