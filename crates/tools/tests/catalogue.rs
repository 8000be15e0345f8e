//! What is refused at load, with its place; and that real descriptions can be read.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use crate::common;
use baton_base::{Bundle, Finding};
use baton_tools::Catalogue;
use serde_json::json;
use std::path::Path;

fn bundle(connector: &str) -> Bundle {
    let mut bundle = common::bundle("http://127.0.0.1:9", &common::shop::openapi().to_string());
    bundle.files.insert("connectors/shop.yaml".to_owned(), connector.to_owned());
    bundle
}

const HEAD: &str = "name: shop\nopenapi: connectors/shop.openapi.json\nbase_url: http://127.0.0.1:9/v1\n";

fn findings(rest: &str) -> Vec<Finding> {
    Catalogue::load(&bundle(&format!("{HEAD}{rest}"))).expect_err("loaded")
}

fn check(rest: &str, line: u32, words: &str) {
    let found = findings(rest);
    let hit = found.iter().find(|f| f.message.contains(words));
    let hit = hit.unwrap_or_else(|| panic!("no finding with '{words}' in {found:#?}"));
    assert_eq!((hit.file.as_str(), hit.line), ("connectors/shop.yaml", line), "{hit}");
    assert!(!hit.remedy.is_empty());
}

#[test]
fn whatever_is_wrong_is_refused_with_its_place() {
    check("actions: [{ name: a, operation: nope }]\n", 4, "no operation 'nope'");
    check("actions:\n  - { name: a, operation: get_order, colour: red }\n", 5, "colour");
    check("actions:\n  - { name: a, operation: get_order }\n  - { name: a, operation: get_order }\n", 5, "twice");
    check("timeout_ms: 0\nactions: []\n", 4, "timeout_ms");
    check("actions:\n  - name: a\n    operation: cancel_order\n    derived: { x: '.a |' }\n", 5, "derived.x");
    check("actions:\n  - name: a\n    operation: cancel_order\n    derived: { x: 'env' }\n", 5, "derived.x");
    check(
        "actions:\n  - { name: w, operation: ring_bell }\n  - { name: a, operation: cancel_order, facts: [{ name: f, action: w }] }\n",
        6,
        "'w' writes",
    );
    check(
        "actions:\n  - { name: r, operation: get_order }\n  - { name: a, operation: cancel_order, facts: [{ name: f, action: r, args: { id: .args.x } }] }\n",
        6,
        "no argument 'id'",
    );
    check("actions:\n  - { name: a, operation: get_order, redact: [/card] }\n", 5, "redact");
    check("actions:\n  - { name: 'a b', operation: get_order }\n", 5, "not an action name");
}

#[test]
fn an_address_that_could_hide_something_is_refused() {
    for bad in ["ftp://shop", "http://user:pw@shop", "http://shop/?x=1", "shop:8080", "http://", "file:///etc/passwd"] {
        let text = format!("name: shop\nopenapi: connectors/shop.openapi.json\nbase_url: '{bad}'\nactions: []\n");
        let found = Catalogue::load(&bundle(&text)).expect_err(bad);
        assert_eq!(found[0].line, 3, "{bad}: {}", found[0]);
    }
}

#[test]
fn an_operations_arguments_are_one_closed_schema() {
    let catalogue =
        Catalogue::load(&common::bundle("http://127.0.0.1:9", &common::shop::openapi().to_string())).unwrap();
    let schema = catalogue.action("cancel_order").unwrap().schema();
    assert_eq!(schema["required"], json!(["order_id", "reason"]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["reason"]["$ref"], "#/$defs/Reason");
    assert_eq!(schema["$defs"]["Reason"]["enum"][0], "no longer needed");
    // The key is the door's to fill in.
    assert!(schema["properties"].get("Idempotency-Key").is_none());
    assert!(catalogue.infos().iter().any(|info| info.name == "cancel_order" && info.writes && info.confirm));
}

#[test]
fn remote_references_are_not_followed() {
    let mut openapi = common::shop::openapi();
    openapi["components"]["schemas"]["Cancel"]["properties"]["reason"] = json!({"$ref": "http://evil.example/schema"});
    let found = Catalogue::load(&common::bundle("http://127.0.0.1:9", &openapi.to_string())).expect_err("loaded");
    assert!(found.iter().any(|f| f.message.contains("only local references")), "{found:#?}");
}

/// The connectors that Baton ships fit the descriptions that it ships.
#[test]
fn the_shipped_connectors_load() {
    let blueprints = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints");
    for blueprint in std::fs::read_dir(blueprints).unwrap().map(|entry| entry.unwrap().path()) {
        let mut bundle = Bundle::default();
        for path in std::fs::read_dir(blueprint.join("connectors")).into_iter().flatten().map(|e| e.unwrap().path()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.lines().map(|line| match line.strip_prefix("base_url:") {
                Some(_) => "base_url: http://127.0.0.1:9".to_owned(),
                None => line.to_owned(),
            });
            let name = format!("connectors/{}", path.file_name().unwrap().to_string_lossy());
            bundle.files.insert(name, text.collect::<Vec<_>>().join("\n"));
        }
        let catalogue = Catalogue::load(&bundle).unwrap_or_else(|found| panic!("{}: {found:#?}", blueprint.display()));
        for action in catalogue.actions().filter(|action| action.writes && !action.idempotent) {
            println!("{}: {} is sent once", blueprint.display(), action.name);
        }
    }
}
