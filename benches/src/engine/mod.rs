//! The engine alone, in this process: runs, durable steps, waits, history and nodes, on SQLite and on PostgreSQL.
//!
//! `cargo run --profile demo -p baton-benches -- engine`, or one part of it, such as `engine steps --database sqlite`.

mod counts;
mod figure;
mod ground;
mod history;
mod latency;
mod nodes;
mod pure;
mod steps;
mod waiting;

use crate::machine;
use anyhow::{Context as _, Result};
use baton_testkit::PgServer;
use clap::{Args, ValueEnum};
use figure::Figure;
use std::path::PathBuf;

/// What to measure, and how much of it.
#[derive(Args, Clone)]
pub struct Options {
    /// Parts to measure; all of them if none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Which databases.
    #[arg(long, value_enum, default_value = "both")]
    database: Which,
    /// A PostgreSQL server to use instead of one started for the measurement, such as
    /// `postgres://postgres@127.0.0.1/postgres`; databases are made in it and left there.
    #[arg(long)]
    postgres: Option<String>,
    /// Folder for SQLite files; it decides what an fsync costs.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Times each throughput is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// Runs of each measurement of throughput.
    #[arg(long, default_value_t = 10_000)]
    runs: usize,
    /// How long events and starts come in while delays are measured, seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Runs that wait.
    #[arg(long, default_value_t = 1_000_000)]
    waiting: usize,
    /// Ledger rows of the long history.
    #[arg(long, default_value_t = 10_000_000)]
    history: u64,
    /// What a step takes outside while two nodes are compared with one, milliseconds. Longer where the server and both nodes
    /// share few processors: two nodes make twice the steps only if the database can.
    #[arg(long, default_value_t = 250)]
    outside_ms: u64,
    /// Small versions of everything: shows that the measurements work, and nothing else.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Runs of ten pure tasks per second.
    Pure,
    /// Durable steps per second.
    Steps,
    /// Start to finish of a run of five durable steps at 100 runs per second.
    Latency,
    /// Memory and wake-up of many waiting runs.
    Waiting,
    /// Cost of a step with a short and with a long history.
    History,
    /// Two nodes against one on one PostgreSQL.
    Nodes,
    /// What one step costs: statements, commits, bytes.
    Counts,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
    Both,
}

/// Where databases come from.
pub struct Places {
    options: Options,
    server: Option<PgServer>,
}

/// One kind of database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Kind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Places {
    async fn new(options: &Options) -> Result<Self> {
        let own = options.database != Which::Sqlite && options.postgres.is_none();
        let server = match own {
            true => Some(tokio::task::spawn_blocking(PgServer::start).await.context("PostgreSQL did not start")?),
            false => None,
        };
        Ok(Self { options: options.clone(), server })
    }

    fn kinds(&self) -> Vec<Kind> {
        match self.options.database {
            Which::Sqlite => vec![Kind::Sqlite],
            Which::Postgres => vec![Kind::Postgres],
            Which::Both => vec![Kind::Sqlite, Kind::Postgres],
        }
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds().contains(&kind)
    }
}

/// Measures, prints, and says whether every goal was met.
pub async fn measure(options: &Options) -> Result<bool> {
    let options = if options.quick { quick(options) } else { options.clone() };
    let places = Places::new(&options).await?;
    let wanted = |part| options.parts.is_empty() || options.parts.contains(&part);
    let mut figures: Vec<Figure> = Vec::new();
    println!("{}", figure::head());
    for kind in places.kinds() {
        if wanted(Part::Pure) {
            figures.extend(pure::measure(&places, kind).await?);
        }
        if wanted(Part::Steps) {
            figures.extend(steps::measure(&places, kind).await?);
        }
        if wanted(Part::Latency) {
            figures.extend(latency::measure(&places, kind).await?);
        }
        if wanted(Part::Counts) {
            counts::measure(&places, kind).await?;
        }
        if wanted(Part::History) {
            figures.extend(history::measure(&places, kind).await?);
        }
        if wanted(Part::Waiting) {
            figures.extend(waiting::measure(&places, kind).await?);
        }
    }
    if wanted(Part::Nodes) && places.has(Kind::Postgres) {
        figures.extend(nodes::measure(&places).await?);
    }
    let missed = figures.iter().filter(|figure| !figure.met()).count();
    println!("\n{} figures, {missed} missed; load now {}", figures.len(), machine::load());
    tokio::task::spawn_blocking(move || drop(places)).await?;
    Ok(missed == 0)
}

fn quick(options: &Options) -> Options {
    Options { repeat: 1, runs: 100, seconds: 1, waiting: 2_000, history: 50_000, ..options.clone() }
}
