//! The KPIs: each a name, a sentence that defines it, a unit, and how it is read from a tally. A new KPI is one entry.

use crate::tally::{Mean, Share, Tally, real};
use serde::Serialize;

/// What a figure is given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Of one: 0 to 1.
    Share,
    /// Seconds.
    Seconds,
    /// A mean number.
    Number,
}

/// A figure: a sum, of how many, and what that comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The count or sum on top.
    pub num: f64,
    /// Of how many.
    pub den: i64,
    /// One by the other; `None` where there is nothing to divide by.
    pub value: Option<f64>,
}

impl Figure {
    fn of(num: f64, den: i64) -> Self {
        Self { num, den, value: (den > 0).then(|| num / real(den)) }
    }
    fn counts(num: i64, den: i64) -> Self {
        Self::of(real(num), den)
    }
    fn share(share: Share) -> Self {
        Self::counts(share.hits, share.of)
    }
    fn mean(mean: Mean, divisor: f64) -> Self {
        Self::of(mean.sum / divisor, mean.of)
    }
}

/// One KPI.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Kpi {
    /// Name in JSON and on the command line.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub says: &'static str,
    /// What it is given in.
    pub unit: Unit,
    /// Whether Baton writes down what it needs. One that is not recorded is defined, and stands in no report.
    pub recorded: bool,
    #[serde(skip)]
    of: fn(&Tally) -> Figure,
}

impl Kpi {
    /// Its figure over a tally.
    pub fn figure(&self, tally: &Tally) -> Figure {
        (self.of)(tally)
    }

    /// The KPI of this name.
    pub fn find(id: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|kpi| kpi.id == id)
    }
}

const MS_A_SECOND: f64 = 1_000.0;

macro_rules! kpis {
    ($($id:literal, $name:literal, $unit:ident, $recorded:literal: $says:literal, $of:expr;)*) => {
        /// Every KPI.
        pub const CATALOGUE: &[Kpi] = &[$(Kpi {
            id: $id, name: $name, says: $says, unit: Unit::$unit, recorded: $recorded, of: $of,
        }),*];
    };
}

kpis! {
    "ai_involvement", "AI attempts", Share, true:
        "Cases in which an AI agent or a process wrote to the customer, gave the outcome, or passed the case on, of all cases.",
        |t| Figure::counts(t.volume.attempts, t.volume.cases);
    "containment", "Ended with AI alone", Share, true:
        "AI attempts that ended with an outcome and without any person, of all AI attempts.",
        |t| Figure::counts(t.volume.contained, t.volume.attempts);
    "ai_resolution_net_7d", "AI resolution, net of 7 days", Share, true:
        "AI attempts that ended with AI alone and whose customer did not come back with the same need within 7 days of the \
         end, of all AI attempts; provisional until these days are over.",
        |t| Figure::counts(t.volume.resolutions, t.volume.attempts);
    "ai_verified_resolution", "AI resolution, confirmed", Share, true:
        "AI resolutions, net of 7 days, in which the customer said that it is solved or a change in a system of record came \
         back as done, of all AI attempts.",
        |t| Figure::counts(t.volume.verified, t.volume.attempts);
    "ai_coverage_of_all_demand", "AI resolution of all demand", Share, true:
        "AI resolutions, net of 7 days, of all cases.",
        |t| Figure::counts(t.volume.resolutions, t.volume.cases);
    "escalation_rate", "Escalation", Share, true:
        "AI attempts that the AI side passed to people, of all AI attempts.",
        |t| Figure::counts(t.volume.escalated, t.volume.attempts);
    "override_rate", "Overrides", Share, true:
        "Cases in which a person changed the outcome that the AI side had given, of all AI attempts.",
        |t| Figure::counts(t.volume.overridden, t.volume.attempts);
    "packet_completeness_mean", "Packets complete", Share, true:
        "Mean share of the required fields, by weight, that the packet of an escalation held.",
        |t| Figure::mean(t.complete, 1.0);
    "packet_correctness_mean", "Packets right", Share, false:
        "Mean share of the required fields that were right in the packet of an escalation, as a reviewer found.",
        |t| Figure::mean(t.correct, 1.0);
    "workflow_completion", "Processes completed", Share, true:
        "Runs of processes that came to their end, of those that began.",
        |t| Figure::share(t.runs_completed);
    "automation_success_no_human", "Processes completed without a person", Share, true:
        "Runs of processes that came to their end in cases that no person had a hand in, of those that began.",
        |t| Figure::share(t.runs_alone);
    "fcr_7d", "Solved at first contact", Share, true:
        "Cases whose customer did not come back with the same need within 7 days of the end, of all that ended with an outcome.",
        |t| Figure::share(t.solved_at_once);
    "repeat_contact_7d", "Came back within 7 days", Share, true:
        "Cases after whose end the same customer opened another with the same need within 7 days, of all cases; each coming \
         back counts against the last case alone.",
        |t| Figure::counts(t.volume.came_back, t.volume.cases);
    "human_aht_s", "People's handling time", Seconds, true:
        "Mean time from a person taking a case up to being done with it; approvals apart.",
        |t| Figure::of(t.handled_ms.iter().map(|ms| real(*ms)).sum::<f64>() / MS_A_SECOND, count(t));
    "service_level_all_offered_channel_thresholds", "Service level of people", Share, true:
        "Cases that a person took up within 60 seconds (chat, voice) or 4 hours (other channels), of all that waited for \
         people, those included whose customer left.",
        |t| Figure::share(t.in_time_all());
    "asa_s", "Wait for a person", Seconds, true:
        "Mean time that cases waited for the person who took them up.",
        |t| Figure::mean(t.waited_ms, MS_A_SECOND);
    "abandon_rate", "Left while waiting", Share, true:
        "Cases whose customer left before a person took them up, of all that waited for people.",
        |t| Figure::share(t.left_queue);
    "customer_turns_mean", "Customer messages", Number, true:
        "Mean number of messages that a customer wrote in a case.",
        |t| Figure::counts(t.turns, t.volume.cases);
    "repeat_utterance_rate", "Said again", Share, false:
        "Messages in which a customer says again what they had said, of all messages of customers.",
        |t| Figure::counts(t.again, t.turns);
    "time_to_outcome_mean_s", "Time to outcome", Seconds, true:
        "Mean time from the first message of a case to its end, of those that ended with an outcome.",
        |t| Figure::mean(t.outcome_ms, MS_A_SECOND);
    "knowledge_defect_per_cited_conversation", "Knowledge blamed", Share, true:
        "Cases tagged with a fix of knowledge, of those in which the AI side cited an article.",
        |t| Figure::share(t.blamed);
}

fn count(tally: &Tally) -> i64 {
    i64::try_from(tally.handled_ms.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kpi_has_a_name_of_its_own_and_a_whole_sentence() {
        for (at, kpi) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[..at].iter().all(|other| other.id != kpi.id && other.name != kpi.name), "{}", kpi.id);
            assert!(kpi.says.ends_with('.') && kpi.says.len() > 20, "{}", kpi.id);
            assert_eq!(Kpi::find(kpi.id).map(|found| found.name), Some(kpi.name));
        }
    }

    #[test]
    fn nothing_divided_by_nothing_is_no_figure() {
        for kpi in CATALOGUE {
            assert_eq!(kpi.figure(&Tally::default()).value, None, "{}", kpi.id);
        }
    }
}
