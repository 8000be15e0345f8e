//! What a security review asks: what is in clear where, what is erased, what can be proved.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{Chat, claims_of, send_claim, sender};
use crate::common::{MUTUAL, SHOP, TestApp, databases};
use axum::http::{HeaderMap, StatusCode};
use baton_base::ClientId;
use baton_demo::world::ClaimKind;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

const CARD: &str = "4111 1111 1111 1111";
const CASES: &str = "/api/v1/clients/harbor-mutual/cases";

/// Whether any file of a folder holds these bytes.
fn somewhere(folder: &Path, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    files.filter(|path| path.is_file() && holds(path)).map(|path| path.display().to_string()).collect()
}

fn baton(database: &str, key: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(arguments).env("BATON_DATABASE", database).env("BATON_MASTER_KEY_FILE", key);
    command.output().unwrap()
}

#[track_caller]
fn said(output: &Output, success: bool) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), success, "{text}{error}");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_number_is_never_stored_and_words_do_not_stand_in_clear() {
    for (name, url) in databases().await {
        let on_file = url.is_none();
        let app = TestApp::start(name, url).await;
        let supervisor = app.member("supervisor@baton.example").await;
        let mut chat = Chat::open(&app).await;
        chat.say(&format!("Zanzibar! Please use my card {CARD} for it")).await;
        let case = format!("/api/v1/clients/{SHOP}/cases/{}/timeline", chat.case);
        let timeline = supervisor.get(&case).await.ok().text;
        assert!(timeline.contains("[card ending 1111]") && !timeline.contains(CARD), "{name}: {timeline}");
        let sql = "SELECT body FROM message WHERE client_id = $1";
        let bodies: Vec<String> = app
            .house
            .db
            .read(move |tx| tx.query(sql, baton_db::params![ClientId::known(SHOP)], |r| r.text(0)))
            .await
            .unwrap();
        assert!(!bodies.is_empty() && bodies.iter().all(|body| body.starts_with("bv1:")), "{name}: {bodies:?}");
        let sql = "SELECT address FROM customer_identity WHERE client_id = $1";
        let found: Vec<String> = app
            .house
            .db
            .read(move |tx| tx.query(sql, baton_db::params![ClientId::known(SHOP)], |r| r.text(0)))
            .await
            .unwrap();
        assert!(!found.is_empty() && found.iter().all(|address| address.starts_with("hmac:")), "{name}: {found:?}");
        let (_, folder) = app.stop().await;
        if on_file {
            assert_eq!(somewhere(folder.path(), CARD), [""; 0], "{name}");
            assert_eq!(somewhere(folder.path(), "4111111111111111"), [""; 0], "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_exported_held_and_erased_with_a_certificate_and_the_ledger_stays_whole() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (service, supervisor) = (sender(&app).await, app.member("supervisor@baton.example").await);
        let claim = &claims_of(ClaimKind::Simple)[0];
        let case = send_claim(&service, claim).await.ok().id();
        let ended = supervisor.until(&format!("{CASES}/{case}"), |case| !case["outcome"].is_null()).await;
        let customer = ended["customer"]["id"].as_str().unwrap();
        let path = format!("/api/v1/clients/{MUTUAL}/customers/{customer}");
        let admin = app.member("admin@baton.example").await;

        let note = json!({"text": "She has called twice."});
        supervisor.post(&format!("{CASES}/{case}/notes"), &note).await.ok();
        supervisor.get(&format!("{path}/export")).await.problem(403);
        let all = admin.get(&format!("{path}/export")).await.ok();
        assert!(all.text.contains(&claim.email) && all.text.contains(&claim.name), "{name}: {}", all.text);
        assert_eq!(all.body["cases"][0]["messages"][0]["text"], claim.text.as_str(), "{name}");
        assert_eq!(all.body["cases"][0]["notes"][0]["text"], "She has called twice.", "{name}");
        assert_eq!(all.body["cases"][0]["offers"], json!([]), "{name}");

        let hold = json!({"reason": "a dispute"}).to_string().into_bytes();
        admin.send(Method::PUT, &format!("{path}/hold"), Some(hold)).await.ok();
        let held = admin.delete(&path, None).await;
        assert!(held.problem(409).text.contains("a dispute"), "{name}");
        admin.delete(&format!("{path}/hold"), None).await.ok();
        supervisor.delete(&path, None).await.problem(403);

        // The run may have a last step to make.
        let mut erased = admin.delete(&path, None).await;
        for _ in 0..50 {
            if erased.status.as_u16() != 409 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            erased = admin.delete(&path, None).await;
        }
        let certificate = erased.ok().body;
        assert_eq!(certificate["destroyed"]["addresses"], 1, "{name}: {certificate:#}");
        assert!(certificate["destroyed"]["runs"].as_u64().unwrap() > 0, "{name}: {certificate:#}");
        let digest =
            baton_base::digest_of_text(&format!("{}\napi\n{}", certificate["salt"].as_str().unwrap(), claim.email));
        assert_eq!(certificate["address_digests"], json!([digest]), "{name}: the certificate speaks of this address");
        let after = admin.get(&format!("{path}/export")).await.ok();
        assert!(!after.text.contains(&claim.email) && !after.text.contains(&claim.name), "{name}: {}", after.text);
        assert_eq!(after.body["cases"][0]["messages"][0]["text"], "", "{name}");
        assert_eq!(supervisor.get(&format!("{CASES}/{case}")).await.ok().body["outcome"], "paid", "{name}: what stays");

        let auditor = app.member("auditor@baton.example").await;
        let entries = auditor.get(&format!("/api/v1/ledger?client={MUTUAL}&kind=customer.&limit=50")).await.ok();
        let kinds: Vec<_> = entries.items().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
        for kind in ["customer.erased", "customer.held", "customer.hold_lifted", "customer.exported"] {
            assert!(kinds.contains(&kind), "{name}: {kinds:?}");
        }
        assert!(!entries.text.contains(certificate["salt"].as_str().unwrap()), "{name}: the salt is nowhere else");
        let verify = format!("/api/v1/clients/{MUTUAL}/ledger/verify");
        let whole = auditor.until(&verify, |found| found["unsealed"] == 0).await;
        assert_eq!(whole["ok"], true, "{name}: {whole:#}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outsider_verifies_the_export_and_finds_what_was_changed() {
    let app = TestApp::start("sqlite", None).await;
    let (service, supervisor) = (sender(&app).await, app.member("supervisor@baton.example").await);
    let case = send_claim(&service, &claims_of(ClaimKind::Simple)[0]).await.ok().id();
    supervisor.until(&format!("{CASES}/{case}"), |case| !case["outcome"].is_null()).await;
    let auditor = app.member("auditor@baton.example").await;
    auditor.until(&format!("/api/v1/clients/{MUTUAL}/ledger/verify"), |found| found["unsealed"] == 0).await;
    let effects = auditor.get(&format!("/api/v1/clients/{MUTUAL}/effects?writes=1")).await.ok();
    let effect = effects.items()[0]["id"].as_str().unwrap().to_owned();
    let why = auditor.get(&format!("/api/v1/clients/{MUTUAL}/effects/{effect}/why")).await.ok().body;
    assert!(!why["allowed_because"]["policies"].as_array().unwrap().is_empty(), "{why:#}");
    assert!(why["ledger"][0]["proof"]["checkpoint"]["note"].is_string(), "{why:#}");
    let (database, folder) = app.stop().await;
    let key = folder.path().join("baton.db.key");

    let told = said(&baton(&database, &key, &["audit", "why", &effect]), true);
    assert!(told.contains("allowed_because") && told.contains(MUTUAL), "{told}");
    let (to, public) = (folder.path().join("export"), folder.path().join("public.hex"));
    let to = to.to_str().unwrap();
    said(&baton(&database, &key, &["audit", "export", MUTUAL, to]), true);
    std::fs::write(&public, said(&baton(&database, &key, &["audit", "key"]), true)).unwrap();

    let nowhere = Path::new("/nowhere");
    let verify = ["audit", "verify", to, "--key", public.to_str().unwrap()];
    let found = said(&baton("sqlite:/nowhere/else.db", nowhere, &verify), true);
    assert!(found.contains("whole") && !found.contains("NOT WHOLE"), "{found}");
    let entries = Path::new(to).join("entries.jsonl");
    let text = std::fs::read_to_string(&entries).unwrap();
    std::fs::write(&entries, text.replacen("action.requested", "action.forgotten", 1)).unwrap();
    let line = text.lines().position(|line| line.contains("action.requested")).unwrap();
    let found = said(&baton("sqlite:/nowhere/else.db", nowhere, &verify), false);
    assert!(found.contains("NOT WHOLE") && found.contains(&format!("leaf {line} ")), "{found}");

    let cursor = folder.path().join("cursor.json");
    let stream = ["audit", "stream", "--client", MUTUAL, "--cursor", cursor.to_str().unwrap()];
    let events = said(&baton(&database, &key, &stream), true);
    let first: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    assert_eq!((&first["metadata"]["sequence"], &first["metadata"]["tenant_uid"]), (&json!(0), &json!(MUTUAL)));
    assert_eq!(events.lines().count(), text.lines().count(), "each entry once");
    assert_eq!(said(&baton(&database, &key, &stream), true), "", "and not again");
}

type Taken = Arc<Mutex<Vec<(String, String)>>>;

/// A collector of events, and what it was sent while it was not away: by which authorization, and what.
async fn collector(away: Arc<AtomicBool>) -> (String, Taken) {
    let taken = Taken::default();
    let kept = taken.clone();
    let take = move |headers: HeaderMap, body: String| {
        let (kept, away) = (kept.clone(), away.clone());
        async move {
            if away.load(Ordering::SeqCst) {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            let by = headers["authorization"].to_str().unwrap().to_owned();
            kept.lock().unwrap().push((by, body));
            StatusCode::OK
        }
    };
    let app = axum::Router::new().route("/raw", axum::routing::post(take));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/raw", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_is_posted_each_entry_once_also_where_it_was_away() {
    let app = TestApp::start("sqlite", None).await;
    let auditor = app.member("auditor@baton.example").await;
    auditor.until(&format!("/api/v1/clients/{SHOP}/ledger/verify"), |found| found["unsealed"] == 0).await;
    let (database, folder) = app.stop().await;
    let (key, cursor) = (folder.path().join("baton.db.key"), folder.path().join("cursor.json"));
    let away = Arc::new(AtomicBool::new(true));
    let (url, taken) = collector(away.clone()).await;
    let stream = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["audit", "stream", "--client", SHOP, "--to", &url, "--cursor"]).arg(&cursor);
        command.env("BATON_DATABASE", &database).env("BATON_MASTER_KEY_FILE", &key);
        command.env("BATON_SIEM_AUTHORIZATION", "Bearer collector-1").output().unwrap()
    };
    let failed = stream();
    let told = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(!failed.status.success() && told.contains("503") && !told.contains("collector-1"), "{told}");
    away.store(false, Ordering::SeqCst);
    assert_eq!(said(&stream(), true), "");
    let all = taken.lock().unwrap().clone();
    assert!(all.iter().all(|(by, _)| by == "Bearer collector-1"), "{all:?}");
    let lines = all.iter().flat_map(|(_, body)| body.lines());
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!events.is_empty());
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event["metadata"]["sequence"], at, "each once, in order");
    }
    said(&stream(), true);
    assert_eq!(taken.lock().unwrap().len(), all.len(), "and not again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_and_keys_stand_in_no_file_but_the_key_file() {
    let app = TestApp::start("sqlite", None).await;
    let (database, folder) = app.stop().await;
    let key = folder.path().join("baton.db.key");
    let set = |value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["secret", "set", SHOP, "shop.token", "--database", &database, "--master-key-file"]).arg(&key);
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), value.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    };
    set("swordfish-4711");
    assert_eq!(said(&baton(&database, &key, &["secret", "list", SHOP]), true).trim(), "shop.token");
    assert_eq!(somewhere(folder.path(), "swordfish-4711"), [""; 0]);

    let before = std::fs::read_to_string(&key).unwrap();
    let rotated = said(&baton(&database, &key, &["key", "rotate"]), true);
    assert!(rotated.contains("new data keys"), "{rotated}");
    said(&baton(&database, &key, &["key", "rotate", "--master"]), true);
    let after = std::fs::read_to_string(&key).unwrap();
    assert_ne!(before, after);
    let db = baton_db::Db::open(&database).await.unwrap();
    assert!(
        db.unlock(baton_db::vault::Master::read(&before).unwrap(), None).await.is_err(),
        "the old key opens nothing"
    );
    db.unlock(baton_db::vault::Master::read(&after).unwrap(), None).await.unwrap();
    let read = db.read(|tx| baton_govern::vault::get(tx, &ClientId::known(SHOP), "shop.token")).await.unwrap();
    assert_eq!(read.as_deref(), Some("swordfish-4711"));
    let wrong = folder.path().join("wrong.key");
    std::fs::write(&wrong, baton_db::vault::fresh_text().unwrap()).unwrap();
    let refused = baton(&database, &wrong, &["secret", "list", SHOP]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("give the master key"), "{refused:?}");
}
