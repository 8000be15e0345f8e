//! `try`: attempts, delays between them, and what to do with what was caught.

use super::scope::Scope;
use super::task::{ended, frame_scope, misplaced};
use super::{Cx, Done, Poll};
use crate::api::{Action, Phase};
use crate::ast::{Backoff, Retry, Span, Task, TaskBody, TryCatch};
use crate::error::{self, ErrorDoc, ErrorKind};
use crate::limits::{ATTEMPTS_MAX, DURATION_MS_MAX};
use crate::state::{Body, ListFrame, TaskFrame, TryPhase};
use baton_base::{CallId, digest_of_text};
use serde_json::Value;
use std::sync::Arc;

/// What to do with an error.
enum Verdict {
    PassOn,
    TryAgain { delay_ms: i64 },
    Handle,
    Swallow,
}

impl<'a> Cx<'a> {
    /// The timer of one attempt's limit, if its policy has one.
    pub(super) fn attempt_timer(
        &mut self,
        guarded: &TryCatch,
        input: &Value,
        scope: &Scope<'_>,
    ) -> Result<Option<CallId>, ErrorDoc> {
        let Some(limit) = guarded.retry.as_ref().and_then(|retry| retry.attempt_limit.as_ref()) else {
            return Ok(None);
        };
        let ms = self.span(limit, input, scope)?;
        Ok(Some(self.set_timer(ms).0))
    }

    pub(super) fn poll_try(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let TaskBody::Try(guarded) = &task.body else { return Err(misplaced(task)) };
        if self.again.is_some() {
            self.attempt_again(task, guarded, frame)?;
        }
        loop {
            let Body::Try { attempts, phase, .. } = &mut frame.body else { return Err(misplaced(task)) };
            match phase {
                TryPhase::Trying { list, timer } => {
                    let outer = std::mem::replace(&mut self.attempt, *attempts);
                    let polled = self.poll_attempt(guarded, list, timer.as_ref());
                    self.attempt = outer;
                    let timed_out = self.fired(timer.as_ref());
                    match polled {
                        Ok(Poll::Pending) => return Ok(Poll::Pending),
                        other => {
                            if let Some(call) = timer.take().filter(|_| !timed_out) {
                                self.act(Action::CancelTimer { call });
                            }
                            match other {
                                Ok(end) => return Ok(ended(end, task)),
                                Err(error) => match self.caught(task, guarded, frame, error)? {
                                    Some(done) => return Ok(done),
                                    None => continue,
                                },
                            }
                        }
                    }
                }
                TryPhase::Delay { timer, .. } => {
                    if !self.fired(Some(timer)) {
                        return Ok(Poll::Pending);
                    }
                    self.next_attempt(task, guarded, frame)?;
                }
                TryPhase::Again => self.next_attempt(task, guarded, frame)?,
                TryPhase::Catching { error, list } => {
                    let Some(handler) = &guarded.handler else { return Err(misplaced(task)) };
                    self.vars.push((&guarded.error_as, Arc::new(error.to_value())));
                    let polled = self.poll_list(handler, list);
                    self.vars.pop();
                    return Ok(ended(polled?, task));
                }
            }
        }
    }

    fn poll_attempt(
        &mut self,
        guarded: &'a TryCatch,
        list: &mut ListFrame,
        timer: Option<&CallId>,
    ) -> Result<Poll<super::ListEnd>, ErrorDoc> {
        if self.fired(timer) {
            self.halt_list(list);
            return Err(ErrorDoc::standard(ErrorKind::Timeout, "the attempt took longer than its limit"));
        }
        self.poll_list(&guarded.list, list)
    }

    /// An attempt that goes on after its run had failed has its time anew.
    fn attempt_again(&mut self, task: &Task, guarded: &TryCatch, frame: &mut TaskFrame) -> Result<(), ErrorDoc> {
        if let Body::Try { phase: TryPhase::Trying { timer: None, .. }, .. } = &frame.body {
            let anew = self.attempt_timer(guarded, &frame.input, &frame_scope(task, frame))?;
            if let Body::Try { phase: TryPhase::Trying { timer, .. }, .. } = &mut frame.body {
                *timer = anew;
            }
        }
        Ok(())
    }

    fn next_attempt(&mut self, task: &Task, guarded: &TryCatch, frame: &mut TaskFrame) -> Result<(), ErrorDoc> {
        frame.wait_ms = None;
        let timer = self.attempt_timer(guarded, &frame.input, &frame_scope(task, frame))?;
        let list = ListFrame::begin(Arc::clone(&frame.input));
        if let Body::Try { attempts, phase, .. } = &mut frame.body {
            *attempts += 1;
            *phase = TryPhase::Trying { list, timer };
        }
        Ok(())
    }

    /// Handles an error; `None` when the task goes on.
    fn caught(
        &mut self,
        task: &Task,
        guarded: &'a TryCatch,
        frame: &mut TaskFrame,
        error: ErrorDoc,
    ) -> Result<Option<Poll<Done>>, ErrorDoc> {
        let error = error.from_task(&task.path);
        self.vars.push((&guarded.error_as, Arc::new(error.to_value())));
        let verdict = self.judge(task, guarded, frame, &error);
        self.vars.pop();
        let verdict = verdict?;
        if !matches!(verdict, Verdict::PassOn) {
            self.failed_at = None;
            if let Body::Try { phase: TryPhase::Trying { list, .. }, .. } = &mut frame.body {
                self.halt_list(list);
            }
        }
        match verdict {
            Verdict::PassOn => Err(error),
            Verdict::Swallow => {
                Ok(Some(Poll::Ready(Done { output: Arc::clone(&frame.input), flow: task.then.clone() })))
            }
            Verdict::TryAgain { delay_ms } => {
                self.trace(task, Phase::Retried).error = Some(error.clone());
                if delay_ms == 0 {
                    self.next_attempt(task, guarded, frame)?;
                } else {
                    let (timer, due_ms) = self.set_timer(delay_ms);
                    frame.wait_ms = Some(due_ms);
                    set_phase(frame, TryPhase::Delay { timer, error });
                }
                Ok(None)
            }
            Verdict::Handle => {
                let list = ListFrame::begin(Arc::clone(&frame.input));
                set_phase(frame, TryPhase::Catching { error, list });
                Ok(None)
            }
        }
    }

    fn judge(&self, task: &Task, guarded: &TryCatch, frame: &TaskFrame, error: &ErrorDoc) -> Result<Verdict, ErrorDoc> {
        let input = &frame.input;
        let scope = frame_scope(task, frame);
        let excepted = match &guarded.except_when {
            Some(except) => self.holds(Some(except), input, &scope)?,
            None => false,
        };
        if !fits(&guarded.with, error) || excepted || !self.holds(guarded.when.as_ref(), input, &scope)? {
            return Ok(Verdict::PassOn);
        }
        if let Some(retry) = &guarded.retry
            && let Some(delay_ms) = self.delay(retry, frame, &scope)?
        {
            return Ok(Verdict::TryAgain { delay_ms });
        }
        Ok(match (&guarded.handler, &guarded.retry) {
            (Some(_), _) => Verdict::Handle,
            // Given up, and nobody to handle it: swallowing it would turn a failure into a success.
            (None, Some(_)) => Verdict::PassOn,
            (None, None) => Verdict::Swallow,
        })
    }

    /// The delay before the next attempt, milliseconds; `None` where there is none.
    fn delay(&self, retry: &Retry, frame: &TaskFrame, scope: &Scope<'_>) -> Result<Option<i64>, ErrorDoc> {
        let Body::Try { attempts, first_ms, .. } = frame.body else { return Ok(None) };
        let input = &frame.input;
        let excepted = match &retry.except_when {
            Some(except) => self.holds(Some(except), input, scope)?,
            None => false,
        };
        let exhausted = retry.attempts_max.is_some_and(|max| attempts > max) || attempts >= ATTEMPTS_MAX;
        if excepted || exhausted || !self.holds(retry.when.as_ref(), input, scope)? {
            return Ok(None);
        }
        let length = |span: &Option<Span>| span.as_ref().map(|span| self.span(span, input, scope)).transpose();
        let base = length(&retry.delay)?.unwrap_or(0);
        let factor = match retry.backoff {
            Backoff::Constant => 1,
            Backoff::Linear => i64::from(attempts),
            Backoff::Exponential => 1_i64.checked_shl((attempts - 1).min(62)).unwrap_or(i64::MAX),
        };
        let jitter = match &retry.jitter {
            Some((from, to)) => self.jitter(self.span(from, input, scope)?, self.span(to, input, scope)?, attempts),
            None => 0,
        };
        let delay_ms = base.saturating_mul(factor).saturating_add(jitter).min(DURATION_MS_MAX);
        let passed_ms = self.now_ms.saturating_sub(first_ms).saturating_add(delay_ms);
        let too_late = length(&retry.total_limit)?.is_some_and(|limit| passed_ms > limit);
        Ok((!too_late).then_some(delay_ms))
    }

    /// Spread that differs between runs and attempts, and is the same on replay.
    fn jitter(&self, from: i64, to: i64, attempt: u32) -> i64 {
        let digest = digest_of_text(&format!("{}.{}.{attempt}", self.run_id, self.calls));
        let number = i64::from_str_radix(&digest[..15], 16).unwrap_or(0);
        from.saturating_add(number % to.saturating_sub(from).saturating_add(1).max(1))
    }
}

fn set_phase(frame: &mut TaskFrame, next: TryPhase) {
    if let Body::Try { phase, .. } = &mut frame.body {
        *phase = next;
    }
}

/// Whether an error is one of those that a static filter names.
fn fits(with: &[(String, Value)], error: &ErrorDoc) -> bool {
    with.iter().all(|(key, wanted)| {
        let text = |field: &Option<String>| field.as_deref() == wanted.as_str();
        match key.as_str() {
            "type" => wanted.as_str().is_some_and(|wanted| error::same_type(wanted, &error.kind)),
            "status" => wanted.as_i64() == Some(i64::from(error.status)),
            "instance" => text(&error.instance),
            "title" => text(&error.title),
            _ => text(&error.detail),
        }
    })
}
