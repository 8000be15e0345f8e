//! Schedules: what begins runs by itself, when next, and how somebody pauses it.

use super::operate::Reason;
use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Problem, Result};
use baton_db::Tx;
use baton_govern::Right;
use baton_runs::{ScheduleOperated, ScheduleRow};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Of which client.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
}

/// Schedules.
#[derive(Serialize, ToSchema)]
pub struct Schedules {
    /// By client, process and part; at most 1,000 of a client.
    items: Vec<ScheduleRow>,
}

fn gather(tx: &mut Tx, clients: &[ClientId]) -> Result<Schedules> {
    let mut items = Vec::new();
    for client in clients {
        items.extend(baton_runs::schedules(tx, client)?);
    }
    Ok(Schedules { items })
}

/// What begins runs by itself at the caller's clients.
#[utoipa::path(get, path = "/schedules", tag = "runs", params(Which),
    responses((status = 200, description = "Schedules", body = Schedules)))]
pub async fn all(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Json<Schedules>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::RunRead)?;
    Ok(Json(house.db.read(move |tx| gather(tx, &clients)).await?))
}

/// What begins runs of a client by itself.
#[utoipa::path(get, path = "/clients/{client}/schedules", tag = "runs", params(("client" = String, Path)),
    responses((status = 200, description = "Schedules", body = Schedules)))]
pub async fn of_client(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Schedules>> {
    let ctx = caller.ctx(&house, &client, Right::RunRead)?;
    Ok(Json(house.db.read(move |tx| gather(tx, std::slice::from_ref(&ctx.client))).await?))
}

/// Pauses the schedule of a process: no run begins by it until it is resumed, also not on a new release.
#[utoipa::path(post, path = "/clients/{client}/schedules/{process}/pause", tag = "runs", request_body = Reason,
    params(("client" = String, Path), ("process" = String, Path)),
    responses((status = 200, description = "Paused", body = ScheduleOperated), (status = 404, description = "It has none", body = Problem)))]
pub async fn pause(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, process)): Ids<(ClientId, String)>,
    Body(body): Body<Reason>,
) -> Answer<Json<ScheduleOperated>> {
    let ctx = caller.ctx(&house, &client, Right::RunOperate)?;
    let done = house.db.write(move |tx| baton_runs::pause_schedule(tx, &ctx, &process, body.text()));
    Ok(Json(done.await?))
}

/// Lets a paused schedule go on. Times that passed meanwhile begin nothing.
#[utoipa::path(post, path = "/clients/{client}/schedules/{process}/resume", tag = "runs", request_body = Reason,
    params(("client" = String, Path), ("process" = String, Path)),
    responses((status = 200, description = "It goes on", body = ScheduleOperated), (status = 404, description = "It has none", body = Problem)))]
pub async fn resume(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, process)): Ids<(ClientId, String)>,
    Body(body): Body<Reason>,
) -> Answer<Json<ScheduleOperated>> {
    let ctx = caller.ctx(&house, &client, Right::RunOperate)?;
    let processes = Arc::clone(&house.parts.processes);
    let done = house.db.write(move |tx| baton_runs::resume_schedule(tx, &ctx, &processes, &process, body.text()));
    Ok(Json(done.await?))
}
