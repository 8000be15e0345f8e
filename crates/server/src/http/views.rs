//! Filters that members keep under a name.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{Error, MemberId, Result};
use baton_govern::views::{self, View};
use serde_json::{Value, json};
use std::sync::Arc;

fn me(caller: &Caller) -> Result<MemberId> {
    let member = caller.0.member.as_ref().map(|member| member.id.clone());
    member.ok_or_else(|| Error::refused("views are kept for members; sign in as one", Vec::new()))
}

/// The caller's own views.
#[utoipa::path(get, path = "/views", tag = "views", responses((status = 200, description = "Views", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let me = me(&caller)?;
    let items = house.db.read(move |tx| views::list(tx, &me)).await?;
    Ok(Json(json!({ "items": items })))
}

/// Keeps a filter under a name: `{screen, name, filter}`.
#[utoipa::path(post, path = "/views", tag = "views", request_body = Value, responses((status = 204, description = "Kept")))]
pub async fn keep(State(house): State<Arc<House>>, caller: Caller, Body(view): Body<View>) -> Answer<StatusCode> {
    let (me, now_ms) = (me(&caller)?, house.env.now_ms());
    house.db.write(move |tx| views::keep(tx, &me, &view, now_ms)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a view: `{screen, name}`.
#[utoipa::path(delete, path = "/views", tag = "views", request_body = Value, responses((status = 204, description = "Forgotten")))]
pub async fn forget(State(house): State<Arc<House>>, caller: Caller, Body(view): Body<View>) -> Answer<StatusCode> {
    let me = me(&caller)?;
    house.db.write(move |tx| views::forget(tx, &me, &view.screen, &view.name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
