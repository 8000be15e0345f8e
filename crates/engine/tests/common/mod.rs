//! Plays runs: every event goes through a stored and re-read state, and the journal is replayed at the end.
#![allow(dead_code, clippy::unwrap_used, reason = "each test target uses its part of this")]

use baton_engine::{
    Action, CallId, ChildResult, Definition, ErrorDoc, FunctionCall, Phase, RunEvent, RunState, Status, Trace, evolve,
};
use serde_json::{Value, json};

/// One run in a test.
pub struct Play {
    pub def: Definition,
    pub state: RunState,
    pub now_ms: i64,
    pub actions: Vec<Action>,
    pub trace: Vec<Trace>,
    /// Calls and timers that were answered while open.
    pub answered: Vec<CallId>,
    pub refused: Option<String>,
    journal: Vec<(RunEvent, i64)>,
}

pub const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: test, version: '1.0.0' }\n";

/// A process of a blueprint with something for each parameter.
pub fn filled_in(text: &str) -> String {
    let mut parts = text.split("{{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |filled, part| filled + "1" + part.split_once("}}").map_or(part, |(_, rest)| rest))
}

/// A definition with the usual document.
pub fn define(body: &str) -> Definition {
    Definition::parse("test.yaml", &format!("{HEAD}{body}"))
        .unwrap_or_else(|findings| panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>()))
}

impl Play {
    pub fn of(def: Definition, input: Value) -> Self {
        let mut play = Self {
            def,
            state: RunState::new(),
            now_ms: 1_700_000_000_000,
            actions: Vec::new(),
            trace: Vec::new(),
            answered: Vec::new(),
            refused: None,
            journal: Vec::new(),
        };
        play.send(RunEvent::Started { input, run_id: "run_1".to_owned() });
        play
    }

    pub fn start(body: &str, input: Value) -> Self {
        Self::of(define(body), input)
    }

    /// Delivers an event; what the run wants now.
    pub fn send(&mut self, event: RunEvent) -> Vec<Action> {
        let stored = serde_json::to_string(&self.state).unwrap();
        let mut state: RunState = serde_json::from_str(&stored).unwrap();
        assert_eq!(state, self.state, "a stored state reads back as it was");
        self.answered.extend(event.call().cloned());
        let turn = evolve(&self.def, &mut state, &event, self.now_ms);
        self.state = state;
        self.journal.push((event, self.now_ms));
        self.actions.extend(turn.actions.clone());
        self.trace.extend(turn.trace);
        self.refused = turn.refused;
        turn.actions
    }

    /// Delivers an event; why it was refused, if it was.
    pub fn send_for_refusal(&mut self, event: RunEvent) -> Option<String> {
        self.send(event);
        self.refused.take()
    }

    /// All events so far, with their times.
    pub fn journal(&self) -> &[(RunEvent, i64)] {
        &self.journal
    }

    /// How often a function was called.
    pub fn calls_of(&self, wanted: &str) -> usize {
        let named = |action: &&Action| matches!(action, Action::Call { function: FunctionCall::Function { name, .. }, .. } if name == wanted);
        self.actions.iter().filter(named).count()
    }

    /// The open call of a function.
    pub fn call_of(&self, wanted: &str) -> CallId {
        let named = |function: &FunctionCall| matches!(function, FunctionCall::Function { name, .. } if name == wanted);
        let open = self.open_calls().into_iter().find(|(_, function)| named(function));
        open.unwrap_or_else(|| panic!("no call of {wanted} is open")).0
    }

    pub fn finish(&mut self, call: &CallId, output: Value) -> Vec<Action> {
        self.send(RunEvent::CallFinished { call: call.clone(), output })
    }

    pub fn fail(&mut self, call: &CallId, error: ErrorDoc) -> Vec<Action> {
        self.send(RunEvent::CallFailed { call: call.clone(), error })
    }

    pub fn child(&mut self, call: &CallId, result: ChildResult) -> Vec<Action> {
        self.send(RunEvent::ChildFinished { call: call.clone(), result })
    }

    pub fn event(&mut self, kind: &str, data: Value) -> Vec<Action> {
        let cloud_event =
            json!({"id": "e", "source": "https://test", "specversion": "1.0", "type": kind, "data": data});
        self.send(RunEvent::EventReceived { cloud_event })
    }

    /// Moves time to the earliest open timer and fires it.
    pub fn fire_next_timer(&mut self) -> Vec<Action> {
        let (call, due_ms) = self.open_timers().into_iter().min_by_key(|(_, due_ms)| *due_ms).expect("a timer is open");
        self.now_ms = self.now_ms.max(due_ms);
        self.send(RunEvent::TimerFired { call })
    }

    pub fn open_timers(&self) -> Vec<(CallId, i64)> {
        let open = self.state.open_calls();
        self.actions
            .iter()
            .filter_map(|action| match action {
                Action::SetTimer { call, due_ms } if open.contains(call) => Some((call.clone(), *due_ms)),
                _ => None,
            })
            .collect()
    }

    /// Function calls that are open now.
    pub fn open_calls(&self) -> Vec<(CallId, FunctionCall)> {
        let open = self.state.open_calls();
        self.actions
            .iter()
            .filter_map(|action| match action {
                Action::Call { call, function, .. } if open.contains(call) => Some((call.clone(), function.clone())),
                _ => None,
            })
            .collect()
    }

    /// The only open function call.
    pub fn the_call(&self) -> CallId {
        let open = self.open_calls();
        assert_eq!(open.len(), 1, "{open:?}");
        open[0].0.clone()
    }

    pub fn output(&self) -> Value {
        assert_eq!(self.state.status, Status::Completed, "{:?}", self.state.error);
        self.check_journal();
        assert_eq!(self.state.open_calls(), [], "nothing stays open");
        self.state.output.clone().unwrap()
    }

    pub fn error(&self) -> ErrorDoc {
        assert_eq!(self.state.status, Status::Faulted, "{:?}", self.state.output);
        self.check_journal();
        assert_eq!(self.state.open_calls(), [], "nothing stays open");
        self.state.error.clone().unwrap()
    }

    /// Names of tasks in the order in which they began.
    pub fn began(&self) -> Vec<&str> {
        self.trace.iter().filter(|t| t.phase == Phase::Started).map(|t| &*t.name).collect()
    }

    /// Folding the journal again gives the same state; so does delivering every answer twice.
    pub fn check_journal(&self) {
        for repeat in [1, 2] {
            let mut state = RunState::new();
            for (event, now_ms) in &self.journal {
                evolve(&self.def, &mut state, event, *now_ms);
                let answer = event.call().is_some();
                for _ in 1..repeat {
                    if answer {
                        let again = evolve(&self.def, &mut state, event, *now_ms);
                        assert!(again.actions.is_empty(), "a repeated answer does nothing: {again:?}");
                    }
                }
            }
            assert_eq!(state, self.state, "the journal is the run");
        }
    }
}
