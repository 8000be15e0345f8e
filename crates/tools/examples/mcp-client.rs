//! For the client side of the MCP conformance suite: Baton's own client lists the tools of the server whose address is the
//! last argument, signs in where it is asked to, and calls what the scenario wants called. The program stands in for the
//! person and the browser; the rest is what `baton connector import-tools` and the door use.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for tests may")]

use baton_tools::mcp::access::{Access, Back, Challenge, Known, Looked, discover, look, tools_with};
use baton_tools::mcp::{Revision, Tool, try_tool};
use reqwest::Url;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

const TIME: Duration = Duration::from_secs(20);
/// Where the browser would come back to.
const REDIRECT: &str = "http://localhost:3000/callback";
/// The document about the client that the suite knows.
const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";
/// The revision that is tested where the suite names none.
const REVISION: &str = "2025-11-25";
/// How often somebody signs in, count: again once the server takes back what it gave, since another may give it by then.
const SIGN_INS_MAX: u32 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let address = std::env::args().next_back().unwrap_or_default();
    let scenario = std::env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default();
    match talk(&address, &scenario).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{scenario}: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn talk(address: &str, scenario: &str) -> Result<(), String> {
    let url: Url = address.parse().map_err(|e| format!("{address}: {e}"))?;
    // What is tested, and no other: the servers of the suite take what comes as said by it.
    let named = std::env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").unwrap_or_else(|_| REVISION.to_owned());
    let revision = Revision::named(&named).ok_or_else(|| format!("revision {named} is not spoken"))?;
    let (found, token) = listed(&url, revision).await?;
    println!("{} tools", found.len());
    // These want nothing called.
    if matches!(scenario, "initialize" | "json-schema-ref-no-deref") {
        return Ok(());
    }
    let credential = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
    let mut wrong = None;
    for (tool, args) in calls(scenario, &found) {
        match try_tool(&url, Some(revision), credential.clone(), TIME, &tool, &args).await {
            Ok(result) => println!("{tool}: {result}"),
            // The others are called all the same.
            Err(why) => wrong = wrong.or(Some(format!("{tool}: {why}"))),
        }
    }
    wrong.map_or(Ok(()), Err)
}

/// The server's tools, and the token that it took to see them.
async fn listed(url: &Url, revision: Revision) -> Result<(Vec<Tool>, Option<String>), String> {
    let mut refused = String::new();
    for _ in 0..SIGN_INS_MAX {
        let challenge = match look(url, Some(revision), TIME).await? {
            Looked::Tools(found) => return Ok((found, None)),
            Looked::Asks(challenge) => challenge,
        };
        let token = sign_in(url, &challenge).await?;
        match tools_with(url, Some(revision), &token, TIME).await {
            Ok(found) => return Ok((found, Some(token))),
            Err(why) if why.contains("(401)") => refused = why,
            Err(why) => return Err(why),
        }
    }
    Err(refused)
}

/// What the scenario wants called: what it says, else every tool once.
fn calls(scenario: &str, found: &[Tool]) -> Vec<(String, Value)> {
    let said = context()["toolCalls"].as_array().cloned().unwrap_or_default();
    let of = |call: &Value| Some((call["name"].as_str()?.to_owned(), call["arguments"].clone()));
    let said: Vec<_> = said.iter().filter_map(of).collect();
    if !said.is_empty() {
        return said;
    }
    found.iter().map(|tool| (tool.name.clone(), args(scenario, tool, found))).collect()
}

/// What the scenario says besides.
fn context() -> Value {
    let context = std::env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_default();
    serde_json::from_str(&context).unwrap_or_default()
}

fn args(scenario: &str, tool: &Tool, found: &[Tool]) -> Value {
    match (scenario, tool.name.as_str()) {
        ("tools_call", _) => json!({"a": 5, "b": 3}),
        (_, "json_schema_echo") => {
            let other = found.iter().find(|other| other.name != tool.name);
            json!({"schema": other.map(|other| &other.input)})
        }
        _ => json!({}),
    }
}

async fn sign_in(url: &Url, challenge: &Challenge) -> Result<String, String> {
    let access = discover(url, challenge, TIME).await?;
    let known = known(&access).await?;
    // Nobody has to be kept from guessing these.
    let (begun, go) = access.begin(&known, REDIRECT, ["state".to_owned(), "v".repeat(64)])?;
    let browser = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().map_err(|e| e.to_string())?;
    let sent = browser.get(go).send().await.map_err(|e| e.to_string())?;
    let place = sent.headers().get(LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default();
    let place: Url = place.parse().map_err(|_| format!("the browser is sent nowhere: {}", sent.status()))?;
    let said = |name: &str| place.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let back =
        Back { state: said("state").unwrap_or_default(), code: said("code").unwrap_or_default(), issuer: said("iss") };
    access.finish(&known, &begun, &back).await
}

/// Registered by hand where the scenario says so, else by a document, else by itself.
async fn known(access: &Access) -> Result<Known, String> {
    let context = context();
    if let Some(id) = context["client_id"].as_str() {
        return Ok(access.known(id, context["client_secret"].as_str().unwrap_or_default()));
    }
    if access.takes_documents {
        return Ok(access.known(DOCUMENT, ""));
    }
    access.register(REDIRECT, TIME).await
}
