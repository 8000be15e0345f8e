//! In which order work is taken.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

const SECOND_MS: f64 = 1_000.0;
const HOUR_MS: f64 = 3_600_000.0;
/// What an hour of waiting adds to weighted urgency: back office work becomes as urgent as a customer's question within a
/// week. More, and under load old work of little worth makes everything else late.
const AGE_WEIGHT_PER_H: f64 = 0.000_02;
/// Longest time that work is kept for whoever had its case before, milliseconds.
const STICKY_MS_MAX: i64 = 90_000;
/// The same, as a share of the time that is left: one in so many parts.
const STICKY_PARTS: i64 = 5;

/// By what work is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discipline {
    /// Bands of priority, within them whatever is due first; under overload by weighted urgency.
    #[default]
    Banded,
    /// Whatever came first.
    FirstCome,
    /// Bands of priority, within them whatever came first.
    Priority,
    /// Whatever is due first, whatever its priority.
    Due,
    /// Whatever costs most per minute of work.
    Cost,
    /// Weighted urgency always: the apparent tardiness cost of Vepsalainen and Morton (Management Science 33, 1987).
    Weighted,
}

impl Discipline {
    /// All of them, as compared with each other.
    pub const ALL: &[Self] = &[Self::Banded, Self::FirstCome, Self::Priority, Self::Due, Self::Cost, Self::Weighted];

    /// As in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Banded => "banded",
            Self::FirstCome => "first_come",
            Self::Priority => "priority",
            Self::Due => "due",
            Self::Cost => "cost",
            Self::Weighted => "weighted",
        }
    }
}

/// What decides when a piece of work is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Urgency {
    /// 1 is the most urgent.
    pub band: u8,
    /// When it was opened, milliseconds.
    pub opened_ms: i64,
    /// When it is late, milliseconds.
    pub due_ms: i64,
    /// How long it is expected to take, milliseconds.
    pub handling_ms: i64,
    /// What a minute of its waiting costs, beside others.
    pub cost: f64,
    /// How long before it is due its urgency begins to rise, milliseconds; a quarter of the service level as a rule.
    pub look_ahead_ms: i64,
}

/// How work is ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// By what.
    pub discipline: Discipline,
    /// What an hour of waiting adds to weighted urgency, so that nothing waits for ever.
    pub age_weight_per_h: f64,
    /// More comes in than people can do: bands give way to weighted urgency.
    pub overload: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { discipline: Discipline::Banded, age_weight_per_h: AGE_WEIGHT_PER_H, overload: false }
    }
}

/// A place in the order: the smaller, the sooner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    band: u8,
    then: f64,
}

impl Eq for Rank {}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.band.cmp(&other.band).then(self.then.total_cmp(&other.then))
    }
}

impl Policy {
    /// A policy of one discipline.
    pub fn of(discipline: Discipline) -> Self {
        Self { discipline, ..Self::default() }
    }

    /// Where a piece of work stands now.
    pub fn rank(&self, work: &Urgency, now_ms: i64) -> Rank {
        match self.discipline {
            Discipline::Banded if self.overload => Rank { band: 0, then: -self.weight(work, now_ms) },
            Discipline::Banded => Rank { band: work.band, then: real(work.due_ms) },
            Discipline::FirstCome => Rank { band: 0, then: real(work.opened_ms) },
            Discipline::Priority => Rank { band: work.band, then: real(work.opened_ms) },
            Discipline::Due => Rank { band: 0, then: real(work.due_ms) },
            Discipline::Cost => Rank { band: 0, then: -work.cost / seconds(work.handling_ms) },
            Discipline::Weighted => Rank { band: 0, then: -self.weight(work, now_ms) },
        }
    }

    /// Apparent tardiness cost per second of work: `(c/p)·exp(−max(d−t−p, 0)/K) + w·age`.
    pub fn weight(&self, work: &Urgency, now_ms: i64) -> f64 {
        let slack = real((work.due_ms - now_ms - work.handling_ms).max(0));
        let urgency = (-slack / real(work.look_ahead_ms.max(1))).exp();
        let age_h = real(now_ms - work.opened_ms) / HOUR_MS;
        work.cost / seconds(work.handling_ms) * urgency + self.age_weight_per_h * age_h
    }
}

/// How hard a queue is pressed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pressure {
    /// Items that come in an hour.
    pub arrivals_per_h: f64,
    /// How long one takes, milliseconds.
    pub handling_ms: f64,
    /// How many can be worked on at once by those who are there.
    pub places: f64,
    /// Time left of the item that is due first, milliseconds; negative if it is late.
    pub least_slack_ms: Option<i64>,
}

impl Pressure {
    /// Work that comes in, beside what can be done: more than 1 cannot go on for long. None where nobody is there.
    pub fn load(&self) -> Option<f64> {
        (self.places > 0.0).then(|| self.arrivals_per_h * self.handling_ms / HOUR_MS / self.places)
    }

    /// Whether bands give way to weighted urgency: more comes in than can be done, or something is late already.
    pub fn is_overload(&self) -> bool {
        self.load().is_some_and(|load| load > 1.0) || self.least_slack_ms.is_some_and(|slack| slack < 0)
    }
}

/// Until when work is kept for whoever had its case before: 90 seconds, or a fifth of the time it has, if that is less.
pub fn sticky_until_ms(opened_ms: i64, due_ms: i64) -> i64 {
    opened_ms + STICKY_MS_MAX.min((due_ms - opened_ms).max(0) / STICKY_PARTS)
}

fn seconds(ms: i64) -> f64 {
    real(ms.max(1)) / SECOND_MS
}

#[expect(clippy::cast_precision_loss, reason = "times of some thousand years are exact in a double")]
pub(super) fn real(ms: i64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(band: u8, opened_ms: i64, due_ms: i64) -> Urgency {
        Urgency { band, opened_ms, due_ms, handling_ms: 60_000, cost: 1.0, look_ahead_ms: 900_000 }
    }

    #[test]
    fn bands_go_first_and_the_due_time_decides_within_them() {
        let policy = Policy::default();
        let rank = |w: &Urgency| policy.rank(w, 0);
        let (urgent, soon, later) = (work(1, 0, 900), work(5, 0, 100), work(5, 0, 200));
        assert!(rank(&urgent) < rank(&soon) && rank(&soon) < rank(&later));
    }

    #[test]
    fn under_overload_what_is_about_to_be_late_goes_before_a_better_band() {
        let policy = Policy { overload: true, ..Policy::default() };
        let (early, late) = (work(1, 0, 50_000_000), work(5, 0, 1_000));
        assert!(policy.rank(&late, 0) < policy.rank(&early, 0));
    }

    #[test]
    fn waiting_long_enough_wins_against_any_band_under_overload() {
        let policy = Policy { overload: true, ..Policy::default() };
        let dear = Urgency { cost: 4.0, ..work(1, 14_400_000_000, 14_400_000_000) };
        let cheap = Urgency { cost: 0.5, ..work(9, 0, 20_000_000_000) };
        assert!(policy.rank(&cheap, 14_400_000_000) < policy.rank(&dear, 14_400_000_000), "after 4,000 hours");
    }

    #[test]
    fn overload_is_more_than_people_can_do_or_anything_late() {
        let calm = Pressure { arrivals_per_h: 60.0, handling_ms: 300_000.0, places: 6.0, least_slack_ms: Some(1) };
        assert!(!calm.is_overload());
        assert!(Pressure { places: 4.0, ..calm }.is_overload());
        assert!(Pressure { least_slack_ms: Some(-1), ..calm }.is_overload());
        assert!(!Pressure { places: 0.0, ..calm }.is_overload(), "nobody is there: order changes nothing");
    }

    #[test]
    fn work_is_kept_for_its_owner_for_a_fifth_of_its_time_and_never_long() {
        assert_eq!(sticky_until_ms(1_000, 101_000), 21_000);
        assert_eq!(sticky_until_ms(0, 86_400_000), 90_000);
        assert_eq!(sticky_until_ms(500, 100), 500);
    }
}
