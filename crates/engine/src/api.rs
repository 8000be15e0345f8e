//! What goes into a run and what comes out of it.

use crate::error::ErrorDoc;
use baton_base::{CallId, Digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value that several places of a run share; stored as the value itself.
pub type Data = Arc<Value>;

/// Something that happened outside and that a run must hear of. Stored in the run's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// The run begins; only the first event of a run.
    Started {
        /// The raw input.
        input: Value,
        /// Id of the run; call ids derive from it.
        run_id: String,
    },
    /// A call gave a result.
    CallFinished {
        /// Which call.
        call: CallId,
        /// The result.
        output: Value,
    },
    /// A call failed.
    CallFailed {
        /// Which call.
        call: CallId,
        /// Why.
        error: ErrorDoc,
    },
    /// A timer is due.
    TimerFired {
        /// Which timer.
        call: CallId,
    },
    /// An event came in that this run may be listening for (a `CloudEvent` as JSON).
    EventReceived {
        /// The event.
        cloud_event: Value,
    },
    /// A run that this run started and waits for has ended.
    ChildFinished {
        /// The call that started it.
        call: CallId,
        /// How it ended.
        result: ChildResult,
    },
    /// Somebody ends the run. A faulted run can still be cancelled with compensation.
    Cancelled {
        /// In words.
        reason: String,
        /// Whether what finished tasks have done is undone first, by the functions that they name for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        compensate: bool,
    },
    /// Somebody lets a faulted run go on where it failed. What is done already is not done again.
    Retried {
        /// In words.
        reason: String,
        /// Input for the failed task instead of the one it had. Where the task's work was done and only its output
        /// could not be made, this stands for the result of the work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<Value>,
    },
    /// Somebody moved the run to another version of its process. Taken by [`crate::migrate`] and [`crate::fold`],
    /// which know both versions; [`crate::evolve`] knows one, and refuses it.
    Migrated {
        /// Digest of the definition that it leaves.
        from: Digest,
        /// Digest of the definition that it goes on with.
        definition: Digest,
        /// Which task is which.
        #[serde(default)]
        map: MigrationMap,
    },
    /// Somebody pauses the run: what happens meanwhile is kept and handled on resume.
    Suspended {
        /// In words.
        reason: String,
    },
    /// The run goes on.
    Resumed,
}

impl RunEvent {
    /// The call that it answers, if it answers one.
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::CallFinished { call, .. }
            | Self::CallFailed { call, .. }
            | Self::TimerFired { call }
            | Self::ChildFinished { call, .. } => Some(call),
            Self::Started { .. }
            | Self::EventReceived { .. }
            | Self::Cancelled { .. }
            | Self::Retried { .. }
            | Self::Migrated { .. }
            | Self::Suspended { .. }
            | Self::Resumed => None,
        }
    }
}

/// How the parts of one version of a process correspond to those of another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationMap {
    /// Paths of tasks in the old version and in the new one. What is inside a task moves with it. A task that is not
    /// named has the same path in both.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, String>,
    /// A jq expression that makes the new version's context out of the old one's (`.`); the same where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// How a child run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildResult {
    /// With this output.
    Completed(Value),
    /// With this error.
    Faulted(ErrorDoc),
}

/// What a run wants from the outside. Delivered at least once: `call` tells repeats apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Call a function; answered by `CallFinished` or `CallFailed`.
    Call {
        /// Id of this call; also its idempotency key. A retry has a new one.
        call: CallId,
        /// Path of the task.
        task: String,
        /// 1 for the first attempt, counted up by the nearest `try` with a retry policy.
        attempt: u32,
        /// What to call, all expressions evaluated.
        function: FunctionCall,
    },
    /// Fire `TimerFired` when due.
    SetTimer {
        /// Id of the timer.
        call: CallId,
        /// When, milliseconds since the epoch.
        due_ms: i64,
    },
    /// A timer is no longer wanted.
    CancelTimer {
        /// Which.
        call: CallId,
    },
    /// The result of a call (or of a child run) is no longer wanted.
    CancelCall {
        /// Which.
        call: CallId,
        /// For a child run: whether it is to undo what it has done.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        compensate: bool,
    },
    /// Deliver matching events as `EventReceived`.
    Listen {
        /// Id of this subscription.
        call: CallId,
        /// Each `{with: {attribute: literal}, correlate: {name: {from, expect}}}`; an event that matches one `with`
        /// must be delivered (attributes given by expressions are left out and checked by the run itself). An empty
        /// `with` matches any event.
        filters: Vec<Value>,
    },
    /// A subscription is no longer wanted.
    Unlisten {
        /// Which.
        call: CallId,
    },
    /// Publish an event.
    Emit {
        /// A `CloudEvent` as JSON.
        event: Value,
    },
    /// Start another process as a child run.
    RunProcess {
        /// Id of this call.
        call: CallId,
        /// Namespace of the process.
        namespace: String,
        /// Name of the process.
        name: String,
        /// Version of the process, or `latest`.
        version: String,
        /// Its input.
        input: Value,
        /// Whether this run waits for it (`ChildFinished`).
        wait: bool,
    },
    /// The run has ended well.
    Completed {
        /// Its output.
        output: Value,
    },
    /// The run has ended with an error nobody caught.
    Faulted {
        /// The error.
        error: ErrorDoc,
    },
    /// The run was cancelled.
    Cancelled {
        /// As given.
        reason: String,
    },
}

/// A call with all its arguments evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FunctionCall {
    /// A platform function, such as `human-task`, or one of a catalog (`name:version@catalog`).
    Function {
        /// As called.
        name: String,
        /// Its arguments.
        args: Value,
    },
    /// An HTTP request.
    Http(Box<HttpCall>),
    /// An operation of an `OpenAPI` document.
    #[serde(rename = "openapi")]
    OpenApi(Box<OpenApiCall>),
    /// A method of an MCP server.
    Mcp(Box<McpCall>),
    /// A method of an A2A agent.
    A2a(Box<A2aCall>),
}

/// Where to call, and with which credentials.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Endpoint {
    /// The URI, template variables filled in.
    pub uri: String,
    /// The authentication policy, references resolved (`{basic|bearer|digest|oauth2|oidc: …}`); a secret is named,
    /// never contained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Value>,
}

/// `content` (default), `raw` or `response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpOutput {
    /// The body, decoded by its content type.
    #[default]
    Content,
    /// The body's bytes, base64.
    Raw,
    /// `{request, statusCode, headers, content}`.
    Response,
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpCall {
    /// Method, upper case.
    pub method: String,
    /// Where.
    pub endpoint: Endpoint,
    /// Header fields.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// Query parameters.
    #[serde(default)]
    pub query: Map<String, Value>,
    /// Body, if any.
    #[serde(default)]
    pub body: Option<Value>,
    /// What the task's output shall be.
    #[serde(default)]
    pub output: HttpOutput,
    /// Whether answers 300–399 are followed or accepted instead of being errors.
    #[serde(default)]
    pub redirect: bool,
}

/// An operation of an `OpenAPI` document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenApiCall {
    /// Where the document is.
    pub document: Endpoint,
    /// Which operation.
    pub operation_id: String,
    /// Its parameters.
    pub parameters: Map<String, Value>,
    /// The authentication policy for the operation's server, as in [`Endpoint`].
    pub authentication: Option<Value>,
    /// What the task's output shall be.
    pub output: HttpOutput,
    /// As in [`HttpCall`].
    pub redirect: bool,
}

/// A method of an MCP server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct McpCall {
    /// Such as `tools/call`.
    pub method: String,
    /// The method's parameters.
    pub parameters: Value,
    /// Where the server is (streamable HTTP).
    pub endpoint: Endpoint,
    /// Header fields for the transport.
    pub headers: Map<String, Value>,
    /// Version of the protocol.
    pub protocol_version: String,
    /// Longest wait, milliseconds, if the author set one.
    pub timeout_ms: Option<i64>,
}

/// A method of an A2A agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct A2aCall {
    /// Such as `message/send`.
    pub method: String,
    /// The method's parameters.
    pub parameters: Value,
    /// Where the agent card is, if given.
    pub agent_card: Option<Endpoint>,
    /// Where the agent is, if given.
    pub server: Option<Endpoint>,
}

/// What one event led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// What the run wants now, in order.
    pub actions: Vec<Action>,
    /// What its tasks did, in order.
    pub trace: Vec<Trace>,
    /// What changed for the run as a whole, in order; its end is in `actions`.
    pub changes: Vec<Change>,
    /// Why the event could not be taken, in words for who sent it. The state is as it was.
    pub refused: Option<String>,
}

/// Something that changed for a run as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// It began.
    Started,
    /// It is paused.
    Suspended {
        /// Paths of the tasks that wait.
        tasks: Vec<String>,
    },
    /// It goes on after a pause.
    Resumed {
        /// Paths of the tasks that wait.
        tasks: Vec<String>,
    },
    /// It goes on where it had failed.
    Retried,
    /// It undoes what it has done.
    Compensating,
    /// One of its tasks begins to listen for events.
    Correlating {
        /// Path of the task.
        task: String,
    },
    /// One of its tasks has heard all that it listened for.
    Correlated {
        /// Path of the task.
        task: String,
        /// The values that the events agreed on.
        keys: Map<String, Value>,
    },
}

/// One thing that a task did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Path of the task, such as `/do/0/triage`.
    pub task: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its kind, such as `call`.
    pub kind: Cow<'static, str>,
    /// What happened.
    pub phase: Phase,
    /// Its input, when it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Data>,
    /// Its output, when it finishes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Data>,
    /// The error, when it fails or is retried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDoc>,
    /// The case that a switch took, when it finishes; none where no case held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
}

/// What happened to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It began.
    Started,
    /// It ended well.
    Finished,
    /// It ended with an error.
    Failed,
    /// Its `if` was false.
    Skipped,
    /// It failed and will be tried again.
    Retried,
    /// It was stopped because something around it ended.
    Stopped,
}
