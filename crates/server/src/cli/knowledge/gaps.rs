//! `baton knowledge gaps`.

use super::super::run::reach::Reach;
use super::super::run::table::{ago, table, text};
use super::super::{Outcome, say};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Which gaps.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    reach: Reach,
    /// Id of the client; every client that you may see if left out.
    client: Option<String>,
    /// open, planned, answered or dismissed; open and planned if left out. With --settle: what they become.
    #[arg(long)]
    state: Option<String>,
    /// Move this gap to --state (needs CLIENT).
    #[arg(long, value_name = "GAP", requires_all = ["state", "client"])]
    settle: Option<String>,
    /// A remark for whoever reads it later.
    #[arg(long, default_value = "", requires = "settle")]
    note: String,
    /// Most gaps shown.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

pub async fn run(options: &Options) -> Outcome {
    let server = options.reach.server().await?;
    if let (Some(gap), Some(client), Some(state)) = (&options.settle, &options.client, &options.state) {
        let path = format!("/clients/{client}/knowledge/gaps/{gap}/settle");
        let answer = server.post(&path, &json!({"state": state, "note": options.note})).await?;
        match options.reach.json {
            true => say(&answer.to_string()),
            false => say(&format!("{gap} is {}", text(&answer, "state"))),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut path = format!("/knowledge/gaps?limit={}", options.limit);
    for (name, value) in [("client", &options.client), ("state", &options.state)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={value}"));
        }
    }
    let answer = server.get(&path).await?;
    if options.reach.json {
        say(&answer.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> =
        answer["items"].as_array().into_iter().flatten().map(|gap| row(server.now_ms(), gap)).collect();
    if rows.is_empty() {
        say("no gaps");
        return Ok(ExitCode::SUCCESS);
    }
    table(&["GAP", "CLIENT", "ASKED", "LAST", "LANGUAGE", "INTENT", "STATE", "WHY", "QUESTION"], &rows);
    if answer["next"].is_string() {
        say("there are more; see --limit, or the console");
    }
    Ok(ExitCode::SUCCESS)
}

fn row(now_ms: i64, gap: &Value) -> Vec<String> {
    let why = match gap["detail"].as_str() {
        Some(fact) => format!("no value of {fact}"),
        None => "no article".to_owned(),
    };
    vec![
        text(gap, "id"),
        text(gap, "client"),
        text(gap, "asked"),
        ago(now_ms, gap, "last_ms"),
        text(gap, "language"),
        text(gap, "intent"),
        text(gap, "state"),
        why,
        text(gap, "question"),
    ]
}
