//! `baton table`: decision tables.

use super::policy::{Blueprint, exit, tell};
use super::{Outcome, say, set_up_expressions};
use baton_base::{Error, Finding, Result};
use baton_govern::{Table, dmn};
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with decision tables.
#[derive(Subcommand)]
pub enum Command {
    /// Look for inputs that no rule matches, rules that match together where one may, and rules that never count, each
    /// with an example. Exit code 1 if a table does not load or two rules match where one may.
    Check(Options),
    /// Read the decision tables of a DMN 1.3, 1.4 or 1.5 file as tables/NAME.yaml. What has no equal is named with its
    /// decision, rule, column and line. Exit code 1 if a decision was left out.
    Import(Import),
    /// Write decision tables as a DMN file, with the ids of their rules.
    Export(Export),
}

/// What to check.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Only this table.
    #[arg(long)]
    table: Option<String>,
    /// Print the tables as grids, with their findings, as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What to import.
#[derive(Args)]
pub struct Import {
    /// The DMN file.
    file: PathBuf,
    /// Blueprint folder to write `tables/NAME.yaml` into; without it they are printed.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    /// Print tables and findings as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What to export.
#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    blueprint: Blueprint,
    /// Only this table.
    #[arg(long)]
    table: Option<String>,
    /// File to write; without it the file is printed.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Edition of DMN; dmn-js and Camunda Modeler edit 1.3.
    #[arg(long, default_value = "1.5", value_parser = ["1.3", "1.5"])]
    dmn: String,
}

pub fn run(command: Command) -> Outcome {
    set_up_expressions()?;
    match command {
        Command::Check(options) => check(&options),
        Command::Import(options) => import(&options),
        Command::Export(options) => export(&options),
    }
}

fn check(options: &Options) -> Outcome {
    let rules = match options.blueprint.rules(&BTreeMap::new())? {
        Ok(rules) => rules,
        Err(findings) => return Ok(tell(&findings, "the release does not load", options.json)),
    };
    let tables = wanted(rules.rulebook.tables(), options.table.as_deref());
    let findings: Vec<Finding> = tables.iter().flat_map(|table| table.findings()).collect();
    if options.json {
        let grids: Vec<_> = tables.iter().map(|table| table.grid()).collect();
        say(&json!({ "tables": grids }).to_string());
        return Ok(exit(&findings));
    }
    Ok(tell(&findings, &format!("{} tables", tables.len()), false))
}

fn import(options: &Import) -> Outcome {
    let name = options.file.display().to_string();
    let unreadable = |e: std::io::Error| Error::invalid("the DMN file cannot be read", format!("{name}: {e}"));
    let size = fs::metadata(&options.file).map_err(unreadable)?.len();
    if size > dmn::DMN_BYTES_MAX as u64 {
        return Err(Error::Limit(format!("{name}: a DMN file has at most {} bytes", dmn::DMN_BYTES_MAX)));
    }
    let text = fs::read_to_string(&options.file).map_err(unreadable)?;
    let import = dmn::import(&name, &text)?;
    if let Some(folder) = &options.out {
        write_tables(folder, &import, options.force)?;
    }
    if options.json {
        say(&json!(import).to_string());
        return Ok(exit(&import.findings));
    }
    if options.out.is_none() {
        import.tables.iter().for_each(|table| say(&format!("# {}\n{}", table.file, table.text)));
    }
    Ok(tell(&import.findings, &format!("{} tables", import.tables.len()), false))
}

fn write_tables(folder: &Path, import: &dmn::Import, force: bool) -> Result<()> {
    let places: Vec<_> = import.tables.iter().map(|table| (folder.join(&table.file), &table.text)).collect();
    if let Some((there, _)) = places.iter().find(|(place, _)| !force && place.exists()) {
        return Err(Error::invalid(format!("{} is there already", there.display()), "--force replaces it"));
    }
    for (place, text) in places {
        write(&place, text)?;
    }
    Ok(())
}

fn write(place: &Path, text: &str) -> Result<()> {
    let wrong = |e: std::io::Error| Error::invalid(format!("{} cannot be written", place.display()), e.to_string());
    let parent = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).and_then(|()| fs::write(place, text)).map_err(wrong)
}

fn export(options: &Export) -> Outcome {
    let rules = match options.blueprint.rules(&BTreeMap::new())? {
        Ok(rules) => rules,
        Err(findings) => return Ok(tell(&findings, "the release does not load", false)),
    };
    let tables = wanted(rules.rulebook.tables(), options.table.as_deref());
    if tables.is_empty() {
        return Err(Error::not_found("a table of that name"));
    }
    let text = dmn::export(&tables, dmn::Edition::named(&options.dmn).unwrap_or_default())?;
    match &options.out {
        Some(place) => write(place, &text)?,
        None => say(text.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted<'a>(tables: impl Iterator<Item = &'a Table>, only: Option<&str>) -> Vec<&'a Table> {
    tables.filter(|table| only.is_none_or(|only| only == table.name())).collect()
}
