//! What a run's trace keeps of the engine's: the lines of one turn are one JSON array.

use crate::limits;
use crate::read::TraceLine;
use baton_base::{Error, Result};
use baton_engine::{ErrorDoc, Phase, Trace};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

pub(crate) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Started => "started",
        Phase::Finished => "finished",
        Phase::Failed => "failed",
        Phase::Skipped => "skipped",
        Phase::Retried => "retried",
        Phase::Stopped => "stopped",
    }
}

/// One line as stored. What can be told from the rest is left out.
#[derive(Deserialize)]
struct Line {
    task: String,
    /// Where it is not the last part of the path.
    name: Option<String>,
    kind: String,
    phase: String,
    input: Option<Value>,
    /// The input is the output of the line before.
    #[serde(default)]
    same: bool,
    output: Option<Value>,
    error: Option<Value>,
    case: Option<Value>,
}

/// The same, as it is written.
#[derive(Serialize)]
struct Written<'a> {
    task: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    kind: &'a str,
    phase: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Cow<'a, Value>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    same: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Cow<'a, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorDoc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'a str>,
}

/// The lines of one turn, as they are gathered.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Vec<Trace>,
}

impl Lines {
    pub fn push(&mut self, line: Trace) {
        self.lines.push(line);
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// As stored: the number of the first line, then the lines.
    pub fn text(&self, first: i64) -> Result<String> {
        let mut written = Vec::with_capacity(self.lines.len());
        let mut before: Option<&Value> = None;
        for line in &self.lines {
            let (input, output) = (line.input.as_deref(), line.output.as_deref());
            let same = input.is_some() && input == before;
            written.push(Written {
                task: &line.task,
                name: (line.task.rsplit('/').next() != Some(&*line.name)).then_some(&*line.name),
                kind: &line.kind,
                phase: phase_name(line.phase),
                input: input.filter(|_| !same).map(capped),
                same,
                output: output.map(capped),
                error: line.error.as_ref(),
                case: line.case.as_deref(),
            });
            // What a trace has cut cannot stand for the next line's input.
            before = output.filter(|output| fits(output, &mut limits::TRACE_VALUE_BYTES_MAX.clone()));
        }
        let lines = serde_json::to_string(&written).map_err(Error::broken)?;
        Ok(format!(r#"{{"first":{first},"lines":{lines}}}"#))
    }
}

#[derive(Deserialize)]
struct Stored {
    first: i64,
    lines: Vec<Line>,
}

/// The lines of a stored turn, as people see them.
pub(crate) fn rows(text: &str, at_ms: i64) -> Result<Vec<TraceLine>> {
    let stored: Stored = serde_json::from_str(text).map_err(Error::broken)?;
    let mut before = None;
    let mut rows = Vec::with_capacity(stored.lines.len());
    for (seq, line) in (stored.first..).zip(stored.lines) {
        let mut detail = Map::new();
        let input = if line.same { before.take() } else { line.input };
        before.clone_from(&line.output);
        for (name, value) in [("input", input), ("output", line.output), ("error", line.error), ("case", line.case)] {
            detail.extend(value.map(|value| (name.to_owned(), value)));
        }
        let name = line.name.unwrap_or_else(|| line.task.rsplit('/').next().unwrap_or_default().to_owned());
        let detail = Value::Object(detail);
        rows.push(TraceLine { seq, task: line.task, name, kind: line.kind, phase: line.phase, detail, at_ms });
    }
    Ok(rows)
}

fn capped(value: &Value) -> Cow<'_, Value> {
    let mut left = limits::TRACE_VALUE_BYTES_MAX;
    if fits(value, &mut left) {
        return Cow::Borrowed(value);
    }
    let max = limits::TRACE_VALUE_BYTES_MAX;
    Cow::Owned(json!({"cut": format!("more than {max} bytes, the most that a trace keeps of a value")}))
}

/// Whether a value's JSON has at most about `left` bytes.
fn fits(value: &Value, left: &mut usize) -> bool {
    let own = match value {
        Value::String(text) => text.len() + 2,
        _ => 4,
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, left)),
        Value::Object(map) => map.iter().all(|(key, value)| {
            *left = left.saturating_sub(key.len() + 4);
            fits(value, left)
        }),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(task: &str, input: Value, output: Value) -> Trace {
        Trace {
            task: task.into(),
            name: task.rsplit('/').next().unwrap_or_default().into(),
            kind: "set".into(),
            phase: Phase::Finished,
            input: Some(input.into()),
            output: Some(output.into()),
            error: None,
            case: Some("left".into()),
            at_ms: 5,
        }
    }

    #[test]
    fn lines_come_back_as_they_went() {
        let mut lines = Lines::default();
        lines.push(line("/do/0/a", json!(1), json!({"x": 2})));
        lines.push(line("/do/1/b", json!({"x": 2}), json!("z".repeat(limits::TRACE_VALUE_BYTES_MAX + 1))));
        let text = lines.text(7).expect("lines");
        assert_eq!(text.matches(r#"{"x":2}"#).count(), 1, "a value that goes on is stored once: {text}");
        let rows = rows(&text, 5).expect("rows");
        assert_eq!((rows[0].seq, rows[1].seq), (7, 8));
        assert_eq!((rows[1].name.as_str(), &rows[1].detail["case"]), ("b", &json!("left")));
        assert_eq!(rows[1].detail["input"], json!({"x": 2}));
        assert!(rows[1].detail["output"]["cut"].as_str().expect("a note").contains("bytes"));
    }
}
