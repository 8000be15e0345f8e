//! Agents whose model calls actions: what is left of a reply when things have come otherwise than it supposed.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::act::{OTHERS, OWN, REASON, approves, calls, cancels, says, shop, told, writes};
use serde_json::json;

#[tokio::test]
async fn a_model_does_not_finish_before_its_calls_have_answers() {
    let ends = json!({"outcome": "done", "summary": "It is cancelled.", "message": "Order #W7654321 is cancelled."});
    let both = calls(&[("cancel", json!({"order_id": OTHERS, "reason": REASON})), ("finish", ends)]);
    let (w, door, asked) = shop("", vec![both, says("It was not possible.")]).await;
    let case = writes(&w, "please cancel my order #W7654321").await;
    writes(&w, "yes").await;
    assert_eq!((door.called(), door.effects()), (vec!["cancel".to_owned()], 0), "the door has refused it");
    assert!(told(&asked, 1).contains("called alone"), "{}", told(&asked, 1));
    assert_eq!(w.last_reply(&case).await.text, "It was not possible.");
    assert!(w.messages(&case).await.iter().all(|one| !one.text.contains("is cancelled")));
}

#[tokio::test]
async fn calls_that_are_left_of_a_reply_are_not_made_over_what_the_customer_has_written_since() {
    let both = calls(&[("pay", json!({"order_id": OWN})), ("look", json!({"order_id": OWN}))]);
    let (w, door, asked) = shop("", vec![both, says("Then I leave it there.")]).await;
    let case = writes(&w, "pay #W1234567 back").await;
    w.take_in("wait, I have thought again").await;
    approves(&w, &door).await;
    assert_eq!(door.called(), ["pay", "pay"], "asked about, and made with the yes");
    let said = asked.lock().unwrap()[1]["messages"].to_string();
    assert!(said.contains("the customer has written meanwhile") && said.contains("thought again"), "{said}");
    assert_eq!(w.last_reply(&case).await.text, "Then I leave it there.");
}

#[tokio::test]
async fn a_question_that_says_less_or_more_than_its_call_is_told_to_the_model_and_not_put() {
    let without = || calls(&[("cancel", json!({"order_id": OWN}))]);
    let (w, _, asked) = shop("", vec![without(), cancels(OWN)]).await;
    let case = writes(&w, "cancel #W1234567").await;
    assert!(told(&asked, 1).contains("'reason'"), "{}", told(&asked, 1));
    assert!(w.last_reply(&case).await.text.contains("I would cancel order #W1234567"));

    let promises = calls(&[("cancel", json!({"order_id": OWN, "reason": REASON, "refund": "500 USD"}))]);
    let (w, _, asked) = shop("", vec![promises, cancels(OWN)]).await;
    let case = writes(&w, "cancel #W1234567").await;
    assert!(told(&asked, 1).contains("no argument 'refund'"), "{}", told(&asked, 1));
    assert!(w.messages(&case).await.iter().all(|one| !one.text.contains("500")), "the yes would be to another call");

    let (w, door, _) = shop("", vec![without(), without()]).await;
    let case = writes(&w, "cancel #W1234567").await;
    assert_eq!(w.error(&case).await["title"], "tool_failure", "{}", w.error(&case).await);
    assert!(w.last_reply(&case).await.text.contains("colleague") && door.called().is_empty());
}
