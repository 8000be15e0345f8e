//! Files in the web chat: what a customer sends and gets, what is refused and in which words, and who else sees it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::Chat;
use crate::common::{Answer, Caller, SHOP, TestApp, answer, databases};
use baton_govern::Role;
use reqwest::Method;
use serde_json::{Value, json};

const RECEIPT: &[u8] = b"%PDF-1.4\nlamp, 40.00\n%%EOF";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n....";

async fn upload(caller: &Caller, path: &str, query: &str, content: &[u8]) -> Answer {
    let path = format!("{path}/files?{query}");
    let request = caller.request(Method::POST, &path).header("x-baton-request", "1");
    answer(request.header("content-type", "application/octet-stream").body(content.to_vec()), &path).await
}

/// The messages of a timeline that have files, each with the names of its files.
fn with_files(timeline: &Answer) -> Vec<(String, Vec<String>)> {
    let items = timeline.items().iter().filter(|item| item["data"]["files"].is_array());
    let names = |item: &Value| {
        let files = item["data"]["files"].as_array().unwrap().iter();
        files.map(|file| file["name"].as_str().unwrap().to_owned()).collect()
    };
    items.map(|item| (item["body"].as_str().unwrap().to_owned(), names(item))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_both_ways_in_a_chat_and_nobody_else_gets_them() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let mut chat = Chat::open(&app).await;
        let sent = upload(&chat.caller, &chat.path, "name=..%2Freceipt.pdf", RECEIPT).await.ok().body;
        assert_eq!((&sent["name"], &sent["media"]), (&json!("receipt.pdf"), &json!("application/pdf")), "{name}");
        let body = json!({"text": "", "external_id": "f1", "files": [sent["id"]]});
        let first = chat.caller.post(&format!("{}/messages", chat.path), &body).await.ok().body;
        let again = chat.caller.post(&format!("{}/messages", chat.path), &body).await.ok().body;
        assert_eq!((&again["id"], &again["duplicate"]), (&first["id"], &json!(true)), "{name}: sent twice, it is one");
        chat.case = first["case"].as_str().unwrap().to_owned();
        let shown = chat.messages().await;
        assert_eq!(shown[0]["text"], "(receipt.pdf)", "{name}: {shown:#?}");
        assert_eq!(shown[0]["files"][0]["name"], "receipt.pdf", "{name}");
        let file = format!("{}/files/{}", chat.path, sent["id"].as_str().unwrap());
        let saved = chat.caller.get(&file).await.ok();
        assert_eq!((saved.text.as_bytes(), saved.header("content-type")), (RECEIPT, "application/octet-stream"));
        let other = Chat::open(&app).await;
        let stolen = format!("{}/files/{}", other.path, sent["id"].as_str().unwrap());
        other.caller.get(&stolen).await.problem(404);
        app.nobody().get(&file).await.problem(401);
        let taken = json!({"text": "mine", "files": [sent["id"]]});
        other.caller.post(&format!("{}/messages", other.path), &taken).await.problem(400);

        let agent = app.member("agent@baton.example").await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
        agent.post(&format!("{case}/take"), &json!({})).await.ok();
        let label = upload(&agent, &case, "name=label.png", PICTURE).await.ok().body;
        let reply = json!({"text": "Here is the label.", "files": [label["id"]]});
        agent.post(&format!("{case}/messages"), &reply).await.ok();
        let shown = chat.messages().await;
        let last = shown.last().unwrap();
        assert_eq!((&last["author"], &last["files"][0]["name"]), (&json!("member"), &json!("label.png")), "{name}");
        let label = format!("{}/files/{}", chat.path, label["id"].as_str().unwrap());
        assert_eq!(
            chat.caller.get(&label).await.ok().header("content-disposition"),
            "attachment; filename*=UTF-8''label.png"
        );
        let timeline = agent.get(&format!("{case}/timeline")).await.ok();
        let expect = [
            ("(receipt.pdf)".to_owned(), vec!["receipt.pdf".to_owned()]),
            ("Here is the label.".to_owned(), vec!["label.png".to_owned()]),
        ];
        assert_eq!(with_files(&timeline), expect, "{name}");
        erased(&app, &chat, name).await;
        app.stop().await;
    }
}

/// The files of a customer go with them.
async fn erased(app: &TestApp, chat: &Chat, name: &str) {
    let admin = app.member("admin@baton.example").await;
    let supervisor = app.member("supervisor@baton.example").await;
    let case = format!("/api/v1/clients/{SHOP}/cases/{}", chat.case);
    let customer = supervisor.get(&case).await.ok().body["customer"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/clients/{SHOP}/customers/{customer}");
    let export = admin.get(&format!("{path}/export")).await.ok();
    assert_eq!(export.body["cases"][0]["files"].as_array().unwrap().len(), 2, "{name}: {}", export.text);
    let (ctx, of) = (app.house.system(&baton_base::ClientId::known(SHOP), "test"), chat.case.parse().unwrap());
    let ends = baton_cases::Patch { outcome: Some("answered".to_owned()), ..baton_cases::Patch::default() };
    let end = move |tx: &mut baton_db::Tx| {
        baton_cases::give_back(tx, &ctx, &of, &ctx.actor.clone(), false)?;
        baton_cases::record(tx, &ctx, &of, ends).map(|_| ())
    };
    app.house.db.write(end).await.unwrap();
    let run = supervisor.get(&case).await.ok().body["run"].as_str().unwrap().to_owned();
    let cancel = format!("/api/v1/clients/{SHOP}/runs/{run}/cancel");
    supervisor.post(&cancel, &json!({"reason": "a test"})).await.ok();
    // The run may have a last step to make.
    let mut erased = admin.delete(&path, None).await;
    for _ in 0..100 {
        if erased.status.as_u16() != 409 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        erased = admin.delete(&path, None).await;
    }
    let certificate = erased.ok().body;
    assert_eq!(certificate["destroyed"]["files"], 2, "{name}: {certificate:#}");
    let export = admin.get(&format!("{path}/export")).await.ok();
    assert_eq!(export.body["cases"][0]["files"], json!([]), "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_is_refused_in_the_customers_language() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let chat = Chat::open(&app).await;
        let program = b"MZ\x90\x00\x03\x00\x00\x00";
        let refused = upload(&chat.caller, &chat.path, "name=receipt.pdf&lang=de-DE", program).await;
        assert!(refused.problem(400).text.contains("werden nicht angenommen"), "{name}: its name is not asked");
        let refused = upload(&chat.caller, &chat.path, "name=page.txt&lang=en", b"<html><script>x</script>").await;
        assert!(refused.problem(400).text.contains("Files of this kind are not taken"), "{name}: {}", refused.text);
        upload(&chat.caller, &chat.path, "name=empty.txt&lang=en", b"").await.problem(400);
        let large = [RECEIPT, vec![b' '; 10 * 1024 * 1024].as_slice()].concat();
        let refused = upload(&chat.caller, &chat.path, "name=large.pdf&lang=en", &large).await;
        assert!(refused.problem(413).text.contains("at most 10 MB"), "{name}: {}", refused.text);

        let mut ids = Vec::new();
        for at in 0..6 {
            let sent = upload(&chat.caller, &chat.path, &format!("name={at}.pdf"), RECEIPT).await.ok();
            ids.push(sent.id());
        }
        let messages = format!("{}/messages", chat.path);
        let all = json!({"text": "all of them", "files": ids, "locale": "de"});
        let refused = chat.caller.post(&messages, &all).await;
        assert!(refused.problem(413).text.contains("höchstens 5"), "{name}: {}", refused.text);
        assert!(chat.messages().await.is_empty(), "{name}: nothing of it was taken in");
        let twice = json!({"text": "one twice", "files": [ids[0], ids[0]]});
        chat.caller.post(&messages, &twice).await.problem(400);
        chat.caller.post(&messages, &json!({"text": "", "files": []})).await.problem(400);

        let auditor = app.new_member("only-reads@shop.example", SHOP, &[Role::Auditor]).await;
        let path = format!("/api/v1/clients/{SHOP}/cases/case_of_nobody");
        upload(&auditor, &path, "name=a.pdf", RECEIPT).await.problem(403);
        app.stop().await;
    }
}
