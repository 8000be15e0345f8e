//! Tokens of authorization servers (RFC 6749, RFC 8693, `OpenID` Connect discovery), kept in memory until they expire.

use super::answer;
use super::auth::{basic, field};
use super::exchange::{Exchange, url};
use super::going::Going;
use super::{Fault, Told, limits};
use baton_base::{Digest, digest_of};
use baton_engine::{ErrorDoc, ErrorKind};
use reqwest::Url;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A token is not used so shortly before it expires, milliseconds.
const MARGIN_MS: i64 = 10_000;
/// Life of a token whose server does not say, milliseconds.
const UNSAID_MS: i64 = 60_000;
const EXCHANGE_GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Clone)]
struct Token {
    text: String,
    refresh: Option<String>,
    until_ms: i64,
}

/// Tokens by digest of client and policy.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<Digest, Token>>);

impl Tokens {
    fn get(&self, key: &str) -> Option<Token> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn put(&self, key: Digest, token: Token, now_ms: i64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= limits::TOKENS_MAX {
            kept.retain(|_, token| token.until_ms > now_ms);
        }
        if kept.len() >= limits::TOKENS_MAX {
            kept.clear();
        }
        kept.insert(key, token);
    }
}

/// The `Authorization` that a policy gives: a token that is still good, refreshed or asked for anew.
pub(crate) async fn token(going: &mut Going, policy: &Value, discover: bool) -> Told<String> {
    let now_ms = going.cx.ctx.now_ms();
    let key = digest_of(&json!([going.cx.ctx.client, policy]));
    let kept = going.inner.tokens.get(&key);
    if let Some(token) = kept.as_ref().filter(|token| token.until_ms - MARGIN_MS > now_ms) {
        return Ok(token.text.clone());
    }
    let endpoint = endpoint(going, policy, discover).await?;
    let refreshed = match kept.and_then(|token| token.refresh) {
        Some(refresh) => {
            let mut form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh)];
            scope(policy, &mut form);
            // A refresh token that is no longer good leads back to the grant.
            ask(going, policy, &endpoint, form, now_ms).await.ok()
        }
        None => None,
    };
    let token = match refreshed {
        Some(token) => token,
        None => {
            let form = grant(policy)?;
            ask(going, policy, &endpoint, form, now_ms).await?
        }
    };
    let text = token.text.clone();
    going.inner.tokens.put(key, token, now_ms);
    Ok(text)
}

/// A server did not accept the policy's token: the next call asks for a new one.
pub(crate) fn forget(going: &Going, policy: &Value) {
    going.inner.tokens.forget(&digest_of(&json!([going.cx.ctx.client, policy])));
}

/// Where tokens are given out: by the policy's `endpoints`, or by what the authority says of itself.
async fn endpoint(going: &mut Going, policy: &Value, discover: bool) -> Told<Url> {
    let authority = field(policy, "authority")?;
    let base = authority.trim_end_matches('/');
    if !discover {
        let path = policy.pointer("/endpoints/token").and_then(Value::as_str).unwrap_or("/oauth2/token");
        return url(&if path.contains("://") {
            path.to_owned()
        } else {
            format!("{base}/{}", path.trim_start_matches('/'))
        });
    }
    let well_known = url(&format!("{base}/.well-known/openid-configuration"))?;
    let exchange = Exchange::get(well_known);
    let answered = going.exchange(&exchange).await?;
    if answered.status != 200 {
        return Err(answer::error(&exchange, &answered));
    }
    let said = answer::content(&answered)?;
    check_issuer(policy, &said, base)?;
    let endpoint = said.get("token_endpoint").and_then(Value::as_str);
    url(endpoint.ok_or_else(|| Fault::garbled(format!("{base} does not say where it gives out tokens")))?)
}

fn check_issuer(policy: &Value, said: &Value, base: &str) -> Told<()> {
    let Some(trusted) = policy.get("issuers").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return Ok(());
    };
    if said.get("issuer").is_some_and(|issuer| trusted.contains(issuer)) {
        return Ok(());
    }
    let detail = format!("{base} issues as {}, which is none of the policy's issuers", said["issuer"]);
    Err(Fault::of(ErrorKind::Authentication, detail))
}

type Form = Vec<(&'static str, String)>;

fn scope(policy: &Value, form: &mut Form) {
    let list = |name: &str| -> Vec<String> {
        let items = policy.get(name).and_then(Value::as_array).into_iter().flatten();
        items.map(answer::text).collect()
    };
    let scopes = list("scopes");
    if !scopes.is_empty() {
        form.push(("scope", scopes.join(" ")));
    }
    form.extend(list("audiences").into_iter().map(|audience| ("audience", audience)));
}

fn grant(policy: &Value) -> Told<Form> {
    let grant = policy.get("grant").and_then(Value::as_str).unwrap_or("client_credentials");
    let mut form = vec![("grant_type", grant.to_owned())];
    match grant {
        "client_credentials" => {}
        "password" => {
            form.push(("username", field(policy, "username")?));
            form.push(("password", field(policy, "password")?));
        }
        "refresh_token" => {
            let given = policy.pointer("/subject/token").map(answer::text);
            let missing = || Fault::configuration("the grant refresh_token needs the token, as subject.token");
            form.push(("refresh_token", given.ok_or_else(missing)?));
        }
        EXCHANGE_GRANT => {
            let subject = policy.get("subject").unwrap_or(&Value::Null);
            form.push(("subject_token", field(subject, "token")?));
            form.push(("subject_token_type", field(subject, "type")?));
            if let Some(actor) = policy.get("actor") {
                form.push(("actor_token", field(actor, "token")?));
                form.push(("actor_token_type", field(actor, "type")?));
            }
        }
        other => {
            let detail = format!(
                "the grant '{other}' is not offered; use client_credentials, password, refresh_token or token exchange"
            );
            return Err(Fault::configuration(detail));
        }
    }
    scope(policy, &mut form);
    Ok(form)
}

async fn ask(going: &mut Going, policy: &Value, endpoint: &Url, mut form: Form, now_ms: i64) -> Told<Token> {
    // A token changes nothing that anybody would have to find out about.
    let mut exchange = Exchange { method: "POST".to_owned(), ..Exchange::get(endpoint.clone()) };
    exchange.header("accept", "application/json", false)?;
    client(policy, &mut exchange, &mut form)?;
    let encoding = policy.pointer("/request/encoding").and_then(Value::as_str).unwrap_or_default();
    exchange.body = Some(match encoding {
        "application/json" => {
            let map: Map<String, Value> = form.into_iter().map(|(k, v)| (k.to_owned(), Value::from(v))).collect();
            (encoding.to_owned(), Value::Object(map).to_string().into_bytes())
        }
        _ => {
            let mut body = Url::parse("form:").map_err(|e| Fault::configuration(e.to_string()))?;
            body.query_pairs_mut().extend_pairs(&form);
            let text = body.query().unwrap_or_default().to_owned();
            ("application/x-www-form-urlencoded".to_owned(), text.into_bytes())
        }
    });
    let answered = going.exchange(&exchange).await?;
    let said = answer::content(&answered).unwrap_or(Value::Null);
    let token = said.get("access_token").and_then(Value::as_str);
    let Some(token) = token.filter(|_| (200..300).contains(&answered.status)) else {
        let code = said.get("error").and_then(Value::as_str).unwrap_or("no token");
        let detail = format!("{} gave no token: {} {code}", exchange.outgoing().action(), answered.status);
        return Err(ErrorDoc::standard(ErrorKind::Authentication, detail).into());
    };
    let kind = said.get("token_type").and_then(Value::as_str).filter(|kind| !kind.eq_ignore_ascii_case("bearer"));
    let life_ms = said.get("expires_in").and_then(Value::as_i64).map_or(UNSAID_MS, |s| s.saturating_mul(1_000));
    Ok(Token {
        text: format!("{} {token}", kind.unwrap_or("Bearer")),
        refresh: said.get("refresh_token").and_then(Value::as_str).map(str::to_owned),
        until_ms: now_ms.saturating_add(life_ms),
    })
}

/// How the client says who it is.
fn client(policy: &Value, exchange: &mut Exchange, form: &mut Form) -> Told<()> {
    let Some(client) = policy.get("client") else { return Ok(()) };
    let part = |name: &str| client.get(name).map(answer::text);
    let way = client.get("authentication").and_then(Value::as_str).unwrap_or("client_secret_post");
    match (way, part("assertion")) {
        ("none", _) => form.extend(part("id").map(|id| ("client_id", id))),
        ("client_secret_basic", _) => {
            let encoded = |name: &str| -> Told<String> {
                let mut url = Url::parse("form:").map_err(|e| Fault::configuration(e.to_string()))?;
                url.query_pairs_mut().append_key_only(&field(client, name)?);
                Ok(url.query().unwrap_or_default().to_owned())
            };
            exchange.header("authorization", &basic(&encoded("id")?, &encoded("secret")?), true)?;
        }
        ("client_secret_jwt" | "private_key_jwt", Some(assertion)) => {
            form.extend(part("id").map(|id| ("client_id", id)));
            form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
            form.push(("client_assertion", assertion));
        }
        ("client_secret_jwt" | "private_key_jwt", None) => {
            return Err(Fault::configuration(format!("'{way}' needs a signed 'assertion' in the client")));
        }
        _ => {
            form.extend(part("id").map(|id| ("client_id", id)));
            form.extend(part("secret").map(|secret| ("client_secret", secret)));
        }
    }
    Ok(())
}
