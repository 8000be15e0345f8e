//! Passwords: Argon2id with the parameters that OWASP names first (19 MiB, 2 passes, 1 lane).
//!
//! Hashing takes tens of milliseconds on purpose. It never runs inside a transaction: on SQLite that would stop every
//! other writer.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use baton_base::{Error, Result};
use std::fmt;
use std::sync::OnceLock;

/// Shortest password, characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, bytes.
pub const PASSWORD_BYTES_MAX: usize = 512;

/// A hashed password in PHC string form.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a salt of its own. Slow; call it outside a transaction.
    pub fn of(password: &str) -> Result<Self> {
        if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
            let detail = format!("use {PASSWORD_CHARS_MIN} characters to {PASSWORD_BYTES_MAX} bytes");
            return Err(Error::invalid_at("password", "the password is too short or too long", detail));
        }
        hash(password)
    }

    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn hash(password: &str) -> Result<PasswordHash> {
    let made: argon2::PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(Error::broken)?;
    Ok(PasswordHash(made.to_string()))
}

/// Whether the password is the hashed one. Without a hash it does the same work and says no, so that the time taken
/// does not tell whether an e-mail is known.
pub(crate) fn verify(password: &str, hashed: Option<&PasswordHash>) -> Result<bool> {
    static NOBODY: OnceLock<PasswordHash> = OnceLock::new();
    let nobody = match NOBODY.get() {
        Some(known) => known,
        None => {
            let made = hash("nobody has this password")?;
            NOBODY.get_or_init(|| made)
        }
    };
    // Longer passwords cannot have been set; hashing them would only cost memory.
    let password = if password.len() > PASSWORD_BYTES_MAX { "" } else { password };
    let right = Argon2::default().verify_password(password.as_bytes(), hashed.unwrap_or(nobody).as_str()).is_ok();
    Ok(right && hashed.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_of_a_known_member_passes() {
        let hashed = PasswordHash::of("correct horse").unwrap();
        assert!(hashed.as_str().starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(&hashed)).unwrap());
        assert!(!verify("correct hors", Some(&hashed)).unwrap());
        assert!(!verify("nobody has this password", None).unwrap());
        assert!(PasswordHash::of("short").is_err());
    }
}
