//! Clocks of people's work: approvals, reviews, takeovers. What is about to be late moves forward by itself.

use crate::actions::claim::append_with;
use crate::{Desk, stops, store};
use baton_base::{ClientId, Result, WorkItemId};
use baton_cases::{Level, Raised, mark};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use serde_json::json;

/// Most items looked at in one round of one client.
const ITEMS_MAX: i64 = 1_000;
/// Priority of what is late, unless it is more urgent already.
const LATE_PRIORITY: i64 = 2;

/// Says of every clock of a client that has passed a warning or its end that it has, once each, and lets the work that waits
/// on it move forward: a warning by one step, the end to the second most urgent. Returns how many clocks.
pub(crate) fn raise(tx: &mut Tx, ctx: &Ctx, desk: &Desk) -> Result<usize> {
    let (_, config) = desk.cases.config.live(&ctx.client)?;
    let raised = baton_cases::raise_sla(tx, ctx, &config.sla)?;
    for one in &raised {
        if one.with_ai && config.sla.escalate.is_some_and(|from| one.clock.level >= from) {
            late(tx, ctx, desk, one);
        }
        for item in store::live_of_case(tx, &ctx.client, &one.case)? {
            forward(tx, &ctx.client, &item.item.id, one.clock.level)?;
        }
    }
    let mut count = raised.len();
    for (id, opened_ms, due_ms) in may_be_late(tx, &ctx.client, config.sla.warn_percent, ctx.now_ms())? {
        let warn_ms = opened_ms + (due_ms - opened_ms) / 100 * config.sla.warn_percent;
        let level = Level::at(ctx.now_ms(), warn_ms, due_ms);
        match tx.attempt(|tx| raise_one(tx, ctx, &id, (opened_ms, due_ms), level)) {
            Ok(raised) => count += usize::from(raised),
            Err(error) => {
                tracing::warn!(client = %ctx.client, item = %id, %error, "an item's clock could not be told")
            }
        }
    }
    Ok(count)
}

/// The AI is late: a person takes over, through the queue. A case that cannot be handed over is said to be late all the same.
fn late(tx: &mut Tx, ctx: &Ctx, desk: &Desk, one: &Raised) {
    let name = match one.clock.clock {
        "first_response" => "the first answer",
        "next_response" => "the next answer",
        _ => "the resolution",
    };
    let what = if one.clock.level == Level::Breach { "is late" } else { "is about to be late" };
    let reason = format!("{name} {what}, and the AI has the next step");
    if let Err(error) = tx.attempt(|tx| stops::hold_for_sla(tx, ctx, desk, &one.case, &reason)) {
        tracing::warn!(client = %ctx.client, case = %one.case, %error, "a case that is late stays with the AI for now");
    }
}

/// Says of an item that it is about to be late, or is; false where that was said.
fn raise_one(tx: &mut Tx, ctx: &Ctx, id: &WorkItemId, (opened_ms, due_ms): (i64, i64), level: Level) -> Result<bool> {
    if level == Level::Running || !mark(tx, &ctx.client, id.as_str(), "decision", opened_ms, level, ctx.now_ms())? {
        return Ok(false);
    }
    forward(tx, &ctx.client, id, level)?;
    let found = store::find(tx, &ctx.client, id)?;
    let kind = if level == Level::Breach { "work_item.late" } else { "work_item.due_soon" };
    let facts = json!({"due_ms": due_ms, "state": found.item.state, "with": found.item.claimed_by, "priority": found.item.priority});
    append_with(tx, ctx, &found, kind, facts)?;
    Ok(true)
}

fn may_be_late(tx: &mut Tx, client: &ClientId, percent: i64, now_ms: i64) -> Result<Vec<(WorkItemId, i64, i64)>> {
    tx.query(
        "SELECT w.work_item_id, w.opened_ms, w.due_ms FROM work_item w WHERE w.client_id = $1 \
         AND w.state IN ('waiting', 'claimed') AND w.opened_ms + (w.due_ms - w.opened_ms) / 100 * $2 <= $3 \
         AND NOT EXISTS (SELECT 1 FROM sla_mark k WHERE k.client_id = w.client_id AND k.subject = w.work_item_id \
         AND k.level = 'breach') AND (w.due_ms <= $3 OR NOT EXISTS (SELECT 1 FROM sla_mark k \
         WHERE k.client_id = w.client_id AND k.subject = w.work_item_id)) ORDER BY w.due_ms LIMIT $4",
        params![client, percent, now_ms, ITEMS_MAX],
        |r| Ok((r.id(0)?, r.int(1)?, r.int(2)?)),
    )
}

/// Moves waiting work forward; what somebody has stays as it is.
fn forward(tx: &mut Tx, client: &ClientId, item: &WorkItemId, level: Level) -> Result<()> {
    let to = match level {
        Level::Running => return Ok(()),
        Level::Warning => "CASE WHEN priority > 1 THEN priority - 1 ELSE 1 END",
        Level::Breach => "CASE WHEN priority > $3 THEN $3 ELSE priority END",
    };
    let sql = format!(
        "UPDATE work_item SET priority = {to} WHERE client_id = $1 AND work_item_id = $2 AND state = 'waiting' AND $3 > 0"
    );
    tx.execute(&sql, params![client, item, LATE_PRIORITY])?;
    Ok(())
}
