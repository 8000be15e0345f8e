//! Somebody sees to a gap.

use super::rules::State;
use super::{Gap, limits, store};
use baton_base::{Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde_json::json;

/// Moves a gap on, with a remark for whoever reads it later.
pub fn settle(tx: &mut Tx, ctx: &Ctx, gap: &str, state: State, note: &str) -> Result<Gap> {
    ctx.allow(Right::KnowledgeWrite)?;
    if note.chars().count() > limits::NOTE_CHARS_MAX {
        let most = format!("write at most {} characters", limits::NOTE_CHARS_MAX);
        return Err(Error::invalid_at("note", "the remark is too long", most));
    }
    let before = store::get(tx, &ctx.client, gap)?.ok_or_else(|| Error::not_found("this gap"))?;
    if before.state == state && before.note == note {
        return Ok(before);
    }
    store::set_state(tx, ctx, gap, state, note)?;
    let data = json!({"from": before.state, "to": state, "note": note, "asked": before.asked});
    ledger::append(tx, ctx, Event::new(&ctx.client, "knowledge.gap_settled", gap).with(data))?;
    store::get(tx, &ctx.client, gap)?.ok_or_else(|| Error::not_found("this gap"))
}
