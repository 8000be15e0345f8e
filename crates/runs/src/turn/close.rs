//! The end of a run: what it still had open is withdrawn, and whoever waits for it is told.

use super::run::{End, RunTurn};
use crate::RunInput;
use crate::input::post_for;
use crate::outcome::error_doc;
use crate::store::Ended;
use crate::worker::Faulted;
use baton_base::{CallId, Error, Result, RunId};
use baton_db::Tx;
use baton_engine::{ChildResult, ErrorDoc};
use serde_json::json;

impl End {
    pub(super) fn status(&self) -> &'static str {
        match self {
            Self::Completed(_) => "completed",
            Self::Faulted(_) => "faulted",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) fn ended(&self, at_ms: i64) -> Result<Ended> {
        let (output, error) = match self {
            Self::Completed(output) => (Some(output.to_string()), None),
            Self::Faulted(error) => (None, Some(serde_json::to_string(error).map_err(Error::broken)?)),
            Self::Cancelled => (None, None),
        };
        Ok(Ended { output, error, at_ms })
    }

    fn result(&self) -> ChildResult {
        match self {
            Self::Completed(output) => ChildResult::Completed(output.clone()),
            Self::Faulted(error) => ChildResult::Faulted(error.clone()),
            Self::Cancelled => ChildResult::Faulted(error_doc(&Error::Conflict("the process was cancelled".into()))),
        }
    }
}

impl RunTurn<'_> {
    pub(super) fn close(&mut self, tx: &mut Tx) -> Result<()> {
        let Some(end) = self.end.take() else { return Ok(()) };
        self.withdraw(tx)?;
        let data = match &end {
            End::Faulted(error) => json!({"error": error}),
            End::Completed(_) | End::Cancelled => json!({}),
        };
        self.note(&format!("run.{}", end.status()), data)?;
        match (&self.run.parent, &end) {
            (Some((parent, call)), end) => {
                self.tell_parent(tx, parent, call, end)?;
                // Whoever told it to end has gone on: what could not be undone needs a person.
                let undoing = self.kept.engine.as_ref().is_some_and(|state| state.undoing.is_some());
                if let (End::Faulted(error), true) = (end, undoing) {
                    self.find_owner(tx, error)?;
                }
            }
            (None, End::Faulted(error)) => self.find_owner(tx, error)?,
            (None, End::Completed(_) | End::Cancelled) => {}
        }
        self.end = Some(end);
        Ok(())
    }

    fn find_owner(&self, tx: &mut Tx, error: &ErrorDoc) -> Result<()> {
        let error = serde_json::to_value(error).map_err(Error::broken)?;
        let (run, case) = (self.run.run.clone(), self.run.case.clone());
        (self.inner.on_fault)(tx, &Faulted { ctx: self.ctx.clone(), run, case, error })
    }

    /// Calls, children and messages that the run will not take any more.
    fn withdraw(&mut self, tx: &mut Tx) -> Result<()> {
        for open in self.open_calls(tx)? {
            self.cancel_call(tx, &open.call)?;
        }
        // Those that it has told to end already may still undo what they have done.
        for (child, _) in self.children(tx)? {
            let input = RunInput::Cancel { reason: format!("{} has ended", self.run.run), compensate: false };
            post_for(tx, &self.run.client, &self.ctx.id("in"), &child, &input, self.now_ms)?;
        }
        self.calls.clear();
        Ok(())
    }

    fn tell_parent(&self, tx: &mut Tx, parent: &RunId, call: &CallId, end: &End) -> Result<()> {
        let input = RunInput::ChildEnded { call: call.clone(), result: end.result() };
        post_for(tx, &self.run.client, &self.ctx.id("in"), parent, &input, self.now_ms)
    }
}
