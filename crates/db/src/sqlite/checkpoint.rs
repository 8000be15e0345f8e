//! Copying the write-ahead log into the file beside the writer, which would otherwise stand still for as long as it takes.
//!
//! The writer copies only what is left when the log has grown to its bound: little, as a rule. The log begins again from its
//! start once all of it is copied and nobody reads an older state (<https://www.sqlite.org/wal.html>, "Checkpointing").

use super::SqliteSession;
use crate::db::spawn;
use baton_base::{Error, Result};
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use tempfile::TempDir;

/// Pages of the log between two copies beside the writer: 16 MB.
const STEP_PAGES: i32 = 4_096;
/// Pages of the log at which the writer copies the rest itself: 64 MB.
const PAGES_MAX: i32 = 16_384;

/// Has a thread of its own copy the log of this writer; it ends with the writer.
pub(crate) fn beside(writer: &mut SqliteSession, path: &Path, folder: Option<Arc<TempDir>>) -> Result<JoinHandle<()>> {
    let (call, called) = sync_channel(1);
    let mut next_pages = STEP_PAGES;
    let hook = move |wal: &mut Wal, pages: i32| {
        if pages >= PAGES_MAX {
            // The commit stands whatever comes of this; the next one tries again.
            let _ = wal.checkpoint();
        } else if pages >= next_pages {
            // A copy that is still under way takes this along, or leaves it to the next.
            let _ = call.try_send(());
        }
        next_pages = (pages / STEP_PAGES + 1) * STEP_PAGES;
        Ok(())
    };
    writer.connection.wal_hook(Some(hook)).map_err(Error::broken)?;
    let session = SqliteSession::open(path)?;
    spawn("baton-db-copy", move || {
        copy_loop(&session, &called);
        drop(folder);
    })
}

fn copy_loop(session: &SqliteSession, called: &Receiver<()>) {
    while called.recv().is_ok() {
        if let Err(e) = session.connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE) {
            tracing::warn!(error = %e, "the write-ahead log was not copied; the writer does it when it has grown");
        }
    }
}
