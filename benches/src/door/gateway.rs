//! ContextForge on loopback, as its README starts it, with one MCP server registered and offered as a virtual server.
//!
//! Tried with 1.0.7.post20260921. What is set, and why:
//!
//! | setting | why |
//! |---|---|
//! | `JWT_SECRET_KEY`, `AUTH_ENCRYPTION_SECRET`, … | It starts without none of them; made by its own `init_secrets` |
//! | `DATABASE_URL` | SQLite, as shipped, in a folder of its own |
//! | `SSRF_ALLOW_LOCALHOST=true` | The system stands on loopback, which it refuses as shipped |
//! | `RATE_LIMITING_ENABLED=false` | As shipped it answers 100 calls a minute |
//!
//! Everything else is as shipped: calls carry a signed token, SQLite writes with `synchronous=NORMAL`, one process.

use super::target::{TOOL, Target, client};
use crate::installation::{finish, output};
use anyhow::{Context as _, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const PACKAGE: &str = "mcp-contextforge-gateway==1.0.7.post20260921";
const ADMIN: &str = "admin@example.com";
/// What pip, the first start with its migrations, and the end may take, seconds.
const INSTALL_S_MAX: u64 = 900;
const READY_S_MAX: u64 = 600;
const STOP_S_MAX: u64 = 60;

/// Ends when the gateway does. Stops it, with its workers, when its own input ends: when the bench does, however it ends.
const GUARD: &str = r#"exec 3<&0
"$@" </dev/null 3<&- & gateway=$!
(cat <&3 >/dev/null; kill -TERM $gateway) &
exec 3<&-
wait $gateway"#;

/// Where ContextForge is installed.
pub struct Programs {
    python: PathBuf,
    gateway: PathBuf,
}

impl Programs {
    /// At the place given, a program or a virtual environment, or installed below the build folder.
    pub async fn find(given: Option<&Path>) -> Result<Self> {
        let place = match given {
            Some(place) => std::path::absolute(place)?,
            None => installed().await?,
        };
        let folder = if place.is_dir() { place.join("bin") } else { place.parent().unwrap_or(&place).to_owned() };
        let found = Self { python: folder.join("python"), gateway: folder.join("mcpgateway") };
        for program in [&found.python, &found.gateway] {
            if !program.is_file() {
                bail!("{} is not there: {PACKAGE} is expected in a virtual environment", program.display());
            }
        }
        Ok(found)
    }
}

async fn installed() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let place = here.ancestors().nth(2).context("this program has no build folder")?.join("contextforge");
    if place.join("bin/mcpgateway").is_file() {
        return Ok(place);
    }
    println!("  installing {PACKAGE} with pip into {}", place.display());
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&place).kill_on_drop(true);
    let mut pip = Command::new(place.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", PACKAGE]).kill_on_drop(true);
    let both = async {
        finish(venv).await?;
        finish(pip).await
    };
    timeout(Duration::from_secs(INSTALL_S_MAX), both).await.context("pip did not end")??;
    Ok(place)
}

/// A running ContextForge.
pub struct Gateway {
    url: String,
    token: String,
    http: Client,
    process: Child,
}

impl Gateway {
    /// Starts it and waits until it is up.
    pub async fn start(programs: &Programs, folder: &Path, workers: usize) -> Result<Self> {
        let home = folder.join("contextforge");
        std::fs::create_dir(&home)?;
        let begin = Instant::now();
        let settings = settings(programs, &home).await?;
        let token = token(programs, &home, &settings).await?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = home.join("log");
        let mut command = at_home(Path::new("sh"), &home, &settings);
        command.args(["-c", GUARD, "guard"]).arg(&programs.gateway).args(["--host", "127.0.0.1", "--port"]);
        command.arg(port.to_string());
        if workers > 1 {
            command.args(["--workers", &workers.to_string()]);
        }
        let out = File::create(&log)?;
        command.stdin(Stdio::piped()).stdout(out.try_clone()?).stderr(out);
        let process = command.spawn().context("cannot start ContextForge")?;
        let url = format!("http://127.0.0.1:{port}");
        let mut gateway = Self { url, token, http: client()?, process };
        if !gateway.is_up().await {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            bail!("ContextForge ended, or was not up after {READY_S_MAX} s; its log:\n{log}");
        }
        let version = version(programs, &home, &settings).await?;
        println!(
            "  ContextForge {version} on SQLite, processes: {workers}, up after {:.0} s",
            begin.elapsed().as_secs_f64()
        );
        println!(
            "  set: SSRF_ALLOW_LOCALHOST=true, RATE_LIMITING_ENABLED=false; the rest as shipped, calls with a token"
        );
        Ok(gateway)
    }

    async fn is_up(&mut self) -> bool {
        let (begin, health) = (Instant::now(), format!("{}/health", self.url));
        let running = |process: &mut Child| process.try_wait().is_ok_and(|ended| ended.is_none());
        while running(&mut self.process) && begin.elapsed() < Duration::from_secs(READY_S_MAX) {
            if self.http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        false
    }

    /// Registers an MCP server and offers its tool as a virtual server's; where to call it.
    pub async fn register(&self, system: &str) -> Result<Target> {
        let system = json!({"name": "everything", "url": system, "transport": "STREAMABLEHTTP"});
        self.ask(self.http.post(format!("{}/gateways", self.url)).json(&system)).await?;
        let tools = self.ask(self.http.get(format!("{}/tools", self.url))).await?;
        let (id, name) = tool(&tools).with_context(|| format!("ContextForge lists no {TOOL}: {tools}"))?;
        let server = json!({"server": {"name": "bench", "description": "One tool", "associated_tools": [id]}});
        let server = self.ask(self.http.post(format!("{}/servers", self.url)).json(&server)).await?;
        let id = server["id"].as_str().with_context(|| format!("a virtual server without an id: {server}"))?;
        Target::mcp(format!("{}/servers/{id}/mcp", self.url), name, Some(self.token.clone()))
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Value> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("ContextForge answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Stops it with its workers, and waits.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        let ended = timeout(Duration::from_secs(STOP_S_MAX), self.process.wait()).await;
        ended.context("ContextForge did not stop")?.context("the end of ContextForge")?;
        Ok(())
    }
}

/// Id and name of the tool, of those that ContextForge lists.
fn tool(tools: &Value) -> Option<(&str, &str)> {
    let found = tools.as_array()?.iter().find(|tool| tool["originalName"] == TOOL)?;
    Some((found["id"].as_str()?, found["name"].as_str()?))
}

/// Name and value.
type Setting = (String, String);

/// A program that sees these settings and none of the caller's, in a folder without a file of settings.
fn at_home(program: &Path, home: &Path, settings: &[Setting]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(home);
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    for (name, value) in settings {
        command.env(name, value);
    }
    command
}

async fn settings(programs: &Programs, home: &Path) -> Result<Vec<Setting>> {
    let mut make = at_home(&programs.python, home, &[]);
    make.args(["-m", "mcpgateway.scripts.init_secrets", "--stdout"]);
    let mut settings = secrets(&output(make).await?);
    let database = format!("sqlite:///{}", home.join("mcp.db").display());
    let fixed = [
        ("PLATFORM_ADMIN_EMAIL", ADMIN),
        ("DATABASE_URL", database.as_str()),
        ("SSRF_ALLOW_LOCALHOST", "true"),
        ("RATE_LIMITING_ENABLED", "false"),
    ];
    settings.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(settings)
}

/// What `init_secrets` prints: a line `NAME=value` for each.
fn secrets(said: &str) -> Vec<Setting> {
    let named = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let lines = said.lines().filter_map(|line| line.trim().split_once('='));
    lines.filter(|(name, _)| named(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn token(programs: &Programs, home: &Path, settings: &[Setting]) -> Result<String> {
    let key = settings.iter().find(|(name, _)| name == "JWT_SECRET_KEY").context("init_secrets made no key")?;
    let mut make = at_home(&programs.python, home, settings);
    make.args(["-m", "mcpgateway.utils.create_jwt_token", "--username", ADMIN, "--exp", "1440", "--secret", &key.1]);
    let said = output(make).await?;
    Ok(said.lines().last().context("no token was made")?.trim().to_owned())
}

async fn version(programs: &Programs, home: &Path, settings: &[Setting]) -> Result<String> {
    let mut ask = at_home(&programs.python, home, settings);
    ask.args(["-c", "import importlib.metadata as m; print(m.version('mcp-contextforge-gateway'))"]);
    Ok(output(ask).await?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_its_own_programs_print_is_read() {
        let said = "# made\nJWT_SECRET_KEY=ab=c\n\nAUTH_ENCRYPTION_SECRET=d\nno secret = here\n";
        let expected = [("JWT_SECRET_KEY", "ab=c"), ("AUTH_ENCRYPTION_SECRET", "d")];
        assert_eq!(secrets(said), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn the_tool_is_found_by_the_name_it_has_at_its_server() {
        let listed = json!([
            {"id": "1", "originalName": "test_error_handling", "name": "everything-test-error-handling"},
            {"id": "2", "originalName": TOOL, "name": "everything-test-simple-text"},
        ]);
        assert_eq!(tool(&listed), Some(("2", "everything-test-simple-text")));
        assert_eq!(tool(&json!([])), None);
        assert_eq!(tool(&json!({"detail": "no"})), None);
    }
}
