//! Runs that commits of this process have made ready: a turn takes them by their keys, without looking for what there is to do.
//!
//! A look gives each client its share of a turn; who is handed on goes first. So this is for a few runs at a time, and for none
//! while a look has found more than one turn takes.

use crate::limits;
use crate::store::Key;
use baton_db::Ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub(crate) struct Handed {
    ready: Mutex<Vec<Key>>,
    is_crowded: AtomicBool,
}

impl Handed {
    fn ready(&self) -> MutexGuard<'_, Vec<Key>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps these runs for the next turn; false if there is to be a look instead, which finds those that were kept too.
    pub fn put(&self, made: Ready) -> bool {
        if made.more || made.runs.is_empty() || self.is_crowded.load(Ordering::SeqCst) {
            return false;
        }
        let mut ready = self.ready();
        ready.extend(made.runs);
        let few = ready.len() <= limits::HANDED_MAX;
        if !few {
            ready.clear();
        }
        few
    }

    /// The runs that wait, for a turn; none for one that looks, and finds them with all others.
    pub fn take(&self, look: bool) -> Vec<Key> {
        let ready = std::mem::take(&mut *self.ready());
        if look { Vec::new() } else { ready }
    }

    /// A look has found more than its turn takes, or no longer.
    pub fn crowd(&self, is_crowded: bool) {
        self.is_crowded.store(is_crowded, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_base::{ClientId, RunId};

    fn made(runs: usize, more: bool) -> Ready {
        let run = |n| (ClientId::known("acme"), RunId::known(format!("run_{n}")));
        Ready { runs: (0..runs).map(run).collect(), more }
    }

    #[test]
    fn a_few_runs_go_first_and_a_crowd_is_looked_at() {
        let handed = Handed::default();
        assert!(handed.put(made(1, false)) && handed.put(made(2, false)));
        assert_eq!(handed.take(false).len(), 3);
        assert!(!handed.put(made(0, false)) && !handed.put(made(1, true)), "something else there may be too");
        assert!((0..limits::HANDED_MAX).all(|_| handed.put(made(1, false))));
        assert!(!handed.put(made(1, false)), "no more go before what others have waited for");
        assert_eq!(handed.take(false).len(), 0);
        handed.crowd(true);
        assert!(!handed.put(made(1, false)), "whoever waits has a share");
        handed.crowd(false);
        assert!(handed.put(made(1, false)));
        assert_eq!((handed.take(true).len(), handed.take(false).len()), (0, 0), "a look finds it");
    }
}
