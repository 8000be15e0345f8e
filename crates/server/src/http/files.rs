//! Files that customers and colleagues attach: uploaded first, one by one, and then sent with a message.

use crate::House;
use crate::http::auth::{Caller, bearer};
use crate::http::channels::to_save;
use crate::http::chat;
use crate::http::problem::{Answer, Ids, Query, Raw};
use crate::http::talk;
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use baton_base::{CaseId, ClientId, Error, Result};
use baton_cases::{Cases, Incoming, Received, Said, Saying};
use baton_channels::files::{self, Owner, Unsent};
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A file and a little more: one that is just too large is refused in its sender's words.
const UPLOAD_BYTES_MAX: usize = files::FILE_BYTES_MAX + 1024 * 1024;

/// Routes of the chat.
pub fn chat_routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(upload_chat))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .routes(routes!(chat_file))
}

/// Routes of people.
pub fn case_routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
}

/// How a file is called.
#[derive(Deserialize, IntoParams)]
pub struct Named {
    /// Its name; what it is, its content says.
    name: Option<String>,
    /// Language of a refusal, such as `de`; the client's if left out.
    lang: Option<String>,
}

fn name_of(named: Named) -> Result<String> {
    named.name.ok_or_else(|| Error::invalid_at("name", "the file has no name", "send it as ?name="))
}

/// Uploads a file in a conversation. It waits an hour for the message that takes it.
#[utoipa::path(post, path = "/chat/v1/{client}/conversations/{conversation}/files", tag = "chat",
    request_body(content = String, description = "The file, as it is", content_type = "application/octet-stream"),
    params(("client" = String, Path), ("conversation" = String, Path), Named), responses((status = 201, description = "Its id, name, media type and size", body = Value)))]
pub async fn upload_chat(
    State(house): State<Arc<House>>,
    Ids((client, conversation)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    Query(named): Query<Named>,
    Raw(content): Raw,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = chat::proven(&house, &client, &conversation, bearer(&headers))?;
    let language = named.lang.clone().or_else(|| house.locale(&client)).unwrap_or_default();
    let owner = Owner::Conversation(conversation);
    let kept = keep(&house, ctx, owner, (name_of(named)?, content.to_vec()), language).await?;
    Ok((StatusCode::CREATED, Json(json!(kept))))
}

/// Uploads a file to a case, for a message of the caller's. It waits an hour for it.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/files", tag = "cases",
    request_body(content = String, description = "The file, as it is", content_type = "application/octet-stream"),
    params(("client" = String, Path), ("case" = String, Path), Named), responses((status = 201, description = "Its id, name, media type and size", body = Value)))]
pub async fn upload(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Query(named): Query<Named>,
    Raw(content): Raw,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseReply)?;
    let (reader, of) = (ctx.as_system("files"), case.clone());
    house.db.read(move |tx| baton_cases::row(tx, &reader, &of)).await?;
    let language = named.lang.clone().unwrap_or_else(|| "en".to_owned());
    let owner = Owner::Writer(ctx.actor.to_string(), case);
    let kept = keep(&house, ctx, owner, (name_of(named)?, content.to_vec()), language).await?;
    Ok((StatusCode::CREATED, Json(json!(kept))))
}

async fn keep(
    house: &House,
    ctx: Ctx,
    owner: Owner,
    (name, content): (String, Vec<u8>),
    language: String,
) -> Result<Unsent> {
    // Looking through a large file takes a while: neither the writer of the database nor others wait for it.
    let said = language.clone();
    let checked = tokio::task::spawn_blocking(move || files::check(&name, &content, &said));
    let checked = checked.await.map_err(Error::broken)??;
    house.db.write(move |tx| files::keep(tx, &ctx, &owner, &checked, &language)).await
}

/// One file of a conversation, to be saved.
#[utoipa::path(get, path = "/chat/v1/{client}/conversations/{conversation}/files/{file}", tag = "chat",
    params(("client" = String, Path), ("conversation" = String, Path), ("file" = String, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub async fn chat_file(
    State(house): State<Arc<House>>,
    Ids((client, conversation, id)): Ids<(ClientId, String, String)>,
    headers: HeaderMap,
) -> Answer<(HeaderMap, Vec<u8>)> {
    let ctx = chat::proven(&house, &client, &conversation, bearer(&headers))?;
    let read = move |tx: &mut Tx| talk::file_in(tx, &ctx, &conversation, &id);
    let (file, content) = house.db.read(read).await?;
    Ok((to_save(&file.name), content))
}

/// The files that a message takes along.
#[derive(Clone)]
pub(super) struct Sent {
    pub owner: Owner,
    pub files: Vec<String>,
    /// Language of a refusal.
    pub language: String,
}

impl Sent {
    /// Of somebody who works on a case.
    pub(super) fn by_writer(ctx: &Ctx, case: &CaseId, files: Vec<String>) -> Self {
        Self { owner: Owner::Writer(ctx.actor.to_string(), case.clone()), files, language: "en".to_owned() }
    }

    /// Takes in what a customer wrote, with its files.
    pub(super) fn take_in(&self, tx: &mut Tx, ctx: &Ctx, cases: &Cases, mut incoming: Incoming) -> Result<Received> {
        let found = files::wanted(tx, &ctx.client, &self.owner, &self.files, &self.language)?;
        if !found.is_empty() {
            incoming.text = text(&incoming.text, &found);
            let shown = |file: &Unsent| json!({"name": file.name, "media": file.media, "bytes": file.bytes});
            incoming.data = json!({"files": found.iter().map(shown).collect::<Vec<_>>()});
        }
        let received = baton_cases::receive(tx, ctx, cases, incoming)?;
        if !received.duplicate {
            files::send(tx, &ctx.client, &found, (&received.case, &received.message), &self.language)?;
        }
        Ok(received)
    }

    /// Writes to the customer, with files.
    pub(super) fn say(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        case: &CaseId,
        (words, external_id): (&str, Option<&str>),
    ) -> Result<Said> {
        let found = files::wanted(tx, &ctx.client, &self.owner, &self.files, &self.language)?;
        let text = text(words, &found);
        let said = baton_cases::say_once(tx, ctx, case, &Saying { text: &text, external_id, ..Saying::default() })?;
        if !said.duplicate {
            files::send(tx, &ctx.client, &found, (case, &said.message), &self.language)?;
        }
        Ok(said)
    }
}

/// What stands in the case: the words, or the names of the files where there are none.
fn text(words: &str, found: &[Unsent]) -> String {
    if !words.trim().is_empty() || found.is_empty() {
        return words.to_owned();
    }
    files::parenthesised(&found.iter().map(|file| file.name.as_str()).collect::<Vec<_>>())
}
