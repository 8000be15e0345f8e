//! A member takes a work item, or puts it back.

use crate::actions::hands;
use crate::rules::{Brings, lacking};
use crate::team::{self, profile};
use crate::{Kind, State, WorkItem, WorkItemDetail, store};
use baton_base::{Actor, Error, Event, MemberId, Result, WorkItemId};
use baton_db::Tx;
use baton_govern::members::{self, MemberState};
use baton_govern::{Ctx, Right, Role, ledger};
use serde_json::{Value, json};

/// Takes a waiting item for the acting member. Of several who try at once exactly one gets it; whoever has it
/// already gets it again.
pub fn claim(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId) -> Result<WorkItem> {
    ctx.allow(Right::WorkRead)?;
    let member = member_of(ctx)?.clone();
    let found = store::find(tx, &ctx.client, id)?;
    ctx.allow(to_have(found.item.kind))?;
    if found.item.state == State::Claimed && found.item.claimed_by.as_ref() == Some(&member) {
        return Ok(found.item);
    }
    may_decide(tx, ctx, &found)?;
    team::store::seen_at_work(tx, &member, ctx.now_ms())?;
    if found.item.state == State::Waiting {
        has_room(tx, &member, &found.item.channel, None)?;
    }
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
    ctx.allow(Right::WorkRead)?;
    let member = member_of(ctx)?;
    let found = store::find(tx, &ctx.client, id)?;
    ctx.allow(to_have(found.item.kind))?;
    if !store::release(tx, &ctx.client, id, member, ctx.now_ms())? {
        return Err(not_yours(&found));
    }
    if let Some(case) = &found.item.case {
        hands::release_to_queue(tx, ctx, case, &found.item.queue)?;
    }
    append(tx, ctx, &found, "work_item.released")?;
    Ok(store::find(tx, &ctx.client, id)?.item)
}

/// The right that it takes to have an item: who approves need not work on cases.
pub(crate) fn to_have(kind: Kind) -> Right {
    if kind == Kind::Approval { Right::WorkApprove } else { Right::WorkClaim }
}

pub(crate) fn member_of(ctx: &Ctx) -> Result<&MemberId> {
    ctx.member_id().ok_or_else(|| Error::refused("work items are for members; sign in as one", vec![]))
}

/// Whether this member may decide the item at all: what it needs, and for an approval the right and another's eyes.
pub(crate) fn may_decide(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail) -> Result<()> {
    if found.item.kind == Kind::Approval {
        ctx.allow(Right::WorkApprove)?;
    }
    fitness(tx, ctx.roles(), member_of(ctx)?, found)
}

/// Whether a member with these roles may have the item.
pub(crate) fn fitness(tx: &mut Tx, roles: &[Role], member: &MemberId, found: &WorkItemDetail) -> Result<()> {
    let wanted = if found.item.kind == Kind::Approval { Right::WorkApprove } else { Right::WorkComplete };
    if !roles.iter().any(|role| role.has(wanted)) {
        return Err(Error::refused(
            format!("{member} may not {}", wanted.title()),
            vec![format!("right:{}", wanted.name())],
        ));
    }
    if found.item.kind == Kind::Approval
        && found.item.requested_by == (Actor::Member { id: member.clone() }).to_string()
    {
        let reason = "whoever asks for an approval does not give it; a colleague must decide";
        return Err(Error::refused(reason, vec!["desk:four-eyes".to_owned()]));
    }
    let person = members::get(tx, member)?;
    if person.state != MemberState::Active {
        return Err(Error::refused(format!("{member} no longer works here"), vec!["desk:active".to_owned()]));
    }
    let profile = profile(tx, member)?;
    let brings = Brings {
        licences: &person.licences,
        languages: &person.languages,
        skills: &person.skills,
        jurisdictions: &profile.jurisdictions,
        roles,
    };
    let lacking = lacking(&found.item.needs, &brings);
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Error::refused(format!("this work item needs {}", lacking.join(" and ")), vec!["desk:needs".to_owned()]))
}

/// Whoever is said to take so much at once takes no more; `unsaid` holds where nobody has said so.
pub(crate) fn has_room(tx: &mut Tx, member: &MemberId, channel: &str, unsaid: Option<u16>) -> Result<()> {
    let profile = profile(tx, member)?;
    let full = |places: u16, what: &str| {
        Err(Error::Conflict(format!(
            "you have {places} {what} already, which is as many as you take at once; finish one"
        )))
    };
    if let Some(places) = profile.places.or(unsaid)
        && team::store::holds(tx, member, None)? >= i64::from(places)
    {
        return full(places, "work items");
    }
    match profile.channels.get(channel) {
        Some(places) if team::store::holds(tx, member, Some(channel))? >= i64::from(*places) => {
            full(*places, &format!("of {channel}"))
        }
        Some(_) | None => Ok(()),
    }
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
    append_with(tx, ctx, found, kind, json!({}))
}

/// The same, with facts of its own.
pub(crate) fn append_with(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, kind: &str, facts: Value) -> Result<()> {
    let mut event = Event::new(&ctx.client, kind, &found.item.id);
    event.case.clone_from(&found.item.case);
    event.run.clone_from(&found.run);
    let mut data = json!({"kind": found.item.kind, "queue": found.item.queue});
    if let (Some(all), Some(own)) = (data.as_object_mut(), facts.as_object()) {
        all.extend(own.clone());
    }
    ledger::append(tx, ctx, event.with(data))?;
    Ok(())
}
