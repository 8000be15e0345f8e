//! A definition as a graph, for drawing.

use crate::ast::{Flow, Task, TaskBody, TaskList};
use serde::Serialize;

/// Id of the node where a run begins.
const START: &str = "start";
/// Id of the node where a run ends.
const END: &str = "end";

/// Tasks and the ways between them.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Graph {
    /// `start`, the tasks in the order of the text, `end`.
    pub nodes: Vec<GraphNode>,
    /// The ways a run can go.
    pub edges: Vec<Edge>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GraphNode {
    /// Path of the task, such as `/do/1/triage`; or `start`, `end`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind, such as `call`; or `start`, `end`.
    pub kind: String,
    /// The task it is inside of, if any.
    pub parent: Option<String>,
    /// What to show: a function's name, a condition, a duration.
    pub label: Option<String>,
}

/// One way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edge {
    /// Id of the node it leaves.
    pub from: String,
    /// Id of the node it reaches.
    pub to: String,
    /// The case or condition under which it is taken.
    pub label: Option<String>,
}

pub(crate) fn of(list: &TaskList) -> Graph {
    let mut graph = Graph::default();
    graph.node(START, START, START, None, None);
    graph.list(list, None, START, None, END, false);
    graph.node(END, END, END, None, None);
    graph
}

impl Graph {
    fn node(&mut self, id: &str, name: &str, kind: &str, parent: Option<&str>, label: Option<String>) {
        self.nodes.push(GraphNode {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            parent: parent.map(str::to_owned),
            label,
        });
    }

    fn edge(&mut self, from: &str, to: &str, label: Option<String>) {
        let edge = Edge { from: from.to_owned(), to: to.to_owned(), label };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// A list entered from `entry`; `out` is where its end leads. Branches of a fork all begin at once.
    fn list(
        &mut self,
        list: &TaskList,
        parent: Option<&str>,
        entry: &str,
        label: Option<&str>,
        out: &str,
        forked: bool,
    ) {
        let first = list.tasks.first().map_or(out, |task| &task.path);
        if !forked {
            self.edge(entry, first, label.map(str::to_owned));
        }
        for (index, task) in list.tasks.iter().enumerate() {
            if forked {
                self.edge(entry, &task.path, Some(task.name.to_string()));
            }
            self.task(list, index, task, parent, out, forked);
        }
    }

    fn task(&mut self, list: &TaskList, index: usize, task: &Task, parent: Option<&str>, out: &str, forked: bool) {
        self.node(&task.path, &task.name, task.body.kind(), parent, label(task));
        let next = if forked { out } else { list.tasks.get(index + 1).map_or(out, |next| &next.path) };
        let target = |flow: &Flow| match flow {
            Flow::Continue => next.to_owned(),
            Flow::Exit => out.to_owned(),
            Flow::End => END.to_owned(),
            Flow::To(name) => list.tasks.iter().find(|t| *t.name == **name).map_or(out, |t| &t.path).to_owned(),
        };
        if let TaskBody::Switch(cases) = &task.body {
            for case in cases {
                self.edge(&task.path, &target(&case.then), Some(case.name.clone()));
            }
            if cases.iter().all(|case| case.when.is_some()) {
                self.edge(&task.path, &target(&task.then), Some("otherwise".to_owned()));
            }
        } else if !matches!(task.body, TaskBody::Raise(_)) {
            self.edge(&task.path, &target(&task.then), None);
        }
        if task.condition.is_some() && task.then != Flow::Continue {
            self.edge(&task.path, next, Some("skipped".to_owned()));
        }
        let forks = matches!(task.body, TaskBody::Fork { .. });
        for (what, inner) in task.body.lists() {
            let entry = if what == "do" { None } else { Some(what) };
            self.list(inner, Some(&task.path), &task.path, entry, &task.path, forks);
        }
    }
}

fn label(task: &Task) -> Option<String> {
    let text = |key: &str| task.raw.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    match &task.body {
        TaskBody::Call(_) => text("call"),
        TaskBody::For(each) => Some(format!("each {} in {}", each.each, each.items.text())),
        TaskBody::Run(child) => Some(child.name.clone()),
        TaskBody::Wait(_) => {
            task.raw.get("wait").map(|wait| wait.as_str().map_or_else(|| wait.to_string(), str::to_owned))
        }
        _ => task.condition.as_ref().map(|condition| format!("if {}", condition.text())),
    }
}
