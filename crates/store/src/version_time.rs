//! When the data came to be what it is: the one time that exported files may carry, so that the same data
//! gives the same bytes whenever it is written.

use crate::{Doing, Result, Store};
use chrono::{DateTime, Utc};

impl Store {
    /// Instant of the last load or the last change of an account, whichever is later; 1970 for an empty database.
    pub async fn version_time(&self) -> Result<DateTime<Utc>> {
        sqlx::query_scalar(
            "SELECT greatest('epoch'::timestamptz,
                             (SELECT max(loaded_at) FROM datasets),
                             (SELECT at FROM audit_log WHERE subject_kind IN ('account', 'import')
                              ORDER BY seq DESC LIMIT 1))",
        )
        .fetch_one(&self.pool)
        .await
        .doing("asking when the data last changed")
    }
}
