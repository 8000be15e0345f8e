//! `baton-sim`: plays worlds of a seed and prints what they came to.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program speaks on its terminal")]

use baton_sim::sweep::{CASES, Case, HEADING, Swept, sweep};
use baton_sim::{Options, TROUBLE_MS, Totals, Violation, world};
use clap::Parser;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Violations that are shown with their traces.
const SHOWN_MAX: usize = 3;

/// Plays whole operations on a fake world, with faults, and checks what must always be true.
#[derive(Parser)]
struct Args {
    /// Seed of everything that is by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated hours; each is a world of its own, which then comes to its end in as many more as it takes.
    #[arg(long)]
    hours: Option<u64>,
    /// Runs; worlds are played until there are so many.
    #[arg(long)]
    runs: Option<u64>,
    /// Plays this world of the seed alone.
    #[arg(long)]
    world: Option<u64>,
    /// Worlds played side by side; all processors by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// Waits for the disk at every commit, as in production.
    #[arg(long)]
    durable: bool,
    /// Plays without faults.
    #[arg(long)]
    calm: bool,
    /// Instead of worlds: each kind of task, met by each fault at each of its commits; or one kind by its name.
    #[arg(long, num_args = 0..=1, default_missing_value = "all")]
    sweep: Option<String>,
    /// Plays on PostgreSQL: the address of a server where databases may be made, or `test` for one of its own.
    #[arg(long)]
    database: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(wanted) = &args.sweep {
        return sweep_all(wanted);
    }
    let began = Instant::now();
    let totals = match play(&args) {
        Ok(totals) => totals,
        Err(error) => {
            eprintln!("baton-sim: {error}");
            return ExitCode::FAILURE;
        }
    };
    totals.violations.iter().take(SHOWN_MAX).for_each(|violation| show(&args, violation));
    println!("{totals}");
    let minutes = began.elapsed().max(Duration::from_millis(1)).as_secs_f64() / 60.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate for reading")]
    let rate = totals.runs() as f64 / minutes;
    println!("time {:.1} s, {rate:.0} runs a minute", minutes * 60.0);
    println!("digest {}", totals.digest());
    let (seed, runs, faults) = (args.seed, totals.runs(), totals.fault_count());
    println!("sim: seed {seed}: {runs} runs, {faults} faults, {} violations", totals.violations.len());
    if totals.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Sweeps the kinds side by side and prints the table.
fn sweep_all(wanted: &str) -> ExitCode {
    let cases: Vec<&Case> = CASES.iter().filter(|case| wanted == "all" || case.name == wanted).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(case) = cases.get(at) else { break };
                    let swept = on_runtime(sweep(case));
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, swept);
                }
            });
        }
    });
    println!("{HEADING}");
    let mut wrongs = Vec::new();
    for swept in done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values() {
        match swept {
            Ok(Swept { line, wrongs: mut more }) => {
                println!("{line}");
                wrongs.append(&mut more);
            }
            Err(error) => wrongs.push(error),
        }
    }
    wrongs.iter().take(SHOWN_MAX).for_each(|wrong| println!("\n{wrong}"));
    println!("sim: sweep: {} kinds, {} ended otherwise", cases.len(), wrongs.len());
    if wrongs.is_empty() && !cases.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn on_runtime<T>(work: impl Future<Output = baton_base::Result<T>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(work).map_err(|e| e.to_string())
}

fn show(args: &Args, violation: &Violation) {
    println!("\nVIOLATION (seed {}, world {}, step {})", args.seed, violation.world, violation.step);
    println!("  {}", violation.what);
    violation.trace.iter().for_each(|line| println!("    {line}"));
    println!("  again: cargo xtask sim --seed {} --world {}\n", args.seed, violation.world);
}

/// Plays worlds side by side; what they came to is added up in their order, so that it is the same each time.
fn play(args: &Args) -> Result<Totals, String> {
    let mut options = Options::seed(args.seed);
    options.durable = args.durable;
    options.troubled = !args.calm;
    let server = args.database.as_deref().map(server).transpose()?;
    if let Some(only) = args.world {
        return play_one(&options, server.as_ref(), only);
    }
    let hour = u64::try_from(TROUBLE_MS / 3_600_000).unwrap_or(1).max(1);
    let worlds = args.hours.map_or(if args.runs.is_some() { u64::MAX } else { 4 }, |hours| hours.div_ceil(hour));
    let wanted = args.runs.unwrap_or(u64::MAX);
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = if server.is_some() { 1 } else { args.jobs.unwrap_or(processors).max(1) };
    let (next, done, stop) = (AtomicU64::new(0), Mutex::new(BTreeMap::new()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= worlds {
                        break;
                    }
                    let came = play_one(&options, server.as_ref(), number);
                    let failed = came.as_ref().map_or(true, |totals| !totals.violations.is_empty());
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.insert(number, came);
                    let runs: u64 = done.values().flatten().map(Totals::runs).sum();
                    if failed || runs >= wanted {
                        stop.store(true, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let mut sum = Totals::default();
    for came in done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values() {
        sum.add(came?);
        if sum.runs() >= wanted {
            // Worlds that were begun beside the last one do not count: the sum is the same on any machine.
            break;
        }
    }
    Ok(sum)
}

/// A PostgreSQL server on which each world gets a database.
enum Server {
    Own(baton_testkit::PgServer),
    Given(String),
}

fn server(address: &str) -> Result<Server, String> {
    match address {
        "test" => Ok(Server::Own(baton_testkit::PgServer::start())),
        url if url.starts_with("postgres://") || url.starts_with("postgresql://") => Ok(Server::Given(url.to_owned())),
        other => Err(format!("--database {other}: give postgres://… or `test`")),
    }
}

fn play_one(options: &Options, server: Option<&Server>, number: u64) -> Result<Totals, String> {
    let mut options = options.clone();
    options.server = server.map(|server| match server {
        Server::Own(own) => own.fresh_database(),
        Server::Given(url) => baton_testkit::PgServer::at(url).fresh_database(),
    });
    on_runtime(world(&options, number))
}
