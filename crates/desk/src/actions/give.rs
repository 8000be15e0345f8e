//! Work is given to somebody: by the router, by a supervisor; and taken back from whoever is gone.

use crate::actions::claim::{append_with, fitness, to_have};
use crate::actions::hands;
use crate::team::profile::colleague;
use crate::{Intake, Queue, State, WorkItemDetail, limits, store};
use baton_base::{Actor, Error, MemberId, Result, WorkItemId};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, members, redact};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most items given to others at once.
const ITEMS_MAX: usize = 200;

/// What whoever leads does of a case that they have given to themselves, and which is no beginning.
const NOT_BEGUN: [&str; 4] = ["work_item.assigned", "work_item.moved", "case.assigned", "case.listened"];
/// Entries of one person that are looked at to see whether they have begun, the newest.
const DONE_LOOKED_MAX: u32 = 50;

/// Gives a waiting item to a member; false if somebody has it already.
pub(crate) fn give(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, member: &MemberId, why: &str) -> Result<bool> {
    let by = ctx.actor.to_string();
    if !store::hands::give(tx, &ctx.client, &found.item.id, None, member, &by, ctx.now_ms())? {
        return Ok(false);
    }
    if let Some(case) = &found.item.case {
        hands::to(tx, ctx, case, &Actor::Member { id: member.clone() }, None)?;
    }
    append_with(tx, ctx, found, "work_item.assigned", json!({"to": member, "why": why}))?;
    Ok(true)
}

/// Puts back into its queue what a member has, because they are gone; false if they no longer have it.
pub(crate) fn take_back(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, member: &MemberId, why: &str) -> Result<bool> {
    if !store::hands::take_back(tx, &ctx.client, &found.item.id, member, ctx.now_ms())? {
        return Ok(false);
    }
    if let Some(case) = &found.item.case {
        hands::back_to_queue(tx, ctx, case, member.as_str(), &found.item.queue)?;
    }
    append_with(tx, ctx, found, "work_item.returned", json!({"from": member, "why": why}))?;
    Ok(true)
}

/// Puts back everything a member has, at every client.
pub(crate) fn take_back_all(tx: &mut Tx, ctx: &Ctx, member: &MemberId, why: &str) -> Result<usize> {
    let mut returned = 0;
    for (client, item) in store::hands::held(tx, member)? {
        let there = Ctx::system(ctx.env(), &client, "desk");
        let found = store::find(tx, &client, &item)?;
        returned += usize::from(take_back(tx, &there, &found, member, why)?);
    }
    Ok(returned)
}

/// Puts back what no role of a member's lets them have any more where it is, approvals and other work alike: they can neither decide
/// it nor put it back, and nobody else could take it. Who may say so, the caller has asked.
pub fn take_back_shut(tx: &mut Tx, ctx: &Ctx, member: &MemberId, why: &str) -> Result<usize> {
    let mut returned = 0;
    for (client, item) in store::hands::held(tx, member)? {
        let found = store::find(tx, &client, &item)?;
        let wanted = to_have(found.item.kind);
        if members::roles(tx, &client, member)?.iter().any(|role| role.has(wanted)) {
            continue;
        }
        let there = Ctx::system(ctx.env(), &client, "desk");
        returned += usize::from(take_back(tx, &there, &found, member, why)?);
    }
    Ok(returned)
}

/// The same for those who have lost a role that a group gave.
pub fn take_back_lost(tx: &mut Tx, ctx: &Ctx, members: &[MemberId]) -> Result<usize> {
    let mut returned = 0;
    for member in members {
        returned += take_back_shut(tx, ctx, member, "has no role for it any more")?;
    }
    Ok(returned)
}

/// Where items go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum To {
    /// To a member, who has them then.
    Member(MemberId),
    /// To a queue, where they wait.
    Queue(String),
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// Which.
    pub item: WorkItemId,
    /// Whether it went where it should.
    pub moved: bool,
    /// Why not, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Gives items to a member or a queue, whoever has them now. One that cannot go stays where it is, and says why.
pub fn reassign(
    tx: &mut Tx,
    ctx: &Ctx,
    desk: &crate::Desk,
    items: &[WorkItemId],
    to: &To,
    reason: &str,
) -> Result<Vec<Moved>> {
    move_all(tx, ctx, desk, items, (to, reason, false))
}

/// The same to undo a reassignment: what somebody has begun since, or has taken from a queue, stays with them.
pub fn reassign_back(
    tx: &mut Tx,
    ctx: &Ctx,
    desk: &crate::Desk,
    items: &[WorkItemId],
    to: &To,
    reason: &str,
) -> Result<Vec<Moved>> {
    move_all(tx, ctx, desk, items, (to, reason, true))
}

fn move_all(
    tx: &mut Tx,
    ctx: &Ctx,
    desk: &crate::Desk,
    items: &[WorkItemId],
    (to, reason, unbegun): (&To, &str, bool),
) -> Result<Vec<Moved>> {
    ctx.allow(Right::WorkAssign)?;
    if items.is_empty() || items.len() > ITEMS_MAX {
        let what = format!("{} items", items.len());
        return Err(Error::invalid_at("/items", what, format!("give 1 to {ITEMS_MAX}")));
    }
    let (reason, _) = redact::mask_cards(reason.trim());
    if reason.len() > limits::NOTE_BYTES_MAX || reason.contains('\0') {
        let how = format!("give at most {} bytes of text", limits::NOTE_BYTES_MAX);
        return Err(Error::invalid_at("/reason", "the reason cannot be kept", how));
    }
    let intake = desk.live(&ctx.client)?;
    match to {
        To::Member(member) => colleague(tx, ctx, member)?,
        To::Queue(queue) => queue_of(&intake, queue).map(|_| ())?,
    }
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let done = tx.attempt(|tx| {
            if unbegun {
                still_unbegun(tx, ctx, item, to)?;
            }
            move_one(tx, ctx, &intake, item, (to, reason.as_str()))
        });
        let why = match done {
            Ok(()) => None,
            Err(Error::Broken(cause)) => return Err(Error::Broken(cause)),
            Err(other) => Some(other.to_string()),
        };
        all.push(Moved { item: item.clone(), moved: why.is_none(), why });
    }
    Ok(all)
}

/// Refuses where whoever was given an item has begun with it, or somebody has taken it by themselves.
fn still_unbegun(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, to: &To) -> Result<()> {
    let given = store::hands::given(tx, &ctx.client, id)?;
    let Some((member, since_ms, by)) = given else { return Ok(()) };
    if matches!(to, To::Member(back) if *back == member) {
        return Ok(());
    }
    let name = members::get(tx, &member)?.name;
    if by.is_none() {
        return Err(Error::Conflict(format!("{name} has taken it meanwhile; ask them, or reassign it")));
    }
    let found = store::find(tx, &ctx.client, id)?;
    let filter = ledger::Filter {
        clients: vec![ctx.client.clone()],
        actor: Some(member.to_string()),
        subject: found.item.case.is_none().then(|| id.to_string()),
        case: found.item.case,
        from_ms: Some(since_ms),
        ..ledger::Filter::default()
    };
    let done = ledger::list(tx, &filter, None, DONE_LOOKED_MAX)?.items;
    if done.iter().all(|entry| NOT_BEGUN.contains(&entry.kind.as_str())) {
        return Ok(());
    }
    Err(Error::Conflict(format!("{name} has begun with it; ask them, or reassign it")))
}

fn queue_of<'a>(intake: &'a Intake, name: &str) -> Result<&'a Queue> {
    intake.queue(name).ok_or_else(|| Error::not_found(format!("queue {name}")))
}

fn move_one(tx: &mut Tx, ctx: &Ctx, intake: &Intake, id: &WorkItemId, (to, reason): (&To, &str)) -> Result<()> {
    let found = store::find(tx, &ctx.client, id)?;
    let item = &found.item;
    if !matches!(item.state, State::Waiting | State::Claimed) {
        return Err(Error::Conflict("it is decided or withdrawn".to_owned()));
    }
    let (by, now_ms) = (ctx.actor.to_string(), ctx.now_ms());
    let holder = item.claimed_by.as_ref();
    let (kind, facts, moved) = match to {
        To::Member(member) => {
            if holder == Some(member) {
                return Ok(());
            }
            let roles = members::roles(tx, &ctx.client, member)?;
            fitness(tx, &roles, member, &found)?;
            let given = store::hands::give(tx, &ctx.client, id, holder, member, &by, now_ms)?;
            ("work_item.assigned", json!({"to": member, "from": holder, "why": reason}), given)
        }
        To::Queue(queue) => {
            let target = queue_of(intake, queue)?;
            let moved = store::hands::to_queue(tx, &ctx.client, id, holder, target, now_ms)?;
            ("work_item.moved", json!({"to_queue": queue, "from": holder, "why": reason}), moved)
        }
    };
    if !moved {
        return Err(Error::Conflict("somebody else was faster; look again".to_owned()));
    }
    if let Some(case) = &item.case {
        let actor = match to {
            To::Member(member) => Actor::Member { id: member.clone() },
            To::Queue(queue) => hands::queue_actor(queue),
        };
        hands::to(tx, ctx, case, &actor, holder.map(MemberId::as_str))?;
    }
    append_with(tx, ctx, &found, kind, facts)
}

/// Moves items that have waited too long in a queue to the one it overflows to, while that is open: where nobody works they would
/// only wait for others. One that cannot be moved stays, and the others go.
pub(crate) fn overflow(tx: &mut Tx, ctx: &Ctx, desk: &crate::Desk) -> Result<usize> {
    let intake = desk.live(&ctx.client)?;
    let mut moved = 0;
    for queue in intake.queues() {
        let Some((to, after_ms)) = &queue.overflow else { continue };
        let Some(to) = intake.queue(to).filter(|to| to.is_open(ctx.now_ms())) else { continue };
        for id in store::hands::waiting_since(tx, &ctx.client, &queue.name, ctx.now_ms() - after_ms)? {
            match tx.attempt(|tx| overflow_one(tx, ctx, &id, to)) {
                Ok(done) => moved += usize::from(done),
                Err(error) => tracing::warn!(client = %ctx.client, item = %id, %error, "an item could not overflow"),
            }
        }
    }
    Ok(moved)
}

fn overflow_one(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, to: &Queue) -> Result<bool> {
    let found = store::find(tx, &ctx.client, id)?;
    if !store::hands::to_queue(tx, &ctx.client, id, None, to, ctx.now_ms())? {
        return Ok(false);
    }
    if let Some(case) = &found.item.case {
        hands::to(tx, ctx, case, &hands::queue_actor(&to.name), None)?;
    }
    append_with(tx, ctx, &found, "work_item.moved", json!({"to_queue": to.name, "why": "waited too long"}))?;
    Ok(true)
}
