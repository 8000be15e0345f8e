//! What can happen to a run from the outside, and the doors by which rooms tell it.

use crate::{limits, processes::Processes, store};
use baton_base::{CallId, CaseId, ClientId, Error, Event, Result, RunId, Versions};
use baton_db::{Column, Rows, Tx, params};
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
        /// Whether what was done so far is undone by the process's own means.
        #[serde(default)]
        compensate: bool,
    },
    /// Somebody lets a failed run go on where it failed.
    Retry {
        /// Why, in words.
        reason: String,
        /// Input for the task that failed; the one that it had if `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<Value>,
    },
}

impl RunInput {
    /// Whether whoever operates the run orders it: an order goes before all that happened to the run, and wakes it where
    /// it is suspended.
    fn is_order(&self) -> bool {
        matches!(self, Self::Cancel { .. } | Self::Retry { .. })
    }

    /// Whether it came from the outside and not for one of the run's own calls.
    pub(crate) fn is_from_outside(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Event { .. })
    }

    /// Whether it waits in the inbox until a call wants it.
    pub(crate) fn is_message(&self) -> bool {
        matches!(self, Self::Message { .. })
    }

    /// The kind a pending call waits for, if this is a message.
    pub(crate) fn message_kind(&self) -> Option<&str> {
        match self {
            Self::Message { event } => event.get("type").and_then(Value::as_str),
            _ => None,
        }
    }

    /// What a call must be to take it, if this is a message: the kind it waits for, and which call, if that is named. Of messages
    /// that are alike in this, none is wanted while another is not.
    pub(crate) fn wish(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Message { event } => (self.message_kind(), named_call(event)),
            _ => (None, None),
        }
    }
}

/// The one call that a message is meant for, if it names one.
pub(crate) fn named_call(event: &Value) -> Option<&str> {
    event.get("call").and_then(Value::as_str)
}

/// Starts a run of the live release's process. The first turn happens after the caller's commit, or at its end
/// (SQLite, where a worker follows commits).
pub fn start(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    process: &str,
    case: Option<&CaseId>,
    input: Value,
) -> Result<RunId> {
    let started = start_many(tx, ctx, processes, process, case, vec![input])?;
    started.into_iter().next().ok_or_else(|| Error::broken("a run was not started"))
}

/// Starts a run for each of the inputs, by a few statements for all; ids in the order of the inputs.
pub fn start_many(
    tx: &mut Tx,
    ctx: &Ctx,
    processes: &Versions<Processes>,
    process: &str,
    case: Option<&CaseId>,
    inputs: Vec<Value>,
) -> Result<Vec<RunId>> {
    let (release, live) = processes.live(&ctx.client)?;
    let definition = live.get(process).ok_or_else(|| Error::not_found(format!("process {process}")))?;
    let one = |input: Value| {
        let new = store::NewRun {
            run: RunId::known(ctx.id(RunId::PREFIX)),
            process,
            digest: definition.digest(),
            release: &release,
            case,
            parent: None,
            depth: 0,
            now_ms: ctx.now_ms(),
        };
        (new, input)
    };
    insert_started(tx, ctx, inputs.into_iter().map(one).collect())
}

/// Number of an order in an inbox: before all inputs, which count from 1.
const ORDER_SEQ: i64 = -1;

const INBOX: &[(&str, Column)] = &[
    ("client_id", Column::Text),
    ("run_id", Column::Text),
    ("inbox_id", Column::Text),
    ("seq", Column::Int),
    ("input", Column::Text),
    ("at_ms", Column::Int),
];

/// Writes new runs and the inputs that begin them.
pub(crate) fn insert_started(tx: &mut Tx, ctx: &Ctx, new: Vec<(store::NewRun<'_>, Value)>) -> Result<Vec<RunId>> {
    let (new, inputs): (Vec<store::NewRun<'_>>, Vec<Value>) = new.into_iter().unzip();
    if new.iter().any(|new| new.depth > limits::CHILD_DEPTH_MAX) {
        let max = limits::CHILD_DEPTH_MAX;
        return Err(Error::Limit(format!("processes that run processes nest at most {max} deep")));
    }
    let runs = store::inserting_runs(&ctx.client, &new)?;
    let (mut inbox, mut noted) = (Rows::of(INBOX), Vec::with_capacity(new.len()));
    for (new, input) in new.iter().zip(inputs) {
        let text = serde_json::to_string(&RunInput::Started { input }).map_err(Error::broken)?;
        inbox.push(params![ctx.client, new.run, ctx.id("in"), 1_i64, text, new.now_ms]);
        let mut event = Event::new(&ctx.client, "run.started", &new.run).in_run(&new.run);
        event = event.with(json!({"process": new.process, "digest": new.digest, "release": new.release}));
        if let Some(case) = new.case {
            event = event.in_case(case);
        }
        noted.push(ledger::Noted::new(ctx, event)?);
    }
    let entries = ledger::appending(tx, noted);
    tx.owe_together(vec![runs, (INSERT_INBOX.to_owned(), inbox), entries])?;
    new.iter().for_each(|new| tx.wake_for(&ctx.client, &new.run));
    Ok(new.into_iter().map(|new| new.run).collect())
}

const INSERT_INBOX: &str = "INSERT INTO run_inbox (client_id, run_id, inbox_id, seq, input, at_ms) {values}";

fn insert_inbox(tx: &mut Tx, rows: Rows) -> Result<()> {
    tx.owe_rows(INSERT_INBOX, rows)
}

/// Whom something wakes, and when.
const WOKEN: &[(&str, Column)] = &[INBOX[0], INBOX[1], ("now_ms", Column::Int)];

/// Puts an input into a run's inbox. A run that has ended takes no more inputs: that is not an error. A suspended run
/// keeps it for when it is resumed; an order (to end, to try again) it takes at once.
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
    let order = input.is_order();
    if order {
        store::let_go(tx, client, run)?;
    }
    if let Some(seq) = store::wake(tx, client, run, now_ms)? {
        let seq = if order { ORDER_SEQ } else { seq };
        let text = serde_json::to_string(input).map_err(Error::broken)?;
        let mut inbox = Rows::of(INBOX);
        inbox.push(params![client, run, inbox_id, seq, text, now_ms]);
        insert_inbox(tx, inbox)?;
        tx.wake_for(client, run);
    }
    Ok(())
}

/// Puts one input, as it is stored, into the inboxes of some runs of a client; says how many have taken it.
pub(crate) fn post_rows(tx: &mut Tx, ctx: &Ctx, runs: &[RunId], text: &str) -> Result<usize> {
    if runs.is_empty() {
        return Ok(0);
    }
    let now_ms = ctx.now_ms();
    let mut keys = Rows::of(WOKEN);
    runs.iter().for_each(|run| keys.push(params![ctx.client, run, now_ms]));
    let sql = "UPDATE run SET wakes = wakes + 1, ready = CASE WHEN status = 'suspended' THEN 0 ELSE 1 END, \
               ready_ms = CASE WHEN ready = 1 THEN ready_ms ELSE {now_ms} END {from} \
               WHERE run.client_id = {client_id} AND run.run_id = {run_id} \
               AND run.status IN ('running', 'waiting', 'suspended') RETURNING run.run_id, run.wakes";
    let woken: Vec<(RunId, i64)> = tx.query_rows(sql, &keys, |r| Ok((r.id(0)?, r.int(1)?)))?;
    let mut inbox = Rows::of(INBOX);
    for (run, seq) in &woken {
        inbox.push(params![ctx.client, run, ctx.id("in"), *seq, text, now_ms]);
    }
    insert_inbox(tx, inbox)?;
    woken.iter().for_each(|(run, _)| tx.wake_for(&ctx.client, run));
    Ok(woken.len())
}

/// Finishes a pending call with its output: what the desk does when a work item is completed.
pub fn finish_call(tx: &mut Tx, ctx: &Ctx, run: &RunId, call: &CallId, output: Value) -> Result<()> {
    post(tx, ctx, run, &RunInput::CallDone { call: call.clone(), output })
}

/// Whether a message for whichever call stays in a run's inbox because none of its calls waits for one now.
pub fn message_waits(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<bool> {
    let takes = |call: &store::OpenCall| call.state == "pending" && call.wake_on.as_deref() == Some("message");
    if store::calls(tx, client, run)?.iter().any(takes) {
        return Ok(false);
    }
    let waits = |input: &RunInput| match input {
        RunInput::Message { event } => event.get("call").is_none() && input.message_kind() == Some("message"),
        _ => false,
    };
    Ok(store::inbox_of(tx, client, run)?.iter().any(|row| waits(&row.input)))
}
