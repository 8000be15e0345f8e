//! A run that cannot go on is given to a person.

use crate::actions::claim::append;
use crate::actions::complete::SEEN;
use crate::functions::takeover_form;
use crate::{Ask, DecisionSpec, Desk, Form, Kind, Needs, NewItem, OnDone, build_packet, open_item, store};
use baton_base::{CaseId, Event, Result};
use baton_db::Tx;
use baton_govern::ledger;
use baton_runs::Faulted;
use serde_json::json;

/// Priority of work that a fault left behind.
const FAULT_PRIORITY: i64 = 2;

/// Gives the case of a faulted run to the default queue as a takeover. Work of the run that still waited is
/// withdrawn. A case that a person has already, or that has ended, gets a note in the ledger: whoever has it owns what stopped in it
/// too, and what stopped after its end is for the default queue to look at, as is what stopped without a case.
pub fn run_faulted(tx: &mut Tx, desk: &Desk, faulted: &Faulted) -> Result<()> {
    let Some(case) = &faulted.case else { return without_case(tx, desk, faulted) };
    let ctx = &faulted.ctx;
    let mut with_person = false;
    for item in store::live_of_case(tx, &ctx.client, case)? {
        if item.run.as_ref() != Some(&faulted.run) {
            with_person = true;
        } else if store::cancel(tx, &ctx.client, &item.item.id, false, ctx.now_ms())? {
            append(tx, ctx, &item, "work_item.cancelled")?;
        }
    }
    let row = baton_cases::get(tx, ctx, case)?.row;
    if with_person || !row.state.is_live() {
        let event = Event::new(&ctx.client, "case.fault_noted", case).in_case(case).in_run(&faulted.run);
        ledger::append(tx, ctx, event.with(json!({"error": faulted.error["title"], "state": row.state})))?;
        return if with_person { Ok(()) } else { without_case(tx, desk, faulted) };
    }
    take_over(tx, desk, faulted, case, &row.subject)
}

fn take_over(tx: &mut Tx, desk: &Desk, faulted: &Faulted, case: &CaseId, subject: &str) -> Result<()> {
    let ctx = &faulted.ctx;
    let intake = desk.live(&ctx.client)?;
    let ask = Ask {
        trigger: "process_fault".to_owned(),
        reason: reason(faulted),
        recommendation: Some("Finish the case by hand; nothing that was done so far is repeated.".to_owned()),
        ..Ask::default()
    };
    let packet = build_packet(tx, ctx, &intake, case, ask)?;
    let form = takeover_form(false);
    let mut new = item(faulted, format!("Process stopped: {subject}"), form);
    new.case = Some(case.clone());
    new.packet = Some(packet);
    open_item(tx, ctx, desk, new).map(|_| ())
}

fn without_case(tx: &mut Tx, desk: &Desk, faulted: &Faulted) -> Result<()> {
    let form = Form::of(vec![DecisionSpec::new(SEEN, "Set aside", "s", &[])]);
    let mut new = item(faulted, format!("Process stopped: {}", reason(faulted)), form);
    new.kind = Kind::Review;
    open_item(tx, &faulted.ctx, desk, new).map(|_| ())
}

fn item(faulted: &Faulted, title: String, form: Form) -> NewItem {
    NewItem {
        kind: Kind::Takeover,
        queue: None,
        title,
        case: None,
        waiting: None,
        run: Some(faulted.run.clone()),
        packet: None,
        form,
        needs: Needs::default(),
        priority: FAULT_PRIORITY,
        requested_by: faulted.ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    }
}

fn reason(faulted: &Faulted) -> String {
    let text = |name: &str| faulted.error[name].as_str().unwrap_or_default();
    let (title, detail) = (text("title"), text("detail"));
    match (title.is_empty(), detail.is_empty()) {
        (false, false) => format!("{title}: {detail}"),
        (false, true) => title.to_owned(),
        (true, false) => detail.to_owned(),
        (true, true) => "the process failed without saying why".to_owned(),
    }
}
