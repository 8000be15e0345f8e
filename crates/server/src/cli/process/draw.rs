//! `baton process graph` and `baton process schema`.

use super::super::{Outcome, say};
use super::{NOT_VALID, Parameters, complain};
use baton_author::Refused;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to draw.
#[derive(Args)]
pub struct Options {
    /// File of the process.
    file: PathBuf,
    #[command(flatten)]
    parameters: Parameters,
}

pub fn run(options: &Options) -> Outcome {
    match baton_author::definition(&options.file, &options.parameters.read()?) {
        Ok(definition) => {
            say(baton_author::mermaid(&definition).trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Unreadable(error)) => Err(error),
        Err(Refused::Invalid(findings)) => {
            complain(&findings, false);
            Ok(ExitCode::from(NOT_VALID))
        }
    }
}

pub fn schema() -> Outcome {
    let schema = serde_json::to_string_pretty(&baton_engine::editor_schema(crate::functions::KNOWN))
        .map_err(baton_base::Error::broken)?;
    say(&schema);
    Ok(ExitCode::SUCCESS)
}
