//! Connectors of what no description lists: statements on a database, plain operations, an outside agent, a webhook.

use crate::common::{Caller, MUTUAL, SHOP, TestApp, databases};
use baton_govern::Role;
use serde_json::{Value, json};
use std::process::Command;

fn place(client: &str, route: &str) -> String {
    format!("/api/v1/clients/{client}/connectors/{route}")
}

/// Who may connect at the shop, who may not, and who may at another client alone.
async fn people(app: &TestApp) -> (Caller, Caller, Caller) {
    (
        app.new_member("connects@baton.example", SHOP, &[Role::Integrator]).await,
        app.new_member("reads@baton.example", SHOP, &[Role::Auditor]).await,
        app.new_member("next@baton.example", MUTUAL, &[Role::Integrator]).await,
    )
}

/// The same body is taken from who may connect, and from nobody else.
async fn imported(people: &(Caller, Caller, Caller), route: &str, body: &Value) -> Value {
    let (connects, reads, neighbour) = people;
    reads.post(&place(SHOP, route), body).await.problem(403);
    neighbour.post(&place(SHOP, route), body).await.problem(404);
    connects.post(&place(SHOP, route), body).await.ok().body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_and_operations_become_files_and_what_is_wrong_is_told() {
    let app = TestApp::start("sqlite", None).await;
    let people = people(&app).await;
    let find = json!({"name": "find_stock", "title": "Look at the stock", "sql": "select free from stock where sku = :sku",
        "one": true, "args": {"properties": {"sku": {"type": "string"}}, "required": ["sku"]}});
    let wipe = json!({"name": "wipe", "sql": "delete from stock"});
    let asked = json!({"name": "warehouse", "dialect": "postgresql", "statements": [find, wipe]});
    let done = imported(&people, "import-statements", &asked).await;
    assert_eq!(
        (&done["report"]["imported"], &done["report"]["auth"]["setting"]),
        (&json!(1), &json!("warehouse.address"))
    );
    assert!(done["report"]["refused"][0]["reason"].as_str().unwrap().contains("say that it writes"), "{done}");
    let pick = json!([{"operation": "find_stock", "name": "look_at_stock", "risk": "medium"}]);
    let chosen = json!({"name": "warehouse", "dialect": "postgresql", "statements": [find, wipe], "operations": pick});
    let file = imported(&people, "import-statements", &chosen).await["files"]["connectors/warehouse.yaml"].clone();
    let file = file.as_str().unwrap();
    assert!(file.contains("- name: look_at_stock") && file.contains("one: true") && !file.contains("wipe"), "{file}");
    let connects = &people.0;
    for (bad, words) in [
        (json!({"name": "a b", "dialect": "sqlite", "statements": []}), "a name"),
        (json!({"name": "db", "dialect": "oracle", "statements": []}), "not offered"),
    ] {
        let told = connects.post(&place(SHOP, "import-statements"), &bad).await;
        assert!(told.problem(400).text.contains(words), "{}", told.text);
    }

    let stop = json!({"name": "stop_parcel", "method": "POST", "path": "/parcels/{id}/stop",
        "args": {"properties": {"id": {"type": "string"}, "reason": {"type": "string"}}, "required": ["id"]}});
    let at = |base_url: &str| json!({"name": "parcels", "base_url": base_url, "auth": {"kind": "bearer"}, "written": [stop]});
    let done = imported(&people, "import-operations", &at("{{param.parcels_url}}")).await;
    assert_eq!((&done["report"]["imported"], &done["report"]["auth"]["setting"]), (&json!(1), &json!("parcels.token")));
    assert!(done["report"]["operations"][0]["writes"] == true, "{done}");
    for (bad, words) in [("parcels", "no address"), ("http://169.254.169.254", "told their secrets")] {
        let told = connects.post(&place(SHOP, "import-operations"), &at(bad)).await;
        assert!(told.problem(400).text.contains(words), "{}", told.text);
    }

    let hook = |hook: Value| json!({"name": "acme", "hook": hook});
    let event = json!({"type": "com.acme.", "type_from": "/type"});
    let good = hook(json!({"signature": {"scheme": "standard-webhooks"}, "event": event}));
    let done = imported(&people, "import-webhook", &good).await;
    assert!(done["files"]["webhooks/acme.yaml"].as_str().unwrap().contains("acme.hook"), "{done}");
    let told = connects.post(&place(SHOP, "import-webhook"), &hook(json!({"event": event}))).await;
    assert!(told.problem(400).text.contains("scheme"), "{}", told.text);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_read_inside_by_admins_alone_and_on_the_machine_by_those_of_the_house() {
    for (name, url) in databases().await {
        let app = TestApp::start(name, url).await;
        let people = people(&app).await;
        let admin = app.new_member("admin@shop.example", SHOP, &[Role::Admin]).await;
        let house = app.new_member("house@baton.example", "house", &[Role::Admin]).await;
        let route = place(SHOP, "read-tables");
        // Baton's own database is one like any other.
        let dialect = if name == "sqlite" { "sqlite" } else { "postgresql" };
        let asked = |inside: bool| json!({"dialect": dialect, "address": app.database, "inside": inside});
        let told = people.0.post(&route, &asked(false)).await;
        assert!(told.problem(400).text.contains("lies inside"), "{name} {}", told.text);
        people.0.post(&route, &asked(true)).await.problem(403);
        people.1.post(&route, &asked(false)).await.problem(403);
        people.2.post(&route, &asked(false)).await.problem(404);
        if name == "sqlite" {
            let told = admin.post(&route, &asked(true)).await;
            assert!(told.problem(403).text.contains("whole house"), "{}", told.text);
        }
        let found = house.post(&route, &asked(true)).await.ok().body;
        let tables = found["tables"].as_array().unwrap();
        let table = tables.iter().find(|table| table["name"] == "case_file").unwrap_or_else(|| panic!("{found}"));
        let statement = &table["statement"];
        assert_eq!(
            (&statement["name"], &statement["writes"]),
            (&json!("find_case_file"), &json!(false)),
            "{statement}"
        );
        assert!(statement["sql"].as_str().unwrap().contains(" = :"), "{statement}");
        // What is suggested can be imported as it is.
        let body = json!({"name": "own", "dialect": dialect, "statements": [statement]});
        let done = people.0.post(&place(SHOP, "import-statements"), &body).await.ok().body;
        assert_eq!((&done["report"]["imported"], &done["report"]["refused"]), (&json!(1), &json!([])), "{done}");
        let away = json!({"dialect": "postgresql", "address": "postgres://ada:s3cret@127.0.0.1:9/x", "inside": true});
        let told = admin.post(&route, &away).await;
        assert!(told.problem(400).text.contains("cannot be reached") && !told.text.contains("s3cret"), "{}", told.text);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_become_a_connector_on_the_command_line() {
    let app = TestApp::start("sqlite", None).await;
    let folder = tempfile::tempdir().unwrap();
    let run = |tables: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["connector", "import-tables", "own", "--dialect", "sqlite", "--address-from", "OWN_ADDRESS"]);
        command.args(["--tables", tables, "--out"]).arg(folder.path()).env("OWN_ADDRESS", &app.database);
        command.output().unwrap()
    };
    let done = run("case_file,member");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success() && said.contains("find_case_file"),
        "{said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let file = std::fs::read_to_string(folder.path().join("connectors/own.yaml")).unwrap();
    assert!(file.contains("setting: own.address") && file.contains("- name: find_case_file"), "{file}");
    assert!(!file.contains(&app.database), "the address stands in no file");
    let told = run("nothing_of_this_name");
    assert!(
        !told.status.success() && String::from_utf8_lossy(&told.stderr).contains("nothing_of_this_name"),
        "{told:?}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outside_agent_is_imported_by_its_card_and_its_skills_become_actions() {
    let app = TestApp::start("sqlite", None).await;
    let people = people(&app).await;
    let admin = app.new_member("admin@shop.example", SHOP, &[Role::Admin]).await;
    let route = place(SHOP, "import-agent");
    // Baton's own agent is one like any other.
    let url = format!("{}/a2a/{SHOP}/.well-known/agent-card.json", app.url);
    let asked = |inside: bool, operations: Value| json!({"name": "shopkeeper", "url": url, "inside": inside, "operations": operations, "auth": {"kind": "bearer"}});
    people.1.post(&route, &asked(false, Value::Null)).await.problem(403);
    people.2.post(&route, &asked(false, Value::Null)).await.problem(404);
    let told = people.0.post(&route, &asked(false, Value::Null)).await;
    assert!(told.problem(400).text.contains("lies inside"), "{}", told.text);
    people.0.post(&route, &asked(true, Value::Null)).await.problem(403);
    let done = admin.post(&route, &asked(true, Value::Null)).await.ok().body;
    let operations = done["report"]["operations"].as_array().unwrap();
    let of = |operation: &str| operations.iter().any(|one| one["operation"] == operation);
    assert!(of("send cancel_order") && of("send") && of("task") && of("cancel"), "{done}");
    assert_eq!(done["report"]["auth"]["setting"], "shopkeeper.token");
    let pick = json!([{"operation": "send cancel_order", "name": "ask_to_cancel", "risk": "high"}]);
    let done = admin.post(&route, &asked(true, pick)).await.ok().body;
    let file = done["files"]["connectors/shopkeeper.yaml"].as_str().unwrap();
    assert!(file.contains("- name: ask_to_cancel") && file.contains("operation: send"), "{file}");
    assert!(done["files"]["connectors/shopkeeper.card.json"].is_string(), "{done}");
    let none = json!({"name": "x", "url": format!("{}/healthz", app.url), "inside": true});
    let told = admin.post(&route, &none).await;
    assert!(told.problem(400).text.contains("card"), "{}", told.text);
    app.stop().await;
}
