//! The files that a process may take in: functions of catalogs and schemas that it names as `file:///path`.
//!
//! They stand in the folder of the blueprint that the process lies in (the nearest folder upward with a
//! `blueprint.yaml`), or beside the process if it lies in none. What a release would leave out is not found here either,
//! so that what is right on the command line is right when it is put live.

use crate::limits;
use crate::project::{TESTS, filled, read};
use baton_base::{Finding, Result};
use baton_engine::Definition;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file by which the folder of a blueprint is known.
const BLUEPRINT: &str = "blueprint.yaml";

/// The folder that a process takes its files from.
pub(crate) struct Folder<'p> {
    /// None where the folder of the process cannot be read; then nothing is found.
    root: Option<PathBuf>,
    parameters: &'p BTreeMap<String, Value>,
    /// What was read, by its path from the folder; `None` is a file that is not there.
    taken: Mutex<BTreeMap<String, Option<String>>>,
}

impl<'p> Folder<'p> {
    /// The folder of a process.
    pub(crate) fn of(process: &Path, parameters: &'p BTreeMap<String, Value>) -> Self {
        let beside = process.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let own = std::fs::canonicalize(beside).ok();
        let root = own.map(|own| {
            let blueprint = own.ancestors().find(|folder| folder.join(BLUEPRINT).is_file()).map(Path::to_owned);
            blueprint.unwrap_or(own)
        });
        Self { root, parameters, taken: Mutex::default() }
    }

    /// The text of a file by its path from the folder, if a release would have it.
    pub(crate) fn file(&self, path: &str) -> Option<String> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = taken.get(path) {
            return known.clone();
        }
        if taken.len() >= limits::FILES_MAX {
            return None;
        }
        let text = self.found(path).and_then(|file| read(&file).ok()).map(|text| filled(&text, self.parameters));
        taken.insert(path.to_owned(), text.clone());
        text
    }

    /// Where a file stands: never outside the folder, and never behind a link.
    fn found(&self, path: &str) -> Option<PathBuf> {
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0', ':']);
        if path.ends_with(TESTS) || !path.split('/').all(plain) {
            return None;
        }
        let mut file = self.root.clone()?;
        for part in path.split('/') {
            file.push(part);
            if file.is_symlink() {
                return None;
            }
        }
        file.is_file().then_some(file)
    }

    /// The files that were taken, by their paths.
    pub(crate) fn taken(self) -> BTreeMap<String, String> {
        let taken = self.taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        taken.into_iter().filter_map(|(path, text)| Some((path, text?))).collect()
    }

    /// Findings in files that were taken, with the place where a person finds the file.
    pub(crate) fn placed(&self, process: &str, findings: Vec<Finding>) -> Vec<Finding> {
        let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
        let place = |finding: Finding| {
            let Some(root) = self.root.as_ref().filter(|_| finding.file != process) else { return finding };
            let whole = root.join(&finding.file);
            let near = here.as_ref().and_then(|here| whole.strip_prefix(here).ok()).unwrap_or(&whole);
            Finding { file: near.display().to_string(), ..finding }
        };
        findings.into_iter().map(place).collect()
    }

    /// Reads a definition with the files that it takes in.
    pub(crate) fn parse(&self, file: &Path, text: &str) -> std::result::Result<Definition, Vec<Finding>> {
        let shown = file.display().to_string();
        Definition::parse_in(&shown, text, &|path| self.file(path)).map_err(|findings| self.placed(&shown, findings))
    }
}

/// What the linter finds in a process, with the files that it takes in. `known` are the functions of the platform; none
/// leaves the names of functions unchecked.
///
/// # Errors
/// `Invalid` if the file cannot be read, or is too large.
pub fn lint(file: &Path, parameters: &BTreeMap<String, Value>, known: &[&str]) -> Result<Vec<Finding>> {
    let text = crate::text_of(file, parameters)?;
    let (folder, shown) = (Folder::of(file, parameters), file.display().to_string());
    let findings = baton_engine::lint_in(&shown, &text, known, &|path| folder.file(path));
    Ok(folder.placed(&shown, findings))
}

/// A process, compiled, with the files that it takes in.
///
/// # Errors
/// What is wrong with the file, or with the definition.
pub fn definition(
    file: &Path,
    parameters: &BTreeMap<String, Value>,
) -> std::result::Result<Definition, crate::Refused> {
    let text = crate::text_of(file, parameters).map_err(crate::Refused::Unreadable)?;
    Folder::of(file, parameters).parse(file, &text).map_err(crate::Refused::Invalid)
}
