//! What the steps share: one build of everything, one PostgreSQL, the counts of a step that failed.

use crate::count::Tally;
use crate::run::{self, Ran};
use crate::service::Service;
use crate::tools;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;
use std::process::Command;

const POSTGRES_WAIT_MS_MAX: u64 = 60_000;
/// Name of the variable that tells tests which PostgreSQL to use.
pub const POSTGRES_VARIABLE: &str = "BATON_TEST_POSTGRES";

/// What steps share.
pub struct Programs {
    /// Where things are.
    pub workspace: Workspace,
    postgres: Option<(Service, String)>,
    built: bool,
    docs: Option<Service>,
    failed: Tally,
}

impl Programs {
    /// Nothing built, nothing started.
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, postgres: None, built: false, docs: None, failed: Tally::default() }
    }

    /// Folder for what a test run leaves: logs, databases.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.workspace.target.join("xtask-test").join(name)
    }

    /// Runs a program, shown; an error when it fails.
    pub fn show(&self, what: &str, command: &mut Command) -> Result<()> {
        if !run::tee(plain(command))?.success {
            bail!("{what} failed");
        }
        Ok(())
    }

    /// Runs tests, shown, and counts them.
    pub fn count(&mut self, what: &str, command: &mut Command, counts: fn(&str) -> Tally) -> Result<Tally> {
        let Ran { success, output } = run::tee(plain(command))?;
        let tally = counts(&output);
        if success && tally.failed == 0 {
            return Ok(tally);
        }
        self.failed = tally;
        bail!("{what} failed")
    }

    /// The counts of the step that failed: at least one failure.
    pub fn take_failed(&mut self) -> Tally {
        let tally = std::mem::take(&mut self.failed);
        Tally { failed: tally.failed.max(1), ..tally }
    }

    /// Builds libraries, programs, tests and examples together, once: asked for one by one, cargo would choose other features
    /// for what they share and compile that again.
    pub fn build(&mut self) -> Result<()> {
        if self.built {
            return Ok(());
        }
        let mut cargo = self.workspace.cargo();
        cargo.args(["build", "--locked", "--workspace", "--lib", "--bins", "--tests", "--examples"]);
        self.show("building", &mut cargo)?;
        self.built = true;
        Ok(())
    }

    /// Where all steps run, builds the documentation while journeys wait for pages.
    pub fn begin_docs(&mut self) -> Result<()> {
        if self.workspace.once {
            let mut cargo = self.workspace.idle_cargo();
            self.docs = Some(Service::start("docs", plain(document(&mut cargo)), &self.scratch("logs"))?);
        }
        Ok(())
    }

    /// The documentation of all rooms; an error where something in it is wrong.
    pub fn docs(&mut self) -> Result<()> {
        match self.docs.take() {
            Some(mut begun) => begun.until_done(),
            None => self.show("the documentation", document(&mut self.workspace.cargo())),
        }
    }

    /// Address of the PostgreSQL that all tests share; `None` when tests are to run on SQLite alone.
    pub fn postgres(&mut self) -> Result<Option<String>> {
        if env::var("BATON_SKIP_POSTGRES").is_ok_and(|value| value == "1") {
            return Ok(None);
        }
        if let Some(url) = env::var(POSTGRES_VARIABLE).ok().filter(|url| !url.is_empty()) {
            return Ok(Some(url));
        }
        if let Some((_, url)) = &self.postgres {
            return Ok(Some(url.clone()));
        }
        if !tools::postgres() {
            tools::install_missing()?;
        }
        self.build()?;
        let mut command = Command::new(self.workspace.program("debug", "baton-test-postgres"));
        let mut service = Service::start("postgres", &mut command, &self.scratch("logs"))?;
        let url = service.first_line(POSTGRES_WAIT_MS_MAX)?;
        self.postgres = Some((service, url.clone()));
        Ok(Some(url))
    }
}

fn document(cargo: &mut Command) -> &mut Command {
    cargo.args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-Dwarnings");
    // What is checked for it is not linted again.
    cargo.env_remove("RUSTC_WORKSPACE_WRAPPER")
}

/// Logs of a test run are read later: no moving bars in them.
fn plain(command: &mut Command) -> &mut Command {
    command.env("CARGO_TERM_PROGRESS_WHEN", "never")
}
