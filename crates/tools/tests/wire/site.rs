//! A server on loopback that answers as servers do: well, badly, slowly, and only to whom it knows.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use base64::Engine as _;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Clone, Default)]
pub struct Site {
    pub address: String,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self { address: format!("http://{}", listener.local_addr().unwrap()), seen: Arc::default() };
        let app = Router::new()
            .route("/pets/{id}", get(pet))
            .route("/text", get(|| async { "plain" }))
            .route("/bytes", get(|| async { ([(header::CONTENT_TYPE, "image/png")], vec![1_u8, 2, 255]) }))
            .route("/not-json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], "{oops") }))
            .route("/moved", get(|| async { Redirect::to("/pets/1") }))
            .route("/round", get(|| async { Redirect::to("/round") }))
            .route("/elsewhere", get(|| async { Redirect::to("http://192.0.2.1/") }))
            .route("/huge", get(|| async { vec![b'x'; 3 * 1024 * 1024] }))
            .route("/slow", any(slow))
            .route("/cut", any(cut))
            .route("/echo", any(echo))
            .route("/basic", get(basic))
            .route("/digest", get(digest))
            .route("/bearer", get(bearer))
            .route("/oauth2/token", post(token))
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/openapi.json", get(openapi))
            .route("/mcp", post(mcp))
            .route("/card", get(card))
            .route("/agent", post(agent))
            .with_state(site.clone())
            .layer(axum::middleware::from_fn_with_state(site.clone(), note));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        site
    }

    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }
}

async fn note(State(site): State<Site>, request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    site.seen.lock().unwrap().push(Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    });
    next.run(axum::extract::Request::from_parts(parts, bytes.into())).await
}

async fn pet(Path(id): Path<String>) -> Response {
    if id == "9" {
        let problem = json!({"title": "Not found", "detail": "there is no pet 9"});
        return (StatusCode::NOT_FOUND, Json(problem)).into_response();
    }
    Json(json!({"id": id, "name": "Milou"})).into_response()
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(90)).await;
    "late"
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let shown: HashMap<String, String> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Json(json!({
        "method": method.as_str(),
        "query": uri.query(),
        "headers": shown,
        "body": String::from_utf8_lossy(&body),
    }))
}

fn authorization(headers: &HeaderMap) -> &str {
    headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default()
}

async fn basic(headers: HeaderMap) -> StatusCode {
    let wanted = base64::engine::general_purpose::STANDARD.encode("ada:s3cret");
    if authorization(&headers) == format!("Basic {wanted}") { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
}

async fn bearer(headers: HeaderMap) -> Response {
    match authorization(&headers) {
        "Bearer token-1" if headers.contains_key("x-revoked") => StatusCode::UNAUTHORIZED.into_response(),
        "Bearer s3cret" | "Bearer token-1" => Json(json!({"in": true})).into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn digest(headers: HeaderMap) -> Response {
    use md5::Digest as _;
    let hash = |text: String| md5::Md5::digest(text).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let said = authorization(&headers).to_owned();
    let part = |name: &str| {
        let after = said.split_once(&format!("{name}=\"")).map(|(_, after)| after).unwrap_or_default();
        after.split('"').next().unwrap_or_default().to_owned()
    };
    let secret = hash("ada:pets:s3cret".to_owned());
    let request = hash("GET:/digest".to_owned());
    let wanted = hash(format!("{secret}:n1:00000001:{}:auth:{request}", part("cnonce")));
    if part("response") == wanted {
        return Json(json!({"in": true})).into_response();
    }
    let challenge = "Digest realm=\"pets\", nonce=\"n1\", qop=\"auth\"";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

async fn token(body: String) -> Response {
    let good = body.contains("client_id=baton") && body.contains("client_secret=s3cret");
    if !good {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_client"}))).into_response();
    }
    Json(json!({"access_token": "token-1", "token_type": "bearer", "expires_in": 3600})).into_response()
}

async fn discovery(State(site): State<Site>) -> Json<Value> {
    Json(json!({"issuer": site.address, "token_endpoint": format!("{}/oauth2/token", site.address)}))
}

async fn openapi() -> Json<Value> {
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    Json(json!({
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets/{id}": {"get": {"operationId": "getPet", "parameters": [id]}},
            "/echo": {"post": {"operationId": "addPet",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}},
        },
    }))
}

async fn mcp(Query(how): Query<HashMap<String, String>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if headers.get("mcp-protocol-version").is_some_and(|version| version == "2026-07-28") {
        return alone(&headers, &body);
    }
    let id = body["id"].clone();
    let result = match body["method"].as_str().unwrap_or_default() {
        "initialize" => {
            let answer = json!({"jsonrpc": "2.0", "id": id, "result": {
                "protocolVersion": body["params"]["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": "pets", "version": "1"},
            }});
            return ([("mcp-session-id", "session-1")], Json(answer)).into_response();
        }
        "notifications/initialized" => return StatusCode::ACCEPTED.into_response(),
        _ if headers.get("mcp-session-id").is_none_or(|v| v != "session-1") => {
            return StatusCode::BAD_REQUEST.into_response();
        }
        "tools/list" => json!({"tools": [{"name": "feed"}]}),
        "tools/call" if body["params"]["name"] == "bite" => {
            json!({"isError": true, "content": [{"type": "text", "text": "it bites"}]})
        }
        "tools/call" => {
            json!({"content": [{"type": "text", "text": "fed"}], "structuredContent": body["params"]["arguments"]})
        }
        "resources/read" => json!({"contents": [{"uri": body["params"]["uri"], "text": "notes"}]}),
        _ => {
            let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no such method"}});
            return Json(error).into_response();
        }
    };
    let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
    if how.contains_key("stream") {
        let events =
            format!(": hi\n\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}}\n\ndata: {answer}\n\n");
        // The stream stays open after the answer, as servers may keep it.
        let open = futures::StreamExt::chain(
            futures::stream::once(async move { Ok::<_, std::io::Error>(events) }),
            futures::stream::pending(),
        );
        return ([(header::CONTENT_TYPE, "text/event-stream")], axum::body::Body::from_stream(open)).into_response();
    }
    Json(answer).into_response()
}

/// The same server asked without a session: a request whose headers do not say what its body says is refused.
fn alone(headers: &HeaderMap, body: &Value) -> Response {
    let said = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let (method, params) = (body["method"].as_str().unwrap(), &body["params"]);
    let is_told = |value: &Value, header: &str| said(header).parse::<Value>().is_ok_and(|told| told == *value);
    let named = method != "tools/call"
        || (params["name"] == said("mcp-name") && is_told(&params["arguments"]["kg"], "mcp-param-kg"));
    let version = &params["_meta"]["io.modelcontextprotocol/protocolVersion"];
    if method != said("mcp-method") || *version != "2026-07-28" || !named || headers.contains_key("mcp-session-id") {
        let error = json!({"code": -32020, "message": "Header mismatch"});
        let answer = json!({"jsonrpc": "2.0", "id": body["id"], "error": error});
        return (StatusCode::BAD_REQUEST, Json(answer)).into_response();
    }
    let kg = json!({"type": "integer", "x-mcp-header": "kg"});
    let result = match method {
        "tools/list" => json!({"resultType": "complete", "ttlMs": 0, "cacheScope": "private",
            "tools": [{"name": "feed", "inputSchema": {"type": "object", "properties": {"kg": kg}}}]}),
        "tools/call" if params["arguments"]["kg"] == 99 => json!({"resultType": "input_required", "requestState": "x"}),
        "tools/call" => json!({"resultType": "complete", "content": [], "structuredContent": params["arguments"]}),
        _ => {
            let error = json!({"code": -32601, "message": "no such method"});
            let answer = json!({"jsonrpc": "2.0", "id": body["id"], "error": error});
            return (StatusCode::NOT_FOUND, Json(answer)).into_response();
        }
    };
    Json(json!({"jsonrpc": "2.0", "id": body["id"], "result": result})).into_response()
}

async fn card(State(site): State<Site>) -> Json<Value> {
    Json(json!({"name": "Pets", "url": format!("{}/agent", site.address), "protocolVersion": "0.3.0"}))
}

async fn agent(Json(body): Json<Value>) -> Response {
    let answer = |result: Value| json!({"jsonrpc": "2.0", "id": body["id"], "result": result});
    match body["method"].as_str().unwrap_or_default() {
        "message/send" => {
            Json(answer(json!({"kind": "message", "parts": body["params"]["message"]["parts"]}))).into_response()
        }
        "message/stream" => {
            let events: String = ["working", "completed"]
                .map(|state| format!("data: {}\n\n", answer(json!({"status": {"state": state}}))))
                .concat();
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        _ => Json(json!({"jsonrpc": "2.0", "id": body["id"], "error": {"code": -32001, "message": "no such task"}}))
            .into_response(),
    }
}

async fn cut() -> &'static str {
    panic!("the connection breaks")
}
