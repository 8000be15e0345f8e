//! The life of a run: its beginning, its turns, its ends, and going on after it has failed.

use super::{Again, Cx, ListEnd, Poll, Scope, join, refused};
use crate::Definition;
use crate::api::{Action, Change, Data, RunEvent, Turn};
use crate::error::{ErrorDoc, ErrorKind};
use crate::state::{Body, Branch, ListFrame, RunState, STATE_VERSION, Status, TaskFrame, TryPhase};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Where a run's own output is made.
const OUTPUT: &str = "/output";

pub(super) fn start(def: &Definition, state: &mut RunState, input: &Value, run_id: &str, now_ms: i64) -> Turn {
    *state = RunState {
        v: STATE_VERSION,
        run_id: run_id.to_owned(),
        definition: def.digest.clone(),
        status: Status::Running,
        started_ms: now_ms,
        input: Arc::new(input.clone()),
        context: Arc::new(Value::Object(Map::new())),
        ..RunState::default()
    };
    let begun = RunEvent::Resumed;
    let mut cx = Cx::new(def, state, &begun, now_ms);
    let opened = cx.open_run();
    if let Ok(Some(mapped)) = &opened {
        state.raw_input = Some(std::mem::replace(&mut state.input, Arc::clone(mapped)));
        cx.input = Arc::clone(mapped);
        cx.raw_input.clone_from(&state.raw_input);
    }
    let timer = opened.and_then(|_| cx.run_timer());
    let turn = Turn { changes: vec![Change::Started], ..cx.give_back(state) };
    match timer {
        Ok(timer) => {
            (state.timer, state.due_ms) = timer.unzip();
            state.position = Some(ListFrame::begin(Arc::clone(&state.input)));
            join(turn, go_on(def, state, &begun, now_ms))
        }
        Err(error) => join(turn, fault(state, error)),
    }
}

pub(super) fn go_on(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    let cx = Cx::new(def, state, event, now_ms);
    poll(state, cx)
}

/// Lets a run go on where it failed, or with what it could not undo.
pub(super) fn retry(
    def: &Definition,
    state: &mut RunState,
    event: &RunEvent,
    input: Option<&Value>,
    now_ms: i64,
) -> Turn {
    if let Err(why) = state.can_retry(input.is_some()) {
        return refused(&why);
    }
    state.v = STATE_VERSION;
    state.error = None;
    let failed = state.failed.take().unwrap_or_default();
    let retried = Turn { changes: vec![Change::Retried], ..Turn::default() };
    if state.undoing.is_some() {
        return join(retried, super::undo::again(def, state, event, now_ms));
    }
    state.status = Status::Running;
    let mut input = input.cloned().map(Arc::new);
    if failed == OUTPUT
        && let (Some(position), Some(input)) = (&mut state.position, input.take())
    {
        position.data = input;
    }
    let mut cx = Cx::new(def, state, event, now_ms);
    let checked = input.map_or(Ok(None), |input| cx.kept(input).map(Some));
    let timer = checked.and_then(|input| {
        cx.again = Some(Again { failed, input });
        cx.run_timer()
    });
    match timer {
        Ok(timer) => {
            (state.timer, state.due_ms) = timer.unzip();
            join(retried, poll(state, cx))
        }
        Err(error) => {
            let turn = cx.give_back(state);
            join(join(retried, turn), fault(state, error))
        }
    }
}

/// Polls the whole run.
fn poll(state: &mut RunState, mut cx: Cx<'_>) -> Turn {
    let Some(mut position) = state.position.take() else { return cx.give_back(state) };
    let ended = if cx.fired(state.timer.as_ref()) {
        state.timer = None;
        let detail = "the run took longer than its timeout";
        Some(Err(ErrorDoc::standard(ErrorKind::Timeout, detail).from_task("/")))
    } else {
        match cx.poll_list(&cx.def.list, &mut position) {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(ListEnd { output, .. })) => Some(cx.close_run(&output)),
            Err(error) => Some(Err(error)),
        }
    };
    match ended {
        None => {
            state.position = Some(position);
            cx.give_back(state)
        }
        Some(Ok(output)) => {
            let mut turn = cx.give_back(state);
            turn.actions.extend(state.timer.take().map(|call| Action::CancelTimer { call }));
            turn.actions.push(Action::Completed { output: output.clone() });
            state.done.clear();
            state.due_ms = None;
            state.output = Some(output);
            state.status = Status::Completed;
            turn
        }
        Some(Err(error)) => {
            cx.halt_list(&mut position);
            state.position = Some(position);
            state.failed = Some(cx.failed_at.take().map_or_else(String::new, |path| path.to_string()));
            let turn = cx.give_back(state);
            join(turn, fault(state, error))
        }
    }
}

pub(super) fn fault(state: &mut RunState, error: ErrorDoc) -> Turn {
    let mut turn = Turn::default();
    turn.actions.extend(state.timer.take().map(|call| Action::CancelTimer { call }));
    turn.actions.push(Action::Faulted { error: error.clone() });
    state.due_ms = None;
    state.error = Some(error);
    state.status = Status::Faulted;
    turn
}

/// Ends a run as it is; what it has done stays done.
pub(super) fn cancel(def: &Definition, state: &mut RunState, event: &RunEvent, reason: &str, now_ms: i64) -> Turn {
    let mut turn = stop(def, state, event, now_ms, false);
    ended_by_somebody(state, reason, &mut turn);
    turn
}

pub(super) fn ended_by_somebody(state: &mut RunState, reason: &str, turn: &mut Turn) {
    turn.actions.push(Action::Cancelled { reason: reason.to_owned() });
    state.done.clear();
    state.undoing = None;
    state.status = Status::Cancelled;
}

/// Takes back whatever a run asked for and has not got.
pub(super) fn stop(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64, compensate: bool) -> Turn {
    let position = state.position.take();
    let mut cx = Cx::new(def, state, event, now_ms);
    if let Some(mut position) = position {
        cx.stop_list(&mut position, compensate);
    }
    let mut done = std::mem::take(&mut cx.done);
    done.iter_mut().filter_map(|entry| entry.frame.as_mut()).for_each(|frame| cx.halt_task(frame));
    cx.done = done;
    let mut turn = cx.give_back(state);
    turn.actions.extend(state.timer.take().map(|call| Action::CancelTimer { call }));
    state.due_ms = None;
    state.failed = None;
    state.held.clear();
    turn
}

impl<'a> Cx<'a> {
    /// Checks the run's input; what `input.from` makes of it, if there is one.
    fn open_run(&mut self) -> Result<Option<Data>, ErrorDoc> {
        let def = self.def;
        let raw = Arc::clone(&self.input);
        let scope = Scope::of_run(&raw);
        let opened = self.check_schema(def.input.schema.as_ref(), &raw, "the input").and_then(|()| {
            let mapped = def.input.map.as_ref().map(|map| self.fill(map, &raw, &scope)).transpose()?;
            match mapped {
                Some(mapped) => self.kept(Arc::new(mapped)).map(Some),
                None => self.kept(Arc::clone(&raw)).map(|_| None),
            }
        });
        opened.map_err(|e| e.from_task("/input"))
    }

    /// The timer of the run's timeout, and when it is due.
    fn run_timer(&mut self) -> Result<Option<(baton_base::CallId, i64)>, ErrorDoc> {
        let Some(span) = &self.def.timeout else { return Ok(None) };
        let input = Arc::clone(&self.input);
        let ms = self.span(span, &input, &Scope::of_run(&input)).map_err(|e| e.from_task("/timeout"))?;
        Ok(Some(self.set_timer(ms)))
    }

    /// The run's output, mapped and checked.
    fn close_run(&mut self, raw: &Data) -> Result<Value, ErrorDoc> {
        let def = self.def;
        let input = Arc::clone(&self.input);
        let scope = Scope { output: Some(raw), ..Scope::of_run(&input) };
        let output = match &def.output.map {
            Some(map) => self.fill(map, raw, &scope).and_then(|output| self.within_limit(output).map(Arc::new)),
            None => Ok(Arc::clone(raw)),
        };
        let checked = output.and_then(|output| {
            self.check_schema(def.output.schema.as_ref(), &output, "the output")?;
            Ok(Value::clone(&output))
        });
        checked.map_err(|e| {
            self.failed_at = Some(OUTPUT.into());
            e.from_task(OUTPUT)
        })
    }
}

impl RunState {
    /// Whether `Retried` would be taken, with another input for the failed task or without; if not, why, for a person.
    pub fn can_retry(&self, with_input: bool) -> Result<(), String> {
        let no = |why: &str| Err(why.to_owned());
        if self.status != Status::Faulted {
            return no("only a run that has failed can be retried");
        }
        if let Some(undoing) = &self.undoing {
            return match (undoing.failed.is_empty(), with_input) {
                (true, _) => no("nothing is left to undo"),
                (false, true) => {
                    no("what undoes a task is given that task's own input and output; retry without input")
                }
                (false, false) => Ok(()),
            };
        }
        let Some(position) = &self.position else {
            return no(
                "this run failed before its first task, or before positions of failed runs were kept; start a new run",
            );
        };
        let failed = self.failed.as_deref().unwrap_or_default();
        let mut frame = None;
        position.each_frame(&mut |open| frame = frame.or((*open.path == *failed).then_some(open)));
        match frame.map(|frame| &frame.body) {
            Some(Body::Closing { output: None, .. }) if !with_input => no(
                "the task's work is done and its result was too large to keep: give the result to go on with as input",
            ),
            None if with_input && failed.is_empty() => no("the run as a whole failed; retry without input"),
            Some(Body::Ready | Body::Begin | Body::Closing { .. }) | None => Ok(()),
            Some(_) if with_input => {
                no("the failed task is made of others, some of which are done; retry without input")
            }
            Some(_) => Ok(()),
        }
    }
}

impl ListFrame {
    fn each_frame<'a>(&'a self, visit: &mut dyn FnMut(&'a TaskFrame)) {
        if let Some(task) = &self.task {
            task.each_frame(visit);
        }
    }
}

impl TaskFrame {
    /// Visits this frame and all inside, those of lost branches too.
    fn each_frame<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.body {
            Body::Do(list) | Body::For { list, .. } | Body::Before { list, .. } | Body::After { list, .. } => {
                list.each_frame(visit);
            }
            Body::Try { phase: TryPhase::Trying { list, .. } | TryPhase::Catching { list, .. }, .. } => {
                list.each_frame(visit);
            }
            Body::Listen(listen) => listen.current.iter().for_each(|list| list.each_frame(visit)),
            Body::Function(task) => task.each_frame(visit),
            Body::Fork(branches) => {
                for branch in branches {
                    if let Branch::Open(task) | Branch::Broken { task: Some(task), .. } = branch {
                        task.each_frame(visit);
                    }
                }
            }
            Body::Ready | Body::Begin | Body::Closing { .. } | Body::Call(_) | Body::Wait(_) | Body::Child(_) => {}
            Body::Try { .. } => {}
        }
    }
}
