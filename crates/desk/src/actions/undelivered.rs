//! What a channel could not carry, or could not take in, is given to a person.

use crate::actions::complete::SEEN;
use crate::functions::takeover_form;
use crate::{Ask, DecisionSpec, Desk, Form, Kind, Needs, NewItem, OnDone, build_packet, open_item, store};
use baton_base::{CaseId, Result, WorkItemId};
use baton_cases::CaseState;
use baton_db::Tx;
use baton_govern::Ctx;

/// Priority of an answer that did not arrive.
const REPLY_PRIORITY: i64 = 2;
/// Priority of a contact that was not taken in.
const CONTACT_PRIORITY: i64 = 4;

/// An answer did not reach the customer. A live case that no person has is given to the default queue as a takeover;
/// otherwise somebody is told beside it.
pub fn reply_failed(tx: &mut Tx, ctx: &Ctx, desk: &Desk, case: &CaseId, why: &str) -> Result<WorkItemId> {
    let row = baton_cases::get(tx, &ctx.as_system("desk"), case)?.row;
    let with_person = row.state == CaseState::WithPerson || !store::live_of_case(tx, &ctx.client, case)?.is_empty();
    if with_person || !row.state.is_live() {
        let title = format!("An answer in case {} did not arrive: {why}", row.number);
        return open_item(tx, ctx, desk, review(ctx, title, REPLY_PRIORITY));
    }
    let intake = desk.live(&ctx.client)?;
    let ask = Ask {
        trigger: "reply_failed".to_owned(),
        reason: format!("the answer did not arrive: {why}"),
        recommendation: Some("Reach the customer by another way, or correct the mailbox and send again.".to_owned()),
        ..Ask::default()
    };
    let packet = build_packet(tx, ctx, &intake, case, ask)?;
    let mut new = review(ctx, format!("An answer did not arrive: {}", row.subject), REPLY_PRIORITY);
    new.kind = Kind::Takeover;
    new.form = takeover_form(false);
    new.case = Some(case.clone());
    new.packet = Some(packet);
    open_item(tx, ctx, desk, new)
}

/// Something came in that is no case now: somebody looks at it.
pub fn not_taken_in(tx: &mut Tx, ctx: &Ctx, desk: &Desk, title: String) -> Result<WorkItemId> {
    open_item(tx, ctx, desk, review(ctx, title, CONTACT_PRIORITY))
}

fn review(ctx: &Ctx, title: String, priority: i64) -> NewItem {
    NewItem {
        kind: Kind::Review,
        queue: None,
        title,
        case: None,
        waiting: None,
        run: None,
        packet: None,
        form: Form::of(vec![DecisionSpec::new(SEEN, "Set aside", "s", &[])]),
        needs: Needs::default(),
        priority,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    }
}
