//! `baton channel`: mailboxes of a client, at a server that runs.

use super::run::At;
use super::run::table::{ago, table, text};
use super::{Outcome, say};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do with mailboxes, or to read of them.
#[derive(Subcommand)]
pub enum Command {
    /// List the mailboxes of a client and how they stand.
    List {
        /// Id of the client.
        client: String,
    },
    /// Sign in at both servers of a mailbox; nothing is read and nothing sent. Exit code 1 if a step failed.
    Test {
        /// Id of the client.
        client: String,
        /// Name of the mailbox, as in channels.yaml.
        mailbox: String,
    },
    /// The newest mails of a mailbox and what became of them.
    Mails {
        /// Id of the client.
        client: String,
        /// Name of the mailbox.
        mailbox: String,
        /// Only of one fate: case, again, own, auto, bounce or aside.
        #[arg(long)]
        fate: Option<String>,
    },
    /// Answers that are carried to customers.
    Answers {
        /// Id of the client.
        client: String,
        /// In which state: waiting, sent, failed or bounced.
        #[arg(long, default_value = "failed")]
        state: String,
    },
    /// Send an answer again that was given up, or came back.
    Retry {
        /// Id of the client.
        client: String,
        /// Id of the message.
        message: String,
    },
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let answer = match &options.command {
        Command::List { client } => server.get(&format!("/clients/{client}/channels")).await?,
        Command::Test { client, mailbox } => {
            server.post(&format!("/clients/{client}/channels/{mailbox}/test"), &json!({})).await?
        }
        Command::Mails { client, mailbox, fate } => {
            let asked = fate.as_ref().map_or_else(String::new, |fate| format!("?fate={fate}"));
            server.get(&format!("/clients/{client}/channels/{mailbox}/mails{asked}")).await?
        }
        Command::Answers { client, state } => {
            server.get(&format!("/clients/{client}/deliveries?state={state}")).await?
        }
        Command::Retry { client, message } => {
            server.post(&format!("/clients/{client}/deliveries/{message}/retry"), &json!({})).await?
        }
    };
    if options.reach.json {
        say(&answer.to_string());
    } else {
        show(&options.command, server.now_ms(), &answer);
    }
    let failed = matches!(options.command, Command::Test { .. }) && answer["passed"] != true;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(command: &Command, now_ms: i64, answer: &Value) {
    let items = |name: &str| answer[name].as_array().cloned().unwrap_or_default();
    match command {
        Command::List { .. } => {
            let rows: Vec<_> = items("items").iter().map(|row| mailbox(now_ms, row)).collect();
            table(&["MAILBOX", "ADDRESS", "STATE", "SINCE", "LAST MAIL", "ASIDE", "NOTE"], &rows);
            say(&format!("answers: {} waiting, {} not arrived", text(answer, "waiting"), text(answer, "failed")));
        }
        Command::Test { .. } => items("steps").iter().for_each(|step| {
            let came = if step["passed"] == true { "ok    " } else { "failed" };
            say(&format!("{came}  {}: {}", text(step, "what"), text(step, "detail")));
        }),
        Command::Mails { .. } => {
            let row = |mail: &Value| {
                let when = ago(now_ms, mail, "received_ms");
                vec![text(mail, "id"), text(mail, "fate"), text(mail, "case"), when, text(mail, "why")]
            };
            table(&["MAIL", "FATE", "CASE", "CAME", "WHY"], &items("items").iter().map(row).collect::<Vec<_>>());
        }
        Command::Answers { .. } => {
            let row = |owed: &Value| {
                let when = ago(now_ms, owed, "created_ms");
                vec![text(owed, "message"), text(owed, "case"), text(owed, "attempts"), when, text(owed, "error")]
            };
            let rows: Vec<_> = items("items").iter().map(row).collect();
            table(&["MESSAGE", "CASE", "ATTEMPTS", "WRITTEN", "WHY"], &rows);
        }
        Command::Retry { message, .. } => say(&format!("{message} is tried again")),
    }
}

fn mailbox(now_ms: i64, row: &Value) -> Vec<String> {
    let note = match row["missing_secret"].as_str() {
        Some(secret) => format!("the secret '{secret}' is not set"),
        None => text(row, "error"),
    };
    vec![
        text(row, "name"),
        text(row, "address"),
        text(row, "state"),
        ago(now_ms, row, "changed_ms"),
        ago(now_ms, row, "received_ms"),
        text(row, "aside"),
        note,
    ]
}
