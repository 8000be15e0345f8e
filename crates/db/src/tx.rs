//! A transaction, the same for both databases.

use crate::live::{Hub, Outbox};
use crate::postgres::PgSession;
use crate::postgres::wall::{LIFT, Within};
use crate::sqlite::SqliteSession;
use crate::vault::Vault;
use crate::{Kind, Live, Row, Rows, Value, counters};
use baton_base::{ClientId, Error, Result, RunId};
use std::sync::Arc;

const WIPE_ON: &str = "PRAGMA secure_delete = ON";
const WIPE_OFF: &str = "PRAGMA secure_delete = OFF";

/// A running transaction.
///
/// After a statement has failed, the transaction can only be given up, on both databases; a statement that may fail
/// while the rest goes on stands in [`Tx::attempt`].
pub struct Tx {
    pub(crate) session: Session,
    outbox: Outbox,
    /// What is said to whoever goes on after a statement has failed.
    failed: Option<Error>,
    /// Attempts under way.
    depth: u32,
    /// Attempts whose savepoint has been made: none is made before a statement needs it.
    opened: u32,
    /// The wall that it stands behind (PostgreSQL).
    within: Option<Within>,
    pub(crate) vault: Arc<Vault>,
}

pub(crate) enum Session {
    Sqlite(SqliteSession),
    Postgres(Box<PgSession>),
}

impl Tx {
    pub(crate) fn new(session: Session, vault: Arc<Vault>) -> Self {
        Self { session, outbox: Outbox::default(), failed: None, depth: 0, opened: 0, within: None, vault }
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        match self.session {
            Session::Sqlite(_) => Kind::Sqlite,
            Session::Postgres(_) => Kind::Postgres,
        }
    }

    /// `FOR UPDATE SKIP LOCKED` where rows are locked one by one (PostgreSQL), else nothing: for the subquery of a
    /// claim, whose lease condition is repeated in the outer WHERE.
    pub fn skip_locked(&self) -> &'static str {
        match self.kind() {
            Kind::Sqlite => "",
            Kind::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        self.check_statement(params)?;
        self.open_savepoints()?;
        counters::statement();
        let done = match &mut self.session {
            Session::Sqlite(session) => session.execute(sql, params),
            Session::Postgres(session) => session.execute(sql, params),
        };
        self.noted(done)
    }

    /// Runs a statement and maps each row of its result.
    pub fn query<T>(&mut self, sql: &str, params: &[Value], mut map: impl FnMut(&Row) -> Result<T>) -> Result<Vec<T>> {
        self.check_statement(params)?;
        self.open_savepoints()?;
        counters::statement();
        let rows = match &mut self.session {
            Session::Sqlite(session) => session.query(sql, params),
            Session::Postgres(session) => session.query(sql, params),
        };
        self.noted(rows)?.iter().map(&mut map).collect()
    }

    /// The first row, if there is one.
    pub fn query_opt<T>(
        &mut self,
        sql: &str,
        params: &[Value],
        map: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query(sql, params, map)?.into_iter().next())
    }

    /// The first row; that there is none is a fault of Baton's own.
    pub fn query_one<T>(&mut self, sql: &str, params: &[Value], map: impl FnMut(&Row) -> Result<T>) -> Result<T> {
        self.query_opt(sql, params, map)?.ok_or_else(|| Error::broken(format!("no row: {}", head(sql))))
    }

    /// Runs statements that may fail while the rest of the transaction goes on: what they did and published is undone
    /// when they return an error.
    pub fn attempt<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check_not_failed()?;
        let level = self.depth;
        self.depth += 1;
        let before = std::mem::take(&mut self.outbox);
        let done = f(self).and_then(|value| self.settle(level).map(|()| value));
        self.depth = level;
        let during = std::mem::replace(&mut self.outbox, before);
        if done.is_ok() {
            self.outbox.append(during);
        }
        if self.opened > level {
            self.opened = level;
            if done.is_err() {
                if let Session::Postgres(session) = &mut self.session {
                    session.forget_rows();
                }
                self.batch(&format!("ROLLBACK TO SAVEPOINT attempt_{level}"))?;
                self.failed = None;
            }
            self.control(&format!("RELEASE SAVEPOINT attempt_{level}"))?;
        }
        done
    }

    /// Runs statements on the rows of every client, where the transaction stands behind the wall of one: for what is true of
    /// a person or a token over all clients. Why, stands above each statement.
    pub fn every_client<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let Some(within) = self.within.take() else { return f(self) };
        // After the savepoints of the attempts around it: undoing any of them puts the wall back.
        let lifted = self.open_savepoints().and_then(|()| self.batch(LIFT));
        self.choose_plans(false);
        let done = lifted.and_then(|()| f(self));
        let put_back = if self.failed.is_some() { Ok(()) } else { self.batch(&within.sql()) };
        self.choose_plans(true);
        self.within = Some(within);
        put_back.and(done)
    }

    /// What was owed within the attempt shows its errors before the attempt ends.
    fn settle(&mut self, level: u32) -> Result<()> {
        self.check_not_failed()?;
        let Session::Postgres(session) = &mut self.session else { return Ok(()) };
        if self.opened <= level || !session.owes_rows() {
            return Ok(());
        }
        let settled = session.settle();
        self.noted(settled)
    }

    /// Begins on PostgreSQL, behind a wall if there is one, with the first statement.
    pub(crate) fn begin(&mut self, begin: &str, within: Option<Within>) {
        self.choose_plans(within.is_some());
        counters::statement();
        let begin = match &within {
            Some(within) => {
                counters::walled();
                format!("{begin}; {}", within.sql())
            }
            None => begin.to_owned(),
        };
        if let Session::Postgres(session) = &mut self.session {
            session.begin(begin);
        }
        self.within = within;
    }

    fn choose_plans(&mut self, within: bool) {
        if let Session::Postgres(session) = &mut self.session {
            session.is_within = within;
        }
    }

    /// Makes the savepoints of the attempts around the statement that comes.
    fn open_savepoints(&mut self) -> Result<()> {
        while self.opened < self.depth {
            self.control(&format!("SAVEPOINT attempt_{}", self.opened))?;
            self.opened += 1;
        }
        Ok(())
    }

    /// Runs control of the transaction that cannot fail by itself: on PostgreSQL with the next statement.
    fn control(&mut self, sql: &str) -> Result<()> {
        counters::statement();
        let done = match &mut self.session {
            Session::Sqlite(session) => session.batch(sql),
            Session::Postgres(session) => session.owe_text(sql),
        };
        self.noted(done)
    }

    /// Runs a statement for all rows (see [`Rows`]) and tells how many rows of the table it changed.
    pub fn execute_rows(&mut self, sql: &str, rows: &Rows) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        self.check_rows(rows)?;
        self.open_savepoints()?;
        counters::statement();
        let done = match &mut self.session {
            Session::Sqlite(session) => session.execute_rows(sql, rows),
            Session::Postgres(session) => session.execute_rows(sql, rows),
        };
        self.noted(done)
    }

    /// Runs a statement for all rows (see [`Rows`]) of which nobody asks how many rows of the table it changed. On PostgreSQL
    /// it goes with the next statement or with the end of the transaction, in its place among the others, and its error is
    /// told there; an attempt ends with those of its own.
    pub fn owe_rows(&mut self, sql: &str, rows: Rows) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.check_rows(&rows)?;
        self.open_savepoints()?;
        counters::statement();
        let done = match &mut self.session {
            Session::Sqlite(session) => session.execute_rows(sql, &rows).map(|_| ()),
            Session::Postgres(session) => session.owe_rows(sql, rows),
        };
        self.noted(done)
    }

    /// The same for several statements, none of which changes a row that another of them does (that two delete the same is no harm):
    /// on PostgreSQL they are one, where each is for one row. What is sent costs either side about as much as what it does.
    pub fn owe_together(&mut self, mut parts: Vec<(String, Rows)>) -> Result<()> {
        parts.retain(|(_, rows)| !rows.is_empty());
        let is_one_each = parts.len() > 1 && parts.iter().all(|(_, rows)| rows.len() == 1);
        if !is_one_each || self.kind() == Kind::Sqlite {
            return parts.into_iter().try_for_each(|(sql, rows)| self.owe_rows(&sql, rows));
        }
        parts.iter().try_for_each(|(_, rows)| self.check_rows(rows))?;
        self.open_savepoints()?;
        counters::statement();
        let done = match &mut self.session {
            Session::Sqlite(_) => Ok(()),
            Session::Postgres(session) => session.owe_together(parts),
        };
        self.noted(done)
    }

    /// Runs queries for rows (see [`Rows`]) one after the other, each seeing what was committed when it began; on PostgreSQL
    /// all are sent together. The rows that each finds, in no order.
    pub fn query_rows_of(&mut self, asked: &[(&str, &Rows)]) -> Result<Vec<Vec<Row>>> {
        if asked.iter().all(|(_, rows)| rows.is_empty()) {
            return Ok(asked.iter().map(|_| Vec::new()).collect());
        }
        asked.iter().try_for_each(|(_, rows)| self.check_rows(rows))?;
        self.open_savepoints()?;
        asked.iter().for_each(|_| counters::statement());
        let found = match &mut self.session {
            Session::Sqlite(session) => asked.iter().map(|(sql, rows)| session.query_rows(sql, rows)).collect(),
            Session::Postgres(session) => session.query_rows(asked),
        };
        self.noted(found)
    }

    /// Runs a query for all rows (see [`Rows`]) and maps each row of its result; the order is that of the given rows
    /// on SQLite and none on PostgreSQL.
    pub fn query_rows<T>(&mut self, sql: &str, rows: &Rows, mut map: impl FnMut(&Row) -> Result<T>) -> Result<Vec<T>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.check_rows(rows)?;
        self.open_savepoints()?;
        counters::statement();
        let found = match &mut self.session {
            Session::Sqlite(session) => session.query_rows(sql, rows),
            Session::Postgres(session) => {
                session.query_rows(&[(sql, rows)]).map(|found| found.into_iter().flatten().collect())
            }
        };
        self.noted(found)?.iter().map(&mut map).collect()
    }

    /// Runs statements whose deleted content is overwritten in the file, not only marked as free (SQLite; PostgreSQL
    /// does so when it vacuums).
    pub fn overwriting<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let wipe = |tx: &mut Self, on: bool| match tx.kind() {
            Kind::Sqlite => tx.query(if on { WIPE_ON } else { WIPE_OFF }, &[], |_| Ok(())).map(|_| ()),
            Kind::Postgres => Ok(()),
        };
        wipe(self, true)?;
        let done = f(self);
        if self.failed.is_none() {
            wipe(self, false)?;
        }
        done
    }

    /// Tells watchers after the commit, on every node.
    pub fn publish(&mut self, live: Live) {
        self.outbox.push(live);
    }

    /// After the commit, workers look for work, on every node.
    pub fn wake(&mut self) {
        self.outbox.wake = true;
    }

    /// The same, where it is known that this run is what is to be worked on: this node's workers need not look for it.
    pub fn wake_for(&mut self, client: &ClientId, run: &RunId) {
        self.outbox.push_ready(client, run);
    }

    /// Runs text without parameters, not kept as a prepared statement.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        counters::statement();
        let done = match &mut self.session {
            Session::Sqlite(session) => session.batch(sql),
            Session::Postgres(session) => session.batch(sql),
        };
        self.noted(done)
    }

    /// Ends the transaction and keeps what it did.
    pub(crate) fn commit(&mut self, hub: &Hub) -> Result<()> {
        #[cfg(feature = "faults")]
        if let Some(faults) = hub.faults.get() {
            return faults.commit(self);
        }
        let _ = hub;
        if matches!(&self.session, Session::Postgres(session) if session.has_not_begun()) {
            return Ok(());
        }
        self.batch("COMMIT")
    }

    /// Ends the transaction on PostgreSQL, and undoes what it did.
    pub(crate) fn rollback(&mut self) -> Result<()> {
        counters::statement();
        match &mut self.session {
            Session::Sqlite(session) => session.batch("ROLLBACK"),
            Session::Postgres(session) => session.rollback(),
        }
    }

    /// After a COMMIT that the server has refused (PostgreSQL): what was done is undone, and the connection as good as before, unless
    /// COMMIT never came there and the transaction still stands, of which BEGIN would tell.
    pub(crate) fn start_over(&mut self) -> Result<()> {
        counters::statement();
        match &mut self.session {
            Session::Sqlite(session) => session.batch("ROLLBACK"),
            Session::Postgres(session) => session.batch("BEGIN; ROLLBACK"),
        }
    }

    /// Starts anew for the next closure on this connection.
    pub(crate) fn reset(&mut self) {
        self.outbox = Outbox::default();
        self.failed = None;
        self.depth = 0;
        self.opened = 0;
        self.within = None;
    }

    /// How often the transaction has waited for the server.
    pub(crate) fn take_waits(&mut self) -> u64 {
        match &mut self.session {
            Session::Sqlite(_) => 0,
            Session::Postgres(session) => session.take_waits(),
        }
    }

    pub(crate) fn take_outbox(&mut self) -> Outbox {
        std::mem::take(&mut self.outbox)
    }

    pub(crate) fn check_not_failed(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// After an error the transaction can only be given up, and the first one stays what is said of it.
    fn noted<T>(&mut self, done: Result<T>) -> Result<T> {
        if let (Err(error), None) = (&done, &self.failed) {
            self.failed = Some(match error {
                Error::Unavailable(_) => error.clone(),
                other => {
                    Error::broken(format!("a statement failed before; what may fail stands in Tx::attempt: {other}"))
                }
            });
        }
        done
    }

    fn check_rows(&self, rows: &Rows) -> Result<()> {
        self.check_not_failed()?;
        rows.rows().iter().try_for_each(|row| without_nul(row))
    }

    fn check_statement(&self, params: &[Value]) -> Result<()> {
        self.check_not_failed()?;
        without_nul(params)
    }
}

// PostgreSQL has no U+0000 in text; both databases refuse it alike, before the statement can fail.
fn without_nul(params: &[Value]) -> Result<()> {
    if params.iter().any(|p| matches!(p, Value::Text(text) if text.contains('\0'))) {
        return Err(Error::invalid("text holds the character U+0000", "remove it and send the text again"));
    }
    Ok(())
}

/// The beginning of a statement, for messages; parameters never show.
pub(crate) fn head(sql: &str) -> String {
    const HEAD_CHARS_MAX: usize = 120;
    sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(HEAD_CHARS_MAX).collect()
}
