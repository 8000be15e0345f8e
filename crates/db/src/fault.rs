//! Faults on command, for simulations: what a database, a disk or a dying process can do to a transaction.
//!
//! Compiled with the feature `faults` only, and without effect until [`crate::Db::inject`] is called. Disk full is
//! SQLite's own error: the file is kept from growing. A power cut copies the files as they stand at that moment, cut
//! somewhere in the commit if so wished; whoever opens the copy sees what a machine sees when it comes back.

use crate::tx::Session;
use crate::{Tx, error};
use baton_base::{Error, Result};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens to the next commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection is lost before the commit: nothing is saved, and the caller hears of an outage.
    LostBefore,
    /// The connection is lost after the commit: all is saved, and the caller hears of an outage.
    LostAfter,
    /// The file cannot grow (SQLite only): the first statement that needs a page fails.
    DiskFull,
    /// The machine goes down before the commit; the files as they stand then are copied to this path (SQLite only).
    CutBefore(PathBuf),
    /// The machine goes down after the commit.
    CutAfter(PathBuf),
    /// The machine goes down while the commit is being written: of the bytes that change, this share (0 to 999
    /// thousandths) is on the disk.
    CutWithin(PathBuf, u32),
}

/// The faults of one database handle.
#[derive(Default)]
pub struct Faults {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    file: Option<PathBuf>,
    relaxed: bool,
    prepared: bool,
    full: bool,
    armed: Option<Fault>,
    /// Which of the commits that change something meets the armed fault; 0 for the next one of any kind.
    nth: u64,
    fired: bool,
    /// Rows changed so far by this connection, and commits that changed any.
    changes: i64,
    writes: u64,
}

/// More pages than any file has.
const PAGES_MAX: i64 = 1_073_741_823;

impl Faults {
    /// Faults for the database in `file` (`None` for PostgreSQL). `relaxed` leaves out the waits for the disk: what
    /// survives a power cut is decided here and not by the disk.
    pub fn new(file: Option<&Path>, relaxed: bool) -> Arc<Self> {
        let state = State { file: file.map(Path::to_owned), relaxed, ..State::default() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// The next commit meets this fault.
    pub fn arm(&self, fault: Fault) {
        self.arm_at(fault, 0);
    }

    /// Of the commits from now on that change something, the nth meets this fault (SQLite only); with 0, the next
    /// commit, whatever it does.
    pub fn arm_at(&self, fault: Fault, nth: u64) {
        let mut state = self.lock();
        state.fired = false;
        state.nth = nth;
        state.armed = Some(fault);
    }

    /// Whether the armed fault has happened.
    pub fn has_fired(&self) -> bool {
        self.lock().fired
    }

    /// Takes the fault back if it has not happened; says whether it has.
    pub fn disarm(&self) -> bool {
        let mut state = self.lock();
        state.armed = None;
        std::mem::take(&mut state.fired)
    }

    /// Commits so far that changed something (SQLite only).
    pub fn writes(&self) -> u64 {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the transaction begins.
    pub(crate) fn before(&self, tx: &mut Tx) -> Result<()> {
        let mut state = self.lock();
        let Session::Sqlite(session) = &mut tx.session else { return Ok(()) };
        if state.relaxed && !std::mem::replace(&mut state.prepared, true) {
            session.batch("PRAGMA synchronous = OFF")?;
        }
        let full = state.armed == Some(Fault::DiskFull);
        if full != state.full {
            let pages = session.query("PRAGMA page_count", &[])?.first().map_or(Ok(PAGES_MAX), |row| row.int(0))?;
            let pages = if full { pages } else { PAGES_MAX };
            session.query(&format!("PRAGMA max_page_count = {pages}"), &[])?;
            state.full = full;
        }
        Ok(())
    }

    /// Instead of a plain commit.
    pub(crate) fn commit(&self, tx: &mut Tx) -> Result<()> {
        let armed = self.due(tx)?;
        let Some(fault) = armed else { return tx.batch("COMMIT") };
        self.lock().fired = true;
        match fault {
            Fault::DiskFull | Fault::LostBefore => {}
            Fault::LostAfter => tx.batch("COMMIT")?,
            Fault::CutBefore(to) => self.picture()?.write(&to)?,
            Fault::CutAfter(to) => {
                tx.batch("COMMIT")?;
                self.picture()?.write(&to)?;
            }
            Fault::CutWithin(to, share) => {
                let before = self.picture()?;
                tx.batch("COMMIT")?;
                before.torn(&self.picture()?, share).write(&to)?;
            }
        }
        Err(Error::Unavailable("the connection to the database was lost; try again".to_owned()))
    }

    /// The fault that this commit meets.
    fn due(&self, tx: &mut Tx) -> Result<Option<Fault>> {
        let mut state = self.lock();
        if let Session::Sqlite(session) = &mut tx.session {
            let changes = session.query("SELECT total_changes()", &[])?.first().map_or(Ok(0), |row| row.int(0))?;
            let writes = changes != std::mem::replace(&mut state.changes, changes);
            state.writes += u64::from(writes);
            if state.nth > 0 {
                state.nth -= u64::from(writes);
                if state.nth > 0 || !writes {
                    return Ok(None);
                }
            }
        }
        if state.armed == Some(Fault::DiskFull) { Ok(None) } else { Ok(state.armed.take()) }
    }

    fn picture(&self) -> Result<Picture> {
        let file = self.lock().file.clone().ok_or_else(|| Error::broken("a power cut needs a file"))?;
        Picture::of(&file)
    }
}

/// A database file and its log as they stand.
struct Picture {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Picture {
    fn of(file: &Path) -> Result<Self> {
        let log = match fs::read(log_of(file)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(Error::broken(e)),
        };
        Ok(Self { file: fs::read(file).map_err(Error::broken)?, log })
    }

    /// The log written only in part. The file itself changes later, when the log has reached the disk.
    fn torn(self, after: &Self, share: u32) -> Self {
        let at = |index: usize| self.log.get(index) == after.log.get(index);
        let changed: Vec<usize> = (0..after.log.len()).filter(|index| !at(*index)).collect();
        let (Some(first), Some(last)) = (changed.first(), changed.last()) else { return self };
        let cut = first + (last - first) * usize::try_from(share.min(999)).unwrap_or(0) / 1_000;
        let mut log = after.log[..cut].to_vec();
        log.extend(self.log.iter().skip(cut));
        Self { file: self.file, log }
    }

    fn write(&self, to: &Path) -> Result<()> {
        fs::write(to, &self.file).and_then(|()| fs::write(log_of(to), &self.log)).map_err(Error::broken)
    }
}

fn log_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Whether SQLite finds the file whole.
///
/// # Errors
/// When it cannot be opened, or with SQLite's own words about what is wrong.
pub fn check_file(file: &Path) -> Result<()> {
    let open = Connection::open(file).map_err(|e| error::of_sqlite(&e, "open"))?;
    let verdict = open.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    let verdict = verdict.map_err(|e| error::of_sqlite(&e, "PRAGMA integrity_check"))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::broken(format!("the file is damaged: {verdict}"))) }
}
