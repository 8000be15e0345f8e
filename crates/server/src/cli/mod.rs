//! The command line.

mod agent;
pub(crate) mod audit;
mod case;
mod channel;
mod client;
mod connector;
mod customer;
mod db;
mod demo;
pub(crate) mod deploy;
mod desk;
mod drill;
mod effect;
mod encoder;
mod escalation;
mod eval;
mod key;
mod knowledge;
mod kpi;
mod logs;
mod member;
mod passkey;
mod policy;
mod process;
mod propose;
mod queue;
mod run;
mod scim;
mod secret;
mod serve;
mod sso;
mod stop;
mod table;
mod token;
mod webhook;

use crate::vault;
use baton_base::{Clock, Error, IdSource, SystemClock};
use baton_db::Db;
use baton_govern::Env;
use baton_tools::mcp::sandbox;
use clap::{Args, Parser, Subcommand};
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Customer operations in which AI agents and people work the same cases.
#[derive(Parser)]
#[command(name = "baton", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the data is.
#[derive(Args, Clone)]
pub struct Database {
    /// `sqlite:PATH`, or `postgres://…` for PostgreSQL 15 or later.
    #[arg(long, env = "BATON_DATABASE", default_value = "sqlite:data/baton.db")]
    database: String,
    /// File with the master key: 64 hex digits. Without it BATON_MASTER_KEY is used; without that, a key is made beside
    /// an SQLite file at the first start.
    #[arg(long, env = "BATON_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
}

impl Database {
    /// Opens it, brings it up to date and opens its vault.
    async fn open(&self) -> Result<Db, Error> {
        serve::prepare_folder(&self.database)?;
        let db = Db::open(&self.database).await?;
        db.migrate().await?;
        if let Some(made) = vault::unlock(&db, &self.database, self.master_key_file.as_deref()).await? {
            say_error(&vault::made_words(&made));
        }
        Ok(db)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Serve the console, the API and the chat, and work the runs.
    Serve(Box<serve::Options>),
    /// The database: migrate, status, backup, restore.
    #[command(subcommand)]
    Db(db::Command),
    /// The ledger: verify, export, case, check-case, key, why, stream.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Check blueprints with their overlays and put them live.
    Deploy(deploy::Options),
    /// Processes, without a server: run, test, lint, graph, schema.
    #[command(subcommand)]
    Process(Box<process::Command>),
    /// Agents, without a server: lint.
    #[command(subcommand)]
    Agent(agent::Command),
    /// Policies: check, test, prove, explain, diff.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Decision tables: check, import and export as DMN.
    #[command(subcommand)]
    Table(table::Command),
    /// Propose a change for a client: a release from a folder, or an autonomy level. Exit code 1 if a check failed.
    Propose(Box<propose::Propose>),
    /// List the proposals of a client.
    Proposals(propose::Proposals),
    /// One proposal: show, approve, reject, publish, rollback, files.
    Proposal(propose::Proposal),
    /// The stop switch: preview, press, release, list.
    Stop(run::At<stop::Command>),
    /// Drills of the stop switch: mode, stop, list.
    Drill(run::At<drill::Command>),
    /// Calls whose outcome nobody could tell, and calls that failed: unknown, settle, failed, retry.
    Effect(run::At<effect::Command>),
    /// Connected systems: import, import-tools, import-tables, import-agent, health, test, inventory.
    #[command(subcommand)]
    Connector(connector::Command),
    /// Mailboxes of a client, at a server that runs: list, test, mails, answers, retry.
    Channel(run::At<channel::Command>),
    /// Systems that are told what happens at a client, at a server that runs: list, add, remove, on, off, rotate, test,
    /// deliveries, replay.
    Webhook(run::At<webhook::Command>),
    /// Cases of a server that runs: merge, unmerge, split, translate.
    #[command(subcommand)]
    Case(case::Command),
    /// Customers and their data: show, link, unlink, export, erase, hold, lift, keep.
    #[command(subcommand)]
    Customer(customer::Command),
    /// Keys of what is encrypted at rest: status, rotate.
    #[command(subcommand)]
    Key(key::Command),
    /// Secrets of a client, which processes and connectors name: set, list, remove.
    #[command(subcommand)]
    Secret(secret::Command),
    /// Settings of a client: weight.
    #[command(subcommand)]
    Client(client::Command),
    /// Tokens of service accounts and agents: make.
    #[command(subcommand)]
    Token(token::Command),
    /// Single sign-on: show, set, secret, only, off.
    #[command(subcommand)]
    Sso(sso::Command),
    /// Members, beside the database: list, add, roles, password, disable, enable.
    #[command(subcommand)]
    Member(member::Command),
    /// Passkeys of members, and the address they belong to: list, rename, remove, address.
    #[command(subcommand)]
    Passkey(passkey::Command),
    /// Provisioning by a directory (SCIM 2.0): token.
    #[command(subcommand)]
    Scim(scim::Command),
    /// Articles: import, and the questions that none answers: gaps.
    #[command(subcommand)]
    Knowledge(knowledge::Command),
    /// Runs of a server that runs: list, show, suspend, resume, cancel, retry, send, migrate, many, dead-letters, schedules,
    /// pause-schedule, resume-schedule.
    Run(Box<run::At<run::Command>>),
    /// When agents pass cases to people, tried on past cases: replay, thresholds, shadow.
    #[command(subcommand)]
    Escalation(escalation::Command),
    /// Queues and hours of a client, at a server that runs: list, show, hours.
    Queue(run::At<queue::Command>),
    /// Measurements on labelled files: redact, search, intents, injection.
    #[command(subcommand)]
    Eval(eval::Command),
    /// People's work: simulate, team, be, profile, reassign, pass, handoffs, fixes, fix, tag, week.
    #[command(subcommand)]
    Desk(desk::Command),
    /// How AI and people serve: list, report.
    #[command(subcommand)]
    Kpi(kpi::Command),
    /// The demo world: seed, token, check, replay, converse, violations, traffic.
    #[command(subcommand)]
    Demo(demo::Command),
    /// Evaluates expressions for a parent process.
    #[command(hide = true)]
    ExprChild,
    /// Becomes a connector's program, within what it may reach.
    #[command(hide = true)]
    Sandbox {
        /// What that is, as JSON.
        reaches: String,
        /// The program and its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

/// What a command ends with besides an error: the exit code.
pub(crate) type Outcome = Result<ExitCode, Error>;

/// Runs a command; errors go to standard error, in words.
pub fn run(cli: Cli) -> ExitCode {
    if matches!(cli.command, Command::ExprChild) {
        baton_engine::expr::pool::sandbox_child_main();
        return ExitCode::SUCCESS;
    }
    set_up_programs();
    let outcome = match cli.command {
        Command::Serve(options) => block_on(serve::run(*options)),
        Command::Db(command) => block_on(db::run(command)),
        Command::Audit(command) => block_on(audit::run(command)),
        Command::Deploy(options) => block_on(deploy::run(options)),
        Command::Process(command) => process::run(*command),
        Command::Agent(command) => agent::run(command),
        Command::Policy(command) => policy::run(command),
        Command::Table(command) => table::run(command),
        Command::Propose(options) => block_on(propose::propose(*options)),
        Command::Proposals(options) => block_on(propose::list(options)),
        Command::Proposal(options) => block_on(propose::one(options)),
        Command::Stop(options) => block_on(stop::run(options)),
        Command::Drill(options) => block_on(drill::run(options)),
        Command::Effect(options) => block_on(effect::run(options)),
        Command::Connector(command) => block_on(connector::run(command)),
        Command::Channel(options) => block_on(channel::run(options)),
        Command::Webhook(options) => block_on(webhook::run(options)),
        Command::Case(command) => block_on(case::run(command)),
        Command::Customer(command) => block_on(customer::run(command)),
        Command::Key(command) => block_on(key::run(command)),
        Command::Secret(command) => block_on(secret::run(command)),
        Command::Client(command) => block_on(client::run(command)),
        Command::Token(command) => block_on(token::run(command)),
        Command::Sso(command) => block_on(sso::run(command)),
        Command::Member(command) => block_on(member::run(command)),
        Command::Passkey(command) => block_on(passkey::run(command)),
        Command::Scim(command) => block_on(scim::run(command)),
        Command::Run(options) => block_on(run::run(*options)),
        Command::Knowledge(command) => block_on(knowledge::run(command)),
        Command::Escalation(command) => block_on(escalation::run(command)),
        Command::Queue(options) => block_on(queue::run(options)),
        Command::Eval(command) => eval::run(command),
        Command::Desk(command) => block_on(desk::run(command)),
        Command::Kpi(command) => block_on(kpi::run(command)),
        Command::Demo(command) => block_on(demo::run(command)),
        Command::ExprChild => Ok(ExitCode::SUCCESS),
        Command::Sandbox { reaches, command } => Err(Error::Unavailable(sandbox::enter(&reaches, &command))),
    };
    outcome.unwrap_or_else(|error| {
        say_error(&format!("baton: {error}"));
        ExitCode::FAILURE
    })
}

pub(crate) fn block_on(work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::broken)?;
    runtime.block_on(work)
}

/// The clock of this machine, and ids that nobody else makes.
pub(crate) fn system_env() -> Arc<Env> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(IdSource::seeded(u64::from(std::process::id()) ^ clock.now_ms().unsigned_abs()));
    Env::new(clock, ids)
}

/// One line for people or programs on standard output.
pub(crate) fn say(line: &str) {
    use std::io::Write as _;
    // A reader that has seen enough closes the pipe, as `head` does: that is no failure of ours.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// One line on standard error.
#[expect(clippy::print_stderr, reason = "the command line complains on standard error")]
pub(crate) fn say_error(line: &str) {
    eprintln!("{line}");
}

/// Lets programs of connectors run in a sandbox, into which this program goes in their place.
fn set_up_programs() {
    // Without it none is started, and calls say so.
    let Ok(program) = std::env::current_exe() else { return };
    sandbox::launch_by(vec![program.to_string_lossy().into_owned(), "sandbox".to_owned()]);
}

/// Lets expressions that are not provably total run in child processes of this program.
pub(crate) fn set_up_expressions() -> Result<(), Error> {
    const CHILDREN_MAX: usize = 4;
    let program = std::env::current_exe().map_err(Error::broken)?;
    let pool = baton_engine::expr::pool::ChildPool::new(program.to_string_lossy(), &["expr-child"], CHILDREN_MAX);
    baton_engine::expr::set_sandbox(Box::new(pool));
    Ok(())
}
