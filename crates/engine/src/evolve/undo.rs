//! Undoing what a cancelled run has done: the compensations of its finished tasks, last first.

use super::life::{ended_by_somebody, fault, stop};
use super::task::Begun;
use super::{Again, Cx, Poll, join};
use crate::Definition;
use crate::api::{Change, RunEvent, Turn};
use crate::error::{ErrorDoc, ErrorKind};
use crate::state::{Finished, RunState, Status, Undoing};
use serde_json::json;
use std::sync::Arc;

/// Most failures told in one error, count.
const FAILURES_SHOWN_MAX: usize = 5;

/// Stops a run, and begins to undo what it has done.
pub(super) fn cancel(def: &Definition, state: &mut RunState, event: &RunEvent, reason: &str, now_ms: i64) -> Turn {
    let mut turn = stop(def, state, event, now_ms, true);
    if state.done.is_empty() {
        ended_by_somebody(state, reason, &mut turn);
        return turn;
    }
    turn.changes.push(Change::Compensating);
    state.error = None;
    state.status = Status::Compensating;
    state.undoing = Some(Undoing { reason: reason.to_owned(), failed: Vec::new() });
    join(turn, go_on(def, state, event, now_ms))
}

/// Goes on with what could not be undone.
pub(super) fn again(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    state.status = Status::Compensating;
    if let Some(undoing) = &mut state.undoing {
        state.done.extend(undoing.failed.drain(..).rev());
    }
    go_on(def, state, event, now_ms)
}

/// Undoes as far as possible without the outside.
pub(super) fn go_on(def: &Definition, state: &mut RunState, event: &RunEvent, now_ms: i64) -> Turn {
    let mut turn = Turn::default();
    while let Some(mut entry) = state.done.pop() {
        let mut cx = Cx::new(def, state, event, now_ms);
        let polled = cx.undo(&mut entry);
        turn = join(turn, cx.give_back(state));
        match polled {
            Ok(Poll::Ready(())) => {}
            Ok(Poll::Pending) => {
                state.done.push(entry);
                return turn;
            }
            Err(error) => {
                entry.error = Some(error);
                state.undoing.iter_mut().for_each(|undoing| undoing.failed.push(entry.clone()));
            }
        }
    }
    let failed = state.undoing.as_ref().map_or(&[][..], |undoing| &undoing.failed);
    if failed.is_empty() {
        let reason = state.undoing.take().map(|undoing| undoing.reason).unwrap_or_default();
        ended_by_somebody(state, &reason, &mut turn);
        return turn;
    }
    let error = not_undone(failed);
    join(turn, fault(state, error))
}

/// The end of a run that could not be undone whole: a fault, so that a person hears of it and can let it go on.
fn not_undone(failed: &[Finished]) -> ErrorDoc {
    let told = failed.iter().take(FAILURES_SHOWN_MAX).map(|entry| {
        let why = entry.error.as_ref().map(|error| error.detail.as_ref().unwrap_or(&error.kind).as_str());
        format!("{} (by '{}'): {}", entry.task, entry.function, why.unwrap_or_default())
    });
    let detail =
        format!("{} finished tasks could not be undone: {}", failed.len(), told.collect::<Vec<_>>().join("; "));
    let error = ErrorDoc::standard(ErrorKind::Runtime, detail);
    let instance = failed.first().map(|entry| entry.task.clone());
    ErrorDoc { title: Some("Compensation failed".to_owned()), instance, ..error }
}

impl Cx<'_> {
    /// Lets the function that undoes one task go on.
    fn undo(&mut self, entry: &mut Finished) -> Result<Poll<()>, ErrorDoc> {
        let def = self.def;
        let Some(function) = def.undoer(&entry.function) else {
            let detail = format!("there is no function '{}' to undo it", entry.function);
            return Err(ErrorDoc::standard(ErrorKind::Configuration, detail));
        };
        let frame = match &mut entry.frame {
            Some(frame) => {
                // A function that has failed goes on where it failed.
                if entry.error.take().is_some() {
                    self.again = Some(Again { failed: String::new(), input: None });
                }
                frame
            }
            None => {
                let input = Arc::new(json!({"input": *entry.input, "output": *entry.output}));
                match self.begin(function, input)? {
                    Begun::Skipped => return Ok(Poll::Ready(())),
                    Begun::Open(frame) => entry.frame.insert(frame),
                }
            }
        };
        match self.poll_task(function, frame) {
            Ok(Poll::Pending) => Ok(Poll::Pending),
            Ok(Poll::Ready(_)) => Ok(Poll::Ready(())),
            Err(error) => {
                self.halt_task(frame);
                Err(error)
            }
        }
    }
}
