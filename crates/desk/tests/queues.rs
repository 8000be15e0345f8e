//! Work that names a queue which is not there reaches a person all the same, who is told; work that waits too long goes where
//! somebody is. On both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::{Bundle, CaseId, ClientId, ReleaseId};
use baton_desk::{
    Decision, Intake, Kind, Needs, NewItem, OnDone, claim, complete, open_item, packet_of_case, queue_days, tidy_round,
};
use baton_govern::Ctx;
use baton_testkit::databases;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the ledger says of a kind.
async fn told(w: &World, kind: &'static str) -> Vec<Value> {
    let sql = "SELECT data FROM ledger WHERE client_id = $1 AND kind = $2 ORDER BY entry_id";
    w.write(move |tx| tx.query(sql, baton_db::params![acme(), kind], |row| row.json(0))).await.unwrap()
}

/// Why a person is asked, as their packet says.
async fn reason(w: &World, case: &CaseId) -> String {
    let (ctx, case) = (w.system(), case.clone());
    let packet = w.write(move |tx| packet_of_case(tx, &ctx, &case)).await.unwrap().unwrap();
    packet["reason"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_queue_that_was_computed_wrongly_loses_nothing_and_the_person_the_ledger_and_an_event_say_so() {
    for (name, db) in databases().await {
        let w = World::new(db, "computed");
        let case = w.case("ada", "storms-nord", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!((item.queue.as_str(), item.case.as_ref()), ("front", Some(&case)), "{name}");
        let why = reason(&w, &case).await;
        assert!(why.starts_with("Over the limit. It was meant for the queue 'storms-nord'"), "{name}: {why}");
        assert!(why.ends_with("it waits in the default one, Front desk."), "{name}: {why}");
        let events = told(&w, "work_item.queue_unknown").await;
        assert_eq!(events.len(), 1, "{name}: {events:?}");
        assert_eq!(
            (&events[0]["asked_queue"], &events[0]["queue"]),
            (&json!("storms-nord"), &json!("front")),
            "{name}"
        );
        assert!(events[0]["reason"].as_str().unwrap().contains("storms-nord"), "{name}: {events:?}");

        // Nothing hangs on it: whoever decides lets the run go on.
        let (who, id) = (w.granted("sam", &[]).await, item.id.clone());
        let decided = w.write(move |tx| {
            claim(tx, &who, &id)?;
            complete(tx, &who, &id, &Decision { decision: "resolved".to_owned(), ..Decision::default() })
        });
        decided.await.unwrap();
        w.settle().await;
        assert_eq!(w.found(&case).await.row.outcome.as_deref(), Some("answered"), "{name}");

        // A queue that is there is computed rightly: nothing is said.
        w.case("bea", "claims", "m2").await;
        assert_eq!(w.to_do().await[0].queue, "claims", "{name}");
        assert_eq!(told(&w, "work_item.queue_unknown").await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_came_into_a_queue_today_is_told_by_the_hour() {
    const HOUR_MS: i64 = 60 * 60 * 1000;
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        w.case("ada", "A storm took the roof", "m1").await;
        let item = w.to_do().await.remove(0);
        for (later_hours, wanted) in [(0, 1), (2, 1), (24, 0)] {
            let (desk, now_ms) = (w.desk.clone(), item.opened_ms + later_hours * HOUR_MS);
            let days = w.write(move |tx| queue_days(tx, &desk, &[acme()], now_ms)).await.unwrap();
            let day = days.iter().find(|day| day.queue == item.queue).unwrap();
            assert_eq!(day.hours.iter().sum::<i64>(), wanted, "{name}: {later_hours} hours later: {day:?}");
            assert_eq!(day.hours.len(), usize::try_from((now_ms - day.day_start_ms) / HOUR_MS).unwrap() + 1, "{name}");
            if wanted == 1 {
                let hour = usize::try_from((item.opened_ms - day.day_start_ms) / HOUR_MS).unwrap();
                assert_eq!(day.hours[hour], 1, "{name}: {day:?}");
            }
            let others = days.iter().filter(|other| other.queue != item.queue);
            assert_eq!(others.flat_map(|other| &other.hours).sum::<i64>(), 0, "{name}");
        }
    }
}

#[tokio::test]
async fn what_a_customer_wrote_does_not_become_the_name_of_a_queue_in_the_ledger() {
    for (name, db) in databases().await {
        let w = World::new(db, "computed");
        let case = w.case("ada", "I am Ada Lovelace, call me at 555 0199", "m1").await;
        assert_eq!(w.to_do().await[0].queue, "front", "{name}");
        let why = reason(&w, &case).await;
        assert!(why.contains("no name of a queue") && !why.contains("Lovelace"), "{name}: {why}");
        let all = [told(&w, "work_item.queue_unknown").await, told(&w, "work_item.opened").await].concat();
        assert_eq!(all.len(), 2, "{name}: {all:?}");
        assert!(all.iter().all(|data| data["asked_queue"].is_null()), "{name}: {all:?}");
        assert!(!json!(all).to_string().contains("Lovelace"), "{name}: {all:?}");
    }
}

#[tokio::test]
async fn a_queue_that_is_no_text_ends_in_a_fault_that_a_person_has() {
    for (name, db) in databases().await {
        let w = World::new(db, "counted");
        let case = w.case("ada", "A storm took the roof", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!((item.queue.as_str(), item.case.as_ref()), ("front", Some(&case)), "{name}");
        assert!(item.title.starts_with("Process stopped"), "{name}: {}", item.title);
        let (ctx, of) = (w.system(), case.clone());
        let packet = w.write(move |tx| packet_of_case(tx, &ctx, &of)).await.unwrap().unwrap();
        assert_eq!(packet["trigger"], "process_fault", "{name}: {packet:#}");
    }
}

#[tokio::test]
async fn a_run_that_names_a_queue_of_an_earlier_release_reaches_a_person_all_the_same() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        // The process asks for the queue `claims`, which the release that is live by now does not have.
        let files = [("queues.yaml".to_owned(), "queues: [{ name: front, title: Front desk }]".to_owned())];
        let bundle = Bundle { files: files.into_iter().collect(), ..Bundle::default() };
        w.desk.intake.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(Intake::load(&bundle).unwrap()));
        let case = w.case("ada", "A storm took the roof of policy P-12", "m1").await;
        let item = w.to_do().await.remove(0);
        assert_eq!((item.queue.as_str(), item.case.as_ref()), ("front", Some(&case)), "{name}");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:front", "{name}");
        let sql = "SELECT data FROM ledger WHERE client_id = $1 AND kind = 'work_item.opened'";
        let told = w.write(move |tx| tx.query_one(sql, baton_db::params![acme()], |row| row.json(0))).await.unwrap();
        assert_eq!((&told["queue"], &told["asked_queue"]), (&json!("front"), &json!("claims")), "{name}: {told}");
    }
}

#[tokio::test]
async fn what_is_no_name_of_a_queue_stays_out_of_the_ledger() {
    for (name, db) in databases().await {
        let w = World::new(db, "claim");
        let (ctx, desk) = (w.system(), w.desk.clone());
        let new = NewItem {
            kind: Kind::Review,
            // As an expression computes it that takes the wrong field.
            queue: Some("Ada Lovelace, ada@example.org".to_owned()),
            title: "Look at it".to_owned(),
            case: None,
            waiting: None,
            run: None,
            packet: None,
            form: serde_json::from_value(json!({"decisions": [{"id": "done", "title": "Done"}]})).unwrap(),
            needs: Needs::default(),
            priority: 5,
            requested_by: ctx.actor.clone(),
            due_in_ms: None,
            on_done: OnDone::Case,
        };
        w.write(move |tx| open_item(tx, &ctx, &desk, new)).await.unwrap();
        assert_eq!(w.to_do().await.remove(0).queue, "front", "{name}");
        let sql = "SELECT data FROM ledger WHERE client_id = $1 AND kind = 'work_item.opened'";
        let told = w.write(move |tx| tx.query_one(sql, baton_db::params![acme()], |row| row.json(0))).await.unwrap();
        assert!(!told.to_string().contains("Ada"), "{name}: {told}");
    }
}

#[tokio::test]
async fn what_waits_too_long_goes_to_the_other_queue_once_that_is_open() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        // The test begins on a Friday at eight.
        let queues = "queues:\n  - {name: front, title: Front, default: true, overflow: {to: late, after: PT1H}}\n  \
                      - {name: late, title: Late, calendar: late, needs: {licences: [expert]}}\n";
        let calendars = "calendars: [{name: late, time_zone: UTC, weekly: {fri: ['10:00-18:00']}}]";
        let files = [("queues.yaml", queues), ("calendars.yaml", calendars)];
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        let intake = Intake::load(&Bundle { files, ..Bundle::default() }).unwrap();
        w.desk.intake.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(intake));
        let case = w.case("ada", "a person, please", "m1").await;
        let house = Ctx::system(&w.env, &ClientId::house(), "desk");
        for (minutes, queue) in [(59, "front"), (2, "front"), (60, "late"), (60, "late")] {
            w.clock.advance_ms(minutes * 60_000);
            tidy_round(&w.db, &house, &w.desk).await.unwrap();
            assert_eq!(w.to_do().await[0].queue, queue, "{name}: {minutes}");
        }
        assert_eq!(w.to_do().await[0].needs.licences, ["expert"], "{name}: it asks for what that queue asks for");
        assert_eq!(w.found(&case).await.row.actor.name, "queue:late", "{name}");
        assert_eq!(told(&w, "work_item.moved").await.len(), 1, "{name}: once");
    }
}
