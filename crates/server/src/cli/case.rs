//! `baton case`: cases of a server that runs are merged and split, and their messages translated.

use super::run::reach::Reach;
use super::{Outcome, say};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do. Exit codes: 0 done; 1 not done, with the reason on standard error; 2 the command cannot be read.
#[derive(Subcommand)]
pub enum Command {
    /// Merge a case into another one: it is closed with a link, and what its customer writes reaches the other.
    Merge(Merge),
    /// Undo a merge, as long as nothing was written through it.
    Unmerge(Unmerge),
    /// Make a case of its own out of messages of a case, which stay readable there.
    Split(Split),
    /// Translate a message of a case with the language model that is configured; the message stays as it is.
    Translate(Translate),
}

/// Which cases.
#[derive(Args)]
pub struct Merge {
    #[command(flatten)]
    reach: Reach,
    /// Client whose cases they are.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the case that is closed.
    case: String,
    /// Id of the case that goes on.
    into: String,
    /// The two are of two customers who belong together: what is answered from then on reaches both.
    #[arg(long)]
    other_customer: bool,
    /// Why, for the ledger.
    #[arg(long, default_value = "")]
    reason: String,
}

/// Which case.
#[derive(Args)]
pub struct Unmerge {
    #[command(flatten)]
    reach: Reach,
    /// Client whose case it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the case that was closed.
    case: String,
}

/// Which messages.
#[derive(Args)]
pub struct Split {
    #[command(flatten)]
    reach: Reach,
    /// Client whose case it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the case.
    case: String,
    /// Ids of messages; at least one of them its customer's.
    #[arg(required = true)]
    messages: Vec<String>,
    /// What the new case is called; by its first message if left out.
    #[arg(long, default_value = "")]
    subject: String,
    /// queue: a person takes it on; process: the channel's process begins.
    #[arg(long, default_value = "queue")]
    then: String,
}

/// Which words, and into which language.
#[derive(Args)]
pub struct Translate {
    #[command(flatten)]
    reach: Reach,
    /// Client whose case it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the case.
    case: String,
    /// Id of a message of the case.
    #[arg(required_unless_present = "text", conflicts_with = "text")]
    message: Option<String>,
    /// Your own words instead, which are not sent.
    #[arg(long)]
    text: Option<String>,
    /// Tag of the language, such as de.
    #[arg(long)]
    to: String,
}

/// Runs the command.
pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Merge(Merge { reach, client, case, into, other_customer, reason }) => {
            let body = json!({"into": into, "other_customer": other_customer, "reason": reason});
            let path = format!("/clients/{client}/cases/{case}/merge");
            post(&reach, &path, &body, |found| {
                let (one, other) = (number(&found["merged"]), number(&found["into"]));
                format!("case {one} is merged into case {other}")
            })
            .await
        }
        Command::Unmerge(Unmerge { reach, client, case }) => {
            let path = format!("/clients/{client}/cases/{case}/unmerge");
            post(&reach, &path, &json!({}), |found| {
                let (one, other) = (number(&found["unmerged"]), number(&found["from"]));
                format!("case {one} is no longer in case {other}; it waits for a person")
            })
            .await
        }
        Command::Split(Split { reach, client, case, messages, subject, then }) => {
            let body = json!({"messages": messages, "subject": subject, "then": then});
            let path = format!("/clients/{client}/cases/{case}/split");
            post(&reach, &path, &body, |found| {
                let id = found["id"].as_str().unwrap_or_default();
                format!("case {} ({id}): {}", number(found), found["subject"].as_str().unwrap_or_default())
            })
            .await
        }
        Command::Translate(Translate { reach, client, case, message, text, to }) => {
            let body = json!({"message": message, "text": text, "to": to});
            let path = format!("/clients/{client}/cases/{case}/translate");
            post(&reach, &path, &body, |found| found["text"].as_str().unwrap_or_default().to_owned()).await
        }
    }
}

fn number(case: &Value) -> i64 {
    case["number"].as_i64().unwrap_or_default()
}

async fn post(reach: &Reach, path: &str, body: &Value, line: impl Fn(&Value) -> String) -> Outcome {
    let found = reach.server().await?.post(path, body).await?;
    if reach.json {
        say(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        say(&line(&found));
    }
    Ok(ExitCode::SUCCESS)
}
