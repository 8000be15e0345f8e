//! What can happen to a run from the outside, and the doors by which rooms tell it.

use crate::{limits, processes::Processes, store};
use baton_base::{CallId, CaseId, ClientId, Error, Event, Result, RunId, Versions};
use baton_db::Tx;
use baton_engine::{ChildResult, ErrorDoc};
use baton_govern::{Ctx, ledger};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One thing that happened to a run; kept in its inbox until a turn takes it in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RunInput {
    /// The run begins.
    Started {
        /// Workflow input.
        input: Value,
    },
    /// Something an open call may wait for: `{"type": "message" | "approval" | …, …}`. Kept until a call takes it.
    Message {
        /// The message.
        event: Value,
    },
    /// An event for the process's own `listen` tasks (CloudEvents 1.0 JSON).
    Event {
        /// The event.
        event: Value,
    },
    /// A pending call is finished from elsewhere.
    CallDone {
        /// Which.
        call: CallId,
        /// Raw output.
        output: Value,
    },
    /// A pending call has failed elsewhere.
    CallFailed {
        /// Which.
        call: CallId,
        /// Why.
        error: ErrorDoc,
    },
    /// A process that this run started and waits for has ended.
    ChildEnded {
        /// The call that started it.
        call: CallId,
        /// How.
        result: ChildResult,
    },
    /// A timer ran out.
    Timer {
        /// Which.
        call: CallId,
    },
    /// Somebody ends the run.
    Cancel {
        /// Why, in words.
        reason: String,
    },
}

impl RunInput {
    /// The kind a pending call waits for, if this is a message.
    pub(crate) fn message_kind(&self) -> Option<&str> {
        match self {
            Self::Message { event } => event.get("type").and_then(Value::as_str),
            _ => None,
        }
    }
}

/// Starts a run of the live release's process. The first turn happens after the caller's commit.
pub fn start(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    process: &str,
    case: Option<&CaseId>,
    input: Value,
) -> Result<RunId> {
    let (release, live) = processes.live(&ctx.client)?;
    let definition = live.get(process).ok_or_else(|| Error::not_found(format!("process {process}")))?;
    let run = RunId::known(ctx.id(RunId::PREFIX));
    let new = store::NewRun {
        run: &run,
        process,
        digest: definition.digest(),
        release: &release,
        case,
        parent: None,
        depth: 0,
        now_ms: ctx.now_ms(),
    };
    insert_started(tx, ctx, &new, input)?;
    Ok(run)
}

/// Writes a new run and the input that begins it.
pub(crate) fn insert_started(tx: &mut Tx, ctx: &Ctx, new: &store::NewRun<'_>, input: Value) -> Result<()> {
    if new.depth > limits::CHILD_DEPTH_MAX {
        return Err(Error::Limit(format!(
            "processes that run processes nest at most {} deep",
            limits::CHILD_DEPTH_MAX
        )));
    }
    store::insert_run(tx, &ctx.client, new)?;
    let inbox_id = ctx.id("in");
    store::insert_input(tx, &ctx.client, new.run, &inbox_id, &RunInput::Started { input }, new.now_ms)?;
    let mut event = Event::new(&ctx.client, "run.started", new.run).in_run(new.run);
    event = event.with(json!({"process": new.process, "digest": new.digest, "release": new.release}));
    if let Some(case) = new.case {
        event = event.in_case(case);
    }
    ledger::append(tx, ctx, event)?;
    tx.wake();
    Ok(())
}

/// Puts an input into a run's inbox. A run that has ended takes no more inputs: that is not an error.
pub fn post(tx: &mut Tx, ctx: &Ctx, run: &RunId, input: &RunInput) -> Result<()> {
    post_for(tx, &ctx.client, &ctx.id("in"), run, input, ctx.now_ms())
}

pub(crate) fn post_for(
    tx: &mut Tx,
    client: &ClientId,
    inbox_id: &str,
    run: &RunId,
    input: &RunInput,
    now_ms: i64,
) -> Result<()> {
    if store::mark_ready(tx, client, run)? {
        store::insert_input(tx, client, run, inbox_id, input, now_ms)?;
        tx.wake();
    }
    Ok(())
}

/// Finishes a pending call with its output: what the desk does when a work item is completed.
pub fn finish_call(tx: &mut Tx, ctx: &Ctx, run: &RunId, call: &CallId, output: Value) -> Result<()> {
    post(tx, ctx, run, &RunInput::CallDone { call: call.clone(), output })
}
