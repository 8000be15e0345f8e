//! A turn over results of runs that are as this worker left them when it asked: nothing of them is read again.
//!
//! Whoever made the turn that asked knows the run's state, and that nothing waited for it. The turn that takes the result
//! supposes that this still holds: the first statement of its transaction takes the run only if it does, and goes with all that
//! the turn writes, so that PostgreSQL is waited for once. Where it does not hold (somebody told the run of something, operated
//! it, took over its call), nothing is saved, and the turn is taken again by reading.

use super::lives::Heard;
use super::{Batch, Reach, Settled, Turned, one, tell};
use crate::limits;
use crate::store::{self, Leased, Loaded};
use crate::worker::Inner;
use baton_base::{Error, Result};
use baton_db::Tx;

/// Whether the runs of these results may be supposed to be as they were left. Of many runs that is supposed until it was wrong for
/// one, and then not for a while.
pub(crate) fn may_trust(inner: &Inner, settled: &[Settled], reach: Reach) -> bool {
    let some = !settled.is_empty() && !reach.look && !reach.careful;
    let few = settled.len() <= limits::RUNS_WRITTEN_SINGLY_MAX || !inner.distrusts();
    some && few && as_left(inner, settled).is_some()
}

/// The runs of these results as they were left, in order; `None` where one is not known, or has more than one result.
fn as_left<'a>(inner: &Inner, settled: &'a [Settled]) -> Option<Vec<(&'a Leased, &'a Loaded)>> {
    let known = settled.iter().map(|settled| Some((&settled.leased, settled.leased.left.as_deref()?)));
    let mut known = known.collect::<Option<Vec<_>>>()?;
    known.sort_by_key(|(_, run)| (&run.client, &run.run));
    let is_one_each = known.windows(2).all(|two| two[0].1.run != two[1].1.run || two[0].1.client != two[1].1.client);
    let is_loaded = known.iter().all(|(_, run)| inner.processes.at(&run.client, &run.release).is_ok());
    (is_one_each && is_loaded).then_some(known)
}

/// Takes a turn over these results alone. An error other than an outage may be that a run is not as it was left.
pub(crate) fn turn_on_trust(tx: &mut Tx, inner: &Inner, settled: &[Settled]) -> Result<Turned> {
    let known = as_left(inner, settled).ok_or_else(|| Error::broken("a run that nothing is known of was trusted"))?;
    // Before anything else of theirs is touched, as in any turn.
    store::take_as_left(tx, &inner.worker, &known)?;
    let few = known.len() <= limits::RUNS_WRITTEN_SINGLY_MAX;
    let mut told = tell(settled, Vec::new());
    let (heard, mut batch) = (Heard::new(), Batch::default());
    for (_, run) in known {
        let told = told.remove(&run.key()).unwrap_or_default();
        one(tx, (inner, &heard), run, &told, &mut batch)?;
        if few {
            batch.close_one(tx);
        }
    }
    let next_timer_ms = batch.first_timer_ms();
    Ok(Turned { calls: batch.flush(tx, inner)?, busy: true, next_timer_ms, ..Turned::default() })
}
