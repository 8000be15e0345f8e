//! Counts over many conversations, from which every KPI is read.

use crate::rules::{Seen, service_level_ms};
use crate::spend::Spend;
use serde::Serialize;
use std::collections::BTreeMap;

/// A sum and of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mean {
    /// The sum.
    pub sum: f64,
    /// Of how many.
    pub of: i64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.of += 1;
    }
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub hits: i64,
    /// Of how many.
    pub of: i64,
}

impl Share {
    fn add(&mut self, hit: bool) {
        self.hits += i64::from(hit);
        self.of += 1;
    }
}

/// How many conversations there were, and how they went: as they are summed up, and as reports show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Conversations.
    pub cases: i64,
    /// Of these, those that go on.
    pub open: i64,
    /// Those with the AI side: AI attempts.
    pub attempts: i64,
    /// Attempts whose seven days are not over.
    pub provisional: i64,
    /// Attempts that ended with the AI side alone.
    pub contained: i64,
    /// Of these, those after which the customer did not come back: resolutions, net of seven days.
    pub resolutions: i64,
    /// Resolutions that may still be lost, because their seven days are not over.
    pub resolutions_provisional: i64,
    /// Resolutions that were confirmed.
    pub verified: i64,
    /// Conversations that the AI side passed to people.
    pub escalated: i64,
    /// Times it did, by reason.
    pub escalations: BTreeMap<String, i64>,
    /// Conversations whose outcome people changed.
    pub overridden: i64,
    /// Times that conversations went to people, by the AI side or past it.
    pub handoffs: i64,
    /// Conversations after which the customer came back.
    pub came_back: i64,
}

impl Volume {
    fn add_attempt(&mut self, seen: &Seen, beside: Beside) {
        let (mature, contained) = (seen.is_mature(beside.now_ms), seen.contained());
        let resolved = contained && !beside.came_back;
        self.attempts += 1;
        self.provisional += i64::from(!mature);
        self.contained += i64::from(contained);
        self.resolutions += i64::from(resolved);
        self.resolutions_provisional += i64::from(resolved && !mature);
        self.verified += i64::from(resolved && seen.confirmed);
        self.escalated += i64::from(!seen.escalations.is_empty());
        for (reason, _, _) in &seen.escalations {
            *self.escalations.entry(reason.clone()).or_default() += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.cases, other.cases),
            (&mut self.open, other.open),
            (&mut self.attempts, other.attempts),
            (&mut self.provisional, other.provisional),
            (&mut self.contained, other.contained),
            (&mut self.resolutions, other.resolutions),
            (&mut self.resolutions_provisional, other.resolutions_provisional),
            (&mut self.verified, other.verified),
            (&mut self.escalated, other.escalated),
            (&mut self.overridden, other.overridden),
            (&mut self.handoffs, other.handoffs),
            (&mut self.came_back, other.came_back),
        ] {
            *mine += theirs;
        }
        for (reason, times) in &other.escalations {
            *self.escalations.entry(reason.clone()).or_default() += times;
        }
    }
}

/// Counts over conversations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// How many, and how they went.
    pub volume: Volume,
    /// How complete packets were.
    pub complete: Mean,
    /// How right packets were.
    pub correct: Mean,
    /// Processes that came to their end, of those that began.
    pub runs_completed: Share,
    /// Processes that did so without a person, of those that began.
    pub runs_alone: Share,
    /// Conversations that did not come back, of those that ended with an outcome.
    pub solved_at_once: Share,
    /// How long people had each conversation, milliseconds each.
    pub handled_ms: Vec<i64>,
    /// Time of people, approvals included, milliseconds.
    pub people_ms: i64,
    /// Taken up in time, of those that waited for people, by channel.
    pub in_time: BTreeMap<String, Share>,
    /// How long those waited that were taken up, milliseconds.
    pub waited_ms: Mean,
    /// Those whose customer left first, of those that waited for people.
    pub left_queue: Share,
    /// Messages of customers.
    pub turns: i64,
    /// Of these, those that say again what was said.
    pub again: i64,
    /// Time from the first message to the outcome, milliseconds.
    pub outcome_ms: Mean,
    /// Conversations that knowledge was blamed for, of those that cited an article.
    pub blamed: Share,
    /// What models took and cost.
    pub spend: Spend,
}

/// What is known of a conversation beside what happened in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside {
    /// The customer came back.
    pub came_back: bool,
    /// Knowledge was blamed for it.
    pub blamed: bool,
    /// The time at which it is looked at, milliseconds since the epoch.
    pub now_ms: i64,
}

impl Tally {
    /// Counts a conversation.
    pub fn add(&mut self, seen: &Seen, beside: Beside) {
        self.volume.cases += 1;
        self.volume.open += i64::from(seen.closed_ms.is_none());
        self.volume.handoffs += count(seen.escalations.len()) + seen.routed;
        self.volume.overridden += i64::from(!seen.overrides.is_empty());
        self.volume.came_back += i64::from(beside.came_back);
        if seen.involved {
            self.volume.add_attempt(seen, beside);
            self.add_packets(seen);
        }
        self.add_people(seen);
        self.runs_completed.of += seen.runs.0;
        self.runs_completed.hits += seen.runs.1;
        self.runs_alone.of += seen.runs.0;
        self.runs_alone.hits += seen.runs.2;
        if let Some(closed_ms) = seen.closed_ms.filter(|_| !seen.left) {
            self.solved_at_once.add(!beside.came_back);
            self.outcome_ms.add(real(closed_ms - seen.opened_ms));
        }
        self.turns += seen.turns;
        self.again += seen.again;
        if seen.cited {
            self.blamed.add(beside.blamed);
        }
    }

    fn add_packets(&mut self, seen: &Seen) {
        for (_, complete, correct) in &seen.escalations {
            complete.iter().for_each(|share| self.complete.add(*share));
            correct.iter().for_each(|share| self.correct.add(*share));
        }
    }

    fn add_people(&mut self, seen: &Seen) {
        let in_time = service_level_ms(&seen.channel);
        let waits = seen.waits_ms.iter().map(|ms| (*ms, true)).chain(seen.left_queue_ms.iter().map(|ms| (*ms, false)));
        for (waited_ms, taken) in waits {
            self.in_time.entry(seen.channel.clone()).or_default().add(taken && waited_ms <= in_time);
            self.left_queue.add(!taken);
            if taken {
                self.waited_ms.add(real(waited_ms));
            }
        }
        self.handled_ms.extend(&seen.handled_ms);
        self.people_ms += seen.people_ms();
    }

    /// Adds what another tally counted.
    pub fn merge(&mut self, other: &Self) {
        self.volume.merge(&other.volume);
        for (mine, theirs) in
            [(&mut self.people_ms, other.people_ms), (&mut self.turns, other.turns), (&mut self.again, other.again)]
        {
            *mine += theirs;
        }
        for (mine, theirs) in [
            (&mut self.complete, other.complete),
            (&mut self.correct, other.correct),
            (&mut self.waited_ms, other.waited_ms),
            (&mut self.outcome_ms, other.outcome_ms),
        ] {
            mine.sum += theirs.sum;
            mine.of += theirs.of;
        }
        for (mine, theirs) in [
            (&mut self.runs_completed, other.runs_completed),
            (&mut self.runs_alone, other.runs_alone),
            (&mut self.solved_at_once, other.solved_at_once),
            (&mut self.left_queue, other.left_queue),
            (&mut self.blamed, other.blamed),
        ] {
            join(mine, theirs);
        }
        for (channel, share) in &other.in_time {
            join(self.in_time.entry(channel.clone()).or_default(), *share);
        }
        self.handled_ms.extend(&other.handled_ms);
        self.spend.add(&other.spend);
    }

    /// Taken up in time, of all that waited for people.
    pub fn in_time_all(&self) -> Share {
        self.in_time.values().fold(Share::default(), |mut all, share| {
            join(&mut all, *share);
            all
        })
    }

    /// The middle of the times that people had conversations, milliseconds; `None` where they had none.
    pub fn handled_median_ms(&self) -> Option<f64> {
        let mut sorted = self.handled_ms.clone();
        sorted.sort_unstable();
        let (upper, lower) = (sorted.get(sorted.len() / 2)?, sorted.get(sorted.len().saturating_sub(1) / 2)?);
        Some(f64::midpoint(real(*upper), real(*lower)))
    }
}

fn join(mine: &mut Share, theirs: Share) {
    mine.hits += theirs.hits;
    mine.of += theirs.of;
}

fn count(many: usize) -> i64 {
    i64::try_from(many).unwrap_or(i64::MAX)
}

/// A count or a time as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds of a report are below 2^53")]
pub(crate) fn real(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_of_times_is_between_the_two_in_the_middle() {
        let of = |handled_ms: &[i64]| Tally { handled_ms: handled_ms.to_vec(), ..Tally::default() }.handled_median_ms();
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[9]), Some(9.0));
        assert_eq!(of(&[40, 10, 20, 30]), Some(25.0));
        assert_eq!(of(&[3, 1, 2]), Some(2.0));
    }
}
