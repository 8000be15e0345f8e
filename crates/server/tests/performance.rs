//! How AI and people serve, over HTTP: a claim that AI pays alone, and one that a person decides, as the report counts them.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::play::{claims_of, send_claim, sender};
use crate::common::{Caller, MUTUAL, TestApp, databases};
use baton_demo::world::{Answer as Right, ClaimKind, Decision};
use baton_govern::Role;
use baton_server::demo::seed;
use serde_json::{Value, json};
use std::process::Command;

const CASES: &str = "/api/v1/clients/harbor-mutual/cases";

async fn ended(caller: &Caller, case: &str) {
    caller.until(&format!("{CASES}/{case}"), |case| !case["outcome"].is_null()).await;
}

/// A claim that is paid by AI, and one over the limit that an adjuster decides: its id and its trigger.
async fn two_claims(app: &TestApp) -> (String, String) {
    let (service, adjuster) = (sender(app).await, app.member("adjuster@baton.example").await);
    let simple = send_claim(&service, &claims_of(ClaimKind::Simple)[0]).await.ok().id();
    ended(&adjuster, &simple).await;
    let pays = |right: &Right| matches!(right, Right::Adjuster(Decision::Pay { .. }));
    let over = claims_of(ClaimKind::OverLimit).into_iter().find(|claim| pays(&claim.answer)).unwrap();
    let case = send_claim(&service, &over).await.ok().id();
    let list = format!("/api/v1/work-items?client={MUTUAL}&state=waiting&case={case}");
    let item = adjuster.until(&list, |page| !page["items"].as_array().unwrap().is_empty()).await["items"][0].clone();
    let path = format!("/api/v1/clients/{MUTUAL}/work-items/{}", item["id"].as_str().unwrap());
    adjuster.post(&format!("{path}/claim"), &json!({})).await.ok();
    let decide = json!({"decision": "approve", "fields": {"amount_minor": over.paid_minor()}, "note": "owed"});
    adjuster.post(&format!("{path}/complete"), &decide).await.ok();
    ended(&adjuster, &case).await;
    (case, item["trigger"].as_str().unwrap().to_owned())
}

fn kpi<'a>(report: &'a Value, id: &str) -> &'a Value {
    let kpis = report["kpis"].as_array().unwrap();
    &kpis.iter().find(|kpi| kpi["id"] == id).unwrap_or_else(|| panic!("no {id}"))["now"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ai_resolved_and_what_people_decided_is_counted_with_the_cases_behind_it() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (case, trigger) = two_claims(&app).await;
        let lead = app.member("ai-lead@baton.example").await;
        let path = format!("/api/v1/performance?client={MUTUAL}");
        let report = lead.until(&path, |report| kpi(report, "workflow_completion")["value"] == 1.0).await;
        let totals = &report["totals"];
        let count = |of: &str| totals[of].as_i64().unwrap();
        assert_eq!((count("cases"), count("attempts"), count("open")), (2, 2, 0), "{name}: {totals:#}");
        assert_eq!((count("resolutions"), count("escalated"), count("overridden")), (1, 1, 0), "{name}: {totals:#}");
        assert_eq!(
            (count("provisional"), count("resolutions_provisional")),
            (2, 1),
            "{name}: nothing is seven days old"
        );
        assert_eq!(count("verified"), 1, "{name}: the insurer's system has paid");
        assert_eq!(totals["escalations"], json!({&trigger: 1}), "{name}");
        assert_eq!((&totals["resolution_rate"], &report["before"]["cases"]), (&json!(0.5), &json!(0)), "{name}");
        assert_eq!(kpi(&report, "ai_resolution_net_7d")["value"], 0.5, "{name}");
        assert_eq!(kpi(&report, "automation_success_no_human")["value"], 0.5, "{name}");
        assert!(totals["handling_median_minutes"].is_number(), "{name}: {totals:#}");
        let by_intent: i64 =
            report["items"].as_array().unwrap().iter().map(|line| line["cases"].as_i64().unwrap()).sum();
        assert_eq!(by_intent, 2, "{name}");
        let days = report["days"].as_array().unwrap();
        assert_eq!(days.iter().map(|day| day["attempts"].as_i64().unwrap()).sum::<i64>(), 2, "{name}");

        let behind = format!("/api/v1/performance/cases?client={MUTUAL}&which=escalated&reason={trigger}");
        let shown = lead.get(&behind).await.ok();
        assert_eq!((shown.items().len(), &shown.body["total"]), (1, &json!(1)), "{name}");
        assert_eq!(shown.items()[0]["id"], json!(case), "{name}");

        let table = lead.get(&format!("/api/v1/performance.csv?client={MUTUAL}")).await.ok();
        assert!(table.header("content-type").starts_with("text/csv"), "{name}");
        assert!(table.text.starts_with("client,intent,cases,"), "{name}: {}", table.text);
        assert!(table.text.contains(&format!("{trigger}: 1")), "{name}: {}", table.text);

        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["kpi", "report", "--client", MUTUAL, "--since", "7d", "--url", app.url.as_str()]);
        command
            .args(["--email", "ai-lead@baton.example"])
            .env("BATON_PASSWORD", seed::PASSWORD)
            .env_remove("BATON_TOKEN");
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success() && said.contains("50.0 %"),
            "{name}: {said}{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_that_failed_alike_become_a_fix_by_their_tags() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let (case, trigger) = two_claims(&app).await;
        let lead = app.member("ai-lead@baton.example").await;
        let path = format!("/api/v1/performance/failures?client={MUTUAL}");
        let found = lead.get(&path).await.ok();
        assert_eq!(found.items().len(), 1, "{name}: {}", found.text);
        let group = &found.items()[0];
        assert_eq!((&group["kind"], &group["cause"]), (&json!("escalation"), &json!(trigger)), "{name}");
        assert_eq!((&group["cases"], &group["tagged"], &group["fixes"]), (&json!(1), &json!(0), &json!([])), "{name}");
        assert_eq!(group["examples"][0]["case"], json!(case), "{name}");

        let tag = json!({"source": group["source"], "cause": group["cause"], "fix_type": group["suggested"]});
        let tagged = lead.post(&format!("{CASES}/{case}/tags"), &tag).await.ok().body;
        let found = lead.get(&path).await.ok();
        let group = &found.items()[0];
        assert_eq!((&group["tagged"], &group["fixes"][0]["id"]), (&json!(1), &tagged["fix"]), "{name}");
        assert_eq!(group["fixes"][0]["state"], "open", "{name}");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_for_those_who_answer_for_them_and_bad_questions_are_refused_in_words() {
    let app = TestApp::start("sqlite", None).await;
    let agent = app.member("agent@baton.example").await;
    for path in ["performance", "performance.csv", "performance/failures", "performance/cases", "kpis"] {
        agent.get(&format!("/api/v1/{path}")).await.problem(403);
    }
    let planner = app.new_member("planner@mutual.example", MUTUAL, &[Role::Planner]).await;
    planner.get("/api/v1/performance").await.ok();
    planner.get("/api/v1/performance/failures").await.problem(403);
    let auditor = app.member("auditor@baton.example").await;
    let catalogue = auditor.get("/api/v1/kpis").await.ok();
    assert!(catalogue.items().iter().any(|kpi| kpi["id"] == "ai_resolution_net_7d" && kpi["recorded"] == true));
    let (ahead_ms, day_ms) = (i64::MAX, 86_400_000_i64);
    for query in [
        "since_ms=x".to_owned(),
        "client=%20".to_owned(),
        "since_ms=5&until_ms=5".to_owned(),
        format!("since_ms=0&until_ms={}", 401 * day_ms),
        format!("until_ms={ahead_ms}"),
    ] {
        for path in ["performance", "performance.csv", "performance/failures", "performance/cases"] {
            auditor.get(&format!("/api/v1/{path}?{query}")).await.problem(400);
        }
    }
    auditor.get("/api/v1/performance/cases?which=all_of_them").await.problem(400);
    auditor.get("/api/v1/performance?time_zone=Nowhere/Here").await.problem(400);
    app.stop().await;
}

#[test]
fn the_catalogue_is_listed_without_a_server() {
    let list = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_baton")).args(arguments).output().unwrap().stdout;
    let text = String::from_utf8(list(&["kpi", "list"])).unwrap();
    assert!(text.contains("ai_resolution_net_7d") && text.contains("within 7 days"), "{text}");
    let all: Value = serde_json::from_slice(&list(&["kpi", "list", "--json"])).unwrap();
    assert!(all["items"].as_array().unwrap().iter().all(|kpi| kpi["says"].is_string()));
}
