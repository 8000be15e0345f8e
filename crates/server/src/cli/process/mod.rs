//! `baton process`: what whoever writes a process needs, without a server.

mod draw;
mod lint;
mod run;
mod test;

pub(super) use lint::Deny;
pub(super) use lint::line as finding_line;

use super::{Outcome, block_on, say, say_error, set_up_expressions};
use baton_base::{Error, Finding, Result};
use clap::{Args, Subcommand};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Exit code for what is not valid: a definition, an input, a file.
pub(super) const NOT_VALID: u8 = 2;

/// What to do with processes.
#[derive(Subcommand)]
pub enum Command {
    /// Run a process to its end, durable in a temporary database, and print what came of it as JSON. Exit code 0 if it
    /// completed, 1 if not, 2 if the definition or an input is not valid.
    Run(run::Options),
    /// Play the table tests beside processes (NAME.test.yaml beside NAME.yaml) and say what they did not reach. Exit
    /// code 0 if all passed, 1 if not, 2 if a file is not valid.
    Test(test::Options),
    /// Check definitions; prints findings with file, line and column. Exit code 1 if one is an error.
    Lint(lint::Options),
    /// Print a process as a Mermaid flowchart.
    Graph(draw::Options),
    /// Print the JSON Schema of the language, for editors.
    Schema,
}

/// Values for a blueprint's parameters in the files.
#[derive(Args)]
struct Parameters {
    /// Value for `{{param.NAME}}` in the files: JSON, or text.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
}

impl Parameters {
    fn read(&self) -> Result<BTreeMap<String, Value>> {
        let one = |text: &String| {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Error::invalid_at("--param", format!("'{text}' is not NAME=VALUE"), "write it like language=en")
            })?;
            Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))))
        };
        self.params.iter().map(one).collect()
    }
}

pub fn run(command: Command) -> Outcome {
    set_up_expressions()?;
    let done = match command {
        Command::Run(options) => block_on(run::run(options)),
        Command::Test(options) => block_on(test::run(options)),
        Command::Lint(options) => lint::run(&options),
        Command::Graph(options) => draw::run(&options),
        Command::Schema => draw::schema(),
    };
    // What the caller must change is not valid; the rest is a failure of ours.
    match done {
        Err(error @ (Error::Invalid { .. } | Error::Limit(_) | Error::NotFound(_))) => {
            say_error(&format!("baton: {error}"));
            Ok(ExitCode::from(NOT_VALID))
        }
        done => done,
    }
}

/// Findings that stop a command: as lines on standard error, or as one JSON document on standard output.
pub(super) fn complain(findings: &[Finding], json: bool) {
    if json {
        say(&serde_json::json!({"status": "invalid", "findings": findings}).to_string());
    } else {
        findings.iter().for_each(|finding| say_error(&lint::line(finding)));
    }
}
