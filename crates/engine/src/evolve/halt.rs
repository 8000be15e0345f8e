//! Taking back what is open, and leaving frames so that they can go on later.

use super::Cx;
use crate::api::{Action, Phase, Trace};
use crate::state::{Body, Branch, ListFrame, Open, TaskFrame, TryPhase};
use std::sync::Arc;

impl Cx<'_> {
    /// Takes back whatever a list asked for, if that is anything; its failure is already in the trace.
    pub(super) fn halt_list(&mut self, list: &mut ListFrame) {
        if let Some(task) = &mut list.task {
            self.halt_task(task);
        }
    }

    /// The same for a task.
    pub(super) fn halt_task(&mut self, task: &mut TaskFrame) {
        let answered = self.event.call();
        let mut waits = false;
        task.each_open(&mut |open| waits = waits || Some(open.call()) != answered);
        if waits {
            self.stop_task(task, false);
        } else {
            park(task);
        }
    }

    /// Takes back whatever an abandoned list asked for.
    pub(super) fn stop_list(&mut self, list: &mut ListFrame, compensate: bool) {
        if let Some(task) = &mut list.task {
            self.stop_task(task, compensate);
        }
    }

    /// Takes back whatever an abandoned task asked for.
    pub(super) fn stop_task(&mut self, task: &mut TaskFrame, compensate: bool) {
        let answered = self.event.call();
        let actions = &mut self.turn.actions;
        task.each_open(&mut |open| {
            if Some(open.call()) == answered {
                return;
            }
            actions.push(match open {
                Open::Timer(call) => Action::CancelTimer { call: call.clone() },
                Open::Call(call) => Action::CancelCall { call: call.clone(), compensate: false },
                Open::Child(call) => Action::CancelCall { call: call.clone(), compensate },
                Open::Listen(call) => Action::Unlisten { call: call.clone() },
            });
        });
        park(task);
        let name = task.path.rsplit('/').next().unwrap_or_default().into();
        self.turn.trace.push(Trace {
            task: Arc::clone(&task.path),
            name,
            kind: "stopped".into(),
            phase: Phase::Stopped,
            input: None,
            output: None,
            error: None,
            case: None,
            at_ms: self.now_ms,
        });
    }
}

/// Leaves a frame with nothing open: what waited for the outside begins again when the run goes on.
fn park(frame: &mut TaskFrame) {
    (frame.timer, frame.due_ms, frame.wait_ms) = (None, None, None);
    match &mut frame.body {
        Body::Ready | Body::Begin | Body::Closing { .. } => {}
        Body::Call(_) | Body::Wait(_) | Body::Child(_) => frame.body = Body::Begin,
        Body::Function(task) => park(task),
        Body::Do(list) | Body::For { list, .. } | Body::Before { list, .. } | Body::After { list, .. } => {
            park_list(list);
        }
        Body::Fork(branches) => branches.iter_mut().for_each(|branch| {
            if let Branch::Open(task) = branch {
                park(task);
            }
        }),
        Body::Try { phase, .. } => match phase {
            TryPhase::Trying { list, timer } => {
                *timer = None;
                park_list(list);
            }
            TryPhase::Delay { .. } => *phase = TryPhase::Again,
            TryPhase::Again => {}
            TryPhase::Catching { list, .. } => park_list(list),
        },
        Body::Listen(listen) => {
            listen.stopped = !listen.satisfied;
            listen.current.iter_mut().for_each(park_list);
        }
    }
}

fn park_list(list: &mut ListFrame) {
    if let Some(task) = &mut list.task {
        park(task);
    }
}
