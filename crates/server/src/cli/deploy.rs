//! `baton deploy`: folder and overlay become a release; nothing goes live unless every room accepts it and somebody answers for all
//! of it, and for a client that asks for proofs unless every property of its policies is proven.

use super::policy::proof_lines;
use super::serve::prepare_folder;
use super::{Database, Outcome, say, set_up_expressions, system_env};
use crate::parts::{accepted, refused};
use crate::proofs::{Proofs, summary};
use crate::rules::Rules;
use baton_base::{Bundle, ClientId, Error, Finding};
use baton_clients::changes::{proofs_required, without_owner};
use baton_clients::{Overlay, assemble, read_overlay};
use baton_db::Db;
use baton_govern::{Ctx, proofs};
use clap::Args;
use serde_json::Value;
use std::collections::BTreeSet;
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

/// Checks every release with every room and proves what its client asks to have proven, then puts all of them live, or none.
pub(crate) async fn deploy(url: &str, source: &Source, sets: &[String]) -> Result<(), Error> {
    put_live(url, source, sets).await?.iter().for_each(|line| say(line));
    Ok(())
}

/// The same without a word.
pub(crate) async fn deploy_quietly(url: &str, source: &Source, sets: &[String]) -> Result<(), Error> {
    put_live(url, source, sets).await.map(|_| ())
}

async fn put_live(url: &str, source: &Source, sets: &[String]) -> Result<Vec<String>, Error> {
    let ready = prepare_all(source, sets)?;
    prepare_folder(url)?;
    let db = Db::open(url).await?;
    db.migrate().await?;
    let proven = prove_all(&db, &ready).await?;
    let lines = deploy_all(&db, ready, proven).await?;
    db.close().await;
    Ok(lines)
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
    accepted(&bundle)?;
    let unowned = without_owner(&bundle);
    if !unowned.is_empty() {
        return Err(unowned);
    }
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

/// For each client that asks for proofs: whether its policies let nothing through that a property forbids. What is not proven
/// is told, with the call that would be let through, and then nothing goes live; else the clients that have been asked about.
async fn prove_all(db: &Db, ready: &[Ready]) -> Result<BTreeSet<ClientId>, Error> {
    let proving = Proofs::default();
    let (mut proven, mut lines) = (BTreeSet::new(), Vec::new());
    for Ready { overlay, bundle, .. } in ready {
        let client: ClientId = overlay.client.parse()?;
        let asked = client.clone();
        if !db.read(move |tx| proofs_required(tx, &asked)).await? {
            continue;
        }
        let rulebook = Rules::of(bundle).map_err(|found| refused(&found))?.rulebook;
        let told = proving.of(rulebook, system_env().now_ms()).await?;
        if told.iter().all(|proof| proof.outcome == proofs::Outcome::Proven) {
            proven.insert(client);
            continue;
        }
        lines.push(format!("{client}: {}", summary(&told, true)));
        // Without a solver the line above says all there is to say.
        let shown = |outcome: proofs::Outcome| matches!(outcome, proofs::Outcome::Refuted | proofs::Outcome::Undecided);
        lines.extend(told.iter().filter(|proof| shown(proof.outcome)).flat_map(proof_lines));
    }
    if lines.is_empty() {
        return Ok(proven);
    }
    let why = format!(
        "not everything is proven of a client that asks for proofs; nothing was deployed\n{}",
        lines.join("\n")
    );
    Err(Error::refused(why, vec!["built-in:checks".to_owned()]))
}

async fn deploy_all(db: &Db, ready: Vec<Ready>, proven: BTreeSet<ClientId>) -> Result<Vec<String>, Error> {
    let env = system_env();
    db.write(move |tx| {
        let ctx = Ctx::system(&env, &ClientId::house(), "cli:deploy");
        let mut lines = Vec::new();
        for Ready { overlay, version, bundle } in ready {
            let client: ClientId = overlay.client.parse()?;
            if !proven.contains(&client) && proofs_required(tx, &client)? {
                return Err(Error::Conflict(format!("{client} asks for proofs since a moment ago; deploy again")));
            }
            let release = baton_clients::deploy(tx, &ctx, &overlay, &version, &bundle)?;
            lines.push(format!("{} runs {} {version} as {release}", overlay.client, overlay.blueprint));
        }
        Ok(lines)
    })
    .await
}
