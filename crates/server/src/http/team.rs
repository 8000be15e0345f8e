//! People at work: who is there, what they take on, and work given to others.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, MemberId, Result, WorkItemId};
use baton_desk::{Here, ProfilePatch, To};
use baton_govern::{Ctx, Right};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(team))
        .routes(routes!(where_i_am, be))
        .routes(routes!(heartbeat))
        .routes(routes!(send))
        .routes(routes!(takes_on, profile))
        .routes(routes!(reassign))
        .routes(routes!(offers))
        .routes(routes!(offer, withdraw))
        .routes(routes!(answer))
        .routes(routes!(pass))
}

/// Whose people.
#[derive(Deserialize, IntoParams)]
pub struct Whose {
    /// All that the caller may see if left out.
    client: Option<ClientId>,
}

/// People who can take work, with where they are and what they have; `mine` is the caller's own presence.
#[utoipa::path(get, path = "/team", tag = "desk", params(Whose), responses((status = 200, description = "People at work", body = Value)))]
pub async fn team(State(house): State<Arc<House>>, caller: Caller, Query(whose): Query<Whose>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, whose.client.as_ref(), Right::FloorRead)?;
    let (now_ms, me) = (house.env.now_ms(), caller.0.member.as_ref().map(|member| member.id.clone()));
    let people = house.db.read(move |tx| baton_desk::colleagues(tx, now_ms, &clients)).await?;
    let mine = people.iter().find(|one| Some(&one.member) == me.as_ref()).map(|one| json!(one));
    Ok(Json(json!({"at_ms": now_ms, "items": people, "mine": mine})))
}

/// Where somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// `available`, `busy`, `break`, `training` or `off`.
    #[schema(value_type = String)]
    state: Here,
    /// In their words.
    #[serde(default)]
    note: String,
}

/// Any client where the caller takes work: where somebody is, is the same for all.
fn at_work(house: &House, caller: &Caller) -> Result<Ctx> {
    let clients = caller.clients(house, None, Right::WorkClaim)?;
    let client = clients.first().ok_or_else(|| baton_base::Error::not_found("client"))?;
    caller.ctx(house, client, Right::WorkClaim)
}

/// Where the caller is, and whether it is within their shifts.
#[utoipa::path(get, path = "/presence", tag = "desk", responses((status = 200, description = "As it is now", body = Value)))]
pub async fn where_i_am(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let ctx = at_work(&house, &caller)?;
    Ok(Json(json!(house.db.read(move |tx| baton_desk::whereabouts(tx, &ctx)).await?)))
}

/// Says where the caller is. Whoever is available is given work; whoever is off gives back what they have.
#[utoipa::path(post, path = "/presence", tag = "desk", request_body = Place, responses((status = 200, description = "As it is now", body = Value)))]
pub async fn be(State(house): State<Arc<House>>, caller: Caller, Body(place): Body<Place>) -> Answer<Json<Value>> {
    let ctx = at_work(&house, &caller)?;
    let state = place.state;
    house.db.write(move |tx| baton_desk::set_presence(tx, &ctx, place.state, &place.note)).await?;
    Ok(Json(json!({"state": state})))
}

/// A sign of life. `there` is false for whoever is off, or was taken for gone.
#[utoipa::path(post, path = "/presence/heartbeat", tag = "desk", responses((status = 200, description = "Whether the caller counts as there", body = Value)))]
pub async fn heartbeat(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let ctx = at_work(&house, &caller)?;
    let there = house.db.write(move |tx| baton_desk::show_life(tx, &ctx)).await?;
    Ok(Json(json!({"there": there})))
}

/// Says where a colleague is.
#[utoipa::path(post, path = "/clients/{client}/members/{member}/presence", tag = "desk", request_body = Place,
    params(("client" = String, Path), ("member" = String, Path)), responses((status = 200, description = "As it is now", body = Value)))]
pub async fn send(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, member)): Ids<(ClientId, MemberId)>,
    Body(place): Body<Place>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::WorkAssign)?;
    let state = place.state;
    house.db.write(move |tx| baton_desk::set_presence_of(tx, &ctx, &member, place.state, &place.note)).await?;
    Ok(Json(json!({"state": state})))
}

/// What a member can do and takes on.
#[utoipa::path(get, path = "/clients/{client}/members/{member}/profile", tag = "desk",
    params(("client" = String, Path), ("member" = String, Path)),
    responses((status = 200, description = "Skills, languages, licences and the profile", body = Value)))]
pub async fn takes_on(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, member)): Ids<(ClientId, MemberId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::MemberRead)?;
    Ok(Json(json!(house.db.read(move |tx| baton_desk::takes_on(tx, &ctx, &member)).await?)))
}

/// Changes what a member takes on: places, channels, shifts; with the right to administer members also skills, languages,
/// licences and jurisdictions.
#[utoipa::path(post, path = "/clients/{client}/members/{member}/profile", tag = "desk", request_body = Value,
    params(("client" = String, Path), ("member" = String, Path)), responses((status = 200, description = "The profile", body = Value)))]
pub async fn profile(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, member)): Ids<(ClientId, MemberId)>,
    Body(patch): Body<ProfilePatch>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::TeamWrite)?;
    let profile = house.db.write(move |tx| baton_desk::set_profile(tx, &ctx, &member, patch)).await?;
    Ok(Json(json!(profile)))
}

/// Items to give to others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reassignment {
    #[schema(value_type = Vec<String>)]
    items: Vec<WorkItemId>,
    /// `{"member": id}` or `{"queue": name}`.
    #[schema(value_type = Object)]
    to: To,
    /// Why, for whoever gets them and for the ledger.
    #[serde(default)]
    reason: String,
    /// To undo a reassignment: what somebody has begun since, or has taken themselves, stays with them, and says so.
    #[serde(default)]
    unbegun: bool,
}

/// Gives items to a member or a queue, whoever has them. One that cannot go stays, and says why.
#[utoipa::path(post, path = "/clients/{client}/work-items/reassign", tag = "desk", request_body = Reassignment,
    params(("client" = String, Path)), responses((status = 200, description = "What became of each", body = Value)))]
pub async fn reassign(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(order): Body<Reassignment>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::WorkAssign)?;
    let desk = house.desk();
    let give = if order.unbegun { baton_desk::reassign_back } else { baton_desk::reassign };
    let work = move |tx: &mut baton_db::Tx| give(tx, &ctx, &desk, &order.items, &order.to, &order.reason);
    Ok(Json(json!({"items": house.db.write(work).await?})))
}

/// Another queue for what the caller has.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Passing {
    /// Its name.
    queue: String,
    /// What whoever takes it should know; kept as a note of the case.
    #[serde(default)]
    note: String,
}

/// Passes work that the caller has to another queue, where it waits for somebody else.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/pass", tag = "desk", request_body = Passing,
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 200, description = "The work item", body = Value)))]
pub async fn pass(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
    Body(to): Body<Passing>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::WorkClaim)?;
    let desk = house.desk();
    let passed = house.db.write(move |tx| baton_desk::pass_on(tx, &ctx, &desk, &item, &to.queue, &to.note)).await?;
    Ok(Json(json!(passed)))
}

/// Work offered to the caller, and by the caller.
#[utoipa::path(get, path = "/offers", tag = "desk", responses((status = 200, description = "Open offers", body = Value)))]
pub async fn offers(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    // Asked for beside the queue: whoever works on nothing is offered nothing.
    let clients = caller.clients(&house, None, Right::WorkRead).unwrap_or_default();
    let Some(me) = caller.0.member.as_ref().map(|member| member.id.clone()) else {
        return Ok(Json(json!({"items": []})));
    };
    let items = house.db.read(move |tx| baton_desk::offers(tx, &me, &clients)).await?;
    Ok(Json(json!({ "items": items })))
}

/// An offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOffer {
    /// The colleague.
    #[schema(value_type = String)]
    to: MemberId,
    /// What they should know.
    #[serde(default)]
    note: String,
}

/// Offers work that the caller has to a colleague; until they take it, it stays with the caller.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/offer", tag = "desk", request_body = NewOffer,
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 204, description = "Offered")))]
pub async fn offer(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
    Body(new): Body<NewOffer>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::WorkClaim)?;
    house.db.write(move |tx| baton_desk::offer(tx, &ctx, &item, &new.to, &new.note)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an offer back.
#[utoipa::path(delete, path = "/clients/{client}/work-items/{item}/offer", tag = "desk",
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 204, description = "Taken back")))]
pub async fn withdraw(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::WorkClaim)?;
    house.db.write(move |tx| baton_desk::withdraw_offer(tx, &ctx, &item)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An answer to an offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferAnswer {
    accept: bool,
    /// Why not.
    #[serde(default)]
    why: String,
}

/// Takes work that a colleague offers, or leaves it with them.
#[utoipa::path(post, path = "/clients/{client}/work-items/{item}/offer/reply", tag = "desk", request_body = OfferAnswer,
    params(("client" = String, Path), ("item" = String, Path)), responses((status = 200, description = "The work item", body = Value)))]
pub async fn answer(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, item)): Ids<(ClientId, WorkItemId)>,
    Body(answer): Body<OfferAnswer>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::WorkClaim)?;
    let taken = house.db.write(move |tx| baton_desk::answer_offer(tx, &ctx, &item, answer.accept, &answer.why)).await?;
    Ok(Json(json!(taken)))
}
