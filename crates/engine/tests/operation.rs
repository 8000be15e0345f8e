//! What people do to runs: let them go on after a fault, cancel and undo, pause.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common;
use crate::common::Play;
use baton_engine::{Action, ErrorDoc, ErrorKind, FunctionCall, Phase, RunEvent, RunState, Status};
use serde_json::{Value, json};

fn away() -> ErrorDoc {
    ErrorDoc::standard(ErrorKind::Communication, "away").with_status(503)
}

fn retry(play: &mut Play, input: Option<Value>) -> Option<String> {
    play.send_for_refusal(RunEvent::Retried { reason: "fixed".to_owned(), input })
}

fn undo(play: &mut Play) -> Vec<Action> {
    play.send(RunEvent::Cancelled { reason: "the customer left".to_owned(), compensate: true })
}

/// Finishes the only open call with what it was called with.
fn echo(play: &mut Play) -> FunctionCall {
    let (call, function) = play.open_calls().remove(0);
    let FunctionCall::Function { args, .. } = &function else { panic!("{function:?}") };
    let output = json!({"echo": args});
    play.finish(&call, output);
    function
}

const THREE: &str = "
do:
- first: { call: one, with: { n: 1 } }
- second: { call: two, with: { was: '${ .echo.n }' }, output: { as: '{ n: .n }' } }
- third: { set: { end: '${ .n }' } }
";

#[test]
fn a_failed_run_goes_on_at_its_failed_task_and_repeats_no_finished_call() {
    let mut play = Play::start(THREE, json!({}));
    echo(&mut play);
    let failed = play.the_call();
    play.fail(&failed, away());
    assert_eq!(play.error().instance.as_deref(), Some("/do/1/second"));
    assert_eq!(play.state.failed.as_deref(), Some("/do/1/second"));
    assert_eq!(retry(&mut play, None), None);
    let (call, function) = play.open_calls().remove(0);
    assert_eq!(function, FunctionCall::Function { name: "two".into(), args: json!({"was": 1}) });
    assert_ne!(call, failed, "a new attempt has a new idempotency key");
    play.finish(&call, json!({"n": 7}));
    assert_eq!(play.output(), json!({"end": 7}));
    assert_eq!(play.calls_of("one"), 1);
}

#[test]
fn a_failed_task_can_be_given_another_input() {
    let mut play = Play::start(THREE, json!({}));
    echo(&mut play);
    let failed = play.the_call();
    play.fail(&failed, away());
    assert_eq!(retry(&mut play, Some(json!({"echo": {"n": 5}}))), None);
    let (call, function) = play.open_calls().remove(0);
    assert_eq!(function, FunctionCall::Function { name: "two".into(), args: json!({"was": 5}) });
    play.finish(&call, json!({"n": 1}));
    play.output();
}

#[test]
fn a_call_whose_output_does_not_fit_is_not_called_again() {
    let body = "
do:
- ask:
    call: one
    output: { as: .n, schema: { document: { type: integer } } }
- after: { set: { n: '${ . }' } }
";
    let mut play = Play::start(body, json!({}));
    let call = play.the_call();
    play.finish(&call, json!({"n": "seven"}));
    assert!(play.error().is(ErrorKind::Validation));
    assert_eq!(retry(&mut play, None), None);
    assert!(play.error().is(ErrorKind::Validation), "nothing has changed");
    assert_eq!(retry(&mut play, Some(json!({"n": 7}))), None);
    assert_eq!(play.output(), json!({"n": 7}));
    assert_eq!(play.calls_of("one"), 1);
}

#[test]
fn a_task_whose_input_does_not_fit_begins_with_a_new_one() {
    let body = "do:\n- a: { set: { n: x } }\n- b: { input: { schema: { document: { properties: { n: { type: integer } } } } }, set: { m: '${ .n + 1 }' } }\n";
    let mut play = Play::start(body, json!({}));
    assert!(play.error().is(ErrorKind::Validation));
    assert_eq!(retry(&mut play, Some(json!({"n": 1}))), None);
    assert_eq!(play.output(), json!({"m": 2}));
}

#[test]
fn loops_forks_and_tries_stay_where_they_were() {
    let body = "
timeout: { after: PT10H }
do:
- side:
    fork:
      branches:
      - each:
          for: { in: .items }
          do:
          - guarded:
              try:
              - work: { call: work, with: { item: '${ $item }', n: '${ $index }' }, timeout: { after: PT1H } }
              catch: { errors: { with: { status: 429 } }, retry: { delay: PT1M, limit: { attempt: { count: 3 } } } }
      - hear: { listen: { to: { any: [ { with: { type: a } } ], until: length == 2 } } }
      - pause: { wait: PT2H }
";
    let mut play = Play::start(body, json!({"items": ["a", "b"]}));
    echo(&mut play);
    play.event("a", json!(1));
    let limited = play.the_call();
    play.fail(&limited, away().with_status(429));
    play.fire_next_timer();
    let failed = play.the_call();
    let actions = play.fail(&failed, away());
    assert!(actions.iter().any(|a| matches!(a, Action::Unlisten { .. })), "{actions:?}");
    play.error();
    play.now_ms += 86_400_000;
    assert_eq!(retry(&mut play, None), None);
    let (call, function) = play.open_calls().remove(0);
    assert_eq!(function, FunctionCall::Function { name: "work".into(), args: json!({"item": "b", "n": 1}) });
    let dues: Vec<i64> = play.open_timers().iter().map(|(_, due_ms)| due_ms - play.now_ms).collect();
    assert_eq!(dues.iter().filter(|due| [36_000_000, 3_600_000, 7_200_000].contains(due)).count(), 3, "{dues:?}");
    play.finish(&call, json!("done"));
    play.event("a", json!(2));
    play.fire_next_timer();
    assert_eq!(play.output(), json!(["done", [1, 2], {"items": ["a", "b"]}]));
    assert_eq!(play.calls_of("work"), 4, "a once, b twice by its policy, and once more");
}

#[test]
fn a_race_that_all_have_lost_is_run_on_by_all() {
    let body = "do:\n- race: { fork: { compete: true, branches: [ { a: { do: [ { a1: { call: one } }, { a2: { call: two } } ] } }, { b: { call: three } } ] } }\n";
    let mut play = Play::start(body, json!({}));
    for name in ["one", "three"] {
        let call = play.call_of(name);
        if name == "one" {
            play.finish(&call, json!(1))
        } else {
            play.fail(&call, away())
        };
    }
    let call = play.call_of("two");
    play.fail(&call, away());
    play.error();
    assert_eq!(retry(&mut play, None), None);
    let call = play.call_of("two");
    play.finish(&call, json!("won"));
    assert_eq!(play.output(), json!("won"));
    assert_eq!(play.calls_of("one"), 1);
}

#[test]
fn a_run_that_took_too_long_goes_on_with_its_time_anew() {
    let body = "timeout: { after: PT1H }\ndo:\n- a: { call: one }\n";
    let mut play = Play::start(body, json!({}));
    play.fire_next_timer();
    assert!(play.error().is(ErrorKind::Timeout));
    assert!(retry(&mut play, Some(json!(1))).unwrap().contains("without input"));
    assert_eq!(retry(&mut play, None), None);
    assert_eq!(play.open_timers()[0].1, play.now_ms + 3_600_000);
    let call = play.the_call();
    play.finish(&call, json!(1));
    assert_eq!(play.output(), json!(1));
}

#[test]
fn a_run_whose_own_output_does_not_fit_can_be_given_one() {
    let body = "do:\n- a: { call: one }\noutput: { schema: { document: { type: integer } } }\n";
    let mut play = Play::start(body, json!({}));
    let call = play.the_call();
    play.finish(&call, json!("x"));
    play.error();
    assert_eq!(retry(&mut play, Some(json!(5))), None);
    assert_eq!(play.output(), json!(5));
}

#[test]
fn what_cannot_be_retried_is_refused_in_words() {
    let mut play = Play::start(THREE, json!({}));
    assert!(retry(&mut play, None).unwrap().contains("failed"));
    let body = "input: { schema: { document: { type: integer } } }\ndo:\n- a: { set: { x: 1 } }\n";
    let mut play = Play::start(body, json!("x"));
    play.error();
    assert!(retry(&mut play, None).unwrap().contains("start a new run"));
    // As a run of the first version left it.
    let old = json!({
        "v": 1, "run_id": "r", "definition": play.def.digest(), "status": "faulted", "calls": 1, "started_ms": 1,
        "input": {}, "context": {}, "timer": null, "position": null, "output": null,
        "error": {"type": "x", "status": 500},
    });
    let mut state: RunState = serde_json::from_value(old).unwrap();
    let event = RunEvent::Retried { reason: "x".to_owned(), input: None };
    assert!(baton_engine::evolve(&play.def, &mut state, &event, 1).refused.is_some());
}

#[test]
fn a_state_of_the_first_version_goes_on() {
    let body = "do:\n- t:\n    try:\n    - a: { call: one }\n    catch: { retry: { delay: PT1S } }\n- f: { fork: { branches: [ { x: { wait: PT1S } } ] } }\n";
    let def = common::define(body);
    let old = json!({
        "v": 1, "run_id": "r", "definition": def.digest(), "status": "running", "calls": 1, "started_ms": 1,
        "input": {}, "context": {}, "timer": null, "output": null, "error": null,
        "position": {"at": 0, "data": null, "task": {
            "path": "/do/0/t", "started_ms": 1, "input": {}, "timer": null,
            "body": {"try": {"attempts": 1, "first_ms": 1, "phase": {"trying": {"timer": null, "list": {
                "at": 0, "data": null, "task": {
                    "path": "/do/0/t/try/0/a", "started_ms": 1, "input": {}, "timer": null, "body": {"call": "r.1"},
                },
            }}}}},
        }},
    });
    let mut state: RunState = serde_json::from_value(old).unwrap();
    let event = RunEvent::CallFinished { call: "r.1".parse().unwrap(), output: json!({"x": 1}) };
    let turn = baton_engine::evolve(&def, &mut state, &event, 5);
    assert!(matches!(turn.actions.as_slice(), [Action::SetTimer { .. }]), "{turn:?}");
    assert_eq!((state.v, state.waiting_tasks()), (2, vec!["/do/1/f/fork/branches/0/x".to_owned()]));
}

const BOOKING: &str = "
use:
  functions:
    cancelFlight: { call: cancel, with: { flight: '${ .output.id }', for: '${ .input.who }' } }
    cancelHotel: { do: [ { ask: { call: ask } }, { drop: { call: drop } } ] }
do:
- flight: { call: book, output: { as: '{ id: .echo.n, who: \"Ada\" }' }, with: { n: 1 }, metadata: { compensate: cancelFlight } }
- hotel: { call: book, with: { n: 2 }, metadata: { compensate: cancelHotel } }
- noUndo: { call: note }
- wait: { call: human-task }
";

fn booked() -> Play {
    let mut play = Play::start(BOOKING, json!({"who": "Ada"}));
    for _ in 0..3 {
        echo(&mut play);
    }
    play
}

#[test]
fn cancelling_with_compensation_undoes_finished_tasks_last_first() {
    let mut play = booked();
    let waiting = play.the_call();
    let actions = undo(&mut play);
    assert_eq!(actions[0], Action::CancelCall { call: waiting, compensate: false });
    assert_eq!(play.state.status, Status::Compensating);
    let mut undone = Vec::new();
    while play.state.status == Status::Compensating {
        undone.push(echo(&mut play));
    }
    let call = |name: &str, args: Value| FunctionCall::Function { name: name.into(), args };
    assert_eq!(
        undone,
        [call("ask", json!({})), call("drop", json!({})), call("cancel", json!({"flight": 1, "for": "Ada"}))]
    );
    assert_eq!(play.state.status, Status::Cancelled);
    assert_eq!(play.actions.last(), Some(&Action::Cancelled { reason: "the customer left".into() }));
    play.check_journal();
    assert_eq!(play.state.open_calls(), []);
}

#[test]
fn a_platform_function_undoes_with_the_tasks_input_and_output() {
    let body = "do:\n- pay: { call: action, with: { n: 1 }, metadata: { compensate: refund } }\n- wait: { call: human-task }\n";
    let mut play = Play::start(body, json!({"who": "Ada"}));
    echo(&mut play);
    undo(&mut play);
    let call = FunctionCall::Function {
        name: "refund".into(),
        args: json!({"input": {"who": "Ada"}, "output": {"echo": {"n": 1}}}),
    };
    assert_eq!(echo(&mut play), call);
    assert_eq!(play.state.status, Status::Cancelled);
    play.check_journal();
}

#[test]
fn a_compensation_that_fails_stops_no_other_and_a_person_hears_of_it() {
    let mut play = booked();
    undo(&mut play);
    echo(&mut play);
    let call = play.call_of("drop");
    play.fail(&call, away());
    let call = play.call_of("cancel");
    play.finish(&call, json!({}));
    let error = play.error();
    assert_eq!(error.instance.as_deref(), Some("/do/1/hotel"));
    assert!(error.detail.unwrap().contains("cancelHotel"));
    assert!(retry(&mut play, Some(json!(1))).unwrap().contains("without input"));
    assert_eq!(retry(&mut play, None), None);
    let call = play.call_of("drop");
    play.finish(&call, json!({}));
    assert_eq!(play.state.status, Status::Cancelled);
    assert_eq!((play.calls_of("ask"), play.calls_of("cancel")), (1, 1), "what is undone is not undone again");
    play.check_journal();
}

#[test]
fn a_failed_run_can_be_undone() {
    let mut play = booked();
    let call = play.the_call();
    play.fail(&call, away());
    play.error();
    undo(&mut play);
    while play.state.status == Status::Compensating {
        echo(&mut play);
    }
    assert_eq!((play.state.status, play.calls_of("cancel")), (Status::Cancelled, 1));
    play.check_journal();
}

#[test]
fn undoing_can_be_paused_and_ended() {
    let mut play = booked();
    undo(&mut play);
    play.send(RunEvent::Suspended { reason: "look".into() });
    let call = play.call_of("ask");
    assert_eq!(play.finish(&call, json!({})), []);
    play.send(RunEvent::Resumed);
    assert_eq!(play.state.status, Status::Compensating);
    assert_eq!(play.calls_of("drop"), 1);
    let call = play.call_of("drop");
    let actions = play.send(RunEvent::Cancelled { reason: "by hand".into(), compensate: false });
    assert!(actions.contains(&Action::CancelCall { call, compensate: false }));
    assert_eq!(play.state.status, Status::Cancelled);
    play.check_journal();
}

#[test]
fn without_compensations_a_cancelled_run_ends_at_once() {
    let mut play = Play::start(THREE, json!({}));
    undo(&mut play);
    assert_eq!(play.state.status, Status::Cancelled);
}

#[test]
fn a_child_is_told_to_undo_what_it_has_done() {
    let body = "do:\n- sub: { run: { workflow: { namespace: n, name: p, version: '1.0.0' } } }\n";
    let mut play = Play::start(body, json!({}));
    let call = play.state.open_calls().remove(0);
    assert_eq!(undo(&mut play)[0], Action::CancelCall { call, compensate: true });
}

#[test]
fn events_of_a_pause_are_taken_in_their_order_and_none_is_lost() {
    let body = "do:\n- hear: { listen: { to: { any: [ { with: { type: a } } ], until: length == 5 } } }\n";
    let mut play = Play::start(body, json!({}));
    play.event("a", json!(0));
    play.send(RunEvent::Suspended { reason: "x".into() });
    for n in 1..4 {
        assert_eq!(play.event("a", json!(n)), []);
    }
    play.send(RunEvent::Suspended { reason: "again".into() });
    play.event("a", json!(4));
    play.send(RunEvent::Resumed);
    assert_eq!(play.output(), json!([0, 1, 2, 3, 4]));
}

#[test]
fn a_pause_says_when_it_cannot_keep_more() {
    let mut play = Play::start("do:\n- hear: { listen: { to: { one: { with: { type: a } } } } }\n", json!({}));
    play.send(RunEvent::Suspended { reason: "x".into() });
    let event = || RunEvent::EventReceived { cloud_event: json!({"type": "b"}) };
    for _ in 0..baton_engine::limits::HELD_EVENTS_MAX {
        let turn = baton_engine::evolve(&play.def, &mut play.state, &event(), 1);
        assert_eq!(turn.refused, None);
    }
    let turn = baton_engine::evolve(&play.def, &mut play.state, &event(), 1);
    assert!(turn.refused.unwrap().contains("suspended"));
}

#[test]
fn a_stopped_branch_is_seen_in_the_trace() {
    let body = "do:\n- f: { fork: { branches: [ { a: { call: one } }, { b: { call: two } } ] } }\n";
    let mut play = Play::start(body, json!({}));
    let call = play.call_of("one");
    play.fail(&call, away());
    let stopped: Vec<&str> = play.trace.iter().filter(|t| t.phase == Phase::Stopped).map(|t| &*t.task).collect();
    assert_eq!(stopped, ["/do/0/f/fork/branches/1/b"]);
}
