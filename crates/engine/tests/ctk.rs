//! The conformance scenarios of the specification, read from the folder of shared data where that is present.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod common;

use baton_engine::{Action, Definition, ErrorDoc, ErrorKind, FunctionCall, HttpOutput, Status};
use common::Play;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ows-ctk")
}

/// One step: its words, and the text below it.
struct Step {
    words: String,
    text: Option<String>,
}

/// Scenarios of a feature file, by name.
fn scenarios(feature: &str) -> Vec<(String, Vec<Step>)> {
    let mut found: Vec<(String, Vec<Step>)> = Vec::new();
    let mut lines = feature.lines();
    while let Some(line) = lines.next() {
        let words = line.trim();
        if let Some(name) = words.strip_prefix("Scenario:") {
            found.push((name.trim().to_owned(), Vec::new()));
            continue;
        }
        let Some((_, steps)) = found.last_mut() else { continue };
        if words.starts_with("\"\"\"") {
            let indent = line.len() - line.trim_start().len();
            let block: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("\"\"\"")).collect();
            let inner = block.iter().filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min();
            let cut = inner.unwrap_or(0).max(indent.min(inner.unwrap_or(0)));
            let text: Vec<&str> = block.iter().map(|line| line.get(cut..).unwrap_or("")).collect();
            steps.last_mut().unwrap().text = Some(text.join("\n"));
        } else if ["Given ", "When ", "Then ", "And "].iter().any(|start| words.starts_with(start)) {
            let words = words.split_once(' ').unwrap().1.to_owned();
            steps.push(Step { words, text: None });
        }
    }
    found
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// Stands in for the public servers that the scenarios call.
fn answer(function: &FunctionCall) -> Result<Value, ErrorDoc> {
    let pet = |id: i64| json!({"id": id, "name": "Milou", "status": "available", "photoUrls": []});
    let (content, how, uri, method) = match function {
        FunctionCall::Http(call) => {
            let uri = call.endpoint.uri.clone();
            let rest = uri.strip_prefix("https://petstore.swagger.io/v2/pet/");
            let content = match rest {
                Some("findByStatus?status=available") => json!([pet(1), pet(2)]),
                Some(id) if id.parse::<i64>().is_ok() => pet(id.parse().unwrap()),
                Some(_) => {
                    let error = ErrorDoc::standard(ErrorKind::Communication, "no such pet").with_status(404);
                    return Err(error);
                }
                None => {
                    let secret = call.endpoint.authentication.clone().unwrap();
                    assert_eq!(uri, "https://httpbin.org/basic-auth/serverless-workflow/conformance-test");
                    assert_eq!(
                        secret,
                        json!({"basic": {"username": "serverless-workflow", "password": "conformance-test"}})
                    );
                    json!({"authenticated": true})
                }
            };
            (content, call.output, uri, call.method.clone())
        }
        FunctionCall::OpenApi(call) => {
            let uri = call.document.uri.clone();
            assert_eq!(uri, "https://petstore.swagger.io/v2/swagger.json");
            let content = match call.operation_id.as_str() {
                "findPetsByStatus" => {
                    assert_eq!(call.parameters["status"], json!("available"));
                    json!([pet(1), pet(2)])
                }
                "getPetById" => pet(call.parameters["petId"].as_i64().unwrap()),
                other => panic!("no operation {other}"),
            };
            (content, call.output, uri, "GET".to_owned())
        }
        other => panic!("no scenario calls {other:?}"),
    };
    Ok(match how {
        HttpOutput::Response => json!({
            "request": {"method": method, "uri": uri, "headers": {}}, "statusCode": 200, "headers": {}, "content": content,
        }),
        _ => content,
    })
}

fn play(definition: &str, input: Value) -> Play {
    let def = Definition::parse("scenario.yaml", definition).unwrap_or_else(|findings| panic!("{findings:?}"));
    let mut play = Play::of(def, input);
    while play.state.status == Status::Running {
        let (call, function) = play.open_calls().into_iter().next().expect("the run waits for a call");
        match answer(&function) {
            Ok(output) => play.finish(&call, output),
            Err(error) => play.fail(&call, error),
        };
    }
    play
}

fn quoted(words: &str) -> Vec<String> {
    words.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

fn property<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn check(play: &Play, step: &Step) {
    let words = step.words.as_str();
    let expected = step.text.as_deref().map(yaml);
    if let Some(rest) = words.strip_prefix("the workflow should complete") {
        let output = play.output();
        if rest.contains("with output") {
            assert_eq!(Some(output), expected);
        }
    } else if let Some(rest) = words.strip_prefix("the workflow should fault") {
        let error = serde_json::to_value(play.error()).unwrap();
        if rest.contains("with error") {
            assert_eq!(Some(error), expected);
        }
    } else if words.starts_with("the workflow output should have") {
        let output = play.output();
        for path in quoted(words) {
            let value = property(&output, &path).unwrap_or_else(|| panic!("{path} missing in {output}"));
            if words.ends_with("with value:") {
                assert_eq!(Some(value), expected.as_ref());
            } else if let Some((_, count)) = words.split_once("containing ") {
                let count: usize = count.split(' ').next().unwrap().parse().unwrap();
                assert_eq!(value.as_array().unwrap().len(), count);
            }
        }
    } else {
        let began = play.began();
        let parts: Vec<&str> = words.split(' ').collect();
        let at =
            |name: &str| began.iter().position(|task| *task == name).unwrap_or_else(|| panic!("{name}: {began:?}"));
        match parts.as_slice() {
            [task, "should", "run", "first"] => assert_eq!(at(task), 0),
            [task, "should", "run", "last"] => assert_eq!(at(task), began.len() - 1),
            [task, "should", "run", "after", other] => assert!(at(task) > at(other)),
            _ => panic!("unknown step: {words}"),
        }
    }
}

fn run(steps: &[Step]) {
    let block =
        |start: &str| steps.iter().find(|step| step.words.starts_with(start)).and_then(|step| step.text.as_deref());
    let input = block("given the workflow input").map_or_else(|| json!({}), yaml);
    let play = play(block("a workflow with definition").unwrap(), input);
    let checks = steps.iter().skip_while(|step| !step.words.starts_with("the workflow is executed")).skip(1);
    checks.for_each(|step| check(&play, step));
    assert!(!play.actions.iter().any(|action| matches!(action, Action::Cancelled { .. })));
}

#[test]
fn every_conformance_scenario_passes() {
    let Ok(folder) = std::fs::read_dir(folder()) else {
        eprintln!("skipped: the conformance scenarios are not on this machine");
        return;
    };
    let mut played = 0;
    for file in folder {
        let feature = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for (name, steps) in scenarios(&feature) {
            eprintln!("{name}");
            run(&steps);
            played += 1;
        }
    }
    assert!(played > 20, "{played} scenarios");
}
