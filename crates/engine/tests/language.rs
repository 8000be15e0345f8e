//! What processes do, task by task.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common::{Play, define};
use baton_engine::{Action, ChildResult, ErrorDoc, ErrorKind, FunctionCall, Phase, RunEvent, Status};
use serde_json::{Value, json};

fn output(body: &str, input: Value) -> Value {
    Play::start(body, input).output()
}

fn communication() -> ErrorDoc {
    ErrorDoc::standard(ErrorKind::Communication, "away").with_status(503)
}

const RETRYING: &str = "
do:
- work:
    try:
    - pay: { call: action, with: { name: pay } }
    catch:
      errors: { with: { status: 503 } }
      retry:
        delay: { seconds: 2 }
        backoff: { exponential: {} }
        limit: { attempt: { count: 2 } }
      do:
      - giveUp: { set: { gaveUp: '${ $error.status }' } }
";

#[test]
fn data_flows_through_input_output_and_context() {
    let body = "
input: { from: .order }
do:
- first:
    input: { from: .lines }
    set: { count: '${ length }' }
    output: { as: '{ n: .count, was: $input[0] }' }
    export: { as: '${ { seen: .n } }' }
- second: { set: { context: '${ $context.seen }', n: '${ .n }', id: '${ $workflow.id }', me: '${ $task.name }' } }
output: { as: '${ . + { total: $context.seen } }' }
";
    let expect = json!({"context": 2, "n": 2, "id": "run_1", "me": "second", "total": 2});
    assert_eq!(output(body, json!({"order": {"lines": ["a", "b"]}})), expect);
}

#[test]
fn a_schema_that_does_not_fit_is_a_validation_error() {
    let body = "
input: { schema: { document: { type: object, required: [amount], properties: { amount: { type: integer } } } } }
do:
- a: { set: { ok: true } }
";
    assert_eq!(output(body, json!({"amount": 5})), json!({"ok": true}));
    let error = Play::start(body, json!({"amount": "5"})).error();
    assert!(error.is(ErrorKind::Validation), "{error:?}");
    assert!(error.detail.unwrap().contains("/amount"));
}

#[test]
fn a_condition_skips_a_task_and_its_flow() {
    let body = "do:\n- a: { if: .go, set: { x: 1 }, then: end }\n- b: { set: { y: '${ .go }' } }\n";
    assert_eq!(output(body, json!({"go": false})), json!({"y": false}));
    assert_eq!(output(body, json!({"go": true})), json!({"x": 1}));
}

#[test]
fn exit_leaves_a_list_and_end_leaves_the_run() {
    let body = |flow: &str| {
        format!(
            "do:\n- outer:\n    do:\n    - a: {{ set: {{ x: 1 }}, then: {flow} }}\n    - b: {{ set: {{ x: 2 }} }}\n- last: {{ set: '${{ .x + 10 }}' }}\n"
        )
    };
    assert_eq!(output(&body("continue"), json!({})), json!(12));
    assert_eq!(output(&body("exit"), json!({})), json!(11));
    assert_eq!(output(&body("end"), json!({})), json!({"x": 1}));
}

#[test]
fn a_call_waits_for_its_answer_and_late_answers_do_nothing() {
    let body = "do:\n- ask: { call: human-task, with: { queue: claims, case: '${ .id }' } }\n- after: { set: { said: '${ .answer }' } }\n";
    let mut play = Play::start(body, json!({"id": 7}));
    let (call, function) = play.open_calls().remove(0);
    assert_eq!(call.as_str(), "run_1.1");
    assert_eq!(
        function,
        FunctionCall::Function { name: "human-task".into(), args: json!({"queue": "claims", "case": 7}) }
    );
    assert_eq!(play.state.waiting_tasks(), ["/do/0/ask"]);
    assert_eq!(play.finish(&"run_1.99".parse().unwrap(), json!(1)), []);
    play.finish(&call, json!({"answer": "yes"}));
    assert_eq!(play.finish(&call, json!({"answer": "no"})), []);
    assert_eq!(play.output(), json!({"said": "yes"}));
}

#[test]
fn own_functions_take_arguments_and_see_nothing_else() {
    let body = "
use:
  functions:
    shout: { set: { text: '${ .word | ascii_upcase }' } }
    ask: { call: notify, with: { to: '${ .who }' } }
do:
- a: { call: shout, with: { word: '${ .w }' }, export: { as: .text } }
- b: { call: ask, with: { who: '${ $context }' } }
";
    let mut play = Play::start(body, json!({"w": "hi"}));
    let (call, function) = play.open_calls().remove(0);
    assert_eq!(function, FunctionCall::Function { name: "notify".into(), args: json!({"to": "HI"}) });
    play.finish(&call, json!("sent"));
    assert_eq!(play.output(), json!("sent"));
}

#[test]
fn an_http_call_is_complete_when_it_leaves() {
    let body = "
use: { secrets: [shop], authentications: { shop: { bearer: { use: shop } } } }
do:
- get:
    call: http
    with:
      method: post
      endpoint: { uri: 'https://shop.example/orders/{order}', authentication: { use: shop } }
      headers: { X-Case: '${ .case }' }
      body: { reason: '${ .why }' }
";
    let play = Play::start(body, json!({"order": "#W 1/2", "case": "c1", "why": "late"}));
    let FunctionCall::Http(call) = play.open_calls().remove(0).1 else { panic!("not http") };
    assert_eq!(call.endpoint.uri, "https://shop.example/orders/%23W%201%2F2");
    assert_eq!(call.endpoint.authentication, Some(json!({"bearer": {"use": "shop"}})));
    assert_eq!((call.method.as_str(), call.body), ("POST", Some(json!({"reason": "late"}))));
    assert_eq!(call.headers["X-Case"], json!("c1"));
    let error = Play::start(body, json!({"case": "c1", "why": ""})).error();
    assert!(error.detail.unwrap().contains("'order'"));
}

#[test]
fn a_retry_waits_longer_each_time_and_asks_anew() {
    let mut play = Play::start(RETRYING, json!({}));
    let mut seen = Vec::new();
    for (attempt, delay_ms) in [(1, 2_000), (2, 4_000)] {
        let call = play.the_call();
        assert!(
            play.actions
                .iter()
                .any(|a| matches!(a, Action::Call { call: c, attempt: n, .. } if *c == call && *n == attempt))
        );
        seen.push(call.clone());
        let before = play.now_ms;
        play.fail(&call, communication());
        assert_eq!(play.open_timers()[0].1 - before, delay_ms);
        play.fire_next_timer();
    }
    assert_ne!(seen[0], seen[1]);
    let last = play.the_call();
    assert_eq!(play.trace.iter().filter(|t| t.phase == Phase::Retried).count(), 2);
    play.fail(&last, communication());
    assert_eq!(play.output(), json!({"gaveUp": 503}));
}

#[test]
fn a_retry_that_succeeds_goes_on_and_other_errors_pass_through() {
    let mut play = Play::start(RETRYING, json!({}));
    let first = play.the_call();
    play.fail(&first, communication());
    play.fire_next_timer();
    let second = play.the_call();
    play.finish(&second, json!({"paid": true}));
    assert_eq!(play.output(), json!({"paid": true}));

    let mut play = Play::start(RETRYING, json!({}));
    let call = play.the_call();
    play.fail(&call, communication().with_status(400));
    let error = play.error();
    assert_eq!((error.status, error.instance.as_deref()), (400, Some("/do/0/work/try/0/pay")));
}

#[test]
fn a_try_without_handler_swallows_only_without_retry() {
    let caught =
        "do:\n- t:\n    try:\n    - r: { raise: { error: { type: 'https://x/e', status: 418 } } }\n    catch: {}\n";
    assert_eq!(output(caught, json!({"kept": 1})), json!({"kept": 1}));
    let retried = "do:\n- t:\n    try:\n    - r: { raise: { error: { type: 'https://x/e', status: 418 } } }\n    catch:\n      retry: { limit: { attempt: { count: 3 } } }\n";
    let play = Play::start(retried, json!({}));
    assert_eq!(play.error().status, 418);
    assert_eq!(play.trace.iter().filter(|t| t.phase == Phase::Retried).count(), 3);
}

#[test]
fn catch_conditions_see_the_error() {
    let body = "
do:
- t:
    try:
    - r: { raise: { error: { type: 'https://x/e', status: 418, title: tea, detail: '${ \"for \" + .who }' } } }
    catch:
      as: problem
      when: $problem.status == 418
      exceptWhen: $problem.title == \"coffee\"
      do:
      - h: { set: { what: '${ $problem.detail }', where: '${ $problem.instance }' } }
";
    let expect = json!({"what": "for Ada", "where": "/do/0/t/try/0/r"});
    assert_eq!(output(body, json!({"who": "Ada"})), expect);
}

#[test]
fn jitter_is_within_its_range_and_the_same_on_replay() {
    let body = "do:\n- t:\n    try:\n    - c: { call: action }\n    catch:\n      retry: { delay: PT1S, jitter: { from: PT0.1S, to: PT0.5S }, limit: { attempt: { count: 1 } } }\n";
    let delay = || {
        let mut play = Play::start(body, json!({}));
        let call = play.the_call();
        play.fail(&call, communication());
        play.open_timers()[0].1 - play.now_ms
    };
    assert!((1_100..=1_500).contains(&delay()), "{}", delay());
    assert_eq!(delay(), delay());
}

#[test]
fn a_timeout_ends_a_task_and_takes_back_what_it_asked_for() {
    let body = "
do:
- guarded:
    try:
    - ask: { call: approval, timeout: { after: { hours: 4 } } }
    catch:
      errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } }
      do:
      - pass: { call: escalate, with: { reason: late } }
";
    let mut play = Play::start(body, json!({}));
    let ask = play.the_call();
    assert_eq!(play.open_timers()[0].1 - play.now_ms, 4 * 3_600_000);
    let actions = play.fire_next_timer();
    assert!(actions.contains(&Action::CancelCall { call: ask.clone(), compensate: false }), "{actions:?}");
    assert_eq!(play.finish(&ask, json!("too late")), []);
    let escalate = play.the_call();
    play.finish(&escalate, json!("passed on"));
    assert_eq!(play.output(), json!("passed on"));

    let mut play = Play::start(body, json!({}));
    let ask = play.the_call();
    let actions = play.finish(&ask, json!("in time"));
    assert!(actions.iter().any(|a| matches!(a, Action::CancelTimer { .. })), "{actions:?}");
    assert_eq!(play.output(), json!("in time"));
}

#[test]
fn the_runs_own_timeout_faults_it() {
    let mut play = Play::start("timeout: { after: PT1H }\ndo:\n- ask: { call: human-task }\n", json!({}));
    let ask = play.the_call();
    let actions = play.fire_next_timer();
    assert!(actions.contains(&Action::CancelCall { call: ask, compensate: false }));
    assert!(play.error().is(ErrorKind::Timeout));
}

#[test]
fn a_fork_waits_for_all_branches_in_any_order() {
    let body = "do:\n- f:\n    fork:\n      branches:\n      - a: { call: one }\n      - b: { call: two }\n      - c: { set: { x: 3 } }\n";
    let mut play = Play::start(body, json!({}));
    let open = play.open_calls();
    assert_eq!(open.len(), 2);
    play.finish(&open[1].0, json!(2));
    assert_eq!(play.state.status, Status::Running);
    play.finish(&open[0].0, json!(1));
    assert_eq!(play.output(), json!([1, 2, {"x": 3}]));
}

#[test]
fn a_failing_branch_stops_the_others() {
    let body = "do:\n- f:\n    fork:\n      branches:\n      - a: { call: one }\n      - b: { call: two }\n";
    let mut play = Play::start(body, json!({}));
    let open = play.open_calls();
    let actions = play.fail(&open[1].0, communication());
    assert!(actions.contains(&Action::CancelCall { call: open[0].0.clone(), compensate: false }));
    assert!(
        !actions.contains(&Action::CancelCall { call: open[1].0.clone(), compensate: false }),
        "it has been answered"
    );
    assert_eq!(play.error().instance.as_deref(), Some("/do/0/f/fork/branches/1/b"));
}

#[test]
fn competing_branches_have_one_winner() {
    let body = "do:\n- f:\n    fork:\n      compete: true\n      branches:\n      - a: { call: one }\n      - b: { call: two }\n      - late: { wait: PT1H }\n";
    let mut play = Play::start(body, json!({}));
    let open = play.open_calls();
    assert_eq!(play.fail(&open[0].0, communication()), [], "a loser that fails does not end the race");
    let actions = play.finish(&open[1].0, json!("won"));
    assert!(actions.iter().any(|a| matches!(a, Action::CancelTimer { .. })));
    assert_eq!(play.output(), json!("won"));
}

#[test]
fn a_branch_that_is_passed_over_takes_no_part_in_a_race() {
    let body = "do:\n- f:\n    fork:\n      compete: true\n      branches:\n      - a: { if: .vip, call: one }\n      - b: { if: .open, call: two }\n";
    let mut play = Play::start(body, json!({"vip": false, "open": true}));
    let (call, function) = play.open_calls().remove(0);
    assert_eq!(function, FunctionCall::Function { name: "two".into(), args: json!({}) }, "the other one runs");
    play.finish(&call, json!("won"));
    assert_eq!(play.output(), json!("won"));
    let mut play = Play::start(body, json!({"vip": false, "open": true}));
    let call = play.the_call();
    play.fail(&call, communication());
    assert!(play.error().is(ErrorKind::Communication), "nobody won");
    let nobody = json!({"vip": false, "open": false});
    assert_eq!(output(body, nobody.clone()), nobody, "as where one task is passed over");
}

#[test]
fn a_loop_waits_in_the_middle_and_stops_when_told() {
    let body = "
do:
- each:
    for: { each: line, in: .lines, at: n }
    while: .stop != true
    do:
    - ask: { call: action, with: { line: '${ $line }', n: '${ $n }' } }
";
    let mut play = Play::start(body, json!({"lines": ["a", "b", "c"]}));
    for (n, line) in ["a", "b"].iter().enumerate() {
        let (call, function) = play.open_calls().remove(0);
        assert_eq!(function, FunctionCall::Function { name: "action".into(), args: json!({"line": line, "n": n}) });
        play.finish(&call, json!({"stop": n == 1}));
    }
    assert_eq!(play.output(), json!({"stop": true}));
    assert_eq!(output(body, json!({"lines": []})), json!({"lines": []}));
    assert!(Play::start(body, json!({"lines": 5})).error().is(ErrorKind::Expression));
}

#[test]
fn a_wait_ends_when_its_time_has_come() {
    let mut play = Play::start("do:\n- w: { wait: { minutes: 15 } }\n", json!({"kept": 1}));
    assert_eq!(play.open_timers()[0].1 - play.now_ms, 900_000);
    play.fire_next_timer();
    assert_eq!(play.output(), json!({"kept": 1}));
    let by_expression = Play::start("do:\n- w: { wait: '${ .d }' }\n", json!({"d": "PT2S"}));
    assert_eq!(by_expression.open_timers()[0].1 - by_expression.now_ms, 2_000);
}

#[test]
fn a_child_run_is_waited_for_or_not() {
    let body = |wait: bool| {
        format!(
            "do:\n- sub:\n    run:\n      await: {wait}\n      workflow: {{ namespace: n, name: pay, version: '1.0.0', input: {{ a: '${{ .x }}' }} }}\n"
        )
    };
    let mut play = Play::start(&body(true), json!({"x": 1}));
    let Some(Action::RunProcess { call, name, input, wait, .. }) = play.actions.first().cloned() else { panic!() };
    assert_eq!((name.as_str(), input, wait), ("pay", json!({"a": 1}), true));
    play.child(&call, ChildResult::Completed(json!("paid")));
    assert_eq!(play.output(), json!("paid"));

    let mut play = Play::start(&body(true), json!({"x": 1}));
    play.child(&call, ChildResult::Faulted(communication().from_task("/do/3/inner")));
    assert_eq!(play.error().instance.as_deref(), Some("/do/0/sub"));

    assert_eq!(output(&body(false), json!({"x": 1})), json!({"x": 1}));
}

#[test]
fn extensions_surround_tasks_and_can_replace_them() {
    let body = "
use:
  extensions:
  - log:
      extend: call
      before: [ { note: { call: notify, with: { about: '${ .x }' } } } ]
      after: [ { noted: { call: notify, with: { got: '${ .got }' } } } ]
  - fake:
      extend: call
      when: .fake == true
      before: [ { canned: { set: { got: canned }, then: exit } } ]
do:
- work: { call: action }
";
    let mut play = Play::start(body, json!({"x": 1}));
    for (name, answer) in [("notify", json!(null)), ("action", json!({"got": "real"})), ("notify", json!(null))] {
        let (call, function) = play.open_calls().remove(0);
        assert!(matches!(&function, FunctionCall::Function { name: n, .. } if n == name), "{function:?}");
        play.finish(&call, answer);
    }
    assert_eq!(play.output(), json!({"got": "real"}));

    let mut play = Play::start(body, json!({"x": 1, "fake": true}));
    let note = play.the_call();
    play.finish(&note, json!(null));
    let noted = play.the_call();
    play.finish(&noted, json!(null));
    assert_eq!(play.output(), json!({"got": "canned"}));
}

#[test]
fn cancelling_takes_everything_back() {
    let body = "timeout: { after: PT1H }\ndo:\n- f:\n    fork:\n      branches:\n      - a: { call: one, timeout: { after: PT1M } }\n      - b: { wait: PT5M }\n      - c: { listen: { to: { one: { with: { type: x } } } } }\n";
    let mut play = Play::start(body, json!({}));
    let open = play.state.open_calls();
    assert_eq!(open.len(), 5);
    let actions = play.send(RunEvent::Cancelled { reason: "closed".into(), compensate: false });
    assert_eq!(actions.len(), 6, "{actions:?}");
    assert_eq!(actions.last(), Some(&Action::Cancelled { reason: "closed".into() }));
    assert_eq!(play.state.open_calls(), []);
    assert_eq!(play.finish(&open[0], json!(1)), []);
    play.check_journal();
}

#[test]
fn a_suspended_run_keeps_what_happens_for_later() {
    let body = "do:\n- a: { call: one }\n- b: { call: two }\n";
    let mut play = Play::start(body, json!({}));
    play.send(RunEvent::Suspended { reason: "look".into() });
    let call = play.the_call();
    assert_eq!(play.finish(&call, json!(1)), []);
    assert_eq!(play.state.status, Status::Suspended);
    let actions = play.send(RunEvent::Resumed);
    assert!(matches!(actions.as_slice(), [Action::Call { .. }]), "{actions:?}");
    let call = play.the_call();
    play.finish(&call, json!(2));
    assert_eq!(play.output(), json!(2));
}

#[test]
fn runaway_loops_and_growing_data_fault_the_run() {
    let endless = "do:\n- a: { set: { n: 1 }, then: b }\n- b: { set: { n: 2 }, then: a }\n";
    let error = Play::start(endless, json!({})).error();
    assert!(error.is(ErrorKind::Runtime) && error.detail.unwrap().contains("runaway"));
    let growing = "do:\n- a: { set: { t: '${ .t + .t }' }, then: a }\n";
    let error = Play::start(growing, json!({"t": "xxxxxxxx"})).error();
    assert!(error.detail.unwrap().contains("larger than"));
    let deepening = "do:\n- a: { set: { x: '${ . }' }, then: a }\n";
    let error = Play::start(deepening, json!({})).error();
    assert!(error.is(ErrorKind::Runtime) || error.is(ErrorKind::Expression), "{error:?}");
}

#[test]
fn an_expression_that_fails_can_be_caught() {
    let body = "do:\n- t:\n    try:\n    - a: { set: { x: '${ .name.first }' } }\n    catch:\n      do:\n      - b: { set: { error: '${ $error.type }' } }\n";
    let kind = output(body, json!({"name": 5}));
    assert!(kind["error"].as_str().unwrap().ends_with("/expression"));
}

#[test]
fn a_state_of_another_definition_is_left_alone() {
    let mut play = Play::start("do:\n- a: { call: one }\n", json!({}));
    let before = play.state.clone();
    play.def = define("do:\n- a: { call: two }\n");
    let turn = baton_engine::evolve(
        &play.def,
        &mut play.state,
        &RunEvent::Cancelled { reason: "x".into(), compensate: false },
        0,
    );
    assert!(turn.actions.is_empty() && turn.trace[0].phase == Phase::Failed);
    assert_eq!(play.state, before);
}

#[test]
fn secrets_are_named_never_held() {
    let body = "use: { secrets: [key] }\ndo:\n- a: { call: action, with: { key: '${ $secrets.key }' } }\n";
    let play = Play::start(body, json!({}));
    let FunctionCall::Function { args, .. } = play.open_calls().remove(0).1 else { panic!() };
    assert_eq!(args, json!({"key": {"secret": "key"}}));
}

#[test]
fn a_secret_that_is_not_declared_is_an_authorization_error_that_can_be_caught() {
    let call = "{ call: action, with: { key: '${ $secrets.other }' } }";
    let body = format!("use: {{ secrets: [key] }}\ndo:\n- a: {call}\n");
    let error = Play::start(&body, json!({})).error();
    assert_eq!((error.status, error.kind.ends_with("/errors/authorization")), (403, true), "{error:?}");
    let caught = format!(
        "do:\n- a:\n    try: [{{ b: {call} }}]\n    catch: {{ errors: {{ with: {{ status: 403 }} }}, as: e, do: [{{ c: {{ set: {{ is: '${{ $e.status }}' }} }} }}] }}\n"
    );
    assert_eq!(Play::start(&caught, json!({})).output(), json!({"is": 403}));
}
