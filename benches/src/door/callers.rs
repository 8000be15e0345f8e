//! Governed calls over MCP against a server process, and the same calls of the system itself, in turns.

use super::baton::Baton;
use super::target::Upstream;
use super::{Options, figure, quantile};
use crate::machine;
use anyhow::{Result, bail};
use std::path::Path;

const CLIENT: &str = "everything";
const WARM_UP: u64 = 200;
const ADDED_P50_MS: f64 = 0.3;
const ADDED_P99_MS: f64 = 2.0;
const PER_SECOND: f64 = 4_000.0;

pub async fn measure(root: &Path, options: &Options) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let upstream = Upstream::start(&folder.path().join("system.log")).await?;
    let baton = Baton::serve(root, folder.path(), CLIENT, &upstream.address).await?;
    let (direct, governed) = (upstream.plain()?, baton.target()?);
    for target in [&direct, &governed] {
        target.steady(WARM_UP, 1).await?;
    }
    let load = machine::load();
    let (mut own, mut whole) = (Vec::new(), Vec::new());
    // In turns of a second: what else the machine does falls on both.
    for _ in 0..options.seconds {
        own.extend(direct.steady(options.rate, 1).await?);
        whole.extend(governed.steady(options.rate, 1).await?);
    }
    let before = upstream.calls().await?;
    let rush = governed.rush(options.clients, options.seconds).await?.whole()?;
    let reached = upstream.calls().await? - before;
    if reached < rush.answered() {
        bail!("{} calls were answered, and only {reached} came to the system", rush.answered());
    }
    println!(
        "  load {load} -> {}; {} calls of each kind at {}/s, in turns of 1 s",
        machine::load(),
        own.len(),
        options.rate
    );
    let (own_p50, own_p99) = (quantile(&mut own, 0.5), quantile(&mut own, 0.99));
    let (all_p50, all_p99) = (quantile(&mut whole, 0.5), quantile(&mut whole, 0.99));
    println!(
        "  the system itself: p50 {own_p50:.2} ms, p99 {own_p99:.2} ms; governed: p50 {all_p50:.2}, p99 {all_p99:.2}"
    );
    let mut met = figure("governed call over MCP, added, p50", all_p50 - own_p50, "ms", ADDED_P50_MS, true);
    met &= figure("governed call over MCP, added, p99", all_p99 - own_p99, "ms", ADDED_P99_MS, true);
    let name = format!("governed calls with {} callers at once", options.clients);
    met &= figure(&name, rush.per_second(), "/s", PER_SECOND, false);
    Ok(met)
}
