//! Other parameters on past cases: who would have gone to a person, and who should have.
//!
//! What was recorded is one reading a message: what the agent took it for, how sure it was, what it signalled. What a customer
//! would have written to another question is not known; so a message that would no longer be sure enough counts as passed on.
//! Guidelines are known of messages that no trigger had passed on before, and those of a need once that was known.

use super::Trigger;
use crate::calibrate::{Answer, Costs};
use crate::evidence::GuidelineHeld;
use crate::turn::is_no_need;
use baton_base::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// What an agent made of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// `understand`, `collect` or `confirm`.
    pub goal: String,
    /// The likeliest intent while understanding; otherwise the case's.
    pub intent: Option<String>,
    /// Its probability, while understanding.
    pub confidence: Option<f64>,
    /// From which probability it counted.
    pub threshold: f64,
    /// Names of the message's signals.
    pub signals: Vec<String>,
    /// Messages of this goal, with this one.
    pub turns: u32,
    /// Times the same was asked before, where this message did not answer it.
    pub asked: u32,
    /// The trigger that passed the case on.
    pub trigger: Option<Trigger>,
    /// Failed calls that the process had reported; none in readings from before it was kept.
    pub failures: Option<u32>,
    /// Guidelines that held, where any were looked at: those of the highest priority first, of one priority in their order.
    pub guidelines: Option<Vec<GuidelineHeld>>,
}

impl Reading {
    /// Whether a guideline passed the case on.
    fn is_guided(&self) -> bool {
        let passed = |one: &GuidelineHeld| one.followed && one.person;
        self.trigger == Some(Trigger::Policy) && self.guidelines.iter().flatten().any(passed)
    }
}

/// One case, as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct PastCase {
    /// Number for people.
    pub number: i64,
    /// The intent it ended with.
    pub intent: Option<String>,
    /// Whether a person has worked on it.
    pub by_person: bool,
    /// What its agents read, oldest first.
    pub readings: Vec<Reading>,
    /// What they read for comparison while a person had it, oldest first.
    pub shadows: Vec<Reading>,
}

impl PastCase {
    /// The last reading of the need.
    fn understood(&self) -> Option<&Reading> {
        self.readings.iter().rfind(|r| r.goal == "understand" && r.confidence.is_some())
    }

    fn trigger(&self, changes: &Changes) -> Option<Trigger> {
        self.readings.iter().find_map(|reading| changes.judge(reading))
    }

    /// Whether a person was needed, as far as it shows: one has worked on it, unless the agent had given up only because it
    /// was not sure of a need that it had read rightly.
    fn needed_person(&self) -> bool {
        let unsure = self.readings.iter().any(|r| r.trigger == Some(Trigger::LowConfidence));
        let read_rightly = self.understood().is_some_and(|r| r.intent.is_some() && r.intent == self.intent);
        self.by_person && !(unsure && read_rightly)
    }

    /// The first need that an agent read while a person had the case.
    pub fn shadowed(&self) -> Option<(&str, &Reading)> {
        let need = |reading: &&Reading| reading.intent.as_deref().is_some_and(|intent| !is_no_need(intent));
        let reading = self.shadows.iter().find(need)?;
        Some((reading.intent.as_deref()?, reading))
    }

    /// The reading of the need as a labelled answer, where a person has seen the case and so its intent is checked. Where the agent
    /// had read no need before the handoff, what it read for comparison after it.
    pub fn label(&self) -> Option<(String, Answer)> {
        let read = self.understood().or_else(|| self.shadowed().map(|(_, reading)| reading));
        let reading = read.filter(|_| self.by_person && self.intent.is_some())?;
        let read = reading.intent.clone()?;
        let right = self.intent.as_ref() == Some(&read);
        Some((read, Answer::new(reading.confidence?, right)))
    }
}

/// Parameters to try: `RULE` for all intents or `RULE.INTENT` for one; of a guideline `guideline.NAME`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    rules: BTreeMap<(String, Option<String>), f64>,
    /// Guidelines with another priority; none for one that there would not be.
    guidelines: BTreeMap<String, Option<i32>>,
}

/// The rule of failed calls.
const TOOL_FAILURES: &str = "tool_failures_max";
/// What names a guideline.
const GUIDELINE: &str = "guideline.";

/// Rules that can be tried, with whether their value is a switch.
const RULES: &[(&str, bool)] = &[
    ("threshold", false),
    ("clarify_max", false),
    ("ask_max", false),
    ("turn_budget", false),
    (TOOL_FAILURES, false),
    ("sentiment", true),
    ("vulnerable", true),
    ("legal", true),
];

impl Changes {
    /// Reads `threshold.refund=0.8`, `ask_max=2`, `sentiment.claim=false` …
    pub fn read(settings: &[String]) -> Result<Self> {
        let mut changes = Self::default();
        for setting in settings {
            let wrong = |why: &str| {
                let rules: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
                let remedy = format!(
                    "write RULE=VALUE or RULE.INTENT=VALUE, or guideline.NAME=off or =PRIORITY; rules: {}",
                    rules.join(", ")
                );
                Error::invalid(format!("'{setting}' {why}"), remedy)
            };
            let (key, value) = setting.split_once('=').ok_or_else(|| wrong("sets nothing"))?;
            if let Some(name) = key.strip_prefix(GUIDELINE) {
                let priority = match value {
                    "off" | "false" => None,
                    number => {
                        Some(number.parse::<i32>().map_err(|_| wrong("has neither 'off' nor a priority for a value"))?)
                    }
                };
                changes.guidelines.insert(name.to_owned(), priority);
                continue;
            }
            let (rule, intent) = key.split_once('.').map_or((key, None), |(rule, intent)| (rule, Some(intent)));
            let (_, switch) = RULES.iter().find(|(name, _)| *name == rule).ok_or_else(|| wrong("is no rule"))?;
            let value = match (value, *switch) {
                ("true" | "on", true) => 1.0,
                ("false" | "off", true) => 0.0,
                (_, true) => return Err(wrong("is a switch: true or false")),
                (number, false) => number.parse::<f64>().map_err(|_| wrong("has no number for a value"))?,
            };
            if rule == "threshold" && !(0.0..=1.0).contains(&value) || value < 0.0 || !value.is_finite() {
                return Err(wrong("is out of range"));
            }
            changes.rules.insert((rule.to_owned(), intent.map(str::to_owned)), value);
        }
        Ok(changes)
    }

    fn get(&self, rule: &str, intent: Option<&String>) -> Option<f64> {
        let own = intent.and_then(|intent| self.rules.get(&(rule.to_owned(), Some(intent.clone()))));
        own.or_else(|| self.rules.get(&(rule.to_owned(), None))).copied()
    }

    /// The trigger of a message under these parameters. Where nothing is changed, what was recorded stands.
    fn judge(&self, reading: &Reading) -> Option<Trigger> {
        if reading.trigger == Some(Trigger::CustomerAsks) {
            return reading.trigger;
        }
        let set = |rule: &str| self.get(rule, reading.intent.as_ref());
        let switched = [
            ("vulnerable", "vulnerable", Trigger::Vulnerable),
            ("legal", "legal", Trigger::Policy),
            ("sentiment", "angry", Trigger::Sentiment),
        ];
        let signalled = |signal: &str| reading.signals.iter().any(|s| s == signal);
        for (rule, signal, trigger) in switched {
            let fires = match set(rule).filter(|_| signalled(signal)) {
                Some(on) => on > 0.0,
                None => reading.trigger == Some(trigger) && !reading.is_guided(),
            };
            if fires {
                return Some(trigger);
            }
        }
        if set("turn_budget").map_or(reading.trigger == Some(Trigger::TurnBudget), |n| f64::from(reading.turns) > n) {
            return Some(Trigger::TurnBudget);
        }
        let most = set(TOOL_FAILURES).zip(reading.failures);
        let failed = reading.trigger == Some(Trigger::ToolFailure);
        if most.map_or(failed, |(most, failures)| f64::from(failures) > most) {
            return Some(Trigger::ToolFailure);
        }
        if self.guided(reading) {
            return Some(Trigger::Policy);
        }
        if set("ask_max").map_or(reading.trigger == Some(Trigger::Repeat), |n| {
            reading.goal != "understand" && reading.asked > 0 && f64::from(reading.asked) >= n
        }) {
            return Some(Trigger::Repeat);
        }
        self.unsure(reading).then_some(Trigger::LowConfidence)
    }

    /// Whether a guideline passes the case on: of those that held, the one of the highest priority is followed, and once the need is
    /// known one that names it and stands above that.
    fn guided(&self, reading: &Reading) -> bool {
        let Some(held) = reading.guidelines.as_ref().filter(|_| !self.guidelines.is_empty()) else {
            return reading.is_guided();
        };
        let priority = |one: &GuidelineHeld| match self.guidelines.get(&one.name) {
            Some(changed) => *changed,
            None => Some(one.priority),
        };
        let best = |of_need: bool, above: Option<i32>| {
            let among = held.iter().filter(|one| one.of_need == of_need);
            let open = among.filter_map(|one| Some((priority(one)?, one)));
            // The first of the highest priority.
            open.filter(|(rank, _)| above.is_none_or(|above| *rank > above))
                .reduce(|best, one| if one.0 > best.0 { one } else { best })
        };
        let first = best(false, None);
        let then = || best(true, first.map(|(rank, _)| rank));
        first.is_some_and(|(_, one)| one.person) || then().is_some_and(|(_, one)| one.person)
    }

    /// Whether it asks for what was not kept of a reading.
    fn lacks(&self, reading: &Reading) -> bool {
        let rules = self.rules.keys().any(|(rule, _)| rule == TOOL_FAILURES);
        reading.failures.is_none() && (rules || !self.guidelines.is_empty())
    }

    fn unsure(&self, reading: &Reading) -> bool {
        let recorded = reading.trigger == Some(Trigger::LowConfidence);
        let set = |rule: &str| self.get(rule, reading.intent.as_ref());
        let (threshold, clarify_max) = (set("threshold"), set("clarify_max"));
        if reading.intent.as_deref().is_some_and(is_no_need) {
            // However sure it was of such a reading, it had no need to go on with: it asked, as often as it might.
            return match clarify_max.filter(|_| reading.goal == "understand" && reading.asked > 0) {
                Some(n) => f64::from(reading.asked) >= n,
                None => recorded,
            };
        }
        let Some(confidence) = reading.confidence.filter(|_| threshold.or(clarify_max).is_some()) else {
            return recorded;
        };
        let was_sure = confidence >= reading.threshold;
        if confidence >= threshold.unwrap_or(reading.threshold) {
            return false;
        }
        // It was sure and went on; it no longer would. Otherwise it asked, as often as it might.
        was_sure || clarify_max.map_or(recorded, |n| f64::from(reading.asked) >= n)
    }
}

/// How the cases went, or would have gone.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Cases that went to a person by a trigger.
    pub escalated: usize,
    /// Those among them that show no need of one.
    pub needless: usize,
    /// Cases that no trigger passed on, and that needed a person all the same.
    pub missed: usize,
    /// By trigger.
    pub by_trigger: BTreeMap<&'static str, usize>,
    /// Cost of all, if costs were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// Past cases under other parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replayed {
    /// Cases with at least one reading.
    pub cases: usize,
    /// As it was.
    pub then: Tally,
    /// As it would have been.
    pub now: Tally,
    /// Numbers of cases that would go to a person now and did not; at most a hundred.
    pub newly_escalated: Vec<i64>,
    /// Numbers of cases that went to a person and would not now; at most a hundred.
    pub no_longer_escalated: Vec<i64>,
    /// Numbers of cases that would be missed now; at most a hundred.
    pub missed: Vec<i64>,
    /// Cases from before failed calls and guidelines were kept, where the changes ask for them: what was recorded stands there.
    pub unrecorded: usize,
}

const NUMBERS_MAX: usize = 100;

/// Plays past cases under other parameters.
pub fn replay(cases: &[PastCase], changes: &Changes, costs: Option<Costs>) -> Replayed {
    let none = Changes::default();
    let numbers = |wanted: &dyn Fn(&PastCase) -> bool| {
        cases.iter().filter(|case| wanted(case)).take(NUMBERS_MAX).map(|case| case.number).collect()
    };
    let (then, now) = (|c: &PastCase| c.trigger(&none), |c: &PastCase| c.trigger(changes));
    Replayed {
        cases: cases.len(),
        then: tally(cases, then, costs),
        now: tally(cases, now, costs),
        newly_escalated: numbers(&|c| now(c).is_some() && then(c).is_none()),
        no_longer_escalated: numbers(&|c| now(c).is_none() && then(c).is_some()),
        missed: numbers(&|c| now(c).is_none() && c.needed_person()),
        unrecorded: cases.iter().filter(|c| c.readings.iter().any(|reading| changes.lacks(reading))).count(),
    }
}

fn tally(cases: &[PastCase], trigger: impl Fn(&PastCase) -> Option<Trigger>, costs: Option<Costs>) -> Tally {
    let mut tally = Tally::default();
    let mut cost = 0.0;
    for case in cases {
        let needed = case.needed_person();
        let found = trigger(case);
        if let Some(trigger) = found {
            tally.escalated += 1;
            *tally.by_trigger.entry(trigger.name()).or_default() += 1;
        }
        tally.needless += usize::from(found.is_some() && !needed);
        tally.missed += usize::from(found.is_none() && needed);
        cost += costs.map_or(0.0, |costs| match (found.is_some(), needed) {
            (true, _) => costs.person,
            (false, false) => costs.agent,
            (false, true) => costs.agent + costs.wrong,
        });
    }
    tally.cost = costs.map(|_| cost);
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(intent: &str, confidence: f64, trigger: Option<Trigger>) -> Reading {
        Reading {
            goal: "understand".into(),
            intent: Some(intent.into()),
            confidence: Some(confidence),
            threshold: 0.5,
            signals: Vec::new(),
            turns: 1,
            asked: if trigger.is_some() { 2 } else { 0 },
            trigger,
            failures: Some(0),
            guidelines: None,
        }
    }

    fn case(number: i64, intent: &str, by_person: bool, readings: Vec<Reading>) -> PastCase {
        PastCase { number, intent: Some(intent.into()), by_person, readings, shadows: Vec::new() }
    }

    fn world() -> Vec<PastCase> {
        vec![
            case(1, "refund", false, vec![reading("refund", 0.9, None)]),
            case(2, "refund", false, vec![reading("refund", 0.7, None)]),
            // Taken for a refund, and a person had to mend it.
            case(3, "cancel", true, vec![reading("refund", 0.6, None)]),
            // Given up, though read rightly.
            case(4, "refund", true, vec![reading("refund", 0.4, Some(Trigger::LowConfidence))]),
            case(
                5,
                "cancel",
                true,
                vec![Reading {
                    signals: vec!["angry".into()],
                    confidence: None,
                    ..reading("cancel", 0.0, Some(Trigger::Sentiment))
                }],
            ),
        ]
    }

    fn changes(settings: &[&str]) -> Changes {
        Changes::read(&settings.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_higher_threshold_catches_what_was_missed_and_costs_people_time() {
        let costs = Costs { wrong: 25.0, person: 6.0, agent: 1.0 };
        let found = replay(&world(), &changes(&["threshold.refund=0.8"]), Some(costs));
        assert_eq!((found.then.escalated, found.then.needless, found.then.missed), (2, 1, 1));
        assert_eq!((found.now.escalated, found.now.needless, found.now.missed), (4, 2, 0));
        assert_eq!((found.newly_escalated, found.no_longer_escalated), (vec![2, 3], vec![]));
        assert_eq!((found.then.cost, found.now.cost), (Some(2.0 + 26.0 + 12.0), Some(1.0 + 24.0)));
    }

    #[test]
    fn a_lower_threshold_and_switches_release_cases_and_say_what_is_missed() {
        let found = replay(&world(), &changes(&["threshold=0.3", "sentiment=false"]), None);
        assert_eq!((found.no_longer_escalated, found.now.escalated, found.now.cost), (vec![4, 5], 0, None));
        assert_eq!(found.missed, [3, 5]);
        let other = replay(&world(), &changes(&["threshold.cancel=0.99"]), None);
        assert_eq!(other.then, other.now);
        assert_eq!(other.then.by_trigger, BTreeMap::from([("low_confidence", 1), ("sentiment", 1)]));
    }

    #[test]
    fn a_reading_that_is_no_need_is_asked_about_however_sure_it_was() {
        for label in ["question", "unclear", "out_of_scope"] {
            let given_up = reading(label, 0.9, Some(Trigger::LowConfidence));
            let asked_once = Reading { asked: 1, trigger: None, ..given_up.clone() };
            let first = Reading { asked: 0, trigger: None, ..given_up.clone() };
            let world = vec![
                case(1, "refund", true, vec![given_up]),
                case(2, "refund", false, vec![asked_once]),
                case(3, "refund", false, vec![first]),
            ];
            let now = |settings: &[&str]| replay(&world, &changes(settings), None).now.escalated;
            assert_eq!((now(&[]), now(&["threshold=0.3"]), now(&["threshold=0.95"])), (1, 1, 1), "{label}");
            assert_eq!((now(&["clarify_max=1"]), now(&["clarify_max=3"])), (2, 0), "{label}");
        }
    }

    fn held(name: &str, priority: i32, person: bool, of_need: bool, followed: bool) -> GuidelineHeld {
        GuidelineHeld { name: name.into(), priority, person, of_need, followed }
    }

    #[test]
    fn failed_calls_are_counted_against_another_limit_where_they_were_kept() {
        let failures = |failures: Option<u32>, trigger| Reading { failures, ..reading("refund", 0.9, trigger) };
        let world = [
            case(1, "refund", false, vec![failures(Some(2), None)]),
            case(2, "refund", true, vec![failures(Some(3), Some(Trigger::ToolFailure))]),
            case(3, "refund", true, vec![failures(None, Some(Trigger::ToolFailure))]),
        ];
        let now = |setting: &str| replay(&world, &changes(&[setting]), None);
        let fewer = now("tool_failures_max=1");
        assert_eq!((fewer.newly_escalated, fewer.now.by_trigger["tool_failure"]), (vec![1], 3));
        let more = now("tool_failures_max.refund=5");
        assert_eq!((more.no_longer_escalated, more.now.escalated, more.unrecorded), (vec![2], 1, 1));
        assert_eq!(now("ask_max=2").unrecorded, 0);
    }

    #[test]
    fn a_guideline_is_taken_out_or_put_in_another_place() {
        let guided =
            |trigger, held: Vec<GuidelineHeld>| Reading { guidelines: Some(held), ..reading("refund", 0.9, trigger) };
        let policy = Some(Trigger::Policy);
        let world = [
            case(
                1,
                "refund",
                true,
                vec![guided(policy, vec![held("by-hand", 1, true, false, true), held("gift", 0, false, false, false)])],
            ),
            case(2, "refund", true, vec![guided(policy, vec![held("large", 3, true, true, true)])]),
            // It held, and one that only says something stood above it.
            case(
                3,
                "refund",
                false,
                vec![guided(None, vec![held("gift", 5, false, false, true), held("large", 3, true, true, false)])],
            ),
            // A policy that is no guideline's.
            case(4, "refund", true, vec![Reading { signals: vec!["legal".into()], ..reading("refund", 0.9, policy) }]),
        ];
        let now = |setting: &str| replay(&world, &changes(&[setting]), None);
        let off = now("guideline.by-hand=off");
        assert_eq!((off.no_longer_escalated, off.newly_escalated, off.unrecorded), (vec![1], vec![], 0));
        assert_eq!(now("guideline.large=6").newly_escalated, [3]);
        assert_eq!(now("guideline.gift=9").no_longer_escalated, [1]);
        assert_eq!(now("legal=false").no_longer_escalated, [4]);
        assert_eq!(now("guideline.nobody=off").now, now("ask_max=9").then);
    }

    #[test]
    fn only_cases_that_a_person_has_seen_are_labels() {
        let labels: Vec<_> = world().iter().filter_map(PastCase::label).collect();
        assert_eq!(labels, [("refund".into(), Answer::new(0.6, false)), ("refund".into(), Answer::new(0.4, true))]);
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_refused_with_a_remedy() {
        for wrong in
            ["threshold", "mood=1", "threshold=2", "threshold=high", "sentiment=1", "ask_max=-1", "guideline.gift=soon"]
        {
            let error = Changes::read(&[wrong.to_owned()]).unwrap_err().to_string();
            assert!(error.contains(wrong) && error.contains("RULE.INTENT=VALUE"), "{error}");
        }
    }
}
