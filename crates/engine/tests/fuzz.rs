//! Nothing that a customer can send, as a definition, an expression or data, makes the program hang, grow or die.
//!
//! A fixed number of cases in every test run; `BATON_FUZZ_CASES=100000` for a long one.
#![allow(clippy::unwrap_used, reason = "a test")]

use baton_engine::expr::{self, ExprError};
use baton_engine::{Definition, RunEvent, RunState, evolve};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longest evaluation in process, also on a busy machine and without optimisation.
const IN_PROCESS_MAX: Duration = Duration::from_secs(20);

fn config(cases: u32) -> ProptestConfig {
    let wanted = std::env::var("BATON_FUZZ_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: wanted.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

const VALID: [&str; 4] = [
    include_str!("whole.yaml"),
    "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo:\n- a: { set: { x: '${ .y + 1 }' }, then: c }\n- b: { for: { each: i, in: .list }, do: [ { s: { set: { n: '${ $i }' } } } ] }\n- c: { switch: [ { one: { when: .x > 1, then: b } }, { other: { then: end } } ] }\n",
    "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo:\n- t:\n    try:\n    - f: { fork: { compete: true, branches: [ { w: { wait: PT1S } }, { c: { call: x } } ] } }\n    catch: { as: e, when: $e.status == 500, retry: { delay: { seconds: 1 }, backoff: { exponential: {} } }, do: [ { r: { raise: { error: { type: 'https://x/y', status: 418 } } } } ] }\n",
    "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo:\n- l: { listen: { to: { any: [ { with: { type: a } } ], until: length > 2 } }, foreach: { do: [ { e: { emit: { event: { with: { source: 'https://x', type: y } } } } } ] } }\n",
];

const PIECES: [&str; 24] = [
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "  ",
    "${ .",
    " }",
    "&a ",
    "*a",
    "!!binary ",
    "null",
    "'",
    "\"",
    "do:\n- x: ",
    "then: exit",
    "9999999999999999999",
    "PT1S",
    "\u{0}",
    "é",
    "? ",
    "|-\n",
];

/// A valid definition, changed in some places.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..5, 0_usize..40);
    (prop::sample::select(VALID.to_vec()), prop::collection::vec(edit, 1..5)).prop_map(|(text, edits)| {
        let mut text: Vec<char> = text.chars().collect();
        for (place, piece, kind, length) in edits {
            let at = place.index(text.len() + 1).min(text.len());
            let end = (at + length).min(text.len());
            match kind {
                0 => drop(text.drain(at..end)),
                1 => drop(text.splice(at..at, PIECES[piece.index(PIECES.len())].chars()).count()),
                2 => drop(text.splice(at..end, PIECES[piece.index(PIECES.len())].chars()).count()),
                3 => {
                    let again: Vec<char> = text[at..end].to_vec();
                    text.splice(at..at, again);
                }
                _ => {
                    let lines: String = text.iter().collect();
                    let mut lines: Vec<&str> = lines.lines().collect();
                    let (from, to) = (place.index(lines.len().max(1)), piece.index(lines.len().max(1)));
                    if !lines.is_empty() {
                        lines.swap(from, to);
                    }
                    text = lines.join("\n").chars().collect();
                }
            }
        }
        text.into_iter().collect()
    })
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~é\u{0}]{0,12}".prop_map(Value::from),
        Just(json!("[[[[{\"a\":1e999")),
        Just(json!("2024-02-30T25:61:61Z")),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-e]", inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn jq() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        ".",
        ".a",
        ".[]",
        ".[0]",
        ".[1:]",
        ".a.b?",
        "$x",
        "1",
        "-1",
        "0.5",
        "\"t\"",
        "null",
        "[]",
        "{}",
        "length",
        "keys",
        "add",
        "tostring",
        "tojson",
        "ascii_downcase",
        "sort",
        "unique",
        "min",
        "to_entries",
        "from_entries",
        "not",
        "empty",
        "error",
        "type",
        "floor",
        "reverse",
        "flatten",
        "utf8bytelength",
        "explode",
        "first",
        "last",
        "any",
        "all",
        "values",
        "trim",
        "fromjson",
        "tonumber",
        "..",
        "recurse",
        "paths",
        "@base64",
        "@sh",
        "@json \"\\(.)\"",
        "ascii",
        "implode",
        "transpose",
        "infinite",
        "nan",
        "1e1000",
        "9223372036854775807",
        "-9223372036854775808",
        "todate",
        "splits(\"a\")",
        "test(\"(a|a)*b\")",
        "range(10)",
        "input_line_number",
        "getpath([\"a\"])",
        "tojson",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 24, 3, |inner| {
        let operator = prop::sample::select(vec![
            "|", ",", "+", "-", "*", "/", "%", "==", "<", "and", "or", "//", "=", "|=", "+=", "-=", "*=", "//=",
        ]);
        let one = prop::sample::select(vec![
            "map",
            "select",
            "map_values",
            "sort_by",
            "group_by",
            "unique_by",
            "min_by",
            "with_entries",
            "any",
            "all",
            "del",
            "contains",
            "inside",
            "index",
            "indices",
            "has",
            "join",
            "split",
            "startswith",
            "ltrimstr",
            "first",
            "add",
            "flatten",
            "path",
            "walk",
            "to_entries | map",
            "recurse",
            "limit",
            "until",
            "repeat",
            "splits",
            "ltrimstr",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(l, op, r)| format!("({l}) {op} ({r})")),
            (one, inner.clone()).prop_map(|(name, arg)| format!("{name}({arg})")),
            inner.clone().prop_map(|i| format!("[{i}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{a: ({a}), b: ({b})}}")),
            inner.clone().prop_map(|i| format!("\"<\\({i})>\"")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("reduce .[]? as $i ({a}; . + ({b}))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) as $y | {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("if {a} then {b} else . end")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("try ({a}) catch ({b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a})[{b}:{c}]")),
        ]
    })
}

fn run(text: &str, input: &Value, x: &Value) -> Result<Value, ExprError> {
    let begun = Instant::now();
    let result = expr::evaluate(text, input, &[("x", x.clone())]);
    let took = begun.elapsed();
    assert!(took < IN_PROCESS_MAX, "{text} over {input} took {took:?}");
    if let Err(error) = &result {
        assert!(!error.message.contains("failed inside jq"), "{text} over {input} with {x}: a panic");
        assert!(!error.message.is_empty());
    }
    result
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn any_text_is_a_definition_or_is_refused_in_words(text in mutated(), input in data()) {
        match Definition::parse("fuzz.yaml", &text) {
            Err(findings) => {
                prop_assert!(!findings.is_empty());
                let inside = findings.iter().find(|finding| finding.rule == "internal");
                prop_assert!(inside.is_none(), "{:?}\n{}", inside, text);
            }
            Ok(def) => {
                let mut state = RunState::new();
                let started = RunEvent::Started { input, run_id: "r".to_owned() };
                evolve(&def, &mut state, &started, 1_700_000_000_000);
                let call = state.open_calls().first().cloned();
                if let Some(call) = call {
                    evolve(&def, &mut state, &RunEvent::CallFinished { call, output: json!({"a": 1}) }, 1_700_000_000_001);
                }
                let stored = serde_json::to_string(&state).unwrap();
                prop_assert_eq!(serde_json::from_str::<RunState>(&stored).unwrap(), state);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn any_expression_over_any_data_ends_in_process_or_is_kept_out_of_it(text in jq(), input in data(), x in data()) {
        // Without a sandbox, what may not end is refused.
        let _ = run(&text, &input, &x);
    }

    #[test]
    fn any_text_at_all_is_an_expression_or_is_refused(text in "[ -~]{0,60}", input in data()) {
        let _ = run(&text, &input, &Value::Null);
    }
}

#[test]
fn expressions_that_multiply_their_input_stay_within_their_work() {
    let many = json!((0..2_000).collect::<Vec<_>>());
    let long = json!("x".repeat(100_000));
    for text in [
        "[.[] as $a | .[] as $b | .[] as $c | 1]",
        "map(. as $a | $x | map(. + $a)) | add | length",
        "[.[] | [$x[] | [$x[]]]]",
        ". + . | . + . | . + . | . + . | . + . | . + . | . + . | . + . | . + . | . + . | . + . | . + . | . + .",
        "[., ., ., ., ., ., ., .] | [., ., ., ., ., ., ., .] | [., ., ., ., ., ., ., .] | [., ., ., ., ., ., ., .] | [., ., ., ., ., ., ., .] | length",
        "to_entries | map(to_entries) | map(to_entries) | length",
        "group_by(.) | map(map(. + $x))",
        ". as $y | map($y) | map(map($y))",
        "contains($x) or inside($x)",
        "join(\"\") | split(\"\") | join(\",\") | split(\",\")",
        "\"\\(.)\\(.)\\(.)\\(.)\" | \"\\(.)\\(.)\\(.)\\(.)\" | \"\\(.)\\(.)\\(.)\\(.)\" | \"\\(.)\\(.)\\(.)\\(.)\" | \"\\(.)\\(.)\\(.)\\(.)\"",
        ".[0] |= [$x, $x, $x] | .[1] |= [$x, $x]",
        "map(tostring) | map(split(\"\")) | flatten",
    ] {
        for input in [&many, &long] {
            let _ = run(text, input, input);
        }
    }
}
