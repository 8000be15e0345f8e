//! SQL of the tables `run` and `run_*`.

use crate::RunInput;
use baton_base::{CallId, CaseId, ClientId, Error, ReleaseId, Result, RunId};
use baton_db::{Kind, Row, Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run keeps between turns: the engine's state, and how far journal and trace have been written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Kept<S> {
    pub engine: Option<S>,
    pub journal: i64,
    pub trace: i64,
    pub depth: u32,
}

pub(crate) struct NewRun<'a> {
    pub run: &'a RunId,
    pub process: &'a str,
    pub digest: &'a str,
    pub release: &'a ReleaseId,
    pub case: Option<&'a CaseId>,
    pub parent: Option<(&'a RunId, &'a CallId)>,
    pub depth: u32,
    pub now_ms: i64,
}

/// A run as a turn loads it.
pub(crate) struct Loaded {
    pub client: ClientId,
    pub run: RunId,
    pub process: String,
    pub release: ReleaseId,
    pub case: Option<CaseId>,
    pub parent: Option<(RunId, CallId)>,
    pub status: String,
    pub state: String,
}

/// An open call.
pub(crate) struct OpenCall {
    pub call: CallId,
    pub task: String,
    pub function: String,
    pub args: Value,
    pub state: String,
    pub wake_on: Option<String>,
    pub memo: Value,
}

pub(crate) fn insert_run(tx: &mut Tx, client: &ClientId, new: &NewRun<'_>) -> Result<()> {
    let kept = serde_json::to_string(&Kept::<()> { depth: new.depth, ..Kept::default() }).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO run (client_id, run_id, process, process_digest, release_id, case_id, parent_run_id, \
         parent_call_id, status, ready, lease_until_ms, state, started_ms, changed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 1, 0, $9, $10, $10)",
        params![
            client,
            new.run,
            new.process,
            new.digest,
            new.release,
            new.case,
            new.parent.map(|p| p.0),
            new.parent.map(|p| p.1),
            kept,
            new.now_ms
        ],
    )?;
    Ok(())
}

pub(crate) fn insert_input(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    inbox_id: &str,
    input: &RunInput,
    now_ms: i64,
) -> Result<()> {
    let text = serde_json::to_string(input).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO run_inbox (client_id, run_id, inbox_id, input, at_ms) VALUES ($1, $2, $3, $4, $5)",
        params![client, run, inbox_id, text, now_ms],
    )?;
    Ok(())
}

/// Marks a run that has not ended as having something to do; false if it has ended or does not exist.
pub(crate) fn mark_ready(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE run SET ready = 1 WHERE client_id = $1 AND run_id = $2 AND status IN ('running', 'waiting')",
        params![client, run],
    )?;
    Ok(changed > 0)
}

const LOADED: &str = "client_id, run_id, process, release_id, case_id, parent_run_id, parent_call_id, status, state";

fn loaded(r: &Row) -> Result<Loaded> {
    let parent = r.id_opt(5)?.zip(r.id_opt(6)?);
    Ok(Loaded {
        client: r.id(0)?,
        run: r.id(1)?,
        process: r.text(2)?,
        release: r.id(3)?,
        case: r.id_opt(4)?,
        parent,
        status: r.text(7)?,
        state: r.text(8)?,
    })
}

/// Takes ready runs of all clients, oldest change first; on PostgreSQL their rows stay locked until the commit.
pub(crate) fn take_ready(tx: &mut Tx, max: u32) -> Result<Vec<Loaded>> {
    // every client: a worker advances the runs of the whole installation
    let lock = tx.skip_locked();
    let sql = format!("SELECT {LOADED} FROM run WHERE ready = 1 ORDER BY lease_until_ms, changed_ms LIMIT $1 {lock}");
    tx.query(&sql, params![i64::from(max)], loaded)
}

/// Takes one run, ready or not, waiting for whoever has it.
pub(crate) fn take_one(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Option<Loaded>> {
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT {LOADED} FROM run WHERE client_id = $1 AND run_id = $2 {lock}");
    tx.query_opt(&sql, params![client, run], loaded)
}

pub(crate) fn inbox(tx: &mut Tx, client: &ClientId, run: &RunId, max: usize) -> Result<Vec<(String, RunInput, i64)>> {
    tx.query(
        "SELECT inbox_id, input, at_ms FROM run_inbox WHERE client_id = $1 AND run_id = $2 ORDER BY inbox_id LIMIT $3",
        params![client, run, i64::try_from(max).unwrap_or(i64::MAX)],
        |r| Ok((r.text(0)?, r.json_as(1)?, r.int(2)?)),
    )
}

pub(crate) fn delete_input(tx: &mut Tx, client: &ClientId, run: &RunId, inbox_id: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM run_inbox WHERE client_id = $1 AND run_id = $2 AND inbox_id = $3",
        params![client, run, inbox_id],
    )?;
    Ok(())
}

/// What a turn leaves behind.
pub(crate) struct After<'a> {
    pub status: &'a str,
    pub ready: bool,
    pub state: &'a str,
    pub output: Option<String>,
    pub error: Option<String>,
    pub ended_ms: Option<i64>,
    pub now_ms: i64,
}

pub(crate) fn save(tx: &mut Tx, client: &ClientId, run: &RunId, after: &After<'_>) -> Result<()> {
    tx.execute(
        "UPDATE run SET status = $3, ready = $4, state = $5, output = $6, error = $7, ended_ms = $8, changed_ms = $9 \
         WHERE client_id = $1 AND run_id = $2",
        params![
            client,
            run,
            after.status,
            after.ready,
            after.state,
            after.output.clone(),
            after.error.clone(),
            after.ended_ms,
            after.now_ms
        ],
    )?;
    Ok(())
}

pub(crate) fn insert_journal(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    seq: i64,
    input: &str,
    now_ms: i64,
) -> Result<()> {
    tx.execute(
        "INSERT INTO run_journal (client_id, run_id, seq, input, at_ms) VALUES ($1, $2, $3, $4, $5)",
        params![client, run, seq, input, now_ms],
    )?;
    Ok(())
}

pub(crate) struct NewTrace<'a> {
    pub seq: i64,
    pub task: &'a str,
    pub name: &'a str,
    pub kind: &'a str,
    pub phase: &'a str,
    pub detail: &'a Value,
    pub at_ms: i64,
}

pub(crate) fn insert_trace(tx: &mut Tx, client: &ClientId, run: &RunId, line: &NewTrace<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO run_trace (client_id, run_id, seq, task, name, kind, phase, detail, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            client,
            run,
            line.seq,
            line.task,
            line.name,
            line.kind,
            line.phase,
            line.detail.to_string(),
            line.at_ms
        ],
    )?;
    Ok(())
}

// Calls ------------------------------------------------------------------------------------------

pub(crate) struct NewCall<'a> {
    pub call: &'a CallId,
    pub task: &'a str,
    pub function: &'a str,
    pub args: &'a Value,
    pub state: &'a str,
    pub wake_on: Option<&'a str>,
    pub memo: &'a Value,
    pub worker: Option<&'a str>,
    pub lease_until_ms: i64,
    pub now_ms: i64,
}

/// Writes an open call, or how it stands now if it is there already.
pub(crate) fn put_call(tx: &mut Tx, client: &ClientId, run: &RunId, c: &NewCall<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO run_call (client_id, run_id, call_id, task, function, args, state, wake_on, memo, worker, \
         lease_until_ms, attempts, opened_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (client_id, run_id, call_id) DO UPDATE SET state = excluded.state, wake_on = excluded.wake_on, \
         memo = excluded.memo, worker = excluded.worker, lease_until_ms = excluded.lease_until_ms, \
         attempts = excluded.attempts, opened_ms = excluded.opened_ms",
        params![
            client,
            run,
            c.call,
            c.task,
            c.function,
            c.args.to_string(),
            c.state,
            c.wake_on,
            c.memo.to_string(),
            c.worker,
            c.lease_until_ms,
            i64::from(c.worker.is_some()),
            c.now_ms
        ],
    )?;
    Ok(())
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

pub(crate) fn delete_call(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId) -> Result<()> {
    tx.execute(
        "DELETE FROM run_call WHERE client_id = $1 AND run_id = $2 AND call_id = $3",
        params![client, run, call],
    )?;
    Ok(())
}

/// An outside call for a worker to make.
#[derive(Clone)]
pub(crate) struct Leased {
    pub client: ClientId,
    pub run: RunId,
    pub call: CallId,
    pub attempt: i64,
    /// When the function last asked for the outside: tells one round of a call from the next.
    pub asked_ms: i64,
}

/// Leases outside calls whose worker has gone quiet. Serves every client: a worker acts for the installation.
pub(crate) fn lease_calls(tx: &mut Tx, worker: &str, now_ms: i64, until_ms: i64, max: i64) -> Result<Vec<Leased>> {
    // every client: a worker makes the calls of the whole installation
    let lock = tx.skip_locked();
    let sql = format!(
        "UPDATE run_call SET worker = $1, lease_until_ms = $2, attempts = attempts + 1 \
         WHERE (client_id, run_id, call_id) IN (SELECT client_id, run_id, call_id FROM run_call \
         WHERE state = 'requested' AND lease_until_ms < $3 ORDER BY lease_until_ms, opened_ms LIMIT $4 {lock}) \
         AND state = 'requested' AND lease_until_ms < $3 RETURNING client_id, run_id, call_id, attempts, \
         opened_ms"
    );
    tx.query(&sql, params![worker, until_ms, now_ms, max], |r| {
        Ok(Leased { client: r.id(0)?, run: r.id(1)?, call: r.id(2)?, attempt: r.int(3)?, asked_ms: r.int(4)? })
    })
}

/// Renews what this worker holds, of whichever client.
pub(crate) fn renew_leases(tx: &mut Tx, worker: &str, until_ms: i64) -> Result<u64> {
    // every client: leases belong to a worker, not to a client
    tx.execute(
        "UPDATE run_call SET lease_until_ms = $2 WHERE worker = $1 AND state = 'requested'",
        params![worker, until_ms],
    )
}

/// Frees every lease: only where this process is known to be the only one.
pub(crate) fn free_leases(tx: &mut Tx) -> Result<u64> {
    // every client: leases belong to a worker, not to a client
    tx.execute("UPDATE run_call SET lease_until_ms = 0 WHERE state = 'requested'", params![])
}

/// Whether a worker still holds a call; fences a worker whose lease has gone to another, which may since have
/// ended this round of the call and begun the next.
pub(crate) fn holds(tx: &mut Tx, worker: &str, leased: &Leased) -> Result<bool> {
    let sql = "SELECT 1 FROM run_call WHERE client_id = $1 AND run_id = $2 AND call_id = $3 AND worker = $4 \
               AND attempts = $5 AND opened_ms = $6 AND state = 'requested'";
    let values = params![&leased.client, &leased.run, &leased.call, worker, leased.attempt, leased.asked_ms];
    let found = tx.query_opt(sql, values, |_| Ok(()))?;
    Ok(found.is_some())
}

/// Gives a call back for a later attempt.
pub(crate) fn give_back(tx: &mut Tx, leased: &Leased, not_before_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run_call SET worker = NULL, lease_until_ms = $5 \
         WHERE client_id = $1 AND run_id = $2 AND call_id = $3 AND attempts = $4 AND opened_ms = $6",
        params![&leased.client, &leased.run, &leased.call, leased.attempt, not_before_ms, leased.asked_ms],
    )?;
    Ok(())
}

// Timers and listens -----------------------------------------------------------------------------

pub(crate) fn set_timer(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId, due_ms: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO run_timer (client_id, run_id, call_id, due_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, run_id, call_id) DO UPDATE SET due_ms = excluded.due_ms",
        params![client, run, call, due_ms],
    )?;
    Ok(())
}

pub(crate) fn cancel_timer(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId) -> Result<()> {
    tx.execute(
        "DELETE FROM run_timer WHERE client_id = $1 AND run_id = $2 AND call_id = $3",
        params![client, run, call],
    )?;
    Ok(())
}

/// Takes due timers of every client out of the table.
pub(crate) fn take_due_timers(tx: &mut Tx, now_ms: i64, max: u32) -> Result<Vec<(ClientId, RunId, CallId)>> {
    // every client: a worker fires the timers of the whole installation
    let lock = tx.skip_locked();
    let sql = format!(
        "DELETE FROM run_timer WHERE (client_id, run_id, call_id) IN (SELECT client_id, run_id, call_id \
         FROM run_timer WHERE due_ms <= $1 ORDER BY due_ms LIMIT $2 {lock}) AND due_ms <= $1 \
         RETURNING client_id, run_id, call_id"
    );
    tx.query(&sql, params![now_ms, i64::from(max)], |r| Ok((r.id(0)?, r.id(1)?, r.id(2)?)))
}

/// When the next timer of any client is due.
pub(crate) fn next_timer(tx: &mut Tx) -> Result<Option<i64>> {
    // every client: a worker sleeps until the next timer of the whole installation
    let sql = "SELECT due_ms FROM run_timer ORDER BY due_ms LIMIT 1";
    tx.query_opt(sql, params![], |r| r.int(0))
}

pub(crate) fn put_listen(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    call: &CallId,
    kind: &str,
    filter: &Value,
) -> Result<()> {
    tx.execute(
        "INSERT INTO run_listen (client_id, run_id, call_id, event_type, filter) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, run_id, call_id, event_type) DO NOTHING",
        params![client, run, call, kind, filter.to_string()],
    )?;
    Ok(())
}

pub(crate) fn delete_listen(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId) -> Result<()> {
    tx.execute(
        "DELETE FROM run_listen WHERE client_id = $1 AND run_id = $2 AND call_id = $3",
        params![client, run, call],
    )?;
    Ok(())
}

/// Runs of a client that listen for an event type ('' listens for all).
pub(crate) fn listeners(tx: &mut Tx, client: &ClientId, kind: &str) -> Result<Vec<RunId>> {
    tx.query(
        "SELECT DISTINCT run_id FROM run_listen WHERE client_id = $1 AND event_type IN ($2, '')",
        params![client, kind],
        |r| r.id(0),
    )
}

/// Removes whatever an ended run still had open.
pub(crate) fn clear_open(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<()> {
    for table in ["run_call", "run_timer", "run_listen", "run_inbox"] {
        tx.execute(&format!("DELETE FROM {table} WHERE client_id = $1 AND run_id = $2"), params![client, run])?;
    }
    Ok(())
}

/// One run without a lock, for reading.
pub(crate) fn peek(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Option<Loaded>> {
    let sql = format!("SELECT {LOADED} FROM run WHERE client_id = $1 AND run_id = $2");
    tx.query_opt(&sql, params![client, run], loaded)
}

/// Runs started by a run, and waited for, that have not ended.
pub(crate) fn open_children(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<RunId>> {
    // Sorted here: asked to, SQLite would walk every run of the client in the order of their ids.
    let mut children = tx.query(
        "SELECT run_id FROM run WHERE client_id = $1 AND parent_run_id = $2 AND status IN ('running', 'waiting')",
        params![client, run],
        |r| r.id(0),
    )?;
    children.sort();
    Ok(children)
}
