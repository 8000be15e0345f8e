//! By which way a case goes on: a chat whose customer has left can be answered by e-mail.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{CaseId, ClientId};
use baton_cases::{Channel, people};
use baton_db::Tx;
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

fn has_mailbox(house: &House, client: &ClientId) -> bool {
    house.parts.channels.live(client).is_ok_and(|(_, config)| config.has_mailbox())
}

/// The ways in which answers in a case can reach its customer, and which is used now.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/ways", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "Ways", body = Value)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    let mailbox = has_mailbox(&house, &client);
    Ok(Json(json!(house.db.read(move |tx| people::ways(tx, &ctx, &case, mailbox)).await?)))
}

/// A way.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// `email`, or the case's own channel to go back to it.
    channel: String,
    /// One of the addresses that are listed; the only one if left out.
    address: Option<String>,
}

/// Answers go this way from now on, until the customer writes by another. Whoever has the case chooses.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/ways", tag = "cases", request_body = Choice,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "The ways, as they are now", body = Value)))]
pub async fn choose(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(choice): Body<Choice>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseReply)?;
    let mailbox = has_mailbox(&house, &client);
    let work = move |tx: &mut Tx| {
        baton_cases::row(tx, &ctx.as_system("ways"), &case)?;
        let channel: Channel = choice.channel.parse()?;
        people::go_by(tx, &ctx, &case, (channel, choice.address.as_deref()), mailbox)
    };
    Ok(Json(json!(house.db.write(work).await?)))
}
