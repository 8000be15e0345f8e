//! `baton connector import`.

use super::super::{Outcome, say};
use baton_base::{Bundle, Error, Finding};
use baton_clients::limits::FILE_BYTES_MAX;
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
    /// What you know better of the operations that you pick, as YAML or JSON: a list of `operation` with `name`, `title`,
    /// `writes`, `risk`, `idempotent`, `money` and `compensate`, as far as they are other than suggested.
    #[arg(long, value_name = "FILE", conflicts_with = "operations")]
    picks: Option<PathBuf>,
    /// The connector's name; made from the description's title if left out.
    #[arg(long)]
    name: Option<String>,
    /// Where the system is: an address, or '{{param.NAME}}', a parameter of the overlay; as the description says if left out.
    #[arg(long)]
    base_url: Option<String>,
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
    let (name, text) = read(&options.file, "the description")?;
    let picks = picks(options.picks.as_deref(), &options.operations)?;
    let wanted = import::Options { name: options.name.clone(), picks, auth: None, base_url: options.base_url.clone() };
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

/// A file's name and its text.
fn read(file: &Path, what: &str) -> Result<(String, String), Error> {
    let name = file.display().to_string();
    let unreadable = |e: std::io::Error| Error::invalid(format!("{what} cannot be read"), format!("{name}: {e}"));
    let text = fs::read_to_string(file).map_err(unreadable)?;
    Ok((name, text))
}

/// What was picked, with what is known better or by name alone; all where neither is said.
fn picks(file: Option<&Path>, operations: &[String]) -> Result<Option<Vec<Pick>>, Error> {
    let Some(file) = file else {
        let pick = |operation: &String| Pick { operation: operation.clone(), ..Pick::default() };
        return Ok((!operations.is_empty()).then(|| operations.iter().map(pick).collect()));
    };
    let (name, text) = read(file, "the file of picks")?;
    let wrong = |found: Finding| {
        Error::invalid(format!("{name}:{}:{}: {}", found.line, found.column, found.message), found.remedy)
    };
    Bundle::yaml(&name, &text).map(Some).map_err(wrong)
}

fn write(folder: &Path, import: &Import, force: bool) -> Result<(), Error> {
    let places: Vec<(PathBuf, &String)> = import.files.iter().map(|(path, text)| (folder.join(path), text)).collect();
    if let Some((there, _)) = places.iter().find(|(place, _)| !force && place.exists()) {
        return Err(Error::invalid(format!("{} is there already", there.display()), "give another --name, or --force"));
    }
    if let Some((place, text)) = places.iter().find(|(_, text)| text.len() as u64 > FILE_BYTES_MAX) {
        let detail = format!("{} bytes; pick what is used with --operations", text.len());
        return Err(Error::Limit(format!("{} is too large for a blueprint: {detail}", place.display())));
    }
    for (place, text) in places {
        let parent = place.parent().unwrap_or(folder);
        let wrong = |e: std::io::Error| Error::invalid(format!("{} cannot be written", place.display()), e.to_string());
        fs::create_dir_all(parent).and_then(|()| fs::write(&place, text)).map_err(wrong)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_better_stands_in_a_file_whose_faults_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("picks.yaml");
        let picked = |text: &str| {
            fs::write(&file, text).unwrap();
            picks(Some(&file), &[])
        };
        let known = "- { operation: getOrder, name: find_order, title: Look at an order }\n\
                     - { operation: refund, risk: high, money: [/total], compensate: charge }\n";
        let known = picked(known).unwrap().unwrap();
        assert_eq!(
            (known[0].name.as_deref(), known[0].title.as_deref()),
            (Some("find_order"), Some("Look at an order"))
        );
        assert_eq!((known[1].risk.as_deref(), known[1].compensate.as_deref()), (Some("high"), Some("charge")));
        let error = picked("- { operation: getOrder, nmae: x }\n").unwrap_err().to_string();
        assert!(error.contains("picks.yaml"), "{error}");
        let error = picks(Some(&folder.path().join("none.yaml")), &[]).unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
        assert!(picks(None, &[]).unwrap().is_none());
        assert_eq!(picks(None, &["look".to_owned()]).unwrap().unwrap()[0].operation, "look");
    }
}
