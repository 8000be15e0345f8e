//! Calls to the outside: made again after a crash or an outage, and never taken twice.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{HOLD_FIRST, World, acme, let_work, until};
use baton_base::RunId;
use baton_db::params;
use baton_runs::limits;
use baton_testkit::databases;
use serde_json::json;
use std::sync::atomic::Ordering;
use tokio::task::JoinHandle;

/// A worker takes a turn and stays in its outside call.
async fn stuck(w: &World) -> JoinHandle<()> {
    w.outside.away.store(HOLD_FIRST, Ordering::SeqCst);
    let runs = w.runs.clone();
    let held = tokio::spawn(async move {
        runs.turn_once().await.unwrap();
    });
    until("the first try", async || w.outside.count() == 1).await;
    held
}

async fn leases(w: &World, run: &RunId) -> Vec<(String, i64)> {
    let run = run.clone();
    let sql = "SELECT state, attempts FROM run_call WHERE client_id = $1 AND run_id = $2";
    w.db.read(move |tx| tx.query(sql, params![&acme(), &run], |r| Ok((r.text(0)?, r.int(1)?)))).await.unwrap()
}

#[tokio::test]
async fn a_call_is_made_after_the_commit_and_its_result_goes_into_the_run() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("fetch").await;
        assert_eq!(w.outside.count(), 0, "{name}: nothing before the turn");
        w.settle().await;
        let output = w.detail(&run).await.output.unwrap();
        assert_eq!(output, json!({"try": 1, "args": {"what": "weather"}, "memo": "kept"}), "{name}");
    }
}

#[tokio::test]
async fn a_call_whose_worker_goes_quiet_is_made_again_and_a_late_result_is_dropped() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("fetch").await;
        let held = stuck(&w).await;
        w.clock.advance_ms(limits::CALL_LEASE_MS + 1);
        let (stop, working) = let_work(&w.second_worker());
        until("the second worker's result", async || w.status(&run).await == "completed").await;
        let tries = w.outside.tries.lock().unwrap().clone();
        assert_eq!(tries.len(), 2, "{name}");
        assert_eq!(tries[0].0, tries[1].0, "{name}: the same call, so the same idempotency key");
        assert_eq!((tries[0].1, tries[1].1), (1, 2), "{name}");

        w.outside.first.add_permits(1);
        held.await.unwrap();
        let found = w.detail(&run).await;
        assert_eq!(found.output.unwrap()["try"], 2, "{name}: what came late changed nothing");
        let _ = stop.send(true);
        working.await.unwrap();
    }
}

#[tokio::test]
async fn a_late_result_does_not_pass_for_the_next_round_of_the_same_call() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("rounds").await;
        let held = stuck(&w).await;
        w.clock.advance_ms(limits::CALL_LEASE_MS + 1);
        let (stop, working) = let_work(&w.second_worker());
        until("round one is over", async || leases(&w, &run).await.iter().any(|(state, _)| state == "pending")).await;
        let _ = stop.send(true);
        working.await.unwrap();
        w.clock.advance_ms(1);

        // The first worker takes the next round, while its own try of the first round is still under way.
        w.say(&run, "go on").await;
        let runs = w.runs.clone();
        let second_round = tokio::spawn(async move { runs.turn_once().await.unwrap() });
        until("round two", async || w.outside.count() == 3).await;
        w.outside.first.add_permits(1);
        held.await.unwrap();
        // The late result is taken in by the next turn, and dropped.
        w.runs.turn_once().await.unwrap();
        let open = leases(&w, &run).await;
        assert_eq!(open.first().map(|(state, _)| state.as_str()), Some("requested"), "{name}: round two is still open");
        w.outside.first.add_permits(1);
        second_round.await.unwrap();
        w.runs.turn_once().await.unwrap();
        assert_eq!(w.detail(&run).await.output, Some(json!({"try": 3})), "{name}");
    }
}

#[tokio::test]
async fn an_outage_is_waited_out_and_a_lasting_one_fails_the_call() {
    for (name, db) in databases().await {
        let w = World::new(db);
        w.outside.away.store(2, Ordering::SeqCst);
        let run = w.start("fetch").await;
        w.settle().await;
        assert_eq!((w.outside.count(), w.status(&run).await.as_str()), (1, "waiting"), "{name}: not at once");
        let (stop, working) = let_work(&w.runs);
        until("the outage is over", async || {
            w.clock.advance_ms(1_000);
            w.status(&run).await == "completed"
        })
        .await;
        assert_eq!(w.outside.count(), 3, "{name}");

        w.outside.away.store(i64::MAX, Ordering::SeqCst);
        let run = w.start("fetch").await;
        until("the call has failed", async || {
            w.clock.advance_ms(30_000);
            w.status(&run).await == "faulted"
        })
        .await;
        let error = w.detail(&run).await.row.error.unwrap();
        assert_eq!(error["type"], "urn:baton:error:unavailable", "{name}");
        let _ = stop.send(true);
        working.await.unwrap();
    }
}

#[tokio::test]
async fn a_panic_outside_is_an_error_of_the_call() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("boom-outside").await;
        let (stop, working) = let_work(&w.runs);
        until("the call has failed", async || {
            w.clock.advance_ms(60_000);
            w.status(&run).await == "faulted"
        })
        .await;
        assert_eq!(w.faults.lock().unwrap().len(), 1, "{name}");
        let _ = stop.send(true);
        working.await.unwrap();
    }
}
