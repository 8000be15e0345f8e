//! What may be written down of what a call was judged on: facts without what their actions withhold, and whatever
//! repeats it without it too.

use super::call::Job;
use super::facts::View;
use crate::pointers::{REDACTED, redacted};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A withheld text that is at least this long is looked for inside of other texts, characters.
const PART_CHARS_MIN: usize = 4;

/// The facts of a call without what is withheld, and what that is.
pub(super) struct Withheld {
    /// The facts, to be written down.
    pub facts: Value,
    hidden: BTreeSet<String>,
}

impl Withheld {
    pub(super) fn of(job: &Job, view: &View) -> Self {
        let mut facts = view.part("facts").clone();
        withhold(job, &mut facts);
        let mut hidden = BTreeSet::new();
        replaced(view.part("facts"), &facts, &mut hidden);
        let args = &job.call.args;
        replaced(args, &redacted(args, "args", &job.action.redact), &mut hidden);
        Self { facts, hidden }
    }

    /// A value that may repeat what is withheld, without it.
    pub(super) fn without(&self, value: &Value) -> Value {
        if self.hidden.is_empty() {
            return value.clone();
        }
        match value {
            Value::String(text) if self.shows(text) => Value::from(REDACTED),
            Value::Number(number) if self.hidden.contains(&number.to_string()) => Value::from(REDACTED),
            Value::Array(items) => items.iter().map(|item| self.without(item)).collect(),
            Value::Object(map) => {
                let name = |key: &String| if self.shows(key) { REDACTED.to_owned() } else { key.clone() };
                Value::Object(map.iter().map(|(key, item)| (name(key), self.without(item))).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn shows(&self, text: &str) -> bool {
        let part = |hidden: &String| hidden.chars().count() >= PART_CHARS_MIN && text.contains(hidden.as_str());
        self.hidden.contains(text) || self.hidden.iter().any(part)
    }
}

fn withhold(job: &Job, facts: &mut Value) {
    for fact in &job.action.facts {
        let Ok(action) = job.catalogue.action(&fact.action) else { continue };
        let Some(value) = facts.get_mut(&fact.name) else { continue };
        match (value.as_array_mut(), &fact.each) {
            (Some(items), Some(_)) => {
                items.iter_mut().for_each(|item| *item = redacted(item, "result", &action.redact));
            }
            _ => *value = redacted(value, "result", &action.redact),
        }
    }
}

/// Collects what stands in the first and is withheld in the second.
fn replaced(before: &Value, after: &Value, out: &mut BTreeSet<String>) {
    match (before, after) {
        (_, Value::String(text)) if text == REDACTED => values_of(before, out),
        (Value::Array(before), Value::Array(after)) => {
            before.iter().zip(after).for_each(|(before, after)| replaced(before, after, out));
        }
        (Value::Object(before), Value::Object(after)) => {
            let both = before.iter().filter_map(|(key, value)| Some((value, after.get(key)?)));
            both.for_each(|(before, after)| replaced(before, after, out));
        }
        _ => {}
    }
}

fn values_of(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if !text.is_empty() && text != REDACTED => {
            out.insert(text.clone());
        }
        Value::Number(number) => {
            out.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| values_of(item, out)),
        Value::Object(map) => map.values().for_each(|item| values_of(item, out)),
        Value::String(_) | Value::Null | Value::Bool(_) => {}
    }
}
