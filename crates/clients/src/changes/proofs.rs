//! Whether a client asks for proofs: without one, a change goes on with a warning where a property could not be proven.

use super::PROOFS;
use baton_base::{ClientId, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, settings};
use serde_json::json;

const REQUIRED: &str = "required";

/// Whether every property has to be proven before a release of the client is published.
pub fn proofs_required(tx: &mut Tx, client: &ClientId) -> Result<bool> {
    Ok(settings::get(tx, client, PROOFS)?.as_deref() == Some(REQUIRED))
}

/// Says whether every property has to be proven from now on. What is refuted is never published.
pub fn require_proofs(tx: &mut Tx, ctx: &Ctx, required: bool) -> Result<()> {
    ctx.allow(Right::SettingsWrite)?;
    if required {
        settings::set(tx, &ctx.client, PROOFS, REQUIRED)?;
    } else {
        settings::remove(tx, &ctx.client, PROOFS)?;
    }
    let event = Event::new(&ctx.client, "change.proofs_set", PROOFS).with(json!({"required": required}));
    ledger::append(tx, ctx, event).map(|_| ())
}
