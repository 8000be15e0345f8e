//! Whatever happens outside, in whatever order: no panic, and the journal is the run.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common::Play;
use baton_engine::{Action, ChildResult, ErrorDoc, ErrorKind, RunEvent};
use proptest::prelude::*;
use serde_json::json;

const PROCESS: &str = "
timeout: { after: PT10H }
use: { functions: { takeBack: { call: undo, with: { o: '${ .output }' } }, takeBoth: { do: [ { u1: { call: undo } }, { u2: { call: undo } } ] } } }
do:
- side:
    fork:
      branches:
      - people:
          try:
          - ask: { call: human-task, timeout: { after: PT1H }, output: { as: '{ said: . }' } }
          catch:
            retry: { delay: PT1M, backoff: { linear: {} }, jitter: { from: PT1S, to: PT9S }, limit: { attempt: { count: 2, duration: PT30M } } }
            do:
            - pass: { call: escalate }
      - lines:
          for: { in: .lines }
          while: .stop != true
          do:
          - each: { call: action, with: { n: '${ $item }' }, metadata: { compensate: takeBack } }
      - hear:
          listen: { to: { any: [ { with: { type: a } } ], until: length == 2 } }
          foreach: { do: [ { note: { call: notify, with: { e: '${ $item }' } } } ] }
- race:
    fork:
      compete: true
      branches:
      - twice: { call: action, metadata: { compensate: takeBoth }, timeout: { after: PT3H } }
      - sub: { run: { workflow: { namespace: n, name: p, version: '1' } } }
      - late: { wait: PT2H }
- last: { emit: { event: { with: { source: 'https://x', type: done, data: '${ . }' } } } }
";

fn step(play: &mut Play, kind: u8, pick: usize) {
    let open = play.state.open_calls();
    let call = open.get(pick % open.len().max(1)).cloned();
    let timer = |play: &Play| play.open_timers().get(pick % play.open_timers().len().max(1)).cloned();
    match (kind, call) {
        (0..=2, Some(call)) => drop(play.finish(&call, json!({"stop": pick.is_multiple_of(5)}))),
        (3, Some(call)) => drop(play.fail(&call, ErrorDoc::standard(ErrorKind::Communication, "away"))),
        (4 | 5, _) => {
            if let Some((call, due_ms)) = timer(play) {
                play.now_ms = play.now_ms.max(due_ms);
                play.send(RunEvent::TimerFired { call });
            }
        }
        (6 | 7, _) => drop(play.event(if pick.is_multiple_of(3) { "b" } else { "a" }, json!(pick))),
        (8, Some(call)) => drop(play.child(&call, ChildResult::Completed(json!(1)))),
        (9, _) => drop(play.send(RunEvent::Suspended { reason: "x".to_owned() })),
        (10 | 11, _) => drop(play.send(RunEvent::Resumed)),
        (13, _) => drop(play.send(RunEvent::Retried {
            reason: "x".to_owned(),
            input: pick.is_multiple_of(2).then(|| json!({"lines": [9]})),
        })),
        (12, _) if pick.is_multiple_of(4) => {
            drop(play.send(RunEvent::Cancelled { reason: "x".to_owned(), compensate: pick.is_multiple_of(3) }))
        }
        _ => play.now_ms += 1_000,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_journal_is_the_run(steps in prop::collection::vec((0_u8..14, 0_usize..64), 1..60)) {
        let mut play = Play::start(PROCESS, json!({"lines": [1, 2, 3]}));
        let mut begun_anew = 0;
        for (kind, pick) in steps {
            let ended = play.state.status.is_final();
            step(&mut play, kind, pick);
            let ends_again = play.actions.iter().filter(|action| is_end(action)).count();
            // A failed run that goes on may fail again in the same turn.
            begun_anew += usize::from(ended && (!play.state.status.is_final() || ends_again > begun_anew + 1));
        }
        play.check_journal();
        let ends = play.actions.iter().filter(|action| is_end(action)).count();
        prop_assert_eq!(ends, begun_anew + usize::from(play.state.status.is_final()));
        if play.state.status.is_final() {
            prop_assert!(play.state.open_calls().is_empty());
            prop_assert!(all_taken_back(&play), "every timer, call and subscription is answered or taken back");
        }
    }
}

fn is_end(action: &Action) -> bool {
    matches!(action, Action::Completed { .. } | Action::Faulted { .. } | Action::Cancelled { .. })
}

/// Whether each thing asked for was answered or taken back.
fn all_taken_back(play: &Play) -> bool {
    let ended = |call: &baton_engine::CallId| {
        play.answered.contains(call)
            || play.actions.iter().any(|action| {
                matches!(action, Action::CancelTimer { call: c } | Action::CancelCall { call: c, .. } | Action::Unlisten { call: c } if c == call)
            })
    };
    play.actions.iter().all(|action| match action {
        Action::SetTimer { call, .. }
        | Action::Call { call, .. }
        | Action::Listen { call, .. }
        | Action::RunProcess { call, .. } => ended(call),
        _ => true,
    })
}
