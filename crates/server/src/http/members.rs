//! Members as an administrator keeps them: added, given roles, renamed, given another password, disabled and enabled again.
//! Where the roles hold stands in the body: whoever is disabled gives back work of every client, which no wall of one may hide.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, Error, MemberId, Result};
use baton_db::Tx;
use baton_govern::members::{self, MemberPatch, MemberState, NewMember, PasswordHash};
use baton_govern::{Ctx, Right, Role};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this page; adding stands beside the list.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(change)).routes(routes!(roles))
}

/// A member to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOne {
    /// What they sign in with; nobody else's.
    email: String,
    /// As shown.
    name: String,
    /// A first password. Without one they come in by single sign-on.
    #[serde(default)]
    password: Option<String>,
    /// Where the roles hold; the installation if left out.
    #[serde(default)]
    client: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
}

/// Adds a member with roles.
#[utoipa::path(post, path = "/members", tag = "admin", request_body = NewOne,
    responses((status = 201, description = "The member", body = Value), (status = 409, description = "Somebody has this e-mail")))]
pub async fn add(
    State(house): State<Arc<House>>,
    caller: Caller,
    Body(new): Body<NewOne>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &place(new.client.as_deref())?, Right::MemberAdmin)?;
    if new.roles.is_empty() && ctx.client != ClientId::house() {
        let detail = "name one or more: without one, no administrator of the client would see them";
        return Err(Error::invalid_at("roles", "A member of a client has a role there", detail).into());
    }
    let password = hashed(new.password).await?;
    let (wanted, roles) = (NewMember { email: new.email, name: new.name, password, ..NewMember::default() }, new.roles);
    let made = house.db.write(move |tx| {
        let id = members::create_with_roles(tx, &ctx, &wanted, &roles)?;
        shown(tx, &ctx, &id)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// What changes of a member; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// A client that the caller administers; the installation if left out. Whoever also works elsewhere is changed by an
    /// administrator of all of it.
    #[serde(default)]
    client: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// Another password: every session of theirs ends.
    #[serde(default)]
    password: Option<String>,
    /// `active` or `disabled`: disabled they are out at once, and their work goes back to its queues.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    state: Option<MemberState>,
}

/// Changes a member.
#[utoipa::path(post, path = "/members/{member}", tag = "admin", request_body = Changed, params(("member" = String, Path)),
    responses((status = 200, description = "The member", body = Value)))]
pub async fn change(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(member): Ids<MemberId>,
    Body(changed): Body<Changed>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &place(changed.client.as_deref())?, Right::MemberAdmin)?;
    let password = hashed(changed.password).await?;
    let patch = MemberPatch { name: changed.name, password, state: changed.state, ..MemberPatch::default() };
    let done = house.db.write(move |tx| {
        members::change(tx, &ctx, &member, &patch)?;
        if patch.state == Some(MemberState::Disabled) {
            baton_desk::leave(tx, &ctx, &member, "is disabled")?;
        }
        shown(tx, &ctx, &member)
    });
    Ok(Json(done.await?))
}

/// The roles that a member has from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Where they hold; the installation if left out.
    #[serde(default)]
    client: Option<String>,
    /// All of them; none takes every role there away.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
}

/// Sets a member's roles for one client, or for the installation. Those elsewhere stay. Work that they may no longer have goes back
/// to its queues.
#[utoipa::path(put, path = "/members/{member}/roles", tag = "admin", request_body = Roles, params(("member" = String, Path)),
    responses((status = 200, description = "The member", body = Value)))]
pub async fn roles(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(member): Ids<MemberId>,
    Body(wanted): Body<Roles>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &place(wanted.client.as_deref())?, Right::MemberAdmin)?;
    let done = house.db.write(move |tx| {
        members::set_roles(tx, &ctx, &member, &wanted.roles)?;
        baton_desk::take_back_shut(tx, &ctx, &member, "has no role for it any more")?;
        shown(tx, &ctx, &member)
    });
    Ok(Json(done.await?))
}

fn place(client: Option<&str>) -> Result<ClientId> {
    client.map_or_else(|| Ok(ClientId::house()), str::parse)
}

/// Hashing takes its time, and is not done within a transaction.
async fn hashed(password: Option<String>) -> Result<Option<PasswordHash>> {
    let Some(password) = password else { return Ok(None) };
    tokio::task::spawn_blocking(move || PasswordHash::of(&password)).await.map_err(Error::broken)?.map(Some)
}

fn shown(tx: &mut Tx, ctx: &Ctx, id: &MemberId) -> Result<Value> {
    let mut shown = json!(members::get(tx, id)?);
    shown["grants"] = json!(members::grants_seen(tx, ctx, id)?);
    Ok(shown)
}
