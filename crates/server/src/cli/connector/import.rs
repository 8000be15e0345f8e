//! `baton connector import`.

use super::super::{Outcome, say};
use baton_base::Error;
use baton_tools::import::{self, Import, Pick, Report};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to import.
#[derive(Args)]
pub struct Options {
    /// The description.
    file: PathBuf,
    /// How the report is printed.
    #[arg(long, value_enum, default_value = "text")]
    report: Form,
    /// Blueprint folder to write `connectors/NAME.yaml` and the pinned description into.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only these operations, by id or as 'GET /path'; all if left out.
    #[arg(long, value_delimiter = ',')]
    operations: Vec<String>,
    /// The connector's name; made from the description's title if left out.
    #[arg(long)]
    name: Option<String>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

/// Forms of a report.
#[derive(Clone, Copy, ValueEnum)]
pub enum Form {
    /// Lines for people.
    Text,
    /// One JSON document.
    Json,
}

pub fn run(options: &Options) -> Outcome {
    let name = options.file.display().to_string();
    let unreadable = |e: std::io::Error| Error::invalid("the description cannot be read", format!("{name}: {e}"));
    let text = fs::read_to_string(&options.file).map_err(unreadable)?;
    let pick = |operation: &String| Pick { operation: operation.clone(), ..Pick::default() };
    let picks = (!options.operations.is_empty()).then(|| options.operations.iter().map(pick).collect());
    let wanted = import::Options { name: options.name.clone(), picks, auth: None };
    let import = import::import(&name, &text, &wanted)
        .map_err(|problem| Error::invalid("the description cannot be imported", problem))?;
    if let Some(folder) = &options.out {
        write(folder, &import, options.force)?;
    }
    match options.report {
        Form::Json => say(&serde_json::to_string_pretty(&import.report).map_err(Error::broken)?),
        Form::Text => lines(&import.report).iter().for_each(|line| say(line)),
    }
    Ok(if import.report.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(folder: &Path, import: &Import, force: bool) -> Result<(), Error> {
    let places: Vec<(PathBuf, &String)> = import.files.iter().map(|(path, text)| (folder.join(path), text)).collect();
    if let Some((there, _)) = places.iter().find(|(place, _)| !force && place.exists()) {
        return Err(Error::invalid(format!("{} is there already", there.display()), "give another --name, or --force"));
    }
    for (place, text) in places {
        let parent = place.parent().unwrap_or(folder);
        let wrong = |e: std::io::Error| Error::invalid(format!("{} cannot be written", place.display()), e.to_string());
        fs::create_dir_all(parent).and_then(|()| fs::write(&place, text)).map_err(wrong)?;
        if text.len() as u64 > baton_clients::limits::FILE_BYTES_MAX {
            let detail = format!("{} bytes; pick what is used with --operations", text.len());
            return Err(Error::Limit(format!("{} is too large for a blueprint: {detail}", place.display())));
        }
    }
    Ok(())
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines = vec![format!("{} ({}, {})", report.title, report.name, report.language)];
    for action in &report.operations {
        let kind = if action.writes { "writes" } else { "reads" };
        let once = if action.idempotent { "repeatable" } else { "once" };
        lines.push(format!(
            "  {}  {kind}, {} risk, {once}  {} {}",
            action.name, action.risk, action.method, action.path
        ));
        lines.extend(action.notes.iter().map(|note| format!("      {note}")));
    }
    lines.extend(report.refused.iter().map(|refused| format!("  refused {}: {}", refused.operation, refused.reason)));
    lines.extend(report.security.iter().map(|scheme| format!("security: {scheme}")));
    lines.extend(report.callbacks.iter().map(|name| format!("callback: {name}")));
    lines.extend(report.webhooks.iter().map(|name| format!("webhook: {name}")));
    lines.extend(report.notes.iter().map(|note| format!("note: {note}")));
    lines.push(format!(
        "{} operations found, {} picked, {} imported, {} refused",
        report.found,
        report.picked,
        report.imported,
        report.refused.len()
    ));
    lines
}
