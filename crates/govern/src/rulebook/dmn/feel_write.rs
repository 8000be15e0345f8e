//! Values and cells as FEEL writes them.

use super::super::cell::Cell;
use serde_json::Value;

/// A value as FEEL writes it; JSON and YAML read the same.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), literal(value));
            format!("{{{}}}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

/// Text in double quotes, for FEEL, JSON and YAML alike.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => out.push_str(&coded(c)),
            c if c.is_control() => out.push_str(&coded(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn coded(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

/// A cell as simple unary tests; `None` where they cannot say it. `days`: texts are days.
pub(super) fn of_cell(cell: &Cell, days: bool) -> Option<String> {
    match cell {
        Cell::Any => Some("-".to_owned()),
        Cell::Not(inside) => positive(inside, days).map(|inside| format!("not({inside})")),
        other => positive(other, days),
    }
}

fn positive(cell: &Cell, days: bool) -> Option<String> {
    let end = |value: &Value| match value {
        Value::String(day) if days => Some(format!("date({})", quoted(day))),
        Value::Array(_) | Value::Object(_) => None,
        plain => Some(literal(plain)),
    };
    match cell {
        Cell::Equal(value) => end(value),
        Cell::Compare(op, bound) => end(bound).map(|bound| format!("{} {bound}", op.sign())),
        Cell::Range { low, low_in, high, high_in } => {
            let (open, close) = (if *low_in { '[' } else { '(' }, if *high_in { ']' } else { ')' });
            Some(format!("{open}{}..{}{close}", end(low)?, end(high)?))
        }
        Cell::OneOf(cells) => {
            let all: Option<Vec<_>> = cells.iter().map(|cell| positive(cell, days)).collect();
            all.map(|all| all.join(", "))
        }
        Cell::Any | Cell::Not(_) => None,
    }
}
