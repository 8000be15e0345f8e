//! Work for a person who may never come to it.

use super::places::{FOR_PEOPLE, platform};
use super::{Process, Report, Rule};
use crate::ast::TryCatch;
use crate::error::{ErrorDoc, ErrorKind, same_type};
use baton_base::Severity;
use serde_json::Value;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "human-task",
    severity: Severity::Warning,
    what: "A task waits for a person without a timeout, or with one that nothing catches.",
    remedy: "Add a 'timeout', and a 'try' around the task whose catch passes the work on.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for place in process.places() {
        if !platform(place.task).is_some_and(|name| FOR_PEOPLE.contains(&name)) {
            continue;
        }
        let name = &place.task.name;
        if place.task.timeout.is_none() {
            report.at(place.at(), format!("'{name}' waits for a person without a timeout"));
        } else if !place.tries.iter().any(|guard| catches_timeouts(guard)) {
            let message = format!("nothing catches the timeout of '{name}': if no person comes to it, the run fails");
            report.at(place.at(), message);
        }
    }
}

fn catches_timeouts(guard: &TryCatch) -> bool {
    let timeout = ErrorDoc::standard(ErrorKind::Timeout, "");
    guard.with.iter().all(|(key, value)| match (key.as_str(), value) {
        ("type", Value::String(kind)) => same_type(kind, &timeout.kind),
        ("status", value) => value.as_u64() == Some(u64::from(timeout.status)),
        _ => true,
    })
}
