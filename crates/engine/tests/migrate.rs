//! Moving runs between versions of their process.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common::{Play, define};
use baton_engine::{
    CallId, Definition, ErrorDoc, ErrorKind, MigrationMap, Misfit, RunEvent, Status, evolve, fold, migrate,
};
use serde_json::json;
use std::sync::Arc;

fn map(tasks: &[(&str, &str)]) -> MigrationMap {
    let tasks = tasks.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
    MigrationMap { tasks: tasks.collect(), context: None }
}

fn misfits(old: &str, new: &str, map: &MigrationMap, play: &mut dyn FnMut(&mut Play)) -> Vec<Misfit> {
    let mut run = Play::start(old, json!({"x": 1}));
    play(&mut run);
    migrate(&run.def, &define(new), &run.state, map).unwrap_err()
}

/// The only misfit is at `task` and has these words.
fn check(old: &str, new: &str, map: &MigrationMap, task: &str, words: &str) {
    let found = misfits(old, new, map, &mut |_| {});
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].task == task && found[0].why.contains(words), "{found:?}");
    assert!(!found[0].remedy.is_empty());
}

#[test]
fn a_run_goes_on_in_the_new_version_where_the_map_says() {
    let old = "do:\n- a: { call: one, export: { as: '{ seen: .n }' } }\n- b: { do: [ { c: { call: two } } ] }\n- d: { set: { old: true } }\n";
    let new = "do:\n- a: { call: one }\n- check: { call: three }\n- b2: { do: [ { first: { call: three } }, { c: { call: two } } ], timeout: { after: PT1H } }\n- d: { set: { new: '${ $context.saw }', got: '${ . }' } }\n";
    let mut play = Play::start(old, json!({}));
    let call = play.the_call();
    play.finish(&call, json!({"n": 7}));
    let call = play.the_call();
    let new = Arc::new(define(new));
    let map = MigrationMap {
        context: Some("{ saw: .seen }".to_owned()),
        ..map(&[("/do/1/b", "/do/2/b2"), ("/do/1/b/do/0/c", "/do/2/b2/do/1/c")])
    };
    let moved = migrate(&play.def, &new, &play.state, &map).unwrap();
    assert_eq!(moved.waiting_tasks(), ["/do/2/b2/do/1/c"]);
    assert_eq!(moved.open_calls(), std::slice::from_ref(&call), "what is asked for is not asked for again");
    let mut state = moved.clone();
    let finished = RunEvent::CallFinished { call, output: json!("x") };
    evolve(&new, &mut state, &finished, 9);
    assert_eq!(state.output, Some(json!({"new": 7, "got": "x"})));

    // The journal stays the run, across versions.
    let old = Arc::new(play.def.clone());
    let migrated =
        RunEvent::Migrated { from: old.digest().to_owned(), definition: new.digest().to_owned(), map: map.clone() };
    let mut journal = play.journal().to_vec();
    journal.push((migrated, 8));
    journal.push((finished, 9));
    let known = |digest: &str| [&old, &new].into_iter().find(|def| def.digest() == digest).cloned();
    assert_eq!(fold(&known, new.digest(), journal.clone()), Ok(state));
    let none = |_: &str| None::<Arc<Definition>>;
    assert!(fold(&none, new.digest(), journal).unwrap_err().why.contains("not there"));
}

#[test]
fn what_does_not_fit_is_told_with_its_task_and_a_remedy() {
    let call = "do:\n- a: { call: one }\n";
    let none = MigrationMap::default();
    check(call, "do:\n- b: { call: one }\n", &none, "/do/0/a", "no task");
    check(call, "do:\n- a: { wait: PT1S }\n", &none, "/do/0/a", "'wait'");
    check(call, "do:\n- a: { call: two }\n", &none, "/do/0/a", "another");
    check(
        call,
        "do:\n- x: { do: [ { a: { call: one } } ] }\n",
        &map(&[("/do/0/a", "/do/0/x/do/0/a")]),
        "/do/0/a",
        "place",
    );
    check(call, call, &map(&[("/do/9/z", "/do/0/a")]), "/do/9/z", "the map names");
    let strict = "do:\n- a: { call: one, input: { schema: { document: { required: [y] } } } }\n";
    check(call, strict, &none, "/do/0/a", "schema");
    check(
        call,
        &format!("input: {{ schema: {{ document: {{ required: [y] }} }} }}\n{call}"),
        &none,
        "/",
        "run's input",
    );
    let fork = |branches: &str| format!("do:\n- f: {{ fork: {{ branches: [ {branches} ] }} }}\n");
    let two = fork("{ a: { call: one } }, { b: { call: two } }");
    check(&two, &fork("{ a: { call: one } }"), &none, "/do/0/f", "branches");
    let listen = |kind: &str| format!("do:\n- l: {{ listen: {{ to: {{ one: {{ with: {{ type: {kind} }} }} }} }} }}\n");
    check(&listen("a"), &listen("b"), &none, "/do/0/l", "listens");
    let child = |name: &str| {
        format!("do:\n- r: {{ run: {{ workflow: {{ namespace: n, name: {name}, version: '1.0.0' }} }} }}\n")
    };
    check(&child("a"), &child("b"), &none, "/do/0/r", "'a'");
    let own =
        |name: &str| format!("use: {{ functions: {{ {name}: {{ call: deep }} }} }}\ndo:\n- a: {{ call: {name} }}\n");
    check(&own("f"), &own("g"), &none, "/do/0/a", "another");
}

#[test]
fn errors_being_handled_and_undoing_need_their_counterparts() {
    let old = "do:\n- t: { try: [ { a: { call: one } } ], catch: { do: [ { h: { call: two } } ] } }\n";
    let new = "do:\n- t: { try: [ { a: { call: one } } ], catch: { retry: { delay: PT1S } } }\n";
    let found = misfits(old, new, &MigrationMap::default(), &mut |play| {
        let call = play.the_call();
        play.fail(&call, ErrorDoc::standard(ErrorKind::Communication, "away"));
    });
    assert!(found[0].why.contains("handle"), "{found:?}");

    let old = "use: { functions: { back: { call: cancel } } }\ndo:\n- a: { call: one, metadata: { compensate: back } }\n- b: { call: two }\n";
    let new = "do:\n- a: { call: one }\n- b: { call: two }\n";
    let found = misfits(old, new, &MigrationMap::default(), &mut |play| {
        let call = play.the_call();
        play.finish(&call, json!(1));
    });
    assert!(found[0].why.contains("'back'"), "{found:?}");
}

#[test]
fn the_context_must_fit_what_the_new_version_expects_of_it() {
    let version = |schema: &str| {
        format!(
            "do:\n- a: {{ set: {{ n: 1 }}, export: {{ as: '{{ n: .n }}', schema: {{ document: {schema} }} }} }}\n- b: {{ call: one }}\n"
        )
    };
    check(&version("{}"), &version("{ required: [m] }"), &MigrationMap::default(), "/", "context");
    let play = Play::start(&version("{}"), json!({}));
    let map = MigrationMap { context: Some("{ m: .n }".to_owned()), ..MigrationMap::default() };
    assert!(migrate(&play.def, &define(&version("{ required: [m] }")), &play.state, &map).is_ok());
    let map = MigrationMap { context: Some(".n.m".to_owned()), ..MigrationMap::default() };
    let found = migrate(&play.def, &define(&version("{}")), &play.state, &map).unwrap_err();
    assert!(found[0].why.contains("cannot be made"));
}

#[test]
fn a_failed_run_is_mended_by_a_new_version() {
    let old = "do:\n- ask: { call: one, output: { as: .n.deep } }\n- after: { set: { n: '${ . }' } }\n";
    let new = "do:\n- ask: { call: one, output: { as: .n } }\n- after: { set: { n: '${ . }' } }\n";
    let mut play = Play::start(old, json!({}));
    let call = play.the_call();
    play.finish(&call, json!({"n": 7}));
    assert_eq!(play.state.status, Status::Faulted);
    let new = define(new);
    let mut state = migrate(&play.def, &new, &play.state, &MigrationMap::default()).unwrap();
    evolve(&new, &mut state, &RunEvent::Retried { reason: "fixed".to_owned(), input: None }, 9);
    assert_eq!((state.status, state.output), (Status::Completed, Some(json!({"n": 7}))));
    assert_eq!(play.calls_of("one"), 1);
}

#[test]
fn runs_that_have_ended_or_are_of_another_process_stay() {
    let body = "do:\n- a: { set: { x: 1 } }\n";
    let found = misfits(body, body, &MigrationMap::default(), &mut |_| {});
    assert!(found[0].why.contains("ended"));
    let head = "document: { dsl: '1.0.3', namespace: test, name: other, version: '1.0.0' }\n";
    let other = Definition::parse("o.yaml", &format!("{head}do:\n- a: {{ call: one }}\n")).unwrap();
    let play = Play::start("do:\n- a: { call: one }\n", json!({}));
    assert!(migrate(&play.def, &other, &play.state, &MigrationMap::default()).is_err());
    let turn = evolve(
        &play.def,
        &mut play.state.clone(),
        &RunEvent::Migrated { from: String::new(), definition: String::new(), map: MigrationMap::default() },
        1,
    );
    assert!(turn.refused.is_some());
    let call: CallId = "run_1.1".parse().unwrap();
    assert!(play.state.is_open(&call));
}
