//! The end of a world: nothing breaks any more, and everything that was begun must come to an end.

use crate::deliver::{Delivery, What};
use crate::node::Health;
use crate::people::open_calls;
use crate::play::{Sim, lock};
use crate::queue::Happening;
use crate::{check, load};
use baton_base::{ClientId, Result};
use baton_db::{Tx, params};
use serde_json::Value;

/// In the calm, nothing may be left to do after so long, milliseconds: a lease runs out, an outage is waited out.
const SETTLE_MS: i64 = 180_000;
/// Rounds in which everybody answers before whoever still waits counts as stuck.
const ROUNDS_MAX: u32 = 48;
/// Time that passes in one of them, milliseconds. All rounds together are longer than any timeout drawn.
const ROUND_MS: i64 = 3_600_000;

/// Brings a world to its end.
pub(crate) async fn end(sim: &mut Sim) -> Result<()> {
    make_good(sim).await?;
    sim.until(sim.now_ms + SETTLE_MS).await?;
    if !check::calm(sim).await? {
        // What is stuck now stays stuck: days of waiting for it would only cost time.
        return Ok(());
    }
    for round in 0..ROUNDS_MAX {
        let open = sim.storage.front().db.read(load::open_runs).await?;
        if open.is_empty() {
            return Ok(());
        }
        let round_ms = if round < 8 { 60_000 } else { ROUND_MS };
        everybody_answers(sim).await?;
        sim.until(sim.now_ms + round_ms).await?;
    }
    let open = sim.storage.front().db.read(load::open_runs).await?;
    for (client, run) in open {
        let trace = check::trace(sim, &client, &run).await?;
        sim.violated(format!("{run} ({client}) does not end although everybody has answered"), trace);
    }
    Ok(())
}

/// No more faults: clocks are right, nodes come up or back, systems behave.
async fn make_good(sim: &mut Sim) -> Result<()> {
    sim.troubled = false;
    lock(&sim.common.world).troubled = false;
    for node in 0..sim.nodes.len() {
        sim.nodes[node].clock.set_offset_ms(0);
        match sim.nodes[node].health {
            Health::Up => {}
            Health::Paused(_) => sim.nodes[node].health = Health::Up,
            Health::Down => sim.come_up(node).await?,
        }
        sim.plan_turn(node, 0);
        sim.plan_leases(node, 0);
    }
    sim.resume_all().await?;
    Ok(())
}

/// Every person, customer and system answers what is waited for.
async fn everybody_answers(sim: &mut Sim) -> Result<()> {
    let db = sim.storage.front().db.clone();
    for (client, run, call) in db.read(|tx| open_calls(tx, "ask")).await? {
        let answer = sim.delivery(&client, What::Answer { run, call });
        soon(sim, answer);
    }
    for function in ["hear", "talk"] {
        for (client, run, _) in db.read(move |tx| open_calls(tx, function)).await? {
            let message = sim.delivery(&client, What::Message { run });
            soon(sim, message);
        }
    }
    for (client, kind, reference) in db.read(listened_for).await? {
        let event = sim.delivery(&client, What::Event { kind, reference });
        soon(sim, event);
    }
    Ok(())
}

fn soon(sim: &mut Sim, delivery: Delivery) {
    let in_ms = sim.dice.between(0, 20_000);
    sim.plan(in_ms, Happening::Send(Box::new(delivery)));
}

/// What is listened for: client, type, and the reference that the run was started with.
fn listened_for(tx: &mut Tx) -> Result<Vec<(ClientId, String, String)>> {
    // every client: the world's systems send to all of them
    let sql = "SELECT s.client_id, s.event_type, r.state FROM run_subscription s JOIN run r \
               ON r.client_id = s.client_id AND r.run_id = s.run_id ORDER BY s.run_id, s.call_id, s.event_type";
    let mut wanted = tx.query(sql, params![], |row| {
        let (kind, state): (String, Value) = (row.text(1)?, row.json(2)?);
        let reference = state["engine"]["input"]["ref"].as_str().unwrap_or("any").to_owned();
        Ok((row.id(0)?, if kind.is_empty() { "sim.paid".to_owned() } else { kind }, reference))
    })?;
    wanted.sort();
    wanted.dedup();
    Ok(wanted)
}
