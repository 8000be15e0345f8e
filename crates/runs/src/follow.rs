//! Turns within the commits that make their runs ready (SQLite): a run that is started or told of something goes on as far as it can
//! before anybody waits for the disk.

use crate::limits;
use crate::turn::{Reach, Turned, turn};
use crate::worker::{Inner, after_turn, goes_on};
use baton_base::Result;
use std::sync::Arc;
use tokio::sync::watch;

/// Follows the commits of this process with turns, and takes up what came of them. One that failed is taken again by a turner,
/// which has been woken for it.
pub(crate) async fn follow_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let for_turn = Arc::clone(&inner);
    let reach = Reach { runs: limits::RUNS_PER_FOLLOWING_TURN_MAX, careful: false, look: true };
    let mut following = inner.db.follow(move |tx| turn(tx, &for_turn, &[], &[], reach));
    loop {
        if !goes_on(&stop) {
            following.end();
        }
        tokio::select! {
            turned = following.next() => match turned {
                Some(turned) => take_up(&inner, turned).await,
                None => return,
            },
            _ = stop.changed(), if goes_on(&stop) => {}
        }
    }
}

async fn take_up(inner: &Arc<Inner>, turned: Result<Turned>) {
    match turned {
        Ok(turned) => {
            inner.hold(&turned.calls);
            // A turner takes more at a time.
            let is_blocked = turned.is_blocked;
            if after_turn(inner, turned).await || is_blocked {
                inner.call_to_look();
            }
            inner.tell_of_results();
        }
        Err(error) => tracing::debug!(%error, "a turn within another commit failed and will be taken by itself"),
    }
}
