//! Definitions are read strictly: every finding has its place and a remedy.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::common;
use crate::common::HEAD;
use baton_engine::{Definition, Severity, lint};

/// Refused with a finding of this rule whose message holds these words, at this line of the body.
fn refused(body: &str, rule: &str, words: &str, line: u32) {
    let findings = Definition::parse("test.yaml", &format!("{HEAD}{body}")).expect_err(body);
    let found = findings.iter().find(|f| f.rule == rule && f.message.contains(words));
    let found = found.unwrap_or_else(|| panic!("no [{rule}] {words} in {findings:#?}"));
    assert_eq!((found.line, found.severity), (line + 1, Severity::Error), "{found}");
    assert!(found.column > 0 && !found.remedy.is_empty(), "{found}");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let set = "do:\n- a:\n    set: { x: 1 }\n";
    refused("do:\n- a:\n    set: { x: 1 }\n    than: end\n", "unknown-key", "'than'", 4);
    refused("do:\n- a:\n    set: { x: 1 }\n    then: b\n", "then-target", "'b'", 2);
    refused("do:\n- a:\n    set: { x: 1 }\n- a:\n    set: { x: 1 }\n", "duplicate-name", "'a'", 4);
    refused("do:\n- a:\n    set: { x: '${ .a[ }' }\n", "expression", ".a[", 3);
    refused("do:\n- a:\n    set: { x: '${ $nope }' }\n", "unknown-variable", "$nope", 3);
    refused("do:\n- a:\n    set: { x: '${ now }' }\n", "expression", "not offered", 3);
    refused("do:\n- a:\n    then: end\n", "task-kind", "does not say", 3);
    refused("do:\n- a:\n    set: { x: 1 }\n    wait: PT1S\n", "task-kind", "both", 3);
    refused("do:\n- a:\n    for: { in: .x }\n", "missing-key", "'do'", 3);
    refused("do:\n- a:\n    wait: 5 minutes\n", "duration", "5 minutes", 3);
    refused("do:\n- a:\n    wait: { minutes: -5 }\n", "duration", "negative", 3);
    refused("do:\n- a:\n    call: http\n    with: { method: get }\n", "missing-key", "'endpoint'", 4);
    refused("do:\n- a:\n    call: http\n    with: { method: get, endpoint: nowhere }\n", "uri", "nowhere", 4);
    refused("do:\n- a:\n    call: grpc\n    with: {}\n", "unsupported", "grpc", 3);
    refused("do:\n- a:\n    run:\n      shell: { command: ls }\n", "unsupported", "shell", 4);
    refused("do:\n- a:\n    raise: { error: mine }\n", "unknown-reference", "mine", 3);
    refused("do:\n- a:\n    set: { x: 1 }\n    timeout: mine\n", "unknown-reference", "mine", 4);
    refused("do:\n- a:\n    set: { x: 1 }\n    if: true\n", "type", "a boolean", 4);
    refused("do:\n- a:\n    set: {}\n", "shape", "'set'", 3);
    refused("do:\n- a:\n    switch: [ { x: { then: end } }, { y: { then: exit } } ]\n", "two-defaults", "two", 3);
    refused("do:\n- a:\n    switch: []\n", "shape", "no case", 3);
    refused("do:\n- a: { set: { x: 1 } }\n  b: { set: { x: 1 } }\n", "shape", "2 keys", 2);
    refused("do: 5\n", "type", "a number", 1);
    refused(&format!("schedule: {{ cron: '0 0 * *' }}\n{set}"), "cron", "five fields", 1);
    refused(&format!("schedule: {{ cron: 'CRON_TZ=Berlin 0 0 * * *' }}\n{set}"), "cron", "time zone 'Berlin'", 1);
    refused(&format!("schedule: {{}}\n{set}"), "shape", "says none of", 1);
    refused(&format!("schedule: {{ every: '${{ .x }}' }}\n{set}"), "duration", "no run yet", 1);
    refused(
        &format!("schedule: {{ on: {{ one: {{ with: {{ data: '${{ $context.x }}' }} }} }} }}\n{set}"),
        "unknown-variable",
        "$context",
        1,
    );
    refused(
        "do:\n- a:\n    set: { x: 1 }\n    metadata: { compensate: 'f:1@nowhere' }\n",
        "unknown-reference",
        "nowhere",
        4,
    );
    refused(&format!("input: {{ schema: {{ document: {{ type: nonsense }} }} }}\n{set}"), "schema", "JSON Schema", 1);
    refused(&format!("use: {{ functions: {{ f: {{ call: f }} }} }}\n{set}"), "function-cycle", "'f' calls itself", 1);
    refused("do:\n- end:\n    set: { x: 1 }\n", "name", "'end'", 2);
    refused("do:\n- a:\n    listen: { to: { one: { with: { type: x } }, any: [] } }\n", "shape", "exactly one", 3);
}

/// Refused by the name of a feature that is not offered, with an alternative.
fn not_offered(body: &str, feature: &str) {
    let findings = Definition::parse("test.yaml", &format!("{HEAD}{body}")).expect_err(body);
    let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "only the feature is refused: {errors:#?}");
    assert_eq!(errors[0].rule, "unsupported");
    assert!(errors[0].message.starts_with(&format!("'{feature}' is not offered")), "{}", errors[0]);
    assert!(!errors[0].remedy.is_empty());
}

#[test]
fn what_is_not_offered_is_refused_by_its_name() {
    let set = "do:\n- a: { set: { x: 1 } }\n";
    not_offered("do:\n- a: { call: grpc, with: { proto: {} } }\n", "call: grpc");
    not_offered("do:\n- a: { call: asyncapi, with: { channel: x } }\n", "call: asyncapi");
    for program in ["container", "script", "shell"] {
        not_offered(&format!("do:\n- a: {{ run: {{ {program}: {{}}, return: all }} }}\n"), &format!("run: {program}"));
    }
    let stdio = "do:\n- a: { call: mcp, with: { method: tools/list, transport: { stdio: { command: npx } } } }\n";
    not_offered(stdio, "mcp over stdio");
    not_offered("do:\n- a: { call: 'https://x.example/function.yaml', with: { y: 1 } }\n", "remote function");
    let catalog = format!("use: {{ catalogs: {{ far: {{ endpoint: 'https://x.example' }} }} }}\n{set}");
    not_offered(&catalog, "remote catalog");
    let schema = format!("input: {{ schema: {{ resource: {{ endpoint: 'https://x.example/s.json' }} }} }}\n{set}");
    not_offered(&schema, "remote schema");
    not_offered(&format!("input: {{ schema: {{ format: avro, document: {{}} }} }}\n{set}"), "schema format");
    not_offered(&format!("evaluate: {{ mode: loose }}\n{set}"), "evaluate.mode: loose");
    not_offered(&format!("evaluate: {{ language: cel }}\n{set}"), "evaluate.language");
}

#[test]
fn functions_and_schemas_may_stand_in_files_of_the_release() {
    let body = "use: { catalogs: { shared: { endpoint: file:///lib } } }\ninput: { schema: { resource: { endpoint: \
                file:///schemas/in.json } } }\ndo:\n- a: { call: greet:1.0.0@shared, with: { who: Ada }, metadata: { \
                compensate: greet:1.0.0@shared } }\n- b: { call: notify:1.0.0@default }\n";
    let text = format!("{HEAD}{body}");
    let greet = std::sync::Mutex::new("call: record\nwith: { said: '${ \"Hello \\(.who)\" }' }\n".to_owned());
    let files = |path: &str| match path {
        "lib/functions/greet/1.0.0/function.yaml" => Some(greet.lock().unwrap().clone()),
        "schemas/in.json" => Some(r#"{"type": "object", "required": ["x"]}"#.to_owned()),
        _ => None,
    };
    let def = Definition::parse_in("t.yaml", &text, &files).unwrap();
    assert_eq!(def.functions(), ["notify", "record"]);
    let play = common::Play::of(def.clone(), serde_json::json!({"x": 1}));
    let calls = play.open_calls();
    assert!(format!("{calls:?}").contains("Hello Ada"), "{calls:?}");
    assert_eq!(common::Play::of(def.clone(), serde_json::json!({})).error().status, 400, "the schema is checked");
    assert_eq!(def.tasks()[0].compensate.as_deref(), Some("greet:1.0.0@shared"));

    *greet.lock().unwrap() = "call: record\nwith: { said: bye }\n".to_owned();
    let other = Definition::parse_in("t.yaml", &text, &files).unwrap();
    assert_ne!(def.digest(), other.digest(), "a run is pinned to the function's text too");

    *greet.lock().unwrap() = "call: greet:1.0.0@shared\n".to_owned();
    let findings = Definition::parse_in("t.yaml", &text, &files).unwrap_err();
    assert!(findings.iter().any(|f| f.rule == "function-cycle"), "{findings:?}");
    *greet.lock().unwrap() = "set: {}\n".to_owned();
    let findings = Definition::parse_in("t.yaml", &text, &files).unwrap_err();
    assert_eq!(findings[0].file, "lib/functions/greet/1.0.0/function.yaml", "{findings:?}");
    let findings = Definition::parse("t.yaml", &text).unwrap_err();
    assert!(findings.iter().all(|f| f.rule == "missing-file"), "{findings:?}");
}

#[test]
fn a_schedule_tells_when_runs_begin() {
    let set = "do:\n- a: { set: { x: 1 } }\n";
    let hour_ms = 3_600_000;
    let def =
        common::define(&format!("schedule: {{ every: PT6H, cron: '0 * * * *', after: {{ minutes: 5 }} }}\n{set}"));
    let schedule = def.schedule().unwrap();
    assert_eq!(schedule.next_ms(hour_ms / 2), Some(hour_ms));
    assert_eq!(schedule.again_ms(1_000), Some(301_000));
    assert!(!schedule.by_events() && def.trigger().is_none());
    assert_eq!(
        common::define(&format!("schedule: {{ every: PT6H }}\n{set}")).schedule().unwrap().next_ms(1),
        Some(6 * hour_ms + 1)
    );

    let on = "schedule: { on: { all: [ { with: { type: paid }, correlate: { order: { from: .data.order } } }, { with: \
              { type: packed }, correlate: { order: { from: .data.order } } } ] } }\n";
    let def = common::define(&format!("{on}{set}"));
    assert!(def.schedule().unwrap().by_events());
    let mut play = common::Play::of(def.trigger().unwrap(), serde_json::json!({}));
    play.event("paid", serde_json::json!({"order": 1}));
    play.event("packed", serde_json::json!({"order": 2}));
    play.event("packed", serde_json::json!({"order": 1}));
    let events = play.output();
    let seen: Vec<_> = events.as_array().unwrap().iter().map(|e| (&e["type"], &e["data"]["order"])).collect();
    assert_eq!(
        seen,
        [(&serde_json::json!("paid"), &serde_json::json!(1)), (&serde_json::json!("packed"), &serde_json::json!(1))]
    );
}

#[test]
fn all_findings_come_at_once() {
    let body = "do:\n- a:\n    set: { x: '${ .[ }' }\n    bad: 1\n- b:\n    worse: 2\n";
    let findings = Definition::parse("test.yaml", &format!("{HEAD}{body}")).unwrap_err();
    let rules: Vec<_> = findings.iter().map(|f| (f.line, f.rule.as_str())).collect();
    assert_eq!(rules, [(4, "expression"), (5, "unknown-key"), (7, "task-kind"), (7, "unknown-key")]);
}

#[test]
fn hostile_text_is_refused_quickly() {
    let deep = format!("{HEAD}do:\n- a:\n    set: {{ x: {}1{} }}\n", "[".repeat(200_000), "]".repeat(200_000));
    let dashes = "- ".repeat(200_000);
    let nested: String =
        (0..200).map(|i| format!("{}- t{i}:\n{}do:\n", "    ".repeat(i), "    ".repeat(i + 1))).collect();
    let bomb = format!(
        "{HEAD}a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
         d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
    );
    let long = format!("{HEAD}do:\n- a:\n    set: {{ x: {} }}\n", "y".repeat(600 * 1024));
    for text in [
        "",
        "\u{0}",
        "[",
        "a: *b",
        "- - - -",
        "!!binary x",
        &deep,
        &dashes,
        &format!("{HEAD}do:\n{nested}"),
        &bomb,
        &long,
    ] {
        let findings = Definition::parse("x.yaml", text).unwrap_err();
        assert!(findings.iter().all(|finding| finding.rule != "internal"), "{findings:?}");
    }
}

#[test]
fn warnings_do_not_refuse() {
    let body = "do:\n- ask: { call: human-task }\n";
    let findings = lint("test.yaml", &format!("{HEAD}{body}"), &[]);
    assert!(!findings.is_empty() && findings.iter().all(|f| f.severity == Severity::Warning), "{findings:?}");
    assert!(Definition::parse("test.yaml", &format!("{HEAD}{body}")).is_ok());
}

#[test]
fn a_definition_tells_its_functions_and_its_graph() {
    let body = "use:\n  functions:\n    greet: { call: notify, with: { text: hi } }\ndo:\n- ask: { call: decide }\n- go:\n    \
                switch:\n    - yes: { when: .ok, then: done }\n    - no: { then: end }\n- done: { call: greet }\n";
    let def = common::define(body);
    assert_eq!(def.functions(), ["decide", "notify"]);
    assert_eq!((def.namespace(), def.name(), def.version()), ("test", "test", "1.0.0"));
    let graph = def.graph();
    let edges: Vec<_> = graph.edges.iter().map(|e| (e.from.as_str(), e.to.as_str(), e.label.as_deref())).collect();
    assert_eq!(
        edges,
        [
            ("start", "/do/0/ask", None),
            ("/do/0/ask", "/do/1/go", None),
            ("/do/1/go", "/do/2/done", Some("yes")),
            ("/do/1/go", "end", Some("no")),
            ("/do/2/done", "end", None),
        ]
    );
    assert_eq!(graph.nodes[1].label.as_deref(), Some("decide"));
}

#[test]
fn tasks_nest_only_so_deep_that_a_stored_run_can_be_read_again() {
    let nested = |kind: &str, levels: usize, tail: &str| {
        let mut body = "do:\n".to_owned();
        for level in 0..levels {
            body += &format!("{0}- t{level}:\n{0}    {kind}:\n", "    ".repeat(level));
        }
        body += &format!("{0}- ask: {{ call: human-task }}\n", "    ".repeat(levels));
        for level in (0..levels).rev() {
            body += &format!("{}{tail}", "    ".repeat(level + 1)).replace("    \n", "");
        }
        body
    };
    let deep = (0..62).fold(serde_json::json!(1), |value, _| serde_json::json!([value]));
    let input = serde_json::json!({"x": deep});
    for (kind, levels, tail) in [("do", 13, "\n"), ("try", 8, "catch: {}\n")] {
        let mut play = common::Play::start(&nested(kind, levels, tail), input.clone());
        let call = play.the_call();
        play.finish(&call, input.clone());
        assert_eq!(play.output(), input, "{kind}");
    }
    for (kind, levels, tail) in [("do", 14, "\n"), ("try", 9, "catch: {}\n")] {
        let findings = Definition::parse("t.yaml", &format!("{HEAD}{}", nested(kind, levels, tail))).unwrap_err();
        assert!(findings.iter().any(|f| f.rule == "depth"), "{kind}: {findings:?}");
    }
}
