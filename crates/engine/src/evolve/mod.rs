//! The interpreter: one event in, the run's next wishes out.
//!
//! A run is a tree of frames beside the definition's tree of tasks. Each event polls the tree from the root: the frame
//! that waits for it goes on, everything else stays as it is, and whatever can go on without the outside does. An error
//! leaves the frames that it passes as they are, so that a run that nobody's `catch` has saved can go on from there
//! later; whoever catches it takes back what they had open. Nothing here reads a clock, draws a random number or does
//! I/O.

mod call;
mod events;
mod extend;
mod fork;
mod halt;
mod life;
mod list;
mod listen;
mod loops;
mod retry;
mod scope;
mod task;
mod undo;

pub(crate) use scope::Scope;

use crate::api::{Action, Change, Data, Phase, RunEvent, Trace, Turn};
use crate::ast::{Flow, Task};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::HELD_EVENTS_MAX;
use crate::state::{Finished, RunState, STATE_VERSION, Status};
use crate::{Definition, span};
use baton_base::CallId;
use serde_json::Value;
use std::sync::Arc;

/// Takes one event and runs as far as possible.
///
/// Deterministic: the same definition, state, event and time give the same state and turn. An event for a call that is
/// no longer open changes nothing, so late and repeated deliveries do no harm. A state pinned to another definition, or
/// written by a later version of this program, is left as it is, and the turn says so.
pub fn evolve(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    if state.v > STATE_VERSION {
        return unfit(
            def,
            format!("the run's state has shape {}, of a later version of this program", state.v),
            now_ms,
        );
    }
    if state.status != Status::New && state.definition != def.digest {
        let detail = format!("the run is pinned to definition {}, not {}", state.definition, def.digest);
        return unfit(def, detail, now_ms);
    }
    match (state.status, event) {
        (Status::New, RunEvent::Started { input, run_id }) => life::start(def, state, input, run_id, now_ms),
        (_, RunEvent::Migrated { .. }) => {
            refused("a run is moved to another version by 'migrate', which knows both versions")
        }
        (Status::Faulted, RunEvent::Retried { input, .. }) => life::retry(def, state, event, input.as_ref(), now_ms),
        (_, RunEvent::Retried { .. }) => refused("only a run that has failed can be retried"),
        (Status::Faulted, RunEvent::Cancelled { reason, compensate: true }) => {
            undo::cancel(def, state, event, reason, now_ms)
        }
        (Status::New | Status::Completed | Status::Faulted | Status::Cancelled, _) => Turn::default(),
        (_, RunEvent::Started { .. }) => Turn::default(),
        (_, RunEvent::Cancelled { reason, compensate }) => match (state.undoing.is_some(), *compensate) {
            (true, true) => Turn::default(),
            (false, true) => undo::cancel(def, state, event, reason, now_ms),
            (_, false) => life::cancel(def, state, event, reason, now_ms),
        },
        (Status::Suspended, RunEvent::Resumed) => resume(def, state, now_ms),
        (Status::Suspended, RunEvent::Suspended { .. }) => Turn::default(),
        (Status::Running | Status::Compensating, RunEvent::Resumed) => Turn::default(),
        (Status::Suspended, _) => hold(state, event),
        (Status::Running | Status::Compensating, RunEvent::Suspended { .. }) => {
            state.status = Status::Suspended;
            Turn { changes: vec![Change::Suspended { tasks: state.waiting_tasks() }], ..Turn::default() }
        }
        (Status::Running, _) => life::go_on(def, state, event, now_ms),
        (Status::Compensating, _) => undo::go_on(def, state, event, now_ms),
    }
}

fn refused(why: &str) -> Turn {
    Turn { refused: Some(why.to_owned()), ..Turn::default() }
}

/// What comes of a state that this definition or this program does not fit.
fn unfit(def: &Definition, detail: String, now_ms: i64) -> Turn {
    let trace = Trace {
        task: "".into(),
        name: def.name().into(),
        kind: "process".into(),
        phase: Phase::Failed,
        input: None,
        output: None,
        error: Some(ErrorDoc::standard(ErrorKind::Configuration, detail.clone())),
        case: None,
        at_ms: now_ms,
    };
    Turn { trace: vec![trace], refused: Some(detail), ..Turn::default() }
}

fn join(mut first: Turn, second: Turn) -> Turn {
    first.actions.extend(second.actions);
    first.trace.extend(second.trace);
    first.changes.extend(second.changes);
    first.refused = first.refused.or(second.refused);
    first
}

fn hold(state: &mut RunState, event: &RunEvent) -> Turn {
    let wanted = match event.call() {
        // An answer counts once, and only while its call is open.
        Some(call) => state.is_open(call) && !state.held.iter().any(|held| held.call() == Some(call)),
        None => state.held.len() < HELD_EVENTS_MAX,
    };
    if wanted {
        state.held.push(event.clone());
        return Turn::default();
    }
    match event.call() {
        Some(_) => Turn::default(),
        None => refused("the run is suspended, and already keeps as many events for later as it can"),
    }
}

fn resume(def: &Definition, state: &mut RunState, now_ms: i64) -> Turn {
    state.status = if state.undoing.is_some() { Status::Compensating } else { Status::Running };
    let held = std::mem::take(&mut state.held);
    let resumed = Turn { changes: vec![Change::Resumed { tasks: state.waiting_tasks() }], ..Turn::default() };
    held.iter().fold(resumed, |turn, event| join(turn, evolve(def, state, event, now_ms)))
}

/// Whether something has ended, with what.
enum Poll<T> {
    Pending,
    Ready(T),
}

/// How a task ended.
struct Done {
    output: Data,
    flow: Flow,
}

/// How a list of tasks ended.
struct ListEnd {
    output: Data,
    how: EndKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EndKind {
    /// After its last task.
    Through,
    /// By `exit`.
    Exit,
    /// By `end`: the whole run ends.
    End,
}

/// A run that has failed goes on.
struct Again {
    /// Path of the task that failed.
    failed: String,
    /// Its new input, until it is used.
    input: Option<Data>,
}

/// One turn of one run.
struct Cx<'a> {
    def: &'a Definition,
    event: &'a RunEvent,
    now_ms: i64,
    run_id: String,
    started_ms: i64,
    input: Data,
    raw_input: Option<Data>,
    context: Data,
    calls: u64,
    /// Calls given out before this turn: only those can be answered by its event.
    calls_before: u64,
    done: Vec<Finished>,
    /// Whether the run undoes what it has done.
    undoing: bool,
    turn: Turn,
    /// Variables of the loops and handlers around the current task.
    vars: Vec<(&'a str, Data)>,
    tasks: u64,
    /// Levels of the stored state around the current task.
    levels: usize,
    attempt: u32,
    /// Path of the innermost task that the current error came from.
    failed_at: Option<Arc<str>>,
    again: Option<Again>,
    /// The case that the switch just evaluated took.
    case: Option<String>,
}

impl<'a> Cx<'a> {
    fn new(def: &'a Definition, state: &mut RunState, event: &'a RunEvent, now_ms: i64) -> Self {
        state.v = STATE_VERSION;
        Self {
            def,
            event,
            now_ms,
            run_id: std::mem::take(&mut state.run_id),
            started_ms: state.started_ms,
            input: Arc::clone(&state.input),
            raw_input: state.raw_input.clone(),
            context: Arc::clone(&state.context),
            calls: state.calls,
            calls_before: state.calls,
            done: std::mem::take(&mut state.done),
            undoing: state.undoing.is_some(),
            turn: Turn::default(),
            vars: Vec::new(),
            tasks: 0,
            levels: 0,
            attempt: 1,
            failed_at: None,
            again: None,
            case: None,
        }
    }

    fn give_back(self, state: &mut RunState) -> Turn {
        state.run_id = self.run_id;
        state.context = self.context;
        state.calls = self.calls;
        state.done = self.done;
        self.turn
    }

    /// A new call id: the run's id and a count, so that a replay gives the same.
    fn next_call(&mut self) -> CallId {
        self.calls += 1;
        CallId::known(format!("{}.{}", self.run_id, self.calls))
    }

    fn act(&mut self, action: Action) {
        self.turn.actions.push(action);
    }

    fn set_timer(&mut self, after_ms: i64) -> (CallId, i64) {
        let call = self.next_call();
        let due_ms = self.now_ms.saturating_add(after_ms);
        self.act(Action::SetTimer { call: call.clone(), due_ms });
        (call, due_ms)
    }

    /// Whether this turn's event is the firing of a timer.
    fn fired(&self, timer: Option<&CallId>) -> bool {
        matches!(self.event, RunEvent::TimerFired { call } if Some(call) == timer)
    }

    fn trace(&mut self, task: &Task, phase: Phase) -> &mut Trace {
        let trace = Trace {
            task: Arc::clone(&task.path),
            name: Arc::clone(&task.name),
            kind: task.body.kind().into(),
            phase,
            input: None,
            output: None,
            error: None,
            case: None,
            at_ms: self.now_ms,
        };
        let at = self.turn.trace.len();
        self.turn.trace.push(trace);
        &mut self.turn.trace[at]
    }

    /// An instant as the specification describes it to expressions.
    fn instant(ms: i64) -> Value {
        serde_json::json!({
            "iso8601": span::rfc3339(ms),
            "epoch": {"seconds": ms.div_euclid(1000), "milliseconds": ms},
        })
    }
}
