//! Governed calls over MCP against a server process, and the same calls of the system itself.

use super::{Options, figure, quantile};
use crate::installation::{beside, finish, output, spawn, spawn_fed};
use crate::machine;
use anyhow::{Context as _, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

const CLIENT: &str = "everything";
const TOOL: &str = "test_simple_text";
const WARM_UP: u64 = 200;
const ADDED_P50_MS: f64 = 0.3;
const ADDED_P99_MS: f64 = 2.0;
const PER_SECOND: f64 = 4_000.0;

/// Where one call goes.
#[derive(Clone)]
struct Target {
    http: Client,
    url: String,
    token: Option<String>,
    body: Value,
}

impl Target {
    /// One call; how long it took, milliseconds.
    async fn call(&self) -> Result<f64> {
        let begin = Instant::now();
        let mut request = self.http.post(&self.url).json(&self.body);
        if let Some(token) = &self.token {
            request = request
                .bearer_auth(token)
                .header("accept", "application/json, text/event-stream")
                .header("mcp-protocol-version", "2025-11-25");
        }
        let answer: Value = request.send().await?.json().await?;
        let took = begin.elapsed();
        let result = if self.token.is_some() { &answer["result"] } else { &answer };
        if result["content"][0]["text"].is_null() || result["isError"] == true {
            bail!("not what was asked for: {answer}");
        }
        Ok(took.as_secs_f64() * 1_000.0)
    }

    /// Calls at a steady pace, each counted from when it was due.
    async fn steady(&self, rate: u64, seconds: u64) -> Result<Vec<f64>> {
        let every = Duration::from_micros(1_000_000 / rate.max(1));
        let begin = Instant::now();
        let mut calls = JoinSet::new();
        for number in 0..rate * seconds {
            let due = begin + every * u32::try_from(number)?;
            tokio::time::sleep_until(due.into()).await;
            let target = self.clone();
            calls.spawn(async move { target.call().await });
        }
        let mut all = Vec::new();
        while let Some(call) = calls.join_next().await {
            all.push(call??);
        }
        Ok(all)
    }

    /// Calls as fast as so many callers can; calls per second.
    async fn rush(&self, callers: usize, seconds: u64) -> Result<f64> {
        let (begin, until) = (Instant::now(), Duration::from_secs(seconds));
        let mut all = JoinSet::new();
        for _ in 0..callers {
            let target = Arc::new(self.clone());
            all.spawn(async move {
                let mut count = 0_u64;
                while begin.elapsed() < until {
                    target.call().await?;
                    count += 1;
                }
                anyhow::Ok(count)
            });
        }
        let mut count = 0;
        while let Some(caller) = all.join_next().await {
            count += caller??;
        }
        Ok(count as f64 / begin.elapsed().as_secs_f64())
    }
}

pub async fn measure(root: &Path, options: &Options) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let log = |name: &str| folder.path().join(name);
    let mut system = Command::new(beside("baton-test-everything")?);
    system.arg("system");
    let (system, address) = spawn_fed(system, &log("system.log"), Stdio::piped()).await?;
    let (server, url, token) = serve(root, folder.path(), address.trim()).await?;
    let http = || Client::builder().no_proxy().tcp_nodelay(true).pool_max_idle_per_host(256).build();
    let direct =
        Target { http: http()?, url: format!("{}/tools/{TOOL}", address.trim()), token: None, body: json!({}) };
    let params = json!({"name": TOOL, "arguments": {}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let governed = Target { http: http()?, url: format!("{url}/mcp/{CLIENT}"), token: Some(token), body };
    for target in [&direct, &governed] {
        target.steady(WARM_UP, 1).await?;
    }
    let load = machine::load();
    let mut own = direct.steady(options.rate, options.seconds).await?;
    let mut whole = governed.steady(options.rate, options.seconds).await?;
    let rush = governed.rush(options.clients, options.seconds).await?;
    println!("  load {load} -> {}; {} calls of each kind at {}/s", machine::load(), own.len(), options.rate);
    let (own_p50, own_p99) = (quantile(&mut own, 0.5), quantile(&mut own, 0.99));
    let (all_p50, all_p99) = (quantile(&mut whole, 0.5), quantile(&mut whole, 0.99));
    println!(
        "  the system itself: p50 {own_p50:.2} ms, p99 {own_p99:.2} ms; governed: p50 {all_p50:.2}, p99 {all_p99:.2}"
    );
    let mut met = figure("governed call over MCP, added, p50", all_p50 - own_p50, "ms", ADDED_P50_MS, true);
    met &= figure("governed call over MCP, added, p99", all_p99 - own_p99, "ms", ADDED_P99_MS, true);
    met &= figure(&format!("governed calls with {} callers at once", options.clients), rush, "/s", PER_SECOND, false);
    drop((system, server));
    Ok(met)
}

/// A server with the release of the conformance suite: its address, and a token.
async fn serve(root: &Path, folder: &Path, system: &str) -> Result<(Child, String, String)> {
    let database = format!("sqlite:{}", folder.join("baton.db").display());
    let here = root.join("tests/conformance");
    let baton = || -> Result<Command> {
        let mut command = Command::new(beside("baton")?);
        command.env("BATON_DATABASE", &database);
        Ok(command)
    };
    let mut deploy = baton()?;
    deploy.arg("deploy").arg(here.join("everything.yaml")).arg("--blueprints").arg(here.join("blueprints"));
    deploy.args(["--set", &format!("{CLIENT}.system_url={system}")]);
    finish(deploy).await?;
    let mut make = baton()?;
    make.args(["token", "make", CLIENT, "bench"]);
    let token = output(make).await?.trim().to_owned();
    let mut serve = baton()?;
    serve.args(["serve", "--print-ready", "--listen", "127.0.0.1:0"]);
    let (child, line) = spawn(serve, &folder.join("server.log")).await?;
    let ready: Value = serde_json::from_str(&line).context("the server's first line")?;
    let url = ready["ready"].as_str().context("the server's address")?.to_owned();
    Ok((child, url, token))
}
