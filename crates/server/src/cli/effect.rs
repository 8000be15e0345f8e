//! `baton effect`: calls to other systems that failed, or whose outcome nobody could tell, at a server that runs.

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
    /// List the effects of a client that failed, newest first.
    Failed {
        /// Id of the client.
        client: String,
    },
    /// Make a failed call again: the same action and arguments, under the same key, through the same door.
    Retry {
        /// Id of the client.
        client: String,
        /// Id of the effect.
        effect: String,
        /// Why, for those who read the ledger later.
        #[arg(long)]
        reason: String,
    },
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let answer = match &options.command {
        Command::Unknown { client } => server.get(&format!("/clients/{client}/effects?state=unknown&writes=1")).await?,
        Command::Failed { client } => server.get(&format!("/clients/{client}/effects?state=failed&writes=1")).await?,
        Command::Retry { client, effect, reason } => {
            server.post(&format!("/clients/{client}/effects/{effect}/retry"), &json!({"reason": reason})).await?
        }
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
        say(&words(&answer));
    }
    Ok(ExitCode::SUCCESS)
}

/// What came of it.
fn words(answer: &Value) -> String {
    if answer["work_item"].is_string() {
        let (item, role, reason) = (text(answer, "work_item"), text(answer, "role"), text(answer, "reason"));
        return format!("a {role} has been asked ({reason}): work item {item}; try it again once they have said yes");
    }
    let came = match answer["happened"].as_bool() {
        Some(true) => "happened",
        Some(false) => "did not happen",
        None => "is done",
    };
    format!("{} {came}", text(answer, "effect"))
}

fn row(now_ms: i64, effect: &Value) -> Vec<String> {
    let when = ago(now_ms, effect, "requested_ms");
    vec![text(effect, "id"), text(effect, "action"), text(effect, "case"), when, text(&effect["result"], "why")]
}
