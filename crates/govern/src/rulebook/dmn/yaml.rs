//! A table as its file has it.

use super::super::table::{Hit, Rule, Table};
use super::feel_write::{literal, quoted};
use serde_json::Value;

/// Words that YAML reads as something else than text.
const SPECIAL: [&str; 12] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];

/// The text of `tables/NAME.yaml`.
pub(super) fn text(table: &Table) -> String {
    let mut out = format!("title: {}\n", quoted(&table.title));
    if let Some(description) = &table.description {
        out.push_str(&format!("description: {}\n", quoted(description)));
    }
    let hit = match table.hit {
        Hit::Unique => "unique",
        Hit::First => "first",
        Hit::Collect => "collect",
    };
    out.push_str(&format!("hit: {hit}\n"));
    out.push_str(if table.inputs.is_empty() { "inputs: []\n" } else { "inputs:\n" });
    for input in &table.inputs {
        let mut parts = vec![format!("name: {}", word(&input.name)), format!("expr: {}", quoted(&input.expr))];
        if input.whole {
            parts.push("whole: true".to_owned());
        }
        if !input.values.is_empty() {
            parts.push(format!("values: {}", literal(&Value::Array(input.values.clone()))));
        }
        out.push_str(&format!("  - {{ {} }}\n", parts.join(", ")));
    }
    let outputs: Vec<_> = table.outputs.iter().map(|name| word(name)).collect();
    out.push_str(&format!("outputs: [{}]\nrules:\n", outputs.join(", ")));
    for rule in &table.rules {
        out.push_str(&self::rule(table, rule));
    }
    out
}

fn rule(table: &Table, rule: &Rule) -> String {
    let mut out = format!("  - id: {}\n", word(&rule.id));
    if let Some(note) = &rule.note {
        out.push_str(&format!("    note: {}\n", quoted(note)));
    }
    let pair = |(name, value): (&String, &Value)| format!("{}: {}", word(name), cell(value));
    if !rule.when.is_empty() {
        out.push_str(&format!("    when: {{ {} }}\n", rule.when.iter().map(pair).collect::<Vec<_>>().join(", ")));
    }
    let then: Vec<_> = table.outputs.iter().zip(&rule.then).map(pair).collect();
    out.push_str(&format!("    then: {{ {} }}\n", then.join(", ")));
    out
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => word(text),
        Value::Array(items) => format!("[{}]", items.iter().map(cell).collect::<Vec<_>>().join(", ")),
        other => literal(other),
    }
}

/// A plain word as it is, anything else in quotes.
fn word(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let special = SPECIAL.iter().any(|special| text.eq_ignore_ascii_case(special));
    if plain && !special { text.to_owned() } else { quoted(text) }
}
