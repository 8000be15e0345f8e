//! The measurements of the door, the ledger and the import, in small: that they work, not what they measure.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::process::Command;

/// What the bench prints; it must say that all went well, whatever the figures are.
fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton-benches"));
    let ran = command.args(["--root", ".."]).args(arguments).output().unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}{wrong}");
    said.into_owned()
}

/// Each of these is part of a line that ends in whether its goal was met.
fn judged(said: &str, figures: &[&str]) {
    for figure in figures {
        let line = said.lines().find(|line| line.contains(figure));
        let line = line.unwrap_or_else(|| panic!("no line '{figure}':\n{said}"));
        assert!(line.ends_with("met") || line.ends_with("MISSED"), "{line}");
    }
}

#[test]
fn a_policy_decision_is_measured() {
    let said = said(&["door", "--policies", "--decisions", "100", "--actions", "4"]);
    judged(&said, &["policy decision, slice of 100 among 400, p99"]);
}

/// Takes `baton` and `baton-test-everything` from beside the bench: `cargo xtask test` builds them first.
#[test]
fn governed_calls_are_measured_beside_the_systems_own() {
    let few = ["--seconds", "1", "--rate", "20", "--clients", "2", "--decisions", "10", "--actions", "2"];
    let said = said(&[&["door"][..], &few[..]].concat());
    judged(&said, &["added, p50", "added, p99", "governed calls with 2 callers at once"]);
    assert!(said.contains("20 calls of each kind at 20/s"), "{said}");
}

#[test]
fn a_gateway_that_is_not_where_it_is_said_to_be_is_named() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton-benches"));
    let ran = command.args(["door", "contextforge", "--gateway", "tests/no-such-place/mcpgateway"]).output().unwrap();
    let wrong = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success(), "{wrong}");
    assert!(wrong.contains("no-such-place") && wrong.contains("mcp-contextforge-gateway"), "{wrong}");
}

#[test]
fn the_ledger_is_measured() {
    let said = said(&["ledger", "--entries", "500", "--proofs", "20", "--texts", "10"]);
    judged(&said, &["sealed", "proof p50"]);
}

#[test]
fn an_import_is_measured() {
    let file = "../tests/conformance/blueprints/everything/connectors/everything.openapi.json";
    let said = said(&["import", "--file", file, "--times", "1"]);
    judged(&said, &["median"]);
}
