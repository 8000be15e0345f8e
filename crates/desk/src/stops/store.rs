//! SQL of the table `case_hold`.

use baton_base::{CaseId, ClientId, Error, Result, RunId, WorkItemId};
use baton_db::{Row, Tx, params};
use baton_govern::stop::Stop;
use serde_json::to_value;

/// A case whose runs stand still while people have it.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub case: CaseId,
    /// The stop that holds it: client, scope and target.
    pub stop: (String, String, String),
    /// The work that people have of it.
    pub item: WorkItemId,
    /// Who had it before, as kind and name.
    pub actor: (String, String),
    /// How it stood.
    pub state: String,
    pub runs: Vec<RunId>,
    /// The last message before.
    pub seq: i64,
    /// The customer was told.
    pub told: bool,
    pub held_ms: i64,
}

const ROW: &str =
    "case_id, stop_client, scope, target, work_item_id, actor_kind, actor, state, runs, seq, told, held_ms";

fn read(r: &Row) -> Result<Hold> {
    Ok(Hold {
        case: r.id(0)?,
        stop: (r.text(1)?, r.text(2)?, r.text(3)?),
        item: r.id(4)?,
        actor: (r.text(5)?, r.text(6)?),
        state: r.text(7)?,
        runs: r.json_as(8)?,
        seq: r.int(9)?,
        told: r.bool(10)?,
        held_ms: r.int(11)?,
    })
}

pub(crate) fn insert(tx: &mut Tx, client: &ClientId, why: &str, hold: &Hold, kept: bool) -> Result<()> {
    let (stop_client, scope, target) = &hold.stop;
    let runs = to_value(&hold.runs).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO case_hold (client_id, case_id, why, stop_client, scope, target, work_item_id, actor_kind, actor, state, \
         runs, seq, told, kept, held_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (client_id, case_id) DO UPDATE SET why = excluded.why, stop_client = excluded.stop_client, \
         scope = excluded.scope, target = excluded.target, work_item_id = excluded.work_item_id, \
         actor_kind = excluded.actor_kind, actor = excluded.actor, state = excluded.state, runs = excluded.runs, \
         seq = excluded.seq, told = excluded.told, kept = excluded.kept, held_ms = excluded.held_ms",
        params![
            client,
            hold.case,
            why,
            stop_client,
            scope,
            target,
            hold.item,
            hold.actor.0,
            hold.actor.1,
            hold.state,
            runs,
            hold.seq,
            hold.told,
            kept,
            hold.held_ms
        ],
    )?;
    Ok(())
}

pub(crate) fn find(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<Hold>> {
    let sql = format!("SELECT {ROW} FROM case_hold WHERE client_id = $1 AND case_id = $2");
    tx.query_opt(&sql, params![client, case], read)
}

pub(crate) fn remove(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    tx.execute("DELETE FROM case_hold WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    Ok(())
}

/// Somebody has it: it goes back by their decision only.
pub(crate) fn keep(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    let sql = "UPDATE case_hold SET kept = 1 WHERE client_id = $1 AND case_id = $2";
    tx.execute(sql, params![client, case])?;
    Ok(())
}

/// The customer whose case waits with this item has been told how it stands.
pub(crate) fn told(tx: &mut Tx, client: &ClientId, case: &CaseId, item: &WorkItemId) -> Result<()> {
    let sql = "UPDATE case_hold SET told = 1 WHERE client_id = $1 AND case_id = $2 AND work_item_id = $3";
    tx.execute(sql, params![client, case, item])?;
    Ok(())
}

/// Another stop holds it now.
pub(crate) fn held_by(tx: &mut Tx, client: &ClientId, case: &CaseId, stop: &Stop) -> Result<()> {
    tx.execute(
        "UPDATE case_hold SET stop_client = $3, scope = $4, target = $5 WHERE client_id = $1 AND case_id = $2",
        params![client, case, stop.client, stop.scope.name(), stop.target],
    )?;
    Ok(())
}

/// Held cases whose stop is no longer engaged, after one.
pub(crate) fn released(tx: &mut Tx, client: &ClientId, after: &str, max: i64) -> Result<Vec<Hold>> {
    let sql = format!(
        "SELECT {ROW} FROM case_hold h WHERE h.client_id = $1 AND h.kept = 0 AND h.case_id > $2 AND NOT EXISTS \
         (SELECT 1 FROM stop_switch s WHERE s.client_id = h.stop_client AND s.scope = h.scope AND s.target = h.target) \
         ORDER BY h.case_id LIMIT $3"
    );
    tx.query(&sql, params![client, after, max], read)
}

/// Whether anything is held that may go back.
pub(crate) fn any_to_return(tx: &mut Tx, client: &ClientId) -> Result<bool> {
    Ok(!released(tx, client, "", 1)?.is_empty())
}

/// How many cases a stop holds, how many of them wait for somebody, and how many customers were told.
pub(crate) fn counts(tx: &mut Tx, client: &ClientId, stop: &Stop) -> Result<(i64, i64, i64)> {
    tx.query_one(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN w.state = 'waiting' THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(h.told), 0) AS BIGINT) FROM case_hold h JOIN work_item w ON w.client_id = h.client_id \
         AND w.work_item_id = h.work_item_id WHERE h.client_id = $1 AND h.stop_client = $2 AND h.scope = $3 \
         AND h.target = $4",
        params![client, stop.client, stop.scope.name(), stop.target],
        |r| Ok((r.int(0)?, r.int(1)?, r.int(2)?)),
    )
}
