//! One question to an authorization server (RFC 6749, sections 3.2, 4.4, 5 and 6).

use crate::catalogue::OAuth;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Url};
use serde_json::Value;
use std::time::Duration;

/// Time for an answer, milliseconds.
const ANSWER_MS_MAX: u64 = 10_000;
/// Largest answer, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Life of a token whose server does not say, milliseconds.
const UNSAID_MS: i64 = 10 * 60 * 1000;
/// Longest code of an error that is repeated, characters.
const CODE_CHARS_MAX: usize = 80;

/// What a server gave.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub access: String,
    pub refresh: Option<String>,
    pub until_ms: i64,
}

/// How a question ended.
#[derive(Debug)]
pub(crate) enum Asked {
    Given(Given),
    /// The server says no, and will say so again.
    Refused(String),
    /// It did not say; later it may.
    Away(String),
}

/// Asks for a token; `secret` is `id:secret` of Baton at the server.
pub(crate) async fn ask(http: &Client, oauth: &OAuth, secret: &str, grant: &[(&str, &str)], now_ms: i64) -> Asked {
    let place = oauth.token_url.host_str().unwrap_or_default().to_owned();
    let (id, password) = super::parts(secret);
    let mut form = Url::parse("form:").unwrap_or_else(|_| oauth.token_url.clone());
    form.query_pairs_mut().extend_pairs(grant);
    if let Some(resource) = &oauth.resource {
        form.query_pairs_mut().append_pair("resource", resource);
    }
    let mut request = http.post(oauth.token_url.clone()).timeout(Duration::from_millis(ANSWER_MS_MAX));
    match (oauth.in_form, password.is_empty()) {
        (true, false) => {
            form.query_pairs_mut().extend_pairs([("client_id", id), ("client_secret", password)]);
        }
        // A client without a secret says who it is, and PKCE proves the rest.
        (_, true) => {
            form.query_pairs_mut().append_pair("client_id", id);
        }
        (false, false) => {
            let login = STANDARD.encode(format!("{}:{}", encoded(id), encoded(password)));
            request = request.header("authorization", format!("Basic {login}"));
        }
    }
    let body = form.query().unwrap_or_default().to_owned();
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(body);
    let response = match request.send().await {
        Ok(response) => response,
        Err(_) => return Asked::Away(format!("{place}, which gives out its tokens, cannot be reached")),
    };
    let status = response.status();
    let said = read(response).await;
    match said.get("access_token").and_then(Value::as_str).filter(|_| status.is_success()) {
        Some(token) => Asked::Given(given(token, &said, now_ms)),
        None => {
            let error = said.get("error").and_then(Value::as_str);
            let code = error.unwrap_or("no token");
            let code: String = code.chars().filter(|c| !c.is_control()).take(CODE_CHARS_MAX).collect();
            let why = format!("{place} gives no token: {} {code}", status.as_u16());
            // Who refuses names the error (RFC 6749, section 5.2); what does not is something on the way.
            let final_word = error.is_some() && status.is_client_error() && !matches!(status.as_u16(), 408 | 425 | 429);
            if final_word { Asked::Refused(why) } else { Asked::Away(why) }
        }
    }
}

fn given(token: &str, said: &Value, now_ms: i64) -> Given {
    let life_ms = said.get("expires_in").and_then(Value::as_i64).map_or(UNSAID_MS, |s| s.saturating_mul(1_000));
    Given {
        access: token.to_owned(),
        refresh: said.get("refresh_token").and_then(Value::as_str).map(str::to_owned),
        until_ms: now_ms.saturating_add(life_ms),
    }
}

async fn read(mut response: reqwest::Response) -> Value {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Value::Null;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

// RFC 6749, section 2.3.1: id and secret are form-encoded before they are put together.
fn encoded(text: &str) -> String {
    let Ok(mut form) = Url::parse("form:") else { return text.to_owned() };
    form.query_pairs_mut().append_key_only(text);
    form.query().unwrap_or_default().to_owned()
}
