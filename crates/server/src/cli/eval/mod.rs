//! `baton eval`.

mod redact;
mod search;

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
    /// How well the right articles are found, on questions whose articles are known, beside plain BM25.
    Search(search::Options),
}

pub fn run(command: Command) -> Outcome {
    match command {
        Command::Redact { file } => redact::run(&file),
        Command::Search(options) => search::run(&options),
    }
}
