//! The life of one task: input, condition, body, output, export.

use super::scope::Scope;
use super::{Cx, Done, EndKind, ListEnd, Poll};
use crate::api::{Action, ChildResult, Phase, RunEvent};
use crate::ast::{Flow, RaisedError, RunChild, SwitchCase, Task, TaskBody};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::{LIST_LEVELS, TASK_LEVELS_MAX, TASKS_PER_TURN_MAX, TRY_LEVELS};
use crate::state::{Body, ListFrame, TaskFrame, TryPhase};
use baton_base::CallId;
use serde_json::Value;
use std::sync::Arc;

/// What came of beginning a task.
pub(super) enum Begun {
    Open(Box<TaskFrame>),
    Skipped(Value),
}

/// What came of opening a task's body.
pub(super) enum Opened {
    Waits(Body),
    Done(Value),
    Goes(Value, Flow),
}

impl Cx<'_> {
    /// Begins a task with its raw input.
    pub(super) fn begin(&mut self, task: &Task, raw: Value) -> Result<Begun, ErrorDoc> {
        self.try_begin(task, raw).map_err(|error| self.failed(task, error))
    }

    fn try_begin(&mut self, task: &Task, raw: Value) -> Result<Begun, ErrorDoc> {
        self.tasks += 1;
        if self.tasks > TASKS_PER_TURN_MAX {
            let detail = format!("more than {TASKS_PER_TURN_MAX} tasks without waiting for anything: a runaway loop");
            return Err(ErrorDoc::standard(ErrorKind::Runtime, detail));
        }
        self.check_schema(task.input.schema.as_ref(), &raw, "the input")?;
        let scope = Scope { task: Some(task), input: &raw, output: None, started_ms: self.now_ms };
        let mapped = match &task.input.map {
            Some(map) => Some(self.within_limit(self.fill(map, &raw, &scope)?)?),
            None => None,
        };
        let input = mapped.as_ref().unwrap_or(&raw);
        let scope = Scope { input, ..scope };
        if !self.holds(task.condition.as_ref(), input, &scope)? {
            self.trace(task, Phase::Skipped);
            return Ok(Begun::Skipped(raw));
        }
        let timeout_ms = task.timeout.as_ref().map(|span| self.span(span, input, &scope)).transpose()?;
        let input = mapped.unwrap_or(raw);
        self.trace(task, Phase::Started).input = Some(Arc::new(input.clone()));
        let timer = timeout_ms.map(|ms| self.set_timer(ms));
        Ok(Begun::Open(Box::new(TaskFrame {
            path: task.path.to_string(),
            started_ms: self.now_ms,
            input,
            timer,
            body: Body::Ready,
        })))
    }

    /// Notes that a task failed.
    pub(super) fn failed(&mut self, task: &Task, error: ErrorDoc) -> ErrorDoc {
        let error = error.from_task(&task.path);
        self.trace(task, Phase::Failed).error = Some(error.clone());
        error
    }

    /// Takes back what a failed task still has open; its failure is already in the trace.
    pub(super) fn abandon(&mut self, frame: Option<Box<TaskFrame>>) {
        let Some(frame) = frame else { return };
        let answered = self.event.call();
        let mut waits = false;
        frame.each_open(&mut |open| waits = waits || Some(open.call()) != answered);
        if waits {
            self.stop_task(&frame);
        }
    }

    /// Lets an open task go on as far as it can.
    pub(super) fn poll_task(&mut self, task: &Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        if self.fired(frame.timer.as_ref()) {
            frame.timer = None;
            let error = ErrorDoc::standard(ErrorKind::Timeout, format!("'{}' took longer than its timeout", task.name));
            return Err(self.failed(task, error));
        }
        let levels = if matches!(task.body, TaskBody::Try(_)) { TRY_LEVELS } else { LIST_LEVELS };
        // Functions and extensions nest on top of what the parser has counted. The innermost task holds no other.
        let polled = if self.levels > TASK_LEVELS_MAX {
            Err(ErrorDoc::standard(ErrorKind::Runtime, "functions and extensions are nested too deep"))
        } else {
            self.levels += levels;
            let polled = self.poll_body(task, frame);
            self.levels -= levels;
            polled
        };
        match polled {
            Ok(Poll::Pending) => Ok(Poll::Pending),
            Ok(Poll::Ready(done)) => {
                let finished = self.finish(task, frame, done);
                finished.map(Poll::Ready).map_err(|error| self.failed(task, error))
            }
            Err(error) => Err(self.failed(task, error)),
        }
    }

    /// Output and export of a task whose body has ended.
    fn finish(&mut self, task: &Task, frame: &mut TaskFrame, done: Done) -> Result<Done, ErrorDoc> {
        let raw = self.within_limit(done.output)?;
        let scope = Scope { task: Some(task), input: &frame.input, output: Some(&raw), started_ms: frame.started_ms };
        let mapped = match &task.output.map {
            Some(map) => Some(self.within_limit(self.fill(map, &raw, &scope)?)?),
            None => None,
        };
        let output = mapped.as_ref().unwrap_or(&raw);
        self.check_schema(task.output.schema.as_ref(), output, "the output")?;
        let scope = Scope { output: Some(output), ..scope };
        if let Some(map) = &task.export.map {
            let context = self.within_limit(self.fill(map, output, &scope)?)?;
            self.check_schema(task.export.schema.as_ref(), &context, "the context")?;
            self.context = context;
        }
        if let Some(call) = frame.timer.take() {
            self.act(Action::CancelTimer { call });
        }
        let output = mapped.unwrap_or(raw);
        self.trace(task, Phase::Finished).output = Some(Arc::new(output.clone()));
        Ok(Done { output, flow: done.flow })
    }

    fn poll_body(&mut self, task: &Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        if matches!(frame.body, Body::Ready)
            && let Some(before) = self.next_before(task, frame, 0)?
        {
            frame.body = before;
        }
        loop {
            let polled = match &mut frame.body {
                Body::Ready => match self.open(task, frame)? {
                    Opened::Waits(body) => {
                        frame.body = body;
                        continue;
                    }
                    Opened::Done(output) => Poll::Ready(Done { output, flow: task.then.clone() }),
                    Opened::Goes(output, flow) => Poll::Ready(Done { output, flow }),
                },
                Body::Before { .. } => match self.poll_before(task, frame)? {
                    Some(polled) => polled,
                    None => continue,
                },
                Body::After { .. } => return self.poll_after(task, frame),
                Body::Call(call) => ready(self.answer(call)?, task),
                Body::Child(call) => ready(self.child_answer(call)?, task),
                Body::Wait(call) => ready(self.fired(Some(call)).then(|| frame.input.clone()), task),
                Body::Function(inner) => self.poll_function(task, inner)?,
                Body::Do(list) => match &task.body {
                    TaskBody::Do(tasks) => ended(self.poll_list(tasks, list)?, task),
                    _ => return Err(misplaced(task)),
                },
                Body::For { .. } => self.poll_for(task, frame)?,
                Body::Fork(_) => self.poll_fork(task, frame)?,
                Body::Try { .. } => self.poll_try(task, frame)?,
                Body::Listen(_) => self.poll_listen(task, frame)?,
            };
            match polled {
                Poll::Pending => return Ok(Poll::Pending),
                Poll::Ready(done) => match self.next_after(task, frame, &done, 0)? {
                    Some(after) => frame.body = after,
                    None => return Ok(Poll::Ready(done)),
                },
            }
        }
    }

    /// Begins what a task does.
    fn open(&mut self, task: &Task, frame: &TaskFrame) -> Result<Opened, ErrorDoc> {
        let input = &frame.input;
        let scope = Scope { task: Some(task), input, output: None, started_ms: frame.started_ms };
        match &task.body {
            TaskBody::Do(_) => Ok(Opened::Waits(Body::Do(ListFrame::begin(input.clone())))),
            TaskBody::Set(template) => self.fill(template, input, &scope).map(Opened::Done),
            TaskBody::Switch(cases) => self.switch(task, cases, input, &scope),
            TaskBody::Call(call) => self.open_call(task, call, input, &scope),
            TaskBody::For(each) => self.open_for(each, input, &scope),
            TaskBody::Fork { branches, .. } => Ok(Self::open_fork(branches, input)),
            TaskBody::Try(guarded) => {
                let timer = self.attempt_timer(guarded, input, &scope)?;
                let phase = TryPhase::Trying { list: ListFrame::begin(input.clone()), timer };
                Ok(Opened::Waits(Body::Try { attempts: 1, first_ms: self.now_ms, phase }))
            }
            TaskBody::Wait(span) => {
                let ms = self.span(span, input, &scope)?;
                Ok(Opened::Waits(Body::Wait(self.set_timer(ms))))
            }
            TaskBody::Listen(listen) => self.open_listen(listen, input, &scope),
            TaskBody::Emit(template) => self.emit(template, input, &scope),
            TaskBody::Raise(error) => Err(self.raise(error, input, &scope)?),
            TaskBody::Run(child) => self.open_child(child, input, &scope),
        }
    }

    fn switch(
        &mut self,
        task: &Task,
        cases: &[SwitchCase],
        input: &Value,
        scope: &Scope<'_>,
    ) -> Result<Opened, ErrorDoc> {
        for case in cases {
            if self.holds(case.when.as_ref(), input, scope)? {
                return Ok(Opened::Goes(input.clone(), case.then.clone()));
            }
        }
        Ok(Opened::Goes(input.clone(), task.then.clone()))
    }

    /// The error that a task raises.
    fn raise(&self, error: &RaisedError, input: &Value, scope: &Scope<'_>) -> Result<ErrorDoc, ErrorDoc> {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let filled = |template: &crate::ast::Template| self.fill(template, input, scope).map(text);
        Ok(ErrorDoc {
            kind: filled(&error.kind)?,
            status: error.status,
            title: error.title.as_ref().map(filled).transpose()?,
            detail: error.detail.as_ref().map(filled).transpose()?,
            instance: error.instance.as_ref().map(filled).transpose()?,
        })
    }

    fn open_child(&mut self, child: &RunChild, input: &Value, scope: &Scope<'_>) -> Result<Opened, ErrorDoc> {
        let data = match &child.input {
            Some(template) => self.fill(template, input, scope)?,
            None => Value::Object(serde_json::Map::new()),
        };
        let call = self.next_call();
        self.act(Action::RunProcess {
            call: call.clone(),
            namespace: child.namespace.clone(),
            name: child.name.clone(),
            version: child.version.clone(),
            input: data,
            wait: child.wait,
        });
        Ok(if child.wait { Opened::Waits(Body::Child(call)) } else { Opened::Done(input.clone()) })
    }

    fn child_answer(&self, open: &CallId) -> Result<Option<Value>, ErrorDoc> {
        match self.event {
            RunEvent::ChildFinished { call, result } if call == open => match result {
                ChildResult::Completed(output) => Ok(Some(output.clone())),
                // The child's own path would name a task of another process.
                ChildResult::Faulted(error) => Err(ErrorDoc { instance: None, ..error.clone() }),
            },
            _ => self.answer(open),
        }
    }
}

fn ready(output: Option<Value>, task: &Task) -> Poll<Done> {
    output.map_or(Poll::Pending, |output| Poll::Ready(Done { output, flow: task.then.clone() }))
}

/// The end of a task's inner list as the end of the task: `end` ends the run, anything else leads to `then`.
pub(super) fn ended(polled: Poll<ListEnd>, task: &Task) -> Poll<Done> {
    match polled {
        Poll::Pending => Poll::Pending,
        Poll::Ready(ListEnd { output, how: EndKind::End }) => Poll::Ready(Done { output, flow: Flow::End }),
        Poll::Ready(ListEnd { output, .. }) => Poll::Ready(Done { output, flow: task.then.clone() }),
    }
}

/// A state that does not fit its definition: it was stored by something else.
pub(super) fn misplaced(task: &Task) -> ErrorDoc {
    let detail = format!("the run's position does not fit task '{}' of its definition", task.name);
    ErrorDoc::standard(ErrorKind::Runtime, detail)
}
