//! A switch through which a case can fall unseen.

use super::{Process, Report, Rule};
use crate::ast::TaskBody;
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "switch-default",
    severity: Severity::Warning,
    what: "A switch has no default: data that fits no case goes on as if nothing was asked.",
    remedy: "Add a last case without 'when', so that no case falls through unseen.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for place in process.places() {
        if let TaskBody::Switch(cases) = &place.task.body
            && cases.iter().all(|case| case.when.is_some())
        {
            report.at(place.at(), format!("switch '{}' has no default case", place.task.name));
        }
    }
}
