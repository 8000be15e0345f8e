//! A person takes a case from the AI, and returns it.

use crate::actions::claim::{append, claim, may_decide, member_of};
use crate::actions::complete::{RETURN, decide, is_with};
use crate::actions::open::insert_item;
use crate::functions::takeover_form;
use crate::{Ask, Desk, Kind, Needs, NewItem, OnDone, State, WorkItem, build_packet, stops, store};
use baton_base::{CaseId, Error, Result};
use baton_cases::Case;
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use baton_runs::RunInput;
use serde_json::{Map, json};

/// Takes a case: claims the work that waits on it, or else opens a takeover of the member's own. From then on the
/// customer's messages are the member's.
pub fn take_case(tx: &mut Tx, ctx: &Ctx, desk: &Desk, case: &CaseId) -> Result<WorkItem> {
    ctx.allow(Right::CaseTake)?;
    let member = member_of(ctx)?.clone();
    let found = baton_cases::get(tx, &ctx.as_system("desk"), case)?;
    if !found.row.state.is_live() {
        return Err(Error::Conflict(format!("case {} has ended", found.row.number)));
    }
    let live = store::live_of_case(tx, &ctx.client, case)?;
    let work: Vec<_> = live.iter().filter(|item| item.item.kind != Kind::Approval).collect();
    if let Some(mine) = work.iter().find(|item| is_with(item, &member)) {
        return Ok(mine.item.clone());
    }
    if let Some(waiting) = work.iter().find(|item| item.item.state == State::Waiting) {
        return claim(tx, ctx, &waiting.item.id);
    }
    if let Some(other) = work.first().and_then(|item| item.item.claimed_by.as_ref()) {
        return Err(Error::Conflict(format!("case {} is with {other}", found.row.number)));
    }
    open_and_claim(tx, ctx, desk, &found)
}

fn open_and_claim(tx: &mut Tx, ctx: &Ctx, desk: &Desk, case: &Case) -> Result<WorkItem> {
    let id = &case.row.id;
    // The run is told first: locks are taken run, work item, case.
    if let Some(run) = &case.run {
        let event = json!({
            "specversion": "1.0", "id": ctx.id("evt"), "source": "baton/desk", "type": "baton.case.taken",
            "data": {"case": id, "by": ctx.actor.name()},
        });
        baton_runs::post(tx, ctx, run, &RunInput::Event { event })?;
    }
    let intake = desk.live(&ctx.client)?;
    let ask = Ask { trigger: "person_takes".into(), reason: "A member took the case.".into(), ..Ask::default() };
    let packet = build_packet(tx, ctx, &intake, id, ask)?;
    let new = NewItem {
        kind: Kind::Takeover,
        queue: None,
        title: case.row.subject.clone(),
        case: Some(id.clone()),
        waiting: None,
        run: None,
        packet: Some(packet),
        form: takeover_form(true),
        needs: Needs::default(),
        priority: 5,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    };
    let item = insert_item(tx, ctx, desk, &new)?;
    let opened = store::find(tx, &ctx.client, &item)?;
    may_decide(tx, ctx, &opened)?;
    store::claim(tx, &ctx.client, &item, member_of(ctx)?, ctx.now_ms())?;
    stops::hold_for_member(tx, ctx, case, &item)?;
    baton_cases::hand_over(tx, ctx, id, &ctx.actor)?;
    append(tx, ctx, &opened, "work_item.claimed")?;
    Ok(store::find(tx, &ctx.client, &item)?.item)
}

/// Returns a case that the acting member has to the AI, with an instruction.
pub fn return_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId, instruction: &str) -> Result<WorkItem> {
    let member = member_of(ctx)?.clone();
    let number = baton_cases::get(tx, ctx, case)?.row.number;
    let live = store::live_of_case(tx, &ctx.client, case)?;
    let returnable = |item: &&crate::WorkItemDetail| {
        is_with(item, &member) && item.form.decisions.iter().any(|decision| decision.id == RETURN)
    };
    let Some(item) = live.iter().find(returnable) else {
        return Err(Error::Conflict(format!("case {number} is not yours to return; take it, or decide its work item")));
    };
    let mut fields = Map::new();
    if !instruction.trim().is_empty() {
        fields.insert("instruction".to_owned(), instruction.trim().into());
    }
    decide(tx, ctx, item, RETURN, fields)
}
