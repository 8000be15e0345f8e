//! A run that could not go on is taken up again.

use super::resume::go_on;
use super::{Operated, Operating, store};
use crate::input::post;
use crate::read::RunStatus;
use crate::{Processes, RunInput};
use baton_base::{Error, Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::RunEvent;
use baton_govern::Ctx;
use serde_json::{Value, json};

/// Takes up a run that could not go on.
///
/// A failed run goes on with the task that failed, with another input if one is given; what is done is not done again. A
/// run that Baton suspended after a fault of its own goes on where it stood: nothing of what it got is lost, and what it had
/// begun on the outside goes on under the same idempotency keys. The release that the run is pinned to must be loaded.
pub fn retry(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    run: &RunId,
    reason: &str,
    input: Option<&Value>,
) -> Result<Operated> {
    let found = Operating::open(tx, ctx, run, reason)?;
    match found.status {
        RunStatus::Suspended if !found.stopped_by_fault(tx)? => found.conflict("somebody suspended it; resume it"),
        RunStatus::Suspended if input.is_some() => {
            let why = "a run that a fault of Baton stopped goes on with the data it had";
            Err(Error::invalid_at("input", why, "leave the input out"))
        }
        RunStatus::Suspended => {
            store::free_calls(tx, &ctx.client, run)?;
            go_on(tx, ctx, run)?;
            found.record(tx, ctx, "retried", json!({"new_input": false}))?;
            Ok(found.done(RunStatus::Waiting))
        }
        RunStatus::Faulted => failed(tx, ctx, processes, &found, input),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Completed | RunStatus::Cancelled => {
            found.conflict("only a run that has failed can be retried")
        }
    }
}

fn failed(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    found: &Operating,
    input: Option<&Value>,
) -> Result<Operated> {
    if let Some((parent, _)) = &found.loaded.parent {
        return found.conflict(&format!("run {parent} started it and has heard of it; retry that one"));
    }
    let (reason, input) = (found.reason.clone(), input.cloned());
    let new_input = input.is_some();
    found.would_take(processes, ctx, &RunEvent::Retried { reason: reason.clone(), input: input.clone() })?;
    let run = &found.loaded.run;
    store::set_open(tx, &ctx.client, run, RunStatus::Waiting, true, ctx.now_ms())?;
    post(tx, ctx, run, &RunInput::Retry { reason, input })?;
    found.record(tx, ctx, "retried", json!({"new_input": new_input}))?;
    Ok(found.done(RunStatus::Waiting))
}
