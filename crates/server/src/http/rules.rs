//! Policies, what is proven of them, decision tables as grids, and why a call was allowed or refused.

use crate::House;
use crate::http::auth::Caller;
use crate::http::channels::to_save;
use crate::http::problem::{Answer, Body, Ids, Query};
use crate::{proofs, why};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use baton_base::{ClientId, Error};
use baton_clients::changes;
use baton_govern::{Right, dmn};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The policies of a client's live release, as they are written.
#[utoipa::path(get, path = "/clients/{client}/policies", tag = "rules", params(("client" = String, Path)),
    responses((status = 200, description = "Policies with id, file, line and text", body = Value)))]
pub async fn policies(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ProcessRead)?;
    let (release, rulebook) = house.parts.rulebooks.live(&ctx.client)?;
    let mut items: Vec<_> = rulebook.policies().collect();
    items.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Json(json!({"release": release, "items": items})))
}

/// The decision tables of a client's live release as grids, with gaps and overlaps.
#[utoipa::path(get, path = "/clients/{client}/tables", tag = "rules", params(("client" = String, Path)),
    responses((status = 200, description = "Tables: inputs, outputs, rules, findings", body = Value)))]
pub async fn tables(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ProcessRead)?;
    let (release, rulebook) = house.parts.rulebooks.live(&ctx.client)?;
    let items: Vec<_> = rulebook.tables().map(baton_govern::Table::grid).collect();
    Ok(Json(json!({"release": release, "items": items})))
}

/// A DMN file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DmnFile {
    /// The file's text: DMN 1.3, 1.4 or 1.5, at most 2 MiB.
    text: String,
    /// What findings call it.
    name: Option<String>,
}

/// Reads the decision tables of a DMN file as files of a blueprint, to be proposed; nothing is kept. What has no equal is a
/// finding with its line, and its decision is left out.
#[utoipa::path(post, path = "/clients/{client}/tables/import", tag = "rules", operation_id = "import_tables",
    params(("client" = String, Path)), request_body = DmnFile,
    responses((status = 200, description = "Tables with file and text, and findings", body = Value)))]
pub async fn import_tables(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(file): Body<DmnFile>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::ChangePropose)?;
    // A large file takes a while: others do not wait for it.
    let read = move || dmn::import(file.name.as_deref().unwrap_or("the file"), &file.text);
    let import = tokio::task::spawn_blocking(read).await.map_err(Error::broken)??;
    Ok(Json(json!(import)))
}

/// Which tables, and how.
#[derive(Deserialize, IntoParams)]
pub struct Exported {
    /// Only this table.
    table: Option<String>,
    /// Edition of DMN: `1.5`, or `1.3`, which dmn-js and Camunda Modeler edit.
    dmn: Option<String>,
}

/// The decision tables of a client's live release as a DMN file.
#[utoipa::path(get, path = "/clients/{client}/tables/export", tag = "rules", operation_id = "export_tables",
    params(("client" = String, Path), Exported),
    responses((status = 200, description = "The DMN file", content_type = "application/octet-stream")))]
pub async fn export_tables(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(wanted): Query<Exported>,
) -> Answer<(HeaderMap, Vec<u8>)> {
    let ctx = caller.ctx(&house, &client, Right::ProcessRead)?;
    let number = wanted.dmn.as_deref().unwrap_or("1.5");
    let edition = dmn::Edition::named(number)
        .ok_or_else(|| Error::invalid_at("dmn", format!("DMN {number} is not written"), "ask for 1.3 or 1.5"))?;
    let (_, rulebook) = house.parts.rulebooks.live(&ctx.client)?;
    let tables: Vec<_> = match &wanted.table {
        Some(name) => vec![rulebook.table(name).ok_or_else(|| Error::not_found(format!("table {name}")))?],
        None => rulebook.tables().collect(),
    };
    let text = dmn::export(&tables, edition)?;
    let name = wanted.table.as_deref().unwrap_or("tables").replace('/', "-");
    Ok((to_save(&format!("{name}.dmn")), text.into_bytes()))
}

/// What the policies of a client's live release must never let through, each with whether it is proven; a call that is let
/// through although it is forbidden stands beside it.
#[utoipa::path(get, path = "/clients/{client}/proofs", tag = "rules", params(("client" = String, Path)),
    responses((status = 200, description = "Properties: proven, refuted with a call, undecided, or no_solver", body = Value)))]
pub async fn proven(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ProcessRead)?;
    let (release, required, items) = proofs::live(&house, &ctx.client).await?;
    Ok(Json(json!({"release": release, "required": required, "items": items})))
}

/// Whether proofs are asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofsWanted {
    required: bool,
}

/// Says whether every property has to be proven before a release of this client is published. Without it, one that could
/// not be proven is a warning; one that is refuted is never published.
#[utoipa::path(post, path = "/clients/{client}/proofs", tag = "rules", params(("client" = String, Path)),
    request_body = ProofsWanted, responses((status = 204, description = "Set")))]
pub async fn require_proofs(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(wanted): Body<ProofsWanted>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::SettingsWrite)?;
    house.db.write(move |tx| changes::require_proofs(tx, &ctx, wanted.required)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a call was allowed or refused: the policies and rules with their text, and what they saw. The id is that of an
/// effect or of a ledger entry.
#[utoipa::path(get, path = "/clients/{client}/why/{id}", tag = "rules",
    params(("client" = String, Path), ("id" = String, Path)),
    responses((status = 200, description = "The explanation", body = Value)))]
pub async fn explain(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, id)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::EffectRead)?;
    let why = house.db.read(move |tx| why::of(tx, &ctx.client, &id)).await?;
    Ok(Json(json!(why)))
}
