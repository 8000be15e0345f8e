//! Events with very many listeners: accepted in one transaction, told to some of the listeners in each of those that follow.
//!
//! How far an event has got is written down with whom it was told to, so that a worker that dies is followed by one that tells
//! the rest, and nobody twice. The events of a client are told of one after the other: while one is under way, those that come
//! in wait behind it, however few listen for them, and each run hears of them in the order in which they came.

use crate::limits;
use crate::store;
use crate::subscribe::tell_some;
use crate::worker::{Inner, goes_on};
use baton_base::Result;
use baton_db::Tx;
use baton_govern::Ctx;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Tells some more listeners of each client that has such an event, in a transaction each: the others are not held up, nor kept from
/// theirs where one fails. Whether there may be more to tell.
///
/// # Errors
/// The first, when all have had their turn.
pub(crate) async fn deliver_some(inner: &Arc<Inner>) -> Result<bool> {
    let mut more: Result<bool> = Ok(false);
    for client in inner.db.read(store::clients_with_deliveries).await? {
        let ctx = Ctx::system(&inner.env, &client, "events");
        match inner.db.write_large(move |tx| deliver_of(tx, &ctx)).await {
            Ok(some) => more = more.map(|more| more || some),
            Err(error) if more.is_ok() => more = Err(error),
            Err(error) => tracing::warn!(%client, %error, "listeners of an event could not be told"),
        }
    }
    more
}

/// Tells about as many runs of one client as are told together; whether there may be more.
fn deliver_of(tx: &mut Tx, ctx: &Ctx) -> Result<bool> {
    let (mut told, mut bytes) = (0, 0);
    for _ in 0..limits::DELIVERIES_TOGETHER_MAX {
        // Of two nodes one is at it: the other would tell of a later event before an earlier one.
        let Some(delivery) = store::first_delivery(tx, &ctx.client)? else { return Ok(false) };
        let (runs, last) = tell_some(tx, ctx, &delivery)?;
        store::told_to(tx, &ctx.client, &delivery.id, last.as_deref())?;
        if let Some(counted) = delivery.counted.as_ref().filter(|_| runs > 0) {
            store::count_told(tx, &ctx.client, counted, runs)?;
        }
        told += runs;
        bytes += runs * delivery.input.len();
        if last.is_some() || told >= limits::TOLD_TOGETHER_MAX || bytes >= limits::TOLD_TOGETHER_BYTES_MAX {
            return Ok(true);
        }
    }
    Ok(true)
}

/// Tells listeners while there are any to tell, and looks again when a turn has seen some.
pub(crate) async fn deliver_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    while goes_on(&stop) {
        let pause_ms = match deliver_some(&inner).await {
            Ok(true) => continue,
            Ok(false) => limits::POLL_MS_MAX,
            Err(error) => {
                tracing::warn!(%error, "listeners of an event could not be told and will be tried again");
                limits::AFTER_FAILURE_MS
            }
        };
        tokio::select! {
            () = inner.to_deliver.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.changed() => {}
        }
    }
}
