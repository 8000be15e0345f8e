//! Extensions: tasks before and after other tasks.

use super::task::{frame_scope, misplaced};
use super::{Cx, Done, EndKind, Poll, Scope};
use crate::api::Data;
use crate::ast::{Extension, Flow, Task, TaskList};
use crate::error::ErrorDoc;
use crate::state::{Body, ListFrame, TaskFrame};
use std::sync::Arc;

impl<'a> Cx<'a> {
    /// The first extension from `from` on that applies to a task and has the wanted part.
    fn extension(
        &self,
        task: &Task,
        scope: &Scope<'_>,
        from: usize,
        part: fn(&Extension) -> Option<&TaskList>,
    ) -> Result<Option<usize>, ErrorDoc> {
        // Tasks of extensions are not extended: a logger would log its own logging.
        if self.def.uses.extensions.is_empty() || task.path.starts_with("/use/extensions/") {
            return Ok(None);
        }
        for (index, extension) in self.def.uses.extensions.iter().enumerate().skip(from) {
            let fits = applies(&extension.extend, task.body.kind()) && part(extension).is_some();
            if fits && self.holds(extension.when.as_ref(), scope.input, scope)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    pub(super) fn next_before(&self, task: &Task, frame: &TaskFrame, from: usize) -> Result<Option<Body>, ErrorDoc> {
        let scope = frame_scope(task, frame);
        let found = self.extension(task, &scope, from, |extension| extension.before.as_ref())?;
        Ok(found.map(|extension| Body::Before { extension, list: ListFrame::begin(Arc::clone(&frame.input)) }))
    }

    /// What follows a task's work: its end, or (`None`) the next extension after it, into which the frame has gone.
    pub(super) fn followed(
        &self,
        task: &Task,
        frame: &mut TaskFrame,
        done: Done,
        from: usize,
    ) -> Result<Option<Done>, ErrorDoc> {
        // Where a case of a switch or an inner `end` leads is decided; nothing comes between.
        if done.flow != task.then {
            return Ok(Some(done));
        }
        let scope = Scope { result: Some(&done.output), ..frame_scope(task, frame) };
        match self.extension(task, &scope, from, |extension| extension.after.as_ref()) {
            Ok(None) => Ok(Some(done)),
            Ok(Some(extension)) => {
                let list = ListFrame::begin(Arc::clone(&done.output));
                frame.body = Body::After { extension, list, output: done.output };
                Ok(None)
            }
            Err(error) => {
                self.keep_result(frame, done, from);
                Err(error)
            }
        }
    }

    /// Goes on with a `before`; `None` when the task itself is next.
    pub(super) fn poll_before(
        &mut self,
        task: &'a Task,
        frame: &mut TaskFrame,
    ) -> Result<Option<Poll<Done>>, ErrorDoc> {
        let def = self.def;
        let Body::Before { extension, list } = &mut frame.body else { return Ok(None) };
        let index = *extension;
        let Some(before) = def.uses.extensions.get(index).and_then(|extension| extension.before.as_ref()) else {
            return Err(misplaced(task));
        };
        let scope = extended(task, &frame.input, frame.raw.as_ref(), frame.started_ms);
        // To the tasks of an extension, `$task` is the task that they extend.
        self.vars.push(("task", Arc::new(Self::task_variable(&scope))));
        let polled = self.poll_list(before, list);
        self.vars.pop();
        match polled? {
            Poll::Pending => Ok(Some(Poll::Pending)),
            Poll::Ready(end) => match end.how {
                // `exit` bypasses the extended task.
                EndKind::Exit => Ok(Some(Poll::Ready(Done { output: end.output, flow: task.then.clone() }))),
                EndKind::End => Ok(Some(Poll::Ready(Done { output: end.output, flow: Flow::End }))),
                EndKind::Through => {
                    frame.body = self.next_before(task, frame, index + 1)?.unwrap_or(Body::Begin);
                    Ok(None)
                }
            },
        }
    }

    /// Goes on with an `after`; the task keeps its own output.
    pub(super) fn poll_after(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let def = self.def;
        loop {
            let Body::After { extension, list, output } = &mut frame.body else { return Err(misplaced(task)) };
            let index = *extension;
            let Some(after) = def.uses.extensions.get(index).and_then(|extension| extension.after.as_ref()) else {
                return Err(misplaced(task));
            };
            let around = extended(task, &frame.input, frame.raw.as_ref(), frame.started_ms);
            self.vars.push(("task", Arc::new(Self::task_variable(&Scope { result: Some(output), ..around }))));
            let polled = self.poll_list(after, list);
            self.vars.pop();
            let Poll::Ready(end) = polled? else { return Ok(Poll::Pending) };
            let flow = if end.how == EndKind::End { Flow::End } else { task.then.clone() };
            let done = Done { output: Arc::clone(output), flow };
            if let Some(done) = self.followed(task, frame, done, index + 1)? {
                return Ok(Poll::Ready(done));
            }
        }
    }
}

/// Where the task stands that an extension is around, its body being taken apart.
fn extended<'s>(task: &'s Task, input: &'s Data, raw: Option<&'s Data>, started_ms: i64) -> Scope<'s> {
    Scope { task: Some(task), raw: raw.unwrap_or(input), input, result: None, output: None, started_ms }
}

/// `composite` is a task made of a list or branches.
fn applies(extend: &str, kind: &str) -> bool {
    extend == "all" || extend == kind || (extend == "composite" && matches!(kind, "do" | "fork"))
}
