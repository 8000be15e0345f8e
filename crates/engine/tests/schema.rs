//! The parser and the specification's JSON Schema agree on what is a definition, but for what is listed here.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use crate::common;
use baton_engine::{Definition, Finding, Severity, editor_schema, lint};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Rules that a schema cannot know, or that say what Baton does not offer.
const BEYOND_THE_SCHEMA: [&str; 18] = [
    "range",
    "until",
    "two-defaults",
    "cron",
    "missing-file",
    "expression",
    "unknown-variable",
    "then-target",
    "duplicate-name",
    "unknown-reference",
    "unsupported",
    "schema",
    "function-cycle",
    "name",
    "dsl",
    "value",
    "size",
    "duration",
];

/// Where the schema leaves keys open, or forgets to say what a value is: what is not known is refused here, since it
/// would do nothing.
const STRICTER_THAN_THE_SCHEMA: [&str; 21] = [
    "'detail' must be a text",
    "'schedule' says none of",
    "'evaluate'",
    "'language'",
    "'mode'",
    "'compensate'",
    "in the definition",
    "in 'errors'",
    "in 'with'",
    "in 'event'",
    "in 'http'",
    "in 'transport'",
    "in the correlation",
    "in 'client'",
    "in the MCP call",
    "in the authentication",
    "in 'request'",
    "in 'endpoints'",
    "'event' has no 'with'",
    "'with' is empty",
    "'version' must be a text",
];
/// The schema lets an A2A call name no agent at all.
const NO_AGENT: &str = "says none of: agentCard, server";
/// Rules about the form of a definition, which the editor's schema knows as well as the parser does.
const FORM: [&str; 7] = ["unknown-key", "missing-key", "type", "shape", "value", "task-kind", "uri"];

fn schema() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ows-schema/workflow.yaml");
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_saphyr::from_str(&text).unwrap())
}

/// One definition that uses as much of the language as is offered.
fn whole() -> Value {
    serde_saphyr::from_str(include_str!("whole.yaml")).unwrap()
}

/// Every way to break a document at one place.
fn mutations(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let odd = [
        json!(null),
        json!(7),
        json!("odd text"),
        json!([]),
        json!({}),
        json!(true),
        json!({"odd": 1}),
        json!(["odd"]),
    ];
    match value {
        Value::Object(map) => {
            let with = |key: &str, part: Value| {
                let mut map = map.clone();
                map.insert(key.to_owned(), part);
                Value::Object(map)
            };
            found.push(with("oddKey", json!(1)));
            for (key, part) in map {
                let rest: Map<_, _> =
                    map.iter().filter(|(k, _)| *k != key).map(|(k, v)| (k.clone(), v.clone())).collect();
                found.push(Value::Object(rest));
                found.extend(odd.iter().map(|odd| with(key, odd.clone())));
                found.extend(mutations(part).into_iter().map(|part| with(key, part)));
            }
        }
        Value::Array(items) => {
            let with = |at: usize, part: Value| {
                let mut items = items.clone();
                items[at] = part;
                Value::Array(items)
            };
            found.push(Value::Array(Vec::new()));
            for (at, part) in items.iter().enumerate() {
                found.extend(odd.iter().map(|odd| with(at, odd.clone())));
                found.extend(mutations(part).into_iter().map(|part| with(at, part)));
            }
        }
        _ => {}
    }
    found
}

/// Every way to break the whole definition at one place, task by task: the mutations of the whole document at once
/// would be checked against the whole schema.
fn broken(whole: &Value) -> Vec<Value> {
    let mut documents = Vec::new();
    for task in whole["do"].as_array().unwrap() {
        let mut one = whole.clone();
        one["do"] = json!([task]);
        // What the task does not need only takes time.
        for part in ["input", "output", "schedule", "evaluate", "timeout"] {
            one.as_object_mut().unwrap().remove(part);
        }
        for mutated in mutations(task) {
            one["do"] = json!([mutated]);
            documents.push(one.clone());
        }
    }
    let mut rest = whole.clone();
    rest["do"] = json!([{"a": {"set": {"x": 1}}}]);
    documents.extend(mutations(&rest));
    documents
}

fn editor() -> jsonschema::Validator {
    jsonschema::validator_for(&editor_schema(&["notify", "human-task"])).unwrap()
}

fn why(validator: &jsonschema::Validator, document: &Value) -> String {
    let errors = validator.iter_errors(document).map(|e| format!("{} {e}", e.instance_path()));
    errors.collect::<Vec<_>>().join("; ").chars().take(300).collect()
}

/// Where the specification's schema and the parser differ without a reason.
fn unlike_the_specification(
    validator: &jsonschema::Validator,
    document: &Value,
    findings: &[Finding],
) -> Option<String> {
    let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
    let valid = validator.is_valid(document);
    let stricter =
        |message: &str| STRICTER_THAN_THE_SCHEMA.iter().chain([&NO_AGENT]).any(|part| message.contains(part));
    let explained = errors.iter().any(|f| BEYOND_THE_SCHEMA.contains(&f.rule.as_str()) || stricter(&f.message));
    let differs = valid != errors.is_empty() && !(valid && explained);
    let first = || errors.first().map(ToString::to_string).unwrap_or_default();
    differs.then(|| format!("the specification ({valid}): {} {}", first(), why(validator, document)))
}

/// Where the editor's schema refuses what the parser does not refuse for its form, or the other way round.
fn unlike_the_editor(validator: &jsonschema::Validator, document: &Value, findings: &[Finding]) -> Option<String> {
    let form = findings.iter().find(|finding| FORM.contains(&finding.rule.as_str()));
    let differs = validator.is_valid(document) == form.is_some();
    differs.then(|| format!("the editor: {:?} {}", form.map(ToString::to_string), why(validator, document)))
}

#[test]
fn the_parser_agrees_with_both_schemas_on_every_single_mutation() {
    let specification = schema().map(|schema| jsonschema::validator_for(&schema).unwrap());
    if specification.is_none() {
        eprintln!("not compared with the specification's schema: it is not on this machine");
    }
    let (editor, whole) = (editor(), whole());
    for validator in specification.iter().chain([&editor]) {
        assert_eq!(why(validator, &whole), "");
    }
    assert_eq!(Definition::parse("whole.yaml", &whole.to_string()).err(), None);
    let documents = broken(&whole);
    let mut differences = Vec::new();
    for document in &documents {
        let findings = lint("m.yaml", &document.to_string(), &[]);
        differences.extend(specification.as_ref().and_then(|s| unlike_the_specification(s, document, &findings)));
        differences.extend(unlike_the_editor(&editor, document, &findings));
    }
    differences.sort();
    differences.dedup();
    let count = documents.len();
    assert!(differences.is_empty(), "{count} documents, {} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_editors_schema_knows_every_key_that_the_whole_definition_shows() {
    fn keys(value: &Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                found.insert(key.clone());
                keys(value, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    fn properties(value: &Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    let offered = properties.iter().filter(|(_, value)| value.get("not") != Some(&json!({})));
                    found.extend(offered.map(|(key, _)| key.clone()));
                }
                map.values().for_each(|value| properties(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
            _ => {}
        }
    }
    let (mut shown, mut known) = Default::default();
    keys(&whole(), &mut shown);
    properties(&editor_schema(&[]), &mut known);
    // A schema in a file of the release: tests/parse.rs has one, this definition stands by itself.
    shown.insert("resource".to_owned());
    let missing: Vec<_> = known.difference(&shown).collect();
    assert!(missing.is_empty(), "whole.yaml lacks {missing:?}: keys that no mutation tests");
}

#[test]
fn the_editors_schema_accepts_every_process_of_the_blueprints_and_every_accepted_example() {
    let validator = editor();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let blueprints = std::fs::read_dir(root.join("../../blueprints")).unwrap();
    let mut folders: Vec<_> = blueprints.map(|entry| entry.unwrap().path().join("processes")).collect();
    let beside = || root.join("../../../shared/data/ows-examples");
    folders.push(std::env::var_os("BATON_SPEC_EXAMPLES").map_or_else(beside, Into::into));
    let mut seen = 0;
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|ext| ext != "yaml") {
                continue;
            }
            let text = common::filled_in(&std::fs::read_to_string(&path).unwrap());
            if Definition::parse("x.yaml", &text).is_err() {
                continue;
            }
            let document: Value = serde_saphyr::from_str(&text).unwrap();
            let why: Vec<_> = validator.iter_errors(&document).map(|e| format!("{} {e}", e.instance_path())).collect();
            assert!(why.is_empty(), "{}: {why:#?}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen} processes");
}
