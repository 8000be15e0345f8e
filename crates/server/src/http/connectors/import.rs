//! A description comes in, or an MCP server is named, and a connector goes out: files for the blueprint. Nothing is put live.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error};
use baton_govern::Right;
use baton_tools::import::{self, AuthFile, Options, Pick};
use baton_tools::mcp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Time for an MCP server to list its tools, seconds.
const LIST_S_MAX: u64 = 20;

/// A description, and what is wanted of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The description itself: Swagger 2.0 or OpenAPI 3, JSON or YAML.
    text: String,
    /// The connector's name; made from the description's title if left out.
    name: Option<String>,
    /// Only these operations, each `{operation}` and what you know better: `name`, `title`, `writes`, `risk`,
    /// `idempotent`, `money`, `compensate`. All operations if left out.
    #[schema(value_type = Option<Vec<Value>>)]
    operations: Option<Vec<Pick>>,
    /// How Baton signs in, as `auth` of a connector's file; `{"kind": "none"}` where nobody asks who calls. What the
    /// description says if left out. Names of secrets that are left out are made from the connector's.
    #[schema(value_type = Option<Value>)]
    auth: Option<AuthFile>,
    /// Where the system is: an address, or a parameter of the overlay, `{{param.NAME}}`. As the description says if left out.
    base_url: Option<String>,
}

/// Reads a description: what was found, what can be called, each operation that cannot be with the reason, and the files of
/// the connector. Changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/import", tag = "connectors", request_body = Import,
    params(("client" = String, Path)), responses((status = 200, description = "The report and the files", body = Value)))]
pub async fn import(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<Import>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let name = body.name.filter(|name| !name.is_empty());
    let base_url = body.base_url.filter(|place| !place.trim().is_empty());
    let options = Options { name, picks: body.operations, auth: body.auth, base_url };
    let work = move || import::import("description", &body.text, &options);
    let done = tokio::task::spawn_blocking(work).await.map_err(Error::broken)?;
    let done = done.map_err(|problem| Error::invalid_at("/text", "the description cannot be imported", problem))?;
    Ok(Json(json!({ "report": done.report, "files": done.files })))
}

/// An MCP server, and what is wanted of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportTools {
    /// Its address (streamable HTTP).
    url: String,
    /// The connector's name.
    name: String,
    /// A bearer token with which its tools are listed now; it is kept nowhere. The connector then signs in with the secret
    /// `NAME.token`.
    token: Option<String>,
    /// Its address lies inside: for admins alone.
    #[serde(default)]
    inside: bool,
    /// Only these tools, each `{operation}` with the tool's name, and what you know better, as for a description. All if
    /// left out.
    #[schema(value_type = Option<Vec<Value>>)]
    operations: Option<Vec<Pick>>,
}

/// Lists the tools of an MCP server: what was found, what can be called, and the files of the connector, in which each tool is
/// pinned. Changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/import-tools", tag = "connectors", request_body = ImportTools,
    params(("client" = String, Path)), responses((status = 200, description = "The report and the files", body = Value)))]
pub async fn import_tools(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<ImportTools>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    if body.inside {
        // What only this machine reaches is not for everybody to look around in.
        ctx.allow(Right::SettingsWrite)?;
    }
    let wrong = |problem: String| Error::invalid_at("/url", "the server's tools cannot be listed", problem);
    let url: reqwest::Url = body.url.trim().parse().map_err(|_| wrong("it is no address".to_owned()))?;
    let token = body.token.filter(|token| !token.is_empty());
    let auth = token.is_some().then(|| AuthFile { kind: Some("bearer".to_owned()), ..AuthFile::default() });
    let credential = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
    let listed = mcp::tools_at(&url, body.inside, credential, Duration::from_secs(LIST_S_MAX)).await.map_err(wrong)?;
    let options = Options { name: Some(body.name), picks: body.operations, auth, ..Options::default() };
    let work = move || import::tools(&url, &listed, &options);
    let done = tokio::task::spawn_blocking(work).await.map_err(Error::broken)?;
    let done = done.map_err(|problem| Error::invalid_at("/name", "the tools cannot be imported", problem))?;
    Ok(Json(json!({ "report": done.report, "files": done.files })))
}
