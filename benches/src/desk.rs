//! The desk: a hundred thousand items for five thousand people, an operation near its limit, two nodes that claim the same
//! work, and 200 consoles that see it.
//!
//! `cargo run --profile demo -p baton-benches -- desk`

mod consoles;
mod races;
mod routing;

use crate::verdict;
use anyhow::Result;
use clap::Args;
use std::path::Path;

/// What to measure, and how much of it.
#[derive(Args, Clone)]
pub struct Options {
    /// Items that wait.
    #[arg(long, default_value_t = 100_000)]
    pub items: usize,
    /// People who are there.
    #[arg(long, default_value_t = 5_000)]
    pub people: usize,
    /// Items that two nodes claim at once.
    #[arg(long, default_value_t = 10_000)]
    pub races: usize,
    /// Only routing and the simulated operation.
    #[arg(long)]
    pub routing: bool,
}

/// Measures, prints each figure with its goal, and says whether all were met.
pub async fn measure(root: &Path, options: &Options) -> Result<bool> {
    println!("{:<70} {:>10}  {:<8}", "the desk", "", "goal");
    let mut met = routing::measure(options);
    if !options.routing {
        met &= races::measure(options).await?;
        met &= consoles::measure(root).await?;
    }
    Ok(met)
}

/// One figure and what it should be below.
fn figure(name: &str, value: f64, unit: &str, goal: f64) -> bool {
    let met = value < goal;
    println!("{name:<70} {value:>10.3} {unit:<6} < {goal:<8} {}", verdict(met));
    met
}
