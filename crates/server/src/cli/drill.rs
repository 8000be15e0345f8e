//! `baton drill`: tests of what has to work when it matters.

use super::run::At;
use super::{Outcome, say};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Which drill.
#[derive(Subcommand)]
pub enum Command {
    /// Press every scope of a client's stop switch, measure until it holds, release it, and record the result. The client
    /// has to be in drill mode. Exit code 1 if a scope did not hold within a second.
    Stop {
        /// The client.
        #[arg(long)]
        client: String,
    },
    /// When the stop switch of each client was last drilled, and where the next drill is overdue: never drilled, or 31 days ago.
    /// Exit code 1 if one is overdue or the last one failed.
    List,
    /// Put a client in drill mode, or take it out.
    Mode {
        /// The client.
        #[arg(long)]
        client: String,
        /// Take it out.
        #[arg(long)]
        off: bool,
    },
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let client = match &options.command {
        Command::Mode { client, off } => {
            server.post(&format!("/clients/{client}/drill/mode"), &json!({ "on": !off })).await?;
            say(&format!("{client} is {} drill mode", if *off { "out of" } else { "in" }));
            return Ok(ExitCode::SUCCESS);
        }
        Command::List => return list(&server.get("/stop-switch").await?, options.reach.json),
        Command::Stop { client } => client,
    };
    let told = server.post(&format!("/clients/{client}/drill/stop"), &json!({})).await?;
    if options.reach.json {
        say(&told.to_string());
    } else {
        for scope in told["scopes"].as_array().into_iter().flatten() {
            let held = scope[1].as_u64().map_or("never held".to_owned(), |ms| format!("held after {ms} ms"));
            say(&format!("{}: {held}", scope[0].as_str().unwrap_or_default()));
        }
        say(if told["passed"] == true { "passed" } else { "FAILED" });
    }
    Ok(if told["passed"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(found: &Value, as_json: bool) -> Outcome {
    let drills = found["drills"].as_array().map_or(&[][..], Vec::as_slice);
    if as_json {
        say(&json!({"items": drills}).to_string());
    } else {
        drills.iter().for_each(|drill| say(&line(drill)));
    }
    let well = drills.iter().all(|drill| drill["warning"].is_null());
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is to be done, or that all is well.
fn line(drill: &Value) -> String {
    match drill["warning"].as_str() {
        Some(warning) => warning.to_owned(),
        None => format!(
            "the stop switch of {} held after {} ms when it was last drilled",
            drill["client"].as_str().unwrap_or_default(),
            drill["longest_ms"]
        ),
    }
}
