//! Expressions that could hang or crash the program, in child processes.
#![allow(clippy::unwrap_used, reason = "a test")]

use baton_engine::expr::pool::{CHILD_EVALUATIONS_MAX, ChildPool};
use baton_engine::expr::{self, Sandbox};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What a machine may take longer than its deadlines because others work on it too.
const SLACK: Duration = Duration::from_secs(15);

fn pool(deadline_ms: u64) -> ChildPool {
    // target/<profile>/deps/<this test> → target/<profile>/examples/expr_child
    let here = std::env::current_exe().unwrap();
    let child = here.parent().unwrap().parent().unwrap().join("examples/expr_child");
    assert!(child.exists(), "{} is built with the tests", child.display());
    ChildPool::new(child.to_str().unwrap(), &["expr-child"], 2).with_deadline_ms(deadline_ms).with_queue_ms(60_000)
}

/// Evaluates something hostile: it ends within its deadline, and the next one is answered.
fn survives(pool: &ChildPool, text: &str, input: &Value, deadline_ms: u64) -> Result<Value, expr::ExprError> {
    let begun = Instant::now();
    let result = pool.eval(text, input, &[]);
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(deadline_ms) + SLACK, "{text} took {took:?}");
    let fine = pool.eval("[range(3)] | map(. + $n)", &json!(1), &[("n".to_owned(), json!(1))]);
    assert_eq!(fine, Ok(json!([1, 2, 3])), "after {text}");
    result
}

#[test]
fn hostile_expressions_end_in_an_error_and_the_next_one_is_answered() {
    let deadline_ms = 2_000;
    let pool = pool(deadline_ms);
    let deep = json!("[".repeat(100_000));
    let deep_object = json!("{\"a\":".repeat(50_000));
    let xs = json!("x".repeat(40));
    let hostile: [(&str, &Value); 16] = [
        ("def f: f; f", &json!(1)),
        ("[range(1e12)] | length", &json!(1)),
        ("[range(1e18)]", &json!(1)),
        ("[repeat(.)]", &json!("xxxxxxxxxxxxxxxx")),
        ("reduce range(100) as $i (\"xxxxxxxxxx\"; . + .)", &json!(1)),
        ("fromjson", &deep),
        ("fromjson", &deep_object),
        ("def f: [f]; f", &json!(1)),
        ("last(range(1e15))", &json!(1)),
        ("until(false; .)", &json!(1)),
        ("[limit(1e15; repeat(1))] | length", &json!(1)),
        ("last(recurse(.))", &json!(1)),
        ("reduce range(200000) as $i (.; [.]) | tojson", &json!(1)),
        ("reduce range(64) as $i ([.]; . + .) | [paths]", &json!(1)),
        ("label $out | foreach repeat(1) as $x (0; . + $x; empty)", &json!(1)),
        ("\"\\(.)\" * 1e12 | length", &xs),
    ];
    for (text, input) in hostile {
        let error = survives(&pool, text, input, deadline_ms).expect_err(text);
        assert!(!error.message.is_empty());
    }
}

#[test]
fn strange_expressions_give_a_value_or_an_error() {
    let deadline_ms = 2_000;
    let pool = pool(deadline_ms);
    let many = json!((0..3_000).map(|n| json!({"n": n, "t": "aaaaaaaaaaaaaaaaaaaaaaaa!"})).collect::<Vec<_>>());
    let aaa = json!("a".repeat(5_000) + "!");
    for (text, input) in [
        ("test(\"^(a|aa)+$\")", &aaa),
        ("[match(\"(a*)*b\"; \"g\")] | length", &aaa),
        ("[splits(\"a?\")] | length", &aaa),
        ("gsub(\"a\"; \"aaaaaaaaaa\") | length", &aaa),
        ("test(\"(((((a{1,100}){1,100}){1,100}){1,100}){1,100})\")", &aaa),
        ("[paths] | length", &many),
        ("[..] | length", &many),
        ("walk(if type == \"number\" then . + 1 else . end) | length", &many),
        ("@sh", &json!(["a", "b'c"])),
        ("@sh", &many),
        ("ltrimstr(1)", &aaa),
        ("tojson | fromjson | length", &many),
        ("implode", &json!([-1, 1_114_112])),
        ("[.[] | .t | explode | implode] | length", &many),
        ("getpath([\"a\", 0, \"b\"])", &json!(null)),
        ("tonumber", &json!("1e999999999")),
        ("todate", &json!(1e300)),
        ("strptime(\"%Y\")", &json!("x")),
        ("limit(-1; 1, 2)", &json!(1)),
        ("[.[:1e18], .[-1e18:]] | length", &aaa),
        (".[1e9] = 1 | length", &json!([])),
        ("combinations", &json!([[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]])),
        ("[combinations(12)] | length", &json!([1, 2, 3, 4])),
        ("splits", &json!(1)),
        ("input", &json!(1)),
        ("$ENV.PATH", &json!(1)),
        ("halt", &json!(1)),
        ("now", &json!(1)),
    ] {
        let _ = survives(&pool, text, input, deadline_ms);
    }
    assert!(pool.eval("env", &json!(1), &[]).unwrap_err().message.contains("not offered"));
}

#[test]
fn a_child_gives_what_this_process_gives() {
    let pool = pool(5_000);
    let numbers = [json!(0), json!(-0.0), json!(3), json!(0.1), json!(0.30000000000000004), json!(1.0 / 3.0)];
    let large = [json!(i64::MIN), json!(u64::MAX), json!(f64::MAX), json!(5e-324), json!(123456.789e-10)];
    let others = [json!(null), json!("a b"), json!("é\u{0}\u{1f600}"), json!([1, [2.5, null]]), json!({"k": {"z": 1}})];
    let all: Vec<Value> = numbers.into_iter().chain(large).chain(others).collect();
    for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
        let input = json!({"a": a, "b": b, "unread": 1});
        for text in [".a + .b", ".a / .b", ".a % $b", ".a * .b", "[.a, $b]", ". as $x | $x.a == $b", "$secrets.key"] {
            let vars = [("b".to_owned(), b.clone()), ("secrets".to_owned(), json!({}))];
            let compiled = expr::compile(text).unwrap();
            let needed: Vec<_> = vars.iter().filter(|(name, _)| compiled.vars().contains(name)).cloned().collect();
            let find = |name: &str| vars.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            let here = compiled.run_by_jq(&input, &find);
            assert_eq!(pool.eval(text, &input, &needed), here, "{text} over {input}");
        }
    }
}

#[test]
fn a_queue_for_busy_children_is_bounded_and_in_order() {
    let pool = pool(3_000).with_queue_ms(700);
    let busy = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let begun = Instant::now();
                let error = pool.eval("def f: f; f", &json!(1), &[]).unwrap_err();
                assert!(begun.elapsed() < Duration::from_millis(3_700) + SLACK);
                busy.fetch_add(usize::from(error.message.contains("free")), Ordering::Relaxed);
            });
        }
    });
    assert!(busy.load(Ordering::Relaxed) > 0, "whoever cannot be served is told so");
    assert_eq!(pool.eval("[range(2)]", &json!(1), &[]), Ok(json!([0, 1])));
}

#[test]
fn children_are_replaced_before_their_time_is_spent() {
    let pool = pool(5_000);
    for n in 0..CHILD_EVALUATIONS_MAX * 2 + 10 {
        assert_eq!(pool.eval("[range(2)] | length + $n", &json!(1), &[("n".to_owned(), json!(n))]), Ok(json!(n + 2)));
    }
}

#[test]
fn with_a_sandbox_every_offered_expression_gives_its_value() {
    assert!(expr::set_sandbox(Box::new(pool(5_000))));
    assert_eq!(expr::evaluate("tonumber", &json!("42"), &[]), Ok(json!(42)));
    assert_eq!(expr::evaluate("test(\"^a+$\")", &json!("aaa"), &[]), Ok(json!(true)));
    assert_eq!(expr::evaluate("[limit(2; .[])]", &json!([1, 2, 3]), &[]), Ok(json!([1, 2])));
    let error = expr::evaluate("tonumber", &json!("x"), &[]).unwrap_err();
    assert!(!error.message.is_empty());
    std::thread::scope(|scope| {
        for n in 0..8 {
            scope.spawn(move || {
                assert_eq!(expr::evaluate("tonumber + $n", &json!("1"), &[("n", json!(n))]), Ok(json!(n + 1)))
            });
        }
    });
}
