//! The HTTP side of the books: reading a call, answering with a result or a problem document, and `/_…`.

use super::{Books, Effect, Faults, Refusal, SharedFaults, System};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use baton_base::{Clock, SystemClock, digest_of};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Largest request body, in bytes.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Most effects in one answer of `/_effects`.
const EFFECTS_PAGE_MAX: usize = 10_000;

/// Marks an answer that must never be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silent;

/// One system as its HTTP handlers see it.
pub struct Shared<S: System> {
    books: Arc<Mutex<Books<S>>>,
    faults: SharedFaults,
}

impl<S: System> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self { books: Arc::clone(&self.books), faults: self.faults.clone() }
    }
}

impl<S: System> Shared<S> {
    /// A system with its books and faults.
    pub fn new(books: Books<S>, faults: SharedFaults) -> Self {
        Self { books: Arc::new(Mutex::new(books)), faults }
    }
    /// The books, for the length of one call.
    pub fn books(&self) -> MutexGuard<'_, Books<S>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The faults.
    pub fn faults(&self) -> &SharedFaults {
        &self.faults
    }
}

/// A problem document (RFC 9457).
pub fn problem(status: u16, title: &str, detail: &str) -> Value {
    json!({ "type": "about:blank", "status": status, "title": title, "detail": detail })
}

fn send(status: u16, body: Value) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (code, Json(body)).into_response();
    if status >= 400 {
        let kind = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// Answers a reading operation.
pub fn read<S: System>(app: &Shared<S>, find: impl FnOnce(&S) -> Result<Value, Refusal>) -> Response {
    match find(app.books().state()) {
        Ok(body) => send(200, body),
        Err(refusal) => send(refusal.status, problem(refusal.status, &refusal.title, &refusal.detail)),
    }
}

/// Answers a writing operation: `path_args` and the JSON body together are its arguments.
pub fn write<S: System>(
    app: &Shared<S>,
    operation: &str,
    path_args: &[(&str, String)],
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let call = match call_of::<S>(operation, path_args, body) {
        Ok(call) => call,
        Err(detail) => return send(422, problem(422, "the request does not fit the operation", &detail)),
    };
    let key = match headers.get("idempotency-key").map(|value| value.to_str()) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => return send(422, problem(422, "bad idempotency key", "use visible ASCII characters")),
    };
    let answer = app.books().perform(key.as_deref(), &call, SystemClock.now_ms());
    let mut response = send(answer.status, answer.body);
    if answer.repeated {
        response.headers_mut().insert("idempotent-replayed", header::HeaderValue::from_static("true"));
    }
    response
}

fn call_of<S: System>(operation: &str, path_args: &[(&str, String)], body: &[u8]) -> Result<S::Call, String> {
    let mut args: Map<String, Value> = serde_json::from_slice(body).map_err(|e| format!("a JSON object: {e}"))?;
    for (name, value) in path_args {
        args.insert((*name).to_owned(), Value::from(value.as_str()));
    }
    serde_json::from_value(json!({ "operation": operation, "args": args })).map_err(|e| e.to_string())
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

/// `/_effects`, `/_state`, `/_reset` and `/_faults`, with the faults laid over `operations`.
pub fn shared_routes<S: System>(app: &Shared<S>, operations: Router) -> Router {
    let hidden = Router::new()
        .route("/_effects", get(effects::<S>))
        .route("/_state", get(digest::<S>))
        .route("/_state/all", get(whole::<S>))
        .route("/_state/{kind}/{id}", get(part::<S>))
        .route("/_reset", post(reset::<S>))
        .route("/_faults", post(change_faults::<S>).get(show_faults::<S>))
        .with_state(app.clone());
    let faulty = operations.layer(axum::middleware::from_fn_with_state(app.faults().clone(), suffer));
    faulty
        .merge(hidden)
        .fallback(|| async { send(404, problem(404, "no such path", "see /openapi.json")) })
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX))
}

async fn suffer(State(faults): State<SharedFaults>, request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/openapi.json") {
        return next.run(request).await;
    }
    let fate = faults.draw();
    if fate.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fate.slow_ms)).await;
    }
    if fate.fails {
        return send(503, problem(503, "not available now", "nothing was done; try again"));
    }
    let mut response = next.run(request).await;
    if fate.silent {
        response.extensions_mut().insert(Silent);
    }
    response
}

async fn effects<S: System>(State(app): State<Shared<S>>, Query(page): Query<Page>) -> Response {
    let limit = page.limit.unwrap_or(EFFECTS_PAGE_MAX).min(EFFECTS_PAGE_MAX);
    let books = app.books();
    let effects: &[Effect] = books.effects(page.after, limit);
    let last = effects.last().map_or(page.after, |effect| effect.seq);
    let more = usize::try_from(last).is_ok_and(|last| last < books.effect_count());
    send(200, json!({ "effects": effects, "total": books.effect_count(), "next_after": more.then_some(last) }))
}

async fn digest<S: System>(State(app): State<Shared<S>>) -> Response {
    let books = app.books();
    send(200, json!({ "digest": digest_of(&books.state().state()), "effects": books.effect_count() }))
}

async fn whole<S: System>(State(app): State<Shared<S>>) -> Response {
    send(200, app.books().state().state())
}

async fn part<S: System>(State(app): State<Shared<S>>, Path((kind, id)): Path<(String, String)>) -> Response {
    match app.books().state().part(&kind, &id) {
        Some(body) => send(200, json!({ "digest": digest_of(&body), "value": body })),
        None => send(404, problem(404, "not found", &format!("there is no '{id}' among '{kind}'"))),
    }
}

async fn reset<S: System>(State(app): State<Shared<S>>) -> Response {
    match app.books().reset(SystemClock.now_ms()) {
        Ok(()) => send(200, json!({ "reset": true })),
        Err(e) => send(500, problem(500, "the journal cannot be written", &e.to_string())),
    }
}

async fn show_faults<S: System>(State(app): State<Shared<S>>) -> Response {
    Json(app.faults().get()).into_response()
}

async fn change_faults<S: System>(State(app): State<Shared<S>>, body: axum::body::Bytes) -> Response {
    let asked = serde_json::from_slice::<Faults>(&body).map_err(|e| e.to_string());
    match asked.and_then(|faults| faults.check().map(|()| faults)) {
        Ok(faults) => {
            app.faults().set(faults);
            Json(faults).into_response()
        }
        Err(detail) => send(422, problem(422, "not a description of faults", &detail)),
    }
}
