//! The MCP server of a client, as an MCP client sees it: who gets in, what is offered, and how the door answers.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Caller, MUTUAL, SHOP, TestApp, answer};
use baton_base::{AgentName, CaseId, ClientId, MessageId, digest_of};
use baton_cases::Patch;
use baton_govern::tokens::{Audience, Wanted};
use baton_govern::{Ctx, Level, Role, autonomy, consent, tokens};
use baton_tools::mcp::{Revision, Server, tools, try_tool};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OLD: &str = "2025-11-25";
const NEW: &str = "2026-07-28";
const CANCEL: &str = "cancel_pending_order";

/// A token for a client's MCP server, of an agent or of a service account.
async fn token(app: &TestApp, client: &str, agent: Option<&'static str>) -> Caller {
    app.bearer(&token_text(app, client, agent).await)
}

pub async fn token_text(app: &TestApp, client: &str, agent: Option<&'static str>) -> String {
    let ctx = app.house.system(&ClientId::known(client), "test");
    let wanted = Wanted {
        // A token's name is who calls: two of one name are one caller, so that a token can be replaced.
        name: if agent.is_some() { "desktop" } else { "somebody" }.to_owned(),
        roles: vec![Role::Service],
        audience: Audience::Mcp,
        agent: agent.map(AgentName::known),
        ..Wanted::default()
    };
    app.house.db.write(move |tx| tokens::make(tx, &ctx, &wanted)).await.unwrap().token
}

fn place(client: &str) -> String {
    format!("/mcp/{client}")
}

/// One request of the protocol; `tasks` says that the client can wait for tasks.
fn request(who: &Caller, client: &str, version: &str, method: &str, mut params: Value) -> reqwest::RequestBuilder {
    let mut request = who
        .request(Method::POST, &place(client))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", version);
    if version == NEW {
        request = request.header("mcp-method", method);
        if let Some(name) = params.get("name").or_else(|| params.get("uri")).or_else(|| params.get("taskId")) {
            request = request.header("mcp-name", name.as_str().unwrap());
        }
        let meta = &mut params["_meta"];
        meta["io.modelcontextprotocol/protocolVersion"] = json!(version);
        meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "test", "version": "1"});
        let tasks = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
        meta["io.modelcontextprotocol/clientCapabilities"] = tasks;
    }
    request.json(&json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
}

async fn ask(who: &Caller, version: &str, method: &str, params: Value) -> Value {
    let sent = request(who, SHOP, version, method, params);
    let answer = answer(sent, method).await.ok();
    assert_eq!(answer.header("content-type"), "application/json", "{}", answer.text);
    answer.body
}

async fn call(who: &Caller, version: &str, tool: &str, args: Value, case: Option<&CaseId>) -> Value {
    let meta = case.map_or(json!({}), |case| json!({"baton/case": case}));
    let body = ask(who, version, "tools/call", json!({"name": tool, "arguments": args, "_meta": meta})).await;
    assert!(body["error"].is_null(), "{body}");
    body["result"].clone()
}

fn outcome(result: &Value) -> (&str, &str) {
    assert_eq!(result["isError"], true, "{result}");
    let data = &result["structuredContent"];
    (data["outcome"].as_str().unwrap(), data["policies"][0].as_str().unwrap_or_default())
}

/// A case whose customer is known and has a pending order; the order's id.
async fn case_with_order(app: &TestApp) -> (CaseId, String) {
    let state = app.system(&app.systems.addresses.shop, "/_state/all").await;
    let orders = state["orders"].as_object().unwrap();
    let (id, order) = orders.iter().find(|(_, order)| order["status"] == "pending").unwrap();
    let service = app.service(SHOP, &[Role::Service]).await;
    let new = json!({"channel": "api", "external_id": "mail-1", "customer": {"address": "pat@example.com"},
        "text": "hello", "data": {}});
    let case = service.post(&format!("/api/v1/clients/{SHOP}/cases"), &new).await.ok().id();
    let (case, ctx) = (CaseId::known(case), app.house.system(&ClientId::known(SHOP), "test"));
    let identity = json!({"how": "email", "user_id": order["user_id"], "orders": [id]});
    let (of, patch) = (case.clone(), Patch { identity: Some(identity), ..Patch::default() });
    app.house.db.write(move |tx| baton_cases::record(tx, &ctx, &of, patch.clone())).await.unwrap();
    (case, id.clone())
}

/// The customer says yes to exactly this.
async fn consented(app: &TestApp, case: &CaseId, args: &Value) {
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let (case, digest) = (case.clone(), digest_of(args));
    let write =
        move |tx: &mut baton_db::Tx| consent::record(tx, &ctx, &case, CANCEL, &digest, &MessageId::known("msg_1"));
    app.house.db.write(write).await.unwrap();
}

async fn ledger(app: &TestApp) -> Vec<Value> {
    let auditor = app.member("ai-lead@baton.example").await;
    let page = auditor.get(&format!("/api/v1/ledger?client={SHOP}&limit=200")).await.ok();
    page.items().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_the_one_server_it_was_made_for() {
    let app = TestApp::start("sqlite", None).await;
    let shop = token(&app, SHOP, None).await;
    let mutual = token(&app, MUTUAL, None).await;
    let api = app.service(SHOP, &[Role::Service]).await;
    let list = |who: &Caller, client: &str| request(who, client, OLD, "tools/list", json!({}));
    answer(list(&shop, SHOP), "its own").await.ok();
    // Stolen, guessed, of another client, of another audience: the same answer, which says where to read more.
    for (who, client) in [(&mutual, SHOP), (&shop, MUTUAL), (&api, SHOP), (&app.nobody(), SHOP), (&shop, "no-such")] {
        let told = answer(list(who, client), "not its own").await;
        told.problem(401);
        let challenge = told.header("www-authenticate").to_owned();
        assert!(challenge.contains(&format!("/.well-known/oauth-protected-resource/mcp/{client}")), "{challenge}");
    }
    shop.get("/api/v1/clients").await.problem(401);
    let described = app.nobody().get(&format!("/.well-known/oauth-protected-resource/mcp/{SHOP}")).await.ok();
    assert_eq!(described.body["resource"], format!("{}/mcp/{SHOP}", app.url));

    // A member's cookie opens nothing here, whatever page sends it.
    let member = app.member("supervisor@baton.example").await;
    answer(list(&member, SHOP), "a cookie").await.problem(401);
    let mut forged = list(&shop, SHOP).header("origin", "https://evil.example");
    assert_eq!(answer(forged, "another origin").await.status, StatusCode::FORBIDDEN);
    forged = list(&shop, SHOP).header("host", "evil.example");
    assert_eq!(answer(forged, "another host").await.status, StatusCode::FORBIDDEN);
    let deep = shop.request(Method::POST, &place(SHOP)).body("[".repeat(100));
    assert_eq!(answer(deep, "deep").await.status, StatusCode::BAD_REQUEST);
    let large = shop.request(Method::POST, &place(SHOP)).body(vec![b' '; 2 * 1024 * 1024]);
    answer(large, "large").await.problem(413);
    // An agent that the live release does not have acts for nobody.
    let ghost = token(&app, SHOP, Some("ghost")).await;
    answer(list(&ghost, SHOP), "a ghost").await.problem(403);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_are_the_actions_that_this_caller_could_be_let_through_to() {
    let app = TestApp::start("sqlite", None).await;
    let who = token(&app, SHOP, Some("concierge")).await;
    for version in [OLD, NEW] {
        let tools = ask(&who, version, "tools/list", json!({})).await["result"]["tools"].clone();
        let named = |name: &str| tools.as_array().unwrap().iter().find(|tool| tool["name"] == name).cloned().unwrap();
        let cancel = named(CANCEL);
        assert_eq!(cancel["annotations"]["readOnlyHint"], false);
        assert_eq!(cancel["annotations"]["destructiveHint"], true);
        assert_eq!(cancel["annotations"]["idempotentHint"], true);
        assert_eq!(cancel["inputSchema"]["required"], json!(["order_id", "reason"]));
        assert_eq!(named("get_order_details")["annotations"]["readOnlyHint"], true);
    }
    let articles = ask(&who, NEW, "resources/list", json!({})).await["result"]["resources"].clone();
    let uri = articles[0]["uri"].as_str().unwrap().to_owned();
    assert!(uri.starts_with(&format!("baton://{SHOP}/articles/")), "{uri}");
    let read = ask(&who, NEW, "resources/read", json!({"uri": uri})).await["result"].clone();
    assert!(read["contents"][0]["text"].as_str().unwrap().starts_with("# "), "{read}");
    let prompts = ask(&who, OLD, "prompts/list", json!({})).await["result"]["prompts"].clone();
    assert!(!prompts.as_array().unwrap().is_empty());
    app.stop().await;
}

/// Baton's own client at Baton's own server, as one Baton's connector is at another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batons_own_client_lists_and_calls_in_every_revision_and_in_the_newest_by_itself() {
    let app = TestApp::start("sqlite", None).await;
    let url: reqwest::Url = format!("{}{}", app.url, place(SHOP)).parse().unwrap();
    let bearer = format!("Bearer {}", token_text(&app, SHOP, Some("concierge")).await);
    let credential = || Some(("authorization".to_owned(), bearer.clone()));
    let time = std::time::Duration::from_secs(20);
    let mut lists = Vec::new();
    for revision in [None, Revision::named(NEW), Revision::named(OLD)] {
        let server = Server::Http(url.clone());
        lists.push(tools(&server, revision, credential(), time).await.unwrap());
        let args = json!({"order_id": "#W1", "reason": "no longer needed"});
        let told = try_tool(&url, revision, credential(), time, CANCEL, &args).await.unwrap();
        assert_eq!(outcome(&told), ("refused", "door:case"), "{revision:?}");
    }
    assert!(lists[0].iter().any(|tool| tool.name == CANCEL));
    assert!(lists.iter().all(|list| *list == lists[0]), "the same tools, whatever is spoken");
    let strange = try_tool(&url, None, credential(), time, "format_disk", &json!({})).await.unwrap_err();
    assert!(strange.contains("Unknown tool"), "{strange}");
    let stranger = tools(&Server::Http(url), None, None, time).await.unwrap_err();
    assert!(stranger.contains("401"), "{stranger}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_call_through_the_door_with_its_words() {
    let app = TestApp::start("sqlite", None).await;
    let who = token(&app, SHOP, Some("concierge")).await;
    let (case, order) = case_with_order(&app).await;
    for version in [OLD, NEW] {
        let read = call(&who, version, "get_order_details", json!({"order_id": order}), Some(&case)).await;
        assert_eq!(read["structuredContent"]["status"], "pending", "{read}");
        assert_eq!(read["_meta"]["baton/untrusted"], true);
        assert_eq!(read["isError"], false);
    }
    let args = json!({"order_id": order, "reason": "no longer needed"});
    let nobody = call(&who, OLD, CANCEL, args.clone(), None).await;
    assert_eq!(outcome(&nobody), ("refused", "door:case"));
    let unasked = call(&who, OLD, CANCEL, args.clone(), Some(&case)).await;
    assert_eq!(outcome(&unasked), ("refused", "customer-confirms"));
    let words = unasked["content"][0]["text"].as_str().unwrap();
    assert!(words.contains("the customer has not said yes"), "{words}");
    let wrong = call(&who, OLD, CANCEL, json!({"order_id": 7}), Some(&case)).await;
    assert_eq!(outcome(&wrong).0, "invalid");
    let stranger = call(&who, OLD, CANCEL, args.clone(), Some(&CaseId::known("case_of_others"))).await;
    assert_eq!(outcome(&stranger).0, "invalid");
    let keyed = json!({"name": CANCEL, "arguments": args, "_meta": {"baton/case": case, "baton/key": "a\u{0}"}});
    let keyed = ask(&who, OLD, "tools/call", keyed).await["result"].clone();
    assert_eq!(outcome(&keyed).0, "invalid", "{keyed}");
    // A case is no argument: the schema has none.
    let smuggled = json!({"order_id": order, "reason": "no longer needed", "case": case});
    assert_eq!(outcome(&call(&who, OLD, CANCEL, smuggled, Some(&case)).await).0, "invalid");
    let unknown = ask(&who, OLD, "tools/call", json!({"name": "format_disk", "arguments": {}})).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");

    consented(&app, &case, &args).await;
    let done = call(&who, NEW, CANCEL, args.clone(), Some(&case)).await;
    assert_eq!(done["structuredContent"]["status"], "cancelled", "{done}");
    // Sent again it is the same call: nothing is done twice.
    let again = call(&who, NEW, CANCEL, args, Some(&case)).await;
    assert_eq!(again["_meta"]["baton/effect"], done["_meta"]["baton/effect"]);
    let finished: Vec<_> = ledger(&app).await.into_iter().filter(|e| e["kind"] == "action.finished").collect();
    let entry = finished.iter().find(|e| e["data"]["action"] == CANCEL).unwrap();
    assert_eq!(entry["case"], json!(case));
    assert_eq!(entry["actor"]["name"], "concierge");
    assert!(entry["on_behalf_of"].is_string(), "{entry}");
    assert_eq!(entry["data"]["via"], "mcp:token:desktop");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_approves_is_a_task_or_waits_for_the_same_call() {
    let app = TestApp::start("sqlite", None).await;
    let who = token(&app, SHOP, Some("concierge")).await;
    let (case, order) = case_with_order(&app).await;
    let args = json!({"order_id": order, "reason": "no longer needed"});
    consented(&app, &case, &args).await;
    let lead = app.house.system(&ClientId::known(SHOP), "test");
    let level = move |tx: &mut baton_db::Tx| autonomy::set(tx, &lead, "*", CANCEL, Level::ActWithApproval, "a trial");
    app.house.db.write(level).await.unwrap();

    // A client without tasks reads whom it waits for; one with tasks gets a task; nobody is asked twice.
    let told = call(&who, OLD, CANCEL, args.clone(), Some(&case)).await;
    assert_eq!(outcome(&told).0, "approval");
    let item = told["_meta"]["baton/workItem"].as_str().unwrap().to_owned();
    assert!(told["content"][0]["text"].as_str().unwrap().contains(&item));
    let task = call(&who, NEW, CANCEL, args.clone(), Some(&case)).await;
    assert_eq!((task["resultType"].as_str(), task["taskId"].as_str()), (Some("task"), Some(item.as_str())), "{task}");
    let get = async |who: &Caller| ask(who, NEW, "tasks/get", json!({"taskId": item})).await;
    assert_eq!(get(&who).await["result"]["status"], "working");
    // It is nobody else's task.
    let other = token(&app, SHOP, None).await;
    let foreign = request(&other, SHOP, NEW, "tasks/get", json!({"taskId": item}));
    let foreign = answer(foreign, "a task of another").await;
    assert!(foreign.text.contains("Unknown task"), "{}", foreign.text);

    approve(&app, &item).await;
    let done = get(&who).await["result"].clone();
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["result"]["structuredContent"]["status"], "cancelled", "{done}");
    let again = call(&who, OLD, CANCEL, args, Some(&case)).await;
    assert_eq!(again["_meta"]["baton/effect"], done["result"]["_meta"]["baton/effect"], "{again}");
    app.stop().await;
}

/// A supervisor takes the work item and says yes.
async fn approve(app: &TestApp, item: &str) {
    let (house, item) = (std::sync::Arc::clone(&app.house), baton_base::WorkItemId::known(item));
    let ctx = Ctx::member(&house.env, &ClientId::known(SHOP), &supervisor(app).await, &[Role::Supervisor]);
    let write = move |tx: &mut baton_db::Tx| {
        let state = baton_desk::get(tx, &ctx, &item)?.state;
        if state == baton_desk::State::Waiting {
            baton_desk::claim(tx, &ctx, &item)?;
        }
        let decision = baton_desk::Decision { decision: "approve".to_owned(), ..baton_desk::Decision::default() };
        baton_desk::complete(tx, &ctx, &item, &decision).map(|_| ())
    };
    house.db.write(write).await.unwrap();
}

async fn supervisor(app: &TestApp) -> baton_base::MemberId {
    let boss = app.member("supervisor@baton.example").await;
    let id = boss.get("/api/v1/session").await.ok().body["member"]["id"].as_str().unwrap().to_owned();
    baton_base::MemberId::known(id)
}
