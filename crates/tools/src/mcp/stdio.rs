//! MCP servers that are programs on this machine. Each call has a process of its own: a sandbox, a cleared environment, a folder that
//! is empty before and gone after, limits on memory, time and files, and a group that ends with it.

use super::revision::{self, Revision, chosen};
use super::{
    Call, Credential, LATE, MESSAGE_BYTES_MAX, PAGES_MAX, Sandbox, Tool, Trouble, hello, reply, request, result_of,
    same, stateless,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Memory of a process, KiB; files it may write, blocks of 512 bytes; open files, count.
const MEMORY_KIB_MAX: u64 = 4 * 1024 * 1024;
const FILE_BLOCKS_MAX: u64 = 64 * 1024;
const OPEN_FILES_MAX: u64 = 256;
/// Where programs are looked for: nothing else of this process's environment is handed on.
pub(super) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// Longest wait for the answer to `server/discover` before the handshake is tried, milliseconds: a program that does not
/// know the question may say nothing.
const DISCOVER_MS_MAX: u64 = 1_000;
/// Programs whose revision is remembered, count.
const KNOWN_MAX: usize = 500;
const ENDED: &str = "the program ended without an answer";
const SHUT: &str = "the program takes no input";

/// Which program, as whom.
pub(super) struct Program<'a> {
    pub command: &'a [String],
    pub sandbox: &'a Sandbox,
    pub credential: Credential,
    /// The revision that is spoken and none newer; without it the newest that the program speaks too.
    pub revision: Option<Revision>,
    /// For all of it.
    pub time: Duration,
}

/// Which revision programs were found to speak, by command: each call has a process of its own, and would ask again.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<Vec<String>, Revision>>);

impl Known {
    /// Calls a tool.
    pub(super) async fn call(&self, program: &Program<'_>, call: &Call, args: &Value) -> Result<Value, Trouble> {
        let known = self.found().get(program.command).copied().filter(|_| program.revision.is_none());
        let mut acted = false;
        let work = async {
            let mut running = match known {
                Some(revision) => Running::of(program, revision).await?,
                None => Running::open(program).await?,
            };
            let tools = running.tools().await?;
            self.keep(program.command, running.revision);
            same(&tools, call)?;
            acted = true;
            let body = json!({"name": call.tool, "arguments": args});
            let result = running.ask("tools/call", body).await?;
            if running.revision == Revision::Stateless { stateless::complete(result, true) } else { Ok(result) }
        };
        let told = tokio::time::timeout(program.time, work).await;
        if !acted {
            // It may be another program by now, which speaks otherwise.
            self.found().remove(program.command);
        }
        match told {
            Ok(Err(Trouble::Nothing(why))) if acted => Err(Trouble::Unclear(why)),
            // Nothing was done, and the next attempt asks it how it speaks.
            Ok(Err(Trouble::Refused(status, _))) if !acted && status != 0 && known.is_some() => {
                Err(Trouble::Nothing("it does not speak as it did before".to_owned()))
            }
            Ok(told) => told,
            Err(_) if acted => Err(Trouble::Unclear(LATE.to_owned())),
            Err(_) => Err(Trouble::Nothing("it did not start in time".to_owned())),
        }
    }

    fn keep(&self, command: &[String], revision: Revision) {
        let mut known = self.found();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(command.to_vec(), revision);
    }

    fn found(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<String>, Revision>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All tools of a program.
pub(super) async fn list(program: &Program<'_>) -> Result<Vec<Tool>, Trouble> {
    let work = async { Running::open(program).await?.tools().await };
    let late = || Err(Trouble::Nothing(LATE.to_owned()));
    tokio::time::timeout(program.time, work).await.unwrap_or_else(|_| late())
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What has come of a line.
    line: Vec<u8>,
    /// What has come since the last answer, bytes.
    heard: usize,
    last: u64,
    revision: Revision,
    /// Gone with the process.
    _folder: tempfile::TempDir,
}

impl Running {
    /// A program with which one can go on, in the revision that is pinned or in the newest that it speaks.
    async fn open(program: &Program<'_>) -> Result<Self, Trouble> {
        if let Some(pinned @ Revision::Handshake(_)) = program.revision {
            return Self::of(program, pinned).await;
        }
        let pinned = program.revision.is_some();
        let mut running = Self::start(program)?;
        let wait = Duration::from_millis(DISCOVER_MS_MAX).min(program.time / 4);
        let newest = Revision::Handshake(Revision::NEWEST_HANDSHAKE);
        let found = match running.discover(if pinned { program.time } else { wait }).await {
            // Some end over what they do not know, with a word or without; the next process is asked nothing of the kind.
            Err(Trouble::Nothing(why)) if why == ENDED && !pinned => return Self::of(program, newest).await,
            Err(Trouble::Nothing(why)) if why == LATE && !pinned => {
                return or_anew(running.greeted_late().await, program, newest).await;
            }
            found => found?,
        };
        if pinned {
            revision::pinned(found)?;
        }
        match found.unwrap_or(newest) {
            Revision::Stateless => Ok(running),
            known @ Revision::Handshake(_) => or_anew(running.greeted(known, false).await, program, known).await,
        }
    }

    /// A program that is known to speak a revision.
    async fn of(program: &Program<'_>, revision: Revision) -> Result<Self, Trouble> {
        let running = Self::start(program)?;
        match revision {
            Revision::Stateless => Ok(running),
            Revision::Handshake(_) => running.greeted(revision, program.revision.is_some()).await,
        }
    }

    /// Which revision it speaks; none where it does not know the question.
    async fn discover(&mut self, wait: Duration) -> Result<Option<Revision>, Trouble> {
        let asked = self.ask("server/discover", json!({}));
        let late = |_| Err(Trouble::Nothing(LATE.to_owned()));
        let answered = tokio::time::timeout(wait, asked).await.unwrap_or_else(late);
        chosen(answered)
    }

    /// The same after a handshake.
    async fn greeted(mut self, revision: Revision, pinned: bool) -> Result<Self, Trouble> {
        self.revision = revision;
        let said = self.ask("initialize", hello(revision.name())).await?;
        self.revision = revision::shaken(&said, revision.name(), pinned)?;
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        Ok(self)
    }

    /// The same where the question for its revision is not answered yet: a slow one may still answer that first.
    async fn greeted_late(mut self) -> Result<Self, Trouble> {
        let (asked, newest) = (self.last, Revision::NEWEST_HANDSHAKE);
        self.revision = Revision::Handshake(newest);
        let id = self.next();
        self.send(&request(id, "initialize", hello(newest))).await?;
        loop {
            let message = self.message(&[asked, id]).await?;
            if message.get("id") == Some(&json!(asked)) {
                if chosen(result_of(message, false))? == Some(Revision::Stateless) {
                    self.revision = Revision::Stateless;
                    return Ok(self);
                }
                continue;
            }
            self.revision = revision::shaken(&result_of(message, false)?, newest, false)?;
            self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
            return Ok(self);
        }
    }

    fn start(program: &Program<'_>) -> Result<Self, Trouble> {
        let broken = |e: std::io::Error| Trouble::Nothing(format!("the program cannot be started: {e}"));
        let folder = tempfile::tempdir().map_err(broken)?;
        let launch = program.sandbox.launch(program.command, folder.path()).map_err(Trouble::Nothing)?;
        // `ulimit` in a shell that then becomes the program: limits without unsafe code.
        let limits = format!(
            "ulimit -c 0; ulimit -v {MEMORY_KIB_MAX}; ulimit -t {}; ulimit -f {FILE_BLOCKS_MAX}; ulimit -n {OPEN_FILES_MAX}; \
             exec \"$0\" \"$@\"",
            program.time.as_secs() + 1
        );
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(limits).args(launch);
        shell.env_clear().env("PATH", PATH).env("HOME", folder.path()).env("TMPDIR", folder.path());
        if let Some((name, value)) = &program.credential {
            shell.env(name, value);
        }
        shell.current_dir(folder.path()).process_group(0).kill_on_drop(true);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = shell.spawn().map_err(broken)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Trouble::Nothing("the program has no input or output".to_owned()));
        };
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
            line: Vec::new(),
            heard: 0,
            last: 0,
            revision: Revision::Stateless,
            _folder: folder,
        })
    }

    async fn tools(&mut self) -> Result<Vec<Tool>, Trouble> {
        let (mut tools, mut cursor) = (Vec::new(), json!({}));
        for _ in 0..PAGES_MAX {
            let page = self.ask("tools/list", cursor).await?;
            tools.extend(Tool::page(&page));
            match page.get("nextCursor").and_then(Value::as_str) {
                Some(next) => cursor = json!({"cursor": next}),
                None => return Ok(tools),
            }
        }
        Err(Trouble::Nothing("it has more pages of tools than are read".to_owned()))
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Trouble> {
        let params = if self.revision == Revision::Stateless { stateless::dressed(params) } else { params };
        let id = self.next();
        self.send(&request(id, method, params)).await?;
        let message = self.message(&[id]).await?;
        result_of(message, method == "tools/call")
    }

    /// The next answer to one of these requests. To stop waiting for it loses nothing of what has come.
    async fn message(&mut self, ids: &[u64]) -> Result<Value, Trouble> {
        loop {
            // One byte more than is taken in shows that there is more.
            let left = (MESSAGE_BYTES_MAX + 1).saturating_sub(self.heard + self.line.len());
            let mut part = (&mut self.output).take(left as u64);
            let read = part.read_until(b'\n', &mut self.line).await;
            let ended = read.is_err() || self.line.is_empty() && read.is_ok_and(|bytes| bytes == 0);
            if ended {
                return Err(Trouble::Nothing(ENDED.to_owned()));
            }
            self.heard += self.line.len();
            let line = std::mem::take(&mut self.line);
            if self.heard > MESSAGE_BYTES_MAX {
                return Err(Trouble::Nothing("it says more than is taken in".to_owned()));
            }
            // Programs write all kinds of things: only the answer counts.
            let Ok(message) = serde_json::from_slice::<Value>(&line) else { continue };
            let answers = |id: &u64| message.get("id") == Some(&json!(id));
            if ids.iter().any(answers) && message.get("method").is_none() {
                self.heard = 0;
                return Ok(message);
            }
            // Without a handshake nobody answers a server (2026-07-28, stdio, sending messages).
            let reply = reply(&message).filter(|_| self.revision != Revision::Stateless);
            if let Some(reply) = reply {
                self.send(&reply).await?;
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), Trouble> {
        let line = format!("{message}\n");
        let written = self.input.write_all(line.as_bytes()).await;
        written.map_err(|_| Trouble::Nothing(SHUT.to_owned()))
    }
}

/// What was greeted; a new process where this one ended over the question before, whose answer is that.
async fn or_anew(
    greeted: Result<Running, Trouble>,
    program: &Program<'_>,
    revision: Revision,
) -> Result<Running, Trouble> {
    match greeted {
        Err(Trouble::Nothing(why)) if [ENDED, SHUT].contains(&why.as_str()) => Running::of(program, revision).await,
        greeted => greeted,
    }
}

impl Drop for Running {
    /// The whole group goes: what the program started ends with it.
    fn drop(&mut self) {
        let Some(id) = self.child.id() else { return };
        let group = format!("-{id}");
        let kill = std::process::Command::new("/bin/kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        if kill.is_err() {
            let _ = self.child.start_kill();
        }
    }
}
