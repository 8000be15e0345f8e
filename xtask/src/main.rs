//! The commands of this workspace: `cargo xtask demo`, `test`, `sim`, `conformance`, `tidy`, `ui`, `sbom` and `dist`.
//!
//! Nothing of the product lives here. The program starts other programs, watches them and says how they fared;
//! it depends on none of the rooms, so that it compiles in seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program speaks on its terminal")]

mod args;
mod conformance;
mod count;
mod demo;
mod dist;
mod licences;
mod run;
mod sbom;
mod service;
mod signals;
mod sim;
mod test;
mod tidy;
mod tools;
mod ui;
mod workspace;
mod world;

use anyhow::{Result, bail};
use args::Args;
use std::process::ExitCode;
use workspace::Workspace;

const USAGE: &str = "\
The commands of this workspace:

  cargo xtask demo [--fresh] [--port N] [--per-minute N] [--no-build]
      Builds Baton and runs it with three demo clients, their systems and simulated customers.
      --fresh         empties ./data first
      --port N        serves on this port (7700)
      --per-minute N  customers that write per minute (12); 0 for none
      --no-build      starts what was built before
  cargo xtask test [--quick] [--only STEP] [--list]
      Everything CI runs.
      --quick         formatting, tidy, lints and tests only
      --only STEP     one step; --list names them
  cargo xtask sim [--seed N] [--hours H] [--runs N] [--world N] [--sweep [KIND]] [--durable] [--database URL|test]
      Plays whole operations on a fake world, with faults, and checks what must always be true.
  cargo xtask conformance
      The official MCP conformance suite against `baton serve` on a fixture release; prints its totals.
  cargo xtask tidy    the house rules alone
  cargo xtask ui      builds the console
  cargo xtask sbom    what the program is made of (CycloneDX 1.6), on standard output
  cargo xtask dist    the program to ship: optimised, console inside
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let workspace = Workspace::find()?;
    if command == "sim" {
        return sim::run(&workspace, words);
    }
    let mut args = Args::new(words.collect());
    match command.as_str() {
        "demo" => demo::run(&workspace, &demo::Options::read(&mut args)?),
        "test" => test::run(&workspace, &test::Options::read(&mut args)?),
        "conformance" => args.finish().and_then(|()| conformance::command(&workspace)),
        "tidy" => args.finish().and_then(|()| tidy::run(&workspace)),
        "ui" => args.finish().and_then(|()| ui::command(&workspace)),
        "sbom" => args.finish().and_then(|()| sbom::run(&workspace)),
        "dist" => args.finish().and_then(|()| dist::run(&workspace)),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => bail!("no command `{unknown}`\n\n{USAGE}"),
    }
}
