//! A reply drafted for a person: from the articles, by a loopback model, and not at all.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::{Caller, MUTUAL, SHOP, TestApp, databases};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use baton_agents::{ModelConfig, Models};
use baton_govern::Role;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const QUESTION: &str = "How long does a refund to a credit card take?";
const DRAFT: &str = "Refunds reach your card within a few days.";

#[derive(Clone, Default)]
struct Model {
    asked: Arc<Mutex<Vec<Value>>>,
    away: Arc<Mutex<bool>>,
}

/// Drafts the same words for everybody, and reads nothing for agents.
async fn model() -> (Models, Model) {
    let model = Model::default();
    let answer = |State(model): State<Model>, Json(body): Json<Value>| async move {
        let drafts = body["messages"][0]["content"].as_str().unwrap().contains("You draft");
        if !drafts {
            let choice =
                json!({"message": {"role": "assistant", "content": "I read nothing"}, "finish_reason": "stop"});
            return Ok(Json(json!({"choices": [choice]})));
        }
        model.asked.lock().unwrap().push(body);
        if *model.away.lock().unwrap() {
            return Err(StatusCode::BAD_REQUEST);
        }
        let choice = json!({"message": {"role": "assistant", "content": DRAFT}, "finish_reason": "stop"});
        Ok(Json(json!({"choices": [choice], "usage": {"prompt_tokens": 1000, "completion_tokens": 100}})))
    };
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(model.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (Models::of(ModelConfig::parse(&format!("openai:test-model@{url}")).unwrap()), model)
}

async fn asks(app: &TestApp, text: &str) -> String {
    let mut chat = Chat::open(app).await;
    chat.say(text).await;
    chat.answer().await;
    chat.case.clone()
}

fn at(case: &str) -> String {
    format!("/api/v1/clients/{SHOP}/cases/{case}")
}

async fn bodies(caller: &Caller, case: &str) -> Vec<String> {
    let timeline = caller.get(&format!("{}/timeline", at(case))).await.ok();
    timeline.items().iter().filter_map(|item| item["body"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_drafts_from_the_conversation_and_the_articles_and_only_a_person_sends() {
    for (name, url) in databases().await {
        let (models, model) = model().await;
        let app = TestApp::start_with(name, url, models).await;
        let case = asks(&app, &format!("{QUESTION} I paid with 4111 1111 1111 1111")).await;
        let agent = app.member("agent@baton.example").await;
        let before = bodies(&agent, &case).await;
        let made = agent.post(&format!("{}/suggestion", at(&case)), &json!({})).await.ok().body;
        assert_eq!((&made["text"], &made["model"]), (&json!(DRAFT), &json!("openai/test-model")), "{name}: {made}");
        let prompt = model.asked.lock().unwrap()[0]["messages"][1]["content"].as_str().unwrap().to_owned();
        assert!(prompt.contains(QUESTION) && !prompt.contains("1111 1111"), "{name}: {prompt}");
        assert_eq!(bodies(&agent, &case).await, before, "{name}: nothing is sent, and nothing kept as a message");

        let auditor = app.member("auditor@baton.example").await;
        auditor.post(&format!("{}/suggestion", at(&case)), &json!({})).await.problem(403);
        let neighbour = app.new_member("n@baton.example", MUTUAL, &[Role::HumanAgent]).await;
        neighbour.post(&format!("{}/suggestion", at(&case)), &json!({})).await.problem(404);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_model_or_where_it_is_away_the_draft_is_what_the_article_says() {
    let (models, model) = model().await;
    *model.away.lock().unwrap() = true;
    for models in [Models::none(), models] {
        let app = TestApp::start_with("sqlite", None, models).await;
        let case = asks(&app, QUESTION).await;
        let agent = app.member("agent@baton.example").await;
        let q = QUESTION.replace(' ', "+");
        let found = agent.get(&format!("/api/v1/clients/{SHOP}/knowledge/search?q={q}")).await.ok();
        let best = &found.items()[0];
        assert_eq!((&best["answers"], &found.body["meaning"]), (&true.into(), &false.into()), "{best}");
        let marked = found.items().iter().filter(|one| one["answers"] == true).count();
        assert_eq!(marked, 1, "one section answers");
        let made = agent.post(&format!("{}/suggestion", at(&case)), &json!({})).await.ok().body;
        assert_eq!(made["model"], Value::Null, "{made}");
        assert_eq!(made["text"].as_str().unwrap(), best["text"].as_str().unwrap().trim(), "as the agent would say it");
        assert_eq!(made["sources"][0]["article"], best["source"]["article"], "{made}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_article_speaks_of_it_there_is_no_draft_and_it_says_why() {
    let app = TestApp::start("sqlite", None).await;
    let case = asks(&app, "xyzzy plugh frobnicate").await;
    let agent = app.member("agent@baton.example").await;
    let made = agent.post(&format!("{}/suggestion", at(&case)), &json!({})).await.ok().body;
    assert_eq!((&made["text"], &made["sources"]), (&Value::Null, &json!([])), "{made}");
    assert!(made["why"].as_str().unwrap().contains("no article"), "{made}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_customer_asked_is_answered_however_much_we_have_written_since() {
    let (models, model) = model().await;
    let app = TestApp::start_with("sqlite", None, models).await;
    let case = asks(&app, QUESTION).await;
    let agent = app.member("agent@baton.example").await;
    agent.post(&format!("{}/take", at(&case)), &json!({})).await.ok();
    for n in 0..13 {
        let update = json!({"text": format!("It takes a while, {n}"), "external_id": format!("update-{n}")});
        agent.post(&format!("{}/messages", at(&case)), &update).await.ok();
    }
    let made = agent.post(&format!("{}/suggestion", at(&case)), &json!({})).await.ok().body;
    assert_eq!(made["text"], DRAFT, "{made}");
    let prompt = model.asked.lock().unwrap()[0]["messages"][1]["content"].as_str().unwrap().to_owned();
    assert!(prompt.contains(QUESTION) && prompt.contains("a while, 12"), "{prompt}");
    app.stop().await;
}
