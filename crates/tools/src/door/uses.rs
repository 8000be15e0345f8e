//! Which effect an approval has let through: one approval, one effect, however often and under whatever key it is sent.

use crate::store::{self, Effect, State};
use baton_base::{ClientId, EffectId, Error, Result, WorkItemId};
use baton_db::{Tx, params};

/// Refused by this where an approval has been used for another call.
pub(super) const POLICY: &str = "door:approval";

/// The effect that this approval has let through.
pub(super) fn effect_of(tx: &mut Tx, client: &ClientId, item: &WorkItemId) -> Result<Option<Effect>> {
    let sql = "SELECT effect_id FROM approval_use WHERE client_id = $1 AND work_item_id = $2";
    let found: Option<EffectId> = tx.query_opt(sql, params![client, item], |row| row.id(0))?;
    found.map(|effect| store::get(tx, client, &effect)).transpose()
}

/// Uses an approval for an effect; refused where it was used for another.
pub(super) fn take(tx: &mut Tx, client: &ClientId, item: &WorkItemId, effect: &EffectId, now_ms: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO approval_use (client_id, work_item_id, effect_id, used_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, work_item_id) DO NOTHING",
        params![client, item, effect, now_ms],
    )?;
    match effect_of(tx, client, item)? {
        Some(used) if used.id == *effect => Ok(()),
        _ => Err(Error::refused("the approval was used for another call", vec![POLICY.to_owned()])),
    }
}

/// Whether what came of an effect, or may have come of it, holds whatever is live now.
pub(super) fn stands(effect: &Effect) -> bool {
    effect.is_answered() || matches!(effect.state, State::Requested | State::Unknown)
}
