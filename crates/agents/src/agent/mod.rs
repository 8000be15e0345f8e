//! One agent as its file defines it: what it is for, how it speaks, what it may cost, and what it follows.

mod guidelines;
mod never;
mod tools;

pub use guidelines::{Guideline, Seen, Then, When, contradictions, followed, holding};
pub use never::said;
pub(crate) use tools::{FINISH, PASS};
pub use tools::{ToolSpec, Wants};

use crate::model::{Bounds, ModelConfig, TurnMoney};
use crate::triggers::{Escalation, Limits};
use baton_base::{AgentName, ArticleId, Finding};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most models that stand in for the first one.
const FALLBACKS_MAX: usize = 3;
/// Longest time that models may take with one message, seconds.
const MODEL_SECONDS_MAX: u32 = 60;
/// Fewest tokens that a limit may give a goal: less than one exchange needs would be none.
const TURN_TOKENS_MIN: u32 = 1_000;
/// Most agents to which one hands cases by itself.
const DELEGATES_MAX: usize = 16;
/// Most messages that a model may read along with in 24 hours.
const SHADOW_A_DAY_MAX: u32 = 10_000;

/// One agent definition.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSpec {
    /// Name by which processes call it.
    pub name: AgentName,
    /// What people read.
    pub title: String,
    /// What it is for; the instructions a model gets.
    pub role: String,
    /// How it speaks.
    #[serde(default)]
    pub tone: String,
    /// Its own model; otherwise the client's, if any.
    #[serde(default)]
    pub model: Option<ModelConfig>,
    /// Models that are asked in this order where the one before fails; language is read locally where all do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<ModelConfig>,
    /// Seconds that models, all of them together, may take with one message.
    #[serde(default = "model_seconds")]
    pub model_seconds: u32,
    /// Customer messages it takes in one conversation goal before a person goes on.
    #[serde(default = "turn_budget")]
    pub turn_budget: u32,
    /// Money that models may cost in one such goal, such as `0.05 USD`; beyond it language is read locally.
    #[serde(default)]
    pub turn_money: Option<TurnMoney>,
    /// Tokens that models may read and write in one such goal; beyond it language is read locally.
    #[serde(default)]
    pub turn_tokens: Option<u32>,
    /// Where it is sure enough.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// When it passes the case on.
    #[serde(default)]
    pub escalation: Escalation,
    /// What it does besides, where something holds of a message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guidelines: Vec<Guideline>,
    /// Words and phrases that it never says: what holds one is not sent, and a person goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
    /// Languages in which it converses, such as `en`; without any, in all for which there are templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Ids of the articles that it answers from; without any, from all that customers may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge: Vec<ArticleId>,
    /// Whether a model words what an article says to a question.
    #[serde(default)]
    pub answers: ByModel,
    /// How it reads along while a person has the case.
    #[serde(default)]
    pub shadow: Shadowing,
    /// Agents to which it hands a case by itself, once the need is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegates_to: Vec<AgentName>,
    /// Intents that it takes over from agents that delegate to it; without any, those with which a model hands it a case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<String>,
    /// Actions of the catalogue that its model may call in a goal `act`, each with its limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolSpec>,
    /// Most calls of all of them in one such goal; beyond it a person goes on.
    #[serde(default = "tools::calls_of_a_goal")]
    pub tool_calls_max: u32,
}

/// How it reads along while a person has a case that was its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shadowing {
    /// With its model too, where there is one.
    pub model: bool,
    /// Most messages that its model reads so in 24 hours.
    pub a_day: u32,
}

impl Default for Shadowing {
    fn default() -> Self {
        Self { model: false, a_day: 100 }
    }
}

/// What a model does for an agent beside reading messages: nothing, unless its file says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ByModel {
    /// A model does it, where there is one.
    pub model: bool,
}

fn turn_budget() -> u32 {
    24
}

fn model_seconds() -> u32 {
    20
}

/// Probabilities from which an agent acts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Of an intent, where the intent has no threshold of its own.
    pub intent: f32,
    /// Share of a question's meaning that an article must speak of.
    pub answer: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { intent: 0.5, answer: 0.55 }
    }
}

/// What of the rest of a release an agent's file is checked against.
pub(crate) struct Around<'a> {
    /// Whether there is such an intent.
    pub intent: &'a dyn Fn(&str) -> bool,
    /// Whether there is such an agent.
    pub agent: &'a dyn Fn(&str) -> bool,
    /// Keys of all templates; `None` where they are not known.
    pub templates: Option<&'a BTreeSet<String>>,
}

impl AgentSpec {
    /// The parameters of its triggers for an intent, or for the time before there is one.
    pub fn limits(&self, intent: Option<&str>) -> Limits {
        self.escalation.limits(self.turn_budget, intent)
    }

    /// What models may take in one of its goals.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { money: self.turn_money, tokens: self.turn_tokens }
    }

    /// Whether it converses in a language, given by its tag.
    pub fn speaks(&self, language: &str) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|one| base(one) == base(language))
    }

    /// Whether it serves a need with which another agent hands it a case.
    pub fn serves(&self, intent: &str) -> bool {
        self.takes.is_empty() || self.takes.iter().any(|one| one == intent)
    }

    /// What is wrong with its file by itself: what must be mended before the rest of the release can be looked at.
    pub(crate) fn check(&self, path: &str, stem: &str, findings: &mut Vec<Finding>) {
        let mut refuse =
            |rule: &str, message: String, remedy: &str| findings.push(Finding::error(path, rule, message, remedy));
        if self.name.as_str() != stem {
            refuse(
                "agent-name",
                format!("the agent is named '{}', its file '{stem}'", self.name),
                "make both the same",
            );
        }
        if !(0.0..=1.0).contains(&self.thresholds.intent) || !(0.0..=1.0).contains(&self.thresholds.answer) {
            refuse("threshold", "a threshold is not a probability".into(), "give numbers from 0 to 1");
        }
        if !(1..=200).contains(&self.turn_budget) {
            refuse("turn-budget", format!("turn_budget is {}", self.turn_budget), "give 1 to 200");
        }
        if self.fallbacks.len() > FALLBACKS_MAX {
            refuse("fallbacks", format!("{} fallbacks", self.fallbacks.len()), "name at most 3");
        }
        if !(1..=MODEL_SECONDS_MAX).contains(&self.model_seconds) {
            refuse("model-seconds", format!("model_seconds is {}", self.model_seconds), "give 1 to 60");
        }
        if self.turn_tokens.is_some_and(|tokens| tokens < TURN_TOKENS_MIN) {
            refuse("turn-tokens", "turn_tokens is less than one exchange needs".into(), "give 1000 or more");
        }
        if !(1..=SHADOW_A_DAY_MAX).contains(&self.shadow.a_day) {
            refuse("shadow", format!("shadow reads {} messages a day", self.shadow.a_day), "give a_day 1 to 10000");
        }
        for (message, remedy) in self.model.iter().chain(&self.fallbacks).filter_map(ModelConfig::refused_in_file) {
            findings.push(Finding::error(path, "model", message, remedy));
        }
        self.check_money(path, findings);
        tools::check(path, self, findings);
        never::check(path, &self.never, findings);
    }

    /// Of a model of the installation nothing is known here: there the server says it, and asks no model without a price.
    fn check_money(&self, path: &str, findings: &mut Vec<Finding>) {
        let Some(TurnMoney(limit)) = self.turn_money else { return };
        let mut refuse =
            |message: String, remedy: &str| findings.push(Finding::error(path, "turn-money", message, remedy));
        for model in self.model.iter().chain(&self.fallbacks) {
            match model.price {
                None => {
                    let message = format!("turn_money is {limit}, and the model '{}' has no price", model.model);
                    refuse(message, "add price: { input, output, currency } to the model, or take turn_money out");
                }
                Some(price) if price.currency != limit.currency => {
                    let message = format!("turn_money is {limit}, and the model is paid in {}", price.currency);
                    refuse(message, "give both in one currency");
                }
                Some(_) => {}
            }
        }
    }

    /// What is wrong with what it names of the rest of the release.
    pub(crate) fn check_around(&self, path: &str, around: &Around<'_>, findings: &mut Vec<Finding>) {
        self.escalation.check(path, around.intent, findings);
        guidelines::check(path, &self.guidelines, around, findings);
        self.check_delegation(path, around, findings);
        tools::check_templates(path, &self.tools, around, findings);
    }

    fn check_delegation(&self, path: &str, around: &Around<'_>, findings: &mut Vec<Finding>) {
        let mut refuse =
            |rule: &str, message: String, remedy: &str| findings.push(Finding::error(path, rule, message, remedy));
        if self.delegates_to.len() > DELEGATES_MAX {
            refuse("delegates-to", format!("delegates to {} agents", self.delegates_to.len()), "name at most 16");
        }
        let mut named = BTreeSet::new();
        for other in &self.delegates_to {
            if *other == self.name {
                refuse("delegates-to", "it delegates to itself".into(), "name other agents");
            } else if !(around.agent)(other.as_str()) {
                refuse("delegates-to", format!("there is no agent '{other}'"), "name an agent of this release");
            } else if !named.insert(other) {
                refuse("delegates-to", format!("'{other}' is named twice"), "name it once");
            }
        }
        for intent in self.takes.iter().filter(|intent| !(around.intent)(intent)) {
            refuse("takes", format!("there is no intent '{intent}'"), "name an intent of this release");
        }
    }
}

/// `de` of `de-CH`.
pub(crate) fn base(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(language)
}
