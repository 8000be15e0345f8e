//! When an agent passes a case to a person: named rules with parameters per agent and intent. Pure: what was seen and the
//! limits go in, the trigger and its reason come out.

pub mod replay;

use crate::entities::Signals;
use baton_base::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most messages a turn budget may allow.
const TURN_BUDGET_MAX: u32 = 200;

/// Why a case goes to a person. Its name stands on the handoff packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The customer asks for a person. It cannot be switched off.
    CustomerAsks,
    /// The customer may need special care.
    Vulnerable,
    /// Lawyers, courts, regulators; or a rule that leaves nothing to offer.
    Policy,
    /// The customer is angry.
    Sentiment,
    /// The conversation takes longer than the agent may.
    TurnBudget,
    /// The same was asked too often without an answer.
    Repeat,
    /// What is needed could not be recognised, or no article answers.
    LowConfidence,
    /// Connected systems failed too often.
    ToolFailure,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CustomerAsks,
        Self::Vulnerable,
        Self::Policy,
        Self::Sentiment,
        Self::TurnBudget,
        Self::Repeat,
        Self::LowConfidence,
        Self::ToolFailure,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerAsks => "customer_asks",
            Self::Vulnerable => "vulnerable",
            Self::Policy => "policy",
            Self::Sentiment => "sentiment",
            Self::TurnBudget => "turn_budget",
            Self::Repeat => "repeat",
            Self::LowConfidence => "low_confidence",
            Self::ToolFailure => "tool_failure",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.name() == name)
    }
}

/// A trigger with its reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Which rule.
    pub trigger: Trigger,
    /// What a person reads.
    pub reason: String,
}

fn cause(trigger: Trigger, reason: impl Into<String>) -> Option<Cause> {
    Some(Cause { trigger, reason: reason.into() })
}

/// Parameters of an agent's triggers, as its file gives them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Escalation {
    /// Times it asks what the customer means before `low_confidence`.
    pub clarify_max: u32,
    /// Fruitless questions for one field before `repeat`.
    pub ask_max: u32,
    /// Failed calls that a process reports before `tool_failure`.
    pub tool_failures_max: u32,
    /// Whether an angry customer goes to a person at once.
    pub sentiment: bool,
    /// Whether a customer who may need special care goes to a person at once.
    pub vulnerable: bool,
    /// Whether talk of lawyers and courts goes to a person at once.
    pub legal: bool,
    /// What differs for one intent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intents: BTreeMap<String, Overrides>,
}

impl Default for Escalation {
    fn default() -> Self {
        Self {
            clarify_max: 2,
            ask_max: 3,
            tool_failures_max: 2,
            sentiment: true,
            vulnerable: true,
            legal: true,
            intents: BTreeMap::new(),
        }
    }
}

/// What differs for one intent; what is left out is as for the agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// Probability from which the intent counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// As in `Escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clarify_max: Option<u32>,
    /// As in `Escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask_max: Option<u32>,
    /// As in `Escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_failures_max: Option<u32>,
    /// Customer messages in one goal before `turn_budget`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_budget: Option<u32>,
    /// As in `Escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<bool>,
    /// As in `Escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vulnerable: Option<bool>,
    /// As in `Escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal: Option<bool>,
}

/// The parameters that hold for one agent and one intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Times it may ask what is meant.
    pub clarify_max: u32,
    /// Times it may ask for one field.
    pub ask_max: u32,
    /// Failed calls it bears.
    pub tool_failures_max: u32,
    /// Customer messages in one goal.
    pub turn_budget: u32,
    /// Anger counts.
    pub sentiment: bool,
    /// Need of special care counts.
    pub vulnerable: bool,
    /// Talk of lawyers counts.
    pub legal: bool,
}

impl Escalation {
    /// The parameters for an intent, or for the time before there is one.
    pub fn limits(&self, turn_budget: u32, intent: Option<&str>) -> Limits {
        let over = intent.and_then(|id| self.intents.get(id)).copied().unwrap_or_default();
        Limits {
            clarify_max: over.clarify_max.unwrap_or(self.clarify_max),
            ask_max: over.ask_max.unwrap_or(self.ask_max),
            tool_failures_max: over.tool_failures_max.unwrap_or(self.tool_failures_max),
            turn_budget: over.turn_budget.unwrap_or(turn_budget),
            sentiment: over.sentiment.unwrap_or(self.sentiment),
            vulnerable: over.vulnerable.unwrap_or(self.vulnerable),
            legal: over.legal.unwrap_or(self.legal),
        }
    }

    /// What is wrong with the parameters in an agent's file.
    pub fn check(&self, path: &str, known: impl Fn(&str) -> bool, findings: &mut Vec<Finding>) {
        for (intent, over) in &self.intents {
            let mut refuse = |rule: &str, message: String, remedy: &str| {
                findings.push(Finding::error(path, rule, message, remedy));
            };
            if !known(intent) {
                let message = format!("the escalation of '{intent}' is set, and there is no such intent");
                refuse("escalation-intent", message, "name an intent of this blueprint, or take it out");
            }
            if over.threshold.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
                refuse("threshold", format!("the threshold of '{intent}' is not a probability"), "give 0 to 1");
            }
            if over.turn_budget.is_some_and(|n| !(1..=TURN_BUDGET_MAX).contains(&n)) {
                refuse("turn-budget", format!("the turn_budget of '{intent}' is out of range"), "give 1 to 200");
            }
        }
    }
}

/// What one message shows: its signals, and how many of the goal's messages it makes.
pub fn on_message(signals: &Signals, turns: u32, limits: &Limits) -> Option<Cause> {
    if signals.person {
        cause(Trigger::CustomerAsks, "the customer asks for a person")
    } else if signals.vulnerable && limits.vulnerable {
        cause(Trigger::Vulnerable, "the customer may need special care")
    } else if signals.legal && limits.legal {
        cause(Trigger::Policy, "the customer speaks of lawyers, courts or regulators")
    } else if signals.angry && limits.sentiment {
        cause(Trigger::Sentiment, "the customer is angry")
    } else if turns > limits.turn_budget {
        cause(Trigger::TurnBudget, "the conversation takes longer than this agent may")
    } else {
        None
    }
}

/// It is not clear what the customer needs, and it was asked `asked` times already.
pub fn on_unclear(asked: u32, limits: &Limits) -> Option<Cause> {
    let reason = "what the customer needs could not be recognised";
    (asked >= limits.clarify_max).then(|| cause(Trigger::LowConfidence, reason)).flatten()
}

/// A field is missing, and it was asked for `asked` times already.
pub fn on_no_answer(field: &str, asked: u32, limits: &Limits) -> Option<Cause> {
    let reason = || format!("'{field}' was asked for {asked} times without an answer");
    (asked >= limits.ask_max).then(|| cause(Trigger::Repeat, reason())).flatten()
}

/// A question of yes or no had neither for an answer, `asked` times already.
pub fn on_no_decision(asked: u32, limits: &Limits) -> Option<Cause> {
    let reason = "the customer gave neither a clear yes nor a clear no";
    (asked >= limits.ask_max).then(|| cause(Trigger::Repeat, reason)).flatten()
}

/// Calls of connected systems failed in this case.
pub fn on_failures(failures: u32, limits: &Limits) -> Option<Cause> {
    let reason = || format!("connected systems failed {failures} times");
    (failures > limits.tool_failures_max).then(|| cause(Trigger::ToolFailure, reason())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::signals;

    fn escalation(yaml: &str) -> Escalation {
        baton_base::Bundle::yaml("agents/a.yaml", yaml).unwrap()
    }

    #[test]
    fn each_rule_fires_at_its_limit_and_not_before() {
        let limits = Escalation::default().limits(3, None);
        let check = |text: &str, turns: u32, expected: Option<Trigger>| {
            assert_eq!(on_message(&signals(text), turns, &limits).map(|c| c.trigger), expected, "{text}");
        };
        check("can I talk to a human", 1, Some(Trigger::CustomerAsks));
        check("my husband died last week", 1, Some(Trigger::Vulnerable));
        check("I will see my lawyer about this", 1, Some(Trigger::Policy));
        check("this is a ridiculous scam", 1, Some(Trigger::Sentiment));
        check("the blue one", 3, None);
        check("the blue one", 4, Some(Trigger::TurnBudget));
        let fired = |cause: Option<Cause>| cause.map(|c| c.trigger);
        assert_eq!((on_unclear(1, &limits), fired(on_unclear(2, &limits))), (None, Some(Trigger::LowConfidence)));
        assert_eq!(
            (on_no_answer("zip", 2, &limits), fired(on_no_answer("zip", 3, &limits))),
            (None, Some(Trigger::Repeat))
        );
        assert_eq!((on_no_decision(2, &limits), fired(on_no_decision(3, &limits))), (None, Some(Trigger::Repeat)));
        assert_eq!((on_failures(2, &limits), fired(on_failures(3, &limits))), (None, Some(Trigger::ToolFailure)));
    }

    #[test]
    fn an_intent_has_its_own_parameters_and_a_wish_for_a_person_always_counts() {
        let all =
            escalation("{ clarify_max: 1, intents: { refund: { ask_max: 1, sentiment: false, turn_budget: 9 } } }");
        let refund = all.limits(24, Some("refund"));
        assert_eq!((refund.clarify_max, refund.ask_max, refund.turn_budget, refund.legal), (1, 1, 9, true));
        assert_eq!(on_message(&signals("this is a ridiculous scam"), 1, &refund), None);
        assert!(on_message(&signals("this is a ridiculous scam"), 1, &all.limits(24, Some("other"))).is_some());
        let off = escalation("{ sentiment: false, vulnerable: false, legal: false }").limits(24, None);
        assert_eq!(on_message(&signals("a human please"), 1, &off).unwrap().trigger, Trigger::CustomerAsks);
    }

    #[test]
    fn parameters_of_unknown_intents_and_impossible_numbers_are_found() {
        let mut findings = Vec::new();
        let all = escalation("{ intents: { refnd: {}, refund: { threshold: 1.5, turn_budget: 0 } } }");
        all.check("agents/a.yaml", |intent| intent == "refund", &mut findings);
        let rules: Vec<&str> = findings.iter().map(|f| f.rule.as_str()).collect();
        assert_eq!(rules, ["escalation-intent", "threshold", "turn-budget"]);
        assert!(Trigger::ALL.iter().all(|t| Trigger::named(t.name()) == Some(*t)));
    }
}
