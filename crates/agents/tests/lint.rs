//! The lint of agents: the blueprints have nothing to look at, and each rule finds what it is for.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::bundle;
use baton_agents::lint::lint;
use baton_base::Bundle;
use std::path::Path;

/// A blueprint with its processes, connectors and tables.
fn whole(blueprint: &str) -> Bundle {
    let mut all = bundle(blueprint, "");
    all.files.remove("processes/test.yaml");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blueprints").join(blueprint);
    for folder in ["processes", "connectors", "tables"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
                all.files.insert(format!("{folder}/{name}"), filled_in(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all
}

/// A file whose parameters are all 1.
fn filled_in(text: &str) -> String {
    let mut parts = text.split("{{param.");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| done + "1" + part.split_once("}}").unwrap().1)
}

/// What is found in the shop's blueprint once a part of a file is another: file and rule of each.
#[track_caller]
fn found(file: &str, from: &str, to: &str) -> Vec<(String, String)> {
    let mut all = whole("retail-support");
    let text = all.files.get_mut(file).unwrap();
    let changed = text.replace(from, to);
    assert_ne!(*text, changed, "there is no '{from}' in {file}");
    *text = changed;
    lint(&all).into_iter().map(|one| (one.file, one.rule)).collect()
}

fn one(file: &str, rule: &str) -> Vec<(String, String)> {
    vec![(file.to_owned(), rule.to_owned())]
}

#[test]
fn the_blueprints_have_nothing_to_look_at() {
    for blueprint in ["retail-support", "insurance-claims"] {
        assert_eq!(lint(&whole(blueprint)), Vec::new(), "{blueprint}");
    }
}

#[test]
fn a_budget_that_no_person_follows_is_found() {
    let file = "processes/support.yaml";
    assert_eq!(found(file, "call: escalate", "call: record"), one(file, "budget-without-person"));
}

#[test]
fn an_action_that_is_never_confirmed_is_found() {
    let file = "processes/cancel.yaml";
    assert_eq!(found(file, "goal: confirm", "goal: answer"), one(file, "unconfirmed-action"));
}

#[test]
fn a_field_that_nothing_uses_is_found() {
    let file = "intents/order_status.yaml";
    let shoes = "fields:\n  shoe_colour: {kind: text, ask: ask_order}\n";
    assert_eq!(found(file, "fields:\n", shoes), one(file, "unused-field"));
    let optional = "fields:\n  shoe_colour: {kind: text, ask: ask_order, optional: true}\n";
    assert!(found(file, "fields:\n", optional).is_empty());
    let file = "processes/cancel.yaml";
    assert_eq!(
        found(file, "fields: { reason: {} }", "fields: { reason: {}, mood: { kind: text } }"),
        one(file, "unused-field")
    );
}

#[test]
fn guidelines_that_contradict_each_other_are_refused() {
    let two = "guidelines:\n  - { name: a, when: { words: [gift] }, then: { person: a gift } }\n  \
               - { name: b, when: { signals: [angry] }, then: { say: greeting } }\nturn_budget";
    let file = "agents/concierge.yaml";
    assert_eq!(found(file, "turn_budget", two), one(file, "guideline-contradicts"));
}

#[test]
fn what_an_agent_never_says_is_found_where_it_stands() {
    let file = "agents/concierge.yaml";
    let never = |phrase: &str| format!("never: [{phrase}]\nturn_budget");
    let refused = found(file, "turn_budget", &never("good to hear from you"));
    assert_eq!(refused, one("templates/en.yaml", "never-said"));
    let more = "never: [nothing to print]\nknowledge: [returns, nothing]\nlanguages: [en, fr]\nturn_budget";
    let expected =
        [one(file, "unknown-article"), one(file, "unspoken-language"), one("knowledge/returns.md", "never-said")];
    assert_eq!(found(file, "turn_budget", more), expected.concat());
}

#[test]
fn what_stands_in_an_internal_article_is_nothing_that_an_agent_says() {
    let mut all = whole("retail-support");
    all.files.get_mut("agents/concierge.yaml").unwrap().push_str("\nnever: [nothing to print]\n");
    let rules = |all: &Bundle| lint(all).into_iter().map(|one| one.rule).collect::<Vec<_>>();
    assert_eq!(rules(&all), ["never-said"]);
    let article = all.files.get_mut("knowledge/returns.md").unwrap();
    *article = article.replace("audience: customer", "audience: internal");
    assert!(rules(&all).is_empty());
}

#[test]
fn an_agent_that_is_handed_cases_and_takes_no_need_is_found() {
    let mut all = whole("retail-support");
    all.files.get_mut("agents/concierge.yaml").unwrap().push_str("delegates_to: [closer]\n");
    all.files.insert("agents/closer.yaml".into(), "name: closer\ntitle: Order desk\nrole: Closes orders.\n".into());
    let found = |all: &Bundle| lint(all).into_iter().map(|one| (one.file, one.rule)).collect::<Vec<_>>();
    assert_eq!(found(&all), one("agents/closer.yaml", "delegate-takes-nothing"));
    all.files.get_mut("agents/closer.yaml").unwrap().push_str("takes: [cancel_order]\n");
    assert_eq!(found(&all), Vec::new());
}

#[test]
fn a_model_that_acts_without_actions_and_actions_that_no_model_calls_are_found() {
    let file = "agents/concierge.yaml";
    let tools = "turn_budget: 24\ntools: [{ action: get_order_details }]";
    assert_eq!(found(file, "turn_budget: 24", tools), one(file, "unused-tools"));
    assert_eq!(found("processes/cancel.yaml", "goal: collect", "goal: act"), one(file, "act-without-tools"));
}
