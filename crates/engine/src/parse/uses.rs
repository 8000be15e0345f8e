//! `use`: what a definition offers to all of its tasks.

use super::Parser;
use super::reader::shown;
use crate::ast::{Backoff, Call, CallTarget, Extension, Retry, Task, TaskBody, Uses};
use crate::node::{Key, Kind, Node};
use std::collections::{BTreeMap, BTreeSet};

impl Parser<'_> {
    pub(super) fn uses(&mut self, node: &Node) {
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

    fn functions(&mut self, node: Option<&Node>) {
        let entries = node.and_then(|node| self.entries(node, "'functions'")).unwrap_or_default();
        self.own_functions = entries.iter().map(|(key, _)| key.text.clone()).collect();
        for (key, node) in entries {
            let path = format!("/use/functions/{}", key.text);
            if let Some(task) = self.task(key, node, &path) {
                self.uses.functions.insert(key.text.clone(), task);
            }
        }
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

    /// Functions that call themselves, directly or through others, would never end.
    pub(super) fn function_cycles(&mut self) {
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

fn called_by(task: &Task) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut note = |task: &Task| {
        if let TaskBody::Call(Call { target: CallTarget::Own(name), .. }) = &task.body {
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
