//! SQL of what people do to runs.

use crate::read::RunStatus;
use baton_base::{CallId, ClientId, ReleaseId, Result, RunId};
use baton_db::{Row, Tx, params};
use baton_govern::Ctx;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Operations shown of one run.
const OPERATIONS_MAX: i64 = 200;

/// One thing that somebody did to a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationRow {
    /// `suspended`, `resumed`, `cancel_requested`, `cancelled`, `retried`, `migrated` or `event_sent`.
    pub kind: String,
    /// Why, as stated.
    pub reason: String,
    /// `member`, `agent` or `system`.
    pub actor_kind: String,
    /// Id of the member, or name of the agent or system.
    pub actor: String,
    /// The particulars.
    pub detail: Value,
    /// When, ms.
    pub at_ms: i64,
}

pub(crate) fn insert_operation(
    tx: &mut Tx,
    ctx: &Ctx,
    run: &RunId,
    kind: &str,
    reason: &str,
    detail: &Value,
) -> Result<()> {
    tx.execute(
        "INSERT INTO run_operation (client_id, run_id, operation_id, kind, reason, actor_kind, actor, detail, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            &ctx.client,
            run,
            ctx.id("op"),
            kind,
            reason,
            ctx.actor.kind(),
            ctx.actor.name(),
            detail.to_string(),
            ctx.now_ms()
        ],
    )?;
    Ok(())
}

/// What people did to a run, oldest first, at most 200.
pub fn operations(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<OperationRow>> {
    let read = |r: &Row| {
        Ok(OperationRow {
            kind: r.text(0)?,
            reason: r.text(1)?,
            actor_kind: r.text(2)?,
            actor: r.text(3)?,
            detail: r.json(4)?,
            at_ms: r.int(5)?,
        })
    };
    tx.query(
        "SELECT kind, reason, actor_kind, actor, detail, at_ms FROM run_operation \
         WHERE client_id = $1 AND run_id = $2 ORDER BY operation_id LIMIT $3",
        params![client, run, OPERATIONS_MAX],
        read,
    )
}

/// Whether the run's row carries an error.
pub(super) fn has_error(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<bool> {
    let sql = "SELECT 1 FROM run WHERE client_id = $1 AND run_id = $2 AND error IS NOT NULL";
    Ok(tx.query_opt(sql, params![client, run], |_| Ok(()))?.is_some())
}

/// Whether something waits in the run's inbox.
pub(super) fn has_inputs(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<bool> {
    let sql = "SELECT 1 FROM run_inbox WHERE client_id = $1 AND run_id = $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![client, run], |_| Ok(()))?.is_some())
}

/// Sets where a run stands that has not ended, or goes on after all; its error is gone.
pub(super) fn set_open(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    status: RunStatus,
    ready: bool,
    now_ms: i64,
) -> Result<()> {
    tx.execute(
        "UPDATE run SET status = $3, ready = $4, ready_ms = $5, error = NULL, ended_ms = NULL, changed_ms = $5 \
         WHERE client_id = $1 AND run_id = $2",
        params![client, run, status.as_str(), ready, now_ms],
    )?;
    Ok(())
}

/// A run that had faulted counts as cancelled; its error stays readable.
pub(super) fn set_cancelled(tx: &mut Tx, client: &ClientId, run: &RunId, now_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run SET status = 'cancelled', ready = 0, changed_ms = $3 \
         WHERE client_id = $1 AND run_id = $2 AND status = 'faulted'",
        params![client, run, now_ms],
    )?;
    tx.execute("DELETE FROM run_inbox WHERE client_id = $1 AND run_id = $2", params![client, run])?;
    Ok(())
}

/// Writes the state of a run under another version of its process.
pub(super) fn set_version(
    tx: &mut Tx,
    ctx: &Ctx,
    run: &RunId,
    state: &str,
    (digest, release): (&str, &ReleaseId),
) -> Result<()> {
    tx.execute(
        "UPDATE run SET state = $3, process_digest = $4, release_id = $5, changed_ms = $6 \
         WHERE client_id = $1 AND run_id = $2",
        params![&ctx.client, run, state, digest, release, ctx.now_ms()],
    )?;
    Ok(())
}

/// Writes down a turn in which the run took in these events and no task did anything.
pub(super) fn insert_turn(tx: &mut Tx, ctx: &Ctx, run: &RunId, (seq, line): (i64, i64), events: &str) -> Result<()> {
    let trace = format!(r#"{{"first":{line},"lines":[]}}"#);
    tx.execute(
        "INSERT INTO run_turn (client_id, run_id, seq, events, trace, at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        params![&ctx.client, run, seq, events, trace, ctx.now_ms()],
    )?;
    Ok(())
}

/// Lets calls of a run that its fault left without a result be made again, under the same idempotency keys.
pub(super) fn free_calls(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<()> {
    tx.execute(
        "UPDATE run_call SET worker = NULL, lease_until_ms = 0 \
         WHERE client_id = $1 AND run_id = $2 AND state = 'requested'",
        params![client, run],
    )?;
    Ok(())
}

/// Says which task an open call belongs to.
pub(super) fn place_call(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId, task: &str) -> Result<()> {
    tx.execute(
        "UPDATE run_call SET task = $4 WHERE client_id = $1 AND run_id = $2 AND call_id = $3",
        params![client, run, call, task],
    )?;
    Ok(())
}

/// Notes an event from outside; false if it is known already.
pub(super) fn insert_event(
    tx: &mut Tx,
    ctx: &Ctx,
    (source, event_id, kind): (&str, &str, &str),
    runs: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO event_received (client_id, source, event_id, event_type, runs, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, source, event_id) DO NOTHING",
        params![&ctx.client, source, event_id, kind, runs, ctx.now_ms()],
    )?;
    Ok(changed > 0)
}

/// How many runs an event that is known went to so far, and whether more are being told.
pub(super) fn event_runs(tx: &mut Tx, client: &ClientId, source: &str, event_id: &str) -> Result<Option<(i64, bool)>> {
    tx.query_opt(
        "SELECT e.runs, CASE WHEN EXISTS (SELECT 1 FROM event_delivery d WHERE d.client_id = e.client_id \
         AND d.source = e.source AND d.event_id = e.event_id) THEN 1 ELSE 0 END FROM event_received e \
         WHERE e.client_id = $1 AND e.source = $2 AND e.event_id = $3",
        params![client, source, event_id],
        |r| Ok((r.int(0)?, r.bool(1)?)),
    )
}
