//! Who may press and release the stop switch, and drills of it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{SHOP, TestApp};
use baton_govern::Role;
use serde_json::{Value, json};

const STOPS: &str = r#"
@id("shop-stops-returns")
permit(principal in Role::"human_agent", action == Action::"press_stop", resource)
when { context.args.level == "intent" && context.args.target == "return_items" };
@id("two-hands") @reason("whoever pressed it does not release it")
forbid(principal, action == Action::"release_stop", resource)
when { context.args.own };
"#;

#[tokio::test]
async fn who_may_press_and_release_is_what_the_policies_of_the_live_release_say() {
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
    let lead = app.new_member("lead@baton.example", SHOP, &[Role::AiLead]).await;
    let person = app.new_member("person@baton.example", SHOP, &[Role::HumanAgent]).await;
    let order = json!({"client": SHOP, "scope": "intent", "target": "return_items", "reason": "wrong labels"});
    let preview = format!("/api/v1/stop-switch/preview?client={SHOP}&scope=intent&target=return_items");
    person.post("/api/v1/stop-switch", &order).await.problem(403);
    person.get(&preview).await.problem(403);

    let base = author.get(&format!("/api/v1/clients/{SHOP}/blueprint")).await.ok().body["release"].clone();
    let edits = json!({"policies/stops.cedar": STOPS});
    let body = json!({"title": "Stops", "reason": "r", "edits": edits, "base": base});
    let at = format!("/api/v1/clients/{SHOP}/proposals");
    let id = author.post(&at, &body).await.ok().id();
    lead.post(&format!("{at}/{id}/approve"), &json!({})).await.ok();
    lead.post(&format!("{at}/{id}/publish"), &json!({})).await.ok();

    person.get(&preview).await.ok();
    person.post("/api/v1/stop-switch", &order).await.ok();
    let whole = json!({"client": SHOP, "scope": "client", "reason": "all of it"});
    person.post("/api/v1/stop-switch", &whole).await.problem(403);
    person.delete("/api/v1/stop-switch", Some(&order)).await.problem(403);
    // Pressed once more by the lead it is the lead's, who then does not release it either.
    lead.post("/api/v1/stop-switch", &order).await.ok();
    let refused = lead.delete("/api/v1/stop-switch", Some(&order)).await;
    assert!(refused.problem(403).text.contains("whoever pressed it does not release it"), "{}", refused.text);
    app.new_member("second@baton.example", SHOP, &[Role::Supervisor])
        .await
        .delete("/api/v1/stop-switch", Some(&order))
        .await
        .ok();
    let auditor = app.member("auditor@baton.example").await;
    let ledger = auditor.get(&format!("/api/v1/ledger?client={SHOP}&kind=stop.engaged")).await.ok();
    let by: Vec<_> = ledger.items().iter().rev().map(|entry| entry["data"]["by"][0].clone()).collect();
    assert_eq!(by, ["shop-stops-returns", "right:stop_switch"], "{}", ledger.text);
    app.stop().await;
}

#[tokio::test]
async fn a_drill_presses_every_scope_of_a_client_in_drill_mode_and_records_the_time() {
    let app = TestApp::start("sqlite", None).await;
    let admin = app.new_member("boss@baton.example", SHOP, &[Role::Admin]).await;
    let at = format!("/api/v1/clients/{SHOP}/drill");
    let drills = |found: &Value| found["drills"][0].clone();
    let never = drills(&admin.get("/api/v1/stop-switch").await.ok().body);
    assert_eq!((&never["client"], &never["at_ms"], &never["overdue"]), (&json!(SHOP), &Value::Null, &json!(true)));
    assert!(never["warning"].as_str().unwrap().contains("never drilled"), "{never}");
    admin.post(&format!("{at}/stop"), &json!({})).await.problem(403);
    admin.post(&format!("{at}/mode"), &json!({"on": true})).await.ok();
    let drilled = admin.post(&format!("{at}/stop"), &json!({})).await.ok().body;
    assert_eq!((&drilled["passed"], drilled["scopes"].as_array().unwrap().len()), (&json!(true), 4), "{drilled}");
    assert!(drilled["longest_ms"].as_u64().unwrap() <= 1_000, "{drilled}");
    let stops: Value = admin.get("/api/v1/stop-switch").await.ok().body;
    assert_eq!(stops["items"], json!([]));
    let last = drills(&stops);
    assert_eq!((&last["passed"], &last["overdue"], &last["warning"]), (&json!(true), &json!(false), &Value::Null));
    assert!(last["at_ms"].as_i64().unwrap() > 0, "{last}");
    let ledger = app
        .member("auditor@baton.example")
        .await
        .get(&format!("/api/v1/ledger?client={SHOP}&kind=drill.stop"))
        .await
        .ok();
    assert_eq!(ledger.items()[0]["data"]["passed"], true);
    // What the client does not have would stop nothing.
    for (scope, target) in [("action", "modify_user_adress"), ("agent", "conciege"), ("intent", "x"), ("agent", " ")] {
        let order = json!({"client": SHOP, "scope": scope, "target": target, "reason": "test"});
        let refused = admin.post("/api/v1/stop-switch", &order).await;
        assert!(refused.problem(400).text.contains("target"), "{scope} {target}: {}", refused.text);
    }
    let order = json!({"client": SHOP, "scope": "intent", "target": "return_items", "reason": "in earnest"});
    admin.post("/api/v1/stop-switch", &order).await.ok();
    admin.post(&format!("{at}/stop"), &json!({})).await.problem(409);
    assert_eq!(admin.get("/api/v1/stop-switch").await.ok().items().len(), 1, "what was pressed in earnest stays");
    app.stop().await;
}
