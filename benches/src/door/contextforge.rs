//! Baton beside ContextForge (PyPI `mcp-contextforge-gateway`): the same tool of the same MCP server, the same callers, in
//! turns.
//!
//! `baton-benches door contextforge`. It is installed into `contextforge` in the build folder unless `--gateway` says where
//! it is; nothing else of this workspace needs it.

use super::baton::Baton;
use super::gateway::{Gateway, Programs};
use super::target::{Rush, Target, Upstream};
use super::{figure, quantile};
use crate::machine;
use anyhow::{Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// The client whose tools are another MCP server's.
const CLIENT: &str = "through";
const TURNS: usize = 2;
const WARM_UP_S: u64 = 2;
const TIMES: f64 = 20.0;

/// Which ContextForge.
#[derive(Args, Clone)]
pub struct Beside {
    /// Its program, or the virtual environment that it is in; installed with pip if this is not given.
    #[arg(long, value_name = "PROGRAM_OR_VENV")]
    gateway: Option<PathBuf>,
    /// Its processes; its documented command starts one.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Callers at once.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// How long they call in each turn, seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// One of those who are compared.
struct Side {
    name: &'static str,
    target: Target,
    sum: Rush,
}

/// Measures, prints, and says whether the goal was met.
pub async fn measure(root: &Path, beside: &Beside) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let programs = Programs::find(beside.gateway.as_deref()).await?;
    let upstream = Upstream::start(&folder.path().join("system.log")).await?;
    let gateway = Gateway::start(&programs, folder.path(), beside.workers).await?;
    let forge = gateway.register(&upstream.mcp_url()).await?;
    let baton = Baton::serve(root, folder.path(), CLIENT, &upstream.address).await?;
    let side = |name, target| Side { name, target, sum: Rush::default() };
    let mut sides =
        [side("the system itself", upstream.mcp()?), side("Baton", baton.target()?), side("ContextForge", forge)];
    for side in &sides {
        side.target.rush(beside.clients, WARM_UP_S).await?;
    }
    let load = machine::load();
    println!("  {} callers, {} s a turn, {TURNS} turns each, one after the other", beside.clients, beside.seconds);
    for turn in 1..=TURNS {
        for side in &mut sides {
            play(&upstream, beside, turn, side).await?;
        }
    }
    println!("  load {load} -> {}", machine::load());
    for side in &mut sides {
        tell("all", side.name, &mut side.sum);
    }
    if let Err(error) = gateway.stop().await {
        println!("  {error:#}");
    }
    let [_, ours, theirs] = &sides;
    let name = format!("calls/s of Baton by those of ContextForge, {} callers", beside.clients);
    Ok(figure(&name, ours.sum.per_second() / theirs.sum.per_second(), "x", TIMES, false))
}

/// One turn. Whoever answers without asking the system does not count; ContextForge may fail at some calls.
async fn play(upstream: &Upstream, beside: &Beside, turn: usize, side: &mut Side) -> Result<()> {
    let before = upstream.calls().await?;
    let mut rush = side.target.rush(beside.clients, beside.seconds).await?;
    let reached = upstream.calls().await? - before;
    if let Some(first) = &rush.first {
        let all = format!("{} calls of {} failed; the first: {first}", rush.failed, side.name);
        if side.name != "ContextForge" || rush.answered() == 0 {
            bail!("{all}");
        }
        println!("  {all}");
    }
    if reached < rush.answered() {
        bail!("{} answered {} calls, and only {reached} came to the system", side.name, rush.answered());
    }
    tell(&format!("turn {turn}"), side.name, &mut rush);
    side.sum.add(rush);
    Ok(())
}

fn tell(when: &str, name: &str, rush: &mut Rush) {
    let (rate, failed) = (rush.per_second(), rush.failed);
    let (p50, p99) = (quantile(&mut rush.took_ms, 0.5), quantile(&mut rush.took_ms, 0.99));
    println!("  {when:<7} {name:<18} {rate:>9.1} calls/s, p50 {p50:>8.2} ms, p99 {p99:>8.2} ms, {failed} failed");
}
