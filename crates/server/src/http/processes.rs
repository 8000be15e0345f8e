//! Processes: definitions, graphs, findings.

use crate::House;
use crate::http::auth::Caller;
use crate::http::page::Page;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{Bundle, ClientId, Error, Finding, ReleaseId, Result};
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
    let (release, processes) = house.parts.processes.live(&ctx.client)?;
    let missing = || Error::not_found(format!("process {name}"));
    let definition = processes.get(&name).ok_or_else(missing)?;
    let yaml = processes.text(&name).ok_or_else(missing)?.to_owned();
    let bundle = stored(&house, &ctx.client, &release).await?;
    let file = format!("processes/{name}.yaml");
    let findings = baton_engine::lint_in(&file, &yaml, crate::functions::KNOWN, &in_bundle(&bundle));
    Ok(Json(ProcessDetail { row: row(&name, definition), graph: definition.graph(), yaml, findings }))
}

/// The files of a release.
async fn stored(house: &House, client: &ClientId, release: &ReleaseId) -> Result<Bundle> {
    let (client, release) = (client.clone(), release.clone());
    Ok(house.db.read(move |tx| baton_clients::release(tx, &client, &release)).await?.bundle)
}

fn in_bundle(bundle: &Bundle) -> impl Fn(&str) -> Option<String> + Sync + '_ {
    |path| bundle.file(path).map(str::to_owned)
}

/// A definition to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    text: String,
    /// The client in whose live release catalogs and schemas in other files, and processes that it runs, are looked for; without
    /// it there are none.
    #[serde(default)]
    client: Option<ClientId>,
}

/// What the linter finds in a definition, and its graph, if it can be read that far.
#[utoipa::path(post, path = "/processes/lint", tag = "processes", request_body = Text,
    responses((status = 200, description = "Findings, with file, line and column; the graph, or null", body = Value)))]
pub async fn lint(State(house): State<Arc<House>>, caller: Caller, Body(body): Body<Text>) -> Answer<Json<Value>> {
    let (bundle, live) = match &body.client {
        Some(client) => {
            let ctx = caller.ctx(&house, client, Right::ProcessRead)?;
            let (release, live) = house.parts.processes.live(&ctx.client)?;
            (stored(&house, &ctx.client, &release).await?, Some(live))
        }
        None => (Bundle::default(), None),
    };
    let (file, files) = ("process.yaml", in_bundle(&bundle));
    let mut findings = baton_engine::lint_in(file, &body.text, crate::functions::KNOWN, &files);
    let definition = baton_engine::Definition::parse_in(file, &body.text, &files).ok();
    if let (Some(draft), Some(live)) = (&definition, &live) {
        findings.extend(baton_runs::unknown_children_of(draft, (file, body.text.as_str()), live));
        findings.sort_by_key(|finding| (finding.line, finding.column));
    }
    Ok(Json(serde_json::json!({ "findings": findings, "graph": definition.map(|definition| definition.graph()) })))
}
