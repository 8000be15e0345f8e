//! A wait for events that may never end.

use super::{Process, Report, Rule};
use crate::ast::TaskBody;
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "no-timeout",
    severity: Severity::Warning,
    what: "A listen waits without a timeout, its own or of what surrounds it: if the events never come, nobody notices.",
    remedy: "Add a 'timeout' to the task, to one around it, or to the process.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for place in process.places() {
        let timed = place.timed || place.task.timeout.is_some();
        if matches!(place.task.body, TaskBody::Listen(_)) && !timed {
            report.at(place.at(), format!("'{}' may wait for ever", place.task.name));
        }
    }
}
