//! What a worker remembers of a run while its call is made is never taken for what the run is: whoever touched the run meanwhile
//! is heard.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{WHY, World, acme, processes_with};
use baton_base::{ReleaseId, RunId};
use baton_db::{Tx, params};
use baton_runs::{limits, resume, suspend};
use baton_testkit::databases;
use serde_json::Value;
use std::sync::Arc;

/// A run whose call was made; the result waits for the worker's next turn.
async fn with_result(w: &World) -> RunId {
    let run = w.start("fetch").await;
    let asked = w.runs.step_turn().await.unwrap().asked;
    assert_eq!(asked.len(), 1);
    w.make_all(&w.runs, &asked).await;
    run
}

/// Turns until nothing is left to do.
async fn turns(w: &World) {
    for _ in 0..6 {
        let asked = w.runs.step_turn().await.unwrap().asked;
        w.make_all(&w.runs, &asked).await;
    }
}

/// What the ledger has of a run, by kind.
async fn ledger(w: &World, run: &RunId) -> Vec<String> {
    let run = run.clone();
    let sql = "SELECT kind FROM ledger WHERE client_id = $1 AND run_id = $2 ORDER BY kind";
    w.db.read(move |tx: &mut Tx| tx.query(sql, params![&acme(), &run], |r| r.text(0))).await.unwrap()
}

#[tokio::test]
async fn a_run_that_nobody_touched_goes_on_with_the_result() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = with_result(&w).await;
        turns(&w).await;
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("completed", 1), "{name}");
        assert_eq!(ledger(&w, &run).await, ["run.completed", "run.started"], "{name}");
    }
}

#[tokio::test]
async fn of_many_results_at_once_each_goes_where_its_run_is() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let mut all = 0;
        for is_one_touched in [false, true, false] {
            let mut runs = Vec::new();
            for _ in 0..limits::RUNS_WRITTEN_SINGLY_MAX + 2 {
                runs.push(w.start("fetch").await);
            }
            let asked = w.runs.step_turn().await.unwrap().asked;
            assert_eq!(asked.len(), runs.len(), "{name}");
            w.make_all(&w.runs, &asked).await;
            if is_one_touched {
                let (of, processes) = (runs[0].clone(), w.processes.clone());
                w.operate(move |tx, ctx| suspend(tx, ctx, &processes, &of, WHY)).await.unwrap();
            }
            all += runs.len();
            turns(&w).await;
            for (nth, run) in runs.iter().enumerate() {
                let expect = if is_one_touched && nth == 0 { "suspended" } else { "completed" };
                assert_eq!(w.status(run).await, expect, "{name}: {nth}");
            }
        }
        assert_eq!(w.outside.count(), all, "{name}: each was made once");
    }
}

#[tokio::test]
async fn a_run_that_was_suspended_meanwhile_keeps_the_result_for_when_it_goes_on() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = with_result(&w).await;
        let (of, processes) = (run.clone(), w.processes.clone());
        w.operate(move |tx, ctx| suspend(tx, ctx, &processes, &of, WHY)).await.unwrap();
        turns(&w).await;
        assert_eq!((w.status(&run).await.as_str(), w.inbox(&run).await), ("suspended", 1), "{name}");
        let (of, processes) = (run.clone(), w.processes.clone());
        w.operate(move |tx, ctx| resume(tx, ctx, &processes, &of, WHY)).await.unwrap();
        turns(&w).await;
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("completed", 1), "{name}: made once");
    }
}

#[tokio::test]
async fn a_run_that_was_cancelled_meanwhile_takes_no_further_step() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let body = "do:\n  - one: { call: outside }\n  - two: { call: outside }\n";
        w.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with("fetch", body)));
        let run = with_result(&w).await;
        w.cancel(&run, false).await.unwrap();
        turns(&w).await;
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("cancelled", 1), "{name}");
    }
}

#[tokio::test]
async fn a_message_that_came_meanwhile_is_taken_after_the_result() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let body = "do:\n  - get: { call: outside }\n  - letter: { call: hear }\n";
        w.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with("fetch", body)));
        let run = with_result(&w).await;
        w.say(&run, "hello").await;
        turns(&w).await;
        let output: Value = w.detail(&run).await.output.unwrap();
        assert_eq!(output["text"], "hello", "{name}");
        assert_eq!(w.inbox(&run).await, 0, "{name}");
    }
}

#[tokio::test]
async fn a_result_of_a_call_that_another_worker_has_taken_over_is_dropped() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = with_result(&w).await;
        w.clock.advance_ms(limits::CALL_LEASE_MS + 1);
        let other = w.second_worker();
        let taken = other.step_leases(false, 10).await.unwrap();
        assert_eq!(taken.len(), 1, "{name}");
        turns(&w).await;
        assert_eq!(w.status(&run).await, "waiting", "{name}");
        w.make_all(&other, &taken).await;
        other.step_turn().await.unwrap();
        let output: Value = w.detail(&run).await.output.unwrap();
        assert_eq!(output["try"], 2, "{name}: what the first had to tell changed nothing");
    }
}

#[tokio::test]
async fn a_run_that_somebody_else_has_taken_up_is_left_to_them() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("fetch").await;
        w.second_worker().turn_once().await.unwrap();
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("waiting", 1), "{name}");
        // It was told that the run is ready, and finds that it is not any more.
        assert!(w.runs.step_turn().await.unwrap().asked.is_empty(), "{name}");
        turns(&w).await;
        assert_eq!((w.status(&run).await.as_str(), w.outside.count()), ("waiting", 1), "{name}");
    }
}

#[tokio::test]
async fn whoever_began_to_listen_for_ends_meanwhile_hears_of_it() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let kind = "io.serverlessworkflow.workflow.completed.v1";
        let body = format!("do:\n  - heard: {{ listen: {{ to: {{ one: {{ with: {{ type: {kind} }} }} }} }} }}\n");
        let run = with_result(&w).await;
        let rel_2 = ReleaseId::known("rel_2");
        w.processes.put_live(&acme(), &rel_2, Arc::new(processes_with("listen", &body)));
        let listener = w.start("listen").await;
        // Another worker's turn: this one has the result in hand, and would take it first.
        w.second_worker().step_turn().await.unwrap();
        assert_eq!(w.status(&listener).await, "waiting", "{name}");
        turns(&w).await;
        assert_eq!(w.status(&run).await, "completed", "{name}");
        assert_eq!(w.status(&listener).await, "completed", "{name}");
    }
}
