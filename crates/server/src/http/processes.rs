//! Processes: definitions, graphs, findings.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::Page;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error, Finding};
use baton_engine::Graph;
use baton_govern::Right;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// A process of a client's live release.
#[derive(Serialize, ToSchema)]
pub struct ProcessRow {
    name: String,
    title: String,
    version: String,
    digest: String,
}

/// A process with its text and picture.
#[derive(Serialize)]
pub struct ProcessDetail {
    #[serde(flatten)]
    row: ProcessRow,
    yaml: String,
    graph: Graph,
    findings: Vec<Finding>,
}

fn row(name: &str, definition: &baton_engine::Definition) -> ProcessRow {
    ProcessRow {
        name: name.to_owned(),
        title: definition.title().unwrap_or(name).to_owned(),
        version: definition.version().to_owned(),
        digest: definition.digest().to_owned(),
    }
}

/// The processes of a client.
#[utoipa::path(get, path = "/clients/{client}/processes", tag = "processes", params(("client" = String, Path)),
    responses((status = 200, description = "All processes of the live release", body = Page<ProcessRow>)))]
pub async fn list(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
) -> Answer<Json<Page<ProcessRow>>> {
    let ctx = caller.ctx(&house, &client, Right::ProcessRead)?;
    let (_, processes) = house.parts.processes.live(&ctx.client)?;
    Ok(Json(Page::whole(processes.all().map(|(name, d)| row(name, d)).collect())))
}

/// One process: text, graph and findings.
#[utoipa::path(get, path = "/clients/{client}/processes/{name}", tag = "processes",
    params(("client" = String, Path), ("name" = String, Path)),
    responses((status = 200, description = "The process", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, name)): Ids<(ClientId, String)>,
) -> Answer<Json<ProcessDetail>> {
    let ctx = caller.ctx(&house, &client, Right::ProcessRead)?;
    let (_, processes) = house.parts.processes.live(&ctx.client)?;
    let missing = || Error::not_found(format!("process {name}"));
    let definition = processes.get(&name).ok_or_else(missing)?;
    let yaml = processes.text(&name).ok_or_else(missing)?.to_owned();
    let findings = baton_engine::lint(&format!("processes/{name}.yaml"), &yaml, crate::functions::KNOWN);
    Ok(Json(ProcessDetail { row: row(&name, definition), graph: definition.graph(), yaml, findings }))
}

/// A definition to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    text: String,
}

/// What the linter finds in a definition, and its graph, if it can be read that far.
#[utoipa::path(post, path = "/processes/lint", tag = "processes", request_body = Text,
    responses((status = 200, description = "Findings, with file, line and column; the graph, or null", body = Value)))]
pub async fn lint(_caller: Caller, Body(body): Body<Text>) -> Json<Value> {
    let findings = baton_engine::lint("process.yaml", &body.text, crate::functions::KNOWN);
    let graph = baton_engine::Definition::parse("process.yaml", &body.text).ok().map(|definition| definition.graph());
    Json(serde_json::json!({ "findings": findings, "graph": graph }))
}
