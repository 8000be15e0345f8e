//! What a committed transaction tells those who watch, and how it reaches them.
//!
//! Live events and wake-ups are hints: the state is in the tables, and whoever missed a hint finds it there.

use baton_base::{CaseId, ClientId};
use serde::{Deserialize, Serialize};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{broadcast, watch};

/// Live events kept for a slow watcher before it is told that it lagged.
pub(crate) const LIVE_EVENTS_MAX: usize = 4096;
/// Longest subject of a live event, bytes; a longer one is left out. PostgreSQL refuses notifications over 8,000 bytes.
pub(crate) const SUBJECT_BYTES_MAX: usize = 2048;

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

/// What one transaction wants to tell, kept until it has committed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) live: Vec<Live>,
    pub(crate) wake: bool,
}

impl Outbox {
    pub(crate) fn push(&mut self, mut live: Live) {
        live.subject = live.subject.filter(|s| s.len() <= SUBJECT_BYTES_MAX);
        self.live.push(live);
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.live.append(&mut other.live);
        self.wake |= other.wake;
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && !self.wake
    }
}

/// Brings outboxes to the watchers of this process, and to other nodes where there are any.
pub(crate) struct Hub {
    live: broadcast::Sender<Live>,
    wake: watch::Sender<u64>,
    /// Gone once there is nothing more to tell other nodes.
    remote: Mutex<Option<SyncSender<Outbox>>>,
    #[cfg(feature = "faults")]
    pub(crate) faults: std::sync::OnceLock<std::sync::Arc<crate::Faults>>,
}

impl Hub {
    pub(crate) fn new(remote: Option<SyncSender<Outbox>>) -> Self {
        Self {
            live: broadcast::Sender::new(LIVE_EVENTS_MAX),
            wake: watch::Sender::new(0),
            remote: Mutex::new(remote),
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

    /// Nothing is told to other nodes from here on: whoever tells them ends when they have been told the rest.
    pub(crate) fn end_remote(&self) {
        drop(self.remote.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(crate) fn deliver_here(&self, outbox: &Outbox) {
        for live in &outbox.live {
            // No watcher is no error.
            let _ = self.live.send(live.clone());
        }
        if outbox.wake {
            self.wake.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}
