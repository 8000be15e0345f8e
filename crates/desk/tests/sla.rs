//! What people notice of service levels, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::{Bundle, ClientId, ReleaseId};
use baton_cases::{CasesConfig, Level, clocks_of};
use baton_db::params;
use baton_desk::{Here, Intake, State, WorkFilter, claim, list, set_presence, show_life, tidy_round};
use baton_govern::{Ctx, Role, ledger};
use baton_testkit::databases;

const MINUTE_MS: i64 = 60_000;

async fn tidy(w: &World) {
    let house = Ctx::system(&w.env, &ClientId::house(), "desk");
    tidy_round(&w.db, &house, &w.desk).await.unwrap();
}

async fn told(w: &World, kind: &'static str) -> Vec<ledger::Entry> {
    let filter = ledger::Filter { clients: vec![acme()], kind: Some(kind.to_owned()), ..Default::default() };
    w.write(move |tx| ledger::list(tx, &filter, None, 50)).await.unwrap().items
}

/// Answers within ten minutes, resolves within an hour.
fn strict(w: &World) {
    let (release, _) = w.desk.cases.config.live(&acme()).unwrap();
    let text = "sla: { first_reply: PT10M, next_reply: PT10M, resolution: PT1H }";
    let files = [("blueprint.yaml".to_owned(), text.to_owned())].into();
    let config = CasesConfig::load(&Bundle { files, ..Bundle::default() }, "en").unwrap();
    w.desk.cases.config.put_live(&acme(), &release, std::sync::Arc::new(config));
}

#[tokio::test]
async fn work_that_is_about_to_be_late_is_said_once_and_moves_forward() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "roof", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!(item.priority, 3, "{name}");
        w.clock.advance_ms(47 * MINUTE_MS);
        tidy(&w).await;
        assert!(told(&w, "work_item.due_soon").await.is_empty(), "{name}: it has an hour");
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        tidy(&w).await;
        assert_eq!(told(&w, "work_item.due_soon").await.len(), 1, "{name}: once");
        assert_eq!(w.to_do().await[0].priority, 2, "{name}");
        w.clock.advance_ms(12 * MINUTE_MS);
        tidy(&w).await;
        tidy(&w).await;
        let late = told(&w, "work_item.late").await;
        assert_eq!((late.len(), late[0].subject.as_str()), (1, item.id.as_str()), "{name}");
        assert_eq!(w.to_do().await[0].priority, 2, "{name}: what is late is second to nothing but emergencies");
    }
}

#[tokio::test]
async fn what_is_warned_of_never_comes_among_the_emergencies() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "roof", "m1").await;
        let item = w.to_do().await.remove(0).id;
        w.write(move |tx| {
            let sql = "UPDATE work_item SET priority = 2 WHERE client_id = $1 AND work_item_id = $2";
            tx.execute(sql, params![acme(), item])
        })
        .await
        .unwrap();
        w.clock.advance_ms(49 * MINUTE_MS);
        tidy(&w).await;
        assert_eq!(told(&w, "work_item.due_soon").await.len(), 1, "{name}");
        assert_eq!(w.to_do().await[0].priority, 2, "{name}: the first is for what is urgent by itself");
    }
}

#[tokio::test]
async fn a_customer_who_waits_for_an_answer_is_noticed_whoever_should_give_it() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        strict(&w);
        let case = w.case("ada", "Hello", "m1").await;
        w.clock.advance_ms(9 * MINUTE_MS);
        tidy(&w).await;
        let warned = told(&w, "sla.warned").await;
        assert_eq!((warned.len(), warned[0].data["clock"].as_str()), (1, Some("first_response")), "{name}");
        let max = w.granted_as("max", Role::Supervisor, &[]).await;
        let (ctx, id, desk) = (max.clone(), case.clone(), w.desk.clone());
        w.write(move |tx| {
            baton_desk::take_case(tx, &ctx, &desk, &id)?;
            baton_cases::say(tx, &ctx, &id, "Good morning", &[])
        })
        .await
        .unwrap();
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        assert!(told(&w, "sla.breached").await.is_empty(), "{name}: the answer came in time");
        w.message("ada", "and now?", "m2").await;
        w.clock.advance_ms(11 * MINUTE_MS);
        tidy(&w).await;
        let late = told(&w, "sla.breached").await;
        assert_eq!((late.len(), late[0].data["clock"].as_str()), (1, Some("next_response")), "{name}");
        let (ctx, sla) = (w.system(), w.desk.cases.config.live(&acme()).unwrap().1.sla.clone());
        let clocks = w.write(move |tx| clocks_of(tx, &ctx, &sla, &case)).await.unwrap();
        let next = clocks.iter().find(|clock| clock.clock == "next_response").unwrap();
        assert_eq!(next.level, Level::Breach, "{name}");
    }
}

#[tokio::test]
async fn an_ai_that_is_late_is_relieved_by_people_through_the_queue() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        strict(&w);
        let case = w.case("ada", "Hello", "m1").await;
        w.clock.advance_ms(9 * MINUTE_MS);
        tidy(&w).await;
        assert!(w.to_do().await.is_empty(), "{name}: a warning is an event");
        w.clock.advance_ms(2 * MINUTE_MS);
        tidy(&w).await;
        tidy(&w).await;
        let items = w.to_do().await;
        assert_eq!((items.len(), items[0].trigger.as_deref(), items[0].priority), (1, Some("sla"), 2), "{name}");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:front", "{name}");
        assert_eq!(told(&w, "sla.breached").await.len(), 1, "{name}");
        // Whoever takes it answers, and gives it back: the AI goes on where it stood.
        let max = w.granted("max", &[]).await;
        let (ctx, id) = (max.clone(), items[0].id.clone());
        w.write(move |tx| {
            let item = baton_desk::claim(tx, &ctx, &id)?;
            let case = item.case.unwrap();
            baton_cases::say(tx, &ctx, &case, "Sorry for the wait", &[])?;
            baton_desk::return_case(tx, &ctx, &case, "go on")
        })
        .await
        .unwrap();
        w.settle().await;
        w.case("ada", "thank you", "m2").await;
        assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some("answered"), "{name}");
    }
}

#[tokio::test]
async fn a_case_that_cannot_be_handed_over_is_said_to_be_late_when_it_can_be() {
    for (name, db) in databases().await {
        let w = World::new(db, "talk");
        strict(&w);
        let case = w.case("ada", "Hello", "m1").await;
        let other = w.case("bob", "Hello", "m2").await;
        let run = w.found(&case).await.run.unwrap().to_string();
        let lead_to = async |run: String| {
            let (sql, id) = ("UPDATE case_file SET run_id = $3 WHERE client_id = $1 AND case_id = $2", case.clone());
            w.write(move |tx| tx.execute(sql, params![acme(), id, run])).await.unwrap();
        };
        lead_to("run_of_nobody".to_owned()).await;
        w.clock.advance_ms(11 * MINUTE_MS);
        tidy(&w).await;
        let late: Vec<String> = told(&w, "sla.breached").await.into_iter().map(|entry| entry.subject).collect();
        assert_eq!(late, [other.to_string()], "{name}: it holds no other case up, and is not said and left");
        lead_to(run).await;
        tidy(&w).await;
        tidy(&w).await;
        assert_eq!(told(&w, "sla.breached").await.len(), 2, "{name}: once each");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:front", "{name}");
    }
}

/// Claims go back into their queue when they have been late with one person for half an hour.
fn take_back_late_claims(w: &World) {
    let queues = "queues:\n  - {name: front, title: Front, default: true}\n  \
                  - {name: claims, title: Claims, late: {after: PT30M}}\n";
    let files = [("queues.yaml".to_owned(), queues.to_owned())].into();
    let intake = Intake::load(&Bundle { files, ..Bundle::default() }).unwrap();
    w.desk.intake.put_live(&acme(), &ReleaseId::known("rel_2"), std::sync::Arc::new(intake));
}

#[tokio::test]
async fn late_work_is_said_to_be_late_with_whoever_has_it_and_taken_back_where_its_queue_says_so() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        take_back_late_claims(&w);
        let case = w.case("ada", "roof", "m1").await;
        let ada = w.granted("ada", &["adjuster"]).await;
        let (ctx, id) = (ada.clone(), w.to_do().await.remove(0).id);
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        let pass = async |minutes: i64| {
            // They are there all the time.
            w.clock.advance_ms(minutes * MINUTE_MS);
            let ctx = ada.clone();
            w.write(move |tx| show_life(tx, &ctx)).await.unwrap();
            tidy(&w).await;
            w.to_do().await.remove(0)
        };
        let late = async || {
            let due_by_ms = Some(w.system().now_ms());
            let filter = WorkFilter { clients: vec![acme()], due_by_ms, ..WorkFilter::default() };
            w.write(move |tx| list(tx, &filter, &baton_cases::Page::default())).await.unwrap().items.len()
        };
        assert_eq!((pass(47).await.clock, late().await), (None, 0), "{name}");
        assert_eq!(pass(2).await.clock.as_deref(), Some("warning"), "{name}");
        let soon = told(&w, "work_item.due_soon").await;
        assert_eq!(soon[0].data["with"], ada.member_id().unwrap().as_str(), "{name}: it says who has it");
        let item = pass(12).await;
        assert_eq!((item.clock.as_deref(), late().await), (Some("breach"), 1), "{name}");
        assert_eq!(pass(28).await.state, State::Claimed, "{name}: late for 29 minutes");
        let item = pass(2).await;
        assert_eq!((item.state, item.claimed_by, item.priority), (State::Waiting, None, 2), "{name}");
        let back = told(&w, "work_item.returned").await;
        assert_eq!((back.len(), back[0].data["why"].as_str()), (1, Some("it was late with them")), "{name}");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:claims", "{name}");
    }
}

#[tokio::test]
async fn late_work_stays_with_whoever_is_there_alone_until_a_colleague_comes() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        take_back_late_claims(&w);
        w.case("ada", "roof", "m1").await;
        let (ada, eva) = (w.granted("ada", &["adjuster"]).await, w.granted("eva", &["adjuster"]).await);
        let (ctx, id) = (ada.clone(), w.to_do().await.remove(0).id);
        w.write(move |tx| claim(tx, &ctx, &id)).await.unwrap();
        w.clock.advance_ms(95 * MINUTE_MS);
        let comes = async |who: &Ctx| {
            let ctx = who.clone();
            w.write(move |tx| set_presence(tx, &ctx, Here::Available, "")).await.unwrap();
            tidy(&w).await;
            w.to_do().await.remove(0)
        };
        let item = comes(&ada).await;
        let with = (item.state, item.claimed_by.as_ref());
        assert_eq!(with, (State::Claimed, ada.member_id()), "{name}: nobody else could have it");
        assert_eq!(comes(&eva).await.state, State::Waiting, "{name}");
        assert_eq!(told(&w, "work_item.returned").await.len(), 1, "{name}");
    }
}
