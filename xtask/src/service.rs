//! A program that runs beside us until we stop it: its log, its first line, its end.

use crate::{run, signals};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

const POLL_MS: u64 = 50;
/// A service that was asked to end and has not by then is killed.
const STOP_WAIT_MS_MAX: u64 = 20_000;
const LOG_LINES_SHOWN_MAX: usize = 25;

/// A running program.
pub struct Service {
    name: &'static str,
    child: Child,
    log: PathBuf,
    first_line: Receiver<String>,
}

impl Service {
    /// Starts it with both streams going to `<logs>/<name>.log`.
    pub fn start(name: &'static str, command: &mut Command, logs: &Path) -> Result<Self> {
        signals::check()?;
        fs::create_dir_all(logs).with_context(|| format!("{} cannot be made", logs.display()))?;
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file.try_clone()?);
        // A group of its own: Ctrl-C reaches us alone, and we stop the services in their right order.
        command.process_group(0);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().with_context(|| format!("{name}: cannot start `{program}`"))?;
        let (sender, first_line) = channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let mut file = file;
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = writeln!(file, "{line}");
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Self { name, child, log, first_line })
    }

    /// The first line it prints, which says that it is ready.
    pub fn first_line(&mut self, wait_ms_max: u64) -> Result<String> {
        let until = Instant::now() + Duration::from_millis(wait_ms_max);
        loop {
            signals::check()?;
            match self.first_line.recv_timeout(Duration::from_millis(POLL_MS)) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} is not ready after {wait_ms_max} ms\n{}", self.name, self.tail())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = self.child.wait();
                    bail!("{} ended before it was ready\n{}", self.name, self.tail());
                }
            }
        }
    }

    /// An error with its last words when it has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("{} ended ({status})\n{}", self.name, self.tail()),
            None => Ok(()),
        }
    }

    /// Whether it has done all it had to do.
    pub fn is_done(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(status)) if status.success())
    }

    /// Waits until it has done all it had to do; an error with its last words when it has not.
    pub fn until_done(&mut self) -> Result<()> {
        while self.child.try_wait()?.is_none() {
            signals::check()?;
            thread::sleep(Duration::from_millis(POLL_MS));
        }
        if self.is_done() { Ok(()) } else { self.check() }
    }

    /// The last lines of its log.
    fn tail(&self) -> String {
        let text = fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let shown = &lines[lines.len().saturating_sub(LOG_LINES_SHOWN_MAX)..];
        let shown: String = shown.iter().map(|line| format!("  | {line}\n")).collect();
        format!("its last lines ({}):\n{shown}", self.log.display())
    }

    /// Asks it to end, waits, and kills it when it does not or when somebody insists.
    fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Some live until their standard input ends.
        drop(self.child.stdin.take());
        run::ask_to_end(self.child.id());
        let until = Instant::now() + Duration::from_millis(STOP_WAIT_MS_MAX);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > until || signals::stop_insisted() {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(POLL_MS));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}
