//! How long the interpreter takes per task, and how large a state is: `cargo run --release -p baton-engine --example
//! ns_per_task`.
#![allow(clippy::print_stdout, reason = "it prints what it measures")]

use baton_engine::{Definition, RunEvent, RunState, Trace, evolve};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long each case is measured.
const MEASURED: Duration = Duration::from_millis(800);

const HEAD: &str = "document: { dsl: '1.0.3', namespace: bench, name: bench, version: '1.0.0' }\n";
const PURE: &str = "do:
- a: { set: { n: '${ .n + 1 }', id: '${ .id }', total: 0 } }
- b: { switch: [ { big: { when: .n > 100, then: end } }, { small: { then: c } } ] }
- c: { set: { n: '${ .n + 1 }', total: '${ .total }', status: open } }
- loop: { for: { each: item, in: '[1, 2, 3]' }, do: [ { add: { set: { n: '${ .n }', total: '${ .total + $item }' } } } ] }
- d: { switch: [ { open: { when: .total == 6, then: e } }, { other: { then: end } } ] }
- e: { set: { done: true, total: '${ .total }' } }
- f: { set: '${ { total: .total, by: \"baton\" } }' }
- g: { set: { end: '${ .total }' }, export: { as: '{ total: .end }' } }
";
const BY_JQ: &str = "do:
- a: { set: { n: '${ [.lines[] | select(.count > 1) | .price] | add }' } }
";
const CALLS: &str = "do:
- a: { call: one, with: { n: '${ .n }' } }
- b: { call: two, with: { n: '${ .n }' } }
- c: { call: three, with: { n: '${ .n }' } }
- d: { call: four, with: { n: '${ .n }' } }
- e: { call: five, with: { n: '${ .n }' } }
";

fn define(body: &str) -> Definition {
    match Definition::parse("bench.yaml", &format!("{HEAD}{body}")) {
        Ok(def) => def,
        Err(findings) => panic!("{findings:?}"),
    }
}

/// Runs `once` for a while; the time of one, nanoseconds.
fn measure(mut once: impl FnMut()) -> f64 {
    once();
    let begun = Instant::now();
    let mut times = 0_u32;
    while begun.elapsed() < MEASURED {
        once();
        times += 1;
    }
    begun.elapsed().as_nanos() as f64 / f64::from(times)
}

fn started(input: Value) -> RunEvent {
    RunEvent::Started { input, run_id: "run_01HZX0000000000000000000".to_owned() }
}

fn begun(trace: &[Trace]) -> usize {
    trace.iter().filter(|line| line.phase == baton_engine::Phase::Started).count()
}

fn pure(name: &str, body: &str, input: Value) {
    let def = define(body);
    let event = started(input);
    let mut tasks = 0;
    let ns = measure(|| {
        let mut state = RunState::new();
        tasks = begun(&evolve(&def, &mut state, &event, 1_700_000_000_000).trace);
    });
    println!("{name}: {tasks} tasks, {:.0} ns per run, {:.0} ns per task", ns, ns / tasks as f64);
}

fn calls() {
    let def = define(CALLS);
    let event = started(json!({"n": 1}));
    let mut bytes = 0;
    let ns = measure(|| {
        let mut state = RunState::new();
        evolve(&def, &mut state, &event, 1_700_000_000_000);
        while let Some(call) = state.open_calls().pop() {
            let stored = serde_json::to_string(&state).unwrap_or_default();
            bytes = stored.len();
            state = serde_json::from_str(&stored).unwrap_or_default();
            evolve(&def, &mut state, &RunEvent::CallFinished { call, output: json!({"n": 2}) }, 1_700_000_000_001);
        }
    });
    println!("5 calls, state stored and read between: {:.0} ns per step, {bytes} bytes of state", ns / 5.0);
}

fn main() {
    pure("set, switch, for over small data", PURE, json!({"id": "c1", "n": 1}));
    let text = "x".repeat(200);
    let lines: Vec<Value> = (0..50).map(|n| json!({"sku": text, "count": n, "price": 5})).collect();
    pure("the same, over 12 KB", PURE, json!({"id": "c1", "n": 1, "lines": lines}));
    pure("one expression by jq, over 12 KB", BY_JQ, json!({"lines": lines}));
    calls();
}
