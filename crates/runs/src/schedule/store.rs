//! SQL of the tables `run_schedule` and `run_schedule_event`.

use super::SchedulePart;
use crate::limits;
use crate::subscribe::{SCHEDULE, Subscription};
use baton_base::{CallId, ClientId, ReleaseId, Result, RunId};
use baton_db::{Column, Kind, Row, Rows, Tx, Value, params};
use baton_engine::{Body, RunState};
use serde::Serialize;
use utoipa::ToSchema;

/// Schedules shown of one client.
const SHOWN_MAX: i64 = 1_000;

/// One part of a process's schedule, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScheduleRow {
    /// Whose.
    pub client: ClientId,
    /// The process whose runs begin.
    pub process: String,
    /// By what they begin.
    pub part: SchedulePart,
    /// The span, the cron expression, or the types of the events.
    pub rule: String,
    /// The release that they begin on.
    pub release: ReleaseId,
    /// Whether somebody has paused it.
    pub paused: bool,
    /// Why, as stated by whoever paused it.
    pub reason: Option<String>,
    /// When the next run begins, ms; null while it waits for events or for the end of the last run, or is paused.
    pub due_ms: Option<i64>,
    /// The last run that began by it.
    pub last_run: Option<RunId>,
    /// Where that run stands.
    pub last_status: Option<String>,
    /// When it began, ms.
    pub last_ms: Option<i64>,
    /// How many runs have begun by it.
    pub runs: i64,
    /// How many times passed without a run of their own, because nobody was there to begin one.
    pub missed: i64,
    /// Events that have come and do not suffice yet.
    pub events: usize,
    /// Why the last attempt to begin a run came to nothing.
    pub error: Option<String>,
}

/// A part as a look takes it; its row is locked until the commit.
pub(super) struct Armed {
    pub client: ClientId,
    pub process: String,
    pub part: SchedulePart,
    pub release: ReleaseId,
    pub digest: String,
    pub rule: String,
    pub paused: bool,
    pub due_ms: Option<i64>,
    pub last_run: Option<RunId>,
    pub state: Option<String>,
}

const ARMED: &str = "s.client_id, s.process, s.part, s.release_id, s.digest, s.rule, s.status, s.due_ms, \
                     s.last_run_id, s.state";

fn armed(r: &Row) -> Result<Armed> {
    Ok(Armed {
        client: r.id(0)?,
        process: r.text(1)?,
        part: r.text(2)?.parse()?,
        release: r.id(3)?,
        digest: r.text(4)?,
        rule: r.text(5)?,
        paused: r.text(6)? == "paused",
        due_ms: r.int_opt(7)?,
        last_run: r.id_opt(8)?,
        state: r.text_opt(9)?,
    })
}

/// Schedules of a client, by process and part, at most 1,000.
pub fn schedules(tx: &mut Tx, client: &ClientId) -> Result<Vec<ScheduleRow>> {
    let read = |r: &Row| {
        let state: Option<RunState> = r.json_as_opt(12)?;
        Ok(ScheduleRow {
            client: client.clone(),
            process: r.text(0)?,
            part: r.text(1)?.parse()?,
            rule: r.text(2)?,
            release: r.id(3)?,
            paused: r.text(4)? == "paused",
            reason: r.text_opt(5)?,
            due_ms: r.int_opt(6)?,
            last_run: r.id_opt(7)?,
            last_status: r.text_opt(8)?,
            last_ms: r.int_opt(9)?,
            runs: r.int(10)?,
            missed: r.int(11)?,
            events: state.as_ref().map_or(0, |state| heard(state).len()),
            error: r.text_opt(13)?,
        })
    };
    tx.query(
        "SELECT s.process, s.part, s.rule, s.release_id, s.status, s.reason, s.due_ms, s.last_run_id, r.status, \
         s.last_ms, s.runs, s.missed, s.state, s.error FROM run_schedule s \
         LEFT JOIN run r ON r.client_id = s.client_id AND r.run_id = s.last_run_id \
         WHERE s.client_id = $1 ORDER BY s.process, s.part LIMIT $2",
        params![client, SHOWN_MAX],
        read,
    )
}

/// The events that the listen of a trigger has taken so far.
pub(super) fn heard(state: &RunState) -> &[serde_json::Value] {
    let frame = state.position.as_ref().and_then(|position| position.task.as_ref());
    match frame.map(|frame| &frame.body) {
        Some(Body::Listen(listen)) => &listen.events,
        _ => &[],
    }
}

/// All parts of a client, or of one of its processes, locked.
pub(super) fn take(tx: &mut Tx, client: &ClientId, process: Option<&str>) -> Result<Vec<Armed>> {
    let lock = if tx.kind() == Kind::Postgres { "FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT {ARMED} FROM run_schedule s WHERE s.client_id = $1 AND ($2 = '' OR s.process = $2) \
         ORDER BY s.process, s.part {lock}"
    );
    tx.query(&sql, params![client, process.unwrap_or_default()], armed)
}

/// What there is to look at: when the next run is due, whether a run that `after` counts from has ended, whether events
/// wait. Reads only.
pub(super) fn outlook(tx: &mut Tx, now_ms: i64, away: &[Away]) -> Result<(Option<i64>, bool)> {
    // every client: a worker begins the runs of the whole installation
    let (but, values) = but(away, params![]);
    let sql = format!(
        "SELECT CASE WHEN s.retry_ms > s.due_ms THEN s.retry_ms ELSE s.due_ms END AS next_ms FROM run_schedule s \
         WHERE s.status = 'active' AND s.due_ms IS NOT NULL{but} ORDER BY next_ms LIMIT 1"
    );
    let next_ms = tx.query_opt(&sql, &values, |r| r.int(0))?;
    let told = !told(tx, now_ms, 1, away, "")?.is_empty();
    Ok((next_ms, told || !ended(tx, away)?.is_empty()))
}

/// A release that is not loaded here, and whose it is.
pub(super) struct Away {
    pub client: ClientId,
    pub release: ReleaseId,
}

/// All releases with schedules that may begin something.
pub(super) fn releases(tx: &mut Tx) -> Result<Vec<Away>> {
    // every client: a worker begins the runs of the whole installation
    let sql = "SELECT DISTINCT s.client_id, s.release_id FROM run_schedule s WHERE s.status = 'active'";
    tx.query(sql, params![], |r| Ok(Away { client: r.id(0)?, release: r.id(1)? }))
}

/// A condition that leaves out what belongs to these releases, and the values with theirs.
fn but(away: &[Away], values: &[Value]) -> (String, Vec<Value>) {
    let mut values = values.to_vec();
    let from = values.len() + 1;
    values.extend(away.iter().map(|away| Value::from(format!("{}/{}", away.client, away.release))));
    let places: Vec<String> = (from..=values.len()).map(|at| format!("${at}")).collect();
    match places.is_empty() {
        true => (String::new(), values),
        false => (format!(" AND s.client_id || '/' || s.release_id NOT IN ({})", places.join(", ")), values),
    }
}

/// `after` parts whose last run has ended, with when it did.
pub(super) fn ended(tx: &mut Tx, away: &[Away]) -> Result<Vec<(Armed, i64)>> {
    // every client: a worker begins the runs of the whole installation
    let (but, values) = but(away, params![]);
    let sql = format!(
        "SELECT {ARMED}, r.ended_ms FROM run_schedule s JOIN run r ON r.client_id = s.client_id \
         AND r.run_id = s.last_run_id WHERE s.part = 'after' AND s.status = 'active' AND s.due_ms IS NULL \
         AND r.ended_ms IS NOT NULL{but}"
    );
    tx.query(&sql, &values, |r| Ok((armed(r)?, r.int(10)?)))
}

/// Parts whose time has come, the longest due first; those that another node has are passed over.
pub(super) fn take_due(tx: &mut Tx, now_ms: i64, away: &[Away]) -> Result<Vec<Armed>> {
    // every client: a worker begins the runs of the whole installation
    let (but, values) = but(away, params![now_ms, limits::SCHEDULES_PER_LOOK_MAX]);
    let lock = tx.skip_locked();
    let sql = format!(
        "SELECT {ARMED} FROM run_schedule s WHERE s.status = 'active' AND s.due_ms <= $1 \
         AND (s.retry_ms IS NULL OR s.retry_ms <= $1){but} ORDER BY s.due_ms LIMIT $2 {lock}"
    );
    tx.query(&sql, &values, armed)
}

/// Parts for which events wait, those that have waited longest for their turn first.
pub(super) fn take_told(tx: &mut Tx, now_ms: i64, away: &[Away]) -> Result<Vec<Armed>> {
    let lock = tx.skip_locked();
    told(tx, now_ms, limits::SCHEDULES_PER_LOOK_MAX, away, lock)
}

fn told(tx: &mut Tx, now_ms: i64, max: i64, away: &[Away], lock: &str) -> Result<Vec<Armed>> {
    // every client: a worker begins the runs of the whole installation
    let (but, values) = but(away, params![now_ms, max]);
    let sql = format!(
        "SELECT {ARMED} FROM run_schedule s WHERE s.part = 'on' AND s.status = 'active' AND EXISTS \
         (SELECT 1 FROM run_schedule_event e WHERE e.client_id = s.client_id AND e.process = s.process) \
         AND (s.retry_ms IS NULL OR s.retry_ms <= $1){but} \
         ORDER BY COALESCE(s.retry_ms, s.last_ms, 0), s.client_id, s.process LIMIT $2 {lock}"
    );
    tx.query(&sql, &values, armed)
}

/// Nothing begins by this part before that moment; when it is due, and so its beat, stays.
pub(super) fn set_retry(tx: &mut Tx, row: &Armed, retry_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run_schedule SET retry_ms = $4 WHERE client_id = $1 AND process = $2 AND part = $3",
        params![&row.client, row.process, row.part.as_str(), retry_ms],
    )?;
    Ok(())
}

/// The next run of an `after` part, once its last has ended.
pub(super) fn set_due_after(tx: &mut Tx, row: &Armed, due_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run_schedule SET due_ms = $4 WHERE client_id = $1 AND process = $2 AND part = 'after' \
         AND last_run_id = $3 AND due_ms IS NULL AND status = 'active'",
        params![&row.client, row.process, row.last_run, due_ms],
    )?;
    Ok(())
}

/// What a look has led to.
pub(super) struct Begun<'a> {
    /// The last of the runs that began.
    pub run: Option<&'a RunId>,
    pub runs: i64,
    pub missed: i64,
    pub due_ms: Option<i64>,
    pub state: Option<String>,
    pub error: Option<String>,
    pub now_ms: i64,
}

pub(super) fn begun(tx: &mut Tx, row: &Armed, begun: &Begun<'_>) -> Result<()> {
    tx.execute(
        "UPDATE run_schedule SET due_ms = $4, runs = runs + $5, missed = missed + $6, state = $7, error = $8, retry_ms = NULL, \
         last_run_id = COALESCE($9, last_run_id), last_ms = CASE WHEN $5 > 0 THEN $10 ELSE last_ms END \
         WHERE client_id = $1 AND process = $2 AND part = $3",
        params![
            &row.client,
            row.process,
            row.part.as_str(),
            begun.due_ms,
            begun.runs,
            begun.missed,
            begun.state,
            begun.error,
            begun.run,
            begun.now_ms
        ],
    )?;
    Ok(())
}

/// A part as the live release has it.
pub(super) fn put(tx: &mut Tx, row: &Armed, error: Option<&str>) -> Result<()> {
    let status = if row.paused { "paused" } else { "active" };
    tx.execute(
        "INSERT INTO run_schedule (client_id, process, part, release_id, digest, rule, status, due_ms, runs, missed, \
         state, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10) \
         ON CONFLICT (client_id, process, part) DO UPDATE SET release_id = excluded.release_id, \
         digest = excluded.digest, rule = excluded.rule, due_ms = excluded.due_ms, state = excluded.state, \
         error = excluded.error, retry_ms = NULL",
        params![
            &row.client,
            row.process,
            row.part.as_str(),
            &row.release,
            row.digest,
            row.rule,
            status,
            row.due_ms,
            row.state,
            error
        ],
    )?;
    Ok(())
}

pub(super) fn set_status(tx: &mut Tx, row: &Armed, paused: bool, reason: Option<&str>) -> Result<()> {
    let status = if paused { "paused" } else { "active" };
    tx.execute(
        "UPDATE run_schedule SET status = $4, reason = $5, due_ms = $6 \
         WHERE client_id = $1 AND process = $2 AND part = $3",
        params![&row.client, row.process, row.part.as_str(), status, reason, row.due_ms],
    )?;
    Ok(())
}

pub(super) fn remove(tx: &mut Tx, row: &Armed) -> Result<()> {
    tx.execute(
        "DELETE FROM run_schedule WHERE client_id = $1 AND process = $2 AND part = $3",
        params![&row.client, row.process, row.part.as_str()],
    )?;
    Ok(())
}

/// The id under which a schedule stands among the listeners.
pub(crate) fn listener(process: &str) -> String {
    format!("{SCHEDULE}{process}")
}

/// What the schedule of a process listens for from now on; nothing if there are no filters.
pub(super) fn subscribe(
    tx: &mut Tx,
    client: &ClientId,
    process: &str,
    filters: &[(CallId, Subscription)],
) -> Result<()> {
    let listener = listener(process);
    tx.execute("DELETE FROM run_subscription WHERE client_id = $1 AND run_id = $2", params![client, listener])?;
    for (call, filter) in filters {
        tx.execute(
            "INSERT INTO run_subscription (client_id, run_id, call_id, event_type, match_key) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id, run_id, call_id, event_type, match_key) DO NOTHING",
            params![client, listener, call, filter.event_type, filter.match_key],
        )?;
        if let Some(expressions) = &filter.expressions {
            tx.execute(
                "INSERT INTO run_correlation (client_id, event_type, expressions) VALUES ($1, $2, $3) \
                 ON CONFLICT (client_id, event_type, expressions) DO NOTHING",
                params![client, filter.event_type, expressions],
            )?;
        }
    }
    Ok(())
}

const EVENT: &[(&str, Column)] = &[
    ("client_id", Column::Text),
    ("process", Column::Text),
    ("event_id", Column::Text),
    ("event", Column::Text),
    ("at_ms", Column::Int),
];

/// An event for each of these processes' schedules.
pub(super) fn insert_events(
    tx: &mut Tx,
    client: &ClientId,
    processes: &[String],
    (event_id, event, at_ms): (&str, &str, i64),
) -> Result<()> {
    let mut rows = Rows::of(EVENT);
    processes.iter().for_each(|process| rows.push(params![client, process, event_id, event, at_ms]));
    let sql = "INSERT INTO run_schedule_event (client_id, process, event_id, event, at_ms) {values}";
    tx.execute_rows(sql, &rows)?;
    Ok(())
}

/// Takes the events that wait for a schedule, the first at most `max`, out of the table.
pub(super) fn take_events(tx: &mut Tx, row: &Armed, max: i64) -> Result<Vec<serde_json::Value>> {
    let found: Vec<(String, serde_json::Value)> = tx.query(
        "SELECT event_id, event FROM run_schedule_event WHERE client_id = $1 AND process = $2 \
         ORDER BY at_ms, event_id LIMIT $3",
        params![&row.client, row.process, max],
        |r| Ok((r.text(0)?, r.json(1)?)),
    )?;
    let mut gone = Rows::of(&EVENT[..3]);
    found.iter().for_each(|(id, _)| gone.push(params![&row.client, row.process, id]));
    tx.execute_rows(
        "DELETE FROM run_schedule_event {using} WHERE run_schedule_event.client_id = {client_id} \
         AND run_schedule_event.process = {process} AND run_schedule_event.event_id = {event_id}",
        &gone,
    )?;
    Ok(found.into_iter().map(|(_, event)| event).collect())
}

/// Events that nobody will take any more.
pub(super) fn drop_events(tx: &mut Tx, client: &ClientId, process: &str) -> Result<()> {
    tx.execute("DELETE FROM run_schedule_event WHERE client_id = $1 AND process = $2", params![client, process])?;
    Ok(())
}
