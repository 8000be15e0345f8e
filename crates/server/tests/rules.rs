//! Policies and decision tables: checked by the schema of their actions, tested by tables of calls, explained and compared.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{MUTUAL, SHOP, TestApp, databases, root};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn baton(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(arguments).current_dir(root()).env_remove("BATON_DATABASE").output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
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

#[test]
fn both_blueprints_check_and_their_tables_of_calls_pass() {
    for (blueprint, tests) in [("retail-support", "31 tests, 0 failed"), ("insurance-claims", "20 tests, 0 failed")] {
        let folder = format!("blueprints/{blueprint}");
        let checked = baton(&["policy", "check", &folder]);
        assert!(checked.status.success() && said(&checked).contains(" 0 errors"), "{}", said(&checked));
        let tested = baton(&["policy", "test", &folder]);
        assert!(tested.status.success() && said(&tested).contains(tests), "{}", said(&tested));
        let tables = baton(&["table", "check", &folder]);
        assert!(tables.status.success(), "{}", said(&tables));
    }
}

#[test]
fn a_policy_that_reads_what_is_not_there_or_is_of_another_type_is_found_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = folder.path().join("insurance-claims");
    copy(&root().join("blueprints/insurance-claims"), &blueprint);
    let file = blueprint.join("policies/claims.cedar");
    let good = fs::read_to_string(&file).unwrap();
    let check = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        fs::write(&file, good.replace(from, to)).unwrap();
        let output = baton(&["policy", "check", blueprint.to_str().unwrap()]);
        assert!(!output.status.success(), "{to}: {}", said(&output));
        let said = said(&output);
        assert!(said.contains("policies/claims.cedar:") && said.contains("[policy-type]"), "{said}");
        said
    };
    let misspelt = check("context.args.policy_number", "context.args.policy_nummer");
    assert!(misspelt.contains("policy_nummer"), "{misspelt}");
    check("context.args.claim_id == context.case.id", "context.args.claim_id == 5");
    check("context.rules.verdict == \"allow\"", "context.rules.verdikt == \"allow\"");
    check("context has facts && context.facts has policy &&", "context.facts.polizza.status == \"active\" &&");
    check("principal is Agent", "principal is Robot");
}

#[test]
fn a_failing_test_says_what_was_decided_and_by_what() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = folder.path().join("insurance-claims");
    copy(&root().join("blueprints/insurance-claims"), &blueprint);
    let table = blueprint.join("tables/create_payment.yaml");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(
        &table,
        text.replace("then: { verdict: refuse, reason: \"the payee", "then: { verdict: allow, reason: \"the payee"),
    )
    .unwrap();
    let output = baton(&["policy", "test", blueprint.to_str().unwrap()]);
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("only the holder is paid") && said.contains("expected refuse, got allow"), "{said}");
}

#[test]
fn a_call_given_as_json_is_explained_with_the_text_of_what_decides() {
    let folder = tempfile::tempdir().unwrap();
    let call = folder.path().join("call.json");
    let text = json!({
        "principal": "agent:intake", "action": "create_payment",
        "args": {"claim_id": "case_1", "policy_number": "P", "payee": "Ada", "amount_minor": 900, "currency": "USD"},
        "facts": {"policy": {"status": "active", "currency": "USD", "limit_minor": 100, "holder": {"name": "Ada"}}},
        "case": {"id": "case_1", "fields": {"policy_number": "P"}}
    });
    fs::write(&call, text.to_string()).unwrap();
    let explain = ["policy", "explain", "--call", call.to_str().unwrap(), "--blueprint", "blueprints/insurance-claims"];
    let output = baton(&explain);
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("create_payment refuse") && told.contains("pay-above-policy"), "{told}");
    assert!(told.contains("when above_policy: true") && told.contains("then verdict: \"refuse\""), "{told}");
}

#[test]
fn who_may_use_the_stop_switch_is_checked_tested_and_explained_as_any_policy() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = folder.path().join("insurance-claims");
    copy(&root().join("blueprints/insurance-claims"), &blueprint);
    let policies = "@id(\"adjusters-stop-payments\") permit(principal in Role::\"human_agent\", action == Action::\"press_stop\", resource) \
        when { context.args.level == \"action\" && context.args.target == \"create_payment\" };";
    fs::write(blueprint.join("policies/stops.cedar"), policies).unwrap();
    let tests = "defaults: { principal: 'member:human_agent', action: press_stop, args: { level: action, target: create_payment } }
tests:
  - { name: payments, expect: allow, by: [adjusters-stop-payments] }
  - { name: nothing else, args: { target: request_document }, expect: refuse, by: ['right:stop_switch'] }
  - { name: nor lets it go on, action: release_stop, expect: refuse }
  - { name: an admin always presses, principal: 'member:admin', args: { level: client, target: '' }, expect: allow }
  - { name: no such level, args: { level: planet }, expect: invalid }
";
    fs::write(blueprint.join("policies/stops.test.yaml"), tests).unwrap();
    let at = blueprint.to_str().unwrap();
    let checked = baton(&["policy", "check", at]);
    assert!(checked.status.success(), "{}", said(&checked));
    let file = blueprint.join("policies/stops.test.yaml");
    let tested = baton(&["policy", "test", at, "--file", file.to_str().unwrap()]);
    assert!(tested.status.success() && said(&tested).contains("5 tests, 0 failed"), "{}", said(&tested));

    let call = folder.path().join("call.json");
    let text = json!({"principal": "member:human_agent", "action": "press_stop",
        "args": {"level": "action", "target": "create_payment"}});
    fs::write(&call, text.to_string()).unwrap();
    let told = said(&baton(&["policy", "explain", "--call", call.to_str().unwrap(), "--blueprint", at]));
    assert!(told.contains("press_stop allow") && told.contains("policies/stops.cedar:1"), "{told}");
}

#[tokio::test]
async fn what_was_done_is_explained_by_the_release_that_allowed_it_and_compared_with_other_rules() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let lead = app.member("ai-lead@baton.example").await;
        let policies = lead.get(&format!("/api/v1/clients/{SHOP}/policies")).await.ok();
        let ids: Vec<_> = policies.items().iter().filter_map(|p| p["id"].as_str()).collect();
        assert!(ids.contains(&"order-changes"), "{ids:?}");
        let tables = lead.get(&format!("/api/v1/clients/{MUTUAL}/tables")).await.ok();
        let payment = tables.items().iter().find(|t| t["name"] == "create_payment").unwrap();
        assert_eq!(payment["rules"][0]["id"], "pay-own-claim");
        assert!(payment["findings"].is_array(), "{payment}");

        let (effect, entry) = recorded(&app).await;
        let why = lead.get(&format!("/api/v1/clients/{SHOP}/why/{effect}")).await.ok().body;
        assert_eq!((&why["said"], &why["release_recorded"]), (&json!("allow"), &json!(true)), "{why}");
        assert!(why["policies"][0]["text"].as_str().unwrap().contains("permit"), "{why}");
        let refused = lead.get(&format!("/api/v1/clients/{SHOP}/why/{entry}")).await.ok().body;
        assert_eq!(refused["said"], "refuse", "{refused}");
        lead.get(&format!("/api/v1/clients/{SHOP}/why/eff_none")).await.problem(404);
        let neighbour = app.new_member("n@baton.example", MUTUAL, &[baton_govern::Role::AiLead]).await;
        neighbour.get(&format!("/api/v1/clients/{SHOP}/why/{effect}")).await.problem(404);

        let (database, _folder) = app.stop().await;
        let explained = baton(&["policy", "explain", &effect, "--client", SHOP, "--database", &database]);
        assert!(explained.status.success() && said(&explained).contains("permit"), "{}", said(&explained));
        let same = baton(&["policy", "diff", "live", "live", "--client", SHOP, "--database", &database, "--json"]);
        let told: Value = serde_json::from_slice(&same.stdout).unwrap_or_else(|_| panic!("{}", said(&same)));
        assert_eq!(told["changes"], json!({}), "{told}");
    }
}

/// A read that went through, and one that was refused: their effect and ledger entry.
async fn recorded(app: &TestApp) -> (String, String) {
    use baton_base::ClientId;
    use baton_tools::Call;
    let ctx = app.house.system(&ClientId::known(SHOP), "test");
    let call =
        |action: &str, args: Value| Call { action: action.into(), args, step_key: action.into(), ..Call::default() };
    app.house.door.call(&ctx, call("list_all_product_types", json!({}))).await.unwrap();
    let refused = call("get_order_details", json!({"order_id": "#W0"}));
    app.house.door.call(&ctx, refused).await.unwrap();
    let ledger = app.member("auditor@baton.example").await;
    let entries = ledger.get(&format!("/api/v1/ledger?client={SHOP}&kind=action.")).await.ok();
    let find = |kind: &str| {
        entries
            .items()
            .iter()
            .find(|e| e["kind"] == kind)
            .cloned()
            .unwrap_or_else(|| panic!("{kind}: {:?}", entries.text))
    };
    let done = find("action.finished");
    (done["data"]["effect"].as_str().unwrap().to_owned(), find("action.refused")["id"].as_str().unwrap().to_owned())
}

#[test]
fn tables_go_out_as_dmn_and_come_in_again_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("tables.dmn"), folder.path().join("blueprint"));
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    for edition in ["1.3", "1.5"] {
        let made = baton(&["table", "export", "blueprints/insurance-claims", "--dmn", edition, "--out", file]);
        assert!(made.status.success(), "{}", said(&made));
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("<rule id=\"pay-own-claim\">"), "{text}");
        let read = baton(&["table", "import", file, "--out", out, "--force"]);
        assert!(read.status.success() && said(&read).contains("2 tables, 0 errors"), "{}", said(&read));
        let table = fs::read_to_string(Path::new(out).join("tables/create_payment.yaml")).unwrap();
        assert!(table.contains("- id: pay-own-claim"), "{table}");
    }
    let again = baton(&["table", "import", file, "--out", out]);
    assert!(!again.status.success() && said(&again).contains("is there already"), "{}", said(&again));

    let aggregates =
        fs::read_to_string(file).unwrap().replace("hitPolicy=\"FIRST\"", "hitPolicy=\"COLLECT\" aggregation=\"SUM\"");
    fs::write(file, aggregates).unwrap();
    let refused = baton(&["table", "import", file]);
    assert!(!refused.status.success() && said(&refused).contains("does not aggregate (SUM)"), "{}", said(&refused));
    fs::write(file, "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>").unwrap();
    let laughs = baton(&["table", "import", file]);
    assert!(!laughs.status.success() && said(&laughs).contains("entities are not read"), "{}", said(&laughs));
}

#[tokio::test]
async fn a_dmn_file_is_read_into_a_change_and_the_live_tables_are_given_as_one() {
    let app = TestApp::start("sqlite", None).await;
    let lead = app.member("ai-lead@baton.example").await;
    let at = format!("/api/v1/clients/{MUTUAL}");
    let file = lead.get(&format!("{at}/tables/export?table=create_payment")).await.ok();
    assert!(file.header("content-disposition").contains("create_payment.dmn"), "{:?}", file.headers);
    let changed = file.text.replace("the payee is not the holder", "somebody else is not the holder");
    assert_ne!(changed, file.text);
    let read = lead.post(&format!("{at}/tables/import"), &json!({"text": changed, "name": "a.dmn"})).await.ok().body;
    assert_eq!(
        (&read["findings"], &read["tables"][0]["file"]),
        (&json!([]), &json!("tables/create_payment.yaml")),
        "{read}"
    );
    let base = lead.get(&format!("{at}/blueprint")).await.ok().body["release"].clone();
    let edits = json!({"tables/create_payment.yaml": read["tables"][0]["text"]});
    let told = lead.post(&format!("{at}/blueprint/check"), &json!({"edits": edits, "base": base})).await.ok().body;
    assert_eq!(told["findings"], json!([]), "{told}");

    let bad = changed.replace("\"somebody else", "somebody else");
    let read = lead.post(&format!("{at}/tables/import"), &json!({"text": bad, "name": "a.dmn"})).await.ok().body;
    assert_eq!(read["tables"], json!([]), "{read}");
    let message = read["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("rule 'pay-payee', column 'reason'"), "{read}");
    lead.post(&format!("{at}/tables/import"), &json!({"text": "no XML"})).await.problem(400);
    lead.get(&format!("{at}/tables/export?dmn=1.1")).await.problem(400);
    lead.get(&format!("{at}/tables/export?table=none")).await.problem(404);
    let auditor = app.member("auditor@baton.example").await;
    auditor.post(&format!("{at}/tables/import"), &json!({"text": "<a/>"})).await.problem(403);
    app.stop().await;
}
