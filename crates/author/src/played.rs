//! What came of a run.

use baton_base::CallId;
use baton_engine::ErrorDoc;
use baton_runs::TraceRow;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Kinds of task that hold others; a path names what happens inside of them.
const HOLDERS: [&str; 4] = ["do", "for", "fork", "try"];

/// A run that was played, as far as it went.
#[derive(Debug, Clone, Serialize)]
pub struct Played {
    /// `completed`, `faulted`, `cancelled`, `suspended`; `waiting` where nothing came any more, or time was up.
    pub status: String,
    /// Its output, once completed.
    pub output: Option<Value>,
    /// Its error, or why it did not end.
    pub error: Option<ErrorDoc>,
    /// What its `emit` tasks gave, in order.
    pub events: Vec<Value>,
    /// Names of its tasks in the order in which they began, those of processes that it ran left out; without `do`,
    /// `for`, `fork` and `try` themselves.
    pub path: Vec<String>,
    /// What was called, in order, by it and by processes that it ran.
    pub calls: Vec<Call>,
    /// What it waits for, where it has not ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<String>,
    /// How long it took, milliseconds of its clock.
    pub took_ms: i64,
    /// Every task, with what went in and out.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

/// One call of a function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// The call.
    #[serde(skip)]
    pub id: CallId,
    /// Process that called.
    pub process: String,
    /// Name of the task.
    pub task: String,
    /// The function, or the kind of call; the name of a process that a script stands in for.
    pub function: String,
    /// With what.
    pub args: Value,
}

/// One line of a run's path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Path of the task.
    pub task: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// What happened to it.
    pub phase: String,
    /// The case that a switch took.
    pub case: Option<String>,
    /// Its output, when it finished.
    pub output: Option<Value>,
}

impl Step {
    pub(crate) fn of(row: TraceRow) -> Self {
        let TraceRow { task, name, kind, phase, mut detail, .. } = row;
        let case = detail.get("case").and_then(Value::as_str).map(str::to_owned);
        let output = detail.get_mut("output").map(Value::take);
        Self { task, name, kind, phase, case, output }
    }
}

/// The tasks that did something, in the order in which they began.
pub(crate) fn path(steps: &[Step]) -> Vec<String> {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names = Vec::new();
    for step in steps.iter().filter(|step| !HOLDERS.contains(&step.kind.as_str())) {
        let count = open.entry(&step.task).or_default();
        match step.phase.as_str() {
            "started" => {
                *count += 1;
                names.push(step.name.clone());
            }
            "finished" | "failed" if *count > 0 => *count -= 1,
            "finished" | "failed" => names.push(step.name.clone()),
            _ => {}
        }
    }
    names
}

/// Events that `emit` tasks gave.
pub(crate) fn emitted(steps: &[Step]) -> Vec<Value> {
    let emits = steps.iter().filter(|step| step.kind == "emit" && step.phase == "finished");
    emits.filter_map(|step| step.output.clone()).collect()
}

/// Whether a task that listens for events is open.
pub(crate) fn listens(steps: &[Step]) -> bool {
    let mut open: BTreeMap<&str, i64> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.kind == "listen") {
        *open.entry(&step.task).or_default() += match step.phase.as_str() {
            "started" => 1,
            "finished" | "failed" | "stopped" => -1,
            _ => 0,
        };
    }
    open.values().any(|count| *count > 0)
}
