//! For the client side of the MCP conformance suite: Baton's own client lists the tools of the server whose address is the
//! last argument, and calls what the scenario wants called.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for tests may")]

use baton_tools::mcp::{Server, tools, try_tool};
use reqwest::Url;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

const TIME: Duration = Duration::from_secs(20);

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
    let found = tools(&Server::Http(url.clone()), None, TIME).await?;
    println!("{} tools", found.len());
    let args = match scenario {
        "tools_call" => json!({"a": 5, "b": 3}),
        _ => json!({}),
    };
    if scenario == "initialize" {
        return Ok(());
    }
    for tool in &found {
        let result = try_tool(&url, None, TIME, &tool.name, &args).await?;
        println!("{}: {result}", tool.name);
    }
    Ok(())
}
