//! A schedule that begins runs faster than anybody looks.

use super::{Process, Report, Rule};
use baton_base::Severity;

/// Shortest reasonable time between runs, milliseconds.
const EVERY_MS_MIN: i64 = 60_000;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "schedule-often",
    severity: Severity::Warning,
    what: "A schedule begins runs more often than every minute.",
    remedy: "Begin runs by an event ('on'), or less often.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    let Some(schedule) = &process.parsed.schedule else { return };
    for (key, ms) in [("every", schedule.every_ms), ("after", schedule.after_ms)] {
        if let Some(ms) = ms.filter(|ms| *ms < EVERY_MS_MIN) {
            report.at(schedule.at, format!("'schedule.{key}' begins a run after only {} s", ms / 1_000));
        }
    }
}
