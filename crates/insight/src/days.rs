//! Cases by the day on which they were opened, and by the hour of the day.

use crate::report::{Asked, Counted};
use crate::tally::{Tally, Volume};
use serde::Serialize;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 60 * 60 * 1000;
const HOURS: i64 = 24;

/// One day; cases count on the day on which they were opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// When it began, milliseconds since the epoch.
    pub day_ms: i64,
    /// Cases.
    pub cases: i64,
    /// AI attempts.
    pub attempts: i64,
    /// Resolutions, net of seven days.
    pub resolutions: i64,
    /// Attempts passed to people.
    pub escalated: i64,
}

/// One hour of the day, over all days of the report; cases count in the hour in which they were opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hour {
    /// As clocks showed it, 0 to 23.
    pub hour: i64,
    /// Cases.
    pub cases: i64,
    /// AI attempts.
    pub attempts: i64,
    /// Resolutions, net of seven days.
    pub resolutions: i64,
    /// Attempts passed to people.
    pub escalated: i64,
}

/// The hour that clocks showed; on a day on which they were changed it is not the hour since midnight.
fn hour_of(asked: &Asked, opened_ms: i64) -> i64 {
    let after = asked.ahead_ms.partition_point(|(from_ms, _)| *from_ms <= opened_ms);
    let ahead_ms = after.checked_sub(1).and_then(|at| asked.ahead_ms.get(at)).map_or(0, |(_, by_ms)| *by_ms);
    opened_ms.saturating_add(ahead_ms).rem_euclid(HOURS * HOUR_MS) / HOUR_MS
}

/// What is counted by day and by hour.
#[derive(Default)]
pub(crate) struct Times {
    days: BTreeMap<i64, Tally>,
    hours: BTreeMap<i64, Tally>,
}

impl Times {
    /// Counts a case; one of the time before is of no day.
    pub fn add(&mut self, asked: &Asked, case: &Counted<'_>) {
        let opened_ms = case.head.opened_ms;
        let Some(day_ms) = asked.day_of(opened_ms) else { return };
        self.days.entry(day_ms).or_default().add(case.seen, case.beside);
        self.hours.entry(hour_of(asked, opened_ms)).or_default().add(case.seen, case.beside);
    }

    /// Each day of the time asked for, oldest first.
    pub fn days(&self, asked: &Asked) -> Vec<Day> {
        let none = Volume::default();
        let days = asked.days_ms.iter().map(|day_ms| {
            let Volume { cases, attempts, resolutions, escalated, .. } =
                self.days.get(day_ms).map_or(&none, |tally| &tally.volume);
            Day {
                day_ms: *day_ms,
                cases: *cases,
                attempts: *attempts,
                resolutions: *resolutions,
                escalated: *escalated,
            }
        });
        days.collect()
    }

    /// Each hour of the day, the first after midnight first.
    pub fn hours(&self) -> Vec<Hour> {
        let none = Volume::default();
        let hours = (0..HOURS).map(|hour| {
            let Volume { cases, attempts, resolutions, escalated, .. } =
                self.hours.get(&hour).map_or(&none, |tally| &tally.volume);
            Hour { hour, cases: *cases, attempts: *attempts, resolutions: *resolutions, escalated: *escalated }
        });
        hours.collect()
    }
}
