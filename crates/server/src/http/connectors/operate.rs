//! A connector is tested; a failed call is tried again; a call of unknown outcome is settled.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Failure, Ids};
use crate::http::tools::error_of;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, EffectId};
use baton_govern::Right;
use baton_tools::Called;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// How to test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Also make the calls of tests of actions that write.
    #[serde(default)]
    writes: bool,
}

/// Makes the calls of a connector's tests, and compares what its system says of itself with what was pinned. An action
/// that is not what was pinned is quarantined, and its owner told.
#[utoipa::path(post, path = "/clients/{client}/connectors/{connector}/test", tag = "connectors", request_body = Test,
    params(("client" = String, Path), ("connector" = String, Path)),
    responses((status = 200, description = "What came of each test, and drift", body = Value)))]
pub async fn test(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, connector)): Ids<(ClientId, String)>,
    Body(body): Body<Test>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    house.door.catalogue(&client)?.system(&connector)?;
    let (drift, away) = match house.door.check_drift(&ctx, &connector).await {
        Ok(drift) => (drift, None),
        Err(baton_base::Error::Unavailable(why)) => (Vec::new(), Some(why)),
        Err(error) => return Err(error.into()),
    };
    let drift: Vec<Value> = drift.into_iter().map(|(action, why)| json!({"action": action, "why": why})).collect();
    let tests = house.door.test(&ctx, &connector, body.writes).await?;
    Ok(Json(json!({ "tests": tests, "drift": drift, "not_compared": away })))
}

/// What somebody has found out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// It was done.
    happened: bool,
    /// How that was found out, for those who read the ledger later; at most 1,000 characters.
    note: String,
}

/// Says what came of a call of unknown outcome, once a person has found out. What it would have spent is given back if it
/// did not happen; the work item that asked is withdrawn.
#[utoipa::path(post, path = "/clients/{client}/effects/{effect}/settle", tag = "tools", request_body = Settle,
    params(("client" = String, Path), ("effect" = String, Path)),
    responses((status = 200, description = "Settled", body = Value), (status = 409, description = "Its outcome is not unknown")))]
pub async fn settle(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, effect)): Ids<(ClientId, EffectId)>,
    Body(body): Body<Settle>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ActionCall)?;
    let (id, happened) = (effect.clone(), body.happened);
    house.db.write(move |tx| baton_tools::settle(tx, &ctx, &id, happened, &body.note)).await?;
    Ok(Json(json!({"effect": effect, "happened": happened})))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// For those who read the ledger later; at most 500 characters.
    reason: String,
}

/// Makes a failed call again: the same action and arguments, under the same key, through the same door.
#[utoipa::path(post, path = "/clients/{client}/effects/{effect}/retry", tag = "tools", request_body = Again,
    params(("client" = String, Path), ("effect" = String, Path)),
    responses((status = 200, description = "Done", body = Value), (status = 202, description = "A person has been asked", body = Value),
        (status = 409, description = "It cannot be tried again, or failed again")))]
pub async fn retry(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, effect)): Ids<(ClientId, EffectId)>,
    Body(body): Body<Again>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::ActionCall)?;
    match house.door.again(&ctx, &effect, &body.reason).await? {
        Called::Done { effect, result } => Ok((StatusCode::OK, Json(json!({"effect": effect, "result": result})))),
        Called::NeedsApproval { work_item, role, reason, policies } => {
            let asked = json!({"work_item": work_item, "role": role, "reason": reason, "policies": policies});
            Ok((StatusCode::ACCEPTED, Json(asked)))
        }
        other => Err(Failure(error_of(other))),
    }
}
