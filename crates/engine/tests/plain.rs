//! The plain evaluator and jq give the same values.

#![allow(clippy::unwrap_used, reason = "a test")]

use baton_engine::expr;
use proptest::prelude::*;
use serde_json::{Value, json};

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop_oneof![Just(0.0), Just(1.0), Just(-1.5)].prop_map(Value::from),
        "[a-cé\"\\\\]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(".".to_owned()),
        Just(".a".to_owned()),
        Just(".b.c".to_owned()),
        Just("$x.a".to_owned()),
        Just("$x".to_owned()),
        Just(".[0]".to_owned()),
        Just(".a[-1]".to_owned()),
        Just(".\"a b\"".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        (-3_i64..4).prop_map(|n| n.to_string()),
        Just("\"a\\n\\u00e9\"".to_owned()),
        Just("length".to_owned()),
        Just("9223372036854775807".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let operator =
            prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "and", "or", "//", "+", "-", "*", "|"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(l, op, r)| format!("({l}) {op} ({r})")),
            inner.clone().prop_map(|i| format!("({i}) | not")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{a: ({a}), \"b\": ({b})}}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[({a}), ({b})]")),
            inner.clone().prop_map(|i| format!("\"x\\({i})y\"")),
            inner.clone().prop_map(|i| format!("({i}).a")),
            inner.clone().prop_map(|i| format!("-({i})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("if {a} then {b} else {c} end")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("if {a} then {b} end")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plain_values_are_jqs_values(text in expression(), input in data(), x in data()) {
        let Ok(compiled) = expr::compile(&text) else { return Ok(()) };
        let find = |name: &str| (name == "x").then(|| x.clone());
        if compiled.is_plain() {
            let plain = compiled.run(&input, &find);
            let jq = compiled.run_by_jq(&input, &find);
            match (plain, jq) {
                (Ok(plain), Ok(jq)) => prop_assert_eq!(plain, jq, "{} over {} with {}", text, input, x),
                (plain, jq) => prop_assert_eq!(plain.is_ok(), jq.is_ok(), "{} over {} with {}", text, input, x),
            }
        }
    }
}

#[test]
fn an_expression_that_reads_some_keys_gives_what_it_gives_over_the_whole() {
    let input = json!({"a": [{"n": 1, "k": 2}, {"n": 3, "k": 4}], "b": {"c": "x", "d": null}, "e": 7, "f": [1, 2]});
    for (text, expect) in [
        ("[.a[] | select(.n > 1) | .k] | add", json!(4)),
        ("{c: .b.c, all: ([.a[].n] | max)}", json!({"c": "x", "all": 3})),
        (".a | length + 1", json!(3)),
        ("length", json!(4)),
        ("[.b.c, .e / 2]", json!(["x", 3.5])),
        ("keys", json!(["a", "b", "e", "f"])),
        (".a as $a | [.e, ($a | length)] | add", json!(9)),
        ("if .b.d then .e else .f[1] * 1.5 end", json!(3.0)),
        ("{e} | .e % 4", json!(3)),
        ("\"\\(.b | tojson)\"", json!("{\"c\":\"x\",\"d\":null}")),
        (".f[.f[0]]", json!(2)),
        ("[.f[1:]] | flatten", json!([2])),
        (".none | not", json!(true)),
        ("reduce .f[] as $x (0; . + $x)", json!(3)),
        ("del(.a, .b)", json!({"e": 7, "f": [1, 2]})),
        ("with_entries(select(.key == \"e\"))", json!({"e": 7})),
        (".e |= . / 2 | .e", json!(3.5)),
        ("(.b | keys) + [.e | tostring]", json!(["c", "d", "7"])),
    ] {
        assert_eq!(expr::evaluate(text, &input, &[]), Ok(expect), "{text}");
    }
}

#[test]
fn the_usual_expressions_are_plain() {
    for text in [
        ".a.b == 3",
        ".status != \"open\" and .count > 0",
        "{id: .id, n: ($item.n + 1)}",
        "[.a, .b]",
        "\"Hello \\(.name)\"",
        ".list | length",
        "if .vip then \"fast\" else \"slow\" end",
        ".x // \"none\"",
        "$input.a",
        "(.a | not)",
    ] {
        let compiled = expr::compile(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(compiled.is_plain(), "{text}");
    }
}
