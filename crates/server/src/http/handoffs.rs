//! Handoffs: how good they were, what an intent wants in one, and what their receivers think.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error, WorkItemId};
use baton_desk::Handoff;
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const DAY_MS: i64 = 86_400_000;
const DAYS_DEFAULT: u16 = 7;
const DAYS_MAX: u16 = 400;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(report)).routes(routes!(schema)).routes(routes!(rate))
}

/// Which handoffs.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    pub(super) client: Option<ClientId>,
    /// How many days back; 7 if left out.
    days: Option<u16>,
}

impl Which {
    pub(super) fn since_ms(&self, now_ms: i64) -> Result<i64, Error> {
        match self.days.unwrap_or(DAYS_DEFAULT) {
            days @ 1..=DAYS_MAX => Ok(now_ms - i64::from(days) * DAY_MS),
            days => Err(Error::invalid_at("days", format!("{days} days"), format!("ask for 1 to {DAYS_MAX}"))),
        }
    }
}

/// Handoffs of the last days by client, intent and release: complete, valid, asked again, rated.
#[utoipa::path(get, path = "/handoffs", tag = "desk", params(Which), responses((status = 200, description = "How good handoffs were", body = Value)))]
pub async fn report(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::WorkRead)?;
    let since_ms = which.since_ms(house.env.now_ms())?;
    let items = house
        .db
        .read(move |tx| {
            let mut items = Vec::new();
            for client in &clients {
                items.extend(baton_desk::handoffs(tx, client, since_ms)?);
            }
            Ok(items)
        })
        .await?;
    Ok(Json(json!({"since_ms": since_ms, "items": items})))
}

/// What an intent wants in a handoff, as JSON Schema with weights.
#[utoipa::path(get, path = "/clients/{client}/handoff-schemas/{name}", tag = "desk",
    params(("client" = String, Path), ("name" = String, Path)), responses((status = 200, description = "JSON Schema", body = Value)))]
pub async fn schema(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, name)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::WorkRead)?;
    let intake = house.desk().live(&client)?;
    let schema = intake.handoff_schema(&name).ok_or_else(|| Error::not_found("intent"))?;
    Ok(Json(schema))
}

/// What its receiver thinks of a packet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// `good` or `lacking`.
    rating: String,
}

/// Rates the packet that came with a work item; only who has the item does.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/rating", tag = "desk", request_body = Rating,
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 200, description = "The handoff's figures", body = Value)))]
pub async fn rate(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
    Body(given): Body<Rating>,
) -> Answer<Json<Handoff>> {
    let ctx = caller.ctx(&house, &client, Right::WorkComplete)?;
    Ok(Json(house.db.write(move |tx| baton_desk::rate_packet(tx, &ctx, &item, &given.rating)).await?))
}
