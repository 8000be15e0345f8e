//! `call: mcp`: a method of an MCP server over streamable HTTP, in a session of its own, or without one where the process
//! asks for a revision that has none.

use super::exchange::{Answer, Exchange, Stream, url};
use super::going::Going;
use super::{Fault, Told, answer, auth, http, rpc};
use crate::mcp::{revision, stateless};
use baton_engine::{ErrorDoc, ErrorKind, McpCall};
use serde_json::{Value, json};

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
/// Pages of a list of tools, count.
const PAGES_MAX: usize = 50;

pub(crate) async fn call(going: &mut Going, call: &McpCall) -> Told {
    let mut base = Exchange { method: "POST".to_owned(), ..Exchange::get(url(&call.endpoint.uri)?) };
    base.header("accept", "application/json, text/event-stream", false)?;
    if let Some(ms) = call.timeout_ms.and_then(|ms| u64::try_from(ms).ok()) {
        base.ms_max = base.ms_max.min(ms.max(1));
    }
    http::headers(going, &mut base, &call.headers).await?;
    auth::authorize(going, &mut base, call.endpoint.authentication.as_ref()).await?;
    let result = match call.protocol_version == revision::STATELESS {
        true => ask_alone(going, call, &base).await?,
        false => {
            let session = open(going, call, &mut base).await?;
            let answered = ask(going, call, &call.parameters, &base).await;
            if session {
                close(going, &base).await;
            }
            answered?
        }
    };
    if call.method == "tools/call" && result.get("isError") == Some(&Value::Bool(true)) {
        let detail = format!("the tool says no: {}", said(&result));
        return Err(ErrorDoc::standard(ErrorKind::Communication, detail).into());
    }
    Ok(result)
}

/// Says who is there and what version is spoken; true where the server keeps a session.
async fn open(going: &mut Going, call: &McpCall, base: &mut Exchange) -> Told<bool> {
    let hello = json!({
        "protocolVersion": call.protocol_version,
        "capabilities": {},
        "clientInfo": {"name": "baton", "version": env!("CARGO_PKG_VERSION")},
    });
    let id = "initialize";
    let exchange = Exchange { stream: Some(Stream::Until(id.to_owned())), ..base.clone() };
    let exchange = exchange.json(&rpc::request(id, "initialize", &hello));
    let answered = going.exchange(&exchange).await?;
    let server = good(&exchange, &answered).and_then(|()| rpc::result(&exchange, &answered, id))?;
    let spoken = server.get("protocolVersion").and_then(Value::as_str).unwrap_or(&call.protocol_version);
    base.header(VERSION, spoken, false)?;
    let session = answered.header(SESSION).map(str::to_owned);
    if let Some(session) = &session {
        base.header(SESSION, session, true)?;
    }
    let ready = base.clone().json(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let answered = going.exchange(&ready).await?;
    good(&ready, &answered)?;
    Ok(session.is_some())
}

/// One request that says all of itself (MCP 2026-07-28).
async fn ask_alone(going: &mut Going, call: &McpCall, base: &Exchange) -> Told {
    let params = stateless::dressed(call.parameters.clone());
    let mut base = base.clone();
    if call.method == "tools/call" {
        mirror(going, call, &mut base).await?;
    }
    for (name, value) in stateless::headers(&call.method, &params) {
        base.header(name, &value, false)?;
    }
    let result = ask(going, call, &params, &base).await?;
    match result.get("resultType").and_then(Value::as_str) {
        None | Some("complete") => Ok(result),
        Some("input_required") => Err(Fault::of(
            ErrorKind::Communication,
            "the server asks for something before it goes on; nobody answers it",
        )),
        Some(_) => Err(Fault::garbled("the server's result is of a type that Baton does not know")),
    }
}

/// Adds the arguments that the tool wants in headers too. Which these are, its server's list says.
async fn mirror(going: &mut Going, call: &McpCall, base: &mut Exchange) -> Told<()> {
    let (id, method) = ("tools", "tools/list");
    let mut params = stateless::dressed(Value::Null);
    for _ in 0..PAGES_MAX {
        let mut exchange = Exchange { stream: Some(Stream::Until(id.to_owned())), ..base.clone() };
        for (name, value) in stateless::headers(method, &params) {
            exchange.header(name, &value, false)?;
        }
        let exchange = exchange.json(&rpc::request(id, method, &params));
        let answered = going.exchange(&exchange).await?;
        let page = rpc::result(&exchange, &answered, id)?;
        let mut tools = page.get("tools").and_then(Value::as_array).into_iter().flatten();
        if let Some(tool) = tools.find(|tool| tool["name"] == call.parameters["name"]) {
            let mirrored = stateless::mirrored(&tool["inputSchema"], &call.parameters["arguments"]);
            for (name, value) in mirrored.map_err(Fault::garbled)? {
                base.header(&name, &value, false)?;
            }
            return Ok(());
        }
        match page.get("nextCursor") {
            Some(Value::String(next)) => params["cursor"] = json!(next),
            // The server itself says what it does not have.
            Some(_) | None => return Ok(()),
        }
    }
    Ok(())
}

async fn ask(going: &mut Going, call: &McpCall, params: &Value, base: &Exchange) -> Told {
    let id = going.cx.call.to_string();
    let writes = call.method == "tools/call";
    let stream = Some(Stream::Until(id.clone()));
    let exchange = Exchange { writes, repeatable: !writes, stream, ..base.clone() };
    let exchange = exchange.json(&rpc::request(&id, &call.method, params));
    let answered = going.exchange(&exchange).await?;
    rpc::result(&exchange, &answered, &id)
}

/// Politeness only: a server may refuse to end a session, and the egress list may not know the method.
async fn close(going: &mut Going, base: &Exchange) {
    let exchange = Exchange { method: "DELETE".to_owned(), ..base.clone() };
    if going.terms(&exchange).is_some() {
        let _ = going.exchange(&exchange).await;
    }
}

fn good(exchange: &Exchange, answered: &Answer) -> Told<()> {
    if (200..300).contains(&answered.status) { Ok(()) } else { Err(answer::error(exchange, answered)) }
}

/// The text parts of a tool's result.
fn said(result: &Value) -> String {
    let parts = result.get("content").and_then(Value::as_array).into_iter().flatten();
    let texts: Vec<&str> = parts.filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    answer::words(&Value::from(texts.join(" ")))
}
