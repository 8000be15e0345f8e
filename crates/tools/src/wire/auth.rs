//! Authentication policies: basic, bearer, digest, `OAuth` 2.0 and `OpenID` Connect.

use super::answer::text;
use super::exchange::Exchange;
use super::going::Going;
use super::{Fault, Told, oauth};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Adds to a request what its policy asks for.
pub(crate) async fn authorize(going: &mut Going, exchange: &mut Exchange, policy: Option<&Value>) -> Told<()> {
    let Some((kind, policy)) = policy.and_then(Value::as_object).and_then(|map| map.iter().next()) else {
        return Ok(());
    };
    let policy = filled(going, policy).await?;
    match kind.as_str() {
        "basic" => {
            let (user, password) = pair(&policy)?;
            exchange.header("authorization", &basic(&user, &password), true)
        }
        "bearer" => {
            let token = policy.as_str().map_or_else(|| field(&policy, "token"), |token| Ok(token.to_owned()))?;
            exchange.header("authorization", &format!("Bearer {token}"), true)
        }
        "digest" => {
            exchange.digest = Some(pair(&policy)?);
            Ok(())
        }
        "oauth2" | "oidc" => {
            let token = oauth::token(going, &policy, kind == "oidc").await?;
            exchange.header("authorization", &token, true)
        }
        other => Err(Fault::configuration(format!("authentication by '{other}' is not offered"))),
    }
}

/// Takes note of how a server answered: a token that it does not accept is not used again.
pub(crate) async fn heard(going: &mut Going, policy: Option<&Value>, status: u16) -> Told<()> {
    let policy = policy.and_then(|policy| policy.get("oauth2").or_else(|| policy.get("oidc")));
    if let Some(policy) = policy.filter(|_| status == 401) {
        let policy = filled(going, policy).await?;
        oauth::forget(going, &policy);
    }
    Ok(())
}

/// The policy with its secrets; `use` names a secret that is the whole policy.
async fn filled(going: &mut Going, policy: &Value) -> Told {
    let known = going.secrets().await?;
    match policy.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("use")).and_then(Value::as_str) {
        Some(name) => known.value(name),
        None => known.filled(policy),
    }
}

fn pair(policy: &Value) -> Told<(String, String)> {
    Ok((field(policy, "username")?, field(policy, "password")?))
}

/// A text that a policy must have.
pub(crate) fn field(policy: &Value, name: &str) -> Told<String> {
    match policy.get(name) {
        Some(value @ (Value::String(_) | Value::Number(_))) => Ok(text(value)),
        _ => Err(Fault::configuration(format!("the authentication has no '{name}'"))),
    }
}

/// The value of a basic `Authorization`.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
