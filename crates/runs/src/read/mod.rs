//! What people see of runs: lists and counts, one run in detail, what cannot go on.

mod changes;
mod dead;
mod filter;
mod history;
mod list;
mod stance;
mod tasks;
mod waits;

pub use changes::{Change, changed};
pub use dead::{DeadGroup, DeadLetters, dead_letters};
pub use filter::{RunFilter, RunStatus, WaitsOn};
pub use history::{JournalRow, journal, journal_page, timeline, trace_of_case};
pub use list::{Found, RunCount, RunRow, counts, list, row_of};
pub use stance::{Stance, stance};
pub(crate) use tasks::TraceLine;
pub use tasks::TraceRow;
pub use waits::Wait;

use crate::actions::{OperationRow, operations};
use crate::store::Kept;
use baton_base::{CallId, ClientId, Error, Result, RunId, limits::PAGE_MAX};
use baton_db::{Tx, params};
use baton_engine::{Definition, RunState, Status};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A run with its path, its waits and what people did to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunDetail {
    /// The row.
    #[serde(flatten)]
    pub row: RunRow,
    /// The newest lines of its path, in order, at most 1,000.
    pub trace: Vec<TraceRow>,
    /// Whether the path has more lines than are given here.
    pub trace_more: bool,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// Its output, once completed.
    pub output: Option<Value>,
    /// The runs that it started and waited for, newest first, at most 200.
    pub children: Vec<RunRow>,
    /// What people did to it, oldest first.
    pub operations: Vec<OperationRow>,
    /// Inputs that it has not taken in yet.
    pub inbox: i64,
    /// Whether it undoes what it has done, before it ends.
    pub compensating: bool,
    /// The same lines as they were written, a task that took several turns twice: when it began, and when it ended.
    #[serde(skip)]
    pub lines: Vec<TraceRow>,
    /// The engine's state, for whoever has the definition.
    #[serde(skip)]
    pub state: Option<RunState>,
}

impl RunDetail {
    /// Says of each wait which task it is of and how long at most. Timers that only bound another wait are left out: it has
    /// their time.
    pub fn place_waits(&mut self, definition: &Definition) {
        let Some(state) = &self.state else { return };
        let known = state.waits(definition);
        let of = |call: &CallId| known.iter().find(|wait| wait.call == *call);
        self.waits.retain(|wait| wait.state != "timer" || of(&wait.call).is_some() || known.is_empty());
        for wait in &mut self.waits {
            if let Some(place) = of(&wait.call) {
                wait.task.clone_from(&place.task);
                wait.due_ms = wait.due_ms.or(place.due_ms);
                wait.since_ms = wait.since_ms.or(Some(place.since_ms));
                wait.about.clone_from(&place.about);
            }
        }
    }
}

/// One run with its path and waits.
pub fn detail(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<RunDetail> {
    let row = row_of(tx, client, run)?;
    let sql = "SELECT output, state FROM run WHERE client_id = $1 AND run_id = $2";
    let (output, kept) = tx.query_one(sql, params![client, run], |r| Ok((r.json_opt(0)?, r.text(1)?)))?;
    let state = serde_json::from_str::<Kept<RunState>>(&kept).map_err(Error::broken)?.engine;
    let (lines, trace_more) = history::newest(tx, client, run)?;
    let sql = "SELECT COUNT(*) FROM run_inbox WHERE client_id = $1 AND run_id = $2";
    let inbox = tx.query_one(sql, params![client, run], |r| r.int(0))?;
    Ok(RunDetail {
        row,
        lines: tasks::as_written(&lines),
        trace: tasks::timeline(lines),
        trace_more,
        waits: waits::of(tx, client, run)?,
        output,
        children: children(tx, client, run)?,
        operations: operations(tx, client, run)?,
        inbox,
        compensating: state.as_ref().is_some_and(|state| state.status == Status::Compensating),
        state,
    })
}

fn children(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<RunRow>> {
    let filter = RunFilter { clients: vec![client.clone()], parent: Some(run.clone()), ..RunFilter::default() };
    Ok(list(tx, &filter, None, PAGE_MAX)?.rows)
}

fn not_found(run: &RunId) -> Error {
    Error::not_found(format!("run {run}"))
}
