//! Expressions that could hang or crash the program, in child processes.
#![allow(clippy::unwrap_used, reason = "a test")]

use baton_engine::expr::pool::ChildPool;
use baton_engine::expr::{self, Sandbox};
use serde_json::{Value, json};

fn pool(deadline_ms: u64) -> ChildPool {
    // target/<profile>/deps/<this test> → target/<profile>/examples/expr_child
    let here = std::env::current_exe().unwrap();
    let child = here.parent().unwrap().parent().unwrap().join("examples/expr_child");
    assert!(child.exists(), "{} is built with the tests", child.display());
    ChildPool::new(child.to_str().unwrap(), &["expr-child"], 2).with_deadline_ms(deadline_ms)
}

#[test]
fn hostile_expressions_end_in_an_error_and_the_next_one_is_answered() {
    let pool = pool(2_000);
    let deep = json!("[".repeat(100_000));
    let hostile: [(&str, &Value); 7] = [
        ("def f: f; f", &json!(1)),
        ("[range(1e12)] | length", &json!(1)),
        ("[repeat(.)]", &json!("xxxxxxxxxxxxxxxx")),
        ("reduce range(100) as $i (\"xxxxxxxxxx\"; . + .)", &json!(1)),
        ("fromjson", &deep),
        ("def f: [f]; f", &json!(1)),
        ("last(range(1e15))", &json!(1)),
    ];
    for (text, input) in hostile {
        let error = pool.eval(text, input, &[]).expect_err(text);
        assert!(!error.message.is_empty());
        let fine = pool.eval("[range(3)] | map(. + $n)", &json!(1), &[("n".to_owned(), json!(1))]);
        assert_eq!(fine, Ok(json!([1, 2, 3])), "after {text}");
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
