//! Platform functions of this room: `human-task`, `approval`, `escalate` and `handoff`.

mod approval;
mod args;
mod escalate;
mod handoff;
mod human_task;

pub use approval::Approval;
pub use escalate::Escalate;
pub use handoff::{AgentHandoff, Knows, Side};
pub use human_task::HumanTask;

use crate::actions::complete::{RESOLVED, RETURN};
use crate::{DecisionSpec, Form};
use serde_json::{Map, json};

/// What a person who took a case over decides: it is resolved, or goes back to the AI with an instruction.
pub(crate) fn takeover_form(returnable: bool) -> Form {
    let mut resolved = DecisionSpec::new(RESOLVED, "Resolved", "d", &["outcome"]);
    resolved.primary = true;
    let mut decisions = vec![resolved];
    if returnable {
        decisions.push(DecisionSpec::new(RETURN, "Return to AI", "a", &["instruction"]));
    }
    let schema = json!({"type": "object", "properties": {
        "outcome": {"type": "string", "title": "Outcome", "maxLength": 100},
        "instruction": {"type": "string", "title": "Instruction for the AI", "maxLength": 2000},
    }});
    Form { decisions, schema, values: Map::new() }
}
