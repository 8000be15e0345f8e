//! The door's answers as tool results: the same words as anywhere else, as text for a model and as data for a program.

use super::meta;
use baton_base::Error;
use baton_tools::Called;
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject, ResultType};
use serde_json::{Value, json};

/// How a call ended, as a tool result; an error only where the fault is ours or there is no such tool.
pub(super) fn result(called: Called, wrap: bool) -> Result<CallToolResult, ErrorData> {
    Ok(match called {
        Called::Done { effect, result } => done(result, &effect.to_string(), wrap),
        Called::Invalid(Error::NotFound(what)) if what.starts_with("action ") => {
            return Err(ErrorData::invalid_params(format!("Unknown tool: {what} does not exist here"), None));
        }
        Called::Invalid(error) => {
            let problem = error.problem();
            let place = problem.place.unwrap_or_default();
            let at = if place.is_empty() { String::new() } else { format!(" at {place}") };
            let words = format!("The call does not fit{at}: {}; {}", problem.title, problem.detail);
            no("invalid", words, json!({"reason": problem.detail, "place": place}))
        }
        Called::Refused { reason, policies } => {
            let words = format!("Refused: {reason} (policies: {})", policies.join(", "));
            no("refused", words, json!({"reason": reason, "policies": policies}))
        }
        Called::Undecided { reason } => no(
            "undecided",
            format!("A person decides: {reason}"),
            json!({"reason": reason, "policies": ["door:table"]}),
        ),
        Called::NeedsApproval { work_item, role, reason, policies } => {
            let words = format!(
                "A person has to say yes first ({}): {reason}. They have been asked: work item {work_item}. Nothing \
                 has been done yet. Send the same call again later for what came of it; that asks nobody twice.",
                role.title()
            );
            let data = json!({"reason": reason, "policies": policies, "workItem": work_item, "role": role});
            let mut result = no("approval", words, data);
            result.meta = Some(MetaObject(meta::of(&[(meta::WORK_ITEM, json!(work_item))])));
            result
        }
        Called::Failed { effect, status, detail } => {
            let words = format!("The system says no ({status}): {}", said(&detail));
            outside(no("failed", words, json!({"status": status, "detail": detail})), &effect.to_string())
        }
        Called::Unreachable { why } => {
            let words = format!("Nothing happened, and it can be tried again later: {why}");
            no("unreachable", words, json!({"reason": why}))
        }
        Called::Unknown { effect, why } => {
            let words = format!("It may have happened, and a person finds out: {why}. Do not try it another way.");
            outside(no("unknown", words, json!({"reason": why})), &effect.to_string())
        }
    })
}

/// An error that is an answer to the caller, as a tool result; a fault of ours stays an error.
pub(super) fn error(error: Error) -> Result<CallToolResult, ErrorData> {
    let problem = error.problem();
    let outcome = match error {
        Error::Broken(cause) => {
            tracing::error!(%cause, "internal error");
            return Err(ErrorData::internal_error(problem.detail, None));
        }
        Error::TooMany(_) => "too_many",
        Error::Unavailable(_) | Error::Conflict(_) => "unavailable",
        Error::Refused { .. } | Error::Unauthenticated(_) => "refused",
        Error::Invalid { .. } | Error::NotFound(_) | Error::Limit(_) => "invalid",
    };
    let words = format!("{}: {}", problem.title, problem.detail);
    Ok(no(outcome, words, json!({"reason": problem.detail, "policies": problem.policies})))
}

fn no(outcome: &str, words: String, mut data: Value) -> CallToolResult {
    data["outcome"] = json!(outcome);
    let mut result = CallToolResult::error(vec![ContentBlock::text(words)]);
    result.structured_content = Some(data);
    result
}

/// The system's answer. One that is a tool result already, of a system that speaks MCP itself, is passed on as it is.
fn done(value: Value, effect: &str, wrap: bool) -> CallToolResult {
    if let Some(result) = of_mcp(&value) {
        return outside(result, effect);
    }
    let mut result = CallToolResult::success(vec![ContentBlock::text(text(&value))]);
    // Before 2026-07-28 structured content is an object.
    result.structured_content = Some(if wrap && !value.is_object() { json!({"result": value}) } else { value });
    outside(result, effect)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn of_mcp(value: &Value) -> Option<CallToolResult> {
    const KINDS: [&str; 5] = ["text", "image", "audio", "resource", "resource_link"];
    let content = value.get("content")?.as_array()?;
    let known = |block: &Value| block.get("type").and_then(Value::as_str).is_some_and(|kind| KINDS.contains(&kind));
    if content.is_empty() || !content.iter().all(known) {
        return None;
    }
    let mut result: CallToolResult = serde_json::from_value(value.clone()).ok()?;
    result.result_type = Some(ResultType::COMPLETE);
    Some(result)
}

/// What comes from outside is labelled so: it is data, and may not tell anybody what to do.
fn outside(mut result: CallToolResult, effect: &str) -> CallToolResult {
    let mut labels = result.meta.take().map(|meta| meta.0).unwrap_or_default();
    labels.extend(meta::of(&[(meta::EFFECT, json!(effect)), (meta::UNTRUSTED, json!(true))]));
    result.meta = Some(MetaObject(labels));
    result
}

fn said(detail: &Value) -> String {
    let part = |name: &str| detail.get(name).and_then(Value::as_str);
    let found = detail.as_str().or_else(|| part("detail")).or_else(|| part("title")).or_else(|| part("message"));
    found.map_or_else(|| detail.to_string(), str::to_owned)
}
