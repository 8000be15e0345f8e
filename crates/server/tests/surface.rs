//! What is promised to those who program against Baton: the API's description, the command line, and that a
//! release that does not load changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::root;
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
    command
        .args(arguments)
        .env_remove("BATON_DATABASE")
        .env_remove("BATON_TOKEN")
        .env_remove("BATON_ENCODER")
        .env("COLUMNS", "100");
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

#[test]
fn a_release_whose_connectors_would_be_sent_each_others_tokens_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = folder.path().join("retail-support");
    copy(&root().join("blueprints/retail-support"), &blueprint);
    let overlay = root().join("demo/overlays/larkspur.yaml").display().to_string();
    let check = || baton(&["deploy", &overlay, "--check", "--blueprints", folder.path().to_str().unwrap()]);
    let connector = |name: &str, setting: &str| {
        let auth = format!(
            "  kind: oauth2_code\n  token_url: https://{name}.example/token\n  authorize_url: https://{name}.example/go\n"
        );
        let text = format!(
            "name: {name}\nkind: http\nbase_url: https://{name}.example\nauth:\n{auth}  client: {name}.client\n  setting: {setting}\nactions: []\n"
        );
        fs::write(blueprint.join(format!("connectors/{name}.yaml")), text).unwrap();
    };
    connector("wiki-a", "sign-in");
    connector("wiki-b", "sign-in");
    let refused = check();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("connectors/wiki-b.yaml:9:"), "{said}");
    assert!(said.contains("connectors/wiki-a.yaml") && said.contains("a setting of its own"), "{said}");
    connector("wiki-b", "wiki-b.sign-in");
    let fine = check();
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stderr));
}

#[test]
fn what_nobody_answers_for_does_not_go_live() {
    let folder = tempfile::tempdir().unwrap();
    let blueprint = folder.path().join("retail-support");
    copy(&root().join("blueprints/retail-support"), &blueprint);
    let overlay = root().join("demo/overlays/larkspur.yaml").display().to_string();
    let check = || baton(&["deploy", &overlay, "--check", "--blueprints", folder.path().to_str().unwrap()]);
    assert!(check().status.success());
    let head = blueprint.join("blueprint.yaml");
    let text = fs::read_to_string(&head).unwrap();
    let unowned: Vec<_> = text.lines().filter(|line| !line.starts_with("owner:")).collect();
    fs::write(&head, unowned.join("\n")).unwrap();
    let refused = check();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("nobody answers for this"), "{said}");
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

#[test]
fn a_search_is_measured_and_articles_are_imported_and_what_is_wrong_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(folder.path().join("articles")).unwrap();
    write("articles/returns.md", "# Returns\nSend things back within thirty days.\n");
    write("articles/hours.txt", "Opening hours\n\nWe are here from nine to five.\n");
    write(
        "questions.jsonl",
        "{\"question\": \"when do you open\", \"articles\": \"Opening hours\"}\n{\"question\": \"how do I return a thing\", \"articles\": [\"returns.md\"]}\n",
    );
    let measure =
        |questions: &str| baton(&["eval", "search", "--articles", &at("articles"), "--questions", questions, "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&measure(&at("questions.jsonl")).stdout).unwrap();
    assert_eq!((&told["articles"], &told["questions"]), (&2.into(), &2.into()));
    assert_eq!(
        (&told["rankings"][0]["ranking"], &told["rankings"][1]["recall_at_1"]),
        (&"plain BM25".into(), &1.0.into())
    );
    assert!(told["rankings"][1]["p99_ms"].as_f64().unwrap() > 0.0, "{told}");
    assert!(told["encoder"].is_null() && told["rankings"].as_array().unwrap().len() == 2, "{told}");
    let (articles, asked, missing) = (at("articles"), at("questions.jsonl"), at("no-encoder"));
    let refused =
        baton(&["eval", "search", "--articles", &articles, "--questions", &asked, "--encoder", missing.as_str()]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("no-encoder"), "an encoder that is named must be there: {said}");

    for (text, words) in [
        (
            "{\"question\": \"a\", \"articles\": \"Returns\"}\n{\"question\": \"b\", \"articles\": \"Shipping\"}\n",
            "bad.jsonl:2: no article is called 'Shipping'",
        ),
        ("{\"question\": \"a\"}\n", "bad.jsonl:1: no article is named"),
    ] {
        write("bad.jsonl", text);
        let refused = measure(&at("bad.jsonl"));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{said}");
    }

    copy(&root().join("blueprints/retail-support"), &folder.path().join("shop"));
    let import = |more: &[&str]| {
        let fixed = ["knowledge", "import", &at("articles"), "--client", "larkspur", "--blueprint", &at("shop")];
        String::from_utf8(baton(&[&fixed, more].concat()).stdout).unwrap()
    };
    assert!(import(&["--dry-run"]).contains("2 new") && !folder.path().join("shop/knowledge/articles").exists());
    assert!(import(&[]).contains("2 new, 0 changed, 0 unchanged"));
    write("articles/hours.txt", "Opening hours\n\nWe are here from ten to six.\n");
    fs::remove_file(folder.path().join("articles/returns.md")).unwrap();
    assert!(import(&[]).contains("0 new, 1 changed, 0 unchanged, 0 edited here and left, 1 gone"));
    let article = fs::read_to_string(folder.path().join("shop/knowledge/articles/opening-hours.en.md")).unwrap();
    assert!(article.contains("ten to six") && article.contains("clients: [larkspur]"), "{article}");
    let inside = baton(&["knowledge", "import", "http://127.0.0.1:9/articles.json", "--dry-run"]);
    assert!(String::from_utf8_lossy(&inside.stderr).contains("lies inside"));
}

#[test]
fn an_evaluation_says_whether_an_encoder_helped_and_one_that_is_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.csv");
    let rows: String =
        (0..20).map(|i| format!("where is parcel {i},track\nI want my money back {i},refund\n")).collect();
    fs::write(&file, format!("text,label\n{rows}")).unwrap();
    let eval = |more: &[&str]| {
        let file = file.to_str().unwrap();
        baton(&[&["eval", "intents", "--train", file, "--folds", "2"][..], more].concat())
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let without = eval(&["--no-encoder"]);
    assert!(without.status.success() && text(&without.stdout).contains("encoder: none"), "{without:?}");
    let json: serde_json::Value = serde_json::from_slice(&eval(&["--no-encoder", "--json"]).stdout).unwrap();
    assert!(json["encoder"].is_null() && json["accuracy"] == 1.0, "{json}");
    let missing = folder.path().join("nowhere");
    let refused = eval(&["--encoder", missing.to_str().unwrap()]);
    let said = text(&refused.stderr);
    assert!(!refused.status.success() && said.contains("nowhere") && said.contains("model.onnx"), "{said}");
    let serve = baton(&["serve", "--encoder", missing.to_str().unwrap(), "--database", "sqlite::memory:"]);
    let said = text(&serve.stdout) + &text(&serve.stderr);
    assert!(!serve.status.success() && said.contains("nowhere"), "{said}");
}
