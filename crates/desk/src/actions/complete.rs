//! A member decides a work item, and whoever waits goes on.

use crate::actions::claim::{may_decide, member_of, not_yours};
use crate::actions::hands;
use crate::form::REJECT;
use crate::{Kind, OnDone, State, WorkItem, WorkItemDetail, limits, stops, store};
use baton_base::{CaseId, Error, Event, MemberId, Result, WorkItemId, digest_of};
use baton_cases::Patch;
use baton_db::Tx;
use baton_engine::ErrorDoc;
use baton_govern::{Ctx, Right, ledger, redact};
use baton_runs::{RunFilter, RunInput, RunRow, RunStatus};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What a member decides.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// One of the form's decisions.
    pub decision: String,
    /// The fields that it asks for.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Why, in words.
    #[serde(default)]
    pub note: String,
}

/// Takes a decision on an item that the acting member has claimed.
///
/// The run is told before the item is written, so that locks are taken in the room's order; an item that is no longer
/// this member's undoes both.
pub fn complete(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, decision: &Decision) -> Result<WorkItem> {
    ctx.allow(Right::WorkRead)?;
    let member = member_of(ctx)?.clone();
    let found = store::find(tx, &ctx.client, id)?;
    if found.item.kind != Kind::Approval {
        ctx.allow(Right::WorkComplete)?;
    }
    if found.item.state != State::Claimed || found.item.claimed_by.as_ref() != Some(&member) {
        return Err(not_yours(&found));
    }
    may_decide(tx, ctx, &found)?;
    let note = checked_note(&decision.note)?;
    found.form.accept(&decision.decision, &decision.fields)?;
    let result = json!({
        "decision": decision.decision, "fields": decision.fields, "note": note, "by": member,
        "instruction": decision.fields.get("instruction"),
    });
    if let (Some(case), RETURN) = (&found.item.case, decision.decision.as_str()) {
        stops::may_go_back(tx, ctx, case)?;
    }
    tell_run(tx, ctx, &found, decision, &result)?;
    if !store::finish(tx, &ctx.client, id, &member, &result, ctx.now_ms())? {
        return Err(not_yours(&store::find(tx, &ctx.client, id)?));
    }
    append(tx, ctx, &found, decision, &note)?;
    if let Some(case) = &found.item.case {
        go_on(tx, ctx, &found, case, decision)?;
    }
    Ok(store::find(tx, &ctx.client, id)?.item)
}

fn checked_note(note: &str) -> Result<String> {
    let bytes = limits::NOTE_BYTES_MAX;
    if note.len() > bytes || note.contains('\0') {
        return Err(Error::invalid_at("/note", "the note cannot be kept", format!("at most {bytes} bytes of text")));
    }
    Ok(redact::mask_cards(note.trim()).0)
}

/// Decisions of the desk's own forms.
pub(crate) const RETURN: &str = "return_to_ai";
pub(crate) const RESOLVED: &str = "resolved";
pub(crate) const SEEN: &str = "seen";

fn tell_run(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, decision: &Decision, result: &Value) -> Result<()> {
    let Some((run, call)) = found.run.as_ref().zip(found.call.as_ref()) else {
        return tell_runs_of_case(tx, ctx, found, decision, result);
    };
    match found.on_done {
        OnDone::FinishApproval if decision.decision == REJECT => {
            let error = rejected(result);
            baton_runs::post(tx, ctx, run, &RunInput::CallFailed { call: call.clone(), error })
        }
        OnDone::FinishCall | OnDone::FinishApproval => baton_runs::finish_call(tx, ctx, run, call, result.clone()),
        OnDone::Approval => {
            let mut event = result.clone();
            event["type"] = "approval".into();
            event["work_item"] = json!(found.item.id);
            event["call"] = json!(call);
            event["at_ms"] = ctx.now_ms().into();
            baton_runs::post(tx, ctx, run, &RunInput::Message { event })
        }
        OnDone::Case => tell_runs_of_case(tx, ctx, found, decision, result),
    }
}

fn rejected(result: &Value) -> ErrorDoc {
    let note = result["note"].as_str().filter(|note| !note.is_empty());
    ErrorDoc {
        kind: "urn:baton:error:rejected".to_owned(),
        status: 403,
        title: Some("rejected by a person".to_owned()),
        detail: Some(note.unwrap_or("no reason was given").to_owned()),
        instance: None,
    }
}

/// No call waits: the case's runs are ended when a person has resolved it, and go on when it is returned.
fn tell_runs_of_case(
    tx: &mut Tx,
    ctx: &Ctx,
    found: &WorkItemDetail,
    decision: &Decision,
    result: &Value,
) -> Result<()> {
    if found.on_done != OnDone::Case {
        return Ok(());
    }
    let Some(case) = &found.item.case else { return set_aside(tx, ctx, found, decision) };
    let filter = RunFilter {
        clients: vec![ctx.client.clone()],
        cases: Some(vec![case.clone()]),
        statuses: RunStatus::OPEN.to_vec(),
        ..RunFilter::default()
    };
    let runs = baton_runs::list(tx, &filter, None, baton_base::limits::PAGE_MAX)?.rows;
    let held = stops::store::find(tx, &ctx.client, case)?.map(|held| held.runs).unwrap_or_default();
    let goes_on = |run: &&RunRow| matches!(run.status.as_str(), "running" | "waiting") || held.contains(&run.id);
    let live: Vec<_> = runs.iter().filter(goes_on).collect();
    match decision.decision.as_str() {
        RESOLVED => {
            stops::forget(tx, ctx, case)?;
            for run in &runs {
                let reason = format!("case resolved by {}", ctx.actor);
                if run.status == RunStatus::Faulted.as_str() {
                    baton_runs::set_aside(tx, ctx, &run.id, &reason)?;
                } else {
                    baton_runs::post(tx, ctx, &run.id, &RunInput::Cancel { reason, compensate: false })?;
                }
            }
            Ok(())
        }
        RETURN if live.is_empty() => {
            Err(Error::Conflict("the case's process has ended, so the AI cannot go on; resolve the case".to_owned()))
        }
        RETURN => {
            stops::let_go(tx, ctx, case)?;
            for run in &live {
                let event = json!({
                    "specversion": "1.0", "id": found.item.id, "source": "baton/desk", "type": "baton.case.returned",
                    "data": {"case": case, "by": result["by"], "instruction": result["instruction"]},
                });
                baton_runs::post(tx, ctx, &run.id, &RunInput::Event { event })?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A run without a case that could not go on is no dead letter any more, once its owner says so.
fn set_aside(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, decision: &Decision) -> Result<()> {
    match (&found.run, decision.decision.as_str()) {
        (Some(run), SEEN) => baton_runs::set_aside(tx, ctx, run, &format!("set aside by {}", ctx.actor)),
        _ => Ok(()),
    }
}

fn append(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, decision: &Decision, note: &str) -> Result<()> {
    let mut event = Event::new(&ctx.client, "work_item.completed", &found.item.id);
    event.case.clone_from(&found.item.case);
    event.run.clone_from(&found.run);
    let title = found.form.decisions.iter().find(|d| d.id == decision.decision).map(|d| d.title.as_str());
    let fields: Vec<_> = decision.fields.keys().collect();
    let facts = json!({
        "kind": found.item.kind, "queue": found.item.queue, "decision": decision.decision, "title": title,
        "fields": fields, "fields_digest": digest_of(&decision.fields), "has_note": !note.is_empty(),
        "waited_ms": ctx.now_ms() - found.item.opened_ms,
    });
    ledger::append(tx, ctx, event.with(facts))?;
    Ok(())
}

fn go_on(tx: &mut Tx, ctx: &Ctx, found: &WorkItemDetail, case: &CaseId, decision: &Decision) -> Result<()> {
    let state = baton_cases::get(tx, &ctx.as_system("desk"), case)?.row.state;
    if !state.is_live() {
        return Ok(());
    }
    baton_cases::touch_by_person(tx, ctx, case)?;
    let resolved = decision.decision == RESOLVED;
    if resolved && found.on_done == OnDone::Case {
        let given = decision.fields.get("outcome").and_then(Value::as_str).map(str::trim).filter(|o| !o.is_empty());
        let outcome = Some(given.unwrap_or("resolved_by_person").to_owned());
        return baton_cases::record(tx, ctx, case, Patch { outcome, ..Patch::default() }).map(|_| ());
    }
    hands::back_to_process(tx, ctx, case, !resolved)
}

/// Gives an item that a member has to that member's decision of this id; for other actions of the room.
pub(crate) fn decide(
    tx: &mut Tx,
    ctx: &Ctx,
    item: &WorkItemDetail,
    decision: &str,
    fields: Map<String, Value>,
) -> Result<WorkItem> {
    let decision = Decision { decision: decision.to_owned(), fields, note: String::new() };
    complete(tx, ctx, &item.item.id, &decision)
}

/// Whether a member has the item.
pub(crate) fn is_with(item: &WorkItemDetail, member: &MemberId) -> bool {
    item.item.state == State::Claimed && item.item.claimed_by.as_ref() == Some(member)
}
