//! `for`.

use super::scope::Scope;
use super::task::{Opened, misplaced};
use super::{Cx, Done, EndKind, Poll};
use crate::api::Data;
use crate::ast::{Flow, ForLoop, Task, TaskBody};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::ITERATIONS_MAX;
use crate::state::{Body, ListFrame, TaskFrame};
use serde_json::Value;
use std::sync::Arc;

impl<'a> Cx<'a> {
    pub(super) fn open_for(&self, each: &ForLoop, input: &Data, scope: &Scope<'_>) -> Result<Opened, ErrorDoc> {
        let items = match self.eval(&each.items, input, scope)? {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            _ => {
                let detail = format!("{}: 'in' must give a list", each.items.text());
                return Err(ErrorDoc::standard(ErrorKind::Expression, detail));
            }
        };
        if items.len() > ITERATIONS_MAX {
            let detail = format!("{} items are more than the {ITERATIONS_MAX} that a loop may have", items.len());
            return Err(ErrorDoc::standard(ErrorKind::Runtime, detail));
        }
        let items = items.into_iter().map(Arc::new).collect();
        Ok(Opened::Waits(Body::For { items, index: 0, list: ListFrame::begin(Arc::clone(input)) }))
    }

    pub(super) fn poll_for(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let TaskBody::For(each) = &task.body else { return Err(misplaced(task)) };
        let TaskFrame { body: Body::For { items, index, list }, input, raw, started_ms, .. } = frame else {
            return Err(misplaced(task));
        };
        let raw = raw.as_ref().unwrap_or(input);
        let scope = Scope { task: Some(task), raw, input, result: None, output: None, started_ms: *started_ms };
        let outer = self.vars.len();
        loop {
            let Some(item) = items.get(*index) else {
                return Ok(Poll::Ready(Done { output: Arc::clone(&list.data), flow: task.then.clone() }));
            };
            self.vars.push((&each.each, Arc::clone(item)));
            self.vars.push((&each.at, Arc::new(Value::from(*index))));
            let polled = self.iteration(each, list, &scope);
            self.vars.truncate(outer);
            match polled? {
                Some(Poll::Pending) => return Ok(Poll::Pending),
                Some(Poll::Ready(end)) if end.how == EndKind::End => {
                    return Ok(Poll::Ready(Done { output: end.output, flow: Flow::End }));
                }
                Some(Poll::Ready(end)) => {
                    *index += 1;
                    *list = ListFrame::begin(end.output);
                }
                None => {
                    return Ok(Poll::Ready(Done { output: Arc::clone(&list.data), flow: task.then.clone() }));
                }
            }
        }
    }

    /// One iteration; `None` where `while` does not hold.
    fn iteration(
        &mut self,
        each: &'a ForLoop,
        list: &mut ListFrame,
        scope: &Scope<'_>,
    ) -> Result<Option<Poll<super::ListEnd>>, ErrorDoc> {
        let fresh = list.at == 0 && list.task.is_none();
        if fresh {
            // An empty body takes no task, so it is counted here.
            self.tasks += 1;
            if !self.holds(each.condition.as_ref(), &list.data, scope)? {
                return Ok(None);
            }
        }
        self.poll_list(&each.list, list).map(Some)
    }
}
