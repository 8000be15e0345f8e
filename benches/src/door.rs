//! The door: a governed call over MCP beside a call of the system itself, many callers at once, one policy decision among
//! ten thousand policies; and the same load on ContextForge.
//!
//! `cargo run --profile demo -p baton-benches -- door`, or `door --policies`, or `door contextforge`, after
//! `cargo build --profile demo --bin baton --bin baton-test-everything`.

mod baton;
mod callers;
mod contextforge;
mod gateway;
mod policies;
mod target;

use crate::verdict;
use anyhow::Result;
use clap::{Args, Subcommand};

/// What to measure, and how much of it.
#[derive(Args, Clone)]
pub struct Options {
    #[command(subcommand)]
    alone: Option<Alone>,
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
    /// Decisions that are timed.
    #[arg(long, default_value_t = 20_000)]
    pub decisions: usize,
    /// Actions of the release, with 100 policies each.
    #[arg(long, default_value_t = 100)]
    pub actions: usize,
}

/// What is measured by itself.
#[derive(Subcommand, Clone)]
enum Alone {
    /// Calls per second of Baton and of ContextForge, in turns.
    Contextforge(contextforge::Beside),
}

/// Measures, prints each figure with its goal, and says whether all were met.
pub async fn measure(root: &std::path::Path, options: &Options) -> Result<bool> {
    println!("{:<58} {:>10}  {:<10}", "the door, SQLite with synchronous=FULL", "", "goal");
    if let Some(Alone::Contextforge(beside)) = &options.alone {
        return contextforge::measure(root, beside).await;
    }
    let mut met = policies::measure(options)?;
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
