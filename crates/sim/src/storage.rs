//! The databases of a world: one file that all nodes of this process share, or a server with a connection for each.

use crate::functions::TABLES;
use baton_base::{Error, Result};
use baton_db::{Db, Faults, params};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A fresh database file with all tables, made once and copied for each world.
static FRESH: OnceCell<Vec<u8>> = OnceCell::const_new();

/// A database handle and what may befall it.
#[derive(Clone)]
pub(crate) struct Handle {
    pub db: Db,
    pub faults: Arc<Faults>,
}

/// Where a world's rows are.
pub(crate) enum Storage {
    /// One SQLite file; after a power cut, the next one.
    File { folder: TempDir, cuts: u32, durable: bool, handle: Handle },
    /// A PostgreSQL database; each node has connections of its own.
    Server { url: String, front: Handle },
}

impl Storage {
    /// A fresh file. `durable` waits for the disk at every commit, as in production.
    pub async fn file(durable: bool) -> Result<Self> {
        let fresh = FRESH.get_or_try_init(fresh_file).await?;
        let folder = tempfile::tempdir().map_err(Error::broken)?;
        let path = path(folder.path(), 0);
        fs::write(&path, fresh).map_err(Error::broken)?;
        let handle = open_file(&path, durable).await?;
        Ok(Self::File { folder, cuts: 0, durable, handle })
    }

    /// A fresh database on a server, by its address.
    pub async fn server(url: &str) -> Result<Self> {
        let front = open_server(url).await?;
        front.db.migrate().await?;
        front.db.write(make_tables).await?;
        Ok(Self::Server { url: url.to_owned(), front })
    }

    /// Whether all nodes share one file.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// The handle for checks and for whoever is no node.
    pub fn front(&self) -> &Handle {
        match self {
            Self::File { handle, .. } => handle,
            Self::Server { front, .. } => front,
        }
    }

    /// The handle for a node.
    pub async fn for_node(&self) -> Result<Handle> {
        match self {
            Self::File { handle, .. } => Ok(handle.clone()),
            Self::Server { url, .. } => open_server(url).await,
        }
    }

    /// Where the next power cut leaves its picture.
    pub fn next_picture(&self) -> Option<PathBuf> {
        match self {
            Self::File { folder, cuts, .. } => Some(path(folder.path(), cuts + 1)),
            Self::Server { .. } => None,
        }
    }

    /// The machine comes back: what was on the disk at the cut is all there is.
    pub async fn power_back(&mut self) -> Result<()> {
        let Self::File { folder, cuts, durable, handle } = self else { return Ok(()) };
        handle.db.close().await;
        let old = path(folder.path(), *cuts);
        *cuts += 1;
        let now = path(folder.path(), *cuts);
        *handle = open_file(&now, *durable).await?;
        for suffix in ["", "-wal", "-shm"] {
            // What the last machine left behind is of no more use; a missing file is no error.
            let _ = fs::remove_file(format!("{}{suffix}", old.display()));
        }
        Ok(())
    }

    /// Whether the file is whole, in SQLite's own opinion. Ends the database.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::File { folder, cuts, handle, .. } => {
                handle.db.close().await;
                baton_db::check_file(&path(folder.path(), cuts))
            }
            Self::Server { front, .. } => {
                front.db.close().await;
                Ok(())
            }
        }
    }
}

fn path(folder: &Path, cuts: u32) -> PathBuf {
    folder.join(format!("world-{cuts}.db"))
}

async fn open_file(path: &Path, durable: bool) -> Result<Handle> {
    let db = Db::open(&format!("sqlite:{}", path.display())).await?;
    let faults = Faults::new(Some(path), !durable);
    db.inject(Arc::clone(&faults));
    Ok(Handle { db, faults })
}

async fn open_server(url: &str) -> Result<Handle> {
    let db = Db::open(url).await?;
    let faults = Faults::new(None, false);
    db.inject(Arc::clone(&faults));
    Ok(Handle { db, faults })
}

async fn fresh_file() -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().map_err(Error::broken)?;
    let file = path(folder.path(), 0);
    let db = Db::open(&format!("sqlite:{}", file.display())).await?;
    db.migrate().await?;
    db.write(make_tables).await?;
    db.close().await;
    fs::read(&file).map_err(Error::broken)
}

fn make_tables(tx: &mut baton_db::Tx) -> Result<()> {
    for table in TABLES {
        tx.execute(table, params![])?;
    }
    Ok(())
}
