//! MCP servers that are programs on this machine. Each call has a process of its own: a cleared environment, a folder that
//! is empty before and gone after, limits on memory, time, files and processes, and a group that ends with it.

use super::{
    Call, Credential, MESSAGE_BYTES_MAX, PAGES_MAX, Tool, Trouble, hello, reply, request, result_of, same, spoken,
};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Memory of a process, KiB; files it may write, blocks of 512 bytes; open files, count.
const MEMORY_KIB_MAX: u64 = 4 * 1024 * 1024;
const FILE_BLOCKS_MAX: u64 = 64 * 1024;
const OPEN_FILES_MAX: u64 = 256;
/// Where programs are looked for: nothing else of this process's environment is handed on.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Calls a tool.
pub(super) async fn call(
    command: &[String],
    credential: Credential,
    call: &Call,
    args: &Value,
    time: Duration,
) -> Result<Value, Trouble> {
    let mut acted = false;
    let work = async {
        let mut running = Running::start(command, credential, time)?;
        let tools = running.tools().await?;
        same(&tools, call)?;
        acted = true;
        let body = json!({"name": call.tool, "arguments": args});
        running.ask("tools/call", body).await
    };
    match tokio::time::timeout(time, work).await {
        Ok(Err(Trouble::Nothing(why))) if acted => Err(Trouble::Unclear(why)),
        Ok(told) => told,
        Err(_) if acted => Err(Trouble::Unclear("it did not answer in time".to_owned())),
        Err(_) => Err(Trouble::Nothing("it did not start in time".to_owned())),
    }
}

/// All tools of a program.
pub(super) async fn list(command: &[String], credential: Credential, time: Duration) -> Result<Vec<Tool>, Trouble> {
    let work = async { Running::start(command, credential, time)?.tools().await };
    let late = || Err(Trouble::Nothing("it did not answer in time".to_owned()));
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| late())
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
    /// Gone with the process.
    _folder: tempfile::TempDir,
}

impl Running {
    fn start(command: &[String], credential: Credential, time: Duration) -> Result<Self, Trouble> {
        let broken = |e: std::io::Error| Trouble::Nothing(format!("the program cannot be started: {e}"));
        let folder = tempfile::tempdir().map_err(broken)?;
        // `ulimit` in a shell that then becomes the program: limits without unsafe code.
        let limits = format!(
            "ulimit -c 0; ulimit -v {MEMORY_KIB_MAX}; ulimit -t {}; ulimit -f {FILE_BLOCKS_MAX}; ulimit -n {OPEN_FILES_MAX}; \
             exec \"$0\" \"$@\"",
            time.as_secs() + 1
        );
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(limits).args(command);
        shell.env_clear().env("PATH", PATH).env("HOME", folder.path()).env("TMPDIR", folder.path());
        if let Some((name, value)) = credential {
            shell.env(name, value);
        }
        shell.current_dir(folder.path()).process_group(0).kill_on_drop(true);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = shell.spawn().map_err(broken)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Trouble::Nothing("the program has no input or output".to_owned()));
        };
        Ok(Self { child, input, output: BufReader::new(output), next: 1, _folder: folder })
    }

    async fn tools(&mut self) -> Result<Vec<Tool>, Trouble> {
        spoken(&self.ask("initialize", hello()).await?)?;
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
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

    async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Trouble> {
        let id = self.next;
        self.next += 1;
        self.send(&request(id, method, params)).await?;
        let mut read = 0;
        loop {
            let mut line = Vec::new();
            let ended = || Trouble::Nothing("the program ended without an answer".to_owned());
            // One byte more than is taken in shows that there is more.
            let mut part = (&mut self.output).take((MESSAGE_BYTES_MAX + 1 - read) as u64);
            let bytes = part.read_until(b'\n', &mut line).await.map_err(|_| ended())?;
            read += bytes;
            if bytes == 0 {
                return Err(ended());
            }
            if read > MESSAGE_BYTES_MAX {
                return Err(Trouble::Nothing("it says more than is taken in".to_owned()));
            }
            // Programs write all kinds of things: only the answer counts.
            let Ok(message) = serde_json::from_slice::<Value>(&line) else { continue };
            if message.get("id") == Some(&json!(id)) && message.get("method").is_none() {
                return result_of(message, method == "tools/call");
            }
            if let Some(reply) = reply(&message) {
                self.send(&reply).await?;
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), Trouble> {
        let line = format!("{message}\n");
        let written = self.input.write_all(line.as_bytes()).await;
        written.map_err(|_| Trouble::Nothing("the program takes no input".to_owned()))
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
