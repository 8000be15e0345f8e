//! A turn at a stop, or whose case a person has taken: it says nothing, keeps what it has heard, and goes on there when the
//! stop is released or the case given back. What the person has answered meanwhile is not answered again.

use super::args::{Args, Heard, Memo};
use baton_base::{Event, Result};
use baton_cases::CaseState;
use baton_db::Tx;
use baton_govern::{ledger, stop};
use baton_runs::{CallCx, Outcome, RELEASED};
use serde_json::{Value, json};

/// What the turn does where a stop covers its agent, its intent or the action that it asks about: it waits. None where it may
/// go on.
pub(super) fn at_a_stop(
    tx: &mut Tx,
    cx: &CallCx,
    args: &Args,
    memo: Memo,
    heard: Option<&Heard>,
) -> Result<Option<Outcome>> {
    let Some(case) = cx.case.as_ref().filter(|_| args.goal.converses()) else { return Ok(None) };
    let client = &cx.ctx.client;
    let mut intent = args.intent.clone();
    if intent.is_none() {
        intent = baton_cases::row(tx, &cx.ctx, case)?.intent;
    }
    let Some(stop) = stop::check(tx, client, Some(args.agent.as_str()), intent.as_deref(), args.action.as_deref())?
    else {
        return Ok(None);
    };
    let facts = json!({"agent": args.agent, "scope": stop.scope, "target": stop.target});
    ledger::append(tx, &cx.ctx, Event::new(client, "stop.met", case).in_case(case).in_run(&cx.run).with(facts))?;
    waits(memo, heard).map(Some)
}

/// What the turn does where a person has taken the case while a model was asked: it waits until they give it back. None where
/// the AI has it still.
pub(super) fn with_a_person(
    tx: &mut Tx,
    cx: &CallCx,
    args: &Args,
    memo: &Memo,
    heard: Option<&Heard>,
) -> Result<Option<Outcome>> {
    let Some(case) = cx.case.as_ref().filter(|_| args.goal.converses()) else { return Ok(None) };
    if baton_cases::row(tx, &cx.ctx, case)?.state != CaseState::WithPerson {
        return Ok(None);
    }
    waits(memo.clone(), heard).map(Some)
}

/// What the turn does with a message that a person has answered: it waits for the next one, as it would have if the person had
/// had the case when it came. None where nobody has.
pub(super) fn answered(tx: &mut Tx, cx: &CallCx, args: &Args, memo: &Memo, heard: &Heard) -> Result<Option<Outcome>> {
    // What the process has passed on is its own to judge: a person may have written before the goal began.
    let message = heard.message_id.as_ref().filter(|id| Some(*id) != args.message_id.as_ref());
    let Some((case, message)) = cx.case.as_ref().zip(message).filter(|_| args.goal.converses()) else {
        return Ok(None);
    };
    if !baton_cases::is_answered(tx, &cx.ctx.client, case, message)? {
        return Ok(None);
    }
    let memo = Memo { hearing: None, ..memo.clone() };
    Ok(Some(Outcome::Pending { wake_on: Some("message"), memo: memo.stored()? }))
}

/// Whether AI may speak in the case now: no stop covers it, and no person has it.
pub(super) fn may_speak(tx: &mut Tx, cx: &CallCx, args: &Args) -> Result<bool> {
    let Some(case) = cx.case.as_ref() else { return Ok(false) };
    let row = baton_cases::row(tx, &cx.ctx, case)?;
    let intent = args.intent.as_deref().or(row.intent.as_deref());
    let stop = stop::check(tx, &cx.ctx.client, Some(args.agent.as_str()), intent, args.action.as_deref())?;
    Ok(stop.is_none() && row.state != CaseState::WithPerson)
}

fn waits(mut memo: Memo, heard: Option<&Heard>) -> Result<Outcome> {
    memo.parked = true;
    memo.hearing = heard.cloned();
    Ok(Outcome::Pending { wake_on: Some(RELEASED), memo: memo.stored()? })
}

/// Why a turn is woken.
pub(super) enum Released {
    /// By a message, as ever.
    No,
    /// AI may go on: it takes up what it had heard, or begins where it had heard nothing.
    Again(Option<Heard>),
    /// AI may go on, and a person has answered meanwhile: the customer has the next word.
    Answered,
}

pub(super) fn released(memo: &mut Memo, event: &Value) -> Released {
    if event.get("type").and_then(Value::as_str) != Some(RELEASED) || !std::mem::take(&mut memo.parked) {
        return Released::No;
    }
    let heard = memo.hearing.take();
    if event.get("answered").and_then(Value::as_bool) == Some(true) {
        Released::Answered
    } else {
        Released::Again(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_taken_up_unless_a_person_has_answered() {
        let heard = Heard { text: "cancel it".to_owned(), message_id: None };
        let memo = || Memo { parked: true, hearing: Some(heard.clone()), ..Memo::default() };
        let mut one = memo();
        assert!(matches!(released(&mut one, &json!({"type": RELEASED})), Released::Again(Some(h)) if h == heard));
        assert!(!one.parked && one.hearing.is_none());
        assert!(matches!(released(&mut memo(), &json!({"type": RELEASED, "answered": true})), Released::Answered));
        assert!(matches!(released(&mut memo(), &json!({"type": "message", "text": "hello"})), Released::No));
        assert!(matches!(released(&mut Memo::default(), &json!({"type": RELEASED})), Released::No));
    }
}
