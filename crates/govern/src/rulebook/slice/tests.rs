//! What is told without Cedar, and what Cedar is told, against Cedar that is told everything: on random policies and calls.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::Role;
use crate::rulebook::context::uid;
use cedar_policy::{Decision, PolicyId, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};

/// A call, with what it owns.
#[derive(Debug, Clone)]
struct Call {
    agent: bool,
    supervisor: bool,
    case: bool,
    context: Value,
}

impl Call {
    fn asked(&self) -> Asked<'_> {
        const ROLES: [Role; 1] = [Role::Supervisor];
        let keys = ["args", "facts", "confirmed"];
        Asked {
            kind: if self.agent { "Agent" } else { "Member" },
            name: "mem_1",
            roles: if self.supervisor { &ROLES } else { &[] },
            client: "acme",
            action: "pay",
            case: self.case.then_some("case_1"),
            context: keys.into_iter().filter_map(|key| Some((key, Cow::Borrowed(self.context.get(key)?)))).collect(),
        }
    }
}

fn groups() -> HashSet<EntityUid> {
    ["writes", "risk_high"].iter().filter_map(|name| uid("Action", name)).collect()
}

fn slice(policies: &[(String, bool)]) -> Slice {
    let named = |(at, (text, firm)): (usize, &(String, bool))| {
        Arc::new(Ruled::new(Policy::parse(Some(PolicyId::new(format!("p{at}"))), text).unwrap(), *firm))
    };
    Slice::new(&uid("Action", "pay").unwrap(), groups(), policies.iter().enumerate().map(named).collect())
}

/// Cedar's answer by all of the policies, told everything.
fn plainly(slice: &Slice, asked: &Asked<'_>, only_firm: bool) -> Response {
    let (request, entities) = request(asked, &groups(), &[&Reads::everything()]).unwrap();
    let own = slice.policies.iter().filter(|ruled| ruled.firm || !only_firm);
    let set = PolicySet::from_policies(own.map(|ruled| ruled.policy.clone())).unwrap();
    Authorizer::new().is_authorized(&request, &set, &entities)
}

fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<_> = words.collect();
    words.sort();
    words
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(texts).prop_map(str::to_owned)
}

fn operand() -> impl Strategy<Value = String> {
    let places =
        ["context.args.n", "context.args.s", "context.facts.o.n", "context.confirmed", "context.args", "context.no"];
    prop_oneof![
        6 => proptest::sample::select(places.to_vec()).prop_map(str::to_owned),
        2 => (-2..3_i64).prop_map(|n| format!("({n})")),
        1 => one_of(&["\"a\"", "\"b\"", "true"]),
    ]
}

/// What policies ask most.
fn comparison() -> impl Strategy<Value = String> {
    let place = one_of(&["context.args.n", "context.facts.o.n"]);
    let operator = one_of(&["==", "<", "<=", ">", ">="]);
    (place, operator, -2..3_i64, any::<bool>()).prop_map(|(place, operator, number, turned)| {
        if turned { format!("({number} {operator} {place})") } else { format!("({place} {operator} {number})") }
    })
}

/// Of what is read without Cedar.
fn plain() -> impl Strategy<Value = String> {
    let tests =
        &["context has no", "context has args", "context.args has n", "context.facts.o has n", "context.args.n has n"];
    prop_oneof![
        4 => comparison(),
        4 => (operand(), one_of(&["==", "!=", "<", "<=", ">", ">="]), operand())
            .prop_map(|(first, op, second)| format!("({first} {op} {second})")),
        1 => one_of(tests).prop_map(|text| format!("({text})")),
        1 => operand().prop_map(|one| format!("([\"a\", \"c\"].contains({one}))")),
        1 => operand().prop_map(|one| format!("(context.args.more.contains({one}))")),
        2 => one_of(&[
            "(context.args.more.contains(\"1.5\"))",
            "(context.args.more.isEmpty())",
            "(context.args.n.isEmpty())",
            "(context.roles.contains(\"supervisor\"))",
            "(principal in Role::\"supervisor\")",
            "(principal is Agent)",
            "(principal is Member in Role::\"supervisor\")",
            "(principal == Member::\"mem_1\")",
            "(principal in Member::\"mem_1\")",
            "(resource in Client::\"acme\")",
            "(resource in Client::\"globex\")",
        ]),
        1 => operand(),
    ]
}

/// Of what Cedar alone reads.
fn other() -> impl Strategy<Value = String> {
    one_of(&[
        "(context.args.s like \"a*\")",
        "(context.args.n + 1 > 0)",
        "(context has args.n)",
        "(context has facts.o.n)",
        "(context == {})",
        "(context.args == context.facts.o)",
        "(context.facts == {o: {n: 1}})",
        "({\"Var\": context.args.n} == {\"Var\": 1})",
        "({\".\": context.args} has n)",
        "([context.args.n, 2].contains(context.facts.o.n))",
        "(if context.confirmed then context.args.n > 0 else context.no)",
        "(context.roles.isEmpty())",
        "(context.roles.contains(context.args.s))",
        "(principal == resource)",
        "(principal.name == \"mem_1\")",
        "(principal has name)",
        "(principal.no == 1)",
        "(action in Action::\"writes\")",
        "(action == Action::\"pay\")",
        "(resource in [Client::\"globex\", Case::\"case_1\"])",
        "(resource has name)",
        "(Member::\"mem_1\" has name)",
        "(Member::\"mem_1\".name == \"mem_1\")",
        "(Case::\"case_1\" in resource)",
        "(context.args.n in Client::\"acme\")",
    ])
}

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![4 => plain(), 1 => other()].prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), one_of(&["&&", "||"]), inner.clone())
                .prop_map(|(first, op, second)| format!("({first} {op} {second})")),
            inner.prop_map(|one| format!("(!{one})")),
        ]
    })
}

fn scope() -> impl Strategy<Value = String> {
    let who = one_of(&[
        "principal",
        "principal is Agent",
        "principal is Member",
        "principal == Member::\"mem_1\"",
        "principal == Agent::\"mem_2\"",
        "principal in Role::\"supervisor\"",
        "principal is Member in Role::\"supervisor\"",
        "principal in Member::\"mem_1\"",
    ]);
    let what = one_of(&[
        "action",
        "action == Action::\"pay\"",
        "action == Action::\"writes\"",
        "action in Action::\"writes\"",
        "action in [Action::\"look\", Action::\"risk_high\"]",
        "action in [Action::\"look\"]",
    ]);
    let of_what = one_of(&[
        "resource",
        "resource in Client::\"acme\"",
        "resource in Client::\"globex\"",
        "resource == Case::\"case_1\"",
        "resource is Case",
        "resource is Case in Client::\"acme\"",
    ]);
    // Most are about everything, or nearly no policy would come to its conditions.
    let whole = Just("principal, action, resource".to_owned());
    prop_oneof![2 => whole, 1 => (who, what, of_what).prop_map(|(who, what, of)| format!("{who}, {what}, {of}"))]
}

fn policy() -> impl Strategy<Value = (String, bool)> {
    let conditions = proptest::collection::vec((any::<bool>(), condition()), 0..3);
    (any::<bool>(), any::<bool>(), scope(), conditions).prop_map(|(permit, firm, scope, conditions)| {
        let word = |when: bool| if when { "when" } else { "unless" };
        let all: String = conditions.iter().map(|(when, c)| format!(" {} {{ {c} }}", word(*when))).collect();
        let effect = if permit { "permit" } else { "forbid" };
        (format!("{effect} ({scope}){all};"), firm || permit)
    })
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-2..3_i64).prop_map(|n| json!(n)),
        1 => Just(json!(1.0)),
        1 => Just(json!(1.5)),
        1 => Just(json!("a")),
        1 => Just(json!({"n": 1})),
        1 => Just(json!([1])),
        1 => Just(Value::Null)
    ]
}

fn set() -> impl Strategy<Value = Value> {
    prop_oneof![4 => proptest::collection::vec(number(), 0..3).prop_map(Value::from), 1 => number()]
}

fn context() -> impl Strategy<Value = Value> {
    let text = proptest::sample::select(&["a", "b", "c"][..]);
    let confirmed = proptest::option::of(any::<bool>());
    (number(), text, number(), set(), confirmed).prop_map(|(n, s, inner, more, confirmed)| {
        let mut context = json!({"args": {"n": n, "s": s, "more": more}, "facts": {"o": {"n": inner}, "p": {"q": 1}}});
        if let Some(confirmed) = confirmed {
            context["confirmed"] = json!(confirmed);
        }
        context
    })
}

fn call() -> impl Strategy<Value = Call> {
    (any::<bool>(), any::<bool>(), any::<bool>(), context()).prop_map(|(agent, supervisor, case, context)| Call {
        agent,
        supervisor,
        case,
        context,
    })
}

#[derive(Default)]
struct Count(AtomicU32);

impl Count {
    fn add(&self, one: bool) {
        self.0.fetch_add(u32::from(one), Ordering::Relaxed);
    }

    fn of(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn what_is_told_of_a_policy_without_cedar_cedar_says_too() {
    let (quiet, told_quiet, applying, told_applying) = Default::default();
    let counts: [&Count; 4] = [&quiet, &told_quiet, &applying, &told_applying];
    let config = ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(policy in policy(), call in call())| {
        let (slice, asked) = (slice(std::slice::from_ref(&policy)), call.asked());
        let says = slice.sieve.says(&asked).next().map(|(_, says)| says);
        let response = plainly(&slice, &asked, false);
        let applies = response.diagnostics().reason().next().is_some();
        let error = response.diagnostics().errors().next().is_some();
        match says {
            None => prop_assert!(!applies && !error, "{policy:?}\n{call:?}"),
            Some(Says::Applies) => prop_assert!(applies && !error, "{policy:?}\n{call:?}"),
            Some(Says::Unclear) => {}
        }
        counts[0].add(!applies && !error);
        counts[1].add(says.is_none());
        counts[2].add(applies);
        counts[3].add(says == Some(Says::Applies));
    });
    let [quiet, told_quiet, applying, told_applying] = counts.map(Count::of);
    assert!(told_quiet > quiet / 2, "of {quiet} that say nothing {told_quiet} were told");
    assert!(told_applying > applying / 2, "of {applying} that apply {told_applying} were told");
}

#[test]
fn policies_decide_as_cedar_does_when_it_is_told_everything() {
    let (allowed, refused, broken) = Default::default();
    let counts: [&Count; 3] = [&allowed, &refused, &broken];
    let config = ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() };
    let policies = proptest::collection::vec(policy(), 0..7);
    proptest!(config, |(policies in policies, call in call(), only_firm in any::<bool>())| {
        let (slice, asked) = (slice(&policies), call.asked());
        let heard = slice.hear(&Authorizer::new(), &asked, only_firm).unwrap();
        let response = plainly(&slice, &asked, only_firm);
        let decided = if heard.forbids.is_empty() && !heard.permits.is_empty() { Decision::Allow } else { Decision::Deny };
        prop_assert_eq!(decided, response.decision(), "{:?}\n{:?}", policies, call);
        // Those that decided: of a refusal the forbids.
        let reasons = if decided == Decision::Allow { &heard.permits } else { &heard.forbids };
        let expect = sorted(response.diagnostics().reason().map(ToString::to_string));
        prop_assert_eq!(reasons.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), expect);
        let errors = sorted(response.diagnostics().errors().map(ToString::to_string));
        counts[2].add(!errors.is_empty());
        prop_assert_eq!(&heard.errors, &errors, "{:?}\n{:?}", policies, call);
        counts[0].add(decided == Decision::Allow);
        counts[1].add(!heard.forbids.is_empty());
    });
    let [allowed, refused, broken] = counts.map(Count::of);
    assert!(
        allowed > 300 && refused > 300 && broken > 300,
        "{allowed} allowed, {refused} refused, {broken} with errors"
    );
}
