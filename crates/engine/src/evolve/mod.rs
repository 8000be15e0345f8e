//! The interpreter: one event in, the run's next wishes out.
//!
//! A run is a tree of frames beside the definition's tree of tasks. Each event polls the tree from the root: the frame
//! that waits for it goes on, everything else stays as it is, and whatever can go on without the outside does. Nothing
//! here reads a clock, draws a random number or does I/O.

mod call;
mod events;
mod extend;
mod fork;
mod list;
mod listen;
mod loops;
mod retry;
mod scope;
mod task;

use crate::api::{Action, Change, Phase, RunEvent, Trace, Turn};
use crate::ast::{Flow, Task};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::HELD_EVENTS_MAX;
use crate::state::{ListFrame, Open, RunState, STATE_VERSION, Status, TaskFrame};
use crate::{Definition, span};
use baton_base::CallId;
use scope::Scope;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Takes one event and runs as far as possible.
///
/// Deterministic: the same definition, state, event and time give the same state and turn. An event for a call that is
/// no longer open changes nothing, so late and repeated deliveries do no harm. A state pinned to another definition is
/// left as it is, and the trace says so.
pub fn evolve(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    if state.status != Status::New && state.definition != def.digest {
        return mismatch(def, state, now_ms);
    }
    match (state.status, event) {
        (Status::New, RunEvent::Started { input, run_id }) => start(def, state, input, run_id, now_ms),
        (Status::Faulted, RunEvent::Retried { .. }) => {
            refused("this run failed before positions of failed runs were kept; start a new one")
        }
        (Status::New | Status::Completed | Status::Faulted | Status::Cancelled, _) => Turn::default(),
        (_, RunEvent::Started { .. }) => Turn::default(),
        (_, RunEvent::Retried { .. }) => refused("the run has not failed"),
        (_, RunEvent::Migrated { .. }) => refused("a run is moved between versions by 'migrate', which knows both"),
        (_, RunEvent::Cancelled { reason, .. }) => cancel(def, state, event, reason, now_ms),
        (Status::Suspended, RunEvent::Resumed) => resume(def, state, now_ms),
        (Status::Suspended, RunEvent::Suspended { .. }) | (Status::Running, RunEvent::Resumed) => Turn::default(),
        (Status::Suspended, _) => hold(state, event),
        (Status::Running, RunEvent::Suspended { .. }) => {
            state.status = Status::Suspended;
            Turn { changes: vec![Change::Suspended { tasks: state.waiting_tasks() }], ..Turn::default() }
        }
        (Status::Running, _) => go_on(def, state, event, now_ms),
    }
}

fn refused(why: &str) -> Turn {
    Turn { refused: Some(why.to_owned()), ..Turn::default() }
}

fn mismatch(def: &Definition, state: &RunState, now_ms: i64) -> Turn {
    let detail = format!("the run is pinned to definition {}, not {}", state.definition, def.digest);
    let trace = Trace {
        task: "".into(),
        name: def.name().into(),
        kind: "process".into(),
        phase: Phase::Failed,
        input: None,
        output: None,
        error: Some(ErrorDoc::standard(ErrorKind::Configuration, detail)),
        at_ms: now_ms,
    };
    Turn { trace: vec![trace], ..Turn::default() }
}

fn start(def: &Definition, state: &mut RunState, input: &Value, run_id: &str, now_ms: i64) -> Turn {
    *state = RunState {
        v: STATE_VERSION,
        run_id: run_id.to_owned(),
        definition: def.digest.clone(),
        status: Status::Running,
        started_ms: now_ms,
        input: input.clone(),
        context: Value::Object(Map::new()),
        ..RunState::default()
    };
    let begun = RunEvent::Resumed;
    let mut cx = Cx::new(def, state, &begun, now_ms);
    let opened = cx.open_run(input);
    let turn = cx.give_back(state);
    match opened {
        Ok((input, timer)) => {
            state.input = input.clone();
            state.timer = timer;
            state.position = Some(ListFrame::begin(input));
            let started = Turn { changes: vec![Change::Started], ..turn };
            join(started, go_on(def, state, &begun, now_ms))
        }
        Err(error) => join(turn, fault(state, error)),
    }
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
        Some(call) => state.open_calls().contains(call) && !state.held.iter().any(|held| held.call() == Some(call)),
        None => state.held.len() < HELD_EVENTS_MAX,
    };
    if wanted {
        state.held.push(event.clone());
    }
    Turn::default()
}

fn resume(def: &Definition, state: &mut RunState, now_ms: i64) -> Turn {
    state.status = Status::Running;
    let held = std::mem::take(&mut state.held);
    let resumed = Turn { changes: vec![Change::Resumed { tasks: state.waiting_tasks() }], ..Turn::default() };
    held.iter().fold(resumed, |turn, event| join(turn, evolve(def, state, event, now_ms)))
}

fn cancel(def: &Definition, state: &mut RunState, event: &RunEvent, reason: &str, now_ms: i64) -> Turn {
    let position = state.position.take();
    let mut cx = Cx::new(def, state, event, now_ms);
    if let Some(position) = position {
        cx.stop_list(position);
    }
    let mut turn = cx.give_back(state);
    turn.actions.extend(state.timer.take().map(|call| Action::CancelTimer { call }));
    turn.actions.push(Action::Cancelled { reason: reason.to_owned() });
    state.held.clear();
    state.status = Status::Cancelled;
    turn
}

fn fault(state: &mut RunState, error: ErrorDoc) -> Turn {
    let mut turn = Turn::default();
    turn.actions.extend(state.timer.take().map(|call| Action::CancelTimer { call }));
    turn.actions.push(Action::Faulted { error: error.clone() });
    state.error = Some(error);
    state.position = None;
    state.status = Status::Faulted;
    turn
}

fn go_on(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    let Some(mut position) = state.position.take() else { return Turn::default() };
    let mut cx = Cx::new(def, state, event, now_ms);
    if cx.fired(state.timer.as_ref()) {
        cx.stop_list(position);
        let turn = cx.give_back(state);
        state.timer = None;
        let error = ErrorDoc::standard(ErrorKind::Timeout, "the run took longer than its timeout").from_task("/");
        return join(turn, fault(state, error));
    }
    let polled = cx.poll_list(&def.list, &mut position);
    let ended = match polled {
        Ok(Poll::Pending) => {
            state.position = Some(position);
            None
        }
        Ok(Poll::Ready(end)) => Some(cx.close_run(end.output)),
        Err(error) => Some(Err(error)),
    };
    let mut turn = cx.give_back(state);
    match ended {
        None => turn,
        Some(Ok(output)) => {
            turn.actions.extend(state.timer.take().map(|call| Action::CancelTimer { call }));
            turn.actions.push(Action::Completed { output: output.clone() });
            state.output = Some(output);
            state.status = Status::Completed;
            turn
        }
        Some(Err(error)) => join(turn, fault(state, error)),
    }
}

/// Whether something has ended, with what.
enum Poll<T> {
    Pending,
    Ready(T),
}

/// How a task ended.
struct Done {
    output: Value,
    flow: Flow,
}

/// How a list of tasks ended.
struct ListEnd {
    output: Value,
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

/// One turn of one run.
struct Cx<'a> {
    def: &'a Definition,
    event: &'a RunEvent,
    now_ms: i64,
    run_id: String,
    started_ms: i64,
    input: Value,
    context: Value,
    calls: u64,
    /// Calls given out before this turn: only those can be answered by its event.
    calls_before: u64,
    turn: Turn,
    /// Variables of the loops and handlers around the current task.
    vars: Vec<(String, Value)>,
    tasks: u64,
    /// Levels of the stored state around the current task.
    levels: usize,
    attempt: u32,
}

impl<'a> Cx<'a> {
    fn new(def: &'a Definition, state: &mut RunState, event: &'a RunEvent, now_ms: i64) -> Self {
        Self {
            def,
            event,
            now_ms,
            run_id: state.run_id.clone(),
            started_ms: state.started_ms,
            input: std::mem::take(&mut state.input),
            context: std::mem::take(&mut state.context),
            calls: state.calls,
            calls_before: state.calls,
            turn: Turn::default(),
            vars: Vec::new(),
            tasks: 0,
            levels: 0,
            attempt: 1,
        }
    }

    fn give_back(self, state: &mut RunState) -> Turn {
        state.input = self.input;
        state.context = self.context;
        state.calls = self.calls;
        self.turn
    }

    /// The run's input, checked and mapped, and the timer of its timeout.
    fn open_run(&mut self, raw: &Value) -> Result<(Value, Option<CallId>), ErrorDoc> {
        let def = self.def;
        let checked = self.check_schema(def.input.schema.as_ref(), raw, "the input").and_then(|()| {
            let scope = Scope { task: None, input: raw, output: None, started_ms: self.now_ms };
            self.mapped(def.input.map.as_ref(), raw, &scope)
        });
        let input = checked.and_then(|input| self.within_limit(input)).map_err(|e| e.from_task("/input"))?;
        let timer = match &def.timeout {
            Some(span) => {
                let scope = Scope { task: None, input: &input, output: None, started_ms: self.now_ms };
                let ms = self.span(span, &input, &scope).map_err(|e| e.from_task("/timeout"))?;
                Some(self.set_timer(ms))
            }
            None => None,
        };
        Ok((input, timer))
    }

    /// The run's output, mapped and checked.
    fn close_run(&mut self, raw: Value) -> Result<Value, ErrorDoc> {
        let def = self.def;
        let input = self.input.clone();
        let scope = Scope { task: None, input: &input, output: Some(&raw), started_ms: self.started_ms };
        let output = self.mapped(def.output.map.as_ref(), &raw, &scope).and_then(|output| self.within_limit(output));
        let output = output.map_err(|e| e.from_task("/output"))?;
        self.check_schema(def.output.schema.as_ref(), &output, "the output").map_err(|e| e.from_task("/output"))?;
        Ok(output)
    }

    /// A new call id: the run's id and a count, so that a replay gives the same.
    fn next_call(&mut self) -> CallId {
        self.calls += 1;
        CallId::known(format!("{}.{}", self.run_id, self.calls))
    }

    fn act(&mut self, action: Action) {
        self.turn.actions.push(action);
    }

    fn set_timer(&mut self, after_ms: i64) -> CallId {
        let call = self.next_call();
        let due_ms = self.now_ms.saturating_add(after_ms);
        self.act(Action::SetTimer { call: call.clone(), due_ms });
        call
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
            at_ms: self.now_ms,
        };
        let at = self.turn.trace.len();
        self.turn.trace.push(trace);
        &mut self.turn.trace[at]
    }

    /// Takes back whatever an abandoned list asked for.
    fn stop_list(&mut self, list: ListFrame) {
        if let Some(task) = list.task {
            self.stop_task(&task);
        }
    }

    /// Takes back whatever an abandoned task asked for.
    fn stop_task(&mut self, task: &TaskFrame) {
        let answered = self.event.call();
        let mut actions = Vec::new();
        task.each_open(&mut |open| {
            if Some(open.call()) == answered {
                return;
            }
            actions.push(match open {
                Open::Timer(call) => Action::CancelTimer { call: call.clone() },
                Open::Call(call) => Action::CancelCall { call: call.clone(), compensate: false },
                Open::Listen(call) => Action::Unlisten { call: call.clone() },
            });
        });
        self.turn.actions.extend(actions);
        let name = task.path.rsplit('/').next().unwrap_or_default().into();
        self.turn.trace.push(Trace {
            task: task.path.as_str().into(),
            name,
            kind: "stopped".into(),
            phase: Phase::Stopped,
            input: None,
            output: None,
            error: None,
            at_ms: self.now_ms,
        });
    }

    /// An instant as the specification describes it to expressions.
    fn instant(ms: i64) -> Value {
        serde_json::json!({
            "iso8601": span::rfc3339(ms),
            "epoch": {"seconds": ms.div_euclid(1000), "milliseconds": ms},
        })
    }
}
