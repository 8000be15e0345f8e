//! `use`: what a definition offers to all of its tasks.

use super::Parser;
use super::reader::shown;
use crate::ast::{Backoff, Call, CallTarget, Extension, Retry, Task, TaskBody, Uses};
use crate::node::{Key, Kind, Node};
use std::collections::{BTreeMap, BTreeSet};

impl Parser<'_> {
    pub(super) fn uses(&mut self, node: &Node) {
        let part = |key: &str| node.get(key).map(Node::entries).unwrap_or_default();
        let secrets = node.get("secrets").map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
        self.uses.secrets = secrets.map(str::to_owned).collect();
        for (key, node) in part("timeouts") {
            let span = self.timeout_policy(node);
            self.uses.timeouts.extend(span.map(|span| (key.text.clone(), span)));
        }
        for (key, node) in part("authentications") {
            let policy = self.authentication(node);
            self.uses.authentications.extend(policy.map(|policy| (key.text.clone(), policy)));
        }
        for (key, node) in part("errors") {
            let error = self.raised(node);
            self.uses.errors.extend(error.map(|error| (key.text.clone(), error)));
        }
        for (key, node) in part("retries") {
            // The error's name is chosen where the policy is used; here it has its usual one.
            self.scope.push("error".to_owned());
            let retry = self.retry(node);
            self.scope.pop();
            self.uses.retries.insert(key.text.clone(), retry);
        }
        if let Some(node) = node.get("catalogs") {
            self.catalogs(node);
        }
        self.functions(part("functions"));
        if let Some(node) = node.get("extensions") {
            self.extensions(node);
        }
    }

    fn functions(&mut self, entries: &[(Key, Node)]) {
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
        for (index, (key, node)) in node.named().enumerate() {
            extensions.extend(self.extension(index, key, node));
        }
        self.uses.extensions = extensions;
    }

    fn extension(&mut self, index: usize, key: &Key, node: &Node) -> Option<Extension> {
        let path = format!("/use/extensions/{index}/{}", key.text);
        let when = self.expr_of(node, "when");
        let before = node.get("before").map(|node| self.task_list(node, &format!("{path}/before")));
        let after = node.get("after").map(|node| self.task_list(node, &format!("{path}/after")));
        Some(Extension { extend: node.text_of("extend")?.to_owned(), when, before, after })
    }

    /// A retry policy.
    pub(super) fn retry(&mut self, node: &Node) -> Retry {
        let mut retry = Retry {
            when: self.expr_of(node, "when"),
            except_when: self.expr_of(node, "exceptWhen"),
            delay: self.span_of(node, "delay"),
            backoff: backoff(node.get("backoff")),
            ..Retry::default()
        };
        if let Some(jitter) = node.get("jitter") {
            retry.jitter = self.span_of(jitter, "from").zip(self.span_of(jitter, "to"));
        }
        let Some(limit) = node.get("limit") else { return retry };
        retry.total_limit = self.span_of(limit, "duration");
        let Some(attempt) = limit.get("attempt") else { return retry };
        retry.attempt_limit = self.span_of(attempt, "duration");
        if let Some(node) = attempt.get("count") {
            let count = node.integer();
            retry.attempts_max = count.and_then(|count| u32::try_from(count).ok());
            if count.is_some() && retry.attempts_max.is_none() {
                self.error(node, "range", "'count' is negative or too large", "give a whole number from 0 on");
            }
        }
        retry
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

fn backoff(node: Option<&Node>) -> Backoff {
    // The specification gives the three kinds no parameters that the interpreter would read.
    match node.map(|node| (node.get("linear").is_some(), node.get("exponential").is_some())) {
        Some((true, _)) => Backoff::Linear,
        Some((_, true)) => Backoff::Exponential,
        _ => Backoff::Constant,
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
