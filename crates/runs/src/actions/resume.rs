//! A suspended run goes on.

use super::{Operated, Operating, store};
use crate::Processes;
use crate::hold::{is_held, thaw};
use crate::read::RunStatus;
use baton_base::{Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::Change;
use baton_govern::Ctx;
use serde_json::json;

/// Lets a suspended run go on: what it got meanwhile is taken in, in the order in which it came. A run that is not
/// suspended stays as it is. One that Baton suspended after a fault of its own is retried, not resumed; one whose case people
/// have goes on with its case.
pub fn resume(tx: &mut Tx, ctx: &Ctx, processes: &Versions<Processes>, run: &RunId, reason: &str) -> Result<Operated> {
    let found = Operating::open(tx, ctx, run, reason)?;
    match found.status {
        RunStatus::Suspended if found.stopped_by_fault(tx)? => {
            found.conflict("a fault stopped it; read the error, and retry it when the cause is gone")
        }
        RunStatus::Suspended if is_held(tx, &ctx.client, run)? => {
            found.conflict("its case is with people, and it goes on when they give the case back")
        }
        RunStatus::Suspended => {
            go_on(tx, ctx, run)?;
            found.record(tx, ctx, "resumed", json!({}))?;
            found.tell(tx, ctx, processes, |tasks| Change::Resumed { tasks })?;
            Ok(found.done(RunStatus::Waiting))
        }
        RunStatus::Running | RunStatus::Waiting => Ok(found.unchanged()),
        RunStatus::Faulted => found.conflict("it has failed; retry it from the task that failed"),
        RunStatus::Completed | RunStatus::Cancelled => found.conflict("it has ended"),
    }
}

/// The run waits again, and takes in what was kept for it.
pub(crate) fn go_on(tx: &mut Tx, ctx: &Ctx, run: &RunId) -> Result<()> {
    // Where its timers stood still with it.
    thaw(tx, &ctx.client, run, 0)?;
    let ready = store::has_inputs(tx, &ctx.client, run)?;
    store::set_open(tx, &ctx.client, run, RunStatus::Waiting, ready, ctx.now_ms())?;
    tx.wake();
    Ok(())
}
