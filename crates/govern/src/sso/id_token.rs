//! Whether an ID token proves who somebody is (OpenID Connect Core 1.0, section 3.1.3.7).

use super::Shown;
use super::jws::{Key, Signed, is_known};
use super::provider::Provider;
use baton_base::{Error, Result};
use serde_json::{Map, Value};

/// By how much clocks may differ, milliseconds.
const SKEW_MS: i64 = 60_000;
/// Longest subject, bytes (the standard says 255 characters of ASCII).
const SUBJECT_BYTES_MAX: usize = 255;
/// Most keys of a provider that are looked at.
const KEYS_MAX: usize = 100;
/// Most groups of one person.
const GROUPS_MAX: usize = 2_000;

/// The provider's public keys.
#[derive(Debug, Clone)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// Reads a JWK set (RFC 7517); keys of kinds that are not known are passed over.
    pub fn read(document: &Value) -> Result<Self> {
        let wrong = || Error::Unavailable("the identity provider's keys cannot be read".to_owned());
        let listed = document.get("keys").and_then(Value::as_array).ok_or_else(wrong)?;
        Ok(Self(listed.iter().take(KEYS_MAX).filter_map(Key::read).collect()))
    }

    /// Keys that may have signed: the one named, or, where none is named, all.
    fn candidates(&self, named: Option<&str>) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| named.is_none_or(|name| key.name.as_deref() == Some(name)))
    }
}

/// What the token must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Issuer.
    pub issuer: &'a str,
    /// Baton's id there.
    pub client_id: &'a str,
    /// As it was sent out.
    pub nonce: &'a str,
    /// Now.
    pub now_ms: i64,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// None of the keys known has signed it: the provider may have new ones.
    UnknownKey,
    /// It does not hold what it must; in words.
    Wrong(&'static str),
}

/// The claims of a token, if it proves them.
pub fn verify(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Map<String, Value>, Unproven> {
    let signed = Signed::read(token).ok_or(Unproven::Wrong("it is no signed token"))?;
    if !is_known(&signed.head.alg) {
        return Err(Unproven::Wrong("it is not signed with a key of the provider's own"));
    }
    let named = signed.head.kid.clone();
    let claims = signed.by_any(keys.candidates(named.as_deref())).ok_or(Unproven::UnknownKey)?;
    check(&claims, expected).map_err(Unproven::Wrong)?;
    Ok(claims)
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err("it is another issuer's");
    }
    let (meant, others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == expected.client_id, 0),
        Some(Value::Array(all)) => {
            (all.iter().any(|one| one.as_str() == Some(expected.client_id)), all.len().saturating_sub(1))
        }
        _ => (false, 0),
    };
    let party = text("azp");
    if !meant || party.is_some_and(|party| party != expected.client_id) || (others > 0 && party.is_none()) {
        return Err("it is meant for another program");
    }
    let at_ms = |name: &str| seconds(claims.get(name)?).map(|at| at.saturating_mul(1_000));
    if at_ms("exp").is_none_or(|until_ms| until_ms.saturating_add(SKEW_MS) <= expected.now_ms) {
        return Err("it has expired");
    }
    if at_ms("iat").is_none_or(|since_ms| since_ms.saturating_sub(SKEW_MS) > expected.now_ms)
        || at_ms("nbf").is_some_and(|from_ms| from_ms.saturating_sub(SKEW_MS) > expected.now_ms)
    {
        return Err("it is from a time that has not come; look at the clocks");
    }
    if text("nonce") != Some(expected.nonce) {
        return Err("it answers another sign-in");
    }
    if text("sub").is_none_or(|subject| subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX) {
        return Err("it does not say who somebody is");
    }
    Ok(())
}

/// A time in seconds; some providers write fractions.
fn seconds(value: &Value) -> Option<i64> {
    const SECONDS_MAX: f64 = 9.0e12;
    let whole = |number: f64| format!("{number:.0}").parse().ok();
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.abs() < SECONDS_MAX).and_then(whole))
}

/// Who somebody is, from proven claims.
pub fn shown_by(claims: &Map<String, Value>, provider: &Provider) -> Result<Shown> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned).filter(|text| !text.is_empty());
    let said = claims.get("email_verified");
    let verified = said == Some(&Value::Bool(true)) || said.and_then(Value::as_str) == Some("true");
    if is_elsewhere(claims, &provider.groups_claim) {
        let detail = "the identity provider has not told your groups, because they are too many; ask an administrator to let \
                      it tell only the groups that are assigned to Baton";
        return Err(Error::Unavailable(detail.to_owned()));
    }
    Ok(Shown {
        issuer: provider.issuer.clone(),
        subject: text("sub").unwrap_or_default(),
        email: text("email"),
        email_verified: verified,
        name: text("name").or_else(|| text("preferred_username")),
        groups: groups(claims, &provider.groups_claim),
    })
}

/// Whether the claim is told elsewhere (OpenID Connect Core 1.0, section 5.6.2): one that is merely missing is no group.
fn is_elsewhere(claims: &Map<String, Value>, claim: &str) -> bool {
    let elsewhere = claims.get("_claim_names").is_some_and(|names| names.get(claim).is_some());
    !claim.is_empty() && !claims.contains_key(claim) && elsewhere
}

fn groups(claims: &Map<String, Value>, claim: &str) -> Vec<String> {
    let found = match claim.strip_prefix('/') {
        Some(path) => {
            let mut steps = path.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
            let first = steps.next().and_then(|step| claims.get(&step));
            steps.fold(first, |value, step| value.and_then(|value| value.get(&step)))
        }
        None => claims.get(claim),
    };
    match found {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().take(GROUPS_MAX).filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(change: Value) -> Map<String, Value> {
        let mut all = json!({"iss": "https://login.example.org", "aud": "baton", "sub": "u1", "nonce": "n",
            "iat": 1_000, "exp": 2_000});
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        all.as_object().unwrap().clone()
    }

    fn told(change: Value, now_ms: i64) -> Result<(), &'static str> {
        let expected = Expected { issuer: "https://login.example.org", client_id: "baton", nonce: "n", now_ms };
        check(&claims(change), &expected)
    }

    #[test]
    fn a_token_proves_only_what_was_asked_for_now() {
        assert_eq!(told(json!({}), 1_500_000), Ok(()));
        assert_eq!(told(json!({"aud": ["baton", "other"], "azp": "baton"}), 1_500_000), Ok(()));
        assert_eq!(told(json!({"exp": 1_999.5}), 1_500_000), Ok(()));
        assert_eq!(told(json!({"exp": i64::MAX, "iat": i64::MIN, "nbf": i64::MIN}), 1_500_000), Ok(()));
        for (change, now_ms) in [
            (json!({"iss": "https://login.example.org/"}), 1_500_000),
            (json!({"aud": "other"}), 1_500_000),
            (json!({"aud": ["baton", "other"]}), 1_500_000),
            (json!({"azp": "other"}), 1_500_000),
            (json!({"nonce": "m"}), 1_500_000),
            (json!({"nonce": null}), 1_500_000),
            (json!({"exp": "2000"}), 1_500_000),
            (json!({"sub": ""}), 1_500_000),
            (json!({"nbf": 1_700}), 1_500_000),
            (json!({"exp": i64::MIN}), 1_500_000),
            (json!({"iat": i64::MAX}), 1_500_000),
            (json!({"nbf": i64::MAX}), 1_500_000),
            (json!({}), 2_060_000),
            (json!({}), 900_000),
        ] {
            assert!(told(change.clone(), now_ms).is_err(), "{change} at {now_ms}");
        }
    }

    #[test]
    fn groups_are_found_by_name_and_by_path() {
        let all = claims(json!({"groups": ["a", "b", 3], "realm": {"roles": ["c"]}, "team": "d"}));
        assert_eq!(groups(&all, "groups"), ["a", "b"]);
        assert_eq!(groups(&all, "/realm/roles"), ["c"]);
        assert_eq!(groups(&all, "team"), ["d"]);
        assert!(groups(&all, "none").is_empty() && groups(&all, "").is_empty());
        let elsewhere = claims(json!({"_claim_names": {"groups": "src1"}}));
        assert!(
            is_elsewhere(&elsewhere, "groups") && !is_elsewhere(&elsewhere, "roles") && !is_elsewhere(&all, "groups")
        );
    }
}
