//! One turn of a run: inbox in, state, journal, trace, timers and open calls out, in the caller's transaction.

use crate::function::{CallCx, Outcome};
use crate::input::{RunInput, insert_started, post_for};
use crate::limits;
use crate::outcome::{error_doc, event_type, failed_unless_away, filter_type, parts};
use crate::store::{self, Kept, Leased, Loaded, OpenCall};
use crate::trace::{phase_name, trace_detail};
use crate::worker::{Faulted, Inner};
use baton_base::{CallId, Error, Event, Result, RunId};
use baton_db::Tx;
use baton_engine::{
    Action, ChildResult, Definition, ErrorDoc, ErrorKind, FunctionCall, Phase, RunEvent, RunState, Trace,
};
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What a turn over many runs leaves to do.
#[derive(Default)]
pub(crate) struct Turned {
    pub calls: Vec<Leased>,
    pub more: bool,
    pub next_timer_ms: Option<i64>,
}

/// Fires due timers, then advances ready runs, each in its own savepoint.
pub(crate) fn turn(tx: &mut Tx, inner: &Inner) -> Result<Turned> {
    let now_ms = inner.env.clock.now_ms();
    let due = store::take_due_timers(tx, now_ms, limits::TIMERS_PER_TURN_MAX)?;
    for (client, run, call) in &due {
        let inbox_id = inner.env.ids.text("in", now_ms);
        post_for(tx, client, &inbox_id, run, &RunInput::Timer { call: call.clone() }, now_ms)?;
    }
    let ready = store::take_ready(tx, limits::RUNS_PER_TURN_MAX)?;
    let full = ready.len() == limits::RUNS_PER_TURN_MAX as usize || due.len() == limits::TIMERS_PER_TURN_MAX as usize;
    let mut turned = Turned { more: full, ..Turned::default() };
    for loaded in ready {
        turned.calls.extend(advance_guarded(tx, inner, &loaded, None)?);
    }
    turned.next_timer_ms = store::next_timer(tx)?;
    Ok(turned)
}

/// Advances one run; a fault of ours suspends that run alone, with the reason, and tells its owner.
pub(crate) fn advance_guarded(
    tx: &mut Tx,
    inner: &Inner,
    loaded: &Loaded,
    settled: Option<(OpenCall, Outcome)>,
) -> Result<Vec<Leased>> {
    let advanced = tx.attempt(|tx| {
        catch_unwind(AssertUnwindSafe(|| advance(tx, inner, loaded, settled)))
            .unwrap_or_else(|_| Err(Error::broken(format!("the turn of {} panicked", loaded.run))))
    });
    match advanced {
        Ok(calls) => Ok(calls),
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(error) => {
            tracing::error!(run = %loaded.run, %error, "run suspended");
            suspend(tx, inner, loaded, &error)?;
            Ok(Vec::new())
        }
    }
}

fn suspend(tx: &mut Tx, inner: &Inner, loaded: &Loaded, error: &Error) -> Result<()> {
    let now_ms = inner.env.clock.now_ms();
    let doc = json!({"type": "urn:baton:error:suspended", "detail": error.to_string()});
    let after = store::After {
        status: "suspended",
        ready: false,
        state: &loaded.state,
        output: None,
        error: Some(doc.to_string()),
        ended_ms: None,
        now_ms,
    };
    store::save(tx, &loaded.client, &loaded.run, &after)?;
    let ctx = Ctx::system(&inner.env, &loaded.client, &format!("process:{}", loaded.process));
    ledger::append(tx, &ctx, about(loaded, "run.suspended", json!({"reason": error.to_string()})))?;
    (inner.on_fault)(tx, &Faulted { ctx, run: loaded.run.clone(), case: loaded.case.clone(), error: doc })
}

fn about(loaded: &Loaded, kind: &str, data: Value) -> Event {
    let event = Event::new(&loaded.client, kind, &loaded.run).in_run(&loaded.run).with(data);
    match &loaded.case {
        Some(case) => event.in_case(case),
        None => event,
    }
}

fn advance(tx: &mut Tx, inner: &Inner, loaded: &Loaded, settled: Option<(OpenCall, Outcome)>) -> Result<Vec<Leased>> {
    if !matches!(loaded.status.as_str(), "running" | "waiting") {
        return Ok(Vec::new());
    }
    let mut turn = Turn::open(inner, loaded)?;
    if let Some((call, outcome)) = settled {
        turn.settle(tx, &call, outcome)?;
        turn.drain(tx)?;
    }
    let full = turn.take_inbox(tx)?;
    turn.save(tx, full)?;
    Ok(turn.calls)
}

enum End {
    Completed(Value),
    Faulted(ErrorDoc),
    Cancelled,
}

struct Turn<'a> {
    inner: &'a Inner,
    loaded: &'a Loaded,
    definition: Arc<Definition>,
    ctx: Ctx,
    kept: Kept<RunState>,
    queue: VecDeque<RunEvent>,
    begun: Vec<Trace>,
    calls: Vec<Leased>,
    end: Option<End>,
    now_ms: i64,
}

impl<'a> Turn<'a> {
    fn open(inner: &'a Inner, loaded: &'a Loaded) -> Result<Self> {
        let processes = inner.processes.at(&loaded.client, &loaded.release)?;
        let definition = processes.get(&loaded.process).cloned();
        let definition = definition.ok_or_else(|| Error::not_found(format!("process {}", loaded.process)))?;
        let kept = serde_json::from_str(&loaded.state).map_err(Error::broken)?;
        let ctx = Ctx::system(&inner.env, &loaded.client, &format!("process:{}", loaded.process));
        let now_ms = inner.env.clock.now_ms();
        let (queue, begun, calls) = (VecDeque::new(), Vec::new(), Vec::new());
        Ok(Self { inner, loaded, definition, ctx, kept, queue, begun, calls, end: None, now_ms })
    }

    /// Takes inputs in order of arrival. A message that no call waits for yet stays in the inbox.
    fn take_inbox(&mut self, tx: &mut Tx) -> Result<bool> {
        let (client, run) = (&self.loaded.client, &self.loaded.run);
        let inputs = store::inbox(tx, client, run, limits::INPUTS_PER_TURN_MAX)?;
        let full = inputs.len() == limits::INPUTS_PER_TURN_MAX;
        let mut held: Vec<(String, RunInput)> = Vec::new();
        for (inbox_id, input, _) in inputs {
            if self.end.is_some() {
                break;
            }
            if !self.take(tx, &input)? {
                held.push((inbox_id, input));
                continue;
            }
            store::delete_input(tx, client, run, &inbox_id)?;
            self.offer_held(tx, &mut held)?;
        }
        if self.end.is_none() {
            self.offer_held(tx, &mut held)?;
        }
        Ok(full && held.len() < limits::INPUTS_PER_TURN_MAX)
    }

    fn offer_held(&mut self, tx: &mut Tx, held: &mut Vec<(String, RunInput)>) -> Result<()> {
        while self.end.is_none() && !held.is_empty() {
            let (inbox_id, input) = &held[0];
            if !self.take(tx, input)? {
                return Ok(());
            }
            store::delete_input(tx, &self.loaded.client, &self.loaded.run, inbox_id)?;
            held.remove(0);
        }
        Ok(())
    }

    /// Takes one input in and runs on as far as possible; false if it must wait.
    fn take(&mut self, tx: &mut Tx, input: &RunInput) -> Result<bool> {
        match input {
            RunInput::Started { input } => {
                let run_id = self.loaded.run.to_string();
                self.queue.push_back(RunEvent::Started { input: input.clone(), run_id });
            }
            RunInput::Message { event } => return self.offer(tx, input.message_kind().unwrap_or_default(), event),
            RunInput::Event { event } => self.queue.push_back(RunEvent::EventReceived { cloud_event: event.clone() }),
            RunInput::CallDone { call, output } => {
                store::delete_call(tx, &self.loaded.client, &self.loaded.run, call)?;
                self.queue.push_back(RunEvent::CallFinished { call: call.clone(), output: output.clone() });
            }
            RunInput::CallFailed { call, error } => {
                store::delete_call(tx, &self.loaded.client, &self.loaded.run, call)?;
                self.queue.push_back(RunEvent::CallFailed { call: call.clone(), error: error.clone() });
            }
            RunInput::ChildEnded { call, result } => {
                self.queue.push_back(RunEvent::ChildFinished { call: call.clone(), result: result.clone() });
            }
            RunInput::Timer { call } => self.queue.push_back(RunEvent::TimerFired { call: call.clone() }),
            RunInput::Cancel { reason } => {
                self.queue.push_back(RunEvent::Cancelled { reason: reason.clone(), compensate: false })
            }
        }
        self.drain(tx)?;
        Ok(true)
    }

    /// Gives a message to the call that waits for its kind.
    fn offer(&mut self, tx: &mut Tx, kind: &str, event: &Value) -> Result<bool> {
        let open = store::calls(tx, &self.loaded.client, &self.loaded.run)?;
        // A message that names a call is meant for that call alone.
        let named = event.get("call").and_then(Value::as_str);
        let taker = open.into_iter().find(|c| {
            let waits = c.state == "pending" && c.wake_on.as_deref() == Some(kind);
            waits && named.is_none_or(|id| id == c.call.as_str())
        });
        let Some(call) = taker else { return self.forward(tx, event) };
        let function = self.inner.function(&call.function)?;
        let cx = self.call_cx(&call.call, &call.task);
        let resumed = tx.attempt(|tx| function.resume(tx, &cx, &call.args, &call.memo, event));
        let outcome = failed_unless_away(resumed)?;
        self.settle(tx, &call, outcome)?;
        self.drain(tx)?;
        Ok(true)
    }

    /// Hands a message on to the process that this run waits for, if there is one.
    fn forward(&self, tx: &mut Tx, event: &Value) -> Result<bool> {
        let children = store::open_children(tx, &self.loaded.client, &self.loaded.run)?;
        let Some(child) = children.first() else { return Ok(false) };
        let input = RunInput::Message { event: event.clone() };
        post_for(tx, &self.loaded.client, &self.ctx.id("in"), child, &input, self.now_ms)?;
        Ok(true)
    }

    /// Messages that an ending run did not take go back to the run that started it.
    fn hand_back(&self, tx: &mut Tx) -> Result<()> {
        let Some((parent, _)) = &self.loaded.parent else { return Ok(()) };
        let (client, run) = (&self.loaded.client, &self.loaded.run);
        for (_, input, at_ms) in store::inbox(tx, client, run, limits::INPUTS_PER_TURN_MAX)? {
            if input.message_kind().is_some() {
                post_for(tx, client, &self.ctx.id("in"), parent, &input, at_ms)?;
            }
        }
        Ok(())
    }

    fn drain(&mut self, tx: &mut Tx) -> Result<()> {
        while let Some(event) = self.queue.pop_front() {
            if self.end.is_some() {
                return Ok(());
            }
            self.evolve(tx, &event)?;
        }
        Ok(())
    }

    fn evolve(&mut self, tx: &mut Tx, event: &RunEvent) -> Result<()> {
        let text = serde_json::to_string(event).map_err(Error::broken)?;
        self.kept.journal += 1;
        store::insert_journal(tx, &self.loaded.client, &self.loaded.run, self.kept.journal, &text, self.now_ms)?;
        let state = self.kept.engine.get_or_insert_with(RunState::new);
        let turn = baton_engine::evolve(&self.definition, state, event, self.now_ms);
        for line in turn.trace {
            self.write_trace(tx, line)?;
        }
        for action in turn.actions {
            self.act(tx, action)?;
        }
        Ok(())
    }

    /// A task that starts and ends in one turn is one line; one that goes on is written at the end of the turn.
    fn write_trace(&mut self, tx: &mut Tx, mut line: Trace) -> Result<()> {
        if line.phase == Phase::Started {
            self.begun.push(line);
            return Ok(());
        }
        if let Some(at) = self.begun.iter().rposition(|begun| begun.task == line.task) {
            line.input = self.begun.remove(at).input;
        }
        self.put_trace(tx, &line)
    }

    fn put_trace(&mut self, tx: &mut Tx, line: &Trace) -> Result<()> {
        self.kept.trace += 1;
        let detail = trace_detail(line);
        let row = store::NewTrace {
            seq: self.kept.trace,
            task: &line.task,
            name: &line.name,
            kind: &line.kind,
            phase: phase_name(line.phase),
            detail: &detail,
            at_ms: line.at_ms,
        };
        store::insert_trace(tx, &self.loaded.client, &self.loaded.run, &row)
    }

    fn act(&mut self, tx: &mut Tx, action: Action) -> Result<()> {
        let (client, run) = (&self.loaded.client, &self.loaded.run);
        match action {
            Action::Call { call, task, function, .. } => self.call(tx, call, task, function),
            Action::SetTimer { call, due_ms } => store::set_timer(tx, client, run, &call, due_ms),
            Action::CancelTimer { call } => store::cancel_timer(tx, client, run, &call),
            Action::CancelCall { call, .. } => self.cancel_call(tx, &call),
            Action::Listen { call, filters } => {
                filters.iter().try_for_each(|f| store::put_listen(tx, client, run, &call, filter_type(f), f))
            }
            Action::Unlisten { call } => store::delete_listen(tx, client, run, &call),
            Action::Emit { event } => self.emit(tx, &event),
            Action::RunProcess { call, name, input, wait, .. } => self.run_child(tx, &call, &name, input, wait),
            Action::Completed { output } => {
                self.end = Some(End::Completed(output));
                Ok(())
            }
            Action::Faulted { error } => {
                self.end = Some(End::Faulted(error));
                Ok(())
            }
            Action::Cancelled { .. } => {
                self.end = Some(End::Cancelled);
                Ok(())
            }
        }
    }

    fn call(&mut self, tx: &mut Tx, call: CallId, task: String, function: FunctionCall) -> Result<()> {
        let (name, args) = parts(function)?;
        let open = OpenCall { call, task, function: name, args, state: "new".into(), wake_on: None, memo: Value::Null };
        let Ok(function) = self.inner.function(&open.function) else {
            let why = format!("calls of kind '{}' are not available here", open.function);
            let error = ErrorDoc::standard(ErrorKind::Configuration, why);
            self.queue.push_back(RunEvent::CallFailed { call: open.call, error });
            return Ok(());
        };
        let cx = self.call_cx(&open.call, &open.task);
        let started = tx.attempt(|tx| function.start(tx, &cx, &open.args));
        let outcome = failed_unless_away(started)?;
        self.settle(tx, &open, outcome)
    }

    /// Writes down how a call stands, or queues its result for the engine.
    fn settle(&mut self, tx: &mut Tx, open: &OpenCall, outcome: Outcome) -> Result<()> {
        let (client, run) = (&self.loaded.client, &self.loaded.run);
        let known = open.state != "new";
        let (state, wake_on, memo) = match outcome {
            Outcome::Done(output) => {
                if known {
                    store::delete_call(tx, client, run, &open.call)?;
                }
                self.queue.push_back(RunEvent::CallFinished { call: open.call.clone(), output });
                return Ok(());
            }
            Outcome::Failed(error) => {
                if known {
                    store::delete_call(tx, client, run, &open.call)?;
                }
                self.queue.push_back(RunEvent::CallFailed { call: open.call.clone(), error });
                return Ok(());
            }
            Outcome::Pending { wake_on, memo } => ("pending", wake_on, memo),
            Outcome::Outside { memo } => ("requested", None, memo),
        };
        let outside = state == "requested";
        let row = store::NewCall {
            call: &open.call,
            task: &open.task,
            function: &open.function,
            args: &open.args,
            state,
            wake_on,
            memo: &memo,
            worker: outside.then_some(self.inner.worker.as_str()),
            lease_until_ms: if outside { self.now_ms + limits::CALL_LEASE_MS } else { 0 },
            now_ms: self.now_ms,
        };
        store::put_call(tx, client, run, &row)?;
        if outside {
            let (client, run, call) = (client.clone(), run.clone(), open.call.clone());
            self.calls.push(Leased { client, run, call, attempt: 1, asked_ms: self.now_ms });
        }
        Ok(())
    }

    fn cancel_call(&mut self, tx: &mut Tx, call: &CallId) -> Result<()> {
        let (client, run) = (&self.loaded.client, &self.loaded.run);
        let Some(open) = store::call(tx, client, run, call)? else { return Ok(()) };
        let function = self.inner.function(&open.function)?;
        let cx = self.call_cx(call, &open.task);
        function.cancel(tx, &cx)?;
        self.calls.retain(|leased| leased.call != *call);
        store::delete_call(tx, client, run, call)
    }

    fn emit(&mut self, tx: &mut Tx, event: &Value) -> Result<()> {
        let kind = event_type(event);
        ledger::append(tx, &self.ctx, about(self.loaded, "event.emitted", json!({"type": kind})))?;
        for run in store::listeners(tx, &self.loaded.client, kind)? {
            let inbox_id = self.ctx.id("in");
            let input = RunInput::Event { event: event.clone() };
            post_for(tx, &self.loaded.client, &inbox_id, &run, &input, self.now_ms)?;
        }
        Ok(())
    }

    fn run_child(&mut self, tx: &mut Tx, call: &CallId, name: &str, input: Value, wait: bool) -> Result<()> {
        let processes = self.inner.processes.at(&self.loaded.client, &self.loaded.release)?;
        let Some(definition) = processes.get(name) else {
            let why = format!("process '{name}' is not part of this release");
            let error = ErrorDoc::standard(ErrorKind::Configuration, why);
            let result = ChildResult::Faulted(error);
            self.queue.push_back(RunEvent::ChildFinished { call: call.clone(), result });
            return Ok(());
        };
        let run = RunId::known(self.ctx.id(RunId::PREFIX));
        let new = store::NewRun {
            run: &run,
            process: name,
            digest: definition.digest(),
            release: &self.loaded.release,
            case: self.loaded.case.as_ref(),
            parent: wait.then_some((&self.loaded.run, call)),
            depth: self.kept.depth + 1,
            now_ms: self.now_ms,
        };
        insert_started(tx, &self.ctx, &new, input)
    }

    fn save(&mut self, tx: &mut Tx, full: bool) -> Result<()> {
        for line in std::mem::take(&mut self.begun) {
            self.put_trace(tx, &line)?;
        }
        let (client, run) = (&self.loaded.client, &self.loaded.run);
        let state = serde_json::to_string(&self.kept).map_err(Error::broken)?;
        let end = self.end.take();
        let (status, output, error) = match &end {
            None => ("waiting", None, None),
            Some(End::Completed(output)) => ("completed", Some(output.to_string()), None),
            Some(End::Faulted(error)) => ("faulted", None, Some(serde_json::to_string(error).map_err(Error::broken)?)),
            Some(End::Cancelled) => ("cancelled", None, None),
        };
        let ended_ms = end.as_ref().map(|_| self.now_ms);
        let ready = full && end.is_none();
        let after = store::After { status, ready, state: &state, output, error, ended_ms, now_ms: self.now_ms };
        store::save(tx, client, run, &after)?;
        match end {
            Some(end) => self.close(tx, status, end),
            None => Ok(()),
        }
    }

    fn close(&mut self, tx: &mut Tx, status: &str, end: End) -> Result<()> {
        for open in store::calls(tx, &self.loaded.client, &self.loaded.run)? {
            self.cancel_call(tx, &open.call)?;
        }
        for child in store::open_children(tx, &self.loaded.client, &self.loaded.run)? {
            let input = RunInput::Cancel { reason: format!("{} has ended", self.loaded.run) };
            post_for(tx, &self.loaded.client, &self.ctx.id("in"), &child, &input, self.now_ms)?;
        }
        self.hand_back(tx)?;
        store::clear_open(tx, &self.loaded.client, &self.loaded.run)?;
        self.calls.clear();
        let data = match &end {
            End::Faulted(error) => json!({"error": error}),
            End::Completed(_) | End::Cancelled => json!({}),
        };
        ledger::append(tx, &self.ctx, about(self.loaded, &format!("run.{status}"), data))?;
        match (&self.loaded.parent, end) {
            (Some((parent, call)), end) => self.tell_parent(tx, parent, call, end),
            (None, End::Faulted(error)) => {
                let error = serde_json::to_value(error).map_err(Error::broken)?;
                let (run, case) = (self.loaded.run.clone(), self.loaded.case.clone());
                (self.inner.on_fault)(tx, &Faulted { ctx: self.ctx.clone(), run, case, error })
            }
            (None, End::Completed(_) | End::Cancelled) => Ok(()),
        }
    }

    fn tell_parent(&self, tx: &mut Tx, parent: &RunId, call: &CallId, end: End) -> Result<()> {
        let result = match end {
            End::Completed(output) => ChildResult::Completed(output),
            End::Faulted(error) => ChildResult::Faulted(error),
            End::Cancelled => ChildResult::Faulted(error_doc(&Error::Conflict("the process was cancelled".into()))),
        };
        let input = RunInput::ChildEnded { call: call.clone(), result };
        post_for(tx, &self.loaded.client, &self.ctx.id("in"), parent, &input, self.now_ms)
    }

    fn call_cx(&self, call: &CallId, task: &str) -> CallCx {
        call_cx(self.loaded, &self.ctx, call, task, 1)
    }
}

pub(crate) fn call_cx(loaded: &Loaded, ctx: &Ctx, call: &CallId, task: &str, attempt: i64) -> CallCx {
    CallCx {
        ctx: ctx.clone(),
        run: loaded.run.clone(),
        call: call.clone(),
        case: loaded.case.clone(),
        release: loaded.release.clone(),
        process: loaded.process.clone(),
        task: task.to_owned(),
        attempt,
    }
}
