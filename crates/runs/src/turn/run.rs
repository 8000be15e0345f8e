//! One run's part of a turn.

use super::{Child, Settled, about, result_of};
use crate::function::{CallCx, Outcome};
use crate::input::{RunInput, named_call, post_for};
use crate::limits;
use crate::outcome::failed_unless_away;
use crate::store::{self, InboxRow, Kept, Leased, Loaded, NewCall, OpenCall, Rest, RunWrites, Saved, Writes};
use crate::trace::Lines;
use crate::worker::Inner;
use baton_base::{CallId, Error, Result, RunId};
use baton_db::{Kind, Tx};
use baton_engine::{Definition, ErrorDoc, Phase, RunEvent, RunState, Trace};
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// How a run ended in this turn.
pub(super) enum End {
    Completed(Value),
    Faulted(ErrorDoc),
    Cancelled,
}

pub(super) struct RunTurn<'a> {
    pub(super) inner: &'a Inner,
    pub(super) run: &'a Loaded,
    pub(super) definition: Arc<Definition>,
    /// Types of events about runs that somebody of the client listens for, if anybody ever has.
    heard: Option<&'a HashSet<String>>,
    pub(super) ctx: Ctx,
    pub(super) kept: Kept<RunState>,
    pub(super) queue: VecDeque<RunEvent>,
    /// Events taken in, as JSON.
    events: Vec<String>,
    begun: Vec<Trace>,
    lines: Lines,
    pub(super) writes: RunWrites,
    pub(super) calls: Vec<Leased>,
    pub(super) end: Option<End>,
    /// There is more in the inbox than one turn takes.
    full: bool,
    /// Nothing of it is stored yet but its row and its inbox.
    fresh: bool,
    /// Its open calls as they are stored, once they were read.
    stored: Option<Vec<OpenCall>>,
    /// Inputs that it has not taken.
    left: usize,
    pub(super) now_ms: i64,
}

impl<'a> RunTurn<'a> {
    pub(super) fn open(inner: &'a Inner, run: &'a Loaded, heard: Option<&'a HashSet<String>>) -> Result<Self> {
        let processes = inner.processes.at(&run.client, &run.release)?;
        let definition = processes.get(&run.process).cloned();
        let definition = definition.ok_or_else(|| Error::not_found(format!("process {}", run.process)))?;
        let kept: Kept<RunState> = serde_json::from_str(&run.state).map_err(Error::broken)?;
        Ok(Self {
            inner,
            run,
            definition,
            heard,
            ctx: Ctx::system(&inner.env, &run.client, &format!("process:{}", run.process)),
            fresh: kept.engine.is_none(),
            stored: None,
            left: 0,
            kept,
            queue: VecDeque::new(),
            events: Vec::new(),
            begun: Vec::new(),
            lines: Lines::default(),
            writes: RunWrites::default(),
            calls: Vec::new(),
            end: None,
            full: false,
            now_ms: inner.env.clock.now_ms(),
        })
    }

    /// Takes the result of an outside call.
    pub(super) fn settled(&mut self, tx: &mut Tx, settled: &Settled) -> Result<()> {
        if self.end.is_some() {
            return Ok(());
        }
        let outcome = result_of(tx, settled)?;
        self.settle(settled.leased.open.clone(), outcome);
        self.drain(tx)
    }

    pub(super) fn fired(&mut self, tx: &mut Tx, call: &CallId) -> Result<()> {
        self.queue.push_back(RunEvent::TimerFired { call: call.clone() });
        self.drain(tx)
    }

    /// Takes inputs in order of arrival. A message that no call waits for yet stays in the inbox, and holds up nothing that came
    /// after it, however many stay.
    pub(super) fn take_inbox(&mut self, tx: &mut Tx, inputs: &[InboxRow]) -> Result<()> {
        let before = self.writes.inputs_gone.len();
        let (first, behind) = inputs.split_at(inputs.len().min(limits::INPUTS_PER_TURN_MAX));
        let mut held: Vec<&InboxRow> = Vec::new();
        self.take_in_order(tx, first, &mut held)?;
        if held.len() == limits::INPUTS_PER_TURN_MAX {
            self.take_in_order(tx, behind, &mut held)?;
        }
        if self.may_go_on() {
            let taken = &self.writes.inputs_gone[before..];
            let of_calls = inputs.iter().filter(|row| !row.input.is_from_outside() && !taken.contains(&row.id));
            let of_calls: Vec<String> = of_calls.map(|row| row.id.clone()).collect();
            self.writes.inputs_gone.extend(of_calls);
        }
        let taken = self.writes.inputs_gone.len() - before;
        // Where so many wait, there may be more than were read.
        let is_cut = inputs.len() >= limits::INPUTS_PER_TURN_MAX;
        self.left = inputs.len() - taken + usize::from(is_cut);
        self.full = is_cut && taken > 0;
        Ok(())
    }

    fn take_in_order<'i>(&mut self, tx: &mut Tx, inputs: &'i [InboxRow], held: &mut Vec<&'i InboxRow>) -> Result<()> {
        for row in inputs {
            if self.end.is_some() {
                return Ok(());
            }
            if !self.take(tx, &row.input)? {
                held.push(row);
                continue;
            }
            self.writes.inputs_gone.push(row.id.clone());
            self.offer_held(tx, held)?;
        }
        if self.end.is_none() { self.offer_held(tx, held) } else { Ok(()) }
    }

    /// Whether it has failed and may be tried again: what came for it from the outside waits for that, and what came for
    /// its calls goes with them.
    fn may_go_on(&self) -> bool {
        matches!(self.end, Some(End::Faulted(_))) && self.run.parent.is_none()
    }

    /// Gives messages that were kept to calls that want them by now: in order of arrival, and one that nobody wants holds up none of
    /// another kind.
    fn offer_held(&mut self, tx: &mut Tx, held: &mut Vec<&InboxRow>) -> Result<()> {
        let (mut at, mut unwanted) = (0, Vec::new());
        while self.end.is_none() && at < held.len() {
            let row = held[at];
            let wish = row.input.wish();
            if unwanted.contains(&wish) || !self.take(tx, &row.input)? {
                unwanted.push(wish);
                at += 1;
                continue;
            }
            self.writes.inputs_gone.push(row.id.clone());
            held.remove(at);
            (at, unwanted) = (0, Vec::new());
        }
        Ok(())
    }

    /// Takes one input in and runs on as far as possible; false if it must wait.
    fn take(&mut self, tx: &mut Tx, input: &RunInput) -> Result<bool> {
        let event = match input {
            RunInput::Message { event } => return self.offer(tx, input.message_kind().unwrap_or_default(), event),
            RunInput::Started { input } => RunEvent::Started { input: input.clone(), run_id: self.run.run.to_string() },
            RunInput::Event { event } => RunEvent::EventReceived { cloud_event: event.clone() },
            RunInput::CallDone { call, output } => {
                self.writes.remove_call(call);
                RunEvent::CallFinished { call: call.clone(), output: output.clone() }
            }
            RunInput::CallFailed { call, error } => {
                self.writes.remove_call(call);
                RunEvent::CallFailed { call: call.clone(), error: error.clone() }
            }
            RunInput::ChildEnded { call, result } => {
                RunEvent::ChildFinished { call: call.clone(), result: result.clone() }
            }
            RunInput::Timer { call } => RunEvent::TimerFired { call: call.clone() },
            RunInput::Cancel { reason, compensate } => {
                RunEvent::Cancelled { reason: reason.clone(), compensate: *compensate }
            }
            RunInput::Retry { reason, input } => RunEvent::Retried { reason: reason.clone(), input: input.clone() },
        };
        self.queue.push_back(event);
        self.drain(tx)?;
        Ok(true)
    }

    /// Gives a message to the call that waits for its kind.
    fn offer(&mut self, tx: &mut Tx, kind: &str, event: &Value) -> Result<bool> {
        // A message that names a call, or a step of it, is meant for that call alone.
        let named = named_call(event);
        let taker = self.open_calls(tx)?.into_iter().find(|c| {
            let waits = c.state == "pending" && c.wake_on.as_deref() == Some(kind);
            waits && named.is_none_or(|id| c.call.covers(id))
        });
        let Some(call) = taker else { return self.forward(tx, event) };
        let function = self.inner.function(&call.function)?;
        let cx = self.call_cx(&call.call, &call.task);
        let resumed = tx.attempt(|tx| function.resume(tx, &cx, &call.args, &call.memo, event));
        let outcome = failed_unless_away(resumed)?;
        self.settle(call, outcome);
        self.drain(tx)?;
        Ok(true)
    }

    /// Open calls as they stand now, by id. Those that are stored are read once: only the end of the turn writes them.
    pub(super) fn open_calls(&mut self, tx: &mut Tx) -> Result<Vec<OpenCall>> {
        if self.stored.is_none() && !self.has_none_stored() {
            self.stored = Some(store::calls(tx, &self.run.client, &self.run.run)?);
        }
        let mut open: Vec<OpenCall> = self.writes.calls.iter().map(|new| new.open.clone()).collect();
        let stored = self.stored.iter().flatten().filter(|stored| !self.is_known(&stored.call));
        open.extend(stored.cloned());
        open.sort_by(|a, b| a.call.cmp(&b.call));
        Ok(open)
    }

    /// Whether a call is gone, or stands otherwise than it is stored.
    fn is_known(&self, call: &CallId) -> bool {
        self.writes.calls_gone.contains(call) || self.writes.calls.iter().any(|new| new.open.call == *call)
    }

    /// Whether it is known without asking that no call stands as it is stored.
    fn has_none_stored(&self) -> bool {
        let read = self.stored.as_ref().map(|stored| stored.iter().all(|stored| self.is_known(&stored.call)));
        self.fresh || read.unwrap_or_else(|| self.run.only.as_ref().is_some_and(|only| self.is_known(only)))
    }

    /// One open call as it stands now.
    pub(super) fn open_call(&self, tx: &mut Tx, call: &CallId) -> Result<Option<OpenCall>> {
        if let Some(new) = self.writes.calls.iter().find(|new| new.open.call == *call) {
            return Ok(Some(new.open.clone()));
        }
        if self.has_none_stored() || self.writes.calls_gone.contains(call) {
            return Ok(None);
        }
        store::call(tx, &self.run.client, &self.run.run, call)
    }

    /// Hands a message on to the process that this run waits for, if there is one.
    fn forward(&self, tx: &mut Tx, event: &Value) -> Result<bool> {
        let children = self.children(tx)?;
        let Some((child, _)) = children.first() else { return Ok(false) };
        let input = RunInput::Message { event: event.clone() };
        post_for(tx, &self.run.client, &self.ctx.id("in"), child, &input, self.now_ms)?;
        Ok(true)
    }

    /// Runs that this one has started and waits for.
    pub(super) fn children(&self, tx: &mut Tx) -> Result<Vec<(RunId, CallId)>> {
        if self.kept.parent == Some(false) {
            return Ok(Vec::new());
        }
        let mut children = store::open_children(tx, &self.run.client, &self.run.run)?;
        children.retain(|(_, call)| !self.kept.cancelled.contains(call));
        Ok(children)
    }

    pub(super) fn drain(&mut self, tx: &mut Tx) -> Result<()> {
        while let Some(event) = self.queue.pop_front() {
            if self.end.is_some() {
                return Ok(());
            }
            self.evolve(tx, &event)?;
        }
        Ok(())
    }

    fn evolve(&mut self, tx: &mut Tx, event: &RunEvent) -> Result<()> {
        self.events.push(serde_json::to_string(event).map_err(Error::broken)?);
        let state = self.kept.engine.get_or_insert_with(RunState::new);
        let turn = baton_engine::evolve(&self.definition, state, event, self.now_ms);
        if let Some(types) = self.heard.filter(|types| !types.is_empty()) {
            self.tell_lives(tx, types, self.kept.journal + count(self.events.len()), &turn)?;
        }
        if let Some(why) = &turn.refused {
            self.note("run.refused", json!({"event": event_name(event), "reason": why}))?;
        }
        turn.trace.into_iter().for_each(|line| self.trace(line));
        turn.actions.into_iter().try_for_each(|action| self.act(tx, action))
    }

    /// A task that starts and ends in one turn is one line; one that goes on is written at the end of the turn.
    fn trace(&mut self, mut line: Trace) {
        if line.phase == Phase::Started {
            self.begun.push(line);
            return;
        }
        if let Some(at) = self.begun.iter().rposition(|begun| begun.task == line.task) {
            line.input = self.begun.remove(at).input;
        }
        self.lines.push(line);
    }

    /// Writes down how a call stands, or queues its result for the engine.
    pub(super) fn settle(&mut self, mut open: OpenCall, outcome: Outcome) {
        let known = open.state != "new";
        let (state, wake_on, memo) = match outcome {
            Outcome::Done(output) => {
                if known {
                    self.writes.remove_call(&open.call);
                }
                self.queue.push_back(RunEvent::CallFinished { call: open.call, output });
                return;
            }
            Outcome::Failed(error) => {
                if known {
                    self.writes.remove_call(&open.call);
                }
                self.queue.push_back(RunEvent::CallFailed { call: open.call, error });
                return;
            }
            Outcome::Pending { wake_on, memo } => ("pending", wake_on, memo),
            Outcome::Outside { memo } => ("requested", None, memo),
        };
        let outside = state == "requested";
        state.clone_into(&mut open.state);
        open.wake_on = wake_on.map(str::to_owned);
        open.memo = memo;
        if outside {
            self.calls.retain(|leased| leased.open.call != open.call);
            self.calls.push(Leased {
                client: self.run.client.clone(),
                run: self.run.run.clone(),
                process: self.run.process.clone(),
                release: self.run.release.clone(),
                case: self.run.case.clone(),
                open: open.clone(),
                attempt: 1,
                asked_ms: self.now_ms,
                left: None,
            });
        }
        let worker = outside.then(|| self.inner.worker.clone());
        let lease_until_ms = if outside { self.now_ms + limits::CALL_LEASE_MS } else { 0 };
        self.writes.put_call(NewCall { open, worker, lease_until_ms, opened_ms: self.now_ms });
    }

    /// Ends the turn: what is left of a run that has ended is cleared.
    pub(super) fn finish(&mut self, tx: &mut Tx) -> Result<()> {
        for line in std::mem::take(&mut self.begun) {
            self.lines.push(line);
        }
        if self.end.is_some() { self.close(tx) } else { Ok(()) }
    }

    /// Itself, if it has ended and another run waited for it.
    pub(super) fn as_child(&self) -> Option<Child> {
        let (parent, _) = self.run.parent.as_ref().filter(|_| self.end.is_some())?;
        let read = self.writes.inputs_gone.clone();
        Some(Child { key: self.run.key(), parent: parent.clone(), depth: self.kept.depth, read })
    }

    /// Whether it has more to hear than one turn takes.
    pub(super) fn is_full(&self) -> bool {
        self.full && self.end.is_none()
    }

    /// Gives what the turn did to the batch, and the outside calls to make after the commit.
    pub(super) fn save(mut self, batch: &mut Writes) -> Result<Vec<Leased>> {
        let key = self.run.key();
        if !self.events.is_empty() {
            let (seq, first) = (self.kept.journal + 1, self.kept.trace + 1);
            self.kept.journal += count(self.events.len());
            self.kept.trace += count(self.lines.len());
            let events = format!("[{}]", self.events.join(","));
            batch.turn(&key, seq, events, self.lines.text(first)?, self.now_ms);
        }
        let (status, ended) = match &self.end {
            None => ("waiting", None),
            Some(end) => (end.status(), Some(end.ended(self.now_ms)?)),
        };
        let ready = self.is_full();
        if ended.is_some() && (!self.fresh || self.left > 0) {
            // What of its calls was open when it ended was withdrawn one by one.
            let calls = !self.has_none_stored();
            let (waits, inputs) = (self.kept.waits != Some(false), !self.may_go_on());
            batch.end(&key, &Rest { calls, waits, inputs });
        }
        let state = serde_json::to_string(&self.kept).map_err(Error::broken)?;
        self.remember(&state);
        batch.add(&key, self.writes);
        batch.save(&key, Saved { status, ready, wakes: self.run.wakes, state, ended, now_ms: self.now_ms });
        Ok(self.calls)
    }

    /// Remembers the run with the one call that it waits for, if it waits for nothing else and nothing waits for it: then it is
    /// known without asking, as long as nobody touches it.
    fn remember(&mut self, state: &str) {
        let waits_for_one = self.has_none_stored() && self.writes.calls.len() == 1 && self.end.is_none();
        let hears_nothing = self.left == 0 && !self.full && self.heard.is_none();
        let is_kept = self.inner.db.kind() == Kind::Postgres && state.len() <= limits::REMEMBERED_BYTES_MAX;
        if let ([leased], true) = (self.calls.as_mut_slice(), waits_for_one && hears_nothing && is_kept) {
            leased.left = Some(Arc::new(Loaded {
                client: self.run.client.clone(),
                run: self.run.run.clone(),
                process: self.run.process.clone(),
                release: self.run.release.clone(),
                case: self.run.case.clone(),
                parent: self.run.parent.clone(),
                status: "waiting".to_owned(),
                state: state.to_owned(),
                wakes: self.run.wakes,
                only: Some(leased.open.call.clone()),
            }));
        }
    }

    pub(super) fn note(&mut self, kind: &str, data: Value) -> Result<()> {
        self.writes.ledger.push(ledger::Noted::new(&self.ctx, about(self.run, kind, data))?);
        Ok(())
    }

    pub(super) fn call_cx(&self, call: &CallId, task: &str) -> CallCx {
        let run = self.run;
        let of = (run.run.clone(), run.case.clone(), run.release.clone(), run.process.clone());
        call_cx(of, &self.ctx, call, task, 1)
    }
}

/// What a run was told and did not take, as the journal names it.
fn event_name(event: &RunEvent) -> Value {
    serde_json::to_value(event).map_or(Value::Null, |event| event["event"].clone())
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

type OfRun = (baton_base::RunId, Option<baton_base::CaseId>, baton_base::ReleaseId, String);

pub(crate) fn call_cx(
    (run, case, release, process): OfRun,
    ctx: &Ctx,
    call: &CallId,
    task: &str,
    attempt: i64,
) -> CallCx {
    CallCx { ctx: ctx.clone(), run, call: call.clone(), case, release, process, task: task.to_owned(), attempt }
}
