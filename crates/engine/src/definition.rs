//! A process definition, compiled: immutable, and shared by all its runs.

use crate::ast::{Document, Mapping, Span, TaskList, Uses};
use crate::graph::{self, Graph};
use crate::parse::{self, Parsed};
use baton_base::{Digest, Finding, digest_of_text};

/// A process definition that was found right.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(crate) document: Document,
    pub(crate) digest: Digest,
    pub(crate) input: Mapping,
    pub(crate) output: Mapping,
    pub(crate) timeout: Option<Span>,
    pub(crate) uses: Uses,
    pub(crate) list: TaskList,
    functions: Vec<String>,
}

impl Definition {
    /// Reads a definition strictly; on refusal, every finding with its place (errors and warnings).
    pub fn parse(file: &str, yaml: &str) -> Result<Self, Vec<Finding>> {
        let (parsed, findings) = parse::parse(file, yaml);
        if !parse::usable(&findings) {
            return Err(findings);
        }
        Ok(Self::of(parsed, digest_of_text(yaml)))
    }

    pub(crate) fn of(parsed: Parsed, digest: Digest) -> Self {
        let Parsed { document, input, output, timeout, uses, list, functions } = parsed;
        Self { document, digest, input, output, timeout, uses, list, functions: functions.into_iter().collect() }
    }

    /// SHA-256 of the text; a run is pinned to it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// `document.namespace`.
    pub fn namespace(&self) -> &str {
        &self.document.namespace
    }

    /// `document.name`.
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// `document.version`.
    pub fn version(&self) -> &str {
        &self.document.version
    }

    /// `document.title`, for people.
    pub fn title(&self) -> Option<&str> {
        self.document.title.as_deref()
    }

    /// Names of the platform functions it calls, sorted.
    pub fn functions(&self) -> Vec<String> {
        self.functions.clone()
    }

    /// Secrets it declares.
    pub fn secrets(&self) -> &[String] {
        &self.uses.secrets
    }

    /// Its tasks as a graph, for drawing.
    pub fn graph(&self) -> Graph {
        graph::of(&self.list)
    }
}
