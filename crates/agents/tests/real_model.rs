//! A real language model, small and on loopback: whether it is spoken to as such servers want, and what comes of a message that it reads.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, client, one_turn};
use baton_agents::model::Ask;
use baton_agents::{ModelConfig, Models, Roster};
use baton_base::Error;
use baton_db::params;
use baton_testkit::SmallModel;
use serde_json::Value;

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
/// It shares a busy machine with other tests.
const WAIT_MS: u64 = 120_000;
const ASK: Ask<'_> = Ask {
    system: "You answer in one short sentence.",
    user: "What is the capital of France?",
    answer_tokens: 24,
    wait_ms: WAIT_MS,
};

fn configured(server: &SmallModel) -> ModelConfig {
    ModelConfig::parse(&format!("openai:small@{}", server.url())).unwrap()
}

#[tokio::test]
async fn a_real_model_answers_whole_in_pieces_and_cut_short_and_tells_its_tokens() {
    let Some(server) = SmallModel::start() else { return };
    let model = configured(&server);
    let models = Models::of(model.clone());
    let whole = models.complete(&model, &ASK).await.unwrap();
    assert!(whole.text.contains("Paris") && !whole.cut, "{whole:?}");
    let usage = whole.usage.unwrap();
    assert!(usage.tokens_in > 10 && (1..=24).contains(&usage.tokens_out), "{usage:?}");

    let mut heard: Vec<String> = Vec::new();
    let mut hear = |words: &str| {
        heard.push(words.to_owned());
        true
    };
    let streamed = models.stream(&model, &ASK, &mut hear).await.unwrap();
    assert!(heard.len() > 1, "it came in pieces: {heard:?}");
    assert_eq!(heard.concat(), streamed.text);
    assert!(streamed.text.contains("Paris") && !streamed.cut, "{streamed:?}");
    assert!(streamed.usage.is_some_and(|usage| usage.tokens_in > 10), "{streamed:?}");

    let mut first = String::new();
    let mut hear = |words: &str| {
        first.push_str(words);
        false
    };
    let broken_off = models.stream(&model, &ASK, &mut hear).await.unwrap();
    assert!(broken_off.cut && broken_off.text == first, "{broken_off:?}");
    let short = models.complete(&model, &Ask { answer_tokens: 2, ..ASK }).await.unwrap();
    assert!(short.cut && short.text.len() < whole.text.len(), "{short:?}");
    let late = models.complete(&model, &Ask { wait_ms: 1, ..ASK }).await.unwrap_err();
    assert!(matches!(late, Error::Unavailable(_)), "{late}");
}

#[tokio::test]
async fn a_message_that_a_real_model_reads_is_answered_whatever_it_makes_of_it() {
    let Some(server) = SmallModel::start() else { return };
    let w = World::new("retail-support", &one_turn(UNDERSTAND), Models::of(configured(&server))).await;
    let case = w.write("kindly make #W1234567 vanish from this world").await;
    assert!(w.settled(&case).await, "the customer is never left without an answer");
    let output = w.case(&case).await.fields["output"].clone();
    if let Some(intent) = output["intent"].as_str() {
        let roster = Roster::load(&bundle("retail-support", &one_turn(UNDERSTAND))).unwrap();
        assert!(roster.intents.contains_key(intent), "it is no need of this shop: {output}");
    }
    let order = &output["fields"]["order_id"];
    assert!(order.is_null() || order == "#W1234567", "an order that the customer did not name: {output}");
    let replies: Vec<Value> = w
        .db
        .read(|tx| tx.query("SELECT reply FROM model_exchange WHERE client_id = $1", params![client()], |r| r.json(0)))
        .await
        .unwrap();
    // One that takes longer than a customer is to wait is kept as such.
    let is_kept = |reply: &Value| reply["choices"][0]["message"]["content"].is_string() || reply["error"].is_string();
    assert!(!replies.is_empty() && replies.iter().all(is_kept), "{replies:?}");
}
