//! The process language (Open Workflow Specification DSL 1.0.3) and its interpreter, free of I/O.
//!
//! [`Definition::parse`] reads a process strictly, [`lint`] finds what is right but unwise, and [`evolve`] takes one
//! event and tells what the run wants next. The same definition, state, event and time always give the same result:
//! the journal of a run's events is the run.

mod api;
mod ast;
mod cron;
mod definition;
mod editor;
mod error;
mod evolve;
pub mod expr;
mod graph;
mod lifecycle;
pub mod limits;
mod lint;
mod migrate;
mod node;
mod outline;
mod parse;
mod schedule;
mod span;
mod state;
mod waits;

pub use api::{
    A2aCall, Action, Change, ChildResult, Data, Endpoint, FunctionCall, HttpCall, HttpOutput, McpCall, MigrationMap,
    OpenApiCall, Phase, RunEvent, Trace, Turn,
};
pub use baton_base::{CallId, Finding, Severity};
pub use cron::Cron;
pub use definition::{ChildProcess, Definition, PlatformCall};
pub use editor::editor_schema;
pub use error::{ErrorDoc, ErrorKind};
pub use evolve::evolve;
pub use graph::{Edge, Graph, GraphNode};
pub use lifecycle::lifecycle;
pub use lint::{LintRule, lint, lint_in, lint_rules};
pub use migrate::{Misfit, Unfoldable, fold, migrate};
pub use outline::TaskInfo;
pub use parse::Files;
pub use schedule::Schedule;
pub use state::{
    Body, Branch, Finished, ListFrame, ListenFrame, RunState, STATE_VERSION, Status, TaskFrame, TryPhase, Undoing,
};
pub use waits::{Wait, WaitKind};

/// A duration as definitions write it (`PT5M`, `{minutes: 5}`), in milliseconds; the error says in words what it is not.
pub fn duration_ms(value: &serde_json::Value) -> Result<i64, String> {
    span::from_value(value)
}
