//! Sign-ins that several connectors keep under one setting: right where all of them sign in at one server. Elsewhere a system
//! would be sent the token of another.

use super::auth::{AuthFile, OAuth, Way};
use super::file::ConnectorFile;
use baton_base::written::Places;
use baton_base::{Bundle, Finding};
use std::collections::BTreeMap;

/// Connectors that keep their secret where another keeps a sign-in at another authorization server, each with its place.
pub fn shared_sign_ins(bundle: &Bundle) -> Vec<Finding> {
    let mut known: BTreeMap<String, Vec<(&str, Option<OAuth>)>> = BTreeMap::new();
    let mut found = Vec::new();
    for (path, _, text) in bundle.in_folder("connectors", "yaml") {
        let Ok(file) = Bundle::yaml::<ConnectorFile>(path, text) else { continue };
        let Some(Ok(auth)) = file.auth.as_ref().map(AuthFile::read) else { continue };
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
            let remedy =
                "give each sign-in a setting of its own; connectors share one at the same token_url and issuer";
            found.push(Finding::error(path, "sign-in-shared", what, remedy).at(line, column));
        }
        others.push((path, server));
    }
    found
}

/// Whether what two connectors keep may be the same: none of it is a sign-in, or both are at one server.
fn is_one(one: Option<&OAuth>, other: Option<&OAuth>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let issuers = one.issuer.as_ref().zip(other.issuer.as_ref());
    one.token_url == other.token_url && issuers.is_none_or(|(one, other)| one == other)
}
