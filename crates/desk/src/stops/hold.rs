//! A case of a stopped AI goes to people: its runs stand still, a takeover waits in the queue, and the customer is told.

use super::store::{self, Hold};
use super::{append, covered};
use crate::actions::open::insert_item;
use crate::functions::takeover_form;
use crate::{Ask, Desk, Intake, Kind, Needs, NewItem, OnDone, Queue, actions, build_packet, truth};
use baton_base::{CaseId, Result, RunId, WorkItemId};
use baton_cases::{Case, CaseState};
use baton_db::Tx;
use baton_govern::Ctx;
use baton_govern::stop::{self, Stop};
use serde_json::json;

/// Priority of work that a stop has left to people: before what has no hurry, after what is urgent by itself.
const STOPPED_PRIORITY: i64 = 4;
/// Priority of what the AI is late with.
const LATE_PRIORITY: i64 = 2;

/// Holds these cases, each by itself; returns how many were held.
pub(super) fn some(tx: &mut Tx, ctx: &Ctx, desk: &Desk, stop: &Stop, cases: &[CaseId]) -> Result<usize> {
    let mut held = 0;
    for case in cases {
        match tx.attempt(|tx| one(tx, ctx, desk, stop, case)) {
            Ok(done) => held += usize::from(done),
            Err(error) => {
                tracing::warn!(client = %ctx.client, %case, %error, "a case of a stopped AI stays with it for now")
            }
        }
    }
    Ok(held)
}

/// A run that waits at a stop: its case is held where a stop covers it, and the run goes on where none does any more. Where
/// people have the case it waits on.
pub(super) fn parked(tx: &mut Tx, ctx: &Ctx, desk: &Desk, run: &RunId, case: &CaseId) -> Result<bool> {
    if !ai_has(&read(tx, ctx, case)?) {
        return Ok(false);
    }
    for stop in stop::engaged(tx, &ctx.client)? {
        if covered::covers(tx, &ctx.client, &stop, case, None)? {
            return one(tx, ctx, desk, &stop, case);
        }
    }
    baton_runs::unpark(tx, ctx, run, false)?;
    Ok(false)
}

fn read(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Case> {
    baton_cases::get(tx, &ctx.as_system("desk"), case)
}

fn ai_has(case: &Case) -> bool {
    matches!(case.row.state, CaseState::Open | CaseState::WaitingCustomer)
}

/// Why a case goes to people.
struct Why<'a> {
    /// As stored.
    name: &'static str,
    trigger: &'static str,
    reason: String,
    recommendation: &'static str,
    /// The stop that holds it, if one does.
    stop: Option<&'a Stop>,
    priority: i64,
}

/// False where the case has ended, or people have it already.
fn one(tx: &mut Tx, ctx: &Ctx, desk: &Desk, stop: &Stop, id: &CaseId) -> Result<bool> {
    let why = Why {
        name: "stopped",
        trigger: "stopped",
        reason: format!("AI is stopped here: {}", stop.reason),
        recommendation: "Go on with the customer where the conversation stands. The AI goes on by itself when the stop is \
                         released, unless somebody has the case by then.",
        stop: Some(stop),
        priority: STOPPED_PRIORITY,
    };
    give(tx, ctx, desk, id, &why)
}

/// The AI is late with it: it goes to people, and back by their decision only.
pub(super) fn late(tx: &mut Tx, ctx: &Ctx, desk: &Desk, id: &CaseId, reason: &str) -> Result<bool> {
    let why = Why {
        name: "late",
        trigger: "sla",
        reason: reason.to_owned(),
        recommendation: "Answer the customer first; then finish the case, or give it back to the AI with an instruction.",
        stop: None,
        priority: LATE_PRIORITY,
    };
    give(tx, ctx, desk, id, &why)
}

fn give(tx: &mut Tx, ctx: &Ctx, desk: &Desk, id: &CaseId, why: &Why<'_>) -> Result<bool> {
    if !ai_has(&read(tx, ctx, id)?) {
        return Ok(false);
    }
    // The runs first: locks are taken run, work item, case. Nothing of the case moves by itself from here on.
    let runs = baton_runs::hold_case(tx, ctx, id, &why.reason)?;
    let case = read(tx, ctx, id)?;
    if !ai_has(&case) {
        // People took it in between: the runs go on, and what waits for AI there waits on.
        baton_runs::go_on(tx, ctx, &runs, 0, "people have the case already")?;
        return Ok(false);
    }
    let intake = desk.live(&ctx.client)?;
    let queue = queue_for(desk, ctx, &intake, tx, &case)?;
    let standing = truth::standing(tx, &ctx.client, &intake, (queue, &queue.needs), ctx.now_ms())?;
    let item = put_up(tx, ctx, desk, (&*intake, queue), &case, why)?;
    baton_cases::hand_over(tx, ctx, id, &actions::hands::queue_actor(&queue.name))?;
    let told = truth::tell(tx, ctx, desk, id, (queue, &standing), &item)?;
    let by = |stop: &Stop| (stop.client.to_string(), stop.scope.name().to_owned(), stop.target.clone());
    let hold = Hold { stop: why.stop.map(by).unwrap_or_default(), told, ..of(&case, &item, runs, ctx.now_ms()) };
    store::insert(tx, &ctx.client, why.name, &hold, why.stop.is_none())?;
    let facts = json!({"why": why.name, "scope": why.stop.map(|s| s.scope), "target": why.stop.map(|s| &s.target),
        "reason": why.reason, "runs": hold.runs, "from": case.row.actor, "queue": queue.name, "work_item": item,
        "told": told});
    append(tx, ctx, id, "case.held", facts)?;
    Ok(true)
}

fn of(case: &Case, item: &WorkItemId, runs: Vec<RunId>, now_ms: i64) -> Hold {
    Hold {
        case: case.row.id.clone(),
        stop: (String::new(), String::new(), String::new()),
        item: item.clone(),
        actor: (case.row.actor.kind.clone(), case.row.actor.name.clone()),
        state: case.row.state.as_str().to_owned(),
        runs,
        seq: case.row.message_count,
        told: false,
        held_ms: now_ms,
    }
}

/// A member has taken the case, with this item: its runs stand still until they give it back.
pub(super) fn taken(tx: &mut Tx, ctx: &Ctx, case: &Case, item: &WorkItemId) -> Result<()> {
    let runs = baton_runs::hold_case(tx, ctx, &case.row.id, "a person took the case")?;
    store::insert(tx, &ctx.client, "taken", &of(case, item, runs, ctx.now_ms()), true)
}

fn put_up(
    tx: &mut Tx,
    ctx: &Ctx,
    desk: &Desk,
    (intake, queue): (&Intake, &Queue),
    case: &Case,
    why: &Why<'_>,
) -> Result<WorkItemId> {
    let ask = Ask {
        trigger: why.trigger.to_owned(),
        reason: why.reason.clone(),
        recommendation: Some(why.recommendation.to_owned()),
        excuse: Some("the case was taken from the AI, which could ask nothing more".to_owned()),
        ..Ask::default()
    };
    let packet = build_packet(tx, ctx, intake, &case.row.id, ask)?;
    let new = NewItem {
        kind: Kind::Takeover,
        queue: Some(queue.name.clone()),
        title: case.row.subject.clone(),
        case: Some(case.row.id.clone()),
        waiting: None,
        run: None,
        packet: Some(packet),
        form: takeover_form(true),
        needs: Needs::default(),
        priority: why.priority,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    };
    insert_item(tx, ctx, desk, &new)
}

fn queue_for<'a>(desk: &Desk, ctx: &Ctx, intake: &'a Intake, tx: &mut Tx, case: &Case) -> Result<&'a Queue> {
    let Some(run) = &case.run else { return Ok(intake.default_queue()) };
    let process = baton_runs::row_of(tx, &ctx.client, run)?.process;
    Ok(queue_of_process(desk, ctx, intake, &process))
}

/// The queue to which a process itself gives its cases; the default one where it names none.
pub(super) fn queue_of_process<'a>(desk: &Desk, ctx: &Ctx, intake: &'a Intake, process: &str) -> &'a Queue {
    let live = desk.cases.processes.live(&ctx.client).ok();
    let named = live.as_ref().and_then(|(_, all)| all.get(process)).and_then(|definition| {
        let calls = definition.calls().into_iter().filter(|(name, _)| *name == "escalate");
        calls
            .filter_map(|(_, with)| with.get("queue")?.as_str())
            .find_map(|name| intake.queue(name).map(|q| q.name.clone()))
    });
    named.and_then(|name| intake.queue(&name)).unwrap_or(intake.default_queue())
}
