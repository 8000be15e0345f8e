//! Rows of `run_call`: what a run has asked of functions and not yet got.

use super::run::{KEY, Key, Loaded};
use crate::limits;
use baton_base::{CallId, CaseId, ClientId, ReleaseId, Result, RunId};
use baton_db::{Column, Row, Rows, Tx, params};
use serde_json::Value;
use std::sync::Arc;

/// An open call.
#[derive(Clone)]
pub(crate) struct OpenCall {
    pub call: CallId,
    pub task: String,
    pub function: String,
    pub args: Value,
    /// `new` before it is written, then `requested` or `pending`.
    pub state: String,
    pub wake_on: Option<String>,
    pub memo: Value,
}

/// An outside call for a worker to make, with all that its function needs.
#[derive(Clone)]
pub(crate) struct Leased {
    pub client: ClientId,
    pub run: RunId,
    pub process: String,
    pub release: ReleaseId,
    pub case: Option<CaseId>,
    pub open: OpenCall,
    pub attempt: i64,
    /// When the function last asked for the outside: tells one round of a call from the next.
    pub asked_ms: i64,
    /// The run as the turn that asked has left it, where nothing else is to be known of it (PostgreSQL).
    pub left: Option<Arc<Loaded>>,
}

/// One leasing of a call, told from any other of the same call: run, call, attempt, and when it was asked for.
pub(crate) type Holding = (RunId, CallId, i64, i64);

impl Leased {
    pub fn holding(&self) -> Holding {
        (self.run.clone(), self.open.call.clone(), self.attempt, self.asked_ms)
    }

    pub fn key(&self) -> Key {
        (self.client.clone(), self.run.clone())
    }
}

const CALL: &str = "call_id, task, function, args, state, wake_on, memo";

fn open_call(r: &Row) -> Result<OpenCall> {
    Ok(OpenCall {
        call: r.id(0)?,
        task: r.text(1)?,
        function: r.text(2)?,
        args: r.json(3)?,
        state: r.text(4)?,
        wake_on: r.text_opt(5)?,
        memo: r.json(6)?,
    })
}

pub(crate) fn calls(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<OpenCall>> {
    let sql = format!("SELECT {CALL} FROM run_call WHERE client_id = $1 AND run_id = $2 ORDER BY call_id");
    tx.query(&sql, params![client, run], open_call)
}

pub(crate) fn call(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId) -> Result<Option<OpenCall>> {
    let sql = format!("SELECT {CALL} FROM run_call WHERE client_id = $1 AND run_id = $2 AND call_id = $3");
    tx.query_opt(&sql, params![client, run, call], open_call)
}

/// Leases outside calls whose worker has gone quiet, of whichever client, at most `max`.
pub(crate) fn lease_calls(tx: &mut Tx, worker: &str, now_ms: i64, until_ms: i64, max: i64) -> Result<Vec<Leased>> {
    let lock = tx.skip_locked();
    // A clock that ran far ahead must not keep a call from everybody until the others have caught up.
    let believed_ms = now_ms + limits::CALL_LEASE_BELIEVED_MS;
    // Chosen once: PostgreSQL may look at an inner query again for each row, and each time pass over what it has chosen before.
    // every client: a worker makes the calls of the whole installation
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT client_id, run_id, call_id FROM run_call \
         WHERE state = 'requested' AND (lease_until_ms < $3 OR lease_until_ms > $5) \
         ORDER BY lease_until_ms, opened_ms LIMIT $4 {lock}) \
         UPDATE run_call SET worker = $1, lease_until_ms = $2, attempts = attempts + 1 \
         WHERE (client_id, run_id, call_id) IN (SELECT client_id, run_id, call_id FROM due) \
         AND state = 'requested' AND (lease_until_ms < $3 OR lease_until_ms > $5) \
         RETURNING client_id, run_id, call_id, attempts, opened_ms"
    );
    let leased = tx.query(&sql, params![worker, until_ms, now_ms, max, believed_ms], |r| {
        Ok((r.id(0)?, r.id(1)?, r.id(2)?, r.int(3)?, r.int(4)?))
    })?;
    let mut found = Vec::with_capacity(leased.len());
    for (client, run, call_id, attempt, asked_ms) in leased {
        let Some(open) = call(tx, &client, &run, &call_id)? else { continue };
        let Some(row) = super::peek(tx, &client, &run)? else { continue };
        let (process, release, case) = (row.process, row.release, row.case);
        found.push(Leased { client, run, process, release, case, open, attempt, asked_ms, left: None });
    }
    Ok(found)
}

const RENEWED: &[(&str, Column)] = &[
    KEY[0],
    KEY[1],
    ("call_id", Column::Text),
    ("worker", Column::Text),
    ("attempts", Column::Int),
    ("opened_ms", Column::Int),
    ("until_ms", Column::Int),
];

/// Renews the leases of these calls as far as the worker still has them. What it has leased by the table and does not
/// have in hand (its transaction was saved and it never heard so) is left to run out.
pub(crate) fn renew_leases(tx: &mut Tx, worker: &str, in_hand: &[(ClientId, Holding)], until_ms: i64) -> Result<u64> {
    let mut rows = Rows::of(RENEWED);
    for (client, (run, call, attempt, asked_ms)) in in_hand {
        rows.push(params![client, run, call, worker, *attempt, *asked_ms, until_ms]);
    }
    tx.execute_rows(
        "UPDATE run_call SET lease_until_ms = {until_ms} {from} WHERE run_call.client_id = {client_id} \
         AND run_call.run_id = {run_id} AND run_call.call_id = {call_id} AND run_call.worker = {worker} \
         AND run_call.attempts = {attempts} AND run_call.opened_ms = {opened_ms} AND run_call.state = 'requested'",
        &rows,
    )
}

/// Gives up what this worker still holds, so that others need not wait for its leases to run out.
pub(crate) fn release_leases(tx: &mut Tx, worker: &str) -> Result<u64> {
    // every client: leases belong to a worker, not to a client
    tx.execute(
        "UPDATE run_call SET worker = NULL, lease_until_ms = 0 WHERE worker = $1 AND state = 'requested'",
        params![worker],
    )
}

/// Frees every lease: only where this process is known to be the only one.
pub(crate) fn free_leases(tx: &mut Tx) -> Result<u64> {
    // every client: leases belong to a worker, not to a client
    tx.execute("UPDATE run_call SET lease_until_ms = 0 WHERE state = 'requested'", params![])
}

const HELD: &[(&str, Column)] = &[
    KEY[0],
    KEY[1],
    ("call_id", Column::Text),
    ("worker", Column::Text),
    ("attempts", Column::Int),
    ("opened_ms", Column::Int),
];

/// Which of these calls the worker still holds, and whether it is all that its run has open; fences a worker whose lease
/// has gone to another, which may since have ended this round of the call and begun the next.
pub(super) const STILL_HELD: &str = "SELECT c.client_id, c.run_id, c.call_id, CASE WHEN EXISTS (SELECT 1 FROM run_call o \
                                     WHERE o.client_id = c.client_id AND o.run_id = c.run_id \
                                     AND o.call_id <> c.call_id) THEN 0 ELSE 1 END FROM run_call c {join} \
                                     WHERE c.client_id = {client_id} AND c.run_id = {run_id} \
                                     AND c.call_id = {call_id} AND c.worker = {worker} \
                                     AND c.attempts = {attempts} AND c.opened_ms = {opened_ms} \
                                     AND c.state = 'requested'";

/// Calls that a worker believes it holds.
pub(super) fn held_rows<'a>(worker: &str, leased: impl IntoIterator<Item = &'a Leased>) -> Rows {
    let mut rows = Rows::of(HELD);
    for l in leased {
        rows.push(params![l.client, l.run, l.open.call, worker, l.attempt, l.asked_ms]);
    }
    rows
}

const LEFT: &[(&str, Column)] = &[
    HELD[0],
    HELD[1],
    HELD[2],
    HELD[3],
    HELD[4],
    HELD[5],
    ("release_id", Column::Text),
    ("case_id", Column::Text),
    ("wakes", Column::Int),
    ("state", Column::Text),
    ("many", Column::Int),
];

/// Takes runs that are as they were left; if one of so `many` is not, it fails, and the transaction with it. A run is as it was left
/// if its row is, if it has been told of nothing since (then nothing waits for it either, as nothing did), if the worker still
/// holds its call, and if nobody has ever listened for what runs of the client tell of themselves.
const AS_LEFT: &str = "SELECT CASE WHEN COUNT(*) = MIN(taken.many) THEN 1 \
                       ELSE CAST('a run is not as it was left: ' || COUNT(*) AS INT) END \
                       FROM (SELECT run.run_id, {many} AS many FROM run {join} \
                       WHERE run.client_id = {client_id} AND run.run_id = {run_id} AND run.status = 'waiting' \
                       AND run.wakes = {wakes} AND run.release_id = {release_id} \
                       AND COALESCE(run.case_id, '') = {case_id} AND run.state = {state} \
                       AND EXISTS (SELECT 1 FROM run_call c WHERE c.client_id = {client_id} AND c.run_id = {run_id} \
                       AND c.call_id = {call_id} AND c.worker = {worker} AND c.attempts = {attempts} \
                       AND c.opened_ms = {opened_ms} AND c.state = 'requested') \
                       AND NOT EXISTS (SELECT 1 FROM run_correlation l WHERE l.client_id = {client_id} \
                       AND l.expressions = '[]') ORDER BY run.client_id, run.run_id FOR UPDATE OF run) AS taken";

/// Takes the runs of calls that this worker holds, as they were left; they are given in order. Nothing is waited for: where one is
/// not so, whatever comes next in the transaction fails, its end included (PostgreSQL).
pub(crate) fn take_as_left(tx: &mut Tx, worker: &str, known: &[(&Leased, &Loaded)]) -> Result<()> {
    let size = if known.len() <= limits::RUNS_WRITTEN_SINGLY_MAX { 1 } else { known.len() };
    for some in known.chunks(size) {
        let many = i64::try_from(some.len()).unwrap_or(i64::MAX);
        let mut rows = Rows::of(LEFT);
        for (leased, left) in some {
            let case = left.case.as_ref().map_or("", CaseId::as_str);
            rows.push(params![
                left.client,
                left.run,
                leased.open.call,
                worker,
                leased.attempt,
                leased.asked_ms,
                left.release,
                case,
                left.wakes,
                left.state,
                many
            ]);
        }
        tx.owe_rows(AS_LEFT, rows)?;
    }
    Ok(())
}

/// Gives a call back for a later attempt.
pub(crate) fn give_back(tx: &mut Tx, leased: &Leased, not_before_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run_call SET worker = NULL, lease_until_ms = $5 \
         WHERE client_id = $1 AND run_id = $2 AND call_id = $3 AND attempts = $4 AND opened_ms = $6",
        params![&leased.client, &leased.run, &leased.open.call, leased.attempt, not_before_ms, leased.asked_ms],
    )?;
    Ok(())
}
