//! The processes of a check: the demo systems and a server that can be killed.

use baton_base::{Error, Result};
use baton_demo::systems::Addresses;
use serde::Deserialize;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a process may take to be ready, seconds.
const READY_S_MAX: u64 = 60;

/// A new temporary folder.
pub fn fresh_folder() -> Result<TempDir> {
    tempfile::tempdir().map_err(|e| Error::Unavailable(format!("cannot make a temporary folder: {e}")))
}

fn beside(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe().map_err(Error::broken)?;
    let path = here.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    let detail = format!("{} does not exist: cargo build -p baton-demo", path.display());
    Err(Error::invalid(format!("the program {name} is not built"), detail))
}

async fn spawn(mut command: Command) -> Result<(Child, String)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| Error::Unavailable(format!("cannot start a process: {e}")))?;
    let Some(out) = child.stdout.take() else { return Err(Error::broken("a child without standard output")) };
    let mut lines = BufReader::new(out).lines();
    let first = tokio::time::timeout(Duration::from_secs(READY_S_MAX), lines.next_line()).await;
    match first {
        Ok(Ok(Some(line))) => Ok((child, line)),
        Ok(Ok(None) | Err(_)) => Err(Error::Unavailable("a process ended before it was ready; see its log".into())),
        Err(_) => Err(Error::Unavailable(format!("a process was not ready within {READY_S_MAX} s"))),
    }
}

/// The demo systems.
pub struct Systems {
    /// Where they are.
    pub addresses: Addresses,
    _child: Child,
}

impl Systems {
    /// Starts them with flags of theirs.
    pub async fn start(state: &Path, flags: &[String]) -> Result<Self> {
        let mut command = Command::new(beside("baton-demo-systems")?);
        command.arg("--state").arg(state).args(flags);
        let (child, line) = spawn(command).await?;
        let addresses = serde_json::from_str(&line).map_err(Error::broken)?;
        Ok(Self { addresses, _child: child })
    }
}

/// A server process.
pub struct Server {
    /// Base address.
    pub url: String,
    database: String,
    log: PathBuf,
    child: Child,
}

#[derive(Deserialize)]
struct Ready {
    ready: String,
}

impl Server {
    /// Starts one on any port.
    pub async fn start(database: &str, log: &Path) -> Result<Self> {
        Self::start_at(database, log, "127.0.0.1:0").await
    }

    async fn start_at(database: &str, log: &Path, listen: &str) -> Result<Self> {
        let program = std::env::current_exe().map_err(Error::broken)?;
        let log_file = File::options().create(true).append(true).open(log).map_err(Error::broken)?;
        let mut command = Command::new(program);
        command.args(["serve", "--print-ready", "--database", database, "--listen", listen]).stderr(log_file);
        let (child, line) = spawn(command).await?;
        let ready: Ready = serde_json::from_str(&line).map_err(Error::broken)?;
        Ok(Self { url: ready.ready, database: database.to_owned(), log: log.to_owned(), child })
    }

    /// Kills it without warning and starts it again where it was.
    pub async fn kill_and_restart(mut self) -> Result<Self> {
        self.child.kill().await.map_err(Error::broken)?;
        let listen = self.url.trim_start_matches("http://").to_owned();
        Self::start_at(&self.database, &self.log, &listen).await
    }

    /// Stops it as Ctrl-C does, and waits.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(id) = self.child.id() {
            let _ = Command::new("kill").arg(id.to_string()).status().await;
        }
        let ended = tokio::time::timeout(Duration::from_secs(READY_S_MAX), self.child.wait()).await;
        ended.map_err(|_| Error::Unavailable("the server did not stop".into()))?.map_err(Error::broken)?;
        Ok(())
    }
}
