//! That a person is writing, for the customer's chat; and that the customer is, for whoever has the case. Nothing of it is kept.

use crate::House;
use crate::http::auth::{Caller, bearer};
use crate::http::problem::{Answer, Ids};
use crate::http::{chat, talk};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use baton_base::{CaseId, ClientId};
use baton_cases::{CaseState, Channel};
use baton_db::{Live, Tx};
use baton_govern::Right;
use serde_json::{Value, json};
use std::sync::Arc;

/// Kind of the live event. It is for chats alone: consoles are not told.
pub const WRITING: &str = "writing";
/// Kind of the live event by which consoles hear that a customer is writing in a case, its subject. Nothing has changed there.
const BY_CUSTOMER: &str = "customer.writing";

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

/// Tells whoever has the case, for some seconds, that the customer is writing, where a person has it. Ask again while it goes on, and
/// not more often than every few seconds. Nothing is kept.
#[utoipa::path(post, path = "/chat/v1/{client}/conversations/{conversation}/writing", tag = "chat",
    params(("client" = String, Path), ("conversation" = String, Path)),
    responses((status = 200, description = "Whether a person is told", body = Value)))]
pub async fn from_chat(
    State(house): State<Arc<House>>,
    Ids((client, conversation)): Ids<(ClientId, String)>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let ctx = chat::proven(&house, &client, &conversation, bearer(&headers))?;
    house.pace.take(&format!("writing:{conversation}"), ctx.now_ms())?;
    let case = house.db.read(move |tx| talk::with_a_member(tx, &ctx, &conversation)).await?;
    let told = case.is_some();
    if let Some(case) = case {
        let subject = Some(case.to_string());
        let item = Live { client, kind: BY_CUSTOMER.to_owned(), case: None, subject, seq: None };
        let tell = move |tx: &mut Tx| {
            tx.publish(item);
            Ok(())
        };
        house.db.write(tell).await?;
    }
    Ok(Json(json!({ "told": told })))
}
