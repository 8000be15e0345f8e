//! A run takes no further step until somebody lets it go on.

use super::{Operated, Operating, store};
use crate::read::RunStatus;
use baton_base::{Result, RunId};
use baton_db::Tx;
use baton_govern::Ctx;
use serde_json::json;

/// Suspends an open run. What happens to it meanwhile (messages, events, timers, results of calls under way) is kept
/// and taken in when it goes on. A run that is suspended already stays as it is.
pub fn suspend(tx: &mut Tx, ctx: &Ctx, run: &RunId, reason: &str) -> Result<Operated> {
    let found = Operating::open(tx, ctx, run, reason)?;
    match found.status {
        RunStatus::Running | RunStatus::Waiting => {
            store::set_open(tx, &ctx.client, run, RunStatus::Suspended, false, ctx.now_ms())?;
            found.record(tx, ctx, "suspended", json!({"by": "operator"}))?;
            Ok(found.done(RunStatus::Suspended))
        }
        RunStatus::Suspended => Ok(found.unchanged()),
        RunStatus::Faulted | RunStatus::Completed | RunStatus::Cancelled => {
            found.conflict("only a run that has not ended can be suspended")
        }
    }
}
