//! What is found about policies and decision tables before they go live.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{actions, bundle};
use baton_base::Finding;
use baton_govern::{Gap, GapKind, Rulebook};
use serde_json::json;

fn policy_findings(text: &str) -> Vec<Finding> {
    let mut actions = actions();
    let refund = actions.iter_mut().find(|action| action.name == "refund").unwrap();
    refund.schema = json!({"type": "object", "required": ["order_id", "amount"], "properties": {
        "order_id": {"type": "string"}, "amount": {"type": "integer"}, "note": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}}}});
    refund.facts = Some(vec![("order".to_owned(), true), ("history".to_owned(), false)]);
    refund.derived = Some(vec![]);
    Rulebook::load(&bundle(&[("policies/a.cedar", text)]), &actions).err().unwrap_or_default()
}

fn refund(when: &str) -> String {
    format!("@id(\"p\") permit(principal, action == Action::\"refund\", resource) when {{ {when} }};")
}

#[test]
fn policies_are_checked_by_the_schema_of_their_actions() {
    for good in [
        "context.args.amount < 5000",
        "context.args has note && context.args.note like \"ok*\"",
        "context.args.tags.contains(\"gift\") || context.confirmed",
        "context.facts.order.owner == context.args.order_id",
        "context has case && context.case.customer == context.facts.order.owner",
        "context has intent && context.intent == \"refund\" && principal.name == \"concierge\"",
        "context.roles.contains(\"supervisor\") && context.client_id == \"acme\"",
    ] {
        let good = good.replace("context.args.tags", "context.args has tags && context.args.tags");
        assert_eq!(policy_findings(&refund(&good)), [], "{good}");
    }
    for (bad, word) in [
        ("context.args.amont < 5000", "amont"),
        ("context.args.amount == \"5000\"", "refund"),
        ("context.args.note == \"x\"", "note"),
        ("context.facts.oder.owner == \"x\"", "oder"),
        ("context.facts.history.count > 1", "history"),
        ("context.derived.total > 1", "total"),
        ("context.case.id == \"x\"", "case"),
        ("context.facts.order.total > 5 && context.facts.order.total == \"5\"", "refund"),
        ("principal.nmae == \"x\"", "nmae"),
        ("principal in Rolle::\"supervisor\"", "Rolle"),
    ] {
        let found = policy_findings(&refund(bad));
        assert!(!found.is_empty(), "{bad}");
        assert!(found[0].rule == "policy-type" && found[0].line == 1, "{found:?}");
        assert!(found[0].message.contains(word), "{bad}: {}", found[0].message);
    }
}

fn gaps(inputs: &str, hit: &str, rules: &[(&str, &str)]) -> Vec<Gap> {
    let rules: String =
        rules.iter().map(|(id, when)| format!("  - {{ id: {id}, when: {when}, then: {{ out: 1 }} }}\n")).collect();
    let text = format!("hit: {hit}\ninputs: {inputs}\noutputs: [out]\nrules:\n{rules}");
    let book = Rulebook::load(&bundle(&[("tables/t.yaml", &text)]), &actions()).unwrap_or_else(|f| panic!("{f:?}"));
    book.table("t").unwrap().gaps()
}

fn one(found: &[Gap], kind: GapKind) -> Gap {
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, kind, "{found:?}");
    found[0].clone()
}

const DAYS: &str = "[{ name: days, expr: .days }]";

#[test]
fn gaps_are_found_with_an_example_and_none_where_all_is_covered() {
    let found = gaps(DAYS, "unique", &[("a", "{ days: \"< 30\" }"), ("b", "{ days: \"> 30\" }")]);
    assert_eq!(one(&found, GapKind::Gap).example["days"], 30);
    assert_eq!(gaps(DAYS, "unique", &[("a", "{ days: \"<= 30\" }"), ("b", "{ days: \"> 30\" }")]), []);
    let between = [("a", "{ days: \"<= 30\" }"), ("b", "{ days: \">= 31\" }")];
    assert_eq!(one(&gaps(DAYS, "unique", &between), GapKind::Gap).example["days"], 30.5);
    assert_eq!(gaps("[{ name: days, expr: .days, whole: true }]", "unique", &between), []);

    let tier = "[{ name: tier, expr: .tier }]";
    let tiers = [("g", "{ tier: gold }"), ("s", "{ tier: silver }")];
    assert_eq!(one(&gaps(tier, "unique", &tiers), GapKind::Gap).example["tier"], "anything else");
    assert_eq!(gaps("[{ name: tier, expr: .tier, values: [gold, silver] }]", "unique", &tiers), []);
    assert_eq!(one(&gaps(tier, "unique", &[("y", "{ tier: true }")]), GapKind::Gap).example["tier"], false);

    let dates = [("old", "{ d: \"<= 2026-02-28\" }"), ("new", "{ d: \">= 2026-03-02\" }")];
    let found = gaps("[{ name: d, expr: .d }]", "unique", &dates);
    assert_eq!(one(&found, GapKind::Gap).example["d"], "2026-03-01");
    let next = [("old", "{ d: \"<= 2026-02-28\" }"), ("new", "{ d: \">= 2026-03-01\" }")];
    assert_eq!(gaps("[{ name: d, expr: .d }]", "unique", &next), []);
}

#[test]
fn overlaps_rules_that_never_count_and_mixed_columns_are_told() {
    let two = "[{ name: days, expr: .days }, { name: gold, expr: .gold }]";
    let rules = [("a", "{ days: \"<= 30\" }"), ("b", "{ gold: true }"), ("c", "{ days: \"> 30\", gold: false }")];
    let overlap = one(&gaps(two, "unique", &rules), GapKind::Overlap);
    assert_eq!(overlap.rules, ["a", "b"]);
    assert_eq!(overlap.example["gold"], true);
    assert_eq!(gaps(two, "first", &rules), []);

    let shadowed = [("all", "{ days: \">= 0\" }"), ("some", "{ days: \"[5..9]\" }"), ("rest", "{ days: \"< 0\" }")];
    assert_eq!(one(&gaps(DAYS, "first", &shadowed), GapKind::Never).rules, ["some"]);

    let mixed = [("a", "{ days: \"> 5\" }"), ("b", "{ days: soon }")];
    assert!(one(&gaps(DAYS, "first", &mixed), GapKind::NotAnalysed).why.contains("days"));
}

#[test]
fn every_example_of_a_gap_is_undecided_when_it_is_asked() {
    let text = "hit: first\ninputs: [{ name: a, expr: .a }, { name: b, expr: .b }, { name: c, expr: .c }]\noutputs: [out]\nrules:\n\
        \x20 - { id: r1, when: { a: \"[0..10]\", b: x }, then: { out: 1 } }\n\
        \x20 - { id: r2, when: { a: \"(5..20]\", c: true }, then: { out: 2 } }\n\
        \x20 - { id: r3, when: { b: \"not(x, y)\", c: false }, then: { out: 3 } }\n";
    let book = Rulebook::load(&bundle(&[("tables/t.yaml", text)]), &actions()).unwrap();
    let table = book.table("t").unwrap();
    let found = table.gaps();
    assert!(found.len() > 3, "{found:?}");
    for gap in found.iter().filter(|gap| gap.kind == GapKind::Gap) {
        let mut input = json!({"a": 7, "b": "x", "c": true});
        for (name, value) in &gap.example {
            input[name] = value.clone();
        }
        assert!(table.decide(&input).is_err(), "{input} is decided: {:?}", table.decide(&input));
    }
}
