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
        prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(-1.5), Just(0.1), Just(1e308), Just(5e-324)]
            .prop_map(Value::from),
        prop_oneof![Just(u64::MAX), Just(i64::MAX as u64 + 1), Just(9_007_199_254_740_993)].prop_map(Value::from),
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
        Just("18446744073709551616".to_owned()),
        Just("0.1".to_owned()),
        Just("0".to_owned()),
        Just("1e308".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let operator = prop::sample::select(vec![
            "==", "!=", "<", "<=", ">", ">=", "and", "or", "//", "+", "-", "*", "/", "%", "|",
        ]);
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
                // Where jq might repeat a text without end it is not asked here, and has said nothing.
                (Ok(_), Err(refused)) if refused.message.contains("no sandbox is set up") => {}
                (plain, jq) => prop_assert_eq!(plain.is_ok(), jq.is_ok(), "{} over {} with {}", text, input, x),
            }
        }
    }
}

/// Arithmetic at its edges, over `.a` and `.b`.
const OPERATORS: [&str; 6] = [".a + .b", ".a - .b", ".a * .b", ".a / .b", ".a % .b", ".a == .b"];

fn edges() -> Vec<Value> {
    let mut all = vec![Value::Null, json!(true), json!(""), json!("ab"), json!("b"), json!([]), json!([1, "ab"])];
    all.extend([json!({}), json!({"x": 1}), json!(0), json!(-0.0), json!(1), json!(-1), json!(2), json!(0.1)]);
    all.extend([json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(9_007_199_254_740_993_i64)]);
    all.extend([json!(f64::MAX), json!(f64::MIN_POSITIVE), json!(1.5)]);
    all
}

#[test]
fn arithmetic_at_its_edges_is_jqs_however_it_is_evaluated() {
    for (a, b) in edges().iter().flat_map(|a| edges().into_iter().map(move |b| (a.clone(), b))) {
        let input = json!({"a": a, "b": b});
        for text in OPERATORS {
            let compiled = expr::compile(text).unwrap();
            let (plain, jq) = (compiled.run(&input, &|_| None), compiled.run_by_jq(&input, &|_| None));
            assert_eq!(plain, jq, "{text} over {input}");
        }
    }
}

#[test]
fn a_division_by_zero_is_an_error_and_never_null() {
    let input = json!({"zero": 0, "float": 0.0, "n": 80, "list": [1, 0]});
    for text in [
        "80 / 0",
        "80 % 0",
        ".n / .zero",
        ".n % .zero",
        ".n / .float",
        ".n % .float",
        "0 / 0",
        "0.0 % 0.0",
        ".n / 0.0",
        ".n /= 0",
        ".n %= .zero",
        ".list | map(6 / .)",
        "[.list[] | 6 % .]",
        "1 / (1 - 1)",
        "def f: 1 / 0; f",
        "reduce .list[] as $x (0; . + 1 / $x)",
        "\"\\(1 / .zero)\"",
        "{a: (1 / .zero)}",
        "1 / -0.0",
        "1 / 0 // 3",
    ] {
        let found = expr::evaluate(text, &input, &[]);
        let sandboxed = text.starts_with("def");
        let error = found.expect_err(text).message;
        assert!(error.contains("divisor is zero") || sandboxed, "{text}: {error}");
    }
    for (text, expect) in [
        ("\"a,b\" / \",\"", json!(["a", "b"])),
        ("7 % 2", json!(1)),
        ("-7 % 2", json!(-1)),
        ("0 / 5", json!(0.0)),
        (".n /= 3 | .n | floor", json!(26)),
        (".n %= 7 | .n", json!(3)),
        ("try (1 / 0) catch \"caught\"", json!("caught")),
    ] {
        assert_eq!(expr::evaluate(text, &input, &[]), Ok(expect), "{text}");
    }
}

#[test]
fn numbers_that_json_does_not_have_become_what_jq_makes_of_them() {
    for (text, expect) in [
        ("1e308 * 10", json!(f64::MAX)),
        ("-1e308 * 10", json!(f64::MIN)),
        ("1e1000", json!(f64::MAX)),
        ("9223372036854775807 + 1", json!(9_223_372_036_854_775_808_u64)),
        ("18446744073709551615 + 1", json!(18_446_744_073_709_551_616.0)),
        ("-9223372036854775807 - 2", json!(-9_223_372_036_854_775_809.0)),
        ("{} + null", json!({})),
        ("null + 1", json!(1)),
    ] {
        assert_eq!(expr::evaluate(text, &json!(null), &[]), Ok(expect), "{text}");
    }
    for text in ["{} + 1", "null - 1", "\"a\" * 2", "\"a\" - \"a\"", "[] * 2", "{} / {}", "null / 1", "true % 2"] {
        assert!(expr::evaluate(text, &json!(null), &[]).is_err(), "{text}");
    }
}

#[test]
fn a_secret_that_is_not_there_is_an_error_of_its_own() {
    let secrets = json!({"key": {"secret": "key"}});
    let of = |text: &str| expr::evaluate(text, &json!({"name": "nope", "key": "key"}), &[("secrets", secrets.clone())]);
    for text in [
        "$secrets.nope",
        "$secrets[\"nope\"]",
        "$secrets[.name]",
        "$secrets | .nope",
        "$secrets.nope.inner",
        "[$secrets.nope]",
        "if $secrets.nope then 1 else 2 end",
        "$secrets.nope?",
        "$secrets.nope // 1",
        "{a: $secrets.nope}",
    ] {
        let error = of(text).expect_err(text);
        assert!(error.secret && error.message.contains("'nope'"), "{text}: {error}");
    }
    for (text, expect) in [
        ("$secrets.key", json!({"secret": "key"})),
        ("$secrets[.key].secret", json!("key")),
        ("$secrets | keys", json!(["key"])),
        ("if false then $secrets.nope else 1 end", json!(1)),
        ("{nope: 1} as $secrets | $secrets.other", json!(null)),
    ] {
        assert_eq!(of(text), Ok(expect), "{text}");
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
