//! For the conformance suites of MCP and A2A: a system with the suite's fixture tools, and gates that add a token, because
//! the suites bring none.
//!
//! `baton-test-everything system`, `baton-test-everything gate BATON_URL CLIENT TOKEN` for MCP and, for A2A,
//! `baton-test-everything a2a-gate BATON_URL CLIENT TOKEN [fresh-ids]`, which gives every message an id of its own where that
//! is asked for. Each prints its address and serves until its standard input ends.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for tests may")]

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use reqwest::{Client, header};
use serde_json::{Value, json};
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";
/// No sound at all.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

/// Calls of tools so far, for those who want to know whether each came here.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// The tools as the fixture release pins them.
const TOOLS: &str = include_str!("../../../../tests/conformance/blueprints/through/connectors/everything.tools.json");

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["system"] => {
            let calls = get(|| async { Json(CALLS.load(Ordering::Relaxed)) });
            Router::new().route("/tools/{name}", post(tool)).route("/mcp", post(upstream)).route("/calls", calls)
        }
        ["gate", url, client, token] => {
            let gate = Gate {
                http: Client::builder().no_proxy().build().unwrap(),
                to: format!("{url}/mcp/{client}"),
                token: format!("Bearer {token}"),
            };
            Router::new().route("/mcp", any(pass)).with_state(gate)
        }
        ["a2a-gate", url, client, token, ref rest @ ..] => {
            let gate = A2aGate {
                http: Client::builder().no_proxy().build().unwrap(),
                to: format!("{url}/a2a/{client}"),
                here: address.clone(),
                token: format!("Bearer {token}"),
                fresh_ids: rest.contains(&"fresh-ids"),
                sent: Arc::default(),
            };
            Router::new().fallback(pass_a2a).with_state(gate)
        }
        _ => panic!("say `system`, `gate BATON_URL CLIENT TOKEN`, or `a2a-gate BATON_URL CLIENT TOKEN [fresh-ids]`"),
    };
    println!("{address}");
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()).unwrap()).await.unwrap();
    // The runtime would wait for open streams.
    std::process::exit(0);
}

/// What a fixture tool answers.
async fn tool(Path(name): Path<String>) -> Response {
    Json(said(&name)).into_response()
}

fn said(name: &str) -> Value {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let text = |text: &str| json!({"type": "text", "text": text});
    let image = json!({"type": "image", "data": PNG, "mimeType": "image/png"});
    let resource = |uri: &str, media: &str, text: &str| json!({"type": "resource", "resource": {"uri": uri, "mimeType": media, "text": text}});
    let content = match name {
        "test_simple_text" => json!([text("This is a simple text response for testing.")]),
        "test_image_content" => json!([image]),
        "test_audio_content" => json!([{"type": "audio", "data": WAV, "mimeType": "audio/wav"}]),
        "test_embedded_resource" => {
            json!([resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")])
        }
        "test_multiple_content_types" => json!([
            text("Multiple content types test:"),
            image,
            resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
        ]),
        "test_error_handling" => {
            let said = json!([text("This tool intentionally returns an error for testing")]);
            return json!({"content": said, "isError": true});
        }
        other => json!([text(&format!("{other} has been called"))]),
    };
    json!({ "content": content })
}

/// The same tools as an MCP server (2025-11-25) has them, to be called through the door.
async fn upstream(Json(message): Json<Value>) -> Response {
    let params = &message["params"];
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
            "serverInfo": {"name": "everything", "version": "1"},
        }),
        "tools/list" => serde_json::from_str(TOOLS).unwrap(),
        "tools/call" => said(params["name"].as_str().unwrap_or_default()),
        _ => return axum::http::StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}

#[derive(Clone)]
struct Gate {
    http: Client,
    to: String,
    token: String,
}

/// The same request with a token; the answer as it comes.
async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.insert(header::AUTHORIZATION, gate.token.parse().unwrap());
    headers.remove(header::CONTENT_LENGTH);
    answer(gate.http.request(parts.method, &gate.to).headers(headers).body(body)).await
}

async fn answer(request: reqwest::RequestBuilder) -> Response {
    match request.send().await {
        Ok(answer) => {
            let mut response = Response::builder().status(answer.status());
            for (name, value) in answer.headers() {
                if name != header::TRANSFER_ENCODING && name != header::CONNECTION {
                    response = response.header(name, value);
                }
            }
            response.body(Body::from_stream(answer.bytes_stream())).unwrap()
        }
        Err(error) => {
            let problem: Value = json!({"why": error.to_string()});
            (axum::http::StatusCode::BAD_GATEWAY, Json(problem)).into_response()
        }
    }
}

#[derive(Clone)]
struct A2aGate {
    http: Client,
    to: String,
    here: String,
    token: String,
    fresh_ids: bool,
    sent: Arc<AtomicU64>,
}

/// The same request with a token, and the card with this gate's address in it.
async fn pass_a2a(State(gate): State<A2aGate>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    if gate.fresh_ids
        && let Ok(mut said) = serde_json::from_slice::<Value>(&body)
    {
        gate.number(&mut said);
        body = said.to_string().into_bytes();
    }
    let mut headers = parts.headers;
    headers.insert(header::AUTHORIZATION, gate.token.parse().unwrap());
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let to = if path == "/" { gate.to.clone() } else { format!("{}{path}", gate.to) };
    let is_card = path.contains("agent-card") || path.contains("extendedAgentCard");
    let sent = gate.http.request(parts.method, to).headers(headers).body(body);
    let answered = answer(sent).await;
    if !is_card {
        return answered;
    }
    let (mut parts, body) = answered.into_parts();
    let card = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    parts.headers.remove(header::CONTENT_LENGTH);
    let card = String::from_utf8_lossy(&card).replace(&gate.to, &gate.here);
    Response::from_parts(parts, Body::from(card))
}

impl A2aGate {
    /// The message gets an id that no other has, wherever it stands.
    fn number(&self, said: &mut Value) {
        for place in ["/message/messageId", "/params/message/messageId"] {
            if let Some(Value::String(id)) = said.pointer_mut(place) {
                id.push_str(&format!("-{}", self.sent.fetch_add(1, Ordering::Relaxed)));
            }
        }
    }
}
