//! The shop: orders that can be cancelled once per key, a bell that rings every time, and faults on demand.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// 503 before anything is done.
    Away,
    /// 500 after it was done.
    CrashAfter,
    /// Does it, then says nothing for longer than anyone waits.
    SilentAfter,
    /// Says nothing and does nothing.
    Silent,
    /// Answers with a redirect.
    Redirect,
    /// Answers with 3 MiB.
    Huge,
    /// Answers 409 without doing anything.
    Busy,
}

#[derive(Default)]
pub struct Books {
    pub orders: HashMap<String, Value>,
    pub done: HashMap<String, Value>,
    /// Every change of state, as (what, key).
    pub effects: Vec<(String, String)>,
    pub seen: Vec<(String, HeaderMap)>,
    pub faults: VecDeque<Fault>,
    pub read_faults: VecDeque<Fault>,
}

#[derive(Clone)]
pub struct Shop {
    pub address: String,
    pub books: Arc<Mutex<Books>>,
}

impl Shop {
    pub async fn start() -> Self {
        let mut books = Books::default();
        for (id, status, user, price) in [
            ("#W1", "pending", "ada_1", 150.94),
            ("#W2", "shipped", "ada_1", 10.0),
            ("#W3", "pending", "bob_2", 10.0),
            ("#W4", "pending", "ada_1", 900.0),
            ("#W5", "lost", "ada_1", 9.0),
        ] {
            let items = json!([{"product_id": "p1", "price": price}, {"product_id": "p2", "price": 1.5}]);
            let order = json!({"id": id, "status": status, "user_id": user, "items": items, "card": "4111 1111"});
            books.orders.insert(id.to_owned(), order);
        }
        let books = Arc::new(Mutex::new(books));
        let app = Router::new()
            .route("/v1/users", get(find_user))
            .route("/v1/orders/{id}", get(order))
            .route("/v1/products/{id}", get(product))
            .route("/v1/orders/{id}/cancel", post(cancel))
            .route("/v1/orders/{id}/address", post(address))
            .route("/v1/bell", post(bell))
            .route("/v1/bell/{key}", get(effect))
            .route("/v1/effects/{key}", get(effect))
            .with_state(Arc::clone(&books));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, books }
    }

    pub fn faults(&self, faults: &[Fault]) {
        self.books.lock().unwrap().faults = faults.iter().copied().collect();
    }

    pub fn read_faults(&self, faults: &[Fault]) {
        self.books.lock().unwrap().read_faults = faults.iter().copied().collect();
    }

    pub fn effects(&self) -> Vec<(String, String)> {
        self.books.lock().unwrap().effects.clone()
    }

    pub fn status(&self, order: &str) -> String {
        self.books.lock().unwrap().orders[order]["status"].as_str().unwrap().to_owned()
    }
}

type Shared = State<Arc<Mutex<Books>>>;

async fn faulty_read(books: &Arc<Mutex<Books>>) -> Option<Response> {
    let fault = books.lock().unwrap().read_faults.pop_front()?;
    Some(answer(fault).await)
}

async fn answer(fault: Fault) -> Response {
    match fault {
        Fault::Away => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Fault::CrashAfter => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Fault::SilentAfter | Fault::Silent => {
            tokio::time::sleep(Duration::from_secs(20)).await;
            StatusCode::OK.into_response()
        }
        Fault::Redirect => (StatusCode::TEMPORARY_REDIRECT, [("location", "/v1/bell")]).into_response(),
        Fault::Huge => "x".repeat(3 * 1024 * 1024).into_response(),
        Fault::Busy => StatusCode::CONFLICT.into_response(),
    }
}

/// Does something once per key, under the fault that is due.
async fn write(
    books: &Arc<Mutex<Books>>,
    headers: &HeaderMap,
    what: &str,
    once: bool,
    act: impl FnOnce(&mut Books) -> Result<Value, (StatusCode, Value)>,
) -> Response {
    let key = headers.get("idempotency-key").map(|k| k.to_str().unwrap().to_owned()).unwrap_or_default();
    let (fault, done) = {
        let mut books = books.lock().unwrap();
        books.seen.push((what.to_owned(), headers.clone()));
        let fault = books.faults.pop_front();
        let skip = matches!(fault, Some(Fault::Away | Fault::Silent | Fault::Redirect | Fault::Busy));
        let known = books.done.get(&key).cloned().filter(|_| once);
        let done = match known {
            _ if skip => Ok(Value::Null),
            Some(known) => Ok(known),
            None => act(&mut books).inspect(|value| {
                books.effects.push((what.to_owned(), key.clone()));
                books.done.insert(key.clone(), value.clone());
            }),
        };
        (fault, done)
    };
    match (fault, done) {
        (Some(fault), _) => answer(fault).await,
        (None, Ok(value)) => Json(value).into_response(),
        (None, Err((status, problem))) => (status, Json(problem)).into_response(),
    }
}

async fn find_user(Query(query): Query<HashMap<String, String>>) -> Response {
    Json(json!({"query": query})).into_response()
}

async fn order(State(books): Shared, Path(id): Path<String>) -> Response {
    if let Some(response) = faulty_read(&books).await {
        return response;
    }
    match books.lock().unwrap().orders.get(&id) {
        Some(order) => Json(order.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"title": "no such order"}))).into_response(),
    }
}

async fn product(State(books): Shared, Path(id): Path<String>) -> Response {
    if let Some(response) = faulty_read(&books).await {
        return response;
    }
    Json(json!({"id": id, "name": format!("product {id}")})).into_response()
}

async fn cancel(State(books): Shared, Path(id): Path<String>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    write(&books, &headers, &format!("cancel {id}"), true, |books| {
        let order = books.orders.get_mut(&id).ok_or((StatusCode::NOT_FOUND, json!({"title": "no such order"})))?;
        if order["status"] == "cancelled" {
            return Err((StatusCode::CONFLICT, json!({"title": "already cancelled"})));
        }
        order["status"] = json!("cancelled");
        order["reason"] = body["reason"].clone();
        Ok(order.clone())
    })
    .await
}

async fn address(
    State(books): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    write(&books, &headers, &format!("address {id}"), true, |_| Ok(json!({"address": body}))).await
}

async fn bell(State(books): Shared, headers: HeaderMap) -> Response {
    write(&books, &headers, "bell", false, |_| Ok(json!({"rung": true}))).await
}

async fn effect(State(books): Shared, Path(key): Path<String>) -> Response {
    match books.lock().unwrap().done.get(&key) {
        Some(done) => Json(done.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The shop's own description, OpenAPI 3.1 with references.
pub fn openapi() -> Value {
    let id = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    let key = json!({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}});
    let body = |schema: Value| json!({"required": true, "content": {"application/json": {"schema": schema}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/users": {"get": {"operationId": "find_user", "parameters": [
                {"name": "email", "in": "query", "schema": {"type": "string", "format": "email"}},
                {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
            ]}},
            "/orders/{order_id}": {"parameters": [id("order_id")], "get": {"operationId": "get_order"}},
            "/products/{product_id}": {"get": {"operationId": "get_product", "parameters": [id("product_id")]}},
            "/orders/{order_id}/cancel": {"post": {
                "operationId": "cancel_order", "parameters": [id("order_id"), key],
                "requestBody": body(json!({"$ref": "#/components/schemas/Cancel"})),
            }},
            "/orders/{order_id}/address": {"post": {
                "operationId": "change_address", "parameters": [id("order_id"), key],
                "requestBody": body(json!({"type": "object", "required": ["street"],
                    "properties": {"street": {"type": "string"}}})),
            }},
            "/bell": {"post": {"operationId": "ring_bell", "parameters": [key]}},
            "/bell/{key}": {"get": {"operationId": "heard_bell", "parameters": [id("key")]}},
            "/effects/{key}": {"get": {"operationId": "find_effect", "parameters": [id("key")]}},
        },
        "components": {"schemas": {
            "Cancel": {"type": "object", "required": ["reason"],
                "properties": {"reason": {"$ref": "#/components/schemas/Reason"}}},
            "Reason": {"type": "string", "enum": ["no longer needed", "ordered by mistake"]},
        }},
    })
}
