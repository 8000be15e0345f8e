//! What a run waits for, for people to see.

use crate::Definition;
use crate::ast::{Call, CallTarget, EventFilter, Strategy, Task, TaskBody, Template};
use crate::state::{Body, Branch, ListFrame, RunState, Status, TaskFrame, TryPhase};
use baton_base::CallId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest summary of what is waited for, characters.
const ABOUT_CHARS_MAX: usize = 120;

/// One thing that a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Path of the task that waits.
    pub task: String,
    /// Its name.
    pub name: String,
    /// What kind of thing.
    pub kind: WaitKind,
    /// Id of the call, timer, subscription or child run.
    pub call: CallId,
    /// Since when, milliseconds since the epoch.
    pub since_ms: i64,
    /// When the waiting ends at the latest, if that is known: the timer itself, or the nearest timeout around the task;
    /// milliseconds since the epoch.
    pub due_ms: Option<i64>,
    /// A function's name, the types of the events, a process's name, or why a timer runs.
    pub about: String,
}

/// What a run waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitKind {
    /// The answer to a call.
    Call,
    /// A time.
    Timer,
    /// Events.
    Listen,
    /// The end of a child run.
    Child,
}

impl RunState {
    /// What the run waits for now, in the order of its tasks; nothing where it has ended. A suspended run waits for the
    /// same as before, and for somebody to let it go on.
    pub fn waits(&self, def: &Definition) -> Vec<Wait> {
        if self.status.is_final() || self.status == Status::New {
            return Vec::new();
        }
        let mut seen = Seen { tasks: tasks_of(def), waits: Vec::new() };
        if let Some(position) = &self.position {
            seen.list(position, self.due_ms);
        }
        self.done.iter().filter_map(|entry| entry.frame.as_ref()).for_each(|frame| seen.task(frame, self.due_ms));
        seen.waits
    }
}

/// All tasks of a definition by their path.
pub(crate) fn tasks_of(def: &Definition) -> BTreeMap<&str, &Task> {
    let mut tasks = BTreeMap::new();
    each(def, &mut |task| {
        tasks.insert(&*task.path, task);
    });
    tasks
}

/// Visits every task of a definition.
pub(crate) fn each<'d>(def: &'d Definition, visit: &mut dyn FnMut(&'d Task)) {
    def.list.each_task(visit);
    for function in def.uses.functions.values() {
        visit(function);
        function.body.lists().into_iter().for_each(|(_, list)| list.each_task(visit));
    }
    for extension in &def.uses.extensions {
        extension.before.iter().chain(&extension.after).for_each(|list| list.each_task(visit));
    }
}

struct Seen<'d> {
    tasks: BTreeMap<&'d str, &'d Task>,
    waits: Vec<Wait>,
}

impl Seen<'_> {
    fn list(&mut self, list: &ListFrame, due_ms: Option<i64>) {
        if let Some(task) = &list.task {
            self.task(task, due_ms);
        }
    }

    fn task(&mut self, frame: &TaskFrame, around_ms: Option<i64>) {
        let due_ms = [frame.due_ms, around_ms].into_iter().flatten().min();
        match &frame.body {
            Body::Call(call) => self.wait(frame, WaitKind::Call, call, due_ms),
            Body::Child(call) => self.wait(frame, WaitKind::Child, call, due_ms),
            Body::Wait(call) => self.wait(frame, WaitKind::Timer, call, frame.wait_ms.or(due_ms)),
            Body::Function(inner) => self.task(inner, due_ms),
            Body::Do(list) | Body::For { list, .. } | Body::Before { list, .. } | Body::After { list, .. } => {
                self.list(list, due_ms);
            }
            Body::Fork(branches) => {
                for branch in branches {
                    if let Branch::Open(task) = branch {
                        self.task(task, due_ms);
                    }
                }
            }
            Body::Try { phase, .. } => match phase {
                TryPhase::Trying { list, .. } | TryPhase::Catching { list, .. } => self.list(list, due_ms),
                TryPhase::Delay { timer, .. } => self.wait(frame, WaitKind::Timer, timer, frame.wait_ms.or(due_ms)),
                TryPhase::Again => {}
            },
            Body::Listen(listen) => {
                if !listen.satisfied && !listen.stopped {
                    self.wait(frame, WaitKind::Listen, &listen.call, due_ms);
                }
                listen.current.iter().for_each(|list| self.list(list, due_ms));
            }
            Body::Ready | Body::Begin | Body::Closing { .. } => {}
        }
    }

    fn wait(&mut self, frame: &TaskFrame, kind: WaitKind, call: &CallId, due_ms: Option<i64>) {
        let task = self.tasks.get(&*frame.path);
        self.waits.push(Wait {
            task: frame.path.to_string(),
            name: task.map_or("", |task| &task.name).to_owned(),
            kind,
            call: call.clone(),
            since_ms: frame.started_ms,
            due_ms,
            about: task.map(|task| about(&task.body)).unwrap_or_default().chars().take(ABOUT_CHARS_MAX).collect(),
        });
    }
}

fn about(body: &TaskBody) -> String {
    match body {
        TaskBody::Call(Call { target, with }) => match target {
            CallTarget::Own(name) | CallTarget::Platform(name) => name.clone(),
            CallTarget::Http => format!("http {}", literal(with, &["endpoint", "uri"])),
            CallTarget::OpenApi => format!("openapi {}", literal(with, &["operationId"])),
            CallTarget::Mcp => format!("mcp {}", literal(with, &["method"])),
            CallTarget::A2a => format!("a2a {}", literal(with, &["method"])),
        },
        TaskBody::Run(child) => format!("{}.{}", child.namespace, child.name),
        TaskBody::Listen(listen) => heard(&listen.to),
        TaskBody::Try(_) => "the next attempt".to_owned(),
        _ => "its time".to_owned(),
    }
    .trim_end()
    .to_owned()
}

/// A literal argument; a shorter path gives its value too (`endpoint` may be the URI itself).
fn literal(with: &Template, path: &[&str]) -> String {
    match (with, path) {
        (Template::Literal(serde_json::Value::String(text)), _) => text.clone(),
        (Template::Literal(value), [key, rest @ ..]) => {
            value.get(*key).map_or_else(String::new, |value| literal(&Template::Literal(value.clone()), rest))
        }
        (Template::Object(parts), [key, rest @ ..]) => {
            parts.iter().find(|(name, _)| name == key).map_or_else(String::new, |(_, part)| literal(part, rest))
        }
        _ => String::new(),
    }
}

/// The types of the events that a listen is for.
fn heard(strategy: &Strategy) -> String {
    let kind = |filter: &EventFilter| {
        let wanted = filter.with.iter().find(|(name, _)| name == "type").map(|(_, wanted)| literal(wanted, &[]));
        wanted.filter(|kind| !kind.is_empty()).unwrap_or_else(|| "an event".to_owned())
    };
    let kinds = |filters: &[EventFilter], between: &str| filters.iter().map(kind).collect::<Vec<_>>().join(between);
    match strategy {
        Strategy::One(filter) => kind(filter),
        Strategy::All(filters) => kinds(filters, " and "),
        Strategy::Any { filters, .. } if filters.is_empty() => "any event".to_owned(),
        Strategy::Any { filters, .. } => kinds(filters, " or "),
    }
}
