//! Moving a run to another version of its process: by an explicit map, after checking that everything fits.

use crate::api::{Data, MigrationMap, RunEvent};
use crate::ast::{Call, CallTarget, Flow, Schema, Task, TaskBody, TaskList};
use crate::state::{Body, Branch, Finished, ListFrame, RunState, STATE_VERSION, Status, TaskFrame, TryPhase};
use crate::{Definition, evolve, expr};
use baton_base::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Why a run does not fit another version of its process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfit {
    /// Path of the task in the version that the run is on; `/` for the run as a whole.
    pub task: String,
    /// What does not fit.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.task, self.why, self.remedy)
    }
}

/// The state of a run as the new version goes on with it, or all that does not fit.
///
/// Only where the run stands is looked at: what is done is done, and what it has not reached yet is the new version's
/// affair. What is open on the outside stays open: calls, events listened for, child runs, and timers with the times
/// for which they were set. A task that begins later has the new version's timeouts.
///
/// # Errors
/// Every misfit, not the first only; the run is then left on its version.
pub fn migrate(
    old: &Definition,
    new: &Definition,
    state: &RunState,
    map: &MigrationMap,
) -> Result<RunState, Vec<Misfit>> {
    let mut moving = Moving { old, new, map, misfits: Vec::new(), exporter: None };
    moving.possible(state);
    if !moving.misfits.is_empty() {
        return Err(moving.misfits);
    }
    let mut moved = state.clone();
    moved.v = STATE_VERSION;
    moved.definition.clone_from(&new.digest);
    moved.failed = state.failed.as_ref().map(|path| moving.target(path));
    let raw = state.raw_input.as_ref().unwrap_or(&state.input);
    moving.schema("/", new.input.schema.as_ref(), raw, "the run's input");
    if let Some(position) = &mut moved.position {
        moving.list(&old.list, &new.list, position);
    }
    let failed = moved.undoing.iter_mut().flat_map(|undoing| &mut undoing.failed);
    moved.done.iter_mut().chain(failed).for_each(|entry| moving.finished(entry));
    moving.context(&mut moved);
    if moving.misfits.is_empty() { Ok(moved) } else { Err(moving.misfits) }
}

struct Moving<'a> {
    old: &'a Definition,
    new: &'a Definition,
    map: &'a MigrationMap,
    misfits: Vec<Misfit>,
    /// The task of the new version that has last written the context, as far as can be told.
    exporter: Option<&'a Task>,
}

impl<'a> Moving<'a> {
    fn misfit(&mut self, task: &str, why: impl Into<String>, remedy: &str) {
        self.misfits.push(Misfit { task: task.to_owned(), why: why.into(), remedy: remedy.to_owned() });
    }

    fn possible(&mut self, state: &RunState) {
        let name = |def: &Definition| format!("{}.{}", def.namespace(), def.name());
        if state.definition != self.old.digest {
            let why = format!("the run is not on version {} of its process", self.old.version());
            self.misfit("/", why, "name the version that the run is on");
        }
        if name(self.old) != name(self.new) {
            let why = format!("{} is not a version of {}", name(self.new), name(self.old));
            self.misfit("/", why, "start a run of the other process instead");
        }
        match state.status {
            Status::New => self.misfit("/", "the run has not begun", "start it on the new version"),
            Status::Completed | Status::Cancelled => self.misfit("/", "the run has ended", "start a new run"),
            Status::Faulted if state.position.is_none() && state.undoing.is_none() => {
                self.misfit("/", "the run failed without a position to go on from", "start a new run");
            }
            Status::Faulted | Status::Running | Status::Suspended | Status::Compensating => {}
        }
        for (from, to) in &self.map.tasks {
            for (def, path, which) in [(self.old, from, "old"), (self.new, to, "new")] {
                if !crate::waits::tasks_of(def).contains_key(path.as_str()) {
                    let why = format!("the map names '{path}', which the {which} version does not have");
                    self.misfit(from, why, "give paths as the process's graph shows them, such as /do/0/triage");
                }
            }
        }
    }

    /// Where a task of the old version is in the new one.
    fn target(&self, path: &str) -> String {
        let inside = |from: &str| path == from || path.strip_prefix(from).is_some_and(|rest| rest.starts_with('/'));
        let found = self.map.tasks.iter().filter(|(from, _)| inside(from)).max_by_key(|(from, _)| from.len());
        found.map_or_else(|| path.to_owned(), |(from, to)| format!("{to}{}", &path[from.len()..]))
    }

    fn list(&mut self, old: &'a TaskList, new: &'a TaskList, frame: &mut ListFrame) {
        let Some(task) = old.tasks.get(frame.at) else {
            // It has ended, and what follows is the affair of the task around it.
            frame.at = new.tasks.len();
            self.written_before(new, new.tasks.len());
            return;
        };
        let target = self.target(&task.path);
        let Some(at) = new.tasks.iter().position(|candidate| *candidate.path == *target) else {
            let why = format!("the new version has no task '{target}' in the place of the list that the run is in");
            let remedy = "map it to its counterpart in the same list, or wait until the run has left it";
            self.misfit(&task.path, why, remedy);
            return;
        };
        frame.at = at;
        let counterpart = &new.tasks[at];
        match &mut frame.task {
            Some(open) => {
                if let Body::Closing { then, .. } = &open.body {
                    self.flow(task, then, new);
                }
                self.task(task, counterpart, open);
            }
            None => self.schema(&task.path, counterpart.input.schema.as_ref(), &frame.data, "its input"),
        }
        self.written_before(new, at);
    }

    fn flow(&mut self, task: &Task, then: &str, list: &TaskList) {
        if let Flow::To(name) = Flow::of_text(then)
            && list.index_of(&name).is_none()
        {
            let why = format!("it leads to '{name}', which the new version does not have there");
            self.misfit(&task.path, why, "keep a task of that name in the new version");
        }
    }

    /// Notes who wrote the context last, if that is not known from further inside.
    fn written_before(&mut self, list: &'a TaskList, at: usize) {
        if self.exporter.is_none() {
            self.exporter = list.tasks[..at].iter().rev().find(|task| task.export.map.is_some());
        }
    }

    fn task(&mut self, old: &'a Task, new: &'a Task, frame: &mut TaskFrame) {
        if old.body.kind() != new.body.kind() {
            let why = format!("it is a '{}', and '{}' is a '{}'", old.body.kind(), new.path, new.body.kind());
            self.misfit(&old.path, why, "map it to a task of its kind");
            return;
        }
        frame.path = Arc::clone(&new.path);
        let raw = Arc::clone(frame.raw.as_ref().unwrap_or(&frame.input));
        self.schema(&old.path, new.input.schema.as_ref(), &raw, "its input");
        self.body(old, new, frame);
    }

    fn body(&mut self, old: &'a Task, new: &'a Task, frame: &mut TaskFrame) {
        match (&old.body, &new.body, &mut frame.body) {
            (_, _, Body::Ready | Body::Begin | Body::Closing { .. } | Body::Wait(_)) => {}
            (_, _, Body::Before { extension, list }) => {
                let part = |def: &'a Definition| def.uses.extensions.get(*extension).and_then(|e| e.before.as_ref());
                self.extension(old, part(self.old), part(self.new), list);
            }
            (_, _, Body::After { extension, list, .. }) => {
                let part = |def: &'a Definition| def.uses.extensions.get(*extension).and_then(|e| e.after.as_ref());
                self.extension(old, part(self.old), part(self.new), list);
            }
            (TaskBody::Call(before), TaskBody::Call(after), body) => self.call(old, before, after, body),
            (TaskBody::Do(before), TaskBody::Do(after), Body::Do(list)) => self.list(before, after, list),
            (TaskBody::For(before), TaskBody::For(after), Body::For { list, .. }) => {
                self.list(&before.list, &after.list, list);
            }
            (TaskBody::Fork { .. }, TaskBody::Fork { .. }, Body::Fork(branches)) => self.fork(old, new, branches),
            (TaskBody::Try(before), TaskBody::Try(after), Body::Try { phase, .. }) => match phase {
                TryPhase::Trying { list, .. } => self.list(&before.list, &after.list, list),
                TryPhase::Delay { .. } | TryPhase::Again => {}
                TryPhase::Catching { list, .. } => match (&before.handler, &after.handler) {
                    (Some(before), Some(after)) => self.list(before, after, list),
                    _ => {
                        let why = "it is handling an error, and the new version has nothing to handle it with";
                        self.misfit(&old.path, why, "keep 'catch.do' in the new version");
                    }
                },
            },
            (TaskBody::Listen(_), TaskBody::Listen(_), Body::Listen(_)) => self.listen(old, new, frame),
            (TaskBody::Run(before), TaskBody::Run(after), Body::Child(_)) => {
                if (&before.namespace, &before.name) != (&after.namespace, &after.name) {
                    let why = format!("it waits for a run of '{}', not of '{}'", before.name, after.name);
                    self.misfit(&old.path, why, "wait until that run has ended");
                }
            }
            _ => self.misfit(&old.path, "its position does not fit its definition", "report this run as a fault"),
        }
    }

    fn extension(&mut self, task: &Task, old: Option<&'a TaskList>, new: Option<&'a TaskList>, list: &mut ListFrame) {
        match (old, new) {
            (Some(old), Some(new)) => self.list(old, new, list),
            _ => {
                let why = "it is inside an extension that the new version does not have in that place";
                self.misfit(&task.path, why, "wait until the run has left it");
            }
        }
    }

    fn call(&mut self, task: &Task, old: &'a Call, new: &'a Call, body: &mut Body) {
        if old.target != new.target {
            let why = "it waits for the answer of one function, and the new version calls another";
            self.misfit(&task.path, why, "wait until it is answered, or retry it after it has failed");
            return;
        }
        let (Body::Function(inner), CallTarget::Own(name)) = (body, &old.target) else { return };
        self.function(&task.path, name, inner);
    }

    fn function(&mut self, path: &str, name: &str, frame: &mut TaskFrame) {
        match (self.old.undoer(name), self.new.undoer(name)) {
            (Some(old), Some(new)) => self.task(old, new, frame),
            _ => self.misfit(path, format!("the new version has no function '{name}'"), "keep it in the new version"),
        }
    }

    fn fork(&mut self, old: &'a Task, new: &'a Task, open: &mut [Branch]) {
        let (TaskBody::Fork { branches: before, compete: raced }, TaskBody::Fork { branches: after, compete: races }) =
            (&old.body, &new.body)
        else {
            return;
        };
        let same = before.tasks.len() == after.tasks.len()
            && before.tasks.iter().zip(&after.tasks).all(|(old, new)| self.target(&old.path) == *new.path);
        if !same || raced != races {
            let why =
                "its branches are open, and the new version has others, in another order, or races them differently";
            self.misfit(&old.path, why, "map each branch to its counterpart in the same place, or wait for the fork");
            return;
        }
        for ((before, after), branch) in before.tasks.iter().zip(&after.tasks).zip(open) {
            match branch {
                Branch::Open(frame) | Branch::Broken { task: Some(frame), .. } => self.task(before, after, frame),
                Branch::Ready(data) => {
                    self.schema(&before.path, after.input.schema.as_ref(), data, "its input");
                }
                Branch::Done(_) | Branch::Failed(_) | Branch::Broken { .. } => {}
            }
        }
    }

    fn listen(&mut self, old: &'a Task, new: &'a Task, frame: &mut TaskFrame) {
        let (TaskBody::Listen(before), TaskBody::Listen(after)) = (&old.body, &new.body) else { return };
        if old.raw.get("listen") != new.raw.get("listen") {
            let why = "it listens for events, and the new version listens for others";
            self.misfit(&old.path, why, "keep 'listen' as it is, or wait until it has heard them");
            return;
        }
        let Body::Listen(open) = &mut frame.body else { return };
        match (&before.foreach, &after.foreach, &mut open.current) {
            (Some(before), Some(after), Some(list)) => self.list(&before.list, &after.list, list),
            (Some(_), Some(_), None) | (None, None, _) => {}
            _ => {
                let why = "the new version does otherwise with each event ('foreach')";
                self.misfit(&old.path, why, "keep 'foreach', or wait until all events are heard");
            }
        }
    }

    fn finished(&mut self, entry: &mut Finished) {
        let path = std::mem::take(&mut entry.task);
        entry.task = self.target(&path);
        match &mut entry.frame {
            Some(frame) => self.function(&path, &entry.function, frame),
            None if self.new.undoer(&entry.function).is_none() => {
                let why = format!("it is done, and the new version has no function '{}' to undo it", entry.function);
                self.misfit(&path, why, "keep the function in the new version");
            }
            None => {}
        }
    }

    fn context(&mut self, state: &mut RunState) {
        if let Some(text) = &self.map.context {
            match expr::evaluate(text, &state.context, &[]) {
                Ok(context) => state.context = Arc::new(context),
                Err(e) => {
                    let why = format!("the context cannot be made by '{text}': {e}");
                    self.misfit("/", why, "correct the map's 'context'");
                    return;
                }
            }
        }
        let written = state.context.as_object().is_none_or(|context| !context.is_empty());
        if let Some(task) = self.exporter.filter(|_| written) {
            self.schema("/", task.export.schema.as_ref(), &state.context, "the context");
        }
    }

    fn schema(&mut self, task: &str, schema: Option<&Schema>, data: &Data, what: &str) {
        let Some(schema) = schema else { return };
        let first = schema.validator.iter_errors(data).next().map(|e| {
            let words: String = e.to_string().chars().take(200).collect();
            format!("{what} does not fit the new version's schema: {}: {words}", e.instance_path())
        });
        if let Some(why) = first {
            self.misfit(task, why, "let the new version's schema allow it, or map the context");
        }
    }
}

/// Why a journal cannot be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfoldable {
    /// Place of the event, from 0.
    pub at: usize,
    /// Why, in words.
    pub why: String,
}

impl fmt::Display for Unfoldable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} of the journal: {}", self.at, self.why)
    }
}

impl std::error::Error for Unfoldable {}

/// The state of a run from its journal, across the versions that it was on.
///
/// `definitions` gives a definition by its digest; `pinned` is the digest that the run is pinned to now.
///
/// # Errors
/// Where a definition is not there, or a migration does not fit.
pub fn fold(
    definitions: &dyn Fn(&str) -> Option<Arc<Definition>>,
    pinned: &str,
    events: impl IntoIterator<Item = (RunEvent, i64)>,
) -> Result<RunState, Unfoldable> {
    let events: Vec<(RunEvent, i64)> = events.into_iter().collect();
    let known = |at: usize, digest: &str| {
        definitions(digest).ok_or_else(|| Unfoldable { at, why: format!("definition {digest} is not there") })
    };
    let first = events.iter().find_map(|(event, _)| match event {
        RunEvent::Migrated { from, .. } => Some(from.clone()),
        _ => None,
    });
    let first: Digest = first.unwrap_or_else(|| pinned.to_owned());
    let mut def = known(0, &first)?;
    let mut state = RunState::new();
    for (at, (event, now_ms)) in events.iter().enumerate() {
        if let RunEvent::Migrated { definition, map, .. } = event {
            let new = known(at, definition)?;
            state = migrate(&def, &new, &state, map).map_err(|misfits| {
                let why = misfits.iter().map(Misfit::to_string).collect::<Vec<_>>().join("\n");
                Unfoldable { at, why }
            })?;
            def = new;
        } else {
            evolve(&def, &mut state, event, *now_ms);
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_a_mapped_task_moves_with_it() {
        let def = Definition::parse(
            "p.yaml",
            "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo: [ { x: { set: { a: 1 } } } ]\n",
        )
        .unwrap_or_else(|findings| panic!("{findings:?}"));
        let tasks = [("/do/0/a", "/do/2/a"), ("/do/0/a/do/1/b", "/do/2/a/do/0/c")];
        let tasks = tasks.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        let map = MigrationMap { tasks, context: None };
        let moving = Moving { old: &def, new: &def, map: &map, misfits: Vec::new(), exporter: None };
        for (path, expect) in [
            ("/do/0/a", "/do/2/a"),
            ("/do/0/a/do/0/x", "/do/2/a/do/0/x"),
            ("/do/0/a/do/1/b/do/0/y", "/do/2/a/do/0/c/do/0/y"),
            ("/do/0/ab", "/do/0/ab"),
        ] {
            assert_eq!(moving.target(path), expect, "{path}");
        }
    }
}
