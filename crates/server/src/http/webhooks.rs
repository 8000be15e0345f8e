//! Systems that are told what happens at a client: subscriptions, what was told, and telling it again.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::ClientId;
use baton_channels::hooks::{self, NewHook};
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(remove))
        .routes(routes!(switch))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(replay))
}

/// Subscriptions of a client.
#[utoipa::path(get, path = "/clients/{client}/webhooks", tag = "webhooks", params(("client" = String, Path)),
    responses((status = 200, description = "Subscriptions, with how many deliveries wait and how many were given up", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Ids(client): Ids<ClientId>) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
    let items = house.db.read(move |tx| hooks::list(tx, &ctx.client)).await?;
    Ok(Json(json!({ "items": items })))
}

/// Whom to tell what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// For people.
    name: String,
    /// Where; the live release's egress.yaml must allow a POST there.
    url: String,
    /// What: kinds of entries of the ledger, such as `case.opened`, `case.*`, or `*`.
    kinds: Vec<String>,
}

/// Subscribes a system to what happens from now on. The answer holds the secret with which deliveries are signed (Standard
/// Webhooks 1.0); it is shown this once.
#[utoipa::path(post, path = "/clients/{client}/webhooks", tag = "webhooks", request_body = Subscribe,
    params(("client" = String, Path)), responses((status = 201, description = "Its id and secret", body = Value)))]
pub async fn create(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(asked): Body<Subscribe>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    house.channels.wire.may_post(&ctx, &asked.url)?;
    let new = NewHook { name: asked.name, url: asked.url, kinds: asked.kinds };
    let (id, secret) = house.db.write(move |tx| hooks::create(tx, &ctx, &new)).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": id, "secret": secret}))))
}

/// Ends a subscription, with the log of what it was told.
#[utoipa::path(delete, path = "/clients/{client}/webhooks/{hook}", tag = "webhooks",
    params(("client" = String, Path), ("hook" = String, Path)), responses((status = 204, description = "Ended")))]
pub async fn remove(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, hook)): Ids<(ClientId, String)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    house.db.write(move |tx| hooks::remove(tx, &ctx, &hook)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// On or off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    on: bool,
}

/// Puts a subscription on or off. What happens while it is off is told when it is on again.
#[utoipa::path(post, path = "/clients/{client}/webhooks/{hook}/switch", tag = "webhooks", request_body = Switch,
    params(("client" = String, Path), ("hook" = String, Path)), responses((status = 204, description = "Set")))]
pub async fn switch(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, hook)): Ids<(ClientId, String)>,
    Body(asked): Body<Switch>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    house.db.write(move |tx| hooks::switch(tx, &ctx, &hook, asked.on)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a subscription a new secret. Deliveries are signed with the one before as well for a day.
#[utoipa::path(post, path = "/clients/{client}/webhooks/{hook}/rotate", tag = "webhooks",
    params(("client" = String, Path), ("hook" = String, Path)),
    responses((status = 200, description = "The new secret", body = Value)))]
pub async fn rotate(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, hook)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let secret = house.db.write(move |tx| hooks::rotate(tx, &ctx, &hook)).await?;
    Ok(Json(json!({ "secret": secret })))
}

/// Tells a subscription something of no meaning, of kind `webhook.test`.
#[utoipa::path(post, path = "/clients/{client}/webhooks/{hook}/test", tag = "webhooks",
    params(("client" = String, Path), ("hook" = String, Path)),
    responses((status = 202, description = "Id of the delivery", body = Value)))]
pub async fn test(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, hook)): Ids<(ClientId, String)>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let id = house.db.write(move |tx| hooks::test(tx, &ctx, &hook)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))))
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    /// `waiting`, `delivered` or `dead`; all if left out.
    state: Option<String>,
}

/// The newest deliveries of a subscription, with what was sent and what came of it. They are kept for 30 days.
#[utoipa::path(get, path = "/clients/{client}/webhooks/{hook}/deliveries", tag = "webhooks",
    params(("client" = String, Path), ("hook" = String, Path), Which),
    responses((status = 200, description = "Deliveries, newest first", body = Value)))]
pub async fn deliveries(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, hook)): Ids<(ClientId, String)>,
    Query(which): Query<Which>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
    let items = house.db.read(move |tx| hooks::deliveries(tx, &ctx, &hook, which.state.as_deref())).await?;
    Ok(Json(json!({ "items": items })))
}

/// What to send again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Id of one delivery; without it, all that were given up.
    delivery: Option<String>,
}

/// Sends deliveries again, under their ids.
#[utoipa::path(post, path = "/clients/{client}/webhooks/{hook}/replay", tag = "webhooks", request_body = Replay,
    params(("client" = String, Path), ("hook" = String, Path)),
    responses((status = 200, description = "How many", body = Value)))]
pub async fn replay(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, hook)): Ids<(ClientId, String)>,
    Body(asked): Body<Replay>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let count = house.db.write(move |tx| hooks::replay(tx, &ctx, &hook, asked.delivery.as_deref())).await?;
    Ok(Json(json!({ "deliveries": count })))
}
