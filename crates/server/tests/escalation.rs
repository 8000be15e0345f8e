//! What agents passed on, tried again on the demo's data from the command line: other parameters, and thresholds with their evidence.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::{Caller, SHOP, TestApp, databases, root};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const CASES: usize = 3;

/// A need that the agent has read, in a case that a person then took and resolved.
async fn resolved_by_person(app: &TestApp, agent: &Caller) {
    let mut chat = Chat::open(app).await;
    chat.say("Hello, I would like to cancel my order").await;
    chat.answer().await;
    let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
    agent.until(&case, |case| case["intent"] == "cancel_order").await;
    let item = agent.post(&format!("{case}/take"), &json!({})).await.ok().body["work_item"]["id"].clone();
    let path = format!("/api/v1/clients/{SHOP}/work-items/{}/complete", item.as_str().unwrap());
    agent.post(&path, &json!({"decision": "resolved", "fields": {}, "note": ""})).await.ok();
    agent.until(&case, |case| case["state"] == "resolved").await;
}

/// The folder of a blueprint, to be changed.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copied(&path, &target) } else { std::fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_cases_are_played_with_other_parameters_and_give_a_threshold_with_its_evidence() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let agent = app.member("agent@baton.example").await;
        for _ in 0..CASES {
            resolved_by_person(&app, &agent).await;
        }
        let key = app.key_file();
        let (database, folder) = app.stop().await;
        let baton = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
            command.args(["escalation", arguments[0], "--client", SHOP, "--since", "1d"]).args(&arguments[1..]);
            let ran = command.env("BATON_DATABASE", &database).env("BATON_MASTER_KEY_FILE", &key).output().unwrap();
            let said = String::from_utf8_lossy(&ran.stdout).into_owned();
            assert!(ran.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&ran.stderr));
            said
        };

        let costs = ["--cost-person", "6", "--cost-agent", "1", "--cost-wrong", "20"];
        let tried = [&["replay", "--set", "threshold.cancel_order=1", "--json"][..], &costs[..]].concat();
        let found: Value = serde_json::from_str(&baton(&tried)).unwrap();
        assert_eq!((&found["cases"], &found["then"]["escalated"]), (&json!(CASES), &json!(0)), "{name}: {found}");
        assert_eq!(found["then"]["missed"], json!(CASES), "{name}: a person had to take each");
        assert_eq!(found["now"]["by_trigger"], json!({"low_confidence": CASES}), "{name}: {found}");
        assert!(found["now"]["cost"].as_f64() < found["then"]["cost"].as_f64(), "{name}: {found}");

        let blueprint = folder.path().join("blueprint");
        copied(&root().join("blueprints/retail-support"), &blueprint);
        let into = blueprint.display().to_string();
        let said = baton(&["thresholds", "--risk", "0.5", "--confidence", "0.8", "--into", into.as_str()]);
        for words in
            ["3 of 3 labels at or above it, 0 wrong", "Brier score", "intents/cancel_order.yaml", "baton propose"]
        {
            assert!(said.contains(words), "{name}: no '{words}' in {said}");
        }
        let file = std::fs::read_to_string(blueprint.join("intents/cancel_order.yaml")).unwrap();
        assert!(file.starts_with("id: cancel_order\nthreshold: 0."), "{name}: {file}");
        let linted = Command::new(env!("CARGO_BIN_EXE_baton")).args(["agent", "lint", into.as_str()]).output().unwrap();
        assert!(linted.status.success(), "{name}: {}", String::from_utf8_lossy(&linted.stdout));
        let strict = baton(&["thresholds", "--risk", "0.05", "--confidence", "0.9"]);
        assert!(strict.contains("more are needed"), "{name}: {strict}");
    }
}
