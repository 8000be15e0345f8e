//! The floor: everything live, AI and people side by side.

use crate::House;
use crate::http::auth::Caller;
use crate::http::floor_costs::Costs;
use crate::http::problem::Answer;
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Result};
use baton_cases::{FloorActor, FloorClient, FloorCounts};
use baton_db::Tx;
use baton_desk::Colleague;
use baton_govern::{Right, stop};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The floor: AI and people as one workforce, by client and by actor, now. AI agents of the live releases stand there without a
/// case too; `state` of one is `working`, `idle` or `stopped`, with `stop_reason`.
///
/// `cost` of an agent is what its models cost in the last hour, of a member what an hour of theirs costs; `priced` is false where
/// there is a model and no price of it, and null where there is none to pay. It is left out, of clients and of actors, at each
/// client where the caller may not see performance (the right `performance_read`).
///
/// What was resolved today is counted for each client from its `day_start_ms`: when the day began in its `time_zone`. What a person
/// has done today is counted by the same days.
#[utoipa::path(get, path = "/floor", tag = "floor", responses((status = 200, description = "Live counts", body = Value)))]
pub async fn floor(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, None, Right::FloorRead)?;
    // Nowhere is no refusal here: the floor is shown without what things cost.
    let paid = caller.clients(&house, None, Right::PerformanceRead).unwrap_or_default();
    let desk = house.desk();
    let now_ms = house.env.now_ms();
    let known = Arc::clone(&house);
    let shown = house
        .db
        .read(move |tx| -> Result<Value> {
            let (by_client, mut by_actor) = baton_cases::floor(tx, &clients, now_ms)?;
            let queues = baton_desk::queue_counts(tx, &desk, &clients, now_ms)?;
            let people = with_mood(&baton_desk::colleagues(tx, now_ms, &clients)?, &by_actor);
            add_idle(&known, &clients, &mut by_actor);
            let costs = Costs::read(tx, &paid, now_ms)?;
            let stops = stops(tx, &clients)?;
            let actors: Vec<Value> = by_actor.iter().map(|row| actor(&known, row, &stops, &costs)).collect();
            Ok(json!({
                "at_ms": now_ms, "totals": totals(&by_client), "clients": named(tx, &known, &by_client, &costs)?,
                "actors": actors, "queues": queues, "people": people,
            }))
        })
        .await?;
    Ok(Json(shown))
}

/// The agents of the live releases that have no case, behind those that have some.
fn add_idle(house: &House, clients: &[ClientId], actors: &mut Vec<FloorActor>) {
    for client in clients {
        let Ok((_, roster)) = house.parts.rosters.live(client) else { continue };
        for agent in roster.agents.keys() {
            let is = |row: &FloorActor| row.client == *client && row.kind == "agent" && row.name == *agent;
            if !actors.iter().any(is) {
                actors.push(FloorActor::idle(client, "agent", agent));
            }
        }
    }
}

fn stops(tx: &mut Tx, clients: &[ClientId]) -> Result<BTreeMap<ClientId, Vec<stop::Stop>>> {
    clients.iter().map(|client| Ok((client.clone(), stop::engaged(tx, client)?))).collect()
}

fn actor(house: &House, row: &FloorActor, stops: &BTreeMap<ClientId, Vec<stop::Stop>>, costs: &Costs) -> Value {
    let mut shown = json!(row);
    if row.kind == "agent" {
        let stop = stops.get(&row.client).into_iter().flatten().find(|stop| stop.covers_agent(&row.name));
        let busy = if row.cases > 0 { "working" } else { "idle" };
        shown["state"] = json!(if stop.is_some() { "stopped" } else { busy });
        shown["stop_reason"] = json!(stop.map(|stop| stop.reason.as_str()));
    }
    if let Some(cost) = costs.of_actor(house, row) {
        shown["cost"] = cost;
    }
    shown
}

/// Each client with its name.
fn named(tx: &mut Tx, house: &House, rows: &[FloorClient], costs: &Costs) -> Result<Vec<Value>> {
    let names = baton_clients::clients(tx)?;
    let shown = rows.iter().map(|row| {
        let mut shown = json!(row);
        shown["name"] = json!(names.iter().find(|n| n.id == row.client).map(|n| n.name.as_str()));
        if let Some(cost) = costs.of_client(house, &row.client) {
            shown["cost"] = cost;
        }
        shown
    });
    Ok(shown.collect())
}

/// Each person with how many of their open cases, over these clients, have a customer who sounds angry.
fn with_mood(people: &[Colleague], actors: &[FloorActor]) -> Vec<Value> {
    let mut moods: HashMap<&str, (i64, i64)> = HashMap::new();
    for actor in actors.iter().filter(|actor| actor.kind == "member") {
        let (negative, heard) = moods.entry(actor.name.as_str()).or_default();
        *negative += actor.negative;
        *heard += actor.heard;
    }
    let shown = people.iter().map(|one| {
        let (negative, heard) = moods.get(one.member.as_str()).copied().unwrap_or_default();
        let mut shown = json!(one);
        shown["negative"] = negative.into();
        shown["heard"] = heard.into();
        shown
    });
    shown.collect()
}

fn totals(clients: &[FloorClient]) -> Value {
    let sum = |read: fn(&FloorCounts) -> i64| clients.iter().map(|c| read(&c.counts)).sum::<i64>();
    json!({
        "open": sum(|c| c.open), "with_ai": sum(|c| c.with_ai), "with_people": sum(|c| c.with_people),
        "waiting": sum(|c| c.waiting), "at_risk": sum(|c| c.at_risk), "resolved_today": sum(|c| c.resolved_today),
        "resolved_by_ai": sum(|c| c.resolved_by_ai), "resolved_by_people": sum(|c| c.resolved_by_people),
    })
}
