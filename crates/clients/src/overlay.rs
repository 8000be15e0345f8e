//! The overlay that a client's live release was made with.

use crate::assemble::{Overlay, declared};
use crate::store;
use baton_base::{ClientId, Error, Result};
use baton_db::{Tx, params};
use serde_json::Value;

/// A client's parameters as they are live; without a live release there is nothing to change.
pub fn overlay_of(tx: &mut Tx, client: &ClientId) -> Result<Overlay> {
    let none = || Error::not_found(format!("a live release of {client}"));
    let live = store::live_release(tx, client)?.ok_or_else(none)?;
    let bundle = store::release(tx, client, &live)?.bundle;
    let sql = "SELECT name, blueprint, locale, currency, time_zone FROM client WHERE client_id = $1";
    let found =
        tx.query_opt(sql, params![client], |r| Ok([r.text(0)?, r.text(1)?, r.text(2)?, r.text(3)?, r.text(4)?]))?;
    let [name, blueprint, locale, currency, time_zone] = found.ok_or_else(none)?;
    // What every release is given besides its own parameters.
    let given = ["client", "client_name", "locale", "currency"];
    let head = bundle.sources.get("blueprint.yaml").or_else(|| bundle.files.get("blueprint.yaml"));
    let declared = head.and_then(|text| declared(text)).unwrap_or_default();
    // A default is the blueprint's: where it changes, the client's changes with it.
    let is_default = |name: &String, value: &Value| {
        declared.get(name).and_then(|spec| spec.default.as_ref()).is_some_and(|default| default == value)
    };
    let parameters = bundle.parameters.into_iter();
    let parameters =
        parameters.filter(|(name, value)| !given.contains(&name.as_str()) && !is_default(name, value)).collect();
    Ok(Overlay { client: client.to_string(), name, blueprint, locale, currency, time_zone, parameters })
}
