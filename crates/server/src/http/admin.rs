//! Clients, members and tokens.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::limits::PAGE_MAX;
use baton_base::{ClientId, MemberId};
use baton_db::Tx;
use baton_govern::{Right, Role, members, tokens};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Clients that the caller may see.
#[utoipa::path(get, path = "/clients", tag = "clients", responses((status = 200, description = "Clients", body = Value)))]
pub async fn clients(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let seen = caller.clients(&house, None, Right::ClientRead)?;
    let all = house.db.read(baton_clients::clients).await?;
    let items: Vec<_> = all.into_iter().filter(|row| seen.contains(&row.id)).collect();
    Ok(Json(json!({ "items": items })))
}

/// For which client.
#[derive(Deserialize, IntoParams)]
pub struct Where {
    /// `house` (the installation) if left out.
    pub(crate) client: Option<ClientId>,
}

/// Which members.
#[derive(Deserialize, IntoParams)]
pub struct OfMembers {
    /// `house` (the installation) if left out.
    client: Option<ClientId>,
    /// `next` of the page before.
    after: Option<MemberId>,
}

/// Members, 200 a page.
#[utoipa::path(get, path = "/members", tag = "admin", params(OfMembers), responses((status = 200, description = "Members", body = Value)))]
pub async fn list_members(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(wanted): Query<OfMembers>,
) -> Answer<Json<Value>> {
    let client = wanted.client.unwrap_or_else(ClientId::house);
    let ctx = caller.ctx(&house, &client, Right::MemberRead)?;
    let page = move |tx: &mut Tx| {
        let found = members::list(tx, &ctx, wanted.after.as_ref(), PAGE_MAX)?;
        let is_full = found.len() >= PAGE_MAX as usize;
        let next = found.last().filter(|_| is_full).map(|member| member.id.clone());
        let mut items = Vec::with_capacity(found.len());
        for member in found {
            let grants = members::grants_seen(tx, &ctx, &member.id)?;
            let mut shown = json!(member);
            shown["grants"] = json!(grants);
            items.push(shown);
        }
        Ok(json!({ "items": items, "next": next }))
    };
    Ok(Json(house.db.read(page).await?))
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    name: String,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    client: Option<String>,
    expires_ms: Option<i64>,
    /// `api` (if left out), `mcp`, `a2a` or `scim`: what it opens, and nothing else.
    audience: Option<String>,
    /// The AI agent that acts when a token for MCP is used; without it the service account itself.
    agent: Option<String>,
}

/// Makes a token for a service account. Its text is shown this once.
#[utoipa::path(post, path = "/tokens", tag = "admin", request_body = NewToken,
    responses((status = 201, description = "The token, shown once", body = Value)))]
pub async fn create_token(
    State(house): State<Arc<House>>,
    caller: Caller,
    Body(new): Body<NewToken>,
) -> Answer<(StatusCode, Json<Value>)> {
    let client = new.client.as_deref().map_or_else(|| Ok(ClientId::house()), str::parse)?;
    let ctx = caller.ctx(&house, &client, Right::TokenAdmin)?;
    let wanted = tokens::Wanted {
        name: new.name,
        roles: new.roles,
        expires_ms: new.expires_ms,
        audience: new.audience.as_deref().map(str::parse).transpose()?.unwrap_or_default(),
        agent: new.agent.as_deref().map(str::parse).transpose()?,
    };
    let made = house.db.write(move |tx| tokens::make(tx, &ctx, &wanted)).await?;
    Ok((StatusCode::CREATED, Json(json!(made))))
}

/// Tokens, without their texts.
#[utoipa::path(get, path = "/tokens", tag = "admin", params(Where), responses((status = 200, description = "Tokens", body = Value)))]
pub async fn list_tokens(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(place): Query<Where>,
) -> Answer<Json<Value>> {
    let client = place.client.unwrap_or_else(ClientId::house);
    let ctx = caller.ctx(&house, &client, Right::TokenAdmin)?;
    let items = house.db.read(move |tx| tokens::list(tx, &ctx)).await?;
    Ok(Json(json!({ "items": items })))
}
