//! PostgreSQL: a few connections, each closure a transaction; other nodes hear through LISTEN and NOTIFY.

mod remote;
mod session;
mod types;
pub(crate) mod wall;
mod wire;

use crate::db::{Lanes, spawn};
use crate::live::Hub;
use crate::tls::{Address, Mode};
use crate::tx::Session;
use crate::vault::Vault;
use crate::wall::Found;
use crate::work::{Inbox, Work};
use crate::{Tx, counters};
use baton_base::{Error, Result};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use wall::Within;

pub(crate) use session::PgSession;

/// Connections that write, per node.
const WRITERS: usize = 8;
/// Connections that read, per node.
const READERS: usize = 4;
/// Longest wait for a connection, milliseconds.
const CONNECT_MS_MAX: u64 = 5_000;
/// Oldest server that the contract tests run on.
const MAJOR_VERSION_MIN: i64 = 15;

/// Outside a transaction that began so, a connection only reads (see [`session`]).
const BEGIN_WRITE: &str = "BEGIN READ WRITE";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

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
        let address = configure(url)?;
        check_version(&mut PgSession::connect(&address)?)?;
        let (hub, telling) = remote::start(&address)?;
        let (write, write_inbox) = Inbox::new();
        let (read, read_inbox) = Inbox::new();
        let mut threads = vec![];
        let lanes = [(WRITERS, BEGIN_WRITE, write_inbox), (READERS, BEGIN_READ, read_inbox)];
        for (count, begin, inbox) in lanes {
            for _ in 0..count {
                let (hub, vault, wall) = (Arc::clone(&hub), Arc::clone(vault), wall.clone());
                let mut worker = Worker { address: address.clone(), begin, hub, vault, wall, tx: None };
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

fn configure(url: &str) -> Result<Address> {
    let mut address = Address::read(url, Mode::Prefer)?;
    address.config.connect_timeout(Duration::from_millis(CONNECT_MS_MAX)).application_name("baton");
    Ok(address)
}

struct Worker {
    address: Address,
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
        // Nothing is sent yet: a connection that was lost while idle is simply made anew when something is.
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
                let is_lost = matches!(committed, Err(Error::Unavailable(_)));
                (committed.is_ok() || (!is_lost && tx.start_over().is_ok()), committed)
            }
            Err(why) => (tx.rollback().is_ok(), Err(why)),
        };
        self.hub.waited(tx.take_waits());
        if !ended {
            self.tx = None;
        }
        let committed = outcome.is_ok();
        if committed && self.begin == BEGIN_WRITE {
            counters::commit(1);
        }
        // Whoever is answered finds that it is told.
        if committed {
            self.hub.deliver(outbox);
        }
        work.answer(outcome);
    }

    fn begin(&mut self, within: Option<&Within>) -> Result<()> {
        if self.tx.is_none() {
            let session = PgSession::connect(&self.address)?;
            self.tx = Some(Tx::new(Session::Postgres(Box::new(session)), Arc::clone(&self.vault)));
        }
        let tx = self.tx.as_mut().ok_or_else(|| Error::broken("no connection"))?;
        tx.reset();
        tx.begin(self.begin, within.cloned());
        Ok(())
    }
}
