//! Copying the write-ahead log into the file beside the writer, which would otherwise stand still for as long as it takes.
//!
//! The writer copies only what is left when the log has grown to its bound: little, as a rule. The log begins again from its
//! start once all of it is copied and nobody reads an older state (<https://www.sqlite.org/wal.html>, "Checkpointing"). Where
//! somebody always does, the writer waits for them before the log fills the disk.

use super::SqliteSession;
use crate::db::spawn;
use baton_base::{Error, Result};
use rusqlite::ErrorCode;
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
/// Pages of the log at which the writer also waits for those who read an older state: 512 MB. They have done after
/// milliseconds, as a rule; one who outlasts the wait, as a backup may, is waited for again at twice as many.
const WAIT_PAGES: i32 = 131_072;

/// What is done with the log after a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    None,
    Beside,
    Here,
    Waiting,
}

/// The sizes of the log, in pages, at which something is done next.
struct Bounds {
    next_pages: i32,
    wait_pages: i32,
}

impl Bounds {
    fn new() -> Self {
        Self { next_pages: STEP_PAGES, wait_pages: WAIT_PAGES }
    }

    /// What is due with so many pages in the log.
    fn care(&mut self, pages: i32) -> Care {
        let care = if pages >= self.wait_pages {
            Care::Waiting
        } else if pages >= PAGES_MAX {
            Care::Here
        } else if pages >= self.next_pages {
            Care::Beside
        } else {
            Care::None
        };
        self.next_pages = (pages / STEP_PAGES).saturating_add(1).saturating_mul(STEP_PAGES);
        if care == Care::Waiting {
            self.wait_pages = pages.saturating_mul(2);
        } else if pages < PAGES_MAX {
            self.wait_pages = WAIT_PAGES;
        }
        care
    }
}

/// Has a thread of its own copy the log of this writer; it ends with the writer.
pub(crate) fn beside(writer: &mut SqliteSession, path: &Path, folder: Option<Arc<TempDir>>) -> Result<JoinHandle<()>> {
    let (call, called) = sync_channel(1);
    let mut bounds = Bounds::new();
    let hook = move |wal: &mut Wal, pages: i32| {
        // The commit stands whatever comes of this; the next one tries again.
        match bounds.care(pages) {
            Care::None => {}
            Care::Beside => {
                // A copy that is still under way takes this along, or leaves it to the next.
                let _ = call.try_send(());
            }
            Care::Here => {
                let _ = wal.checkpoint();
            }
            Care::Waiting => {
                let _ = wal.checkpoint_v2(CheckpointMode::TRUNCATE);
            }
        }
        Ok(())
    };
    writer.connection.wal_hook(Some(hook)).map_err(Error::broken)?;
    let session = SqliteSession::open(path)?;
    spawn("baton-db-copy", move || {
        copy_loop(&session, &called);
        drop(session);
        drop(folder);
    })
}

fn copy_loop(session: &SqliteSession, called: &Receiver<()>) {
    while called.recv().is_ok() {
        let copied = session.connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE);
        // Busy: the writer is at it itself.
        if let Err(e) = copied
            && e.sqlite_error_code() != Some(ErrorCode::DatabaseBusy)
        {
            tracing::warn!(error = %e, "the write-ahead log was not copied; the writer does it when it has grown");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_copied_beside_the_writer_then_by_it_and_at_last_readers_are_waited_for() {
        let mut bounds = Bounds::new();
        let mut check = |pages: i32, wanted: Care| assert_eq!(bounds.care(pages), wanted, "{pages}");
        check(4_095, Care::None);
        check(4_096, Care::Beside);
        check(4_097, Care::None);
        check(9_000, Care::Beside);
        check(16_384, Care::Here);
        check(131_071, Care::Here);
        check(131_072, Care::Waiting);
        // Whoever reads has outlasted the wait: the writer does not stand still for them at every commit.
        check(131_100, Care::Here);
        check(262_144, Care::Waiting);
        check(i32::MAX - 1, Care::Waiting);
        // It has begun again.
        check(1, Care::None);
        check(4_100, Care::Beside);
        check(140_000, Care::Waiting);
    }
}
