//! `schedule.on`: a listen of the schedule's own, which begins anew each time it has heard what it waits for.

use super::store;
use crate::subscribe::Subscription;
use baton_base::{CallId, Error, Result};
use baton_db::Tx;
use baton_engine::{Action, Definition, ErrorDoc, RunEvent, RunState, Turn, evolve};
use baton_govern::Ctx;
use serde_json::Value;

/// Puts an event before the schedules of these processes; the next look takes it in.
pub(crate) fn put_events(tx: &mut Tx, ctx: &Ctx, processes: &[String], event: &Value) -> Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    store::insert_events(tx, &ctx.client, processes, (&ctx.id("in"), &event.to_string(), ctx.now_ms()))
}

/// The listen of a process's schedule, and how far it has got.
pub(super) struct Trigger {
    definition: Definition,
    run_id: String,
    state: RunState,
    /// Inputs of the runs that begin: each an array of the events, as they came.
    pub inputs: Vec<Value>,
    /// Why something it heard came to nothing.
    pub error: Option<String>,
}

impl Trigger {
    /// A listen that has heard nothing yet, and what it listens for.
    pub fn begin(definition: &Definition, process: &str, now_ms: i64) -> Option<(Self, Vec<(CallId, Subscription)>)> {
        let mut trigger = Self {
            definition: definition.trigger()?,
            run_id: store::listener(process),
            state: RunState::new(),
            inputs: Vec::new(),
            error: None,
        };
        let filters = trigger.restart(now_ms);
        Some((trigger, filters))
    }

    /// One that goes on where it was; anew, where what is kept is of another definition.
    pub fn go_on(definition: &Definition, process: &str, kept: Option<&str>, now_ms: i64) -> Option<Self> {
        let (mut trigger, _) = Self::begin(definition, process, now_ms)?;
        let kept = kept.and_then(|text| serde_json::from_str::<RunState>(text).ok());
        if let Some(kept) = kept.filter(|kept| kept.definition == trigger.state.definition) {
            trigger.state = kept;
        }
        Some(trigger)
    }

    /// As it is kept.
    pub fn text(&self) -> Result<String> {
        serde_json::to_string(&self.state).map_err(Error::broken)
    }

    /// Takes one event in.
    pub fn hear(&mut self, event: Value, now_ms: i64) {
        let turn = evolve(&self.definition, &mut self.state, &RunEvent::EventReceived { cloud_event: event }, now_ms);
        self.ended(turn, now_ms);
    }

    fn ended(&mut self, turn: Turn, now_ms: i64) {
        for action in turn.actions {
            match action {
                Action::Completed { output } => self.inputs.push(output),
                Action::Faulted { error } => self.error = Some(said(&error)),
                _ => continue,
            }
            self.restart(now_ms);
        }
    }

    /// Begins anew; what it listens for, which is the same each time.
    fn restart(&mut self, now_ms: i64) -> Vec<(CallId, Subscription)> {
        self.state = RunState::new();
        let started = RunEvent::Started { input: Value::Null, run_id: self.run_id.clone() };
        let turn = evolve(&self.definition, &mut self.state, &started, now_ms);
        let mut filters = Vec::new();
        for action in turn.actions {
            match action {
                Action::Listen { call, filters: each } => {
                    filters.extend(each.iter().map(|filter| (call.clone(), Subscription::of(filter))));
                }
                Action::Faulted { error } => self.error = Some(said(&error)),
                _ => {}
            }
        }
        filters
    }
}

fn said(error: &ErrorDoc) -> String {
    let parts = [error.title.as_deref(), error.detail.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}
