//! What happened, as rooms tell it to the ledger and to each other.

use crate::{CaseId, ClientId, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that happened. The ledger adds the actor, the time and the entry id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Whose it is.
    pub client: ClientId,
    /// Dotted name, past tense: `case.opened`, `effect.finished`, `work_item.claimed`.
    pub kind: String,
    /// Id of what it is about, such as a work item or an effect.
    pub subject: String,
    /// The case it belongs to, if any.
    pub case: Option<CaseId>,
    /// The run it belongs to, if any.
    pub run: Option<RunId>,
    /// Facts of the event; no personal data in clear beyond what the room's own table holds.
    pub data: Value,
}

impl Event {
    /// An event about `subject`.
    pub fn new(client: &ClientId, kind: &str, subject: impl ToString) -> Self {
        Self {
            client: client.clone(),
            kind: kind.to_owned(),
            subject: subject.to_string(),
            case: None,
            run: None,
            data: Value::Null,
        }
    }
    /// The same, belonging to a case.
    #[must_use]
    pub fn in_case(mut self, case: &CaseId) -> Self {
        self.case = Some(case.clone());
        self
    }
    /// The same, belonging to a run.
    #[must_use]
    pub fn in_run(mut self, run: &RunId) -> Self {
        self.run = Some(run.clone());
        self
    }
    /// The same, with facts.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}
