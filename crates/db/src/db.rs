//! The handle that every room holds.

use crate::follow::{Follower, Following};
use crate::live::Hub;
use crate::postgres::{PgNode, wall};
use crate::sqlite::{self, SqliteSession};
use crate::vault::{self, Master, Vault};
use crate::wall::{Found, Standing};
use crate::work::{self, Inbox, Queue};
use crate::{Counters, Live, MigrationStatus, Ready, Tx, backup, counters, migrate};
use baton_base::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tempfile::TempDir;
use tokio::sync::{broadcast, watch};

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file, this process.
    Sqlite,
    /// A server, any number of nodes.
    Postgres,
}

/// The database: cheap to clone, shared by all rooms.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    kind: Kind,
    /// The file, for SQLite.
    path: Option<PathBuf>,
    hub: Arc<Hub>,
    vault: Arc<Vault>,
    wall: Found,
    follower: Follower,
    lanes: Mutex<Option<Lanes>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Tells other nodes what these threads commit, where there may be any.
    telling: Mutex<Option<JoinHandle<()>>>,
}

pub(crate) struct Lanes {
    pub(crate) write: Queue,
    pub(crate) read: Queue,
}

impl Db {
    /// Opens `sqlite:PATH`, a path, `sqlite::memory:` (a file of its own that goes away with the last handle) or
    /// `postgres://…`. Does not migrate.
    pub async fn open(url: &str) -> Result<Self> {
        let url = url.to_owned();
        let opened = tokio::task::spawn_blocking(move || open_blocking(&url));
        opened.await.map_err(Error::broken)?
    }

    /// Runs a closure in a transaction of its own; what it returns is committed durably when the answer comes.
    /// An error or a panic undoes what the closure did, and nothing else.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let queue = self.lane(|lanes| &lanes.write)?;
        work::call(queue, false, f).await
    }

    /// The same for a closure that changes many rows: on SQLite it is committed by itself.
    pub async fn write_large<T, F>(&self, f: F) -> Result<T>
    where
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let queue = self.lane(|lanes| &lanes.write)?;
        work::call(queue, true, f).await
    }

    /// Runs a closure on a read-only snapshot, beside all writes.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let queue = self.lane(|lanes| &lanes.read)?;
        work::call(queue, false, f).await
    }

    /// What committed transactions publish from now on, on all nodes. A hint: the state is in the tables.
    pub fn live(&self) -> broadcast::Receiver<Live> {
        self.inner.hub.live()
    }

    /// Changes when there may be new work, on all nodes. Workers look from time to time all the same.
    pub fn on_wake(&self) -> watch::Receiver<u64> {
        self.inner.hub.on_wake()
    }

    /// What commits of this process have made ready since this was last asked: for the one worker that has been woken. A hint,
    /// as every other.
    pub fn take_ready(&self) -> Ready {
        self.inner.hub.take_ready()
    }

    /// Runs a closure at the end of each transaction that makes a few runs ready ([`Tx::wake_for`]; at most 16) and tells of nothing
    /// else to do, so that both are committed at once; workers are not woken for these runs then. One follows at a time. Where the
    /// closure fails, its part alone is undone, and workers are woken. Does nothing on PostgreSQL.
    pub fn follow<T, F>(&self, closure: F) -> Following<T>
    where
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.inner.follower.set(closure)
    }

    /// What this process has asked of its databases so far.
    pub fn counters(&self) -> Counters {
        counters::now()
    }

    /// How often transactions of this handle have waited for the server so far (PostgreSQL): what is sent together is one wait,
    /// and COMMIT is sent too. A connection that sees a statement for the first time waits once more, to prepare it.
    pub fn waits(&self) -> u64 {
        self.inner.hub.waits()
    }

    /// From now on, transactions meet the faults that are armed here; once per handle.
    #[cfg(feature = "faults")]
    pub fn inject(&self, faults: Arc<crate::Faults>) {
        let _ = self.inner.hub.faults.set(faults);
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Opens the vault with master keys: the first wraps new data keys. With a file, keys that come into it later are
    /// found without a restart. Refused where a data key is under none of them.
    pub async fn unlock(&self, masters: Vec<Master>, file: Option<PathBuf>) -> Result<()> {
        let names: Vec<String> = masters.iter().map(|master| master.id().to_owned()).collect();
        let other = self.read(vault::status).await?.into_iter().find(|key| !names.contains(&key.master));
        if let Some(key) = other {
            return Err(Error::invalid(
                format!("the data is under the master key {}, and {} was given", key.master, names.join(", ")),
                "give the master key that this database was made with",
            ));
        }
        self.inner.vault.unlock(masters, file);
        Ok(())
    }

    /// Whether the vault is open.
    pub fn is_unlocked(&self) -> bool {
        self.inner.vault.is_unlocked()
    }

    /// Brings the tables up to this program's version, and builds the [wall](crate::Wall) between clients as far as this role
    /// may; gives the names of the migrations applied now.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let applied = self.write(migrate::apply).await?;
        self.inner.wall.set(self.standing().await?);
        Ok(applied)
    }

    /// Looks how the wall between clients stands here.
    pub async fn standing(&self) -> Result<Standing> {
        self.read(wall::look).await
    }

    /// Every migration of this program, and whether it is applied here.
    pub async fn migration_status(&self) -> Result<Vec<MigrationStatus>> {
        self.read(migrate::status).await
    }

    /// Copies a SQLite database, while it is in use, to a new file, and checks the copy.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        let Some(from) = self.inner.path.clone() else {
            return Err(Error::invalid(
                "backup is for the embedded database",
                "use PostgreSQL's own: pg_dump --format=custom --file FILE URL",
            ));
        };
        let to = to.to_owned();
        let done = tokio::task::spawn_blocking(move || backup::backup(&from, &to));
        done.await.map_err(Error::broken)?
    }

    /// Runs all that is queued, tells other nodes of it, then ends the database threads. Later calls are refused as unavailable.
    pub async fn close(&self) {
        drop(self.inner.lanes.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads = std::mem::take(&mut *self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let telling = self.inner.telling.lock().unwrap_or_else(PoisonError::into_inner).take();
        let hub = Arc::clone(&self.inner.hub);
        let joined = tokio::task::spawn_blocking(move || {
            let all = threads.into_iter().all(|t| t.join().is_ok());
            hub.end_remote();
            telling.is_none_or(|t| t.join().is_ok()) && all
        });
        if !joined.await.unwrap_or(false) {
            tracing::error!("a database thread panicked");
        }
    }

    fn lane(&self, pick: impl FnOnce(&Lanes) -> &Queue) -> Result<Queue> {
        let lanes = self.inner.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.as_ref().map(|lanes| pick(lanes).clone()).ok_or_else(work::closed)
    }
}

fn open_blocking(url: &str) -> Result<Db> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let (vault, wall) = (Arc::default(), Found::default());
        let PgNode { hub, lanes, threads, telling } = PgNode::start(url, &vault, &wall)?;
        let (lanes, threads, telling) = (Mutex::new(Some(lanes)), Mutex::new(threads), Mutex::new(Some(telling)));
        let (kind, path, follower) = (Kind::Postgres, None, Follower::default());
        let inner = Inner { kind, path, hub, vault, wall, follower, lanes, threads, telling };
        return Ok(Db { inner: Arc::new(inner) });
    }
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    if path == ":memory:" {
        let folder = tempfile::tempdir().map_err(|e| Error::Unavailable(format!("no temporary folder: {e}")))?;
        let path = folder.path().join("baton.db");
        let opened = open_sqlite(path, Some(Arc::new(folder)))?;
        // It goes away with this process, and so may its master key.
        opened.inner.vault.unlock(vec![Master::fresh()?], None);
        return Ok(opened);
    }
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    if scheme.is_some() || path.is_empty() {
        return Err(Error::invalid(
            "the database address is not understood",
            "give sqlite:PATH, a path, or postgres://user@host/name",
        ));
    }
    open_sqlite(PathBuf::from(path), None)
}

fn open_sqlite(path: PathBuf, folder: Option<Arc<TempDir>>) -> Result<Db> {
    let (hub, vault) = (Arc::new(Hub::new(None)), Arc::<Vault>::default());
    sqlite::drop_statistics(&path)?;
    let mut writer = SqliteSession::open(&path)?;
    let readers: Result<Vec<_>> = (0..sqlite::READERS).map(|_| SqliteSession::open_reader(&path)).collect();
    let (write, write_inbox) = Inbox::new();
    let (read, read_inbox) = Inbox::new();
    let mut threads = vec![sqlite::checkpoint::beside(&mut writer, &path, folder.clone())?];
    for session in readers? {
        let (inbox, folder, vault) = (read_inbox.clone(), folder.clone(), Arc::clone(&vault));
        threads.push(spawn("baton-db-read", move || {
            sqlite::read_loop(session, &inbox, vault);
            drop(folder);
        })?);
    }
    let (writer_hub, writer_vault) = (Arc::clone(&hub), Arc::clone(&vault));
    let follower = Follower::default();
    let writer_follower = follower.clone();
    threads.push(spawn("baton-db-write", move || {
        sqlite::write_loop(writer, &write_inbox, (&writer_hub, &writer_follower), writer_vault);
        drop(folder);
    })?);
    let (lanes, threads) = (Mutex::new(Some(Lanes { write, read })), Mutex::new(threads));
    let (kind, path, wall) = (Kind::Sqlite, Some(path), Found::default());
    let telling = Mutex::default();
    Ok(Db { inner: Arc::new(Inner { kind, path, hub, vault, wall, follower, lanes, threads, telling }) })
}

pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(|e| Error::Unavailable(format!("no thread for the database: {e}")))
}
