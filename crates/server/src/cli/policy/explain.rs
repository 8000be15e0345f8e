//! `baton policy explain`.

use super::super::{Database, Outcome, say};
use super::Blueprint;
use crate::rules::Rules;
use crate::why::{self, Why};
use baton_author::policies::PolicyTests;
use baton_base::{ClientId, Error, Result};
use baton_db::Db;
use clap::Args;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Largest call read, bytes.
const CALL_BYTES_MAX: u64 = 1024 * 1024;

/// What to explain.
#[derive(Args)]
pub struct Options {
    /// Id of an effect (`eff_…`) or a ledger entry (`led_…`) in the database.
    #[arg(required_unless_present = "call", conflicts_with = "call")]
    id: Option<String>,
    /// The client it belongs to.
    #[arg(long, required_unless_present = "call")]
    client: Option<String>,
    /// A call as JSON, in the form of one test of `baton policy test` without what is expected; `-` reads standard input.
    #[arg(long, requires = "folder")]
    call: Option<PathBuf>,
    /// Folder of the blueprint whose rules judge the call.
    #[arg(long = "blueprint")]
    folder: Option<PathBuf>,
    /// Overlay of a client; without it, parameters stand in.
    #[arg(long)]
    overlay: Option<PathBuf>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(options: Options) -> Outcome {
    let why = match (&options.call, &options.id) {
        (Some(call), _) => of_call(&options, call)?,
        (None, Some(id)) => recorded(&options, id).await?,
        (None, None) => return Err(Error::invalid("there is nothing to explain", "give an id, or --call FILE")),
    };
    if options.json {
        say(&serde_json::to_string(&why).map_err(Error::broken)?);
    } else {
        lines(&why).iter().for_each(|line| say(line));
    }
    Ok(ExitCode::SUCCESS)
}

async fn recorded(options: &Options, id: &str) -> Result<Why> {
    let client: ClientId = options.client.as_deref().unwrap_or_default().parse()?;
    let db = Db::open(&options.database.database).await?;
    let id = id.to_owned();
    let why = db.read(move |tx| why::of(tx, &client, &id)).await;
    db.close().await;
    why
}

fn of_call(options: &Options, path: &PathBuf) -> Result<Why> {
    let mut text = String::new();
    let unreadable = |e: std::io::Error| Error::invalid("the call cannot be read", e.to_string());
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(CALL_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(CALL_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    }
    let call = serde_json::from_str(&text).map_err(|e| Error::invalid("the call is not JSON", e.to_string()))?;
    let folder = options.folder.clone().unwrap_or_default();
    let blueprint = Blueprint { folder, overlay: options.overlay.clone(), params: Vec::new() };
    let rules: Rules = blueprint.rules(&BTreeMap::new())?.map_err(|findings| crate::parts::refused(&findings))?;
    let (action, tried) = PolicyTests::try_one(&call, &rules.catalogue, &rules.rulebook)?;
    Ok(why::of_trial(&tried, &action, &rules))
}

fn lines(why: &Why) -> Vec<String> {
    let mut lines = vec![format!("{}: {} {}", why.about, why.action, why.said), format!("  {}", why.reason)];
    if let Some(actor) = &why.actor {
        lines.push(format!("  asked by {actor}"));
    }
    if let Some(release) = &why.release {
        let note = if why.release_recorded { "" } else { " (the live one; the record names none)" };
        lines.push(format!("  by release {release}{note}"));
    }
    lines.push(format!("  decided by {}", why.ids.join(", ")));
    for policy in &why.policies {
        lines.push(format!("{}:{}", policy.file, policy.line));
        lines.extend(policy.text.lines().map(|line| format!("  {line}")));
    }
    for shown in &why.rules {
        lines.push(format!("tables/{}.yaml, rule {} ({})", shown.table, shown.rule.id, shown.title));
        let cells = shown.inputs.iter().zip(&shown.rule.when).filter(|(_, cell)| **cell != "-");
        lines.extend(cells.map(|(name, cell)| format!("  when {name}: {cell}")));
        lines.extend(shown.outputs.iter().zip(&shown.rule.then).map(|(name, value)| format!("  then {name}: {value}")));
    }
    if !why.terms.is_null() {
        lines.push(format!("terms: {}", why.terms));
    }
    if why.saw.is_object() {
        lines.push(format!("saw: {}", why.saw));
    }
    lines
}
