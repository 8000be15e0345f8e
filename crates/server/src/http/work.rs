//! People's work: queues, work items, decisions. Which right it takes to have and decide an item is a matter of its kind, and the
//! desk asks for it.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::limit;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use baton_base::{CaseId, ClientId, MemberId, WorkItemId};
use baton_cases::Page;
use baton_desk::{Decision, WorkFilter, WorkItem, WorkItemDetail};
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;

/// Which work items to list.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
    queue: Option<String>,
    /// `waiting`, `claimed`, `done` or `cancelled`; waiting and claimed if left out.
    state: Option<String>,
    /// 1: only the caller's own.
    mine: Option<u8>,
    /// Only what this member has, or has decided.
    claimed_by: Option<MemberId>,
    kind: Option<String>,
    case: Option<CaseId>,
    /// Intent of its case.
    intent: Option<String>,
    /// 1: only what is late.
    late: Option<u8>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Work items: what is to do most urgent first, what is done newest first.
#[utoipa::path(get, path = "/work-items", tag = "desk", params(Which),
    responses((status = 200, description = "Work items of the clients that the caller may see", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::WorkRead)?;
    let mine = (which.mine == Some(1)).then(|| caller.0.member.as_ref().map(|m| m.id.clone())).flatten();
    let filter = WorkFilter {
        clients,
        queue: which.queue,
        state: which.state.as_deref().map(str::parse).transpose()?,
        mine: mine.or(which.claimed_by),
        kind: which.kind.as_deref().map(str::parse).transpose()?,
        case: which.case,
        intent: which.intent,
        due_by_ms: (which.late == Some(1)).then(|| house.env.now_ms()),
    };
    let page = Page { after: which.after, limit: Some(limit(which.limit)?) };
    let found = house.db.read(move |tx| baton_desk::list(tx, &filter, &page)).await?;
    Ok(Json(json!(found)))
}

/// One work item with its form and packet.
#[utoipa::path(get, path = "/clients/{client}/work-items/{item}", tag = "desk",
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 200, description = "The work item", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
) -> Answer<Json<WorkItemDetail>> {
    let ctx = caller.ctx(&house, &client, Right::WorkRead)?;
    Ok(Json(house.db.read(move |tx| baton_desk::detail(tx, &ctx, &item)).await?))
}

/// Keeps that the caller was shown an approval: the next one for the same action in the same case is compared with it.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/seen", tag = "desk",
    params(("client" = String, Path), ("item" = String, Path)),
    responses((status = 200, description = "`noted`: whether it is an approval and the caller a member", body = Value)))]
pub async fn seen(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::WorkRead)?;
    let noted = house.db.write(move |tx| baton_desk::look(tx, &ctx, &item)).await?;
    Ok(Json(json!({ "noted": noted })))
}

/// Takes a work item: it is then with this member and nobody else.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/claim", tag = "desk",
    params(("client" = String, Path), ("item" = String, Path)),
    responses((status = 200, description = "Claimed", body = Value), (status = 409, description = "Somebody else was faster")))]
pub async fn claim(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
) -> Answer<Json<WorkItem>> {
    let ctx = caller.ctx(&house, &client, Right::WorkRead)?;
    Ok(Json(house.db.write(move |tx| baton_desk::claim(tx, &ctx, &item)).await?))
}

/// Puts a claimed work item back into its queue.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/release", tag = "desk",
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 200, description = "Released", body = Value)))]
pub async fn release(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
) -> Answer<Json<WorkItem>> {
    let ctx = caller.ctx(&house, &client, Right::WorkRead)?;
    Ok(Json(house.db.write(move |tx| baton_desk::release(tx, &ctx, &item)).await?))
}

/// Decides a work item; whoever waited for it goes on.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/complete", tag = "desk", request_body = Value,
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 200, description = "Decided", body = Value)))]
pub async fn complete(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
    Body(decision): Body<Decision>,
) -> Answer<Json<WorkItem>> {
    let ctx = caller.ctx(&house, &client, Right::WorkRead)?;
    Ok(Json(house.db.write(move |tx| baton_desk::complete(tx, &ctx, &item, &decision)).await?))
}

/// Queues of the clients that the caller may see, with live counts.
#[utoipa::path(get, path = "/queues", tag = "desk", responses((status = 200, description = "Queues", body = Value)))]
pub async fn queues(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, None, Right::WorkRead)?;
    let desk = house.desk();
    let now_ms = house.env.now_ms();
    let found = house.db.read(move |tx| baton_desk::queue_counts(tx, &desk, &clients, now_ms)).await?;
    Ok(Json(json!({ "items": found })))
}

/// What came into the queues of the clients that the caller may see, by the hour of the client's day.
#[utoipa::path(get, path = "/queues/today", tag = "desk", responses((status = 200, description = "Queues, each with its hours since midnight", body = Value)))]
pub async fn queues_today(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, None, Right::FloorRead)?;
    let desk = house.desk();
    let now_ms = house.env.now_ms();
    let found = house.db.read(move |tx| baton_desk::queue_days(tx, &desk, &clients, now_ms)).await?;
    Ok(Json(json!({ "at_ms": now_ms, "items": found })))
}
