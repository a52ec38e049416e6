//! Answers kept under the key a client sent with its request, so that a repeated request is answered and not
//! carried out again.

use crate::{Doing, Result, Store};
use chrono::{DateTime, Utc};
use geocrm_domain::UserId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    pub status: i32,
    pub body: String,
}

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idempotent {
    New,
    /// The same request was answered before.
    Answered(StoredAnswer),
    /// The key was used for another request.
    OtherRequest,
}

impl Store {
    pub async fn idempotent(
        &self,
        user: UserId,
        key: &str,
        request_hash: [u8; 32],
    ) -> Result<Idempotent> {
        let found: Option<(Vec<u8>, i32, String)> = sqlx::query_as(
            "SELECT request_hash, status, answer FROM idempotency_keys WHERE user_id = $1 AND key = $2",
        )
        .bind(user.0)
        .bind(key)
        .fetch_optional(&self.pool)
        .await
        .doing("looking up an idempotency key")?;
        Ok(match found {
            None => Idempotent::New,
            Some((hash, status, body)) if hash == request_hash => {
                Idempotent::Answered(StoredAnswer { status, body })
            }
            Some(_) => Idempotent::OtherRequest,
        })
    }

    /// The first answer under a key stays.
    pub async fn put_idempotent(
        &self,
        user: UserId,
        key: &str,
        request_hash: [u8; 32],
        answer: &StoredAnswer,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO idempotency_keys (user_id, key, request_hash, status, answer, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(user.0)
        .bind(key)
        .bind(&request_hash[..])
        .bind(answer.status)
        .bind(&answer.body)
        .bind(now)
        .execute(&self.pool)
        .await
        .doing("keeping an answer")?;
        Ok(())
    }

    /// Forgets answers from before this instant.
    pub async fn sweep_idempotent(&self, before: DateTime<Utc>) -> Result<u64> {
        let swept = sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
            .bind(before)
            .execute(&self.pool)
            .await
            .doing("forgetting kept answers")?;
        Ok(swept.rows_affected())
    }
}
