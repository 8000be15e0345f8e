//! Jobs: work that is owed, written in the transaction that owes it, done by any node at least once.
//!
//! A job is claimed for a lease; a worker that dies loses it, and another takes it up. After
//! [`ATTEMPTS_MAX`] attempts it is kept as dead, with its last error, for a person to look at.

use crate::{Row, Tx, Value, params};
use baton_base::{ClientId, Error, Result};

/// Attempts before a job is dead.
pub const ATTEMPTS_MAX: i64 = 10;
/// Most jobs claimed at once.
pub const CLAIM_MAX: u32 = 256;
/// Longest error text kept with a job, characters.
const ERROR_CHARS_MAX: usize = 2_000;

/// One piece of work that is owed.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Whose.
    pub client: ClientId,
    /// Unique; two jobs with one id are a [`Error::Conflict`].
    pub id: String,
    /// Which worker code does it.
    pub kind: String,
    /// What it needs to know.
    pub payload: serde_json::Value,
    /// Not before.
    pub due_ms: i64,
    /// Claims so far, this one included.
    pub attempts: i64,
    /// Who holds the lease; `None` before a claim.
    pub worker: Option<String>,
}

impl Job {
    /// A job that no one has tried yet.
    pub fn new(
        client: ClientId,
        id: impl Into<String>,
        kind: impl Into<String>,
        payload: serde_json::Value,
        due_ms: i64,
    ) -> Self {
        Self { client, id: id.into(), kind: kind.into(), payload, due_ms, attempts: 0, worker: None }
    }
}

/// Owes a job, and wakes workers after the commit.
pub fn enqueue(tx: &mut Tx, job: &Job) -> Result<()> {
    tx.execute(
        "INSERT INTO job (client_id, job_id, kind, payload, state, due_ms, attempts, lease_until_ms) \
         VALUES ($1, $2, $3, $4, 'ready', $5, $6, 0)",
        params![job.client, job.id, job.kind, job.payload, job.due_ms, job.attempts],
    )?;
    tx.wake();
    Ok(())
}

/// Takes up to `max` due jobs of these kinds, of all clients, for `lease_ms`. No two workers ever get one job.
pub fn claim(tx: &mut Tx, worker: &str, now_ms: i64, lease_ms: i64, kinds: &[&str], max: u32) -> Result<Vec<Job>> {
    if kinds.is_empty() {
        return Ok(vec![]);
    }
    bury(tx, now_ms)?;
    let until_ms = now_ms.saturating_add(lease_ms);
    let mut values = params![worker, until_ms, now_ms, max.min(CLAIM_MAX)].to_vec();
    values.extend(kinds.iter().map(|kind| Value::from(*kind)));
    let marks: Vec<_> = (5..5 + kinds.len()).map(|n| format!("${n}")).collect();
    // Chosen once: PostgreSQL may look at an inner query again for each row, and each time pass over what it has chosen before.
    // every client: workers serve them all, each job under its own client's context.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT job_id FROM job WHERE state = 'ready' AND due_ms <= $3 \
           AND lease_until_ms <= $3 AND kind IN ({}) ORDER BY due_ms, job_id LIMIT $4 {}) \
         UPDATE job SET worker = $1, lease_until_ms = $2, attempts = attempts + 1 \
         WHERE job_id IN (SELECT job_id FROM due) AND state = 'ready' AND lease_until_ms <= $3 \
         RETURNING client_id, job_id, kind, payload, due_ms, attempts, worker",
        marks.join(", "),
        tx.skip_locked(),
    );
    let mut jobs = tx.query(&sql, &values, read)?;
    jobs.sort_by(|a, b| (a.due_ms, &a.id).cmp(&(b.due_ms, &b.id)));
    Ok(jobs)
}

/// A job whose workers died every time would take down the next one too.
fn bury(tx: &mut Tx, now_ms: i64) -> Result<()> {
    // every client: the claim takes from all, so this clears for all.
    tx.execute(
        "UPDATE job SET state = 'dead', worker = NULL, error = COALESCE(error, 'its worker went away every time') \
         WHERE state = 'ready' AND due_ms <= $1 AND lease_until_ms <= $1 AND attempts >= $2",
        params![now_ms, ATTEMPTS_MAX],
    )?;
    Ok(())
}

/// The job is done. A [`Error::Conflict`] when the lease went to another worker meanwhile.
pub fn finish(tx: &mut Tx, job: &Job) -> Result<()> {
    let gone = tx.execute(
        "DELETE FROM job WHERE client_id = $1 AND job_id = $2 AND worker = $3 AND attempts = $4",
        params![job.client, job.id, job.worker, job.attempts],
    )?;
    held(gone, job)
}

/// The job failed: it is tried again at `retry_at_ms`, or is dead after [`ATTEMPTS_MAX`] attempts.
pub fn fail(tx: &mut Tx, job: &Job, error: &str, retry_at_ms: i64) -> Result<()> {
    let error: String = error.replace('\0', "").chars().take(ERROR_CHARS_MAX).collect();
    let state = if job.attempts >= ATTEMPTS_MAX { "dead" } else { "ready" };
    let kept = tx.execute(
        "UPDATE job SET state = $5, error = $6, due_ms = $7, worker = NULL, lease_until_ms = 0 \
         WHERE client_id = $1 AND job_id = $2 AND worker = $3 AND attempts = $4",
        params![job.client, job.id, job.worker, job.attempts, state, error, retry_at_ms],
    )?;
    held(kept, job)
}

fn held(rows: u64, job: &Job) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::Conflict(format!("job {} is no longer held by this worker", job.id))) }
}

fn read(row: &Row) -> Result<Job> {
    Ok(Job {
        client: row.id(0)?,
        id: row.text(1)?,
        kind: row.text(2)?,
        payload: row.json(3)?,
        due_ms: row.int(4)?,
        attempts: row.int(5)?,
        worker: row.text_opt(6)?,
    })
}
