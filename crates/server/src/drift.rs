//! AI goes down by itself: where a person reports a critical error, and where what it does begins to fail.

use crate::House;
use baton_base::{ClientId, Error, Event, Result};
use baton_govern::autonomy::{self, ANY};
use baton_govern::{Ctx, ledger, wilson};
use baton_tools::store;
use serde_json::json;
use std::sync::Arc;

/// How far back calls are looked at, milliseconds.
const WINDOW_MS: i64 = 24 * 60 * 60 * 1000;
/// Fewest calls that say anything.
const CALLS_MIN: u64 = 20;
/// Share of failed calls that is too much, for certain (lower bound, 95 %).
const FAILED_MAX: f64 = 0.2;

/// Lowers every action of a client of which too much fails.
pub async fn watch(house: &Arc<House>, client: &ClientId) -> Result<()> {
    let (_, rulebook) = house.parts.rulebooks.live(client)?;
    let ctx = house.system(client, "drift");
    let (of, since_ms) = (client.clone(), ctx.now_ms() - WINDOW_MS);
    let mut counts = house.db.read(move |tx| store::agents_calls(tx, &of, since_ms)).await?;
    counts.retain(|count| count.calls >= CALLS_MIN && wilson(count.failed, count.calls).0 > FAILED_MAX);
    // Nothing is written, and nobody is kept from writing, where all is well.
    if counts.is_empty() {
        return Ok(());
    }
    let work = move |tx: &mut baton_db::Tx| {
        for count in counts {
            let cause = format!("{} of {} calls in a day failed", count.failed, count.calls);
            autonomy::lower(tx, &ctx, &rulebook, ANY, &count.action, &cause)?;
        }
        Ok(())
    };
    house.db.write(work).await
}

/// Lowers an action at once, because a person says that AI has done something that it must not do. The report is kept,
/// whether anything was left to lower or not.
pub async fn critical(house: &Arc<House>, ctx: &Ctx, intent: &str, action: &str, reason: &str) -> Result<bool> {
    let (_, rulebook) = house.parts.rulebooks.live(&ctx.client)?;
    if rulebook.action(action).is_none() {
        let title = format!("there is no action '{action}'");
        return Err(Error::invalid_at("action", title, "name the action that did what it must not do"));
    }
    crate::evidence::known_intent(house, &ctx.client, &rulebook, ("intent", intent), action)?;
    let (ctx, intent, action, reason) = (ctx.clone(), intent.to_owned(), action.to_owned(), reason.to_owned());
    let work = move |tx: &mut baton_db::Tx| {
        let cause = format!("critical error reported: {reason}");
        let lowered = autonomy::lower(tx, &ctx, &rulebook, &intent, &action, &cause)?;
        let event = Event::new(&ctx.client, "critical.reported", format!("{intent}/{action}"));
        ledger::append(tx, &ctx, event.with(json!({"reason": reason, "lowered": lowered})))?;
        Ok(lowered)
    };
    house.db.write(work).await
}
