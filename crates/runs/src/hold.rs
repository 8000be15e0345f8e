//! The runs of a case stand still while a person has it, and go on where they stood.
//!
//! A run that stands still is suspended: what happens to it is kept. Its timers stand still too, so that nobody is told that
//! time is up because somebody else was at work.

use crate::actions::{insert_operation, set_waiting};
use crate::{RunInput, post};
use baton_base::{CaseId, ClientId, Result, RunId};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use serde_json::{Value, json};

/// How far off the timer of a run that stands still is put, milliseconds: no due time lies as far.
pub(crate) const FAR_MS: i64 = 1 << 52;
/// Processes that start others while they are stopped: looked for so often.
const ROUNDS_MAX: usize = 10;
/// What wakes a call that waits until AI may go on.
pub const RELEASED: &str = "stop.released";
/// Calls that wait so, returned at once.
const PARKED_MAX: i64 = 1_000;

/// Lets every open run of a case stand still. Returns which; none where the case has no open run, or all stand still already.
pub fn hold_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId, reason: &str) -> Result<Vec<RunId>> {
    let mut held = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let sql = "UPDATE run SET status = 'suspended', ready = 0, changed_ms = $3 WHERE client_id = $1 AND case_id = $2 \
                   AND status IN ('running', 'waiting') RETURNING run_id";
        let found: Vec<RunId> = tx.query(sql, params![ctx.client, case, ctx.now_ms()], |r| r.id(0))?;
        if found.is_empty() {
            break;
        }
        held.extend(found);
    }
    for run in &held {
        tx.execute(
            "UPDATE run_timer SET due_ms = due_ms + $3 WHERE client_id = $1 AND run_id = $2 AND due_ms < $3",
            params![ctx.client, run, FAR_MS],
        )?;
        insert_operation(tx, ctx, run, "suspended", reason, &json!({"by": "hold"}))?;
    }
    Ok(held)
}

/// Lets runs go on that stood still for so long: their timers have as much time left as they had. A run that has ended
/// meanwhile, or that somebody has let go on, stays as it is. A call that waits until AI may go on hears so; `answered` says
/// that a person has answered the customer since.
pub fn let_go(tx: &mut Tx, ctx: &Ctx, runs: &[RunId], stood_ms: i64, answered: bool, reason: &str) -> Result<()> {
    for run in runs {
        let sql =
            "SELECT status FROM run WHERE client_id = $1 AND run_id = $2 AND status = 'suspended' AND error IS NULL";
        if tx.query_opt(sql, params![ctx.client, run], |r| r.text(0))?.is_none() {
            continue;
        }
        thaw(tx, &ctx.client, run, stood_ms)?;
        set_waiting(tx, ctx, run)?;
        insert_operation(tx, ctx, run, "resumed", reason, &json!({"by": "hold"}))?;
        let sql =
            "SELECT call_id FROM run_call WHERE client_id = $1 AND run_id = $2 AND wake_on = 'stop.released' LIMIT 1";
        if tx.query_opt(sql, params![ctx.client, run], |r| r.text(0))?.is_some() {
            unpark(tx, ctx, run, answered)?;
        }
    }
    Ok(())
}

/// Timers that stood still run again, with the time left that they had.
pub(crate) fn thaw(tx: &mut Tx, client: &ClientId, run: &RunId, stood_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run_timer SET due_ms = due_ms - $3 + $4 WHERE client_id = $1 AND run_id = $2 AND due_ms >= $3",
        params![client, run, FAR_MS, stood_ms],
    )?;
    Ok(())
}

/// Runs of a client that wait until AI may go on, and do not stand still, with their cases.
pub fn parked(tx: &mut Tx, client: &ClientId) -> Result<Vec<(RunId, CaseId)>> {
    tx.query(
        "SELECT DISTINCT r.run_id, r.case_id FROM run_call k JOIN run r ON r.client_id = k.client_id AND r.run_id = k.run_id \
         WHERE k.client_id = $1 AND k.wake_on = 'stop.released' AND r.status IN ('running', 'waiting') \
         AND r.case_id IS NOT NULL ORDER BY r.run_id LIMIT $2",
        params![client, PARKED_MAX],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

/// Tells a call that waited for it that AI may go on.
pub fn unpark(tx: &mut Tx, ctx: &Ctx, run: &RunId, answered: bool) -> Result<()> {
    let event: Value = json!({"type": RELEASED, "answered": answered, "at_ms": ctx.now_ms()});
    post(tx, ctx, run, &RunInput::Message { event })
}
