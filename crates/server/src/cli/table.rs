//! `baton table`: decision tables.

use super::policy::{Blueprint, tell};
use super::{Outcome, say, set_up_expressions};
use baton_base::Finding;
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeMap;

/// What to do with decision tables.
#[derive(Subcommand)]
pub enum Command {
    /// Look for inputs that no rule matches, rules that match together where one may, and rules that never count, each
    /// with an example. Exit code 1 if a table does not load or two rules match where one may.
    Check(Options),
}

/// What to check.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Only this table.
    #[arg(long)]
    table: Option<String>,
    /// Print the tables as grids, with their findings, as one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(command: Command) -> Outcome {
    set_up_expressions()?;
    let Command::Check(options) = command;
    let rules = match options.blueprint.rules(&BTreeMap::new())? {
        Ok(rules) => rules,
        Err(findings) => return Ok(tell(&findings, "the release does not load", options.json)),
    };
    let wanted = |name: &str| options.table.as_deref().is_none_or(|only| only == name);
    let tables: Vec<_> = rules.rulebook.tables().filter(|table| wanted(table.name())).collect();
    let findings: Vec<Finding> = tables.iter().flat_map(|table| table.findings()).collect();
    if options.json {
        let grids: Vec<_> = tables.iter().map(|table| table.grid()).collect();
        say(&json!({ "tables": grids }).to_string());
        return Ok(super::policy::exit(&findings));
    }
    Ok(tell(&findings, &format!("{} tables", tables.len()), false))
}
