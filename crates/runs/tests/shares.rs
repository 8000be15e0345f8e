//! One client's flood beside others: each gets its share of a turn, by weight.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::{ClientId, Clock as _};
use baton_db::params;
use baton_govern::Ctx;
use baton_runs::{RunsBuilder, limits, start_many};
use baton_testkit::{databases, postgres};
use serde_json::{Value, json};

async fn begun(w: &World, client: &ClientId) -> i64 {
    let client = client.clone();
    let sql = "SELECT COUNT(*) FROM run WHERE client_id = $1 AND status = 'waiting'";
    w.db.read(move |tx| tx.query_one(sql, params![&client], |r| r.int(0))).await.unwrap()
}

async fn flood(w: &World, ctx: &Ctx, runs: usize) {
    flood_of(w, ctx, "listen", runs).await;
}

async fn flood_of(w: &World, ctx: &Ctx, process: &'static str, runs: usize) {
    let (ctx, processes) = (ctx.clone(), w.processes.clone());
    let inputs: Vec<Value> = vec![json!({}); runs];
    let started = w.db.write(move |tx| start_many(tx, &ctx, &processes, process, None, inputs.clone()));
    started.await.unwrap();
}

#[tokio::test]
async fn a_turn_is_shared_by_weight_and_a_flood_leaves_room_for_the_others() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let neighbour = w.neighbour();
        flood(&w, &w.system(), 1_000).await;
        flood(&w, &neighbour, 100).await;
        let worker = RunsBuilder::new(w.db.clone(), w.env.clone(), w.processes.clone())
            .weight(|client| if *client == acme() { 3 } else { 1 })
            .build();
        worker.step_turn().await.unwrap();
        let quarter = i64::from(limits::RUNS_PER_TURN_MAX) / 4;
        assert_eq!(begun(&w, &acme()).await, 3 * quarter, "{name}");
        assert_eq!(begun(&w, &neighbour.client).await, quarter, "{name}: a thousand before it do not hold it up");
        worker.step_turn().await.unwrap();
        assert_eq!(begun(&w, &neighbour.client).await, 100, "{name}");
    }
}

// On SQLite there is no other node.
#[tokio::test]
async fn a_node_whose_room_for_calls_is_taken_leaves_the_rest_to_others_and_still_goes_on() {
    let Some(db) = postgres().await else { return };
    let w = World::new(db);
    flood_of(&w, &w.system(), "fetch", 2 * limits::RUNS_PER_TURN_MAX as usize + 50).await;
    let few = limits::RUNS_BESIDE_FULL_MAX as usize;
    let asked = w.runs.step_turn().await.unwrap().asked;
    assert_eq!(asked.len(), limits::CALLS_IN_FLIGHT_PER_CLIENT_MAX);
    let beside = w.runs.step_turn().await.unwrap();
    assert_eq!((beside.asked.len(), beside.more), (few, false), "a little at once");
    let soon_ms = w.clock.now_ms() + limits::PASSED_OVER_MS;
    assert!(beside.next_timer_ms.is_some_and(|at_ms| at_ms <= soon_ms), "and a little soon");
    let other = w.second_worker();
    assert_eq!(
        other.step_turn().await.unwrap().asked.len(),
        limits::RUNS_PER_TURN_MAX as usize,
        "who has room takes them"
    );
    w.make_all(&w.runs, &asked).await;
    // The results first, and what is ready then or with the next turn.
    let mut taken = w.runs.step_turn().await.unwrap().asked.len();
    taken += w.runs.step_turn().await.unwrap().asked.len();
    assert_eq!(taken, 50 - few, "as soon as there is room here");
}
