//! `cargo xtask test`: everything CI runs, step by step, stopping at the first that fails.

mod programs;
mod steps;

use crate::args::Args;
use crate::count::Tally;
use crate::signals;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use programs::Programs;
use std::time::{Duration, Instant};

/// Flags of the command.
pub struct Options {
    quick: bool,
    only: Option<String>,
    list: bool,
}

impl Options {
    /// Reads the flags.
    pub fn read(args: &mut Args) -> Result<Self> {
        let options = Self { quick: args.flag("--quick"), only: args.value("--only")?, list: args.flag("--list") };
        args.finish()?;
        Ok(options)
    }
}

/// One step. What it needs from earlier ones it does itself when run alone.
struct Step {
    name: &'static str,
    what: &'static str,
    /// Part of `--quick`.
    quick: bool,
    run: fn(&mut Programs) -> Result<Tally>,
}

/// The console comes before the programs that embed it; what fails soonest comes first.
const STEPS: &[Step] = &[
    Step {
        name: "tools",
        what: "Node, PostgreSQL and Chromium are here, or are installed",
        quick: false,
        run: steps::tools,
    },
    Step { name: "format", what: "cargo fmt --check", quick: true, run: steps::format },
    Step { name: "tidy", what: "the house rules", quick: true, run: steps::tidy },
    Step {
        name: "licences",
        what: "every dependency is under a licence that deny.toml allows",
        quick: false,
        run: steps::licences,
    },
    Step { name: "console", what: "console: types, lints, build", quick: false, run: steps::console },
    Step { name: "lints", what: "clippy without a warning", quick: true, run: steps::lints },
    Step { name: "tests", what: "unit and contract tests, on SQLite and PostgreSQL", quick: true, run: steps::tests },
    Step { name: "doc-tests", what: "examples in the documentation", quick: false, run: steps::doc_tests },
    Step {
        name: "simulation",
        what: "worlds of the kept seeds with every fault, and every kind of task at every commit",
        quick: false,
        run: steps::simulation,
    },
    Step {
        name: "check",
        what: "known-answer cases to their end, with faults and kills",
        quick: false,
        run: steps::check,
    },
    Step {
        name: "journeys",
        what: "each role's way through the console, in a browser",
        quick: false,
        run: steps::journeys,
    },
    Step { name: "docs", what: "the documentation builds without a warning", quick: false, run: steps::docs },
];

/// Runs the steps and ends with one line of counts.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.list {
        STEPS.iter().for_each(|step| println!("{:<10} {}", step.name, step.what));
        return Ok(());
    }
    let chosen = choose(options)?;
    signals::watch()?;
    // All steps at once is what a fresh clone does; whoever mends something runs a step alone, again and again.
    let once = options.only.is_none() && !options.quick;
    let mut programs = Programs::new(Workspace { once, ..workspace.clone() });
    let mut sum = Tally::default();
    let mut times = Vec::new();
    let mut failure = None;
    for step in chosen {
        println!("\n=== {}: {}", step.name, step.what);
        let began = Instant::now();
        let outcome = (step.run)(&mut programs);
        times.push((step.name, began.elapsed()));
        match outcome {
            Ok(tally) => sum += tally,
            Err(error) => {
                println!("{error:#}");
                sum += programs.take_failed();
                failure = Some(step.name);
                break;
            }
        }
    }
    drop(programs);
    summary(&times, sum, failure)
}

fn choose(options: &Options) -> Result<Vec<&'static Step>> {
    let Some(only) = &options.only else {
        return Ok(STEPS.iter().filter(|step| step.quick || !options.quick).collect());
    };
    match STEPS.iter().find(|step| step.name == only) {
        Some(step) => Ok(vec![step]),
        None => bail!(
            "no step `{only}`; the steps are: {}",
            STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn summary(times: &[(&str, Duration)], sum: Tally, failure: Option<&str>) -> Result<()> {
    println!("\n=== time");
    for (name, time) in times {
        println!("{name:<10} {:>7.1} s", time.as_secs_f64());
    }
    println!("{:<10} {:>7.1} s", "all", times.iter().map(|(_, time)| time.as_secs_f64()).sum::<f64>());
    if let Some(step) = failure {
        println!("\nfailed: {step} (again alone: cargo xtask test --only {step})");
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    match failure {
        // The line above is the last one, for whoever reads only that.
        Some(_) => std::process::exit(1),
        None => Ok(()),
    }
}
