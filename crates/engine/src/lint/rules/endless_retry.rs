//! Trying again without an end in sight.

use super::{Process, Report, Rule};
use crate::ast::TaskBody;
use crate::limits::ATTEMPTS_MAX;
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "endless-retry",
    severity: Severity::Warning,
    what: "A retry policy has no limit, in attempts or in time.",
    remedy: "Add 'limit: { attempt: { count: … } }' or 'limit: { duration: … }'.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for place in process.places() {
        if let TaskBody::Try(guarded) = &place.task.body
            && let Some(retry) = &guarded.retry
            && retry.attempts_max.is_none()
            && retry.total_limit.is_none()
        {
            let message =
                format!("'{}' tries again without a limit of its own ({ATTEMPTS_MAX} times)", place.task.name);
            report.at(place.at(), message);
        }
    }
}
