//! `baton demo`.

use super::{Database, Outcome, say};
use crate::demo;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// The demo world.
#[derive(Subcommand)]
pub enum Command {
    /// Add the demo's members, one for each role. Does nothing if they are there.
    Seed(Database),
    /// Make a token for the demo's traffic and print it; it may open cases and nothing else.
    Token(Database),
    /// Play every claim and every need to its end, against the demo systems, and compare with the known answers.
    Check(demo::check::Options),
    /// Send the ground-truth actions of published tasks through the door, each task on the shop as published, and say what
    /// was allowed and refused and how each ended: exit code 1 if anything is otherwise than by the published rules.
    Replay(demo::replay::Options),
    /// Load a published shop database and play conversations about needs derived from its tasks.
    Converse {
        /// Folder with retail_db_users.json, retail_db_orders.json and retail_db_products.json.
        #[arg(long)]
        db: PathBuf,
        /// Tasks in the same format.
        #[arg(long)]
        tasks: PathBuf,
        #[command(flatten)]
        check: demo::check::Options,
    },
    /// Make thousands of calls that break the shop's written policy, and say what refused each: exit code 1 if any was let
    /// through or refused for another reason.
    Violations(demo::violations::Options),
    /// Send customers and claims to a running Baton at a steady pace, until stopped.
    Traffic(demo::traffic::Options),
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Seed(at) => {
            let made = demo::seed::seed(&at.database).await?;
            say(&format!("{made} members added"));
            Ok(ExitCode::SUCCESS)
        }
        Command::Token(at) => {
            say(&demo::seed::token(&at.database).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(options) => demo::check::run(&options).await,
        Command::Replay(options) => {
            crate::cli::set_up_expressions()?;
            demo::replay::run(&options).await
        }
        Command::Converse { db, tasks, check } => demo::check::replay(&check, &db, &tasks).await,
        Command::Violations(options) => {
            crate::cli::set_up_expressions()?;
            demo::violations::run(&options).await
        }
        Command::Traffic(options) => demo::traffic::run(&options).await,
    }
}
