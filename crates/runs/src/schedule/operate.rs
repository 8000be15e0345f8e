//! Somebody pauses the schedule of a process, or lets it go on.

use super::SchedulePart;
use super::events::Trigger;
use super::store::{self, Armed};
use crate::Processes;
use crate::actions::reason;
use baton_base::{Error, Event, Result, Versions};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// What an operation on a schedule led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduleOperated {
    /// The process.
    pub process: String,
    /// Whether its schedule is paused now.
    pub paused: bool,
    /// False if it stood so already: nothing was done, and nothing was written.
    pub changed: bool,
}

/// Pauses the schedule of a process: no run begins by it, also not on a new release, until it is resumed. Runs under way
/// go on. Events that come meanwhile are not for it.
///
/// # Errors
/// `NotFound` where the process has no schedule, `Invalid` without a reason, and those of rights and the database.
pub fn pause_schedule(tx: &mut Tx, ctx: &Ctx, process: &str, why: &str) -> Result<ScheduleOperated> {
    let (rows, why) = open(tx, ctx, process, why)?;
    let changed = rows.iter().any(|row| !row.paused);
    for row in rows.into_iter().filter(|row| !row.paused) {
        let row = Armed { due_ms: None, ..row };
        store::set_status(tx, &row, true, Some(&why))?;
        if row.part == SchedulePart::On {
            store::subscribe(tx, &ctx.client, process, &[])?;
        }
    }
    if changed {
        note(tx, ctx, "schedule.paused", process, &why)?;
    }
    Ok(ScheduleOperated { process: process.to_owned(), paused: true, changed })
}

/// Lets a paused schedule go on. Times that passed meanwhile begin nothing: `every` counts from now, `cron` goes on with
/// its next time, `after` with the end of its last run, `on` with the events that it had heard.
///
/// # Errors
/// As [`pause_schedule`]; `Unavailable` while the live release is not loaded here.
pub fn resume_schedule(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    process: &str,
    why: &str,
) -> Result<ScheduleOperated> {
    let (rows, why) = open(tx, ctx, process, why)?;
    let changed = rows.iter().any(|row| row.paused);
    for row in rows.into_iter().filter(|row| row.paused) {
        let part = processes.at(&ctx.client, &row.release).ok();
        let definition = part.as_ref().and_then(|part| part.get(process));
        let schedule = definition.and_then(|definition| Some((definition, definition.schedule()?)));
        let Some((definition, schedule)) = schedule else {
            return Err(Error::Unavailable(format!("release {} is not loaded here yet", row.release)));
        };
        let due_ms = row.part.first_ms(schedule, row.last_run.is_some(), ctx.now_ms());
        if row.part == SchedulePart::On
            && let Some((_, filters)) = Trigger::begin(definition, process, ctx.now_ms())
        {
            store::subscribe(tx, &ctx.client, process, &filters)?;
        }
        store::set_status(tx, &Armed { due_ms, ..row }, false, None)?;
    }
    if changed {
        note(tx, ctx, "schedule.resumed", process, &why)?;
        tx.wake();
    }
    Ok(ScheduleOperated { process: process.to_owned(), paused: false, changed })
}

fn open(tx: &mut Tx, ctx: &Ctx, process: &str, why: &str) -> Result<(Vec<Armed>, String)> {
    ctx.allow(Right::RunOperate)?;
    let why = reason(why)?;
    let none = || Error::not_found(format!("schedule of process {process}"));
    // No process has such a name, and no statement takes it.
    if process.contains('\0') {
        return Err(none());
    }
    let rows = store::take(tx, &ctx.client, Some(process))?;
    if rows.is_empty() { Err(none()) } else { Ok((rows, why)) }
}

fn note(tx: &mut Tx, ctx: &Ctx, kind: &str, process: &str, why: &str) -> Result<()> {
    let event = Event::new(&ctx.client, kind, process).with(json!({"process": process, "reason": why}));
    ledger::append(tx, ctx, event)?;
    Ok(())
}
