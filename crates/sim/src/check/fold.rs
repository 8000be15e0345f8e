//! A run as its journal tells it: every event taken in again by the engine.

use crate::load::Kept;
use baton_base::CallId;
use baton_engine::{Action, Definition, ErrorDoc, FunctionCall, RunEvent, RunState, evolve, migrate};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// How often it failed.
    pub faults: usize,
}

/// Gives a definition by its digest.
pub(super) type Known<'k> = &'k dyn Fn(&str) -> Option<Arc<Definition>>;

/// Takes a whole journal in, across the versions that the run was on; `pinned` is the digest of the last.
pub(super) fn fold(known: Known<'_>, pinned: &str, kept: &Kept) -> Result<Folded, String> {
    let find = |digest: &str| known(digest).ok_or_else(|| format!("its definition {digest} is not known"));
    let first = kept.journal.iter().find_map(|(_, event, _)| match event {
        RunEvent::Migrated { from, .. } => Some(from.to_string()),
        _ => None,
    });
    let mut definition = find(first.as_deref().unwrap_or(pinned))?;
    let mut folded = Folded {
        state: RunState::new(),
        asked: BTreeMap::new(),
        timers: BTreeMap::new(),
        fired: Vec::new(),
        results: Vec::new(),
        events: Vec::new(),
        emitted: Vec::new(),
        faults: 0,
    };
    for (_, event, at_ms) in &kept.journal {
        folded.came(event, *at_ms);
        if let RunEvent::Migrated { definition: to, map, .. } = event {
            let new = find(to)?;
            folded.state = migrate(&definition, &new, &folded.state, map)
                .map_err(|misfits| format!("was moved to a version that it does not fit: {misfits:?}"))?;
            definition = new;
            continue;
        }
        let turn = evolve(&definition, &mut folded.state, event, *at_ms);
        turn.actions.into_iter().for_each(|action| folded.wanted(action));
    }
    if definition.digest() != pinned {
        return Err(format!("is pinned to {pinned} and its journal says {}", definition.digest()));
    }
    Ok(folded)
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
            Action::Faulted { .. } => self.faults += 1,
            _ => {}
        }
    }
}
