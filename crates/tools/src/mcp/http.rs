//! Streamable HTTP (MCP 2025-11-25, transports): one session for each client and server, opened anew when it is gone.

use super::{Call, Credential, MESSAGE_BYTES_MAX, PAGES_MAX, Tool, Trouble, VERSION, hello, request, result_of, same};
use crate::wire::rpc_messages;
use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sessions kept, count.
const SESSIONS_MAX: usize = 500;
/// How long a list of tools counts as what the server has, milliseconds.
const LISTED_MS_MAX: u64 = 30_000;

/// Where, as whom, for whom.
pub(super) struct Place<'a> {
    pub url: &'a Url,
    pub credential: Credential,
    /// Whose session it is.
    pub owner: &'a str,
    pub time: Duration,
}

#[derive(Clone)]
struct Session {
    id: Option<String>,
    version: String,
    tools: Vec<Tool>,
    listed: Instant,
}

/// Sessions by owner and server.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    pub(super) async fn call(
        &self,
        client: &Client,
        place: &Place<'_>,
        call: &Call,
        args: &Value,
    ) -> Result<Value, Trouble> {
        let key = format!("{}\n{}", place.owner, place.url);
        let kept = self.kept().get(&key).cloned();
        let fresh = kept.filter(|session| session.listed.elapsed() < Duration::from_millis(LISTED_MS_MAX));
        let session = match fresh {
            Some(session) => session,
            None => {
                let session = open(client, place).await?;
                let mut sessions = self.kept();
                if sessions.len() >= SESSIONS_MAX {
                    sessions.clear();
                }
                sessions.insert(key.clone(), session.clone());
                session
            }
        };
        same(&session.tools, call)?;
        let body = request(1, "tools/call", json!({"name": call.tool, "arguments": args}));
        let answered = exchange(client, place, Some(&session), &body, true).await;
        if let Err(Trouble::Refused(404, _)) = &answered {
            // The session is gone: nothing was done, and the next attempt opens another.
            self.kept().remove(&key);
            return Err(Trouble::Nothing("the session had ended".to_owned()));
        }
        answered.map(|(result, _)| result)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All tools of a server.
pub(super) async fn list(client: &Client, place: &Place<'_>) -> Result<Vec<Tool>, Trouble> {
    open(client, place).await.map(|session| session.tools)
}

/// One call in a session of its own.
pub(super) async fn once(client: &Client, place: &Place<'_>, tool: &str, args: &Value) -> Result<Value, Trouble> {
    let session = open(client, place).await?;
    let body = request(3, "tools/call", json!({"name": tool, "arguments": args}));
    exchange(client, place, Some(&session), &body, true).await.map(|(result, _)| result)
}

async fn open(client: &Client, place: &Place<'_>) -> Result<Session, Trouble> {
    let (said, id) = exchange(client, place, None, &request(1, "initialize", hello()), false).await?;
    let version = said.get("protocolVersion").and_then(Value::as_str).unwrap_or(VERSION).to_owned();
    let mut session = Session { id, version, tools: Vec::new(), listed: Instant::now() };
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    exchange(client, place, Some(&session), &ready, false).await?;
    let mut cursor = json!({});
    for _ in 0..PAGES_MAX {
        let (page, _) = exchange(client, place, Some(&session), &request(2, "tools/list", cursor), false).await?;
        session.tools.extend(Tool::page(&page));
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = json!({"cursor": next}),
            None => return Ok(session),
        }
    }
    Err(Trouble::Nothing("it has more pages of tools than are read".to_owned()))
}

/// Sends a message; the result, and the session that the server names.
async fn exchange(
    client: &Client,
    place: &Place<'_>,
    session: Option<&Session>,
    body: &Value,
    acts: bool,
) -> Result<(Value, Option<String>), Trouble> {
    let unclear = |why: &str| match acts {
        true => Trouble::Unclear(why.to_owned()),
        false => Trouble::Nothing(why.to_owned()),
    };
    let response = match headed(client.post(place.url.clone()), place, session).body(body.to_string()).send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Err(Trouble::Nothing("it cannot be reached".to_owned())),
        Err(error) if error.is_timeout() => return Err(unclear("it did not answer in time")),
        Err(_) => return Err(unclear("the connection broke before it had answered")),
    };
    let status = response.status().as_u16();
    let named = response.headers().get("mcp-session-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    match status {
        200..=299 if body.get("id").is_none() => return Ok((Value::Null, named)),
        200..=299 => {}
        429 | 503 => return Err(Trouble::Nothing(format!("it answered {status}"))),
        500..=599 => return Err(unclear(&format!("it answered {status}"))),
        _ => return Err(Trouble::Refused(status, json!(format!("it answered {status}")))),
    }
    let message = answer(response, &body["id"]).await.map_err(unclear)?;
    result_of(message, acts).map(|result| (result, named))
}

fn headed(request: RequestBuilder, place: &Place<'_>, session: Option<&Session>) -> RequestBuilder {
    let mut request = request
        .timeout(place.time)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    if let Some((name, value)) = &place.credential {
        request = request.header(name, value);
    }
    if let Some(session) = session {
        request = request.header("mcp-protocol-version", &session.version);
        if let Some(id) = &session.id {
            request = request.header("mcp-session-id", id);
        }
    }
    request
}

/// The answer to the request with this id, out of one JSON text or a stream of events.
async fn answer(mut response: Response, id: &Value) -> Result<Value, &'static str> {
    let stream = response.headers().get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"));
    let own = |message: &Value| message.get("id") == Some(id) && message.get("method").is_none();
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MESSAGE_BYTES_MAX => return Err("its answer is too large"),
            Ok(Some(chunk)) => {
                bytes.extend_from_slice(&chunk);
                if stream && let Some(message) = rpc_messages(&bytes, true).into_iter().find(own) {
                    return Ok(message);
                }
            }
            Ok(None) => break,
            Err(_) => return Err("its answer broke off"),
        }
    }
    rpc_messages(&bytes, stream).into_iter().find(own).ok_or("it did not answer the request")
}
