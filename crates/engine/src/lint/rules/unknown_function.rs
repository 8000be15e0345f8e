//! A call of a function that there is not.

use super::places::platform;
use super::{Process, Report, Rule};
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "unknown-function",
    severity: Severity::Error,
    what: "A task calls, or is undone by, a function that neither the platform nor the process has.",
    remedy: "Name a function of the platform, or define it under use.functions.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    if process.known.is_empty() {
        return;
    }
    let own = &process.parsed.uses.functions;
    for place in process.places() {
        let compensate = place.task.compensate.as_deref().filter(|name| !own.contains_key(*name));
        for name in platform(place.task).into_iter().chain(compensate) {
            if !process.known.contains(&name) {
                let message = format!("there is no function '{name}'");
                let remedy = format!("one of: {}; or define it under use.functions", process.known.join(", "));
                report.with_remedy(place.at(), message, remedy);
            }
        }
    }
}
