//! Tasks and lists of tasks.

use super::Parser;
use super::document::free;
use super::grammar::KINDS;
use super::reader::shown;
use crate::ast::{
    Flow, ForLoop, RaisedError, Retry, ReturnAs, RunChild, SwitchCase, Task, TaskBody, TaskList, Template, TryCatch,
};
use crate::limits::{FORK_BRANCHES_MAX, LIST_LEVELS, TASK_LEVELS_MAX, TASKS_IN_LIST_MAX, TRY_LEVELS};
use crate::node::{Key, Kind, Node};
use serde_json::Value;
use std::collections::HashSet;

impl Parser<'_> {
    /// A list of named tasks.
    pub(super) fn task_list(&mut self, node: &Node, path: &str) -> TaskList {
        let mut list = TaskList::default();
        let items = node.items();
        if items.len() > TASKS_IN_LIST_MAX {
            let message = format!("the list has {} tasks, more than {TASKS_IN_LIST_MAX}", items.len());
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
            if let [(key, node)] = item.entries() {
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
            for (key, _) in item.entries() {
                known.insert(key.text.as_str());
                let at = key.place();
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
        let condition = self.expr_of(node, "if");
        let input = self.mapping(node.get("input"), "from");
        let output = self.mapping(node.get("output"), "as");
        let export = self.mapping(node.get("export"), "as");
        let timeout = node.get("timeout").and_then(|node| self.timeout(node));
        let then = node.get("then").map(flow).unwrap_or_default();
        let metadata = node.get("metadata");
        let compensate = metadata.and_then(|node| self.compensation(node));
        let body = self.body(node, path);
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
            metadata: free(metadata),
            compensate,
            raw: node.to_value(),
            body: body?,
        })
    }

    fn body(&mut self, task: &Node, path: &str) -> Option<TaskBody> {
        let (kind, node) = KINDS.iter().find_map(|kind| Some((kind.key.name, task.get(kind.key.name)?)))?;
        match kind {
            "do" => Some(TaskBody::Do(self.task_list(node, &format!("{path}/do")))),
            "set" => self.set(node),
            "switch" => Some(self.switch(node)),
            "call" => self.call(node, task),
            "for" => self.for_loop(node, task, path),
            "fork" => Some(self.fork(node, path)),
            "try" => Some(self.try_catch(node, task, path)),
            "wait" => self.span(node, "'wait'").map(TaskBody::Wait),
            "listen" => self.listen(node, task, path),
            "emit" => self.emit(node),
            "raise" => self.raise(node),
            _ => self.run(node),
        }
    }

    fn set(&mut self, node: &Node) -> Option<TaskBody> {
        match &node.kind {
            Kind::Text(_) => self.expr(node).map(|expr| TaskBody::Set(Template::Expr(expr))),
            _ => self.template(node).map(TaskBody::Set),
        }
    }

    fn switch(&mut self, node: &Node) -> TaskBody {
        let mut cases = Vec::new();
        for (key, node) in node.named() {
            let when = self.expr_of(node, "when");
            let then = node.get("then").map(flow).unwrap_or_default();
            cases.push(SwitchCase { name: key.text.clone(), when, then });
        }
        // The default is for what no other case holds for, wherever it stands.
        cases.sort_by_key(|case| case.when.is_none());
        if node.named().filter(|(_, case)| case.get("when").is_none()).count() > 1 {
            self.error(node, "two-defaults", "the switch has two cases without 'when'", "keep one default case");
        }
        TaskBody::Switch(cases)
    }

    fn for_loop(&mut self, node: &Node, task: &Node, path: &str) -> Option<TaskBody> {
        let each = node.text_of("each").unwrap_or("item").to_owned();
        let at = node.text_of("at").unwrap_or("index").to_owned();
        let items = self.expr_of(node, "in");
        let outer = self.scope.len();
        self.scope.extend([each.clone(), at.clone()]);
        let condition = self.expr_of(task, "while");
        let list = task.get("do").map(|node| self.task_list(node, &format!("{path}/do"))).unwrap_or_default();
        self.scope.truncate(outer);
        Some(TaskBody::For(Box::new(ForLoop { each, at, items: items?, condition, list })))
    }

    fn fork(&mut self, node: &Node, path: &str) -> TaskBody {
        let compete = node.get("compete").and_then(Node::boolean).unwrap_or(false);
        let branches = node.get("branches");
        let list = branches.map(|node| self.task_list(node, &format!("{path}/fork/branches"))).unwrap_or_default();
        if list.tasks.len() > FORK_BRANCHES_MAX {
            let message = format!("the fork has {} branches, more than {FORK_BRANCHES_MAX}", list.tasks.len());
            self.error(node, "size", message, "use fewer branches, or child runs");
        }
        TaskBody::Fork { branches: list, compete }
    }

    fn try_catch(&mut self, node: &Node, task: &Node, path: &str) -> TaskBody {
        let list = self.task_list(node, &format!("{path}/try"));
        let nothing = Node { line: node.line, column: node.column, kind: Kind::Null };
        let catch = task.get("catch").unwrap_or(&nothing);
        let with = catch.get("errors").and_then(|node| node.get("with")).map(error_filter).unwrap_or_default();
        let error_as = catch.text_of("as").unwrap_or("error").to_owned();
        let outer = self.scope.len();
        self.scope.push(error_as.clone());
        let when = self.expr_of(catch, "when");
        let except_when = self.expr_of(catch, "exceptWhen");
        let retry = catch.get("retry").and_then(|node| self.retry_or_name(node));
        let handler = catch.get("do").map(|node| self.task_list(node, &format!("{path}/catch/do")));
        self.scope.truncate(outer);
        TaskBody::Try(Box::new(TryCatch { list, with, error_as, when, except_when, retry, handler }))
    }

    fn retry_or_name(&mut self, node: &Node) -> Option<Retry> {
        let Kind::Text(name) = &node.kind else { return Some(self.retry(node)) };
        let found = self.known().retries.get(name.as_str()).cloned();
        if found.is_none() {
            self.unknown_use(node, "retry policy", "retries", name);
        }
        found
    }

    fn raise(&mut self, node: &Node) -> Option<TaskBody> {
        let error = node.get("error")?;
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
        let kind = self.text_template(node, "type");
        let status_node = node.get("status")?;
        let instance = self.text_template(node, "instance");
        let title = self.text_template(node, "title");
        let detail = self.text_template(node, "detail");
        let given = status_node.integer()?;
        let status = u16::try_from(given).ok().filter(|status| (100..=599).contains(status));
        if status.is_none() {
            self.error(status_node, "range", "'status' is not an HTTP status", "give a number from 100 to 599");
        }
        Some(RaisedError { kind: kind?, status: status?, instance, title, detail })
    }

    fn run(&mut self, node: &Node) -> Option<TaskBody> {
        let child = node.get("workflow")?;
        let text = |key: &str| child.text_of(key).map(str::to_owned);
        Some(TaskBody::Run(RunChild {
            namespace: text("namespace")?,
            name: text("name")?,
            version: text("version")?,
            input: child.get("input").and_then(|node| self.template(node)),
            wait: node.get("await").and_then(Node::boolean).unwrap_or(true),
            returns: if node.text_of("return") == Some("none") { ReturnAs::Nothing } else { ReturnAs::Output },
        }))
    }
}

fn flow(node: &Node) -> Flow {
    node.text().map(Flow::of_text).unwrap_or_default()
}

/// What an error must have to be caught.
fn error_filter(node: &Node) -> Vec<(String, Value)> {
    node.entries().iter().map(|(key, value)| (key.text.clone(), value.to_value())).collect()
}
