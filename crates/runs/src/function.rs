//! What a room implements to offer a platform function to processes.

use baton_base::{CallId, CaseId, Error, ReleaseId, Result, RunId};
use baton_db::Tx;
use baton_engine::ErrorDoc;
use baton_govern::Ctx;
use futures::future::BoxFuture;
use serde_json::Value;

/// The circumstances of one call of a platform function by a run.
#[derive(Clone)]
pub struct CallCx {
    /// Acts as `process:<name>` for the run's client.
    pub ctx: Ctx,
    /// The run that calls.
    pub run: RunId,
    /// This call; stable over crashes and retries of the same call, so it serves as idempotency key.
    pub call: CallId,
    /// The case the run belongs to, if any.
    pub case: Option<CaseId>,
    /// The release the run is pinned to.
    pub release: ReleaseId,
    /// Name of the process.
    pub process: String,
    /// Path of the task in the process.
    pub task: String,
    /// 1 for the first time this outside call is made, higher after a crash or a temporary failure.
    pub attempt: i64,
}

/// How a call stands after `start`, `resume` or `perform`.
pub enum Outcome {
    /// Finished; the value is the task's raw output.
    Done(Value),
    /// Finished with an error that the process can catch.
    Failed(ErrorDoc),
    /// Waits for an input of this kind (`message`, `approval` …), or for [`crate::finish_call`] if `None`.
    Pending {
        /// Kind of input that resumes the call.
        wake_on: Option<&'static str>,
        /// What the function wants to remember.
        memo: Value,
    },
    /// Needs the outside: `perform` is called after the commit, outside any transaction.
    Outside {
        /// What `perform` gets besides the arguments.
        memo: Value,
    },
}

/// What `perform` hands back: run in the transaction that records the call's outcome. Where that transaction cannot be
/// committed it is run again in the next, so that a call that was made is not made again.
pub type Finish = Box<dyn Fn(&mut Tx) -> Result<Outcome> + Send + Sync>;

/// A platform function, such as `human-task` or `action`.
pub trait Function: Send + Sync + 'static {
    /// The name processes call it by.
    fn name(&self) -> &'static str;

    /// Starts the call in the run's own transaction. Quick, and without I/O.
    ///
    /// An `Err` becomes a failed call of type `urn:baton:error:<problem>`, except `Unavailable`, which is tried again.
    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome>;

    /// Goes on when an input arrives that the call waits for.
    fn resume(&self, _tx: &mut Tx, _cx: &CallCx, _args: &Value, _memo: &Value, _event: &Value) -> Result<Outcome> {
        Err(Error::broken(format!("{} does not wait for inputs", self.name())))
    }

    /// Does the outside part. May be called again with the same `cx.call` after a crash.
    fn perform(&self, _cx: CallCx, _args: Value, _memo: Value) -> BoxFuture<'static, Result<Finish>> {
        let name = self.name();
        Box::pin(async move { Err(Error::broken(format!("{name} has no outside part"))) })
    }

    /// The run no longer wants the answer (timeout, cancellation): withdraw what `start` put up.
    fn cancel(&self, _tx: &mut Tx, _cx: &CallCx) -> Result<()> {
        Ok(())
    }
}
