//! Properties of policies: proven, refuted with a call that the rules let through, or said not to be decided.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{POLICIES, TABLE, actions, bundle, env};
use baton_base::{AgentName, ClientId, Finding, MemberId};
use baton_govern::proofs::{Call, Outcome, Proof, Settled, Solver, prove};
use baton_govern::{Approved, Ctx, DOOR, Judgement, Level, Question, Role, Rulebook, judge};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const PROPERTIES: &str = "policies/properties/shop.yaml";

/// The solver of this machine; `None`, with one line that says so, when `BATON_SKIP_PROOFS=1`.
async fn solver() -> Option<Solver> {
    if std::env::var("BATON_SKIP_PROOFS").is_ok_and(|value| value == "1") {
        println!("skipped, since BATON_SKIP_PROOFS=1: nothing is asked of a solver");
        return None;
    }
    match Solver::find().await {
        Ok(solver) => Some(solver),
        Err(why) => panic!("tests of proofs need a solver: {why}; or set BATON_SKIP_PROOFS=1 to leave them out"),
    }
}

fn book(properties: &str) -> Rulebook {
    let files = [("policies/shop.cedar", POLICIES), (PROPERTIES, properties)];
    Rulebook::load(&bundle(&files), &actions()).unwrap()
}

async fn proven(solver: &Solver, book: &Rulebook) -> Vec<Proof> {
    prove(book, Ok(solver), &Settled::default(), env().now_ms()).await
}

fn one(id: &str, rest: &str) -> String {
    format!("properties:\n  - id: {id}\n    says: never\n{rest}")
}

/// What the judge says of the call of a counterexample, for an agent that may act by itself.
fn judged(book: &Rulebook, call: &Call, approved: Option<&Approved>) -> Judgement {
    let (kind, name) = call.actor.split_once(':').unwrap();
    let client: ClientId = call.client.parse().unwrap();
    let ctx = match kind {
        "agent" => Ctx::agent(&env(), &client, &AgentName::known(name), "r1"),
        "member" => Ctx::member(&env(), &client, &MemberId::known(name), &call.roles),
        _ => Ctx::system(&env(), &client, name),
    };
    let part = |name: &str| call.context.get(name).cloned().unwrap_or(Value::Null);
    let (facts, derived, case, identity) = (part("facts"), part("derived"), part("case"), part("identity"));
    let question = Question {
        action: &call.action,
        args: &call.args,
        facts: &facts,
        derived: &derived,
        intent: call.context.get("intent").and_then(Value::as_str),
        case: &case,
        identity: &identity,
        confirmed: part("confirmed") == true,
        rules: None,
        approved,
    };
    judge(book, &ctx, &question, Level::Act, None)
}

#[tokio::test]
async fn what_the_policies_hold_is_proven() {
    let Some(solver) = solver().await else { return };
    let book = book(
        r#"properties:
  - id: shipped
    says: a shipped order is not cancelled
    action: action == Action::"cancel_order"
    unless: context.facts.order.status like "pending*"
  - id: others
    says: refunds are paid for acme alone
    action: action == Action::"refund"
    when: context.client_id != "acme" || !(resource in Client::"acme")
  - id: large
    says: nothing large is paid without approval
    action: action == Action::"refund"
    when: context.derived.amount > 50000
    even_with_approval: false
  - id: roles
    says: what agents do takes no role
    principal: principal is Agent
    action: action in Action::"writes"
    when: context.roles.contains("supervisor") || principal in Role::"supervisor"
"#,
    );
    let proofs = proven(&solver, &book).await;
    let told: Vec<_> = proofs.iter().map(|proof| (proof.id.as_str(), proof.outcome, proof.kinds)).collect();
    // A role that no agent has is about no call at all, and that is said instead.
    let proven = Outcome::Proven;
    assert_eq!(
        told,
        [("shipped", proven, 6), ("others", proven, 6), ("large", proven, 6), ("roles", Outcome::Undecided, 12)],
        "{proofs:?}"
    );
    assert!(proofs[3].why.contains("no call can be as it says"), "{}", proofs[3].why);
    assert_eq!((proofs[0].file.as_str(), proofs[0].line), (PROPERTIES, 2));
}

#[tokio::test]
async fn what_they_do_not_hold_is_refuted_with_a_call_that_the_judge_lets_through() {
    let Some(solver) = solver().await else { return };
    let cheap = one(
        "cheap",
        "    principal: principal is Agent\n    action: action == Action::\"refund\"\n    \
         when: context.derived.amount > 1000 && context.derived.amount <= 50000\n",
    );
    let book_of = book(&cheap);
    let proof = proven(&solver, &book_of).await.remove(0);
    assert_eq!(proof.outcome, Outcome::Refuted, "{proof:?}");
    let call = proof.call.unwrap();
    let amount = call.context["derived"]["amount"].as_i64().unwrap();
    assert!((1001..=50_000).contains(&amount), "{call:?}");
    assert_eq!((call.actor.as_str(), call.client.as_str()), ("agent:some-agent", "acme"), "{call:?}");
    assert_eq!((call.policies.as_slice(), call.approval), (&["refunds".to_owned()][..], None), "{call:?}");
    let judgement = judged(&book_of, &call, None);
    assert!(matches!(judgement, Judgement::Allow { .. }), "{judgement:?}");

    let large = one("large", "    action: action == Action::\"refund\"\n    when: context.derived.amount > 50000\n");
    let book_of = book(&large);
    let call = proven(&solver, &book_of).await.remove(0).call.unwrap();
    assert_eq!(call.approval, Some(Role::FinanceLead), "{call:?}");
    assert!(matches!(judged(&book_of, &call, None), Judgement::NeedsApproval { role: Role::FinanceLead, .. }));
    let yes = Approved { by: MemberId::known("mem_lead"), roles: vec![Role::FinanceLead] };
    assert!(matches!(judged(&book_of, &call, Some(&yes)), Judgement::Allow { .. }), "{call:?}");

    let reads =
        one("reads", "    action: action == Action::\"get_order\"\n    when: '!(resource in Client::\"acme\")'\n");
    let book_of = book(&reads);
    let call = proven(&solver, &book_of).await.remove(0).call.unwrap();
    assert_ne!(call.client, "acme");
    assert!(matches!(judged(&book_of, &call, None), Judgement::Allow { .. }), "{call:?}");
}

#[tokio::test]
async fn policy_facts_arguments_and_tables_are_those_of_the_release() {
    let Some(solver) = solver().await else { return };
    let mut actions = actions();
    let refund = actions.iter_mut().find(|action| action.name == "refund").unwrap();
    refund.schema = serde_json::json!({"type": "object", "required": ["amount"],
        "properties": {"amount": {"type": "integer", "minimum": 1}}});
    refund.table = Some("refund".to_owned());
    let policies = r#"
@id("refunds") permit(principal, action == Action::"refund", resource);
@id("limit") @reason("too much") forbid(principal, action == Action::"refund", resource)
when { context.args.amount > context.policy.refund.max };
"#;
    let facts = "facts:\n  - { key: refund.max, value: 500, owner: o, source: s }\n";
    let properties = r#"properties:
  - id: limit
    says: never above 500
    action: action == Action::"refund"
    when: context.args.amount > 500
  - id: something
    says: nothing small is paid back
    action: action == Action::"refund"
    when: context.args.amount < 1000
"#;
    let files = [
        ("policies/shop.cedar", policies),
        ("tables/refund.yaml", TABLE),
        ("facts.yaml", facts),
        (PROPERTIES, properties),
    ];
    let book = Rulebook::load(&bundle(&files), &actions).unwrap();
    let proofs = proven(&solver, &book).await;
    assert_eq!(proofs[0].outcome, Outcome::Proven, "{proofs:?}");
    assert_eq!(proofs[1].outcome, Outcome::Refuted, "{proofs:?}");
    let call = proofs[1].call.clone().unwrap();
    assert!((1..=500).contains(&call.args["amount"].as_i64().unwrap()), "{call:?}");
    assert_eq!(call.context["policy"]["refund"]["max"], 500);
    let verdict = call.context["rules"]["verdict"].as_str().unwrap();
    assert!(["allow", "approve"].contains(&verdict), "{call:?}");
    // What the table itself says of the call is told beside it.
    assert!(call.table.is_some());
}

#[tokio::test]
async fn roles_are_held_by_people_and_service_accounts_alone_however_policies_ask_for_them() {
    let Some(solver) = solver().await else { return };
    let properties = r#"properties:
  - id: machines
    says: no machine pays back
    principal: principal is System
    action: action == Action::"refund"
  - id: processes
    says: no part of Baton pays back
    principal: principal is System
    action: action == Action::"refund"
    unless: principal.name like "token:*"
  - id: agents
    says: no agent pays back
    principal: principal is Agent
    action: action == Action::"refund"
  - id: people
    says: nobody pays back
    principal: principal is Member
    action: action == Action::"refund"
"#;
    for policies in [
        r#"@id("finance") permit(principal in Role::"finance_lead", action == Action::"refund", resource);"#,
        r#"@id("finance") permit(principal, action == Action::"refund", resource)
           when { context.roles.contains("finance_lead") };"#,
    ] {
        let files = [("policies/shop.cedar", policies), (PROPERTIES, properties)];
        let book = Rulebook::load(&bundle(&files), &actions()).unwrap();
        let proofs = proven(&solver, &book).await;
        let told: Vec<_> = proofs.iter().map(|proof| proof.outcome).collect();
        let expected = [Outcome::Refuted, Outcome::Proven, Outcome::Proven, Outcome::Refuted];
        assert_eq!(told, expected, "{policies}: {proofs:?}");
        let calls: Vec<_> = proofs.iter().filter_map(|proof| proof.call.as_ref()).collect();
        let actors: Vec<_> = calls.iter().map(|call| call.actor.as_str()).collect();
        assert_eq!(actors, ["system:token:some-account", "member:some-member"], "{policies}: {calls:?}");
        assert!(calls.iter().all(|call| call.roles == [Role::FinanceLead]), "{policies}: {calls:?}");
    }
}

#[tokio::test]
async fn what_the_door_reads_by_itself_asks_no_table() {
    let Some(solver) = solver().await else { return };
    let mut actions = actions();
    actions.iter_mut().filter(|action| !action.writes).for_each(|action| action.table = Some("refund".to_owned()));
    let properties = one("tabled", "    action: action == Action::\"get_order\"\n    unless: context has rules\n");
    let files = [("policies/shop.cedar", POLICIES), ("tables/refund.yaml", TABLE), (PROPERTIES, properties.as_str())];
    let book = Rulebook::load(&bundle(&files), &actions).unwrap();
    let proof = proven(&solver, &book).await.remove(0);
    assert_eq!(proof.outcome, Outcome::Refuted, "{proof:?}");
    assert_eq!(proof.call.unwrap().actor, format!("system:{DOOR}"));
}

#[tokio::test]
async fn a_derived_value_may_come_to_nothing() {
    let Some(solver) = solver().await else { return };
    let mut actions = actions();
    let refund = actions.iter_mut().find(|action| action.name == "refund").unwrap();
    refund.derived = Some(vec![("amount".to_owned(), true)]);
    let policies = r#"
@id("refunds") permit(principal, action == Action::"refund", resource);
@id("limit") @reason("too much") forbid(principal, action == Action::"refund", resource)
when { context.derived has amount && context.derived.amount > 500 };
"#;
    let rest = "    action: action == Action::\"refund\"\n    \
                unless: context.derived has amount && context.derived.amount <= 500\n";
    let properties = one("small", rest);
    let files = [("policies/shop.cedar", policies), (PROPERTIES, properties.as_str())];
    let book = Rulebook::load(&bundle(&files), &actions).unwrap();
    let proof = proven(&solver, &book).await.remove(0);
    assert_eq!(proof.outcome, Outcome::Refuted, "{proof:?}");
    assert_eq!(proof.call.unwrap().context["derived"].get("amount"), None);
}

#[tokio::test]
async fn without_a_solver_each_property_says_how_to_get_one() {
    let book = book(&one("any", "    action: action == Action::\"refund\"\n"));
    let why = Solver::at(Path::new("/bin/false")).await.unwrap_err();
    let proofs = prove(&book, Err(&why), &Settled::default(), env().now_ms()).await;
    assert_eq!((proofs[0].outcome, proofs[0].why.as_str()), (Outcome::NoSolver, why.as_str()));
    assert!(Solver::at(Path::new("/no/such/program")).await.is_err());
}

#[test]
fn properties_that_fit_no_policy_or_no_action_are_findings_with_file_and_line() {
    let found = |properties: &str| -> Vec<Finding> {
        let files = [("policies/shop.cedar", POLICIES), (PROPERTIES, properties)];
        Rulebook::load(&bundle(&files), &actions()).err().unwrap_or_default()
    };
    let refund = "    action: action == Action::\"refund\"\n";
    for (rest, rule, word) in [
        ("    action: action == Action::\"pay\"\n", "property", "concerns no action"),
        ("    when: context.derived.amount >\n", "property", "'p': "),
        ("    principal: principal, action, resource) when { true }; permit (principal\n", "property", "'p': "),
        (format!("{refund}    when: context.derived.amount == \"5\"\n").as_str(), "property-type", "refund"),
        (
            format!("{refund}    when: context.derived has amount && context.derived.amount > 5\n").as_str(),
            "property-type",
            "amount",
        ),
        ("    wenn: context.confirmed\n", "yaml", "wenn"),
    ] {
        let findings = found(&one("p", rest));
        assert!(!findings.is_empty(), "{rest}");
        let (file, line) = (findings[0].file.as_str(), findings[0].line);
        assert!(file == PROPERTIES && line > 0 && findings[0].rule == rule, "{rest}: {findings:?}");
        assert!(findings.iter().any(|finding| finding.message.contains(word)), "{rest}: {findings:?}");
    }
    let beside = one("p", refund);
    let files = [("policies/shop.cedar", POLICIES), ("policies/properties/shop.yml", beside.as_str())];
    let findings = Rulebook::load(&bundle(&files), &actions()).err().unwrap_or_default();
    assert!(findings.len() == 1 && findings[0].file.ends_with("shop.yml"), "{findings:?}");
    let twice = format!("{}  - id: p\n    says: again\n", one("p", refund));
    assert!(found(&twice)[0].message.contains("stands twice"));
    assert_eq!(found(&one("p", refund)), []);
}

/// The solver of this machine behind a file of the test's own, which can be taken away.
async fn removable(folder: &Path) -> (PathBuf, Solver) {
    let real = std::env::var("BATON_SOLVER").ok().filter(|named| !named.is_empty()).unwrap_or_else(|| "python3".into());
    let file = folder.join(Path::new(&real).file_name().unwrap());
    std::fs::write(&file, format!("#!/bin/sh\nexec {real} \"$@\"\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let solver = Solver::at(&file).await.unwrap();
    (file, solver)
}

#[tokio::test]
async fn what_was_proven_is_not_asked_again_and_what_has_changed_is() {
    if solver().await.is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (file, solver) = removable(folder.path()).await;
    let settled = Settled::default();
    let property = one(
        "shipped",
        "    action: action == Action::\"cancel_order\"\n    unless: context.facts.order.status like \"pending*\"\n",
    );
    let before = book(&property);
    let now_ms = env().now_ms();
    let outcomes = async |book: &Rulebook| {
        let proofs = prove(book, Ok(&solver), &settled, now_ms).await;
        proofs.into_iter().map(|proof| proof.outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&before).await, [Outcome::Proven]);

    let looser =
        format!("{POLICIES}\n@id(\"loose\") permit (principal, action == Action::\"cancel_order\", resource);");
    let files = [("policies/shop.cedar", looser.as_str()), (PROPERTIES, property.as_str())];
    let looser = Rulebook::load(&bundle(&files), &actions()).unwrap();
    let other = book(&property.replace("pending*", "paid*"));
    std::fs::remove_file(file).unwrap();
    assert_eq!(outcomes(&before).await, [Outcome::Proven], "nothing is left to ask");
    assert_eq!(outcomes(&looser).await, [Outcome::Undecided], "other policies are another question");
    assert_eq!(outcomes(&other).await, [Outcome::Undecided], "and so is another property");
}
