//! A secret put where it is kept, shown or sent on.

use super::places::reads;
use super::{Process, Report, Rule};
use crate::ast::{EventFilter, Mapping, Strategy, Task, TaskBody, Template, Until};
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "secret-leak",
    severity: Severity::Error,
    what: "An expression puts a secret into data that is kept with the run, shown to people or sent to others.",
    remedy: "Read $secrets only where a call signs in (authentication, headers), or in a condition.",
    check,
};

/// The variable that holds secrets.
pub(super) const SECRETS: [&str; 1] = ["secrets"];

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    if mapped(&process.parsed.output) {
        report.at((1, 1), "the process's output could hold a secret");
    }
    for place in process.places() {
        for what in leaks(place.task) {
            report.at(place.at(), format!("a secret could reach {what} of '{}'", place.task.name));
        }
    }
}

/// What of a task reads secrets and is kept, shown or sent.
fn leaks(task: &Task) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut note = |what, leaks: bool| {
        if leaks {
            found.push(what);
        }
    };
    note("the output", mapped(&task.output));
    note("the context", mapped(&task.export));
    match &task.body {
        TaskBody::Set(template) => note("the data", holds(template)),
        TaskBody::Emit(template) => note("the event", holds(template)),
        TaskBody::Raise(error) => {
            let parts = [Some(&error.kind), error.title.as_ref(), error.detail.as_ref(), error.instance.as_ref()];
            note("the error", parts.into_iter().flatten().any(holds));
        }
        TaskBody::Run(child) => note("the child run's input", child.input.as_ref().is_some_and(holds)),
        TaskBody::For(each) => {
            note("the items", each.items.vars().iter().any(|var| SECRETS.contains(&var.as_str())));
        }
        TaskBody::Listen(listen) => {
            note("the filter", filters(&listen.to).into_iter().any(filtered));
            let each = listen.foreach.as_ref();
            note("an item's output", each.is_some_and(|each| mapped(&each.output) || mapped(&each.export)));
        }
        _ => {}
    }
    found
}

fn holds(template: &Template) -> bool {
    reads(template, &SECRETS)
}

fn mapped(mapping: &Mapping) -> bool {
    mapping.map.as_ref().is_some_and(holds)
}

fn filtered(filter: &EventFilter) -> bool {
    let expected = filter.correlate.iter().filter_map(|correlation| correlation.expect.as_ref());
    filter.with.iter().map(|(_, template)| template).chain(expected).any(holds)
}

fn filters(strategy: &Strategy) -> Vec<&EventFilter> {
    match strategy {
        Strategy::One(filter) => vec![filter],
        Strategy::All(list) | Strategy::Any { filters: list, until: None | Some(Until::Condition(_)) } => {
            list.iter().collect()
        }
        Strategy::Any { filters: list, until: Some(Until::Events(until)) } => {
            list.iter().chain(filters(until)).collect()
        }
    }
}
