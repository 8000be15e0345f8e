//! `baton effect`: calls to other systems whose outcome nobody could tell, at a server that runs.

use super::run::At;
use super::run::table::{ago, table, text};
use super::{Outcome, say};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do about effects.
#[derive(Subcommand)]
pub enum Command {
    /// List the effects of a client whose outcome is unknown, newest first.
    Unknown {
        /// Id of the client.
        client: String,
    },
    /// Say what came of one, once you have found out.
    Settle {
        /// Id of the client.
        client: String,
        /// Id of the effect.
        effect: String,
        /// It was done.
        #[arg(long, conflicts_with = "did_not_happen", required_unless_present = "did_not_happen")]
        happened: bool,
        /// It was not done; it may then be called again.
        #[arg(long)]
        did_not_happen: bool,
        /// How you found out, for those who read the ledger later.
        #[arg(long)]
        note: String,
    },
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let answer = match &options.command {
        Command::Unknown { client } => server.get(&format!("/clients/{client}/effects?state=unknown&writes=1")).await?,
        Command::Settle { client, effect, happened, note, .. } => {
            let body = json!({"happened": happened, "note": note});
            server.post(&format!("/clients/{client}/effects/{effect}/settle"), &body).await?
        }
    };
    if options.reach.json {
        say(&answer.to_string());
    } else if let Some(items) = answer["items"].as_array() {
        let now_ms = server.now_ms();
        let rows: Vec<Vec<String>> = items.iter().map(|effect| row(now_ms, effect)).collect();
        table(&["EFFECT", "ACTION", "CASE", "WHEN", "WHY"], &rows);
    } else {
        let came = if answer["happened"] == true { "happened" } else { "did not happen" };
        say(&format!("{} {came}", text(&answer, "effect")));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(now_ms: i64, effect: &Value) -> Vec<String> {
    let when = ago(now_ms, effect, "requested_ms");
    vec![text(effect, "id"), text(effect, "action"), text(effect, "case"), when, text(&effect["result"], "why")]
}
