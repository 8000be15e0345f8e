//! `baton process`.

use super::super::{Outcome, say};
use crate::functions;
use baton_base::{Error, Severity};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with processes.
#[derive(Subcommand)]
pub enum Command {
    /// Check definitions; prints findings with file, line and column. Exit code 1 if one is an error.
    Lint {
        /// Files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

pub fn run(command: &Command) -> Outcome {
    let Command::Lint { files } = command;
    let mut errors = 0;
    for file in files {
        let name = file.display().to_string();
        let text =
            std::fs::read_to_string(file).map_err(|e| Error::invalid(format!("cannot read {name}"), e.to_string()))?;
        for finding in baton_engine::lint(&name, &text, functions::KNOWN) {
            errors += usize::from(finding.severity == Severity::Error);
            say(&finding.to_string());
        }
    }
    say(&format!("{} files, {errors} errors", files.len()));
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
