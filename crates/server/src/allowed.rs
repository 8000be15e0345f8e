//! Why an effect was allowed: its permit, what the ledger says of it, and the proof that the ledger says so.

use baton_base::{ClientId, EffectId, Result};
use baton_db::Tx;
use baton_govern::ledger;
use baton_tools::store;
use serde_json::{Value, json};

/// Entries of one effect.
const ENTRIES_MAX: u32 = 50;

/// Who asked for an effect, on which facts, rules, policies and approval it was allowed, how it ended; and for each entry of
/// the ledger about it the proof of its place, if it is sealed.
pub fn why(tx: &mut Tx, client: &ClientId, id: &EffectId) -> Result<Value> {
    let effect = store::get(tx, client, id)?;
    let filter =
        ledger::Filter { clients: vec![client.clone()], subject: Some(id.to_string()), ..ledger::Filter::default() };
    let mut entries = Vec::new();
    for entry in ledger::list(tx, &filter, None, ENTRIES_MAX)?.items.into_iter().rev() {
        let proof = ledger::prove(tx, client, &entry.id).ok();
        entries.push(json!({"entry": entry, "proof": proof}));
    }
    let asked = entries.iter().find(|entry| entry["entry"]["kind"] == "action.requested");
    let because = asked.map_or(Value::Null, |asked| {
        let data = &asked["entry"]["data"];
        json!({
            "asked_by": asked["entry"]["actor"], "on_behalf_of": asked["entry"]["on_behalf_of"],
            "policies": data["policies"], "rules": data["rules"], "autonomy": data["autonomy"],
            "confirmed_by_customer": data["confirmed"], "approved_by": data["approved_by"], "facts_read": data["reads"],
        })
    });
    Ok(json!({"client": client, "effect": effect, "allowed_because": because, "ledger": entries}))
}
