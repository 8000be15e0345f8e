//! `baton policy prove`.

use super::super::process::{NOT_VALID, complain};
use super::super::{Outcome, say, system_env};
use super::Blueprint;
use crate::proofs::{found_and_proven, summary};
use baton_base::Error;
use baton_govern::proofs::{self, Call, Proof, Settled};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What to prove.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Fail where a property could not be proven, too.
    #[arg(long)]
    required: bool,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: Options) -> Outcome {
    let rules = match options.blueprint.rules(&BTreeMap::new())? {
        Ok(rules) => rules,
        Err(findings) => {
            complain(&findings, options.json);
            return Ok(ExitCode::from(NOT_VALID));
        }
    };
    let proofs = found_and_proven(&rules.rulebook, &Settled::default(), system_env().now_ms()).await;
    if options.json {
        say(&serde_json::to_string(&json!({ "proofs": proofs })).map_err(Error::broken)?);
    } else {
        proofs.iter().flat_map(lines).for_each(|line| say(&line));
        say(&summary(&proofs, options.required));
    }
    let failed = proofs.iter().any(|proof| match proof.outcome {
        proofs::Outcome::Proven => false,
        proofs::Outcome::Refuted => true,
        proofs::Outcome::Undecided | proofs::Outcome::NoSolver => options.required,
    });
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A property with what came of it, for people; the call that is let through stands below it.
pub(in crate::cli) fn lines(proof: &Proof) -> Vec<String> {
    let word = match proof.outcome {
        proofs::Outcome::Proven => "proven",
        proofs::Outcome::Refuted => "REFUTED",
        proofs::Outcome::Undecided => "not decided",
        proofs::Outcome::NoSolver => "not proven",
    };
    let kinds = if proof.kinds > 0 { format!(" ({} kinds of calls)", proof.kinds) } else { String::new() };
    let mut lines = vec![format!("{word}  {}: {}{kinds}", proof.id, proof.says)];
    if !proof.why.is_empty() {
        lines.push(format!("  {}", proof.why));
    }
    if let Some(call) = &proof.call {
        lines.push(format!("  {}:{}: this call is let through", proof.file, proof.line));
        lines.extend(shown(call));
    }
    lines
}

fn shown(call: &Call) -> Vec<String> {
    let roles = call.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
    let roles = if roles.is_empty() { String::new() } else { format!(" ({roles})") };
    let about = call.case_id.as_ref().map_or_else(|| "no case".to_owned(), |case| format!("case {case}"));
    let mut lines = vec![
        format!("  {}{roles} calls {} for {}, {about}", call.actor, call.action, call.client),
        format!("    args: {}", call.args),
    ];
    lines.extend(call.context.iter().map(|(name, value)| format!("    {name}: {value}")));
    lines.push(format!("  let through by {}", call.policies.join(", ")));
    if let Some(role) = call.approval {
        lines.push(format!("  once a {} has approved it", role.title()));
    }
    if let Some(table) = &call.table {
        lines.push(format!("  the decision table, which is asked besides, says: {table}"));
    }
    lines
}
