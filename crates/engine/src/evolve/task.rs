//! The life of one task: condition, input, body, output, export.

use super::scope::Scope;
use super::{Cx, Done, EndKind, ListEnd, Poll};
use crate::api::{Action, ChildResult, Data, Phase, RunEvent};
use crate::ast::{Flow, RaisedError, ReturnAs, RunChild, SwitchCase, Task, TaskBody};
use crate::error::{ErrorDoc, ErrorKind};
use crate::limits::{
    COMPENSATION_BYTES_MAX, COMPENSATIONS_MAX, LIST_LEVELS, TASK_LEVELS_MAX, TASKS_PER_TURN_MAX, TRY_LEVELS,
};
use crate::state::{Body, Finished, ListFrame, TaskFrame, TryPhase};
use baton_base::CallId;
use serde_json::Value;
use std::sync::Arc;

/// What came of beginning a task.
pub(super) enum Begun {
    Open(Box<TaskFrame>),
    /// Its condition does not hold: its input is its output.
    Skipped,
}

/// What came of opening a task's body.
pub(super) enum Opened {
    Waits(Body),
    /// It waits for a timer, due then (milliseconds since the epoch).
    Until(CallId, i64),
    Done(Data),
    Goes(Data, Flow),
}

impl<'a> Cx<'a> {
    /// Begins a task with its raw input.
    pub(super) fn begin(&mut self, task: &'a Task, raw: Data) -> Result<Begun, ErrorDoc> {
        self.try_begin(task, raw).map_err(|error| self.failed(task, error))
    }

    fn try_begin(&mut self, task: &'a Task, raw: Data) -> Result<Begun, ErrorDoc> {
        self.tasks += 1;
        if self.tasks > TASKS_PER_TURN_MAX {
            let detail = format!("more than {TASKS_PER_TURN_MAX} tasks without waiting for anything: a runaway loop");
            return Err(ErrorDoc::standard(ErrorKind::Runtime, detail));
        }
        if task.compensate.is_some() && self.done.len() >= COMPENSATIONS_MAX {
            let detail = format!("more than {COMPENSATIONS_MAX} finished tasks that can be undone");
            return Err(ErrorDoc::standard(ErrorKind::Runtime, detail));
        }
        if task.condition.is_some() {
            let scope = self.scope_of(task, &raw, &raw, self.now_ms);
            if !self.holds(task.condition.as_ref(), &raw, &scope)? {
                self.trace(task, Phase::Skipped);
                return Ok(Begun::Skipped);
            }
        }
        let (input, raw) = self.taken_in(task, raw)?;
        let mut frame = TaskFrame {
            path: Arc::clone(&task.path),
            started_ms: self.now_ms,
            input,
            raw,
            timer: None,
            due_ms: None,
            wait_ms: None,
            body: Body::Ready,
        };
        self.begun(task, &mut frame)?;
        Ok(Begun::Open(Box::new(frame)))
    }

    /// A task's input, checked and mapped; and as it came, where `input.from` made another of it.
    fn taken_in(&mut self, task: &'a Task, raw: Data) -> Result<(Data, Option<Data>), ErrorDoc> {
        self.check_schema(task.input.schema.as_ref(), &raw, "the input")?;
        let Some(map) = &task.input.map else { return Ok((raw, None)) };
        let scope = self.scope_of(task, &raw, &raw, self.now_ms);
        let input = self.within_limit(self.fill(map, &raw, &scope)?)?;
        Ok((Arc::new(input), Some(raw)))
    }

    /// Notes that a task begins, and sets the timer of its timeout.
    fn begun(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<(), ErrorDoc> {
        if let Some(span) = &task.timeout {
            let scope = frame_scope(task, frame);
            let ms = self.span(span, &frame.input, &scope)?;
            self.trace(task, Phase::Started).input = Some(Arc::clone(&frame.input));
            let (timer, due_ms) = self.set_timer(ms);
            (frame.timer, frame.due_ms) = (Some(timer), Some(due_ms));
        } else {
            self.trace(task, Phase::Started).input = Some(Arc::clone(&frame.input));
        }
        Ok(())
    }

    fn scope_of<'s>(&self, task: &'s Task, raw: &'s Value, input: &'s Value, started_ms: i64) -> Scope<'s> {
        Scope { task: Some(task), raw, input, result: None, output: None, started_ms }
    }

    /// Notes that a task failed.
    pub(super) fn failed(&mut self, task: &Task, error: ErrorDoc) -> ErrorDoc {
        let error = error.from_task(&task.path);
        self.failed_at.get_or_insert_with(|| Arc::clone(&task.path));
        self.trace(task, Phase::Failed).error = Some(error.clone());
        error
    }

    /// The new input that was given for a failed task, if this is that; once.
    pub(super) fn new_input(&mut self, path: &str) -> Option<Data> {
        self.again.as_mut().filter(|again| again.failed == path).and_then(|again| again.input.take())
    }

    /// A frame of a run that has failed goes on: with a new input, if it is to have one, and a new timer.
    fn enter_again(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<(), ErrorDoc> {
        let closing = matches!(frame.body, Body::Closing { .. });
        if let Some(input) = self.new_input(&task.path) {
            if let Body::Closing { output, .. } = &mut frame.body {
                *output = Some(input);
            } else {
                (frame.input, frame.raw) = self.taken_in(task, input)?;
            }
        }
        if matches!(frame.body, Body::Ready | Body::Begin) {
            frame.started_ms = self.now_ms;
            return self.begun(task, frame);
        }
        if let (None, Some(span), false) = (&frame.timer, &task.timeout, closing) {
            let ms = self.span(span, &frame.input, &frame_scope(task, frame))?;
            let (timer, due_ms) = self.set_timer(ms);
            (frame.timer, frame.due_ms) = (Some(timer), Some(due_ms));
        }
        Ok(())
    }

    /// Lets an open task go on as far as it can.
    pub(super) fn poll_task(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        let polled = self.try_poll_task(task, frame);
        polled.map_err(|error| self.failed(task, error))
    }

    fn try_poll_task(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        if self.fired(frame.timer.as_ref()) {
            (frame.timer, frame.due_ms) = (None, None);
            let detail = format!("'{}' took longer than its timeout", task.name);
            return Err(ErrorDoc::standard(ErrorKind::Timeout, detail));
        }
        // Functions and extensions nest on top of what the parser has counted. The innermost task holds no other.
        if self.levels > TASK_LEVELS_MAX {
            return Err(ErrorDoc::standard(ErrorKind::Runtime, "functions and extensions are nested too deep"));
        }
        if self.again.is_some() && frame.timer.is_none() {
            self.enter_again(task, frame)?;
        }
        let levels = if matches!(task.body, TaskBody::Try(_)) { TRY_LEVELS } else { LIST_LEVELS };
        self.levels += levels;
        let polled = self.poll_body(task, frame);
        self.levels -= levels;
        match polled? {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(done) => match self.finish(task, frame, &done.output) {
                Ok(output) => Ok(Poll::Ready(Done { output, flow: done.flow })),
                Err(error) => {
                    self.keep_result(frame, done, usize::MAX);
                    Err(error)
                }
            },
        }
    }

    /// Keeps what a task's work gave, when its output cannot be made: the work is not done again.
    pub(super) fn keep_result(&self, frame: &mut TaskFrame, done: Done, after: usize) {
        let output = self.kept(done.output).ok();
        frame.body = Body::Closing { output, then: done.flow.as_text().to_owned(), after };
    }

    /// Output and export of a task whose body has ended.
    fn finish(&mut self, task: &'a Task, frame: &mut TaskFrame, result: &Data) -> Result<Data, ErrorDoc> {
        let raw = if Arc::ptr_eq(result, &frame.input) { Arc::clone(result) } else { self.kept(Arc::clone(result))? };
        let scope = Scope { result: Some(&raw), ..frame_scope(task, frame) };
        let output = self.mapped(task.output.map.as_ref(), &raw, &scope)?;
        self.check_schema(task.output.schema.as_ref(), &output, "the output")?;
        if let Some(map) = &task.export.map {
            let scope = Scope { output: Some(&output), ..scope };
            let context = self.within_limit(self.fill(map, &output, &scope)?)?;
            self.check_schema(task.export.schema.as_ref(), &context, "the context")?;
            self.context = Arc::new(context);
        } else {
            // Without a mapping the context stays as it is, and must still fit.
            self.check_schema(task.export.schema.as_ref(), &self.context, "the context")?;
        }
        self.can_be_undone(task, frame, &output)?;
        if let Some(call) = frame.timer.take() {
            self.act(Action::CancelTimer { call });
        }
        let case = self.case.take().filter(|_| matches!(task.body, TaskBody::Switch(_)));
        let line = self.trace(task, Phase::Finished);
        line.output = Some(Arc::clone(&output));
        line.case = case;
        Ok(output)
    }

    /// Keeps what the undoing of a task needs, if it can be undone.
    fn can_be_undone(&mut self, task: &Task, frame: &TaskFrame, output: &Data) -> Result<(), ErrorDoc> {
        let Some(function) = task.compensate.as_ref().filter(|_| !self.undoing) else { return Ok(()) };
        let kept = self.done.iter().flat_map(|entry| [&entry.input, &entry.output]);
        let mut left = COMPENSATION_BYTES_MAX;
        if !kept.chain([&frame.input, output]).all(|value| super::scope::fits(value, &mut left, usize::MAX)) {
            let detail = format!(
                "finished tasks that can be undone hold more than {COMPENSATION_BYTES_MAX} bytes; let 'input.from' and 'output.as' keep less"
            );
            return Err(ErrorDoc::standard(ErrorKind::Runtime, detail));
        }
        self.done.push(Finished {
            task: task.path.to_string(),
            function: function.clone(),
            input: Arc::clone(&frame.input),
            output: Arc::clone(output),
            frame: None,
            error: None,
        });
        Ok(())
    }

    fn poll_body(&mut self, task: &'a Task, frame: &mut TaskFrame) -> Result<Poll<Done>, ErrorDoc> {
        if matches!(frame.body, Body::Ready) {
            frame.body = self.next_before(task, frame, 0)?.unwrap_or(Body::Begin);
        }
        loop {
            let polled = match &mut frame.body {
                Body::Ready | Body::Begin => match self.open(task, frame)? {
                    Opened::Waits(body) => {
                        frame.body = body;
                        continue;
                    }
                    Opened::Until(timer, due_ms) => {
                        (frame.body, frame.wait_ms) = (Body::Wait(timer), Some(due_ms));
                        continue;
                    }
                    Opened::Done(output) => Poll::Ready(Done { output, flow: task.then.clone() }),
                    Opened::Goes(output, flow) => Poll::Ready(Done { output, flow }),
                },
                Body::Closing { output, then, after } => {
                    let (output, flow) = (output.clone().unwrap_or_default(), Flow::of_text(then));
                    let after = *after;
                    match self.followed(task, frame, Done { output, flow }, after)? {
                        Some(done) => return Ok(Poll::Ready(done)),
                        None => continue,
                    }
                }
                Body::Before { .. } => match self.poll_before(task, frame)? {
                    Some(polled) => polled,
                    None => continue,
                },
                Body::After { .. } => return self.poll_after(task, frame),
                Body::Call(call) => ready(self.answer(call)?, task),
                Body::Child(call) => ready(self.child_answer(call)?.map(|output| returned(task, output)), task),
                Body::Wait(call) => ready(self.fired(Some(call)).then(|| Arc::clone(&frame.input)), task),
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
                Poll::Ready(done) => {
                    frame.wait_ms = None;
                    if let Some(done) = self.followed(task, frame, done, 0)? {
                        return Ok(Poll::Ready(done));
                    }
                }
            }
        }
    }

    /// Begins what a task does.
    fn open(&mut self, task: &'a Task, frame: &TaskFrame) -> Result<Opened, ErrorDoc> {
        let input = &frame.input;
        let scope = frame_scope(task, frame);
        match &task.body {
            TaskBody::Do(_) => Ok(Opened::Waits(Body::Do(ListFrame::begin(Arc::clone(input))))),
            TaskBody::Set(template) => self.fill(template, input, &scope).map(|value| Opened::Done(Arc::new(value))),
            TaskBody::Switch(cases) => self.switch(task, cases, input, &scope),
            TaskBody::Call(call) => self.open_call(task, call, input, &scope),
            TaskBody::For(each) => self.open_for(each, input, &scope),
            TaskBody::Fork { branches, .. } => Ok(Self::open_fork(branches, input)),
            TaskBody::Try(guarded) => {
                let timer = self.attempt_timer(guarded, input, &scope)?;
                let phase = TryPhase::Trying { list: ListFrame::begin(Arc::clone(input)), timer };
                Ok(Opened::Waits(Body::Try { attempts: 1, first_ms: self.now_ms, phase }))
            }
            TaskBody::Wait(span) => {
                let ms = self.span(span, input, &scope)?;
                let (timer, due_ms) = self.set_timer(ms);
                Ok(Opened::Until(timer, due_ms))
            }
            TaskBody::Listen(listen) => self.open_listen(task, listen, input, &scope),
            TaskBody::Emit(template) => self.emit(template, input, &scope),
            TaskBody::Raise(error) => Err(self.raise(error, input, &scope)?),
            TaskBody::Run(child) => self.open_child(child, input, &scope),
        }
    }

    /// The first case that matches; a case without condition only where no other does.
    fn switch(
        &mut self,
        task: &Task,
        cases: &[SwitchCase],
        input: &Data,
        scope: &Scope<'_>,
    ) -> Result<Opened, ErrorDoc> {
        for case in cases.iter().filter(|case| case.when.is_some()) {
            if self.holds(case.when.as_ref(), input, scope)? {
                self.case = Some(case.name.to_string());
                return Ok(Opened::Goes(Arc::clone(input), case.then.clone()));
            }
        }
        let otherwise = cases.iter().find(|case| case.when.is_none());
        self.case = otherwise.map(|case| case.name.to_string());
        let otherwise = otherwise.map_or(&task.then, |case| &case.then);
        Ok(Opened::Goes(Arc::clone(input), otherwise.clone()))
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

    fn open_child(&mut self, child: &RunChild, input: &Data, scope: &Scope<'_>) -> Result<Opened, ErrorDoc> {
        let data = match &child.input {
            Some(template) => self.within_limit(self.fill(template, input, scope)?)?,
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
        Ok(if child.wait { Opened::Waits(Body::Child(call)) } else { Opened::Done(Arc::clone(input)) })
    }

    fn child_answer(&self, open: &CallId) -> Result<Option<Data>, ErrorDoc> {
        match self.event {
            RunEvent::ChildFinished { call, result } if call == open => match result {
                ChildResult::Completed(output) => Ok(Some(Arc::new(output.clone()))),
                // The child's own path would name a task of another process.
                ChildResult::Faulted(error) => Err(ErrorDoc { instance: None, ..error.clone() }),
            },
            _ => self.answer(open),
        }
    }
}

/// Where expressions of an open task stand.
pub(super) fn frame_scope<'s>(task: &'s Task, frame: &'s TaskFrame) -> Scope<'s> {
    let raw = frame.raw.as_ref().unwrap_or(&frame.input);
    Scope { task: Some(task), raw, input: &frame.input, result: None, output: None, started_ms: frame.started_ms }
}

/// What a child's output is to its parent: nothing, where the parent wants none.
fn returned(task: &Task, output: Data) -> Data {
    match &task.body {
        TaskBody::Run(RunChild { returns: ReturnAs::Nothing, .. }) => Data::new(Value::Null),
        _ => output,
    }
}

fn ready(output: Option<Data>, task: &Task) -> Poll<Done> {
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
