//! The blueprints' connectors hold the demo systems' own descriptions, word for word.

#![allow(clippy::unwrap_used)]

use baton_demo::insurer::{self, House, Service};
use baton_demo::shop;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn blueprints() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints")
}

/// Set `BATON_UPDATE=1` to write the files instead of comparing them.
fn check(file: &str, description: &Value) {
    let path = blueprints().join(file);
    let text = serde_json::to_string_pretty(description).unwrap() + "\n";
    if std::env::var_os("BATON_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(&path).unwrap();
    assert!(stored == text, "{file} is not what the system says of itself: run again with BATON_UPDATE=1");
}

#[test]
fn connectors_hold_the_systems_own_descriptions() {
    check("retail-support/connectors/shop.openapi.json", &shop::openapi());
    let services =
        [(Service::Policies, "policies"), (Service::Documents, "documents"), (Service::Payments, "payments")];
    for (service, name) in services {
        let file = format!("insurance-claims/connectors/{name}.openapi.json");
        check(&file, &insurer::openapi(House::HarborMutual, service));
    }
}

#[test]
fn both_insurers_speak_the_same_interface() {
    for service in [Service::Policies, Service::Documents, Service::Payments] {
        let paths = |house| insurer::openapi(house, service)["paths"].clone();
        assert_eq!(paths(House::HarborMutual), paths(House::Nordlicht));
    }
}
