//! From YAML to a definition: strict, and with all findings at once.

mod calls;
mod catalog;
mod data;
mod document;
mod events;
pub(crate) mod grammar;
pub(crate) mod offered;
mod reader;
mod refusals;
mod schedule;
mod tasks;
mod uses;

use crate::ast::{Document, Mapping, Span, TaskList, Uses};
use crate::node::{self, Node};
use crate::schedule::Schedule;
use baton_base::{Finding, Severity};
pub(crate) use refusals::REFUSALS;
use std::collections::{BTreeMap, BTreeSet};

/// A definition as read, and what was found wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parsed {
    pub document: Document,
    pub input: Mapping,
    pub output: Mapping,
    pub timeout: Option<Span>,
    pub schedule: Option<Schedule>,
    pub uses: Uses,
    pub list: TaskList,
    /// Names of platform functions called, or named to undo a task.
    pub functions: BTreeSet<String>,
    /// Files of the release that became part of the definition: path and text.
    pub sources: BTreeMap<String, String>,
}

/// Gives the text of a file of the release by its path, such as `functions/greet/1.0.0/function.yaml`.
pub type Files<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// Stack for reading, bytes: reading recurses as deep as a definition may be nested.
const READ_STACK_BYTES: usize = 64 * 1024 * 1024;

/// Reads a definition; it is complete where no finding is an error.
pub(crate) fn parse(file: &str, yaml: &str, files: &Files<'_>) -> (Parsed, Vec<Finding>) {
    let failed = |why: &str| {
        let finding = Finding::error(file, "internal", why, "report this definition as a fault of the program");
        (Parsed::default(), vec![finding])
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("definition".to_owned()).stack_size(READ_STACK_BYTES);
        match builder.spawn_scoped(scope, || parse_here(file, yaml, files)) {
            Ok(worker) => worker.join().unwrap_or_else(|_| failed("the definition could not be read")),
            Err(e) => failed(&format!("no thread to read the definition: {e}")),
        }
    })
}

fn parse_here(file: &str, yaml: &str, files: &Files<'_>) -> (Parsed, Vec<Finding>) {
    match node::read(file, yaml) {
        Ok(root) => {
            let mut parser = Parser::new(file, files);
            let parsed = parser.definition(&root);
            parser.findings.sort_by_key(|finding| (finding.line, finding.column));
            (parsed, parser.findings)
        }
        Err(finding) => (Parsed::default(), vec![finding]),
    }
}

/// Whether a definition with these findings may be used.
pub(crate) fn usable(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity < Severity::Error)
}

/// Variables that every expression may read.
const GLOBALS: [&str; 8] = ["context", "input", "output", "secrets", "authorization", "task", "workflow", "runtime"];

/// Variables of expressions that are evaluated before there is a run.
const GLOBALS_BEFORE: [&str; 2] = ["secrets", "runtime"];

/// Reads parts of a definition, collecting findings.
pub(crate) struct Parser<'f> {
    file: String,
    files: &'f Files<'f>,
    findings: Vec<Finding>,
    globals: &'static [&'static str],
    /// Variables of the loops and handlers around the current place.
    scope: Vec<String>,
    /// Levels of the stored state around the current place.
    levels: usize,
    /// Calls of names that are not built in.
    called: BTreeSet<String>,
    own_functions: BTreeSet<String>,
    /// Functions of catalogs that were read, or are being read.
    cataloged: BTreeSet<String>,
    uses: Uses,
    sources: BTreeMap<String, String>,
}

impl<'f> Parser<'f> {
    fn new(file: &str, files: &'f Files<'f>) -> Self {
        Self {
            file: file.to_owned(),
            files,
            findings: Vec::new(),
            globals: &GLOBALS,
            scope: Vec::new(),
            levels: 0,
            called: BTreeSet::new(),
            own_functions: BTreeSet::new(),
            cataloged: BTreeSet::new(),
            uses: Uses::default(),
            sources: BTreeMap::new(),
        }
    }

    /// Records an error at a node.
    fn error(&mut self, at: &Node, rule: &str, message: impl Into<String>, remedy: impl Into<String>) {
        debug_assert!(REFUSALS.iter().any(|(id, ..)| *id == rule), "'{rule}' is not in the catalogue of rules");
        self.findings.push(Finding::error(&self.file, rule, message, remedy).at(at.line, at.column));
    }

    /// Records a warning at a node.
    fn warn(&mut self, at: &Node, rule: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let finding = Finding::error(&self.file, rule, message, remedy).at(at.line, at.column);
        self.findings.push(Finding { severity: Severity::Warning, ..finding });
    }
}
