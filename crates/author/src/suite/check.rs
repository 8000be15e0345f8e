//! Whether a run came out as expected.

use super::Expect;
use crate::diff;
use crate::played::{Call, Played};
use serde_json::{Value, json};

/// What is otherwise than expected, in lines.
pub(super) fn wrong(expect: &Expect, played: &Played) -> Vec<String> {
    let mut lines = status(expect, played);
    if let Some(path) = expect.path.as_ref().filter(|path| **path != played.path) {
        add(&mut lines, "path", diff::paths(path, &played.path));
    }
    if let Some(name) = diff::in_order(&expect.passes, &played.path) {
        lines.push(format!("passes: '{name}' does not come where expected in {}", played.path.join(" → ")));
    }
    for name in expect.never.iter().filter(|name| played.path.contains(name)) {
        lines.push(format!("never: it went through '{name}': {}", played.path.join(" → ")));
    }
    let output = played.output.as_ref().unwrap_or(&Value::Null);
    if let Some(expected) = &expect.output {
        add(&mut lines, "output", diff::lines(expected, output, true));
    }
    if let Some(expected) = &expect.output_has {
        add(&mut lines, "output", diff::lines(expected, output, false));
    }
    if let Some(expected) = &expect.error {
        let found = played.error.as_ref().map_or(Value::Null, |error| json!(error));
        add(&mut lines, "error", diff::lines(expected, &found, false));
    }
    if let Some(expected) = &expect.emitted {
        add(&mut lines, "emitted", diff::lines(&json!(expected), &json!(played.events), false));
    }
    calls(&expect.calls, &played.calls, &mut lines);
    takes(expect, played, &mut lines);
    lines
}

fn add(lines: &mut Vec<String>, what: &str, found: Vec<String>) {
    lines.extend(found.into_iter().map(|line| format!("{what}: {line}")));
}

fn status(expect: &Expect, played: &Played) -> Vec<String> {
    let usual = if expect.error.is_some() { "faulted" } else { "completed" };
    let expected = expect.status.as_deref().unwrap_or(usual);
    if expected == played.status {
        return Vec::new();
    }
    let why = played.error.as_ref().map(|error| {
        let detail = error.detail.as_deref().or(error.title.as_deref()).unwrap_or_default();
        let place = error.instance.as_deref().map(|at| format!(" at {at}")).unwrap_or_default();
        format!(": {} ({}{place})", detail, error.kind)
    });
    let mut lines = vec![format!("status: expected {expected}, found {}{}", played.status, why.unwrap_or_default())];
    lines.push(format!("status: it went {}", played.path.join(" → ")));
    lines
}

fn calls(expected: &[Value], found: &[Call], lines: &mut Vec<String>) {
    let all: Vec<Value> = found.iter().map(|call| json!(call)).collect();
    let mut left = all.iter();
    for (at, wanted) in expected.iter().enumerate() {
        if left.any(|call| diff::has(wanted, call)) {
            continue;
        }
        lines.push(format!("calls: number {} is not made where expected: {}", at + 1, diff::shown(wanted)));
        // The closest call of the same task or function says most about what is otherwise.
        let same = |call: &&Value| {
            ["task", "function"].iter().all(|key| wanted.get(key).is_none_or(|v| call.get(key) == Some(v)))
        };
        match all.iter().find(same) {
            Some(close) => {
                lines.extend(diff::lines(wanted, close, false).into_iter().map(|line| format!("calls:   {line}")))
            }
            None => lines.push(format!("calls:   made were {}", names(found))),
        }
        return;
    }
}

fn names(calls: &[Call]) -> String {
    let names: Vec<String> = calls.iter().map(|call| format!("{} ({})", call.task, call.function)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn takes(expect: &Expect, played: &Played, lines: &mut Vec<String>) {
    let Some(text) = &expect.takes else { return };
    match baton_engine::duration_ms(text) {
        Ok(ms) if ms == played.took_ms => {}
        Ok(ms) => lines.push(format!("takes: expected {ms} ms, found {} ms", played.took_ms)),
        Err(why) => lines.push(format!("takes: {why}")),
    }
}
