//! Why an agent answered as it did.

use super::cases::note_listening;
use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{CaseId, ClientId};
use baton_govern::Right;
use serde_json::{Value, json};
use std::sync::Arc;

/// What agents made of each message of a case, and what language models were shown and said, oldest first: the latest 200 of each.
/// What an exchange cost is null where the caller may not see performance (the right `performance_read`). That a supervisor or an AI
/// lead listens in on a live conversation so is in the ledger.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/reasons", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "Readings and exchanges", body = Value)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    note_listening(&house, &ctx, &case).await?;
    Ok(Json(json!(house.db.read(move |tx| baton_agents::reasons(tx, &ctx, &case)).await?)))
}
