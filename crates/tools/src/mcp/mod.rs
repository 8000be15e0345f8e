//! Tools of MCP servers as actions: pinned by a digest of what the server says of them, called over streamable HTTP or in
//! a process of their own that gets nothing but its own folder (`sandbox`).
//!
//! A tool that no longer is what was pinned is not called. Spoken is 2026-07-28, and with servers that do not know it what
//! came before (`revision`).

pub mod access;
mod awaited;
mod http;
pub mod pinned;
pub(crate) mod revision;
pub mod sandbox;
pub(crate) mod stateless;
mod stdio;

pub use pinned::Tool;
pub use revision::Revision;
pub use sandbox::Sandbox;

use crate::catalogue::{Action, Does, Kind};
use crate::http::{Attempt, Http};
use crate::wire::is_metadata_url;
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// Largest message taken in, bytes.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Longest words of an error that are kept, characters.
const WORDS_CHARS_MAX: usize = 500;
/// Longest name of a revision that is repeated, characters.
const NAME_CHARS_MAX: usize = 40;
/// Pages of a list of tools, count.
const PAGES_MAX: usize = 50;

const LATE: &str = "it did not answer in time";
const UNSAID: &str = "it did not answer the request";

/// Where an MCP server is.
#[derive(Debug, Clone, PartialEq)]
pub enum Server {
    /// Streamable HTTP.
    Http(Url),
    /// A program on this machine, and what it may reach there.
    Program(Vec<String>, Sandbox),
}

/// The tool of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its name at the server.
    pub tool: String,
    /// Digest of what was pinned.
    pub pinned: String,
}

/// Makes the calls.
#[derive(Default)]
pub(crate) struct Mcp {
    http: http::Sessions,
    programs: stdio::Known,
}

/// A secret on its way to a server: the name of a header or variable, and its value.
pub(crate) type Credential = Option<(String, String)>;

/// How an exchange with a server went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It did nothing.
    Nothing(String),
    /// It may have done it.
    Unclear(String),
    /// It says no.
    Refused(u16, Value),
}

impl Trouble {
    /// For people.
    fn words(self) -> String {
        match self {
            Self::Nothing(why) | Self::Unclear(why) => why,
            Self::Refused(status, detail) => format!("it says no ({status}): {detail}"),
        }
    }
}

/// What went wrong while nobody knows what the server did; where it cannot have done anything, that.
fn left_open(why: &str, acts: bool) -> Trouble {
    match acts {
        true => Trouble::Unclear(why.to_owned()),
        false => Trouble::Nothing(why.to_owned()),
    }
}

impl Mcp {
    /// One attempt; never fails.
    pub(crate) async fn send(
        &self,
        client: &reqwest::Client,
        action: &Action,
        args: &Value,
        credential: Credential,
        owner: &str,
    ) -> Attempt {
        let (Kind::Mcp(server, revision), Does::Mcp(call)) = (&action.system.kind, &action.does) else {
            return Attempt::Refused { status: 0, detail: json!("this is no MCP server") };
        };
        let told = match server {
            Server::Http(url) => {
                // Two connectors to one server may sign in as two.
                let owner = format!("{owner}\n{}", action.system.name);
                let time = action.system.timeout;
                let place = http::Place { url, credential, owner: &owner, revision: *revision, time };
                self.http.call(client, &place, call, args).await
            }
            Server::Program(command, sandbox) => {
                let (revision, time) = (*revision, action.system.timeout);
                let program = stdio::Program { command, sandbox, credential, revision, time };
                self.programs.call(&program, call, args).await
            }
        };
        match told {
            Ok(result) => outcome(result),
            // The server is not where it was: that says nothing of what was asked for.
            Err(Trouble::Refused(status @ (404 | 410), _)) => {
                let why = format!("{}: it answered {status}", action.system.name);
                Attempt::Nothing { why, status: None, wait_ms: None }
            }
            Err(Trouble::Refused(status, detail)) => Attempt::Refused { status, detail },
            Err(Trouble::Nothing(why)) => {
                Attempt::Nothing { why: format!("{}: {why}", action.system.name), status: None, wait_ms: None }
            }
            Err(Trouble::Unclear(why)) => {
                Attempt::Unclear { why: format!("{}: {why}", action.system.name), status: None }
            }
        }
    }
}

/// All tools of a server, for pinning, in a revision or in the newest that it speaks.
pub async fn tools(
    server: &Server,
    revision: Option<Revision>,
    credential: Option<(String, String)>,
    time: Duration,
) -> Result<Vec<Tool>, String> {
    let listed = match server {
        Server::Http(url) => {
            harmless(url)?;
            let calls = Http::new().map_err(|e| e.to_string())?;
            http::list(calls.client(), &http::Place { url, credential, owner: "", revision, time }).await
        }
        Server::Program(command, sandbox) => {
            stdio::list(&stdio::Program { command, sandbox, credential, revision, time }).await
        }
    };
    listed.map_err(Trouble::words)
}

/// All tools of a server at an address that somebody names; at one inside only where that is said.
pub async fn tools_at(
    url: &Url,
    inside: bool,
    credential: Option<(String, String)>,
    time: Duration,
) -> Result<Vec<Tool>, String> {
    let calls = Http::to_named(url, inside).await?;
    let place = http::Place { url, credential, owner: "", revision: None, time };
    http::list(calls.client(), &place).await.map_err(Trouble::words)
}

fn harmless(url: &Url) -> Result<(), String> {
    match is_metadata_url(url) {
        true => Err("this is an address at which machines are told their secrets; it is never called".to_owned()),
        false => Ok(()),
    }
}

/// One call of a tool that nobody has pinned, in a session of its own: for whoever looks at a server before connecting it.
/// What comes back is the tool's own result.
pub async fn try_tool(
    url: &Url,
    revision: Option<Revision>,
    credential: Option<(String, String)>,
    time: Duration,
    tool: &str,
    args: &Value,
) -> Result<Value, String> {
    harmless(url)?;
    let calls = Http::new().map_err(|e| e.to_string())?;
    let place = http::Place { url, credential, owner: "", revision, time };
    http::once(calls.client(), &place, tool, args).await.map_err(Trouble::words)
}

/// A tool's result as an action's: structured content where there is some, the text where that is all.
fn outcome(result: Value) -> Attempt {
    let parts = result.get("content").and_then(Value::as_array);
    let texts: Vec<&str> = parts.into_iter().flatten().filter_map(|p| p.get("text").and_then(Value::as_str)).collect();
    if result.get("isError") == Some(&json!(true)) {
        let said: String = texts.join(" ").chars().take(500).collect();
        return Attempt::Refused { status: 422, detail: Value::from(said) };
    }
    if let Some(structured) = result.get("structuredContent").filter(|value| !value.is_null()) {
        return Attempt::Done(Some(structured.clone()));
    }
    let all_text = parts.is_some_and(|parts| parts.len() == texts.len());
    let text = texts.join("\n");
    Attempt::Done(Some(match serde_json::from_str::<Value>(&text) {
        Ok(value) if all_text && (value.is_object() || value.is_array()) => value,
        _ if all_text => Value::from(text),
        _ => json!({"content": parts}),
    }))
}

fn hello(version: &str) -> Value {
    json!({
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "baton", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// What is answered to a server that asks something: that Baton is there, and nothing more.
fn reply(message: &Value) -> Option<Value> {
    let id = message.get("id").filter(|id| !id.is_null())?;
    let method = message.get("method")?.as_str()?;
    if method == "ping" {
        return Some(json!({"jsonrpc": "2.0", "id": id, "result": {}}));
    }
    let error = json!({"code": -32601, "message": "Baton answers nothing that a tool asks while it is called"});
    Some(json!({"jsonrpc": "2.0", "id": id, "error": error}))
}

fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// The result of an answer, or the error that it is. `acts`: whether an error of the server's own leaves open what happened.
fn result_of(message: Value, acts: bool) -> Result<Value, Trouble> {
    let supported = message.pointer("/error/data/supported").cloned();
    result_or(message, |code, words| match acts && is_fault(code) && !revision::is_stateless(code) {
        // Its words may repeat what the action withholds, and this goes into the ledger.
        true => Trouble::Unclear(format!("it answered with its own fault {code}")),
        false if code == revision::UNSUPPORTED => {
            Trouble::Refused(400, json!({"code": code, "message": words, "supported": supported}))
        }
        false => Trouble::Refused(400, json!({"code": code, "message": words})),
    })
}

/// The result of a JSON-RPC answer, or what `no` makes of the code and the words of its error. An error that is null is none.
pub(crate) fn result_or(mut message: Value, no: impl FnOnce(i64, String) -> Trouble) -> Result<Value, Trouble> {
    let Some(error) = message.get("error").filter(|error| !error.is_null()) else {
        return Ok(message.get_mut("result").map(Value::take).unwrap_or_default());
    };
    let words = error.get("message").and_then(Value::as_str).unwrap_or("an error without words");
    let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
    Err(no(code, words.chars().take(WORDS_CHARS_MAX).collect()))
}

/// Whether a code of JSON-RPC is a fault of the server's own, which may have done something before, and no refusal.
pub(crate) fn is_fault(code: i64) -> bool {
    code == -32603 || (-32099..=-32000).contains(&code)
}

/// Whether the server's tool still is the pinned one.
fn same(tools: &[Tool], call: &Call) -> Result<(), Trouble> {
    match tools.iter().find(|tool| tool.name == call.tool) {
        Some(tool) if tool.digest() == call.pinned => Ok(()),
        Some(tool) => {
            Err(Trouble::Refused(0, json!({"drift": "the tool is not what was pinned", "seen": tool.digest()})))
        }
        None => Err(Trouble::Refused(0, json!({"drift": "the server has no such tool any more", "seen": ""}))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_servers_own_leaves_open_what_was_done_and_null_is_none() {
        let check = |error: Value, acts: bool| match result_of(json!({"error": error, "result": 7}), acts) {
            Ok(result) => result.to_string(),
            Err(Trouble::Unclear(_)) => "unclear".to_owned(),
            Err(Trouble::Refused(..)) => "refused".to_owned(),
            Err(Trouble::Nothing(_)) => "nothing".to_owned(),
        };
        let code = |code: i64| json!({"code": code, "message": "no"});
        assert_eq!(check(Value::Null, true), "7");
        for (said, acts, expect) in [
            (code(-32603), true, "unclear"),
            (code(-32000), true, "unclear"),
            (code(-32099), true, "unclear"),
            // Refused before anything was done.
            (code(-32020), true, "refused"),
            (code(-32022), true, "refused"),
            (code(-32603), false, "refused"),
            (code(-32602), true, "refused"),
            (json!("no"), true, "refused"),
        ] {
            assert_eq!(check(said.clone(), acts), expect, "{said}");
        }
    }

    #[test]
    fn a_server_that_asks_is_answered_and_given_nothing() {
        let check = |message: Value| reply(&message).map(|reply| reply["result"].is_object());
        assert_eq!(check(json!({"id": 7, "method": "ping"})), Some(true));
        assert_eq!(check(json!({"id": "a", "method": "elicitation/create", "params": {}})), Some(false));
        assert_eq!(check(json!({"method": "notifications/progress"})), None);
        assert_eq!(check(json!({"id": 1, "result": {}})), None);
    }
}
