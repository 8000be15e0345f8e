//! Arguments against their action's schema, with the place of each fault.

use crate::catalogue::Action;
use baton_base::limits::JSON_DEPTH_MAX;
use baton_base::{Digest, Error, Result, canonical_json, digest_of_text};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

/// Largest arguments of one call, bytes of canonical JSON.
pub const ARGS_BYTES_MAX: usize = 256 * 1024;
/// Faults named in one refusal, count.
const FAULTS_SHOWN_MAX: usize = 5;

/// A validator that reads nothing from outside and whose patterns take linear time; the error is in words.
pub(crate) fn compile(schema: &Value) -> std::result::Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .offline()
        .build(schema)
        .map_err(|e| e.to_string())
}

/// Checks arguments and gives their digest: what consent, approval and permit are bound to.
pub fn arguments(action: &Action, args: &Value) -> Result<Digest> {
    if !args.is_object() {
        return Err(Error::invalid_at("", "the arguments are not an object", "send an object of named arguments"));
    }
    if depth(args) > JSON_DEPTH_MAX {
        let detail = format!("nest arguments at most {JSON_DEPTH_MAX} deep");
        return Err(Error::invalid_at("", "the arguments are nested too deep", detail));
    }
    let text = canonical_json(args);
    if text.len() > ARGS_BYTES_MAX {
        return Err(Error::Limit(format!("arguments have at most {ARGS_BYTES_MAX} bytes, these {}", text.len())));
    }
    faults(action, args)?;
    Ok(digest_of_text(&text))
}

fn faults(action: &Action, args: &Value) -> Result<()> {
    let mut place = None;
    let mut words = Vec::new();
    for fault in action.validator.iter_errors(args).take(FAULTS_SHOWN_MAX) {
        let at = fault.instance_path().to_string();
        // Values may be personal data or very long: the place is named, the value is not repeated.
        let what = fault.masked_with("the value").to_string();
        words.push(if at.is_empty() { what } else { format!("{at}: {what}") });
        place.get_or_insert(at);
    }
    let Some(place) = place else { return Ok(()) };
    Err(Error::invalid_at(place, format!("the arguments of {} do not fit", action.name), words.join("; ")))
}

// Without recursion, so that depth itself cannot hurt.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((at, level)) = open.pop() {
        deepest = deepest.max(level);
        if level > JSON_DEPTH_MAX {
            return level;
        }
        match at {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(map) => open.extend(map.values().map(|item| (item, level + 1))),
            _ => {}
        }
    }
    deepest
}
