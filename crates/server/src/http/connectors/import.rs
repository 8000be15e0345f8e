//! A description comes in and a connector goes out: files for the blueprint. Nothing is put live.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error};
use baton_govern::Right;
use baton_tools::import::{self, AuthFile, Options, Pick};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

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
    let options = Options { name, picks: body.operations, auth: body.auth };
    let work = move || import::import("description", &body.text, &options);
    let done = tokio::task::spawn_blocking(work).await.map_err(Error::broken)?;
    let done = done.map_err(|problem| Error::invalid_at("/text", "the description cannot be imported", problem))?;
    Ok(Json(json!({ "report": done.report, "files": done.files })))
}
