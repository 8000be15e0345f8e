//! What the database holds, as the checks read it.

use baton_base::{CallId, ClientId, ReleaseId, Result, RunId};
use baton_db::{Row, Tx, params};
use baton_engine::RunEvent;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One run with everything about it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub client: ClientId,
    pub run: RunId,
    pub process: String,
    pub release: ReleaseId,
    pub parent: Option<RunId>,
    pub status: String,
    pub ready: bool,
    pub state: Value,
    pub output: Option<Value>,
    pub error: Option<Value>,
    pub journal: Vec<(i64, RunEvent, i64)>,
    pub inbox: Vec<Value>,
    /// Open calls, by id: function, state, what wakes them.
    pub calls: BTreeMap<CallId, (String, String, Option<String>)>,
    pub timers: BTreeMap<CallId, i64>,
    pub listens: BTreeSet<CallId>,
    /// Messages taken in, in order, with the call that took them.
    pub heard: Vec<(String, CallId)>,
    /// Owners found for its fault.
    pub owners: u64,
    /// Kinds of its ledger entries.
    pub ledger: Vec<String>,
    /// Calls of this run that wait for a run of their own.
    pub children: BTreeSet<CallId>,
}

impl Kept {
    /// Whether it has ended.
    pub fn is_final(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "faulted" | "cancelled")
    }
}

pub(crate) type House = BTreeMap<RunId, Kept>;

/// Runs that have not ended.
pub(crate) fn open_runs(tx: &mut Tx) -> Result<Vec<(ClientId, RunId)>> {
    // every client: a world ends when the runs of all of them have
    let sql = "SELECT client_id, run_id FROM run WHERE status NOT IN ('completed', 'faulted', 'cancelled') \
               ORDER BY client_id, run_id";
    tx.query(sql, params![], |row| Ok((row.id(0)?, row.id(1)?)))
}

/// All runs, whole.
pub(crate) fn house(tx: &mut Tx) -> Result<House> {
    // every client: the checks look at the whole installation
    let sql = "SELECT client_id, run_id, process, release_id, parent_run_id, status, ready, state, output, error, \
               parent_call_id FROM run ORDER BY run_id";
    let mut parents: Vec<(RunId, CallId, bool)> = Vec::new();
    let runs = tx.query(sql, params![], |row| {
        let kept = kept(row)?;
        if let (Some(parent), Some(call)) = (&kept.parent, row.id_opt(10)?) {
            parents.push((parent.clone(), call, kept.is_final()));
        }
        Ok((kept.run.clone(), kept))
    })?;
    let mut house: House = runs.into_iter().collect();
    for (parent, call, _) in parents.into_iter().filter(|(_, _, ended)| !ended) {
        house.entry(parent).and_modify(|kept| _ = kept.children.insert(call));
    }
    journals(tx, &mut house)?;
    open(tx, &mut house)?;
    records(tx, &mut house)?;
    Ok(house)
}

fn kept(row: &Row) -> Result<Kept> {
    Ok(Kept {
        client: row.id(0)?,
        run: row.id(1)?,
        process: row.text(2)?,
        release: row.id(3)?,
        parent: row.id_opt(4)?,
        status: row.text(5)?,
        ready: row.bool(6)?,
        state: row.json(7)?,
        output: row.json_opt(8)?,
        error: row.json_opt(9)?,
        journal: Vec::new(),
        inbox: Vec::new(),
        calls: BTreeMap::new(),
        timers: BTreeMap::new(),
        listens: BTreeSet::new(),
        heard: Vec::new(),
        owners: 0,
        ledger: Vec::new(),
        children: BTreeSet::new(),
    })
}

/// Adds each row to its run; a row of a run that does not exist is one too many.
fn add<T>(house: &mut House, rows: Vec<(RunId, T)>, put: impl Fn(&mut Kept, T)) {
    for (run, row) in rows {
        if let Some(kept) = house.get_mut(&run) {
            put(kept, row);
        }
    }
}

fn journals(tx: &mut Tx, house: &mut House) -> Result<()> {
    // every client: the checks look at the whole installation
    let sql = "SELECT run_id, seq, events, at_ms FROM run_turn ORDER BY run_id, seq";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, (row.int(1)?, row.json_as(2)?, row.int(3)?))))?;
    add(house, rows, |kept, (first, events, at_ms): (i64, Vec<RunEvent>, i64)| {
        kept.journal.extend((first..).zip(events).map(|(seq, event)| (seq, event, at_ms)));
    });
    // every client: the checks look at the whole installation
    let sql = "SELECT run_id, input FROM run_inbox ORDER BY run_id, seq, inbox_id";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, row.json(1)?)))?;
    add(house, rows, |kept, input| kept.inbox.push(input));
    Ok(())
}

fn open(tx: &mut Tx, house: &mut House) -> Result<()> {
    // every client: the checks look at the whole installation
    let sql = "SELECT run_id, call_id, function, state, wake_on FROM run_call";
    let rows =
        tx.query(sql, params![], |row| Ok((row.id(0)?, (row.id(1)?, (row.text(2)?, row.text(3)?, row.text_opt(4)?)))))?;
    add(house, rows, |kept, (call, how)| _ = kept.calls.insert(call, how));
    // every client: the checks look at the whole installation
    let sql = "SELECT run_id, call_id, due_ms FROM run_timer";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, (row.id(1)?, row.int(2)?))))?;
    add(house, rows, |kept, (call, due_ms)| _ = kept.timers.insert(call, due_ms));
    // every client: the checks look at the whole installation
    let sql = "SELECT run_id, call_id FROM run_subscription";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, row.id(1)?)))?;
    add(house, rows, |kept, call| _ = kept.listens.insert(call));
    Ok(())
}

fn records(tx: &mut Tx, house: &mut House) -> Result<()> {
    let sql = "SELECT run_id, message, call_id FROM sim_heard ORDER BY client_id, run_id, nth";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, (row.text(1)?, row.id(2)?))))?;
    add(house, rows, |kept, heard| kept.heard.push(heard));
    let sql = "SELECT run_id FROM sim_owner ORDER BY client_id, run_id";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, ())))?;
    add(house, rows, |kept, ()| kept.owners += 1);
    // every client: the checks look at the whole installation
    let sql = "SELECT subject, kind FROM ledger WHERE kind LIKE 'run.%' ORDER BY entry_id";
    let rows = tx.query(sql, params![], |row| Ok((row.id(0)?, row.text(1)?)))?;
    add(house, rows, |kept, kind| kept.ledger.push(kind));
    Ok(())
}
