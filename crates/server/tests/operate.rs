//! Operating runs over HTTP: who may, what is answered, and what is written down.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{claims_of, send_claim, sender};
use crate::common::{MUTUAL, SHOP, TestApp, databases};
use baton_base::{Bundle, ClientId, ReleaseId, Versions};
use baton_db::params;
use baton_demo::world::ClaimKind;
use baton_govern::Role;
use baton_runs::Processes;
use baton_server::privacy::{self, Kept};
use serde_json::json;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_waits_for_a_person_is_found_suspended_resumed_and_ended() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let service = sender(&app).await;
        let case = send_claim(&service, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
        let lead = app.member("supervisor@baton.example").await;
        let found = format!("/api/v1/runs?client={MUTUAL}&case={case}&waits_on=person");
        let page = lead.until(&found, |page| !page["items"].as_array().unwrap().is_empty()).await;
        let line = &page["items"][0];
        assert!(line["live"] == true && line["version"].is_string(), "{name}: {line}");
        let run = format!("/api/v1/clients/{MUTUAL}/runs/{}", line["id"].as_str().unwrap());
        let shown = lead.get(&run).await.ok().body;
        let whom = &shown["waits_for"][0];
        assert_eq!(whom["kind"], "person", "{name}: {whom}");
        assert!(whom["work_item"].is_string() && whom["queue"].is_string(), "{name}: {whom}");
        assert!(shown["waits"][0]["task"].as_str().unwrap().starts_with("/do"), "{name}");
        assert!(shown["trace"][0]["changes"].is_array() && shown["graph"]["nodes"].is_array(), "{name}");

        lead.post(&format!("{run}/suspend"), &json!({"reason": " "})).await.problem(400);
        let done = lead.post(&format!("{run}/suspend"), &json!({"reason": "the carrier is down"})).await.ok().body;
        assert_eq!((&done["status"], &done["changed"]), (&json!("suspended"), &json!(true)), "{name}");
        lead.post(&format!("{run}/retry"), &json!({"reason": "again"})).await.problem(409);
        lead.post(&format!("{run}/resume"), &json!({"reason": "up again"})).await.ok();
        let tried = lead.post(&format!("{run}/migrate"), &json!({"dry_run": true})).await.ok().body;
        assert_eq!((&tried["changed"], &tried["misfits"]), (&json!(false), &json!([])), "{name}");
        let event = json!({"event": {"type": "test.happened"}, "reason": "a test"});
        assert_eq!(lead.post(&format!("{run}/events"), &event).await.ok().body["runs"], 1, "{name}");

        let bulk = |preview: bool| json!({"operation": "cancel", "where": {"case": case}, "reason": "the customer withdrew", "preview": preview});
        let operations = format!("/api/v1/clients/{MUTUAL}/run-operations");
        assert_eq!(lead.post(&operations, &bulk(true)).await.ok().body["matched"], 1, "{name}");
        assert_eq!(lead.post(&operations, &bulk(false)).await.ok().body["changed"], 1, "{name}");
        let ended = lead.until(&run, |run| run["status"] == "cancelled").await;
        let kinds: Vec<_> = ended["operations"].as_array().unwrap().iter().map(|o| o["kind"].clone()).collect();
        assert_eq!(kinds, ["suspended", "resumed", "event_sent", "cancel_requested"], "{name}");
        let journal = lead.get(&format!("{run}/journal")).await.ok();
        assert_eq!(journal.items()[0]["event"]["event"], "started", "{name}");
        lead.get(&format!("{run}/timeline?limit=1")).await.ok();
        let counts = lead.get(&format!("/api/v1/runs/counts?client={MUTUAL}")).await.ok();
        assert!(counts.items().iter().any(|count| count["status"] == "cancelled" && count["runs"] == 1), "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_read_runs_may_not_operate_them_and_neighbours_see_nothing() {
    let app = TestApp::start("sqlite", None).await;
    let service = sender(&app).await;
    let case = send_claim(&service, &claims_of(ClaimKind::OverLimit)[0]).await.ok().id();
    let lead = app.member("supervisor@baton.example").await;
    let list = format!("/api/v1/runs?client={MUTUAL}&case={case}");
    let page = lead.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let run = format!("/api/v1/clients/{MUTUAL}/runs/{}", page["items"][0]["id"].as_str().unwrap());
    let reader = app.new_member("reader@baton.example", MUTUAL, &[Role::Auditor]).await;
    reader.get(&run).await.ok();
    let neighbour = app.new_member("next@baton.example", SHOP, &[Role::AiLead]).await;
    neighbour.get(&run).await.problem(404);
    let body = json!({"reason": "a test"});
    for verb in ["suspend", "resume", "cancel", "retry", "migrate"] {
        reader.post(&format!("{run}/{verb}"), &body).await.problem(403);
        neighbour.post(&format!("{run}/{verb}"), &body).await.problem(404);
    }
    let event = json!({"event": {"type": "a"}});
    reader.post(&format!("/api/v1/clients/{MUTUAL}/events"), &event).await.problem(403);
    lead.post(&format!("/api/v1/clients/{MUTUAL}/events"), &json!({"event": {}})).await.problem(400);
    let paged = json!({"operation": "suspend", "where": {"case": case, "limit": 5}, "reason": "a test"});
    lead.post(&format!("/api/v1/clients/{MUTUAL}/run-operations"), &paged).await.problem(400);
    let tried = json!({"operation": "cancel", "where": {"case": case}, "reason": "a test", "dry_run": true});
    lead.post(&format!("/api/v1/clients/{MUTUAL}/run-operations"), &tried).await.problem(400);
    let line = page["items"][0]["id"].as_str().unwrap();
    let rest = json!({"operation": "suspend", "where": {"case": case, "after": line}, "reason": "a test"});
    let none = lead.post(&format!("/api/v1/clients/{MUTUAL}/run-operations"), &rest).await.ok().body;
    assert_eq!((&none["matched"], &none["next"]), (&json!(0), &json!(null)), "nothing is older: {none}");
    for narrow in ["correlation=W-1", "failed_at=/do/0/nowhere"] {
        assert!(lead.get(&format!("/api/v1/runs?{narrow}")).await.ok().items().is_empty(), "{narrow}");
    }
    let seen = neighbour.get("/api/v1/dead-letters").await.ok();
    assert!(!seen.text.contains(MUTUAL));
    for query in ["status=none", "waits_on=nobody", "surprise=1", "from_ms=x"] {
        lead.get(&format!("/api/v1/runs?{query}")).await.problem(400);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_judged_with_the_files_of_the_clients_release() {
    let app = TestApp::start("sqlite", None).await;
    let designer = app.new_member("designer@baton.example", SHOP, &[Role::AiLead]).await;
    let text = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n\
                input: { schema: { resource: { endpoint: 'file:///connectors/shop.openapi.json' } } }\n\
                do: [{ x: { set: { y: 1 } } }]\n";
    let lint = |body: serde_json::Value| {
        let designer = &designer;
        async move { designer.post("/api/v1/processes/lint", &body).await }
    };
    let alone = lint(json!({"text": text})).await.ok().body;
    assert!(alone["findings"].to_string().contains("missing-file") && alone["graph"].is_null(), "{alone}");
    let inside = lint(json!({"text": text, "client": SHOP})).await.ok().body;
    assert!(inside["findings"] == json!([]) && inside["graph"]["nodes"].is_array(), "{inside}");
    lint(json!({"text": text, "client": MUTUAL})).await.problem(404);
    let run = "run: { workflow: { namespace: a, name: nowhere, version: '1.0.0' } }";
    let text = text.replace("set: { y: 1 }", run);
    let inside = lint(json!({"text": text, "client": SHOP})).await.ok().body;
    let found = inside["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "process-unknown").unwrap();
    assert_eq!((&found["severity"], &found["line"]), (&json!("warning"), &json!(3)), "{inside}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_a_version_that_is_loaded_no_more_are_found_by_it() {
    let app = TestApp::start("sqlite", None).await;
    let files = [("processes/remind.yaml".to_owned(), DAILY.replace("1.0.0", "0.9.3"))];
    let bundle = Bundle { files: files.into(), ..Bundle::default() };
    let text = serde_json::to_string(&bundle).unwrap();
    let processes = Arc::new(Processes::load(&bundle, &[]).unwrap());
    let (client, release) = (ClientId::known(MUTUAL), ReleaseId::known("rel_old"));
    let old = Versions::default();
    old.put_live(&client, &release, processes);
    let ctx = app.house.system(&client, "test");
    let begun = app.house.db.write(move |tx| {
        let sql = "INSERT INTO release (client_id, release_id, blueprint, version, digest, bundle, created_by, created_ms) \
                   VALUES ($1, $2, 'b', '1.0.0', 'd', $3, 'test', 1)";
        tx.execute(sql, params![client, release, text])?;
        let run = baton_runs::start(tx, &ctx, &old, "remind", None, json!({}))?;
        let sql = "UPDATE run SET status = 'completed', ready = 0, ended_ms = 1 WHERE client_id = $1 AND run_id = $2";
        tx.execute(sql, params![client, run]).map(|_| run)
    });
    let run = begun.await.unwrap();
    let lead = app.member("supervisor@baton.example").await;
    let found = lead.get("/api/v1/runs?process=remind&version=0.9.3").await.ok();
    assert_eq!((&found.items()[0]["id"], &found.items()[0]["version"]), (&json!(run), &json!("0.9.3")));
    assert!(lead.get("/api/v1/runs?process=remind&version=0.9.4").await.ok().items().is_empty());
    let versions = lead.get(&format!("/api/v1/runs/versions?client={MUTUAL}&process=remind")).await.ok().body;
    assert_eq!(versions["items"], json!(["0.9.3"]));
    let neighbour = app.new_member("next@baton.example", SHOP, &[Role::AiLead]).await;
    neighbour.get(&format!("/api/v1/runs/versions?client={MUTUAL}&process=remind")).await.problem(404);
    let versions = neighbour.get("/api/v1/runs/versions?process=remind").await.ok().body;
    assert_eq!(versions["items"], json!([]), "another client's are not there");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_for_no_case_go_after_the_days_that_are_set_but_not_while_a_customer_is_held() {
    const OLD: &str = "run_00000000000000000000000000";
    let app = TestApp::start("sqlite", None).await;
    let files = [("processes/remind.yaml".to_owned(), DAILY.to_owned())];
    let processes = Processes::load(&Bundle { files: files.into(), ..Bundle::default() }, &[]).unwrap();
    let client = ClientId::known(MUTUAL);
    let old = Versions::default();
    old.put_live(&client, &ReleaseId::known("rel_old"), Arc::new(processes));
    let (ctx, of) = (app.house.system(&client, "test"), client.clone());
    let begun = app.house.db.write(move |tx| {
        let run = baton_runs::start(tx, &ctx, &old, "remind", None, json!({}))?;
        let sql = "UPDATE run SET run_id = $3, status = 'completed', ready = 0, ended_ms = 1 \
                   WHERE client_id = $1 AND run_id = $2";
        tx.execute(sql, params![of, run, OLD])?;
        let sql = "INSERT INTO customer_hold (client_id, customer_id, reason, held_by, held_ms) \
                   VALUES ($1, 'cus_1', 'a dispute', 'test', 1)";
        tx.execute(sql, params![of])?;
        privacy::keep(tx, &ctx, Kept::Runs, 30)
    });
    begun.await.unwrap();
    let lead = app.member("supervisor@baton.example").await;
    let list = format!("/api/v1/runs?client={MUTUAL}&process=remind");
    privacy::retain(&app.house).await.unwrap();
    assert_eq!(lead.get(&list).await.ok().items().len(), 1, "whose data it has nobody can tell");
    let lift = "DELETE FROM customer_hold WHERE client_id = $1";
    app.house.db.write(move |tx| tx.execute(lift, params![client])).await.unwrap();
    privacy::retain(&app.house).await.unwrap();
    assert!(lead.get(&list).await.ok().items().is_empty());
    app.stop().await;
}

const DAILY: &str = "document: { dsl: '1.0.3', namespace: t, name: remind, version: '1.0.0' }\n\
                     schedule: { every: { days: 1 } }\ndo:\n  - note: { set: { noted: true } }\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_are_seen_paused_and_resumed_by_those_who_may() {
    let app = TestApp::start("sqlite", None).await;
    let files = [("processes/remind.yaml".to_owned(), DAILY.to_owned())];
    let bundle = Bundle { files: files.into(), ..Bundle::default() };
    let processes = Arc::new(Processes::load(&bundle, &[]).unwrap());
    let (client, release) = (ClientId::known(MUTUAL), ReleaseId::known("rel_daily"));
    app.house.parts.processes.put_pinned(&client, &release, Arc::clone(&processes));
    let ctx = app.house.system(&client, "test");
    app.house.db.write(move |tx| baton_runs::arm(tx, &ctx, &release, &processes)).await.unwrap();

    let lead = app.member("supervisor@baton.example").await;
    let list = format!("/api/v1/clients/{MUTUAL}/schedules");
    let row = lead.get(&list).await.ok().items()[0].clone();
    assert_eq!((&row["process"], &row["part"], &row["rule"]), (&json!("remind"), &json!("every"), &json!("1d")));
    assert!(row["due_ms"].is_i64() && row["last_run"].is_null() && row["paused"] == false, "{row}");
    let why = json!({"reason": "the office moves"});
    lead.post(&format!("{list}/nothing/pause"), &why).await.problem(404);
    lead.post(&format!("{list}/remind/pause"), &json!({"reason": ""})).await.problem(400);
    let done = lead.post(&format!("{list}/remind/pause"), &why).await.ok().body;
    assert_eq!(done, json!({"process": "remind", "paused": true, "changed": true}));
    let all = lead.get("/api/v1/schedules").await.ok();
    assert_eq!((&all.items()[0]["reason"], &all.items()[0]["due_ms"]), (&json!("the office moves"), &json!(null)));
    assert_eq!(lead.post(&format!("{list}/remind/resume"), &why).await.ok().body["changed"], true);

    let reader = app.new_member("reader@baton.example", MUTUAL, &[Role::Auditor]).await;
    assert_eq!(reader.get(&list).await.ok().items().len(), 1);
    reader.post(&format!("{list}/remind/pause"), &why).await.problem(403);
    let neighbour = app.new_member("next@baton.example", SHOP, &[Role::AiLead]).await;
    neighbour.get(&list).await.problem(404);
    neighbour.post(&format!("{list}/remind/pause"), &why).await.problem(404);
    app.stop().await;
}
