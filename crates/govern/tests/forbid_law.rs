//! A law: adding a `forbid` never allows more, whatever it says and whatever is asked.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{Ask, POLICIES, actions, agent, bundle};
use baton_govern::{Judgement, Level, Rulebook};
use proptest::prelude::*;
use serde_json::json;

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("context.confirmed".to_owned()),
        Just("context has identity".to_owned()),
        Just("context.facts.nowhere == 1".to_owned()),
        Just("principal is Agent".to_owned()),
        (-5_i64..90_000).prop_map(|n| format!("context.derived.amount < {n}")),
        "[a-z]{1,8}".prop_map(|s| format!("context.facts.order.status == \"{s}\"")),
        Just("context.facts.order.status == \"pending\"".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

fn action() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("action"),
        Just("action == Action::\"refund\""),
        Just("action in Action::\"writes\""),
        Just("action in [Action::\"cancel_order\", Action::\"get_order\"]"),
    ]
}

fn freedom(judgement: &Judgement) -> u8 {
    match judgement {
        Judgement::Allow { .. } => 2,
        Judgement::NeedsApproval { .. } => 1,
        Judgement::Refuse { .. } => 0,
    }
}

fn load(policies: &str) -> Rulebook {
    Rulebook::load(&bundle(&[("policies/p.cedar", policies)]), &actions()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn adding_a_forbid_never_allows_more(
        condition in condition(),
        action in action(),
        approval in proptest::option::of(prop_oneof![Just("supervisor"), Just("finance_lead")]),
        amount in 0_i64..100_000,
        status in prop_oneof![Just("pending"), Just("shipped"), Just("pending (edited)")],
        which in 0_usize..3,
        confirmed: bool,
    ) {
        let approval = approval.map(|role| format!("@approval(\"{role}\")")).unwrap_or_default();
        let more = format!(
            "{POLICIES}\n@id(\"more\") @reason(\"r\") {approval} forbid(principal, {action}, resource) when {{ {condition} }};"
        );
        let mut ask = [Ask::cancel(), Ask::refund(amount), Ask::action("get_order")].into_iter().nth(which).unwrap();
        if which == 0 {
            ask.facts = json!({"order": {"status": status, "owner": "c1"}});
        }
        ask.confirmed = confirmed;
        for level in Level::ALL {
            let before = freedom(&ask.judge(&load(POLICIES), &agent(), level, None));
            let after = freedom(&ask.judge(&load(&more), &agent(), level, None));
            prop_assert!(after <= before, "{} at {:?}: {} -> {}", ask.action, level, before, after);
        }
    }
}
