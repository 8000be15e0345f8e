//! The steps of `cargo xtask test`.

use super::programs::{POSTGRES_VARIABLE, Programs};
use crate::count::{self, Tally};
use crate::world::{Place, World, token};
use crate::{licences, tidy, tools, ui};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs that each kept seed of the simulation plays, and those on PostgreSQL.
const SIM_RUNS: &str = "400";
const SIM_RUNS_POSTGRES: &str = "60";
/// How much of the demo's worlds a test run plays; `baton demo check` without limits plays all of it.
const CHECK_CLAIMS: &str = "200";
const CHECK_NEEDS: &str = "200";
const CHECK_KILLS: &str = "10";
/// Enough that nobody in a journey waits long for work.
const JOURNEY_CUSTOMERS_PER_MINUTE: u32 = 120;

/// Node, PostgreSQL, MariaDB, Chromium, mail servers, a solver, an encoder, a small model, rustfmt and clippy.
pub fn tools(programs: &mut Programs) -> Result<Tally> {
    tools::node()?;
    tools::rust_component("fmt", "rustfmt")?;
    tools::rust_component("clippy", "clippy")?;
    tools::install_missing()?;
    tools::mail()?;
    tools::mysql()?;
    tools::solver(&programs.workspace.target);
    tools::encoder(&programs.workspace.target);
    tools::small_model(&programs.workspace.target);
    Ok(Tally::ONE)
}

/// Formatting.
pub fn format(programs: &mut Programs) -> Result<Tally> {
    let mut cargo = programs.workspace.cargo();
    programs.show("the format check (cargo fmt --all mends it)", cargo.args(["fmt", "--all", "--check"]))?;
    Ok(Tally::ONE)
}

/// The house rules.
pub fn tidy(programs: &mut Programs) -> Result<Tally> {
    tidy::check(&programs.workspace)
}

/// What `deny.toml` says of dependencies, without the network.
pub fn licences(programs: &mut Programs) -> Result<Tally> {
    licences::check(&programs.workspace)
}

/// The console's types and lints, and its build.
pub fn console(programs: &mut Programs) -> Result<Tally> {
    tools::node()?;
    let folder = programs.workspace.root.join("ui");
    ui::install(&folder)?;
    programs.show("npm run typecheck", ui::npm(&folder).args(["run", "typecheck"]))?;
    programs.show("npm run lint", ui::npm(&folder).args(["run", "lint"]))?;
    ui::build(&programs.workspace)?;
    Ok(Tally::passed(3))
}

/// Clippy: where everything is built anyway, in the same pass.
pub fn lints(programs: &mut Programs) -> Result<Tally> {
    if programs.workspace.once {
        programs.build()?;
        return Ok(Tally::ONE);
    }
    let mut cargo = programs.workspace.cargo();
    cargo.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
    programs.show("clippy", &mut cargo)?;
    Ok(Tally::ONE)
}

/// How many tests run at once: most of their time they wait for a server, a mail or a clock.
fn at_once() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (2 * cores).to_string()
}

/// Unit and contract tests.
pub fn tests(programs: &mut Programs) -> Result<Tally> {
    let (mail, mysql) = (tools::mail()?, tools::mysql()?);
    let solver = tools::solver(&programs.workspace.target);
    let encoder = tools::encoder(&programs.workspace.target);
    let model = tools::small_model(&programs.workspace.target);
    programs.build()?;
    let postgres = programs.postgres()?;
    // The identity provider of the tests is among the journeys' packages.
    ui::install(&programs.workspace.root.join("tests/journeys"))?;
    let mut cargo = programs.workspace.cargo();
    match tools::nextest() {
        true => {
            cargo.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--test-threads", &at_once()])
        }
        false => cargo.args(["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]),
    };
    if let Some(url) = postgres {
        cargo.env(POSTGRES_VARIABLE, url);
    }
    if !mail {
        cargo.env(tools::MAIL_SKIP_VARIABLE, "1");
    }
    if !mysql {
        cargo.env(tools::MYSQL_SKIP_VARIABLE, "1");
    }
    match solver {
        Some(program) => cargo.env(tools::SOLVER_VARIABLE, program),
        None => cargo.env(tools::PROOFS_SKIP_VARIABLE, "1"),
    };
    match encoder {
        Some(folder) => cargo.env(tools::ENCODER_VARIABLE, folder),
        None => cargo.env(tools::ENCODER_SKIP_VARIABLE, "1"),
    };
    match model {
        Some(python) => cargo.env(tools::MODEL_VARIABLE, python),
        None => cargo.env(tools::MODEL_SKIP_VARIABLE, "1"),
    };
    programs.count("the tests", &mut cargo, count::tests)
}

/// Examples in documentation comments.
pub fn doc_tests(programs: &mut Programs) -> Result<Tally> {
    let mut cargo = programs.workspace.cargo();
    cargo.args(["test", "--workspace", "--locked", "--doc", "--no-fail-fast"]);
    programs.count("the documentation's examples", &mut cargo, count::tests)
}

/// Known-answer cases, calm and under faults, with every kept seed.
pub fn check(programs: &mut Programs) -> Result<Tally> {
    programs.build()?;
    let mut sum = Tally::default();
    for seed in seeds(programs, "check.txt")? {
        let mut baton = Command::new(programs.workspace.program("debug", "baton"));
        baton.current_dir(&programs.workspace.root).args(["demo", "check", "--seed", &seed]);
        baton.args(["--claims", CHECK_CLAIMS, "--needs", CHECK_NEEDS, "--kills", CHECK_KILLS]);
        sum += programs.count(&format!("the check with seed {seed}"), &mut baton, count::check_rows)?;
    }
    sum += shown(programs, "calls that break the shop's written policy", &["demo", "violations"], None)?;
    let data = programs.workspace.root.join("../shared/data");
    for (what, command, at) in [
        (
            "the actions of the published train tasks",
            &["demo", "replay", "--tasks"][..],
            "retail/retail_tasks_train.json",
        ),
        ("the actions of the published dev tasks", &["demo", "replay", "--tasks"], "retail/retail_tasks_dev.json"),
        (
            "the published train tasks, each a conversation with an agent's model",
            &["demo", "replay", "--by-model", "--tasks"],
            "retail/retail_tasks_train.json",
        ),
        ("texts that give orders to an AI", &["eval", "injection"], "safety"),
    ] {
        match data.join(at) {
            there if there.exists() => sum += shown(programs, what, command, Some(&there))?,
            _ => println!("skipped: {what}; {at} is not among the data beside the project"),
        }
    }
    Ok(sum)
}

/// Runs one command of the program, which fails where its figures are not as they must be.
fn shown(programs: &mut Programs, what: &str, command: &[&str], data: Option<&Path>) -> Result<Tally> {
    let mut baton = Command::new(programs.workspace.program("debug", "baton"));
    baton.current_dir(&programs.workspace.root).args(command).args(data);
    programs.show(what, &mut baton)?;
    Ok(Tally::ONE)
}

/// The kept seeds of the simulation, each kind of task at each commit, and a short play on PostgreSQL.
pub fn simulation(programs: &mut Programs) -> Result<Tally> {
    programs.build()?;
    let postgres = programs.postgres()?;
    let mut sum = Tally::default();
    let mut plays: Vec<Vec<String>> = vec![vec!["--sweep".into()]];
    for seed in seeds(programs, "sim.txt")? {
        plays.push(vec!["--seed".into(), seed, "--runs".into(), SIM_RUNS.into()]);
    }
    plays.extend(postgres.map(|url| vec!["--runs".into(), SIM_RUNS_POSTGRES.into(), "--database".into(), url]));
    for play in plays {
        let mut sim = Command::new(programs.workspace.program("debug", "baton-sim"));
        programs.show("the simulation", sim.current_dir(&programs.workspace.root).args(play))?;
        sum += Tally::ONE;
    }
    Ok(sum)
}

/// The seeds of a file in `tests/seeds`: one a line, `#` begins a comment.
fn seeds(programs: &Programs, file: &str) -> Result<Vec<String>> {
    let path = programs.workspace.root.join("tests/seeds").join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let seeds = text.lines().filter_map(|line| line.split('#').next()).map(str::trim).filter(|seed| !seed.is_empty());
    Ok(seeds.map(str::to_owned).collect())
}

/// The browser journeys, against a whole Baton of their own.
pub fn journeys(programs: &mut Programs) -> Result<Tally> {
    tools::node()?;
    let chromium = tools::chromium().context("Chromium is missing: apt-get install chromium, or set BATON_CHROMIUM")?;
    let folder = programs.workspace.root.join("tests/journeys");
    ui::install(&folder)?;
    ui::build(&programs.workspace)?;
    programs.build()?;
    programs.begin_docs()?;
    let data = fresh(programs, "journeys")?;
    let place = Place::new(&programs.workspace, "debug", data, 0);
    let mut world = World::start(&place, |text| println!("{text}"))?;
    world.let_customers_in(&place, JOURNEY_CUSTOMERS_PER_MINUTE)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]).args(journey_files(&folder)?);
    node.current_dir(&folder).env("BATON_URL", &world.url).env("BATON_CHROMIUM", chromium);
    node.env("BATON_SHOP", &world.shop);
    // The journey of repairs puts a client of its own live, and better versions of its process.
    node.env("BATON_PROGRAM", &place.baton).env("BATON_DATABASE", place.database()).env("BATON_TOKEN", token(&place)?);
    let outcome = programs.count("the journeys", &mut node, count::tests);
    world.check()?;
    outcome
}

fn journey_files(folder: &std::path::Path) -> Result<Vec<std::ffi::OsString>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect();
    // While one is being written, it alone: BATON_JOURNEY=7-change.
    let one = std::env::var("BATON_JOURNEY").unwrap_or_default();
    files.retain(|name| name.to_str().is_some_and(|name| name.contains(".test.") && name.starts_with(&one)));
    files.sort();
    if files.is_empty() {
        bail!("{} holds no *.test.* file", folder.display());
    }
    Ok(files)
}

/// The documentation of all rooms.
pub fn docs(programs: &mut Programs) -> Result<Tally> {
    programs.docs()?;
    Ok(Tally::ONE)
}

/// An empty folder.
fn fresh(programs: &Programs, name: &str) -> Result<std::path::PathBuf> {
    let folder = programs.scratch(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
