//! A worker that is left to itself hears of what there is to do, long before it would look of its own accord.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, let_work, until};
use baton_base::{Error, RunId};
use baton_db::{Db, params};
use baton_runs::limits;
use baton_testkit::{databases, postgres};
use serde_json::json;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;

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

// On PostgreSQL a start is a transaction by itself.
#[tokio::test]
async fn a_start_and_the_first_turn_are_one_commit_where_a_worker_is_at_work() {
    let w = World::new(Db::open("sqlite::memory:").await.unwrap());
    w.db.migrate().await.unwrap();
    let (stop, working) = let_work(&w.runs);
    let worker_follows = async || {
        let run = w.start("one-letter").await;
        w.status(&run).await == "waiting"
    };
    until("the worker has begun", worker_follows).await;
    let run = w.start("one-letter").await;
    assert_eq!(w.status(&run).await, "waiting", "whoever started it finds it so");
    w.say(&run, "hello").await;
    assert_eq!(w.status(&run).await, "completed", "and what it is told it has heard");
    let run = w.start("fetch").await;
    ends_soon(&w, &run, "its call is made and its result is taken").await;
    assert_eq!(w.outside.count(), 1, "made once");
    let _ = stop.send(true);
    working.await.unwrap();
    let run = w.start("one-letter").await;
    assert_eq!(w.status(&run).await, "running", "nobody is at work any more");
}

/// Somebody holds a run in a transaction of theirs, until the test lets go, and leaves it as it was.
async fn held(w: &World, run: &RunId) -> mpsc::Sender<()> {
    let (holds, is_held) = oneshot::channel();
    let (let_go, may_go) = mpsc::channel();
    let (db, run) = (w.db.clone(), run.clone());
    tokio::spawn(async move {
        db.write(move |tx| {
            let sql = "SELECT run_id FROM run WHERE client_id = $1 AND run_id = $2 FOR UPDATE";
            tx.query(sql, params![acme(), run], |r| r.text(0))?;
            let _ = holds.send(());
            let _ = may_go.recv();
            Err::<(), Error>(Error::Conflict("somebody thought better of it".into()))
        })
        .await
    });
    is_held.await.unwrap();
    let_go
}

// On SQLite nobody holds a row while a worker looks.
#[tokio::test]
async fn a_run_that_somebody_else_held_when_a_worker_looked_is_taken_up_soon_after_they_let_go() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    let (run, other) = (w.start("one-letter").await, w.start("one-letter").await);
    w.say(&run, "hello").await;
    w.say(&other, "hello").await;
    let let_go = held(&w, &run).await;
    let (stop, working) = let_work(&w.runs);
    // It has looked, has taken what it could, and is idle.
    until("the other run has ended", async || w.status(&other).await == "completed").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(w.status(&run).await, "running");
    let _ = let_go.send(());
    ends_soon(&w, &run, "nobody says that it is free").await;
    let _ = stop.send(true);
    working.await.unwrap();
}

#[tokio::test]
async fn a_worker_that_stops_has_the_others_look() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (stop, working) = let_work(&w.runs);
        let mut wake = w.db.on_wake();
        let _ = stop.send(true);
        working.await.unwrap();
        assert!(timeout(SOON, wake.changed()).await.is_ok(), "{name}: what it leaves ready is heard of");
    }
}

#[tokio::test]
async fn a_worker_that_nobody_could_stop_any_more_stops() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let (stop, working) = let_work(&w.runs);
        drop(stop);
        assert!(timeout(SOON, working).await.is_ok(), "{name}: nobody is left who could tell it");
    }
}
