//! A circle of `then` in which nothing waits.

use super::places::{WAITING, platform};
use super::unreachable::successors;
use super::{Process, Report, Rule};
use crate::ast::{Task, TaskBody, TaskList};
use crate::limits::TASKS_PER_TURN_MAX;
use baton_base::Severity;
use std::collections::BTreeSet;

pub(in crate::lint) static RULE: Rule = Rule {
    id: "endless-loop",
    severity: Severity::Warning,
    what: "Tasks lead back to themselves and none of them waits for time, an event or somebody.",
    remedy: "Use 'for' over a list, try again with a retry policy and its limit, or put a 'wait' into the circle.",
    check,
};

fn check(process: &Process<'_>, report: &mut Report<'_>) {
    for list in process.sequences() {
        let after: Vec<BTreeSet<usize>> = (0..list.tasks.len()).map(|index| reached(list, index)).collect();
        let mut told = BTreeSet::new();
        for (index, task) in list.tasks.iter().enumerate() {
            let circle: Vec<usize> =
                after[index].iter().copied().filter(|other| after[*other].contains(&index)).collect();
            let first = circle.first() == Some(&index);
            if !first || circle.iter().any(|at| waits(&list.tasks[*at])) || !told.insert(index) {
                continue;
            }
            let names: Vec<&str> = circle.iter().map(|at| &*list.tasks[*at].name).collect();
            let message = format!(
                "'{}' may go round without end; a run that takes {TASKS_PER_TURN_MAX} tasks in one go fails",
                names.join("', '")
            );
            report.at((task.line, task.column), message);
        }
    }
}

/// Indices of the tasks that can come some time after one.
fn reached(list: &TaskList, from: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = successors(list, from, &list.tasks[from]);
    while let Some(index) = open.pop() {
        if seen.insert(index) {
            open.extend(successors(list, index, &list.tasks[index]));
        }
    }
    seen
}

/// Whether a task, or one inside of it, waits for time, an event or somebody.
fn waits(task: &Task) -> bool {
    let mut found = false;
    let mut note = |task: &Task| {
        found |= matches!(task.body, TaskBody::Wait(_) | TaskBody::Listen(_))
            || platform(task).is_some_and(|name| WAITING.contains(&name));
    };
    note(task);
    task.body.lists().into_iter().for_each(|(_, list)| list.each_task(&mut note));
    found
}
