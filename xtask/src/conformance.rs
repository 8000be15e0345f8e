//! `cargo xtask conformance`: the official MCP conformance suite against `baton serve` on a fixture release.
//!
//! The suite and the Node it needs are installed below the build folder. What Baton does otherwise on purpose stands in
//! `tests/conformance/*.yml`, the suite's own form of a list of expected failures: anything else that fails, and anything
//! listed that passes, is a failure here.

use crate::count::Tally;
use crate::service::Service;
use crate::workspace::Workspace;
use crate::{run, signals, tools};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NODE: &str = "node@22";
const CLIENT: &str = "everything";
/// How long a program may take until it is ready, milliseconds.
const READY_MS_MAX: u64 = 30_000;

/// One run of the suite.
struct Leg {
    /// Of which release of the suite.
    suite: &'static str,
    revision: &'static str,
    arguments: &'static [&'static str],
    /// File of expected failures in `tests/conformance`.
    expected: &'static str,
}

const NEW: &str = "0.2.0-alpha.12";
const OLD: &str = "0.1.16";
const LEGS: &[Leg] = &[
    Leg {
        suite: NEW,
        revision: "2026-07-28",
        arguments: &["--requirements", "2026-07-28"],
        expected: "2026-07-28.yml",
    },
    Leg {
        suite: NEW,
        revision: "2025-11-25",
        arguments: &["--requirements", "2025-11-25"],
        expected: "2025-11-25.yml",
    },
    Leg {
        suite: OLD,
        revision: "2025-11-25",
        arguments: &["--suite", "all", "--spec-version", "2025-11-25"],
        expected: "2025-11-25-by-0.1.16.yml",
    },
];

/// The command.
pub fn command(workspace: &Workspace) -> Result<()> {
    signals::watch()?;
    let mut cargo = workspace.cargo();
    let bins = ["--bin", "baton", "--bin", "baton-test-everything"];
    cargo.args(["build", "--quiet", "--locked", "--workspace"]).args(bins);
    run::show("building", &mut cargo)?;
    let tally = play(workspace)?;
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        bail!("the conformance suite found failures that are not expected");
    }
    Ok(())
}

/// Runs the legs against a server of their own; counts checks.
fn play(workspace: &Workspace) -> Result<Tally> {
    let folder = workspace.target.join("tools/conformance");
    install(&folder)?;
    let data = workspace.target.join("conformance");
    let _ = fs::remove_dir_all(&data);
    fs::create_dir_all(&data)?;
    let stage = Stage::set(workspace, &data)?;
    let mut sum = Tally::default();
    for leg in LEGS {
        println!("\n--- @modelcontextprotocol/conformance {} against revision {}", leg.suite, leg.revision);
        let tally = stage.leg(workspace, &folder, leg)?;
        println!("{} checks passed, {} failed", tally.passed, tally.failed);
        sum += tally;
    }
    Ok(sum)
}

fn install(folder: &Path) -> Result<()> {
    if module(folder, OLD).is_file() && module(folder, NEW).is_file() && node(folder).is_some() {
        return Ok(());
    }
    tools::node()?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("package.json"), "{\"private\": true, \"allowScripts\": {\"node\": true}}\n")?;
    let package = |suite: &str| format!("conformance-{suite}@npm:@modelcontextprotocol/conformance@{suite}");
    println!("installing the conformance suite into {}", folder.display());
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["install", "--no-audit", "--no-fund", NODE, &package(OLD), &package(NEW)]);
    run::quiet("npm install", &mut npm)?;
    node(folder).context("npm installed no node")?;
    Ok(())
}

/// Where npm put Node's program: a package of its own for each kind of machine.
fn node(folder: &Path) -> Option<PathBuf> {
    let modules = folder.join("node_modules");
    let nested = modules.join("node/node_modules");
    let of = |place: PathBuf| {
        let entries = fs::read_dir(place).ok()?.flatten();
        let mut found = entries.map(|entry| entry.path().join("bin/node")).filter(|path| path.is_file());
        found.next()
    };
    let direct = Some(modules.join("node/bin/node")).filter(|path| path.is_file());
    direct.or_else(|| of(nested)).or_else(|| of(modules))
}

fn module(folder: &Path, suite: &str) -> PathBuf {
    folder.join(format!("node_modules/conformance-{suite}/dist/index.js"))
}

/// The programs that the suite is run against; they end when it is dropped, the gate first.
struct Stage {
    gate: String,
    _services: [Service; 3],
}

impl Stage {
    fn set(workspace: &Workspace, data: &Path) -> Result<Self> {
        let fixture = workspace.program("debug", "baton-test-everything");
        let baton = workspace.program("debug", "baton");
        let database = format!("sqlite:{}", data.join("baton.db").display());
        let mut system = Service::start("system", Command::new(&fixture).arg("system"), data)?;
        let address = system.first_line(READY_MS_MAX)?;
        let here = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(&workspace.root).env("BATON_DATABASE", &database);
            command
        };
        let set = format!("{CLIENT}.system_url={}", address.trim());
        let mut deploy = here(&baton);
        deploy.args(["deploy", "tests/conformance/everything.yaml", "--blueprints", "tests/conformance/blueprints"]);
        run::quiet("baton deploy", deploy.args(["--set", &set]))?;
        let token = run::quiet("baton token make", here(&baton).args(["token", "make", CLIENT, "suite"]))?;
        let mut serve = here(&baton);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--print-ready"]);
        let mut server = Service::start("baton", &mut serve, data)?;
        let ready = server.first_line(READY_MS_MAX)?;
        let url = ready.split('"').find(|part| part.starts_with("http://")).context("baton said no address")?;
        let mut gate = Service::start("gate", Command::new(&fixture).args(["gate", url, CLIENT, token.trim()]), data)?;
        let address = gate.first_line(READY_MS_MAX)?;
        Ok(Self { gate: format!("{}/mcp", address.trim()), _services: [gate, server, system] })
    }

    fn leg(&self, workspace: &Workspace, folder: &Path, leg: &Leg) -> Result<Tally> {
        let expected = workspace.root.join("tests/conformance").join(leg.expected);
        let mut suite = Command::new(node(folder).context("there is no node")?);
        suite.current_dir(folder).arg(module(folder, leg.suite)).args(["server", "--url", &self.gate]);
        suite.args(leg.arguments).arg("--expected-failures").arg(&expected);
        let ran = run::tee(&mut suite)?;
        let mut tally = checks(&ran.output);
        if ran.success {
            // What failed was expected to.
            tally.failed = 0;
        } else if tally.failed == 0 {
            tally.failed = 1;
        }
        Ok(tally)
    }
}

/// `Total: 40 passed, 0 failed, 1 warnings`, as the suite ends.
fn checks(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines().filter(|line| line.trim_start().starts_with("Total:")) {
        let before = |word: &str| {
            let number = line.split(word).next()?.trim().rsplit([' ', ',']).next()?;
            number.parse::<u64>().ok()
        };
        tally.passed = before("passed").unwrap_or(0);
        tally.failed = before("failed").unwrap_or(0);
    }
    tally
}
