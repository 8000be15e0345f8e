//! What the runs of a case keep, taken out.

use baton_base::{CaseId, ClientId, Error, Result, RunId};
use baton_db::{Tx, params};

/// Everything that is kept of a run, its own row last.
const DELETES: &[&str] = &[
    "DELETE FROM run_inbox WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_journal WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_turn WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_trace WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_call WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_timer WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_listen WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_subscription WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run_operation WHERE client_id = $1 AND run_id = $2",
    "DELETE FROM run WHERE client_id = $1 AND run_id = $2",
];

/// Deletes the runs of a case with their journals; returns how many. Runs that have not ended are a `Conflict`.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    let sql = "SELECT run_id, status FROM run WHERE client_id = $1 AND case_id = $2";
    let runs = tx.query(sql, params![client, case], |r| Ok((r.id::<RunId>(0)?, r.text(1)?)))?;
    if let Some((run, status)) =
        runs.iter().find(|(_, status)| !matches!(status.as_str(), "completed" | "cancelled" | "faulted"))
    {
        return Err(Error::Conflict(format!("the run {run} is {status}; cancel it first")));
    }
    for (run, _) in &runs {
        for sql in DELETES {
            tx.execute(sql, params![client, run])?;
        }
    }
    Ok(runs.len() as u64)
}
