//! What a process asks of an agent, and what a turn remembers between messages.

use super::act::Act;
use super::words::Wording;
use baton_base::{Error, MessageId, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What an agent is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// Find out what the customer needs.
    Understand,
    /// Ask for fields until they are known.
    Collect,
    /// Get a clear yes or no to one set of arguments.
    Confirm,
    /// Say something.
    Answer,
    /// Reach it by a model that calls actions.
    Act,
    /// Read fields from a text, without a conversation.
    Extract,
}

/// Arguments of `agent-turn`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Args {
    pub agent: String,
    pub goal: Goal,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub message_id: Option<MessageId>,
    #[serde(default)]
    pub follow_up: Option<bool>,
    #[serde(default)]
    pub template: Option<String>,
    #[serde(default)]
    pub data: Value,
    #[serde(default)]
    pub intent: Option<String>,
    #[serde(default)]
    pub fields: Option<Map<String, Value>>,
    #[serde(default)]
    pub known: Option<Map<String, Value>>,
    #[serde(default)]
    pub action: Option<String>,
    #[serde(default)]
    pub args: Value,
    #[serde(default)]
    pub language: Option<String>,
    /// Calls of connected systems that failed in this case so far.
    #[serde(default)]
    pub failures: Option<u32>,
}

impl Goal {
    /// Whether it talks with the customer, which a stop forbids; words that a process wrote itself may still be sent.
    pub(super) fn converses(self) -> bool {
        matches!(self, Self::Understand | Self::Collect | Self::Confirm | Self::Act)
    }

    /// As processes write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Understand => "understand",
            Self::Collect => "collect",
            Self::Confirm => "confirm",
            Self::Answer => "answer",
            Self::Act => "act",
            Self::Extract => "extract",
        }
    }
}

impl Args {
    pub(super) fn read(value: &Value) -> Result<Self> {
        Self::deserialize(value)
            .map_err(|e| Error::invalid_at("with", "the arguments of 'agent-turn' are not valid", e.to_string()))
    }

    /// The goal is taken by whom it was handed to, where it was.
    pub(super) fn taken_by(&mut self, memo: &Memo) {
        if let Some(agent) = &memo.agent {
            self.agent.clone_from(agent);
        }
    }

    pub(super) fn needed<'a>(&self, name: &str, value: Option<&'a String>) -> Result<&'a String> {
        value.ok_or_else(|| {
            let title = format!("'agent-turn' needs '{name}' for this goal");
            Error::invalid_at(format!("with/{name}"), title, "add it to the task")
        })
    }
}

/// A message of the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Heard {
    pub text: String,
    pub message_id: Option<MessageId>,
}

/// What a turn remembers between messages. Stored; new keys have defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memo {
    /// The agent that takes the goal, where it is not the one that the process names.
    pub agent: Option<String>,
    /// Values found so far.
    pub fields: Map<String, Value>,
    /// Times each field was asked for; `""` counts how often the need itself was asked.
    pub asked: BTreeMap<String, u32>,
    /// The field that was asked for last.
    pub waiting: Option<String>,
    /// Ids that a list was narrowed to, because the answer fitted several.
    pub narrowed: BTreeMap<String, Vec<String>>,
    /// Customer messages taken.
    pub turns: u32,
    /// Messages sent.
    pub said: u32,
    /// What the customer has said of the need.
    pub need: String,
    /// The last message taken.
    pub message_id: Option<MessageId>,
    /// The message in which consent was asked for, by its number in the case.
    pub question_seq: i64,
    /// A question was answered from an article.
    pub answered: bool,
    /// The message that a model is asked about, whose reading was broken off, or that waits until AI may go on.
    pub hearing: Option<Heard>,
    /// Times that its reading was broken off because the customer wrote again.
    pub broken_off: u32,
    /// The answer that a model is to word.
    pub wording: Option<Wording>,
    /// AI may not go on: the turn waits until it may.
    pub parked: bool,
    /// What models have cost in this turn where its agent has a limit, 10^-12 of the limit's currency.
    pub spent_pico: i64,
    /// What models have read and written in this turn where its agent has a limit, tokens.
    pub spent_tokens: i64,
    /// Names of the guidelines that were followed.
    pub followed: BTreeSet<String>,
    /// How far a model that calls actions has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acting: Option<Box<Act>>,
}

impl Memo {
    pub(super) fn read(value: &Value) -> Result<Self> {
        Self::deserialize(value).map_err(Error::broken)
    }

    pub(super) fn stored(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(Error::broken)
    }

    /// Counts one more question for a field; the count before.
    pub(super) fn count_ask(&mut self, field: &str) -> u32 {
        let count = self.asked.entry(field.to_owned()).or_default();
        *count += 1;
        *count - 1
    }
}
