//! A run is ended by somebody.

use super::{Operated, Operating, store};
use crate::input::post;
use crate::read::RunStatus;
use crate::{Processes, RunInput};
use baton_base::{Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::RunEvent;
use baton_govern::Ctx;
use serde_json::json;

/// Ends a run: what it has open is withdrawn, and the runs that it waits for end too. With `compensate` the process's own
/// compensation runs first, for a run that has failed too; its release must be loaded. A run that has failed is set aside
/// without: it is no dead letter any more. A run that was cancelled stays as it is.
pub fn cancel(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    run: &RunId,
    reason: &str,
    compensate: bool,
) -> Result<Operated> {
    let found = Operating::open(tx, ctx, run, reason)?;
    match found.status {
        RunStatus::Running | RunStatus::Waiting | RunStatus::Suspended => order(tx, ctx, &found, compensate),
        RunStatus::Faulted if compensate => {
            let event = RunEvent::Cancelled { reason: found.reason.clone(), compensate };
            found.would_take(processes, ctx, &event)?;
            order(tx, ctx, &found, compensate)
        }
        RunStatus::Faulted => {
            store::set_cancelled(tx, &ctx.client, run, ctx.now_ms())?;
            found.record(tx, ctx, "cancelled", json!({"compensate": false}))?;
            Ok(found.done(RunStatus::Cancelled))
        }
        RunStatus::Cancelled => Ok(found.unchanged()),
        RunStatus::Completed => found.conflict("it has ended well"),
    }
}

fn order(tx: &mut Tx, ctx: &Ctx, found: &Operating, compensate: bool) -> Result<Operated> {
    let run = &found.loaded.run;
    store::set_open(tx, &ctx.client, run, RunStatus::Waiting, true, ctx.now_ms())?;
    post(tx, ctx, run, &RunInput::Cancel { reason: found.reason.clone(), compensate })?;
    found.record(tx, ctx, "cancel_requested", json!({"compensate": compensate}))?;
    Ok(found.done(RunStatus::Waiting))
}

/// A person has dealt with what a failed run left: it is no dead letter any more. Any other run stays as it is. The caller
/// has checked that the person may.
pub fn set_aside(tx: &mut Tx, ctx: &Ctx, run: &RunId, reason: &str) -> Result<()> {
    let found = Operating::take(tx, ctx, run, reason)?;
    if found.status == RunStatus::Faulted {
        store::set_cancelled(tx, &ctx.client, run, ctx.now_ms())?;
        found.record(tx, ctx, "cancelled", json!({"compensate": false}))?;
    }
    Ok(())
}
