//! What the engine wants, done or written down.

use super::run::{End, RunTurn};
use crate::RunInput;
use crate::input::{insert_started, post_for};
use crate::outcome::{event_type, failed_unless_away, parts};
use crate::store::{self, OpenCall};
use crate::subscribe::{self, Subscription};
use baton_base::{CallId, Error, Result, RunId};
use baton_db::Tx;
use baton_engine::{Action, ChildResult, ErrorDoc, ErrorKind, FunctionCall, RunEvent};
use serde_json::{Value, json};

impl RunTurn<'_> {
    pub(super) fn act(&mut self, tx: &mut Tx, action: Action) -> Result<()> {
        match action {
            Action::Call { call, task, function, .. } => self.call(tx, call, task, function),
            Action::SetTimer { call, due_ms } => {
                self.kept.waits = Some(true);
                self.writes.timers.push((call, due_ms));
                Ok(())
            }
            Action::CancelTimer { call } => {
                self.writes.remove_timer(&call);
                Ok(())
            }
            Action::CancelCall { call, compensate } => {
                if self.cancel_call(tx, &call)? {
                    Ok(())
                } else {
                    self.cancel_child(tx, &call, compensate)
                }
            }
            Action::Listen { call, filters } => {
                self.kept.waits = Some(true);
                let each = filters.iter().map(|filter| (call.clone(), Subscription::of(filter)));
                self.writes.subscriptions.extend(each);
                Ok(())
            }
            Action::Unlisten { call } => {
                self.writes.unsubscribe(&call);
                Ok(())
            }
            Action::Emit { event } => self.emit(tx, &event),
            Action::RunProcess { call, name, input, wait, .. } => self.run_child(tx, &call, &name, input, wait),
            Action::Completed { output } => self.ended(End::Completed(output)),
            Action::Faulted { error } => self.ended(End::Faulted(error)),
            Action::Cancelled { .. } => self.ended(End::Cancelled),
        }
    }

    fn ended(&mut self, end: End) -> Result<()> {
        self.end = Some(end);
        Ok(())
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
        self.settle(open, outcome);
        Ok(())
    }

    /// Withdraws a call; false if no such call is open.
    pub(super) fn cancel_call(&mut self, tx: &mut Tx, call: &CallId) -> Result<bool> {
        let Some(open) = self.open_call(tx, call)? else { return Ok(false) };
        let function = self.inner.function(&open.function)?;
        let cx = self.call_cx(call, &open.task);
        function.cancel(tx, &cx)?;
        self.calls.retain(|leased| leased.open.call != *call);
        self.writes.remove_call(call);
        Ok(true)
    }

    /// Ends the run that a call started, if it has not ended: this one no longer waits for it.
    fn cancel_child(&mut self, tx: &mut Tx, call: &CallId, compensate: bool) -> Result<()> {
        for (child, of) in self.children(tx)? {
            if of == *call {
                let reason = format!("{} no longer waits for it", self.run.run);
                let input = RunInput::Cancel { reason, compensate };
                post_for(tx, &self.run.client, &self.ctx.id("in"), &child, &input, self.now_ms)?;
                self.kept.cancelled.push(of);
            }
        }
        Ok(())
    }

    fn emit(&mut self, tx: &mut Tx, event: &Value) -> Result<()> {
        self.note("event.emitted", json!({"type": event_type(event)}))?;
        subscribe::deliver(tx, &self.ctx, event, None)?;
        Ok(())
    }

    fn run_child(&mut self, tx: &mut Tx, call: &CallId, name: &str, input: Value, wait: bool) -> Result<()> {
        let processes = self.inner.processes.at(&self.run.client, &self.run.release)?;
        let Some(definition) = processes.get(name) else {
            let why = format!("process '{name}' is not part of this release");
            let error = ErrorDoc::standard(ErrorKind::Configuration, why);
            let result = ChildResult::Faulted(error);
            self.queue.push_back(RunEvent::ChildFinished { call: call.clone(), result });
            return Ok(());
        };
        let new = store::NewRun {
            run: RunId::known(self.ctx.id(RunId::PREFIX)),
            process: name,
            digest: definition.digest(),
            release: &self.run.release,
            case: self.run.case.as_ref(),
            parent: wait.then_some((&self.run.run, call)),
            depth: self.kept.depth + 1,
            now_ms: self.now_ms,
        };
        match insert_started(tx, &self.ctx, vec![(new, input)]) {
            Ok(_) => {
                if wait {
                    self.kept.parent = Some(true);
                }
                Ok(())
            }
            Err(Error::Limit(why)) if wait => {
                let result = ChildResult::Faulted(ErrorDoc::standard(ErrorKind::Runtime, why));
                self.queue.push_back(RunEvent::ChildFinished { call: call.clone(), result });
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
