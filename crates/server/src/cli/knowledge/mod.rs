//! `baton knowledge`.

mod gaps;
mod import;

use super::Outcome;
use clap::Subcommand;

/// Articles and questions that none answers.
#[derive(Subcommand)]
pub enum Command {
    /// Read articles of a folder, a file or an address into a blueprint: Markdown, HTML, text, CSV, JSON, and exports of the
    /// Zendesk and Intercom help centres. Run it again to take over what has changed.
    Import(import::Options),
    /// Questions of a running server's customers that no article answers, most asked first.
    Gaps(gaps::Options),
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Import(options) => import::run(&options).await,
        Command::Gaps(options) => gaps::run(&options).await,
    }
}
