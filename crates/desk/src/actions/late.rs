//! Work that is late with whoever has it: where its queue says so it is taken back from them, for others.

use crate::actions::claim::append_with;
use crate::actions::{give, hands};
use crate::team::store::{There, there};
use crate::{Desk, Needs, Queue, sla, store};
use baton_base::{MemberId, Result, WorkItemId};
use baton_cases::Level;
use baton_db::Tx;
use baton_govern::Ctx;
use serde_json::json;

const WHY: &str = "it was late with them";

/// Takes late work back as each queue says, while people work where it goes: into the queue where it is, or into another. It moves
/// forward, and does not come back at once to the same person. What cannot be taken back stays, and the rest goes.
pub(crate) fn take_back_late(tx: &mut Tx, ctx: &Ctx, desk: &Desk) -> Result<usize> {
    let intake = desk.live(&ctx.client)?;
    let mut taken = 0;
    for queue in intake.queues() {
        let Some(late) = &queue.late else { continue };
        let to = late.to.as_deref().and_then(|to| intake.queue(to));
        if !to.unwrap_or(queue).is_open(ctx.now_ms()) {
            continue;
        }
        let held = store::hands::held_late(tx, &ctx.client, &queue.name, ctx.now_ms() - late.after_ms)?;
        let there = if held.is_empty() { Vec::new() } else { there(tx, &ctx.client, ctx.now_ms())? };
        for (id, member) in held {
            match tx.attempt(|tx| take_back_one(tx, ctx, &id, (&member, to), &there)) {
                Ok(done) => taken += usize::from(done),
                Err(error) => {
                    tracing::warn!(client = %ctx.client, item = %id, %error, "late work could not be taken back")
                }
            }
        }
    }
    Ok(taken)
}

/// Whether whoever has it is there, and nobody else who may have it: taken back from them it would be with nobody.
fn is_alone(there: &[There], member: &MemberId, needs: &Needs) -> bool {
    there.iter().any(|one| one.member == *member)
        && !there.iter().any(|one| one.member != *member && one.may_have(needs))
}

/// False where they no longer have it, or where it stays with them.
fn take_back_one(
    tx: &mut Tx,
    ctx: &Ctx,
    id: &WorkItemId,
    (member, to): (&MemberId, Option<&Queue>),
    there: &[There],
) -> Result<bool> {
    let found = store::find(tx, &ctx.client, id)?;
    if is_alone(there, member, to.map_or(&found.item.needs, |to| &to.needs)) {
        return Ok(false);
    }
    let taken = match to {
        None => give::take_back(tx, ctx, &found, member, WHY)?,
        Some(to) => store::hands::to_queue(tx, &ctx.client, id, Some(member), to, ctx.now_ms())?,
    };
    if !taken {
        return Ok(false);
    }
    if let Some(to) = to {
        if let Some(case) = &found.item.case {
            hands::to(tx, ctx, case, &hands::queue_actor(&to.name), Some(member.as_str()))?;
        }
        let facts = json!({"to_queue": to.name, "from": member, "why": WHY});
        append_with(tx, ctx, &found, "work_item.moved", facts)?;
    }
    store::hands::not_again(tx, &ctx.client, id, member)?;
    sla::forward(tx, &ctx.client, id, Level::Breach)?;
    Ok(true)
}
