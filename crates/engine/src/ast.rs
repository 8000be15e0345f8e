//! The process language as types: what a definition is once it is known to be right.

use crate::expr::Compiled;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A compiled expression.
pub(crate) type Expr = Arc<Compiled>;

/// What `document` says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    pub namespace: String,
    pub name: String,
    pub version: String,
    pub title: Option<String>,
    pub summary: Option<String>,
    /// Labels of the author's choice.
    pub tags: Map<String, Value>,
    /// What tools keep with the definition.
    pub metadata: Map<String, Value>,
    /// The whole definition.
    pub raw: Value,
}

/// A value in which expressions stand for parts.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    Literal(Value),
    Expr(Expr),
    Object(Vec<(String, Template)>),
    Array(Vec<Template>),
}

/// A JSON Schema, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub validator: Arc<jsonschema::Validator>,
}

/// `input`, `output` or `export`: a schema and a mapping.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    pub schema: Option<Schema>,
    pub map: Option<Template>,
}

/// A length of time.
#[derive(Debug, Clone)]
pub(crate) enum Span {
    Ms(i64),
    Expr(Expr),
}

/// Where to go after a task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Flow {
    #[default]
    Continue,
    Exit,
    End,
    To(String),
}

impl Flow {
    /// As it is written.
    pub fn as_text(&self) -> &str {
        match self {
            Self::Continue => "continue",
            Self::Exit => "exit",
            Self::End => "end",
            Self::To(name) => name,
        }
    }

    /// As written.
    pub fn of_text(text: &str) -> Self {
        match text {
            "continue" => Self::Continue,
            "exit" => Self::Exit,
            "end" => Self::End,
            name => Self::To(name.to_owned()),
        }
    }
}

/// Tasks in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskList {
    pub tasks: Vec<Task>,
}

/// One task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub path: Arc<str>,
    pub name: Arc<str>,
    pub line: u32,
    pub column: u32,
    pub condition: Option<Expr>,
    pub input: Mapping,
    pub output: Mapping,
    pub export: Mapping,
    pub timeout: Option<Span>,
    pub then: Flow,
    /// What tools keep with the task.
    pub metadata: Map<String, Value>,
    /// `metadata.compensate`: the function (of `use.functions`, or the platform's) that undoes this task when a run is
    /// cancelled with compensation.
    pub compensate: Option<String>,
    pub raw: Value,
    pub body: TaskBody,
}

/// What a task does.
#[derive(Debug, Clone)]
pub(crate) enum TaskBody {
    Do(TaskList),
    Set(Template),
    Switch(Vec<SwitchCase>),
    Call(Call),
    For(Box<ForLoop>),
    Fork { branches: TaskList, compete: bool },
    Try(Box<TryCatch>),
    Wait(Span),
    Listen(Box<Listen>),
    Emit(Template),
    Raise(RaisedError),
    Run(RunChild),
}

/// One case of a switch.
#[derive(Debug, Clone)]
pub(crate) struct SwitchCase {
    pub name: String,
    pub when: Option<Expr>,
    pub then: Flow,
}

/// What is called, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub target: CallTarget,
    pub with: Template,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallTarget {
    Http,
    OpenApi,
    Mcp,
    A2a,
    /// A function of `use.functions`; also `name:version@catalog` of a catalog in the release.
    Own(String),
    /// A platform function: its bare name, also where it was called as `name:version@default`.
    Platform(String),
}

/// A loop over items.
#[derive(Debug, Clone)]
pub(crate) struct ForLoop {
    pub each: String,
    pub at: String,
    pub items: Expr,
    pub condition: Option<Expr>,
    pub list: TaskList,
}

/// Tasks and what to do with their errors.
#[derive(Debug, Clone)]
pub(crate) struct TryCatch {
    pub list: TaskList,
    pub with: Vec<(String, Value)>,
    pub error_as: String,
    pub when: Option<Expr>,
    pub except_when: Option<Expr>,
    pub retry: Option<Retry>,
    pub handler: Option<TaskList>,
}

/// How the delay grows from attempt to attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Backoff {
    #[default]
    Constant,
    Linear,
    Exponential,
}

/// When and how often to try again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Retry {
    pub when: Option<Expr>,
    pub except_when: Option<Expr>,
    pub delay: Option<Span>,
    pub backoff: Backoff,
    pub jitter: Option<(Span, Span)>,
    pub attempts_max: Option<u32>,
    pub attempt_limit: Option<Span>,
    pub total_limit: Option<Span>,
}

/// How a listen reads events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReadAs {
    #[default]
    Data,
    Envelope,
}

/// Which events end a wait.
#[derive(Debug, Clone)]
pub(crate) enum Strategy {
    One(EventFilter),
    Any { filters: Vec<EventFilter>, until: Option<Until> },
    All(Vec<EventFilter>),
}

/// When to stop listening for any.
#[derive(Debug, Clone)]
pub(crate) enum Until {
    Condition(Expr),
    Events(Box<Strategy>),
}

/// Which events are meant.
#[derive(Debug, Clone)]
pub(crate) struct EventFilter {
    pub with: Vec<(String, Template)>,
    pub correlate: Vec<Correlation>,
}

/// A value that an event must agree on.
#[derive(Debug, Clone)]
pub(crate) struct Correlation {
    pub name: String,
    pub from: Expr,
    pub expect: Option<Template>,
}

/// A wait for events.
#[derive(Debug, Clone)]
pub(crate) struct Listen {
    pub to: Strategy,
    pub read: ReadAs,
    pub foreach: Option<ForEach>,
}

/// What to do with each event.
#[derive(Debug, Clone)]
pub(crate) struct ForEach {
    pub item: String,
    pub at: String,
    pub list: TaskList,
    pub output: Mapping,
    pub export: Mapping,
}

/// An error that a process raises.
#[derive(Debug, Clone)]
pub(crate) struct RaisedError {
    pub kind: Template,
    pub status: u16,
    pub instance: Option<Template>,
    pub title: Option<Template>,
    pub detail: Option<Template>,
}

/// A child run.
#[derive(Debug, Clone)]
pub(crate) struct RunChild {
    pub namespace: String,
    pub name: String,
    pub version: String,
    pub input: Option<Template>,
    pub wait: bool,
    pub returns: ReturnAs,
}

/// What a `run` gives as its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReturnAs {
    /// The child's output.
    #[default]
    Output,
    /// Nothing.
    Nothing,
}

/// What `use` offers to all tasks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses {
    /// Functions by name; those of a catalog under `name:version@catalog`.
    pub functions: BTreeMap<String, Task>,
    /// Folders of the release that hold functions, by the catalog's name.
    pub catalogs: BTreeMap<String, String>,
    pub authentications: BTreeMap<String, Template>,
    pub errors: BTreeMap<String, RaisedError>,
    pub retries: BTreeMap<String, Retry>,
    pub timeouts: BTreeMap<String, Span>,
    pub secrets: Vec<String>,
    pub extensions: Vec<Extension>,
}

/// Tasks put around other tasks.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub extend: String,
    pub when: Option<Expr>,
    pub before: Option<TaskList>,
    pub after: Option<TaskList>,
}

impl TaskBody {
    /// The kind, as the language calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Do(_) => "do",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::Call(_) => "call",
            Self::For(_) => "for",
            Self::Fork { .. } => "fork",
            Self::Try(_) => "try",
            Self::Wait(_) => "wait",
            Self::Listen(_) => "listen",
            Self::Emit(_) => "emit",
            Self::Raise(_) => "raise",
            Self::Run(_) => "run",
        }
    }

    /// The lists of tasks inside, with what each is for.
    pub fn lists(&self) -> Vec<(&'static str, &TaskList)> {
        match self {
            Self::Do(list) => vec![("do", list)],
            Self::For(each) => vec![("do", &each.list)],
            Self::Fork { branches, .. } => vec![("branches", branches)],
            Self::Try(guarded) => {
                let handler = guarded.handler.iter().map(|list| ("catch", list));
                std::iter::once(("try", &guarded.list)).chain(handler).collect()
            }
            Self::Listen(listen) => listen.foreach.iter().map(|each| ("foreach", &each.list)).collect(),
            _ => Vec::new(),
        }
    }
}

impl TaskList {
    /// Index of a task by name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.tasks.iter().position(|task| *task.name == *name)
    }

    /// Visits every task in the list, and those inside.
    pub fn each_task<'a>(&'a self, visit: &mut dyn FnMut(&'a Task)) {
        for task in &self.tasks {
            visit(task);
            task.body.lists().into_iter().for_each(|(_, list)| list.each_task(visit));
        }
    }
}
