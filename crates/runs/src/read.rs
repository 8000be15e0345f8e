//! What people see of runs: lists, one run in detail, the tasks of a case.

use crate::trace;
use baton_base::{CallId, CaseId, ClientId, Error, Result, RunId};
use baton_db::{Row, Tx, Value as Param, params};
use baton_engine::RunEvent;
use serde::Serialize;
use serde_json::Value;

/// A run as lists show it.
#[derive(Debug, Clone, Serialize)]
pub struct RunRow {
    /// Whose it is.
    pub client: ClientId,
    /// Its id.
    pub id: RunId,
    /// Name of the process.
    pub process: String,
    /// Digest of the definition it is pinned to.
    pub digest: String,
    /// `running`, `waiting`, `completed`, `faulted`, `cancelled` or `suspended`.
    pub status: String,
    /// Its case, if any.
    pub case: Option<CaseId>,
    /// When it started, ms.
    pub started_ms: i64,
    /// When it ended, ms.
    pub ended_ms: Option<i64>,
    /// The problem document of a faulted run.
    pub error: Option<Value>,
}

/// One line of a run's path.
#[derive(Debug, Clone, Serialize)]
pub struct TraceRow {
    /// Order within the run, from 1.
    pub seq: i64,
    /// Path of the task in the process.
    pub task: String,
    /// Name of the task.
    pub name: String,
    /// Kind of the task.
    pub kind: String,
    /// `finished`, `failed`, `skipped` or `retried`.
    pub phase: String,
    /// Input, output and error.
    pub detail: Value,
    /// When, ms.
    pub at_ms: i64,
}

/// What a run waits for.
#[derive(Debug, Clone, Serialize)]
pub struct Wait {
    /// The open call.
    pub call: CallId,
    /// Path of the task.
    pub task: String,
    /// The function called, or `timer` or `listen`.
    pub function: String,
    /// `requested`, `pending`, `timer` or `listen`.
    pub state: String,
    /// When a timer is due, ms.
    pub due_ms: Option<i64>,
}

/// A run with its path and waits.
#[derive(Debug, Clone, Serialize)]
pub struct RunDetail {
    /// The row.
    #[serde(flatten)]
    pub row: RunRow,
    /// The path so far, in order, at most 1,000 lines.
    pub trace: Vec<TraceRow>,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// Its output, once completed.
    pub output: Option<Value>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Clients the caller may see.
    pub clients: Vec<ClientId>,
    /// Process name.
    pub process: Option<String>,
    /// Status.
    pub status: Option<String>,
    /// Case.
    pub case: Option<CaseId>,
}

const ROW: &str = "client_id, run_id, process, process_digest, status, case_id, started_ms, ended_ms, error";

fn row(r: &Row) -> Result<RunRow> {
    let error = r.text_opt(8)?.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::broken)?;
    Ok(RunRow {
        client: r.id(0)?,
        id: r.id(1)?,
        process: r.text(2)?,
        digest: r.text(3)?,
        status: r.text(4)?,
        case: r.id_opt(5)?,
        started_ms: r.int(6)?,
        ended_ms: r.int_opt(7)?,
        error,
    })
}

/// Runs, newest first, before `after` (a run id), at most `limit`.
pub fn list(tx: &mut Tx, filter: &RunFilter, after: Option<&RunId>, limit: u32) -> Result<Vec<RunRow>> {
    if filter.clients.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Param> = Vec::new();
    let mut bind = |value: Param| {
        values.push(value);
        format!("${}", values.len())
    };
    let clients: Vec<String> = filter.clients.iter().map(|c| bind(Param::from(c))).collect();
    let mut sql = format!("SELECT {ROW} FROM run WHERE client_id IN ({})", clients.join(", "));
    let conditions = [("process", &filter.process), ("status", &filter.status)];
    for (column, value) in conditions {
        if let Some(value) = value {
            sql.push_str(&format!(" AND {column} = {}", bind(Param::from(value.as_str()))));
        }
    }
    if let Some(case) = &filter.case {
        sql.push_str(&format!(" AND case_id = {}", bind(Param::from(case))));
    }
    if let Some(after) = after {
        sql.push_str(&format!(" AND run_id < {}", bind(Param::from(after))));
    }
    sql.push_str(&format!(" ORDER BY run_id DESC LIMIT {}", bind(Param::from(i64::from(limit)))));
    tx.query(&sql, &values, row)
}

/// One run with its path and waits.
pub fn detail(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<RunDetail> {
    let sql = format!("SELECT {ROW}, output FROM run WHERE client_id = $1 AND run_id = $2");
    let found = tx.query_opt(&sql, params![client, run], |r| Ok((row(r)?, r.text_opt(9)?)))?;
    let (row, output) = found.ok_or_else(|| Error::not_found(format!("run {run}")))?;
    let output = output.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::broken)?;
    let trace = trace(tx, client, run)?;
    let waits = waits(tx, client, run)?;
    Ok(RunDetail { row, trace, waits, output })
}

fn trace_row(r: &Row) -> Result<TraceRow> {
    Ok(TraceRow {
        seq: r.int(0)?,
        task: r.text(1)?,
        name: r.text(2)?,
        kind: r.text(3)?,
        phase: r.text(4)?,
        detail: r.json(5)?,
        at_ms: r.int(6)?,
    })
}

fn trace(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<TraceRow>> {
    // Lines of runs that began before turns were stored whole.
    let mut rows = tx.query(
        "SELECT seq, task, name, kind, phase, detail, at_ms FROM run_trace \
         WHERE client_id = $1 AND run_id = $2 ORDER BY seq LIMIT 1000",
        params![client, run],
        trace_row,
    )?;
    let turns = tx.query(
        "SELECT trace, at_ms FROM run_turn WHERE client_id = $1 AND run_id = $2 ORDER BY seq LIMIT 1000",
        params![client, run],
        |r| trace::rows(&r.text(0)?, r.int(1)?),
    )?;
    rows.extend(turns.into_iter().flatten());
    rows.sort_by_key(|row| row.seq);
    rows.truncate(1000);
    Ok(rows)
}

/// Everything that a run has taken in, in order, each with the time of its turn, ms: folding it gives the run's state.
pub fn journal(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<(RunEvent, i64)>> {
    // Events of runs that began before turns were stored whole.
    let mut rows = tx.query(
        "SELECT seq, input, at_ms FROM run_journal WHERE client_id = $1 AND run_id = $2 ORDER BY seq",
        params![client, run],
        |r| Ok((r.int(0)?, vec![r.json_as(1)?], r.int(2)?)),
    )?;
    rows.extend(tx.query(
        "SELECT seq, events, at_ms FROM run_turn WHERE client_id = $1 AND run_id = $2 ORDER BY seq",
        params![client, run],
        |r| Ok((r.int(0)?, r.json_as(1)?, r.int(2)?)),
    )?);
    rows.sort_by_key(|(seq, _, _)| *seq);
    let each = rows
        .into_iter()
        .flat_map(|(_, events, at_ms): (_, Vec<RunEvent>, _)| events.into_iter().map(move |event| (event, at_ms)));
    Ok(each.collect())
}

/// The tasks of all runs of a case, in order of time, at most 1,000.
pub fn trace_of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<(RunId, TraceRow)>> {
    let runs: Vec<RunId> = tx.query(
        "SELECT run_id FROM run WHERE client_id = $1 AND case_id = $2 ORDER BY run_id LIMIT 1000",
        params![client, case],
        |r| r.id(0),
    )?;
    let mut rows = Vec::new();
    for run in runs {
        rows.extend(trace(tx, client, &run)?.into_iter().map(|row| (run.clone(), row)));
    }
    rows.sort_by(|a, b| (a.1.at_ms, &a.0, a.1.seq).cmp(&(b.1.at_ms, &b.0, b.1.seq)));
    rows.truncate(1000);
    Ok(rows)
}

fn waits(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<Wait>> {
    let mut waits = tx.query(
        "SELECT call_id, task, function, state FROM run_call WHERE client_id = $1 AND run_id = $2 ORDER BY call_id",
        params![client, run],
        |r| Ok(Wait { call: r.id(0)?, task: r.text(1)?, function: r.text(2)?, state: r.text(3)?, due_ms: None }),
    )?;
    let timers = tx.query(
        "SELECT call_id, due_ms FROM run_timer WHERE client_id = $1 AND run_id = $2 ORDER BY due_ms",
        params![client, run],
        |r| Ok((r.id::<CallId>(0)?, r.int(1)?)),
    )?;
    waits.extend(timers.into_iter().map(|(call, due_ms)| Wait {
        call,
        task: String::new(),
        function: "timer".to_owned(),
        state: "timer".to_owned(),
        due_ms: Some(due_ms),
    }));
    Ok(waits)
}
