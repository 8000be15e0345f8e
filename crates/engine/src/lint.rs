//! What a definition may contain but should not.

use crate::ast::{Call, CallTarget, Flow, Task, TaskBody, TaskList};
use crate::parse::{self, Parsed};
use baton_base::{Finding, Severity};
use std::collections::BTreeSet;

/// Platform functions that wait for a person, and so need a timeout.
const WAITS_FOR_PEOPLE: [&str; 2] = ["human-task", "approval"];

/// All findings of a definition: those of [`crate::Definition::parse`], and what is right but unwise. An empty
/// `known_functions` leaves function names unchecked.
pub fn lint(file: &str, yaml: &str, known_functions: &[&str]) -> Vec<Finding> {
    let (parsed, findings) = parse::parse(file, yaml, &|_| None);
    let mut linter = Linter { file, known: known_functions, findings };
    linter.whole(&parsed);
    let mut findings = linter.findings;
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

struct Linter<'a> {
    file: &'a str,
    known: &'a [&'a str],
    findings: Vec<Finding>,
}

impl Linter<'_> {
    fn whole(&mut self, parsed: &Parsed) {
        self.list(&parsed.list);
        for function in parsed.uses.functions.values() {
            self.task(function);
        }
        for extension in &parsed.uses.extensions {
            extension.before.iter().chain(&extension.after).for_each(|list| self.list(list));
        }
    }

    fn find(&mut self, task: &Task, severity: Severity, rule: &str, message: String, remedy: &str) {
        let finding = Finding::error(self.file, rule, message, remedy).at(task.line, task.column);
        self.findings.push(Finding { severity, ..finding });
    }

    fn list(&mut self, list: &TaskList) {
        for (index, task) in list.tasks.iter().enumerate() {
            if !reachable(list).contains(&index) {
                let message = format!("task '{}' cannot be reached", task.name);
                self.find(task, Severity::Warning, "unreachable", message, "remove it, or let a 'then' lead to it");
            }
            self.task(task);
        }
    }

    fn task(&mut self, task: &Task) {
        match &task.body {
            TaskBody::Call(call) => self.call(task, call),
            TaskBody::Switch(cases) if cases.iter().all(|case| case.when.is_some()) => {
                let message = format!("switch '{}' has no default case", task.name);
                let remedy = "add a last case without 'when', so that no case falls through unseen";
                self.find(task, Severity::Warning, "switch-default", message, remedy);
            }
            TaskBody::Listen(_) if task.timeout.is_none() => {
                let message = format!("'{}' may wait for ever", task.name);
                self.find(task, Severity::Warning, "no-timeout", message, "add a 'timeout'");
            }
            _ => {}
        }
        for (what, inner) in task.body.lists() {
            // Branches of a fork all begin: none is unreachable.
            if what == "branches" {
                inner.tasks.iter().for_each(|branch| self.task(branch));
            } else {
                self.list(inner);
            }
        }
    }

    fn call(&mut self, task: &Task, call: &Call) {
        let CallTarget::Platform(name) = &call.target else { return };
        if !self.known.is_empty() && !self.known.contains(&name.as_str()) {
            let message = format!("there is no function '{name}'");
            let remedy = format!("one of: {}; or define it under use.functions", self.known.join(", "));
            self.find(task, Severity::Error, "unknown-function", message, &remedy);
        }
        if WAITS_FOR_PEOPLE.contains(&name.as_str()) && task.timeout.is_none() {
            let message = format!("'{}' waits for a person without a timeout", task.name);
            let remedy = "add a 'timeout', and catch it to pass the work on";
            self.find(task, Severity::Warning, "no-timeout", message, remedy);
        }
    }
}

/// Indices of the tasks of a list that a run can get to.
fn reachable(list: &TaskList) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![0];
    while let Some(index) = open.pop() {
        let Some(task) = list.tasks.get(index) else { continue };
        if !seen.insert(index) {
            continue;
        }
        let mut go = |flow: &Flow| match flow {
            Flow::Continue => open.push(index + 1),
            Flow::To(name) => open.extend(list.index_of(name)),
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
            open.push(index + 1);
        }
    }
    seen
}
