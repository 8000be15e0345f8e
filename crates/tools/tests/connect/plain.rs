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
