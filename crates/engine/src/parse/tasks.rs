//! Tasks and lists of tasks.

use super::Parser;
use super::offered::Feature;
use super::reader::{Fields, shown};
use crate::ast::{
    Flow, ForLoop, RaisedError, Retry, ReturnAs, RunChild, SwitchCase, Task, TaskBody, TaskList, TryCatch,
};
use crate::limits::{FORK_BRANCHES_MAX, LIST_LEVELS, TASK_LEVELS_MAX, TASKS_IN_LIST_MAX, TRY_LEVELS};
use crate::node::{Key, Kind, Node};
use serde_json::Value;
use std::collections::HashSet;

/// The keys that say what a task does. `for` stands before `do`, since a loop has both.
const KINDS: [&str; 12] =
    ["call", "for", "fork", "try", "listen", "do", "set", "switch", "wait", "emit", "raise", "run"];

/// What a `run` may give as its output.
const RETURNS: [&str; 5] = ["stdout", "stderr", "code", "all", "none"];
/// Programs that a `run` could start.
const PROGRAMS: [(&str, Feature); 3] =
    [("container", Feature::Container), ("script", Feature::Script), ("shell", Feature::Shell)];

impl Parser<'_> {
    /// A list of named tasks.
    pub(super) fn task_list(&mut self, node: &Node, path: &str, what: &str) -> TaskList {
        let mut list = TaskList::default();
        let Some(items) = self.list(node, what) else { return list };
        if items.len() > TASKS_IN_LIST_MAX {
            let message = format!("{what} has {} tasks, more than {TASKS_IN_LIST_MAX}", items.len());
            self.error(node, "size", message, "group tasks with 'do', or move some to a process of their own");
            return list;
        }
        let levels = if path.ends_with("/try") || path.ends_with("/catch/do") { TRY_LEVELS } else { LIST_LEVELS };
        if self.levels + levels > TASK_LEVELS_MAX {
            let message = "tasks are nested too deep";
            self.error(node, "depth", message, "move inner tasks to a process of their own");
            return list;
        }
        self.levels += levels;
        for (index, item) in items.iter().enumerate() {
            if let Some((key, node)) = self.single(item, "a task") {
                let path = format!("{path}/{index}/{}", key.text);
                list.tasks.extend(self.task(key, node, &path));
            }
        }
        self.levels -= levels;
        self.names(items, &list);
        list
    }

    /// Names are unique in their list, and `then` stays in it.
    fn names(&mut self, items: &[Node], list: &TaskList) {
        let mut seen = HashSet::new();
        let mut known = HashSet::new();
        for item in items {
            let Kind::Map(entries) = &item.kind else { continue };
            for (key, _) in entries {
                known.insert(key.text.as_str());
                let at = Node { line: key.line, column: key.column, kind: Kind::Null };
                if !seen.insert(key.text.as_str()) {
                    let message = format!("there are two tasks '{}' in one list", shown(&key.text));
                    self.error(&at, "duplicate-name", message, "give each task of a list a name of its own");
                }
                if ["continue", "exit", "end"].contains(&key.text.as_str()) || key.text.is_empty() {
                    let message = format!("a task cannot be called '{}'", key.text);
                    self.error(&at, "name", message, "choose another name");
                }
            }
        }
        for task in &list.tasks {
            let cases = if let TaskBody::Switch(cases) = &task.body { cases.as_slice() } else { &[] };
            for flow in cases.iter().map(|case| &case.then).chain([&task.then]) {
                let Flow::To(name) = flow else { continue };
                if !known.contains(name.as_str()) {
                    let at = Node { line: task.line, column: task.column, kind: Kind::Null };
                    let message = format!("'{}' goes to '{}', which is not in its list", task.name, shown(name));
                    self.error(&at, "then-target", message, "name a task of the same list, or continue, exit, end");
                }
            }
        }
    }

    /// One task.
    pub(super) fn task(&mut self, key: &Key, node: &Node, path: &str) -> Option<Task> {
        let what = format!("task '{}'", shown(&key.text));
        let mut fields = self.fields(node, &what)?;
        let condition = fields.get("if").and_then(|node| self.expr(node, "'if'"));
        let input = self.mapping(fields.get("input"), "from", "'input'");
        let output = self.mapping(fields.get("output"), "as", "'output'");
        let export = self.mapping(fields.get("export"), "as", "'export'");
        let timeout = fields.get("timeout").and_then(|node| self.timeout(node));
        let then = fields.get("then").and_then(|node| self.flow(node)).unwrap_or_default();
        let metadata = fields.get("metadata");
        let compensate = metadata.and_then(|node| self.compensation(node));
        let metadata = self.free(metadata, "'metadata'");
        let body = self.body(&mut fields, path);
        // What belongs to a body that could not be read is not unknown.
        for key in ["with", "while", "catch", "foreach"] {
            if body.is_none() {
                fields.get(key);
            }
        }
        self.finish(fields);
        Some(Task {
            path: path.into(),
            name: key.text.as_str().into(),
            line: key.line,
            column: key.column,
            condition,
            input,
            output,
            export,
            timeout,
            then,
            metadata,
            compensate,
            raw: node.to_value(),
            body: body?,
        })
    }

    fn flow(&mut self, node: &Node) -> Option<Flow> {
        Some(match self.text(node, "'then'")? {
            "continue" => Flow::Continue,
            "exit" => Flow::Exit,
            "end" => Flow::End,
            name => Flow::To(name.to_owned()),
        })
    }

    fn body(&mut self, fields: &mut Fields<'_>, path: &str) -> Option<TaskBody> {
        let mut found = KINDS.iter().filter_map(|kind| Some((*kind, fields.get(kind)?)));
        let first = found.next();
        drop(found);
        let Some((kind, node)) = first else {
            let message = "this task does not say what to do";
            self.error(fields.node, "task-kind", message, format!("add one of: {}", KINDS.join(", ")));
            return None;
        };
        // `known` holds every kind now; a second one in the task is found here, not by `finish`.
        for other in KINDS {
            let belongs = kind == "for" && other == "do";
            if other != kind && !belongs && fields.get(other).is_some() {
                let message = format!("a task cannot be both '{kind}' and '{other}'");
                self.error(fields.node, "task-kind", message, "make two tasks of it");
            }
        }
        match kind {
            "do" => Some(TaskBody::Do(self.task_list(node, &format!("{path}/do"), "'do'"))),
            "set" => self.set(node),
            "switch" => self.switch(node),
            "call" => self.call(node, fields),
            "for" => self.for_loop(node, fields, path),
            "fork" => self.fork(node, path),
            "try" => self.try_catch(node, fields, path),
            "wait" => self.span(node, "'wait'").map(TaskBody::Wait),
            "listen" => self.listen(node, fields, path),
            "emit" => self.emit(node),
            "raise" => self.raise(node),
            _ => self.run(node),
        }
    }

    fn set(&mut self, node: &Node) -> Option<TaskBody> {
        match &node.kind {
            Kind::Map(entries) if !entries.is_empty() => self.template(node).map(TaskBody::Set),
            Kind::Text(text) => self.expr_text(node, text).map(|expr| TaskBody::Set(crate::ast::Template::Expr(expr))),
            other => {
                let message = format!("'set' must be a mapping or an expression, not {}", other.describe());
                self.error(node, "type", message, "write at least one 'name: value', or an expression");
                None
            }
        }
    }

    fn switch(&mut self, node: &Node) -> Option<TaskBody> {
        let mut cases = Vec::new();
        let items = self.list(node, "'switch'")?;
        if items.is_empty() {
            self.error(node, "shape", "'switch' has no case", "add at least one case");
        }
        for item in items {
            let Some((key, node)) = self.single(item, "a case") else { continue };
            let Some(mut fields) = self.fields(node, "the case") else { continue };
            let when = fields.get("when").and_then(|node| self.expr(node, "'when'"));
            let then = self.required(&mut fields, "then").and_then(|node| self.flow(node)).unwrap_or_default();
            self.finish(fields);
            cases.push(SwitchCase { name: key.text.clone(), when, then });
        }
        Some(TaskBody::Switch(cases))
    }

    fn for_loop(&mut self, node: &Node, fields: &mut Fields<'_>, path: &str) -> Option<TaskBody> {
        let mut spec = self.fields(node, "'for'")?;
        let each = self.text_at(&mut spec, "each").unwrap_or("item").to_owned();
        let at = self.text_at(&mut spec, "at").unwrap_or("index").to_owned();
        let items = self.required(&mut spec, "in").and_then(|node| self.expr(node, "'in'"));
        self.finish(spec);
        let outer = self.scope.len();
        self.scope.extend([each.clone(), at.clone()]);
        let condition = fields.get("while").and_then(|node| self.expr(node, "'while'"));
        let list = self
            .required(fields, "do")
            .map(|node| self.task_list(node, &format!("{path}/do"), "'do'"))
            .unwrap_or_default();
        self.scope.truncate(outer);
        Some(TaskBody::For(Box::new(ForLoop { each, at, items: items?, condition, list })))
    }

    fn fork(&mut self, node: &Node, path: &str) -> Option<TaskBody> {
        let mut fields = self.fields(node, "'fork'")?;
        let compete = fields.get("compete").and_then(|node| self.boolean(node, "'compete'")).unwrap_or(false);
        let branches = self.required(&mut fields, "branches");
        let branches = branches
            .map(|node| self.task_list(node, &format!("{path}/fork/branches"), "'branches'"))
            .unwrap_or_default();
        if branches.tasks.len() > FORK_BRANCHES_MAX {
            let message = format!("the fork has {} branches, more than {FORK_BRANCHES_MAX}", branches.tasks.len());
            self.error(node, "size", message, "use fewer branches, or child runs");
        }
        self.finish(fields);
        Some(TaskBody::Fork { branches, compete })
    }

    fn try_catch(&mut self, node: &Node, fields: &mut Fields<'_>, path: &str) -> Option<TaskBody> {
        let list = self.task_list(node, &format!("{path}/try"), "'try'");
        let catch_node = self.required(fields, "catch")?;
        let mut catch = self.fields(catch_node, "'catch'")?;
        let with = catch.get("errors").map(|node| self.error_filter(node)).unwrap_or_default();
        let error_as = self.text_at(&mut catch, "as").unwrap_or("error").to_owned();
        let outer = self.scope.len();
        self.scope.push(error_as.clone());
        let when = catch.get("when").and_then(|node| self.expr(node, "'when'"));
        let except_when = catch.get("exceptWhen").and_then(|node| self.expr(node, "'exceptWhen'"));
        let retry = catch.get("retry").and_then(|node| self.retry_or_name(node));
        let handler = catch.get("do").map(|node| self.task_list(node, &format!("{path}/catch/do"), "'do'"));
        self.scope.truncate(outer);
        self.finish(catch);
        Some(TaskBody::Try(Box::new(TryCatch { list, with, error_as, when, except_when, retry, handler })))
    }

    fn retry_or_name(&mut self, node: &Node) -> Option<Retry> {
        let Kind::Text(name) = &node.kind else { return self.retry(node) };
        let found = self.known().retries.get(name.as_str()).cloned();
        if found.is_none() {
            self.unknown_use(node, "retry policy", "retries", name);
        }
        found
    }

    fn error_filter(&mut self, node: &Node) -> Vec<(String, Value)> {
        let Some(mut fields) = self.fields(node, "'errors'") else { return Vec::new() };
        let mut with = Vec::new();
        if let Some(mut filter) = fields.get("with").and_then(|node| self.fields(node, "'with'")) {
            for key in ["type", "status", "instance", "title", "details", "detail"] {
                let Some(node) = filter.get(key) else { continue };
                let value = if key == "status" {
                    self.integer(node, "'status'").map(Value::from)
                } else {
                    self.text(node, key).map(Value::from)
                };
                with.extend(value.map(|value| (key.to_owned(), value)));
            }
            if with.is_empty() {
                self.error(
                    filter.node,
                    "shape",
                    "'with' filters nothing",
                    "give a type or a status, or leave 'errors' out",
                );
            }
            self.finish(filter);
        }
        self.finish(fields);
        with
    }

    fn raise(&mut self, node: &Node) -> Option<TaskBody> {
        let mut fields = self.fields(node, "'raise'")?;
        let error = self.required(&mut fields, "error");
        self.finish(fields);
        let error = error?;
        if let Kind::Text(name) = &error.kind {
            let found = self.known().errors.get(name.as_str()).cloned();
            if found.is_none() {
                self.unknown_use(error, "error", "errors", name);
            }
            return found.map(TaskBody::Raise);
        }
        self.raised(error).map(TaskBody::Raise)
    }

    /// The definition of an error.
    pub(super) fn raised(&mut self, node: &Node) -> Option<RaisedError> {
        let mut fields = self.fields(node, "the error")?;
        let kind = self.required(&mut fields, "type").and_then(|node| self.uri(node, "'type'"));
        let status_node = self.required(&mut fields, "status");
        let status = status_node.and_then(|node| self.integer(node, "'status'"));
        let instance = fields.get("instance").and_then(|node| self.text_template(node, "'instance'"));
        let title = fields.get("title").and_then(|node| self.text_template(node, "'title'"));
        let detail = fields.get("detail").and_then(|node| self.text_template(node, "'detail'"));
        self.finish(fields);
        let status = u16::try_from(status?).ok().filter(|status| (100..=599).contains(status));
        if let (None, Some(node)) = (status, status_node) {
            self.error(node, "value", "'status' is not an HTTP status", "give a number from 100 to 599");
        }
        Some(RaisedError { kind: kind?, status: status?, instance, title, detail })
    }

    fn run(&mut self, node: &Node) -> Option<TaskBody> {
        let mut fields = self.fields(node, "'run'")?;
        let wait = fields.get("await").and_then(|node| self.boolean(node, "'await'")).unwrap_or(true);
        let returns = fields.get("return").and_then(|node| self.word(node, "'return'", &RETURNS));
        let returns = if returns == Some("none") { ReturnAs::Nothing } else { ReturnAs::Output };
        for (kind, feature) in PROGRAMS {
            if let Some(node) = fields.get(kind) {
                self.not_offered(node, feature, "");
                return None;
            }
        }
        let child = self.required(&mut fields, "workflow");
        self.finish(fields);
        let mut child = self.fields(child?, "'workflow'")?;
        let run = RunChild {
            namespace: self.required_text(&mut child, "namespace"),
            name: self.required_text(&mut child, "name"),
            version: self.required_text(&mut child, "version"),
            input: child.get("input").and_then(|node| self.template(node)),
            wait,
            returns,
        };
        if let Some(node) = child.get("input").filter(|node| !matches!(node.kind, Kind::Map(_))) {
            self.error(node, "type", "the child's input must be a mapping", "write 'name: value' pairs");
        }
        self.finish(child);
        Some(TaskBody::Run(run))
    }
}
