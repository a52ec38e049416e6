//! Sessions by the hash of their token: whoever reads the table cannot sign in with what it holds.

use crate::users::{select_users, user};
use crate::{Doing, Result, Store, User};
use chrono::{DateTime, Duration, Utc};
use geocrm_domain::UserId;
use sha2::{Digest, Sha256};

/// SHA-256 of a secret token; the token itself is never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request.
    pub idle: Duration,
    /// Since sign-in.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    /// 30 minutes and 12 hours.
    fn default() -> Self {
        Self {
            idle: Duration::minutes(30),
            absolute: Duration::hours(12),
        }
    }
}

/// `last_seen_at` is written at most this often.
const SEEN_EVERY: Duration = Duration::minutes(1);

impl Store {
    pub async fn create_session(
        &self,
        token: TokenHash,
        id: UserId,
        now: DateTime<Utc>,
        limits: SessionLimits,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
        )
        .bind(&token.0[..])
        .bind(id.0)
        .bind(now)
        .bind(now + limits.absolute)
        .execute(&self.pool)
        .await
        .doing("creating a session")?;
        Ok(())
    }

    /// The user of a living session, as the user is now; a use keeps it alive.
    pub async fn session_user(
        &self,
        token: TokenHash,
        now: DateTime<Utc>,
        limits: SessionLimits,
    ) -> Result<Option<User>> {
        let found = self.session_user_unused(token, now, limits).await?;
        if found.is_some() {
            sqlx::query(
                "UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1 AND last_seen_at < $3",
            )
            .bind(&token.0[..])
            .bind(now)
            .bind(now - SEEN_EVERY)
            .execute(&self.pool)
            .await
            .doing("finding a session")?;
        }
        Ok(found)
    }

    /// The same without using it: it goes on to age.
    pub async fn session_user_unused(
        &self,
        token: TokenHash,
        now: DateTime<Utc>,
        limits: SessionLimits,
    ) -> Result<Option<User>> {
        sqlx::query(select_users!(
            "JOIN sessions s ON s.user_id = u.id
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.disabled_at IS NULL"
        ))
        .bind(&token.0[..])
        .bind(now)
        .bind(now - limits.idle)
        .try_map(|row| user(&row))
        .fetch_optional(&self.pool)
        .await
        .doing("finding a session")
    }

    pub async fn delete_session(&self, token: TokenHash) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(&token.0[..])
            .execute(&self.pool)
            .await
            .doing("ending a session")?;
        Ok(())
    }

    /// Removes dead sessions; returns how many.
    pub async fn sweep_sessions(&self, now: DateTime<Utc>, limits: SessionLimits) -> Result<u64> {
        let swept =
            sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2")
                .bind(now)
                .bind(now - limits.idle)
                .execute(&self.pool)
                .await
                .doing("removing dead sessions")?;
        Ok(swept.rows_affected())
    }
}
