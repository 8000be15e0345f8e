//! A catch that makes errors disappear.

use super::{Process, Report, Rule};
use crate::ast::TaskBody;
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "empty-catch",
    severity: Severity::Warning,
    what: "A catch neither tries again nor does anything: the error disappears.",
    remedy: "Say under 'do' what becomes of the case, or try again with 'retry'.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for place in process.places() {
        if let TaskBody::Try(guarded) = &place.task.body
            && guarded.retry.is_none()
            && guarded.handler.as_ref().is_none_or(|list| list.tasks.is_empty())
        {
            report.at(place.at(), format!("errors in '{}' disappear", place.task.name));
        }
    }
}
