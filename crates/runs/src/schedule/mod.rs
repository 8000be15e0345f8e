//! Runs that begin by themselves: `schedule` of a process's definition, for the release that is live.
//!
//! Each part of a schedule (`every`, `cron`, `after`, `on`) is a row with the time at which the next run begins. A look
//! at what is due begins those runs and says when the next are due, in one transaction and with the rows locked:
//! however many nodes look, and whenever one of them dies, each time begins one run. Times that passed while no node
//! was there begin one run together. Events for `on` wait in a table of their own until a look takes them in.
//!
//! Looks are apart from turns, so that what runs do pays nothing for schedules.

mod arm;
mod events;
mod look;
mod operate;
mod store;

pub use arm::arm;
pub(crate) use events::put_events;
pub(crate) use look::{Looked, look, would_look};
pub use operate::{ScheduleOperated, pause_schedule, resume_schedule};
pub use store::{ScheduleRow, schedules};

use baton_base::{Error, Result};
use baton_engine::Schedule;
use serde::Serialize;
use std::str::FromStr;
use utoipa::ToSchema;

/// What of a schedule begins runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SchedulePart {
    /// Each time a span has passed, whether or not the last run has ended.
    Every,
    /// At minutes given by a cron expression, UTC or by the clock that it names.
    Cron,
    /// When a span has passed since the last run ended, however it ended.
    After,
    /// When events have come.
    On,
}

impl SchedulePart {
    const ALL: [Self; 4] = [Self::Every, Self::Cron, Self::After, Self::On];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Cron => "cron",
            Self::After => "after",
            Self::On => "on",
        }
    }

    /// What the schedule says of this part, as people read it; `None` if nothing. For `on` the events are named elsewhere.
    fn rule(self, schedule: &Schedule) -> Option<String> {
        match self {
            Self::Every => schedule.every_ms.map(span),
            Self::Cron => schedule.cron.as_ref().map(|cron| cron.text().to_owned()),
            Self::After => schedule.after_ms.map(span),
            Self::On => schedule.by_events().then(String::new),
        }
    }

    /// When the first run begins, or the next if the plan is another now.
    fn first_ms(self, schedule: &Schedule, has_run: bool, now_ms: i64) -> Option<i64> {
        match self {
            Self::Every | Self::Cron => self.next_ms(schedule, now_ms, now_ms).map(|(due_ms, _)| due_ms),
            // Nothing else would ever begin it.
            Self::After => (!has_run).then_some(now_ms),
            Self::On => None,
        }
    }

    /// When the next run begins after one that was due, and how many times have passed in between.
    fn next_ms(self, schedule: &Schedule, due_ms: i64, now_ms: i64) -> Option<(i64, i64)> {
        match self {
            Self::Every => {
                let every_ms = schedule.every_ms?.max(1);
                let passed = now_ms.saturating_sub(due_ms).max(0) / every_ms;
                Some((due_ms.saturating_add(every_ms.saturating_mul(passed + 1)), passed))
            }
            Self::Cron => {
                let cron = schedule.cron.as_ref()?;
                let times = std::iter::successors(cron.next_ms(due_ms), |ms| cron.next_ms(*ms));
                let passed = times.take_while(|ms| *ms <= now_ms).take(MISSED_COUNTED_MAX).count();
                Some((cron.next_ms(now_ms.max(due_ms))?, i64::try_from(passed).unwrap_or(i64::MAX)))
            }
            Self::After | Self::On => None,
        }
    }
}

/// Times of a cron expression that are counted as missed, at most.
const MISSED_COUNTED_MAX: usize = 10_000;

impl FromStr for SchedulePart {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|part| part.as_str() == text);
        found.ok_or_else(|| Error::broken(format!("'{text}' is no part of a schedule")))
    }
}

/// A span as people read it: `1h 30m`.
fn span(ms: i64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut left = ms.max(0);
    let mut said = Vec::new();
    for (name, unit) in units {
        if left >= unit {
            said.push(format!("{}{name}", left / unit));
            left %= unit;
        }
    }
    if said.is_empty() { "0s".to_owned() } else { said.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_engine::Definition;

    fn schedule(text: &str) -> Schedule {
        let yaml = format!(
            "document: {{ dsl: '1.0.3', namespace: t, name: t, version: '1.0.0' }}\nschedule: {text}\n\
             do:\n  - a: {{ set: {{ b: 1 }} }}\n"
        );
        Definition::parse("t.yaml", &yaml).expect("parses").schedule().expect("a schedule").clone()
    }

    #[test]
    fn a_time_that_has_passed_begins_one_run_and_keeps_its_beat() {
        const HOUR: i64 = 3_600_000;
        let every = schedule("{ every: { hours: 1 } }");
        for (due, now, expect) in
            [(10, 10, (HOUR + 10, 0)), (10, HOUR + 9, (HOUR + 10, 0)), (10, 5 * HOUR + 11, (6 * HOUR + 10, 5))]
        {
            assert_eq!(SchedulePart::Every.next_ms(&every, due, now), Some(expect), "due {due}, now {now}");
        }
        let cron = schedule("{ cron: '0 * * * *' }");
        assert_eq!(SchedulePart::Cron.next_ms(&cron, HOUR, HOUR + 1), Some((2 * HOUR, 0)));
        assert_eq!(SchedulePart::Cron.next_ms(&cron, HOUR, 4 * HOUR + 1), Some((5 * HOUR, 3)));
        // A clock that was set back does not begin a time twice.
        assert_eq!(SchedulePart::Cron.next_ms(&cron, 5 * HOUR, HOUR), Some((6 * HOUR, 0)));
    }

    #[test]
    fn spans_are_said_in_their_units() {
        for (ms, says) in [(0, "0s"), (900_000, "15m"), (5_400_000, "1h 30m"), (90_061_001, "1d 1h 1m 1s 1ms")] {
            assert_eq!(span(ms), says);
        }
    }
}
