//! What a process notices of durable runs, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::CallId;
use baton_db::params;
use baton_engine::{RunEvent, RunState, evolve};
use baton_runs::{RunInput, message_waits};
use baton_testkit::databases;
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_is_held_until_a_call_waits_for_it() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("late").await;
        w.say(&run, "too early").await;
        w.settle().await;
        assert_eq!((w.status(&run).await.as_str(), w.inbox(&run).await), ("waiting", 1), "{name}: nobody listens yet");
        w.clock.advance_ms(10 * 60_000);
        w.settle().await;
        let found = w.detail(&run).await;
        assert_eq!(found.row.status, "completed", "{name}");
        assert_eq!(found.output.unwrap()["text"], "too early", "{name}: the message was not lost");
        assert_eq!(w.inbox(&run).await, 0, "{name}");
    }
}

#[tokio::test]
async fn messages_are_taken_in_the_order_they_came() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        for text in ["one", "two"] {
            w.say(&run, text).await;
        }
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"first": "one", "second": "two"})), "{name}");
        w.say(&run, "three").await;
        assert_eq!(w.inbox(&run).await, 0, "{name}: a run that has ended takes no more");
    }
}

#[tokio::test]
async fn a_message_that_names_a_call_goes_to_that_call_alone() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("both").await;
        w.settle().await;
        let waits = w.detail(&run).await.waits;
        assert_eq!(waits.len(), 2, "{name}");
        let second = waits[1].call.clone();
        let named = |call: &str, text: &str| RunInput::Message {
            event: json!({"type": "message", "text": text, "call": call}),
        };
        w.post(&run, named("call_of_nobody", "for nobody")).await;
        w.settle().await;
        assert_eq!(w.detail(&run).await.waits.len(), 2, "{name}: no other call takes it");
        w.post(&run, named(second.as_str(), "for the second")).await;
        w.settle().await;
        let left: Vec<CallId> = w.detail(&run).await.waits.into_iter().map(|wait| wait.call).collect();
        assert_eq!(left, vec![waits[0].call.clone()], "{name}");
        w.say(&run, "for anyone").await;
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}: a message nobody takes holds nobody up");
    }
}

#[tokio::test]
async fn a_message_is_known_to_wait_while_no_call_of_its_run_waits_for_it() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("both").await;
        let waits = async || {
            let run = run.clone();
            w.db.read(move |tx| message_waits(tx, &acme(), &run)).await.unwrap()
        };
        assert!(!waits().await, "{name}: that the run begins is no message");
        w.say(&run, "early").await;
        assert!(waits().await, "{name}: no call has begun");
        w.settle().await;
        w.say(&run, "for the other").await;
        assert!(!waits().await, "{name}: a call takes it with the next turn");
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}");
    }
}

#[tokio::test]
async fn a_timer_fires_when_it_is_due_and_not_before() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (waiting, answered) = (w.start("hasty").await, w.start("hasty").await);
        w.settle().await;
        w.say(&answered, "here I am").await;
        w.clock.advance_ms(5 * 60_000 - 1);
        w.settle().await;
        assert_eq!(w.status(&waiting).await, "waiting", "{name}: one millisecond early");
        assert_eq!(w.detail(&answered).await.output.unwrap()["text"], "here I am", "{name}");
        w.clock.advance_ms(1);
        w.settle().await;
        let found = w.detail(&waiting).await;
        assert_eq!((found.output, found.waits.len()), (Some(json!({"answered": false})), 0), "{name}");
    }
}

#[tokio::test]
async fn a_child_gets_the_messages_and_hands_back_what_it_did_not_take() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("parent").await;
        w.settle().await;
        w.say(&run, "for the child").await;
        w.say(&run, "for the parent").await;
        w.settle().await;
        let found = w.detail(&run).await;
        assert_eq!(found.output, Some(json!({"child": "for the child", "own": "for the parent"})), "{name}");
    }
}

#[tokio::test]
async fn a_cancelled_parent_takes_its_child_along() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("parent").await;
        w.settle().await;
        w.post(&run, RunInput::Cancel { reason: "the customer left".into(), compensate: false }).await;
        w.settle().await;
        let statuses =
            w.db.read(|tx| tx.query("SELECT status FROM run WHERE client_id = $1", params![&acme()], |r| r.text(0)))
                .await
                .unwrap();
        assert_eq!(statuses, ["cancelled", "cancelled"], "{name}");
    }
}

#[tokio::test]
async fn a_fault_finds_an_owner() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("broken").await;
        w.settle().await;
        let found = w.detail(&run).await.row;
        assert_eq!((found.status.as_str(), found.error.unwrap()["status"].as_i64()), ("faulted", Some(500)), "{name}");
        let faults = w.faults.lock().unwrap().clone();
        assert_eq!(faults.len(), 1, "{name}");
        assert_eq!((&faults[0].0, faults[0].1["title"].as_str()), (&run, Some("Broken")), "{name}");
    }
}

#[tokio::test]
async fn a_panic_suspends_its_run_alone_and_finds_an_owner() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (bad, good) = (w.start("boom").await, w.start("talk").await);
        w.settle().await;
        assert_eq!(w.status(&bad).await, "suspended", "{name}");
        assert_eq!(w.status(&good).await, "waiting", "{name}: in the same turn, and not hurt");
        let faults = w.faults.lock().unwrap().clone();
        assert_eq!((faults.len(), &faults[0].0), (1, &bad), "{name}");
        assert_eq!(faults[0].1["type"], "urn:baton:error:suspended", "{name}");
    }
}

/// The journal of a run, and the state it is in.
async fn journal_and_state(w: &World, run: &baton_base::RunId) -> (Vec<(RunEvent, i64)>, Value) {
    let run = run.clone();
    w.db.read(move |tx| {
        let events = baton_runs::journal(tx, &acme(), &run)?;
        let state =
            tx.query_one("SELECT state FROM run WHERE client_id = $1 AND run_id = $2", params![&acme(), &run], |r| {
                r.json(0)
            })?;
        Ok((events, state))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn folding_the_journal_gives_the_stored_state() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let runs = [
            ("talk", w.start("talk").await),
            ("hasty", w.start("hasty").await),
            ("parent", w.start("parent").await),
            ("fetch", w.start("fetch").await),
            ("broken", w.start("broken").await),
        ];
        w.settle().await;
        for (_, run) in &runs[..3] {
            w.say(run, "hello").await;
            w.clock.advance_ms(1_234);
            w.settle().await;
        }
        for (process, run) in &runs {
            let (events, kept) = journal_and_state(&w, run).await;
            assert_eq!(kept["journal"].as_u64(), Some(events.len() as u64), "{name} {process}");
            let (_, live) = w.processes.live(&acme()).unwrap();
            let definition = live.get(process).unwrap();
            let mut state = RunState::new();
            for (event, at_ms) in &events {
                evolve(definition, &mut state, event, *at_ms);
            }
            assert!(events.len() > 1 || *process == "broken", "{name} {process}: {events:?}");
            assert_eq!(serde_json::to_value(&state).unwrap(), kept["engine"], "{name} {process}");
        }
    }
}
