//! The smallest process for each kind of task.

use super::Case;

const fn case(name: &'static str, tasks: &'static str) -> Case {
    Case { name, tasks }
}

/// All kinds of tasks, and the ways in which they wait.
pub const CASES: &[Case] = &[
    case("set", r#"[{"a": {"set": {"n": 1}}}, {"b": {"set": {"n": "${ .n + 1 }"}}}]"#),
    case(
        "switch",
        r#"[{"a": {"switch": [{"yes": {"when": "${ .n == 3 }", "then": "c"}}, {"no": {"then": "end"}}]}},
            {"b": {"set": {"n": 0}}}, {"c": {"call": "act", "with": {"n": 1}}}]"#,
    ),
    case(
        "call-inside",
        r#"[{"a": {"call": "sum", "with": {"n": 1}}}, {"b": {"call": "sum", "with": {"n": "${ .n }"}}}]"#,
    ),
    case(
        "call-refused",
        r#"[{"a": {"try": [{"b": {"call": "refuse", "with": {"n": 1}}}],
            "catch": {"do": [{"c": {"set": {"status": "${ $error.status }"}}}]}}}]"#,
    ),
    case(
        "call-outside",
        r#"[{"a": {"call": "act", "with": {"n": 1}}}, {"b": {"call": "act", "with": {"n": "${ .n }"}}}]"#,
    ),
    case(
        "call-person",
        r#"[{"a": {"call": "ask", "with": {"queue": "claims"}}}, {"b": {"call": "act", "with": {"n": 2}}}]"#,
    ),
    case("call-message", r#"[{"a": {"call": "hear"}}, {"b": {"call": "hear"}}]"#),
    case("call-rounds", r#"[{"a": {"call": "talk", "with": {"n": 1}}}]"#),
    case(
        "call-timeout",
        r#"[{"a": {"try": [{"b": {"call": "ask", "with": {"never": true},
            "timeout": {"after": {"minutes": 6}}}}], "catch": {"do": [{"c": {"call": "act", "with": {"n": 9}}}]}}}]"#,
    ),
    case(
        "for",
        r#"[{"a": {"for": {"each": "x", "in": "${ .items }"}, "do": [{"b": {"call": "act", "with": {"n": "${ $x }"}}}]}}]"#,
    ),
    case(
        "for-while",
        r#"[{"a": {"for": {"each": "x", "at": "i", "in": "${ .items }"}, "while": "${ $i < 1 }",
            "do": [{"b": {"call": "act", "with": {"n": "${ $x }"}}}]}}]"#,
    ),
    case(
        "fork",
        r#"[{"a": {"fork": {"branches": [{"b": {"call": "act", "with": {"n": 1}}}, {"c": {"wait": {"seconds": 40}}},
            {"d": {"call": "ask", "with": {"queue": "q"}}}]}}}]"#,
    ),
    case(
        "fork-compete",
        r#"[{"a": {"fork": {"compete": true, "branches": [{"b": {"call": "act", "with": {"n": 1}}},
            {"c": {"wait": {"days": 1}}}, {"d": {"call": "ask", "with": {"never": true}}}]}}}]"#,
    ),
    case(
        "try-retry",
        r#"[{"a": {"try": [{"b": {"call": "act", "with": {"n": 1}}}, {"c": {"raise": {"error":
            {"type": "https://sim.example/errors/again", "status": 503}}}}], "catch": {"retry": {"delay": {"seconds": 2},
            "backoff": {"exponential": {}}, "limit": {"attempt": {"count": 2}}}, "do": [{"d": {"set": {"gave": "up"}}}]}}}]"#,
    ),
    case("wait", r#"[{"a": {"wait": {"seconds": 30}}}, {"b": {"wait": "PT1M"}}]"#),
    case(
        "listen-one",
        r#"[{"a": {"listen": {"to": {"one": {"with": {"type": "sim.paid"},
            "correlate": {"ref": {"from": "${ .data.ref }", "expect": "${ .ref }"}}}}}}}]"#,
    ),
    case(
        "listen-any",
        r#"[{"a": {"listen": {"to": {"any": [{"with": {"type": "sim.paid"}}], "until": "${ length >= 2 }"}}}}]"#,
    ),
    case(
        "listen-all",
        r#"[{"a": {"listen": {"to": {"all": [{"with": {"type": "sim.paid"}}, {"with": {"type": "sim.shipped"}}]}}}}]"#,
    ),
    case(
        "listen-each",
        r#"[{"a": {"listen": {"to": {"any": [{"with": {"type": "sim.paid"}}], "until": "${ length >= 2 }"}},
            "foreach": {"item": "e", "do": [{"b": {"call": "act", "with": {"n": 4}}}]}}}]"#,
    ),
    case(
        "emit",
        r#"[{"a": {"emit": {"event": {"with": {"source": "https://sim.example/s", "type": "sim.updated", "data": {"n": 1}}}}}},
            {"b": {"call": "act", "with": {"n": 1}}}]"#,
    ),
    case(
        "emit-heard",
        r#"[{"a": {"fork": {"branches": [{"b": {"listen": {"to": {"one": {"with": {"type": "sim.updated"}}}}}},
            {"c": {"do": [{"d": {"call": "act", "with": {"n": 1}}}, {"e": {"emit": {"event": {"with":
            {"source": "https://sim.example/s", "type": "sim.updated", "data": {"n": 1}}}}}}]}}]}}}]"#,
    ),
    case(
        "raise",
        r#"[{"a": {"call": "act", "with": {"n": 1}}}, {"b": {"raise": {"error": {"type": "https://sim.example/errors/stop", "status": 418}}}}]"#,
    ),
    case(
        "run-child",
        r#"[{"a": {"run": {"workflow": {"namespace": "sim", "name": "sweep-child", "version": "1.0.0", "input": {"n": 1}}}}},
            {"b": {"call": "act", "with": {"n": 6}}}]"#,
    ),
    case(
        "run-child-alone",
        r#"[{"a": {"run": {"await": false, "workflow": {"namespace": "sim", "name": "sweep-child",
            "version": "1.0.0", "input": {"n": 1}}}}}, {"b": {"call": "act", "with": {"n": 6}}}]"#,
    ),
    case(
        "do-if-export",
        r#"[{"a": {"do": [{"b": {"if": "${ .n > 9 }", "set": {"n": 0}}}, {"c": {"call": "act", "with": {"n": "${ .n }"},
            "export": {"as": "${ { seen: .n } }"}}}], "output": {"as": "${ { n: .n, seen: $context.seen } }"}}}]"#,
    ),
];
