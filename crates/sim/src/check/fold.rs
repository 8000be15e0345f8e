//! A run as its journal tells it: every event taken in again by the engine.

use crate::load::Kept;
use baton_base::CallId;
use baton_engine::{Action, Definition, ErrorDoc, FunctionCall, RunEvent, RunState, evolve};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a journal tells.
pub(crate) struct Folded {
    pub state: RunState,
    /// Calls asked for: function and arguments.
    pub asked: BTreeMap<CallId, (String, Value)>,
    /// Timers set, and when they are due.
    pub timers: BTreeMap<CallId, i64>,
    /// Timers that fired, and when the run heard of it.
    pub fired: Vec<(CallId, i64)>,
    /// Results in the order in which they came.
    pub results: Vec<(CallId, Result<Value, ErrorDoc>)>,
    /// Ids of events that came, in order.
    pub events: Vec<String>,
    /// Ids of events that it emitted.
    pub emitted: Vec<String>,
}

/// Takes a whole journal in.
pub(super) fn fold(definition: &Definition, kept: &Kept) -> Folded {
    let mut folded = Folded {
        state: RunState::new(),
        asked: BTreeMap::new(),
        timers: BTreeMap::new(),
        fired: Vec::new(),
        results: Vec::new(),
        events: Vec::new(),
        emitted: Vec::new(),
    };
    for (_, event, at_ms) in &kept.journal {
        folded.came(event, *at_ms);
        let turn = evolve(definition, &mut folded.state, event, *at_ms);
        turn.actions.into_iter().for_each(|action| folded.wanted(action));
    }
    folded
}

impl Folded {
    fn came(&mut self, event: &RunEvent, at_ms: i64) {
        match event {
            RunEvent::CallFinished { call, output } => self.results.push((call.clone(), Ok(output.clone()))),
            RunEvent::CallFailed { call, error } => self.results.push((call.clone(), Err(error.clone()))),
            RunEvent::TimerFired { call } => self.fired.push((call.clone(), at_ms)),
            RunEvent::EventReceived { cloud_event } => {
                self.events.push(cloud_event["id"].as_str().unwrap_or_default().to_owned());
            }
            _ => {}
        }
    }

    fn wanted(&mut self, action: Action) {
        match action {
            Action::Call { call, function: FunctionCall::Function { name, args }, .. } => {
                self.asked.insert(call, (name, args));
            }
            Action::SetTimer { call, due_ms } => _ = self.timers.insert(call, due_ms),
            Action::Emit { event } => self.emitted.push(event["id"].as_str().unwrap_or_default().to_owned()),
            _ => {}
        }
    }
}
