//! A secret handed on as a task's input, from where it could reach an output.

use super::places::reads;
use super::secret_leak::SECRETS;
use super::{Process, Report, Rule};
use crate::ast::{Call, CallTarget, Mapping, Task, TaskBody};
use baton_base::Severity;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "secret-flow",
    severity: Severity::Warning,
    what: "A secret becomes part of a task's input or of a function's arguments, from where it could reach an output.",
    remedy: "Read $secrets where a call signs in, not before; or let a connector keep the secret.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    if mapped(&process.parsed.input) {
        report.at((1, 1), "the run's input holds a secret, which every task can read and pass on");
    }
    for place in process.places() {
        if let Some(how) = flows(place.task) {
            report.at(
                place.at(),
                format!("a secret is part of {how} of '{}' and could reach an output", place.task.name),
            );
        }
    }
}

/// Where a task takes in a secret that it may give out again.
fn flows(task: &Task) -> Option<&'static str> {
    match &task.body {
        TaskBody::Call(Call { target: CallTarget::Own(_) | CallTarget::Platform(_), with })
            if reads(with, &SECRETS) =>
        {
            Some("the arguments")
        }
        // A built-in call sends its input on only where its arguments say so; what it answers is its output.
        TaskBody::Call(_) => (mapped(&task.input) && gives_input(task)).then_some("the input"),
        _ => mapped(&task.input).then_some("the input"),
    }
}

fn gives_input(task: &Task) -> bool {
    let given = |mapping: &Mapping| mapping.map.as_ref().is_some_and(|map| reads(map, &["input"]));
    given(&task.output) || given(&task.export)
}

fn mapped(mapping: &Mapping) -> bool {
    mapping.map.as_ref().is_some_and(|map| reads(map, &SECRETS))
}
