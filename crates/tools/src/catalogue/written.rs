//! What somebody writes into a connector's file, checked before there is one: as a release would.

use super::file::{ActionFile, ConnectorFile};
use super::kinds::{self, Problem};
use super::plain;
use crate::sql::Dialect;
use crate::validate;
use baton_base::Bundle;
use serde_json::Value;

/// Checks an action that is a statement on a database; the error says what is wrong and what to do.
pub(crate) fn statement(dialect: Dialect, raw: &Value) -> Result<(), String> {
    let raw = action(raw)?;
    schema(&kinds::statement(dialect, &raw).map_err(words)?.schema)
}

/// The same of an operation of an API that nobody described.
pub(crate) fn operation(raw: &Value) -> Result<(), String> {
    let raw = action(raw)?;
    schema(&plain::operation(&raw).map_err(words)?.schema)
}

/// Whether Baton may call an address. What a parameter of the overlay stands for is looked at when that is filled in; nothing beside
/// it signs in all the same.
pub(crate) fn address(text: &str) -> Result<(), String> {
    let filled = filled(text);
    let wrong = |(_, problem, remedy): (&str, String, &'static str)| words((problem.replace(&filled, text), remedy));
    kinds::base_url(&filled).map(drop).map_err(wrong)
}

/// With a word in the place of each parameter, which can be an address, a name or a number.
fn filled(text: &str) -> String {
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled.push_str(if filled.is_empty() { "https://1" } else { "1" });
        filled.push_str(part.split_once("}}").map_or(part, |(_, after)| after));
    }
    filled
}

/// Whether a text can be read as a connector's file.
pub(crate) fn file(text: &str) -> Result<(), String> {
    let read = Bundle::yaml::<ConnectorFile>("connector", text);
    read.map(drop).map_err(|finding| format!("its file could not be read: {}", finding.message))
}

fn action(raw: &Value) -> Result<ActionFile, String> {
    serde_json::from_value(raw.clone()).map_err(|e| e.to_string())
}

fn schema(schema: &Value) -> Result<(), String> {
    validate::compile(schema).map(drop).map_err(|e| format!("its arguments' schema is not valid: {e}"))
}

fn words((problem, remedy): Problem) -> String {
    format!("{problem}; {remedy}")
}
