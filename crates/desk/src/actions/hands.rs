//! Who has the case while people work on it.

use crate::store;
use baton_base::{Actor, CaseId, Result};
use baton_cases::{Case, CaseState};
use baton_db::Tx;
use baton_govern::Ctx;

/// The system actor that stands for a queue of people.
pub(crate) fn queue_actor(queue: &str) -> Actor {
    Actor::system(format!("queue:{queue}"))
}

/// The process side, which has the next step again.
fn process_actor() -> Actor {
    Actor::system("process")
}

/// A member's decision is written as the member's, but reading the case needs no right of its own.
fn case(tx: &mut Tx, ctx: &Ctx, id: &CaseId) -> Result<Case> {
    baton_cases::get(tx, &ctx.as_system("desk"), id)
}

/// Gives a live case to a queue, unless a person has it.
pub(crate) fn to_queue(tx: &mut Tx, ctx: &Ctx, id: &CaseId, queue: &str) -> Result<()> {
    let found = case(tx, ctx, id)?;
    if !found.row.state.is_live() || is_with_member(&found) {
        return Ok(());
    }
    baton_cases::hand_over(tx, ctx, id, &queue_actor(queue))
}

/// Gives a live case to the member who claimed work on it, unless a colleague has it.
pub(crate) fn to_member(tx: &mut Tx, ctx: &Ctx, id: &CaseId) -> Result<()> {
    let found = case(tx, ctx, id)?;
    if !found.row.state.is_live() || is_with_member(&found) {
        return Ok(());
    }
    baton_cases::hand_over(tx, ctx, id, &ctx.actor)
}

/// Gives the case of a member back to the queue.
pub(crate) fn release_to_queue(tx: &mut Tx, ctx: &Ctx, id: &CaseId, queue: &str) -> Result<()> {
    back_to_queue(tx, ctx, id, ctx.actor.name(), queue)
}

/// Gives a case back to the queue, if this member has it.
pub(crate) fn back_to_queue(tx: &mut Tx, ctx: &Ctx, id: &CaseId, member: &str, queue: &str) -> Result<()> {
    let found = case(tx, ctx, id)?;
    if found.row.state.is_live() && is_with_member(&found) && found.row.actor.name == member {
        return baton_cases::hand_over(tx, ctx, id, &queue_actor(queue));
    }
    Ok(())
}

/// Gives a live case to somebody else, unless a member other than the one who is to give it up has it.
pub(crate) fn to(tx: &mut Tx, ctx: &Ctx, id: &CaseId, actor: &Actor, from: Option<&str>) -> Result<()> {
    let found = case(tx, ctx, id)?;
    let other = is_with_member(&found) && from != Some(found.row.actor.name.as_str());
    if !found.row.state.is_live() || other {
        return Ok(());
    }
    baton_cases::hand_over(tx, ctx, id, actor)
}

/// Gives a case back to its process, unless other work on it still waits for people. With `deliver`, the run gets
/// what the customer wrote meanwhile.
pub(crate) fn back_to_process(tx: &mut Tx, ctx: &Ctx, id: &CaseId, deliver: bool) -> Result<()> {
    if !store::live_of_case(tx, &ctx.client, id)?.is_empty() {
        return Ok(());
    }
    let found = case(tx, ctx, id)?;
    if found.row.state != CaseState::WithPerson {
        return Ok(());
    }
    baton_cases::give_back(tx, ctx, id, &process_actor(), deliver)
}

/// Whether a person has the case.
pub(crate) fn is_with_member(case: &Case) -> bool {
    case.row.state == CaseState::WithPerson && case.row.actor.kind == "member"
}
