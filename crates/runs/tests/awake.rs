//! A worker that is left to itself hears of what there is to do, long before it would look of its own accord.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, let_work, until};
use baton_base::RunId;
use baton_runs::limits;
use baton_testkit::databases;
use serde_json::json;
use std::time::{Duration, Instant};

/// Below the time after which a worker looks even if it has heard nothing.
const SOON: Duration = Duration::from_millis(limits::POLL_MS_MAX * 9 / 10);

async fn ends_soon(w: &World, run: &RunId, what: &str) {
    let began = Instant::now();
    until(what, async || w.status(run).await == "completed").await;
    assert!(began.elapsed() < SOON, "{what}: only after {:?}", began.elapsed());
}

#[tokio::test]
async fn a_start_is_taken_up_at_once_by_an_idle_worker() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (stop, working) = let_work(&w.runs);
        // Idle: it has looked and found nothing.
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..3 {
            let run = w.start("one-letter").await;
            w.say(&run, "hello").await;
            ends_soon(&w, &run, name).await;
        }
        let _ = stop.send(true);
        working.await.unwrap();
    }
}

#[tokio::test]
async fn a_run_with_more_to_hear_than_one_turn_takes_goes_on_at_once() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let many = limits::INPUTS_PER_TURN_MAX * 2;
        let run = w.start_with("letters", json!({"letters": vec![0; many]})).await;
        for _ in 0..many {
            w.say(&run, "hello").await;
        }
        let (stop, working) = let_work(&w.runs);
        ends_soon(&w, &run, name).await;
        let _ = stop.send(true);
        working.await.unwrap();
    }
}

#[tokio::test]
async fn a_timer_that_the_result_of_a_call_brings_fires_when_it_is_due() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let run = w.start("fetch-later").await;
        let (stop, working) = let_work(&w.runs);
        until("the call is under way", async || w.outside.count() == 1).await;
        let waits = async || w.detail(&run).await.waits.iter().any(|wait| wait.due_ms.is_some());
        until("it waits for the time", waits).await;
        w.clock.advance_ms(100);
        ends_soon(&w, &run, name).await;
        let _ = stop.send(true);
        working.await.unwrap();
    }
}
