//! The shop over HTTP.

use super::model::{Shop, User};
use super::rules::{Call, apply, user_body};
use crate::serve::{Done, Refusal, Shared, System, read, shared_routes, write};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

impl System for Shop {
    type Call = Call;
    fn apply(&mut self, call: &Call, _key: Option<&str>, _at_ms: i64) -> Result<Done, Refusal> {
        apply(self, call)
    }
    fn state(&self) -> Value {
        json!({ "users": self.users, "orders": self.orders })
    }
    fn part(&self, kind: &str, id: &str) -> Option<Value> {
        match kind {
            "orders" => serde_json::to_value(self.orders.get(id)?).ok(),
            "users" => serde_json::to_value(self.users.get(id)?).ok(),
            "products" => serde_json::to_value(self.products.get(id)?).ok(),
            _ => None,
        }
    }
}

/// Operations that change an order: name and last part of the path.
const ORDER_OPERATIONS: &[(&str, &str)] = &[
    ("cancel_pending_order", "cancel"),
    ("modify_pending_order_items", "modify-items"),
    ("modify_pending_order_address", "modify-address"),
    ("modify_pending_order_payment", "modify-payment"),
    ("return_delivered_order_items", "return"),
    ("exchange_delivered_order_items", "exchange"),
];

/// The shop's routes.
pub fn router(app: &Shared<Shop>) -> Router {
    let mut operations = Router::new()
        .route("/openapi.json", get(|| async { Json(super::openapi()) }))
        .route("/users", get(find_user))
        .route("/users/by-email", get(find_user))
        .route("/users/by-name-zip", get(find_user))
        .route("/users/{user_id}", get(user))
        .route("/users/{user_id}/address", post(user_address))
        .route("/orders/{order_id}", get(order))
        .route("/products", get(products))
        .route("/products/{product_id}", get(product));
    for (operation, last) in ORDER_OPERATIONS {
        let handler = move |State(app): State<Shared<Shop>>,
                            Path(id): Path<String>,
                            headers: HeaderMap,
                            body: Bytes| async move {
            write(&app, operation, &[("order_id", id)], &headers, &body)
        };
        operations = operations.route(&format!("/orders/{{order_id}}/{last}"), post(handler));
    }
    shared_routes(app, operations.with_state(app.clone()))
}

async fn user_address(
    State(app): State<Shared<Shop>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    write(&app, "modify_user_address", &[("user_id", id)], &headers, &body)
}

#[derive(Deserialize)]
struct Who {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    zip: Option<String>,
}

async fn find_user(State(app): State<Shared<Shop>>, Query(who): Query<Who>) -> Response {
    read(&app, |shop| {
        let found = match who {
            Who { email: Some(email), .. } => one(shop, |user| same(&user.email, &email)),
            Who { first_name: Some(first), last_name: Some(last), zip: Some(zip), .. } => one(shop, |user| {
                same(&user.name.first_name, &first) && same(&user.name.last_name, &last) && user.address.zip == zip
            }),
            _ => return Err(Refusal::invalid("who?", "give email, or first_name, last_name and zip")),
        };
        found.map(|id| json!({ "user_id": id })).ok_or_else(|| Refusal {
            status: 404,
            title: "user not found".into(),
            detail: "nobody has these details; check their spelling".into(),
        })
    })
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.trim().to_lowercase()
}

fn one(shop: &Shop, fits: impl Fn(&User) -> bool) -> Option<&String> {
    shop.users.iter().find(|(_, user)| fits(user)).map(|(id, _)| id)
}

async fn user(State(app): State<Shared<Shop>>, Path(id): Path<String>) -> Response {
    read(&app, |shop| {
        let user = shop.users.get(&id).ok_or_else(|| Refusal::not_found("user", &id))?;
        Ok(user_body(&id, user))
    })
}

async fn order(State(app): State<Shared<Shop>>, Path(id): Path<String>) -> Response {
    read(&app, |shop| {
        let order = shop.orders.get(&id).ok_or_else(|| Refusal::not_found("order", &id))?;
        Ok(serde_json::to_value(order).unwrap_or(Value::Null))
    })
}

async fn products(State(app): State<Shared<Shop>>) -> Response {
    read(&app, |shop| {
        let mut list: Vec<_> = shop.products.values().collect();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        let list: Vec<Value> = list.iter().map(|p| json!({ "name": p.name, "product_id": p.product_id })).collect();
        Ok(json!({ "products": list }))
    })
}

async fn product(State(app): State<Shared<Shop>>, Path(id): Path<String>) -> Response {
    read(&app, |shop| {
        let product = shop.products.get(&id).ok_or_else(|| Refusal::not_found("product", &id))?;
        Ok(serde_json::to_value(product).unwrap_or(Value::Null))
    })
}
