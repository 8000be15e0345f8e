//! JSON-RPC 2.0 over HTTP, answered by JSON or by a stream of events: what MCP and A2A have in common.

use super::exchange::{Answer, Exchange};
use super::{Fault, Told, answer};
use baton_engine::{ErrorDoc, ErrorKind};
use serde_json::{Value, json};

/// A request.
pub(crate) fn request(id: &str, method: &str, params: &Value) -> Value {
    let mut body = json!({"jsonrpc": "2.0", "id": id, "method": method});
    if params.as_object().is_none_or(|map| !map.is_empty()) {
        body["params"] = params.clone();
    }
    body
}

/// The result for a request, or the error that the answer is.
pub(crate) fn result(exchange: &Exchange, answered: &Answer, id: &str) -> Told {
    let messages = messages(answered);
    let own = messages.into_iter().find(|message| message.get("id").is_some_and(|found| is(found, id)));
    match own {
        Some(message) => of(message),
        None if answered.status >= 400 => Err(answer::error(exchange, answered)),
        None => Err(Fault::garbled(format!("{} did not answer the request", exchange.outgoing().action()))),
    }
}

/// The result that a message carries, or its error.
pub(crate) fn of(mut message: Value) -> Told {
    if let Some(error) = error_of(&message) {
        let code = error.get("code").map(Value::to_string).unwrap_or_default();
        let detail = format!("error {code}: {}", answer::words(error));
        return Err(ErrorDoc::standard(ErrorKind::Communication, detail).into());
    }
    Ok(message.get_mut("result").map(Value::take).unwrap_or_default())
}

/// The error that a message is. One that is null is none.
fn error_of(message: &Value) -> Option<&Value> {
    message.get("error").filter(|error| !error.is_null())
}

/// All messages of an answer, in order.
pub(crate) fn messages(answered: &Answer) -> Vec<Value> {
    messages_of(&answered.body, answered.media() == "text/event-stream")
}

/// All messages of a body, in order.
pub(crate) fn messages_of(body: &[u8], stream: bool) -> Vec<Value> {
    if stream {
        return events(body);
    }
    match serde_json::from_slice(body) {
        Ok(Value::Array(messages)) => messages,
        Ok(message) => vec![message],
        Err(_) => Vec::new(),
    }
}

/// Whether a stream so far holds the answer to a request.
pub(crate) fn answered(stream: &[u8], id: &str) -> bool {
    events(stream).iter().any(|message| {
        let ends = message.get("result").is_some() || error_of(message).is_some();
        ends && message.get("id").is_some_and(|found| is(found, id))
    })
}

fn is(found: &Value, id: &str) -> bool {
    found.as_str() == Some(id)
}

/// The data of the complete events of a stream, as far as they are JSON.
fn events(stream: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(stream).replace("\r\n", "\n").replace('\r', "\n");
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
    let data = |event: &str| -> String {
        let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    whole.split("\n\n").filter_map(|event| serde_json::from_str(&data(event)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_event_by_event_and_only_whole_ones_count() {
        let first = b": hello\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"method\":\"note\"}\n\n";
        let mut stream = first.to_vec();
        assert_eq!(events(&stream), [json!({"jsonrpc": "2.0", "method": "note"})]);
        stream.extend(b"data: {\"id\":\"7\",\"result\":{}}");
        assert!(!answered(&stream, "7"));
        stream.extend(b"\r\n\r\n");
        assert!(answered(&stream, "7") && !answered(&stream, "8"));
    }
}
