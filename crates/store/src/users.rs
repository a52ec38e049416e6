//! People who sign in, the first administrator, and which territories a representative stands for.

use crate::sessions::TokenHash;
use crate::{Doing, Result, Store, StoreError};
use chrono::{DateTime, Utc};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::scope::CellKey;
use geocrm_domain::{UserId, VisibleScope};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Administrator,
    Representative,
    Analyst,
}

impl Role {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Representative => "representative",
            Self::Analyst => "analyst",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "administrator" => Some(Self::Administrator),
            "representative" => Some(Self::Representative),
            "analyst" => Some(Self::Analyst),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// PHC string; `None` while no password was chosen: such a user cannot sign in.
    pub password_hash: Option<String>,
    /// `en` or `nl`.
    pub locale: String,
    /// Codes, sorted.
    pub territories: Vec<String>,
    /// Since the last success, for back-off.
    pub failed_sign_ins: i32,
    pub last_failed_at: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
}

impl User {
    /// An administrator sees everything, a representative the own territories, an analyst sums in which persons are
    /// protected cells with noise from `key`.
    pub fn scope(&self, key: CellKey) -> VisibleScope {
        match self.role {
            _ if self.disabled_at.is_some() => VisibleScope::nothing(),
            Role::Administrator => VisibleScope::everything(),
            Role::Representative => VisibleScope::territories(self.territories.iter().cloned()),
            Role::Analyst => VisibleScope::protected_sums(key),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password_hash: Option<String>,
    pub locale: String,
    pub territories: Vec<String>,
}

/// A sales territory with who stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Territory {
    pub code: String,
    pub name: String,
    /// E-mail address and name as the dataset has them.
    pub representative: Option<(String, String)>,
    /// The user who holds the territory.
    pub user: Option<UserId>,
    /// By level and code.
    pub regions: Vec<(RegionLevel, String)>,
}

pub(crate) fn user(row: &PgRow) -> Result<User, sqlx::Error> {
    Ok(User {
        id: UserId(row.try_get("id")?),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: crate::row::code(row, "role", Role::parse)?,
        password_hash: row.try_get("password_hash")?,
        locale: row.try_get("locale")?,
        territories: row.try_get("territories")?,
        failed_sign_ins: row.try_get("failed_sign_ins")?,
        last_failed_at: row.try_get("last_failed_at")?,
        disabled_at: row.try_get("disabled_at")?,
    })
}

/// Everything of a user row, its territories included; the rest is appended at compile time.
macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT u.*, ARRAY(SELECT t.territory FROM user_territories t WHERE t.user_id = u.id ORDER BY 1) AS territories
             FROM users u ",
            $rest
        )
    };
}
pub(crate) use select_users;

impl Store {
    /// The secret behind the noise of protected sums.
    pub async fn cell_key(&self) -> Result<CellKey> {
        let doing = "reading the key of protected sums";
        let key: Vec<u8> = sqlx::query_scalar("SELECT value FROM secrets WHERE name = 'cell_key'")
            .fetch_one(&self.pool)
            .await
            .doing(doing)?;
        let key = <[u8; 16]>::try_from(key)
            .map_err(|key| sqlx::Error::Decode(format!("{} bytes, 16 expected", key.len()).into()));
        Ok(CellKey(key.doing(doing)?))
    }

    /// Whether the first administrator is still to be made.
    pub async fn setup_open(&self) -> Result<bool> {
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT FROM users WHERE role = 'administrator')")
            .fetch_one(&self.pool)
            .await
            .doing("asking whether set-up is open")
    }

    /// Keeps the hash of a new set-up token; earlier ones no longer count.
    pub async fn put_setup_token(&self, token: TokenHash, now: DateTime<Utc>) -> Result<()> {
        let doing = "keeping a set-up token";
        let mut tx = self.pool.begin().await.doing(doing)?;
        sqlx::query("DELETE FROM setup_tokens WHERE used_at IS NULL")
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        sqlx::query("INSERT INTO setup_tokens (token_hash, created_at) VALUES ($1, $2)")
            .bind(&token.0[..])
            .bind(now)
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        tx.commit().await.doing(doing)
    }

    /// Makes the first administrator with the one-time token; set-up is closed from then on.
    pub async fn create_first_administrator(
        &self,
        token: TokenHash,
        new: NewUser,
        now: DateTime<Utc>,
    ) -> Result<User> {
        let doing = "creating the first administrator";
        let mut tx = self.pool.begin().await.doing(doing)?;
        // Two set-ups at once take turns; the second finds it closed.
        sqlx::query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        let closed: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM users WHERE role = 'administrator')")
                .fetch_one(&mut *tx)
                .await
                .doing(doing)?;
        if closed {
            return Err(StoreError::SetupClosed);
        }
        let used = sqlx::query(
            "UPDATE setup_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL",
        )
        .bind(&token.0[..])
        .bind(now)
        .execute(&mut *tx)
        .await
        .doing(doing)?;
        if used.rows_affected() == 0 {
            return Err(StoreError::SetupToken);
        }
        let new = NewUser {
            role: Role::Administrator,
            ..new
        };
        let id = new.id;
        insert(&mut tx, new, now).await.doing(doing)?;
        tx.commit().await.doing(doing)?;
        self.user(id).await?.ok_or(StoreError::SetupClosed)
    }

    /// An e-mail address that is taken (in any case of letters) breaks the rule `users_email_unique`.
    pub async fn create_user(&self, new: NewUser, now: DateTime<Utc>) -> Result<()> {
        let doing = "creating a user";
        let mut tx = self.pool.begin().await.doing(doing)?;
        insert(&mut tx, new, now).await.doing(doing)?;
        tx.commit().await.doing(doing)
    }

    pub async fn user(&self, id: UserId) -> Result<Option<User>> {
        sqlx::query(select_users!("WHERE u.id = $1"))
            .bind(id.0)
            .try_map(|row| user(&row))
            .fetch_optional(&self.pool)
            .await
            .doing("reading a user")
    }

    /// Whatever the case of the letters.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        sqlx::query(select_users!("WHERE lower(u.email) = lower($1)"))
            .bind(email)
            .try_map(|row| user(&row))
            .fetch_optional(&self.pool)
            .await
            .doing("finding a user by e-mail address")
    }

    /// By name.
    pub async fn users(&self) -> Result<Vec<User>> {
        sqlx::query(select_users!("ORDER BY u.name, u.id"))
            .try_map(|row| user(&row))
            .fetch_all(&self.pool)
            .await
            .doing("reading the users")
    }

    /// Replaces the territories of a user.
    pub async fn set_territories(&self, id: UserId, territories: &[String]) -> Result<()> {
        let doing = "giving territories to a user";
        let mut tx = self.pool.begin().await.doing(doing)?;
        sqlx::query("DELETE FROM user_territories WHERE user_id = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        give_territories(&mut tx, id, territories)
            .await
            .doing(doing)?;
        tx.commit().await.doing(doing)
    }

    pub async fn set_password(&self, id: UserId, password_hash: &str) -> Result<()> {
        sqlx::query(
            "UPDATE users SET password_hash = $2, failed_sign_ins = 0, last_failed_at = NULL WHERE id = $1",
        )
        .bind(id.0)
        .bind(password_hash)
        .execute(&self.pool)
        .await
        .doing("setting a password")?;
        Ok(())
    }

    /// `en` or `nl`; anything else breaks the rule `users_locale_known`.
    pub async fn set_locale(&self, id: UserId, locale: &str) -> Result<()> {
        sqlx::query("UPDATE users SET locale = $2 WHERE id = $1")
            .bind(id.0)
            .bind(locale)
            .execute(&self.pool)
            .await
            .doing("setting a locale")?;
        Ok(())
    }

    /// Counts a failed sign-in; returns how many there are since the last success.
    pub async fn sign_in_failed(&self, id: UserId, now: DateTime<Utc>) -> Result<i32> {
        sqlx::query_scalar(
            "UPDATE users SET failed_sign_ins = failed_sign_ins + 1, last_failed_at = $2 WHERE id = $1
             RETURNING failed_sign_ins",
        )
        .bind(id.0)
        .bind(now)
        .fetch_optional(&self.pool)
        .await
        .doing("counting a failed sign-in")
        .map(|count| count.unwrap_or(0))
    }

    pub async fn sign_in_succeeded(&self, id: UserId) -> Result<()> {
        sqlx::query("UPDATE users SET failed_sign_ins = 0, last_failed_at = NULL WHERE id = $1")
            .bind(id.0)
            .execute(&self.pool)
            .await
            .doing("noting a sign-in")?;
        Ok(())
    }

    /// Shuts a user out and ends the sessions, or lets the user in again (`None`).
    pub async fn set_disabled(&self, id: UserId, at: Option<DateTime<Utc>>) -> Result<()> {
        let doing = "disabling a user";
        let mut tx = self.pool.begin().await.doing(doing)?;
        sqlx::query("UPDATE users SET disabled_at = $2 WHERE id = $1")
            .bind(id.0)
            .bind(at)
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND $2::timestamptz IS NOT NULL")
            .bind(id.0)
            .bind(at)
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        tx.commit().await.doing(doing)
    }
}

async fn insert(
    conn: &mut PgConnection,
    new: NewUser,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO users (id, email, name, role, password_hash, locale, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.0)
    .bind(&new.email)
    .bind(&new.name)
    .bind(new.role.code())
    .bind(&new.password_hash)
    .bind(&new.locale)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    give_territories(conn, new.id, &new.territories).await
}

async fn give_territories(
    conn: &mut PgConnection,
    id: UserId,
    territories: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO user_territories (user_id, territory) SELECT DISTINCT $1::uuid, t FROM unnest($2::text[]) t")
        .bind(id.0)
        .bind(territories)
        .execute(conn)
        .await?;
    Ok(())
}
