//! What has been kept for as long as is set goes; what is open or held stays.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Caller, SHOP, TestApp, databases};
use baton_base::ClientId;
use baton_db::vault::{Class, Place};
use baton_db::{Tx, params};
use baton_govern::Role;
use baton_server::privacy;
use reqwest::Method;
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const WORDS: &str = r#"{"from":"ada@example.org","to":[],"subject":"Zanzibar","text":"Zanzibar"}"#;

/// A case; ended forty days ago, or open.
async fn case(app: &TestApp, service: &Caller, from: &str, is_open: bool) -> (String, String) {
    let body = json!({"channel": "api", "external_id": from, "customer": {"address": from}, "text": "hello"});
    let made = service.post(&format!("/api/v1/clients/{SHOP}/cases"), &body).await.ok();
    let (id, ended_ms) = (made.id(), app.house.env.now_ms() - 40 * DAY_MS);
    // Its process has had its turn, and changes it no more.
    let at_rest =
        |case: &Value| ["waiting_customer", "with_person", "resolved"].iter().any(|state| case["state"] == *state);
    service.until(&format!("/api/v1/clients/{SHOP}/cases/{id}"), at_rest).await;
    if !is_open {
        end(app, &id, ended_ms).await;
    }
    let sql = "SELECT customer_id FROM case_file WHERE client_id = $1 AND case_id = $2";
    let (client, of) = (ClientId::known(SHOP), id.clone());
    let read = move |tx: &mut Tx| tx.query_one(sql, params![client, of], |r| r.text(0));
    (id, app.house.db.read(read).await.unwrap())
}

async fn end(app: &TestApp, case: &str, ended_ms: i64) {
    let sql = "UPDATE case_file SET state = 'closed', closed_ms = $3 WHERE client_id = $1 AND case_id = $2";
    let (client, of) = (ClientId::known(SHOP), case.to_owned());
    app.house.db.write(move |tx| tx.execute(sql, params![client, of, ended_ms])).await.unwrap();
}

/// A message of a case, which may say another again.
async fn said(app: &TestApp, case: &str, message: &'static str, again: Option<&'static str>) {
    let (of, sent_ms) = (case.to_owned(), app.house.env.now_ms());
    let sql = "INSERT INTO message (client_id, case_id, seq, message_id, author_kind, author, body, sent_ms, copy_of) \
               VALUES ($1, $2, 900, $3, 'system', 'test', '', $4, $5)";
    let work = move |tx: &mut Tx| tx.execute(sql, params![ClientId::known(SHOP), of, message, sent_ms, again]);
    app.house.db.write(work).await.unwrap();
}

/// What was said with a model fifty days ago.
async fn exchange(app: &TestApp, name: &'static str, case: &str) {
    let (of, at_ms) = (case.to_owned(), app.house.env.now_ms() - 50 * DAY_MS);
    let sql = "INSERT INTO model_exchange (client_id, exchange_id, case_id, agent, model, request, reply, tokens_in, \
               tokens_out, latency_ms, at_ms) VALUES ($1, $2, $3, 'a', 'm', '', '', 1, 1, 1, $4)";
    let work = move |tx: &mut Tx| tx.execute(sql, params![ClientId::known(SHOP), name, of, at_ms]);
    app.house.db.write(work).await.unwrap();
}

/// A mail that came some days ago, in a case or in none, and with a case a file.
async fn mail(app: &TestApp, name: &'static str, case: Option<String>, days: i64) {
    let received_ms = app.house.env.now_ms() - days * DAY_MS;
    let work = move |tx: &mut Tx| {
        let client = ClientId::known(SHOP);
        let place = |table| Place { client: &client, class: Class::Message, table, row: name };
        let (text, content) = (tx.seal(&place("mail"), WORDS)?, tx.seal(&place("attachment"), "WmFuemliYXI=")?);
        tx.execute(
            "INSERT INTO mail (client_id, mail_id, mailbox, uid_validity, uid, fate, digest, sender_digest, case_id, sealed, \
             bytes, received_ms) VALUES ($1, $2, $2, 1, 1, $3, $2, 'somebody', $4, $5, 9, $6)",
            params![client, name, if case.is_some() { "case" } else { "auto" }, case, text, received_ms],
        )?;
        if let Some(case) = &case {
            tx.execute(
                "INSERT INTO attachment (client_id, attachment_id, case_id, message_id, name, media, bytes, kept, sealed) \
                 VALUES ($1, $2, $3, 'msg_of_it', $2, 'text/plain', 8, 1, $4)",
                params![client, name, case, content],
            )?;
        }
        Ok(())
    };
    app.house.db.write(work).await.unwrap();
}

/// Names of rows, such as of what is empty.
async fn empty(app: &TestApp, sql: &'static str) -> Vec<String> {
    let read = move |tx: &mut Tx| tx.query(sql, params![ClientId::known(SHOP)], |r| r.text(0));
    app.house.db.read(read).await.unwrap()
}

#[tokio::test]
async fn mails_and_files_go_after_their_case_and_stay_while_it_is_open_or_their_customer_is_held() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.new_member("boss@baton.example", SHOP, &[Role::Admin]).await;
        let service = app.service(SHOP, &[Role::Service]).await;
        let (ended, _) = case(&app, &service, "ended", false).await;
        let (open, _) = case(&app, &service, "open", true).await;
        let (held, customer) = case(&app, &service, "held", false).await;
        let hold = json!({"reason": "a dispute"}).to_string().into_bytes();
        let at = format!("/api/v1/clients/{SHOP}/customers/{customer}/hold");
        admin.send(Method::PUT, &at, Some(hold)).await.ok();
        mail(&app, "ended", Some(ended), 50).await;
        mail(&app, "open", Some(open), 50).await;
        mail(&app, "held", Some(held), 50).await;
        mail(&app, "spam", None, 50).await;
        mail(&app, "recent", None, 10).await;

        let at = format!("/api/v1/clients/{SHOP}/retention");
        let mails = "SELECT mail_id FROM mail WHERE client_id = $1 AND sender_digest = '' ORDER BY mail_id";
        let files = "SELECT attachment_id FROM attachment WHERE client_id = $1 AND kept = 0 ORDER BY attachment_id";
        admin.put(&at, &json!({"class": "mails", "days": 45})).await.ok();
        admin.put(&at, &json!({"class": "files", "days": 45})).await.ok();
        admin.put(&at, &json!({"class": "letters", "days": 45})).await.problem(400);
        privacy::retain(&app.house).await.unwrap();
        assert_eq!((empty(&app, mails).await, empty(&app, files).await), (vec!["spam".to_owned()], vec![]), "{name}");

        admin.put(&at, &json!({"class": "mails", "days": 30})).await.ok();
        admin.put(&at, &json!({"class": "files", "days": 30})).await.ok();
        privacy::retain(&app.house).await.unwrap();
        assert_eq!(empty(&app, mails).await, ["ended", "spam"], "{name}");
        assert_eq!(empty(&app, files).await, ["ended"], "{name}");
        let kept: Value = admin.get(&at).await.ok().body;
        assert_eq!(kept["items"][2], json!({"class": "mails", "days": 30}), "{name}: {kept}");
        let ledger = admin.get(&format!("/api/v1/ledger?client={SHOP}&kind=retention.emptied")).await.ok();
        assert!(ledger.items().iter().all(|entry| entry["data"]["count"] == 1), "{name}: {}", ledger.text);
        assert_eq!(ledger.items().len(), 3, "{name}: {}", ledger.text);
        app.new_member("lead@baton.example", SHOP, &[Role::AiLead])
            .await
            .put(&at, &json!({"class": "mails", "days": 0}))
            .await
            .problem(403);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_file_stays_while_it_is_said_again_in_a_case_that_goes_on() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.new_member("boss@baton.example", SHOP, &[Role::Admin]).await;
        let service = app.service(SHOP, &[Role::Service]).await;
        let (first, _) = case(&app, &service, "first", false).await;
        let (second, _) = case(&app, &service, "second", false).await;
        let (third, _) = case(&app, &service, "third", true).await;
        // What it came with was split off, and split off again.
        said(&app, &first, "msg_first", None).await;
        said(&app, &second, "msg_second", Some("msg_first")).await;
        said(&app, &third, "msg_third", Some("msg_second")).await;
        mail(&app, "split", Some(first), 50).await;
        let sql = "UPDATE attachment SET message_id = 'msg_first' WHERE client_id = $1 AND attachment_id = 'split'";
        app.house.db.write(move |tx| tx.execute(sql, params![ClientId::known(SHOP)])).await.unwrap();
        let at = format!("/api/v1/clients/{SHOP}/retention");
        admin.put(&at, &json!({"class": "files", "days": 30})).await.ok();
        let files = "SELECT attachment_id FROM attachment WHERE client_id = $1 AND kept = 0";
        privacy::retain(&app.house).await.unwrap();
        assert!(empty(&app, files).await.is_empty(), "{name}: the third case has it still");
        end(&app, &third, app.house.env.now_ms() - 40 * DAY_MS).await;
        privacy::retain(&app.house).await.unwrap();
        assert_eq!(empty(&app, files).await, ["split"], "{name}");
        app.stop().await;
    }
}

#[tokio::test]
async fn what_was_said_with_models_of_somebody_who_is_held_stays() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let admin = app.new_member("boss@baton.example", SHOP, &[Role::Admin]).await;
        let service = app.service(SHOP, &[Role::Service]).await;
        let (free, _) = case(&app, &service, "free", true).await;
        let (held, customer) = case(&app, &service, "held", true).await;
        let hold = json!({"reason": "a dispute"}).to_string().into_bytes();
        let at = format!("/api/v1/clients/{SHOP}/customers/{customer}/hold");
        admin.send(Method::PUT, &at, Some(hold)).await.ok();
        exchange(&app, "free", &free).await;
        exchange(&app, "held", &held).await;
        let at = format!("/api/v1/clients/{SHOP}/retention");
        admin.put(&at, &json!({"class": "model-exchanges", "days": 30})).await.ok();
        privacy::retain(&app.house).await.unwrap();
        let left = "SELECT exchange_id FROM model_exchange WHERE client_id = $1 AND exchange_id IN ('free', 'held')";
        assert_eq!(empty(&app, left).await, ["held"], "{name}");
        app.stop().await;
    }
}
