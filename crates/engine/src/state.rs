//! The state of a run: where it stands, what it holds, what it waits for. Plain data; the version in `v` names its
//! shape, and an older shape is read by adding a variant here, never by changing one.

use crate::api::RunEvent;
use crate::error::ErrorDoc;
use baton_base::{CallId, Digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The shape written today.
pub const STATE_VERSION: u32 = 1;

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
    /// Ended well.
    Completed,
    /// Ended with an error.
    Faulted,
    /// Ended by somebody.
    Cancelled,
}

impl Status {
    /// Whether nothing more will happen.
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
    pub input: Value,
    /// What its tasks exported.
    pub context: Value,
    /// The timer of the whole run's timeout.
    pub timer: Option<CallId>,
    /// Its position.
    pub position: Option<ListFrame>,
    /// Its output, once completed.
    pub output: Option<Value>,
    /// Its error, once faulted.
    pub error: Option<ErrorDoc>,
    /// What happened while it was suspended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<RunEvent>,
}

impl RunState {
    /// A run before its first event.
    pub fn new() -> Self {
        Self { v: STATE_VERSION, context: Value::Object(Map::new()), ..Self::default() }
    }

    /// Ids of all calls, timers, subscriptions and child runs that are open.
    pub fn open_calls(&self) -> Vec<CallId> {
        let mut open: Vec<CallId> = self.timer.iter().cloned().collect();
        if let Some(position) = &self.position {
            position.each_open(&mut |wait| open.push(wait.call().clone()));
        }
        open
    }

    /// Paths of the tasks that wait for something outside, innermost only.
    pub fn waiting_tasks(&self) -> Vec<String> {
        let mut paths = Vec::new();
        if let Some(position) = &self.position {
            position.each_leaf(&mut |frame| paths.push(frame.path.clone()));
        }
        paths
    }
}

/// Position in a list of tasks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ListFrame {
    /// Index of the current task.
    pub at: usize,
    /// Input of the next task, while none is open.
    pub data: Value,
    /// The open task.
    pub task: Option<Box<TaskFrame>>,
}

/// An open task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskFrame {
    /// Its path in the definition.
    pub path: String,
    /// When it started, milliseconds since the epoch.
    pub started_ms: i64,
    /// Its input, after `input.from`.
    pub input: Value,
    /// The timer of its timeout.
    pub timer: Option<CallId>,
    /// What it does.
    pub body: Body,
}

/// What an open task does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// About to begin.
    Ready,
    /// Waits for a call.
    Call(CallId),
    /// Runs a function of `use.functions`.
    Function(Box<TaskFrame>),
    /// Runs a list of tasks.
    Do(ListFrame),
    /// Runs a list of tasks for each item.
    For {
        /// The items.
        items: Vec<Value>,
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
        output: Value,
    },
}

/// One branch of a fork.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Branch {
    /// Not begun.
    Ready(Value),
    /// Open.
    Open(Box<TaskFrame>),
    /// Ended well.
    Done(Value),
    /// Ended with an error (only where branches compete).
    Failed(ErrorDoc),
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
        timer: Option<CallId>,
    },
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
    pub current: Option<ListFrame>,
    /// With `foreach`: outputs so far.
    pub outputs: Vec<Value>,
}

/// Something open on the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open<'a> {
    Timer(&'a CallId),
    Call(&'a CallId),
    Listen(&'a CallId),
}

impl<'a> Open<'a> {
    pub(crate) fn call(self) -> &'a CallId {
        match self {
            Self::Timer(call) | Self::Call(call) | Self::Listen(call) => call,
        }
    }
}

impl ListFrame {
    /// A list at its beginning.
    pub(crate) fn begin(data: Value) -> Self {
        Self { at: 0, data, task: None }
    }

    pub(crate) fn each_open<'a>(&'a self, visit: &mut dyn FnMut(Open<'a>)) {
        if let Some(task) = &self.task {
            task.each_open(visit);
        }
    }

    fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a TaskFrame)) {
        if let Some(task) = &self.task {
            task.each_leaf(visit);
        }
    }
}

impl TaskFrame {
    pub(crate) fn each_open<'a>(&'a self, visit: &mut dyn FnMut(Open<'a>)) {
        self.timer.iter().for_each(|timer| visit(Open::Timer(timer)));
        match &self.body {
            Body::Call(call) | Body::Child(call) => visit(Open::Call(call)),
            Body::Wait(timer) => visit(Open::Timer(timer)),
            Body::Try { phase: TryPhase::Trying { timer: Some(timer), .. }, .. } => visit(Open::Timer(timer)),
            Body::Try { phase: TryPhase::Delay { timer, .. }, .. } => visit(Open::Timer(timer)),
            Body::Listen(listen) if !listen.satisfied => visit(Open::Listen(&listen.call)),
            _ => {}
        }
        self.each_list(&mut |list| list.each_open(visit));
        self.each_task(&mut |task| task.each_open(visit));
    }

    fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a TaskFrame)) {
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
