//! HTTP APIs that nobody described: the connector file says what is sent.

use super::echo::{Echo, World};
use serde_json::json;

const FILE: &str = "name: sys
kind: http
base_url: ADDRESS/api
actions:
  - name: find
    path: /things/{id}
    args: { properties: { id: { type: string }, deep: { type: boolean } }, required: [id] }
  - name: change
    method: PUT
    path: /things/{id}
    args: { properties: { id: { type: string }, size: { type: integer } }, required: [id, size] }
";

#[tokio::test]
async fn an_undescribed_api_is_called_as_its_file_says() {
    let echo = Echo::start().await;
    let world = World::new(&[("connectors/sys.yaml", FILE.replace("ADDRESS", &echo.address))]).await;
    world.done("find", json!({"id": "a/b", "deep": true})).await;
    assert_eq!((echo.last().method.as_str(), echo.last().target.as_str()), ("GET", "/api/things/a%2Fb?deep=true"));
    world.done("change", json!({"id": "1", "size": 3})).await;
    assert_eq!((echo.last().method.as_str(), echo.last().text().as_str()), ("PUT", r#"{"size":3}"#));
    assert!(echo.last().header("idempotency-key").starts_with("bt-"));
    assert!(world.invalid("change", json!({"id": "1"})).await.contains("size"));
}

#[tokio::test]
async fn a_try_of_what_needs_a_persons_yes_says_so_and_asks_nobody() {
    let echo = Echo::start().await;
    let file = format!(
        "name: sys\nkind: http\nbase_url: {}\nattempts: 1\nactions: [{{ name: look, path: /look }}, {{ name: peek, path: /peek }}]\n",
        echo.address
    );
    let ask = "@id(\"ask\")\n@reason(\"a look is a person's to allow\")\n@approval(\"supervisor\")\nforbid (principal, action == Action::\"look\", resource);\n";
    let world = World::new(&[("connectors/sys.yaml", file), ("policies/ask.cedar", ask.to_owned())]).await;
    let ctx = world.ctx().as_system("test");
    let tried = world.door.try_out(&ctx, "sys", "look", json!({})).await.unwrap();
    assert_eq!((tried.outcome, tried.policies.as_slice()), ("approval", &["ask".to_owned()][..]), "{}", tried.words);
    let client = world.client.clone();
    let sql = "SELECT COUNT(*) FROM work_item WHERE client_id = $1";
    let items = world.db.read(move |tx| tx.query_one(sql, baton_db::params![client], |row| row.int(0))).await.unwrap();
    assert_eq!((items, echo.count()), (0, 0));
    let tried = world.door.try_out(&ctx, "sys", "peek", json!({})).await.unwrap();
    assert_eq!((tried.outcome, tried.result, echo.count()), ("done", json!({"ok": true}), 1));
}
