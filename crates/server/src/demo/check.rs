//! `baton demo check` and `baton demo converse`: a whole world against a server of its own, in calm and in trouble.

use super::processes::{Server, Systems, fresh_folder};
use super::seed::{PASSWORD, seed};
use crate::cli::{deploy, say};
use baton_base::{Error, Result};
use baton_demo::play::{self, CheckOptions, Progress, ReplayOptions, Report, SignIn};
use baton_demo::systems::Addresses;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What to play.
#[derive(Args, Clone)]
pub struct Options {
    /// Claims of each insurer, at most (there are 1,000 of each).
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    claims: usize,
    /// Needs of the shop, at most (there are 500).
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    needs: usize,
    /// Conversations and notices at the same time.
    #[arg(long, default_value_t = 48)]
    concurrency: usize,
    /// Seed of the worlds and of the faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the calm part, or only the part with faults and kills.
    #[arg(long, value_parser = ["calm", "rough"])]
    only: Option<String>,
    /// How often the server is killed and restarted in the rough part.
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// Folder with the blueprints.
    #[arg(long, default_value = "blueprints")]
    blueprints: PathBuf,
    /// Folder with the overlays of the demo clients.
    #[arg(long, default_value = "demo/overlays")]
    overlays: PathBuf,
    /// Empty database to use instead of a temporary SQLite file: `postgres://…`. For one part only.
    #[arg(long)]
    database: Option<String>,
    /// Keep the temporary folder and say where it is.
    #[arg(long)]
    keep: bool,
}

struct Part {
    name: &'static str,
    kills: usize,
    faults: &'static [&'static str],
}

const CALM: Part = Part { name: "calm", kills: 0, faults: &[] };
/// Systems answer late, one call in ten fails before doing anything, one in fifty is done and never answered.
const ROUGH: &[&str] = &["--slow", "20", "--fail-rate", "0.1", "--silent-rate", "0.02"];

/// Plays the world of the seed; exit code 1 if any zero is not a zero.
pub async fn run(options: &Options) -> Result<ExitCode> {
    let rough = Part { name: "rough", kills: options.kills, faults: ROUGH };
    let parts = [CALM, rough];
    let wanted = parts.iter().filter(|part| options.only.as_deref().is_none_or(|only| only == part.name));
    let mut passed = true;
    for part in wanted {
        passed &= play_part(options, part, None).await?;
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays needs derived from published tasks on a published shop database.
pub async fn replay(options: &Options, db: &Path, tasks: &Path) -> Result<ExitCode> {
    let passed = play_part(options, &CALM, Some((db, tasks))).await?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn play_part(options: &Options, part: &Part, tasks: Option<(&Path, &Path)>) -> Result<bool> {
    let folder = fresh_folder()?;
    let mut flags: Vec<String> = part.faults.iter().map(|f| (*f).to_owned()).collect();
    flags.extend(["--seed".to_owned(), options.seed.to_string()]);
    if let Some((db, _)) = tasks {
        flags.extend(["--shop-db".to_owned(), db.display().to_string()]);
    }
    let systems = Systems::start(&folder.path().join("systems"), &flags).await?;
    let file = format!("sqlite:{}", folder.path().join("baton.db").display());
    let database = options.database.clone().unwrap_or(file);
    deploy::deploy(&database, &deploy_of(options), &sets(&systems.addresses)).await?;
    seed(&database).await?;
    let server = Server::start(&database, &folder.path().join("server.log")).await?;
    say(&format!("{}: Baton at {}, {} kills", part.name, server.url, part.kills));
    let (report, server) = play(options, part, tasks, &systems, server).await?;
    say(&report.to_string());
    server.stop().await?;
    let whole = crate::cli::audit::verify_all(&database).await?;
    drop(systems);
    if options.keep {
        say(&format!("kept: {}", folder.keep().display()));
    }
    Ok(report.passed() && whole)
}

async fn play(
    options: &Options,
    part: &Part,
    tasks: Option<(&Path, &Path)>,
    systems: &Systems,
    server: Server,
) -> Result<(Report, Server)> {
    let desk = SignIn { email: "supervisor@baton.example".to_owned(), password: PASSWORD.to_owned() };
    let (told, heard) = mpsc::unbounded_channel();
    let mut check = CheckOptions::new(&server.url, systems.addresses.clone(), desk);
    check.seed = options.seed;
    check.concurrency = options.concurrency;
    check.claims_max = options.claims;
    check.needs_max = options.needs;
    check.on_progress = Some(Arc::new(move |progress: Progress| {
        // Nobody hears it any more once all kills are done.
        let _ = told.send(progress);
    }));
    let killer = tokio::spawn(kill_now_and_then(server, part.kills, heard));
    let played = match tasks {
        None => play::check(&check).await,
        Some((db, tasks)) => {
            let replay = ReplayOptions { check: check.clone(), db_dir: db.to_owned(), tasks_file: tasks.to_owned() };
            play::replay(&replay).await
        }
    };
    drop(check);
    let server = killer.await.map_err(Error::broken)??;
    Ok((played?, server))
}

/// Kills the server without warning at even steps of the progress, and starts it again on the same port.
async fn kill_now_and_then(
    mut server: Server,
    kills: usize,
    mut heard: mpsc::UnboundedReceiver<Progress>,
) -> Result<Server> {
    let mut killed = 0;
    while let Some(progress) = heard.recv().await {
        let next = (killed + 1) * progress.total / (kills + 1);
        if killed < kills && progress.done >= next {
            killed += 1;
            server = server.kill_and_restart().await?;
        }
    }
    if killed > 0 {
        say(&format!("killed and restarted {killed} times"));
    }
    Ok(server)
}

fn deploy_of(options: &Options) -> deploy::Source {
    let overlays = ["harbor-mutual", "nordlicht", "larkspur"];
    deploy::Source {
        overlays: overlays.iter().map(|name| options.overlays.join(format!("{name}.yaml"))).collect(),
        blueprints: options.blueprints.clone(),
    }
}

/// The overlays' parameters that say where the demo systems are.
pub fn sets(at: &Addresses) -> Vec<String> {
    let mut sets = vec![format!("larkspur.shop_url={}", at.shop)];
    for (client, url) in [("harbor-mutual", &at.mutual), ("nordlicht", &at.nordic)] {
        for system in ["policies", "documents", "payments"] {
            sets.push(format!("{client}.{system}_url={url}"));
        }
    }
    sets
}
