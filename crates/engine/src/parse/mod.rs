//! From YAML to a definition: strict, and with all findings at once.

mod calls;
mod data;
mod document;
mod events;
mod reader;
mod tasks;

use crate::ast::{Document, Mapping, Span, TaskList, Uses};
use crate::node::{self, Node};
use baton_base::{Finding, Severity};
use std::collections::BTreeSet;

/// A definition as read, and what was found wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parsed {
    pub document: Document,
    pub input: Mapping,
    pub output: Mapping,
    pub timeout: Option<Span>,
    pub uses: Uses,
    pub list: TaskList,
    /// Names of platform functions called.
    pub functions: BTreeSet<String>,
}

/// Stack for reading, bytes: reading recurses as deep as a definition may be nested.
const READ_STACK_BYTES: usize = 64 * 1024 * 1024;

/// Reads a definition; it is complete where no finding is an error.
pub(crate) fn parse(file: &str, yaml: &str) -> (Parsed, Vec<Finding>) {
    let failed = |why: &str| {
        let finding = Finding::error(file, "internal", why, "report this definition as a fault of the program");
        (Parsed::default(), vec![finding])
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("definition".to_owned()).stack_size(READ_STACK_BYTES);
        match builder.spawn_scoped(scope, || parse_here(file, yaml)) {
            Ok(worker) => worker.join().unwrap_or_else(|_| failed("the definition could not be read")),
            Err(e) => failed(&format!("no thread to read the definition: {e}")),
        }
    })
}

fn parse_here(file: &str, yaml: &str) -> (Parsed, Vec<Finding>) {
    match node::read(file, yaml) {
        Ok(root) => {
            let mut parser = Parser::new(file);
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

/// Reads parts of a definition, collecting findings.
pub(crate) struct Parser<'f> {
    file: &'f str,
    findings: Vec<Finding>,
    /// Variables of the loops and handlers around the current place.
    scope: Vec<String>,
    /// Levels of the stored state around the current place.
    levels: usize,
    /// Calls of names that are not built in, resolved once `use` is known: name and place.
    called: Vec<(String, u32, u32)>,
    own_functions: BTreeSet<String>,
    uses: Uses,
}

impl<'f> Parser<'f> {
    fn new(file: &'f str) -> Self {
        Self {
            file,
            findings: Vec::new(),
            scope: Vec::new(),
            levels: 0,
            called: Vec::new(),
            own_functions: BTreeSet::new(),
            uses: Uses::default(),
        }
    }

    /// Records an error at a node.
    fn error(&mut self, at: &Node, rule: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding::error(self.file, rule, message, remedy).at(at.line, at.column));
    }

    /// Records a warning at a node.
    fn warn(&mut self, at: &Node, rule: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let finding = Finding::error(self.file, rule, message, remedy).at(at.line, at.column);
        self.findings.push(Finding { severity: Severity::Warning, ..finding });
    }
}
