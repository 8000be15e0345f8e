//! `baton demo traffic`: customers and claims at the speed of people.

use baton_base::Result;
use baton_demo::play::{Clients, TrafficOptions, traffic};
use clap::Args;
use std::process::ExitCode;

/// Where, and how many.
#[derive(Args)]
pub struct Options {
    /// Baton's address.
    #[arg(long, default_value = "http://127.0.0.1:7700")]
    url: String,
    /// Token of a service account that may open cases: `baton demo token` makes one.
    #[arg(long, env = "BATON_TOKEN", hide_env_values = true)]
    token: String,
    /// Arrivals per minute, of all clients together.
    #[arg(long, default_value_t = 20)]
    per_minute: u32,
    /// Seed of the worlds; the systems' own.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Sends until the worlds are through or the process is stopped.
pub async fn run(options: &Options) -> Result<ExitCode> {
    let sent = TrafficOptions {
        base_url: options.url.clone(),
        token: options.token.clone(),
        clients: Clients::default(),
        seed: options.seed,
        per_minute: options.per_minute,
    };
    tokio::select! {
        done = traffic(&sent) => done?,
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(ExitCode::SUCCESS)
}
