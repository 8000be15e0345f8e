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
    if found.works_in() != id {
        return Ok(Withdrawn::Not(
            Box::new(found),
            "it was merged with another case; send a message, and who has it ends it",
        ));
    }
    if let Some(why) = kept(found.row.state) {
        return Ok(Withdrawn::Not(Box::new(found), why));
    }
    let mut taken = None;
    let done = tx.attempt(|tx| {
        end_run(tx, ctx, cases, id)?;
        // Only now does the case stay as it is: a person, or a stop, may have got it meanwhile. Then its run goes on too.
        taken = kept(store::lock(tx, &ctx.client, id)?.row.state);
        if let Some(why) = taken {
            return Err(Error::Conflict(why.to_owned()));
        }
        let patch = Patch { outcome: Some("withdrawn".to_owned()), state: Some(CaseState::Closed), ..Patch::default() };
        record(tx, ctx, id, patch)
    });
    let after = |tx: &mut Tx| task(tx, ctx, id)?.map(Box::new).ok_or_else(|| super::read::no_task(id));
    match (done, taken) {
        (_, Some(why)) => Ok(Withdrawn::Not(after(tx)?, why)),
        (done, None) => done.and_then(|_| after(tx)).map(Withdrawn::Done),
    }
}

/// Why a case in this state is not withdrawn, in words.
fn kept(state: CaseState) -> Option<&'static str> {
    match state {
        CaseState::Resolved | CaseState::Closed => Some("it has ended"),
        CaseState::WithPerson => Some("a person has it; send them a message in this task, and they end it"),
        CaseState::Open | CaseState::WaitingCustomer => None,
    }
}

/// Ends the case's run: the run before the case, as in a run's own turn.
fn end_run(tx: &mut Tx, ctx: &Ctx, cases: &Cases, id: &CaseId) -> Result<()> {
    let Some(run) = store::find(tx, &ctx.client, id)?.and_then(|case| case.run) else { return Ok(()) };
    let system = ctx.as_system("channel:a2a");
    let reason = format!("{} has withdrawn its task", ctx.actor.name());
    match baton_runs::cancel(tx, &system, &cases.processes, &run, &reason, false) {
        // It has ended; only the case has not.
        Ok(_) | Err(Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
