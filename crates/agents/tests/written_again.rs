//! A customer writes again while a model reads: it is broken off, and all that they wrote is read together.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, client, one_turn};
use crate::model::{Asked, listening};
use axum::{Json, Router, extract::State, routing::post};
use baton_agents::{ModelConfig, Models};
use baton_base::CaseId;
use baton_db::params;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
const COLLECT: &str = "{ agent: concierge, goal: collect, intent: cancel_order, fields: { order_id: {} }, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
const READING: &str = r##"{"intent": "cancel_order", "confidence": 0.93, "fields": {"order_id": "#W1234567"}}"##;
/// More than a reading that could be broken off takes to see that it is.
const LONGER: Duration = Duration::from_millis(1_500);

#[derive(Clone)]
struct Slow {
    asked: Asked,
    begun: UnboundedSender<usize>,
    never: usize,
}

/// A model that never answers its first `never` requests, and the next ones late. It tells of each that has begun.
async fn slow(never: usize) -> (ModelConfig, Asked, UnboundedReceiver<usize>) {
    let (begun, begins) = unbounded_channel();
    let slow = Slow { asked: Asked::default(), begun, never };
    let answer = |State(slow): State<Slow>, Json(body): Json<Value>| async move {
        let n = {
            let mut asked = slow.asked.lock().unwrap();
            asked.push(body);
            asked.len()
        };
        let _ = slow.begun.send(n);
        if n <= slow.never {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(LONGER).await;
        let usage = json!({"prompt_tokens": 120, "completion_tokens": 30});
        Json(json!({"choices": [{"message": {"role": "assistant", "content": READING}}], "usage": usage}))
    };
    let asked = Arc::clone(&slow.asked);
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(slow);
    (listening(app).await, asked, begins)
}

/// What the n-th request showed of the message.
fn shown(asked: &Asked, n: usize) -> String {
    let asked = asked.lock().unwrap();
    let user = asked[n]["messages"][1]["content"].as_str().unwrap();
    user.split_once("<message>").unwrap().1.to_owned()
}

/// Writes `first`, and each of the others when a request has begun.
async fn conversation(w: &World, first: &str, others: &[&str], mut begins: UnboundedReceiver<usize>) -> CaseId {
    let then = async {
        for text in others {
            begins.recv().await.unwrap();
            w.take_in(text).await;
        }
    };
    tokio::join!(w.write(first), then).0
}

/// Replies of the exchanges, oldest first.
async fn replies(w: &World) -> Vec<Value> {
    let sql = "SELECT reply FROM model_exchange WHERE client_id = $1 ORDER BY exchange_id";
    w.db.read(move |tx| tx.query(sql, params![client()], |r| r.json(0))).await.unwrap()
}

fn is_broken_off(reply: &Value) -> bool {
    reply["error"].as_str().is_some_and(|why| why.contains("broken off"))
}

#[tokio::test]
async fn a_model_that_reads_is_broken_off_by_the_next_message_and_reads_both() {
    let (model, asked, begins) = slow(1).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model)).await;
    let case = conversation(&w, "kindly make it vanish from this world", &["I mean #W1234567"], begins).await;
    let out = w.output(&case).await;
    assert_eq!((&out["intent"], &out["fields"]["order_id"]), (&json!("cancel_order"), &json!("#W1234567")));
    let both = shown(&asked, 1);
    assert!(both.contains("vanish") && both.contains("#W1234567"), "{both}");
    let kept = replies(&w).await;
    assert_eq!((kept.len(), is_broken_off(&kept[0]), is_broken_off(&kept[1])), (2, true, false), "{kept:?}");
    assert_eq!(w.readings().await.len(), 1, "they were one message to the agent");
}

#[tokio::test]
async fn several_messages_that_came_meanwhile_are_read_by_one_request() {
    let (model, asked, mut begins) = slow(1).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model)).await;
    let then = async {
        begins.recv().await.unwrap();
        // At once: none of them is read before the last has come.
        let [first, second] = ["it is about an order", "the one of last week"];
        tokio::join!(w.take_in(first), w.take_in(second), w.take_in("I mean #W1234567"));
    };
    let (case, ()) = tokio::join!(w.write("kindly make it vanish"), then);
    assert!(w.settled(&case).await);
    let requests = asked.lock().unwrap().len();
    let all = shown(&asked, requests - 1);
    for part in ["vanish", "an order", "last week", "#W1234567"] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(requests <= 3, "a message that waits before a request is made costs none");
}

#[tokio::test]
async fn a_reading_is_broken_off_three_times_and_then_brought_to_its_end() {
    let (model, asked, begins) = slow(3).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model)).await;
    let others = ["it is an order", "the one of last week", "I mean #W1234567", "are you still there"];
    let case = conversation(&w, "kindly make it vanish", &others, begins).await;
    assert!(w.settled(&case).await);
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
    let last = shown(&asked, 3);
    assert!(last.contains("#W1234567") && !last.contains("still there"), "{last}");
    let kept = replies(&w).await;
    assert_eq!(kept.iter().map(is_broken_off).collect::<Vec<_>>(), [true, true, true, false]);
}

#[tokio::test]
async fn a_goal_that_was_begun_before_the_customer_wrote_again_asks_once() {
    let (model, _, begins) = slow(1).await;
    let w = World::new("retail-support", &one_turn(COLLECT), Models::of(model)).await;
    let case = conversation(&w, "cancel my order", &["hold on, I look it up"], begins).await;
    assert!(w.settled(&case).await);
    let said = w.messages(&case).await.into_iter().filter(|m| m.author.kind == "agent").count();
    assert_eq!(said, 1, "both messages have one answer");
}

#[tokio::test]
async fn what_was_broken_off_counts_in_the_turns_tokens_as_the_most_it_can_have_taken() {
    let first = "where is my order?";
    let (model, asked, _begins) = slow(0).await;
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(model)).await;
    w.write(first).await;
    let bytes: usize = {
        let asked = asked.lock().unwrap();
        let texts = asked[0]["messages"].as_array().unwrap().iter();
        texts.map(|one| one["content"].as_str().unwrap().len()).sum()
    };

    let (model, asked, begins) = slow(1).await;
    let mut files = bundle("retail-support", &one_turn(UNDERSTAND));
    // Enough for the first request with its answer, and for no other.
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(&format!("turn_tokens: {}\n", bytes + 900));
    let w = World::of(baton_testkit::sqlite().await, &files, Models::of(model));
    let case = conversation(&w, first, &["#W1234567"], begins).await;
    assert!(w.settled(&case).await);
    assert_eq!(w.output(&case).await["intent"], "order_status", "read locally, both together");
    assert_eq!(w.output(&case).await["fields"]["order_id"], "#W1234567");
    assert_eq!(asked.lock().unwrap().len(), 1);
    let kept = replies(&w).await;
    assert!(is_broken_off(&kept[0]) && kept[1]["error"].as_str().unwrap().contains("used up"), "{kept:?}");
}
