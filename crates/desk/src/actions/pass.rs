//! A member passes on to another queue what is done better there.

use crate::actions::claim::{append_with, member_of, not_yours};
use crate::actions::hands;
use crate::{Desk, Kind, State, WorkItem, store, truth};
use baton_base::{Error, Result, WorkItemId};
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use serde_json::json;

/// Passes an item that the acting member has to another queue, where it waits for somebody else and asks for what that queue asks
/// for. What whoever takes it should know is a note of the case; none is written where it is empty. Where nobody who may have it
/// is there, the customer is told so.
pub fn pass_on(tx: &mut Tx, ctx: &Ctx, desk: &Desk, id: &WorkItemId, queue: &str, note: &str) -> Result<WorkItem> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?.clone();
    let found = store::find(tx, &ctx.client, id)?;
    if found.item.state != State::Claimed || found.item.claimed_by.as_ref() != Some(&member) {
        return Err(not_yours(&found));
    }
    let intake = desk.live(&ctx.client)?;
    let target = intake.queue(queue).ok_or_else(|| Error::not_found(format!("queue {queue}")))?;
    if target.name == found.item.queue {
        return Err(Error::invalid_at("/queue", "it is of this queue already", "put it back, or name another queue"));
    }
    match (&found.item.case, note.trim()) {
        (_, "") => {}
        (Some(case), text) => baton_cases::add_note(tx, ctx, case, text, &[]).map(|_| ())?,
        (None, _) => {
            return Err(Error::invalid_at("/note", "this belongs to no case that could keep a note", "leave it out"));
        }
    }
    if !store::hands::to_queue(tx, &ctx.client, id, Some(&member), target, ctx.now_ms())? {
        return Err(Error::Conflict("somebody else was faster; look again".to_owned()));
    }
    store::hands::not_again(tx, &ctx.client, id, &member)?;
    if let Some(case) = &found.item.case {
        hands::to(tx, ctx, case, &hands::queue_actor(&target.name), Some(member.as_str()))?;
    }
    let facts =
        json!({"to_queue": target.name, "from": member, "why": "passed on", "has_note": !note.trim().is_empty()});
    append_with(tx, ctx, &found, "work_item.moved", facts)?;
    let moved = store::find(tx, &ctx.client, id)?.item;
    if let (Kind::Takeover | Kind::Reply, Some(case)) = (moved.kind, &moved.case) {
        let standing = truth::standing(tx, &ctx.client, &intake, (target, &moved.needs), ctx.now_ms())?;
        if !standing.is_staffed() {
            truth::tell(tx, ctx, desk, case, (target, &standing), id)?;
        }
    }
    Ok(moved)
}
