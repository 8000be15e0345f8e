//! What a committed transaction tells those who watch, and how it reaches them.
//!
//! Live events and wake-ups are hints: the state is in the tables, and whoever missed a hint finds it there.

use baton_base::{CaseId, ClientId, RunId};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{broadcast, watch};

/// Live events kept for a slow watcher before it is told that it lagged.
pub(crate) const LIVE_EVENTS_MAX: usize = 4096;
/// Longest subject of a live event, bytes; a longer one is left out. PostgreSQL refuses notifications over 8,000 bytes.
pub(crate) const SUBJECT_BYTES_MAX: usize = 2048;

/// Runs that a node's workers are told of one by one; where there are more, they are told to look.
pub(crate) const READY_MAX: usize = 16;

/// Something that has changed, for live screens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Whose.
    pub client: ClientId,
    /// What happened, such as `case.changed`.
    pub kind: String,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// Id of what changed; left out when longer than 2,048 bytes.
    pub subject: Option<String>,
    /// Its sequence number within the case, where it has one.
    pub seq: Option<i64>,
}

/// What commits of this process have made ready.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// These runs, each with its client, in the order of the commits; at most 16.
    pub runs: Vec<(ClientId, RunId)>,
    /// There may be more than these to do.
    pub more: bool,
}

/// What one transaction wants to tell, kept until it has committed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) live: Vec<Live>,
    /// There is something to do that is not among `ready`.
    pub(crate) wake: bool,
    /// Runs that are ready.
    pub(crate) ready: Vec<(ClientId, RunId)>,
    /// Runs were ready, and the same transaction has seen to them.
    pub(crate) was_ready: bool,
}

impl Outbox {
    pub(crate) fn push(&mut self, mut live: Live) {
        live.subject = live.subject.filter(|s| s.len() <= SUBJECT_BYTES_MAX);
        self.live.push(live);
    }

    pub(crate) fn push_ready(&mut self, client: &ClientId, run: &RunId) {
        if self.ready.len() < READY_MAX {
            self.ready.push((client.clone(), run.clone()));
        } else {
            self.wake = true;
        }
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.live.append(&mut other.live);
        self.ready.append(&mut other.ready);
        self.wake |= other.wake;
        self.was_ready |= other.was_ready;
    }

    /// Whether a few runs are ready, and that is all there is to do.
    pub(crate) fn has_few_ready(&self) -> bool {
        !self.wake && (1..=READY_MAX).contains(&self.ready.len())
    }

    /// The transaction itself has seen to the runs that were ready so far.
    pub(crate) fn see_to_ready(&mut self) {
        self.ready.clear();
        self.was_ready = true;
    }

    /// Whether there is something to do.
    pub(crate) fn wakes(&self) -> bool {
        self.wake || !self.ready.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && !self.wakes() && !self.was_ready
    }
}

/// Brings outboxes to the watchers of this process, and to other nodes where there are any.
pub(crate) struct Hub {
    live: broadcast::Sender<Live>,
    wake: watch::Sender<u64>,
    /// What has been made ready since somebody last asked.
    ready: Mutex<Ready>,
    /// Gone once there is nothing more to tell other nodes.
    remote: Mutex<Option<SyncSender<Outbox>>>,
    /// How often this process's transactions have waited for the server.
    waits: AtomicU64,
    #[cfg(feature = "faults")]
    pub(crate) faults: std::sync::OnceLock<std::sync::Arc<crate::Faults>>,
}

impl Hub {
    pub(crate) fn new(remote: Option<SyncSender<Outbox>>) -> Self {
        Self {
            live: broadcast::Sender::new(LIVE_EVENTS_MAX),
            wake: watch::Sender::new(0),
            ready: Mutex::default(),
            remote: Mutex::new(remote),
            waits: AtomicU64::new(0),
            #[cfg(feature = "faults")]
            faults: std::sync::OnceLock::new(),
        }
    }

    pub(crate) fn live(&self) -> broadcast::Receiver<Live> {
        self.live.subscribe()
    }

    pub(crate) fn on_wake(&self) -> watch::Receiver<u64> {
        self.wake.subscribe()
    }

    /// Delivers here and to other nodes; called after the commit only.
    pub(crate) fn deliver(&self, outbox: Outbox) {
        if outbox.is_empty() {
            return;
        }
        self.deliver_here(&outbox);
        let remote = self.remote.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = remote.is_some_and(|remote| remote.try_send(outbox).is_err());
        if refused {
            tracing::warn!("live events for other nodes were dropped; their screens refresh by polling");
        }
    }

    /// A transaction has waited so often for the server.
    pub(crate) fn waited(&self, times: u64) {
        self.waits.fetch_add(times, Ordering::Relaxed);
    }

    pub(crate) fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// Nothing is told to other nodes from here on: whoever tells them ends when they have been told the rest.
    pub(crate) fn end_remote(&self) {
        drop(self.remote.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(crate) fn deliver_here(&self, outbox: &Outbox) {
        for live in &outbox.live {
            // No watcher is no error.
            let _ = self.live.send(live.clone());
        }
        if outbox.wakes() {
            self.make_ready(outbox);
        }
        // Not only workers listen.
        if outbox.wakes() || outbox.was_ready {
            self.wake.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    fn make_ready(&self, outbox: &Outbox) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let room = READY_MAX.saturating_sub(ready.runs.len());
        ready.more |= outbox.wake || outbox.ready.len() > room;
        ready.runs.extend(outbox.ready.iter().take(room).cloned());
    }

    /// What has been made ready since this was last asked.
    pub(crate) fn take_ready(&self) -> Ready {
        std::mem::take(&mut self.ready.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_runs_are_told_one_by_one_and_more_are_looked_for() {
        let hub = Hub::new(None);
        let commit = |numbers: std::ops::Range<usize>| {
            let mut outbox = Outbox::default();
            numbers.for_each(|n| outbox.push_ready(&ClientId::known("acme"), &RunId::known(format!("run_{n}"))));
            hub.deliver_here(&outbox);
        };
        commit(0..2);
        commit(2..3);
        let told = hub.take_ready();
        let runs: Vec<&str> = told.runs.iter().map(|(_, run)| run.as_str()).collect();
        assert_eq!((runs, told.more), (vec!["run_0", "run_1", "run_2"], false));
        assert_eq!(hub.take_ready(), Ready::default(), "told once");
        for flood in [vec![READY_MAX + 1], vec![1; READY_MAX + 1]] {
            flood.into_iter().for_each(|size| commit(0..size));
            let told = hub.take_ready();
            assert!(told.more && told.runs.len() <= READY_MAX, "{told:?}");
        }
        hub.deliver_here(&Outbox { wake: true, ..Outbox::default() });
        assert_eq!(hub.take_ready(), Ready { more: true, ..Ready::default() }, "nobody says what");
    }
}
