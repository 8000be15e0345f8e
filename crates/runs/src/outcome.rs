//! Between the engine's calls and errors and those of platform functions.

use crate::function::Outcome;
use baton_base::{Error, Result};
use baton_engine::{ErrorDoc, FunctionCall};
use serde_json::Value;

/// An error of a function is the process's to catch, unless it is a passing outage of the database.
pub(crate) fn failed_unless_away(result: Result<Outcome>) -> Result<Outcome> {
    match result {
        Ok(outcome) => Ok(outcome),
        Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
        Err(error) => Ok(Outcome::Failed(error_doc(&error))),
    }
}

/// The error document a process sees for an error of a platform function.
pub(crate) fn error_doc(error: &Error) -> ErrorDoc {
    let problem = error.problem();
    let kind = problem.r#type.replace("urn:baton:problem:", "urn:baton:error:");
    let detail = match error {
        Error::Broken(cause) => cause.clone(),
        _ => problem.detail,
    };
    ErrorDoc { kind, status: problem.status, title: Some(problem.title), detail: Some(detail), instance: None }
}

/// Name and arguments of a call; the language's own kinds of call are functions named after the kind.
pub(crate) fn parts(function: FunctionCall) -> Result<(String, Value)> {
    let kind = match &function {
        FunctionCall::Function { .. } => "function",
        FunctionCall::Http(_) => "http",
        FunctionCall::OpenApi(_) => "openapi",
        FunctionCall::Mcp(_) => "mcp",
        FunctionCall::A2a(_) => "a2a",
    };
    match function {
        FunctionCall::Function { name, args } => Ok((name, args)),
        other => Ok((kind.to_owned(), serde_json::to_value(other).map_err(Error::broken)?)),
    }
}

pub(crate) fn event_type(event: &Value) -> &str {
    event.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The event type a listen filter asks for; empty if it takes any.
pub(crate) fn filter_type(filter: &Value) -> &str {
    filter.get("with").map_or("", event_type)
}
