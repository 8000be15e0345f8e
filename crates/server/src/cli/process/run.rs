//! `baton process run`.

use super::super::{Outcome, say, say_error};
use super::lint::line;
use super::{NOT_VALID, Parameters, complain};
use baton_author::{Incoming, Played, Project, Refused, Script, Time, Wanted, limits, play};
use baton_base::{Bundle, Clock, Error, Result, SystemClock};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// File of the process; those beside it can be run by it.
    file: PathBuf,
    /// Input of the run, as JSON; `{}` if neither this nor --input-file is given.
    #[arg(long, conflicts_with = "input_file")]
    input: Option<String>,
    /// File with the input, JSON or YAML; `-` is standard input.
    #[arg(long)]
    input_file: Option<PathBuf>,
    /// Events for the run, in order: a YAML list, or one JSON event a line.
    #[arg(long)]
    events: Option<PathBuf>,
    /// Scripted answers, by task or function.
    #[arg(long)]
    mock: Option<PathBuf>,
    /// More processes that it may run.
    #[arg(long)]
    with: Vec<PathBuf>,
    /// Let the clock jump to whatever comes next, so that a wait of a year ends at once.
    #[arg(long)]
    fast: bool,
    /// Make no call that the script does not answer, not even those of the language (http, openapi, mcp, a2a).
    #[arg(long)]
    offline: bool,
    /// Longest time, such as PT30S; by the jumping clock where that is chosen.
    #[arg(long)]
    timeout: Option<String>,
    /// Keep the database here: a file that is not there yet.
    #[arg(long)]
    db: Option<PathBuf>,
    /// YAML file with secrets by name; otherwise they are read from BATON_SECRET_<NAME>.
    #[arg(long)]
    secrets: Option<PathBuf>,
    /// Print one document with status, output, error, events, path and calls.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    parameters: Parameters,
}

pub async fn run(options: Options) -> Outcome {
    let whole = options.json;
    match attempt(options).await {
        Err(error @ (Error::Invalid { .. } | Error::Limit(_) | Error::NotFound(_))) if whole => {
            say(&json!({"status": "invalid", "error": error.problem()}).to_string());
            Ok(ExitCode::from(NOT_VALID))
        }
        done => done,
    }
}

async fn attempt(options: Options) -> Outcome {
    let input = input(&options)?;
    let script = match &options.mock {
        Some(file) => Script::read(&file.display().to_string(), &text(file)?)?,
        None => Script::default(),
    };
    let events = match &options.events {
        Some(file) => Incoming::read(&file.display().to_string(), &text(file)?)?,
        None => Vec::new(),
    };
    let project = match Project::read(&options.file, &options.with, &options.parameters.read()?) {
        Ok(project) => project,
        Err(Refused::Unreadable(error)) => return Err(error),
        Err(Refused::Invalid(findings)) => {
            complain(&findings, options.json);
            return Ok(ExitCode::from(NOT_VALID));
        }
    };
    let scripted: Vec<&str> = script.names().collect();
    for (name, findings) in project.missing().into_iter().filter(|(name, _)| !scripted.contains(&name.as_str())) {
        let remedy = "put its file beside this one, name it by --with, or script an answer";
        say_error(&format!("process '{name}', which this one may run, is not there: {remedy}"));
        findings.iter().for_each(|finding| say_error(&line(finding)));
    }
    let played = play(&project, input, script, events, time(&options)?, &wanted(&options)?).await?;
    Ok(tell(&played, options.json))
}

fn tell(played: &Played, whole: bool) -> ExitCode {
    let completed = played.status == "completed";
    if whole {
        say(&json!(played).to_string());
    } else {
        played.events.iter().for_each(|event| say_error(&json!({"emitted": event}).to_string()));
        match (&played.output, &played.error) {
            (Some(output), _) if completed => say(&output.to_string()),
            (_, Some(error)) => say(&json!(error).to_string()),
            (_, None) => say(&json!({"status": played.status}).to_string()),
        }
    }
    if completed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn time(options: &Options) -> Result<Time> {
    let limit_ms = options.timeout.as_ref().map(|text| {
        baton_engine::duration_ms(&Value::from(text.as_str())).map_err(|why| {
            Error::invalid_at("--timeout", format!("'{text}' is no duration: {why}"), "write it like PT30S")
        })
    });
    let limit_ms = limit_ms.transpose()?;
    Ok(match options.fast {
        true => Time::Jumping { from_ms: SystemClock.now_ms(), limit_ms: limit_ms.unwrap_or(limits::JUMPED_MS_MAX) },
        false => Time::Real { limit_ms: limit_ms.unwrap_or(limits::REAL_MS_MAX) },
    })
}

fn wanted(options: &Options) -> Result<Wanted> {
    let database = match &options.db {
        Some(path) if path.exists() => {
            let detail = "name a file that is not there yet; a run keeps a database of its own";
            return Err(Error::invalid_at("--db", format!("{} exists", path.display()), detail));
        }
        Some(path) => Some(format!("sqlite:{}", path.display())),
        None => None,
    };
    let secrets = match &options.secrets {
        Some(file) => {
            let values: BTreeMap<String, Value> = read_yaml(file)?;
            let as_text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.into_iter().map(|(name, value)| (name, as_text(value))).collect()
        }
        None => BTreeMap::new(),
    };
    Ok(Wanted { database, real_calls: !options.offline, secrets })
}

fn input(options: &Options) -> Result<Value> {
    match (&options.input, &options.input_file) {
        (Some(text), _) if text.trim().is_empty() => Err(Error::invalid_at(
            "--input",
            "the input is empty",
            "leave --input out, or write JSON such as '{\"a\": 1}'",
        )),
        (Some(text), _) => serde_json::from_str(text).map_err(|e| {
            Error::invalid_at(
                "--input",
                format!("the input is not JSON: {e}"),
                "quote it, such as --input '{\"a\": 1}'",
            )
        }),
        (None, Some(file)) if file.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut std::io::stdin().lock(), &mut text)
                .map_err(|e| Error::invalid("standard input cannot be read", e.to_string()))?;
            parsed("standard input", &text)
        }
        (None, Some(file)) => read_yaml(file),
        (None, None) => Ok(json!({})),
    }
}

fn text(file: &Path) -> Result<String> {
    baton_author::text_of(file, &BTreeMap::new())
}

fn read_yaml<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T> {
    parsed(&file.display().to_string(), &text(file)?)
}

fn parsed<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    Bundle::yaml(name, text).map_err(|finding| Error::invalid(format!("{name} cannot be read"), finding.to_string()))
}
