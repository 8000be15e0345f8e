//! `baton deploy`: folder and overlay become a release; nothing goes live unless every room accepts it.

use super::serve::prepare_folder;
use super::{Database, Outcome, say, set_up_expressions, system_env};
use crate::parts::compile;
use baton_base::{Bundle, ClientId, Error, Finding};
use baton_clients::{Overlay, assemble, read_overlay};
use baton_db::Db;
use baton_govern::Ctx;
use clap::Args;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to deploy.
#[derive(Args)]
pub struct Options {
    /// Overlay files, one a client.
    #[arg(required = true)]
    overlays: Vec<PathBuf>,
    /// Folder that holds the blueprints.
    #[arg(long, default_value = "blueprints")]
    blueprints: PathBuf,
    #[command(flatten)]
    database: Database,
    /// Overrides a parameter of the overlay named before the dot: `CLIENT.PARAMETER=VALUE`.
    #[arg(long = "set", value_name = "CLIENT.PARAMETER=VALUE")]
    sets: Vec<String>,
    /// Only check; change nothing.
    #[arg(long)]
    check: bool,
}

/// Where releases come from.
pub(crate) struct Source {
    /// Overlay files.
    pub overlays: Vec<PathBuf>,
    /// Folder that holds the blueprints.
    pub blueprints: PathBuf,
}

pub async fn run(options: Options) -> Outcome {
    let source = Source { overlays: options.overlays, blueprints: options.blueprints };
    if options.check {
        let ready = prepare_all(&source, &options.sets)?;
        say(&format!("{} releases are in order", ready.len()));
        return Ok(ExitCode::SUCCESS);
    }
    deploy(&options.database.database, &source, &options.sets).await?;
    Ok(ExitCode::SUCCESS)
}

/// Checks every release with every room, then puts all of them live, or none.
pub(crate) async fn deploy(url: &str, source: &Source, sets: &[String]) -> Result<(), Error> {
    let ready = prepare_all(source, sets)?;
    prepare_folder(url)?;
    let db = Db::open(url).await?;
    db.migrate().await?;
    deploy_all(&db, ready).await?.iter().for_each(|line| say(line));
    db.close().await;
    Ok(())
}

/// The same without a word.
pub(crate) async fn deploy_quietly(url: &str, source: &Source, sets: &[String]) -> Result<(), Error> {
    let ready = prepare_all(source, sets)?;
    prepare_folder(url)?;
    let db = Db::open(url).await?;
    db.migrate().await?;
    deploy_all(&db, ready).await?;
    db.close().await;
    Ok(())
}

fn prepare_all(source: &Source, sets: &[String]) -> Result<Vec<Ready>, Error> {
    set_up_expressions()?;
    let mut ready = Vec::new();
    let mut lines = Vec::new();
    for path in &source.overlays {
        match prepare(path, &source.blueprints, sets) {
            Ok(release) => ready.push(release),
            Err(more) => lines.extend(more.into_iter().map(|f| format!("{}: {f}", path.display()))),
        }
    }
    if lines.is_empty() {
        return Ok(ready);
    }
    Err(Error::invalid(format!("{} findings; nothing was deployed", lines.len()), format!("\n{}", lines.join("\n"))))
}

struct Ready {
    overlay: Overlay,
    version: String,
    bundle: Bundle,
}

fn prepare(path: &Path, blueprints: &Path, sets: &[String]) -> Result<Ready, Vec<Finding>> {
    let mut overlay = read_overlay(path)?;
    for set in sets {
        apply(&mut overlay, set).map_err(|finding| vec![finding])?;
    }
    let (bundle, version) = assemble(&blueprints.join(&overlay.blueprint), &overlay)?;
    compile(&bundle)?;
    Ok(Ready { overlay, version, bundle })
}

fn apply(overlay: &mut Overlay, set: &str) -> Result<(), Finding> {
    let bad = || {
        Finding::error(
            "--set",
            "set",
            format!("'{set}' is not CLIENT.PARAMETER=VALUE"),
            "write it like acme.limit_minor=5000",
        )
    };
    let (name, value) = set.split_once('=').ok_or_else(bad)?;
    let (client, parameter) = name.split_once('.').ok_or_else(bad)?;
    if client == overlay.client {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        overlay.parameters.insert(parameter.to_owned(), value);
    }
    Ok(())
}

async fn deploy_all(db: &Db, ready: Vec<Ready>) -> Result<Vec<String>, Error> {
    let env = system_env();
    db.write(move |tx| {
        let ctx = Ctx::system(&env, &ClientId::house(), "cli:deploy");
        let mut lines = Vec::new();
        for Ready { overlay, version, bundle } in ready {
            let release = baton_clients::deploy(tx, &ctx, &overlay, &version, &bundle)?;
            lines.push(format!("{} runs {} {version} as {release}", overlay.client, overlay.blueprint));
        }
        Ok(lines)
    })
    .await
}
