//! A system is connected: its secret is kept, and a read of it is tried.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::ClientId;
use baton_govern::Right;
use baton_tools::TriedOut;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// What Baton signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// The connector that signs in with it; it may not be live yet.
    connector: String,
    /// Its name, as `auth` of the connector's file has it: `CONNECTOR.WORD`.
    setting: String,
    /// The secret itself: a key, a token, `user:password`, or `id:secret`; 1 to 16,384 bytes.
    value: String,
}

/// Keeps what Baton signs in with at a system, whether or not it is live yet. Nobody is shown it again. What is kept already is
/// replaced only where it was set here, or the live connector of this name signs in with it.
#[utoipa::path(put, path = "/clients/{client}/connector-secrets", tag = "connectors", request_body = Secret,
    params(("client" = String, Path)),
    responses((status = 200, description = "Kept", body = Value), (status = 409, description = "Something else is kept there")))]
pub async fn secret(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<Secret>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    house.door.keep_secret(&ctx, &body.connector, &body.setting, &body.value).await?;
    Ok(Json(json!({ "setting": body.setting })))
}

/// What to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// An action of the connector that only reads.
    action: String,
    #[serde(default)]
    args: Value,
}

/// Makes one call of a live connector's action that only reads, through the door: judged as the system `connector-try`, and
/// written down. Whoever may read effects sees the answer, or the door's words.
#[utoipa::path(post, path = "/clients/{client}/connectors/{connector}/try", tag = "connectors", request_body = Try,
    params(("client" = String, Path), ("connector" = String, Path)),
    responses((status = 200, description = "What came of it", body = Value)))]
pub async fn try_out(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, connector)): Ids<(ClientId, String)>,
    Body(body): Body<Try>,
) -> Answer<Json<TriedOut>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let args = if body.args.is_null() { json!({}) } else { body.args };
    Ok(Json(house.door.try_out(&ctx, &connector, &body.action, args).await?))
}
