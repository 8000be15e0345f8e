//! Rows of `run`.

use baton_base::{CallId, CaseId, ClientId, Error, ReleaseId, Result, RunId};
use baton_db::{Column, Kind, Row, Rows, ToValue, Tx, params};
use serde::{Deserialize, Serialize};

/// A run of a client.
pub(crate) type Key = (ClientId, RunId);

/// What a run keeps between turns: the engine's state, and how far journal and trace have been written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Kept<S> {
    pub engine: Option<S>,
    pub journal: i64,
    pub trace: i64,
    pub depth: u32,
    /// Whether it ever set a timer or listened for an event; runs of older programs do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<bool>,
    /// Whether it ever waited for a run of its own; runs of older programs do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<bool>,
    /// Calls of children that have been told to end, and that it waits for no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<CallId>,
}

pub(crate) struct NewRun<'a> {
    pub run: RunId,
    pub process: &'a str,
    pub digest: &'a str,
    pub release: &'a ReleaseId,
    pub case: Option<&'a CaseId>,
    pub parent: Option<(&'a RunId, &'a CallId)>,
    pub depth: u32,
    pub now_ms: i64,
}

/// A run as a turn loads it.
pub(crate) struct Loaded {
    pub client: ClientId,
    pub run: RunId,
    pub process: String,
    pub release: ReleaseId,
    pub case: Option<CaseId>,
    pub parent: Option<(RunId, CallId)>,
    pub status: String,
    pub state: String,
    /// How often it had been told of something when it was loaded.
    pub wakes: i64,
    /// The one call that it has open, where it is known that it has no other.
    pub only: Option<CallId>,
}

impl Loaded {
    pub fn key(&self) -> Key {
        (self.client.clone(), self.run.clone())
    }

    /// Whether it can take something in now.
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "running" | "waiting")
    }
}

pub(super) const LOADED: &str = "run.client_id, run.run_id, run.process, run.release_id, run.case_id, \
                                 run.parent_run_id, run.parent_call_id, run.status, run.state, run.wakes";

pub(super) fn loaded(r: &Row) -> Result<Loaded> {
    let parent = r.id_opt(5)?.zip(r.id_opt(6)?);
    Ok(Loaded {
        client: r.id(0)?,
        run: r.id(1)?,
        process: r.text(2)?,
        release: r.id(3)?,
        case: r.id_opt(4)?,
        parent,
        status: r.text(7)?,
        state: r.text(8)?,
        wakes: r.int(9)?,
        only: None,
    })
}

const NEW: &[(&str, Column)] = &[
    ("client_id", Column::Text),
    ("run_id", Column::Text),
    ("process", Column::Text),
    ("process_digest", Column::Text),
    ("release_id", Column::Text),
    ("case_id", Column::Text),
    ("parent_run_id", Column::Text),
    ("parent_call_id", Column::Text),
    ("state", Column::Text),
    ("started_ms", Column::Int),
    ("changed_ms", Column::Int),
    ("status", Column::Text),
    ("ready", Column::Int),
    ("lease_until_ms", Column::Int),
    ("wakes", Column::Int),
    ("ready_ms", Column::Int),
];

/// The statement that writes new runs, each told of one thing: that it begins.
pub(crate) fn inserting_runs(client: &ClientId, new: &[NewRun<'_>]) -> Result<(String, Rows)> {
    let mut rows = Rows::of(NEW);
    for run in new {
        let kept = Kept::<()> { depth: run.depth, waits: Some(false), parent: Some(false), ..Kept::default() };
        let kept = serde_json::to_string(&kept).map_err(Error::broken)?;
        rows.push(params![
            client,
            run.run,
            run.process,
            run.digest,
            run.release,
            run.case,
            run.parent.map(|p| p.0),
            run.parent.map(|p| p.1),
            kept,
            run.now_ms,
            run.now_ms,
            "running",
            1_i64,
            0_i64,
            1_i64,
            run.now_ms
        ]);
    }
    let sql = "INSERT INTO run (client_id, run_id, process, process_digest, release_id, case_id, parent_run_id, \
               parent_call_id, state, started_ms, changed_ms, status, ready, lease_until_ms, wakes, ready_ms) {values}";
    Ok((sql.to_owned(), rows))
}

pub(super) const KEY: &[(&str, Column)] = &[("client_id", Column::Text), ("run_id", Column::Text)];

pub(crate) fn key_rows<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Rows {
    let mut rows = Rows::of(KEY);
    keys.into_iter().for_each(|(client, run)| rows.add(vec![client.to_value(), run.to_value()]));
    rows
}

/// Takes these runs, ready or not, waiting for whoever has one of them. Keys are given in order, so that two turns that
/// want the same runs wait for each other instead of blocking each other.
pub(crate) fn take<'a>(tx: &mut Tx, keys: impl IntoIterator<Item = &'a Key>) -> Result<Vec<Loaded>> {
    let sql = taking(tx);
    tx.query_rows(&sql, &key_rows(keys), loaded)
}

/// The statement that takes runs by their keys.
pub(super) fn taking(tx: &Tx) -> String {
    let lock = if tx.kind() == Kind::Postgres { "ORDER BY run.client_id, run.run_id FOR UPDATE OF run" } else { "" };
    format!("SELECT {LOADED} FROM run {{join}} WHERE run.client_id = {{client_id}} AND run.run_id = {{run_id}} {lock}")
}

/// The statement that takes ready runs by their keys, and passes over those that somebody else has. The index of ready runs is
/// not for it, as `ready = 1` would let PostgreSQL think.
pub(super) fn taking_ready(tx: &Tx) -> String {
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE OF run SKIP LOCKED" } else { "" };
    format!(
        "SELECT {LOADED} FROM run {{join}} WHERE run.client_id = {{client_id}} AND run.run_id = {{run_id}} \
         AND run.ready + 0 = 1 {lock}"
    )
}

/// One run without a lock, for reading.
pub(crate) fn peek(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Option<Loaded>> {
    let sql = format!("SELECT {LOADED} FROM run WHERE client_id = $1 AND run_id = $2");
    tx.query_opt(&sql, params![client, run], loaded)
}

/// Runs started by a run, and waited for, that have not ended, with the calls that started them.
pub(crate) fn open_children(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<(RunId, CallId)>> {
    // Sorted here: asked to, SQLite would walk every run of the client in the order of their ids.
    let mut children = tx.query(
        "SELECT run_id, parent_call_id FROM run WHERE client_id = $1 AND parent_run_id = $2 \
         AND status IN ('running', 'waiting', 'suspended')",
        params![client, run],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )?;
    children.sort();
    Ok(children)
}
