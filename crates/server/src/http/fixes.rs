//! Why cases failed, and what removes the causes: tags, fixes, overrides, the week.

use crate::House;
use crate::http::auth::Caller;
use crate::http::handoffs::Which;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{CaseId, ClientId};
use baton_cases::Page;
use baton_desk::{Fix, FixFilter, FixPatch, NewTag, OVERRIDE_REASONS, Tagged};
use baton_govern::Right;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Fixes of one page, where nobody says otherwise, and most.
const PAGE_DEFAULT: u32 = 500;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(tag))
        .routes(routes!(override_outcome))
        .routes(routes!(list))
        .routes(routes!(show, change))
        .routes(routes!(week))
}

/// Says why a case failed. What is left out is as the case itself suggests.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/tags", tag = "fixes", request_body = Value,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 201, description = "The tag and the fix that it went to", body = Value)))]
pub async fn tag(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(new): Body<NewTag>,
) -> Answer<(StatusCode, Json<Tagged>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseTag)?;
    let tagged = house.db.write(move |tx| baton_desk::tag_case(tx, &ctx, &case, new)).await?;
    Ok((StatusCode::CREATED, Json(tagged)))
}

/// Another outcome.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// What it should have been.
    outcome: String,
    /// `wrong_answer`, `outdated_article`, `misunderstood`, `wrong_tone`, `wrong_action`, `system_error`,
    /// `policy_exception` or `wrong_team`.
    reason: String,
    #[serde(default)]
    note: String,
}

/// Changes the outcome that the AI gave a case; the case is tagged with the reason.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/override", tag = "fixes", request_body = Other,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "The tag and the fix that it went to", body = Value)))]
pub async fn override_outcome(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(other): Body<Other>,
) -> Answer<Json<Tagged>> {
    let ctx = caller.ctx(&house, &client, Right::CaseOverride)?;
    let work = move |tx: &mut baton_db::Tx| {
        baton_desk::override_outcome(tx, &ctx, &case, &other.outcome, &other.reason, &other.note)
    };
    Ok(Json(house.db.write(work).await?))
}

/// Which fixes.
#[derive(Deserialize, IntoParams)]
pub struct Wanted {
    client: Option<ClientId>,
    /// `open`, `doing`, `testing`, `released`, `kept` or `dropped`; all if left out.
    state: Option<String>,
    intent: Option<String>,
    /// `next` of the page before.
    after: Option<u32>,
    /// Fixes wanted; 500 if left out.
    limit: Option<u32>,
}

/// Fixes of the clients that the caller may see, those worth most first.
#[utoipa::path(get, path = "/fixes", tag = "fixes", params(Wanted), responses((status = 200, description = "Fixes", body = Value)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, wanted.client.as_ref(), Right::CaseRead)?;
    let state = wanted.state.as_deref().map(str::parse).transpose()?;
    let (from, size) =
        (wanted.after.unwrap_or(0) as usize, wanted.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_DEFAULT) as usize);
    let (filter, now_ms) = (FixFilter { state, intent: wanted.intent }, house.env.now_ms());
    let items = house
        .db
        .read(move |tx| {
            let mut items: Vec<Fix> = Vec::new();
            for client in &clients {
                items.extend(baton_desk::fixes(tx, client, &filter, now_ms)?);
            }
            items.sort_by(|a, b| b.hours_a_month.total_cmp(&a.hours_a_month).then_with(|| a.id.cmp(&b.id)));
            Ok(items)
        })
        .await?;
    let next = (items.len() > from + size).then_some(from + size);
    let items: Vec<_> = items.into_iter().skip(from).take(size).collect();
    Ok(Json(json!({"at_ms": now_ms, "items": items, "next": next, "reasons": reasons()})))
}

fn reasons() -> Vec<Value> {
    OVERRIDE_REASONS.iter().map(|(name, kind)| json!({"name": name, "fix_type": kind})).collect()
}

/// One fix with the cases behind it.
#[utoipa::path(get, path = "/clients/{client}/fixes/{fix}", tag = "fixes",
    params(("client" = String, Path), ("fix" = String, Path)), responses((status = 200, description = "The fix", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, fix)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    let shown = house
        .db
        .read(move |tx| {
            let mut shown = json!(baton_desk::fix(tx, &ctx, &fix)?);
            shown["evidence"] = json!(baton_desk::evidence(tx, &ctx, &fix)?);
            Ok(shown)
        })
        .await?;
    Ok(Json(shown))
}

/// Moves a fix on, gives it to somebody, names its test and its release.
#[utoipa::path(post, path = "/clients/{client}/fixes/{fix}", tag = "fixes", request_body = Value,
    params(("client" = String, Path), ("fix" = String, Path)), responses((status = 200, description = "The fix", body = Value)))]
pub async fn change(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, fix)): Ids<(ClientId, String)>,
    Body(patch): Body<FixPatch>,
) -> Answer<Json<Fix>> {
    let ctx = caller.ctx(&house, &client, Right::FixWrite)?;
    Ok(Json(house.db.write(move |tx| baton_desk::update_fix(tx, &ctx, &fix, patch)).await?))
}

/// The week: handoffs, fixes, and cases that nobody has said anything about yet. The same figures each week.
#[utoipa::path(get, path = "/weekly-review", tag = "fixes", params(Which), responses((status = 200, description = "The week", body = Value)))]
pub async fn week(State(house): State<Arc<House>>, caller: Caller, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::CaseRead)?;
    let now_ms = house.env.now_ms();
    let since_ms = which.since_ms(now_ms)?;
    let contexts: Vec<_> = clients.iter().map(|client| house.system(client, "weekly-review")).collect();
    let shown = house
        .db
        .read(move |tx| {
            let (mut handoffs, mut fixes, mut untagged) = (Vec::new(), Vec::new(), Vec::new());
            for ctx in &contexts {
                handoffs.extend(baton_desk::handoffs(tx, &ctx.client, since_ms)?);
                fixes.extend(baton_desk::fixes(tx, &ctx.client, &FixFilter::default(), now_ms)?);
                untagged.extend(baton_desk::untagged(tx, ctx, since_ms, &Page::default())?);
            }
            Ok(json!({"at_ms": now_ms, "since_ms": since_ms, "handoffs": handoffs, "fixes": fixes, "untagged": untagged}))
        })
        .await?;
    Ok(Json(shown))
}
