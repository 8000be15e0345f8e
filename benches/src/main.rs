//! Measures a real Baton: server processes, demo systems, HTTP. Prints figures with the machine's load.
//!
//! `cargo run -p baton-benches --profile demo -- all`, after
//! `cargo build --profile demo -p baton-server -p baton-demo`. What is measured by itself has a command: `-- engine`, `-- door`,
//! `-- door contextforge`, `-- ledger`, `-- import`, `-- search`, `-- desk`, `-- recognise`; `docs/guide/engine.md` and
//! `docs/guide/mcp.md` say what each prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a measuring program speaks on its terminal")]

mod acting;
mod cases;
mod chat;
mod desk;
mod door;
mod engine;
mod import;
mod installation;
mod latency;
mod ledger;
mod machine;
mod memory;
mod model;
mod recognise;
mod search;
mod start;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// As in the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Baton on this machine.
#[derive(Parser)]
#[command(version)]
pub struct Options {
    #[command(subcommand)]
    alone: Option<Alone>,
    /// What to measure.
    #[arg(value_enum, default_value = "all")]
    what: What,
    /// Claims of each of the two insurers, at most 1,000.
    #[arg(long, default_value_t = 250)]
    claims: usize,
    /// Needs of the shop, at most 500.
    #[arg(long, default_value_t = 125)]
    needs: usize,
    /// Conversations and notices at the same time while cases per second are measured.
    #[arg(long, default_value_t = 48)]
    concurrency: usize,
    /// Open cases for the measurement of memory.
    #[arg(long, default_value_t = 10_000)]
    open: usize,
    /// Customers' messages per second while replies are timed.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// How long messages are sent while replies are timed, seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Starts that are timed.
    #[arg(long, default_value_t = 7)]
    starts: usize,
    /// Folder with `blueprints` and `demo/overlays`.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Also fail when a figure misses its aim.
    #[arg(long, global = true)]
    strict: bool,
}

/// What is measured by itself.
#[derive(Subcommand)]
enum Alone {
    /// The engine in this process: runs, durable steps, waits, history, nodes.
    Engine(engine::Options),
    /// Sealing and proofs of the ledger, and what encryption at rest costs a text.
    Ledger(ledger::Options),
    /// From an API description to a connector.
    Import(import::Options),
    /// The search over articles.
    Search(search::Options),
    /// The desk: routing, a simulated operation, two nodes that claim the same work.
    Desk(desk::Options),
    /// Intent recognition: training on 10,000 messages, and the time of one message.
    Recognise(recognise::Options),
    /// The door: governed calls over MCP, many callers at once, a policy decision; the same load on ContextForge.
    Door(door::Options),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// All of it.
    All,
    /// Cases per second through the whole path, on SQLite and on PostgreSQL.
    Cases,
    /// Resident memory with many open cases.
    Memory,
    /// From a customer's message to the reply, without a model.
    Latency,
    /// The same with a model that answers at once: Baton's own time of a turn; and where it may call actions.
    Model,
    /// From the start of the program to the first page.
    Start,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("baton-benches: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(unless_stopped(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) if !options.strict => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("baton-benches: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures until it is done or told to stop; either way no process is left behind.
async fn unless_stopped(options: &Options) -> Result<bool> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        met = measure(options) => met,
        _ = tokio::signal::ctrl_c() => bail!("stopped"),
        _ = terminate.recv() => bail!("stopped"),
    }
}

/// Whether every aim was met.
async fn measure(options: &Options) -> Result<bool> {
    println!("{}\n", machine::describe());
    match &options.alone {
        Some(Alone::Engine(engine)) => return engine::measure(engine).await,
        Some(Alone::Ledger(options)) => return ledger::measure(options).await,
        Some(Alone::Search(search)) => return search::measure(search),
        Some(Alone::Import(import)) => return import::measure(import),
        Some(Alone::Desk(desk)) => return desk::measure(&options.root, desk).await,
        Some(Alone::Recognise(options)) => return recognise::measure(options),
        Some(Alone::Door(door)) => return door::measure(&options.root, door).await,
        None => {}
    }
    let wanted = |what| options.what == What::All || options.what == what;
    let mut met = true;
    if wanted(What::Start) {
        met &= start::measure(options).await?;
    }
    if wanted(What::Latency) {
        met &= latency::measure(options).await?;
    }
    if wanted(What::Model) {
        met &= latency::measure_with_model(options).await?;
        met &= latency::measure_acting(options).await?;
    }
    if wanted(What::Memory) {
        memory::measure(options).await?;
    }
    if wanted(What::Cases) {
        cases::measure(options).await?;
    }
    Ok(met)
}

/// Whether a figure meets its aim, in words.
fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}
