//! `baton-demo-systems`: the demo clients' own systems, as a program of their own.

use baton_base::Result;
use baton_demo::serve::Faults;
use baton_demo::systems::{Options, start};
use clap::Parser;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

/// The demo systems: a shop and two insurers, with real state, behind HTTP.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port of the shop; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    shop_port: u16,
    /// Port of Harbor Mutual's systems; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    mutual_port: u16,
    /// Port of Nordlicht's systems; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    nordic_port: u16,
    /// Folder of the journals; kept between starts.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Seed of the generated shop and policies.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Every answer waits this many milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    slow: u64,
    /// Share of calls answered 503 before anything is done, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    fail_rate: f64,
    /// Share of calls done and then never answered, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    silent_rate: f64,
    /// Folder with retail_db_users.json, retail_db_orders.json and retail_db_products.json to load as the shop.
    #[arg(long, value_name = "DIR")]
    shop_db: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "baton-demo-systems: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<()> {
    let faults = Faults { slow_ms: flags.slow, fail_rate: flags.fail_rate, silent_rate: flags.silent_rate };
    faults.check().map_err(|why| baton_base::Error::invalid("faults out of range", why))?;
    let systems = start(&Options {
        host: flags.host,
        shop_port: flags.shop_port,
        mutual_port: flags.mutual_port,
        nordic_port: flags.nordic_port,
        state: Some(flags.state),
        seed: flags.seed,
        faults,
        shop_db: flags.shop_db,
    })
    .await?;
    let line = serde_json::to_string(&systems.addresses).map_err(baton_base::Error::broken)?;
    writeln!(std::io::stdout(), "{line}").map_err(baton_base::Error::broken)?;
    stopped().await;
    Ok(())
}

#[cfg(unix)]
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
