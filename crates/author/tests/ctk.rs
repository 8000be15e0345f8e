//! The specification's conformance scenarios, by the real durable runs and real HTTP. The public servers that they call
//! are served on loopback: their hosts are replaced in the text of a scenario, nothing else is.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use axum::extract::{Path as At, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use baton_author::{Played, Project, Script, Time, Wanted, play};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Scenarios that the kit has, count.
const SCENARIOS: usize = 21;
/// Hosts that stand for the server on loopback.
const PUBLIC: [&str; 2] = ["https://petstore.swagger.io", "https://httpbin.org"];

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
            let block: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("\"\"\"")).collect();
            let depth = block.iter().filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min();
            let text: Vec<&str> = block.iter().map(|line| line.get(depth.unwrap_or(0)..).unwrap_or("")).collect();
            steps.last_mut().unwrap().text = Some(text.join("\n"));
        } else if ["Given ", "When ", "Then ", "And "].iter().any(|start| words.starts_with(start)) {
            steps.push(Step { words: words.split_once(' ').unwrap().1.to_owned(), text: None });
        }
    }
    found
}

fn pet(id: i64) -> Value {
    json!({"id": id, "name": "Milou", "status": "available", "photoUrls": []})
}

async fn one(At(id): At<String>) -> Response {
    match id.parse() {
        Ok(id) => Json(pet(id)).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, Json(json!({"message": "no such pet"}))).into_response(),
    }
}

async fn by_status(Query(query): Query<HashMap<String, String>>) -> Response {
    match query.get("status").map(String::as_str) {
        Some("available") => Json(json!([pet(1), pet(2)])).into_response(),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn described(State(host): State<String>) -> Json<Value> {
    let status =
        json!({"name": "status", "in": "query", "required": true, "type": "array", "collectionFormat": "multi"});
    let id = json!({"name": "petId", "in": "path", "required": true, "type": "integer"});
    Json(json!({
        "swagger": "2.0", "host": host, "basePath": "/v2", "schemes": ["http"],
        "paths": {
            "/pet/findByStatus": {"get": {"operationId": "findPetsByStatus", "parameters": [status]}},
            "/pet/{petId}": {"get": {"operationId": "getPetById", "parameters": [id]}},
        },
    }))
}

async fn known(At((user, password)): At<(String, String)>, headers: HeaderMap) -> Response {
    let wanted = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")));
    if headers.get("authorization").is_some_and(|said| said.as_bytes() == wanted.as_bytes()) {
        return Json(json!({"authenticated": true, "user": user})).into_response();
    }
    StatusCode::UNAUTHORIZED.into_response()
}

async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let app = Router::new()
        .route("/v2/swagger.json", get(described))
        .route("/v2/pet/findByStatus", get(by_status))
        .route("/v2/pet/{id}", get(one))
        .route("/basic-auth/{user}/{password}", get(known))
        .with_state(host.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{host}")
}

fn yaml(text: &str) -> Value {
    baton_base::Bundle::yaml("block", text).unwrap()
}

async fn run(steps: &[Step], server: &str) -> Played {
    let block = |start: &str| steps.iter().find(|step| step.words.starts_with(start)).and_then(|s| s.text.as_deref());
    let text = block("a workflow with definition").unwrap();
    let text = PUBLIC.iter().fold(text.to_owned(), |text, host| text.replace(host, server));
    let input = block("given the workflow input").map_or_else(|| json!({}), yaml);
    let project = Project::of_text("scenario.yaml", &text).unwrap_or_else(|findings| panic!("{findings:?}"));
    let wanted = Wanted { database: None, real_calls: true, secrets: BTreeMap::new() };
    play(&project, input, Script::default(), Vec::new(), Time::Real { limit_ms: 60_000 }, &wanted).await.unwrap()
}

fn quoted(words: &str) -> Vec<String> {
    words.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

fn property<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn check(played: &Played, step: &Step) {
    let words = step.words.as_str();
    let expected = step.text.as_deref().map(yaml);
    if let Some(rest) = words.strip_prefix("the workflow should complete") {
        assert_eq!(played.status, "completed", "{:?}", played.error);
        if rest.contains("with output") {
            assert_eq!(played.output, expected);
        }
    } else if let Some(rest) = words.strip_prefix("the workflow should fault") {
        assert_eq!(played.status, "faulted");
        if rest.contains("with error") {
            assert_eq!(played.error.as_ref().map(|error| json!(error)), expected);
        }
    } else if words.starts_with("the workflow output should have") {
        let output = played.output.as_ref().unwrap();
        for path in quoted(words) {
            let value = property(output, &path).unwrap_or_else(|| panic!("{path} missing in {output}"));
            if words.ends_with("with value:") {
                assert_eq!(Some(value), expected.as_ref());
            } else if let Some((_, count)) = words.split_once("containing ") {
                let count: usize = count.split(' ').next().unwrap().parse().unwrap();
                assert_eq!(value.as_array().unwrap().len(), count);
            }
        }
    } else {
        order(&played.path, words);
    }
}

fn order(path: &[String], words: &str) {
    let parts: Vec<&str> = words.split(' ').collect();
    let at = |name: &str| path.iter().position(|task| task == name).unwrap_or_else(|| panic!("{name}: {path:?}"));
    match parts.as_slice() {
        [task, "should", "run", "first"] => assert_eq!(at(task), 0),
        [task, "should", "run", "last"] => assert_eq!(at(task), path.len() - 1),
        [task, "should", "run", "after", other] => assert!(at(task) > at(other)),
        _ => panic!("unknown step: {words}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_conformance_scenario_passes() {
    let Ok(folder) = std::fs::read_dir(folder()) else {
        eprintln!("skipped: the conformance scenarios are not on this machine");
        return;
    };
    let server = serve().await;
    let mut passed = 0;
    let mut files: Vec<PathBuf> = folder.map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let feature = std::fs::read_to_string(file).unwrap();
        for (name, steps) in scenarios(&feature) {
            eprintln!("{name}");
            let played = run(&steps, &server).await;
            let checks = steps.iter().skip_while(|step| !step.words.starts_with("the workflow is executed")).skip(1);
            checks.for_each(|step| check(&played, step));
            passed += 1;
        }
    }
    eprintln!("CTK {passed}/{SCENARIOS}");
    assert_eq!(passed, SCENARIOS);
}
