//! What people do to runs: one use case a file, each in one transaction, with a stated reason, in the ledger.

mod bulk;
mod cancel;
mod migrate;
mod resume;
mod retry;
mod send_event;
mod store;
mod suspend;
mod tell;

pub use bulk::{BULK_MAX, Bulk, BulkDone, Refusal, bulk, bulk_releases};
pub use cancel::{cancel, set_aside};
pub use migrate::{Migrated, Misfit, Move, migrate};
pub(crate) use resume::go_on as set_waiting;
pub use resume::resume;
pub use retry::retry;
pub use send_event::{Sent, send_event, send_event_to_run};
pub(crate) use store::insert_operation;
pub use store::{OperationRow, operations};
pub use suspend::suspend;

use crate::Processes;
use crate::read::RunStatus;
use crate::store::{Kept, Loaded, take};
use baton_base::{Error, Event, Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::{RunEvent, RunState, Status, evolve};
use baton_govern::{Ctx, Right, ledger};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Longest reason, characters.
pub const REASON_CHARS_MAX: usize = 500;

/// What an operation on a run led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Operated {
    /// The run.
    pub run: RunId,
    /// Where it stands now. What was asked of a worker (a cancellation, a retry) is done right after.
    pub status: RunStatus,
    /// False if the run stood so already: nothing was done, and nothing was written.
    pub changed: bool,
}

/// A reason, trimmed: who operates a run says why.
pub(crate) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid_at("reason", "a reason is missing", "say why, for those who read the ledger later"));
    }
    if text.chars().count() > REASON_CHARS_MAX {
        let most = format!("a reason has at most {REASON_CHARS_MAX} characters");
        return Err(Error::invalid_at("reason", "the reason is too long", most));
    }
    Ok(text.to_owned())
}

/// A run that somebody is about to operate; its row is locked until the commit.
pub(crate) struct Operating {
    pub loaded: Loaded,
    pub status: RunStatus,
    pub reason: String,
}

impl Operating {
    /// Checks right and reason, and takes the run.
    pub fn open(tx: &mut Tx, ctx: &Ctx, run: &RunId, why: &str) -> Result<Self> {
        ctx.allow(Right::RunOperate)?;
        Self::take(tx, ctx, run, why)
    }

    /// The same without a right: for parts of Baton that have checked their own.
    pub fn take(tx: &mut Tx, ctx: &Ctx, run: &RunId, why: &str) -> Result<Self> {
        let reason = reason(why)?;
        let key = (ctx.client.clone(), run.clone());
        let taken = take(tx, [&key])?.into_iter().next();
        let loaded = taken.ok_or_else(|| Error::not_found(format!("run {run}")))?;
        let status = loaded.status.parse().map_err(Error::broken)?;
        Ok(Self { loaded, status, reason })
    }

    /// Nothing is to be done.
    pub fn unchanged(&self) -> Operated {
        Operated { run: self.loaded.run.clone(), status: self.status, changed: false }
    }

    /// Something was done.
    pub fn done(&self, status: RunStatus) -> Operated {
        Operated { run: self.loaded.run.clone(), status, changed: true }
    }

    /// The run's state does not allow it.
    pub fn conflict<T>(&self, what: &str) -> Result<T> {
        Err(Error::Conflict(format!("run {} is {}: {what}", self.loaded.run, self.status.as_str())))
    }

    /// Asks the engine, on a copy of the state, whether the run would take this; its refusal is a conflict.
    pub fn would_take(&self, processes: &Versions<Processes>, ctx: &Ctx, event: &RunEvent) -> Result<()> {
        let loaded = &self.loaded;
        let part = processes.at(&loaded.client, &loaded.release)?;
        let definition =
            part.get(&loaded.process).ok_or_else(|| Error::not_found(format!("process {}", loaded.process)))?;
        let kept: Kept<RunState> = serde_json::from_str(&loaded.state).map_err(Error::broken)?;
        let Some(mut state) = kept.engine else { return self.conflict("it has not begun") };
        let turn = evolve(definition, &mut state, event, ctx.now_ms());
        match turn.refused {
            Some(why) => self.conflict(&why),
            None if state.status == Status::Faulted && turn.actions.is_empty() => {
                self.conflict("it was written before runs could be taken up again")
            }
            None => Ok(()),
        }
    }

    /// Whether Baton suspended it after a fault of its own.
    pub fn stopped_by_fault(&self, tx: &mut Tx) -> Result<bool> {
        Ok(self.status == RunStatus::Suspended && store::has_error(tx, &self.loaded.client, &self.loaded.run)?)
    }

    /// Writes down who did what and why: in the ledger, and beside the run.
    pub fn record(&self, tx: &mut Tx, ctx: &Ctx, kind: &str, detail: Value) -> Result<()> {
        let run = &self.loaded.run;
        store::insert_operation(tx, ctx, run, kind, &self.reason, &detail)?;
        let mut data = json!({"reason": self.reason, "process": self.loaded.process, "was": self.status});
        if let (Some(data), Some(detail)) = (data.as_object_mut(), detail.as_object()) {
            data.extend(detail.clone());
        }
        let mut event = Event::new(&ctx.client, &format!("run.{kind}"), run).in_run(run).with(data);
        event.case.clone_from(&self.loaded.case);
        ledger::append(tx, ctx, event)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason("  because ").unwrap(), "because");
        for text in ["", " \n ", &"x".repeat(REASON_CHARS_MAX + 1)] {
            assert!(matches!(reason(text), Err(Error::Invalid { .. })), "{text}");
        }
    }
}
