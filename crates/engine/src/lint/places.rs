//! Every task of a definition with what surrounds it.

use crate::ast::{Call, CallTarget, Expr, Task, TaskBody, TaskList, Template, TryCatch};
use crate::parse::Parsed;
use std::collections::{BTreeMap, BTreeSet};

/// Platform functions that wait for a person of the operation.
pub(super) const FOR_PEOPLE: [&str; 2] = ["human-task", "approval"];
/// Platform functions that wait for somebody, and so keep a loop from spinning.
pub(super) const WAITING: [&str; 4] = ["human-task", "approval", "agent-turn", "escalate"];

/// A definition as the rules see it.
pub(crate) struct Process<'a> {
    pub parsed: &'a Parsed,
    /// The platform's functions; empty where they are not known.
    pub known: &'a [&'a str],
    places: Vec<Place<'a>>,
}

/// A task and what surrounds it.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    pub task: &'a Task,
    /// Every `try` whose tasks it is among.
    pub tries: Vec<&'a TryCatch>,
    /// Whether something around it has a timeout.
    pub timed: bool,
}

impl Place<'_> {
    /// Line and column of the task's name.
    pub fn at(&self) -> (u32, u32) {
        (self.task.line, self.task.column)
    }
}

impl<'a> Process<'a> {
    pub fn new(parsed: &'a Parsed, known: &'a [&'a str]) -> Self {
        let mut process = Self { parsed, known, places: Vec::new() };
        let timed = parsed.timeout.is_some();
        process.list(&parsed.list, &[], timed);
        for extension in &parsed.uses.extensions {
            extension.before.iter().chain(&extension.after).for_each(|list| process.list(list, &[], timed));
        }
        process.functions();
        process
    }

    /// Functions after their callers: what surrounds a call surrounds the function's tasks. Where callers differ, the
    /// least surrounded counts; a function that nobody calls stands alone.
    fn functions(&mut self) {
        let mut open: BTreeSet<&'a str> = self.parsed.uses.functions.keys().map(String::as_str).collect();
        while !open.is_empty() {
            let callers = self.callers();
            let waits_for = |name: &str| {
                open.iter().any(|other| *other != name && calls(&self.parsed.uses.functions[*other]).contains(name))
            };
            // The parser refuses cycles; without one, some function is called by none of the open ones.
            let next = open.iter().copied().find(|name| !waits_for(name)).or(open.first().copied());
            let Some(name) = next else { return };
            open.remove(name);
            let caller = callers.get(name).and_then(|callers| {
                callers.iter().min_by_key(|caller| (caller.tries.len(), caller.timed || caller.task.timeout.is_some()))
            });
            let (tries, timed) = match caller {
                Some(caller) => (caller.tries.clone(), caller.timed || caller.task.timeout.is_some()),
                None => (Vec::new(), self.parsed.timeout.is_some()),
            };
            if let Some(task) = self.parsed.uses.functions.get(name) {
                self.task(task, &tries, timed);
            }
        }
    }

    /// The calls of each function of the definition.
    fn callers(&self) -> BTreeMap<String, Vec<Place<'a>>> {
        let mut callers: BTreeMap<String, Vec<Place<'a>>> = BTreeMap::new();
        for place in &self.places {
            if let TaskBody::Call(Call { target: CallTarget::Own(name), .. }) = &place.task.body {
                callers.entry(name.clone()).or_default().push(place.clone());
            }
        }
        callers
    }

    fn list(&mut self, list: &'a TaskList, tries: &[&'a TryCatch], timed: bool) {
        list.tasks.iter().for_each(|task| self.task(task, tries, timed));
    }

    fn task(&mut self, task: &'a Task, tries: &[&'a TryCatch], timed: bool) {
        self.places.push(Place { task, tries: tries.to_vec(), timed });
        let timed = timed || task.timeout.is_some();
        if let TaskBody::Try(guarded) = &task.body {
            let inside: Vec<_> = tries.iter().copied().chain([&**guarded]).collect();
            self.list(&guarded.list, &inside, timed);
            guarded.handler.iter().for_each(|list| self.list(list, tries, timed));
            return;
        }
        task.body.lists().into_iter().for_each(|(_, list)| self.list(list, tries, timed));
    }

    /// Every task, in the order of the text but for functions.
    pub fn places(&self) -> &[Place<'a>] {
        &self.places
    }

    /// Every list of tasks that are done in order: not the branches of a fork, which all begin.
    pub fn sequences(&self) -> Vec<&'a TaskList> {
        let mut found = vec![&self.parsed.list];
        for extension in &self.parsed.uses.extensions {
            found.extend(extension.before.iter().chain(&extension.after));
        }
        for place in &self.places {
            found.extend(place.task.body.lists().into_iter().filter(|(what, _)| *what != "branches").map(|(_, l)| l));
        }
        found
    }
}

/// Names of the definition's own functions that a task calls, directly or inside.
fn calls<'t>(task: &'t Task) -> BTreeSet<&'t str> {
    let mut names = BTreeSet::new();
    let mut note = |task: &'t Task| {
        if let TaskBody::Call(Call { target: CallTarget::Own(name), .. }) = &task.body {
            names.insert(name.as_str());
        }
    };
    note(task);
    task.body.lists().into_iter().for_each(|(_, list)| list.each_task(&mut note));
    names
}

/// The platform function that a task calls, if it does.
pub(super) fn platform(task: &Task) -> Option<&str> {
    match &task.body {
        TaskBody::Call(Call { target: CallTarget::Platform(name), .. }) => Some(name),
        _ => None,
    }
}

/// The expressions of a template.
pub(super) fn expressions<'t>(template: &'t Template, found: &mut Vec<&'t Expr>) {
    match template {
        Template::Literal(_) => {}
        Template::Expr(expr) => found.push(expr),
        Template::Object(parts) => parts.iter().for_each(|(_, part)| expressions(part, found)),
        Template::Array(parts) => parts.iter().for_each(|part| expressions(part, found)),
    }
}

/// Whether a template reads one of these variables.
pub(super) fn reads(template: &Template, vars: &[&str]) -> bool {
    let mut found = Vec::new();
    expressions(template, &mut found);
    found.iter().any(|expr| expr.vars().iter().any(|var| vars.contains(&var.as_str())))
}
