//! Where calls go: at a steady pace, or as fast as so many callers can; and the system that they all end at.

use crate::installation::{beside, spawn_fed};
use anyhow::{Context as _, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// The tool that is called.
pub const TOOL: &str = "test_simple_text";
/// Longest wait for an answer, seconds.
const ANSWER_S_MAX: u64 = 60;

/// A client without a proxy, that keeps its connections.
pub fn client() -> Result<Client> {
    let answer = Duration::from_secs(ANSWER_S_MAX);
    Ok(Client::builder().no_proxy().tcp_nodelay(true).pool_max_idle_per_host(256).timeout(answer).build()?)
}

/// Where one call goes.
#[derive(Clone)]
pub struct Target {
    http: Client,
    url: String,
    token: Option<String>,
    body: Value,
    /// Whether the answer is an MCP message, or what the tool says as it is.
    mcp: bool,
}

impl Target {
    /// A tool of an HTTP API.
    pub fn plain(url: String) -> Result<Self> {
        Ok(Self { http: client()?, url, token: None, body: json!({}), mcp: false })
    }

    /// A tool of an MCP server, by its name there.
    pub fn mcp(url: String, tool: &str, token: Option<String>) -> Result<Self> {
        let params = json!({"name": tool, "arguments": {}});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        Ok(Self { http: client()?, url, token, body, mcp: true })
    }

    /// One call; how long it took, milliseconds.
    async fn call(&self) -> Result<f64> {
        let begin = Instant::now();
        let mut request = self.http.post(&self.url).json(&self.body);
        if self.mcp {
            request = request
                .header("accept", "application/json, text/event-stream")
                .header("mcp-protocol-version", "2025-11-25");
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer: Value = request.send().await?.json().await?;
        let took = begin.elapsed();
        let result = if self.mcp { &answer["result"] } else { &answer };
        if result["content"][0]["text"].is_null() || result["isError"] == true {
            bail!("not what was asked for: {answer}");
        }
        Ok(took.as_secs_f64() * 1_000.0)
    }

    /// Calls at a steady pace, each begun when it is due, whatever is still under way; what they took, milliseconds.
    pub async fn steady(&self, rate: u64, seconds: u64) -> Result<Vec<f64>> {
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

    /// Calls as fast as so many callers can, each waiting for its answer before it asks again.
    pub async fn rush(&self, callers: usize, seconds: u64) -> Result<Rush> {
        let (begin, until) = (Instant::now(), Duration::from_secs(seconds));
        let mut all = JoinSet::new();
        for _ in 0..callers {
            let target = self.clone();
            all.spawn(async move {
                let mut mine = Rush::default();
                while begin.elapsed() < until {
                    match target.call().await {
                        Ok(took_ms) => mine.took_ms.push(took_ms),
                        Err(error) => mine.fail(format!("{error:#}")),
                    }
                }
                mine
            });
        }
        let mut sum = Rush::default();
        while let Some(caller) = all.join_next().await {
            sum.add(caller?);
        }
        sum.seconds = begin.elapsed().as_secs_f64();
        Ok(sum)
    }
}

/// What came of calls that were sent as fast as could be.
#[derive(Default)]
pub struct Rush {
    /// What each answered call took, milliseconds.
    pub took_ms: Vec<f64>,
    /// From the first call to the last answer.
    seconds: f64,
    /// Calls without the right answer.
    pub failed: u64,
    /// What was wrong with the first of them.
    pub first: Option<String>,
}

impl Rush {
    /// Calls answered per second.
    pub fn per_second(&self) -> f64 {
        self.took_ms.len() as f64 / self.seconds
    }

    /// Calls answered.
    pub fn answered(&self) -> u64 {
        self.took_ms.len() as u64
    }

    /// The same, unless a call failed.
    pub fn whole(self) -> Result<Self> {
        match &self.first {
            Some(first) => bail!("{} calls failed; the first: {first}", self.failed),
            None => Ok(self),
        }
    }

    /// Counts another turn in.
    pub fn add(&mut self, other: Self) {
        self.took_ms.extend(other.took_ms);
        self.seconds += other.seconds;
        self.failed += other.failed;
        self.first = self.first.take().or(other.first);
    }

    fn fail(&mut self, why: String) {
        self.failed += 1;
        self.first.get_or_insert(why);
    }
}

/// The system that all calls end at: the tools of the conformance suite, as an HTTP API and as an MCP server.
pub struct Upstream {
    /// Its address.
    pub address: String,
    http: Client,
    // It lives until its standard input ends.
    _process: Child,
}

impl Upstream {
    /// Starts it.
    pub async fn start(log: &Path) -> Result<Self> {
        let mut command = Command::new(beside("baton-test-everything")?);
        command.arg("system");
        let (process, address) = spawn_fed(command, log, Stdio::piped()).await?;
        Ok(Self { address: address.trim().to_owned(), http: client()?, _process: process })
    }

    /// Calls of tools that came here so far.
    pub async fn calls(&self) -> Result<u64> {
        let url = format!("{}/calls", self.address);
        self.http.get(url).send().await?.json().await.context("the system does not say how many calls it had")
    }

    /// The tool as the system's HTTP API has it.
    pub fn plain(&self) -> Result<Target> {
        Target::plain(format!("{}/tools/{TOOL}", self.address))
    }

    /// The tool as its MCP server has it.
    pub fn mcp(&self) -> Result<Target> {
        Target::mcp(self.mcp_url(), TOOL, None)
    }

    /// Where its MCP server is.
    pub fn mcp_url(&self) -> String {
        format!("{}/mcp", self.address)
    }
}
