//! `cargo xtask conformance`: the official MCP conformance suite against `baton serve` on a fixture release, whose tools are an
//! HTTP API's and, through the door, those of another MCP server; and against Baton's own client.
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
/// The client whose tools are an HTTP API's, and the one whose tools are another MCP server's.
const CLIENTS: [&str; 2] = ["everything", "through"];
/// How long a program may take until it is ready, milliseconds.
const READY_MS_MAX: u64 = 30_000;

/// One run of the suite.
struct Leg {
    /// What is tested.
    side: Side,
    /// Of which release of the suite.
    suite: &'static str,
    revision: &'static str,
    arguments: &'static [&'static str],
    /// File of expected failures in `tests/conformance`.
    expected: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The MCP server of one of the clients.
    Server(usize),
    /// Baton's own client.
    Client,
}

const NEW: &str = "0.2.0-alpha.12";
const OLD: &str = "0.1.16";
const LEGS: &[Leg] = &[
    Leg {
        side: Side::Server(0),
        suite: NEW,
        revision: "2026-07-28",
        arguments: &["--requirements", "2026-07-28"],
        expected: "2026-07-28.yml",
    },
    Leg {
        side: Side::Server(1),
        suite: NEW,
        revision: "2026-07-28",
        arguments: &["--requirements", "2026-07-28"],
        expected: "2026-07-28.yml",
    },
    Leg {
        side: Side::Server(0),
        suite: NEW,
        revision: "2025-11-25",
        arguments: &["--requirements", "2025-11-25"],
        expected: "2025-11-25.yml",
    },
    Leg {
        side: Side::Server(1),
        suite: NEW,
        revision: "2025-11-25",
        arguments: &["--requirements", "2025-11-25"],
        expected: "2025-11-25.yml",
    },
    Leg {
        side: Side::Client,
        suite: NEW,
        revision: "2026-07-28",
        arguments: &["--requirements", "2026-07-28"],
        expected: "client-2026-07-28.yml",
    },
    Leg {
        side: Side::Client,
        suite: NEW,
        revision: "2025-11-25",
        arguments: &["--requirements", "2025-11-25"],
        expected: "client-2025-11-25.yml",
    },
    Leg {
        side: Side::Server(0),
        suite: OLD,
        revision: "2025-11-25",
        arguments: &["--suite", "all", "--spec-version", "2025-11-25"],
        expected: "2025-11-25-by-0.1.16.yml",
    },
    Leg {
        side: Side::Server(1),
        suite: OLD,
        revision: "2025-11-25",
        arguments: &["--suite", "all", "--spec-version", "2025-11-25"],
        expected: "2025-11-25-by-0.1.16.yml",
    },
    // The rest of this release measures how busy the machine is: it warns where a stream is taken up 0.2 s later than said.
    Leg {
        side: Side::Client,
        suite: OLD,
        revision: "2025-11-25",
        arguments: &["--suite", "auth", "--spec-version", "2025-11-25"],
        expected: "client-2025-11-25-by-0.1.16.yml",
    },
];

/// The command.
pub fn command(workspace: &Workspace) -> Result<()> {
    signals::watch()?;
    let mut cargo = workspace.cargo();
    let bins = ["--bin", "baton", "--bin", "baton-test-everything", "--example", "mcp-client"];
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
        let what = match leg.side {
            Side::Server(client) => format!("the server of {}", CLIENTS.get(client).copied().unwrap_or_default()),
            Side::Client => "the client".to_owned(),
        };
        println!("\n--- @modelcontextprotocol/conformance {}, revision {}: {what}", leg.suite, leg.revision);
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
    gates: Vec<String>,
    _services: Vec<Service>,
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
        let mut deploy = here(&baton);
        deploy.arg("deploy").args(CLIENTS.map(|client| format!("tests/conformance/{client}.yaml")));
        deploy.args(["--blueprints", "tests/conformance/blueprints"]);
        for client in CLIENTS {
            deploy.args(["--set", &format!("{client}.system_url={}", address.trim())]);
        }
        run::quiet("baton deploy", &mut deploy)?;
        let mut serve = here(&baton);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--print-ready"]);
        let mut server = Service::start("baton", &mut serve, data)?;
        let ready = server.first_line(READY_MS_MAX)?;
        let url = ready.split('"').find(|part| part.starts_with("http://")).context("baton said no address")?;
        // The gates end first.
        let (mut gates, mut services) = (Vec::new(), Vec::new());
        for (client, name) in CLIENTS.into_iter().zip(["gate", "gate-through"]) {
            let token = run::quiet("baton token make", here(&baton).args(["token", "make", client, "suite"]))?;
            let mut gate = Command::new(&fixture);
            let mut gate = Service::start(name, gate.args(["gate", url, client, token.trim()]), data)?;
            gates.push(format!("{}/mcp", gate.first_line(READY_MS_MAX)?.trim()));
            services.push(gate);
        }
        services.extend([server, system]);
        Ok(Self { gates, _services: services })
    }

    fn leg(&self, workspace: &Workspace, folder: &Path, leg: &Leg) -> Result<Tally> {
        let expected = workspace.root.join("tests/conformance").join(leg.expected);
        let mut suite = Command::new(node(folder).context("there is no node")?);
        suite.current_dir(folder).arg(module(folder, leg.suite));
        match leg.side {
            Side::Server(client) => {
                let gate = self.gates.get(client).context("there is no such gate")?;
                suite.args(["server", "--url", gate]);
            }
            Side::Client => {
                suite.args(["client", "--command"]).arg(workspace.program("debug", "examples/mcp-client"));
            }
        }
        suite.args(leg.arguments).arg("--expected-failures").arg(&expected);
        let ran = run::tee(&mut suite)?;
        let mut tally = checks(&ran.output);
        tally.failed = match ran.success {
            // What failed was expected to; a suite that counts nothing has tested nothing.
            true => u64::from(tally.passed == 0),
            false => tally.failed.max(1),
        };
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
