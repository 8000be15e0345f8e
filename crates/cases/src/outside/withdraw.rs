//! An outside agent does not want any more what it has asked for.

use super::read::{TaskRow, task};
use crate::store;
use crate::{CaseState, Cases, Patch, record};
use baton_base::{CaseId, Error, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right};

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Withdrawn {
    /// The task is withdrawn.
    Done(Box<TaskRow>),
    /// The caller has no such task.
    NoTask,
    /// It cannot be: why, in words.
    Not(Box<TaskRow>, &'static str),
}

/// Withdraws a task: its case is closed as `withdrawn`, and its run is ended. A call that is under way is finished and
/// recorded. What a person has stays with them, who are to be told in words.
pub fn withdraw(tx: &mut Tx, ctx: &Ctx, cases: &Cases, id: &CaseId) -> Result<Withdrawn> {
    ctx.allow(Right::CaseReply)?;
    let Some(found) = task(tx, ctx, id)? else { return Ok(Withdrawn::NoTask) };
    match found.row.state {
        CaseState::Resolved | CaseState::Closed => {
            return Ok(Withdrawn::Not(Box::new(found), "it has ended"));
        }
        CaseState::WithPerson => {
            let why = "a person has it; send them a message in this task, and they end it";
            return Ok(Withdrawn::Not(Box::new(found), why));
        }
        CaseState::Open | CaseState::WaitingCustomer => {}
    }
    // The run before the case, as in a run's own turn.
    if let Some(run) = store::find(tx, &ctx.client, id)?.and_then(|case| case.run) {
        let system = ctx.as_system("channel:a2a");
        let reason = format!("{} has withdrawn its task", ctx.actor.name());
        match baton_runs::cancel(tx, &system, &cases.processes, &run, &reason, false) {
            // It has ended; only the case has not.
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let patch = Patch { outcome: Some("withdrawn".to_owned()), state: Some(CaseState::Closed), ..Patch::default() };
    record(tx, ctx, id, patch)?;
    let after = task(tx, ctx, id)?.ok_or_else(|| super::read::no_task(id))?;
    Ok(Withdrawn::Done(Box::new(after)))
}
