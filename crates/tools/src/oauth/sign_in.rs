//! A sign-in of somebody at a connected system: begun, finished, kept, over.

use super::ask::Given;
use crate::catalogue::OAuth;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use baton_base::{Error, Result};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How long somebody may take to sign in, milliseconds.
pub(crate) const BEGUN_MS_MAX: i64 = 10 * 60 * 1000;

/// A sign-in, as kept among the client's secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// What calls carry.
    pub access: String,
    /// What renews it.
    #[serde(default)]
    pub refresh: Option<String>,
    /// Until when calls may carry it.
    pub until_ms: i64,
    /// Since when.
    pub since_ms: i64,
    /// Who signed in.
    #[serde(default)]
    pub by: String,
    /// For which address the tokens are (RFC 8707), empty where for none; not known of those that were kept before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Since when it is over.
    #[serde(default)]
    pub out_since_ms: Option<i64>,
    /// Why, in words.
    #[serde(default)]
    pub why: String,
}

impl SignIn {
    pub(crate) fn new(given: Given, oauth: &OAuth, now_ms: i64, by: &str) -> Self {
        Self {
            access: given.access,
            refresh: given.refresh,
            until_ms: given.until_ms,
            since_ms: now_ms,
            by: by.to_owned(),
            resource: Some(oauth.resource.clone().unwrap_or_default()),
            out_since_ms: None,
            why: String::new(),
        }
    }

    /// Whether its tokens may go where these are asked for: what is for one address never goes to another.
    pub fn is_for(&self, oauth: &OAuth) -> bool {
        self.resource.as_deref().is_none_or(|resource| resource == oauth.resource.as_deref().unwrap_or_default())
    }

    /// As kept.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::broken)
    }

    pub(crate) fn renewed(&self, given: Given) -> Self {
        // A server that gives no new refresh token means the old one.
        let refresh = given.refresh.or_else(|| self.refresh.clone());
        Self { access: given.access, refresh, until_ms: given.until_ms, ..self.clone() }
    }

    pub(crate) fn over(&self, now_ms: i64, why: &str) -> Self {
        Self { access: String::new(), refresh: None, out_since_ms: Some(now_ms), why: why.to_owned(), ..self.clone() }
    }
}

/// A sign-in that somebody has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// Comes back with the answer.
    pub state: String,
    /// Proves that who asks for the token is who began (RFC 7636).
    pub verifier: String,
    /// Where the answer goes.
    pub redirect: String,
    /// Until when.
    pub until_ms: i64,
    /// Who began.
    pub by: String,
}

impl Begun {
    /// Where to send the browser.
    pub(crate) fn address(&self, oauth: &OAuth, client_id: &str) -> Result<Url> {
        let start = oauth.authorize_url.as_ref().ok_or_else(|| Error::broken("no address to sign in at"))?;
        let mut url = start.clone();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        let mut pairs = url.query_pairs_mut();
        pairs.extend_pairs([
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", &self.redirect),
            ("state", &self.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        if !oauth.scopes.is_empty() {
            pairs.append_pair("scope", &oauth.scopes.join(" "));
        }
        if let Some(audience) = &oauth.audience {
            pairs.append_pair("audience", audience);
        }
        if let Some(resource) = &oauth.resource {
            pairs.append_pair("resource", resource);
        }
        drop(pairs);
        Ok(url)
    }
}
