//! A node of Baton: a worker with a clock, a database handle, and the calls it has in its hands.

use crate::functions::{self, Shared};
use crate::storage::Handle;
use baton_base::{Clock, IdSource, ManualClock, Versions};
use baton_govern::Env;
use baton_runs::{Asked, Made, Processes, Runs, RunsBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that may be wrong.
pub(crate) struct NodeClock {
    base: Arc<ManualClock>,
    offset_ms: AtomicI64,
}

impl NodeClock {
    /// How far it is ahead, milliseconds; negative if it is behind.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Sets it wrong, or right with 0.
    pub fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
    }
}

impl Clock for NodeClock {
    fn now_ms(&self) -> i64 {
        self.base.now_ms() + self.offset_ms()
    }
}

/// Whether a node works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Up,
    /// Stands still until then, with everything in its hands.
    Paused(i64),
    /// Dead; another one may come up in its place.
    Down,
}

/// A call in a node's hands.
pub(crate) enum Item {
    Asked(Box<Asked>),
    Made(Box<Made>),
}

/// One node.
pub(crate) struct Node {
    pub runs: Runs,
    pub env: Arc<Env>,
    pub clock: Arc<NodeClock>,
    pub handle: Handle,
    /// Counts the lives of this place: what an earlier life had planned does not happen.
    pub life: u64,
    pub health: Health,
    /// Nothing comes up in its place any more.
    pub gone: bool,
    pub items: BTreeMap<u64, Item>,
    /// When its next turn is, and its next look after leases.
    pub turn_ms: Option<i64>,
    pub leases_ms: Option<i64>,
    pub renewed_ms: i64,
    /// When it last looked after leases with success.
    pub leased_ms: i64,
}

/// What all nodes share.
#[derive(Clone)]
pub(crate) struct Common {
    pub base: Arc<ManualClock>,
    pub versions: Arc<Versions<Processes>>,
    pub world: Shared,
}

impl Node {
    /// A node that has just come up.
    pub fn start(common: &Common, handle: Handle, life: u64, entropy: u64) -> Self {
        let clock = Arc::new(NodeClock { base: Arc::clone(&common.base), offset_ms: AtomicI64::new(0) });
        let env = Env::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(IdSource::seeded(entropy)));
        let builder = RunsBuilder::new(handle.db.clone(), Arc::clone(&env), Arc::clone(&common.versions));
        Self {
            runs: functions::offer(builder, &common.world).build(),
            env,
            clock,
            handle,
            life,
            health: Health::Up,
            gone: false,
            items: BTreeMap::new(),
            turn_ms: None,
            leases_ms: None,
            renewed_ms: i64::MIN,
            leased_ms: i64::MIN,
        }
    }

    pub fn is_up(&self) -> bool {
        self.health == Health::Up
    }
}
