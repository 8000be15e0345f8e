//! Lists of tasks: one after the other, or where `then` leads.

use super::{Cx, EndKind, ListEnd, Poll};
use crate::ast::{Flow, TaskList};
use crate::error::ErrorDoc;
use crate::state::{ListFrame, null};
use std::sync::Arc;

use super::task::Begun;

impl<'a> Cx<'a> {
    /// Lets a list go on as far as it can. A list that has ended gives its end again.
    pub(super) fn poll_list(&mut self, list: &'a TaskList, frame: &mut ListFrame) -> Result<Poll<ListEnd>, ErrorDoc> {
        loop {
            let Some(task) = list.tasks.get(frame.at) else {
                let output = Arc::clone(&frame.data);
                return Ok(Poll::Ready(ListEnd { output, how: EndKind::Through }));
            };
            let open = match &mut frame.task {
                Some(open) => open,
                None => {
                    if let Some(input) = self.new_input(&task.path) {
                        frame.data = input;
                    }
                    // Where it cannot begin, its input stays.
                    match self.begin(task, Arc::clone(&frame.data))? {
                        Begun::Open(open) => {
                            frame.data = null();
                            frame.task.insert(open)
                        }
                        Begun::Skipped => {
                            frame.at += 1;
                            continue;
                        }
                    }
                }
            };
            match self.poll_task(task, open)? {
                Poll::Pending => return Ok(Poll::Pending),
                Poll::Ready(done) => {
                    frame.task = None;
                    frame.data = done.output;
                    match next(list, frame.at, &done.flow) {
                        Ok(at) => frame.at = at,
                        Err(how) => {
                            frame.at = list.tasks.len();
                            return Ok(Poll::Ready(ListEnd { output: Arc::clone(&frame.data), how }));
                        }
                    }
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
