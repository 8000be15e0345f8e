//! What customers want, as the live releases name it: what lists of cases, work and fixes are narrowed by.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Query};
use axum::Json;
use axum::extract::State;
use baton_base::ClientId;
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;

/// Whose intents.
#[derive(Deserialize, IntoParams)]
pub struct Whose {
    client: Option<ClientId>,
}

/// Intents of the live releases, by client and id.
#[utoipa::path(get, path = "/intents", tag = "cases", params(Whose),
    responses((status = 200, description = "Intents of the clients whose cases the caller may see", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Query(whose): Query<Whose>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, whose.client.as_ref(), Right::CaseRead)?;
    let mut items = Vec::new();
    for client in &clients {
        // Without a live release nothing is told apart there.
        let Ok((_, roster)) = house.parts.rosters.live(client) else { continue };
        for (id, intent) in &roster.intents {
            items.push(json!({"client": client, "id": id, "title": intent.title}));
        }
    }
    Ok(Json(json!({ "items": items })))
}
