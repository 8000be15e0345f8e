//! A process that begins its own next run.

use super::{Process, Report, Rule};
use crate::ast::{EventFilter, Strategy, TaskBody, Template};
use baton_base::Severity;
use serde_json::Value;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "own-event",
    severity: Severity::Warning,
    what: "A process is begun by an event that it emits itself: each of its runs begins the next, without end.",
    remedy: "Emit an event of another type, or let 'schedule.on' ask for more than the type.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    let Some(on) = process.parsed.schedule.as_ref().and_then(|schedule| schedule.on.as_ref()) else { return };
    for place in process.places() {
        if let TaskBody::Emit(event) = &place.task.body
            && let Some(kind) = type_of(event).filter(|kind| begins(on, kind))
        {
            report.at(place.at(), format!("'{}' emits '{kind}', which begins a run of this process", place.task.name));
        }
    }
}

/// Whether an event of this type begins a run, whatever else it says.
fn begins(on: &Strategy, kind: &str) -> bool {
    match on {
        Strategy::Any { filters, .. } => filters.is_empty() || filters.iter().any(|filter| takes_all(filter, kind)),
        Strategy::One(filter) => takes_all(filter, kind),
        // The others must come from elsewhere.
        Strategy::All(filters) => matches!(filters.as_slice(), [only] if takes_all(only, kind)),
    }
}

/// Whether a filter asks for this type and for nothing else.
fn takes_all(filter: &EventFilter, kind: &str) -> bool {
    let is_type = |(name, wanted): &(String, Template)| name == "type" && text(wanted) == Some(kind);
    filter.correlate.is_empty() && matches!(filter.with.as_slice(), [only] if is_type(only))
}

/// The type of an event, where it is written as it is.
fn type_of(event: &Template) -> Option<&str> {
    match event {
        Template::Literal(event) => event.get("type").and_then(Value::as_str),
        Template::Object(parts) => parts.iter().find(|(name, _)| name == "type").and_then(|(_, part)| text(part)),
        Template::Expr(_) | Template::Array(_) => None,
    }
}

fn text(part: &Template) -> Option<&str> {
    match part {
        Template::Literal(value) => value.as_str(),
        Template::Expr(_) | Template::Object(_) | Template::Array(_) => None,
    }
}
