//! Tokens for connected systems (OAuth 2.1): client credentials, and authorization code with PKCE.
//!
//! A token that Baton asks for itself is kept in memory until shortly before it expires. A sign-in is kept among the
//! client's secrets, renewed before it expires, and told as over when its renewal is refused.

mod ask;
mod sign_in;

pub(crate) use sign_in::BEGUN_MS_MAX;
pub use sign_in::{Begun, SignIn};

use crate::catalogue::OAuth;
use baton_base::{ClientId, Digest, digest_of};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use ask::{Asked, ask};

/// A token is not used so shortly before it expires, milliseconds.
pub(crate) const MARGIN_MS: i64 = 60_000;
/// Tokens kept in memory, count.
const TOKENS_MAX: usize = 1_000;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// Tokens in memory, and who is asking for one.
#[derive(Default)]
pub(crate) struct Tokens {
    kept: Mutex<HashMap<Digest, (String, i64)>>,
    turns: Mutex<HashMap<Digest, Turn>>,
}

/// Id and password of Baton in `id:password`. Who is known by the address of a document has no password.
pub(crate) fn parts(secret: &str) -> (&str, &str) {
    let document = secret.starts_with("https://");
    secret.split_once(':').filter(|_| !document).unwrap_or((secret, ""))
}

/// Under which a token is kept: whoever changes the secret gets a new one.
pub(crate) fn key(client: &ClientId, oauth: &OAuth, secret: &str) -> Digest {
    digest_of(&json!([client, oauth.token_url.as_str(), oauth.scopes, oauth.audience, oauth.resource, secret]))
}

impl Tokens {
    pub(crate) fn get(&self, key: &str, now_ms: i64) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(_, until_ms)| *until_ms - MARGIN_MS > now_ms).map(|(token, _)| token.clone())
    }

    pub(crate) fn put(&self, key: Digest, token: String, until_ms: i64, now_ms: i64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TOKENS_MAX {
            kept.retain(|_, (_, until_ms)| *until_ms > now_ms);
        }
        if kept.len() >= TOKENS_MAX {
            kept.clear();
        }
        kept.insert(key, (token, until_ms));
    }

    /// A system did not accept the token: the next call asks for another.
    pub(crate) fn forget(&self, token: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (known, _)| known != token);
    }

    /// One asks, the others wait for what it gets.
    pub(crate) fn turn(&self, key: &str) -> Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= TOKENS_MAX {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(turns.entry(key.to_owned()).or_default())
    }
}
