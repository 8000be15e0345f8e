//! Events for a run, in order: `CloudEvents`, each as soon as somebody listens, or after a while.

use crate::script::duration;
use baton_base::{Bundle, Error, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One event to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// So long after the one before (or after the start), milliseconds; none: as soon as somebody listens.
    pub after_ms: Option<i64>,
    /// The event.
    pub event: Value,
}

#[derive(Deserialize)]
struct After {
    #[serde(default, deserialize_with = "duration")]
    after: Option<i64>,
}

impl Incoming {
    /// Reads a YAML list of events, or one JSON event a line. `after: PT5M` beside an event's attributes says when.
    pub fn read(file: &str, text: &str) -> Result<Vec<Self>> {
        let wrong = |why: String| Error::invalid(format!("{file} holds no events"), why);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let by_line: std::result::Result<Vec<Value>, _> = lines.iter().map(|l| serde_json::from_str(l)).collect();
        let values = match by_line {
            Ok(values) if values.iter().all(Value::is_object) => values,
            _ => match Bundle::yaml::<Value>(file, text).map_err(|finding| wrong(finding.to_string()))? {
                Value::Array(values) => values,
                Value::Null => Vec::new(),
                one => vec![one],
            },
        };
        values.into_iter().enumerate().map(|(at, value)| Self::of(at, value).map_err(wrong)).collect()
    }

    /// One event from a value; what a `CloudEvent` must have and this does not say is added.
    pub(crate) fn of(at: usize, value: Value) -> std::result::Result<Self, String> {
        let number = at + 1;
        if !value.is_object() {
            return Err(format!("event {number} is no object; write one like {{type: paid, data: {{amount: 3}}}}"));
        }
        let after = After::deserialize(&value).map_err(|e| format!("event {number}: {e}"))?;
        let Value::Object(mut map) = value else { return Err(format!("event {number} is no object")) };
        map.remove("after");
        let mut event = match map.remove("event") {
            Some(Value::Object(event)) if map.is_empty() => event,
            Some(_) => return Err(format!("event {number}: 'event' stands alone beside 'after'")),
            None => map,
        };
        if !event.get("type").is_some_and(Value::is_string) {
            return Err(format!("event {number} has no 'type' that is a text"));
        }
        complete(&mut event, number);
        Ok(Self { after_ms: after.after, event: Value::Object(event) })
    }
}

fn complete(event: &mut Map<String, Value>, number: usize) {
    let given = [
        ("specversion", json!("1.0")),
        ("id", json!(format!("event-{number}"))),
        ("source", json!("urn:baton:author")),
    ];
    for (name, value) in given {
        event.entry(name).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_as_yaml_or_a_line_each() {
        let yaml = "- { type: paid, data: { amount: 3 } }\n- { after: PT2M, type: shipped }\n";
        let lines = "{\"type\": \"paid\", \"data\": {\"amount\": 3}}\n{\"after\": \"PT2M\", \"type\": \"shipped\"}\n";
        let read = Incoming::read("e.yaml", yaml).unwrap();
        assert_eq!(read, Incoming::read("e.jsonl", lines).unwrap());
        assert_eq!((read[0].after_ms, read[1].after_ms), (None, Some(120_000)));
        assert_eq!(read[0].event["specversion"], "1.0");
        assert!(Incoming::read("e", "- { data: 1 }").unwrap_err().to_string().contains("event 1 has no 'type'"));
    }
}
