//! What the receiver of a case notices of its packet, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common;
use crate::common::{World, acme, is_conflict};
use baton_db::params;
use baton_desk::{WorkItemDetail, claim, detail, handoffs, note_reply, packet_of_case, rate_packet, take_case};
use baton_govern::{Ctx, Role, ledger};
use baton_testkit::databases;
use serde_json::json;

async fn first(w: &World) -> WorkItemDetail {
    let (ctx, id) = (w.system(), w.to_do().await.remove(0).id);
    w.write(move |tx| detail(tx, &ctx, &id)).await.unwrap()
}

async fn again(w: &World, item: &WorkItemDetail) -> baton_desk::Handoff {
    let (ctx, id) = (w.system(), item.item.id.clone());
    w.write(move |tx| detail(tx, &ctx, &id)).await.unwrap().handoff.unwrap()
}

async fn said(w: &World, member: &Ctx, case: &baton_base::CaseId, text: &'static str) {
    let (ctx, case, desk) = (member.clone(), case.clone(), w.desk.clone());
    w.write(move |tx| note_reply(tx, &ctx, &desk, &case, text)).await.unwrap();
}

#[tokio::test]
async fn what_is_asked_again_costs_the_handoff_and_only_at_the_beginning() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let case = w.case("ada", "roof", "m1").await;
        let item = first(&w).await;
        let handed = item.handoff.clone().unwrap();
        // policy_number 3 and amount 2 are there, cause 2 and photos 1 are not.
        assert!((handed.completeness - 5.0 / 8.0).abs() < 1e-12 && handed.gate, "{name}: {handed:?}");
        assert!((handed.score - (0.5 * 5.0 / 8.0 + 0.2 + 0.3)).abs() < 1e-12, "{name}");
        let ada = w.member("ada", &[Role::HumanAgent], &["adjuster"]).await;
        let (ctx, id) = (ada.clone(), item.item.id.clone());
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        said(&w, &ada, &case, "Thank you. Your policy number is P-12.").await;
        assert!(again(&w, &item).await.reasked.is_empty(), "{name}: telling is not asking");
        said(&w, &ada, &case, "Could you tell me your policy number?").await;
        let asked = again(&w, &item).await;
        assert_eq!(asked.reasked, ["policy_number"], "{name}");
        assert!((asked.no_reask - 0.75).abs() < 1e-12 && asked.score < handed.score, "{name}");
        for _ in 0..3 {
            said(&w, &ada, &case, "One moment.").await;
        }
        said(&w, &ada, &case, "What was the cause?").await;
        assert_eq!(again(&w, &item).await.reasked, ["policy_number"], "{name}: the sixth message does not count");
        let filter = ledger::Filter { clients: vec![acme()], case: Some(case), ..Default::default() };
        let told = w.write(move |tx| ledger::list(tx, &filter, None, 50)).await.unwrap().items;
        let reask = told.iter().find(|entry| entry.kind == "handoff.reasked").unwrap();
        assert_eq!(reask.data["fields"], json!(["policy_number"]), "{name}");
        // In a second handoff nobody has written yet: it says nothing about what is asked again.
        w.case("eve", "roof", "m1").await;
        let report = w.write(|tx| handoffs(tx, &acme(), common::START_MS)).await.unwrap();
        assert_eq!((report[0].handoffs, report[0].no_reask), (2, Some(0.75)), "{name}");
    }
}

#[tokio::test]
async fn whoever_has_the_item_rates_its_packet_and_the_report_counts_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "roof", "m1").await;
        let id = first(&w).await.item.id;
        let ada = w.member("ada", &[Role::HumanAgent], &["adjuster"]).await;
        let (ctx, one) = (ada.clone(), id.clone());
        assert!(is_conflict(&w.write(move |tx| rate_packet(tx, &ctx, &one, "good")).await), "{name}: claim it first");
        let now_ms = common::START_MS;
        let (wrong, rated, report) = w
            .write(move |tx| {
                claim(tx, &ada, &id)?;
                let wrong = rate_packet(tx, &ada, &id, "meh");
                rate_packet(tx, &ada, &id, "good")?;
                let rated = rate_packet(tx, &ada, &id, "lacking")?;
                Ok((wrong, rated, handoffs(tx, &acme(), now_ms)?))
            })
            .await
            .unwrap();
        assert!(wrong.is_err() && rated.rating.as_deref() == Some("lacking"), "{name}: the last word counts");
        assert_eq!((report[0].handoffs, report[0].lacking, report[0].good), (1, 1, 0), "{name}: {report:?}");
        assert_eq!(report[0].no_reask, None, "{name}: nobody has written");
        assert_eq!(report[0].intent.as_deref(), Some("claim_new"), "{name}");
    }
}

#[tokio::test]
async fn what_is_critical_is_asked_for_before_the_case_is_handed_over() {
    for (name, db) in databases().await {
        let w = World::new(db, "gated");
        w.case("ada", "roof", "m1").await;
        assert!(w.to_do().await.is_empty(), "{name}: the policy number is asked for first");
        w.case("ada", "P-77", "m2").await;
        let handed = first(&w).await;
        assert!(handed.handoff.unwrap().gate, "{name}");
    }
}

#[tokio::test]
async fn agents_that_hand_a_case_round_in_a_circle_are_stopped_and_a_person_gets_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "round");
        let case = w.case("ada", "roof", "m1").await;
        let item = first(&w).await;
        let packet = item.packet.as_ref().unwrap();
        assert_eq!(packet["trigger"], "loop", "{name}");
        assert!(packet["reason"].as_str().unwrap().contains("nothing new is known"), "{name}: {packet}");
        let filter = ledger::Filter { clients: vec![acme()], case: Some(case), ..Default::default() };
        let told = w.write(move |tx| ledger::list(tx, &filter, None, 50)).await.unwrap().items;
        let passed: Vec<_> = told.iter().rev().filter(|entry| entry.kind == "handoff.passed").collect();
        let pairs: Vec<_> =
            passed.iter().map(|entry| (&entry.data["from"], &entry.data["to"], &entry.data["side"])).collect();
        let expect =
            [("intake", "billing", "inside"), ("billing", "intake", "inside"), ("intake", "planner", "outside")];
        assert_eq!(pairs.len(), expect.len(), "{name}: {pairs:?}");
        for (pair, (from, to, side)) in pairs.iter().zip(expect) {
            assert_eq!((pair.0, pair.1, pair.2), (&json!(from), &json!(to), &json!(side)), "{name}");
        }
        assert_eq!(
            told.iter().filter(|entry| entry.kind == "handoff.packed").count(),
            4,
            "{name}: one packet a handoff"
        );
        assert_eq!(told.iter().filter(|entry| entry.kind == "handoff.looped").count(), 1, "{name}");
    }
}

#[tokio::test]
async fn looking_something_up_once_more_ends_no_circle_and_doing_something_does() {
    for (process, passes, loops) in [("read-round", 2, 1), ("write-round", 3, 0)] {
        for (name, db) in databases().await {
            let w = World::new(db, process);
            w.case("ada", "roof", "m1").await;
            let filter = ledger::Filter { clients: vec![acme()], ..Default::default() };
            let told = w.write(move |tx| ledger::list(tx, &filter, None, 100)).await.unwrap().items;
            let count = |kind: &str| told.iter().filter(|entry| entry.kind == kind).count();
            assert_eq!((count("handoff.passed"), count("handoff.looped")), (passes, loops), "{name} {process}");
        }
    }
}

#[tokio::test]
async fn a_long_conversation_is_no_circle_and_as_many_passes_without_a_word_of_the_customer_are() {
    for (process, messages, passes, loops) in [("long-talk", 6, 10, 0), ("long-round", 1, 8, 1)] {
        for (name, db) in databases().await {
            let w = World::new(db, process);
            for n in 1..=messages {
                w.case("ada", "my bill and my roof", &format!("m{n}")).await;
                w.clock.advance_ms(60_000);
            }
            let filter = ledger::Filter { clients: vec![acme()], ..Default::default() };
            let told = w.write(move |tx| ledger::list(tx, &filter, None, 200)).await.unwrap().items;
            let count = |kind: &str| told.iter().filter(|entry| entry.kind == kind).count();
            assert_eq!((count("handoff.passed"), count("handoff.looped")), (passes, loops), "{name} {process}");
        }
    }
}

#[tokio::test]
async fn a_packet_says_how_the_customer_sounds() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let max = w.granted("max", &[]).await;
        for (upset, mood) in
            [(Some(1_i64), json!("upset")), (Some(0), json!("calm, as far as their words tell")), (None, json!(null))]
        {
            let case = w.case(&format!("c{upset:?}").replace(['(', ')'], ""), "hello", "m1").await;
            let (ctx, desk) = (max.clone(), w.desk.clone());
            let packet = w
                .write(move |tx| {
                    let sql = "UPDATE case_file SET upset = $3 WHERE client_id = $1 AND case_id = $2";
                    tx.execute(sql, params![acme(), case, upset])?;
                    take_case(tx, &ctx, &desk, &case)?;
                    packet_of_case(tx, &ctx, &case)
                })
                .await
                .unwrap()
                .unwrap();
            assert_eq!(packet["mood"], mood, "{name}: {upset:?}");
        }
    }
}

#[tokio::test]
async fn the_packet_of_a_long_conversation_knows_how_it_began_and_what_was_said_last() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        let case = w.case("ada", "The lamp that I ordered is broken", "m1").await;
        let (system, id) = (w.system(), case.clone());
        w.write(move |tx| {
            for _ in 0..baton_cases::limits::MESSAGES_PAGE_MAX {
                baton_cases::say(tx, &system, &id, "One moment.", &[])?;
            }
            Ok(())
        })
        .await
        .unwrap();
        w.message("ada", "The shade is torn, too", "m2").await;
        let max = w.granted_as("max", Role::Supervisor, &[]).await;
        let (ctx, id, desk) = (max, case.clone(), w.desk.clone());
        let packet = w
            .write(move |tx| {
                take_case(tx, &ctx, &desk, &id)?;
                packet_of_case(tx, &ctx, &id)
            })
            .await
            .unwrap()
            .unwrap();
        let text = |key: &str| packet[key].as_str().unwrap().to_owned();
        assert!(text("goal").contains("lamp that I ordered"), "{name}: {packet}");
        assert!(text("summary").contains("shade is torn"), "{name}: {packet}");
    }
}
