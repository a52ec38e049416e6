//! The private server: first start, adoption, a crash, an orderly stop, and refusals that change nothing.

use geocrm_store::{PrivateServer, Purpose, ServerError, Store, StoreError};
use std::path::Path;
use std::process::Command;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    // Under root the server's user must pass through it.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).expect("it opens");
    folder
}

async fn start(folder: &Path) -> PrivateServer {
    PrivateServer::start(&folder.join("data"), Purpose::Tests)
        .await
        .expect("the server starts")
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).expect("it is there").mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_adopted_crashes_recovers_and_stops() {
    let folder = folder();
    let first = start(folder.path()).await;
    assert!(first.started_here());
    assert_eq!(mode(&folder.path().join("data/run")), 0o700);
    let store = Store::connect(&first.app_url())
        .await
        .expect("the application connects");
    store.data_version().await.expect("the schema is there");
    let checksums: String = {
        let owner = sqlx::PgPool::connect(&first.owner_url())
            .await
            .expect("the owner connects");
        sqlx::query_scalar("SHOW data_checksums")
            .fetch_one(&owner)
            .await
            .expect("it answers")
    };
    assert_eq!(checksums, "on");

    let second = start(folder.path()).await;
    assert!(!second.started_here(), "the running server is adopted");
    assert_eq!(first.pid(), second.pid());
    assert!(
        !second.stop().expect("it can be asked"),
        "another still uses it"
    );
    store.ping().await.expect("it still runs");

    let pid = first.pid().expect("it has a number");
    let killed = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    store.close().await;
    drop(first);
    let third = start(folder.path()).await;
    assert!(third.started_here());
    assert_ne!(third.pid(), Some(pid));
    let store = Store::connect(&third.app_url())
        .await
        .expect("the application connects");
    store.ping().await.expect("it answers");
    store.close().await;
    assert!(third.stop().expect("it stops"));
    assert!(!folder.path().join("data/pg/postmaster.pid").exists());

    // A number in the pid file that now belongs to somebody else.
    let stale = format!(
        "{}\n{}\n",
        std::process::id(),
        folder.path().join("data/pg").display()
    );
    std::fs::write(folder.path().join("data/pg/postmaster.pid"), stale).expect("it writes");
    let fourth = start(folder.path()).await;
    assert!(fourth.started_here());
    assert!(fourth.stop().expect("it stops"));
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_refused_before_anything_is_made() {
    let folder = folder();
    let long = folder.path().join("x".repeat(120));
    let error = PrivateServer::start(&long, Purpose::Tests)
        .await
        .expect_err("too long");
    assert!(
        matches!(error, StoreError::Server(ServerError::PathTooLong { .. })),
        "{error}"
    );
    assert!(!long.exists());
}

#[tokio::test]
async fn a_folder_the_server_cannot_reach_is_refused_before_anything_is_made() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = folder();
    if std::fs::metadata("/proc/self").expect("it is there").uid() != 0 {
        // Only root starts the server under another user.
        return;
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700))
        .expect("it closes");
    let error = PrivateServer::start(&folder.path().join("data"), Purpose::Tests)
        .await
        .expect_err("closed");
    assert!(
        matches!(&error, StoreError::Server(ServerError::FolderClosed { folder: f }) if f == folder.path()),
        "{error}"
    );
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn something_else_in_the_folder_is_left_alone() {
    let folder = folder();
    std::fs::create_dir_all(folder.path().join("data/pg/mine")).expect("it is made");
    let error = PrivateServer::start(&folder.path().join("data"), Purpose::Tests)
        .await
        .expect_err("foreign");
    assert!(
        matches!(error, StoreError::Server(ServerError::ForeignFolder(_))),
        "{error}"
    );
    assert!(folder.path().join("data/pg/mine").exists());
}

#[tokio::test]
async fn an_address_that_is_no_database_is_refused() {
    assert!(Store::connect("not a database").await.is_err());
}
