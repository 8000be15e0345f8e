//! What turns leave behind, gathered and written by a few statements for all runs of a batch.

use super::calls::OpenCall;
use super::run::{KEY, Key};
use crate::subscribe::Subscription;
use baton_base::{CallId, ClientId, Result, RunId};
use baton_db::{Column, Rows, ToValue, Tx, Value as Sql, params};
use baton_govern::ledger::{self, Noted};

/// How an open call stands now.
pub(crate) struct NewCall {
    pub open: OpenCall,
    pub worker: Option<String>,
    pub lease_until_ms: i64,
    pub opened_ms: i64,
}

/// How a run ended.
pub(crate) struct Ended {
    pub output: Option<String>,
    pub error: Option<String>,
    pub at_ms: i64,
}

/// What one run's turn leaves behind.
#[derive(Default)]
pub(crate) struct RunWrites {
    pub calls: Vec<NewCall>,
    pub calls_gone: Vec<CallId>,
    pub timers: Vec<(CallId, i64)>,
    pub timers_gone: Vec<CallId>,
    pub subscriptions: Vec<(CallId, Subscription)>,
    pub subscriptions_gone: Vec<CallId>,
    pub inputs_gone: Vec<String>,
    pub ledger: Vec<Noted>,
}

impl RunWrites {
    /// A call is written down, or how it stands now if it was before.
    pub fn put_call(&mut self, call: NewCall) {
        self.calls.retain(|known| known.open.call != call.open.call);
        self.calls.push(call);
    }

    pub fn remove_call(&mut self, call: &CallId) {
        self.calls.retain(|known| known.open.call != *call);
        self.calls_gone.push(call.clone());
    }

    pub fn remove_timer(&mut self, call: &CallId) {
        let before = self.timers.len();
        self.timers.retain(|(known, _)| known != call);
        if self.timers.len() == before {
            self.timers_gone.push(call.clone());
        }
    }

    /// Whether something that goes is also what comes.
    fn comes_again(&self) -> bool {
        self.calls.iter().any(|new| self.calls_gone.contains(&new.open.call))
            || self.timers.iter().any(|(call, _)| self.timers_gone.contains(call))
            || self.subscriptions.iter().any(|(call, _)| self.subscriptions_gone.contains(call))
    }

    pub fn unsubscribe(&mut self, call: &CallId) {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|(known, _)| known != call);
        if self.subscriptions.len() == before {
            self.subscriptions_gone.push(call.clone());
        }
    }
}

/// What a batch of turns leaves behind.
pub(crate) struct Writes {
    saves: Rows,
    turns: Rows,
    calls: Rows,
    calls_gone: Rows,
    timers: Rows,
    timers_gone: Rows,
    subscriptions: Rows,
    correlations: Rows,
    subscriptions_gone: Rows,
    inputs_gone: Rows,
    /// Runs that have ended and may have more calls open than those that are gone.
    closed: Rows,
    /// Runs that have ended and may have set a timer or listened.
    waited: Rows,
    /// Runs that have ended and whose unread inputs go too.
    emptied: Rows,
    ledger: Vec<Noted>,
    first_timer_ms: Option<i64>,
    /// Something that goes is also what comes.
    comes_again: bool,
}

const SAVE: &[(&str, Column)] = &[
    KEY[0],
    KEY[1],
    ("status", Column::Text),
    ("ready", Column::Int),
    ("wakes", Column::Int),
    ("state", Column::Text),
    ("output", Column::Text),
    ("error", Column::Text),
    ("ended_ms", Column::Int),
    ("changed_ms", Column::Int),
    ("ended", Column::Int),
];
const TURN: &[(&str, Column)] =
    &[KEY[0], KEY[1], ("seq", Column::Int), ("events", Column::Text), ("trace", Column::Text), ("at_ms", Column::Int)];
const CALL: &[(&str, Column)] = &[
    KEY[0],
    KEY[1],
    ("call_id", Column::Text),
    ("task", Column::Text),
    ("function", Column::Text),
    ("args", Column::Text),
    ("state", Column::Text),
    ("wake_on", Column::Text),
    ("memo", Column::Text),
    ("worker", Column::Text),
    ("lease_until_ms", Column::Int),
    ("attempts", Column::Int),
    ("opened_ms", Column::Int),
];
const PART: &[(&str, Column)] = &[KEY[0], KEY[1], ("part_id", Column::Text)];
const TIMER: &[(&str, Column)] = &[KEY[0], KEY[1], ("call_id", Column::Text), ("due_ms", Column::Int)];
const SUBSCRIPTION: &[(&str, Column)] =
    &[KEY[0], KEY[1], ("call_id", Column::Text), ("event_type", Column::Text), ("match_key", Column::Text)];
const CORRELATION: &[(&str, Column)] = &[KEY[0], ("event_type", Column::Text), ("expressions", Column::Text)];

impl Default for Writes {
    fn default() -> Self {
        Self {
            saves: Rows::of(SAVE),
            turns: Rows::of(TURN),
            calls: Rows::of(CALL),
            calls_gone: Rows::of(PART),
            timers: Rows::of(TIMER),
            timers_gone: Rows::of(PART),
            subscriptions: Rows::of(SUBSCRIPTION),
            correlations: Rows::of(CORRELATION),
            subscriptions_gone: Rows::of(PART),
            inputs_gone: Rows::of(PART),
            closed: Rows::of(KEY),
            waited: Rows::of(KEY),
            emptied: Rows::of(KEY),
            ledger: Vec::new(),
            first_timer_ms: None,
            comes_again: false,
        }
    }
}

/// What an ended run may still have stored, and goes.
pub(crate) struct Rest {
    /// Open calls.
    pub calls: bool,
    /// Timers and listens.
    pub waits: bool,
    /// Inputs that it has not read.
    pub inputs: bool,
}

/// How a run stands after its turn.
pub(crate) struct Saved<'a> {
    pub status: &'a str,
    pub ready: bool,
    pub wakes: i64,
    pub state: String,
    pub ended: Option<Ended>,
    pub now_ms: i64,
}

impl Writes {
    /// The run as it stands now. It stays ready if it was told of something that its turn has not seen.
    pub fn save(&mut self, (client, run): &Key, saved: Saved<'_>) {
        let ended_ms = saved.ended.as_ref().map(|ended| ended.at_ms);
        let (output, error) = saved.ended.map_or((None, None), |ended| (ended.output, ended.error));
        self.saves.add(vec![
            client.to_value(),
            run.to_value(),
            saved.status.to_value(),
            saved.ready.to_value(),
            saved.wakes.to_value(),
            Sql::Text(saved.state),
            output.into(),
            error.into(),
            ended_ms.into(),
            saved.now_ms.to_value(),
            ended_ms.is_some().to_value(),
        ]);
    }

    /// One turn: the events it took in, the first of which is number `seq`, and what its tasks did.
    pub fn turn(&mut self, (client, run): &Key, seq: i64, events: String, trace: String, at_ms: i64) {
        self.turns.add(vec![
            client.to_value(),
            run.to_value(),
            seq.to_value(),
            Sql::Text(events),
            Sql::Text(trace),
            at_ms.to_value(),
        ]);
    }

    /// What an ended run still has goes.
    pub fn end(&mut self, (client, run): &Key, rest: &Rest) {
        let parts = [(rest.calls, &mut self.closed), (rest.waits, &mut self.waited), (rest.inputs, &mut self.emptied)];
        for (_, rows) in parts.into_iter().filter(|(goes, _)| *goes) {
            rows.add(vec![client.to_value(), run.to_value()]);
        }
    }

    /// What else a turn did.
    pub fn add(&mut self, key: &Key, writes: RunWrites) {
        let (client, run) = key;
        self.comes_again |= writes.comes_again();
        for c in writes.calls {
            let attempts = i64::from(c.worker.is_some());
            let (open, args, memo) = (&c.open, c.open.args.to_string(), c.open.memo.to_string());
            self.calls.push(params![
                client,
                run,
                open.call,
                open.task,
                open.function,
                args,
                open.state,
                open.wake_on,
                memo,
                c.worker,
                c.lease_until_ms,
                attempts,
                c.opened_ms
            ]);
        }
        for (call, due_ms) in writes.timers {
            self.timers.push(params![client, run, call, due_ms]);
            self.first_timer_ms = Some(self.first_timer_ms.unwrap_or(due_ms).min(due_ms));
        }
        for (call, subscription) in writes.subscriptions {
            let Subscription { event_type, match_key, expressions } = subscription;
            self.subscriptions.push(params![client, run, call, event_type, match_key]);
            if let Some(expressions) = expressions {
                self.correlations.push(params![client, event_type, expressions]);
            }
        }
        let gone = [
            (&mut self.calls_gone, writes.calls_gone),
            (&mut self.timers_gone, writes.timers_gone),
            (&mut self.subscriptions_gone, writes.subscriptions_gone),
        ];
        for (rows, calls) in gone {
            calls.iter().for_each(|call| rows.push(params![client, run, call]));
        }
        writes.inputs_gone.iter().for_each(|id| self.inputs_gone.push(params![client, run, id]));
        self.ledger.extend(writes.ledger);
    }

    /// When the first of the timers written here is due.
    pub fn first_timer_ms(&self) -> Option<i64> {
        self.first_timer_ms
    }

    /// Writes everything. The order matters where something goes and comes again: what goes was there before what comes. A run's
    /// row is last but for the ledger. On PostgreSQL all of it is sent at once, and what one run leaves behind is one statement.
    pub fn flush(mut self, tx: &mut Tx) -> Result<()> {
        let mut parts = self.going();
        parts.append(&mut self.coming());
        // No index holds what a turn that leaves a run waiting changes.
        let save = "UPDATE run SET status = {status}, state = {state}, output = {output}, error = {error}, \
                    ended_ms = {ended_ms}, changed_ms = {changed_ms}, \
                    ready = CASE WHEN {ended} = 1 THEN 0 WHEN run.wakes = {wakes} THEN {ready} ELSE 1 END, \
                    ready_ms = CASE WHEN {ended} = 1 OR run.wakes = {wakes} AND {ready} = 0 THEN run.ready_ms \
                    ELSE {changed_ms} END \
                    {from} WHERE run.client_id = {client_id} AND run.run_id = {run_id}";
        parts.push((save.to_owned(), self.saves));
        parts.push(ledger::appending(tx, self.ledger));
        if self.comes_again {
            parts.into_iter().try_for_each(|(sql, rows)| tx.owe_rows(&sql, rows))
        } else {
            tx.owe_together(parts)
        }
    }

    /// What goes, part by part and run by run.
    fn going(&mut self) -> Vec<(String, Rows)> {
        let parts = [
            ("run_call", "call_id", self.calls_gone.take()),
            ("run_timer", "call_id", self.timers_gone.take()),
            ("run_listen", "call_id", self.subscriptions_gone.clone()),
            ("run_subscription", "call_id", self.subscriptions_gone.take()),
            ("run_inbox", "inbox_id", self.inputs_gone.take()),
        ];
        let parts = parts.into_iter().filter(|(_, _, rows)| !rows.is_empty()).map(|(table, part, rows)| {
            let sql = format!(
                "DELETE FROM {table} {{using}} WHERE {table}.client_id = {{client_id}} \
                 AND {table}.run_id = {{run_id}} AND {table}.{part} = {{part_id}}"
            );
            (sql, rows)
        });
        let mut all: Vec<(String, Rows)> = parts.collect();
        let tables = [
            ("run_call", self.closed.take()),
            ("run_timer", self.waited.clone()),
            ("run_listen", self.waited.clone()),
            ("run_subscription", self.waited.take()),
            ("run_inbox", self.emptied.take()),
        ];
        all.extend(tables.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(table, rows)| {
            let sql = format!(
                "DELETE FROM {table} {{using}} WHERE {table}.client_id = {{client_id}} AND {table}.run_id = {{run_id}}"
            );
            (sql, rows)
        }));
        all
    }

    /// What comes.
    fn coming(&mut self) -> Vec<(String, Rows)> {
        let parts = [
            ("INSERT INTO run_turn (client_id, run_id, seq, events, trace, at_ms) {values}", self.turns.take()),
            (
                "INSERT INTO run_call (client_id, run_id, call_id, task, function, args, state, wake_on, memo, worker, \
                 lease_until_ms, attempts, opened_ms) {values} \
                 ON CONFLICT (client_id, run_id, call_id) DO UPDATE SET state = excluded.state, \
                 wake_on = excluded.wake_on, memo = excluded.memo, worker = excluded.worker, \
                 lease_until_ms = excluded.lease_until_ms, attempts = excluded.attempts, opened_ms = excluded.opened_ms",
                self.calls.take(),
            ),
            (
                "INSERT INTO run_timer (client_id, run_id, call_id, due_ms) {values} \
                 ON CONFLICT (client_id, run_id, call_id) DO UPDATE SET due_ms = excluded.due_ms",
                self.timers.take(),
            ),
            (
                "INSERT INTO run_subscription (client_id, run_id, call_id, event_type, match_key) {values} \
                 ON CONFLICT (client_id, run_id, call_id, event_type, match_key) DO NOTHING",
                self.subscriptions.take(),
            ),
            (
                "INSERT INTO run_correlation (client_id, event_type, expressions) {values} \
                 ON CONFLICT (client_id, event_type, expressions) DO NOTHING",
                self.correlations.take(),
            ),
        ];
        parts.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(sql, rows)| (sql.to_owned(), rows)).collect()
    }
}

/// Suspends a run whose turn failed: it stays as it was, and says why.
pub(crate) fn suspend(tx: &mut Tx, client: &ClientId, run: &RunId, error: &str, now_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE run SET status = 'suspended', ready = 0, error = $3, changed_ms = $4 \
         WHERE client_id = $1 AND run_id = $2",
        params![client, run, error, now_ms],
    )?;
    Ok(())
}
