//! Who is asking: set-up of the first administrator, signing in and out, and the scope that follows from
//! the user. A right that was taken away is gone at the next request, since every request asks anew; only
//! tiles, which come by the dozen, may be told who asks from an answer of the last seconds, and streams of events ask
//! every few seconds.

use crate::App;
use crate::error::AppError;
use crate::password;
use chrono::{DateTime, TimeDelta, Utc};
use geocrm_domain::scope::{CellKey, RecordScope};
use geocrm_domain::{UserId, VisibleScope};
pub use geocrm_store::Role;
use geocrm_store::{NewUser, SessionLimits, StoreError, TokenHash, User};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A user with what they may see.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub user: User,
    pub scope: VisibleScope,
    token: TokenHash,
}

impl SignedIn {
    /// Longest life of a session, in seconds; the store also ends it after 30 idle minutes.
    pub const ABSOLUTE_S: u32 = 12 * 60 * 60;

    fn new(user: User, key: CellKey, token: TokenHash) -> Self {
        Self {
            scope: user.scope(key),
            user,
            token,
        }
    }

    pub fn is_administrator(&self) -> bool {
        self.user.role == Role::Administrator
    }

    pub fn may_see_territory(&self, code: &str) -> bool {
        match self.scope.records() {
            RecordScope::All => true,
            RecordScope::Territories(codes) => codes.iter().any(|c| c == code),
            RecordScope::Own(_) | RecordScope::None => false,
        }
    }

    /// Representatives may give accounts to themselves, administrators to anybody.
    pub fn may_assign_to(&self, user: UserId) -> bool {
        self.is_administrator() || user == self.user.id
    }
}

/// Failed sign-ins by address of the caller; each doubles the wait, from the fourth on.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<IpAddr, (u32, Instant)>>);

/// Sessions as the database had them a moment ago, for tiles.
pub(crate) type Lately = moka::sync::Cache<TokenHash, (DateTime<Utc>, SignedIn)>;

/// A right that was taken away is gone after five seconds at the latest, the time of an answer included.
const LATELY: TimeDelta = TimeDelta::seconds(4);

pub(crate) fn new_lately() -> Lately {
    moka::sync::Cache::new(10_000)
}

/// Whether what was read then may still be told now; a clock that was set back makes it old.
fn is_recent(read_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..LATELY).contains(&(now - read_at))
}

const FREE_ATTEMPTS: u32 = 10;
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// Addresses remembered at once; the oldest are forgotten first.
const REMEMBERED: usize = 10_000;

impl Attempts {
    fn wait(failed: u32, since: Duration) -> Option<u64> {
        let over = failed.checked_sub(FREE_ATTEMPTS)?;
        let wait = Duration::from_secs(1 << over.min(12)).min(LONGEST_WAIT);
        wait.checked_sub(since).map(|left| left.as_secs() + 1)
    }

    fn check(&self, from: IpAddr) -> Result<(), AppError> {
        let attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((failed, last)) = attempts.get(&from) else {
            return Ok(());
        };
        match Self::wait(*failed, last.elapsed()) {
            Some(seconds) => Err(AppError::TooManyAttempts { seconds }),
            None => Ok(()),
        }
    }

    fn note(&self, from: IpAddr, succeeded: bool) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if succeeded {
            attempts.remove(&from);
            return;
        }
        if attempts.len() >= REMEMBERED
            && let Some(oldest) = attempts
                .iter()
                .min_by_key(|(_, (_, at))| *at)
                .map(|(ip, _)| *ip)
        {
            attempts.remove(&oldest);
        }
        let entry = attempts.entry(from).or_insert((0, Instant::now()));
        *entry = (entry.0 + 1, Instant::now());
    }
}

fn checked_name(name: &str) -> Result<String, AppError> {
    match name.trim() {
        "" => Err(AppError::field("name", None, "fill in a name")),
        long if long.chars().count() > 200 => {
            Err(AppError::field("name", None, "take at most 200 characters"))
        }
        name => Ok(name.to_owned()),
    }
}

fn checked_email(email: &str) -> Result<String, AppError> {
    let email = email.trim();
    let parts = email
        .split_once('@')
        .filter(|(user, host)| !user.is_empty() && host.contains('.'));
    if parts.is_none() || email.len() > 254 || email.chars().any(char::is_whitespace) {
        return Err(AppError::field(
            "email",
            Some(email),
            "this is not an e-mail address",
        ));
    }
    Ok(email.to_owned())
}

impl App {
    /// Whether the one-time link still waits for its administrator.
    pub async fn setup_open(&self) -> Result<bool, AppError> {
        Ok(self.store.setup_open().await?)
    }

    /// A new one-time token while there is no administrator; earlier ones no longer work.
    pub async fn setup_link(&self) -> Result<Option<String>, AppError> {
        if !self.store.setup_open().await? {
            return Ok(None);
        }
        let token = password::new_token()?;
        self.store
            .put_setup_token(TokenHash::of(&token), self.clock.now())
            .await?;
        Ok(Some(token))
    }

    /// Creates the first administrator and signs them in; the token then is used up.
    pub async fn set_up(
        &self,
        token: &str,
        name: &str,
        email: &str,
        password: String,
    ) -> Result<(SignedIn, String), AppError> {
        let (name, email) = (checked_name(name)?, checked_email(email)?);
        password::check_new(&password)?;
        let new = NewUser {
            id: UserId(self.clock.new_id()),
            email,
            name,
            role: Role::Administrator,
            password_hash: Some(password::hash(password).await?),
            locale: "en".to_owned(),
            territories: Vec::new(),
        };
        let created = self
            .store
            .create_first_administrator(TokenHash::of(token), new, self.clock.now())
            .await;
        match created {
            Ok(user) => self.start_session(user).await,
            Err(StoreError::SetupClosed) => Err(AppError::Forbidden(
                "there is an administrator already; sign in instead".to_owned(),
            )),
            Err(StoreError::SetupToken) => Err(AppError::Forbidden(
                "this link was used before or is not the newest; start geocrm again for a new one"
                    .to_owned(),
            )),
            Err(other) => Err(other.into()),
        }
    }

    async fn start_session(&self, user: User) -> Result<(SignedIn, String), AppError> {
        let token = password::new_token()?;
        let hash = TokenHash::of(&token);
        self.store
            .create_session(hash, user.id, self.clock.now(), SessionLimits::default())
            .await?;
        Ok((SignedIn::new(user, self.cell_key, hash), token))
    }

    /// The same answer, after the same time, for a wrong password and for nobody.
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
        from: IpAddr,
    ) -> Result<(SignedIn, String), AppError> {
        self.attempts.check(from)?;
        let now = self.clock.now();
        let user = self
            .store
            .user_by_email(email.trim())
            .await?
            .filter(|u| u.disabled_at.is_none());
        if let Some(user) = &user
            && let Some(last) = user.last_failed_at
        {
            let since = (now - last).to_std().unwrap_or_default();
            let failed = u32::try_from(user.failed_sign_ins).unwrap_or(0);
            if let Some(seconds) = Attempts::wait(failed, since) {
                return Err(AppError::TooManyAttempts { seconds });
            }
        }
        let hash = user.as_ref().and_then(|u| u.password_hash.clone());
        let fits = password::verify(password, hash).await?;
        self.attempts.note(from, fits);
        match user {
            Some(user) if fits => {
                self.store.sign_in_succeeded(user.id).await?;
                self.start_session(user).await
            }
            Some(user) => {
                self.store.sign_in_failed(user.id, now).await?;
                Err(AppError::WrongPassword)
            }
            None => Err(AppError::WrongPassword),
        }
    }

    /// The user of a session cookie; `None` when it has ended.
    pub async fn signed_in(&self, token: &str) -> Result<Option<SignedIn>, AppError> {
        let hash = TokenHash::of(token);
        let user = self
            .store
            .session_user(hash, self.clock.now(), SessionLimits::default())
            .await?;
        Ok(user.map(|user| SignedIn::new(user, self.cell_key, hash)))
    }

    /// Who this is by now, for somebody who only listens: the session goes on to age. `None` when it has ended.
    pub async fn still_signed_in(&self, known: &SignedIn) -> Result<Option<SignedIn>, AppError> {
        let limits = SessionLimits::default();
        let user = self
            .store
            .session_user_unused(known.token, self.clock.now(), limits)
            .await?;
        Ok(user.map(|user| SignedIn::new(user, self.cell_key, known.token)))
    }

    /// The same from memory, where it was asked in the last seconds and nothing was changed here since.
    pub async fn signed_in_lately(&self, token: &str) -> Result<Option<SignedIn>, AppError> {
        let (hash, now) = (TokenHash::of(token), self.clock.now());
        if let Some((read_at, signed_in)) = self.lately.get(&hash)
            && is_recent(read_at, now)
        {
            return Ok(Some(signed_in));
        }
        let found = self.signed_in(token).await?;
        match &found {
            Some(signed_in) => self.lately.insert(hash, (now, signed_in.clone())),
            None => self.lately.invalidate(&hash),
        }
        Ok(found)
    }

    pub async fn sign_out(&self, signed_in: &SignedIn) -> Result<(), AppError> {
        self.store.delete_session(signed_in.token).await?;
        self.lately.invalidate(&signed_in.token);
        Ok(())
    }

    pub async fn set_locale(
        &self,
        mut signed_in: SignedIn,
        locale: &str,
    ) -> Result<SignedIn, AppError> {
        if !["en", "nl"].contains(&locale) {
            return Err(AppError::field("locale", Some(locale), "take en or nl"));
        }
        self.store.set_locale(signed_in.user.id, locale).await?;
        locale.clone_into(&mut signed_in.user.locale);
        Ok(signed_in)
    }

    /// Adds a user; without a password they cannot sign in yet.
    pub async fn add_user(
        &self,
        name: &str,
        email: &str,
        role: Role,
        territories: Vec<String>,
        password: Option<String>,
    ) -> Result<UserId, AppError> {
        let (name, email) = (checked_name(name)?, checked_email(email)?);
        let known = self.store.territories().await?;
        if let Some(unknown) = territories
            .iter()
            .find(|code| !known.iter().any(|t| t.code == **code))
        {
            let codes: Vec<_> = known.iter().map(|t| t.code.as_str()).collect();
            return Err(AppError::field(
                "territory",
                Some(unknown),
                format!("there are {}", codes.join(", ")),
            ));
        }
        let password_hash = match password {
            Some(password) => {
                password::check_new(&password)?;
                Some(password::hash(password).await?)
            }
            None => None,
        };
        let id = UserId(self.clock.new_id());
        let locale = "en".to_owned();
        let new = NewUser {
            id,
            email,
            name,
            role,
            password_hash,
            locale,
            territories,
        };
        self.store.create_user(new, self.clock.now()).await?;
        Ok(id)
    }

    pub async fn set_password(&self, email: &str, password: String) -> Result<(), AppError> {
        password::check_new(&password)?;
        let user = self
            .store
            .user_by_email(email)
            .await?
            .ok_or_else(|| AppError::not_found("user", email))?;
        let hash = password::hash(password).await?;
        Ok(self.store.set_password(user.id, &hash).await?)
    }

    /// What a user may see, for a command that acts on their behalf.
    pub async fn scope_of(&self, email: &str) -> Result<VisibleScope, AppError> {
        let user = self.store.user_by_email(email.trim()).await?;
        user.filter(|user| user.disabled_at.is_none())
            .map(|user| user.scope(self.cell_key))
            .ok_or_else(|| AppError::not_found("user", email))
    }

    pub async fn users(&self) -> Result<Vec<User>, AppError> {
        Ok(self.store.users().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_from_memory_is_never_five_seconds_old() {
        let read = DateTime::UNIX_EPOCH;
        let after = |ms| is_recent(read, read + TimeDelta::milliseconds(ms));
        assert!(after(0) && after(3_999));
        assert!(!after(4_000) && !after(-1));
    }

    #[test]
    fn the_wait_doubles_and_ends() {
        assert_eq!(Attempts::wait(FREE_ATTEMPTS - 1, Duration::ZERO), None);
        assert_eq!(Attempts::wait(FREE_ATTEMPTS + 3, Duration::ZERO), Some(9));
        assert_eq!(
            Attempts::wait(FREE_ATTEMPTS + 3, Duration::from_secs(9)),
            None
        );
        assert_eq!(
            Attempts::wait(u32::MAX, Duration::ZERO),
            Some(LONGEST_WAIT.as_secs() + 1)
        );
    }

    #[test]
    fn an_address_needs_a_user_and_a_host() {
        assert!(checked_email("anna@example.org").is_ok());
        for bad in [
            "",
            "anna",
            "@example.org",
            "anna@localhost",
            "an na@example.org",
        ] {
            assert!(checked_email(bad).is_err(), "{bad}");
        }
    }
}
