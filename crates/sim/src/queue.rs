//! What happens next: by time, and among what happens at the same time by chance.

use crate::deliver::Delivery;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Something that happens.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A node takes a turn.
    Turn { node: usize, life: u64 },
    /// A node looks after leases.
    Leases { node: usize, life: u64 },
    /// A node makes a call.
    Make { node: usize, life: u64, item: u64 },
    /// A node records what came of a call.
    Record { node: usize, life: u64, item: u64 },
    /// Somebody outside sends something.
    Send(Box<Delivery>),
    /// People look at what waits for them.
    Rounds,
    /// Something breaks.
    Trouble,
    /// A node comes up in the place of a dead one.
    Back { node: usize },
    /// A node's clock is set right.
    Mend { node: usize },
    /// By now the calls of a dead worker are in other hands.
    TakenOver { worker: String, died_ms: i64 },
}

struct Planned {
    at_ms: i64,
    tie: u64,
    number: u64,
    what: Happening,
}

impl Planned {
    fn key(&self) -> (i64, u64, u64) {
        (self.at_ms, self.tie, self.number)
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Planned {}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Planned {
    // The heap gives the greatest: the earliest is made the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// All that is planned.
#[derive(Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Planned>,
    number: u64,
}

impl Queue {
    /// Plans something; `tie` orders what happens at the same time.
    pub fn plan(&mut self, at_ms: i64, tie: u64, what: Happening) {
        self.number += 1;
        self.heap.push(Planned { at_ms, tie, number: self.number, what });
    }

    /// What happens next, if that is before `until_ms`.
    pub fn next(&mut self, until_ms: i64) -> Option<(i64, Happening)> {
        if self.heap.peek().is_none_or(|planned| planned.at_ms >= until_ms) {
            return None;
        }
        self.heap.pop().map(|planned| (planned.at_ms, planned.what))
    }
}
