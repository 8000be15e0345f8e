//! Rulebook and judgement: what AI, processes and people may do, and how bad files are refused.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Ask, POLICIES, TABLE, actions, agent, bundle, member, rulebook};
use baton_base::{Bundle, ClientId, EffectId, Error, Finding, MemberId};
use baton_govern::stop::Scope;
use baton_govern::{Approved, Judgement, Level, Role, Rulebook, Stop, permit};
use serde_json::{Value, json};

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    Rulebook::load(&bundle(files), &actions()).err().unwrap_or_default()
}

fn refused(judgement: Judgement) -> (String, Vec<String>) {
    match judgement {
        Judgement::Refuse { reason, policies } => (reason, policies),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn an_agent_may_what_a_policy_permits_and_the_permit_names_it() {
    let ask = Ask::cancel();
    let judgement = ask.judge(&rulebook(), &agent(), Level::Act, None);
    let permit = permit(judgement, &agent(), &EffectId::known("eff_1")).unwrap();
    assert_eq!(permit.policies(), ["cancel-own-order"]);
    assert_eq!(permit.autonomy(), Level::Act);
    let digest = baton_base::digest_of(&ask.args);
    assert!(permit.covers(&ClientId::known("acme"), "cancel_order", &digest, permit.issued_ms()).is_ok());
    assert!(permit.covers(&ClientId::known("globex"), "cancel_order", &digest, permit.issued_ms()).is_err());
    assert!(permit.covers(&ClientId::known("acme"), "cancel_order", "other", permit.issued_ms()).is_err());
    assert!(permit.covers(&ClientId::known("acme"), "cancel_order", &digest, permit.expires_ms() + 1).is_err());
}

#[test]
fn refusals_say_which_policy_and_why() {
    let mut shipped = Ask::cancel();
    shipped.facts = json!({"order": {"status": "shipped", "owner": "c1"}});
    let (reason, policies) = refused(shipped.judge(&rulebook(), &agent(), Level::Act, None));
    assert_eq!(
        (reason.as_str(), policies.as_slice()),
        ("a shipped order cannot be cancelled", &["not-shipped".into()][..])
    );

    let mut unconfirmed = Ask::cancel();
    unconfirmed.confirmed = false;
    let (reason, policies) = refused(unconfirmed.judge(&rulebook(), &agent(), Level::Act, None));
    assert!(policies == ["built-in:confirm"] && reason.contains("yes"), "{reason}");

    let (reason, _) = refused(Ask::action("delete_shop").judge(&rulebook(), &agent(), Level::Act, None));
    assert!(reason.contains("no action"), "{reason}");
}

#[test]
fn what_is_missing_or_of_another_type_refuses_even_where_the_rest_allows() {
    for facts in
        [json!({}), json!({"order": {"owner": "c1"}}), json!({"order": {"status": 5, "owner": "c1"}}), Value::Null]
    {
        let mut ask = Ask::cancel();
        ask.facts = facts.clone();
        let judgement = ask.judge(&rulebook(), &agent(), Level::Act, None);
        assert!(matches!(judgement, Judgement::Refuse { .. }), "{facts}: {judgement:?}");
    }
    let mut ask = Ask::refund(10);
    ask.derived = json!({"amount": 10.5});
    let (_, policies) = refused(ask.judge(&rulebook(), &agent(), Level::Act, None));
    assert_eq!(policies, ["built-in:evaluation"], "an amount that is no whole number cannot be compared");
}

#[test]
fn the_stop_switch_and_the_level_bind_ai_and_not_people() {
    let stop = Stop {
        client: ClientId::known("acme"),
        scope: Scope::Action,
        target: "cancel_order".into(),
        reason: "wrong cancellations".into(),
        engaged_by: "member:m".into(),
        engaged_ms: 0,
    };
    let (ask, book) = (Ask::cancel(), rulebook());
    let (reason, _) = refused(ask.judge(&book, &agent(), Level::Act, Some(stop.clone())));
    assert!(reason.contains("wrong cancellations"), "{reason}");
    let person = member(&[Role::HumanAgent]);
    assert!(matches!(ask.judge(&book, &person, Level::Observe, Some(stop)), Judgement::Allow { .. }));
    for level in [Level::Observe, Level::Suggest] {
        assert!(matches!(ask.judge(&book, &agent(), level, None), Judgement::Refuse { .. }), "{level:?}");
    }
    assert!(matches!(Ask::action("get_order").judge(&book, &agent(), Level::Observe, None), Judgement::Allow { .. }));
}

#[test]
fn an_approval_lets_through_what_it_was_asked_for_and_nothing_else() {
    let book = rulebook();
    let by = |who: &str, roles: &[Role]| Approved { by: MemberId::known(who), roles: roles.to_vec() };
    let mut ask = Ask::cancel();
    let Judgement::NeedsApproval { role, reason, .. } = ask.judge(&book, &agent(), Level::ActWithApproval, None) else {
        panic!("the level asks for approval")
    };
    assert!(role == Role::Supervisor && reason.contains("said yes"), "{reason}");
    ask.approved = Some(by("mem_9", &[Role::Supervisor]));
    let judgement = ask.judge(&book, &agent(), Level::ActWithApproval, None);
    let given = permit(judgement, &agent(), &EffectId::known("e")).unwrap();
    assert_eq!(given.approved_by(), Some(&MemberId::known("mem_9")));
    ask.facts = json!({"order": {"status": "shipped", "owner": "c1"}});
    refused(ask.judge(&book, &agent(), Level::ActWithApproval, None));

    let mut refund = Ask::refund(50_001);
    let needs = refund.judge(&book, &agent(), Level::Act, None);
    assert!(matches!(&needs, Judgement::NeedsApproval { role: Role::FinanceLead, .. }), "{needs:?}");
    assert!(matches!(permit(needs, &agent(), &EffectId::known("e")), Err(Error::Refused { .. })));
    refund.approved = Some(by("mem_9", &[Role::Supervisor]));
    let (reason, _) = refused(refund.judge(&book, &agent(), Level::Act, None));
    assert!(reason.contains("finance lead"), "{reason}");
    refund.approved = Some(by("mem_9", &[Role::FinanceLead]));
    assert!(matches!(refund.judge(&book, &agent(), Level::Act, None), Judgement::Allow { .. }));
    refund.approved = Some(by("mem_1", &[Role::FinanceLead]));
    let (reason, _) = refused(refund.judge(&book, &member(&[Role::FinanceLead]), Level::Act, None));
    assert!(reason.contains("cannot approve"), "{reason}");
}

#[test]
fn the_table_and_the_policies_must_agree() {
    let book = rulebook();
    for (days, expect) in [(10, "allow"), (40, "approve"), (100, "refuse")] {
        let mut ask = Ask::refund(10);
        let decided = book.table("refund").unwrap().decide(&json!({"facts": {"days": days, "tier": "basic"}}));
        ask.rules = Some(decided.unwrap());
        let judgement = ask.judge(&book, &agent(), Level::Act, None);
        let got = match &judgement {
            Judgement::Allow { .. } => "allow",
            Judgement::NeedsApproval { .. } => "approve",
            Judgement::Refuse { .. } => "refuse",
        };
        assert_eq!(got, expect, "{days}: {judgement:?}");
    }
}

#[test]
fn tables_decide_or_say_why_not() {
    let book = rulebook();
    let table = book.table("refund").unwrap();
    let decide = |days: Value, tier: &str| table.decide(&json!({"facts": {"days": days, "tier": tier}}));
    let gold = decide(json!(80), "gold").unwrap();
    assert_eq!((gold.rules, gold.outputs["note"].clone()), (vec!["gold".to_owned()], json!("80 days, gold")));
    assert_eq!(gold.digest, table.digest());
    for (days, tier) in [(json!(null), "basic"), (json!("ten"), "basic"), (json!(-1), "basic")] {
        let why = decide(days.clone(), tier).unwrap_err().reason;
        assert!(why.starts_with("table refund does not decide: "), "{days}: {why}");
    }
    let unique = TABLE.replace("hit: first", "hit: unique");
    let files = [("tables/refund.yaml", unique.as_str())];
    let book = Rulebook::load(&bundle(&files), &actions()).unwrap();
    let why = book.table("refund").unwrap().decide(&json!({"facts": {"days": 10, "tier": "gold"}})).unwrap_err().reason;
    assert!(why.contains("gold, in-window all match"), "{why}");
    let collect = TABLE.replace("hit: first", "hit: collect");
    let book = Rulebook::load(&bundle(&[("tables/refund.yaml", collect.as_str())]), &actions()).unwrap();
    let all = book.table("refund").unwrap().decide(&json!({"facts": {"days": 10, "tier": "gold"}})).unwrap();
    assert_eq!(all.outputs["verdict"], json!(["allow", "allow"]));
}

#[test]
fn bad_files_are_refused_with_place_and_remedy() {
    let check = |file: &str, text: &str, rule: &str, line: u32, words: &str| {
        let found = findings(&[(file, text)]);
        let hit = found.iter().find(|f| f.rule == rule).unwrap_or_else(|| panic!("{rule} in {found:?}"));
        assert_eq!((hit.file.as_str(), hit.line), (file, line), "{hit}");
        assert!(hit.message.contains(words) && !hit.remedy.is_empty(), "{hit}");
    };
    let table = |from: &str, to: &str| TABLE.replace(from, to);
    check("tables/t.yaml", &table("\"[0..30]\"", "\"[30..0]\""), "table-cell", 13, "ends before");
    check("tables/t.yaml", &table("days: \"[0..30]\"", "dayz: 5"), "table-cell", 13, "dayz");
    check("tables/t.yaml", &table("id: late", "id: gold"), "table-rule-id", 15, "stands twice");
    check("tables/t.yaml", &table(".facts.days }", "'.facts |' }"), "table-input", 4, "days");
    check("tables/t.yaml", &table("hit: first", "hits: first"), "yaml", 2, "hits");
    check("policies/p.cedar", "permit(principal, action, resource)\n", "cedar", 1, "");
    check("policies/p.cedar", "\npermit(principal, action, resource);", "policy-id", 2, "empty");
    check("policies/p.cedar", "@id(\"a\")\nforbid(principal, action, resource);", "policy-reason", 1, "no reason");
    let unknown = "@id(\"a\")\npermit(principal, action == Action::\"nope\", resource);";
    check("policies/p.cedar", unknown, "policy-action", 1, "nope");
    let chef = "@id(\"a\") @reason(\"r\") @approval(\"chef\")\nforbid(principal, action, resource);";
    check("policies/p.cedar", chef, "policy-approval", 1, "chef");
    check(
        "policies/p.cedar",
        "@id(\"a\")\npermit(principal == ?principal, action, resource);",
        "policy-template",
        0,
        "template",
    );
    check(
        "facts.yaml",
        "facts:\n  - {key: a, value: 1, from: 2026-02-30, owner: o, source: s}",
        "policy-fact",
        2,
        "date",
    );
    let twice = "facts:\n  - {key: a, value: 1, owner: o, source: s}\n  - {key: a, value: 2, from: 2026-01-01, owner: o, source: s}";
    check("facts.yaml", twice, "policy-fact", 2, "two values");
    check("autonomy.yaml", "rules:\n  - {action: nope, level: act}", "autonomy-action", 0, "nope");
    assert!(findings(&[("autonomy.yaml", "default: sometimes")])[0].message.contains("sometimes"));
}

#[test]
fn policy_facts_hold_on_their_days_and_are_read_by_policies_and_tables() {
    let text = "facts:\n  - {key: refund.window, value: 30, unit: days, to: 2025-12-31, owner: o, source: s}\n  - {key: refund.window, value: 45, from: 2026-01-01, owner: o, source: s}\n";
    let book = Rulebook::load(&bundle(&[("facts.yaml", text)]), &actions()).unwrap();
    let new_year_ms = 1_767_225_600_000;
    assert_eq!(book.fact("refund.window", new_year_ms - 1).unwrap().value, 30);
    assert_eq!(book.facts_at(new_year_ms), json!({"refund": {"window": 45}}));
}

#[test]
fn autonomy_defaults_are_careful() {
    let files =
        [("autonomy.yaml", "rules:\n  - {action: cancel_order, level: act}\n  - {intent: fraud, level: observe}\n")];
    let book = Rulebook::load(&bundle(&files), &actions()).unwrap();
    assert_eq!(book.autonomy_default("cancel", "cancel_order"), Level::Act);
    assert_eq!(book.autonomy_default("fraud", "refund"), Level::Observe);
    assert_eq!(book.autonomy_default("returns", "refund"), Level::ActWithApproval);
    assert_eq!(book.autonomy_default("returns", "get_order"), Level::Act);
    assert_eq!(book.autonomy_default("returns", "unknown"), Level::ActWithApproval);
}

#[test]
fn a_bundle_without_rules_permits_nothing() {
    let book = Rulebook::load(&Bundle::default(), &actions()).unwrap();
    let (reason, _) = refused(Ask::action("get_order").judge(&book, &agent(), Level::Act, None));
    assert!(reason.contains("no policy permits"), "{reason}");
    assert!(POLICIES.contains("permit"));
}
