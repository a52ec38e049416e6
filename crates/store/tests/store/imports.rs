//! Imports publish all or nothing, and an undo puts everything back.

use crate::sample::*;
use geocrm_domain::{AccountStatus, ImportId, VisibleScope};
use geocrm_store::{AccountRecord, ImportMeta, StoreError};

fn all() -> VisibleScope {
    VisibleScope::everything()
}

fn file(n: u128) -> ImportMeta {
    ImportMeta {
        id: ImportId(uuid(1_000 + n)),
        file_name: "relaties.csv".to_owned(),
        file_sha256: "ab".repeat(32),
        source: "relaties".to_owned(),
    }
}

/// Without what an undo does not take back.
fn contents(records: Vec<AccountRecord>) -> Vec<AccountRecord> {
    let unversioned = |mut r: AccountRecord| {
        r.account.version = 0;
        r
    };
    records.into_iter().map(unversioned).collect()
}

#[tokio::test]
async fn an_import_creates_and_updates_and_is_undone_exactly() {
    let db = loaded().await;
    let store = &db.store;
    let old = create(store, account(1)).await;
    create(store, account(2)).await;
    let before = contents(store.accounts(&all()).await.expect("they read"));

    let mut changed = old.clone();
    changed.account.status = AccountStatus::Former;
    changed.account.revenue_cents = Some(i64::MAX);
    let rows: Vec<_> = std::iter::once(changed)
        .chain((10..2_500).map(account))
        .collect();
    let (changes_before, seen) = store.changes_since(None).await.expect("they read");
    assert!(changes_before.is_empty());
    let import = store
        .import_accounts(actor(5), file(1), &rows)
        .await
        .expect("it imports");
    assert_eq!((import.created, import.updated), (2_490, 1));
    let (changes, seen) = store.changes_since(Some(&seen)).await.expect("they read");
    assert_eq!(changes.accounts.len(), 2_491);
    let now = store
        .account(&all(), old.account.id)
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!(
        (
            now.account.version,
            now.account.created_at,
            now.account.updated_at
        ),
        (2, noon(2), noon(5))
    );
    assert_eq!(now.account.revenue_cents, Some(i64::MAX));
    let found = store
        .accounts_by_external_keys(&all(), "relaties", &["key-10".to_owned(), "nix".to_owned()])
        .await;
    assert_eq!(found.expect("they read").len(), 1);

    let undone = store
        .undo_import(actor(6), import.meta.id)
        .await
        .expect("it is undone");
    assert_eq!(undone.undone_at, Some(noon(6)));
    assert_eq!(
        contents(store.accounts(&all()).await.expect("they read")),
        before
    );
    let now = store
        .account(&all(), old.account.id)
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!(now.account.version, 3, "the version never goes back");
    let (changes, _) = store.changes_since(Some(&seen)).await.expect("they read");
    assert_eq!(changes.accounts.len(), 2_491);
    let twice = store.undo_import(actor(6), import.meta.id).await;
    assert!(matches!(twice, Err(StoreError::AlreadyUndone(_))));
    assert!(matches!(
        store.undo_import(actor(6), file(9).id).await,
        Err(StoreError::UnknownImport(_))
    ));

    let history = store
        .account_history(&all(), old.account.id)
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!(
        history
            .iter()
            .map(|e| e.action.as_str())
            .collect::<Vec<_>>(),
        ["undo", "import", "create"]
    );
    let status = history[1]
        .changes
        .iter()
        .find(|c| c.field == "status")
        .expect("the status changed");
    assert_eq!(
        (status.old.as_deref(), status.new.as_deref()),
        (Some("customer"), Some("former"))
    );
    let status = history[0]
        .changes
        .iter()
        .find(|c| c.field == "status")
        .expect("the status changed back");
    assert_eq!(
        (status.old.as_deref(), status.new.as_deref()),
        (Some("former"), Some("customer"))
    );
    assert_eq!(store.verify_audit().await.expect("it verifies"), (4, None));
    assert_eq!(store.imports().await.expect("they read"), [undone]);
}

#[tokio::test]
async fn an_undo_never_loses_a_later_edit() {
    let db = loaded().await;
    let store = &db.store;
    let import = store
        .import_accounts(actor(5), file(1), &[account(1), account(2)])
        .await
        .expect("it imports");
    let mut edit = account(2);
    edit.account.name = "edited".to_owned();
    store
        .update_account(&all(), actor(6), 1, edit.account, edit.setting)
        .await
        .expect("it changes");
    let before = store.accounts(&all()).await.expect("they read");
    let error = store
        .undo_import(actor(7), import.meta.id)
        .await
        .expect_err("it was edited");
    assert!(
        matches!(&error, StoreError::EditedSinceImport { accounts } if *accounts == [account(2).account.id]),
        "{error}"
    );
    assert_eq!(store.accounts(&all()).await.expect("they read"), before);
}

#[tokio::test]
async fn a_broken_import_leaves_nothing() {
    let db = loaded().await;
    let store = &db.store;
    let old = create(store, account(1)).await;
    let before = store.accounts(&all()).await.expect("they read");
    let version = store.data_version().await.expect("it reads");

    let mut nameless = account(3);
    nameless.account.name = String::new();
    let error = store
        .import_accounts(actor(5), file(1), &[account(2), nameless])
        .await
        .expect_err("no name");
    assert_eq!(error.constraint(), Some("accounts_name_present"));
    let mut same_key = account(3);
    same_key.account.external_key = account(2).account.external_key;
    let error = store
        .import_accounts(actor(5), file(1), &[account(2), same_key])
        .await
        .expect_err("a key twice");
    assert_eq!(error.constraint(), Some("accounts_source_key_unique"));
    let mut stale = old.clone();
    stale.account.version = 7;
    let error = store
        .import_accounts(actor(5), file(1), &[stale])
        .await
        .expect_err("stale");
    assert!(matches!(error, StoreError::Conflict(_)), "{error}");

    assert_eq!(store.accounts(&all()).await.expect("they read"), before);
    assert_eq!(store.imports().await.expect("they read"), []);
    assert_eq!(store.data_version().await.expect("it reads"), version);
}
