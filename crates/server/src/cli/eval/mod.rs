//! `baton eval`.

mod redact;

use super::Outcome;
use clap::Subcommand;
use std::path::PathBuf;

/// Measurements on labelled files.
#[derive(Subcommand)]
pub enum Command {
    /// How much personal data is found, by kind, in texts whose spans are labelled (Presidio's format: a JSON list of
    /// {full_text, spans: [{entity_type, start_position, end_position}]}, positions in characters).
    Redact {
        /// The file.
        file: PathBuf,
    },
}

pub fn run(command: Command) -> Outcome {
    match command {
        Command::Redact { file } => redact::run(&file),
    }
}
