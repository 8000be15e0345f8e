//! A claim that comes in through the API, to its payment; and what people and the stop switch have to say.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{claims_of, send_claim, sender};
use crate::common::{Caller, MUTUAL, TestApp, databases};
use baton_demo::world::{Answer as Right, ClaimCase, ClaimKind, Decision};
use serde_json::{Value, json};
use std::process::Command;

const CASES: &str = "/api/v1/clients/harbor-mutual/cases";

async fn ended(supervisor: &Caller, case: &str) -> Value {
    supervisor.until(&format!("{CASES}/{case}"), |case| !case["outcome"].is_null()).await
}

async fn work_of(supervisor: &Caller, case: &str) -> Value {
    let list = format!("/api/v1/work-items?client={MUTUAL}&state=waiting&case={case}");
    supervisor.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await["items"][0].clone()
}

/// Payments that the insurer's own system has made for a case.
async fn payments(app: &TestApp, case: &str) -> Vec<i64> {
    let made = app.system(&app.systems.addresses.mutual, &format!("/payments?claim_id={case}")).await;
    made["payments"].as_array().unwrap().iter().map(|payment| payment["amount_minor"].as_i64().unwrap()).collect()
}

fn paid_over_the_limit() -> ClaimCase {
    let pays = |claim: &ClaimCase| matches!(claim.answer, Right::Adjuster(Decision::Pay { .. }));
    claims_of(ClaimKind::OverLimit).into_iter().find(pays).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_claim_is_paid_once_however_often_it_is_sent_and_the_ledger_is_whole() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (service, supervisor) = (sender(&app).await, app.member("supervisor@baton.example").await);
        let claim = &claims_of(ClaimKind::Simple)[0];
        let first = send_claim(&service, claim).await;
        assert_eq!(first.status.as_u16(), 201, "{name}: {}", first.text);
        let again = send_claim(&service, claim).await;
        assert_eq!((again.status.as_u16(), again.id()), (200, first.id()), "{name}: the same case");
        let case = first.id();
        assert_eq!(ended(&supervisor, &case).await["outcome"], "paid", "{name}");
        assert_eq!(send_claim(&service, claim).await.ok().id(), case, "{name}: even after its end");
        assert_eq!(payments(&app, &case).await, [claim.paid_minor()], "{name}");
        let listed = supervisor.get(&format!("/api/v1/cases?client={MUTUAL}")).await.ok();
        assert_eq!(listed.items().len(), 1, "{name}");

        let auditor = app.member("auditor@baton.example").await;
        let kinds = auditor.get(&format!("/api/v1/ledger?client={MUTUAL}&case={case}&limit=200")).await.ok();
        let ledger: Vec<_> = kinds.items().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
        for kind in
            ["case.opened", "message.received", "run.started", "action.requested", "action.finished", "rule.decided"]
        {
            assert!(ledger.iter().any(|k| k == kind), "{name}: no {kind} in {ledger:?}");
        }
        let verify = format!("/api/v1/clients/{MUTUAL}/ledger/verify");
        let whole = auditor.until(&verify, |found| found["unsealed"] == 0).await;
        assert_eq!(whole["ok"], true, "{name}: {whole:#}");
        let checkpoint = auditor.get(&format!("/api/v1/clients/{MUTUAL}/ledger/checkpoint")).await.ok();
        assert_eq!(checkpoint.body["public_key"].as_str().map(str::len), Some(64), "{name}");
        let (database, folder) = app.stop().await;
        let key = folder.path().join("baton.db.key");
        audit(name, &database, &key, true);
        forge(&database).await;
        audit(name, &database, &key, false);
    }
}

/// The command line's verdict on the ledger.
fn audit(name: &str, database: &str, key: &std::path::Path, whole: bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["audit", "verify", "--database", database, "--master-key-file"]).arg(key);
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.success(), whole, "{name}: {said}");
    assert_eq!(said.contains("NOT WHOLE"), !whole, "{name}: {said}");
}

/// Changes one fact behind Baton's back.
async fn forge(database: &str) {
    let db = baton_db::Db::open(database).await.unwrap();
    let sql = "UPDATE ledger SET kind = 'action.forgotten' WHERE client_id = $1 AND kind = 'action.finished'";
    let client = baton_base::ClientId::known(MUTUAL);
    let changed = db.write(move |tx| tx.execute(sql, baton_db::params![&client])).await.unwrap();
    assert!(changed > 0);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_limit_a_licensed_person_decides_and_exactly_that_is_paid() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (service, adjuster) = (sender(&app).await, app.member("adjuster@baton.example").await);
        let claim = paid_over_the_limit();
        let case = send_claim(&service, &claim).await.ok().id();
        let item = work_of(&adjuster, &case).await;
        assert_eq!(item["needs"]["licences"], json!(["adjuster-us"]), "{name}");
        assert!(payments(&app, &case).await.is_empty(), "{name}: not before the decision");
        let path = format!("/api/v1/clients/{MUTUAL}/work-items/{}", item["id"].as_str().unwrap());
        let decide = json!({"decision": "approve", "fields": {"amount_minor": claim.paid_minor()}, "note": "owed"});
        adjuster.post(&format!("{path}/complete"), &decide).await.problem(409);
        adjuster.post(&format!("{path}/claim"), &json!({})).await.ok();
        for bad in [json!({"amount_minor": -1}), json!({"amount_minor": "all"}), json!({"amount_minor": 1.5})] {
            let body = json!({"decision": "approve", "fields": bad});
            adjuster.post(&format!("{path}/complete"), &body).await.problem(400);
        }
        adjuster.post(&format!("{path}/complete"), &decide).await.ok();
        adjuster.post(&format!("{path}/complete"), &decide).await.problem(409);
        assert_eq!(ended(&adjuster, &case).await["outcome"], "paid", "{name}");
        assert_eq!(payments(&app, &case).await, [claim.paid_minor()], "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_ai_is_stopped_a_person_gets_what_it_would_have_done() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (service, supervisor) = (sender(&app).await, app.member("supervisor@baton.example").await);
        let order = json!({"client": MUTUAL, "scope": "action", "target": "create_payment", "reason": "a drill"});
        let adjuster = app.member("adjuster@baton.example").await;
        adjuster.post("/api/v1/stop-switch", &order).await.problem(403);
        let unexplained = json!({"client": MUTUAL, "scope": "client", "reason": " "});
        supervisor.post("/api/v1/stop-switch", &unexplained).await.problem(400);
        supervisor.post("/api/v1/stop-switch", &order).await.ok();
        let claims = claims_of(ClaimKind::Simple);
        let case = send_claim(&service, &claims[0]).await.ok().id();
        let item = work_of(&supervisor, &case).await;
        assert_eq!(item["trigger"], "tool_failure", "{name}: {item:#}");
        let path = format!("/api/v1/clients/{MUTUAL}/work-items/{}", item["id"].as_str().unwrap());
        assert!(supervisor.get(&path).await.ok().text.contains("a drill"), "{name}: the person is told why");
        assert!(payments(&app, &case).await.is_empty(), "{name}");
        let ledger =
            supervisor.get(&format!("/api/v1/ledger?client={MUTUAL}&case={case}&kind=action.refused")).await.ok();
        assert!(ledger.text.contains("stop:action:create_payment"), "{name}: {}", ledger.text);

        // The person may still do it by hand, as policy allows; and the AI may again once it is released.
        supervisor.delete("/api/v1/stop-switch", Some(&order)).await.ok();
        supervisor.delete("/api/v1/stop-switch", Some(&order)).await.problem(404);
        supervisor.post(&format!("{path}/claim"), &json!({})).await.ok();
        let decide = json!({"decision": "approve", "fields": {"amount_minor": claims[0].paid_minor()}, "note": "owed"});
        supervisor.post(&format!("{path}/complete"), &decide).await.ok();
        assert_eq!(ended(&supervisor, &case).await["outcome"], "paid", "{name}");
        assert_eq!(payments(&app, &case).await, [claims[0].paid_minor()], "{name}");

        let all = json!({"scope": "all", "reason": "everything stands still"});
        supervisor.post("/api/v1/stop-switch", &all).await.ok();
        let stopped = send_claim(&service, &claims[1]).await.ok().id();
        let item = work_of(&supervisor, &stopped).await;
        assert!(!item["trigger"].is_null(), "{name}: whatever stands still has an owner: {item:#}");
        assert_eq!(supervisor.get("/api/v1/stop-switch").await.ok().items().len(), 1, "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_packet_of_a_claim_has_all_that_is_critical_or_says_why_and_its_score_is_told() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (service, supervisor) = (sender(&app).await, app.member("supervisor@baton.example").await);
        let kinds = [ClaimKind::OverLimit, ClaimKind::Injury, ClaimKind::UnknownPolicy, ClaimKind::Injection];
        let mut handed = 0;
        for claim in kinds.iter().map(|kind| claims_of(*kind).remove(0)) {
            let case = send_claim(&service, &claim).await.ok().id();
            let item = work_of(&supervisor, &case).await;
            let path = format!("/api/v1/clients/{MUTUAL}/work-items/{}", item["id"].as_str().unwrap());
            let handoff = supervisor.get(&path).await.ok().body["handoff"].clone();
            let says_why = handoff["excuse"].as_str().is_some_and(|why| !why.is_empty());
            assert!(handoff["gate"] == true || says_why, "{name}: {handoff:#}");
            let packed = format!("/api/v1/ledger?client={MUTUAL}&case={case}&kind=handoff.packed");
            let packed = supervisor.get(&packed).await.ok().items()[0]["data"]["score"].as_f64().unwrap();
            assert!((packed - handoff["score"].as_f64().unwrap()).abs() < 1e-12, "{name}: {packed} {handoff:#}");
            handed += 1;
        }
        let report = supervisor.get(&format!("/api/v1/handoffs?client={MUTUAL}")).await.ok();
        let sum = |figure: &str| report.items().iter().map(|row| row[figure].as_i64().unwrap()).sum::<i64>();
        assert_eq!(sum("handoffs"), handed, "{name}: {}", report.text);
        assert_eq!(sum("gate_passed") + sum("excused"), handed, "{name}: {}", report.text);
        app.stop().await;
    }
}
