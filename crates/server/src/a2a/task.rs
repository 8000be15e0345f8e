//! A task as the protocol shows it.

use crate::mcp::at;
use baton_cases::outside::{TaskRow, TaskState};
use baton_cases::{CaseState, MessageRow};
use serde_json::{Value, json};

/// Names of the states on the wire.
pub(super) const STATES: [(&str, TaskState); 6] = [
    ("TASK_STATE_WORKING", TaskState::Working),
    ("TASK_STATE_INPUT_REQUIRED", TaskState::InputRequired),
    ("TASK_STATE_COMPLETED", TaskState::Completed),
    ("TASK_STATE_CANCELED", TaskState::Canceled),
    ("TASK_STATE_FAILED", TaskState::Failed),
    ("TASK_STATE_REJECTED", TaskState::Rejected),
];

fn name(state: TaskState) -> &'static str {
    STATES.iter().find(|(_, known)| *known == state).map_or("TASK_STATE_UNSPECIFIED", |(name, _)| name)
}

/// A task with its messages, each with its sender's id.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub row: TaskRow,
    pub words: Vec<(String, MessageRow)>,
}

impl Seen {
    pub fn id(&self) -> &str {
        self.row.row.id.as_str()
    }

    /// The number of the last message.
    pub fn last_seq(&self) -> i64 {
        self.words.last().map_or(0, |(_, message)| message.seq)
    }

    /// The task as it stands now, with what was said in it since.
    pub fn goes_on(&mut self, row: TaskRow, since: Vec<(String, MessageRow)>) {
        self.row = row;
        self.words.extend(since);
    }

    /// Lets go of all messages but the last, which its status is told with.
    pub fn told(&mut self) {
        self.words.drain(..self.words.len().saturating_sub(1));
    }

    /// The whole task, as far as its messages are here. `history` limits them; without it all are told.
    pub fn whole(&self, history: Option<usize>, artifacts: bool) -> Value {
        let row = &self.row.row;
        let mut task = json!({"id": self.id(), "contextId": self.row.context, "status": self.status(),
            "metadata": self.facts()});
        if artifacts {
            task["artifacts"] = self.replies(0).map(|(id, message)| artifact(id, message)).collect();
        }
        let from = history.map_or(0, |most| self.words.len().saturating_sub(most));
        let shown: Vec<Value> = self.words.iter().skip(from).map(|(id, message)| self.message(id, message)).collect();
        if !shown.is_empty() {
            task["history"] = json!(shown);
        }
        debug_assert!(row.message_count >= self.last_seq(), "messages are counted");
        task
    }

    /// The status; with the last reply where it is for the caller to answer or to read.
    pub fn status(&self) -> Value {
        let mut status = json!({"state": name(self.row.state), "timestamp": at(self.row.row.changed_ms)});
        if let Some((id, message)) = self.words.last()
            && message.author.kind != "customer"
        {
            status["message"] = self.message(id, message);
        }
        status
    }

    fn facts(&self) -> Value {
        let row = &self.row.row;
        let mut facts = json!({"baton/case": row.number});
        if let Some(outcome) = &row.outcome {
            facts["baton/outcome"] = json!(outcome);
        }
        if row.state == CaseState::WithPerson {
            facts["baton/withPerson"] = json!(true);
        }
        facts
    }

    /// What Baton has said after a message.
    pub fn replies(&self, after_seq: i64) -> impl Iterator<Item = (&str, &MessageRow)> {
        let said = self.words.iter().filter(move |(_, message)| message.seq > after_seq);
        said.filter(|(_, message)| message.author.kind != "customer").map(|(id, message)| (id.as_str(), message))
    }

    fn message(&self, id: &str, message: &MessageRow) -> Value {
        let role = if message.author.kind == "customer" { "ROLE_USER" } else { "ROLE_AGENT" };
        json!({"messageId": id, "contextId": self.row.context, "taskId": self.id(), "role": role,
            "parts": [part(message)]})
    }

    /// That a status has changed.
    pub fn status_update(&self) -> Value {
        json!({"statusUpdate": {"taskId": self.id(), "contextId": self.row.context, "status": self.status(),
            "metadata": self.facts()}})
    }

    /// That a reply has come.
    pub fn artifact_update(&self, id: &str, message: &MessageRow) -> Value {
        json!({"artifactUpdate": {"taskId": self.id(), "contextId": self.row.context, "artifact": artifact(id, message),
            "append": false, "lastChunk": true}})
    }
}

/// A reply as what the task has brought forth.
fn artifact(id: &str, message: &MessageRow) -> Value {
    let mut artifact = json!({"artifactId": id, "name": "reply", "parts": [part(message)]});
    let mut facts = json!({"baton/author": message.author.kind});
    if !message.sources.is_empty() {
        facts["baton/sources"] = json!(message.sources);
    }
    artifact["metadata"] = facts;
    artifact
}

fn part(message: &MessageRow) -> Value {
    json!({"text": message.text, "mediaType": "text/plain"})
}
