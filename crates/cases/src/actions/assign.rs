//! The case passes from one actor to another.

use crate::store::write;
use crate::{Case, CaseState, actions::receive::message_event, limits, rules, store};
use baton_base::{Actor, CaseId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use baton_runs::RunInput;
use serde_json::{Value, json};

/// Gives the next step of a case to an actor.
pub fn assign(tx: &mut Tx, ctx: &Ctx, case: &CaseId, actor: &Actor, state: CaseState) -> Result<()> {
    if !state.is_live() {
        return Err(Error::broken("a case ends with an outcome, by record"));
    }
    change_hands(tx, ctx, case, actor, state).map(|_| ())
}

/// Gives a case to a person, or to a queue of people (`system` actor `queue:<name>`): from now on the customer's
/// messages are kept from the run.
pub fn hand_over(tx: &mut Tx, ctx: &Ctx, case: &CaseId, to: &Actor) -> Result<()> {
    change_hands(tx, ctx, case, to, CaseState::WithPerson).map(|_| ())
}

/// Gives a case back to its process. With `deliver`, the run gets the messages that the customer wrote meanwhile and
/// that no member has answered.
pub fn give_back(tx: &mut Tx, ctx: &Ctx, case: &CaseId, to: &Actor, deliver: bool) -> Result<()> {
    let seen = store::find(tx, &ctx.client, case)?.ok_or_else(|| store::not_found(case))?;
    let ended = !seen.row.state.is_live();
    if ended {
        return Ok(());
    }
    let before = change_hands(tx, ctx, case, to, CaseState::Open)?;
    match (before.held_from_seq, &before.run) {
        (Some(from_seq), Some(_)) if deliver => deliver_held(tx, ctx, &before, from_seq),
        _ => Ok(()),
    }
}

/// Notes that a person has worked on a case: what ends from here on was not resolved by AI alone.
pub fn touch_by_person(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<()> {
    write::change(tx, &ctx.client, case, ctx.now_ms(), |_, case| {
        case.person_touched = true;
        Ok(())
    })?;
    Ok(())
}

/// Returns the case as it was before.
fn change_hands(tx: &mut Tx, ctx: &Ctx, id: &CaseId, actor: &Actor, state: CaseState) -> Result<Case> {
    let (after, before) = write::change(tx, &ctx.client, id, ctx.now_ms(), |_, case| {
        if !case.row.state.is_live() {
            return Err(Error::Conflict(format!("case {} has ended", case.row.number)));
        }
        let before = case.clone();
        case.set_actor(actor);
        case.row.state = state;
        case.person_touched |= matches!(actor, Actor::Member { .. });
        case.held_from_seq = match state {
            CaseState::WithPerson => case.held_from_seq.or(Some(case.row.message_count + 1)),
            _ => None,
        };
        Ok(before)
    })?;
    if before.row.actor != after.row.actor || before.row.state != after.row.state {
        let data = json!({"from": before.row.actor, "to": after.row.actor, "state": state});
        ledger::append(tx, ctx, Event::new(&ctx.client, "case.assigned", id).in_case(id).with(data))?;
    }
    Ok(before)
}

fn deliver_held(tx: &mut Tx, ctx: &Ctx, before: &Case, from_seq: i64) -> Result<()> {
    let Some(run) = &before.run else { return Ok(()) };
    let id = &before.row.id;
    let answered = store::last_member_seq(tx, &ctx.client, id)?;
    let after = answered.max(from_seq - 1);
    let held = store::messages_after(tx, &ctx.client, id, after, limits::HELD_MESSAGES_MAX)?;
    for message in held.iter().filter(|m| m.author.kind == "customer") {
        let text = rules::cut(&message.text);
        let event = message_event(&message.id, text, &Value::Null, message.sent_ms);
        baton_runs::post(tx, ctx, run, &RunInput::Message { event })?;
    }
    Ok(())
}
