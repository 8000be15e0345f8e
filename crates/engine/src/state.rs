//! The state of a run: where it stands, what it holds, what it waits for. Plain data; the version in `v` names its
//! shape, and an older shape is read by adding a variant or a field with a default here, never by changing one.

use crate::api::{Data, RunEvent};
use crate::error::ErrorDoc;
use baton_base::{CallId, Digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::{Arc, LazyLock};

/// The shape written today. Shape 1 is read as well: it had no raw inputs, due times, positions of failed runs, or
/// compensations.
pub const STATE_VERSION: u32 = 2;

/// Where a run stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not started.
    #[default]
    New,
    /// Open: waiting for what it asked for.
    Running,
    /// Paused by somebody.
    Suspended,
    /// Cancelled, and undoing what it has done.
    Compensating,
    /// Ended well.
    Completed,
    /// Ended with an error. It can go on by `Retried`, or be undone by `Cancelled` with compensation.
    Faulted,
    /// Ended by somebody.
    Cancelled,
}

impl Status {
    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Faulted | Self::Cancelled)
    }
}

/// A run, whole: with its definition this is all that is needed to go on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunState {
    /// Version of this shape.
    pub v: u32,
    /// Id of the run.
    pub run_id: String,
    /// Digest of the definition it is pinned to.
    pub definition: Digest,
    /// Where it stands.
    pub status: Status,
    /// How many call ids were given out.
    pub calls: u64,
    /// When it started, milliseconds since the epoch.
    pub started_ms: i64,
    /// Its input, after `input.from`.
    pub input: Data,
    /// Its input as it came, where `input.from` made another of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_input: Option<Data>,
    /// What its tasks exported.
    pub context: Data,
    /// The timer of the whole run's timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<CallId>,
    /// When that timer is due, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// Its position; of a faulted run, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<ListFrame>,
    /// Path of the task that failed, once faulted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Its output, once completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Its error, once faulted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDoc>,
    /// What happened while it was suspended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<RunEvent>,
    /// Finished tasks that can be undone, in the order in which they finished.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Finished>,
    /// How the undoing goes, once cancelled with compensation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoing: Option<Undoing>,
}

impl RunState {
    /// A run before its first event.
    pub fn new() -> Self {
        Self { v: STATE_VERSION, context: Arc::new(Value::Object(Map::new())), ..Self::default() }
    }

    /// Ids of all calls, timers, subscriptions and child runs that are open.
    pub fn open_calls(&self) -> Vec<CallId> {
        let mut open: Vec<CallId> = self.timer.iter().cloned().collect();
        self.each_open(&mut |wait| open.push(wait.call().clone()));
        open
    }

    /// Whether a call, timer, subscription or child run is open.
    pub fn is_open(&self, call: &CallId) -> bool {
        let mut found = self.timer.as_ref() == Some(call);
        self.each_open(&mut |wait| found = found || wait.call() == call);
        found
    }

    /// Paths of the tasks that wait for something outside, innermost only; of a faulted run, those that were stopped.
    pub fn waiting_tasks(&self) -> Vec<String> {
        let mut paths = Vec::new();
        if let Some(position) = &self.position {
            position.each_leaf(&mut |frame| paths.push(frame.path.to_string()));
        }
        let undone = self.done.iter().filter_map(|entry| entry.frame.as_ref());
        undone.for_each(|frame| frame.each_leaf(&mut |leaf| paths.push(leaf.path.to_string())));
        paths
    }

    fn each_open<'a>(&'a self, visit: &mut dyn FnMut(Open<'a>)) {
        if let Some(position) = &self.position {
            position.each_open(visit);
        }
        self.done.iter().filter_map(|entry| entry.frame.as_ref()).for_each(|frame| frame.each_open(visit));
    }
}

/// A finished task that can be undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Its path.
    pub task: String,
    /// The function that undoes it, called with `{input, output}`.
    pub function: String,
    /// Its input.
    pub input: Data,
    /// Its output.
    pub output: Data,
    /// Where that function stands, once begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Box<TaskFrame>>,
    /// Why that function failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDoc>,
}

/// How the undoing of a cancelled run goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undoing {
    /// Why the run was cancelled.
    pub reason: String,
    /// What could not be undone, in the order in which it was tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Finished>,
}

/// A shared `null`.
pub(crate) fn null() -> Data {
    static NULL: LazyLock<Data> = LazyLock::new(Data::default);
    Arc::clone(&NULL)
}

/// Position in a list of tasks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ListFrame {
    /// Index of the current task.
    pub at: usize,
    /// Input of the next task, while none is open.
    pub data: Data,
    /// The open task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Box<TaskFrame>>,
}

/// An open task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskFrame {
    /// Its path in the definition.
    pub path: Arc<str>,
    /// When it started, milliseconds since the epoch.
    pub started_ms: i64,
    /// Its input, after `input.from`.
    pub input: Data,
    /// Its input as it came, where `input.from` made another of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Data>,
    /// The timer of its timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<CallId>,
    /// When that timer is due, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// When the timer that its body waits for is due, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<i64>,
    /// What it does.
    pub body: Body,
}

/// What an open task does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// About to begin.
    Ready,
    /// About to begin; the extensions before it have run.
    Begin,
    /// Has done its work; its output is still to be made.
    Closing {
        /// What the work gave; absent where it was too large to keep.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Data>,
        /// Where the run goes next.
        then: String,
        /// Index of the next extension after it.
        after: usize,
    },
    /// Waits for a call.
    Call(CallId),
    /// Runs a function of `use.functions`.
    Function(Box<TaskFrame>),
    /// Runs a list of tasks.
    Do(ListFrame),
    /// Runs a list of tasks for each item.
    For {
        /// The items.
        items: Vec<Data>,
        /// Index of the current one.
        index: usize,
        /// Position in its list.
        list: ListFrame,
    },
    /// Runs branches side by side.
    Fork(Vec<Branch>),
    /// Runs a list of tasks and handles its errors.
    Try {
        /// Attempts begun so far.
        attempts: u32,
        /// When the first attempt began, milliseconds since the epoch.
        first_ms: i64,
        /// What it is at.
        phase: TryPhase,
    },
    /// Waits for a timer.
    Wait(CallId),
    /// Waits for events.
    Listen(Box<ListenFrame>),
    /// Waits for a child run.
    Child(CallId),
    /// Runs an extension before the task.
    Before {
        /// Index of the extension.
        extension: usize,
        /// Position in its list.
        list: ListFrame,
    },
    /// Runs an extension after the task.
    After {
        /// Index of the extension.
        extension: usize,
        /// Position in its list.
        list: ListFrame,
        /// The task's own output.
        output: Data,
    },
}

/// One branch of a fork.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Branch {
    /// Not begun.
    Ready(Data),
    /// Open.
    Open(Box<TaskFrame>),
    /// Ended well.
    Done(Data),
    /// Ended with an error (only where branches compete); shape 1.
    Failed(ErrorDoc),
    /// Ended with an error (only where branches compete).
    Broken {
        /// The error.
        error: ErrorDoc,
        /// Path of the task that failed.
        at: String,
        /// Where it stood, if it had begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<Box<TaskFrame>>,
    },
}

/// What a `try` is at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TryPhase {
    /// An attempt.
    Trying {
        /// Position in its list.
        list: ListFrame,
        /// The timer of this attempt's limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timer: Option<CallId>,
    },
    /// About to begin the next attempt.
    Again,
    /// The delay before the next attempt.
    Delay {
        /// Its timer.
        timer: CallId,
        /// Why there is a next attempt.
        error: ErrorDoc,
    },
    /// Handling what was caught.
    Catching {
        /// What was caught.
        error: ErrorDoc,
        /// Position in the handler's list.
        list: ListFrame,
    },
}

/// An open listen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListenFrame {
    /// Id of the subscription.
    pub call: CallId,
    /// Number of the subscription: events of the turn that opened it are not for it.
    pub opened: u64,
    /// Events consumed, as read.
    pub events: Vec<Value>,
    /// Which filters of `all` have matched.
    pub matched: Vec<bool>,
    /// Which filters of the `until` strategy have matched.
    pub until_matched: Vec<bool>,
    /// Correlation values fixed by the first event.
    pub correlated: Map<String, Value>,
    /// Whether all that was waited for has come.
    pub satisfied: bool,
    /// With `foreach`: how many events were handled, and the open position.
    pub handled: usize,
    /// With `foreach`: position in its list for event `handled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ListFrame>,
    /// With `foreach`: outputs so far.
    pub outputs: Vec<Value>,
    /// Whether the subscription was taken back because something around it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
}

/// Something open on the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open<'a> {
    Timer(&'a CallId),
    Call(&'a CallId),
    Child(&'a CallId),
    Listen(&'a CallId),
}

impl<'a> Open<'a> {
    pub(crate) fn call(self) -> &'a CallId {
        match self {
            Self::Timer(call) | Self::Call(call) | Self::Child(call) | Self::Listen(call) => call,
        }
    }
}

impl ListFrame {
    /// A list at its beginning.
    pub(crate) fn begin(data: Data) -> Self {
        Self { at: 0, data, task: None }
    }

    pub(crate) fn each_open<'a>(&'a self, visit: &mut dyn FnMut(Open<'a>)) {
        if let Some(task) = &self.task {
            task.each_open(visit);
        }
    }

    pub(crate) fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a TaskFrame)) {
        if let Some(task) = &self.task {
            task.each_leaf(visit);
        }
    }
}

impl TaskFrame {
    pub(crate) fn each_open<'a>(&'a self, visit: &mut dyn FnMut(Open<'a>)) {
        self.timer.iter().for_each(|timer| visit(Open::Timer(timer)));
        match &self.body {
            Body::Call(call) => visit(Open::Call(call)),
            Body::Child(call) => visit(Open::Child(call)),
            Body::Wait(timer) => visit(Open::Timer(timer)),
            Body::Try { phase: TryPhase::Trying { timer: Some(timer), .. }, .. } => visit(Open::Timer(timer)),
            Body::Try { phase: TryPhase::Delay { timer, .. }, .. } => visit(Open::Timer(timer)),
            Body::Listen(listen) if !listen.satisfied && !listen.stopped => visit(Open::Listen(&listen.call)),
            _ => {}
        }
        self.each_list(&mut |list| list.each_open(visit));
        self.each_task(&mut |task| task.each_open(visit));
    }

    pub(crate) fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a TaskFrame)) {
        let mut inner = false;
        self.each_list(&mut |list| {
            inner = inner || list.task.is_some();
            list.each_leaf(visit);
        });
        self.each_task(&mut |task| {
            inner = true;
            task.each_leaf(visit);
        });
        if !inner {
            visit(self);
        }
    }

    fn each_list<'a>(&'a self, visit: &mut dyn FnMut(&'a ListFrame)) {
        match &self.body {
            Body::Do(list) | Body::For { list, .. } | Body::Before { list, .. } | Body::After { list, .. } => {
                visit(list)
            }
            Body::Try { phase: TryPhase::Trying { list, .. } | TryPhase::Catching { list, .. }, .. } => visit(list),
            Body::Listen(listen) => listen.current.iter().for_each(visit),
            _ => {}
        }
    }

    fn each_task<'a>(&'a self, visit: &mut dyn FnMut(&'a TaskFrame)) {
        match &self.body {
            Body::Function(task) => visit(task),
            Body::Fork(branches) => branches.iter().for_each(|branch| {
                if let Branch::Open(task) = branch {
                    visit(task);
                }
            }),
            _ => {}
        }
    }
}
