//! Rows of `run_inbox`: what happened outside and a run has not yet taken in, in order of arrival.

use super::run::{Key, Loaded, key_rows};
use crate::{RunInput, limits};
use baton_base::{ClientId, Result, RunId};
use baton_db::{Row, Tx, params};
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
    Ok(in_order(tx.query_rows(WAITING, &key_rows(&keys), waiting)?))
}

/// What waits for runs, by their keys.
pub(super) const WAITING: &str = "SELECT i.client_id, i.run_id, i.inbox_id, i.seq, i.input, i.at_ms \
                                  FROM run_inbox i {join} \
                                  WHERE i.client_id = {client_id} AND i.run_id = {run_id}";

/// An input of a run, and its number.
pub(super) type Waiting = (Key, (i64, InboxRow));

pub(super) fn waiting(r: &Row) -> Result<Waiting> {
    let row = InboxRow { id: r.text(2)?, input: r.json_as(4)?, at_ms: r.int(5)? };
    Ok(((r.id(0)?, r.id(1)?), (r.int(3)?, row)))
}

pub(super) fn in_order(rows: Vec<Waiting>) -> HashMap<Key, Vec<InboxRow>> {
    let mut found: HashMap<Key, Vec<(i64, InboxRow)>> = HashMap::new();
    for (key, row) in rows {
        found.entry(key).or_default().push(row);
    }
    found.into_iter().map(|(key, rows)| (key, looked_at(rows))).collect()
}

/// The first [`limits::INPUTS_PER_TURN_MAX`] inputs, in order of arrival; and as many of those behind them that are no messages, or
/// others than the first, which a turn takes where all of the first are messages that nobody waits for.
fn looked_at(mut rows: Vec<(i64, InboxRow)>) -> Vec<InboxRow> {
    rows.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    let mut behind = rows.split_off(rows.len().min(limits::INPUTS_PER_TURN_MAX));
    let first: BTreeSet<_> = rows.iter().map(|(_, row)| row.input.wish()).collect();
    behind.retain(|(_, row)| !row.input.is_message() || !first.contains(&row.input.wish()));
    behind.truncate(limits::INPUTS_PER_TURN_MAX);
    rows.into_iter().chain(behind).map(|(_, row)| row).collect()
}

/// What waits for one run, in order of arrival, at most [`limits::INPUTS_PER_TURN_MAX`] times four: a run that ends with
/// more unread messages than that hands on the first.
pub(crate) fn inbox_of(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<InboxRow>> {
    let max = i64::try_from(limits::INPUTS_PER_TURN_MAX * 4).unwrap_or(i64::MAX);
    tx.query(
        "SELECT inbox_id, input, at_ms FROM run_inbox WHERE client_id = $1 AND run_id = $2 \
         ORDER BY seq, inbox_id LIMIT $3",
        params![client, run, max],
        |r| Ok(InboxRow { id: r.text(0)?, input: r.json_as(1)?, at_ms: r.int(2)? }),
    )
}
