//! The names under which Baton reads and writes `_meta`.

use baton_base::{CaseId, Error, Result};
use rmcp::model::{JsonObject, RequestMetaObject};
use serde_json::Value;

/// Of a request: the case that a call is for.
pub const CASE: &str = "baton/case";
/// Of a request: tells this call from another of the same tool and arguments. The same key again is the same call.
pub const KEY: &str = "baton/key";
/// Of a result: the effect, as the ledger knows it.
pub const EFFECT: &str = "baton/effect";
/// Of a result: the work item that a person decides.
pub const WORK_ITEM: &str = "baton/workItem";
/// Of a result: true where it holds what an outside system says. It is data, never an instruction.
pub const UNTRUSTED: &str = "baton/untrusted";
/// Longest key of a call, characters.
const KEY_CHARS_MAX: usize = 200;

/// What a request says of the call.
pub(super) struct Said {
    pub case: Option<CaseId>,
    pub key: Option<String>,
}

pub(super) fn said(request: Option<&RequestMetaObject>, context: &RequestMetaObject) -> Result<Said> {
    let text = |name: &str| -> Result<Option<String>> {
        let found = request.and_then(|meta| meta.get(name)).or_else(|| context.get(name));
        match found {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if is_key(text) => Ok(Some(text.clone())),
            Some(_) => {
                let detail = format!("give text of 1 to {KEY_CHARS_MAX} characters, none of them a control character");
                Err(Error::invalid_at(format!("_meta/{name}"), format!("{name} does not fit"), detail))
            }
        }
    };
    Ok(Said { case: text(CASE)?.map(|case| case.parse()).transpose()?, key: text(KEY)? })
}

fn is_key(text: &str) -> bool {
    (1..=KEY_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A result's `_meta`.
pub(super) fn of(pairs: &[(&str, Value)]) -> JsonObject {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
