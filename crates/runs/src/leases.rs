//! Leases of outside calls: renewed while the call is under way here, taken over where a worker has gone quiet.

use crate::store::Leased;
use crate::worker::{Inner, goes_on};
use crate::{calls, limits, store};
use baton_base::Result;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Renews the leases of calls under way here, and takes over calls whose worker has gone quiet.
pub(crate) async fn lease_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut renew_in_ms = 0;
    while goes_on(&stop) {
        if let Err(error) = leases(&inner, renew_in_ms == 0).await {
            tracing::warn!(%error, "leases could not be renewed and will be tried again");
        }
        renew_in_ms = if renew_in_ms == 0 { limits::CALL_RENEW_MS } else { renew_in_ms };
        let pause_ms = limits::LEASE_POLL_MS.min(renew_in_ms);
        renew_in_ms -= pause_ms;
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn leases(inner: &Arc<Inner>, renew: bool) -> Result<()> {
    let free = i64::try_from(inner.in_flight.available_permits()).unwrap_or(0);
    let taken = lease(inner, renew, free).await?;
    calls::begin(inner, taken).await;
    inner.tell_of_results();
    Ok(())
}

/// Renews what is in hand, and takes at most `max` calls in hand whose worker has gone quiet.
pub(crate) async fn lease(inner: &Arc<Inner>, renew: bool, max: i64) -> Result<Vec<Leased>> {
    let (worker, now_ms) = (inner.worker.clone(), inner.env.clock.now_ms());
    let until_ms = now_ms + limits::CALL_LEASE_MS;
    let in_hand = if renew { inner.in_hand() } else { Vec::new() };
    let taken = inner.db.write(move |tx| {
        store::renew_leases(tx, &worker, &in_hand, until_ms)?;
        store::lease_calls(tx, &worker, now_ms, until_ms, max)
    });
    let taken = taken.await?;
    inner.hold(&taken);
    Ok(taken)
}
