//! Copies of a SQLite database: made while it is in use, checked before they count.

use crate::sqlite::open_connection;
use baton_base::{Error, Result};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Copies the database to a new file through SQLite's online backup, and checks the copy.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<()> {
    copy_checked(from, to)
}

/// Puts a backup where no database is yet, checked before it counts. `to` is a path or `sqlite:PATH`; an existing
/// file is never written over.
pub fn restore(from: &Path, to: &str) -> Result<()> {
    if !from.is_file() {
        return Err(Error::invalid(format!("there is no backup at {}", from.display()), "give the backup's file"));
    }
    if to.starts_with("postgres") {
        return Err(Error::invalid("restore is for the embedded database", "use PostgreSQL's own: pg_restore"));
    }
    copy_checked(from, Path::new(to.strip_prefix("sqlite:").unwrap_or(to)))
}

fn copy_checked(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(Error::invalid(
            format!("{} exists already", to.display()),
            "give a new file, or move that one away",
        ));
    }
    let part = part_path(to);
    let copied = copy(from, &part).and_then(|()| {
        let synced = File::open(&part).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&part, to));
        synced.map_err(|e| Error::Unavailable(format!("cannot write {}: {e}", to.display())))
    });
    if copied.is_err() {
        // What is left of the failed copy is of no use; that it may not be there is no error.
        let _ = fs::remove_file(&part);
    }
    copied
}

fn part_path(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let source = open_connection(from)?;
    let mut copy = open_connection(to)?;
    // All pages in one step: one snapshot, which the writer does not wait for.
    let step = Backup::new(&source, &mut copy).and_then(|backup| backup.step(-1)).map_err(|e| failed(to, &e))?;
    if step != StepResult::Done {
        return Err(Error::Unavailable("the database is locked by another program; try again".to_owned()));
    }
    check(&copy, to)?;
    // One file, without a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE").map_err(|e| failed(to, &e))
}

fn check(copy: &Connection, to: &Path) -> Result<()> {
    let verdict: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(|e| failed(to, &e))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::broken(format!("the copy is damaged: {verdict}"))) }
}

fn failed(to: &Path, e: &rusqlite::Error) -> Error {
    Error::Unavailable(format!("the copy to {} failed: {e}", to.display()))
}
