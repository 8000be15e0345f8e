//! Sign-in of one's own: second factor and sessions; tokens that are rotated and revoked; the access review.

use crate::House;
use crate::http::admin::Where;
use crate::http::auth::{Caller, cookie};
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use baton_base::{ClientId, Error, MemberId};
use baton_govern::{Right, factor, sessions, tokens};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// The context of a member's own affairs: the first client where they have a role.
fn own(caller: &Caller) -> Result<baton_govern::Ctx, Error> {
    let grant = caller.0.grants.first().ok_or_else(|| Error::refused("you have no role anywhere", Vec::new()))?;
    caller.0.ctx_for(&grant.client)
}

/// Begins a second factor for whoever is signed in. Its secret is shown this once; a first code confirms it.
#[utoipa::path(post, path = "/session/second-factor", tag = "session",
    responses((status = 200, description = "Secret and otpauth address", body = Value)))]
pub async fn begin(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let ctx = own(&caller)?;
    let email = caller.0.member.as_ref().map(|member| member.email.clone()).unwrap_or_default();
    Ok(Json(json!(house.db.write(move |tx| factor::begin(tx, &ctx, &email)).await?)))
}

/// A code of an authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    code: String,
}

/// Confirms the second factor with a first code. Answers with codes for when the device is lost, shown this once.
#[utoipa::path(put, path = "/session/second-factor", tag = "session", request_body = Code,
    responses((status = 200, description = "Codes on paper", body = Value)))]
pub async fn confirm(State(house): State<Arc<House>>, caller: Caller, Body(code): Body<Code>) -> Answer<Json<Value>> {
    let ctx = own(&caller)?;
    let codes = house.db.write(move |tx| factor::confirm(tx, &ctx, &code.code)).await?;
    Ok(Json(json!({ "recovery_codes": codes })))
}

/// Whether whoever is signed in has a second factor, and how many of its codes on paper are left.
#[utoipa::path(get, path = "/session/second-factor", tag = "session",
    responses((status = 200, description = "`on` and `codes_left`", body = Value)))]
pub async fn standing(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let ctx = own(&caller)?;
    Ok(Json(json!(house.db.read(move |tx| factor::standing(tx, &ctx)).await?)))
}

/// Takes one's own second factor away, with a code of it: from the app, or one on paper.
#[utoipa::path(delete, path = "/session/second-factor", tag = "session", request_body = Code,
    responses((status = 204, description = "Gone")))]
pub async fn give_up(State(house): State<Arc<House>>, caller: Caller, Body(code): Body<Code>) -> Answer<StatusCode> {
    let ctx = own(&caller)?;
    factor::give_up(&house.db, &house.env, ctx, code.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a member's second factor away, who has lost it.
#[utoipa::path(delete, path = "/members/{member}/second-factor", tag = "admin", params(("member" = String, Path)),
    responses((status = 204, description = "Gone")))]
pub async fn remove(State(house): State<Arc<House>>, caller: Caller, Ids(member): Ids<MemberId>) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &ClientId::house(), Right::MemberAdmin)?;
    if ctx.member_id() == Some(&member) {
        // An open session alone is not enough for that, whoever's it is.
        let why = "your own second factor goes with a code of it (Settings, Sign-in), or by another administrator";
        return Err(Error::Conflict(why.to_owned()).into());
    }
    house.db.write(move |tx| factor::remove(tx, &ctx, &member)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The sessions of whoever is signed in.
#[utoipa::path(get, path = "/sessions", tag = "session", responses((status = 200, description = "Sessions", body = Value)))]
pub async fn sessions(State(house): State<Arc<House>>, headers: HeaderMap, caller: Caller) -> Answer<Json<Value>> {
    let token = cookie(&headers).map(str::to_owned);
    let items = house.db.read(move |tx| sessions::list(tx, &caller.0, token.as_deref())).await?;
    Ok(Json(json!({ "items": items })))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/sessions/{session}", tag = "session", params(("session" = String, Path)),
    responses((status = 204, description = "Ended")))]
pub async fn end(State(house): State<Arc<House>>, caller: Caller, Ids(session): Ids<String>) -> Answer<StatusCode> {
    house.db.write(move |tx| sessions::end(tx, &caller.0, &session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of a member.
#[utoipa::path(delete, path = "/members/{member}/sessions", tag = "admin", params(("member" = String, Path)),
    responses((status = 200, description = "How many", body = Value)))]
pub async fn end_all(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(member): Ids<MemberId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &ClientId::house(), Right::MemberAdmin)?;
    let ended = house.db.write(move |tx| sessions::end_all(tx, &ctx, &member)).await?;
    Ok(Json(json!({ "ended": ended })))
}

/// How a token is rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// For how long the old token still works, milliseconds; 0 ends it at once.
    #[serde(default)]
    overlap_ms: i64,
    /// When the new token ends; as the old one if left out.
    expires_ms: Option<i64>,
}

/// Makes a new token in the place of one: same name and roles. Its text is shown this once.
#[utoipa::path(post, path = "/clients/{client}/tokens/{token}/rotate", tag = "admin", request_body = Rotation,
    params(("client" = String, Path), ("token" = String, Path)), responses((status = 201, description = "The new token", body = Value)))]
pub async fn rotate(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, token)): Ids<(ClientId, String)>,
    Body(how): Body<Rotation>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::TokenAdmin)?;
    let made = house.db.write(move |tx| tokens::rotate(tx, &ctx, &token, how.overlap_ms, how.expires_ms)).await?;
    Ok((StatusCode::CREATED, Json(json!(made))))
}

/// Revokes a token at once.
#[utoipa::path(delete, path = "/clients/{client}/tokens/{token}", tag = "admin",
    params(("client" = String, Path), ("token" = String, Path)), responses((status = 204, description = "Revoked")))]
pub async fn revoke(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, token)): Ids<(ClientId, String)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::TokenAdmin)?;
    house.db.write(move |tx| tokens::revoke(tx, &ctx, &token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who has access: members with their roles, second factor and last session, and tokens. For a review.
#[utoipa::path(get, path = "/access-review", tag = "admin", params(Where), responses((status = 200, description = "The review", body = Value)))]
pub async fn review(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(place): Query<Where>,
) -> Answer<Json<Value>> {
    let client = place.client.unwrap_or_else(ClientId::house);
    let ctx = caller.ctx(&house, &client, Right::MemberRead)?;
    Ok(Json(house.db.read(move |tx| sessions::review(tx, &ctx)).await?))
}
