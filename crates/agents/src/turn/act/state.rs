//! How far a model that calls actions has come: what is kept between two steps, so that each is taken once.

use crate::model::{Spoken, ToolCall};
use crate::turn::scene::Answer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is told of calls that were not made because the customer has the next word.
const LEFT: &str = "Not called: the customer has written meanwhile.";
/// Longest conversation with a model, bytes; what is longer goes to a person.
const TALK_BYTES_MAX: usize = 64 * 1024;
/// Replies in a row that are left because the customer wrote again; the next is taken, and what comes meanwhile is heard after it.
const LEFT_MAX: u32 = 3;

/// What happens next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// The next of the open calls is looked at; where there is none, the model is asked.
    #[default]
    Next,
    /// The first of the open calls is under way.
    Call {
        /// What the function `action` wants to remember of it.
        memo: Value,
    },
    /// The customer is asked for a yes to the first of the open calls.
    Confirm,
    /// The customer has the next word.
    Customer,
}

/// How far it has come. Stored; new keys have defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::turn) struct Act {
    pub(super) phase: Phase,
    /// Language of the conversation.
    pub(super) language: String,
    /// What was said in the case before the goal began.
    pub(super) before: String,
    /// The conversation with the model.
    pub(super) talk: Vec<Spoken>,
    /// Calls of its last reply that nothing was told of yet.
    pub(super) open: Vec<ToolCall>,
    /// Steps of this call so far: the number of the action that is under way.
    pub(super) step: u32,
    /// Calls that it has asked for, whatever came of them.
    pub(super) calls: u32,
    /// The same by action.
    pub(super) by_action: BTreeMap<String, u32>,
    /// Replies in a row with calls that did not fit.
    pub(super) faulty: u32,
    /// The last reply has one.
    pub(super) is_faulty: bool,
    /// Texts in a row that could not be sent.
    pub(super) unfit: u32,
    /// Replies in a row of which nothing was done, because the customer had written again.
    pub(super) left: u32,
    /// Calls of systems that could not be reached.
    pub(super) failures: u32,
    /// One of them was the last thing that happened.
    pub(super) away: bool,
    /// Sections of articles that it was given, in the order of their marks.
    pub(super) given: Vec<Answer>,
    /// Actions that were carried out.
    pub(super) done: Vec<String>,
    /// Why a person goes on: the trigger, and the reason in words.
    pub(super) person: Option<(String, String)>,
}

impl Act {
    /// Whether an action is under way, so that what wakes the turn is for it.
    pub(in crate::turn) fn calls_now(&self) -> bool {
        matches!(self.phase, Phase::Call { .. })
    }

    /// A person has answered the customer: what was about to be called is not.
    pub(in crate::turn) fn answered_by_a_person(&mut self) {
        self.close("Not called: a colleague has answered the customer meanwhile.");
        self.phase = Phase::Customer;
    }

    /// Leaves a reply of the model: the customer, who has written again, is heard first. False where too many were left.
    pub(super) fn leave(&mut self) -> bool {
        let may = self.left < LEFT_MAX;
        if may {
            self.left += 1;
            self.phase = Phase::Customer;
        }
        may
    }

    /// Whether nothing is to be done before the model is asked.
    pub(super) fn asks(&self) -> bool {
        let free = self.phase == Phase::Next && self.open.is_empty() && self.person.is_none();
        free && !self.away && !self.is_too_long()
    }

    /// Whether its last reply asks for one call and no other.
    pub(super) fn is_alone(&self) -> bool {
        let last = |one: &Spoken| match one {
            Spoken::Model { calls, .. } => Some(calls.len() == 1),
            Spoken::User { .. } | Spoken::Note { .. } | Spoken::Result { .. } => None,
        };
        self.talk.iter().rev().find_map(last).unwrap_or_default()
    }

    /// Whether calls of its last reply are left to be looked at, and no person goes on instead.
    pub(super) fn has_more(&self) -> bool {
        !self.open.is_empty() && self.person.is_none()
    }

    /// Tells the model what came of the first of the open calls.
    pub(super) fn answer(&mut self, text: &str, done: bool) {
        if !self.open.is_empty() {
            let call = self.open.remove(0);
            self.talk.push(Spoken::Result { call: call.id, text: text.to_owned(), done });
        }
    }

    /// Tells it of all open calls that they are not made: each call has a result before anybody else speaks.
    pub(super) fn close(&mut self, why: &str) {
        while !self.open.is_empty() {
            self.answer(why, false);
        }
    }

    /// Takes in what the customer wrote.
    pub(super) fn hear(&mut self, message: String) {
        self.close(LEFT);
        self.talk.push(Spoken::User { text: message });
        self.phase = Phase::Next;
    }

    /// Whether the conversation is longer than a model is shown.
    pub(super) fn is_too_long(&self) -> bool {
        let bytes = |one: &Spoken| match one {
            Spoken::User { text } | Spoken::Note { text } | Spoken::Result { text, .. } => text.len(),
            Spoken::Model { text, calls } => text.len() + calls.iter().map(|call| call.args.len()).sum::<usize>(),
        };
        self.talk.iter().map(bytes).sum::<usize>() > TALK_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str) -> ToolCall {
        ToolCall { id: id.into(), name: "look".into(), args: "{}".into() }
    }

    #[test]
    fn every_call_has_a_result_before_the_customer_is_heard() {
        let mut act = Act { open: vec![call("a"), call("b")], ..Act::default() };
        act.answer("sent", true);
        act.hear("stop".into());
        let results: Vec<_> = act.talk.iter().map(|one| matches!(one, Spoken::Result { done: true, .. })).collect();
        assert_eq!(results, [true, false, false]);
        assert_eq!(act.talk[1], Spoken::Result { call: "b".into(), text: LEFT.into(), done: false });
        assert!(act.open.is_empty() && act.phase == Phase::Next);
    }

    #[test]
    fn what_is_kept_is_read_again_and_a_long_conversation_is_seen() {
        let memo = serde_json::json!({"approval": "wi_1"});
        let mut act = Act { phase: Phase::Call { memo }, open: vec![call("a")], ..Act::default() };
        let read: Act = serde_json::from_value(serde_json::to_value(&act).unwrap()).unwrap();
        assert_eq!(read, act);
        assert!(read.calls_now() && !read.is_too_long());
        act.hear("x".repeat(TALK_BYTES_MAX));
        assert!(act.is_too_long());
    }
}
