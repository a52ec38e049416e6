//! What must a new server hold before the schema can be brought up to date? The role of the application and the
//! database; another start may be making them at the same moment.

use super::PrivateServer;
use crate::{Doing, StoreError};
use sqlx::{Connection, Executor, PgConnection};

impl PrivateServer {
    /// Makes the role and the database; both may be there.
    pub(super) async fn prepare(&self) -> Result<(), StoreError> {
        let doing = "preparing the database";
        let url = self.url("geocrm_owner", "postgres");
        let mut owner = PgConnection::connect(&url).await.doing(doing)?;
        let role: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geocrm_app')")
                .fetch_one(&mut owner)
                .await
                .doing(doing)?;
        if !role {
            tolerate_existing(owner.execute("CREATE ROLE geocrm_app LOGIN").await).doing(doing)?;
        }
        let database: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'geocrm')")
                .fetch_one(&mut owner)
                .await
                .doing(doing)?;
        if !database {
            tolerate_existing(owner.execute("CREATE DATABASE geocrm").await).doing(doing)?;
        }
        owner.close().await.doing(doing)
    }
}

/// Two starts may both find it missing.
fn tolerate_existing<T>(made: Result<T, sqlx::Error>) -> Result<(), sqlx::Error> {
    const DUPLICATE_OBJECT: &str = "42710";
    const DUPLICATE_DATABASE: &str = "42P04";
    const UNIQUE_VIOLATION: &str = "23505";
    match made {
        Ok(_) => Ok(()),
        Err(error) => {
            let code = error
                .as_database_error()
                .and_then(|e| e.code().map(std::borrow::Cow::into_owned));
            match code.as_deref() {
                Some(DUPLICATE_OBJECT | DUPLICATE_DATABASE | UNIQUE_VIOLATION) => Ok(()),
                _ => Err(error),
            }
        }
    }
}
