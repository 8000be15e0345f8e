//! The door: a governed call over MCP beside a call of the system itself, many callers at once, and one policy decision
//! among ten thousand policies.
//!
//! `cargo run --profile demo -p baton-benches -- door`, after
//! `cargo build --profile demo --bin baton --bin baton-test-everything`.

mod callers;
mod policies;

use crate::verdict;
use anyhow::Result;
use clap::Args;

/// What to measure, and how much of it.
#[derive(Args, Clone)]
pub struct Options {
    /// How long calls come at a steady pace, and then as fast as they can, seconds each.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Calls per second of the steady pace.
    #[arg(long, default_value_t = 500)]
    pub rate: u64,
    /// Callers at once.
    #[arg(long, default_value_t = 16)]
    pub clients: usize,
    /// Only the policy decision.
    #[arg(long)]
    pub policies: bool,
}

/// Measures, prints each figure with its goal, and says whether all were met.
pub async fn measure(root: &std::path::Path, options: &Options) -> Result<bool> {
    println!("{:<58} {:>10}  {:<10}", "the door, SQLite with synchronous=FULL", "", "goal");
    let mut met = policies::measure()?;
    if !options.policies {
        met &= callers::measure(root, options).await?;
    }
    Ok(met)
}

/// One figure and what it should be.
fn figure(name: &str, value: f64, unit: &str, goal: f64, below: bool) -> bool {
    let met = if below { value < goal } else { value >= goal };
    let sign = if below { "<" } else { ">=" };
    println!("{name:<58} {value:>10.2} {unit:<8} {sign} {goal:<8} {}", verdict(met));
    met
}

/// The value below which this share of them lies; sorts them.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
