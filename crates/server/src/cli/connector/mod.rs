//! `baton connector`: connected systems.

mod agent;
mod import;
mod live;
mod signing_in;
mod tables;
mod tools;

use super::Outcome;
use clap::Subcommand;

/// Connected systems.
#[derive(Subcommand)]
pub enum Command {
    /// Read a system's API description (Swagger 2.0, OpenAPI 3; JSON or YAML) and suggest a connector.
    Import(import::Options),
    /// List the tools of an MCP server, pin them and suggest a connector.
    ImportTools(Box<tools::Options>),
    /// List the tables of a database and suggest a connector that reads a row of each by its key.
    ImportTables(tables::Options),
    /// Read an outside agent's card (A2A), pin it and suggest a connector.
    ImportAgent(agent::Options),
    /// How a client's connected systems stand.
    Health(live::OfClient),
    /// Run the tests of connectors, and compare what their systems say of themselves with what was pinned.
    Test(live::Tests),
    /// Every connection of every client that you may see.
    Inventory(live::Everywhere),
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Import(options) => import::run(&options),
        Command::ImportTools(options) => tools::run(&options).await,
        Command::ImportTables(options) => tables::run(&options).await,
        Command::ImportAgent(options) => agent::run(&options).await,
        Command::Health(options) => live::health(&options).await,
        Command::Test(options) => live::test(&options).await,
        Command::Inventory(options) => live::inventory(&options).await,
    }
}
