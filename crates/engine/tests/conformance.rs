//! The specification's rules, one line each: what goes in, what comes out.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common::Play;
use baton_engine::{ErrorDoc, ErrorKind, FunctionCall, Phase};
use serde_json::{Value, json};

/// Runs a definition without calls to its end.
fn check(rule: &str, body: &str, input: Value, expect: Value) {
    let play = Play::start(body, input);
    assert_eq!(play.state.error, None, "{rule}");
    assert_eq!(play.output(), expect, "{rule}");
}

fn check_error(rule: &str, body: &str, input: Value, kind: ErrorKind, status: u16, instance: &str) {
    let error = Play::start(body, input).error();
    assert!(error.is(kind), "{rule}: {error:?}");
    assert_eq!((error.status, error.instance.as_deref()), (status, Some(instance)), "{rule}");
}

#[test]
fn data_flows_as_specified() {
    let x = || json!({"x": {"y": 2}});
    for (rule, body, input, expect) in [
        (
            "a run's input.from makes the first input",
            "input: { from: .x }\ndo: [ { a: { set: '${ . }' } } ]",
            x(),
            json!({"y": 2}),
        ),
        ("$workflow.input is raw", "input: { from: .x }\ndo: [ { a: { set: '${ $workflow.input }' } } ]", x(), x()),
        (
            "$input is after input.from",
            "do: [ { a: { input: { from: .x }, set: { i: '${ $input }', d: '${ . }' } } } ]",
            x(),
            json!({"i": {"y": 2}, "d": {"y": 2}}),
        ),
        (
            "$task.input is raw",
            "do: [ { a: { input: { from: .x }, set: { t: '${ $task.input }' } } } ]",
            x(),
            json!({"t": {"x": {"y": 2}}}),
        ),
        (
            "input.from may be an object",
            "do: [ { a: { input: { from: { z: '${ .x.y }', k: 1 } }, set: '${ . }' } } ]",
            x(),
            json!({"z": 2, "k": 1}),
        ),
        (
            "output.as sees the raw output and $input",
            "do: [ { a: { set: { r: 1 }, output: { as: '{ r: .r, t: $task.output.r, i: $input.x.y }' } } } ]",
            x(),
            json!({"r": 1, "t": 1, "i": 2}),
        ),
        (
            "output.as may be an object",
            "do: [ { a: { set: { r: 1 }, output: { as: { q: '${ .r }' } } } } ]",
            x(),
            json!({"q": 1}),
        ),
        (
            "export.as sees the output, $output and $context",
            "do: [ { a: { set: { r: 1 }, output: { as: .r }, export: { as: '{ o: ., p: $output, c: $context }' } } }, { b: { set: '${ $context }' } } ]",
            x(),
            json!({"o": 1, "p": 1, "c": {}}),
        ),
        (
            "export merges into the context",
            "do: [ { a: { set: { r: 1 }, export: { as: '$context + .' } } }, { b: { set: { s: 2 }, export: { as: '$context + .' } } }, { c: { set: '${ $context }' } } ]",
            x(),
            json!({"r": 1, "s": 2}),
        ),
        (
            "without export the context stays",
            "do: [ { a: { set: { r: 1 } } }, { b: { set: { c: '${ $context }' } } } ]",
            x(),
            json!({"c": {}}),
        ),
        (
            "a run's output.as sees $context",
            "do: [ { a: { set: { r: 1 }, export: { as: . } } } ]\noutput: { as: '{ r: .r, c: $context.r }' }",
            x(),
            json!({"r": 1, "c": 1}),
        ),
        (
            "a skipped task's output is its raw input",
            "do: [ { a: { if: '${ false }', input: { from: .x }, set: { r: 1 } } } ]",
            x(),
            x(),
        ),
        (
            "if comes before input.from and the schema",
            "do: [ { a: { if: .x.y == 3, input: { from: .x, schema: { document: { type: string } } }, set: { r: 1 } } } ]",
            x(),
            x(),
        ),
        (
            "a template keeps literals and fills expressions",
            "do: [ { a: { set: { n: [ 1, '${ .x.y }', { m: '${ .x }' } ], t: 'a ${ b' } } } ]",
            x(),
            json!({"n": [1, 2, {"m": {"y": 2}}], "t": "a ${ b"}),
        ),
        ("no result is null", "do: [ { a: { set: { e: '${ empty }' } } } ]", x(), json!({"e": null})),
    ] {
        check(rule, &format!("{body}\n"), input, expect);
    }
}

#[test]
fn expressions_have_the_specified_arguments() {
    for (text, expect) in [
        ("$workflow.id", json!("run_1")),
        ("$workflow.definition.document.name", json!("test")),
        ("$workflow.definition.do[0].a.set.v", json!("${ $workflow.definition.do[0].a.set.v }")),
        ("$workflow.startedAt.epoch.milliseconds", json!(1_700_000_000_000_i64)),
        ("$workflow.startedAt.iso8601", json!("2023-11-14T22:13:20.000Z")),
        ("$task.name", json!("a")),
        ("$task.reference", json!("/do/0/a")),
        ("$task.definition.set.v", json!("${ $task.definition.set.v }")),
        ("$task.startedAt.epoch.seconds", json!(1_700_000_000)),
        ("$task.output", json!(null)),
        ("$runtime.name", json!("baton")),
        ("$runtime.metadata", json!({})),
        ("$context", json!({})),
        ("$secrets.key", json!({"secret": "key"})),
        ("$authorization", json!(null)),
        ("$output", json!(null)),
    ] {
        let body = format!("use: {{ secrets: [key] }}\ndo: [ {{ a: {{ set: {{ v: '${{ {text} }}' }} }} }} ]\n");
        check(text, &body, json!({}), json!({"v": expect}));
    }
    let body = "use: { secrets: [s], authentications: { shop: { bearer: { use: s } } } }\ndo:\n- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.example', authentication: { use: shop } } }, output: { as: '$authorization' } }\n";
    let mut play = Play::start(body, json!({}));
    let call = play.the_call();
    play.finish(&call, json!({}));
    assert_eq!(play.output(), json!({"scheme": "Bearer", "parameter": null}), "the scheme is told, the secret is not");
    let body = "use: { secrets: [s] }\ndo:\n- a: { call: mcp, with: { method: tools/list, transport: { http: { endpoint: { uri: 'https://x.example', authentication: { basic: { use: s } } } } } }, output: { as: '$authorization.scheme' } }\n";
    let mut play = Play::start(body, json!({}));
    let call = play.the_call();
    play.finish(&call, json!({}));
    assert_eq!(play.output(), json!("Basic"), "wherever the call says how it signs in");
}

#[test]
fn tasks_flow_as_specified() {
    let n = |n: i64| json!({"n": n});
    let switch = |cases: &str| {
        format!(
            "do: [ {{ s: {{ switch: [ {cases} ] }} }}, {{ a: {{ set: {{ r: a }}, then: end }} }}, {{ b: {{ set: {{ r: b }} }} }} ]"
        )
    };
    let two = switch("{ one: { when: .n == 1, then: b } }, { else: { then: a } }");
    let default_first = switch("{ else: { then: a } }, { one: { when: .n == 1, then: b } }");
    let none = switch("{ one: { when: .n == 9, then: b } }");
    for (rule, body, input, expect) in [
        ("the first case that matches", two.as_str(), n(1), json!({"r": "b"})),
        ("the default where none does", &two, n(2), json!({"r": "a"})),
        ("the default is last wherever it stands", &default_first, n(1), json!({"r": "b"})),
        ("without a match the next task", &none, n(1), json!({"r": "a"})),
        ("a switch passes its input on", "do: [ { s: { switch: [ { x: { then: end } } ] } } ]", n(5), n(5)),
        (
            "then names a task back and forth",
            "do: [ { a: { set: { n: '${ .n + 1 }' } } }, { s: { switch: [ { more: { when: .n < 5, then: a } }, { done: { then: exit } } ] } }, { x: { set: { n: 0 } } } ]",
            n(1),
            n(5),
        ),
        (
            "exit ends the list it stands in",
            "do: [ { d: { do: [ { a: { set: { n: 2 }, then: exit } }, { b: { set: { n: 3 } } } ] } }, { c: { set: { n: '${ .n * 10 }' } } } ]",
            n(1),
            n(20),
        ),
        (
            "end ends the run from anywhere",
            "do: [ { f: { for: { in: '[1,2,3]' }, do: [ { t: { try: [ { a: { set: { n: '${ $item }' }, then: end } } ], catch: {} } } ] } }, { c: { set: { n: 9 } } } ]",
            n(1),
            n(1),
        ),
        (
            "exit in a loop goes to its next item",
            "do: [ { f: { for: { in: '[1,2,3]' }, do: [ { a: { set: { n: '${ .n + $item }' }, then: exit } }, { b: { set: { n: 99 } } } ] } } ]",
            n(0),
            n(6),
        ),
        (
            "a loop hands each output to the next iteration",
            "do: [ { f: { for: { each: v, in: '[1,2,3]', at: i }, do: [ { a: { set: { n: '${ .n + $v * $i }' } } } ] } } ]",
            n(0),
            n(8),
        ),
        (
            "while is checked before each iteration",
            "do: [ { f: { for: { in: '[1,2,3]' }, while: .n < 2, do: [ { a: { set: { n: '${ .n + 1 }' } } } ] } } ]",
            n(0),
            n(2),
        ),
        (
            "a loop over nothing passes its input on",
            "do: [ { f: { for: { in: .none }, do: [ { a: { set: { n: 9 } } } ] } } ]",
            n(4),
            n(4),
        ),
        (
            "loops nest, and the inner item hides the outer",
            "do: [ { f: { for: { in: '[1,2]' }, do: [ { g: { for: { in: '[10,20]' }, do: [ { a: { set: { n: '${ .n + $item }' } } } ] } }, { h: { set: { n: '${ .n + $item }' } } } ] } } ]",
            n(0),
            n(63),
        ),
        (
            "a fork gives its outputs in order",
            "do: [ { f: { fork: { branches: [ { a: { set: { n: 1 } } }, { b: { do: [ { c: { set: { n: '${ .n }' } } } ] } } ] } } } ]",
            n(7),
            json!([{"n": 1}, {"n": 7}]),
        ),
        (
            "a race gives the winner's output",
            "do: [ { f: { fork: { compete: true, branches: [ { w: { wait: PT1H } }, { b: { set: { n: 2 } } } ] } } } ]",
            n(7),
            n(2),
        ),
        (
            "functions of use take arguments as input",
            "use: { functions: { twice: { set: { n: '${ .v * 2 }' } } } }\ndo: [ { a: { call: twice, with: { v: '${ .n }' } } } ]",
            n(4),
            n(8),
        ),
    ] {
        check(rule, &format!("{body}\n"), input, expect);
    }
}

#[test]
fn errors_are_problems_with_type_status_and_place() {
    let caught = |catch: &str| {
        format!(
            "do: [ {{ t: {{ try: [ {{ r: {{ raise: {{ error: {{ type: 'https://x/e', status: 418, title: tea }} }} }} }} ], catch: {catch} }} }} ]\n"
        )
    };
    let problem = json!({"type": "https://x/e", "status": 418, "title": "tea", "instance": "/do/0/t/try/0/r"});
    check(
        "the error under its usual name",
        &caught("{ do: [ { h: { set: '${ $error }' } } ] }"),
        json!({}),
        problem.clone(),
    );
    check("and under a given one", &caught("{ as: e, do: [ { h: { set: '${ $e }' } } ] }"), json!({}), problem);
    let handled = "do: [ { h: { set: { ok: true } } } ]";
    for (catch, is_caught) in [
        ("errors: { with: { status: 418 } }", true),
        ("errors: { with: { type: 'https://x/e', title: tea } }", true),
        ("errors: { with: { status: 500 } }", false),
        ("errors: { with: { status: 418, type: 'https://x/other' } }", false),
        ("when: $error.status == 418", true),
        ("when: $error.status == 500", false),
        ("exceptWhen: $error.status == 500", true),
        ("exceptWhen: $error.status == 418", false),
        ("errors: { with: { instance: /do/0/t/try/0/r } }", true),
    ] {
        let play = Play::start(&caught(&format!("{{ {catch}, {handled} }}")), json!({}));
        assert_eq!(play.state.output.is_some(), is_caught, "{catch}");
    }
    let long = "PT1H";
    for (rule, body, kind, status, instance) in [
        (
            "an input that does not fit",
            "do: [ { a: { input: { schema: { document: { type: string } } }, set: { x: 1 } } } ]",
            ErrorKind::Validation,
            400,
            "/do/0/a",
        ),
        (
            "an output that does not fit",
            "do: [ { a: { output: { schema: { document: { type: string } } }, set: { x: 1 } } } ]",
            ErrorKind::Validation,
            400,
            "/do/0/a",
        ),
        (
            "a context that does not fit",
            "do: [ { a: { export: { as: .x, schema: { document: { type: string } } }, set: { x: 1 } } } ]",
            ErrorKind::Validation,
            400,
            "/do/0/a",
        ),
        (
            "a context that stays and does not fit",
            "do: [ { a: { export: { schema: { document: { required: [x] } } }, set: { x: 1 } } } ]",
            ErrorKind::Validation,
            400,
            "/do/0/a",
        ),
        (
            "an expression that fails",
            "do: [ { a: { set: { x: '${ .a.b.c }' } } } ]",
            ErrorKind::Expression,
            400,
            "/do/0/a",
        ),
        (
            "a run's input that does not fit",
            "input: { schema: { document: { type: string } } }\ndo: [ { a: { set: { x: 1 } } } ]",
            ErrorKind::Validation,
            400,
            "/input",
        ),
        (
            "a run's output that does not fit",
            "do: [ { a: { set: { x: 1 } } } ]\noutput: { schema: { document: { type: string } } }",
            ErrorKind::Validation,
            400,
            "/output",
        ),
        (
            "a named error",
            "use: { errors: { gone: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 410 } } }\ndo: [ { a: { raise: { error: gone } } } ]",
            ErrorKind::Communication,
            410,
            "/do/0/a",
        ),
    ] {
        check_error(rule, &format!("{body}\n"), json!({"a": 1}), kind, status, instance);
    }
    let mut play = Play::start(
        &format!("do: [ {{ d: {{ do: [ {{ w: {{ wait: {long} }} }} ], timeout: {{ after: PT1S }} }} }} ]\n"),
        json!({}),
    );
    play.fire_next_timer();
    let error = play.error();
    assert_eq!((error.is(ErrorKind::Timeout), error.status, error.instance.as_deref()), (true, 408, Some("/do/0/d")));
}

#[test]
fn retries_wait_as_their_policy_says_and_no_longer() {
    for (policy, delays_s) in [
        ("delay: PT3S, limit: { attempt: { count: 3 } }", vec![3, 3, 3]),
        ("delay: PT3S, backoff: { constant: {} }, limit: { attempt: { count: 2 } }", vec![3, 3]),
        ("delay: PT3S, backoff: { linear: {} }, limit: { attempt: { count: 3 } }", vec![3, 6, 9]),
        ("delay: PT3S, backoff: { exponential: {} }, limit: { attempt: { count: 4 } }", vec![3, 6, 12, 24]),
        ("delay: PT3S, limit: { duration: PT10S }", vec![3, 3, 3]),
        ("delay: PT3S, when: $error.status == 503, limit: { attempt: { count: 1 } }", vec![3]),
        ("delay: PT3S, when: $error.status == 500", vec![]),
        ("delay: PT3S, exceptWhen: $error.status == 503", vec![]),
        ("limit: { attempt: { count: 0 } }", vec![]),
    ] {
        let body =
            format!("do: [ {{ t: {{ try: [ {{ c: {{ call: x }} }} ], catch: {{ retry: {{ {policy} }} }} }} }} ]\n");
        let mut play = Play::start(&body, json!({}));
        let mut seen = Vec::new();
        loop {
            let call = play.the_call();
            play.fail(&call, ErrorDoc::standard(ErrorKind::Communication, "away").with_status(503));
            let Some((_, due_ms)) = play.open_timers().first().cloned() else { break };
            seen.push((due_ms - play.now_ms) / 1_000);
            play.fire_next_timer();
        }
        assert_eq!(seen, delays_s, "{policy}");
        assert_eq!(play.error().status, 503, "{policy}");
        assert_eq!(play.trace.iter().filter(|line| line.phase == Phase::Retried).count(), delays_s.len());
    }
    let body = "do: [ { t: { try: [ { c: { call: x } } ], catch: { retry: { limit: { attempt: { count: 1, duration: PT5S } } } } } } ]\n";
    let mut play = Play::start(body, json!({}));
    play.fire_next_timer();
    assert_eq!(play.calls_of("x"), 2, "an attempt that takes too long is followed by the next");
    play.fire_next_timer();
    assert!(play.error().is(ErrorKind::Timeout));
}

#[test]
fn to_the_tasks_of_an_extension_the_current_task_is_the_one_it_extends() {
    let body = "
use:
  extensions:
  - log:
      extend: set
      before: [ { in: { call: notify, with: { at: '${ $task.reference }', raw: '${ $task.input }' } } } ]
      after: [ { out: { call: notify, with: { at: '${ $task.name }', gave: '${ $task.output }' } } } ]
do:
- work: { set: { n: 2 } }
";
    let mut play = Play::start(body, json!({"n": 1}));
    for expect in [json!({"at": "/do/0/work", "raw": {"n": 1}}), json!({"at": "work", "gave": {"n": 2}})] {
        let (call, function) = play.open_calls().remove(0);
        assert_eq!(function, FunctionCall::Function { name: "notify".into(), args: expect });
        play.finish(&call, json!(null));
    }
    assert_eq!(play.output(), json!({"n": 2}));
}

#[test]
fn listening_can_end_by_what_handling_an_event_has_exported() {
    let body = "
do:
- hear:
    listen: { to: { any: [ { with: { type: a } } ], until: '($context.seen | length) == 2' } }
    foreach: { do: [ { note: { set: { e: '${ $item }' }, export: { as: '{ seen: (($context.seen // []) + [$item]) }' } } } ] }
";
    let mut play = Play::start(body, json!({}));
    play.event("a", json!(1));
    play.event("a", json!(2));
    assert_eq!(play.output(), json!([{"e": 1}, {"e": 2}]));
}

#[test]
fn listening_until_other_events_have_come() {
    let to = "any: [ { with: { type: a } } ], until: { all: [ { with: { type: x } }, { with: { type: y } } ] }";
    let mut play = Play::start(&format!("do: [ {{ l: {{ listen: {{ to: {{ {to} }} }} }} }} ]\n"), json!({}));
    for (kind, data) in [("a", 1), ("x", 2), ("a", 3), ("x", 4), ("y", 5)] {
        play.event(kind, json!(data));
    }
    assert_eq!(play.output(), json!([1, 3]));
}

#[test]
fn events_that_are_emitted_are_cloud_events() {
    let body = |with: &str| {
        format!("do: [ {{ e: {{ emit: {{ event: {{ with: {{ source: 'https://x', type: t, {with} }} }} }} }} }} ]\n")
    };
    let expect = json!({
        "id": "run_1.1", "specversion": "1.0", "time": "2023-11-14T22:13:20.000Z", "source": "https://x", "type": "t",
        "data": {"n": 1}, "ext": 5,
    });
    check("an event", &body("data: { n: '${ .n }' }, ext: 5"), json!({"n": 1}), expect);
    let error = Play::start(&body("subject: '${ .n }'"), json!({"n": 1})).error();
    assert!(error.is(ErrorKind::Expression), "{error:?}");
}

#[test]
fn a_uri_takes_its_variables_from_the_input() {
    let body =
        "do: [ { g: { call: http, with: { method: get, endpoint: 'https://x.example/{a}/{b}/{c}/{pet.id}' } } } ]\n";
    let play = Play::start(body, json!({"a": 1, "b": true, "c": null, "pet.id": "x"}));
    let FunctionCall::Http(call) = play.open_calls().remove(0).1 else { panic!() };
    assert_eq!(call.endpoint.uri, "https://x.example/1/true//x");
}
