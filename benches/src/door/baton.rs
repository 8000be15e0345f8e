//! A server process with a release of the conformance suite, on SQLite.

use super::target::{TOOL, Target};
use crate::installation::{beside, finish, output, spawn};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::Path;
use tokio::process::{Child, Command};

/// The server.
pub struct Baton {
    url: String,
    client: &'static str,
    token: String,
    _process: Child,
}

impl Baton {
    /// Starts it with this client of `tests/conformance`, whose tools are at the address given.
    pub async fn serve(root: &Path, folder: &Path, client: &'static str, system: &str) -> Result<Self> {
        let database = format!("sqlite:{}", folder.join("baton.db").display());
        let here = root.join("tests/conformance");
        let baton = || -> Result<Command> {
            let mut command = Command::new(beside("baton")?);
            command.env("BATON_DATABASE", &database);
            Ok(command)
        };
        let mut deploy = baton()?;
        deploy.arg("deploy").arg(here.join(format!("{client}.yaml")));
        deploy.arg("--blueprints").arg(here.join("blueprints"));
        deploy.args(["--set", &format!("{client}.system_url={system}")]);
        finish(deploy).await?;
        let mut make = baton()?;
        make.args(["token", "make", client, "bench"]);
        let token = output(make).await?.trim().to_owned();
        let mut serve = baton()?;
        serve.args(["serve", "--print-ready", "--listen", "127.0.0.1:0"]);
        let (process, line) = spawn(serve, &folder.join("server.log")).await?;
        let ready: Value = serde_json::from_str(&line).context("the server's first line")?;
        let url = ready["ready"].as_str().context("the server's address")?.to_owned();
        Ok(Self { url, client, token, _process: process })
    }

    /// The tool through the door.
    pub fn target(&self) -> Result<Target> {
        Target::mcp(format!("{}/mcp/{}", self.url, self.client), TOOL, Some(self.token.clone()))
    }
}
