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
/// meanwhile, or that somebody has let go on or suspended since, stays as it is. A call that waits until AI may go on hears so;
/// `answered` says that a person has answered the customer since.
pub fn let_go(tx: &mut Tx, ctx: &Ctx, runs: &[RunId], stood_ms: i64, answered: bool, reason: &str) -> Result<()> {
    for run in go_on(tx, ctx, runs, stood_ms, reason)? {
        let sql =
            "SELECT call_id FROM run_call WHERE client_id = $1 AND run_id = $2 AND wake_on = 'stop.released' LIMIT 1";
        if tx.query_opt(sql, params![ctx.client, run], |r| r.text(0))?.is_some() {
            unpark(tx, ctx, &run, answered)?;
        }
    }
    Ok(())
}

/// The same, and a call that waits until AI may go on waits on. Returns the runs that go on.
pub fn go_on(tx: &mut Tx, ctx: &Ctx, runs: &[RunId], stood_ms: i64, reason: &str) -> Result<Vec<RunId>> {
    let mut gone_on = Vec::new();
    for run in runs {
        let sql =
            "SELECT status FROM run WHERE client_id = $1 AND run_id = $2 AND status = 'suspended' AND error IS NULL";
        let stands = tx.query_opt(sql, params![ctx.client, run], |r| r.text(0))?.is_some();
        if !stands || suspended_by(tx, &ctx.client, run)?.as_deref() == Some("operator") {
            continue;
        }
        thaw(tx, &ctx.client, run, stood_ms)?;
        set_waiting(tx, ctx, run)?;
        insert_operation(tx, ctx, run, "resumed", reason, &json!({"by": "hold"}))?;
        gone_on.push(run.clone());
    }
    Ok(gone_on)
}

/// Whether a run stands still because people have its case, and not because somebody suspended it.
pub(crate) fn is_held(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<bool> {
    Ok(suspended_by(tx, client, run)?.as_deref() == Some("hold"))
}

/// What suspended a run last: `hold` or `operator`; none where it was let go on since.
fn suspended_by(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Option<String>> {
    let sql = "SELECT kind, detail FROM run_operation WHERE client_id = $1 AND run_id = $2 \
               AND kind IN ('suspended', 'resumed') ORDER BY operation_id DESC LIMIT 1";
    let last: Option<(String, Value)> = tx.query_opt(sql, params![client, run], |r| Ok((r.text(0)?, r.json(1)?)))?;
    let suspended = last.filter(|(kind, _)| kind == "suspended");
    Ok(suspended.and_then(|(_, detail)| detail["by"].as_str().map(str::to_owned)))
}

/// Timers that stood still run again, with the time left that they had.
pub(crate) fn thaw(tx: &mut Tx, client: &ClientId, run: &RunId, stood_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run_timer SET due_ms = due_ms - $3 + $4 WHERE client_id = $1 AND run_id = $2 AND due_ms >= $3",
        params![client, run, FAR_MS, stood_ms],
    )?;
    Ok(())
}

/// Runs of a client that wait until AI may go on, and do not stand still, with their cases: so many in order, after one.
pub fn parked(tx: &mut Tx, client: &ClientId, after: Option<&RunId>, max: i64) -> Result<Vec<(RunId, CaseId)>> {
    let after = after.map_or("", RunId::as_str);
    tx.query(
        "SELECT DISTINCT r.run_id, r.case_id FROM run_call k JOIN run r ON r.client_id = k.client_id AND r.run_id = k.run_id \
         WHERE k.client_id = $1 AND k.wake_on = 'stop.released' AND r.status IN ('running', 'waiting') \
         AND r.case_id IS NOT NULL AND r.run_id > $2 ORDER BY r.run_id LIMIT $3",
        params![client, after, max],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

/// Tells a call that waited for it that AI may go on.
pub fn unpark(tx: &mut Tx, ctx: &Ctx, run: &RunId, answered: bool) -> Result<()> {
    let event: Value = json!({"type": RELEASED, "answered": answered, "at_ms": ctx.now_ms()});
    post(tx, ctx, run, &RunInput::Message { event })
}
