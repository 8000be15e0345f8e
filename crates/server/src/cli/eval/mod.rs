//! `baton eval`.

mod injection;
mod intents;
mod redact;
mod search;

use super::{Outcome, block_on};
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
    /// Intent recognition on labelled messages: accuracy, out-of-scope recall, calibration, coverage, times.
    Intents(intents::Options),
    /// Texts that give orders to an AI, against the demo's agents: attempts, unauthorised effects, leaks.
    Injection(injection::Options),
}

pub fn run(command: Command) -> Outcome {
    match command {
        Command::Redact { file } => redact::run(&file),
        Command::Search(options) => search::run(&options),
        Command::Intents(options) => intents::run(&options),
        Command::Injection(options) => block_on(injection::run(&options)),
    }
}
