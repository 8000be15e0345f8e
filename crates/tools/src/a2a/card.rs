//! What an outside agent says of itself, and the files in which a blueprint pins it.

use baton_base::{Digest, digest_of};
use reqwest::Url;
use serde_json::{Value, json};

/// Version of the protocol that Baton speaks, as in `A2A-Version`.
pub const VERSION: &str = "1.0";
/// The binding that Baton speaks.
const BINDING: &str = "JSONRPC";
/// Time that one attempt of a pinned agent gets, milliseconds.
pub(crate) const TIMEOUT_MS: u64 = 60_000;

/// Where an agent is called, and for which of its tenants.
#[derive(Debug, Clone, PartialEq)]
pub struct Interface {
    /// Its address.
    pub url: Url,
    /// Named in every request, where the card names one.
    pub tenant: Option<String>,
}

/// Digest of what an agent says of itself: all of its card but the signatures and the version of its own.
pub fn digest(card: &Value) -> Digest {
    let mut said = card.clone();
    if let Some(said) = said.as_object_mut() {
        // A new release of the same agent says so here; what it offers and where stands in the rest.
        said.remove("version");
        said.remove("signatures");
    }
    digest_of(&said)
}

/// The interface of a card that Baton can call: the first that is JSON-RPC of version 1.0.
pub fn interface(card: &Value) -> Result<Interface, String> {
    let offered = card.get("supportedInterfaces").and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut fits =
        offered.filter(|one| text(one, "protocolBinding") == BINDING && text(one, "protocolVersion") == VERSION);
    let found = fits.next().ok_or_else(|| format!("its card offers no {BINDING} interface of version {VERSION}"))?;
    let url = Url::parse(&text(found, "url")).map_err(|e| format!("the address in its card: {e}"))?;
    let tenant = Some(text(found, "tenant")).filter(|tenant| !tenant.is_empty());
    Ok(Interface { url, tenant })
}

/// The address at which any agent's JSON-RPC is called, of a card of any version; for calls that processes make themselves.
/// `modern`: by a method of 1.0, and not of the versions before; where none is of that version it is the first.
pub(crate) fn address(card: &Value, modern: bool) -> Option<&str> {
    let offered = card.get("supportedInterfaces").and_then(Value::as_array).into_iter().flatten();
    let spoken: Vec<&Value> = offered.filter(|one| one["protocolBinding"] == BINDING).collect();
    let major = if modern { "1." } else { "0." };
    let of_version = |one: &&&Value| one["protocolVersion"].as_str().is_some_and(|version| version.starts_with(major));
    let fits = spoken.iter().find(of_version);
    let named = fits.or_else(|| spoken.first()).and_then(|one| one.get("url"));
    named.or_else(|| card.get("url")).and_then(Value::as_str)
}

/// The connector file and the pinned card of an agent. What it is asked for may change something, as nobody knows.
pub fn files(name: &str, card_url: &Url, card: &Value) -> Result<Vec<(String, String)>, String> {
    let interface = interface(card)?;
    let title = card.get("name").and_then(Value::as_str).unwrap_or(name);
    let out = format!(
        "# From what the agent says of itself. Look through risk; set idempotent where it takes a message once, by its id.\n\
         name: {name}\ntitle: {}\nkind: a2a\nbase_url: {}\ndescribe_url: {}\ncard: connectors/{name}.card.json\n\
         timeout_ms: {TIMEOUT_MS}\nattempts: 1\nactions:\n  - name: {name}_send\n    title: {}\n    operation: send\n    \
         risk: high\n    outside_text: true\n  - name: {name}_task\n    title: {}\n    operation: task\n    \
         outside_text: true\n  - name: {name}_cancel\n    title: {}\n    operation: cancel\n    risk: medium\n    \
         outside_text: true\n",
        json!(title),
        json!(interface.url.as_str()),
        json!(card_url.as_str()),
        json!(format!("Ask {title}")),
        json!(format!("How far {title} has come")),
        json!(format!("Withdraw what {title} was asked")),
    );
    let pinned = serde_json::to_string_pretty(card).map_err(|e| e.to_string())?;
    Ok(vec![(format!("connectors/{name}.card.json"), pinned + "\n"), (format!("connectors/{name}.yaml"), out)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Value {
        json!({"name": "Planner", "version": "7", "skills": [{"id": "plan"}], "supportedInterfaces": [
            {"url": "https://a.example/grpc", "protocolBinding": "GRPC", "protocolVersion": "1.0"},
            {"url": "https://a.example/old", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
            {"url": "https://a.example/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0", "tenant": "t"},
        ]})
    }

    #[test]
    fn the_first_interface_that_is_spoken_is_taken() {
        let found = interface(&card()).unwrap();
        assert_eq!((found.url.as_str(), found.tenant.as_deref()), ("https://a.example/rpc", Some("t")));
        assert!(interface(&json!({"url": "https://a.example"})).is_err());
    }

    #[test]
    fn a_method_is_called_where_its_version_is_spoken() {
        assert_eq!(address(&card(), true), Some("https://a.example/rpc"));
        assert_eq!(address(&card(), false), Some("https://a.example/old"));
        let mut new = card();
        new["supportedInterfaces"].as_array_mut().unwrap().remove(1);
        assert_eq!(address(&new, false), Some("https://a.example/rpc"), "the first of them that is JSON-RPC");
        for modern in [true, false] {
            assert_eq!(address(&json!({"url": "https://a.example"}), modern), Some("https://a.example"));
        }
    }

    #[test]
    fn a_card_is_the_same_whatever_its_own_version_and_not_with_another_skill() {
        let (mut later, mut other) = (card(), card());
        later["version"] = json!("8");
        other["skills"][0]["id"] = json!("pay");
        assert_eq!(digest(&later), digest(&card()));
        assert_ne!(digest(&other), digest(&card()));
    }
}
