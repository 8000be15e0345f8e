//! What no description lists becomes a connector: statements on a database, operations of a plain HTTP service, the skills of
//! an outside agent; and the form of a webhook becomes its file. Nothing is put live.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error};
use baton_govern::Right;
use baton_tools::a2a;
use baton_tools::import::{self, AuthFile, Hook, Operated, Options, Pick, Statement};
use baton_tools::sql::{self, Dialect};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Time for an agent to give its card, seconds.
const CARD_S_MAX: u64 = 20;
/// Time for a database to say which tables it has, seconds.
const TABLES_S_MAX: u64 = 10;

/// Statements on a database, and what is wanted of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportStatements {
    /// The connector's name.
    name: String,
    /// `postgresql`, `mysql`, `mariadb` or `sqlite`.
    dialect: String,
    /// Name of the secret that holds the database's address; `NAME.address` if left out.
    setting: Option<String>,
    /// What was written, each `{name, title, sql, one, writes, args}`, with `args` a JSON Schema that describes each `:name` of
    /// the statement. What does not say `writes: true` only reads.
    #[schema(value_type = Vec<Value>)]
    statements: Vec<Statement>,
    /// Only these, each `{operation}` with a statement's name, and what you know better, as for a description. All if left out.
    #[schema(value_type = Option<Vec<Value>>)]
    operations: Option<Vec<Pick>>,
}

/// Checks statements on a database as a release would: which can be run, and the file of the connector. Calls no database
/// and changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/import-statements", tag = "connectors",
    request_body = ImportStatements, params(("client" = String, Path)),
    responses((status = 200, description = "The report and the files", body = Value)))]
pub async fn import_statements(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<ImportStatements>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let auth = body.setting.map(|setting| AuthFile { setting, ..AuthFile::default() });
    let options = Options { name: Some(body.name), picks: body.operations, auth, ..Options::default() };
    let work = move || import::statements(&body.dialect, &body.statements, &options);
    made("/statements", "the statements cannot be imported", work).await
}

/// A database.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadTables {
    /// `postgresql`, `mysql`, `mariadb` or `sqlite`.
    dialect: String,
    /// Its address, as the secret would hold it. It is kept nowhere.
    address: String,
    /// It lies inside: for admins alone; a file or a socket of the machine itself for admins of the whole house.
    #[serde(default)]
    inside: bool,
}

/// Lists the tables and columns that whoever the address signs in may read, each with a statement that reads a row by its
/// primary key. Changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/read-tables", tag = "connectors", request_body = ReadTables,
    params(("client" = String, Path)),
    responses((status = 200, description = "The tables, and whether there are more", body = Value)))]
pub async fn read_tables(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<ReadTables>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let dialect = Dialect::named(&body.dialect)?;
    let address = body.address.trim();
    if body.inside {
        ctx.allow(Right::SettingsWrite)?;
    }
    if body.inside && sql::is_of_machine(dialect, address) {
        // What stands on the machine is every client's, and Baton's own.
        caller.ctx(&house, &ClientId::house(), Right::SettingsWrite).map_err(|_| {
            let why =
                "what stands on this machine itself is for admins of the whole house; write the statements by hand";
            Error::refused(why, vec![format!("right:{}", Right::SettingsWrite.name())])
        })?;
    }
    let found = sql::tables(dialect, address, body.inside, Duration::from_secs(TABLES_S_MAX)).await;
    let found = found.map_err(|why| Error::invalid_at("/address", "the database's tables cannot be read", why))?;
    Ok(Json(json!({ "tables": import::offered(dialect, found.tables), "more": found.more })))
}

/// Operations of an API that nobody described, and what is wanted of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportOperations {
    /// The connector's name.
    name: String,
    /// Where the system is: an address, or a parameter of the overlay, `{{param.NAME}}`.
    base_url: String,
    /// How Baton signs in, as `auth` of a connector's file; not at all if left out.
    #[schema(value_type = Option<Value>)]
    auth: Option<AuthFile>,
    /// What was written, each `{name, title, method, path, args}`, with `args` a JSON Schema: places of the path, then the query
    /// of a read or the fields of a JSON body.
    #[schema(value_type = Vec<Value>)]
    written: Vec<Operated>,
    /// Only these, each `{operation}` with the name of one, and what you know better, as for a description. All if left out.
    #[schema(value_type = Option<Vec<Value>>)]
    operations: Option<Vec<Pick>>,
}

/// Checks operations of a plain HTTP service as a release would: which can be called, and the file of the connector. Calls
/// nothing and changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/import-operations", tag = "connectors",
    request_body = ImportOperations, params(("client" = String, Path)),
    responses((status = 200, description = "The report and the files", body = Value)))]
pub async fn import_operations(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<ImportOperations>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let base_url = Some(body.base_url);
    let options = Options { name: Some(body.name), picks: body.operations, auth: body.auth, base_url };
    let work = move || import::operations(&body.written, &options);
    made("/written", "the operations cannot be imported", work).await
}

/// An outside agent, and what is wanted of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportAgent {
    /// The connector's name.
    name: String,
    /// Address of its Agent Card.
    url: String,
    /// The card's address lies inside: for admins alone.
    #[serde(default)]
    inside: bool,
    /// How Baton signs in when it asks the agent, as `auth` of a connector's file; not at all if left out. The card is read
    /// without.
    #[schema(value_type = Option<Value>)]
    auth: Option<AuthFile>,
    /// Only these, each `{operation}` with `send`, `task`, `cancel` or `send SKILL`, and what you know better, as for a
    /// description. All if left out.
    #[schema(value_type = Option<Vec<Value>>)]
    operations: Option<Vec<Pick>>,
}

/// Reads an outside agent's card (A2A): its skills as actions, and the files of the connector, in which the card is pinned.
/// Changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/import-agent", tag = "connectors", request_body = ImportAgent,
    params(("client" = String, Path)), responses((status = 200, description = "The report and the files", body = Value)))]
pub async fn import_agent(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<ImportAgent>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorOperate)?;
    if body.inside {
        // What only this machine reaches is not for everybody to look around in.
        ctx.allow(Right::SettingsWrite)?;
    }
    let wrong = |problem: String| Error::invalid_at("/url", "the agent's card cannot be read", problem);
    let url: reqwest::Url = body.url.trim().parse().map_err(|_| wrong("it is no address".to_owned()))?;
    let card = a2a::card_at(&url, body.inside, Duration::from_secs(CARD_S_MAX)).await.map_err(wrong)?;
    let options = Options { name: Some(body.name), picks: body.operations, auth: body.auth, base_url: None };
    let work = move || import::agent(&url, &card, &options);
    made("/url", "this agent cannot be asked", work).await
}

/// A webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportWebhook {
    /// Its name: deliveries come to `/hooks/CLIENT/NAME`.
    name: String,
    /// The keys of its file; `signature.setting` is `NAME.hook` if left out.
    #[schema(value_type = Value)]
    hook: Hook,
}

/// Checks a webhook by which a system sends by itself, and gives its file. Changes nothing.
#[utoipa::path(post, path = "/clients/{client}/connectors/import-webhook", tag = "connectors", request_body = ImportWebhook,
    params(("client" = String, Path)), responses((status = 200, description = "The report and the files", body = Value)))]
pub async fn import_webhook(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(body): Body<ImportWebhook>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let options = Options { name: Some(body.name), ..Options::default() };
    made("/hook", "this webhook cannot be taken", move || import::hook(&body.hook, &options)).await
}

/// The report and the files; where they cannot be made, `title` and why.
async fn made(
    place: &str,
    title: &str,
    work: impl FnOnce() -> Result<import::Import, String> + Send + 'static,
) -> Answer<Json<Value>> {
    let done = tokio::task::spawn_blocking(work).await.map_err(Error::broken)?;
    let done = done.map_err(|problem| Error::invalid_at(place, title, problem))?;
    Ok(Json(json!({ "report": done.report, "files": done.files })))
}
