//! What a run did, as it was written down: the path of its tasks, and the journal of what it took in.
//!
//! A turn is one row of `run_turn`. Runs that began before turns were stored whole also have rows in `run_trace` and
//! `run_journal`, which come first.

use super::row_of;
use super::tasks::{TraceLine, TraceRow, timeline as tasks};
use crate::trace;
use baton_base::{CaseId, ClientId, Error, Result, RunId};
use baton_db::{Row, Tx, params};
use baton_engine::RunEvent;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Lines given with a run in detail, and with a case.
const LINES_MAX: usize = 1_000;

fn line(r: &Row) -> Result<TraceLine> {
    Ok(TraceLine {
        seq: r.int(0)?,
        task: r.text(1)?,
        name: r.text(2)?,
        kind: r.text(3)?,
        phase: r.text(4)?,
        detail: r.json(5)?,
        at_ms: r.int(6)?,
    })
}

/// The newest lines in order, and whether there are older ones.
pub(super) fn newest(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<(Vec<TraceLine>, bool)> {
    let old = format!(
        "SELECT seq, task, name, kind, phase, detail, at_ms FROM run_trace \
         WHERE client_id = $1 AND run_id = $2 ORDER BY seq DESC LIMIT {}",
        LINES_MAX + 1
    );
    let mut lines = tx.query(&old, params![client, run], line)?;
    let turns = format!(
        "SELECT trace, at_ms FROM run_turn WHERE client_id = $1 AND run_id = $2 ORDER BY seq DESC LIMIT {}",
        LINES_MAX + 1
    );
    let turns = tx.query(&turns, params![client, run], |r| trace::rows(&r.text(0)?, r.int(1)?))?;
    let many = turns.len() > LINES_MAX;
    lines.extend(turns.into_iter().flatten());
    lines.sort_by_key(|line| line.seq);
    let extra = lines.len().saturating_sub(LINES_MAX);
    Ok((lines.split_off(extra), many || extra > 0))
}

/// The path of a run from its beginning, `turns` turns after the one that ended the page before; and the key of the
/// next page, if there is one.
pub fn timeline(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    after: i64,
    turns: u32,
) -> Result<(Vec<TraceRow>, Option<i64>)> {
    row_of(tx, client, run)?;
    let mut lines = Vec::new();
    if after == 0 {
        let old = "SELECT seq, task, name, kind, phase, detail, at_ms FROM run_trace \
                   WHERE client_id = $1 AND run_id = $2 ORDER BY seq";
        lines = tx.query(old, params![client, run], line)?;
    }
    let sql = format!(
        "SELECT seq, trace, at_ms FROM run_turn WHERE client_id = $1 AND run_id = $2 AND seq > $3 ORDER BY seq LIMIT {}",
        i64::from(turns) + 1
    );
    let read = |r: &Row| Ok((r.int(0)?, trace::rows(&r.text(1)?, r.int(2)?)?));
    let mut found = tx.query(&sql, params![client, run, after], read)?;
    let more = found.len() > turns as usize;
    found.truncate(turns as usize);
    let next = found.last().map(|(seq, _)| *seq).filter(|_| more);
    lines.extend(found.into_iter().flat_map(|(_, lines)| lines));
    Ok((tasks(lines), next))
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
        let (lines, _) = newest(tx, client, &run)?;
        rows.extend(tasks(lines).into_iter().map(|row| (run.clone(), row)));
    }
    rows.sort_by(|a, b| (a.1.at_ms, &a.0, a.1.seq).cmp(&(b.1.at_ms, &b.0, b.1.seq)));
    rows.truncate(LINES_MAX);
    Ok(rows)
}

/// Everything that a run has taken in, in order, each with the time of its turn, ms: folding it gives the run's state.
pub fn journal(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<(RunEvent, i64)>> {
    let (rows, _) = journal_page(tx, client, run, 0, u32::MAX)?;
    let read = |row: JournalRow| Ok((serde_json::from_value(row.event).map_err(Error::broken)?, row.at_ms));
    rows.into_iter().map(read).collect()
}

/// One thing that a run took in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JournalRow {
    /// Its number, from 1.
    pub seq: i64,
    /// The event, as the engine got it: `event` names its kind.
    pub event: Value,
    /// When, ms.
    pub at_ms: i64,
}

/// What a run took in, in order, `turns` turns after the one that ended the page before; and the key of the next page,
/// if there is one.
pub fn journal_page(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    after: i64,
    turns: u32,
) -> Result<(Vec<JournalRow>, Option<i64>)> {
    row_of(tx, client, run)?;
    let mut rows = Vec::new();
    if after == 0 {
        let old = "SELECT seq, input, at_ms FROM run_journal WHERE client_id = $1 AND run_id = $2 ORDER BY seq";
        let read = |r: &Row| Ok(JournalRow { seq: r.int(0)?, event: r.json(1)?, at_ms: r.int(2)? });
        rows = tx.query(old, params![client, run], read)?;
    }
    let sql = format!(
        "SELECT seq, events, at_ms FROM run_turn WHERE client_id = $1 AND run_id = $2 AND seq > $3 ORDER BY seq LIMIT {}",
        i64::from(turns) + 1
    );
    let read = |r: &Row| Ok((r.int(0)?, r.json_as::<Vec<Value>>(1)?, r.int(2)?));
    let mut found = tx.query(&sql, params![client, run, after], read)?;
    let more = found.len() > turns as usize;
    found.truncate(turns as usize);
    let next = found.last().map(|(seq, _, _)| *seq).filter(|_| more);
    for (first, events, at_ms) in found {
        rows.extend((first..).zip(events).map(|(seq, event)| JournalRow { seq, event, at_ms }));
    }
    Ok((rows, next))
}
