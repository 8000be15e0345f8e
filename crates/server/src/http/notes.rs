//! Notes about cases, whispers to whoever has one, and what names the caller.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{CaseId, ClientId, MemberId};
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(list, write))
        .routes(routes!(whisper))
        .routes(routes!(macros))
        .routes(routes!(mentions))
        .routes(routes!(seen))
}

/// Notes of a case, oldest first.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/notes", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "Notes", body = Value)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    let items = house.db.read(move |tx| baton_cases::notes(tx, &ctx, &case)).await?;
    Ok(Json(json!({ "items": items })))
}

/// A note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    text: String,
    /// Colleagues who are to hear of it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    mentions: Vec<MemberId>,
}

/// Writes a note, which no customer reads.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/notes", tag = "cases", request_body = NewNote,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 201, description = "The note", body = Value)))]
pub async fn write(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(new): Body<NewNote>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseNote)?;
    let note = house.db.write(move |tx| baton_cases::add_note(tx, &ctx, &case, &new.text, &new.mentions)).await?;
    Ok((StatusCode::CREATED, Json(json!(note))))
}

/// Answers that people give often, filled in for this case, each with the action that goes with it.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/macros", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "Macros", body = Value)))]
pub async fn macros(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    let (_, config) = house.parts.cases.live(&client)?;
    let member = caller.0.member.as_ref().map(|member| member.name.clone()).unwrap_or_default();
    let now_ms = house.env.now_ms();
    let found = house.db.read(move |tx| baton_cases::get(tx, &ctx, &case)).await?;
    Ok(Json(json!({"items": baton_cases::macros::filled(&config, &found, &member, now_ms)})))
}

/// A whisper.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Whisper {
    text: String,
}

/// Whispers to whoever has the case. `heard` is false where an agent without a language model has it: it cannot read, and
/// works by its rules.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/whisper", tag = "cases", request_body = Whisper,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 201, description = "The whisper", body = Value)))]
pub async fn whisper(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(new): Body<Whisper>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseWhisper)?;
    let note = house.db.write(move |tx| baton_cases::whisper(tx, &ctx, &case, &new.text)).await?;
    let heard = match note.to.as_deref().and_then(|to| to.strip_prefix("agent:")) {
        Some(agent) => house.reads_whispers(&client, agent),
        None => true,
    };
    let mut shown = json!(note);
    shown["heard"] = heard.into();
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Notes in which the caller is named and which they have not seen, newest first.
#[utoipa::path(get, path = "/mentions", tag = "cases", responses((status = 200, description = "Mentions", body = Value)))]
pub async fn mentions(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    // Asked for on every screen: whoever reads no cases is named in none.
    let clients = caller.clients(&house, None, Right::CaseRead).unwrap_or_default();
    let Some(me) = caller.0.member.as_ref().map(|member| member.id.clone()) else {
        return Ok(Json(json!({"items": []})));
    };
    let items = house.db.read(move |tx| baton_cases::mentions(tx, &me, &clients)).await?;
    Ok(Json(json!({ "items": items })))
}

/// The caller has seen what names them in a case.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/mentions/seen", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 204, description = "Noted")))]
pub async fn seen(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    house.db.write(move |tx| baton_cases::mentions_seen(tx, &ctx, &case)).await?;
    Ok(StatusCode::NO_CONTENT)
}
