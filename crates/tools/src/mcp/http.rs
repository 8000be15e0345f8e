//! Streamable HTTP, without a handshake where the server knows how to (MCP 2026-07-28, transports), else in one session for
//! each client and server, opened anew when it is gone (2025-11-25 and before).

use super::access::Challenge;
use super::awaited::Awaited;
use super::revision::{self, Revision, UNSUPPORTED, chosen};
use super::{
    Call, Credential, LATE, MESSAGE_BYTES_MAX, PAGES_MAX, Tool, Trouble, WORDS_CHARS_MAX, hello, left_open, request,
    result_of, same, stateless,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sessions kept, count.
const SESSIONS_MAX: usize = 500;
/// How long a list of tools counts as what the server has at most, whatever it says, milliseconds.
const LISTED_MS_MAX: u64 = 30_000;
/// Largest list of tools that is kept with a session, bytes of JSON.
const TOOLS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How often a server that falls over is asked which revisions it speaks, count: the first time it may have been something
/// else that it fell over, and the revision that is spoken then is spoken for long.
const DISCOVERED_MAX: u32 = 2;
/// Wait before it is asked again, milliseconds; at most a tenth of the time that there is.
const DISCOVERED_AGAIN_MS: u64 = 200;
/// Time for what is said out of politeness, milliseconds.
pub(super) const POLITE_MS_MAX: u64 = 2_000;

/// Where, as whom, for whom.
pub(super) struct Place<'a> {
    pub url: &'a Url,
    pub credential: Credential,
    /// Whose session it is: no two that sign in as somebody else share one.
    pub owner: &'a str,
    /// The revision that is spoken and none newer; without it the newest that the server speaks too.
    pub revision: Option<Revision>,
    pub time: Duration,
}

/// What is known of a server: how one speaks with it, and which tools it has.
#[derive(Clone)]
pub(super) struct Session {
    revision: Revision,
    /// What it calls the session, where it keeps one.
    id: Option<String>,
    tools: Vec<Tool>,
    listed: Instant,
    /// How long the list counts.
    fresh: Duration,
    /// Id of the last request: none is used twice in a session.
    last: Arc<AtomicU64>,
}

impl Session {
    fn new(revision: Revision) -> Self {
        let fresh = Duration::from_millis(LISTED_MS_MAX);
        Self { revision, id: None, tools: Vec::new(), listed: Instant::now(), fresh, last: Arc::default() }
    }

    fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn is_stateless(&self) -> bool {
        self.revision == Revision::Stateless
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
            Some(session) if session.listed.elapsed() < session.fresh => session,
            Some(session) => {
                let looked = talk.looked(session).await;
                if looked.is_err() {
                    // It may be another server by now, which falls over what this one is asked: the next attempt begins anew.
                    self.kept().remove(&key);
                }
                self.keep(&key, looked?)
            }
            None => self.keep(&key, talk.open().await?),
        };
        same(&session.tools, call)?;
        let answered = talk.tool(&session, &call.tool, args).await;
        let gone = answered.as_ref().err().and_then(|trouble| gone(trouble, &session));
        if let Some(why) = gone {
            // Nothing was done, and the next attempt begins anew.
            self.kept().remove(&key);
            return Err(Trouble::Nothing(why.to_owned()));
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

/// Why a server is no longer spoken with as before, where a refusal shows that.
fn gone(trouble: &Trouble, session: &Session) -> Option<&'static str> {
    let Trouble::Refused(status, detail) = trouble else { return None };
    match (session.is_stateless(), *status, detail["code"].as_i64()) {
        (false, 404, _) => Some("the session had ended"),
        (true, _, Some(UNSUPPORTED)) => Some("it does not speak this revision of MCP any more"),
        (true, _, Some(revision::HEADER_MISMATCH)) => Some("it takes other headers than its list of tools says"),
        (true, 404, None) => Some("it answered 404"),
        (_, _, _) => None,
    }
}

/// One side of a conversation.
pub(super) struct Talk<'a> {
    pub client: &'a Client,
    pub place: &'a Place<'a>,
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
        let session = match self.place.revision {
            Some(Revision::Handshake(version)) => self.handshake(Session::new(Revision::Handshake(version))).await?,
            Some(Revision::Stateless) => {
                let session = Session::new(Revision::Stateless);
                revision::pinned(self.discover(&session).await?)?;
                session
            }
            None => {
                let session = Session::new(Revision::Stateless);
                match self.discover(&session).await? {
                    Some(Revision::Stateless) => session,
                    Some(known) => self.handshake(Session { revision: known, ..session }).await?,
                    None => {
                        let revision = Revision::Handshake(Revision::NEWEST_HANDSHAKE);
                        self.handshake(Session { revision, ..session }).await?
                    }
                }
            }
        };
        self.listed(session).await
    }

    /// Which revision a server speaks; none where it does not know the question, as those with a handshake do not.
    async fn discover(&self, session: &Session) -> Result<Option<Revision>, Trouble> {
        let mut fell = StatusCode::OK;
        for asked in 0..DISCOVERED_MAX {
            if asked > 0 {
                tokio::time::sleep(Duration::from_millis(DISCOVERED_AGAIN_MS).min(self.place.time / 10)).await;
            }
            let body = self.asks(session, session.next(), "server/discover", json!({}));
            let until = Instant::now() + self.place.time;
            let response = self.sent(Some(session), &body, false).await?;
            fell = response.status();
            // Who is only busy says so.
            if !fell.is_server_error() || fell == StatusCode::SERVICE_UNAVAILABLE {
                return chosen(self.taken(Some(session), &body, response, until, false).await.map(|(said, _)| said));
            }
        }
        match self.place.revision {
            // Some fall over what they do not know, each time that they are asked.
            None => Ok(None),
            // Another is not spoken with it.
            Some(_) => Err(Trouble::Nothing(format!("it answered {}", fell.as_u16()))),
        }
    }

    /// A session that a server has agreed to.
    async fn handshake(&self, session: Session) -> Result<Session, Trouble> {
        let asked = session.revision.name();
        let body = request(session.next(), "initialize", hello(asked));
        let (said, id) = self.exchange(None, &body, false).await?;
        let revision = revision::shaken(&said, asked, self.place.revision.is_some())?;
        let session = Session { revision, id, ..session };
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        self.exchange(Some(&session), &ready, false).await?;
        Ok(session)
    }

    /// The same with the tools that there are now.
    async fn listed(&self, session: Session) -> Result<Session, Trouble> {
        let (tools, fresh) = self.tools(&session).await?;
        Ok(Session { tools, fresh, listed: Instant::now(), ..session })
    }

    /// The session with the tools that there are now; another where this one is no longer taken.
    async fn looked(&self, session: Session) -> Result<Session, Trouble> {
        let look = async {
            match self.listed(session).await {
                Err(Trouble::Refused(..)) => self.begin().await,
                listed => listed,
            }
        };
        self.in_time(look).await
    }

    /// The tools of a server, and how long the list counts: as long as it says, within bounds.
    async fn tools(&self, session: &Session) -> Result<(Vec<Tool>, Duration), Trouble> {
        let (mut tools, mut cursor, mut bytes, mut fresh_ms) = (Vec::new(), json!({}), 0, LISTED_MS_MAX);
        for _ in 0..PAGES_MAX {
            let body = self.asks(session, session.next(), "tools/list", cursor);
            let (page, _) = self.exchange(Some(session), &body, false).await?;
            bytes += page.to_string().len();
            if bytes > TOOLS_BYTES_MAX {
                return Err(Trouble::Nothing("it says more of its tools than is kept".to_owned()));
            }
            tools.extend(Tool::page(&page).into_iter().filter(|tool| !session.is_stateless() || is_sound(tool)));
            if let Some(ms) = page.get("ttlMs").and_then(Value::as_i64).filter(|_| session.is_stateless()) {
                fresh_ms = fresh_ms.min(u64::try_from(ms).unwrap_or_default());
            }
            match page.get("nextCursor").and_then(Value::as_str) {
                Some(next) => cursor = json!({"cursor": next}),
                None => return Ok((tools, Duration::from_millis(fresh_ms))),
            }
        }
        Err(Trouble::Nothing("it has more pages of tools than are read".to_owned()))
    }

    /// A request as the revision wants it.
    fn asks(&self, session: &Session, id: u64, method: &str, params: Value) -> Value {
        let params = if session.is_stateless() { stateless::dressed(params) } else { params };
        request(id, method, params)
    }

    async fn tool(&self, session: &Session, tool: &str, args: &Value) -> Result<Value, Trouble> {
        let id = session.next();
        let body = self.asks(session, id, "tools/call", json!({"name": tool, "arguments": args}));
        let answered = self.exchange(Some(session), &body, true).await;
        // Without a handshake, to let go of the answer is to cancel (2026-07-28, cancellation).
        if session.is_stateless() {
            return answered.and_then(|(result, _)| stateless::complete(result, true));
        }
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
        let until = Instant::now() + self.place.time;
        let response = self.sent(session, body, acts).await?;
        self.taken(session, body, response, until, acts).await
    }

    async fn sent(&self, session: Option<&Session>, body: &Value, acts: bool) -> Result<Response, Trouble> {
        match self.post(session, body).timeout(self.place.time).send().await {
            Ok(response) => Ok(response),
            Err(error) if error.is_connect() => Err(Trouble::Nothing("it cannot be reached".to_owned())),
            Err(error) if error.is_timeout() => Err(left_open(LATE, acts)),
            Err(_) => Err(left_open("the connection broke before it had answered", acts)),
        }
    }

    /// What an answer says to a message.
    async fn taken(
        &self,
        session: Option<&Session>,
        body: &Value,
        response: Response,
        until: Instant,
        acts: bool,
    ) -> Result<(Value, Option<String>), Trouble> {
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
            500..=599 => return Err(left_open(&format!("it answered {status}"), acts)),
            _ => {
                // Who is not let in is told so by the status, whatever else stands there.
                let tells = session.is_some_and(Session::is_stateless) && !matches!(status, 401 | 403);
                let said = if tells { error_of(response).await } else { None };
                let plain = || Trouble::Refused(status, json!(refusal(status, &self.challenge())));
                return Err(said.and_then(|message| result_of(message, acts).err()).unwrap_or_else(plain));
            }
        }
        let awaited = Awaited { talk: self, session, id: &body["id"], until };
        let message = awaited.answer(response).await.map_err(|why| left_open(why, acts))?;
        result_of(message, acts).map(|result| (result, named))
    }

    pub(super) fn post(&self, session: Option<&Session>, body: &Value) -> RequestBuilder {
        let mut request = self.headed(self.client.post(self.place.url.clone()), session);
        if let Some(session) = session.filter(|session| session.is_stateless()) {
            let (method, params) = (body["method"].as_str().unwrap_or_default(), &body["params"]);
            for (name, value) in stateless::headers(method, params) {
                request = request.header(name, value);
            }
            let tool = session.tools.iter().find(|tool| params["name"] == tool.name.as_str());
            let mirrored = tool.and_then(|tool| stateless::mirrored(&tool.input, &params["arguments"]).ok());
            for (name, value) in mirrored.into_iter().flatten() {
                request = request.header(name, value);
            }
        }
        request.header("content-type", "application/json").body(body.to_string())
    }

    /// With what all requests of a session have. The revision without sessions says itself with each request.
    pub(super) fn headed(&self, request: RequestBuilder, session: Option<&Session>) -> RequestBuilder {
        let mut request = request.header("accept", "application/json, text/event-stream");
        if let Some((name, value)) = &self.place.credential {
            request = request.header(name, value);
        }
        if let Some(session) = session.filter(|session| !session.is_stateless()) {
            request = request.header("mcp-protocol-version", session.revision.name());
            if let Some(id) = &session.id {
                request = request.header("mcp-session-id", id);
            }
        }
        request
    }
}

/// Whether a tool can be called over HTTP: one that wants arguments in headers that cannot be told is none (2026-07-28,
/// custom headers).
fn is_sound(tool: &Tool) -> bool {
    let told = stateless::mirrored(&tool.input, &Value::Null);
    if let Err(why) = &told {
        tracing::warn!(tool = %tool.name, %why, "an MCP server's tool is left out");
    }
    told.is_ok()
}

/// The error in a body whose status is no success.
async fn error_of(mut response: Response) -> Option<Value> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > MESSAGE_BYTES_MAX {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).ok().filter(|message: &Value| message["error"]["code"].is_i64())
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
