//! `baton process` as its users see it: what it prints, and its exit codes.

#![allow(clippy::unwrap_used, reason = "a test may")]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const REFUND: &str = "document: { dsl: '1.0.3', namespace: shop, name: refund, version: '1.0.0' }
do:
  - way:
      switch:
        - small: { when: '.amount <= 50', then: pay }
        - large: { then: approve }
  - approve:
      call: human-task
      with: { title: Refund, amount: '${ .amount }' }
      timeout: { after: P1D }
  - pay: { set: { paid: '${ $workflow.input.amount }' } }
";

fn baton(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baton")).args(arguments).current_dir(folder).output().unwrap()
}

fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    folder
}

#[test]
fn a_run_prints_its_output_and_how_it_ended() {
    let folder = folder(&[
        ("refund.yaml", REFUND),
        ("answers.yaml", "approve: { result: { decision: yes }, delay: PT23H }\n"),
        ("silence.yaml", "approve: { never: true }\n"),
    ]);
    let run = |more: &[&str]| ended(&baton(folder.path(), &[&["process", "run", "refund.yaml"], more].concat()));
    let (code, out, _) = run(&["--input", "{\"amount\": 20}"]);
    assert_eq!((code, out.trim()), (0, "{\"paid\":20}"));
    let (code, out, _) = run(&["--input", "{\"amount\": 90}", "--mock", "answers.yaml", "--fast", "--json"]);
    let whole: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &whole["status"], &whole["path"]), (0, &json!("completed"), &json!(["way", "approve", "pay"])));
    assert_eq!(whole["took_ms"], 23 * 3_600_000);
    assert_eq!(whole["calls"][0]["args"], json!({"title": "Refund", "amount": 90}));
    let (code, out, _) = run(&["--input", "{\"amount\": 90}", "--mock", "silence.yaml", "--fast"]);
    let problem: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &problem["status"], &problem["instance"]), (1, &json!(408), &json!("/do/1/approve")));
    let (code, out, _) = run(&["--input", "{\"amount\": 90}"]);
    assert!(
        code == 1 && out.contains("nobody answers 'human-task'") && out.contains("approve: { result: {} }"),
        "{out}"
    );
}

#[test]
fn what_is_not_valid_ends_with_two_and_says_what_to_do() {
    let folder = folder(&[
        ("refund.yaml", REFUND),
        (
            "wrong.yaml",
            "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo:\n  - x: { sett: {} }\n",
        ),
        ("answers.yaml", "approve: { resutl: 1 }\n"),
    ]);
    for (arguments, said) in [
        (vec!["wrong.yaml"], "wrong.yaml:3:"),
        (vec!["missing.yaml"], "cannot read missing.yaml"),
        (vec!["refund.yaml", "--input", "{amount: 1"], "the input is not JSON"),
        (vec!["refund.yaml", "--mock", "answers.yaml"], "'approve'"),
        (vec!["refund.yaml", "--timeout", "soon"], "write it like PT30S"),
        (vec!["refund.yaml", "--db", "answers.yaml"], "answers.yaml exists"),
    ] {
        let (code, out, error) = ended(&baton(folder.path(), &[vec!["process", "run"], arguments.clone()].concat()));
        assert!(code == 2 && out.is_empty() && error.contains(said), "{arguments:?}: {code} {out} {error}");
    }
}

#[test]
fn a_database_is_kept_where_it_is_asked_for() {
    let folder = folder(&[("refund.yaml", REFUND)]);
    let arguments = ["process", "run", "refund.yaml", "--input", "{\"amount\": 20}", "--db", "kept.db"];
    assert_eq!(ended(&baton(folder.path(), &arguments)).0, 0);
    assert!(fs::metadata(folder.path().join("kept.db")).unwrap().len() > 0);
}

#[test]
fn a_test_says_what_failed_and_what_it_did_not_reach() {
    let cases = "cases:
  - { name: small, input: { amount: 20 }, expect: { path: [way, pay], output: { paid: 20 } } }
  - { name: wrong, input: { amount: 20 }, expect: { output: { paid: 21 } } }
";
    let folder = folder(&[("refund.yaml", REFUND), ("refund.test.yaml", cases)]);
    let (code, out, _) = ended(&baton(folder.path(), &["process", "test", "."]));
    assert_eq!(code, 1, "{out}");
    for part in
        ["ok   small", "FAIL wrong", "output: /paid: expected 21, found 20", "not reached: /do/1/approve", "case large"]
    {
        assert!(out.contains(part), "{part} in {out}");
    }
    fs::write(folder.path().join("refund.test.yaml"), cases.lines().take(2).collect::<Vec<_>>().join("\n")).unwrap();
    let test = |more: &[&str]| ended(&baton(folder.path(), &[&["process", "test", "refund.test.yaml"], more].concat()));
    assert_eq!(test(&[]).0, 0);
    assert_eq!(test(&["--min-coverage", "90"]).0, 1);
    let (_, out, _) = test(&["--json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["cases"], &report["failed"]), (&json!(1), &json!(0)));
    assert_eq!(ended(&baton(folder.path(), &["process", "test", "nowhere"])).0, 2);
}

#[test]
fn findings_name_their_place_and_a_drawing_can_be_shown() {
    let folder = folder(&[
        ("refund.yaml", REFUND),
        ("wrong.yaml", &REFUND.replace("name: refund", "name: wrong").replace("then: approve", "then: nowhere")),
    ]);
    let (code, out, _) = ended(&baton(folder.path(), &["process", "lint", "wrong.yaml"]));
    assert!(code == 1 && out.contains("wrong.yaml:3:5:") && out.contains("error [then-target]"), "{out}");
    let (code, out, _) = ended(&baton(folder.path(), &["process", "lint", "--json", "."]));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["files"]), (1, &json!(2)));
    let (code, out, _) = ended(&baton(folder.path(), &["process", "graph", "refund.yaml"]));
    assert!(code == 0 && out.starts_with("flowchart TD\n") && out.contains("human-task"), "{out}");
}

#[test]
fn editors_get_the_schema_that_the_parser_reads_by() {
    let folder = folder(&[]);
    let (code, out, _) = ended(&baton(folder.path(), &["process", "schema"]));
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && schema["$schema"].is_string() && schema.to_string().contains("\"compete\""), "{out}");
}

#[test]
fn a_secret_is_set_only_for_a_client_that_is_there() {
    let folder = folder(&[]);
    let (code, _, error) = ended(&baton(folder.path(), &["secret", "set", "acme", "key", "--database", "sqlite:b.db"]));
    assert!(code == 1 && error.contains("no secret to set"), "{error}");
}
