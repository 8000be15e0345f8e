//! What an agent follows besides: its guidelines, what it never says, and what it may answer from.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, one_turn};
use baton_agents::Models;
use serde_json::json;

const UNDERSTAND: &str = "{ agent: concierge, goal: understand, text: '${ $workflow.input.text }', message_id: '${ $workflow.input.message_id }' }";
const CANCEL: &str = "I want to cancel my order #W1234567, please. It was for a birthday.";
const TEMPLATES: &str = "\ngift_note: Birthday orders are cancelled at once.\nfree: |\n  {{ text }}\n";

/// The shop's agent with more in its file.
async fn shop(with: &str, more: &str) -> World {
    let mut files = bundle("retail-support", &one_turn(with));
    files.files.get_mut("agents/concierge.yaml").unwrap().push_str(more);
    files.files.get_mut("templates/en.yaml").unwrap().push_str(TEMPLATES);
    World::of(baton_testkit::sqlite().await, &files, Models::none())
}

#[tokio::test]
async fn a_guideline_adds_its_words_and_the_agent_goes_on() {
    let more = "guidelines:\n  - { name: gift, when: { words: [birthday] }, then: { say: gift_note } }\n";
    let w = shop(UNDERSTAND, more).await;
    let case = w.write(CANCEL).await;
    assert_eq!(w.output(&case).await["intent"], "cancel_order");
    let notes = w.messages(&case).await.into_iter().filter(|m| m.text.contains("cancelled at once")).count();
    assert_eq!(notes, 1);
}

#[tokio::test]
async fn a_guideline_of_a_need_passes_that_need_to_a_person_and_no_other() {
    let more = "guidelines:\n  - { name: by-hand, when: { intents: [cancel_order] }, then: { person: done by hand this week } }\n";
    let w = shop(UNDERSTAND, more).await;
    let case = w.write(CANCEL).await;
    let error = w.error(&case).await;
    assert_eq!((&error["type"], &error["title"]), (&json!("urn:baton:error:escalation"), &json!("policy")));
    assert_eq!(error["detail"], "done by hand this week (guideline 'by-hand')");
    assert!(w.last_reply(&case).await.text.contains("colleague"), "the customer hears of it");
    let w = shop(UNDERSTAND, more).await;
    let case = w.write("where is my order #W1234567?").await;
    assert_eq!(w.output(&case).await["intent"], "order_status");
}

#[tokio::test]
async fn of_two_that_hold_the_higher_one_is_followed() {
    let more = "guidelines:\n  - { name: gift, when: { words: [birthday] }, then: { say: gift_note } }\n  \
                - { name: by-hand, when: { channels: [chat] }, then: { person: by hand }, priority: 1 }\n";
    let w = shop(UNDERSTAND, more).await;
    let case = w.write(CANCEL).await;
    assert_eq!(w.error(&case).await["title"], "policy");
    assert!(w.messages(&case).await.iter().all(|m| !m.text.contains("cancelled at once")));
}

#[tokio::test]
async fn a_message_makes_it_follow_no_lower_one_once_its_need_is_known() {
    let gift = "guidelines:\n  - { name: gift, when: { words: [birthday] }, then: { say: gift_note }, priority: 5 }\n";
    for lower in ["channels: [chat]", "intents: [cancel_order]"] {
        let more = format!("{gift}  - {{ name: by-hand, when: {{ {lower} }}, then: {{ person: by hand }} }}\n");
        let w = shop(UNDERSTAND, &more).await;
        let case = w.write(CANCEL).await;
        assert_eq!(w.output(&case).await["intent"], "cancel_order", "{lower}");
    }
    let higher = "  - { name: by-hand, when: { intents: [cancel_order] }, then: { person: by hand }, priority: 6 }\n";
    let w = shop(UNDERSTAND, &format!("{gift}{higher}")).await;
    let case = w.write(CANCEL).await;
    assert_eq!(w.error(&case).await["title"], "policy");
}

#[tokio::test]
async fn what_an_agent_never_says_is_not_sent() {
    let with = "{ agent: concierge, goal: answer, template: free, data: { text: 'Yes, we  Guarantee it.' } }";
    let w = shop(with, "never: [we guarantee]\n").await;
    let case = w.write("is it sure?").await;
    let error = w.error(&case).await;
    assert_eq!(error["type"], "urn:baton:error:refused");
    assert!(error["detail"].as_str().unwrap().contains("'we guarantee'"), "{error}");
    assert!(w.messages(&case).await.iter().all(|m| m.author.kind != "agent"), "nothing of it was sent");
}

#[tokio::test]
async fn an_agent_answers_from_its_own_articles_alone() {
    let question = "How long does a refund take to a credit card?";
    let w = shop(UNDERSTAND, "knowledge: [payments]\n").await;
    let case = w.write(question).await;
    assert!(w.last_reply(&case).await.text.contains("5 to 7 business days"));
    let w = shop(UNDERSTAND, "knowledge: [account]\n").await;
    let case = w.write(question).await;
    assert!(w.messages(&case).await.iter().all(|m| m.sources.is_empty()));
    assert_eq!(w.gaps().await.len(), 1);
}
