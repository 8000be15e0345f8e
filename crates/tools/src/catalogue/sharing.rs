//! Sign-ins that several connectors keep under one setting: right where all of them sign in at one server, for one address
//! (RFC 8707). Elsewhere a system would be sent the token of another.

use super::auth::{Auth, AuthFile, OAuth, Way};
use super::file::ConnectorFile;
use baton_base::written::Places;
use baton_base::{Bundle, Finding};
use std::collections::BTreeMap;

/// Connectors that keep their secret where another keeps a sign-in at another authorization server, or for another address,
/// each with its place.
pub fn shared_sign_ins(bundle: &Bundle) -> Vec<Finding> {
    let mut known: BTreeMap<String, Vec<(&str, Option<OAuth>)>> = BTreeMap::new();
    let mut found = Vec::new();
    for (path, _, text) in bundle.in_folder("connectors", "yaml") {
        let Ok(file) = Bundle::yaml::<ConnectorFile>(path, text) else { continue };
        let Some(auth) = auth_of(&file) else { continue };
        let server = match auth.way {
            Way::Code(oauth) => Some(oauth),
            Way::Key { .. } | Way::Basic | Way::Bearer => None,
            // Its token is kept in memory, by server; the setting is not read.
            Way::Client(_) => continue,
        };
        let others = known.entry(auth.setting.clone()).or_default();
        if let Some((other, _)) = others.iter().find(|(_, of)| !is_one(of.as_ref(), server.as_ref())) {
            let what = format!(
                "'{}' keeps its secret in the setting '{}', where {other} keeps what is for another server",
                file.name, auth.setting
            );
            let (line, column) = Places::of(text).place_of("/auth/setting");
            let remedy = "give each sign-in a setting of its own; connectors share one at the same token_url and issuer, \
                          for the same resource, which for an MCP server is its own address unless auth says otherwise";
            found.push(Finding::error(path, "sign-in-shared", what, remedy).at(line, column));
        }
        others.push((path, server));
    }
    found
}

/// As the loaded connector has it: the tokens of an MCP server are for its own address.
fn auth_of(file: &ConnectorFile) -> Option<Auth> {
    let auth = file.auth.as_ref().map(AuthFile::read)?.ok()?;
    let server =
        file.base_url.as_deref().filter(|_| file.kind == "mcp").and_then(|url| url.parse::<reqwest::Url>().ok());
    Some(match server {
        Some(url) => auth.at(&url),
        None => auth,
    })
}

/// Whether what two connectors keep may be the same: none of it is a sign-in, or both are at one server for one address.
fn is_one(one: Option<&OAuth>, other: Option<&OAuth>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let issuers = one.issuer.as_ref().zip(other.issuer.as_ref());
    one.token_url == other.token_url
        && one.resource == other.resource
        && issuers.is_none_or(|(one, other)| one == other)
}
