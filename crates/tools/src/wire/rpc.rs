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

/// Whether a stream, or a part of it that ends with an event, holds the answer to a request.
pub(crate) fn answered(stream: &[u8], id: &str) -> bool {
    events(stream).iter().any(|message| {
        let ends = message.get("result").is_some() || error_of(message).is_some();
        ends && message.get("id").is_some_and(|found| is(found, id))
    })
}

fn is(found: &Value, id: &str) -> bool {
    found.as_str() == Some(id)
}

/// The complete events of a stream.
fn whole(stream: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stream).replace("\r\n", "\n").replace('\r', "\n");
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
    whole.split("\n\n").map(str::to_owned).collect()
}

/// Where the last complete event of a stream ends, if one ends behind its first `known` bytes.
pub(crate) fn end_of_whole(stream: &[u8], known: usize) -> Option<usize> {
    let from = known.saturating_sub(1);
    // Two ends of lines, written in any way: one after the other is an empty line.
    let ends = |pair: &[u8]| matches!(pair, b"\n\n" | b"\r\r" | b"\n\r");
    stream.get(from..)?.windows(2).rposition(ends).map(|at| from + at + 2)
}

/// Takes the complete events out of what has come of a stream; its first `known` bytes hold none.
pub(crate) fn take_whole(stream: &mut Vec<u8>, known: usize) -> Vec<u8> {
    let end = end_of_whole(stream, known);
    end.map(|end| stream.drain(..end).collect()).unwrap_or_default()
}

/// What the lines of a field say, in order.
fn field<'a>(event: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = event.lines().filter_map(move |line| line.strip_prefix(name));
    // A line that is the name alone says nothing of it.
    let said = lines.filter_map(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') });
    said.map(|text| text.strip_prefix(' ').unwrap_or(text))
}

/// The data of the complete events of a stream, as far as they are JSON.
fn events(stream: &[u8]) -> Vec<Value> {
    let data = |event: &String| serde_json::from_str(&field(event, "data").collect::<Vec<_>>().join("\n")).ok();
    whole(stream).iter().filter_map(data).collect()
}

/// Where a stream that ended can be taken up again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Point {
    /// Id of the last event that had one.
    pub event: Option<String>,
    /// How long its server wants to be left alone before, milliseconds.
    pub wait_ms: Option<u64>,
}

impl Point {
    /// Moves on by what came of the stream.
    pub(crate) fn follow(&mut self, stream: &[u8]) {
        for event in whole(stream) {
            if let Some(id) = field(&event, "id").last() {
                self.event = Some(id.to_owned()).filter(|id| !id.is_empty());
            }
            self.wait_ms = field(&event, "retry").filter_map(|ms| ms.parse().ok()).last().or(self.wait_ms);
        }
    }
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

    #[test]
    fn events_are_taken_as_soon_as_they_are_whole_and_once() {
        for ending in ["\n", "\r\n", "\r"] {
            let stream =
                "id: 1\ndata: {\"id\":7}\n\n: still here\n\nid: 2\ndata: {\ndata: \"id\":8}\n\nid: 3\ndata: {}";
            let stream = stream.replace('\n', ending);
            let (mut bytes, mut point, mut seen) = (Vec::new(), Point::default(), Vec::new());
            for byte in stream.bytes() {
                let known = bytes.len();
                bytes.push(byte);
                let part = take_whole(&mut bytes, known);
                point.follow(&part);
                seen.extend(events(&part));
            }
            assert_eq!(seen, [json!({"id": 7}), json!({"id": 8})], "{ending:?}");
            assert_eq!(point.event.as_deref(), Some("2"), "{ending:?}");
            assert!(String::from_utf8(bytes).unwrap().trim_start().starts_with("id: 3"), "{ending:?}");
            // The same in one piece.
            let mut bytes = stream.into_bytes();
            assert_eq!(events(&take_whole(&mut bytes, 0)), [json!({"id": 7}), json!({"id": 8})], "{ending:?}");
        }
    }

    #[test]
    fn a_stream_is_taken_up_after_the_last_whole_event_that_had_an_id() {
        let mut point = Point::default();
        point.follow(b"id: 1\nretry: 500\ndata: \n\ndata: {}\n\nid: 2\ndata: {}");
        assert_eq!(point, Point { event: Some("1".to_owned()), wait_ms: Some(500) });
        point.follow(b"id:2\r\nretry: soon\r\n\r\n");
        assert_eq!(point, Point { event: Some("2".to_owned()), wait_ms: Some(500) });
        point.follow(b"idle: 3\ndata: {}\n\n");
        assert_eq!(point.event.as_deref(), Some("2"));
        point.follow(b"id\n\n");
        assert_eq!(point.event, None);
    }
}
