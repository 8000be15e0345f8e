//! Many runs in one turn: nobody starves, nobody is woken in vain, nothing falls between two runs of a batch.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, processes_with};
use baton_base::ReleaseId;
use baton_db::params;
use baton_runs::{RunInput, limits, publish, start_many};
use baton_testkit::databases;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn the_flood_of_one_client_does_not_hold_up_another() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (flood, processes) = (w.neighbour(), w.processes.clone());
        let many = vec![json!({}); limits::RUNS_PER_TURN_MAX as usize * 3];
        w.db.write(move |tx| start_many(tx, &flood, &processes, "talk", None, many)).await.unwrap();
        let run = w.start("broken").await;
        w.runs.turn_once().await.unwrap();
        assert_eq!(w.status(&run).await, "faulted", "{name}: in the first turn, though it came last");
    }
}

#[tokio::test]
async fn a_flood_is_worked_off_turn_by_turn() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (flood, processes) = (w.neighbour(), w.processes.clone());
        let many = vec![json!({}); limits::RUNS_PER_TURN_MAX as usize * 2 + 7];
        w.db.write(move |tx| start_many(tx, &flood, &processes, "broken", None, many)).await.unwrap();
        let mut turns = 0;
        while w.runs.turn_once().await.unwrap() {
            turns += 1;
        }
        assert!(turns <= 4, "{name}: {turns} turns");
        let sql = "SELECT COUNT(*) FROM run WHERE client_id = 'globex' AND status <> 'faulted'";
        assert_eq!(w.db.read(move |tx| tx.query_one(sql, params![], |r| r.int(0))).await.unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn an_event_wakes_the_run_that_it_is_meant_for_and_no_other() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let one = w.start_with("paid", json!({"order": "W1"})).await;
        let two = w.start_with("paid", json!({"order": "W2"})).await;
        w.settle().await;
        let told = |order: &str| {
            let event = json!({"specversion": "1.0", "id": "e1", "type": "order.paid", "source": "/shop",
                "data": {"order": order}});
            let (ctx, event) = (w.system(), event);
            w.db.write(move |tx| publish(tx, &ctx, &event))
        };
        assert_eq!(told("W9").await.unwrap(), 0, "{name}: nobody waits for this order");
        assert_eq!(told("W2").await.unwrap(), 1, "{name}");
        w.settle().await;
        assert_eq!(w.status(&one).await, "waiting", "{name}");
        assert_eq!(w.detail(&two).await.output, Some(json!([{"order": "W2"}])), "{name}");
        assert_eq!(told("W2").await.unwrap(), 0, "{name}: it listens no more");
    }
}

#[tokio::test]
async fn inputs_of_one_run_are_taken_in_order_of_arrival_whatever_their_clocks_say() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        w.settle().await;
        w.say(&run, "one").await;
        // The next comes from a node whose clock is behind: its ids sort before.
        w.clock.advance_ms(-60_000);
        w.say(&run, "two").await;
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"first": "one", "second": "two"})), "{name}");
    }
}

#[tokio::test]
async fn a_suspended_run_keeps_what_comes_for_when_it_goes_on() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("talk").await;
        w.settle().await;
        let set = |status: &'static str, ready: i64| {
            let run = run.clone();
            let sql = "UPDATE run SET status = $3, ready = $4 WHERE client_id = $1 AND run_id = $2";
            w.db.write(move |tx| tx.execute(sql, params![&acme(), &run, status, ready]))
        };
        set("suspended", 0).await.unwrap();
        w.say(&run, "one").await;
        w.say(&run, "two").await;
        w.settle().await;
        assert_eq!((w.status(&run).await.as_str(), w.inbox(&run).await), ("suspended", 2), "{name}");
        set("waiting", 1).await.unwrap();
        w.settle().await;
        assert_eq!(w.detail(&run).await.output, Some(json!({"first": "one", "second": "two"})), "{name}");
    }
}

#[tokio::test]
async fn a_result_waits_while_its_run_is_suspended() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("fetch").await;
        w.runs.turn_once().await.unwrap();
        let set = |status: &'static str, ready: i64| {
            let run = run.clone();
            let sql = "UPDATE run SET status = $3, ready = $4 WHERE client_id = $1 AND run_id = $2";
            w.db.write(move |tx| tx.execute(sql, params![&acme(), &run, status, ready]))
        };
        set("suspended", 0).await.unwrap();
        w.settle().await;
        assert_eq!(w.status(&run).await, "suspended", "{name}");
        set("waiting", 1).await.unwrap();
        w.settle().await;
        let output = w.detail(&run).await.output.unwrap();
        assert_eq!((output["try"].as_i64(), w.outside.count()), (Some(1), 1), "{name}: made once");
    }
}

#[tokio::test]
async fn what_a_parent_hands_to_a_child_that_has_just_ended_comes_back() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("parent").await;
        w.settle().await;
        // Both messages wait in the parent's inbox when it hands them on; the child takes one and ends.
        for text in ["for the child", "for the parent"] {
            w.post(&run, RunInput::Message { event: json!({"type": "message", "text": text}) }).await;
        }
        w.settle().await;
        let output: Value = w.detail(&run).await.output.unwrap();
        assert_eq!(output, json!({"child": "for the child", "own": "for the parent"}), "{name}");
    }
}

#[tokio::test]
async fn a_turn_that_leaves_a_run_waiting_leaves_the_indexes_of_postgresql_alone() {
    let Some(db) = baton_testkit::postgres().await else { return };
    let w = World::new(db);
    let run = w.start("listen").await;
    w.settle().await;
    assert_eq!(w.status(&run).await, "waiting");
    let hot = w.db.write(move |tx| {
        let sql = "UPDATE run SET state = state || ' ', changed_ms = changed_ms + 1, wakes = wakes + 1 \
                   WHERE client_id = $1 AND run_id = $2";
        assert_eq!(tx.execute(sql, params![&acme(), &run])?, 1);
        let sql = "SELECT CAST(pg_stat_get_xact_tuples_hot_updated(CAST('run' AS regclass)) AS BIGINT)";
        tx.query_one(sql, params![], |r| r.int(0))
    });
    assert_eq!(hot.await.unwrap(), 1);
}

#[tokio::test]
async fn messages_that_nobody_waits_for_hold_up_nothing_that_comes_after_them_however_many_they_are() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start_with("paid", json!({"order": "A-1"})).await;
        for _ in 0..limits::INPUTS_PER_TURN_MAX + 10 {
            w.say(&run, "hello?").await;
        }
        w.settle().await;
        assert_eq!(w.status(&run).await, "waiting", "{name}");
        let event = json!({"type": "order.paid", "source": "shop", "id": "1", "data": {"order": "A-1"}});
        w.post(&run, RunInput::Event { event }).await;
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}");
    }
}

#[tokio::test]
async fn a_message_behind_many_of_another_kind_that_nobody_waits_for_is_heard() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("one-letter").await;
        for _ in 0..limits::INPUTS_PER_TURN_MAX + 10 {
            w.post(&run, RunInput::Message { event: json!({"type": "stop.released"}) }).await;
        }
        w.settle().await;
        assert_eq!(w.status(&run).await, "waiting", "{name}");
        w.say(&run, "hello").await;
        w.settle().await;
        assert_eq!(w.status(&run).await, "completed", "{name}");
    }
}

#[tokio::test]
async fn a_message_that_nobody_wants_holds_up_none_of_another_kind() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let body =
            "do:\n  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }\n  - first: { call: hear }\n";
        w.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with("listen", body)));
        let run = w.start("listen").await;
        w.settle().await;
        w.post(&run, RunInput::Message { event: json!({"type": "stop.released"}) }).await;
        w.say(&run, "hello").await;
        w.settle().await;
        w.post(&run, RunInput::Event { event: json!({"type": "order.paid"}) }).await;
        w.settle().await;
        assert_eq!(w.detail(&run).await.output.unwrap()["text"], "hello", "{name}: it was there already");
    }
}
