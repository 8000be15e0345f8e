//! `baton agent`: agents, without a server.

use super::policy::{Blueprint, tell};
use super::process::Deny;
use super::{Outcome, set_up_expressions};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What to do with agents.
#[derive(Subcommand)]
pub enum Command {
    /// Look for what loads and would disappoint a customer: turn budgets that no person follows, actions that are never
    /// confirmed, guidelines that contradict each other, fields that nothing uses, words that are never to be said.
    Lint(Options),
}

/// What to check.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
    /// Count warnings as errors.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
}

pub fn run(command: Command) -> Outcome {
    set_up_expressions()?;
    let Command::Lint(options) = command;
    let bundle = match options.blueprint.bundle(&BTreeMap::new())? {
        Ok(bundle) => bundle,
        Err(findings) => return Ok(tell(&findings, "the release does not load", options.json)),
    };
    let findings = baton_agents::lint::lint(&bundle);
    let agents = bundle.in_folder("agents", "yaml").count();
    let told = tell(&findings, &format!("{agents} agents"), options.json);
    let denied = options.deny == Some(Deny::Warnings) && !findings.is_empty();
    Ok(if denied { ExitCode::FAILURE } else { told })
}
