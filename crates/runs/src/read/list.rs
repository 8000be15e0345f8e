//! Lists of runs over several clients, newest first, and their counts.

use super::filter::{RunFilter, RunStatus, text};
use super::not_found;
use crate::subscribe::waiting_for;
use baton_base::{CaseId, ClientId, Error, IdSource, ReleaseId, Result, RunId};
use baton_db::{Row, Tx, Value as Param, params};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Runs that one call looks at where a condition has no index; a list that stops there says where to go on.
const LOOKED_AT_MAX: i64 = 5_000;

/// A run as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunRow {
    /// Whose it is.
    pub client: ClientId,
    /// Its id.
    pub id: RunId,
    /// Name of the process.
    pub process: String,
    /// Digest of the definition it is pinned to.
    pub digest: String,
    /// The release it is pinned to.
    pub release: ReleaseId,
    /// `running`, `waiting`, `completed`, `faulted`, `cancelled` or `suspended`.
    pub status: String,
    /// Its case, if any.
    pub case: Option<CaseId>,
    /// The run that started it and waits for it, if any.
    pub parent: Option<RunId>,
    /// When it started, ms.
    pub started_ms: i64,
    /// When it last took a step, ms.
    pub changed_ms: i64,
    /// When it ended, ms.
    pub ended_ms: Option<i64>,
    /// The problem document of a run that cannot go on.
    pub error: Option<Value>,
}

const ROW: &str = "client_id, run_id, process, process_digest, release_id, status, case_id, parent_run_id, started_ms, \
                   changed_ms, ended_ms, error";

fn row(r: &Row) -> Result<RunRow> {
    let error = r.text_opt(11)?.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::broken)?;
    Ok(RunRow {
        client: r.id(0)?,
        id: r.id(1)?,
        process: r.text(2)?,
        digest: r.text(3)?,
        release: r.id(4)?,
        status: r.text(5)?,
        case: r.id_opt(6)?,
        parent: r.id_opt(7)?,
        started_ms: r.int(8)?,
        changed_ms: r.int(9)?,
        ended_ms: r.int_opt(10)?,
        error,
    })
}

/// One run as lists show it.
pub fn row_of(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<RunRow> {
    let sql = format!("SELECT {ROW} FROM run WHERE client_id = $1 AND run_id = $2");
    tx.query_opt(&sql, params![client, run], row)?.ok_or_else(|| not_found(run))
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Newest first. May be short of the limit, even empty, with a `next`: what was looked at did not fit.
    pub rows: Vec<RunRow>,
    /// Where to go on, if there may be more.
    pub next: Option<RunId>,
}

/// Runs, newest first, before `after` (a run id), at most `limit`.
pub fn list(tx: &mut Tx, filter: &RunFilter, after: Option<&RunId>, limit: u32) -> Result<Found> {
    let mut rows = Vec::new();
    let mut floor: Option<RunId> = None;
    for client in &filter.clients {
        let asked = text(filter.correlation.as_deref());
        let waiting = asked.map(|value| waiting_for(tx, client, value, after)).transpose()?;
        let (among, seen_to) = waiting.map_or((None, None), |(runs, seen_to)| (Some(runs), seen_to));
        if among.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        floor = floor.max(seen_to);
        // Status by status, each a range of an index; then the newest of all.
        for status in filter.statuses() {
            let (found, seen_to) =
                of_status(tx, (filter, among.as_deref()), client, status, after, i64::from(limit) + 1)?;
            rows.extend(found);
            floor = floor.max(seen_to);
        }
    }
    rows.sort_by(|a: &RunRow, b: &RunRow| b.id.cmp(&a.id));
    if let Some(floor) = &floor {
        rows.retain(|row| row.id >= *floor);
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = if more { rows.last().map(|row| row.id.clone()) } else { floor };
    Ok(Found { rows, next })
}

/// The newest that fit, and how far down was looked if not all was.
fn of_status(
    tx: &mut Tx,
    (filter, among): (&RunFilter, Option<&[RunId]>),
    client: &ClientId,
    status: RunStatus,
    after: Option<&RunId>,
    limit: i64,
) -> Result<(Vec<RunRow>, Option<RunId>)> {
    if filter.cases.as_ref().is_some_and(Vec::is_empty) {
        return Ok((Vec::new(), None));
    }
    let mut w = filter.quick(client, status, after, among);
    let quick = w.sql.clone();
    let bound = w.values.len();
    w.sql.clear();
    if !filter.slow(&mut w) {
        // Sorted by the caller where few rows are meant: asked to, SQLite would walk all runs in the order of their ids.
        let few = filter.cases.is_some() || filter.parent.is_some() || among.is_some();
        let order = if few { "" } else { "ORDER BY run_id DESC" };
        let limit = if few { LOOKED_AT_MAX } else { limit };
        let sql = format!("SELECT {ROW} FROM run WHERE client_id = $1{quick} {order} LIMIT {limit}");
        return Ok((tx.query(&sql, &w.values, row)?, None));
    }
    let window =
        format!("SELECT {ROW}, state FROM run WHERE client_id = $1{quick} ORDER BY run_id DESC LIMIT {LOOKED_AT_MAX}");
    let sql =
        format!("SELECT {ROW} FROM ({window}) r WHERE r.client_id = $1{} ORDER BY run_id DESC LIMIT {limit}", w.sql);
    let rows = tx.query(&sql, &w.values, row)?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit {
        return Ok((rows, None));
    }
    let sql = format!(
        "SELECT run_id FROM run WHERE client_id = $1{quick} ORDER BY run_id DESC LIMIT 1 OFFSET {}",
        LOOKED_AT_MAX - 1
    );
    let seen_to = tx.query_opt(&sql, &w.values[..bound], |r| r.id(0))?;
    Ok((rows, seen_to))
}

/// How many runs of a process stand where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RunCount {
    /// Whose.
    pub client: ClientId,
    /// Name of the process.
    pub process: String,
    /// Where they stand.
    pub status: RunStatus,
    /// How many.
    pub runs: i64,
}

/// Runs by process and status: all that are open or faulted, and of those that have ended the ones started since
/// `since_ms`. The cost grows with what is open and recent, never with history.
pub fn counts(tx: &mut Tx, clients: &[ClientId], since_ms: i64) -> Result<Vec<RunCount>> {
    let since = IdSource::floor(RunId::PREFIX, since_ms);
    let mut counts = Vec::new();
    for client in clients {
        for status in RunStatus::ALL {
            let mut values: Vec<Param> = vec![client.into(), status.as_str().to_owned().into()];
            let mut sql = "SELECT process, COUNT(*) FROM run WHERE client_id = $1 AND status = $2".to_owned();
            if !RunStatus::OPEN.contains(status) {
                values.push(since.clone().into());
                sql.push_str(" AND run_id >= $3");
            }
            sql.push_str(" GROUP BY process ORDER BY process");
            let of = |process: String, runs: i64| RunCount { client: client.clone(), process, status: *status, runs };
            counts.extend(tx.query(&sql, &values, |r| Ok(of(r.text(0)?, r.int(1)?)))?);
        }
    }
    Ok(counts)
}
