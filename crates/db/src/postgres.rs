//! PostgreSQL: a few connections, each closure a transaction; other nodes hear through LISTEN and NOTIFY.

mod remote;
mod types;
pub(crate) mod wall;

use crate::db::{Lanes, spawn};
use crate::live::Hub;
use crate::rows::Cells;
use crate::tx::Session;
use crate::vault::Vault;
use crate::wall::Found;
use crate::work::{Inbox, Work};
use crate::{Row, Rows, Tx, Value, counters, error, sql};
use ::postgres::types::ToSql;
use ::postgres::{Client, Config, NoTls, Statement};
use baton_base::{Error, Result};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use wall::Within;

/// Connections that write, per node.
const WRITERS: usize = 8;
/// Connections that read, per node.
const READERS: usize = 4;
/// Prepared statements kept per connection.
const STATEMENTS_MAX: usize = 512;
/// Longest wait for a connection, milliseconds.
const CONNECT_MS_MAX: u64 = 5_000;
/// Longest statement, wait for a lock and pause inside a transaction: a stuck one must not hold the others.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
                        SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning'";
/// Tables are where they are for the role that connects, also while another role stands in: a schema may be named after it.
const PLACE: &str = "SELECT set_config('search_path', quote_ident(current_schema()), false)";

/// Oldest server that the contract tests run on.
const MAJOR_VERSION_MIN: i64 = 15;

const BEGIN_WRITE: &str = "BEGIN";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// One connection with its prepared statements.
pub(crate) struct PgSession {
    client: Client,
    /// Whether the transaction that runs stands behind a wall.
    pub(crate) is_within: bool,
    /// Those behind a wall are others: one that is run under changing roles would be planned anew each time.
    outside: Plans,
    within: Plans,
}

/// Statements that PostgreSQL has prepared, by their text.
#[derive(Default)]
struct Plans {
    statements: HashMap<String, Statement>,
    /// Statements for many rows, by the text that their columns have yet to be filled into.
    for_rows: HashMap<String, Statement>,
}

impl PgSession {
    fn connect(config: &Config) -> Result<Self> {
        let mut client = config.connect(NoTls).map_err(|e| error::connecting(&e))?;
        client.batch_execute(&format!("{SETTINGS}; {PLACE}")).map_err(|e| error::connecting(&e))?;
        Ok(Self { client, is_within: false, outside: Plans::default(), within: Plans::default() })
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let statement = self.prepare(sql)?;
        let params = checked(&statement, params, sql)?;
        self.client.execute(&statement, &params).map_err(|e| self.failed(&e, sql))
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let statement = self.prepare(sql)?;
        let params = checked(&statement, params, sql)?;
        let rows = self.client.query(&statement, &params).map_err(|e| self.failed(&e, sql))?;
        rows.iter().map(types::row).collect()
    }

    pub(crate) fn execute_rows(&mut self, sql: &str, rows: &Rows) -> Result<u64> {
        let statement = self.prepare_rows(sql, rows)?;
        let arrays = rows.arrays()?;
        self.client.execute(&statement, &wire(&arrays)).map_err(|e| self.failed(&e, sql))
    }

    pub(crate) fn query_rows(&mut self, sql: &str, rows: &Rows) -> Result<Vec<Row>> {
        let statement = self.prepare_rows(sql, rows)?;
        let arrays = rows.arrays()?;
        let found = self.client.query(&statement, &wire(&arrays)).map_err(|e| self.failed(&e, sql))?;
        found.iter().map(types::row).collect()
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(|e| error::of_postgres(&e, sql))
    }

    fn plans(&mut self) -> &mut Plans {
        if self.is_within { &mut self.within } else { &mut self.outside }
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        let known = &mut self.plans().statements;
        if let Some(statement) = known.get(sql) {
            return Ok(statement.clone());
        }
        if known.len() >= STATEMENTS_MAX {
            known.clear();
        }
        let prepared = match sql::without_null_tests(sql) {
            None => self.client.prepare(sql),
            Some(without) => {
                let learnt = self.client.prepare(&without).map_err(|e| error::of_postgres(&e, &without))?;
                self.client.prepare_typed(sql, learnt.params())
            }
        };
        let statement = prepared.map_err(|e| error::of_postgres(&e, sql))?;
        self.plans().statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn prepare_rows(&mut self, sql: &str, rows: &Rows) -> Result<Statement> {
        let known = &mut self.plans().for_rows;
        if let Some(statement) = known.get(sql) {
            return Ok(statement.clone());
        }
        if known.len() >= STATEMENTS_MAX {
            known.clear();
        }
        let text = rows.text_for_all(sql);
        let statement = self.client.prepare(&text).map_err(|e| error::of_postgres(&e, &text))?;
        self.plans().for_rows.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    // A plan that a migration made invalid is prepared anew the next time.
    fn failed(&mut self, e: &::postgres::Error, sql: &str) -> Error {
        let error = error::of_postgres(e, sql);
        if matches!(error, Error::Broken(_)) {
            let known = self.plans();
            known.statements.remove(sql);
            known.for_rows.remove(sql);
        }
        error
    }
}

fn wire<'a>(arrays: &'a [Cells<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    let each = arrays.iter().map(|cells| match cells {
        Cells::Text(texts) => texts as &(dyn ToSql + Sync),
        Cells::Int(numbers) => numbers as &(dyn ToSql + Sync),
    });
    each.collect()
}

fn checked<'a>(statement: &Statement, params: &'a [Value], sql: &str) -> Result<Vec<&'a (dyn ToSql + Sync)>> {
    let wanted = statement.params().len();
    if wanted != params.len() {
        let head = crate::tx::head(sql);
        return Err(Error::broken(format!("{} parameters given, {wanted} wanted in: {head}", params.len())));
    }
    Ok(params.iter().map(|value| value as &(dyn ToSql + Sync)).collect())
}

/// This node's threads.
pub(crate) struct PgNode {
    pub(crate) hub: Arc<Hub>,
    pub(crate) lanes: Lanes,
    pub(crate) threads: Vec<JoinHandle<()>>,
    /// Tells other nodes what these threads commit.
    pub(crate) telling: JoinHandle<()>,
}

impl PgNode {
    /// Connects once, so that a wrong address is told at the start, and starts the threads.
    pub(crate) fn start(url: &str, vault: &Arc<Vault>, wall: &Found) -> Result<Self> {
        let config = configure(url)?;
        check_version(&mut PgSession::connect(&config)?)?;
        let (hub, telling) = remote::start(&config)?;
        let (write, write_inbox) = Inbox::new();
        let (read, read_inbox) = Inbox::new();
        let mut threads = vec![];
        let lanes = [(WRITERS, BEGIN_WRITE, write_inbox), (READERS, BEGIN_READ, read_inbox)];
        for (count, begin, inbox) in lanes {
            for _ in 0..count {
                let (hub, vault, wall) = (Arc::clone(&hub), Arc::clone(vault), wall.clone());
                let mut worker = Worker { config: config.clone(), begin, hub, vault, wall, tx: None };
                let inbox = inbox.clone();
                threads.push(spawn("baton-db-pg", move || {
                    while let Some(work) = inbox.next() {
                        worker.take(work);
                    }
                })?);
            }
        }
        Ok(Self { hub, lanes: Lanes { write, read }, threads, telling })
    }
}

fn check_version(session: &mut PgSession) -> Result<()> {
    let sql =
        "SELECT CAST(current_setting('server_version_num') AS BIGINT) / 10000, current_setting('server_encoding')";
    let rows = session.query(sql, &[])?;
    let first = rows.first().ok_or_else(|| Error::broken("PostgreSQL does not tell its version"))?;
    let (major, encoding) = (first.int(0)?, first.text(1)?);
    if major < MAJOR_VERSION_MIN || encoding != "UTF8" {
        return Err(Error::invalid(
            format!("PostgreSQL {major} with encoding {encoding} does not fit"),
            format!("use PostgreSQL {MAJOR_VERSION_MIN} or newer and a database made with ENCODING 'UTF8'"),
        ));
    }
    Ok(())
}

fn configure(url: &str) -> Result<Config> {
    let mut config: Config = url.parse().map_err(|e: ::postgres::Error| {
        Error::invalid("the PostgreSQL address is not understood", format!("{e}; give postgres://user@host:5432/name"))
    })?;
    config.connect_timeout(Duration::from_millis(CONNECT_MS_MAX)).application_name("baton");
    Ok(config)
}

struct Worker {
    config: Config,
    begin: &'static str,
    hub: Arc<Hub>,
    vault: Arc<Vault>,
    wall: Found,
    tx: Option<Tx>,
}

impl Worker {
    fn take(&mut self, mut work: Box<dyn Work>) {
        let around = work.wall().client().map(|client| Within::of(client, self.wall.get()));
        let within = match around.transpose() {
            Ok(within) => within.flatten(),
            Err(unknown) => return work.answer(Err(unknown)),
        };
        // The closure has not run yet: a connection that was lost while idle is simply made anew.
        let begun = self.begin(within.as_ref()).or_else(|_| {
            self.tx = None;
            self.begin(within.as_ref())
        });
        let Some(tx) = self.tx.as_mut().filter(|_| begun.is_ok()) else {
            self.tx = None;
            return work.answer(begun);
        };
        let ran = work.run(tx);
        let outbox = tx.take_outbox();
        let (ended, outcome) = match ran {
            Ok(()) => {
                let committed = tx.commit(&self.hub);
                (committed.is_ok(), committed)
            }
            Err(why) => (tx.batch("ROLLBACK").is_ok(), Err(why)),
        };
        if !ended {
            self.tx = None;
        }
        let committed = outcome.is_ok();
        if committed && self.begin == BEGIN_WRITE {
            counters::commit(1);
        }
        work.answer(outcome);
        if committed {
            self.hub.deliver(outbox);
        }
    }

    fn begin(&mut self, within: Option<&Within>) -> Result<()> {
        if self.tx.is_none() {
            let session = PgSession::connect(&self.config)?;
            self.tx = Some(Tx::new(Session::Postgres(Box::new(session)), Arc::clone(&self.vault)));
        }
        let tx = self.tx.as_mut().ok_or_else(|| Error::broken("no connection"))?;
        tx.reset();
        tx.begin(self.begin, within.cloned())
    }
}
