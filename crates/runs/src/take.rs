//! A turn in a transaction of its own, on trust where that may be, and what becomes of its results.

use crate::store::Key;
use crate::turn::{Reach, Settled, Turned, may_trust, turn, turn_on_trust};
use crate::worker::Inner;
use baton_base::{Error, Result};
use std::sync::Arc;

/// A turn in a transaction of its own; results that it could not record wait for the next.
pub(crate) async fn take_turn(
    inner: &Arc<Inner>,
    settled: Vec<Settled>,
    ready: Vec<Key>,
    reach: Reach,
) -> Result<Turned> {
    let settled = Arc::new(settled);
    let trusted = if ready.is_empty() { take_on_trust(inner, &settled, reach).await } else { None };
    let turned = match trusted {
        Some(turned) => turned,
        None => {
            let (for_turn, results) = (Arc::clone(inner), Arc::clone(&settled));
            inner.db.write_large(move |tx| turn(tx, &for_turn, &results, &ready, reach)).await
        }
    };
    match &turned {
        Ok(turned) => {
            settled.iter().for_each(|settled| inner.let_go(&settled.leased));
            inner.hold(&turned.calls);
        }
        Err(_) => match Arc::try_unwrap(settled) {
            Ok(settled) => inner.put_back(settled),
            Err(settled) => settled.iter().for_each(|settled| inner.let_go(&settled.leased)),
        },
    }
    turned
}

/// A turn over results of runs that may be supposed to be as they were left; `None` if they may not, or were not: nothing is
/// saved then.
async fn take_on_trust(inner: &Arc<Inner>, settled: &Arc<Vec<Settled>>, reach: Reach) -> Option<Result<Turned>> {
    if !may_trust(inner, settled, reach) {
        return None;
    }
    let (for_turn, results) = (Arc::clone(inner), Arc::clone(settled));
    let turned = inner.db.write(move |tx| turn_on_trust(tx, &for_turn, &results)).await;
    match turned {
        Ok(_) | Err(Error::Unavailable(_)) => Some(turned),
        Err(error) => {
            tracing::debug!(%error, "a run is not as it was left, and is read");
            inner.distrust();
            None
        }
    }
}
