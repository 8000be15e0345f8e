//! That a person is writing, for the customer's chat. Nothing of it is kept.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{CaseId, ClientId};
use baton_cases::{CaseState, Channel};
use baton_db::{Live, Tx};
use baton_govern::Right;
use serde_json::{Value, json};
use std::sync::Arc;

/// Kind of the live event. It is for chats alone: consoles are not told.
pub const WRITING: &str = "writing";

/// Tells the customer's chat, for some seconds, that a person is writing to them, where a person has the case. Ask again while it
/// goes on, and not more often than every few seconds. Nothing is kept.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/writing", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "Whether the customer is told", body = Value)))]
pub async fn tell(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseReply)?;
    let work = move |tx: &mut Tx| {
        let row = baton_cases::row(tx, &ctx, &case)?;
        let by_person = row.state == CaseState::WithPerson && row.actor.kind == "member";
        let told = by_person && row.channel == Channel::Chat;
        if told {
            let subject = Some(case.to_string());
            tx.publish(Live { client: ctx.client.clone(), kind: WRITING.to_owned(), case: None, subject, seq: None });
        }
        Ok(told)
    };
    Ok(Json(json!({ "told": house.db.write(work).await? })))
}
