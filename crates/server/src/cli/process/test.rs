//! `baton process test`.

use super::super::{Outcome, say};
use super::{NOT_VALID, complain};
use baton_author::suite::{self, Report, Unplayable};
use baton_author::{Coverage, suite::Outcome as Case};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to test.
#[derive(Args)]
pub struct Options {
    /// Test files (NAME.test.yaml), or folders with them anywhere below.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Fail where a test reaches less of its process than this, percent of tasks and ways.
    #[arg(long, value_name = "PERCENT")]
    min_coverage: Option<f64>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

pub async fn run(options: Options) -> Outcome {
    let mut reports = Vec::new();
    for file in suite::files(&options.paths)? {
        match suite::run(&file).await {
            Ok(report) => {
                if !options.json {
                    tell(&report);
                }
                reports.push(report);
            }
            Err(Unplayable::Error(error)) => return Err(error),
            Err(Unplayable::Invalid(findings)) => {
                complain(&findings, options.json);
                return Ok(ExitCode::from(NOT_VALID));
            }
        }
    }
    let failed: usize = reports.iter().map(Report::failed).sum();
    let cases: usize = reports.iter().map(|report| report.cases.len()).sum();
    let low: Vec<&Report> = reports
        .iter()
        .filter(|report| options.min_coverage.is_some_and(|min| report.coverage.percent() < min))
        .collect();
    if options.json {
        say(&json!({"cases": cases, "failed": failed, "below": low.len(), "reports": reports}).to_string());
    } else {
        for report in &low {
            let min = options.min_coverage.unwrap_or_default();
            say(&format!("{}: {:.0} % is less than {min} %", report.file, report.coverage.percent()));
        }
        say(&format!("{cases} cases of {} files, {failed} failed", reports.len()));
    }
    Ok(if failed == 0 && low.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(report: &Report) {
    say(&format!("{} ({})", report.file, report.process));
    for Case { name, wrong } in &report.cases {
        say(&format!("  {} {name}", if wrong.is_empty() { "ok  " } else { "FAIL" }));
        wrong.iter().for_each(|line| say(&format!("       {line}")));
    }
    let Coverage { tasks, tasks_missed, branches, branches_missed } = &report.coverage;
    say(&format!(
        "  reached {:.0} %: {} of {tasks} tasks, {} of {branches} ways",
        report.coverage.percent(),
        tasks - tasks_missed.len(),
        branches - branches_missed.len()
    ));
    tasks_missed.iter().for_each(|task| say(&format!("       not reached: {task}")));
    branches_missed.iter().for_each(|branch| say(&format!("       not gone: {} {}", branch.task, branch.way)));
}
