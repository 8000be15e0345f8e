//! What a customer is told when people take over, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::World;
use baton_cases::CaseState;
use baton_desk::{Here, set_presence};
use baton_testkit::databases;

async fn last_words(w: &World, case: &baton_base::CaseId) -> Option<String> {
    let (ctx, case) = (w.system(), case.clone());
    let messages = w.write(move |tx| baton_cases::messages(tx, &ctx, &case, 0)).await.unwrap();
    messages.into_iter().rev().find(|m| m.author.kind == "system").map(|m| m.text)
}

#[tokio::test]
async fn a_customer_is_told_how_long_it_takes_or_that_nobody_is_there() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        assert_eq!(last_words(&w, &case).await.as_deref(), Some("Nobody is here right now."), "{name}");
        assert_eq!(w.to_do().await.len(), 1, "{name}: and the case waits for the first who comes");
        let max = w.granted("max", &[]).await;
        let ctx = max.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let next = w.case("eve", "a person, please", "m1").await;
        assert_eq!(last_words(&w, &next).await, None, "{name}: somebody takes it at once");
        for n in 0..4 {
            w.case(&format!("more{n}"), "a person, please", "m1").await;
        }
        let late = w.case("zoe", "a person, please", "m1").await;
        let words = last_words(&w, &late).await.unwrap();
        assert!(words.starts_with("A colleague takes over in about "), "{name}: {words}");
    }
}

#[tokio::test]
async fn the_ai_goes_on_where_nobody_is_there_and_hands_over_where_somebody_is() {
    for (name, db) in databases().await {
        let w = World::new(db, "after-hours");
        let alone = w.case("ada", "a person, please", "m1").await;
        assert!(w.to_do().await.is_empty(), "{name}");
        w.case("ada", "then tell me yourself", "m2").await;
        assert_eq!(w.found(&alone).await.row.outcome.as_deref(), Some("answered"), "{name}");
        let max = w.granted("max", &[]).await;
        w.write(move |tx| set_presence(tx, &max, Here::Available, "")).await.unwrap();
        let case = w.case("eve", "a person, please", "m1").await;
        assert_eq!(w.found(&case).await.row.state, CaseState::WithPerson, "{name}");
    }
}
