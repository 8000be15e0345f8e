//! Clocks of people's work: approvals, reviews, takeovers. What is about to be late moves forward by itself.

use crate::actions::claim::append_with;
use crate::{Desk, stops, store};
use baton_base::{CaseId, ClientId, Result, WorkItemId};
use baton_cases::{Level, Raised, Sla, mark};
use baton_db::{Db, Tx, params};
use baton_govern::Ctx;
use serde_json::json;

/// Most items looked at in one round of one client.
const ITEMS_MAX: i64 = 1_000;
/// Priority of what is late, unless it is more urgent already.
const LATE_PRIORITY: i64 = 2;

/// Says of every clock of a client that has passed a warning or its end that it has, once each, and lets the work that waits
/// on it move forward: a warning by one step, the end to the second most urgent. Each case and each item by itself: what
/// fails is undone whole, logged, and looked at again in the next round.
pub(crate) async fn raise(db: &Db, ctx: &Ctx, desk: &Desk) -> Result<()> {
    let (_, config) = desk.cases.config.live(&ctx.client)?;
    let mut after = None;
    loop {
        let (as_one, config, from) = (ctx.clone(), config.clone(), after.take());
        let part = db.read(move |tx| baton_cases::late(tx, &as_one, &config.sla, from.as_ref())).await?;
        for case in part.cases {
            raise_case(db, ctx, desk, case).await;
        }
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    let (as_one, percent) = (ctx.clone(), config.sla.warn_percent);
    let items = db.read(move |tx| may_be_late(tx, &as_one.client, percent, as_one.now_ms())).await?;
    for (id, opened_ms, due_ms) in items {
        let warn_ms = opened_ms + (due_ms - opened_ms) / 100 * percent;
        let (as_one, item, level) = (ctx.clone(), id.clone(), Level::at(ctx.now_ms(), warn_ms, due_ms));
        if let Err(error) = db.write(move |tx| raise_one(tx, &as_one, &item, (opened_ms, due_ms), level)).await {
            tracing::warn!(client = %ctx.client, item = %id, %error, "an item's clock could not be told");
        }
    }
    Ok(())
}

async fn raise_case(db: &Db, ctx: &Ctx, desk: &Desk, case: CaseId) {
    let (as_one, parts, id) = (ctx.clone(), desk.clone(), case.clone());
    let done = db.write(move |tx| {
        let (_, config) = parts.cases.config.live(&as_one.client)?;
        say(tx, &as_one, &parts, &config.sla, &id)
    });
    if let Err(error) = done.await {
        tracing::warn!(client = %ctx.client, %case, %error, "a case that is late could not be told, and stays with whom it is");
    }
}

/// Says that a case is late. An AI that is late is relieved in the same transaction: a person takes over, through the queue.
fn say(tx: &mut Tx, ctx: &Ctx, desk: &Desk, sla: &Sla, case: &CaseId) -> Result<()> {
    let raised = baton_cases::raise_sla(tx, ctx, sla, case)?;
    let relieves = |one: &&Raised| one.with_ai && sla.escalate.is_some_and(|from| one.clock.level >= from);
    if let Some(one) = raised.iter().find(relieves) {
        stops::hold_for_sla(tx, ctx, desk, case, &reason(one))?;
    }
    let Some(level) = raised.iter().map(|one| one.clock.level).max() else { return Ok(()) };
    for item in store::live_of_case(tx, &ctx.client, case)? {
        forward(tx, &ctx.client, &item.item.id, level)?;
    }
    Ok(())
}

fn reason(one: &Raised) -> String {
    let name = match one.clock.clock {
        "first_response" => "the first answer",
        "next_response" => "the next answer",
        _ => "the resolution",
    };
    let what = if one.clock.level == Level::Breach { "is late" } else { "is about to be late" };
    format!("{name} {what}, and the AI has the next step")
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
pub(crate) fn forward(tx: &mut Tx, client: &ClientId, item: &WorkItemId, level: Level) -> Result<()> {
    let to = match level {
        Level::Running => return Ok(()),
        // One step, and never among the emergencies, however often it is warned.
        Level::Warning => "CASE WHEN priority > $3 THEN priority - 1 ELSE priority END",
        Level::Breach => "CASE WHEN priority > $3 THEN $3 ELSE priority END",
    };
    let sql = format!(
        "UPDATE work_item SET priority = {to} WHERE client_id = $1 AND work_item_id = $2 AND state = 'waiting'"
    );
    tx.execute(&sql, params![client, item, LATE_PRIORITY])?;
    Ok(())
}
