//! Two conversations become one case, and one case becomes two, through the API; the customers see what is theirs.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::{Answer, Caller, SHOP, TestApp, answer, databases};
use baton_govern::Role;
use baton_server::case_file;
use reqwest::Method;
use serde_json::{Value, json};

fn of(case: &str) -> String {
    format!("/api/v1/clients/{SHOP}/cases/{case}")
}

async fn opened(app: &TestApp) -> Chat {
    let mut chat = Chat::open(app).await;
    chat.say("Hello, I have a question about my order.").await;
    chat.answer().await;
    chat
}

/// What a chat's page shows, without who said it.
async fn shown(chat: &Chat) -> Vec<String> {
    chat.messages().await.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

/// Waits until no process goes on in a case.
async fn runs_ended(caller: &Caller, case: &str) {
    let ended = |run: &Value| ["completed", "cancelled", "faulted"].contains(&run["status"].as_str().unwrap());
    let runs = format!("/api/v1/runs?client={SHOP}&case={case}");
    caller.until(&runs, |page| page["items"].as_array().unwrap().iter().all(ended)).await;
}

async fn reply(agent: &Caller, case: &str, text: &str) {
    agent.post(&format!("{}/messages", of(case)), &json!({ "text": text })).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_to_a_merged_conversation_reaches_the_other_case_and_is_answered_from_there() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut first = opened(&app).await;
        let mut second = opened(&app).await;
        let agent = app.member("agent@baton.example").await;
        let (kept, gone) = (first.case.clone(), second.case.clone());
        agent.post(&format!("{}/take", of(&kept)), &json!({})).await.ok();
        first.say("I am the first customer.").await;
        let merge = format!("{}/merge", of(&gone));
        agent.post(&merge, &json!({ "into": kept })).await.problem(409);
        agent.post(&merge, &json!({"into": gone, "other_customer": true})).await.problem(400);
        agent.post(&merge, &json!({"into": "case_of_nobody", "other_customer": true})).await.problem(404);
        let merged =
            agent.post(&merge, &json!({"into": kept, "other_customer": true, "reason": "one person"})).await.ok();
        assert_eq!(merged.body["merged"]["state"], "closed", "{name}");

        second.news().await;
        let sent = second.say("Are you still there?").await;
        assert_eq!(sent["case"], json!(kept), "{name}");
        reply(&agent, &kept, "Yes, we are.").await;
        assert_eq!(second.answer().await, ["Yes, we are."], "{name}");
        let there = shown(&second).await.join("\n");
        assert!(there.contains("about my order") && there.contains("Are you still there?"), "{name}: {there}");
        assert!(!there.contains("I am the first"), "{name}: {there}");
        let here = shown(&first).await.join("\n");
        assert!(here.contains("Yes, we are.") && !here.contains("Are you still there?"), "{name}: {here}");

        let closed = agent.get(&of(&gone)).await.ok().body;
        assert_eq!(closed["links"]["merged_into"]["case"], json!(kept), "{name}");
        assert!(closed["links"]["kept"].is_string(), "{name}: it says why it cannot be undone");
        agent.post(&format!("{}/unmerge", of(&gone)), &json!({})).await.problem(409);
        let whole = agent.get(&of(&kept)).await.ok().body;
        assert_eq!(whole["links"]["merged"][0]["case"], json!(gone), "{name}");
        let timeline = agent.get(&format!("{}/timeline", of(&kept))).await.ok();
        let theirs = timeline.items().iter().filter(|item| item["from"]["case"] == json!(gone)).count();
        assert!(theirs >= 3, "{name}: its messages and what happened: {}", timeline.text);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_holds_and_proves_what_was_merged_and_each_customer_is_exported_and_erased_by_themselves() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut first = opened(&app).await;
        let mut second = opened(&app).await;
        let agent = app.member("agent@baton.example").await;
        let (kept, gone) = (first.case.clone(), second.case.clone());
        let item = agent.post(&format!("{}/take", of(&kept)), &json!({})).await.ok().body["work_item"]["id"].clone();
        first.say("I am the first customer.").await;
        let body = json!({"into": kept, "other_customer": true});
        agent.post(&format!("{}/merge", of(&gone)), &body).await.ok();
        second.say("More of the second customer.").await;
        runs_ended(&agent, &gone).await;

        let auditor = app.member("auditor@baton.example").await;
        let file = auditor.post(&format!("{}/export", of(&kept)), &json!({})).await.ok().body;
        assert_eq!(file["merged"][0]["case"]["id"], json!(gone), "{name}");
        let found = case_file::check(&file, &app.house.ledger_key.verifying_key()).unwrap();
        let entries = file["ledger"].as_array().unwrap().len() + file["merged"][0]["ledger"].as_array().unwrap().len();
        assert_eq!((found.proved, found.unproved.len()), (entries, 0), "{name}: {found:?}");

        let admin = app.new_member("admin@shop.example", SHOP, &[Role::Admin, Role::Supervisor]).await;
        let customer = |case: &Value| case["customer"]["id"].as_str().unwrap().to_owned();
        let theirs = customer(&admin.get(&of(&gone)).await.ok().body);
        let others = customer(&admin.get(&of(&kept)).await.ok().body);
        let path = |id: &str| format!("/api/v1/clients/{SHOP}/customers/{id}");
        let export = admin.get(&format!("{}/export", path(&theirs))).await.ok().text;
        assert!(export.contains("More of the second") && !export.contains("I am the first"), "{name}: {export}");
        let export = admin.get(&format!("{}/export", path(&others))).await.ok().text;
        assert!(export.contains("I am the first") && !export.contains("More of the second"), "{name}: {export}");

        admin.delete(&path(&theirs), None).await.problem(409);
        let done = json!({"decision": "resolved", "fields": {}, "note": ""});
        let item = item.as_str().unwrap();
        agent.post(&format!("/api/v1/clients/{SHOP}/work-items/{item}/complete"), &done).await.ok();
        agent.until(&of(&kept), |case| case["state"] == "resolved").await;
        runs_ended(&admin, &kept).await;
        admin.delete(&path(&theirs), None).await.ok();
        let left = admin.get(&format!("{}/timeline", of(&kept))).await.ok().text;
        assert!(left.contains("I am the first") && !left.contains("the second customer"), "{name}: {left}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_split_off_and_the_customer_sees_one_conversation() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = opened(&app).await;
        let agent = app.member("agent@baton.example").await;
        let old = chat.case.clone();
        agent.post(&format!("{}/take", of(&old)), &json!({})).await.ok();
        let sent = chat.say("And please send me the invoice of May again.").await;
        let split = format!("{}/split", of(&old));
        agent.post(&split, &json!({"messages": []})).await.problem(400);
        agent.post(&split, &json!({"messages": [sent["id"]], "then": "nowhere"})).await.problem(400);
        let made = agent.post(&split, &json!({"messages": [sent["id"]], "subject": "Invoice of May"})).await;
        assert_eq!(made.status.as_u16(), 201, "{name}: {}", made.text);
        let (new, before) = (made.id(), chat.messages().await.len());
        assert_eq!(made.body["subject"], "Invoice of May", "{name}");
        assert_eq!(agent.get(&of(&new)).await.ok().body["links"]["split_from"]["case"], json!(old), "{name}");
        let said = shown(&chat).await;
        assert_eq!(said.iter().filter(|text| text.contains("invoice of May")).count(), 1, "{name}: not said twice");

        agent.post(&format!("{}/take", of(&new)), &json!({})).await.ok();
        reply(&agent, &new, "Here is the invoice.").await;
        agent.until(&of(&new), |case| case["message_count"] == 2).await;
        let all = shown(&chat).await;
        assert_eq!((all.len(), all.last().unwrap().as_str()), (before + 1, "Here is the invoice."), "{name}");
        let next = chat.say("Thank you. And my question?").await;
        assert_eq!(next["case"], json!(old), "{name}: the conversation stays with the case that it was in");
        app.stop().await;
    }
}

/// Sends a message with a file in a chat; the message's id and the file's.
async fn with_file(chat: &Chat, text: &str, file: &str, content: &'static [u8]) -> (String, String) {
    let path = format!("{}/files?name={file}", chat.path);
    let request = chat.caller.request(Method::POST, &path).header("x-baton-request", "1");
    let request = request.header("content-type", "application/octet-stream").body(content);
    let kept = answer(request, &path).await.ok().id();
    let body = json!({"text": text, "external_id": file, "files": [kept]});
    (chat.caller.post(&format!("{}/messages", chat.path), &body).await.ok().id(), kept)
}

/// The names of the files of a case, as its timeline has them beside messages.
fn files(timeline: &Answer) -> Vec<String> {
    let all = timeline.items().iter().filter_map(|item| item["data"]["files"].as_array()).flatten();
    all.map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_messages_that_were_split_off_are_read_from_the_new_case_and_no_others() {
    const RECEIPT: &[u8] = b"%PDF-1.4\nlamp, 40.00\n%%EOF";
    const INVOICE: &[u8] = b"%PDF-1.4\ninvoice of May\n%%EOF";
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let chat = opened(&app).await;
        let agent = app.member("agent@baton.example").await;
        let old = chat.case.clone();
        agent.post(&format!("{}/take", of(&old)), &json!({})).await.ok();
        let (_, receipt) = with_file(&chat, "The receipt of my lamp.", "receipt.pdf", RECEIPT).await;
        let (moved, invoice) = with_file(&chat, "And my invoice is wrong.", "invoice.pdf", INVOICE).await;
        let path = format!("{}/split", of(&old));
        let new = agent.post(&path, &json!({"messages": [moved], "subject": "Invoice"})).await.id();

        let (here, there) = (format!("{}/timeline", of(&new)), format!("{}/timeline", of(&old)));
        assert_eq!(files(&agent.get(&here).await.ok()), ["invoice.pdf"], "{name}");
        assert_eq!(files(&agent.get(&there).await.ok()), ["receipt.pdf", "invoice.pdf"], "{name}: they stay there too");
        let saved = agent.get(&format!("{}/files/{invoice}", of(&new))).await.ok();
        assert_eq!(saved.text.as_bytes(), INVOICE, "{name}");
        agent.get(&format!("{}/files/{receipt}", of(&new))).await.problem(404);
        let listed = agent.get(&format!("{}/mails", of(&new))).await.ok().body["files"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 1, "{name}: {listed}");

        // What was split off is split off once more.
        let copy = agent.get(&here).await.ok().items()[0]["id"].clone();
        let path = format!("{}/split", of(&new));
        let third = agent.post(&path, &json!({"messages": [copy], "subject": "Again"})).await.id();
        assert_eq!(files(&agent.get(&format!("{}/timeline", of(&third))).await.ok()), ["invoice.pdf"], "{name}");
        agent.get(&format!("{}/files/{invoice}", of(&third))).await.ok();
        agent.get(&format!("{}/files/{receipt}", of(&third))).await.problem(404);

        // Its customer reads both, each once, and nobody else any.
        let shown: Vec<Value> = chat.messages().await.into_iter().filter(|m| m["files"][0].is_object()).collect();
        let names: Vec<&Value> = shown.iter().map(|message| &message["files"][0]["name"]).collect();
        assert_eq!(names, ["receipt.pdf", "invoice.pdf"], "{name}");
        let other = opened(&app).await;
        for file in [&receipt, &invoice] {
            chat.caller.get(&format!("{}/files/{file}", chat.path)).await.ok();
            other.caller.get(&format!("{}/files/{file}", other.path)).await.problem(404);
            agent.get(&format!("{}/files/{file}", of(&other.case))).await.problem(404);
        }
        app.stop().await;
    }
}
