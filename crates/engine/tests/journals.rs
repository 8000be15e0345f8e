//! The journals that earlier releases left behind, folded by today's engine: the definition loads, every event is
//! understood, and the run ends as it did. See `crates/runs/examples/journals.rs` for how a release writes them.
#![allow(clippy::unwrap_used, reason = "a test")]

use baton_engine::{Definition, RunEvent, RunState, evolve};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct File {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    process: String,
    /// SHA-256 of the definition's text.
    definition: String,
    end: End,
    events: Vec<Entry>,
    /// The state as it was stored after so many events.
    stops: Vec<Stop>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct End {
    status: String,
    output: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Entry {
    at_ms: i64,
    event: RunEvent,
}

#[derive(Deserialize)]
struct Stop {
    events: usize,
    state: Stored,
}

#[derive(Deserialize)]
struct Stored {
    engine: RunState,
}

/// Every run of every release, with the place it was read from.
fn all() -> Vec<(PathBuf, Definition, Run)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/journals");
    let mut found = Vec::new();
    for folder in entries(&root).into_iter().filter(|path| path.is_dir()) {
        for path in entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
            let file: File = serde_json::from_str(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            for run in file.runs {
                let process = folder.join(format!("processes/{}.yaml", run.process));
                let name = process.display().to_string();
                let definition = Definition::parse(&name, &fs::read_to_string(&process).unwrap());
                let definition = definition.unwrap_or_else(|findings| panic!("{name}: {findings:#?}"));
                found.push((path.clone(), definition, run));
            }
        }
    }
    assert!(found.len() > 20, "journals are missing under {}", root.display());
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn end(state: &RunState) -> End {
    // A run that has begun and not ended is stored as waiting.
    let status = match serde_json::to_value(state.status).unwrap() {
        Value::String(name) if name == "running" => "waiting".to_owned(),
        Value::String(name) => name,
        other => panic!("a status is a name: {other}"),
    };
    let error = state.error.as_ref().map(|error| serde_json::to_value(error).unwrap());
    End { status, output: state.output.clone(), error }
}

fn fold(definition: &Definition, mut state: RunState, events: &[Entry]) -> RunState {
    for entry in events {
        evolve(definition, &mut state, &entry.event, entry.at_ms);
    }
    state
}

#[test]
fn journals_of_every_release_fold_to_the_same_end() {
    for (path, definition, run) in all() {
        assert_eq!(definition.digest(), run.definition, "{}: the definition was changed", path.display());
        let folded = fold(&definition, RunState::new(), &run.events);
        assert_eq!(end(&folded), run.end, "{} {}", path.display(), run.process);
        assert!(folded.status.is_final(), "{}: a journal to its end", path.display());
    }
}

#[test]
fn states_stored_by_every_release_are_read_and_go_on_to_the_same_end() {
    let mut waiting = 0_usize;
    for (path, definition, run) in all() {
        for stop in run.stops {
            let place = format!("{} {} after {} events", path.display(), run.process, stop.events);
            let folded = fold(&definition, RunState::new(), &run.events[..stop.events]);
            let stored = stop.state.engine;
            assert_eq!(stored.status, folded.status, "{place}");
            // Where a run that has ended stood is nothing that an earlier release promised.
            if !stored.status.is_final() {
                assert_eq!(stored.waiting_tasks(), folded.waiting_tasks(), "{place}");
                assert_eq!(stored.open_calls(), folded.open_calls(), "{place}");
                waiting += 1;
            }
            assert_eq!(end(&fold(&definition, stored, &run.events[stop.events..])), run.end, "{place}");
        }
    }
    assert!(waiting > 50, "only {waiting} states of runs that wait");
}
