//! Exchanges recorded from a loopback model, and played again where no model is.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, one_turn};
use crate::model::answering;
use baton_agents::{ModelConfig, Models};
use serde_json::json;

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";

fn asks(mail: &str) -> String {
    format!("kindly make #W1234567 vanish from this world, and write to {mail} about it")
}

#[tokio::test]
async fn what_was_recorded_is_played_without_a_model_and_what_was_not_fails_in_words() {
    let path = std::env::temp_dir().join(format!("baton-recorded-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let reply = r##"{"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##;
    let (model, asked) = answering(reply, json!({"prompt_tokens": 120, "completion_tokens": 30})).await;
    let process = one_turn(UNDERSTAND);
    let recording = Models::of(model).recording(&path).unwrap();
    let w = World::new("retail-support", &process, recording).await;
    let case = w.write(&asks("ada@example.org")).await;
    let recorded = w.output(&case).await;
    assert_eq!(recorded["intent"], "cancel_order");
    let file = std::fs::read_to_string(&path).unwrap();
    assert_eq!(file.lines().count(), 1);
    assert!(!file.contains("ada@example.org") && file.contains("vanish"), "{file}");

    let cassette = ModelConfig::parse(&format!("cassette:test-model@{}", path.display())).unwrap();
    let playing = || Models::opened(cassette.clone()).unwrap();
    let w = World::new("retail-support", &process, playing()).await;
    let case = w.write(&asks("bob@example.net")).await;
    let played = w.output(&case).await;
    assert_eq!((&played["intent"], &played["fields"]["order_id"]), (&json!("cancel_order"), &json!("#W1234567")));
    assert_eq!(played["fields"]["email"], "bob@example.net", "the values of the request that is made");
    assert_eq!(asked.lock().unwrap().len(), 1, "the model was asked once, when it was recorded");

    let w = World::new("retail-support", &process, playing()).await;
    let case = w.write("kindly make #W7654321 vanish from this world").await;
    let missing = w.error(&case).await.to_string();
    assert!(missing.contains("holds no answer to this request"), "local reading would hide it: {missing}");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn what_a_model_was_not_shown_is_recorded_by_what_it_meant() {
    let path = std::env::temp_dir().join(format!("baton-unshown-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let reply =
        r##"By [phone-2]: {"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##;
    let (model, asked) = answering(reply, json!({"prompt_tokens": 120, "completion_tokens": 30})).await;
    let recording = Models::of(model).redacting("phone".parse().unwrap()).recording(&path).unwrap();
    let w = World::new("retail-support", &one_turn(UNDERSTAND), recording).await;
    let case = w.write(&asks("12.03.2024 or +44 20 7946 0958")).await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
    // A date has the form of a telephone's number too, where dates are not looked for.
    let shown = asked.lock().unwrap()[0]["messages"].to_string();
    assert!(shown.contains("write to [phone-1] or [phone-2] about it"), "{shown}");
    let file = std::fs::read_to_string(&path).unwrap();
    assert!(file.contains("write to [date-1] or [phone-1] about it") && file.contains("By [phone-1]: "), "{file}");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_cassette_that_is_not_there_is_said_at_once() {
    let nowhere = ModelConfig::parse("cassette:test-model@/nowhere/at/all.jsonl").unwrap();
    let refused = Models::opened(nowhere).err().unwrap().to_string();
    assert!(refused.contains("/nowhere/at/all.jsonl"), "{refused}");
}
