//! Web chat: the public side. A conversation is an address on the channel `chat`; its token proves it.

use crate::House;
use crate::http::auth::bearer;
use crate::http::files::Sent;
use crate::http::problem::{Answer, Body, Ids, Query};
use crate::http::talk::read;
use crate::http::writing::WRITING;
use crate::keys::News;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use baton_base::{CaseId, Citation, ClientId, Error, MessageId, Result};
use baton_cases::{Channel, Incoming, MessageRow, Received, SAYING};
use baton_channels::files::Owner;
use baton_channels::mail::File;
use baton_db::{Live, Tx};
use baton_govern::Ctx;
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::{IntoParams, ToSchema};

const KEEP_ALIVE_S: u64 = 15;
/// Longest time between two looks for messages when nothing is heard, seconds.
const LOOK_AGAIN_S: u64 = 5;

fn channel(house: &House, client: &ClientId) -> Result<Ctx> {
    house.parts.processes.live(client)?;
    Ok(Ctx::system(&house.env, client, "channel:chat"))
}

/// Who starts to chat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    name: Option<String>,
    locale: Option<String>,
}

/// Starts a conversation. Nothing is stored until the first message.
#[utoipa::path(post, path = "/chat/v1/{client}/conversations", tag = "chat", request_body = NewConversation,
    params(("client" = String, Path)), responses((status = 201, description = "The conversation and its token", body = Value)))]
pub async fn start(
    State(house): State<Arc<House>>,
    Ids(client): Ids<ClientId>,
    Body(new): Body<NewConversation>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = channel(&house, &client)?;
    let conversation = ctx.id("conv");
    let token = house.chat_key.sign(&client, &conversation);
    let named = client.clone();
    let rows = house.db.read(baton_clients::clients).await?;
    let title = rows.into_iter().find(|row| row.id == named).map(|row| row.name);
    let shown =
        json!({"conversation": conversation, "token": token, "name": new.name, "locale": new.locale, "title": title});
    Ok((StatusCode::CREATED, Json(shown)))
}

/// What the customer writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// May be empty where files come along.
    text: String,
    /// Ids of files that were uploaded in this conversation.
    #[serde(default)]
    files: Vec<String>,
    /// The page's own id: sent again, it is the same message.
    external_id: Option<String>,
    name: Option<String>,
    locale: Option<String>,
}

pub(super) fn proven(house: &House, client: &ClientId, conversation: &str, token: Option<&str>) -> Result<Ctx> {
    let ctx = channel(house, client)?;
    match token {
        Some(token) if house.chat_key.proves(client, conversation, token) => Ok(ctx),
        _ => Err(Error::Unauthenticated("this conversation's token is missing or wrong; start a conversation".into())),
    }
}

/// Sends a message.
#[utoipa::path(post, path = "/chat/v1/{client}/conversations/{conversation}/messages", tag = "chat", request_body = Written,
    params(("client" = String, Path), ("conversation" = String, Path)), responses((status = 201, description = "Taken", body = Value)))]
pub async fn send(
    State(house): State<Arc<House>>,
    Ids((client, conversation)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    Body(written): Body<Written>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = proven(&house, &client, &conversation, bearer(&headers))?;
    Ok((StatusCode::CREATED, Json(receive(&house, ctx, conversation, written).await?)))
}

/// Takes a message in.
pub(super) async fn taken(house: &House, ctx: &Ctx, incoming: Incoming) -> Result<Received> {
    taken_by(house, || {
        let (ctx, cases, incoming) = (ctx.clone(), house.cases(), incoming.clone());
        move |tx: &mut Tx| baton_cases::receive(tx, &ctx, &cases, incoming)
    })
    .await
}

/// Writes what somebody outside has sent. Two transactions that stand in each other's way undo one of them whole: it is
/// tried again, so that the sender need not.
pub(crate) async fn taken_by<T, F>(house: &House, write: impl Fn() -> F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
{
    const TRIES_MAX: u32 = 4;
    let mut tries = 1;
    loop {
        match house.db.write(write()).await {
            Err(Error::Unavailable(why)) if tries < TRIES_MAX => {
                tracing::info!(%why, tries, "a message is taken in again");
                tokio::time::sleep(Duration::from_millis(10 << tries)).await;
                tries += 1;
            }
            done => return done,
        }
    }
}

async fn receive(house: &House, ctx: Ctx, conversation: String, written: Written) -> Result<Value> {
    house.pace.take(&conversation, ctx.now_ms())?;
    let locale = written.locale.clone();
    let incoming = Incoming {
        channel: Channel::Chat,
        address: conversation,
        name: written.name,
        locale: written.locale,
        text: written.text,
        external_id: written.external_id,
        case: None,
        data: Value::Null,
    };
    let conversation = incoming.address.clone();
    let sent = Sent {
        owner: Owner::Conversation(conversation.clone()),
        files: written.files,
        language: locale.or_else(|| house.locale(&ctx.client)).unwrap_or_default(),
    };
    let received = taken_by(house, || {
        let (ctx, cases, incoming, sent) = (ctx.clone(), house.cases(), incoming.clone(), sent.clone());
        move |tx: &mut Tx| sent.take_in(tx, &ctx, &cases, incoming)
    })
    .await?;
    house.conversations.bind(&received.case, &conversation);
    Ok(json!({"id": received.message, "case": received.case, "seq": received.seq, "duplicate": received.duplicate}))
}

/// In which language somebody asks.
#[derive(Deserialize, IntoParams)]
pub struct Asked {
    /// The customer's language, such as `de`; the client's if left out.
    lang: Option<String>,
}

/// Asks for a person, in one click, in words of the customer's language.
#[utoipa::path(post, path = "/chat/v1/{client}/conversations/{conversation}/person", tag = "chat",
    params(("client" = String, Path), ("conversation" = String, Path), Asked), responses((status = 202, description = "Asked", body = Value)))]
pub async fn person(
    State(house): State<Arc<House>>,
    Ids((client, conversation)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = proven(&house, &client, &conversation, bearer(&headers))?;
    let german = asked.lang.clone().or_else(|| house.locale(&client)).is_some_and(|locale| locale.starts_with("de"));
    let text = if german { "Ich möchte mit einem Menschen sprechen." } else { "I would like to speak to a person." };
    let written =
        Written { text: text.to_owned(), files: Vec::new(), external_id: None, name: None, locale: asked.lang };
    Ok((StatusCode::ACCEPTED, Json(receive(&house, ctx, conversation, written).await?)))
}

/// One message as the page shows it.
#[derive(Serialize, Clone)]
struct Shown {
    id: MessageId,
    /// `customer`, `agent`, `member` or `system`.
    author: String,
    name: String,
    text: String,
    sent_ms: i64,
    articles: Value,
    /// Article, version and section of each source of an answer.
    sources: Vec<Citation>,
    /// Files that came with it: id, name, media type, bytes.
    files: Vec<Value>,
}

fn shown(house: &House, client: &ClientId, (row, files): (MessageRow, Vec<File>)) -> Shown {
    let name = match row.author.kind.as_str() {
        "agent" => house.agent_title(client, &row.author.name),
        _ => String::new(),
    };
    Shown {
        id: row.id,
        author: row.author.kind,
        name,
        text: row.text,
        sent_ms: row.sent_ms,
        articles: json!(row.articles),
        sources: row.sources,
        files: files.iter().map(file_shown).collect(),
    }
}

fn file_shown(file: &File) -> Value {
    json!({"id": file.id, "name": file.name, "media": file.media, "bytes": file.bytes})
}

/// From where to go on.
#[derive(Deserialize, IntoParams)]
pub struct From {
    /// The last message that was shown.
    after: Option<MessageId>,
    /// The conversation's token, where a header cannot be set.
    token: Option<String>,
}

/// The messages so far, or those after one of them, oldest first: at most 2,000 at once.
#[utoipa::path(get, path = "/chat/v1/{client}/conversations/{conversation}/messages", tag = "chat",
    params(("client" = String, Path), ("conversation" = String, Path), From), responses((status = 200, description = "Messages", body = Value)))]
pub async fn messages(
    State(house): State<Arc<House>>,
    Ids((client, conversation)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    Query(from): Query<From>,
) -> Answer<Json<Value>> {
    let ctx = proven(&house, &client, &conversation, bearer(&headers).or(from.token.as_deref()))?;
    let talk = house.db.read(move |tx| read(tx, &ctx, &conversation, from.after.as_ref())).await?;
    let items: Vec<_> = talk.messages.into_iter().map(|row| shown(&house, &client, row)).collect();
    Ok(Json(json!({ "items": items })))
}

/// Messages as they come. `Last-Event-ID`, or `after`, goes on where a lost connection ended.
#[utoipa::path(get, path = "/chat/v1/{client}/conversations/{conversation}/events", tag = "chat",
    params(("client" = String, Path), ("conversation" = String, Path), From),
    responses((status = 200, description = "Events named `message`, whose id is the message's; `writing` while a person is; `saying` with the `text` that an agent has begun to say, empty where that is taken back", content_type = "text/event-stream")))]
pub async fn events(
    State(house): State<Arc<House>>,
    Ids((client, conversation)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    Query(from): Query<From>,
) -> Answer<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    let ctx = proven(&house, &client, &conversation, bearer(&headers).or(from.token.as_deref()))?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|text| text.parse().ok());
    let stream = follow(house, ctx, conversation, last.or(from.after));
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(KEEP_ALIVE_S))))
}

/// Where the calls of a chat begin; pages of the clients' own make them too.
pub(super) const CALLS: &str = "/chat/v1/";
/// How long a browser remembers that it may make them, seconds.
const REMEMBERED_S: &str = "600";

/// Answers a browser that asks whether a page from elsewhere may make a call of a chat (Fetch standard, "CORS-preflight fetch"): any
/// may, since each call carries a token of its own and no cookie. It stands before all routes: a route answers a method that it does
/// not take without what its own layers add.
pub async fn preflight(request: Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS || !request.uri().path().starts_with(CALLS) {
        return next.run(request).await;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED_S));
    if let Some(wanted) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

fn follow(
    house: Arc<House>,
    ctx: Ctx,
    conversation: String,
    mut after: Option<MessageId>,
) -> impl Stream<Item = std::result::Result<Event, Infallible>> {
    let mut listening = house.conversations.listen(&conversation);
    let mut stop = house.stopping();
    let mut last_said = String::new();
    async_stream::stream! {
        loop {
            listening.catch_up();
            let (reader, about, from) = (ctx.clone(), conversation.clone(), after.clone());
            let talk = house.db.read(move |tx| read(tx, &reader, &about, from.as_ref())).await.unwrap_or_default();
            for case in &talk.cases {
                house.conversations.bind(case, &conversation);
            }
            for row in talk.messages {
                after = Some(row.0.id.clone());
                let message = shown(&house, &ctx.client, row);
                if message.author == "agent" {
                    last_said.clone_from(&message.text);
                    listening.said();
                }
                if let Ok(event) = Event::default().event("message").id(message.id.to_string()).json_data(&message) {
                    yield Ok(event);
                }
            }
            let heard = tokio::select! {
                news = listening.heard() => Some(news),
                // A message that another node took in for a case this node has not seen yet.
                () = tokio::time::sleep(Duration::from_secs(LOOK_AGAIN_S)) => None,
                _ = stop.changed() => return,
            };
            match heard {
                Some(News::Writing) => yield Ok(Event::default().event(WRITING).data("{}")),
                // The message itself may be here already, with its id: that is what counts.
                Some(News::Saying(text)) if text.is_empty() || !last_said.starts_with(&text) => {
                    if let Ok(event) = Event::default().event(SAYING).json_data(json!({ "text": text })) {
                        yield Ok(event);
                    }
                }
                Some(News::Saying(_) | News::Said) | None => {}
            }
        }
    }
}

/// Tells those who follow a conversation here what an agent has begun to say. What is not told now is said by the message.
async fn saying(house: &House, item: &Live) {
    let Some((case, sealed)) = baton_cases::saying_of(item) else { return };
    if !house.conversations.is_listened(&case) {
        return;
    }
    let (client, of) = (item.client.clone(), case.clone());
    match house.db.read(move |tx| baton_cases::said_so_far(tx, &client, &of, &sealed)).await {
        Ok(text) => house.conversations.saying_in(&case, &text),
        Err(error) => tracing::debug!(%error, "what an agent has begun to say is not told"),
    }
}

/// What ends a case, or lets it go on elsewhere: whoever waits for that hears of it too.
const ENDS: [&str; 4] = ["case.resolved", "case.closed", "case.merged", "case.unmerged"];

/// Tells the streams of conversations what commits, until the process stops.
pub async fn tell(house: Arc<House>, mut live: Receiver<Live>) {
    let mut stop = house.stopping();
    loop {
        let heard = tokio::select! {
            heard = live.recv() => heard,
            _ = stop.changed() => return,
        };
        match heard {
            Ok(item) if item.kind == WRITING => {
                let case = item.subject.and_then(|id| id.parse::<CaseId>().ok());
                case.iter().for_each(|case| house.conversations.writing_in(case));
            }
            Ok(item) if item.kind == SAYING => saying(&house, &item).await,
            Ok(item) if item.kind.starts_with("message.") || ENDS.contains(&item.kind.as_str()) => {
                item.case.iter().for_each(|case| house.conversations.news_of(case));
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => house.conversations.news_of_all(),
            Err(RecvError::Closed) => return,
        }
    }
}
