//! The JSON-RPC binding (A2A 1.0, section 9): one address, one method a request, streams as server-sent events.

use super::gate::{self, Caller};
use super::no::{Kind, No, Told};
use super::ops::{self, Op, Reply};
use crate::House;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One request to a client's A2A server.
pub async fn rpc(State(house): State<Arc<House>>, Path(client): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let caller = match gate::admit(&house, &client, &parts.headers).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let mut id = Value::Null;
    let answered = async {
        let bytes = gate::read(&parts.headers, body).await?;
        let call = Call::read(&bytes, &mut id)?;
        gate::version(&parts.headers, &parts.uri)?;
        call.made(&caller).await
    };
    match answered.await {
        Ok(Reply::One(result)) => Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response(),
        Ok(Reply::Many(stream)) => {
            events(stream.map(move |value| json!({"jsonrpc": "2.0", "id": id, "result": value})).boxed())
        }
        Err(no) => Json(json!({"jsonrpc": "2.0", "id": id, "error": no.rpc()})).into_response(),
    }
}

/// Values as server-sent events.
pub(super) fn events(stream: BoxStream<'static, Value>) -> Response {
    let events = stream.map(|value| Ok::<_, Infallible>(Event::default().data(value.to_string())));
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

struct Call {
    method: String,
    params: Value,
}

impl Call {
    /// Reads a request; its id is told also where the rest does not fit.
    fn read(bytes: &[u8], id: &mut Value) -> Told<Self> {
        let request: Value =
            serde_json::from_slice(bytes).map_err(|error| No::new(Kind::Parse, format!("this is no JSON: {error}")))?;
        let bad = |words: &str| Err(No::new(Kind::Request, words));
        let Value::Object(mut request) = request else { return bad("a request is one object") };
        match request.remove("id") {
            Some(known @ (Value::String(_) | Value::Number(_))) => *id = known,
            Some(Value::Null) | None => return bad("a request has an id: a text or a number"),
            Some(_) => return bad("the id of a request is a text or a number"),
        }
        if request.get("jsonrpc") != Some(&json!("2.0")) {
            return bad("jsonrpc is \"2.0\"");
        }
        let Some(Value::String(method)) = request.remove("method") else {
            return bad("the method of a request is a text");
        };
        let params = match request.remove("params") {
            None | Some(Value::Null) => json!({}),
            Some(params) => params,
        };
        Ok(Self { method, params })
    }

    async fn made(self, caller: &Caller) -> Told<Reply> {
        let op = Op::named(&self.method).ok_or_else(|| {
            No::new(Kind::Method, format!("there is no method '{}' in A2A {}", self.method, super::VERSION))
        })?;
        ops::perform(caller, op, self.params).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_or_refused_with_its_id_where_it_has_one() {
        let check = |text: &str, expect: Option<Kind>, told: Value| {
            let mut id = Value::Null;
            let read = Call::read(text.as_bytes(), &mut id);
            assert_eq!((read.err().map(|no| no.kind), id), (expect, told), "{text}");
        };
        check(r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"x"}}"#, None, json!(1));
        check(r#"{"jsonrpc":"2.0","id":"a","method":"ListTasks"}"#, None, json!("a"));
        check("{", Some(Kind::Parse), Value::Null);
        check("[]", Some(Kind::Request), Value::Null);
        check(r#"{"jsonrpc":"2.0","method":"GetTask"}"#, Some(Kind::Request), Value::Null);
        check(r#"{"jsonrpc":"1.0","id":1,"method":"GetTask"}"#, Some(Kind::Request), json!(1));
        check(r#"{"jsonrpc":"2.0","id":{},"method":"GetTask"}"#, Some(Kind::Request), Value::Null);
        check(r#"{"jsonrpc":"2.0","id":1,"method":7}"#, Some(Kind::Request), json!(1));
    }
}
