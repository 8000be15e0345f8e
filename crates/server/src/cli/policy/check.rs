//! `baton policy check`, and `baton table check`.

use super::super::process::finding_line;
use super::super::{Outcome, say};
use super::Blueprint;
use baton_base::{Finding, Severity};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What to check.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
    /// Leave the decision tables out.
    #[arg(long)]
    policies_only: bool,
}

pub(super) fn run(options: &Options) -> Outcome {
    let rules = options.blueprint.rules(&BTreeMap::new())?;
    let (findings, counted) = match &rules {
        Ok(rules) => {
            let (policies, tables) = (rules.rulebook.policies().count(), rules.rulebook.tables().count());
            let findings = if options.policies_only { Vec::new() } else { rules.table_findings() };
            (findings, format!("{policies} policies, {tables} tables"))
        }
        Err(findings) => (findings.clone(), "the release does not load".to_owned()),
    };
    Ok(tell(&findings, &counted, options.json))
}

/// Findings and a count; failure where one is an error.
pub(in crate::cli) fn tell(findings: &[Finding], counted: &str, json: bool) -> ExitCode {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    if json {
        say(&json!({"checked": counted, "errors": errors, "warnings": warnings, "findings": findings}).to_string());
    } else {
        findings.iter().for_each(|finding| say(&finding_line(finding)));
        say(&format!("{counted}, {errors} errors, {warnings} warnings"));
    }
    exit(findings)
}

/// Failure where a finding is an error.
pub(in crate::cli) fn exit(findings: &[Finding]) -> ExitCode {
    let bad = findings.iter().any(|finding| finding.severity == Severity::Error);
    if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
