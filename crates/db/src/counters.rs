//! What this process has asked of databases, counted always: two additions per statement.

use std::sync::atomic::{AtomicU64, Ordering};

static STATEMENTS: AtomicU64 = AtomicU64::new(0);
static CLOSURES: AtomicU64 = AtomicU64::new(0);
static COMMITS: AtomicU64 = AtomicU64::new(0);
static WALLED: AtomicU64 = AtomicU64::new(0);

/// Counts since the start of the process, over all its databases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Statements run, the ends and savepoints of transactions included.
    pub statements: u64,
    /// Closures given to [`crate::Db::write`] that ran to their end.
    pub closures: u64,
    /// Transactions committed durably; on SQLite one holds many closures.
    pub commits: u64,
    /// Transactions begun behind the wall of a client; none where there is no wall.
    pub walled: u64,
}

pub(crate) fn now() -> Counters {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Counters {
        statements: read(&STATEMENTS),
        closures: read(&CLOSURES),
        commits: read(&COMMITS),
        walled: read(&WALLED),
    }
}

pub(crate) fn statement() {
    STATEMENTS.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn walled() {
    WALLED.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn commit(closures: usize) {
    CLOSURES.fetch_add(closures as u64, Ordering::Relaxed);
    COMMITS.fetch_add(1, Ordering::Relaxed);
}
