//! Proposals: what would change, what was checked, who said yes; published and taken back.

use crate::House;
use crate::changes::{self as checked, Step};
use crate::http::auth::Caller;
use crate::http::page::{Page, limit};
use crate::http::problem::{Answer, Body, Ids, Query};
use crate::proofs;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, Error, ReleaseId};
use baton_clients::changes::{self, Content, New};
use baton_govern::{Level, Right};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which proposals.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    /// `open`, `approved`, `published`, `rejected` or `rolled_back`.
    state: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// Size of the page.
    limit: Option<u32>,
}

/// Proposals of a client, newest first, page by page, and what a change of it needs: `approvals`, people, and whether `proofs`.
#[utoipa::path(get, path = "/clients/{client}/proposals", tag = "changes", params(("client" = String, Path), Which),
    responses((status = 200, description = "Proposals with their checks, and what a change needs", body = Value)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(which): Query<Which>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ReleaseRead)?;
    let (state, size) = (which.state.as_deref().map(str::parse).transpose()?, limit(which.limit)?);
    let read = house.db.read(move |tx| {
        let (approvals, proofs) = (changes::approvals(tx, &ctx.client)?, changes::proofs_required(tx, &ctx.client)?);
        let found = changes::list(tx, &ctx.client, state, which.after.as_deref(), size + 1)?;
        let page = Page::cut(found, size, |one| one.id.clone());
        Ok(json!({"items": page.items, "next": page.next, "needs": {"approvals": approvals, "proofs": proofs}}))
    });
    Ok(Json(read.await?))
}

/// One proposal: its checks, its votes, and what would change, file by file.
#[utoipa::path(get, path = "/clients/{client}/proposals/{id}", tag = "changes",
    params(("client" = String, Path), ("id" = String, Path)),
    responses((status = 200, description = "The proposal", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, id)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ReleaseRead)?;
    let shown = house.db.read(move |tx| {
        let proposal = changes::get(tx, &ctx.client, &id)?;
        let votes = changes::votes(tx, &ctx.client, &id)?;
        let mut shown = json!(proposal);
        shown["votes"] = json!(votes);
        match changes::content(tx, &ctx.client, &id)? {
            Content::Release { bundle, version, .. } => {
                let base = match &proposal.base {
                    Some(base) => baton_clients::release(tx, &ctx.client, base)?.bundle,
                    None => baton_base::Bundle::default(),
                };
                shown["version"] = json!(version);
                shown["diff"] = json!(changes::diff(&base, &bundle));
            }
            Content::Autonomy { intent, action, level } => {
                shown["autonomy"] = json!({"intent": intent, "action": action, "level": level});
            }
        }
        Ok(shown)
    });
    Ok(Json(shown.await?))
}

/// A proposal to make: a release by its files, or an autonomy level.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    title: String,
    reason: String,
    /// The blueprint's files, tests included: path → text.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Instead of all files: those of the live release that change. Path → text, or null for a file that goes.
    #[serde(default)]
    #[schema(value_type = Object)]
    edits: BTreeMap<String, Option<String>>,
    /// With edits: the release whose files they change, as `GET blueprint` names it.
    #[schema(value_type = Option<String>)]
    base: Option<ReleaseId>,
    /// Parameters of the client that change.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: BTreeMap<String, Value>,
    /// Instead of files: how far AI may go.
    #[serde(default)]
    autonomy: Option<LevelWanted>,
    /// Publish at this time, once approved.
    publish_ms: Option<i64>,
}

/// A level for an intent and an action; `*` stands for all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelWanted {
    intent: String,
    action: String,
    /// `observe`, `suggest`, `act_with_approval` or `act`; null: what the release says.
    #[schema(value_type = Option<String>)]
    level: Option<Level>,
}

/// Makes a proposal. Nothing else changes.
#[utoipa::path(post, path = "/clients/{client}/proposals", tag = "changes", params(("client" = String, Path)),
    request_body = NewProposal, responses((status = 201, description = "The proposal with its checks", body = Value)))]
pub async fn propose(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(new): Body<NewProposal>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::ChangePropose)?;
    let made = match new.autonomy {
        Some(wanted) if new.files.is_empty() && new.edits.is_empty() => {
            let checks = crate::evidence::checks(&house, &ctx, &wanted.intent, &wanted.action, wanted.level).await?;
            let content = Content::Autonomy { intent: wanted.intent, action: wanted.action, level: wanted.level };
            let new = New { title: new.title, reason: new.reason, content, checks, publish_ms: new.publish_ms };
            house.db.write(move |tx| changes::propose(tx, &ctx, new)).await?
        }
        None if new.files.is_empty() != new.edits.is_empty() => {
            let NewProposal { title, reason, mut files, edits, base, parameters, publish_ms, .. } = new;
            let base = base.filter(|_| !edits.is_empty());
            if !edits.is_empty() {
                files = checked::edited(&house, &ctx, base.as_ref(), edits).await?;
            }
            checked::propose(&house, &ctx, checked::Sent { title, reason, files, base, parameters, publish_ms }).await?
        }
        _ => {
            return Err(Error::invalid_at(
                "files",
                "what changes is not said",
                "send files, edits, or an autonomy level",
            )
            .into());
        }
    };
    Ok((StatusCode::CREATED, Json(json!(made))))
}

/// Edits of the files of the live release.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    /// Path → text, or null for a file that goes.
    #[schema(value_type = Object)]
    edits: BTreeMap<String, Option<String>>,
    /// The release whose files they change, as `GET blueprint` names it.
    #[schema(value_type = String)]
    base: ReleaseId,
}

/// Whose files.
#[derive(Deserialize, IntoParams)]
pub struct OfRelease {
    /// An earlier release of the client; the live one if left out.
    release: Option<String>,
}

/// The files of a client's live release as they were written, tests included; or those of an earlier one.
#[utoipa::path(get, path = "/clients/{client}/blueprint", tag = "changes", params(("client" = String, Path), OfRelease),
    responses((status = 200, description = "Release and files", body = Value)))]
pub async fn blueprint(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(of): Query<OfRelease>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ReleaseRead)?;
    let wanted = of.release.as_deref().map(str::parse).transpose()?;
    let (release, files) = checked::sources_of(&house, &ctx, wanted).await?;
    Ok(Json(json!({"release": release, "files": files})))
}

/// Checks edits as a proposal's are checked, and keeps nothing. Findings mean that it does not load.
#[utoipa::path(post, path = "/clients/{client}/blueprint/check", tag = "changes", params(("client" = String, Path)),
    request_body = Edits, responses((status = 200, description = "Findings, else checks", body = Value)))]
pub async fn check(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<Edits>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ChangePropose)?;
    let files = checked::edited(&house, &ctx, Some(&body.base), body.edits).await?;
    let sent = checked::Sent { files, ..checked::Sent::default() };
    let (findings, checks) = checked::check(&house, &ctx, sent).await?;
    Ok(Json(json!({"findings": findings, "checks": checks})))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    #[serde(default)]
    reason: String,
}

/// Says what becomes of a proposal: `approve`, `reject`, `publish` or `rollback`.
#[utoipa::path(post, path = "/clients/{client}/proposals/{id}/{verb}", tag = "changes",
    params(("client" = String, Path), ("id" = String, Path), ("verb" = String, Path)),
    request_body = Reason, responses((status = 200, description = "The proposal as it stands now", body = Value)))]
pub async fn decide(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, id, verb)): Ids<(ClientId, String, String)>,
    Body(why): Body<Reason>,
) -> Answer<Json<Value>> {
    let right = match verb.as_str() {
        "approve" | "reject" => Right::ChangeApprove,
        "publish" | "rollback" => Right::ReleaseDeploy,
        _ => return Err(Error::not_found(format!("'{verb}' of a proposal")).into()),
    };
    let ctx = caller.ctx(&house, &client, right)?;
    let ready = match verb.as_str() {
        "publish" => checked::ready(&house, &ctx.client, &id, Step::Publish).await?,
        "rollback" => checked::ready(&house, &ctx.client, &id, Step::TakeBack).await?,
        _ => None,
    };
    let proven = if verb == "rollback" { proofs::before(&house, &ctx.client, &id).await? } else { None };
    let decided = house.db.write(move |tx| match verb.as_str() {
        "approve" => changes::approve(tx, &ctx, &id, &why.reason),
        "reject" => changes::reject(tx, &ctx, &id, &why.reason),
        "publish" => changes::publish(tx, &ctx, &id),
        _ => changes::roll_back(tx, &ctx, &id, &why.reason, proven.as_ref()),
    });
    let decided = decided.await?;
    // This node at once; the others within a second.
    if let Some(ready) = ready {
        ready.take_up(&house).await;
    }
    // It is decided, whatever becomes of this.
    if let Err(error) = house.load().await {
        tracing::error!(%error, "what is live could not be looked for");
    }
    Ok(Json(json!(decided)))
}

/// How many people approve.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    approvals: i64,
}

/// Says how many people have to approve a proposal of this client.
#[utoipa::path(post, path = "/clients/{client}/approvals", tag = "changes", params(("client" = String, Path)),
    request_body = Approvals, responses((status = 204, description = "Set")))]
pub async fn approvals(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(wanted): Body<Approvals>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::SettingsWrite)?;
    house.db.write(move |tx| changes::set_approvals(tx, &ctx, wanted.approvals)).await?;
    Ok(StatusCode::NO_CONTENT)
}
