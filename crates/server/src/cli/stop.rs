//! `baton stop`: the stop switch of a server that runs.

use super::run::At;
use super::{Outcome, say};
use clap::{Args, Subcommand};
use reqwest::Url;
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do with the stop switch.
#[derive(Subcommand)]
pub enum Command {
    /// Say what pressing would do: how many open cases go to which queue, and whether those who are there have room.
    Preview(Scope),
    /// Press: AI stops there, and its open cases go to people.
    Press {
        #[command(flatten)]
        scope: Scope,
        /// Why, for the ledger and for everyone whose work it changes.
        #[arg(long)]
        reason: String,
    },
    /// Release: what nobody has taken goes back to the AI as it stood.
    Release(Scope),
    /// What is stopped now, how far each stop has come, and which switches want a drill.
    List,
}

/// What is stopped.
#[derive(Args)]
pub struct Scope {
    /// all, client, intent, agent or action.
    scope: String,
    /// Name of the intent, agent or action.
    #[arg(default_value = "")]
    target: String,
    /// The client; left out only for the scope all.
    #[arg(long, env = "BATON_CLIENT")]
    client: Option<String>,
}

impl Scope {
    fn body(&self) -> Value {
        json!({"client": self.client, "scope": self.scope, "target": self.target})
    }

    fn query(&self) -> String {
        let Ok(mut form) = Url::parse("form:") else { return String::new() };
        form.query_pairs_mut().append_pair("scope", &self.scope).append_pair("target", &self.target);
        if let Some(client) = &self.client {
            form.query_pairs_mut().append_pair("client", client);
        }
        form.query().unwrap_or_default().to_owned()
    }
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let as_json = options.reach.json;
    match options.command {
        Command::Preview(scope) => {
            let found = server.get(&format!("/stop-switch/preview?{}", scope.query())).await?;
            say(&if as_json { found.to_string() } else { text(&found, "words") });
        }
        Command::Press { scope, reason } => {
            let mut body = scope.body();
            body["reason"] = reason.into();
            server.post("/stop-switch", &body).await?;
            say("pressed; `baton stop list` says how far it has come");
        }
        Command::Release(scope) => {
            server.delete("/stop-switch", Some(&scope.body())).await?;
            say("released");
        }
        Command::List => {
            let found = server.get("/stop-switch").await?;
            if as_json {
                say(&found.to_string());
            } else {
                found["items"].as_array().into_iter().flatten().for_each(show);
                let drills = found["drills"].as_array().into_iter().flatten();
                drills.filter_map(|drill| drill["warning"].as_str()).for_each(say);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(stop: &Value) {
    let so_far = &stop["progress"];
    say(&format!(
        "{} {} of {}: {} cases with people, {} of them wait, {} customers told, {} still with AI ({}, by {})",
        text(stop, "scope"),
        text(stop, "target"),
        text(stop, "client"),
        so_far["held"],
        so_far["waiting"],
        so_far["told"],
        so_far["left"],
        text(stop, "reason"),
        text(stop, "engaged_by"),
    ));
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_arrives_as_it_was_written() {
        let scope = Scope { scope: "intent".to_owned(), target: "a&b c".to_owned(), client: Some("acme".to_owned()) };
        assert_eq!(scope.query(), "scope=intent&target=a%26b+c&client=acme");
        assert_eq!(Scope { client: None, ..scope }.query(), "scope=intent&target=a%26b+c");
    }
}
