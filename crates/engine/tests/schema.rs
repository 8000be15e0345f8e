//! The parser and the specification's JSON Schema agree on what is a definition, but for what is listed here.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use baton_engine::{Definition, Severity, lint};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Rules that a schema cannot know, or that say what Baton does not offer.
const BEYOND_THE_SCHEMA: [&str; 15] = [
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
const STRICTER_THAN_THE_SCHEMA: [&str; 20] = [
    "'schedule' says nothing",
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
    "'with' filters nothing",
    "'version' must be a text",
];
/// The schema lets an A2A call name no agent at all.
const NO_AGENT: &str = "neither 'agentCard' nor 'server'";

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

#[test]
fn the_parser_agrees_with_the_schema_on_every_single_mutation() {
    let Some(schema) = schema() else {
        eprintln!("skipped: the specification's schema is not on this machine");
        return;
    };
    let validator = jsonschema::validator_for(&schema).unwrap();
    let whole = whole();
    assert!(
        validator.is_valid(&whole),
        "{:?}",
        validator.iter_errors(&whole).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(Definition::parse("whole.yaml", &whole.to_string()).err(), None);
    let (mut count, mut differences) = (0, Vec::new());
    // Task by task: the mutations of the whole document at once would be checked against the whole schema.
    let mut documents = Vec::new();
    for task in whole["do"].as_array().unwrap() {
        let mut one = whole.clone();
        one["do"] = json!([task]);
        for mutated in mutations(task) {
            one["do"] = json!([mutated]);
            documents.push(one.clone());
        }
    }
    let mut rest = whole.clone();
    rest["do"] = json!([{"a": {"set": {"x": 1}}}]);
    documents.extend(mutations(&rest));
    for document in documents {
        count += 1;
        let text = document.to_string();
        let findings = lint("m.yaml", &text, &[]);
        let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
        let valid = validator.is_valid(&document);
        let stricter =
            |message: &str| STRICTER_THAN_THE_SCHEMA.iter().chain([&NO_AGENT]).any(|part| message.contains(part));
        let explained = errors.iter().any(|f| BEYOND_THE_SCHEMA.contains(&f.rule.as_str()) || stricter(&f.message));
        if valid != errors.is_empty() && !(valid && explained) {
            let place = errors.first().map(ToString::to_string).unwrap_or_default();
            let why = validator
                .iter_errors(&document)
                .next()
                .map(|e| format!("{} {e}", e.instance_path()))
                .unwrap_or_default();
            differences.push(format!("schema {valid}: {place} {}", why.chars().take(300).collect::<String>()));
        }
    }
    differences.sort();
    differences.dedup();
    assert!(
        differences.is_empty(),
        "{count} documents, {} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
