//! `baton connector import-tools`.

use super::super::{Outcome, say};
use baton_base::Error;
use baton_tools::mcp::pinned::files;
use baton_tools::mcp::{Server, tools};
use clap::Args;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Time for the server to list its tools, seconds.
const LIST_S_MAX: u64 = 20;

/// Which server.
#[derive(Args)]
pub struct Options {
    /// The connector's name.
    name: String,
    /// Address of a server that speaks streamable HTTP.
    #[arg(long, conflicts_with = "command")]
    url: Option<reqwest::Url>,
    /// Bearer token for that address, read from this variable of the environment.
    #[arg(long, value_name = "VARIABLE", requires = "url")]
    token_from: Option<String>,
    /// Blueprint folder to write `connectors/NAME.yaml` and the pinned tools into.
    #[arg(long)]
    out: Option<PathBuf>,
    /// A program instead: it and its arguments, after `--`.
    #[arg(last = true)]
    command: Vec<String>,
}

pub async fn run(options: &Options) -> Outcome {
    let (server, place) = match &options.url {
        Some(url) => (Server::Http(url.clone()), format!("base_url: {}", json!(url.as_str()))),
        None if !options.command.is_empty() => {
            (Server::Program(options.command.clone()), format!("command: {}", json!(options.command)))
        }
        None => return Err(Error::invalid("no server is named", "give --url, or a program after --")),
    };
    let token = options.token_from.as_ref().and_then(|name| std::env::var(name).ok());
    let credential = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
    let listed = tools(&server, credential, Duration::from_secs(LIST_S_MAX)).await;
    let listed = listed.map_err(|why| Error::Unavailable(format!("the server does not list its tools: {why}")))?;
    for tool in &listed {
        let reads = if tool.hint("readOnlyHint") == Some(true) { "reads" } else { "writes" };
        say(&format!("  {}  {reads}  {}", tool.name, tool.description.lines().next().unwrap_or_default()));
    }
    if let Some(folder) = &options.out {
        write(folder, &files(&options.name, &place, &listed))?;
    }
    say(&format!("{} tools found and pinned", listed.len()));
    Ok(ExitCode::SUCCESS)
}

/// Writes files, by their paths below a folder.
pub(super) fn write(folder: &Path, files: &[(String, String)]) -> baton_base::Result<()> {
    for (path, text) in files {
        let place = folder.join(path);
        let wrong = |e: std::io::Error| Error::invalid(format!("{} cannot be written", place.display()), e.to_string());
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(wrong)?;
        }
        fs::write(&place, text).map_err(wrong)?;
    }
    Ok(())
}
