//! What is promised to those who program against Baton: the API's description, the command line, and that a
//! release that does not load changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::root;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn the_api_is_as_described() {
    let mut description = serde_json::to_value(baton_server::http::openapi()).unwrap();
    description["info"]["version"] = "VERSION".into();
    insta::assert_json_snapshot!("openapi", description);
}

fn baton(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(arguments).env_remove("BATON_DATABASE").env_remove("BATON_TOKEN").env("COLUMNS", "100");
    command.output().unwrap()
}

/// The help of a command and of all below it.
fn help(path: &[&str], out: &mut String) {
    let text = String::from_utf8(baton(&[path, &["--help"]].concat()).stdout).unwrap();
    out.push_str(&format!("$ baton {}\n{text}\n", [path, &["--help"]].concat().join(" ")));
    let commands = text.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            help(&[path, &[name]].concat(), out);
        }
    }
}

#[test]
fn the_command_line_is_as_described() {
    let mut text = String::new();
    help(&[], &mut text);
    insta::assert_snapshot!("command_line", text);
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
fn a_broken_blueprint_is_refused_with_file_and_line_and_nothing_is_half_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let (blueprints, database) = (folder.path().join("blueprints"), folder.path().join("baton.db"));
    copy(&root().join("blueprints"), &blueprints);
    let overlay = |client: &str| root().join(format!("demo/overlays/{client}.yaml")).display().to_string();
    let address = format!("sqlite:{}", database.display());
    let (shop, mutual) = (overlay("larkspur"), overlay("harbor-mutual"));
    let deploy = |overlays: &[&str]| {
        let to = ["--blueprints", blueprints.to_str().unwrap(), "--database", &address];
        baton(&[&["deploy"], overlays, &to].concat())
    };

    let process = blueprints.join("insurance-claims/processes/claim.yaml");
    let good = fs::read_to_string(&process).unwrap();
    let (before, _) = good.split_once("- acknowledge:").unwrap();
    let line = before.lines().count();
    fs::write(
        &process,
        good.replace("- acknowledge:\n      call: agent-turn", "- acknowledge:\n      call: no-such-function"),
    )
    .unwrap();
    let refused = deploy(&[&shop, &mutual]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("processes/claim.yaml") && said.contains("no-such-function"), "{said}");
    assert!(!database.exists(), "the shop's good release did not go live by itself");

    for (broken, remark) in [
        (good.replace("  - acknowledge:\n      call:", "  - acknowledge:\n      call: [\n      cal:"), "not YAML"),
        (
            good.replace("  - acknowledge:\n      call: agent-turn", "  - acknowledge:\n      calls: agent-turn"),
            "an unknown task",
        ),
        (good.replace(".language }", ".language | }"), "not an expression"),
    ] {
        if broken == good {
            continue;
        }
        fs::write(&process, broken).unwrap();
        let said = String::from_utf8_lossy(&deploy(&[&mutual]).stderr).into_owned();
        let at =
            said.split("processes/claim.yaml:").nth(1).unwrap_or_else(|| panic!("{remark}: no file and line: {said}"));
        let found: usize = at.split(':').next().unwrap().parse().unwrap();
        assert!(found.abs_diff(line) <= 4, "{remark}: line {found}, not {line}: {said}");
    }

    fs::write(&process, &good).unwrap();
    assert!(deploy(&[&shop, &mutual]).status.success());
    let live = releases(&address);
    assert_eq!(live.len(), 2);
    let policies = blueprints.join("insurance-claims/policies/claims.cedar");
    let text = fs::read_to_string(&policies).unwrap();
    fs::write(&policies, format!("{text}\npermit (principal, action ==")).unwrap();
    assert!(!deploy(&[&shop, &mutual]).status.success());
    assert_eq!(releases(&address), live, "what was live stays live");
}

fn releases(database: &str) -> Vec<(String, Option<String>)> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let db = baton_db::Db::open(database).await.unwrap();
        let rows = db.read(baton_clients::clients).await.unwrap();
        db.close().await;
        rows.into_iter().map(|row| (row.id.to_string(), row.release.map(|release| release.to_string()))).collect()
    })
}
