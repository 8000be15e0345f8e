//! What whoever writes a process sees of a run.
#![allow(clippy::unwrap_used, reason = "a test")]

use baton_author::{Incoming, Played, Project, Script, Time, Wanted, play, suite};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: p, version: '1.0.0' }\n";

async fn played(body: &str, script: &str, events: &str, input: Value) -> Played {
    let project = Project::of_text("p.yaml", &format!("{HEAD}{body}")).unwrap_or_else(|f| panic!("{f:?}"));
    let script = Script::read("script", script).unwrap();
    let events = Incoming::read("events", events).unwrap();
    let time = Time::Jumping { from_ms: suite::FROM_MS, limit_ms: i64::MAX / 2 };
    let wanted = Wanted { database: None, real_calls: false, secrets: BTreeMap::new() };
    play(&project, input, script, events, time, &wanted).await.unwrap()
}

#[tokio::test]
async fn a_year_passes_at_once_where_the_clock_jumps() {
    let found =
        played("do:\n  - sleep: { wait: { days: 365 } }\n  - wake: { set: { awake: true } }\n", "", "", json!({}))
            .await;
    assert_eq!((found.status.as_str(), found.path.join(" ")), ("completed", "sleep wake".to_owned()));
    assert_eq!(found.took_ms, 365 * 86_400_000);
}

#[tokio::test]
async fn answers_come_from_the_script_late_wrong_or_never() {
    let body = "do:\n  - ask: { call: human-task, with: { title: '${ .what }' }, timeout: { after: PT1H } }\n";
    let input = json!({"what": "yes?"});
    let found = played(body, "ask: { result: { decision: yes }, delay: PT59M }", "", input.clone()).await;
    assert_eq!((found.output, found.took_ms), (Some(json!({"decision": "yes"})), 59 * 60_000));
    assert_eq!((found.calls[0].function.as_str(), &found.calls[0].args), ("human-task", &json!({"title": "yes?"})));
    let found = played(body, "human-task: { never: true }", "", input.clone()).await;
    assert_eq!((found.status.as_str(), found.error.unwrap().status), ("faulted", 408));
    let found = played(body, "ask: { error: { type: 'urn:x', status: 409 } }", "", input.clone()).await;
    assert_eq!(found.error.unwrap().kind, "urn:x");
    let found = played(body, "", "", input).await;
    let error = found.error.unwrap();
    assert_eq!(error.kind, "urn:baton:error:no-answer");
    assert!(error.detail.unwrap().contains("ask: { result: {} }"));
}

#[tokio::test]
async fn events_come_in_order_once_somebody_listens() {
    let body = "do:\n  - pause: { wait: { minutes: 1 } }\n  \
                - first: { listen: { to: { one: { with: { type: paid } } } } }\n  \
                - second: { listen: { to: { one: { with: { type: shipped } } } } }\n  \
                - tell: { emit: { event: { with: { type: done, source: 'https://x.example', data: { ok: true } } } } }\n";
    let events = "- { type: paid, data: { amount: 3 } }\n- { type: shipped, after: PT5M }\n";
    let found = played(body, "", events, json!({})).await;
    assert_eq!(found.path, ["pause", "first", "second", "tell"], "{:?}", found.error);
    assert_eq!(found.took_ms, 6 * 60_000);
    assert_eq!((found.events[0]["type"].as_str(), &found.events[0]["data"]), (Some("done"), &json!({"ok": true})));
    let found = played(body, "", "- { type: paid }\n", json!({})).await;
    assert_eq!(found.status, "waiting");
    assert!(found.error.unwrap().detail.unwrap().contains("waits for an event"));
}

#[tokio::test]
async fn processes_beside_it_run_or_are_stood_in_for() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    let child = "{ workflow: { namespace: test, name: child, version: '1.0.0', input: { n: 2 } } }";
    write("p.yaml", format!("{HEAD}do:\n  - it: {{ run: {child} }}\n"));
    let head = HEAD.replace("name: p,", "name: child,");
    write("any-file.yaml", format!("{head}do:\n  - twice: {{ set: {{ n: '${{ $workflow.input.n * 2 }}' }} }}\n"));
    write("broken.yaml", "do: 5\n".to_owned());
    write(
        "p.test.yaml",
        "cases:\n  - { name: it runs, expect: { output: { n: 4 }, path: [it] } }\n  \
         - { name: it is stood in for, mock: { child: { result: { n: 9 } } }, \
         expect: { output: { n: 9 }, calls: [{ function: child, args: { input: { n: 2 } } }] } }\n  \
         - { name: it is wrong, expect: { output: { n: 5 }, passes: [nowhere], error: { status: 400 } } }\n"
            .to_owned(),
    );
    let report = suite::run(&folder.path().join("p.test.yaml")).await.unwrap();
    assert!(report.cases[0].wrong.is_empty() && report.cases[1].wrong.is_empty(), "{report:?}");
    assert_eq!(report.failed(), 1);
    let wrong = report.cases[2].wrong.join("\n");
    for part in ["status: expected faulted, found completed", "/n: expected 5, found 4", "'nowhere'"] {
        assert!(wrong.contains(part), "{part} in {wrong}");
    }
    assert_eq!(report.coverage.percent(), 100.0);
}

#[tokio::test]
async fn the_blueprints_processes_do_what_their_tests_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints");
    let mut wrong = Vec::new();
    for file in suite::files(&[folder]).unwrap() {
        let report = suite::run(&file).await.unwrap_or_else(|why| panic!("{}: {why:?}", file.display()));
        for case in report.cases.iter().filter(|case| !case.wrong.is_empty()) {
            wrong.push(format!("{}: {}\n  {}", report.process, case.name, case.wrong.join("\n  ")));
        }
        if report.coverage.percent() < 90.0 {
            wrong.push(format!("{} {:.0} %: {:?}", report.process, report.coverage.percent(), report.coverage));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
