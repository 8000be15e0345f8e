//! Isolation by client: every table carries `client_id`, and every SQL text of the rooms filters on it.
//!
//! A statement that must see all clients says why, in a comment `// every client: <reason>` within the four lines
//! above its text.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_db::migrate::MIGRATIONS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines above a statement in which its reason may stand.
const REASON_LINES_MAX: usize = 4;
const REASON_MARK: &str = "// every client: ";
const REASON_CHARS_MIN: usize = 15;

fn tables() -> Vec<(String, String)> {
    let texts = MIGRATIONS.iter().flat_map(|(_, text)| baton_db::sql::statements(text, baton_db::Kind::Sqlite));
    let tables = texts.filter_map(|statement| {
        let rest = statement.strip_prefix("CREATE TABLE ")?;
        let (name, columns) = rest.split_once('(')?;
        Some((name.trim().to_owned(), columns.to_owned()))
    });
    tables.collect()
}

#[test]
fn every_table_carries_client_id() {
    let tables = tables();
    assert!(tables.len() > 20, "the migrations were read");
    let without: Vec<_> = tables.iter().filter(|(_, columns)| !columns.contains("client_id TEXT")).collect();
    assert!(without.is_empty(), "tables without client_id: {without:?}");
}

#[test]
fn every_statement_filters_on_client_id_or_says_why_not() {
    let tables: BTreeSet<String> = tables().into_iter().map(|(name, _)| name).collect();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![];
    for room in fs::read_dir(&crates).unwrap().map(|entry| entry.unwrap().path()) {
        if !room.ends_with("testkit") {
            rust_files(&room.join("src"), &mut files);
        }
    }
    let mut open = vec![];
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        open.extend(unfiltered(&text, &tables).into_iter().map(|at| format!("{}:{at}", file.display())));
    }
    assert!(
        open.is_empty(),
        "statements without a filter on client_id; add `client_id = $N`, or `{REASON_MARK}<reason>` above:\n{}",
        open.join("\n")
    );
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

/// Line and beginning of each statement on one of the tables that neither filters nor says why.
fn unfiltered(source: &str, tables: &BTreeSet<String>) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or(source);
    let lines: Vec<&str> = source.lines().collect();
    let open = literals(source).into_iter().filter(|(line, text)| {
        let reasons = &lines[line.saturating_sub(REASON_LINES_MAX)..=*line];
        let has_reason =
            reasons.iter().any(|l| l.split_once(REASON_MARK).is_some_and(|(_, r)| r.len() >= REASON_CHARS_MIN));
        touches(text, tables) && !filters(text) && !has_reason
    });
    open.map(|(line, text)| format!("{}: {}", line + 1, text.chars().take(90).collect::<String>())).collect()
}

fn touches(text: &str, tables: &BTreeSet<String>) -> bool {
    let words: Vec<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let verb = words.first().is_some_and(|w| ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(w));
    verb && words.windows(2).any(|w| ["FROM", "INTO", "UPDATE", "JOIN"].contains(&w[0]) && tables.contains(w[1]))
}

fn filters(text: &str) -> bool {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.starts_with("INSERT") {
        return flat.contains("client_id");
    }
    ["client_id =", "client_id=", "client_id IN", "(client_id,"].iter().any(|filter| flat.contains(filter))
}

/// String literals of a Rust source with the line (from 0) on which they begin; line continuations become a space.
fn literals(source: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = source.chars().collect();
    let (mut at, mut line, mut found) = (0, 0, vec![]);
    while at < chars.len() {
        let here = &chars[at..];
        let length = match here {
            ['/', '/', ..] => until(here, &['\n']),
            ['\'', '\\', _, ..] => 3 + until(&here[3..], &['\'']),
            ['\'', _, '\'', ..] => 3,
            ['r', '#', '"', ..] => 3 + until(&here[3..], &['"', '#']),
            ['"', ..] => 1 + quoted(&here[1..]),
            _ => 1,
        };
        let taken: String = here[..length.min(here.len())].iter().collect();
        if here[0] == '"' || here.starts_with(&['r', '#', '"']) {
            let text = taken.trim_start_matches("r#").trim_matches(['"', '#']).replace("\\\n", " ");
            found.push((line, text));
        }
        line += taken.matches('\n').count();
        at += length;
    }
    found
}

/// Length up to and including the end mark.
fn until(chars: &[char], end: &[char]) -> usize {
    chars.windows(end.len()).position(|w| w == end).map_or(chars.len(), |at| at + end.len())
}

fn quoted(chars: &[char]) -> usize {
    let mut at = 0;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

#[test]
fn the_walk_itself_finds_what_it_must() {
    let tables = BTreeSet::from(["run".to_owned()]);
    let check = |source: &str, count: usize| assert_eq!(unfiltered(source, &tables).len(), count, "{source}");
    check("q(\"SELECT a FROM run WHERE run_id = $1\")", 1);
    check("q(\"SELECT a FROM run \\\n   WHERE client_id = $1\")", 0);
    check("q(r#\"DELETE FROM run\"#)", 1);
    check("// every client: the worker serves them all\nq(\"SELECT a FROM run\")", 0);
    check("// every client: short\nq(\"SELECT a FROM run\")", 1);
    check("let c = '\"'; q(\"UPDATE run SET a = 1\"); // \"SELECT a FROM run\"", 1);
    check("\"SELECT a FROM elsewhere\"; \"we SELECT FROM run\"", 0);
    check("\"INSERT INTO run (client_id, a) VALUES ($1, 'it''s \\\" x')\"; \"INSERT INTO run (a)\"", 1);
}
