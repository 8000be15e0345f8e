//! A sign-in on its way: which browser began it, and where that browser wanted to go.
//!
//! The browser holds one secret in a cookie. The state, the nonce and the verifier of PKCE hang on it; the database
//! holds digests, so that whoever reads it can finish nothing.

use crate::{Ctx, secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use baton_base::{ClientId, Error, Result, digest_of_text};
use baton_db::{Tx, params};
use sha2::{Digest as _, Sha256};

/// How long somebody may take at the provider, milliseconds.
pub const BEGUN_MS_MAX: i64 = 10 * 60 * 1000;
/// Sign-ins under way at once; nobody can fill the database with more. Those that began first make room: whoever begins many
/// keeps nobody else from coming in who is quicker than that.
const UNDER_WAY_MAX: i64 = 20_000;
/// Longest path to go back to, bytes.
const BACK_BYTES_MAX: usize = 2_048;
/// Where people go who do not say where.
const START: &str = "/desk";

/// A sign-in that has begun.
pub struct Begun {
    /// For the cookie.
    pub browser: String,
    /// Comes back in the address.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Digest of the verifier (RFC 7636, `S256`).
    pub challenge: String,
}

/// What was begun, when the browser comes back with it.
pub struct Returned {
    /// The path that the browser wanted.
    pub back_to: String,
    /// What the ID token must hold.
    pub nonce: String,
    /// Proves to the provider that who asks for the token is who began.
    pub verifier: String,
}

fn nonce(browser: &str, state: &str) -> String {
    digest_of_text(&format!("nonce:{browser}:{state}"))
}

fn verifier(browser: &str, state: &str) -> String {
    digest_of_text(&format!("verifier:{browser}:{state}"))
}

/// A path of this console: an address that leads elsewhere is refused.
fn own_path(path: &str) -> Result<&str> {
    let path = if path.is_empty() { START } else { path };
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if !own || path.len() > BACK_BYTES_MAX || path.chars().any(char::is_control) {
        let detail = "give a path of this console, such as /desk";
        return Err(Error::invalid_at("to", "a sign-in leads to this console and nowhere else", detail));
    }
    Ok(path)
}

/// Begins a sign-in for a browser that wants to go to `back_to`.
pub fn begin(tx: &mut Tx, house: &Ctx, back_to: &str) -> Result<Begun> {
    let back_to = own_path(back_to)?;
    let (browser, state) = (secret::token("")?, secret::token("")?);
    keep(tx, house, (&browser, &state), back_to, None)?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier(&browser, &state).as_bytes()));
    Ok(Begun { nonce: nonce(&browser, &state), challenge, browser, state })
}

/// Keeps what is under way; with a member where only the second factor is missing.
pub(super) fn keep(
    tx: &mut Tx,
    house: &Ctx,
    (browser, state): (&str, &str),
    back_to: &str,
    member: Option<&str>,
) -> Result<()> {
    let (of, now_ms) = (ClientId::house(), house.now_ms());
    tx.execute("DELETE FROM signin_begun WHERE client_id = $1 AND until_ms < $2", params![of, now_ms])?;
    let count = "SELECT COUNT(*) FROM signin_begun WHERE client_id = $1";
    if tx.query_one(count, params![of], |r| r.int(0))? >= UNDER_WAY_MAX {
        let oldest = "DELETE FROM signin_begun WHERE client_id = $1 AND state_digest IN (SELECT state_digest \
                      FROM signin_begun WHERE client_id = $1 ORDER BY until_ms LIMIT $2)";
        tx.execute(oldest, params![of, UNDER_WAY_MAX / 20])?;
    }
    let digests = (digest_of_text(state), digest_of_text(browser));
    tx.execute(
        "INSERT INTO signin_begun (client_id, state_digest, browser_digest, back_to, member_id, until_ms) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![of, digests.0, digests.1, back_to, member, now_ms + BEGUN_MS_MAX],
    )?;
    Ok(())
}

/// Takes what a browser has begun; once. Another browser, another state, or one that took too long has begun nothing.
pub fn take(tx: &mut Tx, now_ms: i64, browser: &str, state: &str) -> Result<Option<Returned>> {
    let found = tx.query_opt(
        "DELETE FROM signin_begun WHERE client_id = $1 AND state_digest = $2 AND browser_digest = $3 \
         AND until_ms > $4 AND member_id IS NULL RETURNING back_to",
        params![ClientId::house(), digest_of_text(state), digest_of_text(browser), now_ms],
        |r| r.text(0),
    )?;
    let back = |back_to| Returned { back_to, nonce: nonce(browser, state), verifier: verifier(browser, state) };
    Ok(found.map(back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_this_console_and_nowhere_else() {
        for own in ["/desk", "/cases/acme/case_1?tab=x#y", ""] {
            assert!(own_path(own).is_ok(), "{own}");
        }
        for other in
            ["//evil.example", "https://evil.example/", "/\\evil.example", "desk", "/a\r\nset-cookie: x", "/\t/x"]
        {
            assert!(own_path(other).is_err(), "{other}");
        }
    }
}
