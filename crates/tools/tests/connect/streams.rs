//! An MCP server that ends its streams before it has answered, and asks questions of its own: the call is made once, and
//! what came of it is found out.

use super::echo::World;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use baton_tools::Called;
use baton_tools::mcp::pinned::files;
use baton_tools::mcp::{Server, tools};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long the server wants to be left alone, milliseconds.
const RETRY_MS: u64 = 120;

#[derive(Default)]
struct Slow {
    ids: Vec<Value>,
    calls: Vec<Value>,
    replies: Vec<Value>,
    ended: u32,
    cut: Option<Instant>,
    waited: Vec<Duration>,
    /// How often the stream ends before it has answered.
    ends: u32,
    /// It does not know the stream any more.
    forgets: bool,
    /// It begins its answer, and goes on for ever.
    hangs: bool,
    cancelled: Vec<Value>,
}

type Shared = Arc<Mutex<Slow>>;

fn events(text: String) -> Response {
    ([("content-type", "text/event-stream"), ("mcp-session-id", "s1")], text).into_response()
}

/// What a stream says at its `turn`: questions, and that it goes on later; or the answer to the call.
fn part(slow: &mut Slow, turn: u32) -> Response {
    if slow.ends > 0 {
        slow.ends -= 1;
        slow.cut = Some(Instant::now());
        let ping = json!({"jsonrpc": "2.0", "id": "are you there", "method": "ping"});
        let asks = json!({"jsonrpc": "2.0", "id": 99, "method": "elicitation/create", "params": {}});
        return events(format!("id: e{turn}\nretry: {RETRY_MS}\ndata: \n\ndata: {ping}\n\ndata: {asks}\n\n"));
    }
    let result = json!({"content": [{"type": "text", "text": "{\"found\": 1}"}]});
    let answer = json!({"jsonrpc": "2.0", "id": slow.calls.last().unwrap()["id"], "result": result});
    events(format!("id: end\ndata: {answer}\n\n"))
}

async fn said(State(slow): State<Shared>, body: String) -> Response {
    let message: Value = serde_json::from_str(&body).unwrap();
    let mut slow = slow.lock().unwrap();
    if message["method"].is_null() {
        slow.replies.push(message);
        return StatusCode::ACCEPTED.into_response();
    }
    if !message["id"].is_null() {
        slow.ids.push(message["id"].clone());
    }
    let result = match message["method"].as_str().unwrap() {
        "initialize" => {
            slow.ids = vec![message["id"].clone()];
            json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}})
        }
        "tools/list" => {
            json!({"tools": [{"name": "find", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]})
        }
        "tools/call" => {
            slow.calls.push(message.clone());
            if slow.hangs {
                let nothing = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
                return ([("content-type", "text/event-stream")], nothing).into_response();
            }
            return part(&mut slow, 1);
        }
        "notifications/cancelled" => {
            slow.cancelled.push(message["params"].clone());
            return StatusCode::ACCEPTED.into_response();
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    let text = json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string();
    ([("content-type", "application/json"), ("mcp-session-id", "s1")], text).into_response()
}

async fn again(State(slow): State<Shared>, headers: HeaderMap) -> Response {
    let mut slow = slow.lock().unwrap();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.strip_prefix('e')?.parse::<u32>().ok());
    let known = headers.get("mcp-session-id").is_some_and(|id| id == "s1");
    let Some(last) = last.filter(|_| known && !slow.forgets) else { return StatusCode::NOT_FOUND.into_response() };
    let waited = slow.cut.unwrap().elapsed();
    slow.waited.push(waited);
    part(&mut slow, last + 1)
}

async fn ended(State(slow): State<Shared>) -> StatusCode {
    slow.lock().unwrap().ended += 1;
    StatusCode::NO_CONTENT
}

/// The server, and a door to it whose calls may take so long, milliseconds.
async fn world(timeout_ms: u32) -> (Shared, World) {
    let slow = Shared::default();
    let app = Router::new().route("/mcp", post(said).get(again).delete(ended)).with_state(Arc::clone(&slow));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let pinned = tools(&Server::Http(address.parse().unwrap()), None, None, Duration::from_secs(5)).await.unwrap();
    let files = files("slow", &format!("base_url: {address}\nattempts: 1\ntimeout_ms: {timeout_ms}"), &pinned);
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    (slow, World::new(&files).await)
}

#[tokio::test]
async fn a_server_is_told_that_a_call_is_not_waited_for_any_more() {
    let (slow, world) = world(2000).await;
    slow.lock().unwrap().hangs = true;
    let called = world.call("slow_find", json!({})).await;
    assert!(matches!(&called, Called::Unreachable { why } if why.contains("in time")), "{called:?}");
    for _ in 0..100 {
        let (cancelled, asked) = {
            let slow = slow.lock().unwrap();
            (slow.cancelled.clone(), slow.calls[0]["id"].clone())
        };
        if let Some(told) = cancelled.first() {
            assert_eq!((&told["requestId"], cancelled.len()), (&asked, 1));
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the server was not told");
}

#[tokio::test]
async fn a_stream_that_ends_before_its_answer_is_taken_up_again_and_the_call_is_made_once() {
    let (slow, world) = world(8000).await;
    assert_eq!(slow.lock().unwrap().ended, 1, "whoever only looked leaves no session behind");

    slow.lock().unwrap().ends = 2;
    assert_eq!(world.done("slow_find", json!({})).await, json!({"found": 1}));
    assert_eq!(world.done("slow_find", json!({"again": true})).await, json!({"found": 1}));
    {
        let slow = slow.lock().unwrap();
        assert_eq!((slow.calls.len(), slow.waited.len()), (2, 2));
        let (there, nothing): (Vec<_>, Vec<_>) = slow.replies.iter().partition(|reply| reply["id"] == "are you there");
        assert!(there.len() == 2 && there.iter().all(|reply| reply["result"] == json!({})), "{there:?}");
        assert!(nothing.len() == 2 && nothing.iter().all(|reply| reply["error"]["code"] == -32601), "{nothing:?}");
        assert!(slow.waited.iter().all(|waited| *waited >= Duration::from_millis(RETRY_MS)), "{:?}", slow.waited);
        let mut ids: Vec<String> = slow.ids.iter().map(Value::to_string).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), slow.ids.len(), "no id twice in a session: {ids:?}");
    }

    // What cannot be found out is not called done, nor undone.
    slow.lock().unwrap().ends = 1;
    slow.lock().unwrap().forgets = true;
    let called = world.call("slow_find", json!({"again": false})).await;
    assert!(!matches!(called, Called::Done { .. } | Called::Refused { .. }), "{called:?}");
}
