//! Passwords and tokens: argon2id with the parameters of OWASP's cheat sheet, at most two at work at a
//! time so that sign-ins cannot starve the map, and tokens of which only the hash is ever stored.

use crate::error::AppError;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore;
use tokio::sync::Semaphore;

pub const SHORTEST_PASSWORD: usize = 12;
const LONGEST_PASSWORD: usize = 256;
static AT_WORK: Semaphore = Semaphore::const_new(2);

fn argon2() -> Result<Argon2<'static>, AppError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| AppError::internal("argon2", e))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Refuses what is too short to be safe or too long to be a password.
pub fn check_new(password: &str) -> Result<(), AppError> {
    match password.chars().count() {
        ..SHORTEST_PASSWORD => Err(AppError::field(
            "password",
            None,
            format!("take at least {SHORTEST_PASSWORD} characters"),
        )),
        SHORTEST_PASSWORD..=LONGEST_PASSWORD => Ok(()),
        _ => Err(AppError::field(
            "password",
            None,
            format!("take at most {LONGEST_PASSWORD} characters"),
        )),
    }
}

/// PHC string of a new password.
pub async fn hash(password: String) -> Result<String, AppError> {
    let _turn = AT_WORK
        .acquire()
        .await
        .map_err(|e| AppError::internal("argon2", e))?;
    tokio::task::spawn_blocking(move || {
        let mut bytes = [0u8; 16];
        rand::rngs::OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|e| AppError::internal("random numbers", e))?;
        let salt = SaltString::encode_b64(&bytes).map_err(|e| AppError::internal("argon2", e))?;
        let hash = argon2()?.hash_password(password.as_bytes(), &salt);
        hash.map(|h| h.to_string())
            .map_err(|e| AppError::internal("argon2", e))
    })
    .await
    .map_err(|e| AppError::internal("argon2", e))?
}

/// Whether the password fits; an absent hash (unknown user) costs the same time and never fits.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, AppError> {
    /// Hash of a random password nobody knows.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Zk3V1mT9xkq0m2oJ1f9cU3Jr1m0m7s6y2Jm8o5uC5bQ";
    let _turn = AT_WORK
        .acquire()
        .await
        .map_err(|e| AppError::internal("argon2", e))?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&text).map_err(|e| AppError::internal("argon2", e))?;
        let fits = argon2()?
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
        Ok(fits && known)
    })
    .await
    .map_err(|e| AppError::internal("argon2", e))?
}

/// 32 random bytes as hexadecimal text, for cookies and one-time links.
pub fn new_token() -> Result<String, AppError> {
    let mut bytes = [0u8; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|e| AppError::internal("random numbers", e))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_fits() {
        let hash = hash("correct horse battery".to_owned())
            .await
            .expect("hashes");
        assert!(
            verify("correct horse battery".to_owned(), Some(hash.clone()))
                .await
                .expect("verifies")
        );
        assert!(
            !verify("correct horse batterz".to_owned(), Some(hash))
                .await
                .expect("verifies")
        );
        assert!(
            !verify("correct horse battery".to_owned(), None)
                .await
                .expect("verifies")
        );
    }
}
