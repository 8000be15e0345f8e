//! SQLite: one writer that commits in groups, and a few readers on snapshots.

pub(crate) mod checkpoint;

use crate::follow::Follower;
use crate::live::{Hub, Outbox};
use crate::tx::Session;
use crate::vault::Vault;
use crate::work::{Inbox, Work};
use crate::{Row, Rows, Tx, Value, counters, error, sql};
use baton_base::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Closures committed together.
const GROUP_MAX: usize = 512;
/// Threads that read.
pub(crate) const READERS: usize = 4;
/// Wait for another program's lock on the file, milliseconds.
const BUSY_MS_MAX: u64 = 5_000;
/// Prepared statements kept per connection.
const STATEMENTS_MAX: usize = 512;

const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
/// The writer keeps 64 MB of pages. A log that has grown while somebody read an old state is cut to 128 MB when it begins
/// again. What a savepoint may have to undo it keeps in memory (`temp_store`); past 64 KB SQLite would write it to a file,
/// several pages for each closure.
const WRITER_PRAGMAS: &str =
    "PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 134217728; PRAGMA temp_store = MEMORY;";
/// Plans are made from the indexes alone. Statistics would be those of some earlier day: taken while a table held one row, they
/// made statements read the whole of it, over and over, once it held a million.
const WITHOUT_STATISTICS: &str = "DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4;";
/// A reader keeps 8 MB of pages.
const READER_PRAGMAS: &str = "PRAGMA cache_size = -8192; PRAGMA query_only = ON";

/// Drops statistics, by a connection of its own: one that has read them plans by them as long as it is open.
pub(crate) fn drop_statistics(path: &Path) -> Result<()> {
    open_connection(path)?.execute_batch(WITHOUT_STATISTICS).map_err(|e| opening(path, &e))
}

/// One connection, with the rewritten text of each statement it has seen.
pub(crate) struct SqliteSession {
    connection: Connection,
    rewritten: HashMap<String, String>,
}

impl SqliteSession {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = open_connection(path)?;
        connection.execute_batch(PRAGMAS).map_err(|e| opening(path, &e))?;
        connection.execute_batch(WRITER_PRAGMAS).map_err(|e| opening(path, &e))?;
        Ok(Self { connection, rewritten: HashMap::new() })
    }

    pub(crate) fn open_reader(path: &Path) -> Result<Self> {
        let session = Self::open(path)?;
        session.connection.execute_batch(READER_PRAGMAS).map_err(|e| opening(path, &e))?;
        Ok(session)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let mut statement = self.prepare(sql)?;
        let done = bind(&mut statement, params).and_then(|()| statement.raw_execute());
        done.map(|rows| rows as u64).map_err(|e| error::of_sqlite(&e, sql))
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self.prepare(sql)?;
        rows(&mut statement, params).map_err(|e| error::of_sqlite(&e, sql))
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        // Transaction control runs for every closure: kept prepared as well.
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| error::of_sqlite(&e, sql))?;
        statement.raw_execute().map(|_| ()).map_err(|e| error::of_sqlite(&e, sql))
    }

    pub(crate) fn execute_rows(&mut self, sql: &str, rows: &Rows) -> Result<u64> {
        let mut statement = self.prepare_rows(sql, rows)?;
        let mut changed = 0;
        for row in rows.rows() {
            let done = bind(&mut statement, row).and_then(|()| statement.raw_execute());
            changed += done.map_err(|e| error::of_sqlite(&e, sql))? as u64;
        }
        Ok(changed)
    }

    pub(crate) fn query_rows(&mut self, sql: &str, given: &Rows) -> Result<Vec<Row>> {
        let mut statement = self.prepare_rows(sql, given)?;
        let mut found = vec![];
        for row in given.rows() {
            found.append(&mut rows(&mut statement, row).map_err(|e| error::of_sqlite(&e, sql))?);
        }
        Ok(found)
    }

    fn prepare_rows(&mut self, sql: &str, rows: &Rows) -> Result<CachedStatement<'_>> {
        if !self.rewritten.contains_key(sql) {
            if self.rewritten.len() >= STATEMENTS_MAX {
                self.rewritten.clear();
            }
            self.rewritten.insert(sql.to_owned(), sql::for_sqlite(&rows.text_for_one(sql)));
        }
        self.connection.prepare_cached(&self.rewritten[sql]).map_err(|e| error::of_sqlite(&e, sql))
    }

    fn prepare(&mut self, sql: &str) -> Result<CachedStatement<'_>> {
        if !self.rewritten.contains_key(sql) {
            if self.rewritten.len() >= STATEMENTS_MAX {
                self.rewritten.clear();
            }
            self.rewritten.insert(sql.to_owned(), sql::for_sqlite(sql));
        }
        self.connection.prepare_cached(&self.rewritten[sql]).map_err(|e| error::of_sqlite(&e, sql))
    }

    /// SQLite gives up the whole transaction by itself when the disk is full or fails.
    fn has_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn finish(&self) {
        if let Err(e) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);") {
            tracing::warn!(error = %e, "the last checkpoint failed; the write-ahead log stays and is read at the next start");
        }
    }
}

/// A plain connection, made if the file is missing.
pub(crate) fn open_connection(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| opening(path, &e))?;
    connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX)).map_err(|e| opening(path, &e))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without this guarantee a statement whose parameters bear on an index with a condition is parsed and planned anew each
    // time that it is bound.
    let stable = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
    stable.map_err(|e| opening(path, &e))?;
    Ok(connection)
}

fn opening(path: &Path, e: &rusqlite::Error) -> Error {
    Error::invalid(
        format!("cannot open the database {}", path.display()),
        format!("{e}; the folder must exist and be writable, and the file must be a SQLite database"),
    )
}

fn bind(statement: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        return Err(rusqlite::Error::InvalidParameterCount(params.len(), wanted));
    }
    for (index, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}

fn rows(statement: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
    bind(statement, params)?;
    let columns = statement.column_count();
    let mut found = vec![];
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let cells: rusqlite::Result<Vec<_>> = (0..columns).map(|i| row.get_ref(i).map(value)).collect();
        found.push(Row::new(cells?));
    }
    Ok(found)
}

fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The writer thread: until all callers are gone.
pub(crate) fn write_loop(session: SqliteSession, inbox: &Inbox, (hub, follower): (&Hub, &Follower), vault: Arc<Vault>) {
    let mut tx = Tx::new(Session::Sqlite(session), vault);
    loop {
        let group = inbox.next_batch(GROUP_MAX);
        if group.is_empty() {
            break;
        }
        // Large ones come last: those who wait for little are not held up by them.
        let (large, small): (Vec<_>, Vec<_>) = group.into_iter().partition(|work| work.is_large());
        let groups = std::iter::once(small).filter(|small| !small.is_empty());
        for group in groups.chain(large.into_iter().map(|work| vec![work])) {
            commit_group(&mut tx, group, (hub, follower));
        }
    }
    if let Session::Sqlite(session) = &tx.session {
        session.finish();
    }
}

fn commit_group(tx: &mut Tx, mut group: Vec<Box<dyn Work>>, (hub, follower): (&Hub, &Follower)) {
    let mut outbox = Outbox::default();
    #[cfg(feature = "faults")]
    let _ = hub.faults.get().map(|faults| faults.before(tx));
    let outcomes = run_group(tx, &mut group, &mut outbox).and_then(|mut outcomes| {
        let follows = if outbox.has_few_ready() { follower.work() } else { None };
        if let Some(mut work) = follows {
            let mut after = Outbox::default();
            let outcome = run_in_savepoint(tx, &mut *work, &mut after)?;
            if outcome.is_ok() {
                outbox.see_to_ready();
                outbox.append(after);
            }
            group.push(work);
            outcomes.push(outcome);
        }
        tx.reset();
        tx.commit(hub).map(|()| outcomes)
    });
    match outcomes {
        Ok(outcomes) => {
            counters::commit(group.len());
            // Whoever is answered may rely on it.
            hub.deliver(outbox);
            for (work, outcome) in group.into_iter().zip(outcomes) {
                work.answer(outcome);
            }
        }
        Err(why) => {
            if has_transaction(tx) && tx.batch("ROLLBACK").is_err() {
                tracing::error!("a failed group could not be rolled back");
            }
            tracing::error!(error = %why, closures = group.len(), "nothing of a group was saved");
            let why = Error::Unavailable(format!("nothing was saved: {why}"));
            group.into_iter().for_each(|work| work.answer(Err(why.clone())));
        }
    }
}

/// Runs each closure in a savepoint of its own; an error here is one of the whole group.
fn run_group(tx: &mut Tx, group: &mut [Box<dyn Work>], outbox: &mut Outbox) -> Result<Vec<Result<()>>> {
    tx.reset();
    tx.batch("BEGIN IMMEDIATE")?;
    if let [alone] = group {
        // Alone it needs no savepoint: what fails is rolled back whole.
        let outcome = alone.run(tx);
        if !has_transaction(tx) {
            return Err(outcome.err().unwrap_or_else(|| Error::broken("a closure ended the transaction")));
        }
        if outcome.is_err() {
            tx.reset();
            tx.batch("ROLLBACK")?;
            tx.batch("BEGIN IMMEDIATE")?;
        } else {
            outbox.append(tx.take_outbox());
        }
        return Ok(vec![outcome]);
    }
    let mut outcomes = Vec::with_capacity(group.len());
    for work in group {
        outcomes.push(run_in_savepoint(tx, &mut **work, outbox)?);
    }
    Ok(outcomes)
}

fn run_in_savepoint(tx: &mut Tx, work: &mut dyn Work, outbox: &mut Outbox) -> Result<Result<()>> {
    tx.reset();
    tx.batch("SAVEPOINT closure")?;
    let outcome = work.run(tx);
    if !has_transaction(tx) {
        return Err(outcome.err().unwrap_or_else(|| Error::broken("a closure ended the transaction")));
    }
    if outcome.is_err() {
        tx.batch("ROLLBACK TO SAVEPOINT closure")?;
    } else {
        outbox.append(tx.take_outbox());
    }
    tx.batch("RELEASE SAVEPOINT closure")?;
    Ok(outcome)
}

fn has_transaction(tx: &Tx) -> bool {
    matches!(&tx.session, Session::Sqlite(session) if session.has_transaction())
}

/// A reader thread: one closure at a time, each on a snapshot of its own.
pub(crate) fn read_loop(session: SqliteSession, inbox: &Inbox, vault: Arc<Vault>) {
    let mut tx = Tx::new(Session::Sqlite(session), vault);
    while let Some(mut work) = inbox.next() {
        tx.reset();
        let outcome = tx.batch("BEGIN DEFERRED").and_then(|()| work.run(&mut tx));
        if has_transaction(&tx) && tx.batch("ROLLBACK").is_err() {
            tracing::error!("a read could not be ended");
        }
        work.answer(outcome);
    }
}
