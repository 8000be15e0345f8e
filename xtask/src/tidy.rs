//! The house rules that neither the compiler nor clippy knows. Each finding says where and what to do.

mod edges;
mod functions;
mod sides;
mod source;
mod words;

use crate::count::Tally;
use crate::run;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Lines of a source file. A file that grows beyond this has two subjects.
const FILE_LINES_MAX: usize = 500;
const SOURCE_EXTENSIONS: &[&str] = &["rs", "ts", "tsx"];

/// A committed text file.
pub struct File {
    /// Path from the checkout's root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl File {
    fn has_extension(&self, extensions: &[&str]) -> bool {
        Path::new(&self.path).extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e))
    }

    /// Rust that is shipped: not a test's file.
    fn is_shipped_rust(&self) -> bool {
        self.has_extension(&["rs"]) && self.path.contains("/src/") && !self.path.ends_with("/tests.rs")
    }
}

/// One rule: its name, and what it finds.
struct Rule {
    name: &'static str,
    find: fn(&[File]) -> Vec<String>,
}

const RULES: &[Rule] = &[
    Rule { name: "files are short", find: long_files },
    Rule { name: "functions are short", find: functions::long },
    Rule { name: "modules say what they are", find: silent_modules },
    Rule { name: "tests are in their room's program", find: stray_tests },
    Rule { name: "rooms keep their edges", find: edges::wrong },
    Rule { name: "styles go by the direction of the text", find: sides::of_the_screen },
    Rule { name: "nothing is left undone", find: words::undone },
    Rule { name: "no path or host of one machine", find: words::machine },
    Rule { name: "lock files name the public registries only", find: words::registries },
];

/// `cargo xtask tidy`.
pub fn run(workspace: &Workspace) -> Result<()> {
    let tally = check(workspace)?;
    println!("{} rules hold", tally.passed);
    Ok(())
}

/// Every rule over every file that git knows or would add.
pub fn check(workspace: &Workspace) -> Result<Tally> {
    let files = files(&workspace.root)?;
    let mut found = 0;
    for rule in RULES {
        let findings = (rule.find)(&files);
        for finding in &findings {
            println!("{}: {finding}", rule.name);
        }
        found += findings.len();
    }
    if found > 0 {
        bail!("{found} findings");
    }
    Ok(Tally::passed(RULES.len() as u64))
}

fn files(root: &Path) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let list = run::quiet("git ls-files", &mut git)?;
    let read = |path: &str| {
        // Deleted but not yet committed, or no text: nothing to look at.
        let text = fs::read_to_string(root.join(path)).ok()?;
        Some(File { path: path.to_owned(), text })
    };
    Ok(list.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect())
}

fn long_files(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| file.has_extension(SOURCE_EXTENSIONS) && !file.path.ends_with(".d.ts"));
    sources
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(file, lines)| format!("{}: {lines} lines; divide it by subject (at most {FILE_LINES_MAX})", file.path))
        .collect()
}

fn silent_modules(files: &[File]) -> Vec<String> {
    let silent = files.iter().filter(|file| file.is_shipped_rust() && !file.text.trim_start().starts_with("//!"));
    silent.map(|file| format!("{}: open it with `//!` and what it is for", file.path)).collect()
}

/// A room's tests are one program, whose `main.rs` names them; a file that it does not name would never be compiled.
fn stray_tests(files: &[File]) -> Vec<String> {
    let mut stray = Vec::new();
    for main in files.iter().filter(|file| file.path.ends_with("/tests/main.rs")) {
        let folder = main.path.trim_end_matches("main.rs");
        for file in files.iter().filter(|file| file.path.starts_with(folder) && file.path != main.path) {
            let inside = file.path.trim_start_matches(folder);
            let name = inside.strip_suffix("/mod.rs").or_else(|| inside.strip_suffix(".rs")).unwrap_or_default();
            if !name.is_empty() && !name.contains('/') && !main.text.contains(&format!("\nmod {name};\n")) {
                stray.push(format!("{}: not named in {}, so it never runs", file.path, main.path));
            }
        }
    }
    stray
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_long_file_and_a_silent_module_are_named() {
        let long = "line\n".repeat(FILE_LINES_MAX + 1);
        let files = [file("crates/base/src/lib.rs", &long), file("docs/long.md", &long)];
        assert_eq!(long_files(&files).len(), 1);
        assert!(long_files(&files)[0].starts_with("crates/base/src/lib.rs"));
        assert_eq!(silent_modules(&files).len(), 1);
        assert!(silent_modules(&[file("crates/base/src/lib.rs", "//! Ground.\n")]).is_empty());
    }

    #[test]
    fn a_test_that_nothing_runs_is_named() {
        let main = file("crates/base/tests/main.rs", "//! All.\n\nmod one;\nmod wire;\n");
        let there = ["one.rs", "wire/mod.rs", "wire/site.rs", "whole.yaml"]
            .map(|at| file(&format!("crates/base/tests/{at}"), ""));
        let files: Vec<File> = [main].into_iter().chain(there).collect();
        assert!(stray_tests(&files).is_empty(), "{:?}", stray_tests(&files));
        let more: Vec<File> = files.into_iter().chain([file("crates/base/tests/two.rs", "")]).collect();
        assert_eq!(
            stray_tests(&more),
            ["crates/base/tests/two.rs: not named in crates/base/tests/main.rs, so it never runs"]
        );
    }
}
