//! The tasks of a definition as a list, for tools: coverage, maps from version to version, what undoes what.

use crate::ast::{CallTarget, Task, TaskBody, TaskList, Uses};
use serde::Serialize;
use serde_json::{Map, Value};

/// One task, where it stands, and what tools keep with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskInfo {
    /// Path, such as `/do/1/triage`.
    pub path: String,
    /// Name in its list.
    pub name: String,
    /// Kind, such as `call`.
    pub kind: String,
    /// 1-based line of its name.
    pub line: u32,
    /// 1-based column of its name.
    pub column: u32,
    /// What a `call` calls: `http`, `openapi`, `mcp`, `a2a`, or a function's name.
    pub function: Option<String>,
    /// `metadata` of the task.
    pub metadata: Map<String, Value>,
    /// The function that undoes it (`metadata.compensate`).
    pub compensate: Option<String>,
}

/// All tasks in the order of the text: those of `do`, then of functions, then of extensions.
pub(crate) fn of(list: &TaskList, uses: &Uses) -> Vec<TaskInfo> {
    let mut found = Vec::new();
    let mut note = |task: &Task| found.push(info(task));
    list.each_task(&mut note);
    for function in uses.functions.values() {
        note(function);
        function.body.lists().into_iter().for_each(|(_, list)| list.each_task(&mut note));
    }
    for extension in &uses.extensions {
        extension.before.iter().chain(&extension.after).for_each(|list| list.each_task(&mut note));
    }
    found
}

fn info(task: &Task) -> TaskInfo {
    TaskInfo {
        path: task.path.to_string(),
        name: task.name.to_string(),
        kind: task.body.kind().to_owned(),
        line: task.line,
        column: task.column,
        function: function(task),
        metadata: task.metadata.clone(),
        compensate: task.compensate.clone(),
    }
}

fn function(task: &Task) -> Option<String> {
    let TaskBody::Call(call) = &task.body else { return None };
    Some(match &call.target {
        CallTarget::Http => "http".to_owned(),
        CallTarget::OpenApi => "openapi".to_owned(),
        CallTarget::Mcp => "mcp".to_owned(),
        CallTarget::A2a => "a2a".to_owned(),
        CallTarget::Own(name) | CallTarget::Platform(name) => name.clone(),
    })
}
