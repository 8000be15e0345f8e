//! The A2A server of a client, as an outside agent sees it: who gets in, how a task goes on, and what it ends as.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Answer, Caller, MUTUAL, SHOP, TestApp, answer, databases};
use baton_base::ClientId;
use baton_govern::tokens::{Audience, Wanted};
use baton_govern::{Role, tokens};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const CARD: &str = "/.well-known/agent-card.json";

async fn token(app: &TestApp, client: &str, name: &str, audience: Audience) -> Caller {
    let ctx = app.house.system(&ClientId::known(client), "test");
    let wanted = Wanted { name: name.to_owned(), roles: vec![Role::Service], audience, ..Wanted::default() };
    let made = app.house.db.write(move |tx| tokens::make(tx, &ctx, &wanted)).await.unwrap();
    app.bearer(&made.token)
}

/// A caller, and how the token is taken from them.
async fn passing(app: &TestApp, name: &str) -> (Caller, String) {
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let audience = Audience::A2a;
    let wanted = Wanted { name: name.to_owned(), roles: vec![Role::Service], audience, ..Wanted::default() };
    let made = app.house.db.write(move |tx| tokens::make(tx, &ctx, &wanted)).await.unwrap();
    (app.bearer(&made.token), made.id)
}

async fn outsider(app: &TestApp, name: &str) -> Caller {
    token(app, SHOP, name, Audience::A2a).await
}

fn place(client: &str) -> String {
    format!("/a2a/{client}")
}

fn request(who: &Caller, method: &str, params: &Value) -> reqwest::RequestBuilder {
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    who.request(Method::POST, &place(SHOP)).header("a2a-version", "1.0").json(&body)
}

async fn ask(who: &Caller, method: &str, params: Value) -> Value {
    let answer = answer(request(who, method, &params), method).await.ok();
    assert_eq!((&answer.body["id"], &answer.body["jsonrpc"]), (&json!(7), &json!("2.0")), "{}", answer.text);
    answer.body
}

async fn done(who: &Caller, method: &str, params: Value) -> Value {
    let body = ask(who, method, params).await;
    assert!(body["error"].is_null(), "{method}: {body}");
    body["result"].clone()
}

/// Code and reason of the error.
async fn wrong(who: &Caller, method: &str, params: Value) -> (i64, String) {
    let body = ask(who, method, params).await;
    let error = &body["error"];
    (error["code"].as_i64().unwrap_or_default(), error["data"][0]["reason"].as_str().unwrap_or_default().to_owned())
}

fn message(id: &str, text: &str) -> Value {
    json!({"message": {"messageId": id, "role": "ROLE_USER", "parts": [{"text": text}]}})
}

fn in_task(id: &str, text: &str, task: &Value) -> Value {
    let mut sent = message(id, text);
    sent["message"]["taskId"] = task["id"].clone();
    sent
}

async fn say(who: &Caller, params: Value) -> Value {
    done(who, "SendMessage", params).await["task"].clone()
}

fn state(task: &Value) -> &str {
    task["status"]["state"].as_str().unwrap()
}

async fn cases(app: &TestApp) -> usize {
    let member = app.member("supervisor@baton.example").await;
    member.get(&format!("/api/v1/cases?client={SHOP}")).await.ok().items().len()
}

/// The values of a stream, until it ends.
async fn events(request: reqwest::RequestBuilder) -> Vec<Value> {
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_says_what_may_be_asked_and_a_token_opens_the_one_server_it_was_made_for() {
    let app = TestApp::start("sqlite", None).await;
    let path = format!("{}{CARD}", place(SHOP));
    let card = app.nobody().get(&path).await.ok();
    assert_eq!(card.header("cache-control"), "public, max-age=60");
    let interfaces = card.body["supportedInterfaces"].as_array().unwrap();
    assert_eq!(interfaces[0]["url"], format!("{}/a2a/{SHOP}", app.url));
    assert_eq!(
        (&interfaces[0]["protocolBinding"], &interfaces[0]["protocolVersion"]),
        (&json!("JSONRPC"), &json!("1.0"))
    );
    let skills = card.body["skills"].as_array().unwrap();
    let cancel = skills.iter().find(|skill| skill["id"] == "cancel_order").unwrap();
    assert!(cancel["examples"].is_null(), "a stranger is told what, and not in which words: {cancel}");
    let again = app.nobody().request(Method::GET, &path).header("if-none-match", card.header("etag"));
    assert_eq!(answer(again, "the same card").await.status, StatusCode::NOT_MODIFIED);
    // This client takes nothing in from outside agents; and of one that is none the same is said.
    for client in [MUTUAL, "no-such"] {
        app.nobody().get(&format!("{}{CARD}", place(client))).await.problem(404);
    }

    let own = outsider(&app, "planner").await;
    let others = [
        token(&app, MUTUAL, "planner", Audience::A2a).await,
        token(&app, SHOP, "desktop", Audience::Mcp).await,
        app.service(SHOP, &[Role::Service]).await,
        app.member("supervisor@baton.example").await,
        app.nobody(),
    ];
    done(&own, "ListTasks", json!({})).await;
    for other in &others {
        let told: Answer = answer(request(other, "ListTasks", &json!({})), "not its own").await;
        told.problem(401);
        assert!(told.header("www-authenticate").starts_with("Bearer"));
    }
    own.get("/api/v1/clients").await.problem(401);
    for (name, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
        let forged = request(&own, "ListTasks", &json!({})).header(name, value);
        assert_eq!(answer(forged, name).await.status, StatusCode::FORBIDDEN);
    }
    let extended = done(&own, "GetExtendedAgentCard", json!({})).await;
    let skills = extended["skills"].as_array().unwrap();
    let cancel = skills.iter().find(|skill| skill["id"] == "cancel_order").unwrap();
    assert!(!cancel["examples"].as_array().unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_a_case_that_asks_back_and_ends_and_belongs_to_its_caller_alone() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (who, other) = (outsider(&app, "planner").await, outsider(&app, "rival").await);
        let before = cases(&app).await;
        let task = say(&who, message("m1", "I want to cancel my order")).await;
        assert_eq!(state(&task), "TASK_STATE_INPUT_REQUIRED", "{name}: {task}");
        assert_eq!(task["status"]["message"]["role"], "ROLE_AGENT");
        assert_eq!(task["artifacts"].as_array().unwrap().len(), 1, "the question: {task}");
        assert_eq!(task["history"][0]["messageId"], "m1");
        // Sent again it is the same message, although it named no context.
        let again = say(&who, message("m1", "I want to cancel my order")).await;
        assert_eq!((&again["id"], &again["contextId"]), (&task["id"], &task["contextId"]));
        assert_eq!(again["history"].as_array().unwrap().len(), 2);
        assert_eq!(cases(&app).await, before + 1);

        // Another caller of the same client sees nothing of it, and reaches nothing.
        let id = json!({"id": task["id"]});
        let not_found = (-32001, "TASK_NOT_FOUND".to_owned());
        for method in ["GetTask", "CancelTask", "SubscribeToTask"] {
            assert_eq!(wrong(&other, method, id.clone()).await, not_found, "{method}");
        }
        assert_eq!(wrong(&other, "SendMessage", in_task("m9", "let me in", &task)).await, not_found);
        assert_eq!(done(&other, "ListTasks", json!({})).await["totalSize"], 0);
        let mut same = message("m9", "tell me a joke");
        same["message"]["contextId"] = task["contextId"].clone();
        assert_ne!(say(&other, same).await["id"], task["id"], "a context is the caller's own, whatever its name");

        // Withdrawn, by whom stands in the ledger; then it takes nothing more, and its context opens the next.
        let withdrawn = done(&who, "CancelTask", id.clone()).await;
        assert_eq!(state(&withdrawn), "TASK_STATE_CANCELED");
        assert_eq!(wrong(&who, "CancelTask", id.clone()).await, (-32002, "TASK_NOT_CANCELABLE".to_owned()));
        let ended = (-32004, "UNSUPPORTED_OPERATION".to_owned());
        assert_eq!(wrong(&who, "SendMessage", in_task("m2", "never mind", &task)).await, ended);
        assert_eq!(wrong(&who, "SubscribeToTask", id.clone()).await, ended);
        let auditor = app.member("ai-lead@baton.example").await;
        let entries = auditor.get(&format!("/api/v1/ledger?client={SHOP}&limit=200")).await.ok();
        for kind in ["case.closed", "message.received"] {
            let entry = entries.items().iter().find(|entry| entry["kind"] == kind).unwrap();
            let actor = entry["actor"]["name"].as_str().unwrap();
            assert!(actor == "token:planner" || actor == "token:rival", "{name}: {entry}");
        }

        // A need that the shop does not serve, in the same conversation; then a goodbye.
        let mut next = message("m3", "tell me a joke about the weather");
        next["message"]["contextId"] = task["contextId"].clone();
        let joke = say(&who, next).await;
        assert_eq!(joke["contextId"], task["contextId"]);
        assert_ne!(joke["id"], task["id"]);
        let bye = say(&who, in_task("m4", "no thanks, that is all", &joke)).await;
        assert_eq!(state(&bye), "TASK_STATE_COMPLETED", "{name}: {bye}");
        let listed = done(&who, "ListTasks", json!({"status": "TASK_STATE_COMPLETED", "historyLength": 1})).await;
        assert_eq!((&listed["totalSize"], &listed["nextPageToken"]), (&json!(1), &json!("")));
        assert_eq!(listed["tasks"][0]["id"], joke["id"]);
        assert!(listed["tasks"][0]["artifacts"].is_null());
        assert_eq!(listed["tasks"][0]["history"].as_array().unwrap().len(), 1);
        // Without a word on how many, no messages are listed, but the one that its status is told with.
        let short = done(&who, "ListTasks", json!({})).await;
        let of_joke = short["tasks"].as_array().unwrap().iter().find(|task| task["id"] == joke["id"]).unwrap();
        assert!(of_joke["history"].is_null(), "{of_joke}");
        assert_eq!(of_joke["status"], done(&who, "GetTask", json!({"id": joke["id"]})).await["status"]);
        let page = done(&who, "ListTasks", json!({"pageSize": 1})).await;
        let rest = done(&who, "ListTasks", json!({"pageSize": 1, "pageToken": page["nextPageToken"]})).await;
        assert_eq!((&page["tasks"][0]["id"], &rest["tasks"][0]["id"]), (&joke["id"], &task["id"]));
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_begins_with_the_task_and_tells_every_reply_until_it_settles() {
    let app = TestApp::start("sqlite", None).await;
    let who = outsider(&app, "planner").await;
    let told = events(request(&who, "SendStreamingMessage", &message("m1", "I want to cancel my order"))).await;
    let results: Vec<&Value> = told.iter().map(|event| &event["result"]).collect();
    let task = &results[0]["task"];
    assert_eq!(state(task), "TASK_STATE_WORKING", "{results:?}");
    assert!(results.iter().any(|result| result["artifactUpdate"]["artifact"]["parts"][0]["text"].is_string()));
    let last = &results.last().unwrap()["statusUpdate"];
    assert_eq!(last["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    assert_eq!((&last["taskId"], &last["contextId"]), (&task["id"], &task["contextId"]));

    // Two listen; both hear the end, in the same order, by either binding.
    let id = json!({"id": task["id"]});
    let by_rpc = tokio::spawn(events(request(&who, "SubscribeToTask", &id)));
    let path = format!("{}/tasks/{}:subscribe", place(SHOP), task["id"].as_str().unwrap());
    let by_http = tokio::spawn(events(who.request(Method::POST, &path).header("a2a-version", "1.0")));
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    done(&who, "CancelTask", id).await;
    let (by_rpc, by_http) = (by_rpc.await.unwrap(), by_http.await.unwrap());
    let by_rpc: Vec<Value> = by_rpc.into_iter().map(|event| event["result"].clone()).collect();
    assert_eq!(by_rpc, by_http);
    assert_eq!(by_rpc[0]["task"]["id"], task["id"]);
    assert_eq!(by_rpc.last().unwrap()["statusUpdate"]["status"]["state"], "TASK_STATE_CANCELED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_follows_so_many_tasks_at_once_and_only_as_long_as_the_token_holds() {
    const AT_ONCE: usize = 32;
    let app = TestApp::start("sqlite", None).await;
    let (who, token) = passing(&app, "planner").await;
    let task = say(&who, message("m1", "I want to cancel my order")).await;
    let id = json!({"id": task["id"]});
    let mut open = Vec::new();
    for _ in 0..AT_ONCE {
        let response = request(&who, "SubscribeToTask", &id).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        open.push(response);
    }
    let later = (-32051, "TRY_AGAIN".to_owned());
    assert_eq!(wrong(&who, "SubscribeToTask", id.clone()).await, later);
    assert_eq!(wrong(&who, "SendMessage", message("m2", "tell me a joke")).await, later);
    // What needs no waiting goes on, and so does everybody else.
    done(&who, "GetTask", id.clone()).await;
    let mut at_once = message("m2", "tell me a joke");
    at_once["configuration"] = json!({"returnImmediately": true});
    done(&who, "SendMessage", at_once).await;
    say(&outsider(&app, "rival").await, message("m1", "tell me a joke")).await;

    // A token that is revoked hears no more.
    let last = open.pop().unwrap();
    drop(open);
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    app.house.db.write(move |tx| tokens::revoke(tx, &ctx, &token)).await.unwrap();
    let heard = tokio::time::timeout(std::time::Duration::from_secs(30), last.text()).await;
    assert!(heard.expect("the stream ends").unwrap().contains("TASK_STATE_INPUT_REQUIRED"));
    // The caller goes on with another token.
    let again = outsider(&app, "planner").await;
    assert_eq!(state(&done(&again, "GetTask", id).await), "TASK_STATE_INPUT_REQUIRED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_bindings_say_the_same_and_refuse_the_same() {
    let app = TestApp::start("sqlite", None).await;
    let who = outsider(&app, "planner").await;
    let http = |method: Method, path: &str| {
        who.request(method, &format!("{}/{path}", place(SHOP))).header("a2a-version", "1.0")
    };
    let sent = answer(http(Method::POST, "message:send").json(&message("m1", "tell me a joke")), "send").await.ok();
    assert_eq!(sent.header("content-type"), "application/a2a+json");
    let task = &sent.body["task"];
    let id = task["id"].as_str().unwrap();
    let got = answer(http(Method::GET, &format!("tasks/{id}?historyLength=0")), "get").await.ok();
    assert!(got.body["history"].is_null());
    let whole = answer(http(Method::GET, &format!("tasks/{id}")), "get").await.ok();
    assert_eq!(whole.body, done(&who, "GetTask", json!({"id": id})).await);
    let listed = answer(http(Method::GET, "tasks?pageSize=5&includeArtifacts=true"), "list").await.ok();
    assert_eq!(listed.body, done(&who, "ListTasks", json!({"pageSize": 5, "includeArtifacts": true})).await);
    let other_form = answer(http(Method::GET, "tasks?page_size=5&include_artifacts=true"), "list").await.ok();
    assert_eq!(other_form.body, listed.body);
    let got = answer(http(Method::GET, &format!("tasks/{id}?history_length=0")), "get").await.ok();
    assert!(got.body["history"].is_null());

    let configs = format!("tasks/{id}/pushNotificationConfigs");
    for (path, status, reason) in
        [("tasks/case_none", 404, "TASK_NOT_FOUND"), (configs.as_str(), 400, "PUSH_NOTIFICATION_NOT_SUPPORTED")]
    {
        let no = answer(http(Method::GET, path), path).await;
        assert_eq!(no.status.as_u16(), status, "{}", no.text);
        let detail = &no.body["error"]["details"][0];
        assert_eq!((&detail["reason"], &detail["domain"]), (&json!(reason), &json!("a2a-protocol.org")));
    }
    let file =
        json!({"message": {"messageId": "m2", "role": "ROLE_USER", "parts": [{"url": "https://x.example/a.pdf"}]}});
    assert_eq!(wrong(&who, "SendMessage", file).await.0, -32005);
    assert_eq!(wrong(&who, "SendMessage", json!({"message": {}})).await.0, -32602);
    assert_eq!(wrong(&who, "GetTask", json!({"id": id, "historyLength": -1})).await.0, -32602);
    assert_eq!(
        wrong(&who, "CreateTaskPushNotificationConfig", json!({"taskId": id, "url": "https://x"})).await.0,
        -32003
    );
    assert_eq!(wrong(&who, "message/send", message("m3", "old")).await.0, -32601);
    let mut other = in_task("m4", "hello", task);
    other["message"]["contextId"] = json!("another");
    assert_eq!(wrong(&who, "SendMessage", other).await.0, -32602);
    // Without a version 0.3 is meant, which is not served.
    for version in ["", "0.3", "99.0"] {
        let mut asked = who.request(Method::POST, &place(SHOP));
        if !version.is_empty() {
            asked = asked.header("a2a-version", version);
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "ListTasks"});
        let told = answer(asked.json(&body), "a version").await.ok();
        assert_eq!(told.body["error"]["code"], -32009, "{version}");
    }
    let deep = who.request(Method::POST, &place(SHOP)).header("a2a-version", "1.0").body("[".repeat(100));
    assert_eq!(answer(deep, "deep").await.body["error"]["code"], -32600);
    app.stop().await;
}
