//! A member takes a work item, or puts it back.

use crate::actions::hands;
use crate::rules::{Brings, lacking};
use crate::{Kind, State, WorkItem, WorkItemDetail, store};
use baton_base::{Error, Event, MemberId, Result, WorkItemId};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, members};
use serde_json::json;

/// Takes a waiting item for the acting member. Of several who try at once exactly one gets it; whoever has it
/// already gets it again.
pub fn claim(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId) -> Result<WorkItem> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?.clone();
    let found = store::find(tx, &ctx.client, id)?;
    if found.item.state == State::Claimed && found.item.claimed_by.as_ref() == Some(&member) {
        return Ok(found.item);
    }
    may_decide(tx, ctx, &found)?;
    if !store::claim(tx, &ctx.client, id, &member, ctx.now_ms())? {
        return Err(taken(&store::find(tx, &ctx.client, id)?));
    }
    if let Some(case) = &found.item.case {
        hands::to_member(tx, ctx, case)?;
    }
    append(tx, ctx, &found, "work_item.claimed")?;
    Ok(store::find(tx, &ctx.client, id)?.item)
}

/// Puts a claimed item back into its queue.
pub fn release(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId) -> Result<WorkItem> {
    ctx.allow(Right::WorkClaim)?;
    let member = member_of(ctx)?;
    let found = store::find(tx, &ctx.client, id)?;
    if !store::release(tx, &ctx.client, id, member)? {
        return Err(not_yours(&found));
    }
    if let Some(case) = &found.item.case {
        hands::release_to_queue(tx, ctx, case, &found.item.queue)?;
    }
    append(tx, ctx, &found, "work_item.released")?;
    Ok(store::find(tx, &ctx.client, id)?.item)
}

pub(crate) fn member_of(ctx: &Ctx) -> Result<&MemberId> {
    ctx.member_id().ok_or_else(|| Error::refused("work items are for members; sign in as one", vec![]))
}

/// Whether this member may decide the item at all: what it needs, and for an approval the right and another's eyes.
pub(crate) fn may_decide(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail) -> Result<()> {
    if found.item.kind == Kind::Approval {
        ctx.allow(Right::WorkApprove)?;
        if found.item.requested_by == ctx.actor.to_string() {
            let reason = "whoever asks for an approval does not give it; a colleague must decide";
            return Err(Error::refused(reason, vec!["desk:four-eyes".to_owned()]));
        }
    }
    let profile = members::get(tx, member_of(ctx)?)?;
    let brings = Brings {
        licences: &profile.licences,
        languages: &profile.languages,
        skills: &profile.skills,
        roles: ctx.roles(),
    };
    let lacking = lacking(&found.item.needs, &brings);
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Error::refused(format!("this work item needs {}", lacking.join(" and ")), vec!["desk:needs".to_owned()]))
}

pub(crate) fn not_yours(found: &WorkItemDetail) -> Error {
    match found.item.state {
        State::Waiting => Error::Conflict("nobody has this work item; claim it first".to_owned()),
        State::Claimed | State::Done | State::Cancelled => taken(found),
    }
}

fn taken(found: &WorkItemDetail) -> Error {
    Error::Conflict(match (found.item.state, &found.item.claimed_by) {
        (State::Claimed, Some(member)) => format!("this work item is with {member}"),
        (State::Done, _) => "this work item is decided".to_owned(),
        (State::Cancelled, _) => "this work item was withdrawn".to_owned(),
        (State::Waiting | State::Claimed, _) => "this work item is on its way back to the queue; try again".to_owned(),
    })
}

pub(crate) fn append(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, kind: &str) -> Result<()> {
    let mut event = Event::new(&ctx.client, kind, &found.item.id);
    event.case.clone_from(&found.item.case);
    event.run.clone_from(&found.run);
    ledger::append(tx, ctx, event.with(json!({"kind": found.item.kind, "queue": found.item.queue})))?;
    Ok(())
}
