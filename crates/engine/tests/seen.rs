//! What people see of runs: what they wait for, and the lifecycle events.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common::{Play, define};
use baton_engine::{RunEvent, RunState, Turn, WaitKind, evolve, lifecycle};
use serde_json::{Value, json};

#[test]
fn what_a_run_waits_for_is_told_with_its_due_time() {
    let body = "
timeout: { after: P1D }
do:
- f:
    fork:
      branches:
      - ask: { call: human-task, with: { queue: q } }
      - pause: { wait: PT5M }
      - hear: { listen: { to: { any: [ { with: { type: a } }, { with: { type: b } } ] } }, timeout: { after: PT1H } }
      - sub: { run: { workflow: { namespace: n, name: pay, version: '1.0.0' } } }
      - get: { call: http, with: { method: get, endpoint: 'https://shop.example/x' } }
      - again: { try: [ { r: { raise: { error: { type: 'https://x/y', status: 500 } } } } ], catch: { retry: { delay: PT1M } } }
";
    let mut play = Play::start(body, json!({}));
    let day = play.now_ms + 86_400_000;
    let waits = play.state.waits(&play.def);
    let told: Vec<(WaitKind, &str, &str, i64)> =
        waits.iter().map(|w| (w.kind, &*w.name, &*w.about, w.due_ms.unwrap())).collect();
    let expect = [
        (WaitKind::Call, "ask", "human-task", day),
        (WaitKind::Timer, "pause", "its time", play.now_ms + 300_000),
        (WaitKind::Listen, "hear", "a or b", play.now_ms + 3_600_000),
        (WaitKind::Child, "sub", "n.pay", day),
        (WaitKind::Call, "get", "http https://shop.example/x", day),
        (WaitKind::Timer, "again", "the next attempt", play.now_ms + 60_000),
    ];
    assert_eq!(told, expect);
    let open = play.state.open_calls();
    assert!(waits.iter().all(|wait| open.contains(&wait.call) && wait.since_ms == play.now_ms));
    play.send(RunEvent::Cancelled { reason: "x".into(), compensate: false });
    assert_eq!(play.state.waits(&play.def), []);
}

/// Types of the events of one turn, without what all begin with, and without the optional ones.
fn types(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|e| e["type"].as_str().unwrap().replace("io.serverlessworkflow.", "").replace(".v1", ""))
        .filter(|kind| !kind.ends_with("status-changed"))
        .collect()
}

/// Where a run and its tasks stand after one turn, as the optional events tell it.
fn statuses(def: &baton_engine::Definition, state: &mut RunState, event: &RunEvent) -> Vec<(String, String)> {
    let turn = evolve(def, state, event, 1_700_000_000_000);
    let events = lifecycle(def, "run_1", 1, &turn, 1_700_000_000_000);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = events.iter().filter(|event| text(&event["type"]).ends_with("status-changed.v1"));
    told.map(|event| (text(&event["subject"]), text(&event["data"]["status"]))).collect()
}

#[test]
fn a_run_tells_where_it_stands_in_the_words_of_the_specification() {
    let def = define("do:\n- hear: { listen: { to: { one: { with: { type: a } } } } }\n- ask: { call: one }\n");
    let mut state = RunState::new();
    let mut told = |event: RunEvent| statuses(&def, &mut state, &event);
    let pair = |of: &str, status: &str| (of.to_owned(), status.to_owned());
    let begun = told(RunEvent::Started { input: json!({}), run_id: "run_1".into() });
    assert_eq!(begun, [pair("run_1", "running"), pair("run_1", "waiting"), pair("/do/0/hear", "waiting")]);
    let paused = told(RunEvent::Suspended { reason: "x".into() });
    assert_eq!(paused, [pair("run_1", "suspended"), pair("/do/0/hear", "suspended")]);
    assert_eq!(told(RunEvent::Resumed), [pair("run_1", "running"), pair("/do/0/hear", "running")]);
    let heard = told(RunEvent::EventReceived { cloud_event: json!({"type": "a"}) });
    assert_eq!(heard, [pair("run_1", "running"), pair("/do/0/hear", "completed"), pair("/do/1/ask", "running")]);
    let ended = told(RunEvent::Cancelled { reason: "x".into(), compensate: false });
    assert_eq!(ended, [pair("/do/1/ask", "cancelled"), pair("run_1", "cancelled")]);
}

#[test]
fn a_run_tells_its_life_as_cloud_events() {
    let def = define(
        "do:\n- hear: { listen: { to: { one: { with: { type: a }, correlate: { id: { from: .data.id } } } } } }\n- ask: { call: one }\n",
    );
    let mut state = RunState::new();
    let mut seq = 0;
    let mut play = |event: RunEvent| -> (Turn, Vec<Value>) {
        seq += 1;
        let turn = evolve(&def, &mut state, &event, 1_700_000_000_000);
        let events = lifecycle(&def, "run_1", seq, &turn, 1_700_000_000_000);
        (turn, events)
    };
    let (_, events) = play(RunEvent::Started { input: json!({}), run_id: "run_1".into() });
    assert_eq!(types(&events), ["workflow.started", "workflow.correlation-started", "task.created", "task.started"]);
    let expect = json!({
        "specversion": "1.0", "id": "run_1.1.0", "source": "urn:baton:run:run_1", "subject": "run_1",
        "type": "io.serverlessworkflow.workflow.started.v1", "time": "2023-11-14T22:13:20.000Z",
        "datacontenttype": "application/json",
        "data": {
            "name": "test-run_1.test", "startedAt": "2023-11-14T22:13:20.000Z",
            "definition": {"name": "test", "namespace": "test", "version": "1.0.0"},
        },
    });
    assert_eq!(events[0], expect);
    let (_, events) = play(RunEvent::Suspended { reason: "x".into() });
    assert_eq!(types(&events), ["workflow.suspended", "task.suspended"]);
    assert_eq!(events[1]["data"]["task"], json!("/do/0/hear"));
    let (_, events) = play(RunEvent::Resumed);
    assert_eq!(types(&events), ["workflow.resumed", "task.resumed"]);
    let (_, events) = play(RunEvent::EventReceived { cloud_event: json!({"type": "a", "data": {"id": 7}}) });
    assert_eq!(types(&events), ["workflow.correlation-completed", "task.completed", "task.created", "task.started"]);
    assert_eq!(events[0]["data"]["correlationKeys"], json!({"id": 7}));
    let error = baton_engine::ErrorDoc::standard(baton_engine::ErrorKind::Communication, "away");
    let (_, events) = play(RunEvent::CallFailed { call: "run_1.2".parse().unwrap(), error });
    assert_eq!(types(&events), ["task.faulted", "workflow.faulted"]);
    assert_eq!(events[1]["data"]["error"]["status"], json!(500));
    let (_, events) = play(RunEvent::Retried { reason: "x".into(), input: None });
    assert_eq!(types(&events), ["workflow.resumed", "task.created", "task.started"]);
    let (_, events) = play(RunEvent::CallFinished { call: "run_1.3".parse().unwrap(), output: json!(1) });
    assert_eq!(types(&events), ["task.completed", "workflow.completed"]);
    assert_eq!((&events[0]["data"]["output"], &events[1]["id"]), (&json!(1), &json!("run_1.7.1")));
}
