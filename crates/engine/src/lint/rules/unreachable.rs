//! Tasks that no run can get to.

use super::{Process, Report, Rule};
use crate::ast::{Flow, Task, TaskBody, TaskList};
use baton_base::Severity;
use std::collections::BTreeSet;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "unreachable",
    severity: Severity::Warning,
    what: "No run can get to a task: all before it go elsewhere, or end.",
    remedy: "Remove the task, or let a 'then' lead to it.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for list in process.sequences() {
        let reachable = reachable(list);
        for (index, task) in list.tasks.iter().enumerate() {
            if !reachable.contains(&index) {
                report.at((task.line, task.column), format!("task '{}' cannot be reached", task.name));
            }
        }
    }
}

/// Indices of the tasks of a list that a run can get to.
fn reachable(list: &TaskList) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![0];
    while let Some(index) = open.pop() {
        let Some(task) = list.tasks.get(index) else { continue };
        if seen.insert(index) {
            open.extend(successors(list, index, task));
        }
    }
    seen
}

/// Indices of the tasks that can come after one; the end of the list is not among them.
pub(super) fn successors(list: &TaskList, index: usize, task: &Task) -> Vec<usize> {
    let mut found = Vec::new();
    let mut go = |flow: &Flow| match flow {
        Flow::Continue => found.push(index + 1),
        Flow::To(name) => found.extend(list.index_of(name)),
        Flow::Exit | Flow::End => {}
    };
    match &task.body {
        TaskBody::Switch(cases) => {
            cases.iter().for_each(|case| go(&case.then));
            if cases.iter().all(|case| case.when.is_some()) {
                go(&task.then);
            }
        }
        TaskBody::Raise(_) => {}
        _ => go(&task.then),
    }
    if task.condition.is_some() {
        found.push(index + 1);
    }
    found.retain(|index| *index < list.tasks.len());
    found
}
