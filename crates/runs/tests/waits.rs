//! How often starts and turns wait for PostgreSQL: each wait is time in which nothing else happens to a run.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, processes_with};
use baton_base::ReleaseId;
use baton_runs::{limits, start};
use baton_testkit::postgres;
use serde_json::json;
use std::sync::Arc;

/// So often each is done: a connection waits more when it sees a statement for the first time, and only the fewest count.
const TIMES: usize = 60;
const ERRANDS: &str = "do:\n  - one: { call: outside }\n  - two: { call: outside }\n";

#[tokio::test]
async fn a_start_waits_once() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    let mut fewest = u64::MAX;
    for _ in 0..TIMES {
        let before = w.db.waits();
        w.start("fetch").await;
        fewest = fewest.min(w.db.waits() - before);
    }
    assert_eq!(fewest, 1);
}

#[tokio::test]
async fn a_run_that_this_process_has_started_is_taken_up_without_a_look() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    let mut fewest = u64::MAX;
    for _ in 0..TIMES {
        let run = w.start("fetch").await;
        let before = w.db.waits();
        let asked = w.runs.step_turn().await.unwrap().asked;
        fewest = fewest.min(w.db.waits() - before);
        assert_eq!((asked.len(), w.status(&run).await.as_str()), (1, "waiting"));
        w.make_all(&w.runs, &asked).await;
        w.runs.step_turn().await.unwrap();
    }
    assert_eq!(fewest, 2, "the run, and what became of it");
}

#[tokio::test]
async fn a_result_with_the_request_that_follows_waits_once_and_so_does_the_end() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    w.processes.put_live(&acme(), &ReleaseId::known("rel_2"), Arc::new(processes_with("fetch", ERRANDS)));
    let (mut fewest, mut fewest_at_end) = (u64::MAX, u64::MAX);
    for _ in 0..TIMES {
        let run = w.start("fetch").await;
        let asked = w.runs.step_turn().await.unwrap().asked;
        w.make_all(&w.runs, &asked).await;
        let before = w.db.waits();
        let asked = w.runs.step_turn().await.unwrap().asked;
        fewest = fewest.min(w.db.waits() - before);
        assert_eq!(asked.len(), 1, "the next step");
        w.make_all(&w.runs, &asked).await;
        let before = w.db.waits();
        w.runs.step_turn().await.unwrap();
        fewest_at_end = fewest_at_end.min(w.db.waits() - before);
        assert_eq!(w.status(&run).await, "completed");
    }
    assert_eq!((fewest, fewest_at_end), (1, 1));
}

#[tokio::test]
async fn the_result_of_a_call_that_a_message_has_resumed_waits_once() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    let mut fewest = u64::MAX;
    for _ in 0..TIMES {
        let run = w.start("rounds").await;
        let asked = w.runs.step_turn().await.unwrap().asked;
        w.make_all(&w.runs, &asked).await;
        w.runs.step_turn().await.unwrap();
        w.say(&run, "go on").await;
        let asked = w.runs.step_turn().await.unwrap().asked;
        w.outside.first.add_permits(1);
        w.make_all(&w.runs, &asked).await;
        let before = w.db.waits();
        w.runs.step_turn().await.unwrap();
        fewest = fewest.min(w.db.waits() - before);
        assert_eq!(w.status(&run).await, "completed");
    }
    assert_eq!(fewest, 1);
}

#[tokio::test]
async fn results_of_many_runs_that_nobody_touched_wait_once() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    for many in [2, limits::RUNS_WRITTEN_SINGLY_MAX, limits::RUNS_WRITTEN_SINGLY_MAX + 1] {
        let mut fewest = u64::MAX;
        for _ in 0..TIMES / 2 {
            for _ in 0..many {
                w.start("fetch").await;
            }
            let asked = w.runs.step_turn().await.unwrap().asked;
            assert_eq!(asked.len(), many);
            w.make_all(&w.runs, &asked).await;
            let before = w.db.waits();
            w.runs.step_turn().await.unwrap();
            fewest = fewest.min(w.db.waits() - before);
        }
        assert_eq!(fewest, 1, "{many}");
    }
}

#[tokio::test]
async fn a_turn_that_reads_a_run_does_not_ask_at_its_end_what_it_has_left_open() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    let (mut fewest, mut fewest_idle) = (u64::MAX, u64::MAX);
    for _ in 0..TIMES {
        let run = w.start("fetch").await;
        w.runs.turn_once().await.unwrap();
        let before = w.db.waits();
        w.runs.turn_once().await.unwrap();
        fewest = fewest.min(w.db.waits() - before);
        assert_eq!(w.status(&run).await, "completed");
        let before = w.db.waits();
        w.runs.turn_once().await.unwrap();
        fewest_idle = fewest_idle.min(w.db.waits() - before);
    }
    assert_eq!(fewest, fewest_idle + 1, "the run is read, and nothing else");
}

#[tokio::test]
async fn a_look_takes_the_runs_of_all_clients_in_one_wait() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    let neighbour = w.neighbour();
    let (mut fewest, mut fewest_idle) = (u64::MAX, u64::MAX);
    for _ in 0..TIMES {
        let run = w.start("listen").await;
        let (ctx, processes) = (neighbour.clone(), w.processes.clone());
        w.db.write(move |tx| start(tx, &ctx, &processes, "listen", None, json!({}))).await.unwrap();
        let before = w.db.waits();
        w.runs.turn_once().await.unwrap();
        fewest = fewest.min(w.db.waits() - before);
        assert_eq!(w.status(&run).await, "waiting");
        let before = w.db.waits();
        w.runs.turn_once().await.unwrap();
        fewest_idle = fewest_idle.min(w.db.waits() - before);
    }
    assert_eq!(fewest, fewest_idle + 2, "the runs, and their inboxes");
}
