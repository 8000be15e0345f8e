//! What a customer is told when people take over, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::ClientId;
use baton_cases::CaseState;
use baton_desk::{Here, queue_counts, set_presence, tidy_round};
use baton_govern::Ctx;
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

#[tokio::test]
async fn whoever_may_not_have_the_work_shortens_no_wait() {
    for (name, db) in databases().await {
        let w = World::new(db, "computed");
        let max = w.granted("max", &[]).await;
        w.write(move |tx| set_presence(tx, &max, Here::Available, "")).await.unwrap();
        let case = w.case("ada", "experts", "m1").await;
        assert_eq!(last_words(&w, &case).await.as_deref(), Some("Nobody is here right now."), "{name}: no expert is");
        let (desk, now_ms) = (w.desk.clone(), w.env.now_ms());
        let counts = w.write(move |tx| queue_counts(tx, &desk, &[acme()], now_ms)).await.unwrap();
        let places = |queue: &str| counts.iter().find(|count| count.queue == queue).map(|count| count.places);
        assert_eq!((places("experts"), places("front")), (Some(0), Some(3)), "{name}");
        let eva = w.granted("eva", &["expert"]).await;
        w.write(move |tx| set_presence(tx, &eva, Here::Available, "")).await.unwrap();
        let next = w.case("eve", "experts", "m1").await;
        assert_eq!(last_words(&w, &next).await, None, "{name}: an expert takes it at once");
    }
}

#[tokio::test]
async fn the_wait_of_one_queue_counts_what_waits_in_another_for_the_same_people() {
    for (name, db) in databases().await {
        let w = World::new(db, "computed");
        let max = w.granted("max", &[]).await;
        w.write(move |tx| set_presence(tx, &max, Here::Available, "")).await.unwrap();
        let waits = async || {
            let (desk, now_ms) = (w.desk.clone(), w.env.now_ms());
            let counts = w.write(move |tx| queue_counts(tx, &desk, &[acme()], now_ms)).await.unwrap();
            ["front", "claims", "experts"]
                .map(|queue| counts.iter().find(|count| count.queue == queue).and_then(|count| count.wait_ms))
        };
        assert_eq!(waits().await, [Some(0), Some(0), None], "{name}: max has three places");
        for n in 0..6 {
            w.case(&format!("c{n}"), "claims", "m1").await;
        }
        let [front, claims, experts] = waits().await;
        assert!(
            claims > Some(0) && front > Some(0),
            "{name}: six wait for max, whatever the queue: {front:?} {claims:?}"
        );
        assert!(front <= claims, "{name}: all of them come before either");
        assert_eq!(experts, None, "{name}: max may have none of that");
        w.case("e", "experts", "m1").await;
        assert_eq!(waits().await, [front, claims, None], "{name}: what max may not have makes nobody wait for max");
        // Nor what needs more than its queue asks for.
        w.write(|tx| {
            let sql =
                "UPDATE work_item SET needs = '{\"licences\":[\"none\"]}' WHERE client_id = $1 AND queue = 'claims'";
            tx.execute(sql, baton_db::params![acme()])
        })
        .await
        .unwrap();
        assert_eq!(waits().await[0], Some(0), "{name}");
    }
}

#[tokio::test]
async fn a_customer_who_waits_is_told_once_when_everybody_has_gone_and_the_first_answer_is_still_owed() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let max = w.granted("max", &[]).await;
        let ctx = max.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let case = w.case("ada", "a person, please", "m1").await;
        assert_eq!(last_words(&w, &case).await, None, "{name}: somebody takes it at once");
        w.write(move |tx| set_presence(tx, &max, Here::Off, "")).await.unwrap();
        let house = Ctx::system(&w.env, &ClientId::house(), "desk");
        tidy_round(&w.db, &house, &w.desk).await.unwrap();
        assert_eq!(last_words(&w, &case).await, None, "{name}: somebody may come back any moment");
        w.clock.advance_ms(4 * 60_000);
        for _ in 0..3 {
            tidy_round(&w.db, &house, &w.desk).await.unwrap();
        }
        assert_eq!(last_words(&w, &case).await.as_deref(), Some("Nobody is here right now."), "{name}");
        let found = w.found(&case).await;
        assert_eq!(found.row.message_count, 2, "{name}: once");
        assert_eq!(found.first_reply_ms, None, "{name}: that is no answer");
    }
}

#[tokio::test]
async fn whoever_talks_with_a_person_is_not_told_that_nobody_is_there() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let max = w.granted("max", &[]).await;
        let ctx = max.clone();
        w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
        let case = w.case("ada", "a person, please", "m1").await;
        let (system, id) = (w.system(), case.clone());
        w.write(move |tx| {
            // By other work on it, besides which this waits.
            baton_cases::hand_over(tx, &system, &id, &max.actor)?;
            set_presence(tx, &max, Here::Busy, "")
        })
        .await
        .unwrap();
        let house = Ctx::system(&w.env, &ClientId::house(), "desk");
        w.clock.advance_ms(4 * 60_000);
        tidy_round(&w.db, &house, &w.desk).await.unwrap();
        assert_eq!(last_words(&w, &case).await, None, "{name}");
    }
}
