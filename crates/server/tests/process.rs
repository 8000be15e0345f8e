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
fn what_is_not_valid_is_one_document_where_json_is_asked_for() {
    let twice = REFUND.replace("amount: '${ .amount }'", "amount: 1, amount: 2");
    let folder = folder(&[("refund.yaml", REFUND), ("twice.yaml", &twice), ("empty.yaml", "")]);
    let run = |arguments: &[&str]| {
        let (code, out, error) = ended(&baton(folder.path(), &[&["process", "run"], arguments, &["--json"]].concat()));
        assert!(code == 2 && error.is_empty(), "{arguments:?}: {code} {out} {error}");
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(told["status"], "invalid", "{told}");
        told
    };
    let found = run(&["twice.yaml"]);
    assert!(found["findings"][0]["message"] == "the key 'amount' stands here twice", "{found}");
    assert!(run(&["empty.yaml"])["findings"][0]["line"] == 1);
    assert!(run(&["refund.yaml", "--input", ""])["error"]["title"] == "the input is empty");
    assert!(run(&["missing.yaml"])["error"]["title"].as_str().unwrap().contains("cannot read missing.yaml"));
}

#[test]
fn a_process_that_is_missing_is_named_or_scripted_and_others_are_not_complained_of() {
    let outer = "document: { dsl: '1.0.3', namespace: shop, name: outer, version: '1.0.0' }
do:
  - part: { run: { workflow: { namespace: shop, name: inner, version: '1.0.0' } } }
";
    let wrong = REFUND.replace("name: refund", "name: inner").replace("then: approve", "then: nowhere");
    let folder =
        folder(&[("outer.yaml", outer), ("unrelated.yaml", "nothing: here\n"), ("m.yaml", "inner: { result: 7 }\n")]);
    let run = |more: &[&str]| ended(&baton(folder.path(), &[&["process", "run", "outer.yaml"], more].concat()));
    let (code, out, error) = run(&[]);
    assert!(code == 1 && out.contains("errors/configuration"), "{out}");
    assert!(error.contains("process 'inner'") && error.contains("--with") && !error.contains("unrelated"), "{error}");
    let (code, out, error) = run(&["--mock", "m.yaml"]);
    assert_eq!((code, out.trim(), error.as_str()), (0, "7", ""));
    fs::write(folder.path().join("inner.yaml"), wrong).unwrap();
    let (_, _, error) = run(&[]);
    assert!(error.contains("inner.yaml:3:5:"), "what is wrong with the file of that name: {error}");
    fs::create_dir(folder.path().join("none")).unwrap();
    assert_eq!(ended(&baton(folder.path(), &["process", "lint", "none"])).0, 2);
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

const GREETS: &str = "document: { dsl: '1.0.3', namespace: shop, name: greets, version: '1.0.0' }
use: { catalogs: { shared: { endpoint: file:///lib } } }
input: { schema: { resource: { endpoint: file:///schemas/in.json } } }
do:
  - hello: { call: 'greet:1.0.0@shared', with: { who: '${ .who }' } }
";
const GREET: &str = "functions/greet/1.0.0/function.yaml";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Lint, run, graph and test of a process that takes in a function and a schema.
fn takes_in(folder: &Path, process: &str) {
    let go = |arguments: &[&str]| ended(&baton(folder, &[&["process"], arguments].concat()));
    let (code, out, _) = go(&["lint", process]);
    assert!(code == 0 && out.contains("0 errors"), "{out}");
    let (code, out, error) = go(&["run", process, "--input", "{\"who\": \"Ada\"}"]);
    assert_eq!((code, out.trim()), (0, "{\"said\":\"Hello Ada\"}"), "{error}");
    let (code, out, _) = go(&["run", process]);
    assert!(code == 1 && out.contains("errors/validation"), "the schema is read: {out}");
    let (code, out, _) = go(&["graph", process]);
    assert!(code == 0 && out.contains("greet:1.0.0@shared"), "{out}");
    let (code, out, error) = go(&["test", &process.replace(".yaml", ".test.yaml")]);
    assert_eq!(code, 0, "{out} {error}");
}

#[test]
fn functions_and_schemas_are_found_in_the_blueprint_or_beside_a_lone_process() {
    let cases = "cases: [{ name: ada, input: { who: Ada }, expect: { output: { said: Hello Ada } } }]\n";
    let greet = "set: { said: '${ \"Hello \" + .who }' }\n";
    let shared = [("lib/functions/greet/1.0.0/function.yaml", greet), ("schemas/in.json", "{\"required\": [\"who\"]}")];
    let blueprint = folder(&[("blueprint.yaml", "version: 1.0.0\n")]);
    write(blueprint.path(), &shared);
    write(blueprint.path(), &[("processes/greets.yaml", GREETS), ("processes/greets.test.yaml", cases)]);
    takes_in(blueprint.path(), "processes/greets.yaml");
    takes_in(&blueprint.path().join("processes"), "greets.yaml");

    let lone = folder(&[("greets.yaml", GREETS), ("greets.test.yaml", cases)]);
    write(lone.path(), &shared);
    takes_in(lone.path(), "greets.yaml");
    write(lone.path(), &[("lib/functions/greet/1.0.0/function.yaml", "sett: {}\n")]);
    let (code, out, _) = ended(&baton(lone.path(), &["process", "lint", "greets.yaml"]));
    assert!(code == 1 && out.contains(&format!("lib/{GREET}:1:")), "findings name the other file: {out}");
}

#[test]
fn no_file_outside_of_the_folder_is_taken_in() {
    let outside = folder(&[("in.json", "{}")]);
    write(outside.path(), &[(GREET, "set: { said: stolen }\n")]);
    let lone = folder(&[("greets.yaml", GREETS), ("big.json", &format!("{{\"x\": \"{}\"}}", "x".repeat(1 << 20)))]);
    std::os::unix::fs::symlink(outside.path(), lone.path().join("lib")).unwrap();
    std::os::unix::fs::symlink(outside.path(), lone.path().join("schemas")).unwrap();
    let lint = |text: &str| {
        fs::write(lone.path().join("greets.yaml"), text).unwrap();
        ended(&baton(lone.path(), &["process", "lint", "greets.yaml"]))
    };
    let (code, out, _) = lint(GREETS);
    assert!(code == 1 && out.matches("[missing-file]").count() == 2 && !out.contains("stolen"), "{out}");
    let name = outside.path().file_name().unwrap().to_string_lossy().into_owned();
    for endpoint in [format!("../{name}/in.json"), format!("/{}/in.json", outside.path().display()), "big.json".into()]
    {
        let (code, out, _) = lint(&GREETS.replace("schemas/in.json", &endpoint));
        assert!(
            code == 1 && (out.contains("[missing-file]") || out.contains("leaves the release")),
            "{endpoint}: {out}"
        );
    }
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
