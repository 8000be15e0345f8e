//! What people do to one run; and events that come in.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Problem, ReleaseId, Result, RunId};
use baton_db::Tx;
use baton_engine::MigrationMap;
use baton_govern::{Ctx, Right};
use baton_runs::{Migrated, Move, Operated, Sent};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// For those who read the ledger later; at most 500 characters.
    reason: String,
}

impl Reason {
    /// As it was given.
    pub fn text(&self) -> &str {
        &self.reason
    }
}

type Of = Ids<(ClientId, RunId)>;

async fn on_run(
    house: &House,
    caller: &Caller,
    Ids((client, run)): Of,
    work: impl Fn(&mut Tx, &Ctx, &RunId) -> Result<Operated> + Send + 'static,
) -> Answer<Json<Operated>> {
    let ctx = caller.ctx(house, &client, Right::RunOperate)?;
    Ok(Json(house.db.write(move |tx| work(tx, &ctx, &run)).await?))
}

/// Loads the release that a run is pinned to, which may have ended long ago.
async fn pin(house: &House, caller: &Caller, Ids((client, run)): &Of) -> Result<()> {
    let ctx = caller.ctx(house, client, Right::RunOperate)?;
    let wanted = run.clone();
    let row = house.db.read(move |tx| baton_runs::row_of(tx, &ctx.client, &wanted)).await?;
    house.pin(client, &row.release).await
}

/// Suspends a run: it takes no step until it is resumed; what happens meanwhile is kept.
#[utoipa::path(post, path = "/clients/{client}/runs/{run}/suspend", tag = "runs", request_body = Reason,
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "Suspended", body = Operated), (status = 409, description = "It has ended", body = Problem)))]
pub async fn suspend(
    State(house): State<Arc<House>>,
    caller: Caller,
    of: Of,
    Body(body): Body<Reason>,
) -> Answer<Json<Operated>> {
    let processes = Arc::clone(&house.parts.processes);
    on_run(&house, &caller, of, move |tx, ctx, run| baton_runs::suspend(tx, ctx, &processes, run, &body.reason)).await
}

/// Lets a suspended run go on.
#[utoipa::path(post, path = "/clients/{client}/runs/{run}/resume", tag = "runs", request_body = Reason,
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "It goes on", body = Operated), (status = 409, description = "It cannot", body = Problem)))]
pub async fn resume(
    State(house): State<Arc<House>>,
    caller: Caller,
    of: Of,
    Body(body): Body<Reason>,
) -> Answer<Json<Operated>> {
    let processes = Arc::clone(&house.parts.processes);
    on_run(&house, &caller, of, move |tx, ctx, run| baton_runs::resume(tx, ctx, &processes, run, &body.reason)).await
}

/// How to end a run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// For those who read the ledger later; at most 500 characters.
    reason: String,
    /// Whether what was done so far is undone by the process's own compensation.
    #[serde(default)]
    compensate: bool,
}

/// Ends a run, or sets a failed one aside.
#[utoipa::path(post, path = "/clients/{client}/runs/{run}/cancel", tag = "runs", request_body = Cancel,
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "A worker ends it now", body = Operated), (status = 409, description = "It has ended", body = Problem)))]
pub async fn cancel(
    State(house): State<Arc<House>>,
    caller: Caller,
    of: Of,
    Body(body): Body<Cancel>,
) -> Answer<Json<Operated>> {
    pin(&house, &caller, &of).await?;
    let processes = Arc::clone(&house.parts.processes);
    on_run(&house, &caller, of, move |tx, ctx, run| {
        let operated = baton_runs::cancel(tx, ctx, &processes, run, &body.reason, body.compensate)?;
        baton_desk::run_set_aside(tx, ctx, run)?;
        Ok(operated)
    })
    .await
}

/// How to take a run up again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// For those who read the ledger later; at most 500 characters.
    reason: String,
    /// Input for the task that failed; the one that it had if left out.
    input: Option<Value>,
}

/// Takes up a run that could not go on, from the task that failed.
#[utoipa::path(post, path = "/clients/{client}/runs/{run}/retry", tag = "runs", request_body = Retry,
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "It goes on", body = Operated), (status = 409, description = "It cannot", body = Problem)))]
pub async fn retry(
    State(house): State<Arc<House>>,
    caller: Caller,
    of: Of,
    Body(body): Body<Retry>,
) -> Answer<Json<Operated>> {
    pin(&house, &caller, &of).await?;
    let processes = Arc::clone(&house.parts.processes);
    on_run(&house, &caller, of, move |tx, ctx, run| {
        let operated = baton_runs::retry(tx, ctx, &processes, run, &body.reason, body.input.as_ref())?;
        baton_desk::run_retried(tx, ctx, run)?;
        Ok(operated)
    })
    .await
}

/// Where a run is to go on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Migrate {
    /// The release to go on with; the live one if left out.
    release: Option<ReleaseId>,
    /// Which task is which: `{"tasks": {"/do/2/old": "/do/3/new"}, "context": "jq"}`. What is not named keeps its path.
    #[serde(default)]
    #[schema(value_type = Object)]
    map: MigrationMap,
    /// Only say whether it fits.
    #[serde(default)]
    dry_run: bool,
    /// For those who read the ledger later; not needed for a dry run.
    #[serde(default)]
    reason: String,
}

/// Moves a run to another version of its process, if its position and data have a place there. What does not fit is
/// listed, and then nothing has changed.
#[utoipa::path(post, path = "/clients/{client}/runs/{run}/migrate", tag = "runs", request_body = Migrate,
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "Moved, or all that does not fit", body = Migrated), (status = 409, description = "It has ended", body = Problem)))]
pub async fn migrate(
    State(house): State<Arc<House>>,
    caller: Caller,
    of: Of,
    Body(body): Body<Migrate>,
) -> Answer<Json<Migrated>> {
    pin(&house, &caller, &of).await?;
    let Ids((client, run)) = of;
    let ctx = caller.ctx(&house, &client, Right::RunOperate)?;
    if let Some(release) = &body.release {
        house.pin(&client, release).await?;
    }
    let (processes, to) =
        (Arc::clone(&house.parts.processes), Move { release: body.release, map: body.map, dry_run: body.dry_run });
    let done = house.db.write(move |tx| baton_runs::migrate(tx, &ctx, &processes, &run, &body.reason, &to)).await?;
    Ok(Json(done))
}

/// An event for one run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventForRun {
    /// A `CloudEvent` 1.0 as JSON; `type` must be there, the rest is filled in.
    event: Value,
    /// For those who read the ledger later; at most 500 characters.
    reason: String,
}

/// Puts an event before one run.
#[utoipa::path(post, path = "/clients/{client}/runs/{run}/events", tag = "runs", request_body = EventForRun,
    params(("client" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "Where it went", body = Sent), (status = 409, description = "It has ended", body = Problem)))]
pub async fn send_to_run(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, run)): Of,
    Body(body): Body<EventForRun>,
) -> Answer<Json<Sent>> {
    let ctx = caller.ctx(&house, &client, Right::RunOperate)?;
    let sent =
        house.db.write(move |tx| baton_runs::send_event_to_run(tx, &ctx, &run, &body.event, &body.reason)).await?;
    Ok(Json(sent))
}

/// An event for whoever listens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// A `CloudEvent` 1.0 as JSON; `type` must be there, the rest is filled in.
    event: Value,
    /// For those who read the ledger later, if a person sends it.
    reason: Option<String>,
}

/// Puts an event before every run of the client that listens for its type. An event with a source and id that came in
/// before is not delivered again.
#[utoipa::path(post, path = "/clients/{client}/events", tag = "runs", request_body = Event,
    params(("client" = String, Path)),
    responses((status = 200, description = "Where it went", body = Sent), (status = 400, description = "It is no event", body = Problem)))]
pub async fn send(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<Event>,
) -> Answer<Json<Sent>> {
    let ctx = caller.ctx(&house, &client, Right::RunOperate)?;
    let sent = house.db.write(move |tx| baton_runs::send_event(tx, &ctx, &body.event, body.reason.as_deref())).await?;
    Ok(Json(sent))
}
