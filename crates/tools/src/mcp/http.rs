//! Streamable HTTP (MCP 2025-11-25, transports): one session for each client and server, opened anew when it is gone. A
//! stream that ends before its answer is taken up again where it stood.

use super::access::Challenge;
use super::{
    Call, Credential, MESSAGE_BYTES_MAX, PAGES_MAX, Tool, Trouble, WORDS_CHARS_MAX, hello, reply, request, result_of,
    same, spoken,
};
use crate::wire::{Point, rpc_messages, take_whole};
use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sessions kept, count.
const SESSIONS_MAX: usize = 500;
/// How long a list of tools counts as what the server has, milliseconds.
const LISTED_MS_MAX: u64 = 30_000;
/// Largest list of tools that is kept with a session, bytes of JSON.
const TOOLS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How often a stream is taken up again, count.
const RESUMED_MAX: u32 = 20;
/// Wait before that where the server does not say, milliseconds.
const RESUMED_AFTER_MS: u64 = 1_000;
/// Time for what is said out of politeness, milliseconds.
const POLITE_MS_MAX: u64 = 2_000;

/// Where, as whom, for whom.
pub(super) struct Place<'a> {
    pub url: &'a Url,
    pub credential: Credential,
    /// Whose session it is: no two that sign in as somebody else share one.
    pub owner: &'a str,
    pub time: Duration,
}

#[derive(Clone)]
struct Session {
    id: Option<String>,
    version: String,
    tools: Vec<Tool>,
    listed: Instant,
    /// Id of the last request: none is used twice in a session.
    last: Arc<AtomicU64>,
}

impl Session {
    fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }
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
        let talk = Talk::new(client, place);
        let kept = self.kept().get(&key).cloned();
        let session = match kept {
            Some(session) if session.listed.elapsed() < Duration::from_millis(LISTED_MS_MAX) => session,
            Some(session) => self.keep(&key, talk.looked(session).await?),
            None => self.keep(&key, talk.open().await?),
        };
        same(&session.tools, call)?;
        let answered = talk.tool(&session, &call.tool, args).await;
        if let Err(Trouble::Refused(404, _)) = &answered {
            // The session is gone: nothing was done, and the next attempt opens another.
            self.kept().remove(&key);
            return Err(Trouble::Nothing("the session had ended".to_owned()));
        }
        answered
    }

    fn keep(&self, key: &str, session: Session) -> Session {
        let mut sessions = self.kept();
        if sessions.len() >= SESSIONS_MAX {
            sessions.clear();
        }
        sessions.insert(key.to_owned(), session.clone());
        session
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All tools of a server.
pub(super) async fn list(client: &Client, place: &Place<'_>) -> Result<Vec<Tool>, Trouble> {
    look(client, place).await.map_err(|(trouble, _)| trouble)
}

/// All tools of a server; with the trouble, what it says of the way in.
pub(super) async fn look(client: &Client, place: &Place<'_>) -> Result<Vec<Tool>, (Trouble, String)> {
    let talk = Talk::new(client, place);
    let session = talk.open().await.map_err(|trouble| (trouble, talk.challenge()))?;
    talk.end(&session).await;
    Ok(session.tools)
}

/// One call in a session of its own.
pub(super) async fn once(client: &Client, place: &Place<'_>, tool: &str, args: &Value) -> Result<Value, Trouble> {
    let talk = Talk::new(client, place);
    let session = talk.open().await?;
    let answered = talk.tool(&session, tool, args).await;
    talk.end(&session).await;
    answered
}

/// One side of a conversation.
struct Talk<'a> {
    client: &'a Client,
    place: &'a Place<'a>,
    /// With what it last refused whom it does not know.
    challenge: Mutex<String>,
}

impl<'a> Talk<'a> {
    fn new(client: &'a Client, place: &'a Place<'a>) -> Self {
        Self { client, place, challenge: Mutex::default() }
    }

    fn challenge(&self) -> String {
        self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A session that is ready, within the time of one attempt.
    async fn open(&self) -> Result<Session, Trouble> {
        self.in_time(self.begin()).await
    }

    /// However many questions it takes: a server that is slow at each is not waited for at each.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let done = tokio::time::timeout(self.place.time, work).await;
        done.unwrap_or_else(|_| Err(Trouble::Nothing(LATE.to_owned())))
    }

    async fn begin(&self) -> Result<Session, Trouble> {
        let last = Arc::new(AtomicU64::new(1));
        let (said, id) = self.exchange(None, &request(1, "initialize", hello()), false).await?;
        let session = Session { id, version: spoken(&said)?, tools: Vec::new(), listed: Instant::now(), last };
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        self.exchange(Some(&session), &ready, false).await?;
        let tools = self.tools(&session).await?;
        Ok(Session { tools, ..session })
    }

    /// The session with the tools that there are now; another where this one is no longer taken.
    async fn looked(&self, session: Session) -> Result<Session, Trouble> {
        let look = async {
            match self.tools(&session).await {
                Ok(tools) => Ok(Session { tools, listed: Instant::now(), ..session }),
                Err(Trouble::Refused(..)) => self.begin().await,
                Err(trouble) => Err(trouble),
            }
        };
        self.in_time(look).await
    }

    async fn tools(&self, session: &Session) -> Result<Vec<Tool>, Trouble> {
        let (mut tools, mut cursor, mut bytes) = (Vec::new(), json!({}), 0);
        for _ in 0..PAGES_MAX {
            let body = request(session.next(), "tools/list", cursor);
            let (page, _) = self.exchange(Some(session), &body, false).await?;
            bytes += page.to_string().len();
            if bytes > TOOLS_BYTES_MAX {
                return Err(Trouble::Nothing("it says more of its tools than is kept".to_owned()));
            }
            tools.extend(Tool::page(&page));
            match page.get("nextCursor").and_then(Value::as_str) {
                Some(next) => cursor = json!({"cursor": next}),
                None => return Ok(tools),
            }
        }
        Err(Trouble::Nothing("it has more pages of tools than are read".to_owned()))
    }

    async fn tool(&self, session: &Session, tool: &str, args: &Value) -> Result<Value, Trouble> {
        let id = session.next();
        let body = request(id, "tools/call", json!({"name": tool, "arguments": args}));
        let answered = self.exchange(Some(session), &body, true).await;
        if matches!(&answered, Err(Trouble::Unclear(why)) if why == LATE) {
            self.cancel(session, id);
        }
        answered.map(|(result, _)| result)
    }

    /// Says that a request is not waited for any more (2025-11-25, lifecycle, timeouts). Nobody waits for whether it is heard,
    /// and what came of the request is as open as before.
    fn cancel(&self, session: &Session, id: u64) {
        let params = json!({"requestId": id, "reason": LATE});
        let told = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params});
        let request = self.post(Some(session), &told).timeout(Duration::from_millis(POLITE_MS_MAX));
        tokio::spawn(async move {
            let _ = request.send().await;
        });
    }

    /// Says that a session is not needed any more. A server may not want to hear it.
    async fn end(&self, session: &Session) {
        if session.id.is_some() {
            let request = self.headed(self.client.delete(self.place.url.clone()), Some(session));
            let _ = request.timeout(self.place.time.min(Duration::from_millis(POLITE_MS_MAX))).send().await;
        }
    }

    /// Sends a message; the result, and the session that the server names.
    async fn exchange(
        &self,
        session: Option<&Session>,
        body: &Value,
        acts: bool,
    ) -> Result<(Value, Option<String>), Trouble> {
        let unclear = |why: &str| match acts {
            true => Trouble::Unclear(why.to_owned()),
            false => Trouble::Nothing(why.to_owned()),
        };
        let until = Instant::now() + self.place.time;
        let response = match self.post(session, body).timeout(self.place.time).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(Trouble::Nothing("it cannot be reached".to_owned())),
            Err(error) if error.is_timeout() => return Err(unclear(LATE)),
            Err(_) => return Err(unclear("the connection broke before it had answered")),
        };
        let status = response.status().as_u16();
        let named = response.headers().get("mcp-session-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        if matches!(status, 401 | 403) {
            let said = response.headers().get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
            *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = said.collect::<Vec<_>>().join(", ");
        }
        match status {
            200..=299 if body.get("id").is_none() => return Ok((Value::Null, named)),
            200..=299 => {}
            429 | 503 => return Err(Trouble::Nothing(format!("it answered {status}"))),
            500..=599 => return Err(unclear(&format!("it answered {status}"))),
            _ => return Err(Trouble::Refused(status, json!(refusal(status, &self.challenge())))),
        }
        let awaited = Awaited { talk: self, session, id: &body["id"], until };
        let message = awaited.answer(response).await.map_err(unclear)?;
        result_of(message, acts).map(|result| (result, named))
    }

    fn post(&self, session: Option<&Session>, body: &Value) -> RequestBuilder {
        let request = self.headed(self.client.post(self.place.url.clone()), session);
        request.header("content-type", "application/json").body(body.to_string())
    }

    fn headed(&self, request: RequestBuilder, session: Option<&Session>) -> RequestBuilder {
        let mut request = request.header("accept", "application/json, text/event-stream");
        if let Some((name, value)) = &self.place.credential {
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
}

/// What a server that says no is told to have said; with what a token must allow, where that is missing.
fn refusal(status: u16, challenge: &str) -> String {
    let scopes = Challenge::read(challenge).scopes.join(" ");
    let scopes: String = scopes.chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect();
    match status {
        403 if !scopes.is_empty() => format!("it answered 403: whoever signs in must be allowed '{scopes}'"),
        _ => format!("it answered {status}"),
    }
}

const LATE: &str = "it did not answer in time";
const UNSAID: &str = "it did not answer the request";
const BROKE: &str = "its answer broke off";

/// An answer that is awaited: out of one JSON text, or of a stream of events, which may end before and be taken up again.
/// To end a stream is not to give the request up.
struct Awaited<'a> {
    talk: &'a Talk<'a>,
    session: Option<&'a Session>,
    /// Of the request.
    id: &'a Value,
    until: Instant,
}

impl Awaited<'_> {
    async fn answer(&self, mut response: Response) -> Result<Value, &'static str> {
        let mut point = Point::default();
        for _ in 0..RESUMED_MAX {
            match self.read(response, &mut point).await? {
                Some(message) => return Ok(message),
                None => response = self.resumed(&point).await?,
            }
        }
        Err(BROKE)
    }

    /// What comes after a point of the stream.
    async fn resumed(&self, point: &Point) -> Result<Response, &'static str> {
        let Some(event) = &point.event else { return Err(UNSAID) };
        let wait = Duration::from_millis(point.wait_ms.unwrap_or(RESUMED_AFTER_MS));
        let left = self.left().checked_sub(wait).filter(|left| !left.is_zero()).ok_or(LATE)?;
        tokio::time::sleep(wait).await;
        let request = self.talk.headed(self.talk.client.get(self.talk.place.url.clone()), self.session);
        let sent = request.header("last-event-id", event).timeout(left).send().await;
        let response = sent.map_err(|error| if error.is_timeout() { LATE } else { BROKE })?;
        if response.status().is_success() && is_stream(&response) { Ok(response) } else { Err(BROKE) }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// The answer in a body; none where a stream ended before it, at `point`.
    async fn read(&self, mut response: Response, point: &mut Point) -> Result<Option<Value>, &'static str> {
        let stream = is_stream(&response);
        let own = |message: &Value| message.get("id") == Some(self.id) && message.get("method").is_none();
        let (mut bytes, mut heard): (Vec<u8>, usize) = (Vec::new(), 0);
        loop {
            let known = bytes.len();
            match response.chunk().await {
                Ok(Some(chunk)) if heard + chunk.len() > MESSAGE_BYTES_MAX => {
                    return Err("its answer is too large");
                }
                Ok(Some(chunk)) => {
                    heard += chunk.len();
                    bytes.extend_from_slice(&chunk);
                }
                Err(error) if error.is_timeout() => return Err(LATE),
                Err(_) if !stream => return Err(BROKE),
                Ok(None) | Err(_) => break,
            }
            if !stream {
                continue;
            }
            let part = take_whole(&mut bytes, known);
            point.follow(&part);
            let mut messages = rpc_messages(&part, true);
            if let Some(at) = messages.iter().position(own) {
                return Ok(Some(messages.swap_remove(at)));
            }
            for asked in &messages {
                self.reply(asked).await;
            }
        }
        if stream {
            return Ok(None);
        }
        rpc_messages(&bytes, false).into_iter().find(own).map(Some).ok_or(UNSAID)
    }

    /// Answers what a server asks before it answers itself.
    async fn reply(&self, asked: &Value) {
        let Some(reply) = reply(asked) else { return };
        let time = self.left().min(Duration::from_millis(POLITE_MS_MAX));
        let _ = self.talk.post(self.session, &reply).timeout(time).send().await;
    }
}

fn is_stream(response: &Response) -> bool {
    response.headers().get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"))
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn a_refusal_names_what_is_not_allowed() {
        let check = |status: u16, challenge: &str, expect: &str| assert_eq!(refusal(status, challenge), expect);
        let more = "Bearer error=\"insufficient_scope\", scope=\"read write\"";
        check(403, more, "it answered 403: whoever signs in must be allowed 'read write'");
        check(403, "", "it answered 403");
        check(404, more, "it answered 404");
    }
}
