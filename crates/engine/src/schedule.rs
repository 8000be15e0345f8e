//! When runs of a process begin by themselves: `schedule`.

use crate::ast::Strategy;
use crate::cron::Cron;

/// What `schedule` says; any of its parts begins runs, each by itself.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    /// Begins a run each time this has passed, milliseconds, whether or not the last one has ended.
    pub every_ms: Option<i64>,
    /// Begins a run at these minutes.
    pub cron: Option<Cron>,
    /// Begins a run when this has passed since the last one ended, milliseconds.
    pub after_ms: Option<i64>,
    pub(crate) on: Option<Strategy>,
    /// Line and column.
    pub(crate) at: (u32, u32),
}

impl Schedule {
    /// When the next run begins by the clock (`every`, `cron`), after one that was due at `last_ms`; milliseconds since
    /// 1970 in UTC. `None` where only events or the end of a run begin the next one.
    pub fn next_ms(&self, last_ms: i64) -> Option<i64> {
        let every = self.every_ms.map(|ms| last_ms.saturating_add(ms.max(1)));
        let cron = self.cron.as_ref().and_then(|cron| cron.next_ms(last_ms));
        every.into_iter().chain(cron).min()
    }

    /// When the next run begins after one that ended at `ended_ms` (`after`).
    pub fn again_ms(&self, ended_ms: i64) -> Option<i64> {
        self.after_ms.map(|ms| ended_ms.saturating_add(ms))
    }

    /// Whether events begin runs (`on`): see [`crate::Definition::trigger`].
    pub fn by_events(&self) -> bool {
        self.on.is_some()
    }
}
