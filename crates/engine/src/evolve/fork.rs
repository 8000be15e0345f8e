//! `fork`: branches side by side, all of them or the first.

use super::task::{Begun, Opened, misplaced};
use super::{Cx, Done, Poll};
use crate::ast::{Flow, Task, TaskBody, TaskList};
use crate::error::ErrorDoc;
use crate::state::{Body, Branch, TaskFrame};
use serde_json::Value;

impl Cx<'_> {
    pub(super) fn open_fork(branches: &TaskList, input: &Value) -> Opened {
        Opened::Waits(Body::Fork(branches.tasks.iter().map(|_| Branch::Ready(input.clone())).collect()))
    }

    pub(super) fn poll_fork(&mut self, task: &Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let TaskBody::Fork { branches: tasks, compete } = &task.body else { return Err(misplaced(task)) };
        let Body::Fork(branches) = &mut frame.body else { return Err(misplaced(task)) };
        for at in 0..branches.len() {
            let Some(branch_task) = tasks.tasks.get(at) else { return Err(misplaced(task)) };
            match self.poll_branch(branch_task, &mut branches[at]) {
                Ok(None) => {}
                Ok(Some(done)) if done.flow == Flow::End => {
                    self.stop_others(branches);
                    return Ok(Poll::Ready(done));
                }
                Ok(Some(done)) if *compete => {
                    self.stop_others(branches);
                    return Ok(Poll::Ready(Done { output: done.output, flow: task.then.clone() }));
                }
                Ok(Some(done)) => branches[at] = Branch::Done(done.output),
                Err(error) if *compete => branches[at] = Branch::Failed(error),
                Err(error) => {
                    self.stop_others(branches);
                    return Err(error);
                }
            }
        }
        joined(branches, *compete, task)
    }

    /// Lets one branch go on; its end, if it ended now.
    fn poll_branch(&mut self, task: &Task, branch: &mut Branch) -> Result<Option<Done>, ErrorDoc> {
        if let Branch::Ready(input) = branch {
            let input = std::mem::take(input);
            *branch = match self.begin(task, input)? {
                Begun::Open(frame) => Branch::Open(frame),
                Begun::Skipped(output) => return Ok(Some(Done { output, flow: Flow::Continue })),
            };
        }
        let Branch::Open(frame) = branch else { return Ok(None) };
        match self.poll_task(task, frame) {
            Ok(Poll::Pending) => Ok(None),
            Ok(Poll::Ready(done)) => {
                *branch = Branch::Done(Value::Null);
                Ok(Some(done))
            }
            Err(error) => {
                if let Branch::Open(frame) = std::mem::replace(branch, Branch::Done(Value::Null)) {
                    self.abandon(Some(frame));
                }
                Err(error)
            }
        }
    }

    fn stop_others(&mut self, branches: &mut [Branch]) {
        for branch in branches {
            if let Branch::Open(frame) = branch {
                self.stop_task(frame);
                *branch = Branch::Done(Value::Null);
            }
        }
    }
}

/// The fork's end once no branch is open: all outputs in order; where they compete, nobody won.
fn joined(branches: &mut [Branch], compete: bool, task: &Task) -> Result<Poll<Done>, ErrorDoc> {
    if branches.iter().any(|branch| matches!(branch, Branch::Open(_) | Branch::Ready(_))) {
        return Ok(Poll::Pending);
    }
    let failed = branches.iter().find_map(|branch| if let Branch::Failed(error) = branch { Some(error) } else { None });
    if let Some(error) = failed.filter(|_| compete) {
        return Err(error.clone());
    }
    let outputs = branches.iter_mut().map(|branch| match branch {
        Branch::Done(output) | Branch::Ready(output) => std::mem::take(output),
        Branch::Open(_) | Branch::Failed(_) => Value::Null,
    });
    Ok(Poll::Ready(Done { output: Value::Array(outputs.collect()), flow: task.then.clone() }))
}
