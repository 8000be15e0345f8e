//! The guides that are walk-throughs: every command in them is run, in order, in an empty folder, with this build's
//! `baton`, and what it prints must be what the guide shows.
//!
//! In a guide, a block ` ```LANGUAGE file=NAME ` is a file that the reader writes. A block ` ```sh ` is a session: lines
//! beginning with `$ ` are commands (one that ends with `\` goes on in the next line), the lines under each are what it
//! prints, both streams, with `[exit N]` at the end where it fails. In what is printed `…` stands for anything, and a
//! line of nothing else for any number of lines.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest time one command may take, seconds.
const COMMAND_S_MAX: u64 = 120;
/// Comes after what a command has printed, before its exit code.
const END: &str = "\u{1}end ";
/// The address that guides use; a test takes a free one.
const ADDRESS: &str = "127.0.0.1:7700";

enum Block {
    File { name: String, text: String },
    Session { line: usize, steps: Vec<Step> },
}

struct Step {
    line: usize,
    command: String,
    prints: Vec<String>,
}

fn blocks(guide: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = guide.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let body: Vec<(usize, &str)> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
        if let Some((_, name)) = info.split_once(" file=") {
            let text = body.iter().map(|(_, line)| format!("{line}\n")).collect();
            found.push(Block::File { name: name.to_owned(), text });
        } else if info == "sh" {
            found.push(Block::Session { line: at + 1, steps: steps(&body) });
        }
    }
    found
}

fn steps(body: &[(usize, &str)]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut open = false;
    for (at, line) in body {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { line: at + 1, command: command.to_owned(), prints: Vec::new() });
            open = command.ends_with('\\');
        } else if let Some(step) = steps.last_mut() {
            if open {
                step.command.push_str(&format!("\n{line}"));
                open = line.ends_with('\\');
            } else {
                step.prints.push((*line).to_owned());
            }
        } else {
            panic!("line {}: a session begins with `$ `", at + 1);
        }
    }
    steps
}

/// One shell for a whole guide.
struct Shell {
    child: Child,
    lines: Receiver<String>,
}

impl Shell {
    fn start(folder: &Path) -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_baton"));
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let mut child = Command::new("sh")
            .current_dir(folder)
            .env("PATH", path)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("BATON_DATABASE")
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// What a command prints, and its exit code where it is not 0.
    fn run(&mut self, command: &str) -> Vec<String> {
        // In braces, so that a variable stays set; without input, so that no command reads the next one.
        let whole = format!("{{ {command}\n}} 2>&1 </dev/null\nprintf '\\n\\001end %d\\n' $?\n");
        self.child.stdin.as_mut().unwrap().write_all(whole.as_bytes()).unwrap();
        let mut printed = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(COMMAND_S_MAX));
            let line = line.unwrap_or_else(|_| panic!("no end of `{command}`; so far: {printed:#?}"));
            let Some(code) = line.strip_prefix(END) else {
                printed.push(line);
                continue;
            };
            // The line that the end begins with, or a last line that had no end of its own.
            if printed.last().is_some_and(String::is_empty) {
                printed.pop();
            }
            if code != "0" {
                printed.push(format!("[exit {code}]"));
            }
            return printed;
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The shell and all that it left in the background.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// Whether printed lines are as shown.
fn fits(shown: &[String], printed: &[String]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "…" => (0..=printed.len()).any(|skip| fits(rest, &printed[skip..])),
        (Some((first, rest)), Some((line, more))) => line_fits(first, line.trim_end()) && fits(rest, more),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn line_fits(shown: &str, line: &str) -> bool {
    let Some((before, rest)) = shown.split_once('…') else { return shown == line };
    let Some(left) = line.strip_prefix(before) else { return false };
    left.char_indices().map(|(at, _)| at).chain([left.len()]).any(|at| line_fits(rest, &left[at..]))
}

fn walk(guide: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(guide);
    let text = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut shell = Shell::start(folder.path());
    let mut run = 0;
    for block in blocks(&text) {
        match block {
            Block::File { name, text } => {
                let file = folder.path().join(&name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            Block::Session { line, steps } => {
                assert!(!steps.is_empty(), "{guide}:{line}: a session without a command");
                for step in steps {
                    let printed = shell.run(&step.command.replace(ADDRESS, &address));
                    let printed: Vec<String> = printed.iter().map(|line| line.replace(&address, ADDRESS)).collect();
                    let (command, printed_text) = (&step.command, printed.join("\n"));
                    let shown = step.prints.join("\n");
                    assert!(
                        fits(&step.prints, &printed),
                        "{guide}:{}: $ {command}\n--- the guide shows\n{shown}\n--- it prints\n{printed_text}\n",
                        step.line
                    );
                    run += 1;
                }
            }
        }
    }
    assert!(run > 0, "{guide} has no command");
}

#[test]
fn every_command_of_the_walk_through_of_a_process_does_what_it_shows() {
    walk("processes.md");
}

#[test]
fn what_is_shown_fits_what_is_printed_or_not() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (shown, printed, expect) in [
        ("a\nb", "a\nb", true),
        ("a", "a\nb", false),
        ("a\n…", "a\nb\nc", true),
        ("…\nc", "a\nb\nc", true),
        ("…", "", true),
        ("run_… is waiting", "run_01k is waiting", true),
        ("run_… is waiting", "run_01k is done", false),
        ("[exit 1]", "", false),
    ] {
        assert_eq!(fits(&lines(shown), &lines(printed)), expect, "{shown} / {printed}");
    }
}
