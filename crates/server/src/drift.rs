//! AI goes down by itself: where a person reports a critical error, and where what it does begins to fail.

use crate::House;
use baton_base::{ClientId, Result};
use baton_govern::autonomy::{self, ANY};
use baton_govern::{Ctx, wilson};
use baton_tools::store;
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
    let work = move |tx: &mut baton_db::Tx| {
        let since_ms = ctx.now_ms() - WINDOW_MS;
        for count in store::agents_calls(tx, &ctx.client, since_ms)? {
            if count.calls < CALLS_MIN || wilson(count.failed, count.calls).0 <= FAILED_MAX {
                continue;
            }
            let cause = format!("{} of {} calls in a day failed", count.failed, count.calls);
            autonomy::lower(tx, &ctx, &rulebook, ANY, &count.action, &cause)?;
        }
        Ok(())
    };
    house.db.write(work).await
}

/// Lowers an action at once, because a person says that AI has done something that it must not do.
pub async fn critical(house: &Arc<House>, ctx: &Ctx, intent: &str, action: &str, reason: &str) -> Result<bool> {
    let (_, rulebook) = house.parts.rulebooks.live(&ctx.client)?;
    let (ctx, intent, action) = (ctx.clone(), intent.to_owned(), action.to_owned());
    let cause = format!("critical error reported: {reason}");
    house.db.write(move |tx| autonomy::lower(tx, &ctx, &rulebook, &intent, &action, &cause)).await
}
