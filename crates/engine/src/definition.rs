//! A process definition, compiled: immutable, and shared by all its runs.

use crate::ast::{
    Call, CallTarget, Document, Flow, Listen, Mapping, ReadAs, Span, Task, TaskBody, TaskList, Template, Uses,
};
use crate::expr;
use crate::graph::{self, Graph};
use crate::lint;
use crate::outline::{self, TaskInfo};
use crate::parse::{self, Files, Parsed};
use crate::schedule::Schedule;
use crate::waits;
use baton_base::{Digest, Finding, digest_of_text};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A call of a platform function, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformCall<'d> {
    /// Path of the file of a catalog in the release that it stands in; the definition's own if `None`.
    pub file: Option<String>,
    /// JSON pointer (RFC 6901) of the task in that file.
    pub pointer: String,
    /// Name of the task.
    pub task: &'d str,
    /// Bare name of the function.
    pub function: &'d str,
    /// Its arguments, expressions included; null without any.
    pub with: &'d Value,
}

/// A process that another one runs, as that one has it written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildProcess<'d> {
    /// Path of the file of a catalog in the release that it stands in; the definition's own if `None`.
    pub file: Option<String>,
    /// JSON pointer (RFC 6901) of the task in that file.
    pub pointer: String,
    /// Name of the task.
    pub task: &'d str,
    /// Its namespace.
    pub namespace: &'d str,
    /// Its name.
    pub name: &'d str,
    /// Its version, or `latest`.
    pub version: &'d str,
}

/// A process definition that was found right.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(crate) document: Document,
    pub(crate) digest: Digest,
    pub(crate) input: Mapping,
    pub(crate) output: Mapping,
    pub(crate) timeout: Option<Span>,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) uses: Uses,
    pub(crate) list: TaskList,
    /// Platform functions that undo tasks, as tasks that call them with their input.
    undoing: BTreeMap<String, Task>,
    functions: Vec<String>,
}

impl Definition {
    /// Reads a definition that stands by itself, strictly; on refusal, every finding with its place (errors and
    /// warnings). Functions and schemas in other files are not found.
    pub fn parse(file: &str, yaml: &str) -> Result<Self, Vec<Finding>> {
        Self::parse_in(file, yaml, &|_| None)
    }

    /// Reads a definition of a release, whose catalogs and schemas may stand in other files of it.
    pub fn parse_in(file: &str, yaml: &str, files: &Files<'_>) -> Result<Self, Vec<Finding>> {
        let (parsed, findings) = parse::parse(file, yaml, files);
        if !parse::usable(&findings) {
            return Err(findings);
        }
        let digest = digest_of_text(&with_sources(yaml, &parsed.sources));
        Ok(Self::of(parsed, digest))
    }

    /// Reads a definition of a release as it is put live: also the rules of [`crate::lint`] that are errors refuse it.
    /// Else the definition and its warnings.
    pub fn load(
        file: &str,
        yaml: &str,
        known_functions: &[&str],
        files: &Files<'_>,
    ) -> Result<(Self, Vec<Finding>), Vec<Finding>> {
        let (parsed, mut findings) = parse::parse(file, yaml, files);
        if parse::usable(&findings) {
            findings.extend(lint::unwise(file, &parsed, known_functions));
        }
        if !parse::usable(&findings) {
            return Err(findings);
        }
        let digest = digest_of_text(&with_sources(yaml, &parsed.sources));
        Ok((Self::of(parsed, digest), findings))
    }

    pub(crate) fn of(parsed: Parsed, digest: Digest) -> Self {
        let Parsed { document, input, output, timeout, schedule, uses, list, functions, .. } = parsed;
        let functions = functions.into_iter().collect();
        let undoing = BTreeMap::new();
        let def = Self { document, digest, input, output, timeout, schedule, uses, list, undoing, functions };
        Self { undoing: def.platform_undoing(), ..def }
    }

    fn platform_undoing(&self) -> BTreeMap<String, Task> {
        let mut undoing = BTreeMap::new();
        waits::each(self, &mut |task| {
            if let Some(name) = task.compensate.as_ref().filter(|name| !self.uses.functions.contains_key(*name)) {
                // The expression is the identity: what undoes a task is called with that task's input and output.
                let with = expr::compile(".").map_or(Template::Literal(Value::Null), Template::Expr);
                let body = TaskBody::Call(Call { target: CallTarget::Platform(name.clone()), with });
                undoing.insert(name.clone(), made(&format!("/use/functions/{name}"), name, body));
            }
        });
        undoing
    }

    /// The task that undoes another, by the name that `metadata.compensate` gives.
    pub(crate) fn undoer(&self, name: &str) -> Option<&Task> {
        self.uses.functions.get(name).or_else(|| self.undoing.get(name))
    }

    /// SHA-256 of the text, and of the files of the release that it takes in; a run is pinned to it.
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

    /// `document.summary`, Markdown.
    pub fn summary(&self) -> Option<&str> {
        self.document.summary.as_deref()
    }

    /// `document.tags`: the author's labels.
    pub fn tags(&self) -> &Map<String, Value> {
        &self.document.tags
    }

    /// `document.metadata`: what tools keep with the definition.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.document.metadata
    }

    /// Names of the platform functions it calls, or names to undo a task; sorted.
    pub fn functions(&self) -> Vec<String> {
        self.functions.clone()
    }

    /// Every call that it makes: the function's name and its arguments, both as written.
    pub fn calls(&self) -> Vec<(&str, &Value)> {
        let mut calls = Vec::new();
        crate::waits::each(self, &mut |task| {
            if let Some(name) = task.raw.get("call").and_then(Value::as_str) {
                calls.push((name, task.raw.get("with").unwrap_or(&Value::Null)));
            }
        });
        calls
    }

    /// Every call of a platform function that it makes, with the place where it is written.
    pub fn platform_calls(&self) -> Vec<PlatformCall<'_>> {
        let mut calls = Vec::new();
        crate::waits::each(self, &mut |task| {
            if let TaskBody::Call(Call { target: CallTarget::Platform(name), .. }) = &task.body {
                let (file, pointer) = self.written_at(&task.path);
                let with = task.raw.get("with").unwrap_or(&Value::Null);
                calls.push(PlatformCall { file, pointer, task: &task.name, function: name, with });
            }
        });
        calls
    }

    /// Every process that it runs, with the place where that is written.
    pub fn children(&self) -> Vec<ChildProcess<'_>> {
        let mut children = Vec::new();
        crate::waits::each(self, &mut |task| {
            if let TaskBody::Run(child) = &task.body {
                let (file, pointer) = self.written_at(&task.path);
                let (namespace, name, version) =
                    (child.namespace.as_str(), child.name.as_str(), child.version.as_str());
                children.push(ChildProcess { file, pointer, task: &task.name, namespace, name, version });
            }
        });
        children
    }

    /// The file of a catalog in which a task stands, where that is not the definition's own, and the pointer to it there.
    fn written_at(&self, path: &str) -> (Option<String>, String) {
        let of_catalog = path.strip_prefix("/use/functions/").and_then(|rest| {
            let (name, inside) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let (function, catalog) = name.rsplit_once('@')?;
            let (function, version) = function.split_once(':')?;
            let folder = self.uses.catalogs.get(catalog)?;
            let between = if folder.is_empty() { "" } else { "/" };
            Some((Some(format!("{folder}{between}functions/{function}/{version}/function.yaml")), inside.to_owned()))
        });
        of_catalog.unwrap_or_else(|| (None, path.to_owned()))
    }

    /// Secrets it declares.
    pub fn secrets(&self) -> &[String] {
        &self.uses.secrets
    }

    /// Folders of the release that hold functions, by the catalog's name.
    pub fn catalogs(&self) -> &BTreeMap<String, String> {
        &self.uses.catalogs
    }

    /// When runs begin by themselves, if they do.
    pub fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref()
    }

    /// For a definition that events begin (`schedule.on`): a definition of one `listen`, whose output (the events, as
    /// envelopes in an array) is the input of a new run of this one. Keep one run of it open, and begin the next one
    /// when it has completed.
    pub fn trigger(&self) -> Option<Self> {
        let to = self.schedule.as_ref()?.on.clone()?;
        let listen = Listen { to, read: ReadAs::Envelope, foreach: None };
        let task = made("/schedule/on", "on", TaskBody::Listen(Box::new(listen)));
        Some(Self {
            document: self.document.clone(),
            digest: digest_of_text(&format!("{}\nschedule.on", self.digest())),
            input: Mapping::default(),
            output: Mapping::default(),
            timeout: None,
            schedule: None,
            uses: Uses { secrets: self.uses.secrets.clone(), ..Uses::default() },
            list: TaskList { tasks: vec![task] },
            undoing: BTreeMap::new(),
            functions: Vec::new(),
        })
    }

    /// Its tasks as a list, for tools.
    pub fn tasks(&self) -> Vec<TaskInfo> {
        outline::of(&self.list, &self.uses)
    }

    /// Its tasks as a graph, for drawing.
    pub fn graph(&self) -> Graph {
        graph::of(&self.list)
    }
}

/// A task that no author has written.
fn made(path: &str, name: &str, body: TaskBody) -> Task {
    Task {
        path: path.into(),
        name: name.into(),
        line: 0,
        column: 0,
        condition: None,
        input: Mapping::default(),
        output: Mapping::default(),
        export: Mapping::default(),
        timeout: None,
        then: Flow::Continue,
        metadata: Map::new(),
        compensate: None,
        raw: json!({body.kind(): {}}),
        body,
    }
}

/// The text and what it takes in, as one. A definition by itself has the digest of its text.
fn with_sources(yaml: &str, sources: &BTreeMap<String, String>) -> String {
    let parts = sources.iter().map(|(path, text)| format!("\n{path}\n{}", &*digest_of_text(text)));
    std::iter::once(yaml.to_owned()).chain(parts).collect()
}
