//! What runs keep, taken out: with the customer whose case they were for, or when they ended long ago and were for no case.

use crate::store::{Key, key_rows};
use baton_base::{CaseId, ClientId, Error, IdSource, Result, RunId};
use baton_db::{Kind, Tx, params};

/// Everything that is kept of a run, its own row last.
const TABLES: &[&str] = &[
    "run_inbox",
    "run_journal",
    "run_turn",
    "run_trace",
    "run_call",
    "run_timer",
    "run_listen",
    "run_subscription",
    "run_operation",
    "run",
];

fn delete(tx: &mut Tx, runs: &[Key]) -> Result<()> {
    let rows = key_rows(runs);
    TABLES.iter().try_for_each(|table| {
        let sql = format!(
            "DELETE FROM {table} {{using}} WHERE {table}.client_id = {{client_id}} AND {table}.run_id = {{run_id}}"
        );
        tx.execute_rows(&sql, &rows).map(|_| ())
    })
}

/// Deletes the runs of a case with their journals; returns how many. Runs that have not ended are a `Conflict`.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    let sql = "SELECT run_id, status FROM run WHERE client_id = $1 AND case_id = $2";
    let runs = tx.query(sql, params![client, case], |r| Ok((r.id::<RunId>(0)?, r.text(1)?)))?;
    if let Some((run, status)) =
        runs.iter().find(|(_, status)| !matches!(status.as_str(), "completed" | "cancelled" | "faulted"))
    {
        return Err(Error::Conflict(format!("the run {run} is {status}; cancel it first")));
    }
    let runs: Vec<Key> = runs.into_iter().map(|(run, _)| (client.clone(), run)).collect();
    delete(tx, &runs)?;
    Ok(runs.len() as u64)
}

/// Runs looked at for those that ended long ago, at once.
const LOOKED_AT_MAX: i64 = 500;

/// Of the runs behind one, in the order in which they began, some that ended before a time and were for no case, and the last that was
/// looked at; `None` for that if there are no more. Whether they may go says [`erase_ended`].
///
/// # Errors
/// Those of the database.
pub fn ended_without_case(
    tx: &mut Tx,
    client: &ClientId,
    behind: Option<&RunId>,
    before_ms: i64,
) -> Result<(Vec<RunId>, Option<RunId>)> {
    let sql = "SELECT run_id, CASE WHEN case_id IS NULL AND ended_ms < $4 THEN 1 ELSE 0 END FROM run \
               WHERE client_id = $1 AND run_id > $2 AND run_id < $3 ORDER BY run_id LIMIT $5";
    // What ended before began before; ids begin with the time at which they were made.
    let (behind, below) = (behind.map_or("", RunId::as_str), IdSource::floor(RunId::PREFIX, before_ms));
    let asked = params![client, behind, below, before_ms, LOOKED_AT_MAX];
    let found: Vec<(RunId, bool)> = tx.query(sql, asked, |r| Ok((r.id(0)?, r.bool(1)?)))?;
    let is_last = i64::try_from(found.len()).unwrap_or(i64::MAX) < LOOKED_AT_MAX;
    let last = found.last().filter(|_| !is_last).map(|(run, _)| run.clone());
    Ok((found.into_iter().filter(|(_, ended)| *ended).map(|(run, _)| run).collect(), last))
}

/// Deletes those of some runs that ended before a time and were for no case, with their journals; returns how many. These stay: runs that
/// failed and that nobody has set aside, since somebody may let them go on; those that another run began which is still there;
/// and the last of each schedule.
///
/// # Errors
/// Those of the database.
pub fn erase_ended(tx: &mut Tx, client: &ClientId, runs: &[RunId], before_ms: i64) -> Result<u64> {
    let keys: Vec<Key> = runs.iter().map(|run| (client.clone(), run.clone())).collect();
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE OF run" } else { "" };
    let sql = format!(
        "SELECT run.client_id, run.run_id, run.ended_ms FROM run {{join}} WHERE run.client_id = {{client_id}} \
         AND run.run_id = {{run_id}} AND run.case_id IS NULL AND (run.status IN ('completed', 'cancelled') \
         OR run.status = 'faulted' AND run.parent_run_id IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM run p WHERE p.client_id = run.client_id AND p.run_id = run.parent_run_id) \
         AND NOT EXISTS (SELECT 1 FROM run_schedule s WHERE s.client_id = run.client_id \
         AND s.last_run_id = run.run_id) {lock}"
    );
    let found = tx.query_rows(&sql, &key_rows(&keys), |r| Ok(((r.id(0)?, r.id(1)?), r.int_opt(2)?)))?;
    let ended = found.into_iter().filter(|(_, ended_ms)| ended_ms.is_some_and(|ended_ms| ended_ms < before_ms));
    let gone: Vec<Key> = ended.map(|(key, _)| key).collect();
    delete(tx, &gone)?;
    Ok(gone.len() as u64)
}
