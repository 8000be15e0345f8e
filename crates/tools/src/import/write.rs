//! The files of a connector, as a person would write them.

use super::{Report, Suggested};
use crate::catalogue::{AuthFile, IDEMPOTENCY_HEADER_DEFAULT};
use crate::mcp::pinned::Pinned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Keys of a file with their values, in order.
pub(super) type Lines = Vec<(&'static str, Value)>;

/// Largest description that is written for people to read, bytes; larger ones are written tightly.
const PRETTY_BYTES_MAX: usize = 1024 * 1024;

pub(super) fn files(
    report: &Report,
    auth: Option<&AuthFile>,
    key_header: &str,
    pinned: &Value,
) -> BTreeMap<String, String> {
    let pretty = serde_json::to_string_pretty(pinned).unwrap_or_default();
    let text = if pretty.len() <= PRETTY_BYTES_MAX { pretty } else { pinned.to_string() };
    let name = &report.name;
    BTreeMap::from([
        (format!("connectors/{name}.openapi.json"), text + "\n"),
        (format!("connectors/{name}.yaml"), connector(report, auth, key_header)),
    ])
}

fn connector(report: &Report, auth: Option<&AuthFile>, key_header: &str) -> String {
    let mut out = String::from(
        "# From the system's own description. What stands here is a suggestion: look through risk, writes, idempotent and\n\
         # money, leave out what nobody needs. An action without a policy that permits it is refused.\n",
    );
    line(&mut out, "", "name", &report.name);
    if !report.title.is_empty() {
        line(&mut out, "", "title", &report.title);
    }
    line(&mut out, "", "openapi", &format!("connectors/{}.openapi.json", report.name));
    let known = report.base_url.contains("://") || report.base_url.starts_with("{{param.");
    let place = if known { &report.base_url } else { "https://fill-in.invalid" };
    line(&mut out, "", "base_url", place);
    if key_header != IDEMPOTENCY_HEADER_DEFAULT {
        line(&mut out, "", "idempotency_header", key_header);
    }
    sign_in(&mut out, auth);
    actions(&mut out, report, |action| vec![("operation", json!(action.operation))]);
    out
}

/// The files of an MCP server's connector.
pub(super) fn of_tools(report: &Report, pinned: &Pinned) -> BTreeMap<String, String> {
    let name = &report.name;
    let mut out = String::from(
        "# From what the server says of its tools. Look through risk and writes. An action without a policy that permits it\n\
         # is refused.\n",
    );
    line(&mut out, "", "name", name);
    line(&mut out, "", "kind", "mcp");
    line(&mut out, "", "base_url", &report.base_url);
    line(&mut out, "", "tools", &format!("connectors/{name}.tools.json"));
    sign_in(&mut out, report.auth.as_ref());
    actions(&mut out, report, |action| vec![("tool", json!(action.operation))]);
    let pinned = serde_json::to_string_pretty(pinned).unwrap_or_default();
    BTreeMap::from([(format!("connectors/{name}.tools.json"), pinned + "\n"), (format!("connectors/{name}.yaml"), out)])
}

/// The file of a connector of which everything is known from elsewhere than a description. `head` stands before the way in
/// which Baton signs in, `own` is what each action has of its own.
pub(super) fn of_written(report: &Report, head: &[(&'static str, Value)], own: impl Fn(&Suggested) -> Lines) -> String {
    let mut out = String::from(
        "# From what somebody wrote. Look through risk and writes. An action without a policy that permits it is refused.\n",
    );
    line(&mut out, "", "name", &report.name);
    if !report.title.is_empty() {
        line(&mut out, "", "title", &report.title);
    }
    lines(&mut out, "", head);
    sign_in(&mut out, report.auth.as_ref());
    actions(&mut out, report, own);
    out
}

fn sign_in(out: &mut String, auth: Option<&AuthFile>) {
    let Some(auth) = auth else { return };
    let said = serde_json::to_value(auth).unwrap_or(Value::Null);
    out.push_str("auth:\n");
    for (key, value) in said.as_object().into_iter().flatten().filter(|(_, value)| **value != json!("")) {
        out.push_str(&format!("  {key}: {}\n", text(value)));
    }
}

/// The actions; `own` says what each calls.
fn actions(out: &mut String, report: &Report, own: impl Fn(&Suggested) -> Lines) {
    if report.operations.is_empty() {
        out.push_str("actions: []\n");
        return;
    }
    out.push_str("actions:\n");
    report.operations.iter().for_each(|action| self::action(out, action, &own(action)));
}

fn action(out: &mut String, action: &Suggested, own: &[(&'static str, Value)]) {
    for note in &action.notes {
        let _ = writeln!(out, "  # {}", comment(note));
    }
    let _ = writeln!(out, "  - name: {}", text(&json!(action.name)));
    lines(out, "    ", own);
    if !action.title.is_empty() {
        line(out, "    ", "title", &action.title);
    }
    if let Some(url) = &action.base_url {
        line(out, "    ", "base_url", url);
    }
    let _ = writeln!(out, "    writes: {}", action.writes);
    let _ = writeln!(out, "    risk: {}", action.risk);
    let _ = writeln!(out, "    idempotent: {}", action.idempotent);
    for (key, list) in [("money", &action.money), ("redact", &action.redact)] {
        if !list.is_empty() {
            let _ = writeln!(out, "    {key}: {}", json!(list));
        }
    }
    if !action.minor.is_empty() {
        let places = comment(&json!(action.minor).to_string());
        let _ = writeln!(out, "    # whole amounts, in minor units if the system says so: {places}");
    }
    match &action.compensate {
        Some(name) => line(out, "    ", "compensate", name),
        None if action.writes => out.push_str("    # compensate: the action that undoes this one, if there is one\n"),
        None => {}
    }
}

/// Words of a description in a comment: whatever they hold, the comment ends where its line does.
fn comment(text: &str) -> String {
    let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if ends_line(c) { ' ' } else { c }).collect()
}

fn line(out: &mut String, indent: &str, key: &str, value: &str) {
    let _ = writeln!(out, "{indent}{key}: {}", text(&json!(value)));
}

fn lines(out: &mut String, indent: &str, lines: &[(&'static str, Value)]) {
    for (key, value) in lines {
        match value.as_str().filter(|text| is_block(text)) {
            Some(text) => {
                let _ = writeln!(out, "{indent}{key}: |-");
                text.split('\n').for_each(|line| out.push_str(&format!("{indent}  {line}\n")));
            }
            None => {
                let _ = writeln!(out, "{indent}{key}: {}", flow(value));
            }
        }
    }
}

/// Whether a text is read line by line as it is written so.
fn is_block(text: &str) -> bool {
    let odd = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.contains('\n') && text.trim() == text && !text.contains(odd)
}

/// A value in one line, as a person would write it.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let each: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", text(&json!(key)), flow(value))).collect();
            format!("{{ {} }}", each.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text(value),
    }
}

/// A value in one line: words as they are, everything else as JSON, which YAML reads too.
fn text(value: &Value) -> String {
    match value.as_str() {
        Some(text) if is_word(text) => text.to_owned(),
        _ => value.to_string(),
    }
}

fn is_word(text: &str) -> bool {
    let other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b));
    plain && text.starts_with(|c: char| c.is_ascii_alphabetic()) && !other.contains(&text.to_ascii_lowercase().as_str())
}
