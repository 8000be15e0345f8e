//! Rows of `run_inbox`: what happened outside and a run has not yet taken in, in order of arrival.

use super::run::{Key, Loaded, key_rows};
use crate::{RunInput, limits};
use baton_base::{ClientId, Result, RunId};
use baton_db::{Kind, Row, Tx, Value as Sql, params};
use std::collections::{BTreeSet, HashMap};

/// One input that waits.
#[derive(Clone)]
pub(crate) struct InboxRow {
    pub id: String,
    pub input: RunInput,
    pub at_ms: i64,
}

/// Counts that a run is told of something, and makes it ready unless it is suspended. The number of the input, or
/// `None` if the run has ended or does not exist.
pub(crate) fn wake(tx: &mut Tx, client: &ClientId, run: &RunId, now_ms: i64) -> Result<Option<i64>> {
    tx.query_opt(
        "UPDATE run SET wakes = wakes + 1, ready = CASE WHEN status = 'suspended' THEN 0 ELSE 1 END, \
         ready_ms = CASE WHEN ready = 1 THEN ready_ms ELSE $3 END \
         WHERE client_id = $1 AND run_id = $2 AND status IN ('running', 'waiting', 'suspended') RETURNING wakes",
        params![client, run, now_ms],
        |r| r.int(0),
    )
}

/// A suspended run is no longer suspended.
pub(crate) fn let_go(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<()> {
    tx.execute(
        "UPDATE run SET status = 'waiting' WHERE client_id = $1 AND run_id = $2 AND status = 'suspended'",
        params![client, run],
    )?;
    Ok(())
}

/// What waits for each of these runs, in order of arrival, as far as one turn looks at it: see [`looked_at`].
pub(crate) fn inboxes(tx: &mut Tx, runs: &[Loaded]) -> Result<HashMap<Key, Vec<InboxRow>>> {
    let keys: Vec<Key> = runs.iter().filter(|run| run.is_open()).map(Loaded::key).collect();
    let found = tx.query_rows(&waits(tx.kind()), &key_rows(&keys), waiting)?;
    in_order(tx, found)
}

/// The statement for what waits for runs, by their keys: of each run at most one more than a turn takes, whichever. Where there are
/// so many, those that came first are asked for by themselves: runs of which that holds are few, and pay for it alone.
pub(super) fn waits(kind: Kind) -> String {
    let some = limits::INPUTS_PER_TURN_MAX + 1;
    match kind {
        Kind::Sqlite => format!(
            "SELECT i.client_id, i.run_id, i.inbox_id, i.seq, i.input, i.at_ms FROM run_inbox i {{join}} \
             WHERE i.client_id = {{client_id}} AND i.run_id = {{run_id}} LIMIT {some}"
        ),
        // As many of each run, however many runs are asked for at once.
        Kind::Postgres => format!(
            "SELECT w.client_id, w.run_id, w.inbox_id, w.seq, w.input, w.at_ms FROM (VALUES (1)) AS one(n) {{join}} \
             CROSS JOIN LATERAL (SELECT i.client_id, i.run_id, i.inbox_id, i.seq, i.input, i.at_ms FROM run_inbox i \
             WHERE i.client_id = {{client_id}} AND i.run_id = {{run_id}} LIMIT {some}) AS w"
        ),
    }
}

/// An input of a run, and its number.
pub(super) type Waiting = (Key, (i64, InboxRow));

pub(super) fn waiting(r: &Row) -> Result<Waiting> {
    let row = InboxRow { id: r.text(2)?, input: r.json_as(4)?, at_ms: r.int(5)? };
    Ok(((r.id(0)?, r.id(1)?), (r.int(3)?, row)))
}

/// The same by run, in order of arrival, with what a turn looks at where more waits than was asked for.
pub(super) fn in_order(tx: &mut Tx, rows: Vec<Waiting>) -> Result<HashMap<Key, Vec<InboxRow>>> {
    let mut found: HashMap<Key, Vec<(i64, InboxRow)>> = HashMap::new();
    for (key, row) in rows {
        found.entry(key).or_default().push(row);
    }
    let by_run = found.into_iter().map(|(key, mut rows)| {
        if rows.len() > limits::INPUTS_PER_TURN_MAX {
            let looked_at = looked_at(tx, &key)?;
            return Ok((key, looked_at));
        }
        rows.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        Ok((key, rows.into_iter().map(|(_, row)| row).collect()))
    });
    by_run.collect()
}

/// The first [`limits::INPUTS_PER_TURN_MAX`] inputs, in order of arrival; and as many of those behind them that are no messages, or
/// others than the first, which a turn takes where all of the first are messages that nobody waits for.
fn looked_at(tx: &mut Tx, key: &Key) -> Result<Vec<InboxRow>> {
    let (client, run) = key;
    let max = i64::try_from(limits::INPUTS_PER_TURN_MAX).unwrap_or(i64::MAX);
    let first: Vec<Waiting> = tx.query(
        "SELECT client_id, run_id, inbox_id, seq, input, at_ms FROM run_inbox WHERE client_id = $1 AND run_id = $2 \
         ORDER BY seq, inbox_id LIMIT $3",
        params![client, run, max],
        waiting,
    )?;
    let wishes: BTreeSet<_> = first.iter().map(|(_, (_, row))| row.input.wish()).collect();
    let is_message = first.iter().all(|(_, (_, row))| row.input.is_message());
    let mut behind = Vec::new();
    if let Some((_, (seq, row))) = first.last().filter(|_| is_message) {
        let mut values: Vec<Sql> = vec![client.into(), run.into(), (*seq).into(), row.id.as_str().into(), max.into()];
        let plain = wishes.iter().filter(|(_, call)| call.is_none()).filter_map(|(kind, _)| *kind);
        values.extend(plain.take(KINDS_MAX).map(|kind| Sql::Text(typed(kind))));
        behind = tx.query(&others(values.len() - 5), &values, waiting)?;
        behind.retain(|(_, (_, row))| !row.input.is_message() || !wishes.contains(&row.input.wish()));
    }
    Ok(first.into_iter().chain(behind).map(|(_, (_, row))| row).collect())
}

/// Kinds of messages that are left out by the database; of more, those that are left come back, and are left out here.
const KINDS_MAX: usize = 8;

/// Inputs behind one, in order of arrival, but for messages of so many kinds that name no call.
fn others(kinds: usize) -> String {
    let is_alike = |at: usize| {
        let kind = at + 6;
        format!(
            "(input LIKE '{{\"kind\":\"message\"%' AND input LIKE ${kind} ESCAPE '!' AND input NOT LIKE '%\"call\":%')"
        )
    };
    let alike = (0..kinds).map(|at| format!(" AND NOT {}", is_alike(at)));
    format!(
        "SELECT client_id, run_id, inbox_id, seq, input, at_ms FROM run_inbox WHERE client_id = $1 AND run_id = $2 \
         AND (seq > $3 OR seq = $3 AND inbox_id > $4){} ORDER BY seq, inbox_id LIMIT $5",
        alike.collect::<String>()
    )
}

/// What is in the text of a message of this kind.
fn typed(kind: &str) -> String {
    let text = serde_json::Value::from(kind).to_string();
    format!("%\"type\":{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// What waits for one run, in order of arrival, at most [`limits::INBOX_PAGE_MAX`].
pub(crate) fn inbox_of(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<InboxRow>> {
    let page = inbox_page(tx, client, run, (i64::MIN, ""))?;
    Ok(page.into_iter().map(|(_, row)| row).collect())
}

/// As many of those behind one input, which is given by its number and its id; with their numbers.
pub(crate) fn inbox_page(
    tx: &mut Tx,
    client: &ClientId,
    run: &RunId,
    (seq, id): (i64, &str),
) -> Result<Vec<(i64, InboxRow)>> {
    let max = i64::try_from(limits::INBOX_PAGE_MAX).unwrap_or(i64::MAX);
    let found = tx.query(&others(0), params![client, run, seq, id, max], waiting)?;
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITING: usize = 10_000;

    async fn looked_at_of(input: impl Fn(usize) -> String + Send + 'static) -> Vec<InboxRow> {
        let db = baton_testkit::sqlite().await;
        let found = db.write(move |tx| {
            let client = ClientId::known("acme");
            let run = RunId::known("run_1");
            for at in 0..WAITING {
                // Ids of a node whose clock runs backwards.
                let id = format!("in_{:06}", WAITING - at);
                let sql = "INSERT INTO run_inbox (client_id, run_id, inbox_id, seq, input, at_ms) \
                           VALUES ($1, $2, $3, $4, $5, 0)";
                tx.execute(sql, params![client, run, id, i64::try_from(at).unwrap(), input(at)])?;
            }
            let found = tx.query_rows(&waits(tx.kind()), &key_rows(&[(client, run)]), waiting)?;
            in_order(tx, found)
        });
        found.await.unwrap().into_values().next().unwrap()
    }

    #[tokio::test]
    async fn of_very_many_inputs_a_turn_reads_those_that_came_first() {
        let event = |at: usize| format!(r#"{{"kind":"event","event":{{"n":{at}}}}}"#);
        let read = looked_at_of(event).await;
        let numbers = read.iter().map(|row| match &row.input {
            RunInput::Event { event } => event["n"].as_u64(),
            _ => None,
        });
        let first: Vec<_> = (0..limits::INPUTS_PER_TURN_MAX as u64).map(Some).collect();
        assert_eq!(numbers.collect::<Vec<_>>(), first);
    }

    #[tokio::test]
    async fn behind_very_many_messages_that_are_alike_a_turn_reads_what_is_not() {
        let one = |at: usize| {
            let event = match at {
                9_998 => serde_json::json!({"by": {"type": "message"}, "type": "approval", "call": "c1"}),
                // It speaks of what it is not.
                9_997 => serde_json::json!({"type": "stop", "text": "\"type\":\"message\""}),
                _ => serde_json::json!({"text": format!("hello {at}"), "type": "message"}),
            };
            serde_json::to_string(&RunInput::Message { event }).unwrap()
        };
        let read = looked_at_of(one).await;
        let behind: Vec<_> = read[limits::INPUTS_PER_TURN_MAX..].iter().map(|row| row.input.message_kind()).collect();
        assert_eq!(behind, [Some("stop"), Some("approval")]);
    }
}
