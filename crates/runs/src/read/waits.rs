//! What a run waits for.

use baton_base::{CallId, ClientId, Result, RunId};
use baton_db::{Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// Waits shown of one run.
const WAITS_MAX: i64 = 500;

/// One thing that a run waits for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Wait {
    /// The open call, timer or subscription.
    pub call: CallId,
    /// Path of the task; empty where it is not known.
    pub task: String,
    /// The function called, or `timer`, `listen` or `run`.
    pub function: String,
    /// `requested` (a call to the outside is under way), `pending`, `timer`, `listen` or `child`.
    pub state: String,
    /// When a timer is due, ms.
    pub due_ms: Option<i64>,
    /// Since when it waits, ms, where it is known.
    pub since_ms: Option<i64>,
    /// How often a call to the outside was made.
    pub attempts: i64,
    /// The kind of input that a call waits for, such as `message`.
    pub wakes_on: Option<String>,
    /// The types of the events that a subscription listens for; empty for any.
    pub events: Vec<String>,
    /// In a few words: a function's name, the types of the events, a process's name, or why a timer runs.
    pub about: String,
    /// The run that it waits for.
    pub child: Option<RunId>,
}

impl Wait {
    fn of(call: CallId, function: &str, state: &str) -> Self {
        Self {
            call,
            task: String::new(),
            function: function.to_owned(),
            state: state.to_owned(),
            due_ms: None,
            since_ms: None,
            attempts: 0,
            wakes_on: None,
            events: Vec::new(),
            about: String::new(),
            child: None,
        }
    }
}

/// Calls, timers, subscriptions and child runs that are open.
pub(super) fn of(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<Wait>> {
    let mut waits = calls(tx, client, run)?;
    waits.extend(timers(tx, client, run)?);
    waits.extend(listens(tx, client, run)?);
    waits.extend(children(tx, client, run)?);
    Ok(waits)
}

fn calls(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<Wait>> {
    tx.query(
        "SELECT call_id, function, state, task, wake_on, attempts, opened_ms FROM run_call \
         WHERE client_id = $1 AND run_id = $2 ORDER BY call_id LIMIT $3",
        params![client, run, WAITS_MAX],
        |r| {
            let mut wait = Wait::of(r.id(0)?, &r.text(1)?, &r.text(2)?);
            wait.task = r.text(3)?;
            wait.wakes_on = r.text_opt(4)?;
            wait.attempts = r.int(5)?;
            wait.since_ms = r.int_opt(6)?;
            Ok(wait)
        },
    )
}

fn timers(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<Wait>> {
    tx.query(
        "SELECT call_id, due_ms FROM run_timer WHERE client_id = $1 AND run_id = $2 ORDER BY due_ms LIMIT $3",
        params![client, run, WAITS_MAX],
        |r| Ok(Wait { due_ms: Some(r.int(1)?), ..Wait::of(r.id(0)?, "timer", "timer") }),
    )
}

fn listens(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<Wait>> {
    // Listens that a node of the previous version wrote down are in run_listen.
    let mut found: Vec<(CallId, String)> = Vec::new();
    for table in ["run_subscription", "run_listen"] {
        let sql = format!(
            "SELECT call_id, event_type FROM {table} WHERE client_id = $1 AND run_id = $2 ORDER BY call_id LIMIT {WAITS_MAX}"
        );
        found.extend(tx.query(&sql, params![client, run], |r| Ok((r.id(0)?, r.text(1)?)))?);
    }
    let mut waits: Vec<Wait> = Vec::new();
    for (call, kind) in found {
        let kinds = if kind.is_empty() { Vec::new() } else { vec![kind] };
        match waits.iter_mut().find(|wait| wait.call == call) {
            Some(wait) => wait.events.extend(kinds),
            None => waits.push(Wait { events: kinds, ..Wait::of(call, "listen", "listen") }),
        }
    }
    Ok(waits)
}

fn children(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<Wait>> {
    let mut waits = tx.query(
        "SELECT parent_call_id, run_id, started_ms FROM run WHERE client_id = $1 AND parent_run_id = $2 \
         AND status IN ('running', 'waiting', 'suspended') LIMIT $3",
        params![client, run, WAITS_MAX],
        |r| {
            let child = Some(r.id(1)?);
            Ok(Wait { child, since_ms: Some(r.int(2)?), ..Wait::of(r.id(0)?, "run", "child") })
        },
    )?;
    waits.sort_by(|a, b| a.call.cmp(&b.call));
    Ok(waits)
}
