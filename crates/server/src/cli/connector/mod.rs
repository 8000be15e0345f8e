//! `baton connector`: connected systems.

mod import;

use super::Outcome;
use clap::Subcommand;

/// Connected systems.
#[derive(Subcommand)]
pub enum Command {
    /// Read a system's API description (Swagger 2.0, OpenAPI 3; JSON or YAML) and suggest a connector.
    Import(import::Options),
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Import(options) => import::run(&options),
    }
}
