//! Values as people write them in YAML: short ones on their line, long ones a line each.

use serde_json::{Map, Value};

/// Longest map that stands on one line, characters.
const LINE_CHARS_MAX: usize = 100;
/// Words that YAML, or some of its readers, take for something else than text.
const TAKEN: [&str; 13] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity", "~"];

/// A whole file.
pub(super) fn whole(value: &Value) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => format!("{}\n", entries(map, 0)),
        other => format!("{}\n", inline(other)),
    }
}

/// What stands after a key and its colon, the key being in this column: with the space or the line break before it.
pub(super) fn after_key(value: &Value, column: usize) -> String {
    let within = column + 2;
    match value {
        Value::String(text) if has_lines(text) => {
            let lines = text.trim_end_matches('\n').split('\n');
            let lines =
                lines.map(|line| if line.is_empty() { String::new() } else { format!("{}{line}", spaces(within)) });
            format!(" |\n{}", lines.collect::<Vec<_>>().join("\n"))
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(is_filled_map) => {
            items.iter().map(|item| format!("\n{}", list_item(item, within))).collect()
        }
        Value::Object(map) if !map.is_empty() && !fits(map) => {
            format!("\n{}{}", spaces(within), entries(map, within))
        }
        other => format!(" {}", inline(other)),
    }
}

/// An item of a list whose dashes are in this column, without a line break.
pub(super) fn list_item(value: &Value, column: usize) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => format!("{}- {}", spaces(column), entries(map, column + 2)),
        other => format!("{}- {}", spaces(column), inline(other)),
    }
}

/// A key with its value.
pub(super) fn entry(key: &str, value: &Value, column: usize) -> String {
    format!("{}:{}", text(key), after_key(value, column))
}

/// A value on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(said) => text(said),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let pairs: Vec<_> = map.iter().map(|(key, value)| format!("{}: {}", text(key), inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// The first stands where the text already is.
fn entries(map: &Map<String, Value>, column: usize) -> String {
    let lines = map.iter().map(|(key, value)| entry(key, value, column));
    lines.collect::<Vec<_>>().join(&format!("\n{}", spaces(column)))
}

fn is_filled_map(value: &Value) -> bool {
    value.as_object().is_some_and(|map| !map.is_empty())
}

fn fits(map: &Map<String, Value>) -> bool {
    let deep =
        |value: &Value| value.is_object() || value.as_array().is_some_and(|items| items.iter().any(is_filled_map));
    !map.values().any(deep) && inline(&Value::Object(map.clone())).chars().count() <= LINE_CHARS_MAX
}

/// Whether a text can stand as lines of its own: it ends with one line break, and its first line begins with no space.
fn has_lines(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or_default();
    let odd = |c: char| c.is_control() && c != '\n';
    !body.is_empty() && !body.ends_with('\n') && !body.starts_with([' ', '\n']) && !body.contains(odd)
}

/// A text in plain letters where that is read as the same text, else in quotes.
fn text(said: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " _-./+@".contains(c);
    let safe = said.starts_with(char::is_alphabetic)
        && said.chars().all(plain)
        && !said.ends_with(' ')
        && !TAKEN.contains(&said.to_lowercase().as_str());
    // Quoted as in JSON, which YAML reads too.
    if safe { said.to_owned() } else { Value::from(said).to_string() }
}

fn spaces(count: usize) -> String {
    " ".repeat(count)
}
