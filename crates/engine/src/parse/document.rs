//! The definition as a whole: `document`, `use`, `schedule`, and what surrounds `do`.

use super::reader::shown;
use super::{Parsed, Parser};
use crate::ast::{Backoff, Document, Extension, Retry, Uses};
use crate::node::{Key, Kind, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Versions of the language that are understood.
const DSL_MAJOR_MINOR: [&str; 1] = ["1.0."];

impl Parser<'_> {
    pub(super) fn definition(&mut self, root: &Node) -> Parsed {
        let mut parsed = Parsed::default();
        let Some(mut fields) = self.fields(root, "the definition") else { return parsed };
        if let Some(node) = self.required(&mut fields, "document") {
            parsed.document = self.document(node);
        }
        if let Some(node) = fields.get("use") {
            self.uses(node);
        }
        parsed.input = self.mapping(fields.get("input"), "from", "'input'");
        parsed.output = self.mapping(fields.get("output"), "as", "'output'");
        parsed.timeout = fields.get("timeout").and_then(|node| self.timeout(node));
        if let Some(node) = fields.get("schedule") {
            self.schedule(node);
        }
        if let Some(node) = self.required(&mut fields, "do") {
            parsed.list = self.task_list(node, "/do", "'do'");
        }
        self.finish(fields);
        self.function_cycles();
        parsed.functions = self.called.iter().map(|(name, _, _)| name.clone()).collect();
        parsed.uses = std::mem::take(&mut self.uses);
        parsed
    }

    fn document(&mut self, node: &Node) -> Document {
        let Some(mut fields) = self.fields(node, "'document'") else { return Document::default() };
        let dsl = self.required_text(&mut fields, "dsl");
        if let Some(node) = fields.get("dsl") {
            let known = is_semver(&dsl) && DSL_MAJOR_MINOR.iter().any(|start| dsl.starts_with(start));
            if !known && !dsl.is_empty() {
                let message = format!("version '{}' of the language is not understood", shown(&dsl));
                self.error(node, "dsl", message, "use dsl: '1.0.3'");
            }
        }
        let document = Document {
            namespace: self.document_name(&mut fields, "namespace"),
            name: self.document_name(&mut fields, "name"),
            version: self.required_text(&mut fields, "version"),
            title: self.text_at(&mut fields, "title").map(str::to_owned),
            raw: node.to_value(),
        };
        if let Some(node) = fields.get("version").filter(|_| !is_semver(&document.version)) {
            let message = format!("'{}' is not a semantic version", shown(&document.version));
            self.error(node, "version", message, "write three numbers, such as '1.0.0'");
        }
        self.text_at(&mut fields, "summary");
        for key in ["tags", "metadata"] {
            if let Some(node) = fields.get(key) {
                self.entries(node, key);
            }
        }
        self.finish(fields);
        document
    }

    fn document_name(&mut self, fields: &mut super::reader::Fields<'_>, key: &'static str) -> String {
        let text = self.required_text(fields, key);
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let fits =
            (1..=63).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-');
        if let Some(node) = fields.get(key).filter(|_| !fits) {
            let message = format!("'{key}' cannot be '{}'", shown(&text));
            self.error(node, "name", message, "1 to 63 letters, digits and inner hyphens");
        }
        text
    }

    fn uses(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "'use'") else { return };
        if let Some(node) = fields.get("timeouts") {
            for (key, node) in self.entries(node, "'timeouts'").unwrap_or_default() {
                if let Some(span) = self.timeout(node) {
                    self.uses.timeouts.insert(key.text.clone(), span);
                }
            }
        }
        if let Some(node) = fields.get("authentications") {
            for (key, node) in self.entries(node, "'authentications'").unwrap_or_default() {
                if let Some(policy) = self.authentication(node, false) {
                    self.uses.authentications.insert(key.text.clone(), policy);
                }
            }
        }
        if let Some(node) = fields.get("errors") {
            for (key, node) in self.entries(node, "'errors'").unwrap_or_default() {
                if let Some(error) = self.raised(node) {
                    self.uses.errors.insert(key.text.clone(), error);
                }
            }
        }
        if let Some(node) = fields.get("retries") {
            for (key, node) in self.entries(node, "'retries'").unwrap_or_default() {
                // The error's name is chosen where the policy is used; here it has its usual one.
                self.scope.push("error".to_owned());
                let retry = self.retry(node);
                self.scope.pop();
                self.uses.retries.extend(retry.map(|retry| (key.text.clone(), retry)));
            }
        }
        if let Some(node) = fields.get("secrets") {
            for node in self.list(node, "'secrets'").unwrap_or_default() {
                let name = self.text(node, "a secret").map(str::to_owned);
                self.uses.secrets.extend(name);
            }
        }
        if let Some(node) = fields.get("catalogs") {
            self.catalogs(node);
        }
        let functions = fields.get("functions");
        self.functions(functions);
        if let Some(node) = fields.get("extensions") {
            self.extensions(node);
        }
        self.finish(fields);
    }

    fn catalogs(&mut self, node: &Node) {
        for (key, node) in self.entries(node, "'catalogs'").unwrap_or_default() {
            let Some(mut fields) = self.fields(node, "the catalog") else { continue };
            if let Some(node) = self.required(&mut fields, "endpoint") {
                self.endpoint(node, "'endpoint'");
            }
            self.finish(fields);
            let message = format!("catalog '{}': catalogs of other places are not offered", shown(&key.text));
            self.error(
                node,
                "unsupported",
                message,
                "use the platform's functions, or define the function under use.functions",
            );
        }
    }

    fn functions(&mut self, node: Option<&Node>) {
        let entries = node.and_then(|node| self.entries(node, "'functions'")).unwrap_or_default();
        self.own_functions = entries.iter().map(|(key, _)| key.text.clone()).collect();
        let mut functions = BTreeMap::new();
        for (key, node) in entries {
            let path = format!("/use/functions/{}", key.text);
            if let Some(task) = self.task(key, node, &path) {
                functions.insert(key.text.clone(), task);
            }
        }
        self.uses.functions = functions;
    }

    fn extensions(&mut self, node: &Node) {
        let mut extensions = Vec::new();
        for (index, item) in self.list(node, "'extensions'").unwrap_or_default().iter().enumerate() {
            let Some((key, node)) = self.single(item, "an extension") else { continue };
            extensions.extend(self.extension(index, key, node));
        }
        self.uses.extensions = extensions;
    }

    fn extension(&mut self, index: usize, key: &Key, node: &Node) -> Option<Extension> {
        const TARGETS: [&str; 12] =
            ["call", "composite", "emit", "for", "listen", "raise", "run", "set", "switch", "try", "wait", "all"];
        let mut fields = self.fields(node, "the extension")?;
        let path = format!("/use/extensions/{index}/{}", key.text);
        let extend = self.required(&mut fields, "extend").and_then(|node| self.word(node, "'extend'", &TARGETS));
        let when = fields.get("when").and_then(|node| self.expr(node, "'when'"));
        let before = fields.get("before").map(|node| self.task_list(node, &format!("{path}/before"), "'before'"));
        let after = fields.get("after").map(|node| self.task_list(node, &format!("{path}/after"), "'after'"));
        self.finish(fields);
        Some(Extension { extend: extend?.to_owned(), when, before, after })
    }

    /// A retry policy.
    pub(super) fn retry(&mut self, node: &Node) -> Option<Retry> {
        let mut fields = self.fields(node, "the retry policy")?;
        let mut retry = Retry {
            when: fields.get("when").and_then(|node| self.expr(node, "'when'")),
            except_when: fields.get("exceptWhen").and_then(|node| self.expr(node, "'exceptWhen'")),
            delay: fields.get("delay").and_then(|node| self.span(node, "'delay'")),
            backoff: fields.get("backoff").and_then(|node| self.backoff(node)).unwrap_or_default(),
            ..Retry::default()
        };
        if let Some(mut jitter) = fields.get("jitter").and_then(|node| self.fields(node, "'jitter'")) {
            let from = self.required(&mut jitter, "from").and_then(|node| self.span(node, "'from'"));
            let to = self.required(&mut jitter, "to").and_then(|node| self.span(node, "'to'"));
            self.finish(jitter);
            retry.jitter = from.zip(to);
        }
        if let Some(limit) = fields.get("limit") {
            self.retry_limit(limit, &mut retry);
        }
        self.finish(fields);
        Some(retry)
    }

    fn backoff(&mut self, node: &Node) -> Option<Backoff> {
        let (key, value) = self.single(node, "'backoff'")?;
        // The specification gives the three kinds no parameters that the interpreter would read.
        self.entries(value, "the backoff");
        match key.text.as_str() {
            "constant" => Some(Backoff::Constant),
            "linear" => Some(Backoff::Linear),
            "exponential" => Some(Backoff::Exponential),
            other => {
                let message = format!("unknown backoff '{}'", shown(other));
                self.error(node, "unknown-key", message, "one of: constant, linear, exponential");
                None
            }
        }
    }

    fn retry_limit(&mut self, node: &Node, retry: &mut Retry) {
        let Some(mut fields) = self.fields(node, "'limit'") else { return };
        retry.total_limit = fields.get("duration").and_then(|node| self.span(node, "'duration'"));
        if let Some(mut attempt) = fields.get("attempt").and_then(|node| self.fields(node, "'attempt'")) {
            if let Some(node) = attempt.get("count") {
                let count = self.integer(node, "'count'");
                retry.attempts_max = count.and_then(|count| u32::try_from(count).ok());
                if count.is_some() && retry.attempts_max.is_none() {
                    self.error(node, "value", "'count' is negative or too large", "give a whole number from 0 on");
                }
            }
            retry.attempt_limit = attempt.get("duration").and_then(|node| self.span(node, "'duration'"));
            self.finish(attempt);
        }
        self.finish(fields);
    }

    fn schedule(&mut self, node: &Node) {
        let Some(mut fields) = self.fields(node, "'schedule'") else { return };
        for key in ["every", "after"] {
            if let Some(node) = fields.get(key) {
                self.span(node, key);
            }
        }
        self.text_at(&mut fields, "cron");
        if let Some(node) = fields.get("on") {
            self.strategy(node, true);
        }
        self.finish(fields);
        self.error(
            node,
            "unsupported",
            "'schedule' is not offered: runs are started by cases, channels and other processes",
            "remove 'schedule'; to wait for a time or an event, use 'wait' or 'listen' inside the process",
        );
    }

    /// Functions that call themselves, directly or through others, would never end.
    fn function_cycles(&mut self) {
        let calls: BTreeMap<String, BTreeSet<String>> =
            self.uses.functions.iter().map(|(name, task)| (name.clone(), called_by(task))).collect();
        let cyclic: Vec<String> = calls.keys().filter(|name| reaches(&calls, name, name)).cloned().collect();
        for name in cyclic {
            if let Some(task) = self.uses.functions.get(&name) {
                let at = Node { line: task.line, column: task.column, kind: Kind::Null };
                let message = format!("function '{}' calls itself", shown(&name));
                self.error(
                    &at,
                    "function-cycle",
                    message,
                    "use a 'for' loop, or start a child run with 'run: workflow'",
                );
            }
        }
    }

    /// What `use` has, for other parts of the parser.
    pub(super) fn known(&self) -> &Uses {
        &self.uses
    }
}

fn called_by(task: &crate::ast::Task) -> BTreeSet<String> {
    use crate::ast::{CallTarget, TaskBody};
    let mut names = BTreeSet::new();
    let mut note = |task: &crate::ast::Task| {
        if let TaskBody::Call(call) = &task.body
            && let CallTarget::Own(name) = &call.target
        {
            names.insert(name.clone());
        }
    };
    note(task);
    task.body.lists().into_iter().for_each(|(_, list)| list.each_task(&mut |task| note(task)));
    names
}

fn reaches(calls: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for next in calls.get(name).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    false
}

/// Whether a text is a semantic version (2.0.0, without checking the tags' inner rules).
fn is_semver(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let tags = &text[core.len()..];
    let numbers: Vec<&str> = core.split('.').collect();
    let number =
        |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && (*n == "0" || !n.starts_with('0'));
    numbers.len() == 3
        && numbers.iter().all(number)
        && tags.len() != 1
        && tags.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b))
}
