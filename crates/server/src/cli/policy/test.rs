//! `baton policy test`.

use super::super::process::complain;
use super::super::{Outcome, say};
use super::Blueprint;
use baton_author::policies::{PolicyTests, not_reached};
use baton_base::{Error, Result};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const ENDING: &str = ".test.yaml";

/// What to play.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Files of tests; without one, all in the folder's policies.
    #[arg(long = "file")]
    files: Vec<PathBuf>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> Outcome {
    let files = if options.files.is_empty() { beside(&options.blueprint.folder)? } else { options.files.clone() };
    let mut told = Vec::new();
    let (mut all, mut failed) = (0, 0);
    let mut reached = BTreeSet::new();
    let mut unreached = Vec::new();
    for path in &files {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|e| Error::invalid(format!("cannot read {name}"), e.to_string()))?;
        let tests = PolicyTests::read(&name, &text)?;
        let rules = match options.blueprint.rules(&tests.parameters)? {
            Ok(rules) => rules,
            Err(findings) => {
                complain(&findings, options.json);
                return Ok(ExitCode::from(super::super::process::NOT_VALID));
            }
        };
        let report = tests.play(&rules.catalogue, &rules.rulebook)?;
        (all, failed) = (all + report.tests.len(), failed + report.failed());
        reached.extend(report.reached.iter().cloned());
        unreached = not_reached(&rules.rulebook, &reached);
        if !options.json {
            for test in report.tests.iter().filter(|test| !test.wrong.is_empty()) {
                say(&format!("{name}: {}", test.name));
                test.wrong.iter().for_each(|wrong| say(&format!("  {wrong}")));
            }
        }
        told.push(json!({"file": name, "tests": report.tests}));
    }
    finish(options.json, all, failed, &told, &unreached);
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn finish(as_json: bool, all: usize, failed: usize, told: &[Value], unreached: &[String]) {
    if as_json {
        say(&json!({"tests": all, "failed": failed, "files": told, "not_reached": unreached}).to_string());
        return;
    }
    if !unreached.is_empty() {
        say(&format!("not reached: {}", unreached.join(", ")));
    }
    say(&format!("{all} tests, {failed} failed, {} policies and rules not reached", unreached.len()));
}

/// Files of tests beside the policies, in order.
fn beside(folder: &Path) -> Result<Vec<PathBuf>> {
    let place = folder.join("policies");
    let entries = std::fs::read_dir(&place).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
    found.sort();
    if found.is_empty() {
        let title = format!("there are no tests in {}", place.display());
        return Err(Error::invalid(title, format!("write files that end in {ENDING} beside the policies")));
    }
    Ok(found)
}
