//! A run takes no further step until somebody lets it go on.

use super::{Operated, Operating, store};
use crate::Processes;
use crate::hold::is_held;
use crate::read::RunStatus;
use baton_base::{Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::Change;
use baton_govern::Ctx;
use serde_json::json;

/// Suspends an open run. What happens to it meanwhile (messages, events, timers, results of calls under way) is kept
/// and taken in when it goes on. A run that is suspended already stays as it is; one that stands still while people
/// have its case would go on with it, and is a conflict. Whoever listens for it is told.
pub fn suspend(tx: &mut Tx, ctx: &Ctx, processes: &Versions<Processes>, run: &RunId, reason: &str) -> Result<Operated> {
    let found = Operating::open(tx, ctx, run, reason)?;
    match found.status {
        RunStatus::Running | RunStatus::Waiting => {
            store::set_open(tx, &ctx.client, run, RunStatus::Suspended, false, ctx.now_ms())?;
            found.record(tx, ctx, "suspended", json!({"by": "operator"}))?;
            found.tell(tx, ctx, processes, |tasks| Change::Suspended { tasks })?;
            Ok(found.done(RunStatus::Suspended))
        }
        // It would go on with its case, and nobody would know that somebody had wanted it to stand still.
        RunStatus::Suspended if is_held(tx, &ctx.client, run)? => found
            .conflict("its case is with people, and it stands still until they give it back; suspend it after that"),
        RunStatus::Suspended => Ok(found.unchanged()),
        RunStatus::Faulted | RunStatus::Completed | RunStatus::Cancelled => {
            found.conflict("only a run that has not ended can be suspended")
        }
    }
}
