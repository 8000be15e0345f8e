//! The HTTP+JSON binding (A2A 1.0, section 11): addresses below the client's, which are read into the same operations.

use super::gate;
use super::no::{Kind, No, Told};
use super::ops::{self, Op, Reply};
use super::rpc::events;
use crate::House;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const MEDIA: &str = "application/a2a+json";

/// One request below a client's A2A server.
pub async fn rest(
    State(house): State<Arc<House>>,
    Path((client, path)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let caller = match gate::admit(&house, &client, &parts.headers).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let answered = async {
        let (op, named) = route(&parts.method, &path)?;
        gate::version(&parts.headers, &parts.uri)?;
        let mut params = given(&parts, body).await?;
        if let (Some(params), Some(id)) = (params.as_object_mut(), named) {
            params.insert("id".to_owned(), json!(id));
        }
        ops::perform(&caller, op, params).await
    };
    match answered.await {
        Ok(Reply::One(value)) => {
            let mut response = value.to_string().into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
            response
        }
        Ok(Reply::Many(stream)) => events(stream),
        // An error is no object of A2A, but google.rpc.Status: plain JSON.
        Err(no) => {
            let (status, value) = no.http();
            (status, Json(value)).into_response()
        }
    }
}

/// What an address asks for, and the task that it names.
fn route(method: &Method, path: &str) -> Told<(Op, Option<String>)> {
    let none = || No::new(Kind::Method, format!("there is no {method} /{path} in A2A {}", super::VERSION));
    let parts: Vec<&str> = path.split('/').collect();
    let (get, post) = (*method == Method::GET, *method == Method::POST);
    let found = match parts[..] {
        ["message:send"] if post => (Op::Send, None),
        ["message:stream"] if post => (Op::Stream, None),
        ["extendedAgentCard"] if get => (Op::ExtendedCard, None),
        ["tasks"] if get => (Op::List, None),
        ["tasks", id] => match id.rsplit_once(':') {
            Some((id, "cancel")) if post => (Op::Cancel, Some(id)),
            // The text of the specification has it by POST, its definition by GET.
            Some((id, "subscribe")) if post || get => (Op::Subscribe, Some(id)),
            None if get => (Op::Get, Some(id)),
            Some(_) | None => return Err(none()),
        },
        ["tasks", _, "pushNotificationConfigs"] if get || post => (Op::Push, None),
        ["tasks", _, "pushNotificationConfigs", _] if get || *method == Method::DELETE => (Op::Push, None),
        _ => return Err(none()),
    };
    Ok((found.0, found.1.map(str::to_owned)))
}

/// The parameters: of the body where there is one, else of the query.
async fn given(parts: &Parts, body: Body) -> Told<Value> {
    if parts.method == Method::POST {
        let bytes = gate::read(&parts.headers, body).await?;
        if bytes.is_empty() {
            return Ok(json!({}));
        }
        return serde_json::from_slice(&bytes)
            .map_err(|error| No::new(Kind::Parse, format!("this is no JSON: {error}")));
    }
    let pairs: Vec<(String, String)> = axum::extract::Query::try_from_uri(&parts.uri)
        .map(|axum::extract::Query(pairs)| pairs)
        .map_err(|error| No::params("query", error.body_text()))?;
    pairs
        .into_iter()
        .map(|(name, text)| typed(&name, text).map(|value| (name, value)))
        .collect::<Told<Map<_, _>>>()
        .map(Value::Object)
}

/// A parameter of a query as the same parameter of a body.
fn typed(name: &str, text: String) -> Told<Value> {
    let bad = |what: &str| No::params(name, format!("{name} is {what}"));
    Ok(match name {
        "historyLength" | "history_length" | "pageSize" | "page_size" => {
            json!(text.parse::<i64>().map_err(|_| bad("a number"))?)
        }
        "includeArtifacts" | "include_artifacts" => json!(text.parse::<bool>().map_err(|_| bad("true or false"))?),
        _ => json!(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_numbers_and_switches_by_either_name_and_texts_else() {
        let check = |name: &str, text: &str, expect: Option<Value>| {
            assert_eq!(typed(name, text.to_owned()).ok(), expect, "{name}={text}");
        };
        for name in ["historyLength", "history_length", "pageSize", "page_size"] {
            check(name, "5", Some(json!(5)));
            check(name, "five", None);
        }
        for name in ["includeArtifacts", "include_artifacts"] {
            check(name, "true", Some(json!(true)));
            check(name, "1", None);
        }
        for name in ["contextId", "context_id"] {
            check(name, "5", Some(json!("5")));
        }
    }

    #[test]
    fn addresses_are_read_into_operations() {
        let check = |method: Method, path: &str, expect: Option<(Op, Option<&str>)>| {
            let found = route(&method, path).ok();
            let found = found.as_ref().map(|(op, id)| (*op, id.as_deref()));
            assert_eq!(found, expect, "{method} {path}");
        };
        check(Method::POST, "message:send", Some((Op::Send, None)));
        check(Method::GET, "tasks/case_1", Some((Op::Get, Some("case_1"))));
        check(Method::POST, "tasks/case_1:cancel", Some((Op::Cancel, Some("case_1"))));
        check(Method::GET, "tasks/case_1:subscribe", Some((Op::Subscribe, Some("case_1"))));
        check(Method::POST, "tasks/case_1:subscribe", Some((Op::Subscribe, Some("case_1"))));
        check(Method::DELETE, "tasks/case_1/pushNotificationConfigs/1", Some((Op::Push, None)));
        check(Method::GET, "message:send", None);
        check(Method::POST, "tasks/case_1:explode", None);
        check(Method::GET, "", None);
    }
}
