//! An answer that a model words, as a customer gets it while it is made: in the chat, and on the telephone.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::sse::Events;
use crate::common::{SHOP, TestApp, databases};
use crate::voice::{Call, open_line};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, extract::State, routing::post};
use baton_agents::{ModelConfig, Models};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::Semaphore;

const QUESTION: &str = "How long does a refund take to a credit card?";
const FIRST: &str = "It takes 5 to 7 business days.";
const SECOND: &str = "A gift card is credited at once.";

/// Reads nothing for agents, and words an answer in two parts: the second when it is let.
async fn answer(State(gate): State<Arc<Semaphore>>, Json(body): Json<Value>) -> Response {
    if body["stream"] != true {
        let choice = json!({"message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"});
        return Json(json!({"choices": [choice]})).into_response();
    }
    let event = |words: &str, finish: Value| {
        format!("data: {}\n\n", json!({"choices": [{"delta": {"content": words}, "finish_reason": finish}]}))
    };
    let first = event(&format!("{FIRST} "), Value::Null);
    let second = event(SECOND, json!("stop")) + "data: [DONE]\n\n";
    let later = async move {
        gate.acquire().await.unwrap().forget();
        Ok::<_, Infallible>(second)
    };
    let body = stream::once(async move { Ok::<_, Infallible>(first) }).chain(stream::once(later));
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response()
}

/// The shop whose agent lets a model word its answers, and what lets the second part come.
async fn shop(name: &'static str, url: Option<String>) -> (TestApp, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(Arc::clone(&gate));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let model = format!("openai:test-model@http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let app = TestApp::start_with(name, url, Models::of(ModelConfig::parse(&model).unwrap())).await;
    open_line(&app, "answers: { model: true }\n").await;
    (app, gate)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_shows_a_sentence_before_the_answer_is_whole_and_keeps_the_whole_alone() {
    for (name, url) in databases().await {
        let (app, gate) = shop(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let mut live = Events::open(&supervisor, "/api/v1/events", None).await;
        let mut chat = Chat::open(&app).await;
        let events = format!("{}/events?token={}", chat.path, chat.token);
        let mut stream = Events::open(&app.nobody(), &events, None).await;
        chat.say(QUESTION).await;
        let begun = stream.until(|event| event.name == "saying").await;
        assert_eq!(begun.data["text"], FIRST, "{name}");
        let said = chat.messages().await;
        assert!(said.iter().all(|one| one["author"] == "customer"), "{name}: nothing of it is kept: {said:#?}");

        gate.add_permits(1);
        let whole = stream.until(|event| event.name == "message" && event.data["author"] == "agent").await;
        assert_eq!(whole.data["text"], format!("{FIRST} {SECOND}"), "{name}");
        assert_eq!(whole.data["sources"][0]["heading"], "How long a refund takes", "{name}");
        let answers = chat.messages().await.into_iter().filter(|one| one["author"] == "agent").count();
        assert_eq!(answers, 1, "{name}");
        loop {
            let told = live.until(|event| event.name == "live").await;
            assert_ne!(told.data["kind"], "saying", "{name}: consoles are not told");
            if told.data["kind"] == "message.sent" {
                break;
            }
        }
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_is_taken_back_by_a_stop_and_no_more_of_it_is_shown() {
    for (name, url) in databases().await {
        let (app, gate) = shop(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let mut chat = Chat::open(&app).await;
        let events = format!("{}/events?token={}", chat.path, chat.token);
        let mut stream = Events::open(&app.nobody(), &events, None).await;
        chat.say(QUESTION).await;
        stream.until(|event| event.name == "saying").await;
        let stop = json!({"client": SHOP, "scope": "agent", "target": "concierge", "reason": "odd replies"});
        supervisor.post("/api/v1/stop-switch", &stop).await.ok();
        gate.add_permits(1);
        let next = stream.until(|event| event.name == "saying").await;
        assert_eq!(next.data["text"], "", "{name}");
        let said = chat.messages().await;
        assert!(said.iter().all(|one| !one["text"].as_str().unwrap().contains(FIRST)), "{name}: {said:#?}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_hears_a_sentence_before_the_answer_is_whole_and_each_once() {
    for (name, url) in databases().await {
        let (app, gate) = shop(name, url).await;
        let mut call = Call::begin(&app, "CA7", "+15550107").await;
        call.speak(QUESTION).await;
        let first = call.frame().await.unwrap();
        assert_eq!((&first["token"], &first["last"]), (&json!(FIRST), &json!(false)), "{name}");
        gate.add_permits(1);
        assert_eq!(call.hear().await.trim(), SECOND, "{name}");
        app.stop().await;
    }
}
