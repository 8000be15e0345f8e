//! Running another program to its end.

use crate::signals;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const POLL_MS: u64 = 50;

/// What a finished program left.
pub struct Ran {
    /// It ended with status 0.
    pub success: bool,
    /// Everything it wrote, both streams, line by line.
    pub output: String,
}

/// Runs with our terminal; an error when it fails.
pub fn show(what: &str, command: &mut Command) -> Result<()> {
    signals::check()?;
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| cannot_start(command))?;
    if !wait(&mut child)? {
        bail!("{what} failed");
    }
    Ok(())
}

/// Runs, showing every line and keeping it.
pub fn tee(command: &mut Command) -> Result<Ran> {
    gather(command, true)
}

/// Runs silently; its output is shown only when it fails.
pub fn quiet(what: &str, command: &mut Command) -> Result<String> {
    let ran = gather(command, false)?;
    if !ran.success {
        bail!("{what} failed:\n{}", ran.output.trim_end());
    }
    Ok(ran.output)
}

fn gather(command: &mut Command, shown: bool) -> Result<Ran> {
    signals::check()?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    let output = Arc::new(Mutex::new(String::new()));
    let readers: Vec<_> = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ]
    .into_iter()
    .flatten()
    .map(|stream| {
        let output = Arc::clone(&output);
        thread::spawn(move || copy_lines(stream, &output, shown))
    })
    .collect();
    let success = wait(&mut child)?;
    for reader in readers {
        let _ = reader.join();
    }
    let output = output.lock().map(|text| text.clone()).unwrap_or_default();
    Ok(Ran { success, output })
}

fn copy_lines(stream: Box<dyn Read + Send>, output: &Mutex<String>, shown: bool) {
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    while matches!(reader.read_until(b'\n', &mut bytes), Ok(1..)) {
        let line = String::from_utf8_lossy(&bytes);
        if shown {
            let mut stdout = std::io::stdout().lock();
            let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
        }
        if let Ok(mut output) = output.lock() {
            output.push_str(&line);
        }
        bytes.clear();
    }
}

fn wait(child: &mut Child) -> Result<bool> {
    loop {
        if let Some(status) = child.try_wait()? {
            signals::check()?;
            return Ok(status.success());
        }
        if signals::stop_asked() {
            // A terminal's Ctrl-C has reached it too; a signal to us alone has not.
            ask_to_end(child.id());
            let _ = child.wait();
            bail!("stopped");
        }
        thread::sleep(Duration::from_millis(POLL_MS));
    }
}

/// Asks a process to end (SIGTERM).
pub fn ask_to_end(process: u32) {
    let mut kill = Command::new("kill");
    kill.args(["-TERM", &process.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    // It may have ended by itself meanwhile.
    let _ = kill.status();
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", command.get_program().to_string_lossy())
}
