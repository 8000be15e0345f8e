//! A person makes one case of two, two of one, or takes that back.

use crate::actions::claim::{append_with, member_of};
use crate::actions::hands;
use crate::actions::open::insert_item;
use crate::functions::takeover_form;
use crate::{Desk, Kind, Needs, NewItem, OnDone, State, WorkItem, open_item, stops, store};
use baton_base::{CaseId, Error, MemberId, Result};
use baton_cases::merged::{self, Merge, Merging, Split, SplitOff};
use baton_cases::{Case, CaseState};
use baton_db::Tx;
use baton_govern::{Ctx, Right, members};
use serde_json::json;

/// Priority of a case that people get by a split, or back by the undoing of a merge.
const PRIORITY: i64 = 5;

/// Merges one case into another: its runs end, the work on it is withdrawn with the reason, and it is closed with a link. Refused
/// while a colleague has one of the two, with the name of whoever must put it back. Returns both cases.
pub fn merge_cases(tx: &mut Tx, ctx: &Ctx, order: &Merge) -> Result<(Case, Case)> {
    ctx.allow(Right::CaseTake)?;
    let member = member_of(ctx)?.clone();
    let merging = merged::begin(tx, ctx, order)?;
    for case in [&merging.source, &merging.target] {
        is_free(tx, ctx, &member, case)?;
    }
    stops::forget(tx, ctx, &merging.source.row.id)?;
    withdraw(tx, ctx, &merging)?;
    merging.finish(tx, ctx)
}

/// Undoes a merge, as long as nothing was written through it. The process of the case was ended: the case waits in the default
/// queue for a person. Returns the case and the one that it was in.
pub fn unmerge_case(tx: &mut Tx, ctx: &Ctx, desk: &Desk, case: &CaseId) -> Result<(Case, Case)> {
    ctx.allow(Right::CaseTake)?;
    let member = member_of(ctx)?.clone();
    let intake = desk.live(&ctx.client)?;
    let queue = intake.default_queue();
    let (source, target) = merged::unmerge(tx, ctx, case, &hands::queue_actor(&queue.name))?;
    is_free(tx, ctx, &member, &target)?;
    insert_item(tx, ctx, desk, &takeover(ctx, case, &source.row.subject))?;
    Ok((source, target))
}

/// Splits messages off a case. The new case waits in the default queue for a person, or its channel's process begins.
pub fn split_case(tx: &mut Tx, ctx: &Ctx, desk: &Desk, order: &Split) -> Result<SplitOff> {
    ctx.allow(Right::CaseTake)?;
    let member = member_of(ctx)?.clone();
    let old = baton_cases::get(tx, &ctx.as_system("desk"), &order.case)?;
    is_free(tx, ctx, &member, &old)?;
    let made = merged::split(tx, ctx, &desk.cases, order)?;
    if made.run.is_none() {
        open_item(tx, ctx, desk, takeover(ctx, &made.case, &made.subject))?;
    }
    Ok(made)
}

/// Whether no colleague has a case, or work on it.
fn is_free(tx: &mut Tx, ctx: &Ctx, member: &MemberId, case: &Case) -> Result<()> {
    let row = &case.row;
    let live = store::live_of_case(tx, &ctx.client, &row.id)?;
    let working = live.iter().filter_map(|item| item.item.claimed_by.as_ref()).find(|other| *other != member);
    let has_case =
        row.state == CaseState::WithPerson && row.actor.kind == "member" && row.actor.name != member.as_str();
    let other = match (working, has_case) {
        (Some(other), _) => other.clone(),
        (None, true) => row.actor.name.parse()?,
        (None, false) => return Ok(()),
    };
    let name = members::get(tx, &other)?.name;
    Err(Error::Conflict(format!(
        "{name} works on case {}; they put it back first, or a supervisor gives it to somebody else",
        row.number
    )))
}

/// Nobody decides any more what is asked about a case that is not worked on.
fn withdraw(tx: &mut Tx, ctx: &Ctx, merging: &Merging) -> Result<()> {
    let (source, target) = (&merging.source.row, &merging.target.row);
    let why = format!("case {} was merged into case {}", source.number, target.number);
    for item in store::live_of_case(tx, &ctx.client, &source.id)? {
        // What a colleague has claimed in this moment is theirs.
        let only_waiting = item.item.state == State::Waiting;
        if !store::cancel(tx, &ctx.client, &item.item.id, only_waiting, ctx.now_ms())? {
            return Err(faster(&item.item));
        }
        append_with(tx, ctx, &item, "work_item.cancelled", json!({"why": why}))?;
    }
    Ok(())
}

fn faster(item: &WorkItem) -> Error {
    Error::Conflict(format!("somebody has just taken or decided '{}'; look again", item.title))
}

fn takeover(ctx: &Ctx, case: &CaseId, subject: &str) -> NewItem {
    NewItem {
        kind: Kind::Takeover,
        queue: None,
        title: subject.to_owned(),
        case: Some(case.clone()),
        waiting: None,
        run: None,
        packet: None,
        // No process waits to go on.
        form: takeover_form(false),
        needs: Needs::default(),
        priority: PRIORITY,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    }
}
