//! `cargo xtask demo`: everything at once, on this machine, until Ctrl-C.

use crate::args::Args;
use crate::workspace::Workspace;
use crate::world::{Place, World, port_is_free};
use crate::{run, signals, tools, ui};
use anyhow::{Context, Result, bail};
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const PORT_DEFAULT: u16 = 7700;
const CUSTOMERS_PER_MINUTE_DEFAULT: u32 = 12;
const POLL_MS: u64 = 200;
/// A child that a signal ended is seen at about the time we see the signal: wait before blaming it.
const SIGNAL_WAIT_MS: u64 = 300;

/// Sign-ins that `baton demo seed` makes, and what each role sees first.
const SIGN_INS: &[(&str, &str, &str)] = &[
    (
        "adjuster",
        "adjuster@baton.example",
        "Desk: claims that wait for a decision; open one, press the decision's letter",
    ),
    ("agent", "agent@baton.example", "Desk: conversations that the AI handed over, with everything it knows"),
    ("supervisor", "supervisor@baton.example", "Floor: AI and people side by side, live"),
    ("AI lead", "ai-lead@baton.example", "Processes: the definitions as graphs, and the runs on them"),
    (
        "integrator",
        "integrator@baton.example",
        "Connectors: a system's description becomes actions, proposed from the blueprint",
    ),
    ("auditor", "auditor@baton.example", "Ledger: who did what, and which policy allowed it"),
    ("admin", "admin@baton.example", "Settings: members, tokens, the stop switch"),
];
const PASSWORD: &str = "baton-demo";

/// Flags of the command.
pub struct Options {
    fresh: bool,
    port: u16,
    per_minute: u32,
    build: bool,
}

impl Options {
    /// Reads the flags.
    pub fn read(args: &mut Args) -> Result<Self> {
        let options = Self {
            fresh: args.flag("--fresh"),
            port: args.value("--port")?.unwrap_or(PORT_DEFAULT),
            per_minute: args.value("--per-minute")?.unwrap_or(CUSTOMERS_PER_MINUTE_DEFAULT),
            build: !args.flag("--no-build"),
        };
        args.finish()?;
        Ok(options)
    }
}

/// Builds, loads, starts, and stays until Ctrl-C.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    signals::watch()?;
    let began = Instant::now();
    let say = |text: &str| println!("[{:>5.1} s] {text}", began.elapsed().as_secs_f64());
    if !port_is_free(options.port) {
        bail!(
            "port {0} is taken: stop what listens there, or choose another with --port {1}",
            options.port,
            options.port.wrapping_add(10)
        );
    }
    if options.build {
        tools::node()?;
        build(workspace, &say)?;
    }
    let data = workspace.root.join("data");
    let _lock = lock(&data)?;
    if options.fresh {
        say("emptying ./data");
        empty(&data)?;
    }
    let mut place = Place::new(workspace, "demo", data, options.port);
    place.encoder = tools::encoder(&workspace.target);
    if !place.baton.is_file() || !place.systems.is_file() {
        bail!("nothing is built yet: run without --no-build");
    }
    let mut world = World::start(&place, say)?;
    if options.per_minute > 0 {
        say("letting customers in");
        world.let_customers_in(&place, options.per_minute)?;
    }
    welcome(&world, options);
    let outcome = stay(&mut world);
    println!("\nstopping …");
    drop(world);
    outcome?;
    println!("stopped; what happened is kept in ./data (--fresh forgets it)");
    Ok(())
}

/// npm and cargo at the same time; then cargo once more, for the console that the program embeds.
fn build(workspace: &Workspace, say: &(impl Fn(&str) + Sync)) -> Result<()> {
    say("building the console and the programs (a first build takes minutes)");
    thread::scope(|scope| {
        let console = scope.spawn(|| {
            let built = ui::build(workspace);
            if matches!(built, Ok(true)) {
                say("the console is built");
            }
            built
        });
        let programs = cargo_build(workspace);
        let console = console.join().unwrap_or_else(|_| bail!("building the console broke off"));
        programs.and(console)
    })?;
    // Costs nothing unless the console came after the program.
    cargo_build(workspace)
}

fn cargo_build(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--profile", "demo", "-p", "baton-server", "-p", "baton-demo", "--bins"]);
    run::show("building the programs", &mut cargo)
}

/// One demo per data folder.
fn lock(data: &Path) -> Result<File> {
    fs::create_dir_all(data).with_context(|| format!("{} cannot be made", data.display()))?;
    let file = File::create(data.join("demo.lock")).context("./data cannot be written")?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("a demo is already running on ./data: stop it first"),
        Err(TryLockError::Error(error)) => Err(error).context("./data cannot be locked"),
    }
}

fn empty(data: &Path) -> Result<()> {
    for entry in fs::read_dir(data)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(&path)?;
        } else if path.file_name().is_some_and(|name| name != "demo.lock") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn welcome(world: &World, options: &Options) {
    println!("\n  Baton is at  {}\n", world.url);
    println!("  Sign in with the password `{PASSWORD}` as");
    for (role, email, look) in SIGN_INS {
        println!("    {role:<11} {email:<27} {look}");
    }
    println!("\n  Be a customer:  {}/chat/larkspur", world.url);
    println!("  The API:        {}/docs", world.url);
    match options.per_minute {
        0 => println!("\n  No customers write (--per-minute 0)."),
        n => println!("\n  {n} simulated customers write per minute; logs are in ./data/logs."),
    }
    println!("  Ctrl-C stops everything.");
}

fn stay(world: &mut World) -> Result<()> {
    while !signals::stop_asked() {
        if let Err(error) = world.check() {
            thread::sleep(Duration::from_millis(SIGNAL_WAIT_MS));
            return if signals::stop_asked() { Ok(()) } else { Err(error) };
        }
        thread::sleep(Duration::from_millis(POLL_MS));
    }
    Ok(())
}
