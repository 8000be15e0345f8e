//! A call whose failure ends the run.

use super::{Place, Process, Report, Rule};
use crate::ast::{Call, CallTarget, RunChild, TaskBody};
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "uncaught-call",
    severity: Severity::Warning,
    what: "A call, or a child run that is waited for, stands in no 'try': if it fails, the run fails and a person is asked.",
    remedy: "Put it into a 'try' whose catch tries again, or brings the case to a good end.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for place in process.places().iter().filter(|place| place.tries.is_empty()) {
        if let Some(what) = what_fails(place) {
            report.at(place.at(), format!("nothing catches a failure of '{}' ({what})", place.task.name));
        }
    }
}

fn what_fails(place: &Place<'_>) -> Option<String> {
    match &place.task.body {
        TaskBody::Call(Call { target, .. }) => match target {
            CallTarget::Http => Some("http".to_owned()),
            CallTarget::OpenApi => Some("openapi".to_owned()),
            CallTarget::Mcp => Some("mcp".to_owned()),
            CallTarget::A2a => Some("a2a".to_owned()),
            CallTarget::Platform(name) => Some(name.clone()),
            // What the function does is looked at in its place.
            CallTarget::Own(_) => None,
        },
        TaskBody::Run(RunChild { wait: true, name, .. }) => Some(format!("process {name}")),
        _ => None,
    }
}
