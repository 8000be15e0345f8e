//! `baton process lint`.

use super::super::{Outcome, say};
use super::Parameters;
use crate::functions;
use baton_base::{Error, Finding, Severity};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to check.
#[derive(Args)]
pub struct Options {
    /// Files, or folders of them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
    /// Count warnings as errors.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Leave function names unchecked: for processes of another platform.
    #[arg(long)]
    any_function: bool,
    #[command(flatten)]
    parameters: Parameters,
}

/// What else counts as an error.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Deny {
    /// Warnings.
    Warnings,
}

pub fn run(options: &Options) -> Outcome {
    let parameters = options.parameters.read()?;
    let known: &[&str] = if options.any_function { &[] } else { functions::KNOWN };
    let files = files(&options.files)?;
    let mut findings = Vec::new();
    for file in &files {
        findings.extend(baton_author::lint(file, &parameters, known)?);
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    if options.json {
        say(&json!({"files": files.len(), "errors": errors, "warnings": warnings, "findings": findings}).to_string());
    } else {
        findings.iter().for_each(|finding| say(&line(finding)));
        say(&format!("{} files, {errors} errors, {warnings} warnings", files.len()));
    }
    let bad = errors > 0 || (warnings > 0 && options.deny == Some(Deny::Warnings));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// One finding: where, how bad, what, and what to do.
pub(in crate::cli) fn line(finding: &Finding) -> String {
    let Finding { file, line, column, rule, severity, message, remedy } = finding;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!("{file}:{line}:{column}: {severity} [{rule}] {message}; {remedy}")
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path)
                .map_err(|e| Error::invalid(format!("cannot read {}", path.display()), e.to_string()))?;
            let mut inside: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|p| of_a_process(p)).collect();
            inside.sort();
            if inside.is_empty() {
                let title = format!("there are no processes in {}", path.display());
                return Err(Error::invalid(title, "name files that end in .yaml, .yml or .json, or a folder of them"));
            }
            found.extend(inside);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn of_a_process(path: &Path) -> bool {
    path.is_file() && baton_author::is_process(path)
}
