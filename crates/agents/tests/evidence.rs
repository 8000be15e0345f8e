//! Why an agent answered as it did: what stands behind each reading, and how it is kept.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, client, one_turn};
use baton_agents::{Finder, MessageRead, Models, ThresholdOf, Verdict, erase_case, reasons};
use baton_base::CaseId;
use baton_db::params;

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
const CANCEL: &str = "I want to cancel my order #W1234567, please. It was for a birthday.";
const GUIDELINES: &str = "guidelines:\n  - { name: gift, when: { words: [birthday] }, then: { say: gift_note }, priority: 5 }\n  \
     - { name: polite, when: { words: [please] }, then: { person: politeness }, priority: 1 }\n  \
     - { name: by-hand, when: { intents: [cancel_order] }, then: { person: by hand } }\n";

async fn shop(more: &str) -> World {
    let mut files = bundle("retail-support", &one_turn(UNDERSTAND));
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(more);
    files.files.get_mut("templates/en.yaml").unwrap().push_str("\ngift_note: Birthday orders are cancelled at once.\n");
    World::of(baton_testkit::sqlite().await, &files, Models::none())
}

async fn read(w: &World, case: &CaseId) -> Vec<MessageRead> {
    let (ctx, case) = (w.ctx(), case.clone());
    w.db.read(move |tx| reasons(tx, &ctx, &case)).await.unwrap().readings
}

#[tokio::test]
async fn a_reading_tells_the_guidelines_that_held_the_other_needs_and_the_words_of_each_field() {
    let w = shop(GUIDELINES).await;
    let case = w.write(CANCEL).await;
    let one = read(&w, &case).await.remove(0);
    assert_eq!((one.intent.as_deref(), one.failures), (Some("cancel_order"), Some(0)));
    let held: Vec<(String, bool, bool)> =
        one.guidelines.unwrap().into_iter().map(|one| (one.name, one.followed, one.of_need)).collect();
    let expected = [("gift", true, false), ("polite", false, false), ("by-hand", false, true)];
    assert_eq!(held, expected.map(|(name, followed, of_need)| (name.to_owned(), followed, of_need)));
    let evidence = one.evidence.unwrap();
    assert!(!evidence.others.is_empty() && evidence.others.iter().all(|other| other.intent != "cancel_order"));
    assert!(evidence.others.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
    assert_eq!(evidence.threshold_of, Some(ThresholdOf::Agent), "neither says another for the need");
    let order = evidence.fields.iter().find(|field| field.name == "order_id").unwrap();
    assert_eq!((order.said.as_deref(), order.by), (Some("#W1234567"), Finder::Local));
    assert!(order.confidence > 0.9 && evidence.articles.is_none());
}

#[tokio::test]
async fn of_a_question_the_articles_are_told_that_were_looked_at_and_why_the_others_were_not_used() {
    let w = shop("").await;
    let case = w.write("How long does a refund take to a credit card?").await;
    let one = read(&w, &case).await.remove(0);
    let articles = one.evidence.unwrap().articles.unwrap();
    let used: Vec<_> = articles.sections.iter().filter(|one| one.verdict == Verdict::Used).collect();
    assert_eq!(used.len(), 1, "{articles:?}");
    assert_eq!(used[0].source, w.last_reply(&case).await.sources[0]);
    assert!(used[0].coverage >= articles.least);
    for other in articles.sections.iter().filter(|one| one.verdict == Verdict::TooLittle) {
        assert!(other.coverage < articles.least, "{other:?}");
    }
}

#[tokio::test]
async fn what_stands_behind_a_reading_is_sealed_and_goes_with_the_case() {
    let w = shop("").await;
    let case = w.write(CANCEL).await;
    let stored = w
        .db
        .read(|tx| tx.query_one("SELECT evidence FROM reading WHERE client_id = $1", params![client()], |r| r.text(0)));
    assert!(!stored.await.unwrap().contains("W1234567"));
    let of = case.clone();
    w.db.write(move |tx| erase_case(tx, &client(), &of)).await.unwrap();
    assert!(read(&w, &case).await.is_empty());
}
