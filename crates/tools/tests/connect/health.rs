//! What is known of connected systems: use, silence, drift, tests; and failed calls tried again.

use super::echo::{Echo, World};
use baton_tools::{Called, drift};
use serde_json::json;

const FILE: &str = "name: sys
title: The system
openapi: sys.json
base_url: ADDRESS
describe_url: ADDRESS/openapi.json
owner: ada
attempts: 1
actions:
  - name: look
    operation: look
    tests:
      - { name: finds it, args: { id: a }, expect: '.status == 200 and .result.ok' }
      - { name: knows no b, args: { id: b }, expect: '.status == 404' }
  - { name: change, operation: change, idempotent: true, tests: [{ args: { size: 1 } }] }
";

fn description(kind: &str) -> String {
    json!({"openapi": "3.1.0", "info": {"title": "Sys", "version": "1"}, "paths": {
        "/look": {"get": {"operationId": "look", "parameters": [
            {"name": "id", "in": "query", "required": true, "description": "words may change", "schema": {"type": kind}}]}},
        "/change": {"post": {"operationId": "change", "requestBody": {"content": {"application/json": {"schema":
            {"type": "object", "properties": {"size": {"type": "integer"}}}}}}}},
    }})
    .to_string()
}

async fn world(echo: &Echo) -> World {
    let files = [("connectors/sys.yaml", FILE.replace("ADDRESS", &echo.address)), ("sys.json", description("string"))];
    World::new(&files).await
}

fn ok() -> (u16, &'static str, Vec<u8>) {
    (200, "application/json", b"{\"ok\":true}".to_vec())
}

#[tokio::test]
async fn use_is_counted_and_contract_tests_say_what_does_not_hold() {
    let echo = Echo::start().await;
    let world = world(&echo).await;
    world.done("look", json!({"id": "a"})).await;
    echo.says((404, "application/json", b"{}".to_vec()));
    world.call("look", json!({"id": "x"})).await;
    echo.says((503, "text/plain", Vec::new()));
    world.call("look", json!({"id": "y"})).await;
    let client = world.client.clone();
    let uses = world.db.read(move |tx| drift::uses(tx, &client, 0)).await.unwrap();
    let (name, used) = &uses[0];
    assert_eq!((name.as_str(), used.calls, used.done, used.refused, used.lost), ("look", 3, 1, 1, 1));
    assert_eq!(used.success_percent(), Some(66));

    let ctx = world.ctx().as_system("test");
    echo.says(ok());
    echo.says(ok());
    let tested = world.door.test(&ctx, "sys", false).await.unwrap();
    let seen: Vec<_> = tested.iter().map(|t| (t.action.as_str(), t.test.as_str(), t.passed, t.why.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("change", "test 1", false, "left out: it writes"),
            ("look", "finds it", true, ""),
            ("look", "knows no b", false, "expect gives false"),
        ]
    );
}

#[tokio::test]
async fn an_operation_that_is_not_what_was_pinned_is_quarantined_and_its_owner_told() {
    let echo = Echo::start().await;
    let world = world(&echo).await;
    let ctx = world.ctx().as_system("test");
    let same = description("string").replace("words may change", "words did change");
    echo.says((200, "application/json", same.into_bytes()));
    assert!(world.door.check_drift(&ctx, "sys").await.unwrap().is_empty());
    for _ in 0..2 {
        echo.says((200, "application/json", description("integer").into_bytes()));
        assert_eq!(world.door.check_drift(&ctx, "sys").await.unwrap().len(), 1);
    }
    let before = echo.count();
    let Called::Refused { policies, .. } = world.call("look", json!({"id": "a"})).await else { panic!() };
    assert_eq!((policies, echo.count()), (vec!["door:drift".to_owned()], before));
    world.done("change", json!({"size": 1})).await;
    let client = world.client.clone();
    let sql = "SELECT title FROM work_item WHERE client_id = $1";
    let told = world.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| r.text(0))).await.unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("The system"), "{told:?}");
}

#[tokio::test]
async fn every_system_is_compared_whatever_becomes_of_another() {
    let echo = Echo::start().await;
    let gone = "name: gone\ntitle: Gone\nopenapi: sys.json\nbase_url: http://127.0.0.1:9\n\
                describe_url: http://127.0.0.1:9/openapi.json\nactions:\n  - { name: look_there, operation: look }\n";
    let files = [
        ("connectors/gone.yaml", gone.to_owned()),
        ("connectors/sys.yaml", FILE.replace("ADDRESS", &echo.address)),
        ("sys.json", description("string")),
    ];
    let world = World::new(&files).await;
    let ctx = world.ctx().as_system("test");
    let compared = async |kind: &str, all: bool| {
        echo.says((200, "application/json", description(kind).into_bytes()));
        world.door.compare(&ctx, all, || true).await.unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(compared("integer", false).await, none, "nothing was otherwise yet");
    world.done("look", json!({"id": "a"})).await;
    assert_eq!(compared("integer", true).await, ["gone"]);
    let called = world.call("look", json!({"id": "a"})).await;
    assert!(matches!(&called, Called::Refused { policies, .. } if policies == &["door:drift"]), "{called:?}");
    // What is again as it was is called again, and need not wait until all are asked.
    assert_eq!(compared("string", false).await, none);
    world.done("look", json!({"id": "a"})).await;
    assert!(world.door.compare(&ctx, true, || false).await.unwrap().is_empty(), "whoever stops looks at none");
}

/// Half of a description says nothing of what the other half describes.
#[tokio::test]
async fn a_description_that_breaks_off_quarantines_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let half = "openapi: 3.1.0\ninfo: { title: Sys, version: '1' }\npaths: {}\n";
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{half}");
            let mut asked = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut asked).await;
            tokio::io::AsyncWriteExt::write_all(&mut socket, answer.as_bytes()).await.unwrap();
        }
    });
    let echo = Echo::start().await;
    let paths = json!({"/a": {"get": {"operationId": "look"}}});
    let change = |text: String| text.replacen("base_url:", &format!("describe_url: {address}/openapi\nbase_url:"), 1);
    let world = World::imported(&super::echo::openapi("3.1.0", paths), &echo, change).await;
    assert!(world.door.check_drift(&world.ctx().as_system("test"), "sys").await.is_err());
    world.done("look", json!({})).await;
}

#[tokio::test]
async fn a_failed_call_is_tried_again_under_its_key_by_somebody_who_says_why() {
    let echo = Echo::start().await;
    let world = world(&echo).await;
    echo.says((409, "application/json", b"{\"title\":\"closed\"}".to_vec()));
    let Called::Failed { effect, .. } = world.call("change", json!({"size": 7})).await else { panic!() };
    let key = echo.last().header("idempotency-key").to_owned();
    assert!(world.door.again(&world.ctx(), &effect, " ").await.is_err());
    let Called::Done { effect: same, .. } = world.door.again(&world.ctx(), &effect, "it is open again").await.unwrap()
    else {
        panic!()
    };
    assert_eq!((&same, echo.last().header("idempotency-key"), echo.count()), (&effect, key.as_str(), 2));
    // What is done is not done again.
    let error = world.door.again(&world.ctx(), &effect, "once more").await.unwrap_err();
    assert!(error.to_string().contains("finished"), "{error}");
    let client = world.client.clone();
    let sql = "SELECT kind FROM ledger WHERE client_id = $1 ORDER BY entry_id";
    let kinds = world.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| r.text(0))).await.unwrap();
    assert_eq!(kinds, ["action.requested", "action.failed", "action.retried", "action.requested", "action.finished"]);
}

#[tokio::test]
async fn a_silent_system_is_left_alone() {
    let echo = Echo::start().await;
    let world = world(&echo).await;
    for _ in 0..10 {
        echo.says((503, "text/plain", Vec::new()));
        world.call("look", json!({"id": "a"})).await;
    }
    let Called::Unreachable { why } = world.call("look", json!({"id": "a"})).await else { panic!() };
    assert!(why.contains("left alone"), "{why}");
    assert_eq!((echo.count(), world.door.breaker(&world.client, "sys").state), (10, "open"));
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    world.done("look", json!({"id": "a"})).await;
    assert_eq!(world.door.breaker(&world.client, "sys").state, "closed");
}
