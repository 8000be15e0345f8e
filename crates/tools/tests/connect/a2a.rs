//! Outside agents as connectors: pinned by their card, asked through the door; what has changed is not asked.

use super::echo::{World, bundle};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::{Json, Router};
use baton_tools::a2a::card::files;
use baton_tools::{Called, Catalogue};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct Planner {
    here: String,
    skill: String,
    /// Messages as they came, with the token.
    sent: Vec<(Value, String)>,
    looks: u32,
    /// It answers with a message instead of a task.
    brief: bool,
    broken: bool,
    /// It answers with an error of this code.
    fault: Option<i64>,
}

type Shared = Arc<Mutex<Planner>>;

async fn serve() -> (String, Shared) {
    let planner = Shared::default();
    let app = Router::new().fallback(answer).with_state(Arc::clone(&planner));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    planner.lock().unwrap().here.clone_from(&here);
    planner.lock().unwrap().skill = "plan".to_owned();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (format!("{here}/.well-known/agent-card.json"), planner)
}

async fn answer(State(planner): State<Shared>, uri: Uri, headers: HeaderMap, body: String) -> Json<Value> {
    let mut planner = planner.lock().unwrap();
    if uri.path().ends_with("agent-card.json") {
        return Json(
            json!({"name": "Planner", "version": "1", "skills": [{"id": planner.skill}], "supportedInterfaces": [
            {"url": format!("{}/rpc", planner.here), "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}),
        );
    }
    assert_eq!(headers["a2a-version"], "1.0");
    let request: Value = serde_json::from_str(&body).unwrap();
    let task = |state: &str| json!({"id": "t1", "contextId": "c1", "status": {"state": state}});
    // Some servers write an error that is null beside the result.
    let said = |result: Value| Json(json!({"jsonrpc": "2.0", "id": request["id"], "result": result, "error": null}));
    match request["method"].as_str().unwrap() {
        "SendMessage" => {
            let who = headers.get("authorization").map_or("", |v| v.to_str().unwrap()).to_owned();
            planner.sent.push((request["params"]["message"].clone(), who));
            if planner.broken {
                return Json(json!({"jsonrpc": "2.0", "id": 99, "result": {}}));
            }
            if let Some(code) = planner.fault {
                return Json(json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": "no"}}));
            }
            match planner.brief {
                true => said(json!({"message": {"messageId": "x", "role": "ROLE_AGENT", "parts": [{"text": "no"}]}})),
                false => said(json!({"task": task("TASK_STATE_WORKING")})),
            }
        }
        "GetTask" if request["params"]["id"] == "t1" => {
            planner.looks += 1;
            let mut done = task(if planner.looks > 1 { "TASK_STATE_COMPLETED" } else { "TASK_STATE_WORKING" });
            done["artifacts"] = json!([{"artifactId": "a", "parts": [{"text": "two stops"}, {"data": {"stops": 2}}]}]);
            said(done)
        }
        "CancelTask" => said(task("TASK_STATE_CANCELED")),
        _ => Json(json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32001, "message": "no such task"}})),
    }
}

async fn world(card_url: &str) -> World {
    let url = card_url.parse().unwrap();
    let card = baton_tools::a2a::card(&url, Duration::from_secs(5)).await.unwrap();
    let mut made = files("planner", &url, &card).unwrap();
    made[1].1 = made[1].1.replace("attempts: 1\n", "attempts: 1\nauth: { kind: bearer, setting: planner.token }\n");
    let files: Vec<(&str, String)> = made.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let world = World::new(&files).await;
    world.secret("planner.token", "abc").await;
    world
}

#[tokio::test]
async fn an_agent_is_asked_by_a_message_whose_task_is_waited_for() {
    let (card, planner) = serve().await;
    let world = world(&card).await;
    let result = world.done("planner_send", json!({"text": "Plan it", "data": {"from": "A"}})).await;
    let task = json!({"task": "t1", "context": "c1", "state": "completed", "text": "two stops", "data": [{"stops": 2}],
        "asks": ""});
    assert_eq!(result, task);
    let (message, who) = planner.lock().unwrap().sent[0].clone();
    assert_eq!((who.as_str(), &message["role"]), ("Bearer abc", &json!("ROLE_USER")));
    assert_eq!(message["parts"][1]["data"], json!({"from": "A"}));
    assert!(message["messageId"].as_str().unwrap().len() > 8, "the effect's key: {message}");
    assert_eq!(world.done("planner_task", json!({"task": "t1"})).await["state"], "completed");
    assert_eq!(world.done("planner_cancel", json!({"task": "t1"})).await["state"], "canceled");
    let Called::Failed { status, .. } = world.call("planner_task", json!({"task": "t2"})).await else { panic!() };
    assert_eq!(status, 404);
    assert!(world.invalid("planner_send", json!({"words": "x"})).await.contains("text"));
    planner.lock().unwrap().brief = true;
    let brief = world.done("planner_send", json!({"text": "Quick?"})).await;
    assert_eq!((&brief["state"], &brief["text"]), (&json!("answered"), &json!("no")));
    // An answer that is none leaves open what happened: nothing is sent again, and a person finds out.
    planner.lock().unwrap().broken = true;
    let sent = planner.lock().unwrap().sent.len();
    assert!(matches!(world.call("planner_send", json!({"text": "Lost"})).await, Called::Unknown { .. }));
    assert_eq!(planner.lock().unwrap().sent.len(), sent + 1);
    // So does a fault of its own; an error of the protocol says that nothing happened.
    planner.lock().unwrap().broken = false;
    for (code, unknown) in [(-32603, true), (-32050, true), (-32602, false), (-32004, false)] {
        planner.lock().unwrap().fault = Some(code);
        let called = world.call("planner_send", json!({"text": format!("Try {code}")})).await;
        assert_eq!(matches!(called, Called::Unknown { .. }), unknown, "{code}: {called:?}");
    }
}

#[tokio::test]
async fn an_agent_that_says_something_else_of_itself_is_not_asked() {
    let (card, planner) = serve().await;
    let world = world(&card).await;
    planner.lock().unwrap().skill = "pay".to_owned();
    let ctx = world.ctx().as_system("test");
    let found = world.door.check_drift(&ctx, "planner").await.unwrap();
    assert_eq!(found.len(), 3, "{found:?}");
    let Called::Refused { policies, .. } = world.call("planner_send", json!({"text": "Plan it"})).await else {
        panic!()
    };
    assert_eq!(policies, ["door:drift"]);
    assert!(planner.lock().unwrap().sent.is_empty());
    planner.lock().unwrap().skill = "plan".to_owned();
    assert!(world.door.check_drift(&ctx, "planner").await.unwrap().is_empty());
    world.done("planner_send", json!({"text": "Plan it"})).await;
    // A card is only read where machines are not told their secrets.
    let place = "http://169.254.169.254/card".parse().unwrap();
    assert!(baton_tools::a2a::card(&place, Duration::from_secs(1)).await.unwrap_err().contains("told their secrets"));
}

#[tokio::test]
async fn what_an_agent_says_was_written_outside_whatever_its_file_says() {
    let (card_url, _) = serve().await;
    let url = card_url.parse().unwrap();
    let card = baton_tools::a2a::card(&url, Duration::from_secs(5)).await.unwrap();
    let made = files("planner", &url, &card).unwrap();
    let inside = |text: &str| text.replace("outside_text: true", "outside_text: false");
    let files: Vec<(&str, String)> = made.iter().map(|(path, text)| (path.as_str(), inside(text))).collect();
    let catalogue = Catalogue::load(&bundle(&files)).unwrap();
    assert_eq!(catalogue.actions().count(), 3);
    assert!(catalogue.actions().all(|action| action.outside_text));
}
