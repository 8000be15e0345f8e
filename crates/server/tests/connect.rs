//! Connected systems over HTTP: what stands there, who may look and act, what systems may send by themselves.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{MUTUAL, SHOP, TestApp};
use crate::mcp::token_text;
use aws_lc_rs::hmac;
use baton_base::{Bundle, ClientId, ReleaseId};
use baton_govern::{Role, vault};
use baton_tools::webhook::Webhooks;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_are_seen_by_those_who_may_and_tested_by_those_who_connect() {
    let app = TestApp::start("sqlite", None).await;
    let connects = app.new_member("connects@baton.example", SHOP, &[Role::Integrator]).await;
    let reads = app.new_member("reads@baton.example", SHOP, &[Role::Auditor]).await;
    let neighbour = app.new_member("next@baton.example", MUTUAL, &[Role::AiLead]).await;
    let list = format!("/api/v1/clients/{SHOP}/connectors");
    let rows = reads.get(&list).await.ok();
    let row = rows.items()[0].clone();
    let name = row["name"].as_str().unwrap().to_owned();
    assert!(["unused", "healthy", "signed_out"].contains(&row["health"].as_str().unwrap()), "{row}");
    assert!(row["actions"].as_i64().unwrap() > 3 && row["breaker"]["state"] == "closed", "{row}");
    let shown = reads.get(&format!("{list}/{name}")).await.ok().body;
    assert!(shown["items"][0]["does"].is_string() && shown["items"][0]["schema"].is_object(), "{shown}");
    neighbour.get(&list).await.problem(404);
    reads.get(&format!("{list}/nothing")).await.problem(404);

    let inventory = reads.get("/api/v1/connectors").await.ok();
    assert!(inventory.items().iter().all(|row| row["client"] == SHOP), "{}", inventory.text);
    assert!(inventory.body["encoder"].is_null(), "{}", inventory.text);

    let test = format!("{list}/{name}/test");
    reads.post(&test, &json!({})).await.problem(403);
    assert!(connects.post(&test, &json!({})).await.ok().body["tests"].is_array());
    connects.post(&format!("{list}/{name}/sign-in"), &json!({"origin": "https://baton.example"})).await.problem(400);

    let text =
        r#"{"openapi":"3.1.0","info":{"title":"Acme","version":"1"},"paths":{"/a":{"get":{}},"/b":{"post":{}}}}"#;
    let import = format!("{list}/import");
    reads.post(&import, &json!({"text": text})).await.problem(403);
    let pick = json!({"text": text, "name": "acme", "operations": [{"operation": "POST /b", "name": "make_b", "risk": "high"}]});
    let done = connects.post(&import, &pick).await.ok().body;
    assert_eq!((&done["report"]["found"], &done["report"]["imported"]), (&json!(2), &json!(1)));
    assert!(done["files"]["connectors/acme.yaml"].as_str().unwrap().contains("- name: make_b"), "{done}");
    connects.post(&import, &json!({"text": "no description"})).await.problem(400);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_is_connected_with_a_secret_that_nobody_sees_again_and_tried_through_the_door() {
    let app = TestApp::start("sqlite", None).await;
    let connects = app.new_member("connects@baton.example", SHOP, &[Role::Integrator]).await;
    let reads = app.new_member("reads@baton.example", SHOP, &[Role::Auditor]).await;
    let admin = app.new_member("admin@shop.example", SHOP, &[Role::Admin]).await;
    let list = format!("/api/v1/clients/{SHOP}/connectors");
    // How Baton signs in stands in the file; what with does not.
    let text = r#"{"openapi":"3.1.0","info":{"title":"Acme","version":"1"},"paths":{"/a":{"get":{}}}}"#;
    let import = async |auth: Value| {
        connects.post(&format!("{list}/import"), &json!({"text": text, "name": "acme", "auth": auth})).await
    };
    let done = import(json!({"kind": "api_key", "in": "header", "name": "x-key"})).await.ok().body;
    assert_eq!(done["report"]["auth"]["setting"], "acme.key", "{done}");
    let file = done["files"]["connectors/acme.yaml"].as_str().unwrap();
    assert!(file.contains("  kind: api_key\n") && file.contains("  setting: acme.key\n"), "{file}");
    let code =
        json!({"kind": "oauth2_code", "token_url": "https://a.example/t", "authorize_url": "https://a.example/a"});
    let done = import(code).await.ok().body;
    assert_eq!(done["report"]["auth"]["client"], "acme.client", "{done}");
    assert!(import(json!({"kind": "none"})).await.ok().body["report"]["auth"].is_null());
    let problem = import(json!({"kind": "oauth2_client"})).await;
    assert!(problem.problem(400).text.contains("token_url"), "{}", problem.text);

    let secret = format!("/api/v1/clients/{SHOP}/connector-secrets");
    let keep = |setting: &str, value: &str| json!({"connector": "acme", "setting": setting, "value": value});
    reads.put(&secret, &keep("acme.key", "s3cret")).await.problem(403);
    connects.put(&secret, &keep("acme.key", "s3cret")).await.ok();
    connects.put(&secret, &keep("acme.key", "s3cret-2")).await.ok();
    // What is kept for something else is taken over by no connector.
    let client = ClientId::known(SHOP);
    let of = client.clone();
    app.house.db.write(move |tx| vault::set(tx, &of, "acme.hook", "signs")).await.unwrap();
    connects.put(&secret, &keep("acme.hook", "other")).await.problem(409);
    connects.put(&secret, &keep("mail.password", "other")).await.problem(400);
    let kept = app.house.db.read(move |tx| vault::get(tx, &client, "acme.key")).await.unwrap();
    assert_eq!(kept.as_deref(), Some("s3cret-2"));
    let entries = reads.get(&format!("/api/v1/ledger?client={SHOP}&limit=200")).await.ok();
    assert!(entries.text.contains("connector.secret_set") && !entries.text.contains("s3cret"), "{}", entries.text);

    let place = format!("{list}/shop/try");
    let tries = |action: &str, args: Value| json!({"action": action, "args": args});
    let done = connects.post(&place, &tries("list_all_product_types", json!({}))).await.ok().body;
    assert!(done["outcome"] == "done" && !done["result"].is_null() && done["effect"].is_string(), "{done}");
    // A call about a customer has none here: the policy says so, in its words.
    let told = connects.post(&place, &tries("get_order_details", json!({"order_id": "#W0000000"}))).await.ok().body;
    assert!(told["outcome"] == "refused" && !told["words"].as_str().unwrap().is_empty(), "{told}");
    connects.post(&place, &tries("get_order_details", json!({"order": 1}))).await.problem(400);
    let write = tries("cancel_pending_order", json!({"order_id": "#W0000000", "reason": "no longer needed"}));
    connects.post(&place, &write).await.problem(400);
    connects.post(&place, &tries("create_payment", json!({}))).await.problem(404);
    // Who may not read effects sees no answer of a system.
    admin.post(&place, &tries("list_all_product_types", json!({}))).await.problem(403);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_mcp_server_is_imported_by_its_address_and_one_inside_by_admins_alone() {
    let app = TestApp::start("sqlite", None).await;
    let connects = app.new_member("connects@baton.example", SHOP, &[Role::Integrator]).await;
    let reads = app.new_member("reads@baton.example", SHOP, &[Role::Auditor]).await;
    let admin = app.new_member("admin@shop.example", SHOP, &[Role::Admin]).await;
    // Baton's own server is one like any other.
    let (url, token) = (format!("{}/mcp/{SHOP}", app.url), token_text(&app, SHOP, Some("concierge")).await);
    let import = format!("/api/v1/clients/{SHOP}/connectors/import-tools");
    let asked = |more: Value| {
        let mut body = json!({"url": url, "name": "own", "token": token});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    reads.post(&import, &asked(json!({}))).await.problem(403);
    connects.post(&import, &asked(json!({"url": "own"}))).await.problem(400);
    let keyed = admin.post(&import, &asked(json!({"url": format!("{url}?key=s3cret"), "inside": true}))).await;
    assert!(keyed.problem(400).text.contains("into the vault") && !keyed.text.contains("s3cret"), "{}", keyed.text);
    let told = connects.post(&import, &asked(json!({}))).await;
    assert!(told.problem(400).text.contains("lies inside"), "{}", told.text);
    connects.post(&import, &asked(json!({"inside": true}))).await.problem(403);
    let pick = json!({"operation": "get_order_details", "name": "look_at_order", "title": "Look at an order"});
    let done = admin.post(&import, &asked(json!({"inside": true, "operations": [pick]}))).await.ok().body;
    assert_eq!((&done["report"]["imported"], &done["report"]["auth"]["setting"]), (&json!(1), &json!("own.token")));
    let file = done["files"]["connectors/own.yaml"].as_str().unwrap();
    assert!(file.contains("- name: look_at_order") && file.contains("tool: get_order_details"), "{file}");
    assert!(!done.to_string().contains(&token), "the token stands in no file");
    let stranger = admin.post(&import, &asked(json!({"inside": true, "token": ""}))).await;
    assert!(stranger.problem(400).text.contains("401"), "{}", stranger.text);
    app.stop().await;
}

const HOOKS: &str =
    "signature: { scheme: standard-webhooks, setting: acme.hook }\nevent: { type: com.acme., type_from: /type }\n";
const FORM: &str = "signature: { scheme: hmac-sha256, setting: acme.hook, header: x-sig }\nid: /id\n\
                    case: { address: /mail, text: /note }\n";

async fn with_hooks(app: &TestApp) {
    let files =
        [("webhooks/acme.yaml".to_owned(), HOOKS.to_owned()), ("webhooks/form.yaml".to_owned(), FORM.to_owned())];
    let bundle = Bundle { files: files.into(), ..Bundle::default() };
    let client = ClientId::known(SHOP);
    let hooks = Webhooks::load(&bundle).unwrap_or_else(|found| panic!("{found:#?}"));
    app.house.parts.webhooks.put_live(&client, &ReleaseId::known("rel_test"), Arc::new(hooks));
    app.house.db.write(move |tx| vault::set(tx, &client, "acme.hook", "key")).await.unwrap();
}

fn tag(text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"key"), text.as_bytes()).as_ref().to_vec()
}

async fn send(app: &TestApp, name: &str, headers: &[(&str, String)], body: String) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.post(format!("{}/hooks/{SHOP}/{name}", app.url)).body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_deliveries_become_events_and_cases_once() {
    let app = TestApp::start("sqlite", None).await;
    with_hooks(&app).await;
    let now_s = app.house.env.now_ms() / 1_000;
    let body = r#"{"type":"order.paid","order":7}"#.to_owned();
    let signed = |at: i64, body: &str| {
        vec![
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", format!("v1,{}", base64_of(&tag(&format!("msg_1.{at}.{body}"))))),
        ]
    };
    let (status, said) = send(&app, "acme", &signed(now_s, &body), body.clone()).await;
    assert_eq!((status, &said), (202, &json!({"id": "msg_1", "new": true})));
    assert_eq!(send(&app, "acme", &signed(now_s, &body), body.clone()).await.0, 200);
    assert_eq!(send(&app, "acme", &signed(now_s - 1_000, &body), body.clone()).await.0, 401);
    assert_eq!(send(&app, "acme", &signed(now_s, &body), "{}".to_owned()).await.0, 401);
    assert_eq!(send(&app, "acme", &[], body.clone()).await.0, 401);
    assert_eq!(send(&app, "other", &signed(now_s, &body), body.clone()).await.0, 404);
    assert_eq!(send(&app, "acme", &signed(now_s, &body), "x".repeat(2 << 20)).await.0, 413);
    let client = ClientId::known(SHOP);
    let sql = "SELECT subject FROM ledger WHERE client_id = $1 AND kind = 'event.received'";
    let seen = app.house.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| r.text(0))).await.unwrap();
    assert_eq!(seen, ["com.acme.order.paid"]);

    let form = r#"{"id":"f-1","mail":"pat@example.com","note":"Where is my order?"}"#.to_owned();
    let hex: String = tag(&form).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(send(&app, "form", &[("x-sig", hex.clone())], form.clone()).await.0, 202);
    assert_eq!(send(&app, "form", &[("x-sig", hex)], form).await.0, 200);
    let client = ClientId::known(SHOP);
    let sql = "SELECT case_id FROM case_file WHERE client_id = $1";
    let cases = app.house.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| r.text(0))).await.unwrap();
    let supervisor = app.member("supervisor@baton.example").await;
    let mut cases_of_it = 0;
    for case in cases {
        let shown = supervisor.get(&format!("/api/v1/clients/{SHOP}/cases/{case}/timeline")).await.ok();
        cases_of_it += usize::from(shown.text.contains("Where is my order?"));
    }
    assert_eq!(cases_of_it, 1);
    app.stop().await;
}

/// RFC 4648, section 4.
fn base64_of(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[((word >> (18 - 6 * at)) & 63) as usize];
            out.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
