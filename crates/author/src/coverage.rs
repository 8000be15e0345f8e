//! What the cases of a test reached: tasks, and ways that a task can go.

use crate::played::Step;
use crate::project::Project;
use baton_engine::Graph;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A way that a task can go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Branch {
    /// Path of the task.
    pub task: String,
    /// The way: `case NAME`, `no case`, `if true`, `if false`, `error caught`, `no items`, `several items`.
    pub way: String,
}

/// What was reached of what there is.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// Tasks, count.
    pub tasks: usize,
    /// Paths of tasks that never ran.
    pub tasks_missed: Vec<String>,
    /// Ways, count.
    pub branches: usize,
    /// Ways that were never gone.
    pub branches_missed: Vec<Branch>,
}

impl Coverage {
    /// Reached tasks and ways, in percent of all.
    pub fn percent(&self) -> f64 {
        let all = self.tasks + self.branches;
        let missed = self.tasks_missed.len() + self.branches_missed.len();
        if all == 0 { 100.0 } else { 100.0 * (all - missed) as f64 / all as f64 }
    }
}

/// Collects what was reached.
pub(crate) struct Collector {
    tasks: BTreeSet<String>,
    branches: BTreeSet<Branch>,
    kinds: BTreeMap<String, String>,
    conditional: BTreeSet<String>,
    tasks_seen: BTreeSet<String>,
    branches_seen: BTreeSet<Branch>,
}

fn branch(task: &str, way: impl Into<String>) -> Branch {
    Branch { task: task.to_owned(), way: way.into() }
}

impl Collector {
    pub(crate) fn of(project: &Project) -> Self {
        let Graph { nodes, edges } = project.definition.graph();
        let text = project.value();
        let mut all = Self {
            tasks: BTreeSet::new(),
            branches: BTreeSet::new(),
            kinds: BTreeMap::new(),
            conditional: BTreeSet::new(),
            tasks_seen: BTreeSet::new(),
            branches_seen: BTreeSet::new(),
        };
        for node in nodes.into_iter().filter(|node| node.id.starts_with('/')) {
            let written = text.pointer(&node.id).unwrap_or(&Value::Null);
            if written.get("if").is_some() {
                all.branches.extend([branch(&node.id, "if true"), branch(&node.id, "if false")]);
                all.conditional.insert(node.id.clone());
            }
            match node.kind.as_str() {
                "switch" => {
                    let cases =
                        edges.iter().filter(|edge| edge.from == node.id).filter_map(|edge| edge.label.as_deref());
                    all.branches
                        .extend(cases.filter(|case| *case != "skipped").map(|case| branch(&node.id, way(case))));
                }
                "for" => all.branches.extend([branch(&node.id, "no items"), branch(&node.id, "several items")]),
                "try" => {
                    all.branches.insert(branch(&node.id, "error caught"));
                }
                _ => {}
            }
            all.kinds.insert(node.id.clone(), node.kind);
            all.tasks.insert(node.id);
        }
        all
    }

    /// Adds what one run did.
    pub(crate) fn add(&mut self, steps: &[Step]) {
        let mut items: BTreeMap<String, usize> = BTreeMap::new();
        let mut failed: BTreeSet<String> = BTreeSet::new();
        for step in steps {
            let task = step.task.as_str();
            if !self.tasks.contains(task) {
                continue;
            }
            if step.phase == "skipped" {
                self.branches_seen.insert(branch(task, "if false"));
            } else {
                self.tasks_seen.insert(task.to_owned());
                if self.conditional.contains(task) {
                    self.branches_seen.insert(branch(task, "if true"));
                }
            }
            if let Some(held) = around(task) {
                if held.1 == "do" && is_first(task) && step.phase != "started" {
                    *items.entry(held.0.to_owned()).or_default() += 1;
                }
                if held.1 == "try" && step.phase == "failed" {
                    failed.insert(held.0.to_owned());
                }
                if held.1 == "catch" {
                    self.branches_seen.insert(branch(held.0, "error caught"));
                }
            }
            self.ended(step, &mut items, &mut failed);
        }
    }

    fn ended(&mut self, step: &Step, items: &mut BTreeMap<String, usize>, failed: &mut BTreeSet<String>) {
        let (task, finished) = (step.task.as_str(), step.phase == "finished");
        match self.kinds.get(task).map(String::as_str) {
            Some("switch") if finished => {
                let way = step.case.as_deref().map_or_else(|| "no case".to_owned(), way);
                self.branches_seen.insert(branch(task, way));
            }
            Some("for") if step.phase != "started" => match items.remove(task).unwrap_or(0) {
                0 if finished => {
                    self.branches_seen.insert(branch(task, "no items"));
                }
                0 | 1 => {}
                _ => {
                    self.branches_seen.insert(branch(task, "several items"));
                }
            },
            Some("try") => {
                let was = step.phase == "retried" || (finished && failed.contains(task));
                if was {
                    self.branches_seen.insert(branch(task, "error caught"));
                }
                failed.remove(task);
            }
            _ => {}
        }
    }

    pub(crate) fn told(&self) -> Coverage {
        let seen: BTreeSet<&Branch> = self.branches_seen.intersection(&self.branches).collect();
        Coverage {
            tasks: self.tasks.len(),
            tasks_missed: self.tasks.difference(&self.tasks_seen).cloned().collect(),
            branches: self.branches.len(),
            branches_missed: self.branches.iter().filter(|branch| !seen.contains(branch)).cloned().collect(),
        }
    }
}

fn way(case: &str) -> String {
    if case == "otherwise" { "no case".to_owned() } else { format!("case {case}") }
}

/// The task that a task stands in, and in which of its lists.
fn around(task: &str) -> Option<(&str, &str)> {
    // /do/0/loop/do/1/step, /do/0/guard/catch/do/0/step
    let (list, _) = task.rsplit_once('/')?.0.rsplit_once('/')?;
    let (holder, what) = list.rsplit_once('/')?;
    let (holder, what) = match holder.rsplit_once('/') {
        Some((outer, "catch")) if what == "do" => (outer, "catch"),
        _ => (holder, what),
    };
    (!holder.is_empty()).then_some((holder, what))
}

fn is_first(task: &str) -> bool {
    task.rsplit('/').nth(1) == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESS: &str = "document: { dsl: '1.0.3', namespace: t, name: p, version: '1.0.0' }\n\
        do:\n  - each:\n      for: { in: '${ .items }' }\n      do:\n        - one: { set: { a: 1 } }\n  \
        - guard:\n      try:\n        - risky: { call: act }\n      catch:\n        do:\n          - note: { set: { b: 1 } }\n  \
        - way:\n      switch:\n        - left: { when: '.b == 1', then: end }\n        - right: { then: last }\n  \
        - last: { if: '.x', set: { c: 1 } }\n";

    fn step(task: &str, phase: &str, case: Option<&str>) -> Step {
        let kind = String::new();
        let name = task.rsplit('/').next().unwrap().to_owned();
        Step { task: task.into(), name, kind, phase: phase.into(), case: case.map(str::to_owned), output: None }
    }

    #[test]
    fn what_was_not_reached_is_named() {
        let project = Project::of_text("p.yaml", PROCESS).unwrap();
        let mut collector = Collector::of(&project);
        collector.add(&[
            step("/do/0/each", "finished", None),
            step("/do/1/guard/try/0/risky", "failed", None),
            step("/do/1/guard/catch/do/0/note", "finished", None),
            step("/do/1/guard", "finished", None),
            step("/do/2/way", "finished", Some("left")),
        ]);
        let told = collector.told();
        assert_eq!((told.tasks, told.branches), (7, 7));
        assert_eq!(told.tasks_missed, ["/do/0/each/do/0/one", "/do/3/last"]);
        let missed: Vec<String> = told.branches_missed.iter().map(|b| format!("{} {}", b.task, b.way)).collect();
        assert_eq!(
            missed,
            ["/do/0/each several items", "/do/2/way case right", "/do/3/last if false", "/do/3/last if true"]
        );
        collector.add(&[
            step("/do/0/each/do/0/one", "finished", None),
            step("/do/0/each/do/0/one", "finished", None),
            step("/do/0/each", "finished", None),
            step("/do/2/way", "finished", Some("right")),
            step("/do/3/last", "skipped", None),
            step("/do/3/last", "finished", None),
        ]);
        assert_eq!(collector.told().percent(), 100.0);
    }
}
