//! How a system wants to know who calls, as far as its description says.

use crate::catalogue::{AuthFile, Document};
use serde_json::Value;
use std::collections::BTreeMap;

/// Names of parameters that carry a credential where the description declares no scheme for them.
const CREDENTIALS: [&str; 6] = ["token", "access_token", "api_key", "apikey", "x-api-key", "auth_token"];

/// The way that most operations ask for, filled in as far as possible.
pub(super) fn suggested(doc: &Document, name: &str) -> Option<AuthFile> {
    let covers = credentials(doc);
    let mut auth = chosen(doc).and_then(|scheme| of(scheme, name));
    if let Some(auth) = &mut auth {
        let own = auth.name.clone();
        auth.covers = covers.into_iter().filter(|known| Some(known) != own.as_ref()).collect();
    }
    auth
}

/// The way that somebody wants, with the names of its secrets and with what the description says it stands for; the error
/// says why it is none.
pub(super) fn wanted(doc: &Document, name: &str, wanted: &AuthFile) -> Result<Option<AuthFile>, String> {
    let Some(mut auth) = named(name, wanted)? else { return Ok(None) };
    if auth.covers.is_empty() {
        let own = auth.name.clone();
        auth.covers = credentials(doc).into_iter().filter(|known| Some(known) != own.as_ref()).collect();
    }
    Ok(Some(auth))
}

/// The way that somebody wants at a system without a description, with the names of its secrets.
pub(super) fn named(name: &str, wanted: &AuthFile) -> Result<Option<AuthFile>, String> {
    const KINDS: &str = "auth names no kind; use api_key, basic, bearer, oauth2_client, oauth2_code or none";
    let kind = wanted.kind.as_deref().ok_or(KINDS)?;
    let (setting, client) = match kind {
        "none" => return Ok(None),
        "api_key" => (Some("key"), None),
        "basic" => (Some("login"), None),
        "oauth2_client" => (None, Some("client")),
        "oauth2_code" => (Some("sign-in"), Some("client")),
        _ => (Some("token"), None),
    };
    let mut auth = wanted.clone();
    if let Some(word) = setting.filter(|_| auth.setting.is_empty()) {
        auth.setting = format!("{name}.{word}");
    }
    if let Some(word) = client.filter(|_| auth.client.is_none()) {
        auth.client = Some(format!("{name}.{word}"));
    }
    auth.read()?;
    Ok(Some(auth))
}

fn schemes(doc: &Document) -> impl Iterator<Item = (&String, &Value)> {
    let said = doc.root().pointer("/components/securitySchemes").and_then(Value::as_object);
    said.into_iter().flatten().filter_map(|(name, scheme)| Some((name, doc.follow(scheme).ok()?)))
}

/// The scheme that most operations name; of those named equally often the simplest.
fn chosen(doc: &Document) -> Option<&Value> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    let common = doc.root().get("security");
    for entry in doc.entries() {
        let wanted = doc.value(entry).get("security").or(common).and_then(Value::as_array);
        let names = wanted.into_iter().flatten().filter_map(Value::as_object).flat_map(|any| any.keys());
        names.for_each(|name| *uses.entry(name).or_default() += 1);
    }
    let count = |name: &str| uses.get(name).copied().unwrap_or(0);
    schemes(doc).max_by_key(|(name, scheme)| (count(name), ease(scheme))).map(|(_, scheme)| scheme)
}

fn ease(scheme: &Value) -> u8 {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match (text("type").as_str(), text("scheme").as_str()) {
        ("http", "bearer") => 5,
        ("apikey", _) => 4,
        ("http", "basic") => 3,
        ("oauth2", _) => 2,
        ("openidconnect", _) => 1,
        _ => 0,
    }
}

fn of(scheme: &Value, name: &str) -> Option<AuthFile> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    let base = AuthFile { setting: format!("{name}.token"), ..AuthFile::default() };
    let kind = |kind: &str| Some(kind.to_owned());
    match (text("type").to_ascii_lowercase().as_str(), text("scheme").to_ascii_lowercase().as_str()) {
        ("apikey", _) => Some(AuthFile {
            kind: kind("api_key"),
            place: Some(text("in").to_owned()),
            name: Some(text("name").to_owned()),
            setting: format!("{name}.key"),
            ..base
        }),
        ("http", "basic") => Some(AuthFile { kind: kind("basic"), setting: format!("{name}.login"), ..base }),
        ("http", _) => Some(AuthFile { kind: kind("bearer"), ..base }),
        ("oauth2", _) => Some(oauth(scheme, name, base)),
        ("openidconnect", _) => Some(AuthFile { kind: kind("bearer"), ..base }),
        _ => None,
    }
}

fn oauth(scheme: &Value, name: &str, base: AuthFile) -> AuthFile {
    let flow = |kind: &str| scheme.pointer(&format!("/flows/{kind}"));
    let url = |flow: &Value, key: &str| {
        flow.get(key).and_then(Value::as_str).filter(|url| url.contains("://")).map(str::to_owned)
    };
    if let Some(found) = flow("clientCredentials")
        && let Some(token_url) = url(found, "tokenUrl")
    {
        return AuthFile {
            kind: Some("oauth2_client".to_owned()),
            token_url: Some(token_url),
            client: Some(format!("{name}.client")),
            setting: String::new(),
            ..base
        };
    }
    if let Some(found) = flow("authorizationCode")
        && let (Some(token_url), Some(authorize_url)) = (url(found, "tokenUrl"), url(found, "authorizationUrl"))
    {
        return AuthFile {
            kind: Some("oauth2_code".to_owned()),
            token_url: Some(token_url),
            authorize_url: Some(authorize_url),
            client: Some(format!("{name}.client")),
            setting: format!("{name}.sign-in"),
            ..base
        };
    }
    AuthFile { kind: Some("bearer".to_owned()), ..base }
}

/// Parameters that many operations have and that are a credential by their name.
fn credentials(doc: &Document) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entry in doc.entries() {
        for raw in doc.value(entry).get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let Ok(param) = doc.follow(raw) else { continue };
            let text = |key: &str| param.get(key).and_then(Value::as_str).unwrap_or_default();
            if text("in") != "path" && CREDENTIALS.contains(&text("name").to_ascii_lowercase().as_str()) {
                *counts.entry(text("name").to_owned()).or_default() += 1;
            }
        }
    }
    // On a few operations only, it is something else by the same name.
    counts.into_iter().filter(|(_, count)| count * 3 > doc.entries().len()).map(|(name, _)| name).collect()
}

/// Every scheme in words.
pub(super) fn in_words(doc: &Document) -> Vec<String> {
    let words = schemes(doc).map(|(name, scheme)| {
        let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
        let flows = scheme.get("flows").and_then(Value::as_object).into_iter().flatten();
        let flows: Vec<&str> = flows.map(|(flow, _)| flow.as_str()).collect();
        let how = match text("type") {
            "apiKey" => format!("API key '{}' in the {}", text("name"), text("in")),
            "http" => format!("HTTP {}", text("scheme").to_ascii_lowercase()),
            "oauth2" => format!("OAuth 2 ({})", flows.join(", ")),
            "openIdConnect" => format!("OpenID Connect at {}", text("openIdConnectUrl")),
            other => other.to_owned(),
        };
        format!("{name}: {how}")
    });
    words.collect()
}
