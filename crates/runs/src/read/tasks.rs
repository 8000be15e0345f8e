//! From lines of a trace to tasks: when each began and ended, the how-manieth time, what it changed.

use super::changes::{Change, changed};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use utoipa::ToSchema;

/// A line as it was written.
#[derive(Debug, Clone)]
pub(crate) struct TraceLine {
    pub seq: i64,
    pub task: String,
    pub name: String,
    pub kind: String,
    pub phase: String,
    pub detail: Value,
    pub at_ms: i64,
}

/// One task of a run's path, at one time that it was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceRow {
    /// Order within the run, from 1.
    pub seq: i64,
    /// Path of the task in the process.
    pub task: String,
    /// Name of the task.
    pub name: String,
    /// Kind of the task.
    pub kind: String,
    /// `started` (and still open), `finished`, `failed`, `skipped`, `retried` or `stopped`.
    pub phase: String,
    /// Input, output and error.
    pub detail: Value,
    /// When it began, ms.
    pub started_ms: i64,
    /// When it ended, or began if it is still open, ms.
    pub at_ms: i64,
    /// The how-manieth time this task was done, among the lines given: repeats of a loop, and attempts.
    pub nth: u32,
    /// Where its output differs from its input, at most 50 places.
    pub changes: Vec<Change>,
}

/// Tasks in the order in which they ended; what is still open last. A task that began in one turn and ended in a later
/// one is one row.
pub(super) fn timeline(lines: Vec<TraceLine>) -> Vec<TraceRow> {
    let mut open: Vec<TraceLine> = Vec::new();
    let mut times: HashMap<String, u32> = HashMap::new();
    let mut rows = Vec::new();
    for mut line in lines {
        if line.phase == "started" {
            open.push(line);
            continue;
        }
        let mut started_ms = line.at_ms;
        if let Some(at) = open.iter().rposition(|begun| begun.task == line.task) {
            let begun = open.remove(at);
            started_ms = begun.at_ms;
            take_input(&mut line, &begun);
        }
        rows.push(row(line, started_ms, &mut times));
    }
    for line in open {
        let started_ms = line.at_ms;
        rows.push(row(line, started_ms, &mut times));
    }
    rows
}

/// The lines as they were written: a task that took several turns is two.
pub(super) fn as_written(lines: &[TraceLine]) -> Vec<TraceRow> {
    let mut times = HashMap::new();
    lines.iter().map(|line| row(line.clone(), line.at_ms, &mut times)).collect()
}

fn take_input(line: &mut TraceLine, begun: &TraceLine) {
    let (Some(detail), Some(input)) = (line.detail.as_object_mut(), begun.detail.get("input")) else { return };
    detail.entry("input").or_insert_with(|| input.clone());
}

fn row(line: TraceLine, started_ms: i64, times: &mut HashMap<String, u32>) -> TraceRow {
    let nth = times.entry(line.task.clone()).or_default();
    *nth += 1;
    let changes = match (line.detail.get("input"), line.detail.get("output")) {
        (Some(input), Some(output)) => changed(input, output),
        _ => Vec::new(),
    };
    TraceRow {
        seq: line.seq,
        task: line.task,
        name: line.name,
        kind: line.kind,
        phase: line.phase,
        detail: line.detail,
        started_ms,
        at_ms: line.at_ms,
        nth: *nth,
        changes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(seq: i64, task: &str, phase: &str, detail: Value) -> TraceLine {
        let (kind, name) = ("call".to_owned(), task.to_owned());
        TraceLine { seq, task: task.to_owned(), name, kind, phase: phase.to_owned(), detail, at_ms: seq * 10 }
    }

    #[test]
    fn a_task_that_took_several_turns_is_one_row_with_its_data_before_and_after() {
        let rows = timeline(vec![
            line(1, "/a", "finished", json!({"input": {}, "output": {"x": 1}})),
            line(2, "/b", "started", json!({"input": {"x": 1}})),
            line(3, "/b", "finished", json!({"output": {"x": 2}})),
            line(4, "/b", "started", json!({"input": {"x": 2}})),
        ]);
        let found: Vec<_> =
            rows.iter().map(|r| (r.task.as_str(), r.phase.as_str(), r.started_ms, r.at_ms, r.nth)).collect();
        assert_eq!(found, [("/a", "finished", 10, 10, 1), ("/b", "finished", 20, 30, 1), ("/b", "started", 40, 40, 2)]);
        assert_eq!(rows[1].detail["input"], json!({"x": 1}));
        assert_eq!(rows[1].changes, [Change { path: "/x".into(), how: "changed" }]);
        assert_eq!(rows[0].changes, [Change { path: "/x".into(), how: "added" }]);
    }
}
