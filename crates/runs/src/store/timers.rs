//! Rows of `run_timer`.

use super::run::Key;
use baton_base::{CallId, Result};
use baton_db::{Tx, params};

/// Takes due timers of every client out of the table, earliest first; for where one is known to be due.
pub(crate) fn take_due_timers(tx: &mut Tx, now_ms: i64, max: u32) -> Result<Vec<(Key, CallId)>> {
    let lock = tx.skip_locked();
    // Chosen once: PostgreSQL may look at an inner query again for each row, and each time pass over what it has chosen before.
    // every client: a worker fires the timers of the whole installation
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT client_id, run_id, call_id FROM run_timer WHERE due_ms <= $1 \
         ORDER BY due_ms LIMIT $2 {lock}) \
         DELETE FROM run_timer WHERE (client_id, run_id, call_id) IN (SELECT client_id, run_id, call_id FROM due) \
         AND due_ms <= $1 \
         RETURNING client_id, run_id, call_id, due_ms"
    );
    let mut due =
        tx.query(&sql, params![now_ms, i64::from(max)], |r| Ok((r.int(3)?, (r.id(0)?, r.id(1)?), r.id::<CallId>(2)?)))?;
    due.sort();
    Ok(due.into_iter().map(|(_, key, call)| (key, call)).collect())
}

/// When the next timer of any client is due.
pub(crate) fn next_timer(tx: &mut Tx) -> Result<Option<i64>> {
    // every client: a worker sleeps until the next timer of the whole installation
    let sql = "SELECT due_ms FROM run_timer ORDER BY due_ms LIMIT 1";
    tx.query_opt(sql, params![], |r| r.int(0))
}
