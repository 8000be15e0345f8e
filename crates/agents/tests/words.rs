//! Answers from articles in a model's words: streamed, checked, and the article's own where they may not be said.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, client, one_turn};
use crate::model::{Asked, listening};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, extract::State, routing::post};
use baton_agents::{ModelConfig, Models};
use baton_base::Bundle;
use baton_cases::{said_so_far, saying_of};
use baton_db::{Live, params};
use serde_json::{Value, json};
use std::sync::Arc;

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
const QUESTION: &str = "How long does a refund take to a credit card?";
const WORDS: [&str; 4] = ["It takes 5 to 7 busi", "ness days. A gift card", " is credited", " at once."];

/// How a server answers where it is asked for words.
#[derive(Clone, Copy, PartialEq)]
enum Serves {
    /// In pieces.
    Pieces,
    /// In one, whatever it is asked for.
    Whole,
    /// With an error where it is asked for pieces.
    Refuses,
    /// In pieces of which the last do not come.
    Half,
    /// In pieces, and then it stops itself.
    Stopped,
}

type Serving = (Serves, Arc<Vec<String>>, Asked);

async fn answer(State((serves, words, asked)): State<Serving>, Json(body): Json<Value>) -> Response {
    let whole = |content: &str| {
        let choice = json!({"message": {"role": "assistant", "content": content}, "finish_reason": "stop"});
        Json(json!({"choices": [choice], "usage": {"prompt_tokens": 90, "completion_tokens": 20}})).into_response()
    };
    if !body["messages"][0]["content"].as_str().unwrap().contains("You answer one question") {
        return whole("{}");
    }
    let streams = body["stream"] == true;
    asked.lock().unwrap().push(body);
    match serves {
        Serves::Refuses if streams => return StatusCode::BAD_REQUEST.into_response(),
        Serves::Refuses | Serves::Whole => return whole(&words.concat()),
        Serves::Pieces | Serves::Half | Serves::Stopped => {}
    }
    let mut events: Vec<Value> = words.iter().map(|one| json!({"choices": [{"delta": {"content": one}}]})).collect();
    if serves == Serves::Pieces {
        events.push(json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}));
        events.push(json!({"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 20}}));
    }
    if serves == Serves::Stopped {
        events.push(json!({"choices": [{"delta": {}, "finish_reason": "content_filter"}]}));
    }
    let mut text: String = events.iter().map(|one| format!("data: {one}\n\n")).collect();
    if serves == Serves::Pieces {
        text.push_str("data: [DONE]\n\n");
    }
    ([(header::CONTENT_TYPE, "text/event-stream")], text).into_response()
}

async fn serving(serves: Serves, words: &[&str]) -> (ModelConfig, Asked) {
    let asked = Asked::default();
    let words = Arc::new(words.iter().map(|&one| one.to_owned()).collect());
    let state: Serving = (serves, words, Arc::clone(&asked));
    (listening(Router::new().route("/v1/chat/completions", post(answer)).with_state(state)).await, asked)
}

/// The shop's agent with `more` in its file.
fn files(more: &str) -> Bundle {
    let mut files = bundle("retail-support", &one_turn(UNDERSTAND));
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(more);
    files
}

async fn shop(more: &str, models: Models) -> World {
    World::of(baton_testkit::sqlite().await, &files(more), models)
}

/// What whoever follows the conversation was shown, in its order.
async fn shown(w: &World, live: &mut tokio::sync::broadcast::Receiver<Live>) -> Vec<String> {
    let mut all = Vec::new();
    while let Ok(item) = live.try_recv() {
        let Some((case, sealed)) = saying_of(&item) else { continue };
        assert!(!sealed.contains("days") && item.case.is_none(), "it is sealed, and told to no console: {item:?}");
        all.push(w.db.read(move |tx| said_so_far(tx, &client(), &case, &sealed)).await.unwrap());
    }
    all
}

async fn replies(w: &World) -> Vec<(Value, i64)> {
    let sql = "SELECT reply, tokens_in FROM model_exchange WHERE client_id = $1 ORDER BY exchange_id";
    w.db.read(move |tx| tx.query(sql, params![client()], |r| Ok((r.json(0)?, r.int(1)?)))).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_shown_sentence_by_sentence_and_kept_as_one_message_with_its_source() {
    for serves in [Serves::Pieces, Serves::Whole, Serves::Refuses] {
        let (model, asked) = serving(serves, &WORDS).await;
        let w = shop("answers: { model: true }\n", Models::of(model)).await;
        let mut live = w.db.live();
        let case = w.write(QUESTION).await;
        let said = w.last_reply(&case).await;
        assert_eq!(said.text, WORDS.concat());
        assert_eq!(said.sources[0].heading, "How long a refund takes");
        let shown = shown(&w, &mut live).await;
        assert_eq!(shown.last().map(String::as_str), Some(said.text.as_str()));
        assert!(shown.iter().all(|one| said.text.starts_with(one.as_str()) && one.ends_with('.')), "{shown:?}");
        let kept = replies(&w).await;
        assert_eq!((kept.len(), kept[1].1), (2, 90), "the reading and the words: {kept:?}");
        let asked = asked.lock().unwrap();
        assert_eq!((&asked[0]["stream"], asked.len()), (&json!(true), if serves == Serves::Refuses { 2 } else { 1 }));
        let user = asked[0]["messages"][1]["content"].as_str().unwrap();
        assert!(user.contains("business days") && user.contains(QUESTION), "{user}");
    }
}

#[tokio::test]
async fn what_may_not_be_said_is_taken_back_and_the_article_speaks_for_itself() {
    for (serves, words, more) in [
        (Serves::Pieces, ["It takes 5 days. ", "And you get 30% off."], ""),
        (Serves::Pieces, ["It takes 5 days. ", "We promise it."], "never: [we promise]\n"),
        (Serves::Half, ["It takes 5 days. ", "And then"], ""),
        (Serves::Stopped, ["It takes 5 days. ", "And then"], ""),
    ] {
        let (model, _) = serving(serves, &words).await;
        let w = shop(&format!("answers: {{ model: true }}\n{more}"), Models::of(model)).await;
        let mut live = w.db.live();
        let case = w.write(QUESTION).await;
        let said = w.last_reply(&case).await;
        assert!(said.text.contains("PayPal"), "the article's own words: {}", said.text);
        assert_eq!(shown(&w, &mut live).await.last().map(String::as_str), Some(""), "{words:?}");
        let kept = replies(&w).await;
        assert!(kept[1].0["error"].is_string(), "why not stands with the exchange: {kept:?}");
        let answers = w.messages(&case).await.into_iter().filter(|m| m.author.kind == "agent").count();
        assert_eq!(answers, 1);
    }
}

#[tokio::test]
async fn an_answer_that_its_template_begins_otherwise_is_not_shown_before_it_is_whole() {
    let (model, _) = serving(Serves::Pieces, &WORDS).await;
    let mut files = files("answers: { model: true }\n");
    let templates = files.files.get_mut("templates/en.yaml").unwrap();
    *templates =
        templates.replace("answer_article: |\n  {{ text }}", "answer_article: |\n  About {{ heading }}: {{ text }}");
    let w = World::of(baton_testkit::sqlite().await, &files, Models::of(model));
    let mut live = w.db.live();
    let case = w.write(QUESTION).await;
    assert_eq!(w.last_reply(&case).await.text, format!("About How long a refund takes: {}", WORDS.concat()));
    assert!(shown(&w, &mut live).await.is_empty(), "a caller would hear it twice");
}

#[tokio::test]
async fn without_the_key_in_its_file_a_model_words_nothing() {
    let (model, asked) = serving(Serves::Pieces, &WORDS).await;
    let w = shop("", Models::of(model)).await;
    let case = w.write(QUESTION).await;
    assert!(w.last_reply(&case).await.text.contains("PayPal"));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn words_that_came_in_pieces_are_recorded_whole_and_played_again() {
    let path = std::env::temp_dir().join(format!("baton-words-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let (model, _) = serving(Serves::Pieces, &WORDS).await;
    let w = shop("answers: { model: true }\n", Models::of(model).recording(&path).unwrap()).await;
    w.write(QUESTION).await;
    let cassette = ModelConfig::parse(&format!("cassette:test-model@{}", path.display())).unwrap();
    let w = shop("answers: { model: true }\n", Models::opened(cassette).unwrap()).await;
    let case = w.write(QUESTION).await;
    assert_eq!(w.last_reply(&case).await.text, WORDS.concat());
    std::fs::remove_file(&path).unwrap();
}
