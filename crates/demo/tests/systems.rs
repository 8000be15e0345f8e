//! The demo systems over HTTP: idempotency, the journal, faults, descriptions, bad input.

#![allow(clippy::unwrap_used)]

use baton_demo::serve::Faults;
use baton_demo::shop::{Status, generate};
use baton_demo::systems::{Options, Systems, start};
use serde_json::{Value, json};
use std::time::Duration;

fn order_id(status: Status, nth: usize) -> String {
    let shop = generate(1);
    shop.orders.values().filter(|o| o.status == status).nth(nth).unwrap().order_id.clone()
}

fn path(id: &str, last: &str) -> String {
    format!("/orders/{}/{last}", id.replace('#', "%23"))
}

async fn get(url: String) -> (u16, Value) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn post(url: String, key: Option<&str>, body: Value) -> (u16, Value) {
    let mut request = reqwest::Client::new().post(url).json(&body).timeout(Duration::from_secs(2));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn effects(base: &str) -> usize {
    get(format!("{base}/_effects")).await.1["effects"].as_array().unwrap().len()
}

async fn with_state(dir: &std::path::Path, seed: u64) -> baton_base::Result<Systems> {
    start(&Options { state: Some(dir.to_owned()), seed, ..Options::default() }).await
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_and_has_one_effect_even_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let systems = with_state(dir.path(), 1).await.unwrap();
    let cancel = path(&order_id(Status::Pending, 0), "cancel");
    let body = json!({ "reason": "no longer needed" });
    let shop = systems.addresses.shop.clone();
    let first = post(format!("{shop}{cancel}"), Some("k1"), body.clone()).await;
    assert_eq!((first.0, first.1["status"].as_str()), (200, Some("cancelled")));
    assert_eq!(post(format!("{shop}{cancel}"), Some("k1"), body.clone()).await, first);
    let other_key = post(format!("{shop}{cancel}"), Some("k2"), body.clone()).await;
    assert_eq!(other_key.0, 409);
    let other_body = json!({ "reason": "ordered by mistake" });
    assert_eq!(post(format!("{shop}{cancel}"), Some("k1"), other_body).await.0, 422);
    let digest = get(format!("{shop}/_state")).await;
    drop(systems);

    let systems = with_state(dir.path(), 1).await.unwrap();
    let shop = &systems.addresses.shop;
    assert_eq!(get(format!("{shop}/_state")).await, digest);
    assert_eq!(post(format!("{shop}{cancel}"), Some("k1"), body).await, first);
    assert_eq!(effects(shop).await, 1);
}

#[tokio::test]
async fn a_half_written_line_is_forgotten_and_a_journal_of_another_seed_refused() {
    let dir = tempfile::tempdir().unwrap();
    let systems = with_state(dir.path(), 1).await.unwrap();
    let cancel = path(&order_id(Status::Pending, 0), "cancel");
    let body = json!({ "reason": "no longer needed" });
    post(format!("{}{cancel}", systems.addresses.shop), Some("k1"), body.clone()).await;
    drop(systems);
    let journal = dir.path().join("shop.jsonl");
    let mut text = std::fs::read_to_string(&journal).unwrap();
    text.push_str("{\"key\":\"k2\",\"ca");
    std::fs::write(&journal, text).unwrap();
    let systems = with_state(dir.path(), 1).await.unwrap();
    let other = path(&order_id(Status::Pending, 1), "cancel");
    assert_eq!(post(format!("{}{other}", systems.addresses.shop), Some("k2"), body).await.0, 200);
    drop(systems);
    assert_eq!(effects(&with_state(dir.path(), 1).await.unwrap().addresses.shop).await, 2);
    let error = with_state(dir.path(), 2).await.err().unwrap().to_string();
    assert!(error.contains("seed 1"), "{error}");
}

#[tokio::test]
async fn faults_fail_before_the_work_or_stay_silent_after_it() {
    let systems = start(&Options::default()).await.unwrap();
    let mutual = &systems.addresses.mutual;
    let policies = baton_demo::insurer::generate(baton_demo::insurer::House::HarborMutual, 1).policies;
    let policy = policies.values().next().unwrap();
    let pay = json!({ "claim_id": "c1", "policy_number": policy.policy_number, "amount_minor": 1234,
        "currency": "USD", "payee": policy.holder.name });
    let faults = |fail, silent| json!({ "fail_rate": fail, "silent_rate": silent });

    assert_eq!(post(format!("{mutual}/_faults"), None, faults(1.0, 0.0)).await.0, 200);
    assert_eq!(post(format!("{mutual}/payments"), Some("p1"), pay.clone()).await.0, 503);
    assert_eq!(effects(mutual).await, 0);
    assert_eq!(get(format!("{mutual}/policies/openapi.json")).await.0, 200);

    post(format!("{mutual}/_faults"), None, faults(0.0, 1.0)).await;
    let client = reqwest::Client::builder().timeout(Duration::from_millis(300)).build().unwrap();
    let silent = client.post(format!("{mutual}/payments")).header("idempotency-key", "p1").json(&pay).send().await;
    assert!(silent.unwrap_err().is_timeout());
    assert_eq!(effects(mutual).await, 1);

    post(format!("{mutual}/_faults"), None, json!({})).await;
    let found = get(format!("{mutual}/payments/by-key/p1")).await;
    assert_eq!((found.0, found.1["amount_minor"].as_i64()), (200, Some(1234)));
    assert_eq!(post(format!("{mutual}/payments"), Some("p1"), pay).await.1, found.1);
    assert_eq!(effects(mutual).await, 1);
    assert_eq!(get(format!("{mutual}/payments/by-key/p2")).await.0, 404);
    assert_eq!(post(format!("{mutual}/_faults"), None, faults(2.0, 0.0)).await.0, 422);
}

#[tokio::test]
async fn seeded_faults_are_slow_for_operations_and_never_for_the_hidden_paths() {
    let faults = Faults { slow_ms: 8_000, ..Faults::default() };
    let systems = start(&Options { faults, ..Options::default() }).await.unwrap();
    let quick = reqwest::Client::builder().timeout(Duration::from_millis(3_000)).build().unwrap();
    assert!(quick.get(format!("{}/products", systems.addresses.shop)).send().await.is_err());
    assert!(quick.get(format!("{}/_state", systems.addresses.shop)).send().await.is_ok());
}

#[tokio::test]
async fn bad_input_is_a_problem_document_and_changes_nothing() {
    let systems = start(&Options::default()).await.unwrap();
    let (shop, nordic) = (&systems.addresses.shop, &systems.addresses.nordic);
    let id = order_id(Status::Pending, 0);
    for (path, body, status) in [
        (path(&id, "cancel"), json!({ "reason": "bored" }), 422),
        (path(&id, "cancel"), json!({ "reason": "no longer needed", "extra": 1 }), 422),
        (path(&id, "cancel"), json!([]), 422),
        (path("#W0000000", "cancel"), json!({ "reason": "no longer needed" }), 404),
        (path(&id, "modify-payment"), json!({}), 422),
        ("/nowhere".to_owned(), json!({}), 404),
    ] {
        let (got, problem) = post(format!("{shop}{path}"), Some("x"), body).await;
        assert_eq!((got, problem["status"].as_u64()), (status, Some(u64::from(status))), "{path} {problem}");
    }
    let policies = baton_demo::insurer::generate(baton_demo::insurer::House::Nordlicht, 1).policies;
    let number = policies.keys().next().unwrap();
    for (amount, currency, status) in [(0, "EUR", 422), (-5, "EUR", 422), (100, "USD", 422), (100, "EUR", 200)] {
        let body = json!({ "claim_id": "c", "policy_number": number, "amount_minor": amount, "currency": currency,
            "payee": "x" });
        assert_eq!(post(format!("{nordic}/payments"), None, body).await.0, status, "{amount} {currency}");
    }
    let letter = json!({ "claim_id": "c", "recipient": "a@example.com", "language": "de",
        "template": "payment-advice", "fields": { "amount": "12,00 €" } });
    let (status, sent) = post(format!("{nordic}/documents/letters"), None, letter).await;
    assert!(status == 200 && sent["text"].as_str().unwrap().contains("12,00 €"), "{sent}");
    assert_eq!(get(format!("{shop}/users/by-email?email=nobody@example.com")).await.0, 404);
}

#[tokio::test]
async fn every_described_path_answers_and_its_answer_has_the_described_fields() {
    let systems = start(&Options::default()).await.unwrap();
    let (base, doc) = (&systems.addresses.shop, baton_demo::shop::openapi());
    let shop = generate(1);
    let (user_id, user) = shop.users.first_key_value().unwrap();
    let fill = |path: &str| {
        path.replace("{user_id}", user_id)
            .replace("{order_id}", &user.orders[0].replace('#', "%23"))
            .replace("{product_id}", shop.products.keys().next().unwrap())
    };
    for (path, entry) in doc["paths"].as_object().unwrap() {
        let Some(operation) = entry.get("get") else { continue };
        let query = match path.as_str() {
            "/users/by-email" => format!("?email={}", user.email),
            "/users/by-name-zip" => format!(
                "?first_name={}&last_name={}&zip={}",
                user.name.first_name, user.name.last_name, user.address.zip
            ),
            _ => String::new(),
        };
        let (status, body) = get(format!("{base}{}{query}", fill(path))).await;
        assert_eq!(status, 200, "{path} {body}");
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let schema = schema["$ref"].as_str().map_or(schema, |r| doc.pointer(r.trim_start_matches('#')).unwrap());
        for name in body.as_object().unwrap().keys() {
            assert!(schema["properties"].get(name).is_some(), "{path}: {name} is not described");
        }
        for name in schema["required"].as_array().unwrap() {
            assert!(body.get(name.as_str().unwrap()).is_some(), "{path}: {name} is missing");
        }
    }
}

#[tokio::test]
async fn a_reset_brings_back_the_start_and_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let systems = with_state(dir.path(), 1).await.unwrap();
    let shop = systems.addresses.shop.clone();
    let start = get(format!("{shop}/_state")).await.1["digest"].clone();
    let cancel = path(&order_id(Status::Pending, 0), "cancel");
    let body = json!({ "reason": "no longer needed" });
    post(format!("{shop}{cancel}"), Some("k1"), body.clone()).await;
    assert_ne!(get(format!("{shop}/_state")).await.1["digest"], start);
    assert_eq!(post(format!("{shop}/_reset"), None, json!({})).await.0, 200);
    drop(systems);
    let systems = with_state(dir.path(), 1).await.unwrap();
    let shop = &systems.addresses.shop;
    assert_eq!(get(format!("{shop}/_state")).await.1["digest"], start);
    assert_eq!(post(format!("{shop}{cancel}"), Some("k2"), body).await.0, 200);
    assert_eq!(effects(shop).await, 2);
}
