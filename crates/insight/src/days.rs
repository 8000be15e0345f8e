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
    /// Hours since the day began, 0 to 23.
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
        // The day on which the clock is put back is an hour longer: its last one is two.
        let hour = ((opened_ms - day_ms) / HOUR_MS).min(HOURS - 1);
        self.days.entry(day_ms).or_default().add(case.seen, case.beside);
        self.hours.entry(hour).or_default().add(case.seen, case.beside);
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
