//! Queues and hours of a client: how they stand, what an administrator sets of them, and what other settings would mean.
//! Settings change as everything that steers a client does: by a proposal.

use crate::House;
use crate::changes::{edited, findings, sources};
use crate::parts::refused;
use baton_base::{Bundle, Finding, ReleaseId, Result};
use baton_desk::{Intake, Queue, QueueCount, QueueSettings, pointers_of};
use baton_govern::{Ctx, Right};
use serde_json::{Value, json};
use std::sync::Arc;

/// Queues of a client with their counts, their hours, and whether they are open.
pub async fn states(house: &Arc<House>, ctx: &Ctx) -> Result<Vec<Value>> {
    ctx.allow(Right::FloorRead)?;
    let (desk, client, now_ms) = (house.desk(), ctx.client.clone(), ctx.now_ms());
    let read = house.db.read(move |tx| {
        let intake = desk.live(&client)?;
        let counts = baton_desk::queue_counts(tx, &desk, &[client], now_ms)?;
        Ok(counts.iter().map(|count| state(intake.queue(&count.queue), count, now_ms)).collect())
    });
    read.await
}

/// One queue; none is one of an older release, that still has work.
fn state(queue: Option<&Queue>, count: &QueueCount, now_ms: i64) -> Value {
    let mut shown = json!(count);
    shown["live"] = queue.is_some().into();
    let Some(queue) = queue else { return shown };
    let overflow = queue.overflow.as_ref().map(|(to, after_ms)| json!({"to": to, "after_ms": after_ms}));
    let late = queue.late.as_ref().map(|late| json!({"after_ms": late.after_ms, "to": late.to}));
    let more = json!({
        "late": late, "default": queue.default, "sla_ms": queue.sla_ms, "handling_ms": queue.handling_ms, "cost": queue.cost,
        "assign": if queue.push { "both" } else { "pull" },
        "clock": if queue.stops_when_closed { "open_hours" } else { "always" },
        "needs": queue.needs, "overflow": overflow, "reach": queue.reach, "hours": queue.hours,
        "calendar": queue.calendar.as_ref().map(|calendar| calendar.text()), "now": now(queue, now_ms),
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        shown[key] = value.clone();
    }
    shown
}

/// Whether a queue is open at a time, until when, and when it opens next; in milliseconds, and by the clock of its place.
fn now(queue: &Queue, now_ms: i64) -> Value {
    let calendar = queue.calendar.as_deref();
    let until_ms = calendar.and_then(|calendar| calendar.open_until_ms(now_ms));
    let opens_ms = queue.next_open_ms(now_ms).filter(|ms| *ms > now_ms);
    let said = |ms: Option<i64>| calendar.zip(ms).map(|(calendar, ms)| calendar.said(ms));
    json!({
        "open": queue.is_open(now_ms), "until_ms": until_ms, "until": said(until_ms), "opens_ms": opens_ms,
        "opens": said(opens_ms), "time_zone": calendar.map(|calendar| calendar.text().time_zone.as_str()),
    })
}

/// The live release of a client, and what is set of its queues as it was written.
pub async fn settings(house: &Arc<House>, ctx: &Ctx) -> Result<(ReleaseId, QueueSettings)> {
    ctx.allow(Right::ReleaseRead)?;
    let (release, files) = sources(house, ctx).await?;
    let settings = QueueSettings::read(&files).map_err(|finding| refused(&[finding]))?;
    Ok((release, settings))
}

/// What other settings would mean: the files that change, the comments that those lose, what is wrong with them by file and
/// field, and, where nothing is, how each queue would stand now. Keeps nothing.
pub async fn check(house: &Arc<House>, ctx: &Ctx, base: &ReleaseId, wanted: &QueueSettings) -> Result<Value> {
    ctx.allow(Right::ChangePropose)?;
    let (_, files) = sources(house, ctx).await?;
    let written = match wanted.write(&files) {
        Ok(written) => written,
        Err(found) => {
            return Ok(json!({"edits": {}, "lost": {}, "findings": placed(&Bundle::default(), &found), "items": []}));
        }
    };
    let edits = written.edits.iter().map(|(path, text)| (path.clone(), Some(text.clone()))).collect();
    let files = edited(house, ctx, Some(base), edits).await?;
    let (bundle, found) = findings(house, ctx, files).await?;
    let bundle = bundle.unwrap_or_default();
    let intake = if found.is_empty() { Intake::load(&bundle).ok() } else { None };
    let queues = intake.iter().flat_map(|intake| intake.queues());
    let items = queues.map(|queue| json!({"queue": queue.name, "title": queue.title, "now": now(queue, ctx.now_ms())}));
    let items: Vec<Value> = items.collect();
    Ok(json!({
        "edits": written.edits, "lost": written.lost, "findings": placed(&bundle, &found), "items": items,
    }))
}

/// Findings with `at`, the pointer of the field that each is about.
fn placed(bundle: &Bundle, findings: &[Finding]) -> Vec<Value> {
    let one = |(finding, at): (&Finding, String)| {
        let mut shown = json!(finding);
        shown["at"] = at.into();
        shown
    };
    findings.iter().zip(pointers_of(bundle, findings)).map(one).collect()
}
