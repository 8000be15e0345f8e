//! Scripted answers: what functions, calls and other processes give, by task or by name.
//!
//! ```yaml
//! review: { result: { decision: approve } }            # the task `review`
//! agent-turn:                                          # every other call of the function, one after the other
//!   - { result: { fields: { email: ada@example.org } } }
//!   - { error: { type: urn:baton:error:escalation, status: 409, title: customer_asks } }
//! action: { result: { id: 1 }, delay: PT2S }
//! approval: { never: true }                            # nobody answers
//! find-order: { result: { changed: true } }            # the process of that name, in place of running it
//! ```

use baton_base::{Bundle, Error, Result};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// One scripted answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What the call gives; null where neither this nor an error is given.
    #[serde(default)]
    pub result: Value,
    /// The error that the call fails with: a problem document.
    #[serde(default)]
    pub error: Option<Value>,
    /// How long the answer takes.
    #[serde(default, deserialize_with = "duration")]
    pub delay: Option<i64>,
    /// No answer ever comes.
    #[serde(default)]
    pub never: bool,
}

/// A duration of the language, in milliseconds.
pub(crate) fn duration<'de, D: Deserializer<'de>>(d: D) -> std::result::Result<Option<i64>, D::Error> {
    let value = Option::<Value>::deserialize(d)?;
    value.map(|value| baton_engine::duration_ms(&value)).transpose().map_err(serde::de::Error::custom)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Answers {
    Each(Vec<Answer>),
    Always(Answer),
}

/// Answers by task path (`/do/0/ask`), task name, or function or process name; of several that fit, the first of these.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Script {
    answers: BTreeMap<String, Answers>,
}

/// What a script says to one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    /// This.
    Answer(Answer),
    /// It has answers by this name, but fewer than calls.
    UsedUp(String),
    /// Nothing.
    Nothing,
}

impl Script {
    /// Reads a script file.
    pub fn read(file: &str, text: &str) -> Result<Self> {
        let wrong = |why: String| Error::invalid(format!("{file} is no script"), why);
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let value: Value = Bundle::yaml(file, text).map_err(|finding| wrong(finding.to_string()))?;
        Self::of(&value).map_err(wrong)
    }

    /// A script from a value; the error names the entry that is wrong.
    pub(crate) fn of(value: &Value) -> std::result::Result<Self, String> {
        let Some(map) = value.as_object() else { return Err("write a map of names and answers".to_owned()) };
        let mut answers = BTreeMap::new();
        for (name, entry) in map {
            let one = |value: &Value| {
                Answer::deserialize(value)
                    .map_err(|e| format!("'{name}': {e}; write result, error, delay or never, or a list of these"))
            };
            let read = match entry.as_array() {
                Some(items) => Answers::Each(items.iter().map(one).collect::<std::result::Result<_, _>>()?),
                None => Answers::Always(one(entry)?),
            };
            answers.insert(name.clone(), read);
        }
        Ok(Self { answers })
    }

    /// The same, with the answers of another script where this one has none by that name.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        let mut answers = other.answers.clone();
        answers.extend(self.answers.clone());
        Self { answers }
    }

    /// Tasks, functions and processes that it answers for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.answers.keys().map(String::as_str)
    }

    /// The answer to the call of a task; `used` counts the answers given by each name.
    pub(crate) fn next(&self, names: [&str; 3], used: &mut BTreeMap<String, usize>) -> Said {
        let Some((name, answers)) = names.iter().find_map(|name| self.answers.get_key_value(*name)) else {
            return Said::Nothing;
        };
        let count = used.entry(name.clone()).or_default();
        *count += 1;
        match answers {
            Answers::Always(answer) => Said::Answer(answer.clone()),
            Answers::Each(list) => list.get(*count - 1).map_or(Said::UsedUp(name.clone()), |a| Said::Answer(a.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_closest_name_answers_and_a_list_is_used_up() {
        let text =
            "ask: [{ result: 1 }, { error: { type: x, status: 409 }, delay: PT5S }]\nagent-turn: { result: 2 }\n";
        let script = Script::read("s.yaml", text).unwrap();
        let mut used = BTreeMap::new();
        let mut next = |task: &str, function: &str| script.next(["/do/0/x", task, function], &mut used);
        let answer = |said: Said| if let Said::Answer(answer) = said { answer } else { panic!("{said:?}") };
        assert_eq!(answer(next("ask", "agent-turn")).result, json!(1));
        assert_eq!(answer(next("other", "agent-turn")).result, json!(2));
        let second = answer(next("ask", "agent-turn"));
        assert_eq!((second.delay, second.error), (Some(5_000), Some(json!({"type": "x", "status": 409}))));
        assert_eq!(next("ask", "agent-turn"), Said::UsedUp("ask".to_owned()));
        assert_eq!(next("other", "notify"), Said::Nothing);
    }

    #[test]
    fn what_is_no_answer_is_named() {
        for bad in ["ask: { resutl: 1 }", "ask: { delay: soon }", "[1]"] {
            let error = Script::read("s.yaml", bad).unwrap_err().to_string();
            assert!(error.contains("s.yaml") && (error.contains("ask") || error.contains("map")), "{error}");
        }
    }
}
