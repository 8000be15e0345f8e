//! One client's flood beside others: each gets its share of a turn, by weight.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::ClientId;
use baton_db::params;
use baton_govern::Ctx;
use baton_runs::{RunsBuilder, limits, start_many};
use baton_testkit::databases;
use serde_json::{Value, json};

async fn begun(w: &World, client: &ClientId) -> i64 {
    let client = client.clone();
    let sql = "SELECT COUNT(*) FROM run WHERE client_id = $1 AND status = 'waiting'";
    w.db.read(move |tx| tx.query_one(sql, params![&client], |r| r.int(0))).await.unwrap()
}

async fn flood(w: &World, ctx: &Ctx, runs: usize) {
    let (ctx, processes) = (ctx.clone(), w.processes.clone());
    let inputs: Vec<Value> = vec![json!({}); runs];
    let started = w.db.write(move |tx| start_many(tx, &ctx, &processes, "listen", None, inputs.clone()));
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
