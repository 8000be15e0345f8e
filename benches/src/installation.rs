//! An installation of its own: demo systems, a deployed database, a server process.

use anyhow::{Context as _, Result, bail};
use baton_demo::systems::Addresses;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a process may take to be ready or to stop, seconds.
const PROCESS_S_MAX: u64 = 60;
const OVERLAYS: &[&str] = &["harbor-mutual", "nordlicht", "larkspur"];

/// Demo systems and a database with the three demo clients; no server yet.
pub struct Installation {
    /// Where the systems are.
    pub systems: Addresses,
    /// The database's address.
    pub database: String,
    folder: TempDir,
    _systems: Child,
}

impl Installation {
    /// Starts the systems and fills an embedded database, or the one given.
    pub async fn new(root: &Path, database: Option<String>) -> Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let mut command = Command::new(beside("baton-demo-systems")?);
        command.arg("--state").arg(folder.path().join("systems"));
        let (child, line) = spawn(command, &folder.path().join("systems.log")).await?;
        let systems: Addresses = serde_json::from_str(&line).context("the demo systems' addresses")?;
        let file = format!("sqlite:{}", folder.path().join("baton.db").display());
        let database = database.unwrap_or(file);
        let made = Self { systems, database, folder, _systems: child };
        made.deploy(root).await?;
        Ok(made)
    }

    async fn deploy(&self, root: &Path) -> Result<()> {
        let mut deploy = Command::new(beside("baton")?);
        deploy.arg("deploy").args(OVERLAYS.iter().map(|name| root.join(format!("demo/overlays/{name}.yaml"))));
        deploy.arg("--blueprints").arg(root.join("blueprints")).args(["--database", &self.database]);
        for set in sets(&self.systems) {
            deploy.args(["--set", &set]);
        }
        finish(deploy).await?;
        let mut seed = Command::new(beside("baton")?);
        seed.args(["demo", "seed", "--database", &self.database]);
        finish(seed).await
    }

    /// Starts a server on any port.
    pub async fn serve(&self) -> Result<Server> {
        self.serve_with(None).await
    }

    /// The same with a model, by the address of its interface.
    pub async fn serve_with(&self, model: Option<&str>) -> Result<Server> {
        let mut command = self.command("127.0.0.1:0")?;
        if let Some(url) = model {
            command.arg("--model").arg(format!("openai:bench@{url}"));
        }
        let (child, line) = spawn(command, &self.log()).await?;
        let ready: Value = serde_json::from_str(&line).context("the server's first line")?;
        let url = ready["ready"].as_str().context("the server's address")?.to_owned();
        Ok(Server { url, child })
    }

    /// The command that serves, not yet started.
    pub fn command(&self, listen: &str) -> Result<Command> {
        let mut command = Command::new(beside("baton")?);
        command.args(["serve", "--print-ready", "--database", &self.database, "--listen", listen]);
        // PostgreSQL must be given a key; what is measured here is thrown away.
        command.env("BATON_MASTER_KEY", "7".repeat(64));
        Ok(command)
    }

    /// Where its processes write what goes wrong.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

fn sets(at: &Addresses) -> Vec<String> {
    let mut sets = vec![format!("larkspur.shop_url={}", at.shop)];
    for (client, url) in [("harbor-mutual", &at.mutual), ("nordlicht", &at.nordic)] {
        for system in ["policies", "documents", "payments"] {
            sets.push(format!("{client}.{system}_url={url}"));
        }
    }
    sets
}

/// A server process.
pub struct Server {
    /// Base address.
    pub url: String,
    child: Child,
}

impl Server {
    /// Its process id.
    pub fn process(&self) -> Result<u32> {
        self.child.id().context("the server has ended; its log is gone with the temporary folder")
    }

    /// Stops it as Ctrl-C does, and waits.
    pub async fn stop(self) -> Result<()> {
        stop(self.child).await
    }
}

/// Stops a process as Ctrl-C does, and waits.
pub async fn stop(mut child: Child) -> Result<()> {
    if let Some(id) = child.id() {
        Command::new("kill").arg(id.to_string()).status().await.context("cannot run kill")?;
    }
    let ended = tokio::time::timeout(Duration::from_secs(PROCESS_S_MAX), child.wait()).await;
    ended.context("the server did not stop")?.context("the server's end")?;
    Ok(())
}

/// A program in the folder of this one.
pub fn beside(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let path = here.with_file_name(name);
    if !path.exists() {
        bail!("{} is not built: cargo build --bin {name}, with this program's profile", path.display());
    }
    Ok(path)
}

/// Runs a program to its end.
pub async fn finish(command: Command) -> Result<()> {
    output(command).await.map(drop)
}

/// What a program says, run to its end.
pub async fn output(mut command: Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().await.context("cannot start a process")?;
    if !output.status.success() {
        bail!("{:?} failed:\n{}", command.as_std(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Starts a process and waits for its first line.
pub async fn spawn(command: Command, log: &Path) -> Result<(Child, String)> {
    spawn_fed(command, log, Stdio::null()).await
}

/// The same, with a standard input of its own: some live until it ends.
pub async fn spawn_fed(mut command: Command, log: &Path, input: Stdio) -> Result<(Child, String)> {
    let log_file = File::options().create(true).append(true).open(log).context("the log of a process")?;
    command.stdin(input).stdout(Stdio::piped()).stderr(log_file).kill_on_drop(true);
    let mut child = command.spawn().context("cannot start a process")?;
    let out = child.stdout.take().context("a child without standard output")?;
    let mut lines = BufReader::new(out).lines();
    let first = tokio::time::timeout(Duration::from_secs(PROCESS_S_MAX), lines.next_line()).await;
    match first.context("a process was not ready in time")?? {
        Some(line) => Ok((child, line)),
        None => {
            bail!("a process ended before it was ready:\n{}", std::fs::read_to_string(log).unwrap_or_default())
        }
    }
}
