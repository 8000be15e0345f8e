//! Table tests of a process: a file of cases beside it, played one by one.
//!
//! ```yaml
//! # refund.test.yaml, beside refund.yaml
//! mock:                                   # for every case; a case's own answers come first
//!   notify: { result: {} }
//! cases:
//!   - name: a small refund needs nobody
//!     input: { amount: 20 }
//!     expect: { status: completed, path: [way, pay, tell], output: { paid: 20 } }
//!   - name: nobody approves in time
//!     input: { amount: 900 }
//!     mock: { approve: { never: true } }
//!     expect: { error: { type: urn:example:too-late }, passes: [approve], never: [pay] }
//! ```

mod check;
mod file;

pub use file::{Case, Expect, Suite};

use crate::coverage::{Collector, Coverage};
use crate::limits;
use crate::play::{Time, play};
use crate::played::Played;
use crate::project::{Project, Refused, TESTS};
use crate::world::Wanted;
use baton_base::{Error, Finding, Result};
use futures::StreamExt as _;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Cases played at once, count.
const CASES_AT_ONCE: usize = 4;

/// When the clock of a case begins: 2026-01-01T00:00:00Z.
pub const FROM_MS: i64 = 1_767_225_600_000;

/// What came of one file of cases.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The file.
    pub file: String,
    /// The process.
    pub process: String,
    /// One line a case.
    pub cases: Vec<Outcome>,
    /// What was reached.
    pub coverage: Coverage,
}

/// What came of one case.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What was otherwise than expected; empty where it passed.
    pub wrong: Vec<String>,
}

impl Report {
    /// Cases that did not pass, count.
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.wrong.is_empty()).count()
    }
}

/// Why a file of cases could not be played.
#[derive(Debug)]
pub enum Unplayable {
    /// The file or a process cannot be read, or something of ours failed.
    Error(Error),
    /// The process is not valid.
    Invalid(Vec<Finding>),
}

impl From<Error> for Unplayable {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refused> for Unplayable {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unreadable(error) => Self::Error(error),
            Refused::Invalid(findings) => Self::Invalid(findings),
        }
    }
}

/// Files of cases at these paths: the files themselves, and those in folders and below, in order. Cases beside policies are
/// not of a process.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            gather(path, &mut found);
        } else if path.is_file() {
            found.push(path.clone());
        } else {
            let detail = format!("there is nothing at {}", path.display());
            return Err(Error::invalid("a path cannot be read", detail));
        }
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Err(Error::invalid(
            "there are no tests",
            format!("name files that end in {TESTS}, or folders of them"),
        ));
    }
    Ok(found)
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() && !name.starts_with('.') {
            gather(&path, found);
        } else if let Some(of) = name.strip_suffix(TESTS)
            && !path.with_file_name(format!("{of}.cedar")).exists()
            && found.len() < limits::FILES_MAX
        {
            found.push(path);
        }
    }
}

/// Plays every case of a file.
pub async fn run(file: &Path) -> std::result::Result<Report, Unplayable> {
    let suite = Suite::read(file)?;
    let process = suite.process(file);
    let project = Project::read(&process, &suite.more(file), &suite.parameters)?;
    let mut collector = Collector::of(&project);
    let mut cases = Vec::with_capacity(suite.cases.len());
    // Each case has a database of its own, so that a few can be played at once.
    let mut playing =
        futures::stream::iter(suite.cases.iter().map(|case| one(&suite, &project, case))).buffered(CASES_AT_ONCE);
    while let Some(played) = playing.next().await {
        let (case, played) = played?;
        collector.add(&played.steps);
        cases.push(Outcome { name: case.name.clone(), wrong: check::wrong(&case.expect, &played) });
    }
    drop(playing);
    let (file, process) = (file.display().to_string(), project.name.clone());
    Ok(Report { file, process, cases, coverage: collector.told() })
}

async fn one<'a>(suite: &Suite, project: &Project, case: &'a Case) -> Result<(&'a Case, Played)> {
    let wanted = Wanted { database: None, real_calls: false, secrets: BTreeMap::new() };
    let time = Time::Jumping { from_ms: FROM_MS, limit_ms: limits::JUMPED_MS_MAX };
    let played = play(project, case.input.clone(), case.script(suite)?, case.incoming()?, time, &wanted).await?;
    Ok((case, played))
}
