//! What a run's trace keeps of the engine's.

use crate::limits;
use baton_engine::{Phase, Trace};
use serde_json::{Value, json};

pub(crate) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Started => "started",
        Phase::Finished => "finished",
        Phase::Failed => "failed",
        Phase::Skipped => "skipped",
        Phase::Retried => "retried",
        Phase::Stopped => "stopped",
    }
}

pub(crate) fn trace_detail(line: &Trace) -> Value {
    let mut detail = serde_json::Map::new();
    for (name, value) in [("input", &line.input), ("output", &line.output)] {
        if let Some(value) = value {
            detail.insert(name.to_owned(), capped(value));
        }
    }
    if let Some(error) = &line.error {
        detail.insert("error".to_owned(), json!(error));
    }
    Value::Object(detail)
}

fn capped(value: &Value) -> Value {
    let bytes = value.to_string().len();
    if bytes <= limits::TRACE_VALUE_BYTES_MAX {
        return value.clone();
    }
    json!({"cut": format!("{bytes} bytes; at most {} are kept in a trace", limits::TRACE_VALUE_BYTES_MAX)})
}
