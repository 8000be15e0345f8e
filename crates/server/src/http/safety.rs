//! How far AI may go, what takes it back, and drills of the stop switch.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use crate::{drift, drill};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, Error};
use baton_govern::{Right, autonomy};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// Levels that are set for a client's intents and actions, over what its release says.
#[utoipa::path(get, path = "/clients/{client}/autonomy", tag = "safety", params(("client" = String, Path)),
    responses((status = 200, description = "Levels with who set them and why", body = Value)))]
pub async fn levels(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ReleaseRead)?;
    let items = house.db.read(move |tx| autonomy::list(tx, &ctx.client)).await?;
    Ok(Json(json!({ "items": items })))
}

/// Something that AI must not do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Critical {
    /// The intent, or `*`.
    intent: String,
    action: String,
    /// What happened.
    reason: String,
}

/// Reports a critical error: AI goes back to acting with approval there, at once. Up again is a proposal.
#[utoipa::path(post, path = "/clients/{client}/critical-errors", tag = "safety", params(("client" = String, Path)),
    request_body = Critical, responses((status = 200, description = "Whether anything was lowered", body = Value)))]
pub async fn critical(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(report): Body<Critical>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CriticalReport)?;
    if report.reason.trim().is_empty() {
        return Err(Error::invalid_at("reason", "a reason is missing", "say what happened").into());
    }
    let lowered = drift::critical(&house, &ctx, &report.intent, &report.action, &report.reason).await?;
    Ok(Json(json!({ "lowered": lowered })))
}

/// Whether drills may be held.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    on: bool,
}

/// Puts a client in drill mode, or takes it out.
#[utoipa::path(post, path = "/clients/{client}/drill/mode", tag = "safety", params(("client" = String, Path)),
    request_body = Mode, responses((status = 204, description = "Set")))]
pub async fn mode(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(mode): Body<Mode>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::SettingsWrite)?;
    drill::set_mode(&house, &ctx, mode.on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A drill of the stop switch: every scope is pressed, timed and released, and the result is recorded.
#[utoipa::path(post, path = "/clients/{client}/drill/stop", tag = "safety", params(("client" = String, Path)),
    responses((status = 200, description = "Times by scope, and whether all held in time", body = Value)))]
pub async fn stop(State(house): State<Arc<House>>, caller: Caller, Ids(client): Ids<ClientId>) -> Answer<Json<Value>> {
    let ctx = caller.at(&house, &client)?;
    Ok(Json(json!(drill::stop(&house, &ctx).await?)))
}
