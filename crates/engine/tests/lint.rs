//! Every rule of the linter: a definition in which it fires, at its place, and one in which it does not.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common;
use crate::common::HEAD;
use baton_engine::{Severity, lint, lint_rules};
use std::collections::BTreeSet;

/// A rule, the line of the body where it fires (0: the first line of the file), the lines of a body in which it fires,
/// and of one in which it does not.
type Case = (&'static str, u32, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "unknown-function",
        2,
        &["do:", "- a: { call: fly }"],
        &["use: { functions: { fly: { set: { x: 1 } } } }", "do:", "- a: { call: fly }", "- b: { call: notify }"],
    ),
    (
        "unknown-function",
        2,
        &["do:", "- a: { set: { x: 1 }, metadata: { compensate: unfly } }"],
        &["do:", "- a: { set: { x: 1 }, metadata: { compensate: notify } }"],
    ),
    (
        "unreachable",
        3,
        &["do:", "- a: { set: { x: 1 }, then: end }", "- b: { set: { x: 1 } }"],
        &["do:", "- a: { set: { x: 1 }, if: .go, then: end }", "- b: { set: { x: 1 } }"],
    ),
    (
        "unreachable",
        3,
        &["do:", "- a: { set: { x: 1 }, then: c }", "- b: { set: { x: 1 } }", "- c: { set: { x: 1 } }"],
        &["do:", "- a: { fork: { branches: [ { b: { wait: PT1S, then: exit } }, { c: { wait: PT1S } } ] } }"],
    ),
    (
        "switch-default",
        2,
        &["do:", "- a: { switch: [ { x: { when: .a, then: exit } } ] }"],
        &["do:", "- a: { switch: [ { x: { when: .a, then: exit } }, { y: { then: end } } ] }"],
    ),
    (
        "no-timeout",
        2,
        &["do:", "- a: { listen: { to: { any: [], until: .done } } }"],
        &[
            "do:",
            "- a: { listen: { to: { any: [] } }, timeout: { after: PT1H } }",
            "- b:",
            "    timeout: { after: PT1H }",
            "    do: [ { c: { listen: { to: { any: [] } } } } ]",
        ],
    ),
    (
        "no-timeout",
        2,
        &["do:", "- a: { listen: { to: { any: [] } } }"],
        &["timeout: { after: P1D }", "do:", "- a: { listen: { to: { any: [] } } }"],
    ),
    (
        "human-task",
        3,
        &[
            "do:",
            "- a:",
            "    try: [ { ask: { call: human-task } } ]",
            "    catch: { errors: { with: { status: 408 } }, do: [ { b: { call: notify } } ] }",
        ],
        &[
            "do:",
            "- a:",
            "    try: [ { ask: { call: human-task, timeout: { after: P1D } } } ]",
            "    catch: { errors: { with: { status: 408 } }, do: [ { b: { call: notify } } ] }",
        ],
    ),
    (
        "human-task",
        3,
        &[
            "do:",
            "- a:",
            "    try: [ { ask: { call: human-task, timeout: { after: P1D } } } ]",
            "    catch: { errors: { with: { status: 500 } }, do: [ { b: { call: notify } } ] }",
        ],
        &[
            "do:",
            "- a:",
            "    try: [ { ask: { call: human-task, timeout: { after: P1D } } } ]",
            "    catch: { errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } }, do: [ { b: { call: notify } } ] }",
        ],
    ),
    ("human-task", 2, &["do:", "- a: { call: approval, timeout: { after: P1D } }"], &["do:", "- a: { call: notify }"]),
    (
        "uncaught-call",
        2,
        &["do:", "- a: { call: http, with: { method: get, endpoint: 'https://x.example' } }"],
        &[
            "do:",
            "- a:",
            "    try: [ { b: { call: http, with: { method: get, endpoint: 'https://x.example' } } } ]",
            "    catch: { do: [ { c: { set: { x: 1 } } } ] }",
        ],
    ),
    (
        "uncaught-call",
        2,
        &["use:", "  functions: { f: { call: notify } }", "do:", "- a: { call: f }"],
        &[
            "use: { functions: { f: { call: notify } } }",
            "do:",
            "- a: { try: [ { b: { call: f } } ], catch: { do: [ { c: { set: { x: 1 } } } ] } }",
        ],
    ),
    (
        "uncaught-call",
        2,
        &["do:", "- a: { run: { workflow: { namespace: n, name: p, version: 1.0.0 } } }"],
        &["do:", "- a: { run: { await: false, workflow: { namespace: n, name: p, version: 1.0.0 } } }"],
    ),
    (
        "uncaught-call",
        4,
        &["do:", "- a:", "    try: [ { b: { set: { x: 1 } } } ]", "    catch: { do: [ { c: { call: notify } } ] }"],
        &["do:", "- a:", "    try: [ { b: { set: { x: 1 } } } ]", "    catch: { do: [ { c: { set: { x: 1 } } } ] }"],
    ),
    (
        "endless-loop",
        2,
        &[
            "do:",
            "- a: { set: { x: 1 } }",
            "- b: { switch: [ { again: { when: .again, then: a } }, { no: { then: end } } ] }",
        ],
        &[
            "do:",
            "- a: { wait: PT1S }",
            "- b: { switch: [ { again: { when: .again, then: a } }, { no: { then: end } } ] }",
        ],
    ),
    (
        "endless-loop",
        3,
        &["do:", "- z: { wait: PT1S }", "- a: { set: { x: 1 }, if: .go, then: a }"],
        &["do:", "- a: { do: [ { ask: { call: human-task } } ] }", "- b: { set: { x: 1 }, if: .again, then: a }"],
    ),
    (
        "endless-retry",
        2,
        &["do:", "- a: { try: [ { b: { set: { x: 1 } } } ], catch: { retry: { delay: PT1S } } }"],
        &[
            "do:",
            "- a: { try: [ { b: { set: { x: 1 } } } ], catch: { retry: { delay: PT1S, limit: { duration: PT1H } } } }",
        ],
    ),
    (
        "endless-retry",
        3,
        &[
            "use: { retries: { r: { delay: PT1S } } }",
            "do:",
            "- a: { try: [ { b: { set: { x: 1 } } } ], catch: { retry: r } }",
        ],
        &[
            "use: { retries: { r: { limit: { attempt: { count: 3 } } } } }",
            "do:",
            "- a: { try: [ { b: { set: { x: 1 } } } ], catch: { retry: r } }",
        ],
    ),
    (
        "empty-catch",
        2,
        &["do:", "- a: { try: [ { b: { set: { x: 1 } } } ], catch: { errors: { with: { status: 404 } } } }"],
        &["do:", "- a: { try: [ { b: { set: { x: 1 } } } ], catch: { do: [ { c: { set: { x: 1 } } } ] } }"],
    ),
    (
        "secret-leak",
        3,
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: '${ $secrets.key }' } }"],
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.example', authentication: { bearer: { token: '${ $secrets.key }' } } } } }",
        ],
    ),
    (
        "secret-leak",
        3,
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: 1 }, output: { as: '${ $secrets }' } }"],
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: 1 }, if: '$secrets.key != null' }"],
    ),
    (
        "secret-leak",
        3,
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: 1 }, export: { as: { x: '${ $secrets.key }' } } }"],
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: 1 }, export: { as: { x: '${ .x }' } } }"],
    ),
    (
        "secret-leak",
        3,
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { emit: { event: { with: { source: 'https://x', type: t, data: { k: '${ $secrets.key }' } } } } }",
        ],
        &["use: { secrets: [key] }", "do:", "- a: { emit: { event: { with: { source: 'https://x', type: t } } } }"],
    ),
    (
        "secret-leak",
        3,
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { raise: { error: { type: 'https://x', status: 500, detail: '${ $secrets.key }' } } }",
        ],
        &["use: { secrets: [key] }", "do:", "- a: { raise: { error: { type: 'https://x', status: 500 } } }"],
    ),
    (
        "secret-leak",
        3,
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { run: { workflow: { namespace: n, name: p, version: 1.0.0, input: { k: '${ $secrets.key }' } } } }",
        ],
        &["use: { secrets: [key] }", "do:", "- a: { run: { workflow: { namespace: n, name: p, version: 1.0.0 } } }"],
    ),
    (
        "secret-leak",
        3,
        &["use: { secrets: [key] }", "do:", "- a: { for: { in: '[$secrets.key]' }, do: [ { b: { set: { x: 1 } } } ] }"],
        &["use: { secrets: [key] }", "do:", "- a: { for: { in: .keys }, do: [ { b: { set: { x: 1 } } } ] }"],
    ),
    (
        "secret-leak",
        3,
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { listen: { to: { one: { with: { type: t }, correlate: { k: { from: .k, expect: '${ $secrets.key }' } } } } } }",
        ],
        &["use: { secrets: [key] }", "do:", "- a: { listen: { to: { one: { with: { type: t } } } } }"],
    ),
    (
        "secret-leak",
        0,
        &["output: { as: '${ $secrets }' }", "use: { secrets: [key] }", "do:", "- a: { set: { x: 1 } }"],
        &["output: { as: '${ . }' }", "use: { secrets: [key] }", "do:", "- a: { set: { x: 1 } }"],
    ),
    (
        "secret-flow",
        3,
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { set: { x: '${ . }' }, input: { from: { k: '${ $secrets.key }' } } }",
        ],
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: '${ . }' }, input: { from: { k: '${ .key }' } } }"],
    ),
    (
        "secret-flow",
        3,
        &["use: { secrets: [key] }", "do:", "- a: { call: notify, with: { text: '${ $secrets.key }' } }"],
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.example', authentication: { bearer: { token: '${ $secrets.key }' } } } } }",
        ],
    ),
    (
        "secret-flow",
        3,
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.example', authentication: { bearer: { token: '${ $secrets.key }' } } } }, input: { from: '${ $secrets }' }, output: { as: '${ $input }' } }",
        ],
        &[
            "use: { secrets: [key] }",
            "do:",
            "- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.example', authentication: { bearer: { token: '${ $secrets.key }' } } } }, input: { from: '${ $secrets }' } }",
        ],
    ),
    (
        "secret-flow",
        0,
        &["input: { from: '${ $secrets }' }", "use: { secrets: [key] }", "do:", "- a: { set: { x: 1 } }"],
        &["use: { secrets: [key] }", "do:", "- a: { set: { x: 1 } }"],
    ),
    (
        "schedule-often",
        1,
        &["schedule: { every: PT5S }", "do:", "- a: { set: { x: 1 } }"],
        &["schedule: { every: PT1H, cron: '* * * * *' }", "do:", "- a: { set: { x: 1 } }"],
    ),
    (
        "schedule-often",
        1,
        &["schedule: { after: PT0S }", "do:", "- a: { set: { x: 1 } }"],
        &["schedule: { after: PT5M }", "do:", "- a: { set: { x: 1 } }"],
    ),
    (
        "own-event",
        3,
        &["schedule: { on: { one: { with: { type: paid } } } }", "do:", EMITS],
        &["schedule: { on: { one: { with: { type: paid, source: 'https://y' } } } }", "do:", EMITS],
    ),
    (
        "own-event",
        3,
        &["schedule: { on: { any: [] } }", "do:", EMITS],
        &["schedule: { on: { all: [ { with: { type: paid } }, { with: { type: sent } } ] } }", "do:", EMITS],
    ),
];

const EMITS: &str = "- a: { emit: { event: { with: { source: 'https://x', type: paid, data: '${ . }' } } } }";

/// Functions of the platform, as far as these tests call them.
const KNOWN: [&str; 3] = ["human-task", "approval", "notify"];

fn text(body: &[&str]) -> String {
    format!("{HEAD}{}\n", body.join("\n"))
}

#[test]
fn every_rule_fires_where_it_should_and_nowhere_else() {
    for (rule, line, fires, quiet) in CASES {
        let findings = lint("t.yaml", &text(fires), &KNOWN);
        let found: Vec<_> = findings.iter().filter(|f| f.rule == *rule).collect();
        assert_eq!(found.len(), 1, "{rule} in {fires:#?}: {findings:#?}");
        assert_eq!(found[0].line, line + 1, "{}", found[0]);
        assert!(found[0].column > 0 && !found[0].remedy.is_empty(), "{}", found[0]);
        let findings = lint("t.yaml", &text(quiet), &KNOWN);
        let found: Vec<_> = findings.iter().filter(|f| f.rule == *rule || f.severity == Severity::Error).collect();
        assert!(found.is_empty(), "{rule} in {quiet:#?}: {found:#?}");
    }
}

#[test]
fn the_catalogue_names_every_rule_once_and_every_rule_of_the_linter_is_tested() {
    let rules = lint_rules();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules.len(), "ids are unique");
    for rule in &rules {
        assert!(rule.what.ends_with('.') && rule.remedy.ends_with('.'), "{rule:?}");
    }
    let tested: BTreeSet<&str> = CASES.iter().map(|(rule, ..)| *rule).collect();
    let missing: Vec<_> = tested.difference(&ids).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let first = rules.iter().position(|rule| rule.id == "unknown-function").unwrap();
    let untested: Vec<_> = rules[first..].iter().filter(|rule| !tested.contains(rule.id)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn the_guide_lists_the_rules_as_they_are() {
    let guide = include_str!("../../../docs/guide/processes-lint.md");
    for rule in lint_rules() {
        let severity = if rule.severity == Severity::Error { "error" } else { "warning" };
        let line = format!("| `{}` | {severity} | {} | {} |", rule.id, rule.what, rule.remedy);
        assert!(guide.contains(&line), "docs/guide/processes-lint.md lacks:\n{line}");
    }
    let listed = guide.lines().filter(|line| line.contains("| error |") || line.contains("| warning |")).count();
    assert_eq!(listed, lint_rules().len(), "the guide lists a rule that there is not");
}

#[test]
fn the_processes_of_the_blueprints_have_no_errors() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints");
    let known = ["action", "agent-turn", "approval", "decide", "escalate", "human-task", "notify", "record"];
    let mut seen = 0;
    for blueprint in std::fs::read_dir(root).unwrap() {
        let Ok(processes) = std::fs::read_dir(blueprint.unwrap().path().join("processes")) else { continue };
        for process in processes {
            let path = process.unwrap().path();
            // Table tests stand beside the processes that they test.
            if path.to_string_lossy().ends_with(".test.yaml") {
                continue;
            }
            let text = common::filled_in(&std::fs::read_to_string(&path).unwrap());
            let findings = lint(&path.to_string_lossy(), &text, &known);
            let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
            assert!(errors.is_empty(), "{errors:#?}");
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen} processes");
}
