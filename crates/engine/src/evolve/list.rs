//! Lists of tasks: one after the other, or where `then` leads.

use super::{Cx, EndKind, ListEnd, Poll};
use crate::ast::{Flow, TaskList};
use crate::error::ErrorDoc;
use crate::state::ListFrame;

use super::task::Begun;

impl Cx<'_> {
    pub(super) fn poll_list(&mut self, list: &TaskList, frame: &mut ListFrame) -> Result<Poll<ListEnd>, ErrorDoc> {
        loop {
            let Some(task) = list.tasks.get(frame.at) else {
                let output = std::mem::take(&mut frame.data);
                return Ok(Poll::Ready(ListEnd { output, how: EndKind::Through }));
            };
            if frame.task.is_none() {
                match self.begin(task, std::mem::take(&mut frame.data))? {
                    Begun::Open(open) => frame.task = Some(open),
                    Begun::Skipped(data) => {
                        frame.data = data;
                        frame.at += 1;
                        continue;
                    }
                }
            }
            let Some(open) = frame.task.as_mut() else { continue };
            match self.poll_task(task, open) {
                Ok(Poll::Pending) => return Ok(Poll::Pending),
                Ok(Poll::Ready(done)) => {
                    frame.task = None;
                    match next(list, frame.at, &done.flow) {
                        Ok(at) => (frame.at, frame.data) = (at, done.output),
                        Err(how) => return Ok(Poll::Ready(ListEnd { output: done.output, how })),
                    }
                }
                Err(error) => {
                    self.abandon(frame.task.take());
                    return Err(error);
                }
            }
        }
    }
}

/// Index of the next task, or how the list ends.
fn next(list: &TaskList, at: usize, flow: &Flow) -> Result<usize, EndKind> {
    match flow {
        Flow::Continue => Ok(at + 1),
        Flow::Exit => Err(EndKind::Exit),
        Flow::End => Err(EndKind::End),
        // Checked when the definition was read.
        Flow::To(name) => list.index_of(name).ok_or(EndKind::Exit),
    }
}
