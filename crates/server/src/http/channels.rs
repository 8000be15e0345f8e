//! A client's mailboxes: how they stand, what came in and was no contact, which answers did not go; and the mails and files of
//! a case.

use crate::House;
use crate::http::auth::Caller;
use crate::http::cases::note_listening;
use crate::http::problem::{Answer, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use baton_base::{CaseId, ClientId, Error, MessageId, Result};
use baton_cases::{Channel, OwedState};
use baton_channels::Mailbox;
use baton_channels::mail::{self, MailboxState};
use baton_db::Tx;
use baton_govern::{Right, vault};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Answers listed at once.
const ANSWERS_MAX: u32 = 200;

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(test))
        .routes(routes!(mails))
        .routes(routes!(answers))
        .routes(routes!(retry))
        .routes(routes!(of_case))
        .routes(routes!(file))
}

fn mailbox(house: &House, client: &ClientId, name: &str) -> Result<Mailbox> {
    let (_, config) = house.parts.channels.live(client)?;
    config.mail.get(name).cloned().ok_or_else(|| Error::not_found(format!("mailbox {name}")))
}

/// Mailboxes of a client's live release, and how they stand.
#[utoipa::path(get, path = "/clients/{client}/channels", tag = "channels", params(("client" = String, Path)),
    responses((status = 200, description = "Mailboxes; answers that wait and that failed", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Ids(client): Ids<ClientId>) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
    let (_, config) = house.parts.channels.live(&client)?;
    let names: Vec<String> = config.mail.values().map(|mailbox| mailbox.secret.clone()).collect();
    let read = move |tx: &mut Tx| {
        let states = mail::states(tx, &ctx.client)?;
        let counts = baton_cases::owed_counts(tx, &ctx.client, Channel::Email.as_str())?;
        let mut missing = Vec::new();
        for name in names {
            if vault::get(tx, &ctx.client, &name)?.is_none() {
                missing.push(name);
            }
        }
        Ok((states, counts, missing))
    };
    let (states, (waiting, failed), missing) = house.db.read(read).await?;
    let items: Vec<Value> = config
        .mail
        .values()
        .map(|mailbox| shown(mailbox, states.iter().find(|state| state.name == mailbox.name), &missing))
        .collect();
    Ok(Json(json!({ "items": items, "waiting": waiting, "failed": failed })))
}

fn shown(mailbox: &Mailbox, state: Option<&MailboxState>, missing: &[String]) -> Value {
    let place = |place: &baton_channels::Place| format!("{}:{}", place.host, place.port);
    json!({
        "kind": "mail", "name": mailbox.name, "address": mailbox.address, "imap": place(&mailbox.imap),
        "smtp": place(&mailbox.smtp), "folder": mailbox.folder,
        "missing_secret": missing.contains(&mailbox.secret).then_some(&mailbox.secret),
        "state": state.map_or("connecting", |state| state.state.as_str()),
        "error": state.and_then(|state| state.error.as_deref()),
        "changed_ms": state.map(|state| state.changed_ms),
        "received_ms": state.and_then(|state| state.received_ms),
        "aside": state.map_or(0, |state| state.aside),
    })
}

/// Signs in at both servers of a mailbox. Nothing is read and nothing sent.
#[utoipa::path(post, path = "/clients/{client}/channels/{mailbox}/test", tag = "channels",
    params(("client" = String, Path), ("mailbox" = String, Path)),
    responses((status = 200, description = "What came of each step", body = Value)))]
pub async fn test(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, name)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    caller.ctx(&house, &client, Right::ConnectorOperate)?;
    let mailbox = mailbox(&house, &client, &name)?;
    let steps = mail::check(&house.channels, &client, &mailbox).await;
    Ok(Json(json!({ "passed": steps.iter().all(|step| step.passed), "steps": steps })))
}

/// Which mails.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    /// `case`, `again`, `own`, `auto`, `bounce` or `aside`; all if left out.
    fate: Option<String>,
}

/// The newest mails of a mailbox and what became of them, without what they say.
#[utoipa::path(get, path = "/clients/{client}/channels/{mailbox}/mails", tag = "channels",
    params(("client" = String, Path), ("mailbox" = String, Path), Which),
    responses((status = 200, description = "Mails, newest first", body = Value)))]
pub async fn mails(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, name)): Ids<(ClientId, String)>,
    Query(which): Query<Which>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
    mailbox(&house, &client, &name)?;
    let items = house.db.read(move |tx| mail::mails(tx, &ctx, &name, which.fate.as_deref())).await?;
    Ok(Json(json!({ "items": items })))
}

/// Which answers.
#[derive(Deserialize, IntoParams)]
pub struct Answers {
    /// `waiting`, `sent`, `failed` or `bounced`; `failed` if left out.
    state: Option<String>,
}

/// Answers that are carried to customers, newest first.
#[utoipa::path(get, path = "/clients/{client}/deliveries", tag = "channels", params(("client" = String, Path), Answers),
    responses((status = 200, description = "Answers in that state", body = Value)))]
pub async fn answers(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Query(asked): Query<Answers>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    let state = asked.state.as_deref().map_or(Ok(OwedState::Failed), str::parse)?;
    let items = house.db.read(move |tx| baton_cases::owed(tx, &ctx, state, ANSWERS_MAX)).await?;
    Ok(Json(json!({ "items": items })))
}

/// Sends an answer that was given up, or came back, again.
#[utoipa::path(post, path = "/clients/{client}/deliveries/{message}/retry", tag = "channels",
    params(("client" = String, Path), ("message" = String, Path)),
    responses((status = 204, description = "It is tried again")))]
pub async fn retry(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, message)): Ids<(ClientId, MessageId)>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::CaseReply)?;
    house.db.write(move |tx| baton_cases::carry_again(tx, &ctx, &message)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The mails of a case and of cases merged into it, whole, and their files.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/mails", tag = "channels",
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "Mails, oldest first, and files", body = Value)))]
pub async fn of_case(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    note_listening(&house, &ctx, &case).await?;
    let read = move |tx: &mut Tx| Ok((mail::mails_of_family(tx, &ctx, &case)?, mail::of_family(tx, &ctx, &case)?));
    let (items, files) = house.db.read(read).await?;
    Ok(Json(json!({ "items": items, "files": files })))
}

/// One file of a case, to be saved: what a stranger sent is never shown by the browser itself.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/files/{file}", tag = "channels",
    params(("client" = String, Path), ("case" = String, Path), ("file" = String, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub async fn file(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case, id)): Ids<(ClientId, CaseId, String)>,
) -> Answer<(HeaderMap, Vec<u8>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    note_listening(&house, &ctx, &case).await?;
    let (file, content) = house.db.read(move |tx| mail::file(tx, &ctx, &case, &id)).await?;
    Ok((to_save(&file.name), content))
}

/// What makes a browser save a file under this name, and not show it.
pub(super) fn to_save(name: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(value) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers
}

/// How a file is called when it is saved (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let coded: String = name
        .bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("attachment; filename*=UTF-8''{}", if coded.is_empty() { "file" } else { &coded })
}
