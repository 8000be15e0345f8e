//! Clocks are said to have passed however many others stand still or have been said, and who has gone for long is found once.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{START_MS, World, acme, chat};
use baton_base::CustomerId;
use baton_cases::hours::{Calendar, CalendarText};
use baton_cases::{Level, Sla, erase, gone_since, is_erased, late, lock_cases, raise_sla};
use baton_db::{Kind, params};
use baton_testkit::databases;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const SLA: Sla = Sla {
    first_reply_ms: Some(120_000),
    next_reply_ms: None,
    resolution_ms: Some(DAY_MS),
    pauses: true,
    warn_percent: 80,
    calendar: None,
    escalate: None,
};

/// Adds cases that were opened and answered long ago: `count`, in `state`, with a resolution clock that stood still.
async fn add(w: &World, name: &str, count: i64, state: &str, paused_ms: i64, paused_since: &str) {
    let opened_ms = START_MS - 30 * DAY_MS;
    let sql = format!(
        "INSERT INTO case_file (client_id, case_id, number, customer_id, channel, subject, state, actor_kind, actor, fields, \
         language, release_id, message_count, opened_ms, first_reply_ms, changed_ms, paused_ms, paused_since_ms) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT 'acme', 'case_{name}_' || CAST(i AS TEXT), i + (SELECT COUNT(*) FROM case_file) + 1000, 'cus_old', 'chat', 'old', '{state}', 'agent', 'concierge', \
         '{{}}', 'en', 'rel_1', 1, {opened_ms}, {opened_ms}, {opened_ms}, {paused_ms}, CAST({paused_since} AS BIGINT) FROM n"
    );
    let added = w.write(move |tx| tx.execute(&sql, params![])).await.unwrap();
    assert_eq!(added, u64::try_from(count).unwrap());
}

async fn raised(w: &World, sla: Sla) -> Vec<(String, &'static str, Level)> {
    let ctx = w.system(&acme());
    let raised = w
        .write(move |tx| {
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let part = late(tx, &ctx, &sla, after.as_ref())?;
                for case in &part.cases {
                    all.extend(raise_sla(tx, &ctx, &sla, case)?);
                }
                if part.next.is_none() {
                    return Ok(all);
                }
                after = part.next;
            }
        })
        .await
        .unwrap();
    raised.into_iter().map(|r| (r.case.to_string(), r.clock.clock, r.clock.level)).collect()
}

#[tokio::test]
async fn cases_that_have_nothing_left_to_say_hide_no_case_that_has() {
    for (name, db) in databases().await {
        let w = World::new(db);
        add(&w, "still", 1_001, "waiting_customer", 0, &START_MS.to_string()).await;
        add(&w, "said", 1_001, "open", 0, "NULL").await;
        let mark = "INSERT INTO sla_mark (client_id, subject, clock, since_ms, level, at_ms) \
                    SELECT client_id, case_id, 'resolution', opened_ms, 'breach', opened_ms FROM case_file \
                    WHERE client_id = 'acme' AND state = 'open'";
        w.write(move |tx| tx.execute(mark, params![])).await.unwrap();
        let new = w.receive(&acme(), chat("conv-1", "Hello", "m1")).await.unwrap().case.to_string();
        w.clock.advance_ms(100_000);
        assert_eq!(raised(&w, SLA).await, [(new.clone(), "first_response", Level::Warning)], "{name}");
        assert_eq!(raised(&w, SLA).await, [], "{name}: once");
        w.clock.advance_ms(100_000);
        assert_eq!(raised(&w, SLA).await, [(new, "first_response", Level::Breach)], "{name}");
    }
}

#[tokio::test]
async fn cases_whose_hours_of_business_have_not_passed_hide_no_case_whose_have() {
    // Open on the day on which the old cases came, and again when the test is: nothing has passed in between.
    let text = CalendarText {
        time_zone: "UTC".to_owned(),
        holidays: vec![baton_cases::hours::HolidayText {
            date: "2027-01-15".to_owned(),
            hours: vec!["00:00-24:00".to_owned()],
            ..Default::default()
        }],
        ..Default::default()
    };
    let calendar = Some(std::sync::Arc::new(Calendar::read(&text).unwrap()));
    for (name, db) in databases().await {
        let w = World::new(db);
        add(&w, "old", 1_001, "open", 0, "NULL").await;
        let new = w.receive(&acme(), chat("conv-1", "Hello", "m1")).await.unwrap().case.to_string();
        w.clock.advance_ms(130_000);
        let sla = Sla { calendar: calendar.clone(), resolution_ms: Some(DAY_MS / 2), ..SLA };
        assert_eq!(raised(&w, sla).await, [(new, "first_response", Level::Breach)], "{name}");
    }
}

#[tokio::test]
async fn a_clock_that_never_stands_still_counts_the_time_that_it_would_have_stood() {
    for (name, db) in databases().await {
        let w = World::new(db);
        add(&w, "one", 1, "open", 30 * DAY_MS, "NULL").await;
        assert_eq!(raised(&w, SLA).await, [], "{name}");
        let runs = raised(&w, Sla { pauses: false, ..SLA }).await;
        assert_eq!(runs, [("case_one_1".to_owned(), "resolution", Level::Breach)], "{name}");
    }
}

#[tokio::test]
async fn whoever_has_gone_for_long_is_found_until_erased_whatever_they_wrote() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let received = w.receive(&acme(), chat("conv-1", "(erased)", "m1")).await.unwrap();
        let end = "UPDATE case_file SET state = 'closed', closed_ms = $2 WHERE client_id = $1";
        w.write(move |tx| tx.execute(end, params![acme(), START_MS])).await.unwrap();
        let found = async |before_ms: i64| w.write(move |tx| gone_since(tx, &acme(), before_ms)).await.unwrap();
        assert_eq!(found(START_MS).await, [], "{name}");
        let gone: Vec<CustomerId> = found(START_MS + 1).await;
        assert_eq!(gone.len(), 1, "{name}: {}", received.case);
        let customer = gone[0].clone();
        w.write(move |tx| erase(tx, &acme(), &customer, START_MS + 5)).await.unwrap();
        assert_eq!(found(START_MS + DAY_MS).await, [], "{name}");
    }
}

#[tokio::test]
async fn whoever_writes_about_a_case_waits_for_its_erasure_and_learns_of_it() {
    for (name, db) in databases().await.into_iter().filter(|(_, db)| db.kind() == Kind::Postgres) {
        let w = World::new(db);
        let case = w.receive(&acme(), chat("conv-1", "a question", "m1")).await.unwrap().case;
        let of = "SELECT customer_id FROM case_file WHERE client_id = $1";
        let customer: CustomerId = w.write(move |tx| tx.query_one(of, params![acme()], |r| r.id(0))).await.unwrap();
        let ((begun, begins), (go, goes)) = (tokio::sync::oneshot::channel(), std::sync::mpsc::channel());
        let erasing = tokio::spawn({
            let db = w.db.clone();
            async move {
                db.write(move |tx| {
                    lock_cases(tx, &acme(), &customer)?;
                    begun.send(()).unwrap();
                    goes.recv_timeout(SOON).unwrap();
                    tx.overwriting(|tx| erase(tx, &acme(), &customer, START_MS))
                })
                .await
            }
        });
        begins.await.unwrap();
        let asking = tokio::spawn({
            let db = w.db.clone();
            async move { db.write(move |tx| is_erased(tx, &acme(), &case)).await }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!asking.is_finished(), "{name}: it is not known yet");
        go.send(()).unwrap();
        erasing.await.unwrap().unwrap();
        assert!(asking.await.unwrap().unwrap(), "{name}");
    }
}
