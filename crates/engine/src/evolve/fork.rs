//! `fork`: branches side by side, all of them or the first.

use super::task::{Begun, Opened, misplaced};
use super::{Cx, Done, Poll};
use crate::api::Data;
use crate::ast::{Flow, Task, TaskBody, TaskList};
use crate::error::ErrorDoc;
use crate::state::{Body, Branch, TaskFrame, null};
use serde_json::Value;
use std::sync::Arc;

impl<'a> Cx<'a> {
    pub(super) fn open_fork(branches: &TaskList, input: &Data) -> Opened {
        Opened::Waits(Body::Fork(branches.tasks.iter().map(|_| Branch::Ready(Arc::clone(input))).collect()))
    }

    pub(super) fn poll_fork(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let TaskBody::Fork { branches: tasks, compete } = &task.body else { return Err(misplaced(task)) };
        let TaskFrame { body: Body::Fork(branches), input, .. } = frame else { return Err(misplaced(task)) };
        if self.again.is_some() {
            enter_again(branches, input);
        }
        for at in 0..branches.len() {
            let Some(branch_task) = tasks.tasks.get(at) else { return Err(misplaced(task)) };
            match self.poll_branch(branch_task, &mut branches[at], *compete) {
                Ok(None) => {}
                Ok(Some(done)) if done.flow == Flow::End => {
                    self.stop_others(branches, at);
                    return Ok(Poll::Ready(done));
                }
                Ok(Some(done)) if *compete => {
                    self.stop_others(branches, at);
                    return Ok(Poll::Ready(Done { output: done.output, flow: task.then.clone() }));
                }
                Ok(Some(done)) => branches[at] = Branch::Done(done.output),
                Err(error) if *compete => self.lose(&mut branches[at], error),
                Err(error) => {
                    self.stop_others(branches, at);
                    return Err(error);
                }
            }
        }
        self.joined(branches, *compete, task)
    }

    /// Lets one branch go on; its end, if it ended now. One that is passed over by its `if` takes no part in a race.
    fn poll_branch(&mut self, task: &'a Task, branch: &mut Branch, compete: bool) -> Result<Option<Done>, ErrorDoc> {
        if let Branch::Ready(input) = branch {
            let input = self.new_input(&task.path).unwrap_or_else(|| Arc::clone(input));
            match self.begin(task, Arc::clone(&input))? {
                Begun::Open(frame) => *branch = Branch::Open(frame),
                Begun::Skipped if compete => {
                    *branch = Branch::Done(input);
                    return Ok(None);
                }
                Begun::Skipped => return Ok(Some(Done { output: input, flow: Flow::Continue })),
            }
        }
        let Branch::Open(frame) = branch else { return Ok(None) };
        Ok(match self.poll_task(task, frame)? {
            Poll::Pending => None,
            Poll::Ready(done) => {
                *branch = Branch::Done(null());
                Some(done)
            }
        })
    }

    /// Takes back what the other branches asked for. Where the fork has failed, it may go on with them later.
    fn stop_others(&mut self, branches: &mut [Branch], but: usize) {
        for (at, branch) in branches.iter_mut().enumerate() {
            if let Branch::Open(frame) = branch
                && at != but
            {
                self.stop_task(frame, false);
            }
        }
    }

    /// A competing branch that has failed is out of the race.
    fn lose(&mut self, branch: &mut Branch, error: ErrorDoc) {
        let at = self.failed_at.take().map(|path| path.to_string()).unwrap_or_default();
        let task = match std::mem::replace(branch, Branch::Ready(null())) {
            Branch::Open(mut frame) => {
                self.halt_task(&mut frame);
                Some(frame)
            }
            _ => None,
        };
        *branch = Branch::Broken { error, at, task };
    }

    /// The fork's end once no branch is open: all outputs in order; where they compete, nobody won.
    fn joined(&mut self, branches: &mut [Branch], compete: bool, task: &Task) -> Result<Poll<Done>, ErrorDoc> {
        if branches.iter().any(|branch| matches!(branch, Branch::Open(_) | Branch::Ready(_))) {
            return Ok(Poll::Pending);
        }
        for branch in branches.iter().filter(|_| compete) {
            if let Branch::Broken { error, at, .. } = branch {
                self.failed_at = Some(at.as_str().into());
                return Err(error.clone());
            }
            if let Branch::Failed(error) = branch {
                return Err(error.clone());
            }
        }
        // A race in which nobody took part: as where a task is passed over, its input is its output.
        if let (true, Some(Branch::Done(output))) = (compete, branches.first()) {
            return Ok(Poll::Ready(Done { output: Arc::clone(output), flow: task.then.clone() }));
        }
        let outputs = branches.iter().map(|branch| match branch {
            Branch::Done(output) | Branch::Ready(output) => Value::clone(output),
            Branch::Open(_) | Branch::Failed(_) | Branch::Broken { .. } => Value::Null,
        });
        let output = Arc::new(Value::Array(outputs.collect()));
        Ok(Poll::Ready(Done { output, flow: task.then.clone() }))
    }
}

/// When a fork goes on that failed because all its branches had, all of them go on.
fn enter_again(branches: &mut [Branch], input: &Data) {
    if branches.iter().any(|branch| matches!(branch, Branch::Open(_) | Branch::Ready(_))) {
        return;
    }
    for branch in branches {
        match branch {
            Branch::Broken { task, .. } => {
                *branch = task.take().map_or_else(|| Branch::Ready(Arc::clone(input)), Branch::Open);
            }
            Branch::Failed(_) => *branch = Branch::Ready(Arc::clone(input)),
            Branch::Ready(_) | Branch::Open(_) | Branch::Done(_) => {}
        }
    }
}
