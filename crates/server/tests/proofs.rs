//! Proofs of policies at a change, in the API and by the command: proven, refuted with a call, and without a solver.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Caller, SHOP, TestApp, root};
use baton_base::{ClientId, ReleaseId};
use baton_govern::Role;
use baton_govern::proofs::Solver;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Whether proofs can be tested; `false`, with one line that says so, when `BATON_SKIP_PROOFS=1`.
async fn has_solver() -> bool {
    if std::env::var("BATON_SKIP_PROOFS").is_ok_and(|value| value == "1") {
        println!("skipped, since BATON_SKIP_PROOFS=1: nothing is asked of a solver");
        return false;
    }
    if let Err(why) = Solver::find().await {
        panic!("tests of proofs need a solver: {why}; or set BATON_SKIP_PROOFS=1 to leave them out");
    }
    true
}

fn prove(arguments: &[&str], solver: Option<&str>) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["policy", "prove"]).args(arguments).current_dir(root());
    if let Some(solver) = solver {
        command.env("BATON_SOLVER", solver);
    }
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, said)
}

/// A policy file without one of its policies.
fn without(text: &str, id: &str) -> String {
    let start = text.find(&format!("@id(\"{id}\")")).unwrap();
    let end = text[start + 1..].find("@id(").map_or(text.len(), |at| start + 1 + at);
    format!("{}{}", &text[..start], &text[end..])
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn the_demo_clients_properties_are_proven_and_each_needs_the_policy_that_holds_it() {
    if !has_solver().await {
        return;
    }
    for (overlay, blueprint, proven) in [
        ("demo/overlays/larkspur.yaml", "blueprints/retail-support", "3 proven"),
        ("demo/overlays/harbor-mutual.yaml", "blueprints/insurance-claims", "4 proven"),
        ("demo/overlays/nordlicht.yaml", "blueprints/insurance-claims", "4 proven"),
    ] {
        let (output, said) = prove(&[blueprint, "--overlay", overlay, "--required"], None);
        assert!(output.status.success() && said.trim_end().ends_with(proven), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let blueprint = folder.path().join("insurance-claims");
    copy(&root().join("blueprints/insurance-claims"), &blueprint);
    let file = blueprint.join("policies/claims.cedar");
    let whole = fs::read_to_string(&file).unwrap();
    for (policy, property, shown) in [
        ("particulars-need-an-adjuster", "injury-needs-an-adjuster", "\"injury\""),
        ("own-client", "nobody-crosses-clients", " for another-client"),
        ("above-the-limit", "never-above-the-limit", "\"amount_minor\":"),
        ("above-the-policy", "never-above-the-policy", "\"limit_minor\":"),
    ] {
        fs::write(&file, without(&whole, policy)).unwrap();
        let (output, said) = prove(&[blueprint.to_str().unwrap()], None);
        assert!(!output.status.success(), "{policy}: {said}");
        assert!(
            said.contains(&format!("REFUTED  {property}")) && said.contains("3 proven, 1 refuted"),
            "{policy}: {said}"
        );
        assert!(said.contains("this call is let through") && said.contains(shown), "{policy}: {said}");
    }
}

#[test]
fn without_a_solver_the_command_says_how_to_get_one_and_fails_only_where_proofs_are_required() {
    let (output, said) = prove(&["blueprints/retail-support"], Some("/bin/false"));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("not proven  nobody-crosses-clients") && said.contains("pip install cvc5"), "{said}");
    assert!(said.contains("3 not proven (a warning"), "{said}");
    let (output, said) = prove(&["blueprints/retail-support", "--required"], Some("/bin/false"));
    assert!(!output.status.success(), "{said}");
}

#[tokio::test]
async fn a_change_that_breaks_a_property_is_kept_back_with_the_call_that_it_would_let_through() {
    if !has_solver().await {
        return;
    }
    let app = TestApp::start("sqlite", None).await;
    let lead = app.new_member("policies@baton.example", SHOP, &[Role::AiLead]).await;
    let admin = app.new_member("keys@baton.example", SHOP, &[Role::Admin]).await;
    let at = format!("/api/v1/clients/{SHOP}");
    let told = lead.get(&format!("{at}/proofs")).await.ok();
    let outcomes: Vec<_> = told.items().iter().map(|proof| proof["outcome"].clone()).collect();
    assert_eq!((outcomes, &told.body["required"]), (vec![json!("proven"); 3], &json!(false)), "{}", told.text);
    lead.post(&format!("{at}/proofs"), &json!({"required": true})).await.problem(403);
    admin.post(&format!("{at}/proofs"), &json!({"required": true})).await.ok();
    assert_eq!(lead.get(&format!("{at}/proofs")).await.ok().body["required"], true);

    let base = lead.get(&format!("{at}/blueprint")).await.ok().body["release"].clone();
    let text = fs::read_to_string(root().join("blueprints/retail-support/policies/retail.cedar")).unwrap();
    let edits =
        json!({"policies/retail.cedar": without(&text, "customer-confirms"), "policies/retail.test.yaml": null});
    let body = json!({"title": "Quicker", "reason": "fewer questions", "edits": edits, "base": base});
    let made = lead.post(&format!("{at}/proposals"), &body).await.ok().body;
    let check = made["checks"].as_array().unwrap().iter().find(|check| check["name"] == "proofs").unwrap();
    assert_eq!((&check["passed"], &check["says"]), (&json!(false), &json!("2 proven, 1 refuted")), "{check}");
    let broken = check["details"].as_array().unwrap().iter().find(|proof| proof["outcome"] == "refuted").unwrap();
    assert_eq!(broken["id"], "the-customer-says-yes", "{broken}");
    let call = &broken["call"];
    assert_eq!((&call["actor"], &call["context"]["confirmed"]), (&json!("agent:some-agent"), &json!(false)), "{call}");
    assert!(call["action"].is_string() && call["args"].is_object(), "{call}");
    assert_eq!(made["ready"], false);

    let kinds = app.member("auditor@baton.example").await;
    let kinds = kinds.get(&format!("/api/v1/ledger?client={SHOP}&kind=change.proofs_set")).await.ok();
    assert_eq!(kinds.items().len(), 1, "{}", kinds.text);
    app.stop().await;
}

#[tokio::test]
async fn a_change_that_was_proposed_before_proofs_were_asked_for_is_held_to_them_too() {
    if !has_solver().await {
        return;
    }
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
    let admin = app.new_member("keys@baton.example", SHOP, &[Role::Admin]).await;
    let at = format!("/api/v1/clients/{SHOP}");
    let base = author.get(&format!("{at}/blueprint")).await.ok().body["release"].clone();
    // A property that forbids nothing is not decided.
    let text = "properties:\n  - id: nothing\n    says: nothing at all\n    action: action == Action::\"modify_user_address\"\n    \
                when: context.confirmed && !context.confirmed\n";
    let edits = json!({"policies/properties/more.yaml": text});
    let body = json!({"title": "One more", "reason": "to be sure", "edits": edits, "base": base});
    let made = author.post(&format!("{at}/proposals"), &body).await.ok();
    assert_eq!(made.body["ready"], true, "{}", made.text);
    let proposal = format!("{at}/proposals/{}", made.id());
    admin.post(&format!("{proposal}/approve"), &json!({})).await.ok();
    admin.post(&format!("{at}/proofs"), &json!({"required": true})).await.ok();
    let refused = admin.post(&format!("{proposal}/publish"), &json!({})).await;
    assert!(refused.problem(403).text.contains("asks for proofs"), "{}", refused.text);
    admin.post(&format!("{at}/proofs"), &json!({"required": false})).await.ok();
    admin.post(&format!("{proposal}/publish"), &json!({})).await.ok();
    app.stop().await;
}

/// Proposes edits, has them approved and publishes them; where the proposal stands.
async fn published(author: &Caller, admin: &Caller, edits: Value) -> String {
    let at = format!("/api/v1/clients/{SHOP}");
    let base = author.get(&format!("{at}/blueprint")).await.ok().body["release"].clone();
    let body = json!({"title": "Another", "reason": "as agreed", "edits": edits, "base": base});
    let made = author.post(&format!("{at}/proposals"), &body).await.ok();
    assert_eq!(made.body["ready"], true, "{}", made.text);
    let proposal = format!("{at}/proposals/{}", made.id());
    admin.post(&format!("{proposal}/approve"), &json!({})).await.ok();
    admin.post(&format!("{proposal}/publish"), &json!({})).await.ok();
    proposal
}

#[tokio::test]
async fn a_change_is_taken_back_to_what_is_proven_alone_where_the_client_asks_for_proofs() {
    if !has_solver().await {
        return;
    }
    let app = TestApp::start("sqlite", None).await;
    let author = app.new_member("author@baton.example", SHOP, &[Role::Designer]).await;
    let admin = app.new_member("keys@baton.example", SHOP, &[Role::Admin]).await;
    let at = format!("/api/v1/clients/{SHOP}");
    // A property that forbids nothing is not decided.
    let text = "properties:\n  - id: nothing\n    says: nothing at all\n    action: action == Action::\"modify_user_address\"\n    \
                when: context.confirmed && !context.confirmed\n";
    published(&author, &admin, json!({"policies/properties/more.yaml": text})).await;
    let proven = published(&author, &admin, json!({"policies/properties/more.yaml": null})).await;
    let live = author.get(&format!("{at}/blueprint")).await.ok().body["release"].clone();
    admin.post(&format!("{at}/proofs"), &json!({"required": true})).await.ok();
    let refused = admin.post(&format!("{proven}/rollback"), &json!({"reason": "too early"})).await;
    let told = &refused.problem(403).text;
    assert!(told.contains("3 proven, 1 not decided") && told.contains("propose what should hold"), "{told}");
    assert_eq!(author.get(&format!("{at}/blueprint")).await.ok().body["release"], live, "what was live stays live");

    let mut text = fs::read_to_string(root().join("blueprints/retail-support/policies/retail.cedar")).unwrap();
    text.push_str("\n@id(\"no-exchange\")\n@reason(\"exchanges are closed\")\nforbid (principal, action == Action::\"exchange_delivered_order_items\", resource);\n");
    let edits = json!({"policies/retail.cedar": text, "policies/retail.test.yaml": null});
    let stricter = published(&author, &admin, edits).await;
    let back = admin.post(&format!("{stricter}/rollback"), &json!({"reason": "too early"})).await.ok().body;
    assert_eq!(back["state"], "rolled_back");
    assert_eq!(author.get(&format!("{at}/blueprint")).await.ok().body["release"], live);
    app.stop().await;
}

#[tokio::test]
async fn what_a_change_needs_is_told_with_the_changes_and_set_by_administrators_alone() {
    let app = TestApp::start("sqlite", None).await;
    let lead = app.new_member("policies@baton.example", SHOP, &[Role::AiLead]).await;
    let admin = app.new_member("keys@baton.example", SHOP, &[Role::Admin]).await;
    let at = format!("/api/v1/clients/{SHOP}");
    let told = lead.get(&format!("{at}/proposals")).await.ok();
    assert_eq!(told.body["needs"], json!({"approvals": 1, "proofs": false}), "{}", told.text);
    for (route, body) in [("approvals", json!({"approvals": 2})), ("proofs", json!({"required": true}))] {
        lead.post(&format!("{at}/{route}"), &body).await.problem(403);
        admin.post(&format!("{at}/{route}"), &body).await.ok();
    }
    let told = lead.get(&format!("{at}/proposals")).await.ok();
    assert_eq!(told.body["needs"], json!({"approvals": 2, "proofs": true}), "{}", told.text);
    app.stop().await;
}

/// The shop's live release.
async fn live(database: &str) -> Option<ReleaseId> {
    let (db, shop) = (baton_db::Db::open(database).await.unwrap(), SHOP.parse::<ClientId>().unwrap());
    let live = db.read(move |tx| baton_clients::live_release(tx, &shop)).await.unwrap();
    db.close().await;
    live
}

#[tokio::test]
async fn a_deployment_of_a_client_that_asks_for_proofs_goes_live_only_where_all_is_proven() {
    let app = TestApp::start("sqlite", None).await;
    let admin = app.new_member("keys@baton.example", SHOP, &[Role::Admin]).await;
    admin.post(&format!("/api/v1/clients/{SHOP}/proofs"), &json!({"required": true})).await.ok();
    let (database, folder) = app.stop().await;
    let blueprints = folder.path().join("blueprints");
    copy(&root().join("blueprints/retail-support"), &blueprints.join("retail-support"));
    let deploy = |solver: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.arg("deploy").arg(root().join("demo/overlays/larkspur.yaml")).args(["--database", &database]);
        command.arg("--blueprints").arg(&blueprints);
        if let Some(solver) = solver {
            command.env("BATON_SOLVER", solver);
        }
        let output = command.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), said)
    };
    let before = live(&database).await;
    let (done, said) = deploy(Some("/bin/false"));
    assert!(!done && said.contains("nothing was deployed") && said.contains("larkspur: 3 not proven"), "{said}");
    assert!(said.contains("this client asks for proofs") && said.contains("pip install cvc5"), "{said}");
    assert_eq!(live(&database).await, before, "what was live stays live");
    if !has_solver().await {
        return;
    }
    let file = blueprints.join("retail-support/policies/retail.cedar");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, without(&whole, "customer-confirms")).unwrap();
    let (done, said) = deploy(None);
    assert!(!done && said.contains("larkspur: 2 proven, 1 refuted"), "{said}");
    assert!(said.contains("REFUTED  the-customer-says-yes") && said.contains("this call is let through"), "{said}");
    assert!(said.contains("agent:some-agent") && said.contains("confirmed: false"), "{said}");
    assert_eq!(live(&database).await, before, "what was live stays live");
    fs::write(&file, whole).unwrap();
    let (done, said) = deploy(None);
    assert!(done && said.contains("larkspur runs retail-support"), "{said}");
    assert_ne!(live(&database).await, before);
}
