//! The insurer's three services over HTTP, on one port.

use super::model::{Insurer, Payment};
use super::openapi::{Service, openapi};
use crate::serve::{Refusal, Shared, read, shared_routes, write};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

type App = State<Shared<Insurer>>;

/// Payments in one page.
const PAGE_MAX: usize = 500;

/// The routes of one insurer.
pub fn router(app: &Shared<Insurer>) -> Router {
    let house = app.books().state().house;
    let mut operations = Router::new()
        .route("/policies/{policy_number}", get(policy))
        .route("/policies/{policy_number}/claims", get(history))
        .route("/documents", writing("store_document"))
        .route("/documents/letters", writing("send_letter"))
        .route("/documents/{document_id}", get(document))
        .route("/payments", writing("create_payment").get(payments))
        .route("/payments/{payment_id}", get(payment))
        .route("/payments/by-key/{key}", get(payment_by_key));
    for service in Service::ALL {
        let path = format!("/{}/openapi.json", service.path());
        operations = operations.route(&path, get(move || async move { Json(openapi(house, service)) }));
    }
    shared_routes(app, operations.with_state(app.clone()))
}

/// The handler of a writing operation whose arguments are all in the body.
fn writing(operation: &'static str) -> MethodRouter<Shared<Insurer>> {
    post(
        move |State(app): App, headers: HeaderMap, body: Bytes| async move { write(&app, operation, &[], &headers, &body) },
    )
}

fn shown<T: serde::Serialize>(found: Option<&T>, kind: &str, id: &str) -> Result<Value, Refusal> {
    let found = found.ok_or_else(|| Refusal::not_found(kind, id))?;
    Ok(serde_json::to_value(found).unwrap_or(Value::Null))
}

async fn policy(State(app): App, Path(number): Path<String>) -> Response {
    read(&app, |insurer| shown(insurer.policies.get(&number), "policy", &number))
}

async fn history(State(app): App, Path(number): Path<String>) -> Response {
    read(&app, |insurer| {
        let claims = shown(insurer.history.get(&number), "policy", &number)?;
        Ok(json!({ "policy_number": number, "claims": claims }))
    })
}

async fn document(State(app): App, Path(id): Path<String>) -> Response {
    read(&app, |insurer| shown(insurer.documents.iter().find(|d| d.document_id == id), "document", &id))
}

async fn payment(State(app): App, Path(id): Path<String>) -> Response {
    read(&app, |insurer| shown(insurer.payments.iter().find(|p| p.payment_id == id), "payment", &id))
}

async fn payment_by_key(State(app): App, Path(key): Path<String>) -> Response {
    read(&app, |insurer| {
        let found = insurer.payments.iter().find(|p| p.key.as_deref() == Some(key.as_str()));
        shown(found, "payment under the key", &key)
    })
}

#[derive(Deserialize)]
struct Filter {
    claim_id: Option<String>,
    #[serde(default)]
    after: usize,
}

async fn payments(State(app): App, Query(filter): Query<Filter>) -> Response {
    read(&app, |insurer| {
        let fits = |payment: &&Payment| filter.claim_id.as_ref().is_none_or(|id| payment.claim_id == *id);
        let list: Vec<&Payment> = insurer.payments.iter().filter(fits).skip(filter.after).take(PAGE_MAX).collect();
        let next = (list.len() == PAGE_MAX).then_some(filter.after + PAGE_MAX);
        Ok(json!({ "payments": list, "next_after": next }))
    })
}
